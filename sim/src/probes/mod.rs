//! What watches the wires: the SPI judge, the trace digest, figures for a live view, a byte for a picture, transactions, and the last
//! seconds of all wires.
//!
//! Probes see edges and nothing else. None of them knows a chip model, so what they say is a second opinion on it.

pub mod activity;
pub mod edges;
pub mod excerpt;
pub mod recorder;
pub mod scope;
pub mod spi;
mod trace;
pub mod transactions;
pub mod watch;

pub use trace::TraceDigest;
