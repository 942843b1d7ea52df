//! Parts outside the SoC, reached only by their pins.

pub mod vs1053;
