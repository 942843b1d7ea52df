//! Wrong on purpose: XDCS stays high, so the song is clocked past a chip that is not selected. SCI is fine.
#![no_std]
#![no_main]

use core::convert::Infallible;
use cortex_m_rt::entry;
use embedded_hal::digital::{ErrorType, OutputPin};
use player::dreq::WatchBounded;
use player::run::{Plan, play_on};
use player::send_byte::Cached;
use player::slow_spi::SlowSpi;
use player::songs;
use player::vs1053::Vs1053;
use player::wires::{Mosi, Sclk};

/// A select that somebody forgot to write.
struct Forgotten;

impl ErrorType for Forgotten {
    type Error = Infallible;
}

impl OutputPin for Forgotten {
    fn set_low(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[entry]
fn main() -> ! {
    let sci = SlowSpi::new(Sclk {}, Mosi {});
    let chip = Vs1053 { sci, sdi: Cached::new(), xdcs: Forgotten, ready: WatchBounded::new() };
    play_on(&Plan { name: "no-xdcs", song: &songs::MP3, strict: false }, chip)
}
