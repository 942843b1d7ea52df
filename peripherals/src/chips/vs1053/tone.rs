//! The sine test (VS1053b datasheet v1.33, "SCI Test Modes", sine test).

/// Sample rates by the upper three bits of the argument.
const RATES: [u32; 8] = [44_100, 48_000, 32_000, 22_050, 24_000, 16_000, 11_025, 12_000];
/// The first quarter of a full-scale sine of 128 steps.
const QUARTER: [i16; 33] = [
    0, 1608, 3212, 4808, 6393, 7962, 9512, 11039, 12539, 14010, 15446, 16846, 18204, 19519, 20787, 22005, 23170, 24279,
    25329, 26319, 27245, 28105, 28898, 29621, 30273, 30852, 31356, 31785, 32137, 32412, 32609, 32728, 32767,
];

/// A tone of `rate * step / 128` hertz on both channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    step: u8,
    phase: u8,
}

/// What an eight-byte sequence at SDI asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A tone, and its sample rate in hertz.
    Start(Tone, u32),
    /// No tone.
    Stop,
    /// Another test of the datasheet.
    Other(&'static str),
}

/// Reads the last eight bytes at SDI, oldest first: four of a command and four zeros.
pub fn request(last: [u8; 8]) -> Option<Request> {
    let [a, b, c, n, 0, 0, 0, 0] = last else { return None };
    match (a, b, c, n) {
        (0x53, 0xEF, 0x6E, _) => Some(Request::Start(Tone { step: n & 31, phase: 0 }, RATES[usize::from(n >> 5)])),
        (0x45, 0x78, 0x69, 0x74) => Some(Request::Stop),
        (0x50, 0xED, 0x6E, 0x54) => Some(Request::Other("pin test")),
        (0x53, 0x70, 0xEE, _) => Some(Request::Other("SCI test")),
        (0x4D, 0xEA, 0x6D, 0x54) => Some(Request::Other("memory test")),
        _ => None,
    }
}

impl Tone {
    /// The next sample.
    pub fn sample(&mut self) -> i16 {
        let at = usize::from(self.phase & 63);
        let magnitude = QUARTER[if at <= 32 { at } else { 64 - at }];
        let sample = if self.phase < 64 { magnitude } else { -magnitude };
        self.phase = (self.phase + self.step) & 127;
        sample
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Datasheet: 0x7E is 22,050 Hz x 30 / 128 = 5168 Hz.
    #[test]
    fn the_argument_gives_the_frequency() {
        for (n, hz) in [(0x7E, 5168), (0x24, 1500), (0xA3, 375), (0x44, 1000)] {
            let Some(Request::Start(mut tone, rate)) = request([0x53, 0xEF, 0x6E, n, 0, 0, 0, 0]) else { panic!() };
            let samples: Vec<i16> = (0..rate).map(|_| tone.sample()).collect();
            let periods = samples.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
            assert!(periods.abs_diff(hz) <= 1, "n = {n:#x}: {periods} Hz");
            assert_eq!(samples.iter().max(), Some(&32767), "full scale");
        }
    }
}
