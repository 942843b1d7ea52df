//! One transaction as a value, and as words.

use super::RUN_BYTES;
use peripherals::chips::vs1053::REGISTERS;
use peripherals::kernel::{Instant, Level};
use std::fmt;

/// ` 00` to ` ff`: a screen of transactions is a thousand bytes, thirty times a second.
static HEX: [Hex; 256] = {
    let mut all = [Hex([b' '; 3]); 256];
    let mut byte = 0;
    while byte < 256 {
        all[byte].0[1] = b"0123456789abcdef"[byte >> 4];
        all[byte].0[2] = b"0123456789abcdef"[byte & 15];
        byte += 1;
    }
    all
};

#[derive(Clone, Copy)]
struct Hex([u8; 3]);

impl Hex {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// A wire of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// Clock.
    Sclk,
    /// Data to the chip.
    Mosi,
    /// Data from the chip.
    Miso,
    /// Selects SCI, active low.
    Xcs,
    /// Selects SDI, active low.
    Xdcs,
    /// The chip asks for data.
    Dreq,
    /// Reset, active low.
    Xreset,
}

impl Line {
    /// Every wire, in the order of their numbers (`line as usize`).
    pub const ALL: [Self; 7] = [Self::Sclk, Self::Mosi, Self::Miso, Self::Xcs, Self::Xdcs, Self::Dreq, Self::Xreset];

    /// Its name, as boards have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sclk => "SCLK",
            Self::Mosi => "MOSI",
            Self::Miso => "MISO",
            Self::Xcs => "XCS",
            Self::Xdcs => "XDCS",
            Self::Dreq => "DREQ",
            Self::Xreset => "XRESET",
        }
    }
}

/// A byte with the moments at which its first and its last bit were sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Byte {
    /// As the chip takes it: with SM_SDIORD set, bits are turned round already.
    pub value: u8,
    /// Its first bit.
    pub first: Instant,
    /// Its last bit.
    pub last: Instant,
}

/// Something that happened between a chip and its driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The chip's place among those that are watched.
    pub chip: u8,
    /// Its first bit, or the moment of a line's change.
    pub start: Instant,
    /// Its last bit; of an operation that was cut short, when XCS rose.
    pub end: Instant,
    /// The instruction it came of, if one did; see the module's note 2.
    pub pc: Option<u32>,
    /// What it was.
    pub kind: Kind,
}

/// What a transaction was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word was written. Of a multiple write each word is one.
    Write {
        /// The register's address, 0 to 15.
        register: u8,
        /// What was written.
        value: u16,
    },
    /// A register was read.
    Read {
        /// The register's address, 0 to 15.
        register: u8,
        /// What MISO showed; `None` when nobody watches MISO.
        value: Option<u16>,
    },
    /// XCS rose before an operation was whole, or what came under it has no opcode.
    Broken {
        /// Bits under XCS since it fell, or since the last whole word.
        bits: u32,
        /// The first 32 of them, the first one on top.
        head: u32,
    },
    /// Bytes for the decoder, at most [`RUN_BYTES`]. A run ends when its select does.
    Data(Vec<Byte>),
    /// Bytes that no chip on the bus was selected for, in the same pieces.
    Stray(Vec<Byte>),
    /// DREQ or XRESET has changed.
    Level(Line, Level),
}

impl Kind {
    /// Its word in logs: `sci-write`, `sci-read`, `sci-broken`, `sdi`, `stray`, `dreq`, `xreset`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Write { .. } => "sci-write",
            Self::Read { .. } => "sci-read",
            Self::Broken { .. } => "sci-broken",
            Self::Data(_) => "sdi",
            Self::Stray(_) => "stray",
            Self::Level(Line::Xreset, _) => "xreset",
            Self::Level(..) => "dreq",
        }
    }

    /// The register it is about.
    pub const fn register(&self) -> Option<u8> {
        match self {
            Self::Write { register, .. } | Self::Read { register, .. } => Some(*register),
            _ => None,
        }
    }

    /// That register's name in the datasheet, without `SCI_`.
    pub fn register_name(&self) -> Option<&'static str> {
        self.register().map(|register| REGISTERS[usize::from(register & 15)])
    }

    /// Bytes of SDI, or of nobody; none for the rest.
    pub fn bytes(&self) -> &[Byte] {
        match self {
            Self::Data(bytes) | Self::Stray(bytes) => bytes,
            _ => &[],
        }
    }
}

/// In a few words: `VOL = 0x2020`, `STATUS is 0x0040`, `SDI 49 44 33 04`, `DREQ high`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.register_name().unwrap_or_default();
        match self {
            Self::Write { value, .. } => write!(f, "{name} = 0x{value:04x}"),
            Self::Read { value: Some(value), .. } => write!(f, "{name} is 0x{value:04x}"),
            Self::Read { value: None, .. } => write!(f, "{name} read"),
            Self::Broken { bits, head } => {
                write!(f, "SCI broken off:")?;
                let shown = bits.div_ceil(8).min(4);
                head.to_be_bytes().iter().take(shown as usize).try_for_each(|byte| write!(f, " {byte:02x}"))?;
                write!(f, ", {bits} bits")
            }
            Self::Data(bytes) | Self::Stray(bytes) => {
                f.write_str(if matches!(self, Self::Data(_)) { "SDI" } else { "no select" })?;
                bytes.iter().take(RUN_BYTES).try_for_each(|byte| f.write_str(HEX[usize::from(byte.value)].text()))
            }
            Self::Level(line, level) => {
                write!(f, "{} {}", line.name(), if level.is_high() { "high" } else { "low" })
            }
        }
    }
}
