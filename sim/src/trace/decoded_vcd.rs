//! `out.decoded.vcd`: the annotations as a VCD file of their own.
//!
//! Text is a variable of type `string`, as GTKWave and Surfer take it; it has no spaces, which would end a value.

use super::decoded::{Annotations, Change, HOLD, Signal, Value};
use super::file::{LineFile, decimal};
use super::scopes::Scopes;
use crate::probes::transactions::Transaction;
use peripherals::kernel::{Instant, Span};
use std::io;
use std::path::{Path, PathBuf};

/// Its name beside `path`: `out.decoded.vcd` for `out.vcd`.
pub fn decoded_beside(path: &Path) -> PathBuf {
    path.with_extension("decoded.vcd")
}

#[derive(Debug)]
pub(super) struct DecodedVcd {
    file: LineFile,
    annotations: Annotations,
    last: Option<Instant>,
}

impl DecodedVcd {
    pub fn create(path: &Path, scopes: &Scopes, at: Instant) -> io::Result<Self> {
        let mut decoded = Self { file: LineFile::create(path)?, annotations: Annotations::default(), last: Some(at) };
        let out = decoded.file.pending();
        out.extend_from_slice(b"$version badgebench $end\n$timescale 1 ps $end\n");
        for (chip, name) in scopes.chips.iter().enumerate() {
            out.extend_from_slice(format!("$scope module {name} $end\n").as_bytes());
            for signal in Signal::all() {
                let (kind, bits) = signal.bits().map_or(("string", 1), |bits| ("wire", bits));
                out.extend_from_slice(
                    format!("$var {kind} {bits} {} {} $end\n", code(chip as u8, signal), signal.name()).as_bytes(),
                );
            }
            out.extend_from_slice(b"$upscope $end\n");
        }
        out.extend_from_slice(b"$enddefinitions $end\n#");
        decimal(out, at.as_ps());
        out.push(b'\n');
        decoded.file.write()?;
        Ok(decoded)
    }

    pub fn transaction(&mut self, transaction: &Transaction) -> io::Result<()> {
        self.annotations.add(transaction);
        Ok(())
    }

    /// Everything up to `now` has come in.
    pub fn reached(&mut self, now: Instant) -> io::Result<()> {
        self.write_before(Instant::from_ps(now.as_ps().saturating_sub(HOLD.as_ps())))
    }

    fn write_before(&mut self, until: Instant) -> io::Result<()> {
        while let Some(Change { at, chip, signal, value }) = self.annotations.next_before(until) {
            let out = self.file.pending();
            if self.last.is_none_or(|last| at > last) {
                self.last = Some(at);
                out.push(b'#');
                decimal(out, at.as_ps());
                out.push(b'\n');
            }
            let line = match value {
                Value::Text(text) if text.is_empty() => format!("s- {}\n", code(chip, signal)),
                Value::Text(text) => format!("s{} {}\n", text.replace(' ', "_"), code(chip, signal)),
                Value::Number(number) => format!("b{number:b} {}\n", code(chip, signal)),
            };
            out.extend_from_slice(line.as_bytes());
            self.file.line_done()?;
        }
        Ok(())
    }

    pub fn finish(mut self, end: Instant) -> io::Result<()> {
        self.write_before(end + Span::from_ps(1))?;
        if self.last.is_none_or(|last| end > last) {
            self.file.pending().extend_from_slice(format!("#{}\n", end.as_ps()).as_bytes());
        }
        self.file.write()
    }
}

/// A short name for each signal of each chip.
fn code(chip: u8, signal: Signal) -> String {
    let number = match signal {
        Signal::Sci => 0,
        Signal::Sdi => 1,
        Signal::SdiByte => 2,
        Signal::Register(register) => 3 + register,
    };
    format!("{}{chip}", char::from(b'A' + number))
}
