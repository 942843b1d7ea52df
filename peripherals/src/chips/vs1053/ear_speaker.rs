//! EarSpeaker: headphones that sound like loudspeakers (VS1053b datasheet v1.33, "EarSpeaker Spatial Processing"; VS1053.md, 7
//! and 2.2).
//!
//! 1. The transfer function is VLSI's and not published (guess). Here each side gets, below 700 Hz and 0.3 ms late, some of the other side for
//!    some of its own, as a head in front of loudspeakers does to it; how much is the knob `ear_crossfeed`, of which the minimal
//!    setting takes half and the extreme one three halves. A sound in the middle keeps its level.

use super::onepole::OnePole;

/// Above this the head casts its shadow, in hertz.
const CORNER_HZ: f64 = 700.0;
/// The longer way to the other ear: 0.3 ms, in parts of 10,000 of a second.
const DELAY: u32 = 3;
/// Samples of that at the highest rate.
const MOST_DELAY: usize = 16;

/// The effect at one setting and rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarSpeaker {
    low: [OnePole; 2],
    /// What of each side came last, below the corner.
    late: [[i64; MOST_DELAY]; 2],
    at: usize,
    delay: usize,
    /// Of 200 parts.
    crossed: i64,
}

impl EarSpeaker {
    /// Setting 1 (minimal) to 3 (extreme) at a sample rate; `None` when it is off. `percent` is what crosses at 2 (normal).
    pub fn new(setting: u8, rate_hz: u32, percent: u32) -> Option<Self> {
        let delay = (rate_hz * DELAY / 10_000).clamp(1, MOST_DELAY as u32) as usize;
        (setting > 0).then(|| Self {
            low: [OnePole::new(CORNER_HZ, rate_hz); 2],
            late: [[0; MOST_DELAY]; 2],
            at: 0,
            delay,
            crossed: i64::from(setting.min(3)) * i64::from(percent),
        })
    }

    /// Left and right with some of each in the other.
    pub fn frame(&mut self, frame: [i16; 2]) -> [i16; 2] {
        let own = [0, 1].map(|side| self.low[side].low(OnePole::wide(frame[side])));
        let other = [1, 0].map(|side: usize| self.late[side][self.at]);
        for (late, own) in self.late.iter_mut().zip(own) {
            late[self.at] = own;
        }
        self.at = (self.at + 1) % self.delay;
        core::array::from_fn(|side| {
            let more = ((other[side] - own[side]) * self.crossed / 200) >> 16;
            (i64::from(frame[side]) + more).clamp(i16::MIN.into(), i16::MAX.into()) as i16
        })
    }

    /// Forgets what it has heard.
    pub fn forget(&mut self) {
        self.low.iter_mut().for_each(OnePole::forget);
        self.late = [[0; MOST_DELAY]; 2];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loudest of left and right for a sine of `hz` on the left, and `right` times it on the right.
    fn heard(setting: u8, hz: f64, right: f64) -> [i16; 2] {
        let mut ear = EarSpeaker::new(setting, 44_100, 30).expect("it is on");
        let turn = 2.0 * core::f64::consts::PI * hz / 44_100.0;
        let mut loudest = [0; 2];
        for n in 0..44_100 {
            let sample = (f64::from(n) * turn).sin() * 10_000.0;
            let frame = ear.frame([sample as i16, (sample * right) as i16]);
            if n > 4_410 {
                loudest = [loudest[0].max(frame[0]), loudest[1].max(frame[1])];
            }
        }
        loudest
    }

    #[test]
    fn a_low_sound_of_one_side_is_heard_on_the_other_by_the_setting() {
        for (setting, crossed) in [(1, 1_500), (2, 3_000), (3, 4_500)] {
            let [left, right] = heard(setting, 80.0, 0.0);
            assert!(right.abs_diff(crossed) < 100, "{setting}: {right}");
            assert!(left.abs_diff(10_000 - crossed) < 150, "{setting}: {left}");
        }
    }

    #[test]
    fn a_high_sound_stays_and_one_in_the_middle_keeps_its_level() {
        let [left, right] = heard(3, 12_000.0, 0.0);
        assert!(left > 9_200 && right < 600, "{left} {right}");
        let [left, right] = heard(3, 80.0, 1.0);
        assert!(left == right && left.abs_diff(10_000) < 150, "{left} {right}");
    }

    #[test]
    fn off_is_off() {
        assert_eq!(EarSpeaker::new(0, 44_100, 30), None);
    }
}
