//! The machine: the core, its clock, the buses and the run loop.

pub mod core;
pub mod timing;
