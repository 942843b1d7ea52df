//! From decoder to headphones: effects, FIFO, volume, play mode.

use super::super::*;
use super::bench::{Bench, Heard};
use super::fake::{FRAME, mp3, sound, wav};
use super::oracles::application::{PATCHES, load};
use crate::kernel::Rate;

const RATE: u32 = 44_100;

/// A mono file of a sine of `hz` and `peak` in `frames` samples at 44.1 kHz.
fn sine(hz: f64, peak: f64, frames: u32) -> Vec<u8> {
    let turn = 2.0 * core::f64::consts::PI * hz / f64::from(RATE);
    let samples: Vec<i16> = (0..frames).map(|n| ((f64::from(n) * turn).sin() * peak) as i16).collect();
    wav(RATE, u32::MAX, &samples)
}

/// The same with silence on the right, as a stereo file.
fn left_only(mono: &[u8]) -> Vec<u8> {
    let (header, data) = mono.split_at(44);
    let mut file = header.to_vec();
    file[22] = 2;
    file.extend(data.as_chunks::<2>().0.iter().flat_map(|s| [s[0], s[1], 0, 0]));
    file
}

fn loudest(samples: &[i16]) -> u16 {
    samples.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0)
}

/// Loudest of left and right in the second half of what is heard of `file` after `prepare`.
fn levels(file: &[u8], prepare: impl FnOnce(&mut Bench)) -> [u16; 2] {
    let mut b = Bench::ready();
    prepare(&mut b);
    b.play(file);
    b.play_out();
    [false, true].map(|side| {
        let heard = b.channel(side);
        loudest(&heard[heard.len() / 2..])
    })
}

/// A bench whose chip has VLSI's patches.
fn patched() -> Bench {
    let mut b = Bench::ready();
    load(&mut b, 0x50, &PATCHES, 0x888);
    b.put(reg::AIADDR, 0x0050);
    b
}

/// One song in two pieces with a hole between; the output is collected at every alarm, and here and there besides.
fn with_a_hole(more_often: bool) -> (Vec<Heard>, Vec<(Instant, bool)>, Vs1053Report) {
    let mut b = Bench::ready();
    let song = mp3(30);
    let (first, second) = song.split_at(12 * FRAME);
    for piece in [first, second] {
        for chunk in piece.chunks(32) {
            b.until_dreq(true);
            b.sdi(chunk);
            if more_often {
                b.channel(false);
                let now = b.now();
                b.chip().report(now);
            }
        }
        for _ in 0..if more_often { 400 } else { 1 } {
            b.wait(if more_often { Span::from_us(1_000) } else { Span::from_ms(400) });
        }
    }
    b.play_out();
    b.channel(false);
    (std::mem::take(&mut b.heard), b.dreq_edges(), b.report())
}

/// Equal runs are equal to the sample, and collecting the sound at other moments changes nothing but where it is cut.
#[test]
fn two_runs_have_the_same_samples_underruns_and_dreq_times() {
    let glued = |heard: &[Heard]| {
        let pcm: Vec<i16> = heard.iter().flat_map(|h| h.samples.iter().copied()).collect();
        let frames = |sound| heard.iter().filter(|h| h.sound == sound).map(|h| h.frames).sum::<u64>();
        (heard[0].start, pcm, [Sound::Decoded, Sound::Fade, Sound::Underrun].map(frames))
    };
    let (once, again, often) = (with_a_hole(false), with_a_hole(false), with_a_hole(true));
    assert_eq!(once.2.underruns.count, 1);
    assert_eq!((&once.0, &once.1, &once.2), (&again.0, &again.1, &again.2));
    assert_eq!(glued(&once.0), glued(&often.0));
    assert_eq!((&once.1, &once.2), (&often.1, &often.2));
    assert!(once.1.len() > 10, "DREQ moved");
}

