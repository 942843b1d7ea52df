//! The board as the screen shows it: LEDs, buttons, wires to its chips, pins.

use peripherals::kernel::LintLevel;
use std::sync::Arc;

/// The colour of an LED, as far as its name tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hue {
    /// `..._RED`.
    Red,
    /// `..._GREEN`, and whatever does not say.
    #[default]
    Green,
    /// `..._BLUE`.
    Blue,
    /// `..._YELLOW`, `..._ORANGE`, `..._AMBER`.
    Yellow,
    /// `..._WHITE`.
    White,
}

impl Hue {
    /// By the words in the LED's name.
    pub fn of(name: &str) -> Self {
        let name = name.to_ascii_uppercase();
        let word = |words: &[&str]| name.split(['_', '-', ' ', '.']).any(|part| words.contains(&part));
        if word(&["RED", "R"]) {
            Self::Red
        } else if word(&["BLUE", "B"]) {
            Self::Blue
        } else if word(&["YELLOW", "ORANGE", "AMBER"]) {
            Self::Yellow
        } else if word(&["WHITE"]) {
            Self::White
        } else {
            Self::Green
        }
    }
}

/// An LED.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lamp {
    /// Its name.
    pub name: Arc<str>,
    /// Its pin of the SoC.
    pub pin: Arc<str>,
    /// Its colour.
    pub hue: Hue,
    /// The share of the time since the last picture in which it was lit, in thousandths.
    pub permille: u16,
}

/// A button.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switch {
    /// Its name.
    pub name: Arc<str>,
    /// Its pin of the SoC.
    pub pin: Arc<str>,
    /// The key that presses it; `None` when all are taken.
    pub key: Option<char>,
    /// It is pressed.
    pub pressed: bool,
}

/// Who drives a wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// The SoC.
    Out,
    /// Something else.
    In,
    /// A resistor.
    Pulled,
    /// Nothing.
    #[default]
    Floating,
}

/// A wire between a pin of the SoC and a pin of a chip, or a pin of the SoC that is in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strand {
    /// The pin: `P0.22`.
    pub pin: Arc<str>,
    /// The chip at the other end; empty for a pin without.
    pub chip: Arc<str>,
    /// The chip's pin, or the wire's name.
    pub signal: Arc<str>,
    /// Its level.
    pub high: bool,
    /// Who drives it.
    pub way: Way,
    /// It has moved since the last picture.
    pub moved: bool,
}

/// The board.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoardView {
    /// One line for people.
    pub description: Arc<str>,
    /// It has a USB connector that is joined to a host.
    pub usb: bool,
    /// Its LEDs in the order of the board file.
    pub lamps: Vec<Lamp>,
    /// Its buttons in that order.
    pub switches: Vec<Switch>,
    /// Wires to chips.
    pub strands: Vec<Strand>,
    /// Other pins that firmware uses.
    pub pins: Vec<Strand>,
}

/// How many buttons have a key.
pub const BUTTON_KEYS: &str = "asdfghjk";

/// A diagnostic's level as a letter, for screens without colour.
pub(super) fn letter(level: LintLevel) -> char {
    match level {
        LintLevel::Deny => 'D',
        LintLevel::Warn => 'W',
        LintLevel::Note | LintLevel::Allow => 'n',
    }
}
