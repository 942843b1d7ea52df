//! Why a capture cannot be read.

use std::io;

/// A file that is no capture, or a damaged one.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The system says so.
    #[error("{0}")]
    Io(io::Error),
    /// A directory.
    #[error("it is a directory\n  help: name the file that the analyser's program exported")]
    Directory,
    /// Something else.
    #[error(
        "it is no capture of a known kind\n  help: export it as VCD, as a sigrok session (.sr), or as CSV from Saleae's program or sigrok"
    )]
    Unknown,
    /// FST.
    #[error(
        "it is an FST file, which is not read here\n  help: fst2vcd, which comes with GTKWave, makes a VCD file of it"
    )]
    Fst,
    /// Not one logic channel.
    #[error("it has no logic channel\n  help: record the digital channels; analog ones are not read")]
    NoChannels,
    /// Something that the format does not allow.
    #[error("{place}: {what}")]
    Damaged {
        /// Which line, or which part of the file.
        place: String,
        /// What is wrong there.
        what: String,
    },
}

impl CaptureError {
    /// At a line of a text file.
    pub(super) fn line(number: u64, what: impl Into<String>) -> Self {
        Self::Damaged { place: format!("line {number}"), what: what.into() }
    }

    /// In a part of an archive.
    pub(super) fn part(name: &str, what: impl Into<String>) -> Self {
        Self::Damaged { place: format!("`{}`", name.escape_debug()), what: what.into() }
    }
}
