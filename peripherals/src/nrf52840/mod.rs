//! Blocks inside the nRF52840, each reached by address through [`Soc`].
//!
//! Register numbers and behaviour: nRF52840 Product Specification v1.7, where a file does not say otherwise.

mod alarms;
mod block;
mod blocks;
mod clock;
mod dma;
mod egu;
mod events;
mod gpio;
mod gpiote;
mod information;
mod lfclk;
mod lint;
pub mod map;
pub mod names;
mod nvmc;
mod power;
mod ppi;
mod quirks;
mod rtc;
mod serial;
mod soc;
#[cfg(test)]
mod tests;
mod timer;
mod uart;

pub use clock::{CLOCK, LFXO_START};
pub use dma::{NoRam, Ram};
pub use egu::EGU;
pub use gpio::{GPIO, Gpio, pin_name};
pub use gpiote::GPIOTE;
pub use information::{FICR, UICR};
pub use lint::*;
pub use nvmc::{ACL, NVMC, Nvmc};
pub use power::{APPROTECT, POWER, ResetCause};
pub use ppi::PPI;
pub use rtc::{RTC, RTC3CC};
pub use soc::{BusFault, SleepClocks, Soc, SocConfig};
pub use timer::{TIMER, TIMER6CC};
pub use uart::{UART, UARTE};
