//! A trace of every instruction in a stretch of simulated time: cycle, address, code, text, function, and what changed.
//!
//! Inside the stretch the core runs an instruction at a time, exactly: nothing that is simulated changes by it, but the host takes some
//! microseconds for each. Outside of it the core runs as ever.
//!
//! 1. An IT block runs as one step: of what it has changed all is shown behind its last instruction, and instructions in it whose
//!    condition does not hold are listed as well, marked `(IT)`.
//! 2. Registers of the FPU are not compared.

use super::core::{Registers, Stop};
use super::fault::code;
use super::machine::Machine;
use crate::image::Firmware;
use peripherals::kernel::Instant;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::Range;
use std::rc::Rc;

/// Instructions of one step that are listed at most.
const MOST_IN_STEP: u64 = 64;

/// Where a trace goes, and over which cycles.
pub struct InstructionTrace {
    to: Box<dyn Write>,
    cycles: Range<u64>,
    firmware: Rc<Firmware>,
    /// What went wrong in writing; nothing more is written then.
    failed: Option<io::Error>,
    begun: bool,
}

impl InstructionTrace {
    /// Of the instructions that start from `from` on and before `until`.
    pub fn new(to: Box<dyn Write>, from: Instant, until: Instant, firmware: Rc<Firmware>) -> Self {
        let cycles = from.cycles_ceil()..until.cycles_ceil();
        Self { to, cycles, firmware, failed: None, begun: false }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// What went wrong in writing it.
    pub fn finish(mut self) -> io::Result<()> {
        if !self.begun {
            self.write("# no instruction ran in this time\n");
        }
        match self.failed {
            Some(error) => Err(error),
            None => self.to.flush(),
        }
    }

    fn write(&mut self, text: &str) {
        if self.failed.is_none() {
            self.failed = self.to.write_all(text.as_bytes()).err();
        }
    }

    /// A step from `before`, of so many instructions, has led to `after`.
    fn step(&mut self, at: u64, before: &Registers, after: &Registers, count: u64, read: &dyn Fn(u32) -> Option<u32>) {
        if !self.begun {
            self.begun = true;
            let names: Vec<_> = self.firmware.images.iter().map(|image| image.path.as_str()).collect();
            let text = format!(
                "# {}: cycles {} to {} of 64 MHz\n# cycle, address, code, instruction, function, what it changed\n",
                names.join(", "),
                self.cycles.start,
                self.cycles.end
            );
            self.write(&text);
        }
        let firmware = Rc::clone(&self.firmware);
        let mut pc = before.pc;
        let mut text = String::new();
        for number in 0..count.clamp(1, MOST_IN_STEP) {
            let found = code::at(pc, &firmware, read);
            let (halfwords, words) =
                found.as_ref().map_or(("?", "no memory"), |c| (c.halfwords.as_str(), c.text.as_str()));
            let place = firmware.locate(pc).map_or_else(String::new, |at| match at.offset {
                0 => at.function,
                offset => format!("{}+0x{offset:x}", at.function),
            });
            let it = if number > 0 { "(IT) " } else { "" };
            let cycle = if number == 0 { at.to_string() } else { String::new() };
            let _ = write!(text, "{cycle:>12} {pc:08x} {halfwords:<9} {it}{words:<32} {place}");
            if number + 1 == count.clamp(1, MOST_IN_STEP) {
                let changed = changes(before, after, pc, found.as_ref().map_or(2, |c| c.insn.size.into()));
                if !changed.is_empty() {
                    let _ = write!(text, "  ; {changed}");
                }
            }
            text.push('\n');
            pc = pc.wrapping_add(found.map_or(2, |c| c.insn.size.into()));
        }
        self.write(&text);
    }
}

/// `r0=00000001 sp=20003ff8 nZCv`, what is different. PC only where it is not that of the next instruction.
fn changes(before: &Registers, after: &Registers, last: u32, size: u32) -> String {
    let mut words = Vec::new();
    for (n, (_, new)) in before.r.iter().zip(&after.r).enumerate().filter(|(_, (old, new))| old != new) {
        words.push(format!("r{n}={new:08x}"));
    }
    let named = [("sp", before.sp(), after.sp()), ("lr", before.lr, after.lr)];
    words.extend(named.iter().filter(|(_, old, new)| old != new).map(|(name, _, new)| format!("{name}={new:08x}")));
    if after.pc != last.wrapping_add(size) {
        words.push(format!("pc={:08x}", after.pc));
    }
    if before.xpsr >> 27 != after.xpsr >> 27 {
        let flag =
            |(bit, letter): (u32, char)| if after.xpsr >> bit & 1 == 1 { letter.to_ascii_uppercase() } else { letter };
        words.push([(31, 'n'), (30, 'z'), (29, 'c'), (28, 'v'), (27, 'q')].map(flag).iter().collect());
    }
    words.join(" ")
}

impl Machine {
    /// Every instruction of a stretch of time is written down from now on.
    pub fn trace_instructions(&mut self, trace: InstructionTrace) {
        self.instructions = Some(Box::new(trace));
    }

    /// The trace, to be ended.
    pub fn take_instruction_trace(&mut self) -> Option<InstructionTrace> {
        self.instructions.take().map(|trace| *trace)
    }

    /// Lets the core run up to about cycle `until`, or an instruction where each is written down.
    #[inline]
    pub(super) fn run_core(&mut self, until: u64) -> Stop {
        if self.single_step {
            return self.core.run(self.core.cycles() + 1);
        }
        match &self.instructions {
            None if self.exact => self.core.run(until),
            None => self.core.run_about(until),
            Some(trace) => {
                let (now, cycles) = (self.core.cycles(), trace.cycles.clone());
                if now >= cycles.end {
                    if self.exact { self.core.run(until) } else { self.core.run_about(until) }
                } else if now < cycles.start {
                    self.core.run(until.min(cycles.start))
                } else {
                    self.run_traced()
                }
            }
        }
    }

    fn run_traced(&mut self) -> Stop {
        let (at, count, before) = (self.core.cycles(), self.core.instructions(), self.core.registers());
        let stop = self.core.run(at + 1);
        let (now, after) = (self.core.instructions(), self.core.registers());
        // What stopped before it ran is run, and listed, when the core goes on.
        if now > count
            && let Some(mut trace) = self.instructions.take()
        {
            trace.step(at, &before, &after, now - count, &|at| self.core.memory().word(at));
            self.instructions = Some(trace);
        }
        stop
    }
}
