//! Playing: pace, ends, underruns, volume.

use super::super::*;
use super::bench::Bench;
use super::fake::{FRAME, mp3};

/// The FIFO empties at the pace of the audio: a good driver takes as long as the song, less what the chip can hold.
#[test]
fn a_stream_goes_in_at_the_pace_of_the_audio() {
    let mut b = Bench::ready();
    let start = b.now();
    b.play(&mp3(100));
    let took = b.now().since(start).as_ps() / 1_000_000_000;
    // 2400 ms; 128 ms are in the FIFO, up to 43 + 24 ms in the audio FIFO and before it, 40 ms of room until DREQ rises.
    assert!((2_150..2_300).contains(&took), "{took} ms");
}

/// Bytes leave the FIFO a few at a time, never a frame at once.
#[test]
fn a_frame_leaves_the_fifo_gradually() {
    let mut b = Bench::ready();
    b.play(&mp3(10));
    let (mut last, mut steps) = (b.chip().view().fifo_bytes, 0);
    for _ in 0..4_000 {
        b.wait(Span::from_us(10));
        let now = b.chip().view().fifo_bytes;
        assert!(last - now <= 16, "{last} to {now} in 10 us");
        steps += u32::from(now != last);
        last = now;
    }
    assert!(steps > 20, "{steps}");
}

/// O: Adafruit's stopPlaying sets SM_CANCEL, sends nothing, and later writes MODE without it.
#[test]
fn clearing_cancel_by_hand_ends_the_stream_as_well() {
    let mut b = Bench::ready();
    b.play(&mp3(10));
    b.put(reg::MODE, 0x4808);
    b.put(reg::MODE, 0x4800);
    assert_eq!((b.get(reg::HDAT1), b.chip().view().codec), (0, None));
}

/// A second of output is a second: blocks follow one another without a gap.
#[test]
fn output_has_no_holes() {
    let mut b = Bench::ready();
    for _ in 0..3 {
        b.play(&mp3(7));
        b.finish();
        b.wait(Span::from_ms(333));
    }
    b.play_out();
    b.channel(false);
    assert!(b.heard.iter().any(|h| h.sound == Sound::Idle));
    let rate = crate::kernel::Rate::new(48_000);
    let (start, mut frames) = (b.heard[0].start, 0);
    for h in &b.heard {
        assert_eq!(h.start, start + rate.span(frames));
        frames += h.frames;
    }
    assert_eq!(b.report().underruns.count, 0, "silence between files is no underrun");
}

/// D, "SCI_VOL": 0x0407 is -2.0 dB left and -3.5 dB right; 0xFEFE is silence.
#[test]
fn vol_attenuates_each_side() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0x0407);
    b.play(&mp3(100)[99 * FRAME..].repeat(4));
    b.play(&[0; 64]);
    b.play_out();
    let expected = |db: f64| (10_000.0 * 10f64.powf(-db / 20.0)).round() as i16;
    assert!(b.channel(false).iter().all(|&s| s == expected(2.0)));
    assert!(b.channel(true).iter().all(|&s| s == expected(3.5)));
    let decoded = b.report().streams[0].pcm_sha256;
    let mut silent = Bench::ready();
    silent.put(reg::VOL, 0xFEFE);
    silent.play(&mp3(100)[99 * FRAME..].repeat(4));
    silent.play(&[0; 64]);
    silent.play_out();
    assert!(silent.channel(false).iter().all(|&s| s == 0));
    assert_eq!(silent.report().streams[0].pcm_sha256, decoded, "before volume");
}

/// D, "SCI_VOL": a change takes effect in the middle of what is queued, not after it. These samples never cross zero.
#[test]
fn a_change_of_vol_is_heard_at_once() {
    let mut b = Bench::ready_with(Config { vol_timeout_us: 0, ..Config::default() });
    b.play(&mp3(6));
    b.put(reg::VOL, 0xFEFE);
    let changed = b.now();
    b.play(&[0; 64]);
    b.play_out();
    let heard = b.channel(false);
    let silent_at =
        b.heard[0].start + crate::kernel::Rate::new(48_000).span(heard.iter().take_while(|&&s| s != 0).count() as u64);
    assert!(silent_at > Instant::ZERO && changed.since(silent_at) < Span::from_us(40), "{silent_at} {changed}");
}

/// The wake-ups that let the output be collected end with the sound.
#[test]
fn a_chip_that_has_played_out_sleeps() {
    let mut b = Bench::ready();
    b.play(&mp3(5));
    b.wait(Span::from_ms(1000));
    assert!(b.chip().quiet());
    assert_eq!(b.fabric.world.sched.next(), None);
    let longest = b.heard.iter().map(|h| h.frames).max();
    assert!(longest <= Some(48 * 20 + 1), "collected at least every 20 ms: {longest:?}");
    assert_eq!(b.report().uncollected_samples, 0);
}

/// O, Adafruit's stopPlaying; whether clearing SM_CANCEL by hand ends the stream is undocumented.
#[test]
fn what_clearing_cancel_does_is_a_knob() {
    let mut b = Bench::ready_with(Config { cancel_cleared: true, ..Config::default() });
    b.play(&mp3(10));
    b.put(reg::MODE, 0x4808);
    b.put(reg::MODE, 0x4800);
    assert_eq!(b.get(reg::HDAT1), 0xFFFB);
}

/// VOL where the datasheet is silent: one byte of 0xFF, and attenuations below the steps of DAC_VOL.
#[test]
fn the_ends_of_vol_are_knobs() {
    for (config, vol, left) in [
        (Config::default(), 0xFF00, 0),
        (Config { vol_ff: true, mute_from: 255, ..Config::default() }, 0xB500, 1),
        (Config::default(), 0xB500, 0),
        (Config::default(), 0xB400, 1),
        (Config { mute_from: 12, ..Config::default() }, 0x0C00, 0),
    ] {
        let mut b = Bench::ready_with(config);
        b.put(reg::MODE, 0x4820);
        b.put(reg::VOL, vol);
        b.sdi(&[0x53, 0xEF, 0x6E, 0x44, 0, 0, 0, 0]);
        b.wait(Span::from_ms(20));
        assert_eq!(b.channel(false).into_iter().max(), Some(left), "VOL = 0x{vol:04X}");
    }
}
