//! What the plain voice sounds like: a patch for each family of eight programs, and one for each key of percussion (General MIDI 1,
//! "Instrument Patch Map", "Percussion Key Map"). The figures are ours, by ear.

use super::pitch::SEMITONE;

/// A sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patch {
    /// Strength of the first six harmonics; together at most 255.
    pub(super) partials: [u8; 6],
    /// Upper harmonics fade before the first.
    pub(super) mellows: bool,
    /// A second oscillator is so much higher, in 256ths of a semitone; 0 for none.
    pub(super) detune: u8,
    /// Strength of the noise, and whether its lower part is left out.
    pub(super) noise: u8,
    pub(super) hiss: bool,
    /// To full loudness, in ms.
    pub(super) attack_ms: u16,
    /// Then it halves in so many ms, down to `sustain` of 255; 0 for not at all.
    pub(super) half_ms: u16,
    pub(super) sustain: u8,
    /// With the key up it halves in so many ms; 0 when it takes no notice.
    pub(super) release_ms: u16,
    /// It starts so much higher, in 256ths of a semitone, and comes halfway down each 8 ms.
    pub(super) fall: u16,
}

const NONE: Patch = Patch {
    partials: [0; 6],
    mellows: false,
    detune: 0,
    noise: 0,
    hiss: false,
    attack_ms: 2,
    half_ms: 0,
    sustain: 255,
    release_ms: 40,
    fall: 0,
};

const fn struck(partials: [u8; 6], half_ms: u16, release_ms: u16) -> Patch {
    Patch { partials, mellows: true, half_ms, sustain: 0, release_ms, ..NONE }
}

const fn held(partials: [u8; 6], attack_ms: u16, release_ms: u16) -> Patch {
    Patch { partials, attack_ms, release_ms, ..NONE }
}

/// By program / 8.
static FAMILIES: [Patch; 16] = [
    struck([130, 60, 30, 20, 10, 5], 600, 60),                         // piano
    struck([170, 0, 0, 60, 0, 20], 250, 150),                          // chromatic percussion
    held([90, 80, 40, 30, 0, 15], 4, 20),                              // organ
    struck([110, 65, 40, 25, 10, 5], 350, 50),                         // guitar
    Patch { sustain: 60, ..struck([150, 60, 30, 15, 0, 0], 300, 40) }, // bass
    Patch { detune: 10, ..held([100, 60, 45, 25, 15, 10], 50, 80) },   // strings
    Patch { detune: 14, ..held([120, 60, 40, 20, 10, 5], 70, 120) },   // ensemble
    Patch { half_ms: 300, sustain: 200, ..held([80, 65, 50, 30, 20, 10], 25, 40) }, // brass
    held([110, 20, 70, 15, 30, 10], 15, 30),                           // reed
    Patch { noise: 12, hiss: true, ..held([190, 30, 15, 5, 0, 0], 25, 40) }, // pipe
    held([85, 60, 45, 30, 20, 15], 3, 30),                             // synth lead
    Patch { detune: 16, ..held([140, 60, 30, 15, 5, 0], 200, 300) },   // synth pad
    Patch { detune: 24, half_ms: 900, sustain: 120, ..held([120, 20, 50, 10, 40, 0], 60, 250) }, // synth effects
    struck([100, 70, 40, 25, 15, 5], 300, 60),                         // ethnic
    struck([170, 30, 0, 40, 0, 15], 120, 80),                          // percussive
    Patch { noise: 90, half_ms: 500, sustain: 100, ..held([100, 0, 40, 0, 0, 0], 20, 120) }, // sound effects
];

/// The patch of a program.
pub(super) fn program(program: u8) -> &'static Patch {
    &FAMILIES[usize::from(program / 8 % 16)]
}

const fn drum(tone: u8, noise: u8, half_ms: u16) -> Patch {
    Patch { partials: [tone, 0, 0, 0, 0, 0], noise, half_ms, sustain: 0, attack_ms: 0, release_ms: 0, ..NONE }
}

const fn cymbal(half_ms: u16) -> Patch {
    Patch { hiss: true, ..drum(0, 200, half_ms) }
}

static KICK: Patch = Patch { fall: 24 * 256, ..drum(250, 5, 60) };
static SNARE: Patch = Patch { fall: 4 * 256, ..drum(90, 150, 60) };
static TOM: Patch = Patch { fall: 7 * 256, ..drum(220, 20, 110) };
static CLOSED: Patch = cymbal(18);
static OPEN: Patch = cymbal(150);
static CRASH: Patch = cymbal(450);
static RIDE: Patch = Patch { partials: [20, 0, 0, 0, 30, 25], ..cymbal(250) };
static CLICK: Patch = Patch { partials: [150, 0, 60, 0, 0, 0], ..drum(0, 30, 15) };
static SKIN: Patch = Patch { fall: 2 * 256, ..drum(230, 15, 70) };
static BELL: Patch = Patch { partials: [120, 0, 90, 0, 40, 0], ..drum(0, 0, 90) };
static SHAKER: Patch = cymbal(30);
static WHISTLE: Patch = Patch { noise: 30, ..drum(200, 0, 120) };
static NOISE: Patch = drum(0, 200, 30);

/// The patch of a key of percussion, and its pitch.
pub(super) fn percussion(key: u8) -> (&'static Patch, i32) {
    let (patch, pitch) = match key {
        35 | 36 => (&KICK, key),
        37 | 31..=33 | 75..=77 => (&CLICK, key + 24),
        38 | 40 => (&SNARE, key + 15),
        39 => (&NOISE, 60),
        41 | 43 | 45 | 47 | 48 | 50 => (&TOM, key),
        42 | 44 => (&CLOSED, 96),
        46 => (&OPEN, 96),
        49 | 52 | 55 | 57 => (&CRASH, 90),
        51 | 53 | 59 => (&RIDE, 88),
        34 | 56 | 67 | 68 | 80 | 81 | 83 | 84 => (&BELL, key + 15),
        54 | 69 | 70 | 73 | 74 | 82 => (&SHAKER, 96),
        60..=66 | 78 | 79 | 85..=87 => (&SKIN, key),
        71 | 72 => (&WHISTLE, 95),
        _ => (&NOISE, 60),
    };
    (patch, i32::from(pitch) * SEMITONE)
}

/// The keys of percussion of which one ends the others: the hi-hat.
pub(super) fn hi_hat(key: u8) -> bool {
    matches!(key, 42 | 44 | 46)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_patch_is_louder_than_full_scale_or_silent() {
        let all = (0..=127).map(program).chain((0..=127).map(|key| percussion(key).0));
        for patch in all {
            let strength = patch.partials.iter().map(|&p| u32::from(p)).sum::<u32>() + u32::from(patch.noise);
            assert!((80..=290).contains(&strength), "{patch:?}");
            assert!(patch.half_ms > 0 || patch.release_ms > 0, "it would sound for ever: {patch:?}");
        }
    }
}
