//! Wrong on purpose: never looks at DREQ. Registers get fixed pauses and work; the song overruns the FIFO.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use player::dreq::Ignore;
use player::run::{Plan, play};
use player::send_byte::Cached;
use player::songs;

#[entry]
fn main() -> ! {
    play(&Plan { name: "no-dreq", song: &songs::MP3, strict: false }, Cached::new(), Ignore)
}
