//! Step `loop`: see `send_byte/looped.rs`.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use player::dreq::Watch;
use player::run::{Plan, play};
use player::send_byte::Looped;
use player::songs;

#[entry]
fn main() -> ! {
    play(&Plan { name: "loop", song: &songs::MP3, strict: true }, Looped::new(), Watch)
}
