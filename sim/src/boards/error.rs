//! What can be wrong with a board: where, what, why, and how to mend it.

use super::file::MAX_BOARD_BYTES;
use std::fmt;
use std::io;
use thiserror::Error;

/// Where in the input something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File(String),
    /// A line and column of it, both from 1.
    Line {
        /// The path as given, or the name of a built-in board.
        path: String,
        /// Line.
        line: usize,
        /// Column, in characters.
        column: usize,
    },
    /// A `--wire` option, as typed.
    Wire(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.write_str(path),
            Self::Line { path, line, column } => write!(f, "{path}:{line}:{column}"),
            Self::Wire(text) => write!(f, "--wire {text}"),
        }
    }
}

/// Why a board cannot be used. The text has a first line that says where and what, then `why:` and `help:` lines.
#[derive(Debug, Error)]
#[error("{place}: {problem}")]
pub struct BoardError {
    /// Where.
    pub place: Place,
    /// What.
    pub problem: Box<Problem>,
}

impl BoardError {
    pub(super) fn new(place: Place, problem: Problem) -> Self {
        Self { place, problem: Box::new(problem) }
    }

    /// A stable name for scripts, in kebab case.
    pub fn name(&self) -> &'static str {
        match *self.problem {
            Problem::NotFound { .. } => "board-not-found",
            Problem::NotAFile | Problem::Unreadable(_) | Problem::TooBig { .. } => "board-unreadable",
            Problem::NotText | Problem::Toml { .. } => "board-syntax",
            Problem::UnknownKey { .. } => "board-unknown-key",
            Problem::UnknownChip { .. } | Problem::ChipLater { .. } => "board-unknown-chip",
            Problem::UnknownSignal { .. } | Problem::Ambiguous { .. } => "board-unknown-signal",
            Problem::BadPin { .. } => "board-unknown-pin",
            Problem::PinTwice { .. } => "board-pin-twice",
            Problem::PinTaken { .. } => "board-pin-taken",
            Problem::PinMissing { .. } => "board-pin-missing",
            Problem::BadValue { .. } | Problem::BadWire => "board-value",
            Problem::DuplicateName { .. } | Problem::SignalTwice { .. } => "board-duplicate",
            Problem::TooMany { .. } => "board-too-big",
            Problem::SoundFont { .. } => "board-soundfont",
        }
    }
}

