//! Step `direct`: see `send_byte/direct.rs`.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use player::dreq::Watch;
use player::run::{Plan, play};
use player::send_byte::Direct;
use player::songs;

#[entry]
fn main() -> ! {
    play(&Plan { name: "direct", song: &songs::MP3, strict: true }, Direct, Watch)
}
