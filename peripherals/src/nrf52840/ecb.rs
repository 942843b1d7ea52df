//! ECB: AES-128 of one block (nRF52840 Product Specification v1.7, ECB).
//!
//! 1. An encryption takes 7.2 us (BabbleSim; the manual's figure is of the same order) and reads and writes RAM at its end.
//! 2. STARTECB during one is ignored (guess); STOPECB during one gives ERRORECB, and else does nothing.
//! 3. CCM and AAR do not take the AES core away from it.

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::{self, Ram};
use super::events::Events;
use crate::kernel::{Instant, Refusal, Span, registers};
use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

registers! { pub ECB, "nRF52840 PS v1.7, ECB, Registers";
    0x000 TASKS_STARTECB W;
    0x004 TASKS_STOPECB W;
    0x100 EVENTS_ENDECB RW;
    0x104 EVENTS_ERRORECB RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x504 ECBDATAPTR RW;
}

const ID: u8 = 14;
const ENDECB: u8 = 0;
const ERRORECB: u8 = 1;
const ENCRYPTION: Span = Span::from_ns(7_200);
/// Offsets from ECBDATAPTR: the key is at 0.
const CLEARTEXT: u32 = 16;
const CIPHERTEXT: u32 = 32;

/// The block.
#[derive(Clone, Debug)]
pub(super) struct Ecb {
    events: Events,
    running: bool,
    ecbdataptr: u32,
}

impl Block for Ecb {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        match at {
            // Tasks read 0.
            0x000 | 0x004 => Ok(0),
            0x504 => Ok(self.ecbdataptr),
            _ => Err(Refusal::Unmapped),
        }
    }

    fn write(&mut self, at: u16, value: u32, Io { cx, .. }: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, cx) {
            return Ok(());
        }
        match at {
            0x000 | 0x004 if value & 1 == 0 => {}
            0x000 if self.running => {}
            0x000 => {
                self.running = true;
                cx.wake_at(alarms::of(ID, 0), cx.now() + ENCRYPTION);
            }
            0x004 => {
                if core::mem::take(&mut self.running) {
                    cx.cancel(alarms::of(ID, 0));
                    self.events.raise(ERRORECB, cx);
                }
            }
            0x504 => self.ecbdataptr = value,
            _ => return Err(Refusal::Unmapped),
        }
        Ok(())
    }

    fn wake(&mut self, _: u8, ram: &mut dyn Ram, Io { cx, .. }: &mut Io) {
        self.running = false;
        let (mut key, mut text) = ([0; 16], [0; 16]);
        dma::load(ram, self.ecbdataptr, &mut key, "ECB.ECBDATAPTR", ID, cx);
        dma::load(ram, self.ecbdataptr.wrapping_add(CLEARTEXT), &mut text, "ECB.ECBDATAPTR", ID, cx);
        let text = encrypt(key, text);
        dma::store(ram, self.ecbdataptr.wrapping_add(CIPHERTEXT), &text, "ECB.ECBDATAPTR", ID, cx);
        self.events.raise(ENDECB, cx);
    }

    fn reset(&mut self) {
        *self = Self::new();
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Ecb {
    pub(super) const fn new() -> Self {
        Self { events: Events::new(ID, 1 << ENDECB | 1 << ERRORECB, false), running: false, ecbdataptr: 0 }
    }
}

/// AES-128 of one block (FIPS 197).
pub(super) fn encrypt(key: [u8; 16], text: [u8; 16]) -> [u8; 16] {
    let mut block = text.into();
    Aes128::new(&key.into()).encrypt_block(&mut block);
    block.into()
}
