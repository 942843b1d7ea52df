//! The voice by its samples: pitch by counting, loudness by power.

use super::*;
use crate::codecs::tests_support::strength;
use peripherals::chips::vs1053::MIDI_RATE_HZ;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const SECOND: usize = MIDI_RATE_HZ as usize;

fn on(channel: u8, key: u8, velocity: u8) -> MidiEvent {
    MidiEvent::NoteOn { channel, key, velocity }
}

fn controller(channel: u8, number: u8, value: u8) -> MidiEvent {
    MidiEvent::Controller { channel, number, value }
}

/// Left and right of so many frames.
fn heard(synth: &mut Plain, frames: usize) -> [Vec<i16>; 2] {
    let mut pcm = Vec::new();
    synth.render(frames, &mut pcm);
    assert_eq!(pcm.len(), 2 * frames);
    [0, 1].map(|side| pcm.iter().skip(side).step_by(2).copied().collect())
}

fn after(events: &[MidiEvent], frames: usize) -> Vec<i16> {
    let mut synth = Plain::new();
    events.iter().for_each(|&e| synth.send(e));
    let [left, _] = heard(&mut synth, frames);
    left
}

fn power(samples: &[i16]) -> f64 {
    samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / samples.len() as f64
}

fn key_hz(key: f64) -> f64 {
    440.0 * 2f64.powf((key - 69.0) / 12.0)
}

/// General MIDI 1: every program plays the key, not a semitone beside it. (A detuned pair beats, so those get a little slack.)
#[test]
fn every_family_plays_the_pitch_of_the_key() {
    for program in (0..128).step_by(8) {
        for key in [36u8, 60, 84] {
            let choose = MidiEvent::Instrument { channel: 3, program, drums: false };
            let samples = after(&[choose, on(3, key, 100)], SECOND / 2);
            let right = strength(&samples, key_hz(key.into()));
            for beside in [-1.0, -0.5, 0.5, 1.0] {
                let wrong = strength(&samples, key_hz(f64::from(key) + beside));
                assert!(right > 2.0 * wrong, "program {program}, key {key}: {right} against {wrong} at {beside}");
            }
        }
    }
}

/// 440 Hz to a tenth of a hertz: 880 crossings in two seconds.
#[test]
fn a_is_440_hertz() {
    let organ = MidiEvent::Instrument { channel: 0, program: 16, drums: false };
    let samples = after(&[organ, on(0, 69, 100)], 2 * SECOND);
    let best = (4_390..=4_410).max_by(|&a, &b| {
        let at = |tenths: i32| strength(&samples, f64::from(tenths) / 10.0);
        at(a).total_cmp(&at(b))
    });
    assert_eq!(best, Some(4_400));
}

/// MIDI 1.0: the wheel at its top is two semitones up, tuning an octave down an octave.
#[test]
fn wheel_and_tuning_move_the_pitch() {
    let organ = MidiEvent::Instrument { channel: 0, program: 16, drums: false };
    let bent = after(&[organ, on(0, 60, 100), MidiEvent::PitchBend { channel: 0, value: 16_383 }], SECOND / 2);
    assert!(strength(&bent, key_hz(62.0)) > 10.0 * strength(&bent, key_hz(60.0)));
    let tuned = [organ, controller(0, 101, 0), controller(0, 100, 2), controller(0, 6, 52), on(0, 60, 100)];
    let tuned = after(&tuned, SECOND / 2);
    assert!(strength(&tuned, key_hz(48.0)) > 0.02);
}

/// General MIDI 2: half the volume is a quarter of the amplitude, 12 dB.
#[test]
fn volume_velocity_and_pan_count() {
    let loud = |events: &[MidiEvent]| power(&after(&[events, &[on(0, 60, 127)]].concat(), SECOND / 4));
    let full = loud(&[controller(0, 7, 126)]);
    let ratio = |quiet: f64| (full / quiet).log10() * 10.0;
    assert!((ratio(loud(&[controller(0, 7, 63)])) - 12.04).abs() < 0.2);
    assert!((ratio(loud(&[controller(0, 7, 126), MidiEvent::MasterVolume(8191)])) - 12.04).abs() < 0.2);
    let soft = power(&after(&[controller(0, 7, 126), on(0, 60, 63)], SECOND / 4));
    assert!((ratio(soft) - 12.18).abs() < 0.3, "{}", ratio(soft));
    let mut synth = Plain::new();
    synth.send(controller(0, 10, 127));
    synth.send(on(0, 60, 127));
    let [left, right] = heard(&mut synth, SECOND / 4);
    assert!(power(&left) < 1.0 && power(&right) > 1e5);
}

#[test]
fn a_key_up_ends_a_note_unless_a_pedal_is_down() {
    let off = MidiEvent::NoteOff { channel: 0, key: 60 };
    let organ = MidiEvent::Instrument { channel: 0, program: 16, drums: false };
    for (before, lasts, lift) in [
        (&[][..], false, controller(0, 64, 0)),
        (&[controller(0, 64, 127)][..], true, controller(0, 64, 0)),
        (&[controller(0, 66, 127)][..], false, controller(0, 66, 0)),
    ] {
        let mut synth = Plain::new();
        synth.send(organ);
        before.iter().for_each(|&e| synth.send(e));
        synth.send(on(0, 60, 100));
        heard(&mut synth, 1_000);
        synth.send(off);
        heard(&mut synth, SECOND);
        assert_eq!(synth.sounding(), lasts, "{before:?}");
        synth.send(lift);
        heard(&mut synth, SECOND);
        assert!(!synth.sounding(), "it ends with the pedal");
    }
    // Sostenuto keeps the keys that were down when it went down.
    let mut synth = Plain::new();
    let script = [
        organ,
        on(0, 60, 100),
        controller(0, 66, 127),
        on(0, 64, 100),
        off,
        MidiEvent::NoteOff { channel: 0, key: 64 },
    ];
    script.into_iter().for_each(|e| synth.send(e));
    let [left, _] = (0..2).map(|_| heard(&mut synth, SECOND)).next_back().unwrap();
    assert!(strength(&left, key_hz(60.0)) > 0.02 && strength(&left, key_hz(64.0)) < 0.001);
}