/// What is wrong.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// Neither a built-in board nor a file.
    #[error("there is no such board or board file{}", or_nearest(nearest.as_deref()))]
    NotFound {
        /// A built-in board of a like name.
        nearest: Option<String>,
    },
    /// A directory or device.
    #[error("not a regular file\n  help: name a TOML file; `badgebench boards --show dongle` prints one to start from")]
    NotAFile,
    /// The operating system refuses.
    #[error("cannot read the board file: {0}")]
    Unreadable(io::Error),
    /// More than [`MAX_BOARD_BYTES`].
    #[error("the board file is too big: {bytes} bytes\n  why:  board files above {MAX_BOARD_BYTES} bytes are not read")]
    TooBig {
        /// Its size.
        bytes: u64,
    },
    /// A sound font that cannot be used.
    #[error(
        "cannot use the sound font {path}: {why}\n  help: name a SoundFont 2 file (.sf2) that is in the board file's folder or below it"
    )]
    SoundFont {
        /// Where it was looked for.
        path: String,
        /// What is wrong, in one clause.
        why: String,
    },
    /// Not UTF-8.
    #[error("the board file is not text\n  why:  TOML is UTF-8")]
    NotText,
    /// Not TOML, or not of the right shape.
    #[error("{message}\n  help: `badgebench boards --show dongle` prints a board file to compare with")]
    Toml {
        /// What the parser says.
        message: String,
    },
    /// A key that means nothing.
    #[error("unknown key `{key}`\n  help: {}the keys here are {}", suggest(nearest.as_deref()), list(known))]
    UnknownKey {
        /// The key.
        key: String,
        /// What it was probably meant to be.
        nearest: Option<String>,
        /// Keys that there are.
        known: Vec<String>,
    },
    /// A chip type that means nothing.
    #[error("unknown chip type `{name}`\n  help: {}the types are {}", suggest(nearest.as_deref()), list(known))]
    UnknownChip {
        /// The type.
        name: String,
        /// What it was probably meant to be.
        nearest: Option<String>,
        /// Types that there are.
        known: Vec<String>,
    },
    /// A chip type without a model.
    #[error("the chip type `{name}` is known and not modelled yet\n  help: the types that are: {}", list(known))]
    ChipLater {
        /// The type.
        name: String,
        /// Types that there are.
        known: Vec<String>,
    },
    /// A pin that the chip does not have.
    #[error("{owner} has no pin `{name}`\n  help: {}the pins are {}", suggest(nearest.as_deref()), list(known))]
    UnknownSignal {
        /// The chip, or the board for `--wire`.
        owner: String,
        /// The name.
        name: String,
        /// What it was probably meant to be.
        nearest: Option<String>,
        /// Names that there are.
        known: Vec<String>,
    },
    /// Several chips have the pin.
    #[error("several chips have a pin `{name}`\n  help: say which: {}", list(choices))]
    Ambiguous {
        /// The name.
        name: String,
        /// With the chips' names before it.
        choices: Vec<String>,
    },
    /// Not a pin of the nRF52840.
    #[error("`{text}` is not a pin: {why}\n  help: the pins are P0.00 to P0.31 and P1.00 to P1.15")]
    BadPin {
        /// What was written.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Two things on one pin.
    #[error(
        "{pin} is used twice: by {first} and by {second}\n  \
         why:  only SCLK, MOSI, MISO and XRESET of different chips may share a pin\n  \
         help: give one of them another pin; with --wire, move both in one command"
    )]
    PinTwice {
        /// The pin.
        pin: String,
        /// Who had it.
        first: String,
        /// Who wants it too.
        second: String,
    },
    /// The board needs the pin for itself.
    #[error(
        "{pin} cannot be used by {wanted}: {reason}\n  help: take another pin, or set `{key}` under [soc] otherwise"
    )]
    PinTaken {
        /// The pin.
        pin: String,
        /// Who wants it.
        wanted: String,
        /// What it is.
        reason: &'static str,
        /// The key that says so.
        key: &'static str,
    },
    /// A pin that must be placed.
    #[error("{owner} does not say where {} goes\n  help: add `{} = \"P0.22\"` to its `pins`, or \"nc\" to leave it open",
        list(missing), missing.first().map_or("SCLK", String::as_str))]
    PinMissing {
        /// The chip.
        owner: String,
        /// Its pins.
        missing: Vec<String>,
    },
    /// A value out of range or of the wrong kind.
    #[error("`{value}` will not do for `{key}`\n  help: {help}")]
    BadValue {
        /// The key.
        key: String,
        /// Its value.
        value: String,
        /// What would do.
        help: String,
    },
    /// Two parts of one name.
    #[error("the name `{name}` is taken\n  help: give each chip, LED, button and label a name of its own")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A chip's pin placed twice.
    #[error("`{name}` is placed twice\n  help: keep one of the two")]
    SignalTwice {
        /// The pin.
        name: String,
    },
    /// Not of the form SIGNAL=PIN.
    #[error(
        "not of the form SIGNAL=PIN\n  help: such as `--wire SCLK=P0.22`, or `--wire U2.SCLK=P0.22` with several chips"
    )]
    BadWire,
    /// More parts than anyone needs.
    #[error("{count} {what} are too many\n  why:  a board has at most {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many there may be.
        most: usize,
    },
}

fn suggest(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("did you mean `{name}`? "))
}

fn or_nearest(nearest: Option<&str>) -> String {
    let boards: Vec<String> = super::built_in_names().map(str::to_owned).collect();
    format!("\n  help: {}the built-in boards are {}", suggest(nearest), list(&boards))
}

fn list(names: &[String]) -> String {
    names.join(", ")
}
