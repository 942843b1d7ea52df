//! The calls that led to findings and to register accesses, for the report.

use super::core::Witness;
use super::profile::Python;
use crate::image::unwind::Registers;
use std::collections::BTreeMap;

/// Blocks of code of which the calls are kept.
const MOST_BLOCKS: usize = 512;
/// Findings of which they are.
const MOST_FINDINGS: usize = 256;

/// What is kept; the numbers of findings are their places in the list.
#[derive(Debug, Default)]
pub struct Witnesses {
    findings: usize,
    of_findings: BTreeMap<usize, Witness>,
    of_blocks: BTreeMap<u32, Witness>,
    python: Option<Python>,
}

impl Witnesses {
    /// Findings there were at the last look.
    #[inline]
    pub fn findings(&self) -> usize {
        self.findings
    }

    /// The firmware is an interpreter whose functions `python` finds.
    pub(super) fn tell_python(&mut self, python: Option<Python>) {
        self.python = python;
    }

    /// The function in Python that runs at `witness`: the innermost whose state the stack leads to.
    fn python_at(&mut self, witness: &Witness, read: &dyn Fn(u32) -> Option<u32>) -> Option<String> {
        let sp = witness.registers.sp();
        let end = sp.checked_add(witness.stack.len() as u32)?;
        let mut names = Vec::new();
        self.python.as_mut()?.named(&witness.registers.r, sp..end, read, &mut names);
        names.pop()
    }

    /// An access was made; there are `findings` findings now. `read` gives words of memory.
    pub fn keep(&mut self, mut witness: Witness, findings: usize, read: &dyn Fn(u32) -> Option<u32>) {
        witness.python = self.python_at(&witness, read);
        for number in self.findings..findings {
            if self.of_findings.len() < MOST_FINDINGS {
                self.of_findings.insert(number, Witness { noticed: true, ..witness.clone() });
            }
        }
        self.findings = findings;
        if !witness.noticed && self.of_blocks.len() < MOST_BLOCKS {
            self.of_blocks.entry(witness.block.start).or_insert(witness);
        }
    }

    /// The board was put back to a moment with `findings` findings.
    pub fn restored(&mut self, findings: usize) {
        self.findings = findings;
        self.of_findings.split_off(&findings);
    }

    /// The core at the access of finding `number`, if one brought it up: the instruction must be `pc`.
    pub fn of_finding(&self, number: usize, pc: u32) -> Option<&Witness> {
        self.of_findings.get(&number).filter(|witness| witness.registers.pc == pc)
    }

    /// The core when the block with the instruction at `pc` first reached a peripheral, as if at that instruction.
    pub fn of_place(&self, pc: u32) -> Option<Witness> {
        let (_, witness) = self.of_blocks.range(..=pc).rev().find(|(_, witness)| witness.block.contains(&pc))?;
        let mut witness = witness.clone();
        witness.registers.pc = pc;
        Some(witness)
    }
}

impl Witness {
    /// The registers, as an [`crate::image::Unwinder`] takes them.
    pub fn unwound_from(&self) -> Registers {
        let now = &self.registers;
        Registers::new(now.r, [now.msp, now.psp], now.lr, now.pc, now.xpsr, now.control)
    }
}
