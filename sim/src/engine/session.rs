//! A run from power-on to its end: slices of simulated time, and what the host does between them.
//!
//! Slices are cut at fixed simulated times, whatever the host's speed, so that a run is the same on any machine. The host may cut them
//! into pieces ([`Reach`]): what is typed is asked for at the slices' beginnings all the same.

use super::debug::Halt;
use super::lints;
use super::machine::{Machine, Outcome};
use super::waits::Wait;
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
    /// The firmware only waits, and has done so for a while.
    fn waits(&mut self, wait: &Wait) {
        let _ = wait;
    }
    /// More has happened on the wires: a listener that was put on the machine before the run takes what it has.
    fn wires(&mut self, machine: &mut Machine) {
        let _ = machine;
    }
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
    let mut session = Session::new(limits);
    loop {
        if let Progress::Over(ended) = session.advance(machine, firmware, host) {
            return session.finish(machine, host, ended);
        }
    }
}

/// A run on its way, for who has to do with it between two slices.
#[derive(Debug)]
pub struct Session {
    end: Instant,
    slice: Instant,
    exit_now: bool,
}

/// What [`Session::advance`] came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The run goes on.
    Going,
    /// The machine stands still for its debugger.
    Halted(Halt),
    /// The run is over, but for [`Session::finish`].
    Over(Ended),
}

impl Session {
    /// A run from power-on.
    pub fn new(limits: Limits) -> Self {
        let end = limits.until.unwrap_or(Instant::from_ps(u64::MAX - SLICE.as_ps()));
        Self { end, slice: Instant::ZERO, exit_now: limits.exit_now }
    }

    /// Runs to the end of a slice, or less far, and lets the host do its part.
    pub fn advance(&mut self, machine: &mut Machine, firmware: &Firmware, host: &mut dyn Host) -> Progress {
        let ended = |reason, code, detail: String| Progress::Over(Ended { reason, code, detail });
        if machine.now() >= self.slice {
            take_typed(machine, self.slice, host);
            self.slice = (self.slice + SLICE).min(self.end);
        }
        host.touch(machine);
        let outcome = match host.reach(machine.now(), self.slice) {
            Reach::About(until) => machine.run(until.min(self.slice)),
            Reach::Exactly(until) => machine.run_exactly(until.min(self.slice)),
            Reach::Edge => machine.run_to_edge(self.slice),
        };
        let over = self.slice >= self.end && machine.now() >= self.end;
        let goes_on = match outcome {
            Outcome::Pause | Outcome::Halted(_) => true,
            Outcome::Reached => !over,
            _ => false,
        };
        if !goes_on {
            machine.drain_rtt();
        }
        hand_over(machine, host);
        host.touch(machine);
        match outcome {
            Outcome::Halted(halt) => Progress::Halted(halt),
            Outcome::Reached if over => ended(Reason::For, None, waiting(machine)),
            Outcome::Reached | Outcome::Pause => {
                if outcome == Outcome::Reached && machine.now() >= self.slice {
                    machine.look_at_pace(firmware);
                    if let Some(wait) = machine.look_out(firmware) {
                        host.waits(&wait);
                    }
                }
                match host.between(machine) {
                    Some(reason) => ended(reason, None, waiting(machine)),
                    None => Progress::Going,
                }
            }
            Outcome::Exit(code) => {
                machine.settle_faults();
                ended(Reason::Semihosting, Some(code), String::new())
            }
            Outcome::Parked => ended(Reason::Parked, None, parked(machine, firmware)),
            Outcome::Fault { lint, detail } => {
                let pc = machine.fault_pc().unwrap_or_else(|| machine.pc());
                let text = match machine.explain_fault(firmware) {
                    Some(text) => format!("{detail}\n{text}"),
                    None => detail.clone(),
                };
                machine.report(lint, pc, text);
                ended(Reason::Fault, None, detail)
            }
        }
    }

    /// Lets chips play out what they hold after the firmware has ended itself or is parked.
    pub fn finish(&self, machine: &mut Machine, host: &mut dyn Host, ended: Ended) -> Ended {
        if self.exit_now || !matches!(ended.reason, Reason::Semihosting | Reason::Parked) {
            return ended;
        }
        let last = (machine.now() + PLAY_OUT).min(self.end.max(machine.now()));
        loop {
            let slice = (machine.now() + SLICE).min(last);
            let until = match host.reach(machine.now(), slice) {
                Reach::About(until) | Reach::Exactly(until) => until.clamp(machine.now(), slice),
                Reach::Edge => slice,
            };
            let quiet = machine.play_out(until);
            hand_over(machine, host);
            if quiet || machine.now() >= last {
                return ended;
            }
            if let Some(reason) = host.between(machine) {
                return Ended { reason, ..ended };
            }
        }
    }
}

/// What the firmware was waiting for when somebody else ended the run.
fn waiting(machine: &Machine) -> String {
    let wait = machine.lasting_wait().filter(|wait| !wait.typed);
    wait.map_or_else(String::new, |wait| format!("it was waiting for {}", wait.sentence()))
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
    host.wires(machine);
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
