//! The machine: the core, its clock, the buses and the run loop.

pub mod bus;
pub mod core;
pub mod fault;
pub mod lints;
pub mod machine;
pub mod semihosting;
pub mod session;
pub mod timing;
