//! The reference in the tool: registers and how far each is modelled (`regs`), and what diagnostics mean (`explain`).
//!
//! Nothing in here is said twice: registers come from the models' own tables, how far they go from trying them and from the ledger
//! that is made of the sources, diagnostics from their rules. The documents `peripherals/docs/REGISTERS.md` and
//! `sim/docs/DIAGNOSTICS.md` are made of the same by their tests.

pub mod blocks;
mod examples;
mod fields;
pub mod ledger;
pub mod modelled;
pub mod names;
mod pages;
pub mod topics;

#[cfg(test)]
mod documents;