/// Datasheet, "Audio FIFO": fade on underrun; how fast and whether at all are knobs.
#[test]
fn how_the_output_runs_dry_is_a_knob() {
    let heard = |config| {
        let mut b = Bench::ready_with(config);
        b.play(&mp3(100)[80 * FRAME..]);
        b.wait(Span::from_ms(500));
        b.play(&mp3(4));
        b.play_out();
        b.channel(false);
        let fade: u64 = b
            .heard
            .iter()
            .take_while(|h| h.sound != Sound::Underrun)
            .filter(|h| h.sound == Sound::Fade)
            .map(|h| h.frames)
            .sum();
        let silence: u64 = b.heard.iter().filter(|h| h.sound == Sound::Underrun).map(|h| h.frames).sum();
        (fade, silence, b.report().underruns)
    };
    let (fade, silence, underruns) = heard(Config::default());
    assert!((400..1_200).contains(&fade), "{fade} samples");
    let (slower, ..) = heard(Config { fade_samples: 1_000, ..Config::default() });
    assert!(slower > 4 * fade, "{slower} samples");
    let (none, all, same) = heard(Config { fade_samples: 0, ..Config::default() });
    assert_eq!((none, all, same), (0, fade + silence, underruns), "the hole is as long");
    let (none, batches, _) = heard(Config { underrun: true, ..Config::default() });
    assert_eq!((none, batches % 32), (0, 0), "zeros come by 32 samples");
    assert!(batches >= all && batches < all + 32);
}

/// At the end of a file there is the same fade, and then the chip is quiet.
#[test]
fn the_fade_at_the_end_is_heard_before_the_chip_is_quiet() {
    let mut b = Bench::ready();
    b.play(&mp3(5));
    b.finish();
    b.play_out();
    b.channel(false);
    let last = b.heard.last().expect("something was heard");
    assert_eq!((last.sound, last.samples.last().copied() < Some(3)), (Sound::Fade, true));
    b.wait(Span::from_ms(500));
    assert_eq!(b.fabric.world.sched.next(), None);
}

/// Datasheet, "SCI_VOL": the level changes where the signal crosses zero, or after a time that is a knob.
#[test]
fn vol_changes_at_a_zero_crossing() {
    let step = |vol_timeout_us| {
        let mut b = Bench::ready_with(Config { vol_timeout_us, ..Config::default() });
        b.put(reg::MODE, 0x4820);
        b.sdi(&[0x53, 0xEF, 0x6E, 0x41, 0, 0, 0, 0]); // 250 Hz
        b.wait(Span::from_us(61_000));
        b.put(reg::VOL, 0x0C0C);
        b.wait(Span::from_ms(50));
        let heard = b.channel(false);
        heard.windows(2).map(|w| w[0].abs_diff(w[1])).max().unwrap_or(0)
    };
    // Between neighbours a full-scale sine of 250 Hz at 32 kHz moves by 1608.
    assert!(step(10_000) <= 1_609, "{}", step(10_000));
    assert!(step(0) > 5_000, "{}", step(0));
}

/// Datasheet, "SCI_BASS": 0x00F6 lifts what is below 60 Hz, 0x7A00 what is above 10 kHz; with the slope a knob.
#[test]
fn bass_and_treble_are_heard() {
    let (low, high) = (sine(25.0, 3_000.0, 20_000), sine(16_000.0, 3_000.0, 20_000));
    for (bass, file, least, most) in [
        (0, &low, 2_900, 3_000),
        (0x00F6, &low, 13_000, 16_900),
        (0x00F6, &high, 2_900, 3_100),
        (0x7A00, &high, 8_000, 10_100),
        (0x7A00, &low, 2_900, 3_100),
    ] {
        let [left, right] = levels(file, |b| b.put(reg::BASS, bass));
        assert!(left == right && (least..=most).contains(&left), "0x{bass:04X}: {left} {right}");
    }
    let octave = sine(240.0, 3_000.0, 20_000);
    let slope = |tone_slope| {
        let mut b = Bench::ready_with(Config { tone_slope, ..Config::default() });
        b.put(reg::BASS, 0x00F6);
        b.play(&octave);
        b.play_out();
        loudest(&b.channel(false)[10_000..])
    };
    assert!(slope(true) < slope(false) - 200, "a steeper filter ends sooner: {} {}", slope(true), slope(false));
}

/// Datasheet, "SCI_MODE": the EarSpeaker's settings; its crossfeed is a knob.
#[test]
fn the_ear_speaker_is_heard_by_its_setting() {
    let file = left_only(&sine(100.0, 10_000.0, 20_000));
    let right = [0x4800, 0x4810, 0x4880, 0x4890].map(|mode| levels(&file, |b| b.put(reg::MODE, mode))[1]);
    assert_eq!(right[0], 0);
    assert!(right.is_sorted_by(|a, b| a + 1_000 < *b), "{right:?}");
    let mut b = Bench::ready_with(Config { ear_crossfeed: 0, ..Config::default() });
    b.put(reg::MODE, 0x4890);
    b.play(&file);
    b.play_out();
    assert_eq!(loudest(&b.channel(true)), 0);
}

