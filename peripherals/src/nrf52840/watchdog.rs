//! WDT: the watchdog (nRF52840 Product Specification v1.7, WDT).
//!
//! 1. It counts periods of 32 768 Hz from START or the last reload on, exactly (CRV + 1) of them, whether or not LFCLK runs; the
//!    chip starts LFCLK from the LFRC for it, and counts its edges.
//! 2. TIMEOUT, then the reset two periods later (remembered); nothing holds it up in between.
//! 3. It counts on over a soft reset and a lock-up, and stops at the others (the manual's table of reset behaviour, remembered).
//! 4. From START on, CRV, RREN and CONFIG keep what they are; a store to them is the fault `watchdog-locked`. A CRV below 15 is taken
//!    as it is, which the manual does not allow.
//! 5. CONFIG.SLEEP = 0 stops it while the core sleeps. CONFIG.HALT has no effect: no debugger halts the core.

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use super::lint::WATCHDOG_LOCKED;
use crate::kernel::{Cx, Instant, Rate, Refusal, Span, registers};

registers! { pub WDT, "nRF52840 PS v1.7, WDT, Registers";
    0x000 TASKS_START W;
    0x100 EVENTS_TIMEOUT RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x400 RUNSTATUS R;
    0x404 REQSTATUS R reset 1;
    0x504 CRV RW reset 0xFFFF_FFFF;
    0x508 RREN RW reset 1;
    0x50C CONFIG RW reset 1;
    0x600 RR[8] W;
}

/// Peripheral ID and interrupt.
pub(super) const ID: u8 = 16;
const TIMEOUT: u8 = 0;
/// What a reload request is.
const RELOAD: u32 = 0x6E52_4635;
const CONFIG_SLEEP: u32 = 1;
const CLOCK: Rate = Rate::new(32_768);
const PERIODS_TO_RESET: u64 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Stopped,
    /// TIMEOUT comes then.
    Counting(Instant),
    /// The core sleeps, and so does the watchdog; so much was left.
    Paused(Span),
    /// The reset comes then.
    Biting(Instant),
    /// The reset is due.
    Bitten,
}

/// The block.
#[derive(Clone, Debug)]
pub(super) struct Watchdog {
    events: Events,
    state: State,
    crv: u32,
    rren: u32,
    config: u32,
    /// Enabled reload registers that have not been written since the last reload.
    requests: u32,
}

impl Block for Watchdog {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        Ok(match at {
            0x400 => u32::from(self.runs()),
            0x404 => self.requests,
            0x504 => self.crv,
            0x508 => self.rren,
            0x50C => self.config,
            // TASKS_START and RR read 0.
            _ => WDT.find(at).map(|_| 0).ok_or(Refusal::Unmapped)?,
        })
    }

    fn write(&mut self, at: u16, value: u32, Io { cx, .. }: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, cx) {
            return Ok(());
        }
        match at {
            0x000 if value & 1 != 0 && !self.runs() => self.reload(cx),
            0x000 => {}
            0x504..0x510 if at.is_multiple_of(4) => self.configure(at, value, cx),
            0x600..0x620 => self.request(u32::from(at - 0x600) / 4, value, cx),
            _ if WDT.find(at).is_some() => return Err(Refusal::ReadOnly),
            _ => return Err(Refusal::Unmapped),
        }
        Ok(())
    }

    fn wake(&mut self, _: u8, _: &mut dyn Ram, Io { cx, .. }: &mut Io) {
        if let State::Biting(_) = self.state {
            self.state = State::Bitten;
        } else if let State::Counting(_) = self.state {
            self.events.raise(TIMEOUT, cx);
            self.state = State::Biting(cx.now() + CLOCK.span(PERIODS_TO_RESET));
            self.plan(cx);
        }
    }

    fn reset(&mut self) {
        *self = Self::new();
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Watchdog {
    pub(super) const fn new() -> Self {
        Self {
            events: Events::new(ID, 1 << TIMEOUT, false),
            state: State::Stopped,
            crv: u32::MAX,
            rren: 1,
            config: 1,
            requests: 1,
        }
    }

    /// Between START and the reset.
    fn runs(&self) -> bool {
        self.state != State::Stopped
    }

    /// Whether it will reset the chip unless it is served, also while the core sleeps.
    pub(super) fn will_bite(&self) -> bool {
        matches!(self.state, State::Counting(_) | State::Biting(_))
    }

    /// Whether the chip is to be reset now.
    pub(super) fn has_bitten(&self) -> bool {
        self.state == State::Bitten
    }

    /// A reset that it outlives: its event and interrupt are gone, and it goes on.
    pub(super) fn outlive_reset(&mut self, cx: &mut Cx) {
        self.events = Events::new(ID, 1 << TIMEOUT, false);
        self.wake_up(cx);
        self.plan(cx);
    }

    /// The core sleeps from now on.
    pub(super) fn fall_asleep(&mut self, cx: &mut Cx) {
        if let State::Counting(at) = self.state
            && self.config & CONFIG_SLEEP == 0
        {
            self.state = State::Paused(at.since(cx.now()));
            self.plan(cx);
        }
    }

    /// The core goes on.
    pub(super) fn wake_up(&mut self, cx: &mut Cx) {
        if let State::Paused(left) = self.state {
            self.state = State::Counting(cx.now() + left);
            self.plan(cx);
        }
    }

    fn configure(&mut self, at: u16, value: u32, cx: &mut Cx) {
        if self.runs() {
            let name = WDT.find(at).map_or("", |(register, _)| register.name);
            return cx.report(&WATCHDOG_LOCKED, u64::from(at), || format!("WDT.{name}"));
        }
        match at {
            0x504 => self.crv = value,
            0x508 => {
                self.rren = value & 0xFF;
                self.requests = self.rren;
            }
            _ => self.config = value & 0b1001,
        }
    }

    /// Reload register `n` is written.
    fn request(&mut self, n: u32, value: u32, cx: &mut Cx) {
        if value != RELOAD || !matches!(self.state, State::Counting(_)) {
            return;
        }
        self.requests &= !(1 << n);
        if self.requests == 0 {
            self.reload(cx);
        }
    }

    fn reload(&mut self, cx: &mut Cx) {
        self.requests = self.rren;
        self.state = State::Counting(cx.now() + CLOCK.span(u64::from(self.crv) + 1));
        self.plan(cx);
    }

    fn plan(&self, cx: &mut Cx) {
        match self.state {
            State::Counting(at) | State::Biting(at) => cx.wake_at(alarms::of(ID, 0), at),
            State::Stopped | State::Paused(_) | State::Bitten => cx.cancel(alarms::of(ID, 0)),
        }
    }
}
