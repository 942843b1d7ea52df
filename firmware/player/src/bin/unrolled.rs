//! Step `unrolled`: see `send_byte/unrolled.rs`.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use player::dreq::Watch;
use player::run::{Plan, play};
use player::send_byte::Unrolled;
use player::songs;

#[entry]
fn main() -> ! {
    play(&Plan { name: "unrolled", song: &songs::MP3, strict: true }, Unrolled::new(), Watch)
}