/// Datasheet, "New Sine and Sweep Tests": that tone goes through bass and treble; the one of SDI does not.
#[test]
fn tone_control_acts_on_the_new_sine_only() {
    let mut b = Bench::ready();
    b.put(reg::BASS, 0x8100);
    b.put(reg::AUDATA, 0xBB80);
    b.put(reg::AICTRL0, 0x4000);
    b.put(reg::AICTRL1, 0x4000);
    b.put(reg::AIADDR, 0x4020);
    b.wait(Span::from_ms(50));
    assert!(loudest(&b.channel(false)[100..]) < 12_000, "12 kHz, 12 dB down");
    let mut b = Bench::ready();
    b.put(reg::BASS, 0x8100);
    b.put(reg::MODE, 0x4820);
    b.sdi(&[0x53, 0xEF, 0x6E, 0x30, 0, 0, 0, 0]);
    b.wait(Span::from_ms(50));
    assert_eq!(loudest(&b.channel(false)), 32_767);
}

/// Datasheet, "SCI_STATUS": SS_SWING; more than 2 overdrives.
#[test]
fn swing_makes_it_louder() {
    let file = sine(1_000.0, 20_000.0, 8_000);
    for (status, expected) in [(0x0040, 20_000.0), (0x1040, 21_185.0), (0x2040, 22_440.0)] {
        let [left, _] = levels(&file, |b| b.put(reg::STATUS, status));
        assert!((f64::from(left) - expected).abs() < 30.0, "0x{status:04X}: {left}");
    }
    let mut b = Bench::ready();
    b.put(reg::STATUS, 0x2040);
    b.expect_no_findings();
    b.put(reg::STATUS, 0x7040);
    assert_eq!(b.findings(), ["status-swing"]);
    b.play(&sine(1_000.0, 30_000.0, 8_000));
    b.play_out();
    assert_eq!(loudest(&b.channel(false)), 32_768, "it clips");
}

/// Datasheet, "SCI_VOL": 0xFFFF switches the analog part off; other values switch it on again.
#[test]
fn without_analog_power_nothing_is_heard_and_playing_goes_on() {
    let mut b = Bench::ready_with(Config { vol_ff: true, mute_from: 255, ..Config::default() });
    b.put(reg::VOL, 0xFFFF);
    b.play(&mp3(60)[40 * FRAME..]);
    b.wait(Span::from_ms(20));
    let off = b.channel(false);
    assert!(off.len() > 1_000 && loudest(&off) == 0);
    b.put(reg::VOL, 0x0000);
    b.finish();
    b.play_out();
    assert_eq!(loudest(&b.channel(false)), 6_000);
    assert_eq!(b.report().streams[0].frames, 20 * 1152);
}

/// Datasheet, "Record Monitoring Volume": DAC_VOL is the volume itself, until VOL is written.
#[test]
fn dac_vol_sets_the_volume_behind_vol() {
    let file = sine(1_000.0, 20_000.0, 8_000);
    let [left, right] = levels(&file, |b| b.wram(0xC045, &[0x0102]));
    assert!(left.abs_diff(10_024) < 20 && right.abs_diff(5_024) < 20, "-6 and -12 dB: {left} {right}");
    let [left, _] = levels(&file, |b| {
        b.wram(0xC045, &[0x0102]);
        b.put(reg::VOL, 0x0000);
    });
    assert!(left.abs_diff(20_000) < 20, "{left}");
}

/// VLSI, "VS1053b Patches", playMode: mono, one side on both; without the patches it is a word of memory.
#[test]
fn play_mode_makes_mono() {
    let file = left_only(&sine(1_000.0, 10_000.0, 8_000));
    for (play_mode, expected) in [(0, [10_000, 0]), (1, [5_000, 5_000]), (1 << 9, [10_000, 10_000]), (1 << 10, [0, 0])]
    {
        let mut b = patched();
        b.wram(0x1E09, &[play_mode]);
        b.play(&file);
        b.play_out();
        let heard = [false, true].map(|side| loudest(&b.channel(side)));
        assert!((0..2).all(|s| heard[s].abs_diff(expected[s]) < 10), "0x{play_mode:04X}: {heard:?}");
    }
    let [left, right] = levels(&file, |b| b.wram(0x1E09, &[1]));
    assert!(left > 9_000 && right == 0, "unpatched: {left} {right}");
}

