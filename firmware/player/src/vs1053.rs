//! The VS1053b over its two serial interfaces (VS1053b datasheet v1.33).

use crate::cycles::{self, Cycles};
use crate::dreq::{NOTICE, WaitReady};
use crate::gpio::Line;
use crate::send_byte::SendByte;
use crate::slow_spi::{HALF, SlowSpi};
use crate::wires::{Xcs, Xreset};
use cortex_m::asm::nop;
use embedded_hal::digital::OutputPin;

/// SCI registers that the player uses ("SCI Registers").
#[derive(Clone, Copy)]
pub enum Register {
    /// Mode control.
    Mode = 0x0,
    /// Status; bits 7:4 are the version, 4 for a VS1053.
    Status = 0x1,
    /// Clock multiplier.
    Clockf = 0x3,
    /// Window to the chip's memory.
    Wram = 0x6,
    /// Address of the window.
    Wramaddr = 0x7,
    /// Stream header, low half; 0 when nothing is being decoded.
    Hdat0 = 0x8,
    /// Stream header, high half; 0 when nothing is being decoded.
    Hdat1 = 0x9,
    /// Attenuation, left and right, in half decibels.
    Vol = 0xB,
}

/// MODE: software reset.
pub const SM_RESET: u16 = 1 << 2;
/// MODE: cancel the current stream; the chip clears it.
pub const SM_CANCEL: u16 = 1 << 3;
/// CLOCKF: 3.5 x XTALI, 1.0 x more when the decoder asks, XTALI 12.288 MHz; the datasheet's recommendation.
pub const CLOCKF_3_5X: u16 = 0x8800;
/// WRAMADDR of the byte to fill with after a file ("Extra Parameters", endFillByte).
const END_FILL_BYTE: u16 = 0x1E06;

/// The DREQ rule: this many bytes of SDI a look.
const CHUNK: usize = 32;
/// "At least 2052 bytes of endFillByte" after a file ("Playing a Whole File").
const FILL: usize = 2052;
/// How many bytes the chip gets to notice SM_CANCEL, before a software reset.
const CANCEL_LIMIT: usize = 2048;

/// Longest boot after a reset: 50,000 XTALI.
const BOOT: Cycles = cycles::from_us(4_100);
/// Longest SCI write: CLOCKF, 1200 XTALI = 97.7 us.
const SCI_BUSY: Cycles = cycles::from_us(100);

/// What sending a stream took, in cycles.
#[derive(Clone, Copy)]
pub struct Sent {
    /// From the first bit to the last.
    pub elapsed: Cycles,
    /// Of these, with DREQ low and nothing to do but wait.
    pub stalled: Cycles,
    /// Waits for DREQ that were given up.
    pub given_up: u32,
}

/// The chip, over a clocked pair of lines for SCI, a way to send bytes to SDI, a pin that selects SDI, and a way to
/// wait for DREQ.
pub struct Vs1053<C, D, S, X, W> {
    /// Registers.
    pub sci: SlowSpi<C, D>,
    /// Stream.
    pub sdi: S,
    /// Selects SDI.
    pub xdcs: X,
    /// DREQ.
    pub ready: W,
}

impl<C: OutputPin, D: OutputPin, S: SendByte, X: OutputPin, W: WaitReady> Vs1053<C, D, S, X, W> {
    /// Resets the chip by XRESET and waits until it has booted; whether it did.
    pub fn reset(&mut self) -> bool {
        let mut xreset: Xreset = Line;
        self.sci.rest();
        let _ = xreset.set_low();
        cycles::wait(cycles::from_us(10)); // at least 2 XTALI = 163 ns
        let _ = xreset.set_high();
        cycles::wait(NOTICE);
        self.ready.wait_boot(BOOT)
    }

    /// Writes a register; whether the chip was ready for it, and again afterwards.
    pub fn write(&mut self, register: Register, value: u16) -> bool {
        let before = self.ready.wait(0).is_some();
        let [high, low] = value.to_be_bytes();
        self.select_sci();
        for byte in [0x02, register as u8, high, low] {
            self.sci.send_byte(byte);
        }
        self.deselect_sci();
        let resets = matches!(register, Register::Mode) && value & SM_RESET != 0;
        before & self.settle(if resets { BOOT } else { SCI_BUSY })
    }

    /// Reads a register.
    pub fn read(&mut self, register: Register) -> u16 {
        self.ready.wait(0);
        self.select_sci();
        self.sci.send_byte(0x03);
        self.sci.send_byte(register as u8);
        let value = u16::from_be_bytes([self.sci.read_byte(), self.sci.read_byte()]);
        self.deselect_sci();
        self.settle(SCI_BUSY);
        value
    }

    /// Sends a stream, 32 bytes at a time.
    pub fn stream(&mut self, bytes: &[u8]) -> Sent {
        let mut sent = Sent { elapsed: 0, stalled: 0, given_up: 0 };
        self.ready.wait(0);
        let start = cycles::now();
        for chunk in bytes.chunks(CHUNK) {
            match self.ready.wait(0) {
                Some(cycles) => sent.stalled += cycles,
                None => sent.given_up += 1,
            }
            self.send(chunk.iter().copied());
        }
        sent.elapsed = cycles::since(start);
        sent
    }

    /// Ends a file as the datasheet says under "Playing a Whole File"; whether the chip came to rest.
    pub fn finish(&mut self) -> bool {
        self.write(Register::Wramaddr, END_FILL_BYTE);
        let fill = self.read(Register::Wram) as u8;
        self.fill(fill, FILL);
        let mode = self.read(Register::Mode);
        self.write(Register::Mode, mode | SM_CANCEL);
        let mut sent = 0;
        while self.read(Register::Mode) & SM_CANCEL != 0 {
            if sent >= CANCEL_LIMIT {
                self.write(Register::Mode, mode | SM_RESET);
                break;
            }
            self.fill(fill, CHUNK);
            sent += CHUNK;
        }
        self.read(Register::Hdat0) == 0 && self.read(Register::Hdat1) == 0
    }

    fn fill(&mut self, byte: u8, count: usize) {
        let mut left = count;
        while left > 0 {
            let n = left.min(CHUNK);
            self.ready.wait(0);
            self.send(core::iter::repeat_n(byte, n));
            left -= n;
        }
    }

    #[inline(always)]
    fn send(&mut self, bytes: impl Iterator<Item = u8>) {
        let _ = self.xdcs.set_low();
        for byte in bytes {
            self.sdi.send_byte(byte);
        }
        nop(); // XDCS at least 1 CLKI after the last edge
        nop();
        let _ = self.xdcs.set_high();
    }

    fn select_sci(&mut self) {
        let mut xcs: Xcs = Line;
        let _ = xcs.set_low();
        cycles::wait(HALF);
    }

    fn deselect_sci(&mut self) {
        let mut xcs: Xcs = Line;
        let _ = xcs.set_high();
        cycles::wait(HALF); // at least 2 CLKI until the next time
    }

    /// Waits for the chip to notice an operation and to finish it; whether it did.
    fn settle(&mut self, worst: Cycles) -> bool {
        cycles::wait(NOTICE);
        self.ready.wait(worst).is_some()
    }
}
