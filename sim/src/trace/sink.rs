//! A file of a trace, whichever kind it is.

use super::decoded_vcd::{DecodedVcd, decoded_beside};
use super::fst::FstTrace;
use super::jsonl::JsonLines;
use super::scopes::Scopes;
use super::vcd::VcdFile;
use crate::probes::edges::EdgeSeen;
use crate::probes::transactions::Transaction;
use crate::report::{Location, OutputError};
use peripherals::kernel::{Instant, Level, NetId};
use std::io;
use std::path::{Path, PathBuf};

/// What a trace can be written as; the end of the file's name says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Wires as VCD, with annotations in a second file.
    Vcd,
    /// Wires and annotations as FST.
    Fst,
    /// Transactions as JSON lines.
    JsonLines,
}

impl Format {
    /// By the name of the file.
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        [("vcd", Self::Vcd), ("fst", Self::Fst), ("jsonl", Self::JsonLines)]
            .into_iter()
            .find(|(known, _)| extension.eq_ignore_ascii_case(known))
            .map(|(_, format)| format)
    }
}

enum File {
    Vcd(VcdFile),
    Decoded(DecodedVcd),
    Fst(Box<FstTrace>),
    JsonLines(JsonLines),
}

pub(super) struct Sink {
    path: PathBuf,
    /// `None` after an error.
    file: Option<File>,
}

impl Sink {
    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The files that `path` asks for: two for VCD.
    ///
    /// # Errors
    /// [`OutputError`] when one cannot be made.
    pub fn create(
        path: &Path,
        scopes: &Scopes,
        at: Instant,
        level: &dyn Fn(NetId) -> Level,
    ) -> Result<Vec<Self>, OutputError> {
        let sink = |path: &Path, file: io::Result<File>| -> Result<Self, OutputError> {
            let file = file.map_err(OutputError::at(path))?;
            Ok(Self { path: path.to_owned(), file: Some(file) })
        };
        let wires = match Format::of(path) {
            Some(Format::Fst) => FstTrace::create(path, scopes, at, level).map(|file| File::Fst(Box::new(file))),
            Some(Format::JsonLines) => JsonLines::create(path, &scopes.chips).map(File::JsonLines),
            Some(Format::Vcd) | None => VcdFile::create(path, scopes, at, level).map(File::Vcd),
        };
        let mut sinks = vec![sink(path, wires)?];
        if matches!(sinks[0].file, Some(File::Vcd(_))) && !scopes.chips.is_empty() {
            let beside = decoded_beside(path);
            sinks.push(sink(&beside, DecodedVcd::create(&beside, scopes, at).map(File::Decoded))?);
        }
        Ok(sinks)
    }

    #[inline]
    pub fn edge(&mut self, edge: EdgeSeen) -> Result<(), OutputError> {
        self.with(|file| match file {
            File::Vcd(vcd) => vcd.edge(edge.at, edge.net, edge.level),
            File::Fst(fst) => fst.edge(edge),
            File::Decoded(_) | File::JsonLines(_) => Ok(()),
        })
    }

    pub fn transaction(
        &mut self,
        transaction: &Transaction,
        locate: &mut dyn FnMut(u32) -> Option<Location>,
    ) -> Result<(), OutputError> {
        self.with(|file| match file {
            File::Vcd(_) => Ok(()),
            File::Decoded(decoded) => decoded.transaction(transaction),
            File::Fst(fst) => fst.transaction(transaction),
            File::JsonLines(lines) => lines.transaction(transaction, locate),
        })
    }

    pub fn reached(&mut self, now: Instant) -> Result<(), OutputError> {
        self.with(|file| match file {
            File::Decoded(decoded) => decoded.reached(now),
            File::Fst(fst) => fst.reached(now),
            File::Vcd(_) | File::JsonLines(_) => Ok(()),
        })
    }

    pub fn finish(self, end: Instant) -> Result<(), OutputError> {
        let result = match self.file {
            Some(File::Vcd(vcd)) => vcd.finish(end),
            Some(File::Decoded(decoded)) => decoded.finish(end),
            Some(File::Fst(fst)) => fst.finish(end),
            Some(File::JsonLines(lines)) => lines.finish(),
            None => Ok(()),
        };
        result.map_err(OutputError::at(&self.path))
    }

    /// After an error the file is left alone; the others go on.
    #[inline]
    fn with(&mut self, work: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), OutputError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        match work(file) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.failed(error)),
        }
    }

    #[cold]
    fn failed(&mut self, error: io::Error) -> OutputError {
        if let Some(File::Fst(fst)) = self.file.take() {
            fst.give_up();
        }
        OutputError::at(&self.path)(error)
    }
}
