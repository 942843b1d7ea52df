//! What watches the wires: the SPI judge, the trace digest, figures for a live view, and a byte for a picture.
//!
//! Probes see edges and nothing else. None of them knows a chip model, so what they say is a second opinion on it.

pub mod activity;
pub mod excerpt;
pub mod scope;
pub mod spi;
mod trace;

pub use trace::TraceDigest;
