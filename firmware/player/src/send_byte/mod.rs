//! `sendByte()`: eight bits to the chip's SDI, the steps of the ladder.
//!
//! All of them write in the article's order: SCLK low, MOSI, SCLK high, most significant bit first. SCLK rests
//! high, the chip samples on the rising edge: SPI mode 3.
//!
//! Limits with CLOCKF 0x8800, CLKI = 43.008 MHz (VS1053b datasheet, "SPI timing"): SCLK low and high at least
//! 2 CLKI = 46.5 ns each, MOSI held 2 CLKI after the rising edge. At 64 MHz that is 3 cycles (46.9 ns), and a
//! store to a GPIO register takes one. Waits are there for these limits and for nothing else.

mod cached;
mod direct;
mod looped;
mod unrolled;

pub use cached::Cached;
pub use direct::Direct;
pub use looped::Looped;
pub use unrolled::Unrolled;

/// Sends one byte; the chip must be selected and ready.
pub trait SendByte {
    /// Sends `byte`, leaving SCLK at rest.
    fn send_byte(&mut self, byte: u8);
}
