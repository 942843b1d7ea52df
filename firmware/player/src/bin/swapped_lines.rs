//! Wrong on purpose: SCLK and MOSI have changed places in the pin table.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use player::dreq::WatchBounded;
use player::run::{Plan, play_on};
use player::slow_spi::SlowSpi;
use player::songs;
use player::vs1053::Vs1053;
use player::wires::{Mosi, Sclk, Xdcs};

#[entry]
fn main() -> ! {
    let spi = || SlowSpi::new(Mosi {}, Sclk {});
    let chip = Vs1053 { sci: spi(), sdi: spi(), xdcs: Xdcs {}, ready: WatchBounded::new() };
    play_on(&Plan { name: "swapped-lines", song: &songs::MP3[..48 * songs::MP3_FRAME], strict: false }, chip)
}
