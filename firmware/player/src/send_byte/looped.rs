//! Step `loop`: a bit at a time, through pin objects.

use super::SendByte;
use crate::numbered_pin::{NumberedPin, PinError};
use embedded_hal::digital::OutputPin;

/// Two pin objects that know their numbers.
pub struct Looped {
    sclk: NumberedPin,
    mosi: NumberedPin,
}

impl Looped {
    /// SCLK P0.22 and MOSI P1.00, by number.
    pub fn new() -> Self {
        Self { sclk: NumberedPin::new(22).make_output(), mosi: NumberedPin::new(32).make_output() }
    }

    fn try_send(&mut self, byte: u8) -> Result<(), PinError> {
        for bit in (0..8).rev() {
            self.sclk.set_low()?;
            if byte & (1 << bit) != 0 {
                self.mosi.set_high()?;
            } else {
                self.mosi.set_low()?;
            }
            self.sclk.set_high()?;
        }
        Ok(())
    }
}

impl Default for Looped {
    fn default() -> Self {
        Self::new()
    }
}

impl SendByte for Looped {
    #[inline(never)]
    fn send_byte(&mut self, byte: u8) {
        self.try_send(byte).expect("both pins are outputs");
    }
}
