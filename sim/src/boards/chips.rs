//! What kinds of parts a board can have, and what pins they bring.

use super::fonts;
use super::pins::Target;
use peripherals::chips::{norflash, vs1053};
use toml::Value;

/// A part with a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// A chip on wires.
    Chip(ChipKind),
    /// A light-emitting diode; its pin is called `LED`.
    Led {
        /// It lights when its pin is low.
        active_low: bool,
    },
    /// A push button; its pin is called `BUTTON`.
    Button {
        /// Pressed, it makes its pin low.
        active_low: bool,
    },
}

/// Chips that are modelled, with what the board file says about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChipKind {
    /// VLSI VS1053b, or a VS1003.
    Vs1053(vs1053::Config),
    /// NOR flash on QSPI.
    NorFlash(&'static norflash::Part),
}

/// The pin of an LED.
pub(super) const LED_PIN: &str = "LED";
/// The pin of a button.
pub(super) const BUTTON_PIN: &str = "BUTTON";

/// How chips may share a SoC pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sharing {
    /// Several chips may hang on one wire.
    Bus,
    /// One chip a wire.
    Own,
}

/// A pin that a board file can place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signal {
    /// The name that boards and reports use.
    pub(super) name: &'static str,
    /// Other names for it: of the datasheet, and on breakout boards.
    pub(super) aliases: &'static [&'static str],
    pub(super) sharing: Sharing,
    /// Where it goes when the file does not say; a pin without must be placed.
    pub(super) default: Option<Target>,
    /// Breakout boards have a resistor of 10 kohm to the supply here.
    pub(super) pulled_up: bool,
}

const fn signal(name: &'static str, aliases: &'static [&'static str], sharing: Sharing) -> Signal {
    Signal { name, aliases, sharing, default: None, pulled_up: false }
}

const fn select(name: &'static str, aliases: &'static [&'static str], sharing: Sharing) -> Signal {
    Signal { pulled_up: true, ..signal(name, aliases, sharing) }
}

const fn gpio(name: &'static str, default: Target) -> Signal {
    Signal { default: Some(default), ..signal(name, &[], Sharing::Own) }
}

/// VS1053b datasheet v1.33, "Packages and Pin Descriptions". GPIO0 and GPIO1 choose how it boots and are low on a breakout; the pins that
/// have no other use are left open.
static VS1053: [Signal; 17] = [
    signal("SCLK", &["SCK"], Sharing::Bus),
    signal("MOSI", &["SI"], Sharing::Bus),
    signal("MISO", &["SO"], Sharing::Bus),
    select("XCS", &["CS"], Sharing::Own),
    select("XDCS", &["DCS", "BSYNC"], Sharing::Own),
    signal("DREQ", &[], Sharing::Own),
    select("XRESET", &["XRST", "RST", "RESET"], Sharing::Bus),
    gpio("GPIO0", Target::Down),
    gpio("GPIO1", Target::Down),
    gpio("GPIO2", Target::Nc),
    gpio("GPIO3", Target::Nc),
    gpio("GPIO4", Target::Nc),
    gpio("GPIO5", Target::Nc),
    gpio("GPIO6", Target::Nc),
    gpio("GPIO7", Target::Nc),
    gpio("RX", Target::Up),
    gpio("TX", Target::Nc),
];

/// Its wires are called as on the nRF52840's side. Boards have a resistor at CSN (a guess).
static NOR_FLASH: [Signal; 6] = [
    signal("QSPI_SCK", &[], Sharing::Own),
    select("QSPI_CSN", &["QSPI_CS"], Sharing::Own),
    signal("QSPI_IO0", &["QSPI_D0"], Sharing::Own),
    signal("QSPI_IO1", &["QSPI_D1"], Sharing::Own),
    signal("QSPI_IO2", &["QSPI_D2"], Sharing::Own),
    signal("QSPI_IO3", &["QSPI_D3"], Sharing::Own),
];

/// Names that `type` takes.
pub(super) const TYPES: [&str; 7] = ["vs1053", "vs1053b", "vs1003", "vs1003b", "mx25r6435f", "gd25q16c", "w25q16jv"];

/// The table of a VS1053's inputs, which names files.
pub(super) const LINE_IN: &str = "line_in";

/// Chips that are known and not modelled yet.
const LATER: [&str; 5] = ["vs1001", "vs1002", "vs1063", "vs1063a", "ssd1306"];

/// What a `type` in a board file means.
pub(super) enum Known {
    Modelled(ChipKind),
    Later,
    No,
}

pub(super) fn known(name: &str) -> Known {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "vs1053" | "vs1053b" => Known::Modelled(ChipKind::Vs1053(vs1053::Config::default())),
        "vs1003" | "vs1003b" => Known::Modelled(ChipKind::Vs1053(vs1053::Config::vs1003())),
        later if LATER.contains(&later) => Known::Later,
        other => norflash::Part::named(other).map_or(Known::No, |part| Known::Modelled(ChipKind::NorFlash(part))),
    }
}

impl ChipKind {
    pub(super) fn signals(&self) -> &'static [Signal] {
        match self {
            Self::Vs1053(_) => &VS1053,
            Self::NorFlash(_) => &NOR_FLASH,
        }
    }
}

impl ChipKind {
    /// Names of the options that it takes.
    pub(super) fn options(&self) -> Vec<&'static str> {
        match self {
            Self::Vs1053(_) => {
                [LINE_IN].into_iter().chain(vs1053::OPTIONS.iter().map(|o| o.name)).chain([fonts::KEY]).collect()
            }
            Self::NorFlash(_) => Vec::new(),
        }
    }

    /// Sets an option to a number or a word; gives what it takes when it does not take that.
    pub(super) fn set(&mut self, option: &str, value: &Value) -> Result<(), String> {
        match self {
            Self::Vs1053(config) => match value {
                Value::Integer(number) => config.set(option, *number),
                Value::String(word) => config.set_word(option, word),
                // No option takes anything else; the error says what this one does.
                _ => config.set_word(option, ""),
            }
            .map_err(|e| e.to_string()),
            Self::NorFlash(_) => Err("a flash chip has no options".into()),
        }
    }
}

/// The signal that `name` means, if it is one of `signals`; capitals do not matter.
pub(super) fn signal_named(signals: &'static [Signal], name: &str) -> Option<&'static Signal> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    signals.iter().find(|s| is(s.name) || s.aliases.iter().any(|alias| is(alias)))
}