#[test]
fn drums_make_a_noise_and_end_by_themselves() {
    for key in 0..=127 {
        let mut synth = Plain::new();
        synth.send(on(9, key, 127));
        let [left, _] = heard(&mut synth, 2_000);
        assert!(power(&left) > 1_000.0, "key {key}: {}", power(&left));
        heard(&mut synth, 8 * SECOND);
        assert!(!synth.sounding(), "key {key}");
    }
    let hat = |events: &[MidiEvent]| power(&after(events, 6_000)[4_000..]);
    let open = MidiEvent::NoteOn { channel: 9, key: 46, velocity: 127 };
    assert!(hat(&[open, on(9, 42, 1)]) * 100.0 < hat(&[open]), "a closed hi-hat ends the open one");
}

#[test]
fn there_are_never_more_voices_than_allowed() {
    let mut synth = Plain::new();
    synth.limit(5);
    for key in 40..80 {
        synth.send(on(0, key, 100));
        heard(&mut synth, 50);
        assert!(synth.voices.iter().filter(|v| !v.fading()).count() <= 5 && synth.voices.len() <= 5 + MOST_FADING);
    }
    let newest = after(&[on(0, 79, 100)], 1_000);
    assert!(power(&newest) > 0.0 && synth.voices.iter().any(|v| v.is(0, 79)), "the newest note sounds");
    heard(&mut synth, SECOND / 10);
    assert_eq!(synth.voices.len(), 5);
    synth.limit(1);
    heard(&mut synth, SECOND / 10);
    assert_eq!(synth.voices.len(), 1);
}

/// All at once at their loudest: clipped, and no panic.
#[test]
fn everything_at_once_is_clipped() {
    let mut synth = Plain::new();
    for channel in 0..16 {
        [7, 11].into_iter().for_each(|number| synth.send(controller(channel, number, 127)));
        (0..128).for_each(|key| synth.send(on(channel, key, 127)));
    }
    let [left, _] = heard(&mut synth, SECOND);
    assert!(left.iter().any(|&s| s == i16::MAX || s == i16::MIN));
}

/// The same samples on every machine; another digest is another voice, which is worth a line in the changelog.
#[test]
fn a_tune_has_its_digest() {
    let mut synth = Plain::new();
    let mut pcm = Vec::new();
    for n in 0..16 {
        synth.send(MidiEvent::Instrument { channel: n, program: n * 8, drums: n == 9 });
        synth.send(on(n, 40 + 2 * n, 60 + 4 * n));
        synth.render(997, &mut pcm);
    }
    let bytes: Vec<u8> = pcm.iter().flat_map(|s| s.to_le_bytes()).collect();
    let digest: String = Sha256::digest(bytes).iter().take(8).map(|b| format!("{b:02x}")).collect();
    assert_eq!(digest, "f1ab73e91a32ce0d");
}

fn any_event() -> impl Strategy<Value = MidiEvent> {
    let channel = || 0u8..=255;
    prop_oneof![
        4 => (channel(), 0u8..=255, 1u8..=255).prop_map(|(channel, key, velocity)| MidiEvent::NoteOn { channel, key, velocity }),
        2 => (channel(), 0u8..=255).prop_map(|(channel, key)| MidiEvent::NoteOff { channel, key }),
        2 => (channel(), 0u8..=255, 0u8..=255).prop_map(|(channel, number, value)| MidiEvent::Controller { channel, number, value }),
        1 => (channel(), 0u8..=255, any::<bool>()).prop_map(|(channel, program, drums)| MidiEvent::Instrument { channel, program, drums }),
        1 => (channel(), any::<u16>()).prop_map(|(channel, value)| MidiEvent::PitchBend { channel, value }),
        1 => channel().prop_map(|channel| MidiEvent::NotesOff { channel }),
        1 => channel().prop_map(|channel| MidiEvent::SoundOff { channel }),
        1 => any::<u16>().prop_map(MidiEvent::MasterVolume),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any events: no panic, and neither a copy nor another cut of the same stretch changes a sample.
    #[test]
    fn how_it_is_cut_and_copied_changes_nothing(
        script in prop::collection::vec((any_event(), 0usize..700), 1..40),
        cuts in prop::collection::vec(1usize..200, 1..8),
        copied in 0usize..40,
    ) {
        let (mut whole, mut pieces) = (Plain::new(), Plain::new());
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for (n, &(event, frames)) in script.iter().enumerate() {
            if n == copied {
                pieces = pieces.clone();
            }
            whole.send(event);
            pieces.send(event);
            whole.render(frames, &mut one);
            let (mut left, mut cut) = (frames, cuts.iter().cycle());
            while left > 0 {
                let part = left.min(*cut.next().unwrap());
                pieces.render(part, &mut other);
                left -= part;
            }
            prop_assert!(whole.voices.len() <= 64 + MOST_FADING);
        }
        prop_assert!(one == other);
    }
}
