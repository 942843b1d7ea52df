//! What a person's hand does to a machine: step by step, and its buttons.
//!
//! 1. Where a run is cut changes nothing in it; a button that is pressed does, and from then on it is another run.

use super::machine::{Machine, Outcome};
use crate::boards::PartKind;
use peripherals::chips::button::Button;
use peripherals::kernel::{Instant, Span};

/// Looks at the host are not further apart than so many events.
const MOST_STOPS: u32 = 20_000;

impl Machine {
    /// As [`Machine::run`], to the first instruction that begins at or after `until`.
    pub fn run_exactly(&mut self, until: Instant) -> Outcome {
        self.exact = true;
        let outcome = self.run(until);
        self.exact = false;
        outcome
    }

    /// Runs behind the next edge on any wire: to the next instruction when code made it. [`Outcome::Reached`] as well when none came up
    /// to `until`.
    pub fn run_to_edge(&mut self, until: Instant) -> Outcome {
        let trace = self.trace;
        self.core.bus_mut().stop_at_edge(Some(trace));
        self.exact = true;
        let outcome = self.run_while_quiet(until.cycles_ceil());
        self.exact = false;
        self.core.bus_mut().stop_at_edge(None);
        outcome
    }

    fn run_while_quiet(&mut self, until: u64) -> Outcome {
        for _ in 0..MOST_STOPS {
            // What chips do by themselves comes one by one.
            let next = self.world().sched.next().map_or(until, Instant::cycles_ceil);
            let to = next.max(self.core.cycles() + 1).min(until);
            if let Some(outcome) = self.step(to) {
                return outcome;
            }
            if self.core.bus().edge_has_come() || self.core.cycles() >= until {
                return Outcome::Reached;
            }
        }
        Outcome::Pause
    }

    /// Somebody may press buttons from now on: firmware that sleeps until a pin moves has not ended.
    pub fn expect_fingers(&mut self) {
        self.fingers = self.board().parts.iter().any(|part| matches!(part.kind, PartKind::Button { .. }));
    }

    /// Whether somebody may press a button, and a block of the SoC listens to pins.
    pub(super) fn hears_fingers(&self) -> bool {
        self.fingers && self.core.bus().soc.hears_pins(self.world())
    }

    /// Whether nothing can happen any more but that somebody presses a button.
    pub fn waits_for_finger(&self) -> bool {
        self.asleep.is_some() && self.world().sched.next().is_none() && self.hears_fingers()
    }

    /// Presses the button that is `part` of the board, or lets go of it; the wire hears of it `after` the present. False when it is no
    /// button.
    pub fn press(&mut self, part: usize, pressed: bool, after: Span) -> bool {
        let Some(actor) = self.wiring().parts.get(part).map(|part| part.actor) else { return false };
        let at = self.now() + after;
        let fabric = &mut self.core.bus_mut().fabric;
        let Some(button) = fabric.chip_mut::<Button>(actor) else { return false };
        button.hold(pressed);
        fabric.world.sched.set(actor, Button::MOVED, at);
        true
    }

    /// Whether the button that is `part` of the board is pressed.
    pub fn is_pressed(&self, part: usize) -> Option<bool> {
        let actor = self.wiring().parts.get(part)?.actor;
        self.core.bus().fabric.chip::<Button>(actor).map(Button::is_pressed)
    }

    /// Whether the LED that is `part` of the board is lit, and how long it has been since power-on.
    pub fn led(&self, part: usize) -> Option<(bool, Span)> {
        let actor = self.wiring().parts.get(part)?.actor;
        let led = self.core.bus().fabric.chip::<peripherals::chips::led::Led>(actor)?;
        Some((led.is_lit(), led.lit_for(self.now())))
    }
}
