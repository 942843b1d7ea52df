//! Pins of the SoC by the names on boards, and what else a chip's pin may be joined to.

use peripherals::kernel::PinId;
use std::fmt;

/// P0.00 to P0.31 and P1.00 to P1.15.
pub const SOC_PINS: u8 = 48;
const PORT_0_PINS: u8 = 32;

/// A pin of the nRF52840.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocPin(u8);

impl SocPin {
    /// The pin with this number: 0 to 31 are P0.00 to P0.31, 32 to 47 are P1.00 to P1.15.
    pub fn new(number: u8) -> Option<Self> {
        (number < SOC_PINS).then_some(Self(number))
    }

    /// All pins in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SOC_PINS).map(Self)
    }

    /// The number that PSEL registers and the models use.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The pin as the wires know it.
    pub fn id(self) -> PinId {
        PinId(self.0)
    }

    /// Reads `P0.22`; the letter may be small, and one digit will do (`P0.2` is P0.02).
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let Some((port, pin)) = text.strip_prefix(['P', 'p']).and_then(|rest| rest.split_once('.')) else {
            return Err("a pin is written as P0.22 or P1.00");
        };
        let pin = match pin.as_bytes() {
            [a] if a.is_ascii_digit() => a - b'0',
            [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => (a - b'0') * 10 + (b - b'0'),
            _ => return Err("the number after the dot has one or two digits"),
        };
        match port {
            "0" if pin < PORT_0_PINS => Ok(Self(pin)),
            "0" => Err("port 0 has P0.00 to P0.31"),
            "1" if pin < SOC_PINS - PORT_0_PINS => Ok(Self(pin + PORT_0_PINS)),
            "1" => Err("port 1 has P1.00 to P1.15"),
            _ => Err("the nRF52840 has ports P0 and P1"),
        }
    }
}

impl fmt::Display for SocPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P{}.{:02}", self.0 / PORT_0_PINS, self.0 % PORT_0_PINS)
    }
}

/// What a part's pin is joined to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A pin of the SoC.
    Pin(SocPin),
    /// Ground, directly.
    Gnd,
    /// The supply, directly.
    Vcc,
    /// Ground through a resistor.
    Down,
    /// The supply through a resistor.
    Up,
    /// Nothing.
    Nc,
}

impl Target {
    /// Reads a SoC pin, `gnd`, `vcc`, `down`, `up` or `nc`.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        Ok(match text {
            "gnd" => Self::Gnd,
            "vcc" => Self::Vcc,
            "down" => Self::Down,
            "up" => Self::Up,
            "nc" => Self::Nc,
            pin if pin.starts_with(['P', 'p']) => Self::Pin(SocPin::parse(pin)?),
            _ => return Err("a pin is joined to a SoC pin such as P0.22, or to gnd, vcc, down, up or nc"),
        })
    }
}
