//! CCM and AAR, which share a page: packets encrypted and addresses resolved for Bluetooth low energy (nRF52840 Product Specification v1.7, CCM
//! and AAR).
//!
//! 1. KSGEN takes 50 us (remembered) and CRYPT a packet's time on the air at the rate in MODE, 8 us a byte at 1 Mbit/s (guess); RAM is read
//!    and written at the end of CRYPT. SCRATCHPTR is not used.
//! 2. AAR takes 1 us, and 6 us for each key that it tries (BabbleSim).
//! 3. A packet of no bytes is moved as it is. A length above MAXPACKETSIZE, or above 27 with MODE.LENGTH = Default, is cut there (guess), so
//!    that ERROR never comes. RATEOVERRIDE is stored, and its task takes it over.
//! 4. Start tasks during an operation are ignored (guess); STOP drops it.

mod packet;

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::{self, Ram};
use super::events::Events;
use crate::kernel::{Cx, Instant, Refusal, Span, registers};
use packet::{Cipher, MIC, resolves};

registers! { pub CCM, "nRF52840 PS v1.7, CCM, Registers";
    0x000 TASKS_KSGEN W;
    0x004 TASKS_CRYPT W;
    0x008 TASKS_STOP W;
    0x00C TASKS_RATEOVERRIDE W;
    0x100 EVENTS_ENDKSGEN RW;
    0x104 EVENTS_ENDCRYPT RW;
    0x108 EVENTS_ERROR RW;
    0x200 SHORTS RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x400 MICSTATUS R;
    0x500 ENABLE RW;
    0x504 MODE RW reset 1;
    0x508 CNFPTR RW;
    0x50C INPTR RW;
    0x510 OUTPTR RW;
    0x514 SCRATCHPTR RW;
    0x518 MAXPACKETSIZE RW reset 0xFB;
    0x51C RATEOVERRIDE RW;
}
registers! { pub AAR, "nRF52840 PS v1.7, AAR, Registers";
    0x000 TASKS_START W;
    0x008 TASKS_STOP W;
    0x100 EVENTS_END RW;
    0x104 EVENTS_RESOLVED RW;
    0x108 EVENTS_NOTRESOLVED RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x400 STATUS R;
    0x500 ENABLE RW;
    0x504 NIRK RW reset 1;
    0x508 IRKPTR RW;
    0x510 ADDRPTR RW;
    0x514 SCRATCHPTR RW;
}

const ID: u8 = 15;
/// ENABLE.
const AS_CCM: u32 = 2;
const AS_AAR: u32 = 3;
/// Events of CCM, and those of AAR.
const ENDKSGEN: u8 = 0;
const ENDCRYPT: u8 = 1;
const END: u8 = 0;
const RESOLVED: u8 = 1;
const NOTRESOLVED: u8 = 2;
const SHORT_ENDKSGEN_CRYPT: u32 = 1;
const KEY_STREAM: Span = Span::from_us(50);
/// Header, length and a reserved byte come before a packet's payload and before an address.
const BEFORE: u32 = 3;
const MOST_BYTES: usize = 255;
/// Without MODE.LENGTH.
const DEFAULT_LENGTH: usize = 27;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Busy {
    No,
    KeyStream,
    /// The length of the packet is to be looked at: it decides how long it takes.
    Length,
    Crypt,
    /// The key of this number is tried.
    Resolve(u32),
}

/// CCM or AAR, as ENABLE says.
#[derive(Clone, Debug)]
pub(super) struct Link {
    events: Events,
    busy: Busy,
    shorts: u32,
    enable: u32,
    /// MICSTATUS or STATUS.
    status: u32,
    /// MODE of CCM and NIRK of AAR, which have a register each.
    mode: u32,
    nirk: u32,
    /// CNFPTR or IRKPTR, INPTR, OUTPTR or ADDRPTR, SCRATCHPTR.
    pointers: [u32; 4],
    maxpacketsize: u32,
    rateoverride: u32,
}

