//! 49 to 69: streams, their registers, and how they end.

use super::super::super::*;
use super::super::bench::Bench;
use super::super::fake::{FRAME, SAMPLES, adts, flac, mp3, smf, sound, wav};
use super::super::flac::patched;
use super::super::ogg;
use crate::kernel::Rate;

/// (D: "SCI_HDAT0 and SCI_HDAT1", worked example; "SCI_AUDATA").
#[test]
fn oracle_49_mp3_shows_its_header_and_rate() {
    let mut frame = vec![9; 417];
    frame[..4].copy_from_slice(&[0xFF, 0xFB, 0x90, 0x64]);
    let mut b = Bench::ready();
    b.play(&frame.repeat(8));
    assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0), b.get(reg::AUDATA)), (0xFFFB, 0x9064, 0xAC45));
}

/// (D: "SCI_HDAT0 and SCI_HDAT1"): MPEG 2 at 22.05 kHz in mono.
#[test]
fn oracle_50_mono_mpeg_2_shows_half_the_rate_and_goes_to_both_sides() {
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

/// (D: "SCI_HDAT0 and SCI_HDAT1").
#[test]
fn oracle_51_wav_shows_its_byte_rate() {
    let mut b = Bench::ready();
    b.play(&wav(8000, 8000, &[100; 4000]));
    assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0), b.get(reg::AUDATA)), (0x7665, 16_000, 0x1F40));
}

/// (D: "SCI_HDAT0 and SCI_HDAT1"). What is not decoded is a gap by its name.
#[test]
fn oracle_52_ogg_and_aac_show_themselves_and_other_formats_are_named() {
    let mut b = Bench::ready();
    b.play(&ogg::file(30, 0)[..2000]);
    assert_eq!(b.get(reg::HDAT1), 0x4F67);
    let mut b = Bench::ready();
    b.play(&adts(10));
    // 400 bytes for 1024 samples at 44.1 kHz.
    assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0), b.get(reg::AUDATA)), (0x4154, 17_226, 0xAC45));
    let (file, _) = mp4_boxes::tests::file(&[0x12, 0x10], &[400; 5], true);
    let mut b = Bench::ready();
    b.play(&[file, [[1; 800].as_slice(), &[0; 5]].concat(), vec![2; 400]].concat());
    b.wait(Span::from_ms(100));
    assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0), b.get(reg::AUDATA)), (0x4D34, 17_226, 0xAC45));
    let mut b = Bench::ready();
    b.play(&[adif::tests::head(1, 4, true), vec![1; 3000]].concat());
    b.wait(Span::from_ms(100));
    assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0), b.get(reg::AUDATA)), (0x4144, 12_919, 0xAC45));
    let foreign: [(&[u8], &str); 3] = [
        (b"DSD \x1C\0\0\0", "DSD"),
        (b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", "WMA"),
        (&[0x56, 0xE0, 0x10, 0x20], "AAC in LATM"),
    ];
    for (head, name) in foreign {
        let mut b = Bench::ready();
        b.play(&[head, &[0; 64]].concat());
        let latm = b.fabric.world.findings.named("missing-patch");
        let told = b.fabric.world.findings.named("vs1053-codec").or(latm).expect(name);
        assert!(told.detail.starts_with(name), "{}", told.detail);
    }
}

/// (D: "SCI_HDAT0 and SCI_HDAT1", "SCI_STATUS"): MIDI shows itself, and is never to be jumped in.
#[test]
fn oracle_52_midi_shows_itself_and_cannot_be_jumped_in() {
    let mut b = Bench::ready();
    b.play(&smf(96, &[0, 0x90, 60, 100, 96, 0x80, 60, 0, 0, 0xFF, 0x2F, 0]));
    b.wait(Span::from_ms(100));
    assert_eq!((b.get(reg::HDAT1), b.get(reg::AUDATA), b.get(reg::STATUS) >> 15), (0x4D54, 0xAC45, 1));
    b.play_out();
    assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0), b.get(reg::STATUS) >> 15), (0, 0, 0));
    assert_eq!(b.channel(false), [6000; 22_050]);
    b.expect_no_findings();
}

