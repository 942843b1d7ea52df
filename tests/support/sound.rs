//! Sounds and files made here, the same each time: tones that come and go, noise, and what no program of the system writes.

use std::f64::consts::TAU;

/// A generator of pseudo-random numbers (George Marsaglia, "Xorshift RNGs", 2003).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 11) % end
    }
}

/// `frames` frames, interleaved: chords that change four times a second, a sweep and noise in bursts, with a beat of silence; louder
/// on the left. Within -1 to 1.
pub fn music(rate_hz: u32, channels: usize, frames: usize, seed: u64) -> Vec<f64> {
    let mut random = Random(seed | 1);
    let rate = f64::from(rate_hz);
    let (mut out, mut chord) = (Vec::with_capacity(frames * channels), [0.0; 4]);
    for n in 0..frames {
        if n % (rate_hz as usize / 4) == 0 {
            chord = std::array::from_fn(|_| 60.0 + random.below(rate_hz as u64 / 3) as f64);
        }
        let t = n as f64 / rate;
        let beat = 1.0 - (t * 4.0).fract();
        let sweep = (TAU * (100.0 + 0.1 * rate * t) * t).sin();
        let noise = if (t * 2.0).fract() < 0.2 { random.below(2001) as f64 / 1000.0 - 1.0 } else { 0.0 };
        let silent = (t * 1.5).fract() > 0.93;
        for channel in 0..channels {
            let tones: f64 = chord.iter().enumerate().map(|(k, hz)| (TAU * hz * t + (k * channel) as f64).sin()).sum();
            let sum = 0.14 * tones * beat + 0.12 * sweep + 0.12 * noise;
            out.push(if silent { 0.0 } else { sum * (1.0 - 0.3 * channel as f64) });
        }
    }
    out
}

/// A WAV file of PCM with `bits` bits, 8 to 24.
pub fn wav(rate_hz: u32, channels: usize, bits: u32, sound: &[f64]) -> Vec<u8> {
    let (bytes, full) = (bits as usize / 8, f64::from(1i32 << (bits - 1)) - 1.0);
    let data: Vec<u8> = sound
        .iter()
        .flat_map(|sample| {
            let value = (sample * full).round() as i32 + if bits == 8 { 128 } else { 0 };
            value.to_le_bytes().into_iter().take(bytes)
        })
        .collect();
    let frame = (bytes * channels) as u32;
    let words = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    [
        b"RIFF".as_slice(),
        &words(&[data.len() as u32 + 36]),
        b"WAVEfmt ",
        &words(&[16, 1 | (channels as u32) << 16, rate_hz, rate_hz * frame, frame | bits << 16]),
        b"data",
        &words(&[data.len() as u32]),
        &data,
    ]
    .concat()
}

/// MPEG 1 layer I at 44.1 kHz and 384 kbit/s: frames of random sub-band samples (ISO/IEC 11172-3, 2.4.1.5), as no program of the
/// system writes that layer.
pub fn layer_1(channels: usize, frames: usize, seed: u64) -> Vec<u8> {
    const SLOTS: usize = 104;
    let mut random = Random(seed | 1);
    let mut file = vec![];
    for _ in 0..frames {
        let mut bits: Vec<bool> = vec![];
        let mut put = |value: u64, width: usize| bits.extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
        put(0xFFFF, 16);
        put(0xC0, 8);
        put(if channels == 1 { 0xC0 } else { 0x00 }, 8);
        // Twelve samples of 2 to 5 bits in each of the lower 16 sub-bands fit.
        let widths: Vec<u64> =
            (0..32 * channels).map(|n| if n / channels < 16 { random.below(5) } else { 0 }).collect();
        widths.iter().for_each(|&width| put(width, 4));
        // From 2 down by a third of 6 dB a step: about -12 to -30 dB.
        widths.iter().filter(|&&width| width > 0).for_each(|_| put(9 + random.below(9), 6));
        for _ in 0..12 {
            for &width in widths.iter().filter(|&&width| width > 0) {
                // All ones is no sample.
                put(random.below((1 << (width + 1)) - 1), width as usize + 1);
            }
        }
        assert!(bits.len() <= SLOTS * 32, "{} bits", bits.len());
        bits.resize(SLOTS * 32, false);
        file.extend(bits.chunks(8).map(|byte| byte.iter().fold(0, |value, &bit| value << 1 | u8::from(bit))));
    }
    file
}
