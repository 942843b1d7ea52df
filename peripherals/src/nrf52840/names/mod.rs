//! Registers of the blocks that are not modelled yet, so that each gap has the manual's name.
//!
//! Offsets, counts and reset values are checked against a packaged description of the chip in `tests/names.rs`.

pub mod analog;
pub mod crypto;
pub mod media;
pub mod radio;
pub mod system;
pub mod timing;
