//! The machine: the core, its clock, the buses and the run loop.

pub mod bus;
pub mod core;
pub mod exceptions;
pub mod fault;
pub mod lints;
pub mod machine;
pub mod rtt;
pub mod semihosting;
pub mod session;
#[cfg(test)]
mod snapshot_tests;
pub mod timing;
