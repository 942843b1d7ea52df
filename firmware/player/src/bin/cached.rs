//! Step `cached`: see `send_byte/cached.rs`.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use player::dreq::Watch;
use player::run::{Plan, play};
use player::send_byte::Cached;
use player::songs;

#[entry]
fn main() -> ! {
    play(&Plan { name: "cached", song: &songs::MP3, strict: true }, Cached::new(), Watch)
}
