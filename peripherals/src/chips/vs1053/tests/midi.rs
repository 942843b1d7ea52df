//! MIDI files and real-time MIDI at the pins, with a synthesiser whose samples are the keys that are down.

use super::super::*;
use super::bench::{Bench, Heard};
use super::fake::{mp3, smf};

const GPIO1: PinId = PinId(GPIO0.0 + 1);
const END: [u8; 4] = [0, 0xFF, 0x2F, 0];

/// Keys 60, 64 and 67, each for a beat of `frames`, the last two together with what was before.
const CHORD: [u8; 16] = [0, 0x90, 60, 1, 96, 64, 1, 96, 67, 1, 96, 0xB0, 123, 0, 96, 60];

fn finished(b: &mut Bench) {
    b.finish();
    b.play_out();
}

/// Standard MIDI Files 1.0: 96 ticks a quarter, 120 quarters a minute until the file says 240.
#[test]
fn a_file_sounds_as_long_as_its_tempo_says() {
    let faster = [0, 0xFF, 0x51, 3, 0x03, 0xD0, 0x90];
    for (head, beat) in [(&[][..], 22_050), (&faster[..], 11_025)] {
        let file = smf(96, &[head, &CHORD[..14], &[96, 0xC0, 0], &END].concat());
        let mut b = Bench::ready();
        b.play(&file);
        finished(&mut b);
        let expected = [vec![6_000; beat], vec![12_400; beat], vec![19_100; beat], vec![0; beat]].concat();
        assert!(b.channel(false) == expected, "{} samples", b.channel(false).len());
        let r = b.report();
        let [s] = &r.streams[..] else { panic!("{:?}", r.streams) };
        assert_eq!((s.codec, s.bytes, s.frames), (Codec::Midi, file.len() as u64, 4 * beat as u64));
        assert_eq!((s.sample_rate_hz, s.channels, r.underruns.count), (44_100, 2, 0));
        b.expect_no_findings();
    }
}

/// D, "SCI_DECODE_TIME"; "Extra Parameters", bytesLeft; "SCI_HDAT0 and SCI_HDAT1": average bytes a second.
#[test]
fn registers_show_how_far_a_file_is() {
    // Three seconds, with a name of 300 bytes in front, and half a second.
    let name = [&[0, 0xFF, 1, 0x82, 0x2C][..], &[b'a'; 300]].concat();
    let track = [&name[..], &[0, 0x90, 60, 1, 0x84, 0x40, 64, 1, 96, 60, 0], &END].concat();
    let mut b = Bench::ready();
    b.play(&smf(96, &track));
    assert!(b.get(reg::HDAT0) > 3_000, "bytes a second in the first moments");
    b.wait(Span::from_ms(2_900));
    assert_eq!((b.get(reg::DECODE_TIME), b.wram_read(0x1E2A)), (2, [9, 0]));
    let average = b.get(reg::HDAT0);
    assert!((100..=130).contains(&average), "332 bytes in 2.9 s: {average}");
    finished(&mut b);
    assert_eq!((b.get(reg::DECODE_TIME), b.wram_read(0x1E2A)), (3, [0, 0]));
}

/// D, "Cancelling Playback" and list of fixes: SS_DO_NOT_JUMP stays set by the erratum.
#[test]
fn a_file_can_be_cancelled() {
    let mut b = Bench::ready();
    b.play(&smf(96, &[0, 0x90, 60, 1, 0xFF, 0xFF, 0xFF, 0x7F, 60, 0]));
    b.wait(Span::from_ms(500));
    assert!(b.level(DREQ), "a few bytes sound for long");
    assert!(b.cancel(0) <= 64);
    assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0), b.get(reg::STATUS) >> 15), (0, 0, 1));
    b.play_out();
    let before = b.channel(false).len();
    assert!((24_000..=26_000).contains(&before), "half a second and what was in the audio FIFO: {before}");
    b.play(&mp3(4));
    b.finish();
    b.play_out();
    assert_eq!(b.report().streams.len(), 2);
}

