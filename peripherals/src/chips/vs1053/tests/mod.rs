//! The chip at its pins. Test names are claims; the doc line says where the claim comes from. "Oracle n" is a numbered stimulus
//! and answer of the project's test plan; (D) is documented by VLSI, (O) seen in drivers, (I) inferred.

mod bench;
mod bus;
mod dreq;
mod fake;
mod ogg;
mod playback;
mod properties;
mod registers;
mod reset;
mod sine;
mod soak;
mod streams;
