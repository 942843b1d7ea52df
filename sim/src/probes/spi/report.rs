//! What the analyser says of a bus, as it stands in the JSON report.

use super::clock::ClockHz;
use peripherals::kernel::Instant;
use serde::Serialize;

/// Whether the bits on the wires are what the chip takes, and if not, what is wrong. After the first three in the order in
/// which explanations are tried; the later, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// They are, or there is nothing in them that tells.
    Ok,
    /// Nothing happened.
    Idle,
    /// Data that no explanation makes sense of.
    Unrecognised,
    /// Each byte goes the wrong way round.
    WrongBitOrder,
    /// Data is valid at the edge at which the chip does not sample.
    WrongMode,
    /// SCLK and MOSI, or XCS and XDCS, have changed places.
    SwappedLines,
    /// There is a clock too many or too few after the select.
    Shifted,
    /// What the chip should get is sent while it is not selected.
    NoSelect,
    /// The other wires move but SCLK does not.
    NoClock,
}

impl Verdict {
    /// The word in the report.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Idle => "idle",
            Self::WrongBitOrder => "wrong-bit-order",
            Self::WrongMode => "wrong-mode",
            Self::SwappedLines => "swapped-lines",
            Self::Shifted => "shifted",
            Self::NoSelect => "no-select",
            Self::NoClock => "no-clock",
            Self::Unrecognised => "unrecognised",
        }
    }

    /// Whether it is neither `ok` nor `idle`.
    pub const fn is_wrong(self) -> bool {
        !matches!(self, Self::Ok | Self::Idle)
    }
}

/// Which bit of a byte goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BitOrder {
    /// Bit 7.
    MsbFirst,
    /// Bit 0.
    LsbFirst,
    /// One select this way, one that (SM_SDIORD, for example).
    Mixed,
    /// Nothing was recognised.
    Unknown,
}

impl BitOrder {
    /// The word in the report.
    pub const fn word(self) -> &'static str {
        match self {
            Self::MsbFirst => "msb-first",
            Self::LsbFirst => "lsb-first",
            Self::Mixed => "mixed",
            Self::Unknown => "unknown",
        }
    }
}

/// An instruction whose edges are part of what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// Which edges, such as `MOSI changes`.
    pub edges: String,
    /// Where the instruction is.
    pub pc: u32,
}

/// A bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Its name.
    pub name: String,
    /// Whole bytes clocked: eight rising edges of SCLK with no change of a select between them. Those outside any
    /// select count; those under two selects at once count once.
    pub bytes: u64,
    /// SPI mode, 0 to 3: CPOL is the level of SCLK when the select falls, CPHA the edge whose bytes make sense (the
    /// rising one when nothing does). `None` without a clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<u8>,
    /// Which bit of a byte goes first.
    pub bit_order: BitOrder,
    /// The clock's range inside bytes. `None` without one, and when what should be the clock is data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_hz: Option<ClockHz>,
    /// Edges on SCLK, MOSI, MISO and the selects.
    pub edges: u64,
    /// The worst of its selects'.
    pub verdict: Verdict,
    /// A sentence or two for people: what was seen, what explains it, how to mend it.
    pub detail: String,
    /// Its selects, in board order, XCS before XDCS.
    pub selects: Vec<SelectReport>,
    /// When what is wrong was first seen.
    #[serde(skip)]
    pub first: Option<Instant>,
    /// Which instructions made it wrong, the one that tells most first. Empty when nothing is wrong, and when a peripheral moved
    /// the wires.
    #[serde(skip)]
    pub culprits: Vec<Culprit>,
}

/// A select of a bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SelectReport {
    /// The chip's name for it.
    pub name: String,
    /// Whole bytes while it was active.
    pub bytes: u64,
    /// What was on it.
    pub verdict: Verdict,
}
