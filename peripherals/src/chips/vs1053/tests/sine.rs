//! The sine test.

use super::super::*;
use super::bench::Bench;

fn start(n: u8) -> [u8; 8] {
    [0x53, 0xEF, 0x6E, n, 0, 0, 0, 0]
}

const STOP: [u8; 8] = [0x45, 0x78, 0x69, 0x74, 0, 0, 0, 0];

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

/// Oracles 39 and 40 (D: "SDI Tests"): rate x step / 128 on both channels at full scale.
#[test]
fn the_sine_test_plays_its_frequency() {
    for (n, hz) in [(0x44, 1000), (0x7E, 5168), (0x24, 1500), (0xA3, 375)] {
        let mut b = testing();
        b.sdi(&start(n));
        b.wait(Span::from_ms(1000));
        assert!(frequency(&mut b, false).abs_diff(hz) <= 1, "n = {n:#x}");
        assert_eq!(b.channel(false), b.channel(true));
        assert_eq!(b.channel(false).iter().max(), Some(&32767));
        b.expect_no_findings();
    }
}

/// Oracles 41 and 42 (D): it stops and starts again, with four zeros or twelve.
#[test]
fn the_tone_stops_and_starts_again() {
    for zeros in [4, 12] {
        let mut b = testing();
        let padded = |sequence: [u8; 8]| [&sequence[..4], &vec![0; zeros]].concat();
        for _ in 0..2 {
            b.sdi(&padded(start(0x44)));
            b.wait(Span::from_ms(100));
            assert!(!b.chip().quiet());
            b.sdi(&padded(STOP));
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

/// Oracle 43 (D).
#[test]
fn without_sm_tests_the_bytes_do_nothing() {
    let mut b = Bench::ready();
    b.sdi(&start(0x44));
    b.wait(Span::from_ms(100));
    assert!(b.channel(false).is_empty());
    assert!(b.chip().quiet());
}

/// Oracles 44 and 48 (D: "SCI_VOL", SM_DIFF).
#[test]
fn volume_and_difference_mode_act_on_the_tone() {
    let mut b = testing();
    b.put(reg::VOL, 0x00FE);
    b.sdi(&start(0x44));
    b.wait(Span::from_ms(100));
    assert_eq!(b.channel(true).iter().max(), Some(&0));
    assert_eq!(b.channel(false).iter().max(), Some(&32767));
    b.put(reg::VOL, 0x0000);
    b.put(reg::MODE, 0x4821);
    b.heard.clear();
    b.channel(false);
    b.heard.clear();
    b.wait(Span::from_ms(100));
    let (left, right) = (b.channel(false), b.channel(true));
    assert!(!left.is_empty() && left.iter().zip(&right).all(|(l, r)| *l == -r));
}

#[test]
fn another_test_is_a_gap_by_name() {
    let mut b = testing();
    b.sdi(&[0x4D, 0xEA, 0x6D, 0x54, 0, 0, 0, 0]);
    assert_eq!(b.findings(), ["vs1053-sdi-test"]);
}
