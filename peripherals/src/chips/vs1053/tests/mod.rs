//! The chip at its pins. Test names are claims; "oracle n" is a numbered stimulus and answer of the project's test plan, with
//! the datasheet's chapter where the answer is documented.

mod bench;
mod fake;
mod playback;
