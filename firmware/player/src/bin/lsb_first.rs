//! Wrong on purpose: every byte goes out least significant bit first, commands and song alike.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use player::dreq::WatchBounded;
use player::run::{Plan, play_on};
use player::slow_spi::{BitOrder, SlowSpi};
use player::songs;
use player::vs1053::Vs1053;
use player::wires::{Mosi, Sclk, Xdcs};

#[entry]
fn main() -> ! {
    let spi = || SlowSpi { order: BitOrder::LsbFirst, ..SlowSpi::new(Sclk {}, Mosi {}) };
    let chip = Vs1053 { sci: spi(), sdi: spi(), xdcs: Xdcs {}, ready: WatchBounded::new() };
    play_on(&Plan { name: "lsb-first", song: &songs::MP3[..48 * songs::MP3_FRAME], strict: false }, chip)
}
