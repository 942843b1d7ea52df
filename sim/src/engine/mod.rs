//! The machine: the core, its clock, the buses and the run loop.

pub mod bus;
pub mod core;
pub mod exceptions;
pub mod fault;
mod hand;
pub mod lints;
pub mod machine;
#[cfg(test)]
mod machine_tests;
pub mod rtt;
pub mod semihosting;
pub mod session;
pub mod snapshot;
#[cfg(test)]
mod snapshot_tests;
pub mod timing;
