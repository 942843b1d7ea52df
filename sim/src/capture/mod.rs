//! What a logic analyser recorded: files of several kinds as one stream of level changes.
//!
//! 1. Files are strangers' and may hold anything: each reader's memory is bounded whatever is in its file, and an error says
//!    where.
//! 2. A file is read more than once: to tell which channel is which, and to play it. So it has to be a file, not a pipe.
//! 3. A level that is unknown or floating counts as what it was before; at the start as low.

pub mod compare;
mod csv;
mod error;
mod filter;
mod guess;
mod head;
mod play;
mod sr;
mod vcd;

pub mod lints;

#[cfg(test)]
mod tests;

pub use error::CaptureError;
pub use filter::{Filter, Glitches};
pub use guess::{Assignment, Why, guess, line_named};
pub use head::Head;
pub use play::{LEAD, Played, Player, Setup, SetupError};

use peripherals::kernel::{Instant, Level, Span};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The most channels of a capture that are looked at.
pub const MOST_CHANNELS: usize = 256;

/// A channel has changed, or has its first level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// When, as the file has it.
    pub at: Instant,
    /// The channel's place in [`Capture::channels`].
    pub channel: u16,
    /// Its level from then on.
    pub level: Level,
}

/// What a reader of a format does.
trait Reader {
    /// The next change; `None` at the end. Times never go back.
    fn next(&mut self) -> Result<Option<Change>, CaptureError>;

    /// The moment at which the recording ends, as far as it is known by now.
    fn end(&self) -> Instant;
}

/// A recording that is being read.
pub struct Capture {
    /// Names of the channels.
    pub channels: Vec<String>,
    /// Between two samples, where the file says it.
    pub sample: Option<Span>,
    /// Its times are exact and its order is that of what happened: a trace of our own.
    pub exact: bool,
    /// What kind of file it is, for people.
    pub format: &'static str,
    reader: Box<dyn Reader>,
    last: Instant,
}

/// What a reader knows when it has read a file's head.
struct Opened {
    channels: Vec<String>,
    sample: Option<Span>,
    exact: bool,
    format: &'static str,
    reader: Box<dyn Reader>,
}

impl Capture {
    /// Opens the file at `path`, whose first bytes say what it is.
    ///
    /// # Errors
    /// [`CaptureError`] when it cannot be read, or is none of the kinds that are known.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        let mut file = File::open(path).map_err(CaptureError::Io)?;
        if file.metadata().map_err(CaptureError::Io)?.is_dir() {
            return Err(CaptureError::Directory);
        }
        let mut head = [0; 512];
        let mut length = 0;
        while length < head.len() {
            match file.read(&mut head[length..]).map_err(CaptureError::Io)? {
                0 => break,
                more => length += more,
            }
        }
        let head = &head[..length];
        let file = File::open(path).map_err(CaptureError::Io)?;
        let opened = match kind(head) {
            Some(Kind::Zip) => sr::open(file)?,
            Some(Kind::Vcd) => vcd::open(file)?,
            Some(Kind::Csv) => csv::open(file)?,
            Some(Kind::Fst) => return Err(CaptureError::Fst),
            None => return Err(CaptureError::Unknown),
        };
        let Opened { mut channels, sample, exact, format, reader } = opened;
        if channels.is_empty() {
            return Err(CaptureError::NoChannels);
        }
        channels.truncate(MOST_CHANNELS);
        Ok(Self { channels, sample, exact, format, reader, last: Instant::ZERO })
    }

    /// The next change; `None` at the end.
    ///
    /// # Errors
    /// [`CaptureError`] where the file makes no sense.
    pub fn next_change(&mut self) -> Result<Option<Change>, CaptureError> {
        while let Some(change) = self.reader.next()? {
            if usize::from(change.channel) < self.channels.len() {
                self.last = self.last.max(change.at);
                return Ok(Some(Change { at: self.last, ..change }));
            }
        }
        Ok(None)
    }

    /// When the recording ends, once all of it has been read.
    pub fn end(&self) -> Instant {
        self.reader.end().max(self.last)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Zip,
    Vcd,
    Csv,
    Fst,
}

fn kind(head: &[u8]) -> Option<Kind> {
    /// The first block of an FST file: its header, with its length.
    const FST: [u8; 9] = [0, 0, 0, 0, 0, 0, 0, 1, 73];
    if head.starts_with(b"PK\x03\x04") {
        return Some(Kind::Zip);
    }
    if head.starts_with(&FST) {
        return Some(Kind::Fst);
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let first = text.iter().position(|byte| !byte.is_ascii_whitespace())?;
    match text[first] {
        b'$' => Some(Kind::Vcd),
        _ if text.contains(&0) => None,
        _ if text.iter().any(|byte| matches!(byte, b',' | b';' | b'\t')) => Some(Kind::Csv),
        _ => None,
    }
}
