//! The machine: the core, its clock, the buses and the run loop.

pub mod bus;
pub mod core;
pub mod coverage;
pub mod debug;
pub mod defmt;
pub mod exceptions;
pub mod fault;
mod hand;
pub mod instructions;
pub mod lints;
pub mod machine;
#[cfg(test)]
mod machine_tests;
pub mod pace;
pub mod profile;
pub mod rtt;
pub mod semihosting;
pub mod session;
pub mod snapshot;
#[cfg(test)]
mod snapshot_tests;
pub mod timing;
pub mod waits;
pub mod witnesses;
