//! A VS1003 where firmware expects a VS1053.

use super::super::*;
use super::bench::Bench;
use super::fake::{mp3, sound};
use super::ogg;
use super::oracles::application::{PATCHES, load};

/// With its clock at 3.0 x and SDI as fast as that allows.
fn slower() -> Bench {
    let mut b = Bench::ready_with(Config::vs1003());
    b.sdi_half = Span::from_ns(60);
    b
}

/// VS1003 datasheet v1.08, "SCI_STATUS", "SCI_MODE", "SCI_CLOCKF".
#[test]
fn its_registers_tell_it_apart() {
    let mut b = Bench::ready_with(Config::vs1003());
    assert_eq!((b.get(reg::STATUS) >> 4 & 15, b.get(reg::MODE)), (3, 0x0800));
    for (clockf, khz) in [(0x2000, 18_432), (0x8000, 36_864), (0x9800, 36_864), (0xC000, 49_152), (0xE000, 55_296)] {
        b.put(reg::CLOCKF, clockf);
        assert_eq!(b.chip().view().clki_hz, khz * 1_000, "0x{clockf:04X}");
    }
    assert_eq!(b.wram_read(0x1E02), [0], "no parametric block");
    b.put(reg::MODE, 0x0804);
    assert_eq!(b.get(reg::MODE), 0x0800);
    b.expect_no_findings();
}

/// VLSI, "Migrating VS1003 to VS1053": MP3 plays, Ogg Vorbis is silent and told.
#[test]
fn it_plays_mp3_and_not_ogg() {
    let mut b = slower();
    b.play(&mp3(5));
    b.finish();
    b.play_out();
    assert_eq!(b.channel(false), sound(0..5));
    b.expect_no_findings();
    b.play(&ogg::file(20, 0));
    b.play_out();
    assert_eq!((b.findings(), b.get(reg::HDAT1)), (vec!["vs1003-format"], 0));
    assert_eq!(b.report().streams.len(), 1);
}

/// What was made for a VS1053 does nothing here: effects, play speed, packages, the new sine.
#[test]
fn what_it_lacks_has_no_effect() {
    let mut b = slower();
    b.wram(0x1E04, &[2]);
    b.play(&mp3(4));
    b.finish();
    b.play_out();
    assert_eq!(b.channel(false).len(), sound(0..4).len());
    load(&mut b, 0x50, &PATCHES, 0x888);
    b.put(reg::AIADDR, 0x0050);
    assert_eq!(b.findings(), ["vs1053-application"]);
    b.put(reg::AIADDR, 0x4020);
    assert!(b.findings().contains(&"application-missing"));
    b.put(reg::MODE, 0x1804);
    assert!(b.findings().contains(&"vs1053-mode"), "its recording is a gap");
}
