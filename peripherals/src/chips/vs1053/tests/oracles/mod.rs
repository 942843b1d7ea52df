//! The 74 stimuli and answers of the project's test plan, each a test with its number, at the chip's pins. (D) is documented by VLSI:
//! the section of the datasheet v1.33 or the note stands beside it; (O) was seen in drivers, which are named; (I) is inferred, and its
//! test turns the knob as well. docs/VS1053.md has the sections' numbers.

pub mod application;
mod bus;
mod playback;
mod registers;
mod reset;
mod selftest;
