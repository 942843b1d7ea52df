//! Machines with fixtures in them, and all that there is to see of one.

use crate::boards::Board;
use crate::engine::core::{RAM_BASE, RAM_SIZE, Registers};
use crate::engine::machine::{Machine, Outcome};
use crate::engine::timing::Rules;
use crate::image::{Firmware, Image};
use peripherals::kernel::{ConsolePort, Instant, Span};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Whether there is time for everything.
pub(super) fn long() -> bool {
    std::env::var_os("BADGEBENCH_LONG").is_some()
}

/// A fixture on a board.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    fixture: &'static str,
    board: String,
}

impl Setup {
    /// A build of the player on the dongle.
    pub fn player(fixture: &'static str) -> Self {
        Self { fixture, board: crate::boards::built_in("dongle").expect("it is built in").to_owned() }
    }

    /// `firmware/soak`: RTC1's period in ticks, TIMER0's in us, SysTick's in cycles, and how many interrupts of RTC1 it lives for;
    /// `clocks` is the board's `sleep_clocks`.
    pub fn soak(settings: [u32; 4], clocks: &str) -> Self {
        let words = (0x80..).step_by(4).zip(settings).map(|(at, word)| format!("\"0x{at:03x}\" = {word}\n"));
        let words: String = words.collect();
        let board = format!("[soc]\nlfxo = true\nsleep_clocks = \"{clocks}\"\n[soc.uicr]\n{words}");
        Self { fixture: "soak.elf", board }
    }

    pub fn firmware(&self) -> Firmware {
        let path = format!("{}/../fixtures/{}", env!("CARGO_MANIFEST_DIR"), self.fixture);
        let bytes = std::fs::read(path).expect("the fixture");
        Firmware::lay(vec![Image::parse(self.fixture, &bytes, None).expect("an image")]).expect("firmware")
    }

    /// Powered on.
    pub fn machine(&self) -> Machine {
        let board = Board::parse::<&str>("test", &self.board, &[]).expect("a board");
        Machine::new(&self.firmware(), board, Rules::SILICON, 0).expect("a machine")
    }
}

/// What is left of a run at its end.
#[derive(PartialEq, Eq)]
pub(super) struct Seen {
    pub outcome: Outcome,
    pub trace: String,
    edges: u64,
    pub cycles: u64,
    instructions: u64,
    registers: Registers,
    ram: Vec<u8>,
    console: Vec<(ConsolePort, u8)>,
    sound: u64,
    findings: String,
    judges: String,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { outcome, trace, edges, cycles, instructions, registers, sound, findings, judges, .. } = self;
        write!(f, "{outcome:?} at {cycles} after {instructions}, {edges} edges {trace}, {registers:x?}, ")?;
        write!(f, "sound {sound:x}, {findings}, {judges}")
    }
}

/// Runs to `until`, or to the end.
pub(super) fn run_to(machine: &mut Machine, until: Instant) -> Option<Outcome> {
    loop {
        match machine.run(until) {
            Outcome::Reached => return None,
            Outcome::Pause => {}
            outcome => return Some(outcome),
        }
    }
}

/// Runs to the end in slices of `slice`.
pub(super) fn finish_in(mut machine: Machine, slice: Span) -> Seen {
    let mut until = machine.now();
    let outcome = loop {
        until = until.max(machine.now()) + slice;
        if let Some(outcome) = run_to(&mut machine, until) {
            break outcome;
        }
        assert!(until < Instant::ZERO + Span::from_ms(3_600_000), "it does not end");
    };
    seen(machine, outcome)
}

/// What a run that has ended with `outcome` leaves behind.
pub(super) fn seen(mut machine: Machine, outcome: Outcome) -> Seen {
    let mut sound = DefaultHasher::new();
    machine.drain_audio(&mut |player, block| {
        (player, block.start, block.rate_hz, block.frames, block.samples).hash(&mut sound);
    });
    Seen {
        outcome,
        trace: machine.trace_sha256(),
        edges: machine.edges(),
        cycles: machine.now().cycles(),
        instructions: machine.instructions(),
        registers: machine.core.registers(),
        ram: machine.core.memory().read(RAM_BASE, RAM_SIZE).expect("RAM"),
        console: machine.take_console(),
        sound: sound.finish(),
        findings: format!("{:?}", machine.world().findings.all()),
        judges: format!("{:?}", machine.judges().map(|judge| judge.report()).collect::<Vec<_>>()),
    }
}

/// Runs to the end.
pub(super) fn finish(machine: Machine) -> Seen {
    finish_in(machine, Span::from_ms(100))
}
