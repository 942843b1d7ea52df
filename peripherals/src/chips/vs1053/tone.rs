//! Test tones, and the sequences at SDI that ask for tests (VS1053b datasheet v1.33, "SDI Tests", "New Sine and Sweep Tests"; VS1053.md, 5.3).
//!
//! 1. A sequence acts after four command bytes and four zeros, as nearly every driver sends them (observed) and the datasheet up to v1.22 has it;
//!    since v1.33 it asks for twelve zeros.
//! 2. The sweep goes from 0 to half the sample rate in 262,144 samples and starts over (guess: how it sweeps is not documented).

/// Sample rates by the upper three bits of the argument (VS1053.md, 5.3).
const RATES: [u32; 8] = [44_100, 48_000, 32_000, 22_050, 24_000, 16_000, 11_025, 12_000];
/// The first quarter of a full-scale sine of 128 steps.
const QUARTER: [i16; 33] = [
    0, 1608, 3212, 4808, 6393, 7962, 9512, 11039, 12539, 14010, 15446, 16846, 18204, 19519, 20787, 22005, 23170, 24279,
    25329, 26319, 27245, 28105, 28898, 29621, 30273, 30852, 31356, 31785, 32137, 32412, 32609, 32728, 32767,
];

/// Samples after which the sweep's step grows by one 65,536th of the sample rate.
const SWEEP_SAMPLES: u8 = 8;

/// A tone of `rate * step / 65536` hertz on each channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    step: [u16; 2],
    phase: [u16; 2],
    /// Samples until the step grows, in a sweep.
    sweep: Option<u8>,
    /// Bass and treble and the EarSpeaker act on it.
    effects: bool,
}

/// What an eight-byte sequence at SDI asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A tone, and its sample rate in hertz.
    Start(Tone, u32),
    /// No tone.
    Stop,
    /// What looks like the sequence for no tone, and is not.
    NearlyStop(u8),
    /// The register of this number is to be copied to HDAT0, or HDAT0 to HDAT1.
    Register(u8),
    /// The memory test.
    Memory,
    /// The pin test.
    Pins,
}

/// Reads the last eight bytes at SDI, oldest first: four of a command and four zeros.
pub fn request(last: [u8; 8]) -> Option<Request> {
    let [a, b, c, n, 0, 0, 0, 0] = last else { return None };
    match (a, b, c, n) {
        (0x53, 0xEF, 0x6E, _) => Some(Request::Start(Tone::test(n), RATES[usize::from(n >> 5)])),
        (0x45, 0x78, 0x69, 0x74) => Some(Request::Stop),
        (0x45, 0x78, 0x69, slip) => Some(Request::NearlyStop(slip)),
        (0x50, 0xED, 0x6E, 0x54) => Some(Request::Pins),
        (0x53, 0x70, 0xEE, _) => Some(Request::Register(n & 0xF)),
        (0x4D, 0xEA, 0x6D, 0x54) => Some(Request::Memory),
        _ => None,
    }
}

impl Tone {
    /// The sine test's: the lower five bits of its argument count 128ths of the sample rate (VS1053.md, 5.3).
    fn test(argument: u8) -> Self {
        Self { effects: false, ..Self::new(u16::from(argument & 31) << 9, u16::from(argument & 31) << 9) }
    }

    /// Steps of left and right in 65,536ths of the sample rate; beyond half of it is nothing (at most 0x8000; VS1053.md, 5.3).
    pub fn new(left: u16, right: u16) -> Self {
        Self { step: [left.min(0x8000), right.min(0x8000)], phase: [0; 2], sweep: None, effects: true }
    }

    /// The sine sweep.
    pub fn sweep() -> Self {
        Self { sweep: Some(SWEEP_SAMPLES), ..Self::new(0, 0) }
    }

    /// Whether it goes through bass and treble and the EarSpeaker: those that SCI starts do (VS1053.md, 5.3).
    pub fn has_effects(&self) -> bool {
        self.effects
    }

    /// Other steps from here on, but for a sweep.
    pub fn retune(&mut self, left: u16, right: u16) {
        if self.sweep.is_none() {
            self.step = [left.min(0x8000), right.min(0x8000)];
        }
    }

    /// The next sample of left and right.
    pub fn sample(&mut self) -> [i16; 2] {
        let samples = self.phase.map(sine);
        for (phase, step) in self.phase.iter_mut().zip(self.step) {
            *phase = phase.wrapping_add(step);
        }
        if let Some(left) = &mut self.sweep {
            *left -= 1;
            if *left == 0 {
                *left = SWEEP_SAMPLES;
                self.step = self.step.map(|step| (step + 1) % 0x8001);
            }
        }
        samples
    }
}

/// Full-scale sine; a turn is 65,536.
fn sine(phase: u16) -> i16 {
    let within = phase & 0x3FFF;
    let place = if phase & 0x4000 == 0 { within } else { 0x4000 - within };
    let (n, part) = (usize::from(place >> 9), i32::from(place & 511));
    let (low, high) = (i32::from(QUARTER[n]), i32::from(QUARTER[(n + 1).min(32)]));
    let magnitude = (low + (((high - low) * part + 256) >> 9)) as i16;
    if phase & 0x8000 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Datasheet: 0x7E is 22,050 Hz x 30 / 128 = 5168 Hz.
    #[test]
    fn the_argument_gives_the_frequency() {
        for (n, hz) in [(0x7E, 5168), (0x24, 1500), (0xA3, 375), (0x44, 1000)] {
            let Some(Request::Start(mut tone, rate)) = request([0x53, 0xEF, 0x6E, n, 0, 0, 0, 0]) else { panic!() };
            let samples: Vec<i16> = (0..rate).map(|_| tone.sample()[0]).collect();
            let periods = samples.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
            assert!(periods.abs_diff(hz) <= 1, "n = {n:#x}: {periods} Hz");
            assert_eq!(samples.iter().max(), Some(&32767), "full scale");
        }
    }
}