impl Block for Link {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        CCM.find(at).ok_or(Refusal::Unmapped)?;
        Ok(match at {
            0x200 => self.shorts,
            0x400 => self.status,
            0x500 => self.enable,
            0x504 if self.enable == AS_AAR => self.nirk,
            0x504 => self.mode,
            0x508..0x518 => self.pointers[usize::from((at - 0x508) / 4)],
            0x518 => self.maxpacketsize,
            0x51C => self.rateoverride,
            // Tasks read 0.
            _ => 0,
        })
    }

    fn write(&mut self, at: u16, value: u32, Io { cx, .. }: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, cx) {
            return Ok(());
        }
        CCM.find(at).ok_or(Refusal::Unmapped)?;
        match at {
            0x000..0x010 => {
                if value & 1 != 0 {
                    self.task(at, cx);
                }
            }
            0x200 => self.shorts = value & SHORT_ENDKSGEN_CRYPT,
            0x500 => {
                self.enable = value & 3;
                self.quit(cx);
            }
            0x504 if self.enable == AS_AAR => self.nirk = value & 0x1F,
            0x504 => self.mode = value & 0x0103_0001,
            0x508..0x518 => self.pointers[usize::from((at - 0x508) / 4)] = value,
            0x518 => self.maxpacketsize = value & 0xFF,
            0x51C => self.rateoverride = value & 3,
            _ => return Err(Refusal::ReadOnly),
        }
        Ok(())
    }

    fn wake(&mut self, _: u8, ram: &mut dyn Ram, Io { cx, .. }: &mut Io) {
        match core::mem::replace(&mut self.busy, Busy::No) {
            Busy::No => {}
            Busy::KeyStream => {
                self.events.raise(ENDKSGEN, cx);
                if self.shorts & SHORT_ENDKSGEN_CRYPT != 0 {
                    self.task(0x004, cx);
                }
            }
            Busy::Length => {
                let (_, length) = self.header(ram, cx);
                self.wait(Busy::Crypt, self.byte() * (u64::from(BEFORE) + length as u64), cx);
            }
            Busy::Crypt => {
                self.crypt(ram, cx);
                self.events.raise(ENDCRYPT, cx);
            }
            Busy::Resolve(n) => self.resolve(n, ram, cx),
        }
    }

    fn reset(&mut self) {
        *self = Self::new();
    }

    fn enable(&self) -> u32 {
        self.enable
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Link {
    pub(super) const fn new() -> Self {
        Self {
            events: Events::new(ID, 0b111, false),
            busy: Busy::No,
            shorts: 0,
            enable: 0,
            status: 0,
            mode: 1,
            nirk: 1,
            pointers: [0; 4],
            maxpacketsize: 0xFB,
            rateoverride: 0,
        }
    }

    fn task(&mut self, at: u16, cx: &mut Cx) {
        let idle = self.busy == Busy::No;
        match (self.enable, at) {
            (AS_CCM | AS_AAR, 0x008) => self.quit(cx),
            (AS_CCM, 0x000) if idle => self.wait(Busy::KeyStream, KEY_STREAM, cx),
            (AS_CCM, 0x004) if idle => self.wait(Busy::Length, Span::ZERO, cx),
            (AS_CCM, 0x00C) => self.mode = self.mode & !(3 << 16) | self.rateoverride << 16,
            (AS_AAR, 0x000) if idle => self.wait(Busy::Resolve(0), Span::from_us(7), cx),
            _ => {}
        }
    }

    fn wait(&mut self, busy: Busy, span: Span, cx: &mut Cx) {
        self.busy = busy;
        cx.wake_at(alarms::of(ID, 0), cx.now() + span);
    }

    fn quit(&mut self, cx: &mut Cx) {
        self.busy = Busy::No;
        cx.cancel(alarms::of(ID, 0));
    }

    /// A byte's time on the air at MODE.DATARATE: 1, 2 Mbit/s, 125, 500 kbit/s.
    fn byte(&self) -> Span {
        Span::from_us([8, 4, 64, 16][self.mode as usize >> 16 & 3])
    }

    /// The packet's header, and the length of its payload as far as it is taken.
    fn header(&self, ram: &mut dyn Ram, cx: &mut Cx) -> (u8, usize) {
        let mut header = [0; 2];
        dma::load(ram, self.pointers[1], &mut header, "CCM.INPTR", ID, cx);
        let most = if self.mode >> 24 & 1 == 0 { DEFAULT_LENGTH + MIC } else { MOST_BYTES };
        (header[0], usize::from(header[1]).min(most).min(self.maxpacketsize as usize + MIC))
    }

    /// CRYPT ends.
    fn crypt(&mut self, ram: &mut dyn Ram, cx: &mut Cx) {
        // Key, counter of 39 bits in 8 bytes, direction, initialisation vector.
        let mut configuration = [0u8; 33];
        dma::load(ram, self.pointers[0], &mut configuration, "CCM.CNFPTR", ID, cx);
        let mut counter = [0; 5];
        counter.copy_from_slice(&configuration[16..21]);
        counter[4] = counter[4] & 0x7F | configuration[24] << 7;
        let (mut key, mut vector) = ([0; 16], [0; 8]);
        key.copy_from_slice(&configuration[..16]);
        vector.copy_from_slice(&configuration[25..]);
        let cipher = Cipher::new(key, counter, vector);

        let (header, length) = self.header(ram, cx);
        let mut packet = [0u8; MOST_BYTES + MIC];
        dma::load(ram, self.pointers[1].wrapping_add(BEFORE), &mut packet[..length], "CCM.INPTR", ID, cx);
        let length = match (length, self.mode & 1) {
            (0, _) => 0,
            (length, 0) => {
                let length = length.min(MOST_BYTES - MIC);
                let mic = cipher.mic(header, &packet[..length]);
                cipher.crypt(&mut packet[..length]);
                packet[length..length + MIC].copy_from_slice(&mic);
                length + MIC
            }
            (length, _) => {
                let payload = length.saturating_sub(MIC);
                cipher.crypt(&mut packet[..payload]);
                let mic = cipher.mic(header, &packet[..payload]);
                self.status = u32::from(length >= MIC && packet[payload..length] == mic);
                payload
            }
        };
        dma::store(ram, self.pointers[2], &[header, length as u8, 0], "CCM.OUTPTR", ID, cx);
        dma::store(ram, self.pointers[2].wrapping_add(BEFORE), &packet[..length], "CCM.OUTPTR", ID, cx);
    }

    /// Key number `n` has been tried.
    fn resolve(&mut self, n: u32, ram: &mut dyn Ram, cx: &mut Cx) {
        let (mut irk, mut address) = ([0; 16], [0; 6]);
        if n < self.nirk {
            dma::load(ram, self.pointers[0].wrapping_add(16 * n), &mut irk, "AAR.IRKPTR", ID, cx);
            dma::load(ram, self.pointers[2].wrapping_add(BEFORE), &mut address, "AAR.ADDRPTR", ID, cx);
            if resolves(irk, address) {
                self.status = n;
                self.events.raise(END, cx);
                return self.events.raise(RESOLVED, cx);
            }
        }
        if n + 1 < self.nirk {
            return self.wait(Busy::Resolve(n + 1), Span::from_us(6), cx);
        }
        self.events.raise(END, cx);
        self.events.raise(NOTRESOLVED, cx);
    }
}
