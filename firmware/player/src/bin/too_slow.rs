//! Wrong on purpose: right in everything, but 12,000 bytes/s for a song of 16,000, with gaps to hear.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use player::cycles;
use player::dreq::WatchBounded;
use player::run::{Plan, play};
use player::send_byte::{Cached, SendByte};
use player::songs;

/// Sends a byte and then does something else for a while.
struct Busy(Cached);

impl SendByte for Busy {
    fn send_byte(&mut self, byte: u8) {
        self.0.send_byte(byte);
        cycles::wait(cycles::from_us(82));
    }
}

#[entry]
fn main() -> ! {
    let plan = Plan { name: "too-slow", song: &songs::MP3[..100 * songs::MP3_FRAME], strict: false };
    play(&plan, Busy(Cached::new()), WatchBounded::new())
}
