//! Pitch as whole numbers: 256 steps a semitone, and from those how far an oscillator turns in a sample.

use peripherals::chips::vs1053::MIDI_RATE_HZ;

/// Steps of a semitone.
pub(super) const SEMITONE: i32 = 256;
const OCTAVE: usize = 12 * SEMITONE as usize;
/// 2^(1/3072), the ratio of two steps, as a fraction of 2^63.
const STEP: u128 = 0x8007_64F7_AAEB_8870;
/// What key 120, at 8372.018 Hz, turns in a sample, in 2^-62 turns.
const KEY_120: u128 = 875_490_221_540_086_924;
/// The highest pitch there is; beyond it nothing changes.
const TOP: i32 = 132 * SEMITONE - 1;

/// The octave from key 120 on, in 2^-32 turns a sample.
static OCTAVE_120: [u32; OCTAVE] = octave();

const fn octave() -> [u32; OCTAVE] {
    const { assert!(MIDI_RATE_HZ == 44_100) };
    let mut table = [0; OCTAVE];
    let mut exact = KEY_120;
    let mut n = 0;
    while n < OCTAVE {
        table[n] = ((exact + (1 << 29)) >> 30) as u32;
        exact = (exact * STEP) >> 63;
        n += 1;
    }
    table
}

/// 2^-32 turns a sample at `pitch`, 0 for key 0 (8.176 Hz) and 256 a semitone.
pub(super) fn turn(pitch: i32) -> u32 {
    let pitch = pitch.clamp(0, TOP) as usize;
    OCTAVE_120[pitch % OCTAVE] >> (10 - pitch / OCTAVE)
}

/// Steps of a whole turn.
const TURN: usize = 4096;
/// Sine and cosine of a step in 2^-60.
const STEP_SIN: i128 = 1_768_558_744_408_523;
const STEP_COS: i128 = 1_152_920_148_139_012_899;

static SINE: [i16; TURN] = sine_table();

const fn sine_table() -> [i16; TURN] {
    let mut table = [0; TURN];
    let (mut sin, mut cos): (i128, i128) = (0, 1 << 60);
    let mut n = 0;
    while n < TURN {
        // Rounded to the nearest; 32767 is 1.
        table[n] = ((sin * 32_767 + (1 << 59)) >> 60) as i16;
        (sin, cos) = ((sin * STEP_COS + cos * STEP_SIN) >> 60, (cos * STEP_COS - sin * STEP_SIN) >> 60);
        n += 1;
    }
    table
}

/// The sine of a phase in 2^-32 turns; 32767 is 1.
#[inline]
pub(super) fn sine(phase: u32) -> i32 {
    i32::from(SINE[(phase >> 20) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_frequency() {
        for key in 0..=127i32 {
            let hz = f64::from(turn(key * SEMITONE)) * 44_100.0 / f64::from(1u32 << 31) / 2.0;
            let expected = 440.0 * 2f64.powf(f64::from(key - 69) / 12.0);
            assert!((hz / expected - 1.0).abs() < 2e-6, "key {key}: {hz} Hz");
        }
        assert_eq!(turn(i32::MIN), turn(0));
        assert!(turn(i32::MAX) < 1 << 31, "below half the sample rate");
    }

    #[test]
    fn the_sine_is_one() {
        for n in 0..4096u32 {
            let expected = 32_767.0 * (f64::from(n) * std::f64::consts::TAU / 4096.0).sin();
            assert!((f64::from(sine(n << 20)) - expected).abs() <= 0.51, "step {n}");
        }
    }
}
