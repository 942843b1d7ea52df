//! 39 to 48: the tests of the chip.

use super::super::super::*;
use super::super::bench::Bench;

const STOP: [u8; 4] = [0x45, 0x78, 0x69, 0x74];

fn start(n: u8) -> [u8; 8] {
    [0x53, 0xEF, 0x6E, n, 0, 0, 0, 0]
}

fn testing() -> Bench {
    let mut b = Bench::ready();
    b.put(reg::MODE, 0x4820);
    b
}

/// Periods a second in what was heard.
fn frequency(b: &mut Bench, right: bool) -> usize {
    let samples = b.channel(right);
    samples.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count()
}

fn plays(n: u8, hz: usize) {
    let mut b = testing();
    b.sdi(&start(n));
    b.wait(Span::from_ms(1000));
    assert!(frequency(&mut b, false).abs_diff(hz) <= 1, "n = {n:#x}");
    assert_eq!(b.channel(false), b.channel(true));
    assert_eq!(b.channel(false).iter().max(), Some(&32767));
    b.expect_no_findings();
}

/// (D: "Old Sine Test"): rate x step / 128 on both channels at full scale.
#[test]
fn oracle_39_the_sine_test_plays_1000_hz() {
    plays(0x44, 1000);
}

/// (D: "Old Sine Test").
#[test]
fn oracle_40_the_argument_gives_the_frequency() {
    for (n, hz) in [(0x7E, 5168), (0x24, 1500), (0xA3, 375)] {
        plays(n, hz);
    }
}

/// (D: "Old Sine Test").
#[test]
fn oracle_41_the_tone_stops() {
    let mut b = testing();
    b.sdi(&start(0x44));
    b.wait(Span::from_ms(100));
    assert!(!b.chip().quiet());
    b.sdi(&[&STOP[..], &[0; 4]].concat());
    b.channel(false);
    b.heard.clear();
    b.wait(Span::from_ms(100));
    assert!(b.chip().quiet());
    assert!(b.channel(false).is_empty());
}

/// (D: "Old Sine Test", since v1.33 with twelve zeros).
#[test]
fn oracle_42_the_tone_starts_again() {
    for zeros in [4, 12] {
        let mut b = testing();
        let padded = |command: &[u8]| [command, &vec![0; zeros]].concat();
        for _ in 0..2 {
            b.sdi(&padded(&start(0x44)[..4]));
            b.wait(Span::from_ms(100));
            assert!(!b.chip().quiet());
            b.sdi(&padded(&STOP));
            b.wait(Span::from_ms(100));
            assert!(b.chip().quiet());
        }
        b.channel(false);
        let tones: Vec<u64> = b.heard.iter().filter(|h| h.sound == Sound::Tone).map(|h| h.frames).collect();
        let silence: u64 = b.heard.iter().filter(|h| h.sound == Sound::Idle).map(|h| h.frames).sum();
        assert!(tones.iter().sum::<u64>().abs_diff(2 * 3200) < 40, "{tones:?}");
        assert!(silence.abs_diff(3200) < 80, "{silence}");
        b.expect_no_findings();
    }
}

/// (D: "SCI_MODE", SM_TESTS).
#[test]
fn oracle_43_without_sm_tests_the_bytes_do_nothing() {
    let mut b = Bench::ready();
    b.sdi(&start(0x44));
    b.wait(Span::from_ms(100));
    assert!(b.channel(false).is_empty());
    assert!(b.chip().quiet());
}

/// (D: "SCI_VOL").
#[test]
fn oracle_44_volume_acts_on_the_tone() {
    let mut b = testing();
    b.put(reg::VOL, 0x00FE);
    b.sdi(&start(0x44));
    b.wait(Span::from_ms(100));
    assert_eq!(b.channel(true).iter().max(), Some(&0));
    assert_eq!(b.channel(false).iter().max(), Some(&32767));
}

/// (D: "Memory Test"): 1,100,000 CLKI, then 0x83FF; memory is not what it was. DREQ meanwhile is a knob.
#[test]
fn oracle_45_the_memory_test_passes() {
    for memory_test_dreq in [false, true] {
        let mut b = Bench::with(Config { memory_test_dreq, ..Config::default() }, &[]);
        b.set(XRESET, true);
        b.until_dreq(true);
        b.put(reg::MODE, 0x4820);
        b.wram(0x1800, &[0x1234]);
        b.sdi_half = Span::from_ns(200);
        b.sdi(&[0x4D, 0xEA, 0x6D, 0x54, 0, 0, 0, 0]);
        b.wait(Span::from_ms(89));
        assert_eq!(b.level(DREQ), !memory_test_dreq);
        assert!(!b.chip().quiet());
        assert_ne!(b.report().registers[8], 0x83FF, "not yet");
        b.wait(Span::from_ms(11));
        assert!(b.level(DREQ));
        assert_eq!(b.get(reg::HDAT0), 0x83FF);
        assert_ne!(b.wram_read(0x1800), [0x1234]);
        assert!(b.chip().quiet());
        b.expect_no_findings();
    }
}

/// (D: "SCI Test").
#[test]
fn oracle_46_the_sci_test_copies_a_register() {
    let mut b = testing();
    b.sdi(&[0x53, 0x70, 0xEE, 0x03, 0, 0, 0, 0]);
    assert_eq!(b.get(reg::HDAT0), 0x8800);
    b.put(reg::HDAT0, 0xBEEF);
    b.sdi(&[0x53, 0x70, 0xEE, 0x08, 0, 0, 0, 0]);
    assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0)), (0xBEEF, 0xBEEF));
    b.expect_no_findings();
}

/// (D: "New Sine and Sweep Tests").
#[test]
fn oracle_47_the_new_sine_test_plays_one_tone_a_side() {
    let mut b = Bench::ready();
    b.put(reg::AUDATA, 0xBB80);
    b.put(reg::AICTRL0, 0x0550);
    b.put(reg::AICTRL1, 0x0AA8);
    b.put(reg::AIADDR, 0x4020);
    b.wait(Span::from_ms(1000));
    let (left, right) = (frequency(&mut b, false), frequency(&mut b, true));
    assert!(left.abs_diff(996) <= 1 && right.abs_diff(1998) <= 1, "{left} {right}");
    assert!(b.channel(true).iter().max() >= Some(&32_700));
    b.expect_no_findings();
}

/// (D: "SCI_MODE", SM_DIFF).
#[test]
fn oracle_48_sm_diff_inverts_the_left_side() {
    let mut b = testing();
    b.put(reg::MODE, 0x4821);
    b.sdi(&start(0x44));
    b.wait(Span::from_ms(100));
    let (left, right) = (b.channel(false), b.channel(true));
    assert!(!left.is_empty() && left.iter().zip(&right).all(|(l, r)| *l == -r));
}
