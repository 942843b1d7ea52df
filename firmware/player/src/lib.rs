//! A VS1053 player for the nRF52840 that clocks every bit by software.
//!
//! The binaries in `src/bin` share everything but the way a byte is sent ([`send_byte`]), or get one
//! thing wrong on purpose. Read `send_byte/*.rs` side by side: that is the ladder of the 2018 article.
//!
//! | module | what |
//! |---|---|
//! | [`wires`] | which pin is which signal |
//! | [`gpio`], [`numbered_pin`] | pins fixed at compile time, and pins looked up at run time |
//! | [`send_byte`] | one byte to the chip, the variants |
//! | [`slow_spi`] | SCI: slow, with a chosen bit order and mode, reading back |
//! | [`dreq`] | waiting for the chip: as it should be, bounded, or not at all |
//! | [`vs1053`] | the chip: registers, reset, streaming, end of file |
//! | [`run`](mod@run) | the order of things, the checks, the exit code |
//! | [`cycles`], [`console`] | DWT counter; text and exit by semihosting |
#![no_std]

pub mod console;
pub mod cycles;
pub mod dreq;
pub mod gpio;
pub mod numbered_pin;
pub mod run;
pub mod send_byte;
pub mod slow_spi;
pub mod songs;
pub mod vs1053;
pub mod wires;
