//! Playing: pace, ends, underruns, volume.

use super::super::*;
use super::bench::Bench;
use super::fake::{FRAME, SAMPLES, mp3};

/// What `frames` of the fake stream sound like.
fn sound(frames: core::ops::Range<usize>) -> Vec<i16> {
    frames.flat_map(|n| vec![(n as i16 % 100 + 1) * 100; SAMPLES]).collect()
}

/// Oracles 58 and 63 (D: "Playing a Whole File"): every sample of the file comes out and nothing is broken.
#[test]
fn a_whole_file_comes_out_to_the_last_sample() {
    let mut b = Bench::ready();
    b.play(&mp3(50));
    let sent = b.finish();
    assert!(sent <= 64, "SM_CANCEL took {sent} bytes");
    assert_eq!((b.get(reg::HDAT0), b.get(reg::HDAT1)), (0, 0));
    b.play_out();
    assert!(b.channel(false) == sound(0..50) && b.channel(true) == sound(0..50));
    assert_eq!(b.report().underruns, Underruns::default());
    b.expect_no_findings();
}

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

/// Oracle 49 (D: "SCI_HDAT0 and SCI_HDAT1"), with the header of this stream; AUDATA as in the worked value 0xBB81.
#[test]
fn registers_show_the_stream() {
    let mut b = Bench::ready();
    b.play(&mp3(10));
    assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0)), (0xFFFB, 0x9400));
    assert_eq!(b.get(reg::AUDATA), 0xBB81);
}

/// Oracle 50 (D): MPEG 2 at 22.05 kHz in mono.
#[test]
fn a_mono_mpeg_2_stream_shows_half_the_rate_and_goes_to_both_sides() {
    let mut frame = vec![7; 208];
    frame[..4].copy_from_slice(&[0xFF, 0xF3, 0x80, 0xC4]);
    let mut b = Bench::ready();
    b.play(&frame.repeat(8));
    b.play(&[0; 64]);
    assert_eq!((b.get(reg::HDAT1), b.get(reg::AUDATA)), (0xFFF3, 0x5622));
    b.play_out();
    assert_eq!(b.channel(false), vec![700; 8 * 576]);
    assert_eq!(b.channel(false), b.channel(true));
    let r = b.report();
    assert_eq!((r.streams[0].channels, r.streams[0].frames, r.streams[0].sample_rate_hz), (1, 8 * 576, 22_050));
}

/// Oracle 56 (D: "SCI_DECODE_TIME") and 55 (D: byteRate).
#[test]
fn decode_time_counts_seconds_and_stays_at_the_end() {
    let mut b = Bench::ready();
    b.play(&mp3(150));
    b.finish();
    b.play_out();
    assert_eq!(b.get(reg::DECODE_TIME), 3);
    let [rate] = b.wram_read(0x1E05);
    assert!(rate.abs_diff(16_000) <= 400, "{rate}");
    b.put(reg::DECODE_TIME, 0);
    assert_eq!(b.get(reg::DECODE_TIME), 0);
}

/// Oracle 60 (D: "Cancelling Playback").
#[test]
fn cancel_in_the_middle_drops_the_fifo_and_plays_what_is_decoded() {
    let mut b = Bench::ready();
    b.play(&mp3(20));
    let sent = b.cancel(0x55);
    assert!(sent <= 64, "{sent}");
    assert_eq!((b.get(reg::HDAT0), b.get(reg::HDAT1)), (0, 0));
    assert_eq!(b.chip().view().fifo_bytes, 0);
    b.play_out();
    let heard = b.channel(false);
    assert_eq!(heard, sound(0..heard.len() / SAMPLES), "whole frames, in order");
    assert!((10..20).contains(&(heard.len() / SAMPLES)));
}

/// Oracles 61 and 62 (O: libdriver cancels before it plays; VLSI's sample code sends two bytes at a time).
#[test]
fn cancel_clears_when_idle_and_by_small_portions() {
    let mut b = Bench::ready();
    assert_eq!(b.cancel(0), 32);
    b.put(reg::MODE, 0x4808);
    let mut sent = 0;
    while b.get(reg::MODE) & mode::SM_CANCEL != 0 {
        b.play(&[0, 0]);
        sent += 2;
        assert!(sent <= 64);
    }
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

/// Oracle 67 (D): silence, nothing twice, and on it goes. The gap is counted because a frame of the same stream follows.
#[test]
fn an_underrun_is_silence_of_its_length() {
    let mut b = Bench::ready();
    let song = mp3(20);
    b.play(&song[..10 * FRAME]);
    b.wait(Span::from_ms(500));
    assert_eq!(b.report().underruns.count, 0, "not yet: it might have been the end");
    b.play(&song[10 * FRAME..]);
    b.finish();
    b.play_out();
    let u = b.report().underruns;
    let ms = u.total.as_ps() / 1_000_000_000;
    assert_eq!(u.count, 1);
    assert!((200..500).contains(&ms), "{ms} ms");
    let silent = (u.total.as_ps() / 1_000 * 48 + 500_000) / 1_000_000;
    let silent = usize::try_from(silent).unwrap();
    let heard = b.channel(false);
    assert_eq!(heard.len(), 20 * SAMPLES + silent);
    let expected = [sound(0..10), vec![0; silent], sound(10..20)].concat();
    assert!(heard == expected);
    assert_eq!(u.first, Some(b.heard[0].start + crate::kernel::Rate::new(48_000).span(10 * SAMPLES as u64)));
    b.expect_no_findings();
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

/// Oracle 64 (D): two files back to back, without an end procedure between, and with one.
#[test]
fn files_play_back_to_back() {
    let mut b = Bench::ready();
    b.play(&mp3(8));
    b.play(&mp3(8));
    b.finish();
    b.play(&mp3(8));
    b.finish();
    b.play_out();
    let heard: Vec<i16> = b.channel(false).into_iter().filter(|&s| s != 0).collect();
    assert_eq!(heard, [sound(0..8), sound(0..8), sound(0..8)].concat());
    assert_eq!(b.report().streams.iter().map(|s| s.frames).collect::<Vec<_>>(), [16 * 1152, 8 * 1152]);
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

/// D, "SCI_VOL": a change takes effect in the middle of what is queued, not after it.
#[test]
fn a_change_of_vol_is_heard_at_once() {
    let mut b = Bench::ready();
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
