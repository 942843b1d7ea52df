//! A run from power-on to its end: slices of simulated time, and what the host does between them.
//!
//! Slices are cut at fixed simulated times, whatever the host's speed, so that a run is the same on any machine. The host may cut them
//! into pieces ([`Reach`]): what is typed is asked for at the slices' beginnings all the same.

use super::lints;
use super::machine::{Machine, Outcome};
use crate::image::Firmware;
use crate::report::Reason;
use peripherals::chips::vs1053::AudioBlock;
use peripherals::kernel::{ConsolePort, Instant, Span};

/// Simulated time between two looks at the host.
pub const SLICE: Span = Span::from_ms(5);
/// What was typed arrives so long after the look at the host. No straight line of code takes longer.
const TYPED_AFTER: Span = Span::from_us(100);
/// How long chips may play on after the firmware has ended.
const PLAY_OUT: Span = Span::from_ms(1_000);

/// What the host does for a run.
pub trait Host {
    /// What is typed, at most `room` bytes. Firmware waits for it; whoever knows what comes, such as a file, gives it at once,
    /// so that equal runs are equal.
    fn typed(&mut self, room: usize) -> Typed {
        let _ = room;
        Typed { over: true, ..Typed::default() }
    }
    /// Text from the firmware.
    fn console(&mut self, text: &[(ConsolePort, u8)]);
    /// A piece of a chip's output.
    fn audio(&mut self, player: usize, block: AudioBlock);
    /// How far the run may go from `now` on before [`Host::between`]; never beyond `slice`, where it is asked anyway. It decides when
    /// the host is asked, and nothing else.
    fn reach(&mut self, now: Instant, slice: Instant) -> Reach {
        let _ = now;
        Reach::About(slice)
    }
    /// A piece of the run is over, the end of a slice at the latest; `Some` ends the run.
    fn between(&mut self, machine: &Machine) -> Option<Reason>;
    /// Before a piece and behind it: what a person's hand does to the board, and what is taken out of it.
    fn touch(&mut self, machine: &mut Machine) {
        let _ = machine;
    }
}

/// How far a run may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To the first good place to stop at or after this moment.
    About(Instant),
    /// To the first instruction that begins at or after this moment.
    Exactly(Instant),
    /// Behind the next edge on any wire.
    Edge,
}

/// What the host has for the firmware to read.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// In the order in which it was typed.
    pub bytes: Vec<u8>,
    /// Nothing will follow.
    pub over: bool,
}

/// When a run ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// `--for`.
    pub until: Option<Instant>,
    /// `--exit-now`.
    pub exit_now: bool,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What ended it.
    pub reason: Reason,
    /// The firmware's exit code.
    pub code: Option<i64>,
    /// What there is to say about it.
    pub detail: String,
}

/// Runs `machine` to its end.
pub fn run(machine: &mut Machine, firmware: &Firmware, limits: Limits, host: &mut dyn Host) -> Ended {
    let end = limits.until.unwrap_or(Instant::from_ps(u64::MAX - SLICE.as_ps()));
    let ended = |reason, code, detail: String| Ended { reason, code, detail };
    let mut slice = Instant::ZERO;
    let result = loop {
        if machine.now() >= slice {
            take_typed(machine, slice, host);
            slice = (slice + SLICE).min(end);
        }
        host.touch(machine);
        let outcome = match host.reach(machine.now(), slice) {
            Reach::About(until) => machine.run(until.min(slice)),
            Reach::Exactly(until) => machine.run_exactly(until.min(slice)),
            Reach::Edge => machine.run_to_edge(slice),
        };
        let over = slice >= end && machine.now() >= end;
        if !matches!(outcome, Outcome::Pause) && (over || outcome != Outcome::Reached) {
            machine.drain_rtt();
        }
        hand_over(machine, host);
        host.touch(machine);
        match outcome {
            Outcome::Reached if over => return ended(Reason::For, None, String::new()),
            Outcome::Reached | Outcome::Pause => {
                if let Some(reason) = host.between(machine) {
                    return ended(reason, None, String::new());
                }
            }
            Outcome::Exit(code) => {
                machine.settle_faults();
                break ended(Reason::Semihosting, Some(code), String::new());
            }
            Outcome::Parked => break ended(Reason::Parked, None, parked(machine, firmware)),
            Outcome::Fault { lint, detail } => {
                let pc = machine.fault_pc().unwrap_or_else(|| machine.pc());
                let text = match machine.explain_fault(firmware) {
                    Some(text) => format!("{detail}\n{text}"),
                    None => detail.clone(),
                };
                machine.report(lint, pc, text);
                return ended(Reason::Fault, None, detail);
            }
        }
    };
    if !limits.exit_now {
        let last = (machine.now() + PLAY_OUT).min(end.max(machine.now()));
        loop {
            let slice = (machine.now() + SLICE).min(last);
            let until = match host.reach(machine.now(), slice) {
                Reach::About(until) | Reach::Exactly(until) => until.clamp(machine.now(), slice),
                Reach::Edge => slice,
            };
            let quiet = machine.play_out(until);
            hand_over(machine, host);
            if quiet || machine.now() >= last {
                break;
            }
            if let Some(reason) = host.between(machine) {
                return Ended { reason, ..result };
            }
        }
    }
    result
}

/// Firmware that waits for what is typed gets it a little after `slice`, whatever the instruction at which the machine stands.
fn take_typed(machine: &mut Machine, slice: Instant, host: &mut dyn Host) {
    let input = &machine.world().input;
    if !(input.is_awaited() && input.is_starving()) {
        return;
    }
    let Typed { bytes, over } = host.typed(input.room());
    if !bytes.is_empty() {
        machine.type_in(&bytes, slice + TYPED_AFTER);
    }
    if over {
        machine.close_input();
    }
}

/// Everything that has come out of the machine goes to the host.
fn hand_over(machine: &mut Machine, host: &mut dyn Host) {
    let text = machine.take_console();
    if !text.is_empty() {
        host.console(&text);
    }
    machine.drain_audio(&mut |player, block| host.audio(player, block));
}

/// Where the firmware is parked; in a panic or fault handler that is a finding.
fn parked(machine: &mut Machine, firmware: &Firmware) -> String {
    let pc = machine.pc();
    let names = firmware.names_at(pc);
    let place = names.first().map_or_else(|| format!("at 0x{pc:08x}"), |name| format!("in `{name}`"));
    let in_fault_handler = (2..=6).contains(&machine.exception());
    if in_fault_handler || names.iter().any(|name| is_handler(name)) {
        let fault = machine.explain_fault(firmware).filter(|_| in_fault_handler);
        let (pc, text) = match (fault, machine.fault_pc()) {
            (Some(fault), Some(at)) => (at, format!("it waits {place}\n{fault}")),
            _ => (pc, format!("it waits {place}")),
        };
        machine.report(&lints::HALTED_ON_FAULT, pc, text);
    } else {
        machine.settle_faults();
    }
    place
}

/// Functions that firmware goes to when something went wrong (contract, "How a run ends").
fn is_handler(name: &str) -> bool {
    let last = name.rsplit("::").next().unwrap_or(name);
    matches!(last, "rust_begin_unwind" | "abort" | "Default_Handler" | "HardFault_Handler" | "HardFault")
        || last.starts_with("panic")
        || name.contains("rust_begin_unwind")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_are_known_by_name() {
        for name in ["rust_begin_unwind", "core::panicking::panic_fmt", "abort", "Default_Handler"] {
            assert!(is_handler(name), "{name}");
        }
        assert!(!is_handler("main") && !is_handler("pan"));
    }
}
