//! Sound fonts that the tests make: one sine, on key 69.

use super::*;
use crate::codecs::small_font::small_font;
use crate::codecs::tests_support::strength;

fn on(channel: u8, key: u8) -> MidiEvent {
    MidiEvent::NoteOn { channel, key, velocity: 100 }
}

fn off(channel: u8, key: u8) -> MidiEvent {
    MidiEvent::NoteOff { channel, key }
}

fn synth() -> FontSynth {
    FontSynth::new(Font::parse(&small_font()).expect("it is a font"))
}

fn left(synth: &mut FontSynth, frames: usize) -> Vec<i16> {
    let mut pcm = Vec::new();
    synth.render(frames, &mut pcm);
    pcm.into_iter().step_by(2).collect()
}

/// The sample is 441 Hz on key 69: an octave up it is twice that.
#[test]
fn the_font_is_heard_at_the_pitch_of_the_key() {
    for (key, hz) in [(69, 441.0), (81, 882.0)] {
        let mut synth = synth();
        synth.send(on(0, key));
        let samples = left(&mut synth, 20_000);
        assert!(strength(&samples, hz) > 0.02 && strength(&samples, hz * 1.5) < 0.002, "key {key}");
    }
}

/// A copy that is made in the middle catches up exactly, wheel and controllers included, and so does one across a silence.
#[test]
fn a_copy_goes_on_as_the_original() {
    let mut original = synth();
    let script = [
        (MidiEvent::Controller { channel: 0, number: 7, value: 80 }, 100),
        (on(0, 69), 5_000),
        (MidiEvent::PitchBend { channel: 0, value: 12_000 }, 777),
        (on(9, 40), 1_333),
        (off(0, 69), 3),
        (off(9, 40), 90_000),
        (on(0, 60), 10),
        (MidiEvent::MasterVolume(9_000), 5_000),
    ];
    let mut copies: Vec<FontSynth> = Vec::new();
    for (event, frames) in script {
        copies.push(original.clone());
        original.send(event);
        let heard = left(&mut original, frames);
        for copy in &mut copies {
            copy.send(event);
            assert!(left(copy, frames) == heard, "a copy strays");
        }
    }
}

#[test]
fn how_it_is_cut_changes_nothing() {
    let (mut whole, mut pieces) = (synth(), synth());
    for (event, frames) in
        [(on(0, 69), 1_001), (on(0, 72), 517), (off(0, 69), 60_000), (off(0, 72), 80_000), (on(0, 50), 99)]
    {
        whole.send(event);
        pieces.send(event);
        let one = left(&mut whole, frames);
        let other: Vec<i16> = (0..frames).step_by(7).flat_map(|n| left(&mut pieces, 7.min(frames - n))).collect();
        assert!(one == other);
    }
}

#[test]
fn a_note_ends_and_little_is_kept_of_it() {
    let mut synth = synth();
    assert!(!synth.sounding());
    for _ in 0..3 {
        synth.send(on(0, 69));
        left(&mut synth, 100_000);
        assert!(synth.sounding(), "a key is down");
        synth.send(off(0, 69));
        left(&mut synth, 300_000);
        assert!(!synth.sounding() && synth.kept.len() <= 1, "{} messages are kept", synth.kept.len());
    }
}

/// Firmware may send without end: what is kept has a bound, and copies agree across it.
#[test]
fn what_is_kept_for_copies_has_a_bound() {
    let mut original = synth();
    for n in 0..MOST_KEPT + 10 {
        original.send(on(0, 60 + (n % 2) as u8));
    }
    let mut copy = original.clone();
    assert!(original.kept.len() < 1_000);
    assert!(left(&mut original, 1_000) == left(&mut copy, 1_000));
}

#[test]
fn what_is_no_font_is_refused_with_words() {
    let font = small_font();
    assert!(Font::parse(b"OggS").unwrap_err().contains("no SoundFont"));
    assert!(Font::parse(&font[..font.len() - 50]).unwrap_err().contains("cut short"));
    let mut huge = font.clone();
    let smpl = font.windows(4).position(|w| w == b"smpl").unwrap();
    huge[smpl + 4..smpl + 8].copy_from_slice(&0xFFFF_FFF0u32.to_le_bytes());
    assert!(Font::parse(&huge).unwrap_err().contains("longer than the file"));
    // Any one byte changed: refused or taken, and playing it ends in time.
    for at in (12..font.len()).step_by(17).filter(|at| !(smpl..smpl + 2_000).contains(at)) {
        let mut hurt = font.clone();
        hurt[at] ^= 0xFF;
        if let Ok(font) = Font::parse(&hurt) {
            let mut synth = font.synth();
            synth.send(on(0, 69));
            synth.render(2_000, &mut Vec::new());
        }
    }
}
