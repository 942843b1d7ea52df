//! RNG: random bytes (nRF52840 Product Specification v1.7, RNG).
//!
//! 1. The bytes come from the machine's seed (splitmix64), and are the same in each run with the same seed. They go on over a reset.
//! 2. The first byte comes 128 us and one byte's time after START, each other one a byte's time later: 30 us, or 120 us with bias
//!    correction (the manual's typical values, the same in BabbleSim). CONFIG counts as it is when a byte begins.
//! 3. Bytes are equally likely with and without bias correction. On the chip a corrected byte's time varies.
//! 4. START while it runs changes nothing (guess); STOP drops the byte in progress.

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use crate::kernel::{Cx, Instant, Refusal, Span, registers};

registers! { pub RNG, "nRF52840 PS v1.7, RNG, Registers";
    0x000 TASKS_START W;
    0x004 TASKS_STOP W;
    0x100 EVENTS_VALRDY RW;
    0x200 SHORTS RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x504 CONFIG RW;
    0x508 VALUE R;
}

const ID: u8 = 13;
const VALRDY: u8 = 0;
const SHORT_VALRDY_STOP: u32 = 1;
const CONFIG_DERCEN: u32 = 1;
const START: Span = Span::from_us(128);
const RAW: Span = Span::from_us(30);
const CORRECTED: Span = Span::from_us(120);

/// The block.
#[derive(Clone, Debug)]
pub(super) struct Rng {
    events: Events,
    seed: u64,
    /// Bytes that have been drawn since power-on.
    drawn: u64,
    running: bool,
    shorts: u32,
    config: u32,
    value: u8,
}

impl Block for Rng {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        Ok(match at {
            // Tasks read 0.
            0x000 | 0x004 => 0,
            0x200 => self.shorts,
            0x504 => self.config,
            0x508 => self.value.into(),
            _ => return Err(Refusal::Unmapped),
        })
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
                self.begin(START, cx);
            }
            0x004 => self.task_stop(cx),
            0x200 => self.shorts = value & SHORT_VALRDY_STOP,
            0x504 => self.config = value & CONFIG_DERCEN,
            0x508 => return Err(Refusal::ReadOnly),
            _ => return Err(Refusal::Unmapped),
        }
        Ok(())
    }

    fn wake(&mut self, _: u8, _: &mut dyn Ram, Io { cx, .. }: &mut Io) {
        self.value = self.draw();
        self.events.raise(VALRDY, cx);
        if self.shorts & SHORT_VALRDY_STOP != 0 { self.task_stop(cx) } else { self.begin(Span::ZERO, cx) }
    }

    fn reset(&mut self) {
        *self = Self { drawn: self.drawn, ..Self::new(self.seed) };
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Rng {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            events: Events::new(ID, 1 << VALRDY, false),
            seed,
            drawn: 0,
            running: false,
            shorts: 0,
            config: 0,
            value: 0,
        }
    }

    /// A byte begins after `delay`.
    fn begin(&self, delay: Span, cx: &mut Cx) {
        let byte = if self.config & CONFIG_DERCEN != 0 { CORRECTED } else { RAW };
        cx.wake_at(alarms::of(ID, 0), cx.now() + delay + byte);
    }

    fn task_stop(&mut self, cx: &mut Cx) {
        self.running = false;
        cx.cancel(alarms::of(ID, 0));
    }

    /// The next byte of the seed's stream; its start differs from what FICR takes from the same seed.
    fn draw(&mut self) -> u8 {
        const STREAM: u64 = 0x524E_475F_5641_4C00;
        self.drawn = self.drawn.wrapping_add(1);
        let mut z = (self.seed ^ STREAM).wrapping_add(self.drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) as u8
    }
}
