//! Parts outside the SoC, reached only by their pins.

pub mod button;
pub mod led;
pub mod norflash;
pub mod vs1053;
