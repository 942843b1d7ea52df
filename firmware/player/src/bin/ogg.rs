//! Ogg Vorbis, sent as `cached` sends it.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use player::dreq::Watch;
use player::run::{Plan, play};
use player::send_byte::Cached;
use player::songs;

#[entry]
fn main() -> ! {
    play(&Plan { name: "ogg", song: songs::OGG, strict: true }, Cached::new(), Watch)
}
