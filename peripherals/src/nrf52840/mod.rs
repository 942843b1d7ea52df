//! Blocks inside the nRF52840, each reached by address through [`Soc`].
//!
//! Register numbers and behaviour: nRF52840 Product Specification v1.7, where a file does not say otherwise.

mod acl;
mod alarms;
mod analog;
mod block;
mod blocks;
mod clock;
mod comparator;
mod dma;
mod ecb;
mod egu;
mod events;
mod gpio;
mod gpiote;
mod information;
mod lfclk;
mod link;
mod lint;
pub mod map;
pub mod names;
mod nvmc;
mod power;
mod ppi;
mod psel;
mod pwm;
mod qdec;
mod qspi;
mod quirks;
mod rng;
mod rtc;
mod saadc;
mod serial;
mod soc;
mod temp;
#[cfg(test)]
mod tests;
mod timer;
mod uart;
mod watchdog;

pub use acl::ACL;
pub use analog::{ANALOG_INPUTS, Analog};
pub use clock::{CLOCK, LFXO_START};
pub use comparator::{COMP, LPCOMP};
pub use dma::{NoRam, Ram};
pub use ecb::ECB;
pub use egu::EGU;
pub use gpio::{GPIO, Gpio, pin_name};
pub use gpiote::GPIOTE;
pub use information::{FICR, UICR};
pub use link::{AAR, CCM};
pub use lint::*;
pub use nvmc::{FlashStore, NVMC, Nvmc};
pub use power::{APPROTECT, POWER, ResetCause};
pub use ppi::PPI;
pub use pwm::PWM;
pub use qdec::QDEC;
pub use rng::RNG;
pub use rtc::{RTC, RTC3CC};
pub use saadc::SAADC;
pub use soc::{BusFault, SleepClocks, Soc, SocConfig};
pub use temp::TEMP;
pub use timer::{TIMER, TIMER6CC};
pub use uart::{UART, UARTE};
pub use watchdog::WDT;