/// (O: libdriver; D: Patches and FLAC Decoder): FLAC without its patch is swallowed.
#[test]
fn oracle_53_flac_without_its_patch_is_silent() {
    let mut b = Bench::ready();
    b.play(&[b"fLaC".as_slice(), &[0x22; 5000]].concat());
    assert_eq!((b.get(reg::HDAT1), b.report().streams.len()), (0, 0));
    assert!(b.level(DREQ) && b.channel(false).is_empty());
    assert_eq!(b.findings(), ["missing-patch"]);
}

/// (O, VLSI's sample code; D: Patches and FLAC Decoder): with it the stream plays and shows itself.
#[test]
fn oracle_53_flac_with_its_patch_plays() {
    let mut b = patched();
    let file = flac(12, 7000);
    b.play(&file[..50_000]);
    // 7000 bytes for 4096 samples at 44.1 kHz, a quarter of it.
    let hdat0 = b.get(reg::HDAT0);
    assert!(b.get(reg::HDAT1) == 0x664C && hdat0.abs_diff(18_841) < 100, "{hdat0}");
    assert_eq!((b.wram_read(0x1E06), b.get(reg::AUDATA)), ([0x55], 0xAC45));
    b.play(&file[50_000..]);
    b.play(&[0x55; 12_288]);
    b.finish();
    assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0)), (0, 0));
    b.play_out();
    let heard: Vec<i16> = (0..12).flat_map(|n| vec![n; 4096]).collect();
    assert!(b.channel(false) == heard && b.channel(true) == heard);
    let stream = &b.report().streams[0];
    assert_eq!((stream.codec, stream.bytes, stream.frames), (Codec::Flac, file.len() as u64, 12 * 4096));
    b.expect_no_findings();
}

/// (D: "SCI_MODE", SM_LAYER12): layers I and II are not decoded without the bit, and the model says which one it is.
#[test]
fn oracle_54_layers_1_and_2_are_silent_unless_asked_for() {
    for (header, codec, samples) in
        [([0xFF, 0xFD, 0x84, 0x00], Codec::Mp2, 1152), ([0xFF, 0xFF, 0xC4, 0x00], Codec::Mp1, 384)]
    {
        let mut frame = vec![1; 384];
        frame[..4].copy_from_slice(&header);
        let mut b = Bench::ready();
        b.put(reg::MODE, 0x4800);
        b.play(&frame.repeat(8));
        assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0)), (0, 0));
        assert!(b.level(DREQ) && b.channel(false).is_empty());
        assert_eq!(b.findings(), ["layer-12-off"]);

        let mut b = Bench::ready();
        b.put(reg::MODE, 0x4802);
        b.play(&frame.repeat(8));
        assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0)), (0xFF00 | u16::from(header[1]), u16::from(header[2]) << 8));
        b.finish();
        b.play_out();
        let stream = &b.report().streams[0];
        assert_eq!((stream.codec, stream.frames, stream.bytes), (codec, 8 * samples, 8 * 384));
        b.expect_no_findings();
    }
}

/// (D: "Extra Parameters", byteRate).
#[test]
fn oracle_55_byte_rate_is_that_of_the_stream() {
    let mut b = Bench::ready();
    b.play(&mp3(120));
    let [rate] = b.wram_read(0x1E05);
    assert!(rate.abs_diff(16_000) <= 800, "{rate}");
}

/// (D: "SCI_DECODE_TIME").
#[test]
fn oracle_56_decode_time_counts_seconds_and_stays_at_the_end() {
    let mut b = Bench::ready();
    let song = mp3(150);
    // A frame is 24 ms: before, between and after whole seconds.
    for (frames, seconds) in [(0..40, 0), (40..45, 1), (45..82, 1), (82..87, 2), (87..150, 3)] {
        b.play(&song[frames.start * FRAME..frames.end * FRAME]);
        b.play_out();
        assert_eq!(b.get(reg::DECODE_TIME), seconds, "after {} frames", frames.end);
    }
    b.finish();
    b.play_out();
    assert_eq!(b.get(reg::DECODE_TIME), 3, "the end of a file does not clear it");
    b.put(reg::DECODE_TIME, 0);
    b.put(reg::DECODE_TIME, 0);
    assert_eq!(b.get(reg::DECODE_TIME), 0);
    // It counts on from there, and from what it is set to.
    b.put(reg::DECODE_TIME, 100);
    b.put(reg::DECODE_TIME, 100);
    b.play(&song[..45 * FRAME]);
    b.finish();
    b.play_out();
    assert_eq!(b.get(reg::DECODE_TIME), 101);
    b.write(reg::MODE, 0x4804);
    b.settle_sci();
    assert_eq!(b.get(reg::DECODE_TIME), 0, "both resets clear it");
}