/// A long note lets nothing into a full FIFO, so that no data can bring SM_CANCEL to notice.
#[test]
fn a_song_can_be_cancelled_with_the_fifo_full() {
    let mut b = Bench::ready();
    b.play(&smf(96, &[&[0, 0x90, 60, 1, 0xFF, 0xFF, 0xFF, 0x7F, 60, 0][..], &END].concat()));
    b.play(&[0; 2_016]);
    b.sdi(&[0; 2]);
    b.wait(Span::from_ms(100));
    assert!(!b.level(DREQ));
    b.write(reg::MODE, 0x4808);
    b.wait(Span::from_ms(60));
    assert!(b.level(DREQ));
    assert_eq!((b.get(reg::MODE), b.get(reg::HDAT1)), (0x4800, 0));
    b.play_out();
}

/// A hundred notes of 10 ms; what comes after a file is looked at anew, even right behind it.
#[test]
fn files_follow_one_another() {
    let scale: Vec<u8> = (0..100).flat_map(|n| [0, 0x90, 20 + n, 1, 10, 20 + n, 0]).collect();
    let file = smf(500, &[&scale[..], &END].concat());
    let mut b = Bench::ready();
    b.play(&[&file[..], &file, &mp3(6)].concat());
    finished(&mut b);
    let r = b.report();
    let seen: Vec<_> = r.streams.iter().map(|s| (s.codec, s.bytes)).collect();
    let length = file.len() as u64;
    assert_eq!(seen, [(Codec::Midi, length), (Codec::Midi, length), (Codec::Mp3, 6 * 384)]);
    assert_eq!(r.streams[0].pcm_sha256, r.streams[1].pcm_sha256);
    let heard = b.channel(false);
    assert!(heard[..441].iter().all(|&s| s == 2_000) && heard[441] == 2_100, "the first key, and the second");
}

/// The same bytes sound the same, however they come; only a song whose bytes are late has gaps.
#[test]
fn how_the_bytes_come_changes_no_sample() {
    let notes: Vec<u8> = (0..60).flat_map(|n| [n % 7, 0x90, 40 + n, 1, 12, 0x80, 40 + n, 0]).collect();
    let file = smf(480, &[&notes[..], &END].concat());
    let digest = |send: &dyn Fn(&mut Bench)| {
        let mut b = Bench::ready();
        send(&mut b);
        finished(&mut b);
        let r = b.report();
        (r.streams[0].pcm_sha256, r.underruns.count)
    };
    let (whole, none) = digest(&|b| b.play(&file));
    let (pairs, gaps) = digest(&|b| {
        for pair in file.chunks(2) {
            b.play(pair);
            b.wait(Span::from_ms(5));
        }
    });
    assert_eq!((whole, none), (pairs, 0));
    assert!(gaps > 0, "5 ms for two bytes is too slow");
}

/// D, "Supported MIDI Formats".
#[test]
fn formats_1_and_2_are_told_of_and_swallowed() {
    for format in [1, 2] {
        let mut file = smf(96, &[&CHORD[..], &[0; 5_000]].concat());
        file[9] = format;
        let mut b = Bench::ready();
        b.play(&file);
        assert_eq!((b.get(reg::HDAT1), b.report().streams.len()), (0, 0));
        assert!(b.level(DREQ) && b.channel(false).is_empty());
        assert_eq!(b.findings(), ["midi-format"]);
    }
}

#[test]
fn a_damaged_file_ends_where_it_makes_no_sense() {
    let mut b = Bench::ready();
    b.play(&smf(96, &[0, 0x90, 60, 1, 96, 0x90, 0x90, 0, 0, 0]));
    finished(&mut b);
    assert_eq!(b.findings(), ["undecodable-packet"]);
    assert_eq!((b.channel(false).len(), b.get(reg::HDAT1)), (22_050, 0));
}