/// VLSI, "VS1053b Patches", playMode and SM_PAUSE: nothing is decoded, DREQ says full, and on it goes without an underrun.
#[test]
fn pausing_stops_the_decoder_and_loses_nothing() {
    // The FIFO is full, so DREQ cannot be waited for.
    let by_play_mode: fn(&mut Bench, bool) = |b, on| {
        b.write(reg::WRAMADDR, 0x1E09);
        b.wait(Span::from_us(20));
        b.write(reg::WRAM, u16::from(on) << 1);
        b.wait(Span::from_us(20));
    };
    let by_mode: fn(&mut Bench, bool) = |b, on| {
        b.write(reg::MODE, 0x4800 | u16::from(on) << 13);
        b.wait(Span::from_us(20));
    };
    for pause in [by_play_mode, by_mode] {
        let mut b = patched();
        let song = mp3(40);
        b.play(&song[..10 * FRAME]);
        pause(&mut b, true);
        // As far as there is room; what has been sent counts on.
        let mut sent = 10 * FRAME;
        while b.level(DREQ) {
            b.sdi(&song[sent..sent + 32]);
            sent += 32;
            b.wait(Span::from_us(50));
        }
        b.wait(Span::from_ms(700));
        assert!(b.chip().quiet(), "what was decoded has been heard");
        let before = b.chip().view().stream_frames;
        assert!(before < 12 * 1152, "{before}");
        pause(&mut b, false);
        b.play(&song[sent..]);
        b.finish();
        b.play_out();
        assert_eq!(b.report().underruns.count, 0);
        let heard = b.channel(false);
        let decoded: Vec<i16> = heard.into_iter().filter(|&s| s != 0).collect();
        assert!(decoded == sound(0..40), "every sample once: {}", decoded.len());
        assert!(b.heard.iter().any(|h| h.sound == Sound::Idle && h.frames > 20_000));
    }
}

/// VLSI, "VS1053b Patches", rate tune: 2 ppm a step, from the next rate on.
#[test]
fn the_rate_tune_bends_the_rate() {
    for (tune, hz) in [(0, 44_100), (10_000, 44_982), (-10_000, 43_218), (-187_000, 27_607), (900_000, 89_258)] {
        let mut b = patched();
        let words = i32::to_le_bytes(tune);
        b.wram(0x1E07, &[0, 1].map(|n| u16::from_le_bytes([words[2 * n], words[2 * n + 1]])));
        b.play(&sine(1_000.0, 10_000.0, 4_000));
        assert_eq!(b.chip().view().sample_rate_hz, hz, "{tune}");
        b.wram(0x1E07, &[0, 0]);
        b.wram(0x5B1C, &[0]);
        b.put(reg::AUDATA, 0xAC45);
        assert_eq!(b.chip().view().sample_rate_hz, 44_100);
    }
}

/// VS1053b Patches, list of fixes: without them a new rate under bass or treble control clears SS_REFERENCE_SEL.
#[test]
fn a_new_rate_under_tone_control_clears_the_reference() {
    for (bass, stays) in [(0x0000, true), (0x00F6, false)] {
        let mut b = Bench::ready();
        b.put(reg::BASS, bass);
        b.put(reg::STATUS, 0x0041);
        b.put(reg::AUDATA, 0x5622);
        assert_eq!(b.findings().contains(&"status-bits-lost"), !stays);
    }
}

/// Both sides of a gap lie on one grid of samples.
#[test]
fn a_fade_keeps_the_grid() {
    let (heard, _, report) = with_a_hole(false);
    let rate = Rate::new(48_000);
    let mut frames = 0;
    for h in &heard {
        assert_eq!(h.start, heard[0].start + rate.span(frames));
        frames += h.frames;
    }
    let gap: u64 = heard
        .iter()
        .skip_while(|h| h.sound == Sound::Decoded)
        .take_while(|h| h.sound != Sound::Decoded)
        .map(|h| h.frames)
        .sum();
    assert_eq!(report.underruns.total, rate.span(gap));
}
