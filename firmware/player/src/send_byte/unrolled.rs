//! Step `unrolled`: the same pin objects, the eight bits written out.

use super::SendByte;
use crate::numbered_pin::{NumberedPin, PinError};
use embedded_hal::digital::OutputPin;

/// Two pin objects that know their numbers.
pub struct Unrolled {
    sclk: NumberedPin,
    mosi: NumberedPin,
}

impl Unrolled {
    /// SCLK P0.22 and MOSI P1.00, by number.
    pub fn new() -> Self {
        Self { sclk: NumberedPin::new(22).make_output(), mosi: NumberedPin::new(32).make_output() }
    }

    fn try_send(&mut self, byte: u8) -> Result<(), PinError> {
        macro_rules! bit {
            ($mask:literal) => {
                self.sclk.set_low()?;
                if byte & $mask != 0 {
                    self.mosi.set_high()?;
                } else {
                    self.mosi.set_low()?;
                }
                self.sclk.set_high()?;
            };
        }
        bit!(0x80);
        bit!(0x40);
        bit!(0x20);
        bit!(0x10);
        bit!(0x08);
        bit!(0x04);
        bit!(0x02);
        bit!(0x01);
        Ok(())
    }
}

impl Default for Unrolled {
    fn default() -> Self {
        Self::new()
    }
}

impl SendByte for Unrolled {
    #[inline(never)]
    fn send_byte(&mut self, byte: u8) {
        self.try_send(byte).expect("both pins are outputs");
    }
}