/// D, "Supported MIDI Formats": 43 MHz gives 19 to 31 voices, and there are never more than 64.
#[test]
fn voices_are_as_many_as_the_clock_has_cycles_for() {
    let keys: Vec<u8> = (0..80).flat_map(|key| [0, 0x90, key, 1]).collect();
    let file = smf(96, &[&keys[..], &[96, 0xC0, 0], &END].concat());
    for (clockf, midi_voice_khz, voices) in
        [(0x0000, 1_382, 8), (0x8800, 1_382, 31), (0xC000, 1_382, 40), (0xC000, 500, 64), (0x8800, 2_200, 19)]
    {
        let mut b = Bench::ready_with(Config { midi_voice_khz, ..Config::default() });
        b.sdi_half = Span::from_us(1);
        b.put(reg::CLOCKF, clockf);
        b.play(&file);
        finished(&mut b);
        assert_eq!(b.channel(true), vec![voices; 22_050], "CLOCKF = 0x{clockf:04X}");
    }
}

fn live(config: Config) -> Bench {
    let mut b = Bench::with(config, &[GPIO1]);
    b.set(XRESET, true);
    b.until_dreq(true);
    b
}

/// The first moment from `since` on at which a sample of left is `value`.
fn first(b: &mut Bench, since: Instant, value: i16) -> Option<Instant> {
    b.channel(false);
    let when = |h: &Heard| {
        let rate = crate::kernel::Rate::new(u64::from(h.rate_hz));
        let moment = |n: usize| h.start + rate.span(n as u64);
        let left = h.samples.iter().step_by(2).enumerate();
        left.filter(|&(n, &s)| s == value && moment(n) >= since).map(|(n, _)| moment(n)).next()
    };
    b.heard.iter().find_map(when)
}

/// Knob `midi_latency`: a message is heard that many samples after its last bit, or up to 32 less; the first one too.
#[test]
fn a_note_is_heard_within_the_latency() {
    for samples in [32, 128, 1024] {
        let mut b = live(Config { midi_latency: samples, ..Config::default() });
        let most = crate::kernel::Rate::new(44_100).span(u64::from(samples) + 1);
        let least = crate::kernel::Rate::new(44_100).span(u64::from(samples) - 32);
        for (n, key) in [60u8, 64, 67].into_iter().enumerate() {
            b.sdi(&[0, 0x90, 0, key]);
            b.sdi(&[0, 0x7F]);
            let sent = b.now();
            b.wait(Span::from_ms(33));
            let value = [6_000, 12_400, 19_100][n];
            let late = first(&mut b, sent, value).expect("it sounds").since(sent);
            assert!((least..=most).contains(&late) || late + Span::from_us(2) >= least, "{late}, {samples} samples");
        }
        assert_eq!(b.findings(), ["midi-boot"]);
    }
}

/// D, "Real-Time MIDI": 31,250 bit/s at RX, 320 us a byte.
#[test]
fn notes_at_rx_are_heard_and_silence_ends_the_work() {
    let mut b = live(Config::default());
    let send = |b: &mut Bench, bytes: &[u8]| {
        for &byte in bytes {
            for n in 0..10 {
                b.set(RX, (u16::from(byte) << 1 | 1 << 9) >> n & 1 == 1);
                b.wait(Span::from_us(32));
            }
        }
    };
    assert!(b.chip().quiet(), "without a note nothing goes on");
    send(&mut b, &[0x90, 0x3C, 0x40, 0x40, 0x40]);
    b.wait(Span::from_ms(20));
    assert!(b.channel(false).ends_with(&[12_400; 600]));
    send(&mut b, &[0x3C, 0, 0x40, 0]);
    // With the DAC's way to zero.
    b.wait(Span::from_ms(40));
    assert!(b.chip().quiet() && b.level(DREQ));
    send(&mut b, &[0x91, 0x10, 1, 0xB1, 120, 0]);
    b.play_out();
    let r = b.report();
    assert_eq!(
        (r.streams.len(), r.streams[0].codec, r.streams[0].bytes, r.underruns.count),
        (1, Codec::LiveMidi, 15, 0)
    );
    assert_eq!(b.findings(), ["midi-boot"]);
}

