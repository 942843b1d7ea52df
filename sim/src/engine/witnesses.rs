//! The calls that led to findings and to register accesses, for the report.

use super::core::Witness;
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
}

impl Witnesses {
    /// Findings there were at the last look.
    #[inline]
    pub fn findings(&self) -> usize {
        self.findings
    }

    /// An access was made; there are `findings` findings now.
    pub fn keep(&mut self, witness: Witness, findings: usize) {
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
