//! A pin looked up by its number on every call, as a scripting language's pin object does it.

use crate::gpio;
use embedded_hal::digital::{Error, ErrorKind, ErrorType, OutputPin};

/// Pins of the nRF52840: P0.00 to P0.31, then P1.00 to P1.15.
const PINS: u8 = 48;

/// Why a level could not be set.
#[derive(Clone, Copy, Debug)]
pub enum PinError {
    /// The number is 48 or more.
    NoSuchPin,
    /// `make_output` was not called.
    NotAnOutput,
}

impl Error for PinError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

/// A pin by number, with its direction remembered and checked.
pub struct NumberedPin {
    number: u8,
    output: bool,
}

impl NumberedPin {
    /// A pin that is not an output yet. Numbers are port * 32 + pin.
    pub fn new(number: u8) -> Self {
        Self { number, output: false }
    }

    /// Says that the pin was configured as an output.
    pub fn make_output(mut self) -> Self {
        self.output = true;
        self
    }

    /// Port base and bit of the pin.
    #[inline(never)]
    fn locate(&self) -> Result<(usize, u32), PinError> {
        if self.number >= PINS {
            return Err(PinError::NoSuchPin);
        }
        if !self.output {
            return Err(PinError::NotAnOutput);
        }
        Ok((gpio::BASE[usize::from(self.number / 32)], 1 << (self.number % 32)))
    }
}

impl ErrorType for NumberedPin {
    type Error = PinError;
}

impl OutputPin for NumberedPin {
    #[inline(never)]
    fn set_low(&mut self) -> Result<(), PinError> {
        let (base, mask) = self.locate()?;
        gpio::write(base + gpio::OUTCLR, mask);
        Ok(())
    }

    #[inline(never)]
    fn set_high(&mut self) -> Result<(), PinError> {
        let (base, mask) = self.locate()?;
        gpio::write(base + gpio::OUTSET, mask);
        Ok(())
    }
}
