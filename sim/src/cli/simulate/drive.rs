//! `--drive` and `--drive-out`: from a directory into the machine's flash, or its board's flash chip, before boot, and back at the end.

use super::super::options::SimOptions;
use super::super::sim::Stop;
use crate::drive::{DriveError, Found, Medium, Spec, Target, Tree, fill, find, take, walk};
use crate::engine::machine::Machine;
use crate::host::console::say;
use crate::image::Firmware;
use crate::report::{Complaint, OutputError};
use std::io;

/// What was asked for; everything that can be wrong before the machine is there has been looked at.
pub(in crate::cli) struct Drives {
    found: Found,
    files: Option<Tree>,
    out: Option<Target>,
}

impl From<DriveError> for Stop {
    fn from(error: DriveError) -> Self {
        Self::Input(Complaint::from_text(error.name(), &error.to_string()))
    }
}

impl Drives {
    /// Finds the firmware's file system and reads the directory; `None` when no option asks for either.
    pub(super) fn open(options: &SimOptions, firmware: &Firmware) -> Result<Option<Self>, Stop> {
        let spec = |text: &Option<String>| text.as_deref().map(Spec::parse).transpose();
        let (drive, out) = (spec(&options.drive)?, spec(&options.drive_out)?);
        let Some(any) = drive.as_ref().or(out.as_ref()) else { return Ok(None) };
        let given = any.given.as_ref().or(out.as_ref().and_then(|out| out.given.as_ref()));
        let files = drive.as_ref().map(|drive| walk(&drive.dir)).transpose()?;
        let found = find(firmware, given)?;
        let target = |spec: &Spec| Target::prepare(&spec.dir).map_err(OutputError::at(&spec.dir));
        let out = out.as_ref().map(target).transpose()?;
        Ok(Some(Self { found, files, out }))
    }

    /// Files that come from memory.
    pub(in crate::cli) fn of(found: Found, files: Tree) -> Self {
        Self { found, files: Some(files), out: None }
    }

    /// Lays the files into the machine, which has not run yet; gives what there is to say about it.
    pub(in crate::cli) fn lay(&self, machine: &mut Machine, firmware: &Firmware) -> Result<Option<String>, Stop> {
        let now = read(machine, &self.found.place.medium)?;
        self.found.check(firmware, &now)?;
        let Some(files) = &self.files else { return Ok(None) };
        let new = fill(self.found.place.kind, &now, files)?;
        let laid = match &self.found.place.medium {
            Medium::Flash(at) => machine.lay_flash(at.start, &new),
            Medium::Qspi => machine.lay_flash_chip(&new),
        };
        assert!(laid, "what was read from there has its size");
        let (place, how) = (&self.found.place, &self.found.how);
        Ok(Some(format!("{} for the firmware: {place} ({how})", content(files))))
    }

    /// Takes the files out, at the end; what could not be taken or written comes back.
    pub(super) fn take_out(&self, machine: &Machine) -> Vec<OutputError> {
        let Some(out) = &self.out else { return Vec::new() };
        let failed = |text: &str| OutputError { path: out.dir().to_owned(), source: io::Error::other(text.to_owned()) };
        let taken = match read(machine, &self.found.place.medium).and_then(|now| take(self.found.place.kind, &now)) {
            Ok(taken) => taken,
            Err(error) => return vec![failed(error.to_string().lines().next().unwrap_or_default())],
        };
        let mut errors: Vec<_> = taken.problems.iter().map(|problem| failed(problem)).collect();
        match out.write(&taken.tree) {
            Ok(()) => say(&format!("note: {} taken out to `{}`", content(&taken.tree), out.dir().display())),
            Err((path, source)) => errors.push(OutputError { path, source }),
        }
        errors
    }
}

/// The bytes of a medium.
fn read(machine: &Machine, medium: &Medium) -> Result<Vec<u8>, DriveError> {
    let bytes = match medium {
        Medium::Flash(at) => machine.read_flash(at.start, at.end - at.start),
        Medium::Qspi => machine.flash_chip(),
    };
    bytes.ok_or_else(|| DriveError::NoQspi { board: machine.board().name.clone() })
}

/// How much there is.
fn content(tree: &Tree) -> String {
    let files = tree.iter().filter(|(_, node)| node.data.is_some()).count();
    format!("{files} file{}, {} bytes", if files == 1 { "" } else { "s" }, tree.bytes())
}
