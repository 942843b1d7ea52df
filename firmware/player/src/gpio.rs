//! nRF52840 pins known at compile time (nRF52840 PS v1.7, GPIO).

use core::convert::Infallible;
use core::ptr;
use embedded_hal::digital::{ErrorType, InputPin, OutputPin};

/// Base addresses of P0 and P1, as the article has them; the registers start 0x500 above.
pub const BASE: [usize; 2] = [0x5000_0000, 0x5000_0300];
/// Writing 1 to a bit drives that pin high, 0 changes nothing.
pub const OUTSET: usize = 0x508;
/// Writing 1 to a bit drives that pin low, 0 changes nothing.
pub const OUTCLR: usize = 0x50C;
/// Levels of the pins whose input buffer is connected.
pub const IN: usize = 0x510;
/// One configuration word a pin.
pub const PIN_CNF: usize = 0x700;

/// PIN_CNF: output, input buffer disconnected, no pull, standard drive.
const CNF_OUTPUT: u32 = 0b0011;
/// PIN_CNF: input buffer connected, no pull.
const CNF_INPUT: u32 = 0b0000;
/// PIN_CNF: input buffer connected, pull-down.
const CNF_INPUT_PULL_DOWN: u32 = 0b0100;

/// Writes a GPIO register.
#[inline(always)]
pub fn write(address: usize, value: u32) {
    // SAFETY: every address in this crate is a GPIO register of the nRF52840: aligned, always present,
    // and of no concern to memory.
    unsafe { ptr::write_volatile(address as *mut u32, value) }
}

/// Reads a GPIO register; none of them has side effects.
#[inline(always)]
pub fn read(address: usize) -> u32 {
    // SAFETY: as in `write`.
    unsafe { ptr::read_volatile(address as *const u32) }
}

/// Pin `PIN` of port `PORT`. A name, not a resource: it holds nothing and may be copied.
#[derive(Clone, Copy)]
pub struct Line<const PORT: usize, const PIN: u32>;

impl<const PORT: usize, const PIN: u32> Line<PORT, PIN> {
    /// The pin's bit in the port's registers.
    pub const MASK: u32 = 1 << PIN;
    /// Address of the port's OUTSET.
    pub const OUTSET: usize = BASE[PORT] + OUTSET;
    /// Address of the port's OUTCLR.
    pub const OUTCLR: usize = BASE[PORT] + OUTCLR;

    /// Makes the pin an output that starts high, without a low pulse in between.
    pub fn output_high(self) {
        write(Self::OUTSET, Self::MASK);
        self.configure(CNF_OUTPUT);
    }

    /// Makes the pin an output that starts low.
    pub fn output_low(self) {
        write(Self::OUTCLR, Self::MASK);
        self.configure(CNF_OUTPUT);
    }

    /// Makes the pin an input without pull.
    pub fn input(self) {
        self.configure(CNF_INPUT);
    }

    /// Makes the pin an input that reads low while nobody drives it.
    pub fn input_pull_down(self) {
        self.configure(CNF_INPUT_PULL_DOWN);
    }

    fn configure(self, value: u32) {
        write(BASE[PORT] + PIN_CNF + 4 * PIN as usize, value);
    }
}

impl<const PORT: usize, const PIN: u32> ErrorType for Line<PORT, PIN> {
    type Error = Infallible;
}

impl<const PORT: usize, const PIN: u32> OutputPin for Line<PORT, PIN> {
    #[inline(always)]
    fn set_low(&mut self) -> Result<(), Infallible> {
        write(Self::OUTCLR, Self::MASK);
        Ok(())
    }

    #[inline(always)]
    fn set_high(&mut self) -> Result<(), Infallible> {
        write(Self::OUTSET, Self::MASK);
        Ok(())
    }
}

impl<const PORT: usize, const PIN: u32> InputPin for Line<PORT, PIN> {
    #[inline(always)]
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(read(BASE[PORT] + IN) & Self::MASK != 0)
    }

    #[inline(always)]
    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.is_high().map(|high| !high)
    }
}
