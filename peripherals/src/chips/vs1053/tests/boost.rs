//! SC_ADD at the pins (VS1053b datasheet v1.33, "SCI_CLOCKF").

use super::super::*;
use super::bench::Bench;
use super::fake::mp3;

const WMA: [u8; 64] = {
    let mut file = [0x55; 64];
    (file[0], file[1], file[2], file[3]) = (0x30, 0x26, 0xB2, 0x75);
    file
};

/// A chip with this CLOCKF that has got the head of a WMA file.
fn with(clockf: u16) -> Bench {
    let mut b = Bench::ready();
    b.put(reg::CLOCKF, clockf);
    b.sdi_half = Span::from_ns(200);
    b.play(&WMA);
    b
}

fn clki(b: &mut Bench) -> u32 {
    b.chip().view().clki_hz
}

#[test]
fn wma_raises_the_clock_as_far_as_it_needs_and_sc_add_allows() {
    for (clockf, halves) in [(0x2000, 4), (0x2800, 6), (0x3000, 6), (0x9800, 7), (0x0800, 4)] {
        assert_eq!(clki(&mut with(clockf)), halves * 6_144_000, "CLOCKF = 0x{clockf:04X}");
    }
}

#[test]
fn the_clock_goes_back_when_the_stream_is_over() {
    let mut b = with(0x3000);
    assert_eq!(b.cancel(0), 32);
    assert_eq!(clki(&mut b), 24_576_000);
    let mut b = with(0x3000);
    b.write(reg::MODE, 0x4804);
    b.settle_sci();
    assert_eq!(clki(&mut b), 24_576_000);
    b.play(&mp3(4));
    assert_eq!(clki(&mut b), 24_576_000, "MP3 has no use for SC_ADD");
}

/// The limits on the bus follow CLKI: 150 ns a bit of SDI are too fast at 2.0 x (162.8 ns) and not at 3.0 x (108.5 ns).
#[test]
fn a_raised_clock_allows_a_faster_bus() {
    for (clockf, too_fast) in [(0x2000, true), (0x3000, false)] {
        let mut b = with(clockf);
        b.sdi_half = Span::from_ns(75);
        b.play(&[0; 32]);
        assert_eq!(b.findings().contains(&"sclk-too-fast"), too_fast, "CLOCKF = 0x{clockf:04X}: {:?}", b.findings());
    }
}

#[test]
fn a_clock_that_sc_add_cannot_raise_enough_is_told_of() {
    for (clockf, told) in [(0x2000, true), (0x0800, true), (0x2800, false), (0x6000, false)] {
        let b = with(clockf);
        let finding = b.fabric.world.findings.named("clock-too-low");
        assert_eq!(finding.is_some(), told, "CLOCKF = 0x{clockf:04X}");
        assert!(finding.is_none_or(|f| f.detail.contains("WMA needs about 3.0 x XTALI")));
    }
}

/// The rating is for what CLKI is: 0xB800 is 4.0 x, and 6.0 x only if a stream should need that.
#[test]
fn the_rating_holds_for_what_is_in_use() {
    let b = with(0xB800);
    assert!(!b.findings().contains(&"clki-over-rating"), "{:?}", b.findings());
}
