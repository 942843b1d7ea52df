//! Wrong on purpose: SPI mode 1. SCLK rests low, MOSI changes at the rising edge, at which the chip samples it.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use player::dreq::WatchBounded;
use player::run::{Plan, play_on};
use player::slow_spi::{Mode, SlowSpi};
use player::songs;
use player::vs1053::Vs1053;
use player::wires::{Mosi, Sclk, Xdcs};

#[entry]
fn main() -> ! {
    let spi = || SlowSpi { mode: Mode::One, ..SlowSpi::new(Sclk {}, Mosi {}) };
    let chip = Vs1053 { sci: spi(), sdi: spi(), xdcs: Xdcs {}, ready: WatchBounded::new() };
    play_on(&Plan { name: "mode1", song: &songs::MP3[..48 * songs::MP3_FRAME], strict: false }, chip)
}