/// O: an early datasheet and a board's manual have 0xFF before each byte (knob `midi_prefix`).
#[test]
fn words_without_a_zero_in_front_are_told_of() {
    for (midi_prefix, heard) in [(false, 0), (true, 6_000)] {
        let mut b = live(Config { midi_prefix, ..Config::default() });
        b.sdi(&[0xFF, 0x90, 0xFF, 0x3C, 0xFF, 0x7F]);
        b.wait(Span::from_ms(20));
        assert_eq!(b.channel(false).last().copied().unwrap_or(0), heard);
        assert_eq!(b.findings(), ["midi-boot", "midi-prefix"]);
        assert_eq!(b.fabric.world.findings.named("midi-prefix").unwrap().detail, "SDI 0xFF90");
    }
}

/// D, "Real-Time MIDI": the parser in ROM cannot skip SysEx (knob `midi_sysex`).
#[test]
fn a_sysex_plays_wrong_notes() {
    for (midi_sysex, heard) in [(false, 18_000), (true, 6_000)] {
        let mut b = live(Config { midi_sysex, ..Config::default() });
        b.sdi(&[0, 0x90, 0, 0x3C, 0, 0x7F, 0, 0xF0, 0, 0x78, 0, 0x01, 0, 0xF7]);
        b.wait(Span::from_ms(20));
        assert_eq!(b.channel(false).last(), Some(&heard));
        assert_eq!(b.findings().contains(&"midi-sysex"), !midi_sysex);
    }
}

/// D, "Extra Parameters", config1: rooms are a gap; no reverb is what there is.
#[test]
fn a_room_is_a_gap() {
    let mut b = Bench::ready();
    b.wram(0x1E03, &[1]);
    b.wram(0x1E03, &[0x20]);
    b.expect_no_findings();
    b.wram(0x1E03, &[9]);
    assert_eq!(b.findings(), ["vs1053-midi-reverb"]);
}

/// A copy of the chip plays on as the original does, in the middle of a note and of a file.
#[test]
fn a_copy_plays_the_same() {
    let mut file = Bench::ready();
    file.play(&smf(96, &[&CHORD[..14], &[96, 0xC0, 0], &END].concat()));
    let mut notes = live(Config::default());
    notes.sdi(&[0, 0x90, 0, 0x3C, 0, 0x7F]);
    for mut original in [file, notes] {
        original.wait(Span::from_ms(77));
        let mut copy = original.clone();
        for b in [&mut original, &mut copy] {
            b.wait(Span::from_ms(700));
            b.sdi(&[0, 0x90, 0, 0x40, 0, 0x7F]);
            b.wait(Span::from_ms(700));
        }
        assert!(original.channel(false) == copy.channel(false) && original.channel(false).len() > 40_000);
        assert_eq!(original.report(), copy.report());
    }
}

/// A software reset with the pins low ends the mode and its notes.
#[test]
fn a_reset_ends_the_notes() {
    let mut b = live(Config::default());
    b.sdi(&[0, 0x90, 0, 0x3C, 0, 0x7F]);
    b.wait(Span::from_ms(20));
    b.put(reg::MODE, 0x0808);
    b.put(reg::MODE, 0x0800);
    b.wait(Span::from_ms(20));
    assert_eq!(b.channel(false).last(), Some(&6_000), "SM_CANCEL is for streams");
    b.wram(0xC017, &[3]);
    b.wram(0xC019, &[0]);
    b.put(reg::MODE, 0x0804);
    b.play_out();
    assert!(b.chip().quiet());
    assert_ne!(b.get(reg::AUDATA), 0xAC45);
}
