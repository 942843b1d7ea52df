//! What a MIDI channel remembers between its messages (MIDI 1.0, "Controllers", "Registered Parameters").

use super::pitch::{SEMITONE, sine};

const WHEEL_MIDDLE: u16 = 8192;

/// Which parameter data entry is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parameter {
    BendRange,
    FineTune,
    CoarseTune,
    Other,
}

/// A channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::codecs) struct Channel {
    pub(in crate::codecs) program: u8,
    pub(in crate::codecs) drums: bool,
    /// Pedals that are down.
    pub(in crate::codecs) sustain: bool,
    pub(in crate::codecs) sostenuto: bool,
    /// Where the pitch wheel is, 0 to 16383.
    pub(in crate::codecs) wheel: u16,
    volume: u8,
    expression: u8,
    pan: u8,
    selected: [u8; 2],
    registered: bool,
    /// How far the wheel bends, in semitones and hundredths.
    range: [u8; 2],
    /// Fine tuning in 14 bits, 8192 for none, and coarse tuning, 64 for none.
    fine: [u8; 2],
    coarse: u8,
}

impl Default for Channel {
    fn default() -> Self {
        Self {
            program: 0,
            drums: false,
            sustain: false,
            sostenuto: false,
            wheel: WHEEL_MIDDLE,
            volume: 100,
            expression: 127,
            pan: 64,
            selected: [0x7F; 2],
            registered: true,
            range: [2, 0],
            fine: [64, 0],
            coarse: 64,
        }
    }
}

impl Channel {
    pub(in crate::codecs) fn controller(&mut self, number: u8, value: u8) {
        let parameter = self.parameter();
        match number {
            6 => match parameter {
                // A new coarse value starts with a fine one of 0.
                Parameter::BendRange => self.range = [value.min(24), 0],
                Parameter::FineTune => self.fine = [value, 0],
                Parameter::CoarseTune => self.coarse = value,
                Parameter::Other => {}
            },
            38 => match parameter {
                Parameter::BendRange => self.range[1] = value.min(99),
                Parameter::FineTune => self.fine[1] = value,
                Parameter::CoarseTune | Parameter::Other => {}
            },
            7 => self.volume = value,
            10 => self.pan = value,
            11 => self.expression = value,
            64 => self.sustain = value >= 64,
            66 => self.sostenuto = value >= 64,
            98 | 99 => self.registered = false,
            100 | 101 => {
                self.registered = true;
                self.selected[usize::from(number - 100)] = value;
            }
            // Recommended practice RP-015: volume, pan and tuning stay.
            121 => {
                (self.sustain, self.sostenuto, self.expression) = (false, false, 127);
                (self.wheel, self.selected, self.registered) = (WHEEL_MIDDLE, [0x7F; 2], true);
            }
            _ => {}
        }
    }

    /// The controllers that bring a new channel to where this one is, wheel and instrument aside.
    pub(in crate::codecs) fn controllers(&self) -> Vec<(u8, u8)> {
        let pedal = |down: bool| if down { 127 } else { 0 };
        let [bend, fine] =
            [(0, self.range), (1, self.fine)].map(|(n, [coarse, fine])| [(100, n), (6, coarse), (38, fine)]);
        let mut all = vec![(7, self.volume), (10, self.pan), (11, self.expression)];
        all.extend([(64, pedal(self.sustain)), (66, pedal(self.sostenuto)), (101, 0)]);
        all.extend([bend, fine].concat());
        all.extend([(100, 2), (6, self.coarse), (100, self.selected[0]), (101, self.selected[1])]);
        if !self.registered {
            all.extend([(98, 0x7F), (99, 0x7F)]);
        }
        all
    }

    fn parameter(&self) -> Parameter {
        match (self.registered, self.selected) {
            (true, [0, 0]) => Parameter::BendRange,
            (true, [1, 0]) => Parameter::FineTune,
            (true, [2, 0]) => Parameter::CoarseTune,
            _ => Parameter::Other,
        }
    }

    /// What wheel and tuning add to a key's pitch.
    pub(super) fn detuned(&self) -> i32 {
        let range = i32::from(self.range[0]) * SEMITONE + i32::from(self.range[1]) * SEMITONE / 100;
        let bend = (i32::from(self.wheel) - i32::from(WHEEL_MIDDLE)) * range / i32::from(WHEEL_MIDDLE);
        let fine = i32::from(self.fine[0]) << 7 | i32::from(self.fine[1]);
        bend + (fine - 8192) * SEMITONE / 8192 + (i32::from(self.coarse) - 64) * SEMITONE
    }

    /// Gains of left and right, of 65536.
    pub(super) fn gains(&self) -> [u32; 2] {
        let loud = u64::from(self.volume) * u64::from(self.expression);
        let gain = ((loud * loud) << 16) / 127u64.pow(4);
        // A quarter of a turn from left to right; 0 and 1 are both hard left (General MIDI 2, "Pan").
        let turn = ((u64::from(self.pan.saturating_sub(1)) << 30) / 126) as u32;
        let side = |phase: u32| ((gain * sine(phase) as u64) >> 15) as u32;
        [side((1 << 30) - turn), side(turn)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(controllers: &[(u8, u8)]) -> Channel {
        let mut c = Channel::default();
        controllers.iter().for_each(|&(number, value)| c.controller(number, value));
        c
    }

    /// MIDI 1.0, "Registered Parameters": a wheel of 12 semitones, fine and coarse tuning.
    #[test]
    fn the_wheel_bends_as_far_as_it_is_told() {
        let bent = |controllers: &[(u8, u8)], wheel| Channel { wheel, ..after(controllers) }.detuned();
        assert_eq!((bent(&[], 8192), bent(&[], 0), bent(&[], 16_383)), (0, -512, 511));
        assert_eq!(bent(&[(101, 0), (100, 0), (6, 12)], 0), -12 * 256);
        assert_eq!(bent(&[(101, 0), (100, 0), (6, 12), (99, 0), (6, 2)], 0), -12 * 256, "not registered");
        assert_eq!(bent(&[(101, 0), (100, 1), (6, 96)], 8192), 128, "half a semitone");
        assert_eq!(bent(&[(101, 0), (100, 2), (6, 61)], 8192), -3 * 256);
        assert_eq!(bent(&[(101, 127), (100, 127), (6, 12)], 0), -512, "nothing is selected");
    }

    #[test]
    fn loudness_goes_with_the_square_and_pan_keeps_the_power() {
        let full = after(&[(7, 127), (10, 64)]).gains();
        assert!(full[0] == full[1] && full[0].abs_diff(46_341) < 100, "{full:?}");
        let half = after(&[(7, 64), (10, 64)]).gains();
        assert!((full[0] / 4).abs_diff(half[0]) < 400, "{half:?}");
        assert!(after(&[(7, 127), (10, 0)]).gains()[1] == 0 && after(&[(7, 127), (10, 127)]).gains()[0] < 100);
    }

    #[test]
    fn a_channel_can_be_brought_to_where_another_is() {
        let changed = [(7, 1), (10, 2), (11, 3), (64, 127), (66, 127), (101, 0), (100, 0), (6, 12), (38, 50)];
        for more in [&[(100, 1), (6, 3), (38, 4)][..], &[(100, 2), (6, 70), (99, 5)]] {
            let c = after(&[&changed[..], more].concat());
            assert_eq!(after(&c.controllers()), c);
        }
    }

    #[test]
    fn a_reset_of_controllers_lets_volume_be() {
        let c = after(&[(7, 90), (11, 3), (64, 127), (66, 127), (121, 0)]);
        assert_eq!(c, after(&[(7, 90)]));
    }
}
