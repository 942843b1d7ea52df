//! SPIM0 of the nRF52840 as a bus of embedded-hal: 1 MHz, mode 0 (nRF52840 PS v1.7, SPIM).
//!
//! EasyDMA reads RAM only, and songs lie in flash: what is sent goes through a buffer.

use core::convert::Infallible;
use core::ptr;
use core::sync::atomic::{Ordering, compiler_fence};
use embedded_hal::spi::{ErrorType, SpiBus};

const BASE: usize = 0x4000_3000;
const TASKS_START: usize = BASE + 0x010;
const EVENTS_END: usize = BASE + 0x118;
const ENABLE: usize = BASE + 0x500;
const PSEL_SCK: usize = BASE + 0x508;
const PSEL_MOSI: usize = BASE + 0x50C;
const PSEL_MISO: usize = BASE + 0x510;
const FREQUENCY: usize = BASE + 0x524;
const RXD_PTR: usize = BASE + 0x534;
const RXD_MAXCNT: usize = BASE + 0x538;
const TXD_PTR: usize = BASE + 0x544;
const TXD_MAXCNT: usize = BASE + 0x548;
const CONFIG: usize = BASE + 0x554;

/// FREQUENCY: 1 MHz, below CLKI/7 of the VS1053 even before CLOCKF is set.
const M1: u32 = 0x1000_0000;
/// ENABLE: the block is a SPIM.
const ENABLED: u32 = 7;
/// Bytes that go at a time.
const PIECE: usize = 64;

/// The bus. There is one.
pub struct Spim;

impl Spim {
    /// The bus on these pins, each port * 32 + pin.
    pub fn new(sck: u32, mosi: u32, miso: u32) -> Self {
        for (register, value) in
            [(PSEL_SCK, sck), (PSEL_MOSI, mosi), (PSEL_MISO, miso), (FREQUENCY, M1), (CONFIG, 0), (ENABLE, ENABLED)]
        {
            write(register, value);
        }
        Self
    }

    /// Clocks as many bytes as the longer side has; both lie in RAM.
    fn clock(&mut self, sent: &[u8], received: &mut [u8]) {
        write(TXD_PTR, sent.as_ptr() as u32);
        write(TXD_MAXCNT, sent.len() as u32);
        write(RXD_PTR, received.as_mut_ptr() as u32);
        write(RXD_MAXCNT, received.len() as u32);
        write(EVENTS_END, 0);
        // EasyDMA reads and writes memory that the compiler takes for untouched.
        compiler_fence(Ordering::SeqCst);
        write(TASKS_START, 1);
        while read(EVENTS_END) == 0 {}
        compiler_fence(Ordering::SeqCst);
    }
}

impl ErrorType for Spim {
    type Error = Infallible;
}

impl SpiBus for Spim {
    fn read(&mut self, words: &mut [u8]) -> Result<(), Infallible> {
        words.chunks_mut(PIECE).for_each(|piece| self.clock(&[], piece));
        Ok(())
    }

    fn write(&mut self, words: &[u8]) -> Result<(), Infallible> {
        let mut buffer = [0; PIECE];
        for piece in words.chunks(PIECE) {
            let buffer = &mut buffer[..piece.len()];
            buffer.copy_from_slice(piece);
            self.clock(buffer, &mut []);
        }
        Ok(())
    }

    fn transfer(&mut self, read: &mut [u8], write: &[u8]) -> Result<(), Infallible> {
        let common = read.len().min(write.len());
        let mut buffer = [0; PIECE];
        for (piece, sent) in read[..common].chunks_mut(PIECE).zip(write.chunks(PIECE)) {
            let buffer = &mut buffer[..piece.len()];
            buffer.copy_from_slice(&sent[..piece.len()]);
            self.clock(buffer, piece);
        }
        SpiBus::read(self, &mut read[common..])?;
        SpiBus::write(self, &write[common..])
    }

    fn transfer_in_place(&mut self, words: &mut [u8]) -> Result<(), Infallible> {
        let mut buffer = [0; PIECE];
        for piece in words.chunks_mut(PIECE) {
            let buffer = &mut buffer[..piece.len()];
            buffer.copy_from_slice(piece);
            self.clock(buffer, piece);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn write(address: usize, value: u32) {
    // SAFETY: every address in this file is a register of SPIM0: aligned and always present. What EasyDMA then does is waited for in
    // `clock`, which holds both buffers.
    unsafe { ptr::write_volatile(address as *mut u32, value) }
}

fn read(address: usize) -> u32 {
    // SAFETY: as in `write`; reading has no side effects.
    unsafe { ptr::read_volatile(address as *const u32) }
}
