//! Traces: every wire, and what went over them, in files for other programs.
//!
//! [`Tracer`] is handed edges and transactions as they are taken from a machine, or from a recording, and has them written at once, in pieces,
//! by a thread for each file: memory is bounded, and after an error or a signal the files hold what had happened by then. How a format looks is known in one file
//! each: `vcd` with `decoded_vcd` beside it, `fst`, `jsonl`.

mod decoded;
mod decoded_vcd;
mod file;
mod fst;
pub mod jsonl;
mod scopes;
mod sink;
mod tracer;
mod trigger;
mod vcd;
mod writer;

#[cfg(test)]
mod tests;

pub use decoded_vcd::decoded_beside;
pub use scopes::{Entry, Scope, Scopes};
pub use sink::Format;
pub use tracer::{Request, Tracer};
pub use trigger::{Trigger, TriggerError};
