//! What a run says at its end: JSON, lines for people, exit status.
//!
//! The engine hands over [`Facts`]; [`assemble()`] turns them into a [`Report`], which is then checked ([`Expect`]), rendered
//! ([`render`], [`summary`]), written ([`mod@write`]) and reduced to one number ([`status()`]). Nothing here touches the machine.

pub mod assemble;
pub mod conformance;
pub mod diagnostic;
pub mod expect;
pub mod json;
pub mod ladder;
pub mod lints;
pub mod page;
pub mod profile;
pub mod render;
pub mod status;
pub mod suggest;
pub mod summary;
pub mod throughput;
pub mod write;

pub use assemble::{Facts, assemble};
pub use diagnostic::{Behind, Complaint, Diagnostic, Location, WireMaker};
pub use expect::Expect;
pub use json::{Exit, Fifo, Firmware, Reason, Report, Stream, Time, Underruns, Vs1053Json};
pub use lints::{Levels, all_lints};
pub use status::{Ended, status};
pub use throughput::Throughput;
pub use write::OutputError;
