//! Sleeping and waking (Armv7-M ARM, B1.5.18 "WFE" and B1.5.19 "WFI").
//!
//! 1. In WFI and WFE the core clock is off, unless the board says `sleep_clocks = "running"`: SysTick and DWT.CYCCNT stand still until the
//!    core goes on, its wake-up included, and SysTick wakes nobody. `B .` is no sleep.
//! 2. While firmware reads what is typed, and more may come, nothing else needs to wake it: the run is not over. Nor is it while somebody
//!    may press a button ([`Machine::expect_fingers`]) and a block of the SoC listens to pins.
//! 3. System OFF is a sleep that only a reset ends. What the core's own clocks count meanwhile nobody sees.
//! 4. A WFI or WFE that has nothing to wait for does not sleep, and costs an instruction.

use super::super::core::Pastime;
use super::super::machine::{Machine, Outcome};
use super::SEVONPEND;
use peripherals::kernel::Instant;

/// What the core waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sleep {
    /// WFI: an exception that would be taken if PRIMASK were clear.
    Interrupt,
    /// WFE: an event, or an exception that is taken.
    Event,
    /// `B .`: an exception that is taken.
    Loop,
    /// A debugger holds the core until something is typed.
    Debugger,
    /// System OFF: a reset.
    Off,
}

impl Sleep {
    /// The core asked for it, and its clock is off.
    const fn is_gated(self) -> bool {
        matches!(self, Self::Interrupt | Self::Event)
    }

    /// The same, for whoever asks where time goes.
    const fn pastime(self) -> Pastime {
        match self {
            Self::Interrupt => Pastime::Interrupt,
            Self::Event => Pastime::Event,
            Self::Loop => Pastime::Loop,
            Self::Debugger => Pastime::Debugger,
            Self::Off => Pastime::Off,
        }
    }
}

impl Machine {
    /// The core can only wait: time jumps to the next event, the core wakes up, or the run is over.
    pub(in super::super) fn sleep(&mut self, sleep: Sleep, until: u64) -> Option<Outcome> {
        self.hear_pending();
        if self.wakes(sleep) {
            self.asleep = None;
            if sleep.is_gated() && self.has_slept {
                self.wake_up();
            }
            return None;
        }
        if !self.has_slept {
            self.has_slept = true;
            if sleep.is_gated() {
                let bus = self.core.bus_mut();
                bus.soc.fall_asleep(&mut bus.fabric.world);
                // That is an event itself, which may interrupt.
                if bus.soc.ppb.nvic.changed() {
                    return None;
                }
            }
        }
        let next = self.world().sched.next().map(Instant::cycles_ceil);
        let chips_done = self.players().all(|(_, chip)| chip.quiet_but_for_tone());
        let person = self.world().input.is_awaited() || self.hears_fingers();
        if chips_done && (next.is_none() && !person || !self.may_wake(sleep)) {
            return Some(Outcome::Parked);
        }
        let target = next.unwrap_or(until).min(until);
        self.core.because(sleep.pastime());
        if sleep == Sleep::Loop {
            self.go_round_until(target);
        } else {
            self.pass(target);
        }
        self.core.because(Pastime::Exceptions);
        None
    }

    /// Clock and regulator start, then the core goes on.
    fn wake_up(&mut self) {
        let costs = self.rules.exceptions;
        let ready = self.core.bus().soc.wakes_fast();
        self.spend(if ready { costs.wake_up_constant_latency } else { costs.wake_up_low_power });
        let bus = self.core.bus_mut();
        bus.soc.wake_up(&mut bus.fabric.world);
    }

    /// Whether something that still comes can wake the core: a reset, an interrupt, or for WFE with SCR.SEVONPEND whatever pends one.
    fn may_wake(&self, sleep: Sleep) -> bool {
        let soc = &self.core.bus().soc;
        if soc.reset_possible() || sleep == Sleep::Off {
            return soc.reset_possible();
        }
        sleep == Sleep::Debugger
            || soc.ppb.interrupt_possible()
            || sleep == Sleep::Event && soc.scb().scr() & SEVONPEND != 0
    }

    /// A branch to itself goes round in whole rounds: up to the first one that ends at or after cycle `target`.
    pub(in super::super) fn go_round_until(&mut self, target: u64) {
        let (round, now) = (self.core.loop_cycles().max(1), self.core.cycles());
        let rounds = target.saturating_sub(now).div_ceil(round);
        self.core.skip(rounds * round, rounds);
        let now = self.now();
        self.core.bus_mut().catch_up(now);
    }

    fn wakes(&mut self, sleep: Sleep) -> bool {
        if sleep == Sleep::Debugger {
            return !self.world().input.is_awaited();
        }
        let waiting = self.core.bus().soc.ppb.nvic.is_waiting();
        let masks = if waiting { self.masks() } else { Default::default() };
        let nvic = &mut self.core.bus_mut().soc.ppb.nvic;
        let taken = waiting && nvic.next(masks).is_some();
        let wakes = waiting && nvic.wakes(masks);
        match sleep {
            Sleep::Interrupt => wakes,
            Sleep::Event => taken || self.core.take_event(),
            Sleep::Loop | Sleep::Debugger => taken,
            Sleep::Off => false,
        }
    }
}
