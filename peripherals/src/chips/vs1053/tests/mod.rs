//! The chip at its pins. Test names are claims; the doc line says where the claim comes from. `oracles` has the
//! numbered stimuli and answers of the project's test plan; (D) is documented by VLSI, (O) seen in drivers, (I) inferred.

mod aac;
mod bench;
mod boost;
mod bus;
mod conduct;
mod dreq;
mod drivers;
mod fake;
mod flac;
mod lints;
mod midi;
mod ogg;
mod oracles;
mod playback;
mod properties;
mod recording;
mod registers;
mod reset;
mod serial;
mod soak;
mod sound;
mod streams;
mod variant;
