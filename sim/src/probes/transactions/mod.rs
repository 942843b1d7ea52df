//! What went over the wires of a VS1053, as transactions: SCI reads and writes by register, SDI in runs of bytes, DREQ, XRESET.
//!
//! [`Decoder`] takes the edges of one chip's wires, from a machine or from a file; [`Transactions`] is the probe that feeds one for each
//! chip of a board. Neither judges: what makes no sense is handed over as what it is. Memory is bounded: runs end after
//! [`RUN_BYTES`], and of what nobody takes only the last [`MOST_WAITING`] are kept.
//!
//! 1. Bits are sampled as the chip does: SCI at the rising edge, MSB first; SDI as MODE says (SM_SDIORD, SM_DACT, SM_SDISHARE), of
//!    which every complete write is followed, XRESET low restores it.
//! 2. A transaction's first and last moments are sampling edges. Its `pc` is that of the instruction that moved the select, for the
//!    first one under it, and else that of its first bit: with a hardware SPI only the select is moved by an instruction.
//! 3. With both selects low both hear. Without any, bytes are `Stray`; so is SDI in VS1001 mode (SM_SDINEW = 0), whose own wires,
//!    DCLK and SDATA, are not followed.
//! 4. Clocks with XRESET low are decoded like any others, though the chip hears none.
//! 5. A byte begins anew at every change of a select and of MODE; what is not a whole byte by then is dropped from SDI, and
//!    shows as bits of an SCI operation that was cut short.

mod decoder;
mod probe;
mod transaction;

#[cfg(test)]
mod tests;

pub use decoder::{Decoder, Start};
pub use probe::{ChipLines, Transactions};
pub use transaction::{Byte, Kind, Line, Transaction};

/// The most bytes of a run of SDI: what the chip promises to take while DREQ is high (VS1053b datasheet v1.33, "Data Request Pin DREQ").
pub const RUN_BYTES: usize = 32;
/// The most transactions that wait to be taken; the oldest go first.
pub const MOST_WAITING: usize = 1 << 16;
