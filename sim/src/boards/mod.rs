//! Boards as data: what is soldered to the nRF52840's pins.
//!
//! 1. A board is a TOML file; the built-in ones are such files too. [`Board`] is what is left after every check.
//! 2. A board knows chips by name, pins and options, and builds none: whoever builds the machine brings both together with
//!    [`Board::wire`].

mod beside;
mod chips;
mod error;
mod file;
mod fonts;
mod inputs;
mod names;
mod pins;
mod resolve;
mod uicr;
mod wires;
mod wiring;

pub use chips::{ChipKind, PartKind};
pub use error::{BoardError, Place, Problem};
pub use file::MAX_BOARD_BYTES;
pub use fonts::SoundFont;
pub use pins::{SOC_PINS, SocPin, Target};
pub use wires::WireArg;
pub use wiring::{PartWiring, Wiring};

use peripherals::kernel::Drive;
use peripherals::nrf52840::{Analog, SleepClocks};
use std::collections::BTreeMap;

/// The board that is used when none is named.
pub const DEFAULT: &str = "dongle";

/// Built-in boards by name, the default first, as the TOML files that they are.
const BUILT_IN: [(&str, &str); 4] = [
    ("dongle", include_str!("dongle.toml")),
    ("dk", include_str!("dk.toml")),
    ("aramcon", include_str!("aramcon.toml")),
    ("bare", include_str!("bare.toml")),
];

/// Where the SoC takes its power from (nRF52840 PS v1.7, POWER, "Main supply").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// Normal voltage mode: VDD and VDDH are one.
    Vdd,
    /// High voltage mode: REG0 makes VDD from VDDH, as UICR.REGOUT0 says.
    Vddh,
}

/// What the board decides about the SoC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soc {
    /// Whether there is a 32,768 Hz crystal on P0.00 and P0.01.
    pub lfxo: bool,
    /// Where its power comes from.
    pub supply: Supply,
    /// Whether its USB port is joined to a host.
    pub usb: bool,
    /// What SysTick and the cycle counter do while the core sleeps.
    pub sleep_clocks: SleepClocks,
    /// How warm the SoC's die is, in quarters of a degree Celsius.
    pub temperature: i32,
    /// Voltages that the SoC's analog blocks see.
    pub analog: Analog,
    /// The pin with the reset button; UICR.PSELRESET is set accordingly.
    pub reset_pin: Option<SocPin>,
    /// Whether P0.09 and P0.10 belong to an NFC antenna; UICR.NFCPINS is set accordingly.
    pub nfc_pins: bool,
    /// Words of UICR that are not erased when a run starts, by byte offset from 0x10001000.
    pub uicr: BTreeMap<u16, u32>,
}

/// Something on the board that has pins: a chip, an LED or a button. Each is an actor of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name, unique on the board.
    pub name: String,
    /// What it is.
    pub kind: PartKind,
    /// Where its pins go: the pin's name and what it is joined to, in the order of the chip's pin table.
    pub pins: Vec<(&'static str, Target)>,
}

/// A wire: at most one SoC pin, and the pins of parts that are joined to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// Its name: the signal's if one is joined (`SCLK`; with the chip's name before it where several boards' chips have one
    /// of their own), else the label that the board file gives, else the pin's (`P0.07`).
    pub name: String,
    /// The SoC pin.
    pub pin: Option<SocPin>,
    /// `(index into parts, name of the pin)`.
    pub members: Vec<(usize, &'static str)>,
    /// Resistors (`PullUp`, `PullDown`) and hard ties (`Low`, `High`).
    pub pulls: Vec<Drive>,
}

/// A board, checked: pure data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// Its name: of the built-in board, or as the file says, or the file's own.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// What it decides about the SoC.
    pub soc: Soc,
    /// Chips, then LEDs, then buttons, each in the order of the file: the order of actors.
    pub parts: Vec<Part>,
    /// Every wire: the 48 SoC pins in order, then those that join no SoC pin.
    pub wires: Vec<Wire>,
    /// Sound fonts of chips, by their place in [`Board::parts`].
    pub fonts: BTreeMap<usize, SoundFont>,
}

impl Board {
    /// The board called `name_or_path`, with `overrides` (the values of `--wire`) on top: a built-in board, or a TOML file.
    ///
    /// # Errors
    /// [`BoardError`] with the place and a way to mend it.
    pub fn load<S: AsRef<str>>(name_or_path: &str, overrides: &[S]) -> Result<Self, BoardError> {
        let (place, text) = match built_in(name_or_path) {
            Some(text) => (name_or_path.to_owned(), text.to_owned()),
            None => (name_or_path.to_owned(), file::read(name_or_path)?),
        };
        let mut board = Self::parse(&place, &text, overrides)?;
        board.fonts.values_mut().try_for_each(SoundFont::read)?;
        Ok(board)
    }

    /// The board that `text` describes; `path` is for messages, and names the board when the file does not. Sound fonts are
    /// named and not read.
    ///
    /// # Errors
    /// As [`Board::load`].
    pub fn parse<S: AsRef<str>>(path: &str, text: &str, overrides: &[S]) -> Result<Self, BoardError> {
        let file = file::parse(path, text)?;
        let overrides = overrides.iter().map(|o| WireArg::parse(o.as_ref())).collect::<Result<Vec<_>, _>>()?;
        resolve::board(&file::Source { path, text }, file, &overrides)
    }

    /// Chips with their places in [`Board::parts`].
    pub fn chips(&self) -> impl Iterator<Item = (usize, &Part, &ChipKind)> {
        self.parts.iter().enumerate().filter_map(|(index, part)| match &part.kind {
            PartKind::Chip(kind) => Some((index, part, kind)),
            _ => None,
        })
    }

    /// The wire at a SoC pin.
    pub fn wire_at(&self, pin: SocPin) -> &Wire {
        &self.wires[usize::from(pin.number())]
    }
}

/// Names of the built-in boards, the default first.
pub fn built_in_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// A built-in board as a TOML file to start from.
pub fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests;