/// (D: "Extra Parameters", playSpeed): all is decoded, every second frame is heard.
#[test]
fn oracle_57_play_speed_2_takes_two_seconds_a_second() {
    let mut b = Bench::ready();
    b.wram(0x1E04, &[2]);
    b.play(&mp3(170));
    b.finish();
    b.play_out();
    assert_eq!(b.get(reg::DECODE_TIME), 4);
    let heard = b.channel(false);
    assert_eq!(heard.len(), 85 * SAMPLES, "2.04 s");
    assert_eq!(heard[..2 * SAMPLES], [sound(1..2), sound(3..4)].concat());
    assert_eq!(b.report().underruns.count, 0);
    b.expect_no_findings();
}

/// (D: "Data Request Pin DREQ"): 32 bytes a look never overrun. Where DREQ rises is a knob.
#[test]
fn oracle_58_dreq_high_promises_room_for_32_bytes() {
    for dreq_rise_free in [32, 640, 1500] {
        let mut b = Bench::ready_with(Config { dreq_rise_free, ..Config::default() });
        b.play(&mp3(60));
        let fifo = b.report().fifo;
        assert_eq!(fifo.overrun_bytes, 0);
        assert!(fifo.max_bytes > 2016, "it was driven to the brim: {fifo:?}");
        b.expect_no_findings();
    }
}

/// (I, knob `hunt_clki`): what cannot be decoded never blocks, at the highest speed the chip is rated for.
#[test]
fn oracle_59_zeros_into_an_idle_chip_never_hold_dreq_low() {
    for (hunt_clki, held) in [(16, false), (1000, true)] {
        let mut b = Bench::ready_with(Config { hunt_clki, ..Config::default() });
        b.sdi_half = Span::from_ps(46_875);
        b.dreq_edges();
        b.play(&vec![0; 100_000]);
        assert_eq!(!b.dreq_edges().is_empty(), held, "at {hunt_clki} CLKI a byte");
        b.wait(Span::from_ms(100));
        assert_eq!((b.get(reg::HDAT0), b.get(reg::HDAT1)), (0, 0));
        assert_eq!(b.chip().view().fifo_bytes, 0);
        b.expect_no_findings();
    }
}

/// (D: "Cancelling Playback"). After how many bytes is a knob.
#[test]
fn oracle_60_cancel_in_the_middle_drops_the_fifo_and_plays_what_is_decoded() {
    for (cancel_bytes, most) in [(16, 64), (2000, 2048)] {
        let mut b = Bench::ready_with(Config { cancel_bytes, ..Config::default() });
        b.play(&mp3(20));
        let sent = b.cancel(0x55);
        assert!(sent <= most && sent as u32 >= cancel_bytes, "{sent}");
        assert_eq!((b.get(reg::HDAT0), b.get(reg::HDAT1)), (0, 0));
        assert_eq!(b.chip().view().fifo_bytes, 0);
        b.play_out();
        let heard = b.channel(false);
        assert_eq!(heard, sound(0..heard.len() / SAMPLES), "whole frames, in order");
        assert!((10..=20).contains(&(heard.len() / SAMPLES)));
    }
}

/// (O: libdriver cancels before each file).
#[test]
fn oracle_61_cancel_clears_when_idle() {
    let mut b = Bench::ready();
    assert_eq!(b.cancel(0), 32);
}

/// (O: VLSI's sample code).
#[test]
fn oracle_62_cancel_clears_by_two_bytes_at_a_time() {
    let mut b = Bench::ready();
    b.put(reg::MODE, 0x4808);
    let mut sent = 0;
    while b.get(reg::MODE) & mode::SM_CANCEL != 0 {
        b.play(&[0, 0]);
        sent += 2;
        assert!(sent <= 64);
    }
}

