//! A short song by the `vs1053` driver of crates.io, as it is: it starts the chip, plays, and ends the song. Exit codes say what failed.
#![no_std]
#![no_main]

mod spim;

use cortex_m_rt::entry;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use player::console::{exit, print};
use player::gpio::Line;
use player::wires::{self, Dreq, Sclk, Xcs, Xdcs, Xreset};
use player::{cycles, songs};
use spim::Spim;
use vs1053::{RAW_VOLUME_MAX, VS1053};

/// Frames of the song that are played.
const FRAMES: usize = 60;
/// Bytes of fill after a file (VS1053b datasheet, "Playing a Whole File").
const FILL: usize = 2052;

/// Waits by the cycle counter, which wraps after 67 s.
struct Delay;

impl DelayNs for Delay {
    fn delay_ns(&mut self, ns: u32) {
        cycles::wait(ns / 1_000 * 64 + ns % 1_000 * 64 / 1_000);
    }
}

/// Ends the program unless `good`.
fn check(good: bool, what: &str, code: u32) {
    if !good {
        print(format_args!("driver: {what}\n"));
        exit(code);
    }
}

#[entry]
fn main() -> ! {
    if let Some(mut core) = cortex_m::Peripherals::take() {
        cycles::start(&mut core.DCB, &mut core.DWT);
    }
    wires::set_up();
    let sclk: Sclk = Line;
    sclk.output_low(); // SPI mode 0 rests low
    let spi = Spim::new(22, 32, 24);
    // The driver knows no XRESET: the board's is released before it begins.
    let mut xreset: Xreset = Line;
    cycles::wait(cycles::from_us(10));
    let _ = xreset.set_high();

    let (xcs, xdcs, dreq): (Xcs, Xdcs, Dreq) = (Line, Line, Line);
    let mut chip = VS1053::new(spi, xcs, xdcs, dreq, Delay);
    check(chip.init().is_ok(), "init", 2);
    check(chip.get_chip_connected().ok() == Some(true), "get_chip_connected", 3);
    check(chip.get_chip_version().ok() == Some(4), "get_chip_version", 4);
    check(chip.set_mp3_mode_on().is_ok(), "set_mp3_mode_on", 5);
    // The driver's 100 % are -2 dB.
    check(chip.set_volume(100).is_ok() && chip.get_volume_raw().ok() == Some(0x0404), "set_volume", 6);
    check(chip.set_volume_raw(RAW_VOLUME_MAX).is_ok(), "set_volume_raw", 6);
    check(chip.clear_decode_time().is_ok(), "clear_decode_time", 7);

    let song = &songs::MP3[..FRAMES * songs::MP3_FRAME];
    print(format_args!("driver: {} bytes\n", song.len()));
    check(chip.write(song).is_ok(), "write", 8);
    check(chip.get_decode_time().ok() == Some(1), "get_decode_time", 9);
    // The driver leaves the end of a file to its user.
    check(chip.write(&[0; FILL]).is_ok(), "write", 8);
    check(chip.stop_play().is_ok(), "stop_play", 10);
    check(chip.get_decode_details().ok() == Some((0, 0)), "get_decode_details", 11);
    print(format_args!("driver: done\n"));
    exit(0)
}
