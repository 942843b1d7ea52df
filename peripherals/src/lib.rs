//! Models of the nRF52840's peripherals and of the chips on a badge.
//!
//! A model in this crate knows simulated time, its own registers and its own pins, and nothing else: no host clock, file,
//! thread or sound card, and no other model. What it may do to the world is [`kernel::Cx`]; who is wired to whom is decided by
//! whoever owns the [`kernel::Fabric`].
//!
//! * [`kernel`]: time, nets, the scheduler, registers as data, findings;
//! * [`nrf52840`]: blocks inside the SoC, reached by address;
//! * [`cortex_m`]: the core's own registers;
//! * [`chips`]: parts outside the SoC, reached only by pins;
//! * [`usb`]: what goes over a USB cable, and the host at its end.

pub mod chips;
pub mod cortex_m;
pub mod kernel;
pub mod nrf52840;
pub mod usb;
