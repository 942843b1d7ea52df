//! Boot from a serial memory at GPIO0 to GPIO2 and DREQ (VS1053b datasheet v1.33, "SPI Boot"; VS1053.md, 4): chip select, clock, data in and data
//! out, at XTALI / 50, which is the datasheet's 245 kHz. The memory begins with 50 26 48; then come records of a type, a length in bytes and an address, 16 bits each but for
//! the type, most significant byte first, and data: instructions, X and Y memory, or where to start (VLSI's boot image format; VS1053.md, 6.1).
//!
//! 1. Memories with 16 and 24 address bits are told by where the first three bytes come (how the chip does it is not documented).
//! 2. Without the first three bytes, and after the last record, it goes on as a decoder (inferred; VS1053.md, 4).

use super::{DREQ, GPIO0, SPI_BOOT, Vs1053, lints};
use crate::kernel::{Cx, Drive, Level, PinId};

const SELECT: PinId = GPIO0;
const CLOCK: PinId = PinId(GPIO0.0 + 1);
const DATA_IN: PinId = PinId(GPIO0.0 + 2);
/// Half a clock, in XTALI (VS1053.md, 4).
const HALF_XTALI: u64 = 25;
/// READ, and an address of 16 bits.
const COMMAND: u32 = 0x03_0000;
const COMMAND_BITS: u32 = 24;
const MAGIC: [u8; 3] = [0x50, 0x26, 0x48];
/// A longer image is none.
const MOST_BYTES: u32 = 1 << 16;

/// What has been read so far.
#[derive(Clone, Debug, Default)]
pub struct SpiBoot {
    clock: bool,
    bits: u32,
    shift: u8,
    /// The first bytes, until they are known; then the head of a record.
    head: Vec<u8>,
    known: bool,
    /// Of the present record: bytes missing, and the first half of a word.
    missing: u16,
    word: Option<u8>,
}

enum Next {
    Read,
    /// The end; where to start, if a record said so.
    Over(Option<u16>),
}

impl Vs1053 {
    /// Looks for a memory.
    pub(super) fn spi_boot(&mut self, cx: &mut Cx) {
        self.spi_boot = Some(Box::default());
        cx.drive(SELECT, Drive::Low);
        cx.drive(CLOCK, Drive::Low);
        cx.wake_at(SPI_BOOT, cx.now() + self.clock.xtali(HALF_XTALI));
    }

    /// Half a clock has passed.
    pub(super) fn spi_boot_goes_on(&mut self, cx: &mut Cx) {
        let Some(mut boot) = self.spi_boot.take() else { return };
        boot.clock = !boot.clock;
        cx.drive(CLOCK, Drive::from(Level::from(boot.clock)));
        if boot.clock {
            boot.shift = boot.shift << 1 | u8::from(cx.level(DATA_IN).is_high());
            boot.bits += 1;
            if boot.bits > COMMAND_BITS && boot.bits.is_multiple_of(8) {
                let byte = boot.shift;
                if let Next::Over(start) = self.boot_byte(&mut boot, byte) {
                    return self.spi_booted(boot.known, start, cx);
                }
            }
        } else {
            let out = boot.bits < COMMAND_BITS && COMMAND >> (COMMAND_BITS - 1 - boot.bits) & 1 == 1;
            cx.drive(DREQ, Drive::from(Level::from(out)));
        }
        self.spi_boot = Some(boot);
        cx.wake_at(SPI_BOOT, cx.now() + self.clock.xtali(HALF_XTALI));
    }

    fn boot_byte(&mut self, boot: &mut SpiBoot, byte: u8) -> Next {
        if boot.bits / 8 > MOST_BYTES {
            return Next::Over(None);
        }
        if boot.missing > 0 {
            boot.missing -= 1;
            match boot.word.take() {
                None => boot.word = Some(byte),
                Some(high) => self.memory.write(u16::from_be_bytes([high, byte])),
            }
            return Next::Read;
        }
        boot.head.push(byte);
        if !boot.known {
            // With 24 address bits the first byte is still part of the address.
            boot.known = boot.head == MAGIC || boot.head.get(1..) == Some(&MAGIC);
            if boot.known {
                boot.head.clear();
            }
            return if boot.head.len() > MAGIC.len() { Next::Over(None) } else { Next::Read };
        }
        let &[kind, length_high, length_low, high, low] = &boot.head[..] else { return Next::Read };
        boot.head.clear();
        let address = u16::from_be_bytes([high, low]);
        boot.missing = u16::from_be_bytes([length_high, length_low]);
        boot.word = None;
        match kind {
            0 => self.memory.point(address | 0x8000),
            1 => self.memory.point(address),
            2 => self.memory.point(address | 0x4000),
            3 => return Next::Over(Some(address)),
            _ => return Next::Over(None),
        }
        Next::Read
    }

    fn spi_booted(&mut self, found: bool, start: Option<u16>, cx: &mut Cx) {
        cx.report(&lints::SPI_BOOT, u64::from(found), || {
            if found { "and found one".into() } else { "and found none".into() }
        });
        cx.drive(DREQ, Drive::Low);
        self.drive_gpio(cx);
        self.memory.point(0);
        self.ready(cx);
        if let Some(address) = start {
            self.registers[usize::from(super::reg::AIADDR)] = address;
            self.start_application(address, cx);
        }
    }
}
