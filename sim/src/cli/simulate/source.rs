//! What is asked about the firmware's code: set up before a run, written after it.

use crate::cli::source::{SourceArgs, is_folded};
use crate::engine::core::Observer;
use crate::engine::coverage::Coverage;
use crate::engine::instructions::InstructionTrace;
use crate::engine::machine::Machine;
use crate::engine::profile::{PERIOD, Profiler, Stacks, fold};
use crate::image::Firmware;
use crate::report::profile::{About, page};
use crate::report::{OutputError, write};
use peripherals::kernel::Instant;
use std::cell::RefCell;
use std::fs::File;
use std::io::BufWriter;
use std::rc::Rc;

/// What is being found out.
pub(super) struct Source<'a> {
    asked: &'a SourceArgs,
    stacks: Option<Rc<RefCell<Stacks>>>,
}

impl<'a> Source<'a> {
    /// Sets `machine` up for what is asked.
    ///
    /// # Errors
    /// When the file for a trace of instructions cannot be made.
    pub(super) fn open(
        asked: &'a SourceArgs,
        firmware: &Rc<Firmware>,
        machine: &mut Machine,
    ) -> Result<Self, OutputError> {
        let mut stacks = None;
        if !asked.profiles.is_empty() {
            let (profiler, found) = Profiler::new(Rc::clone(firmware));
            machine.start_counting(Some((PERIOD, Box::new(profiler) as Box<dyn Observer>)));
            stacks = Some(found);
        } else if asked.coverage.is_some() {
            machine.start_counting(None);
        }
        if let Some(to) = &asked.trace_instructions {
            let file = File::create(&to.path).map_err(OutputError::at(&to.path))?;
            let from = Instant::ZERO + to.from;
            let until = Instant::from_ps(from.as_ps().saturating_add(to.length.as_ps()));
            let trace = InstructionTrace::new(Box::new(BufWriter::new(file)), from, until, Rc::clone(firmware));
            machine.trace_instructions(trace);
        }
        Ok(Self { asked, stacks })
    }

    /// Writes what was found out. Gives what could not be written.
    pub(super) fn close(self, machine: &mut Machine, firmware: &Firmware) -> Vec<OutputError> {
        let mut failed = Vec::new();
        if let (Some(to), Some(trace)) = (&self.asked.trace_instructions, machine.take_instruction_trace()) {
            failed.extend(trace.finish().map_err(OutputError::at(&to.path)).err());
        }
        if self.asked.profiles.is_empty() && self.asked.coverage.is_none() {
            return failed;
        }
        let counted = machine.counted();
        if let Some(path) = &self.asked.coverage {
            failed.extend(write::text(path, Coverage::of(&counted, firmware).lcov().as_bytes()).err());
        }
        if let Some(stacks) = &self.stacks {
            let folded = fold(&counted, &stacks.borrow(), firmware);
            for path in &self.asked.profiles {
                let text = if is_folded(path) { folded.text() } else { page(&folded, &about(machine, firmware)) };
                failed.extend(write::text(path, text.as_bytes()).err());
            }
        }
        failed
    }
}

fn about(machine: &Machine, firmware: &Firmware) -> About {
    let names: Vec<_> = firmware.images.iter().map(|image| image.path.as_str()).collect();
    About { firmware: names.join(", "), board: machine.board().name.clone() }
}