/// (D: "Playing a Whole File"): every sample of the file comes out and nothing is broken.
#[test]
fn oracle_63_a_whole_file_comes_out_to_the_last_sample() {
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

/// (D: "Playing a Whole File"): without an end procedure between them, and with one.
#[test]
fn oracle_64_files_play_back_to_back() {
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

/// (D: "Extra Parameters", resync).
#[test]
fn oracle_65_resync_0_ends_a_wav_by_its_length() {
    let file = wav(8000, 2000, &[500; 1000]);
    for (resync, sound) in [(0, 1000), (32_767, 2000)] {
        let mut b = Bench::ready();
        b.wram(0x1E29, &[resync]);
        b.play(&file);
        // As samples: 0x1111.
        b.play(&[0x11; 2000]);
        b.play(&[0; 64]);
        b.play_out();
        let heard = b.channel(false);
        assert!(heard[..1000].iter().all(|&s| s == 500));
        assert_eq!(heard.iter().filter(|&&s| s != 0).count(), sound, "resync = {resync}");
    }
}

/// (D: "Supported RIFF WAV Formats"): without a length it plays until SM_CANCEL.
#[test]
fn oracle_66_a_wav_stream_without_length_plays_on() {
    let mut b = Bench::ready();
    b.play(&wav(8000, u32::MAX, &[1000; 4000]));
    b.play(&1000i16.to_le_bytes().repeat(20_000));
    assert_eq!(b.get(reg::HDAT1), 0x7665);
    b.cancel(0);
    assert_eq!(b.get(reg::HDAT1), 0);
    b.play_out();
    assert!(b.channel(false).len() > 20_000 && b.channel(false).iter().all(|&s| s == 1000));
}

/// (D: "Audio FIFO"): the output fades to silence, nothing twice, and on it goes. The gap is counted because a frame of the same stream follows.
#[test]
fn oracle_67_an_underrun_is_silence_of_its_length() {
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
    let fade = b.heard.iter().find(|h| h.sound == Sound::Fade).expect("the output does not break off");
    assert!(fade.samples[0] < 1_000 && fade.samples.is_sorted_by(|a, b| a >= b), "from the last sample downwards");
    assert_eq!(u.first, Some(b.heard[0].start + Rate::new(48_000).span(10 * SAMPLES as u64)));
    b.expect_no_findings();
}

/// (D: "SCI_AUDATA"): writing the rate changes the pace at once.
#[test]
fn oracle_68_writing_audata_changes_the_rate_of_what_plays() {
    let mut b = Bench::ready();
    b.play(&wav(44_100, u32::MAX, &[900; 8000]));
    b.put(reg::AUDATA, 0x5622);
    b.play(&[0; 512]);
    b.play_out();
    b.channel(false);
    let frames = |hz: u32| b.heard.iter().filter(|h| h.rate_hz == hz).map(|h| h.frames).sum::<u64>();
    assert!(frames(44_100) > 1000 && frames(22_050) > 1000);
    assert_eq!(frames(44_100) + frames(22_050), 8000 + 256);
}

/// (D: "Extra Parameters", positionMsec): for Ogg Vorbis, and not for MP3.
#[test]
fn oracle_69_position_counts_for_vorbis_only() {
    let position = |b: &mut Bench| {
        let [low, high] = b.wram_read(0x1E27);
        u64::from(high) << 16 | u64::from(low)
    };
    let song = ogg::file(45, 0);
    let mut b = Bench::ready();
    assert_eq!(position(&mut b), 0xFFFF_FFFF, "nothing plays");
    let mut seen = Vec::new();
    for piece in song.chunks(1_000) {
        b.play(piece);
        b.play_out();
        seen.push(position(&mut b));
    }
    seen.retain(|&ms| ms != 0xFFFF_FFFF);
    seen.dedup();
    assert!(seen.len() > 3 && seen.is_sorted(), "{seen:?}");
    let stream = b.report().streams[0].clone();
    let end = stream.frames * 1_000 / u64::from(stream.sample_rate_hz);
    assert!(seen.last().is_some_and(|ms| ms.abs_diff(end) <= 1), "{seen:?}, {end} ms in all");
    for other in [mp3(20), wav(8_000, 2_000, &[500; 1_000])] {
        let mut b = Bench::ready();
        b.play(&other);
        b.play_out();
        assert!(b.report().streams[0].frames > 0);
        assert_eq!(position(&mut b), 0xFFFF_FFFF);
    }
}
