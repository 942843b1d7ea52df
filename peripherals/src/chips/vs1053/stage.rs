//! From the audio FIFO to the headphones: SM_DIFF, VOL with its zero crossings, SS_SWING, power-down (VS1053b datasheet v1.33, "SCI_VOL",
//! "SCI_STATUS", "SCI_MODE"; VS1053.md, 2.9, 2.3 and 7).
//!
//! 1. A change of VOL waits, each side by itself, for a sample that is 0 or of another sign than the one before, for a time at most
//!    that is a knob (guess, `vol_timeout_us`; the datasheet has the zero crossing and no time-out; VS1053.md, 2.9). Through silence it does not wait.
//!    It begins with the write, on the chip with the next samples that go into the audio FIFO.
//! 2. A single byte of 0xFF mutes its channel, as 0xFE does (guess, knob `vol_ff`; 0xFFFF, power-down, is documented), and so does
//!    what DAC_VOL has no steps for, below -90 dB (guess, knob `mute_from`; VS1053.md, 2.9).
//! 3. With SS_SWING the output clips at what is full scale without it; the DAC has 1 dB of headroom, which 16 bits have not (VS1053.md, 2.3).
//! 4. Powered down or up, the output is there or gone at once: GBUF, its capacitors and the plop are not modelled.

use super::gain::scale;
use crate::kernel::Rate;

/// Samples over which the VU meter looks for a peak (guess).
const LOUDNESS_SAMPLES: u32 = 1024;
/// The attenuation of silence (VS1053.md, 2.9).
const SILENT: u8 = 0xFE;

/// The last stage before the pins.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Attenuations of left and right in half decibels, as VOL or DAC_VOL asked last.
    pub volume: [u8; 2],
    /// Those that act.
    acting: [u8; 2],
    /// Samples that a change has been waiting for.
    waited: [u32; 2],
    /// The sample before was negative.
    negative: [bool; 2],
    timeout_us: u32,
    timeout: u32,
    mute_from: u8,
    count_ff: bool,
    /// SM_DIFF.
    pub invert_left: bool,
    /// SS_SWING.
    pub swing: u8,
    /// The analog part has no power.
    pub off: bool,
    /// Largest magnitudes before VOL, in the window before this one and in this one, and the samples in it.
    loud: [[u16; 2]; 2],
    window: u32,
    /// Largest magnitude of left and right since it was taken.
    peak: [u16; 2],
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            volume: [0; 2],
            acting: [0; 2],
            waited: [0; 2],
            negative: [false; 2],
            timeout_us: 0,
            timeout: 0,
            mute_from: SILENT,
            count_ff: false,
            invert_left: false,
            swing: 0,
            off: false,
            loud: [[0; 2]; 2],
            window: 0,
            peak: [0; 2],
        }
    }
}

impl Stage {
    /// Takes over the knobs `vol_timeout_us`, `mute_from` and `vol_ff`.
    pub fn configure(&mut self, config: &super::Config) {
        self.timeout_us = config.vol_timeout_us;
        self.mute_from = config.mute_from as u8;
        self.count_ff = config.vol_ff;
    }

    /// The DAC runs at `rate`.
    pub fn set_rate(&mut self, rate: Rate) {
        self.timeout = (u64::from(self.timeout_us) * rate.hz() / 1_000_000) as u32;
    }

    /// Attenuations with mute as 0xFE.
    fn asked(&self) -> [u8; 2] {
        self.volume.map(|v| match v {
            0xFF if self.count_ff => 0xFD,
            muted if muted >= self.mute_from => SILENT,
            heard => heard,
        })
    }

    /// Nothing is being heard: what VOL asks for acts.
    pub fn silence(&mut self) {
        self.acting = self.asked();
        self.waited = [0; 2];
        self.peak = [0; 2];
    }

    /// Works out what VOL asks for, before a row of samples.
    pub fn begin(&mut self) -> Ready<'_> {
        let asked = self.asked();
        self.peak = [0; 2];
        Ready { asked, stage: self }
    }

    /// Largest magnitude of left and right in the last row of samples.
    pub fn peak(&self) -> [u16; 2] {
        self.peak
    }

    /// Largest magnitudes of left and right before VOL in the last 23 to 46 ms at 44.1 kHz.
    pub fn loudness(&self) -> [u16; 2] {
        let [[a, b], [c, d]] = self.loud;
        [a.max(c), b.max(d)]
    }

    /// Nothing was loud, as after a reset.
    pub fn forget_loudness(&mut self) {
        self.loud = [[0; 2]; 2];
    }
}

/// The stage with a row of samples to come.
pub struct Ready<'a> {
    asked: [u8; 2],
    stage: &'a mut Stage,
}

impl Ready<'_> {
    /// A sample of left and right on its way to the pins.
    #[inline]
    pub fn play(&mut self, [left, right]: [i16; 2]) -> [i16; 2] {
        let stage = &mut *self.stage;
        stage.window += 1;
        if stage.window == LOUDNESS_SAMPLES {
            stage.window = 0;
            stage.loud = [stage.loud[1], [0; 2]];
        }
        stage.loud[1] = [stage.loud[1][0].max(left.unsigned_abs()), stage.loud[1][1].max(right.unsigned_abs())];
        let mut samples = [if stage.invert_left { left.saturating_neg() } else { left }, right];
        for (side, sample) in samples.iter_mut().enumerate() {
            if stage.acting[side] != self.asked[side] {
                stage.waited[side] += 1;
                let crossing = *sample == 0 || (*sample < 0) != stage.negative[side];
                if crossing || stage.waited[side] > stage.timeout {
                    stage.acting[side] = self.asked[side];
                    stage.waited[side] = 0;
                }
            }
            stage.negative[side] = *sample < 0;
            *sample = if stage.off { 0 } else { scale(*sample, stage.acting[side], stage.swing) };
        }
        stage.peak = [stage.peak[0].max(samples[0].unsigned_abs()), stage.peak[1].max(samples[1].unsigned_abs())];
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(vol_timeout_us: u32) -> Stage {
        let mut stage = Stage::default();
        stage.configure(&super::super::Config { vol_timeout_us, ..Default::default() });
        stage.set_rate(Rate::new(8_000));
        stage
    }

    fn play(stage: &mut Stage, samples: &[i16]) -> Vec<i16> {
        let mut ready = stage.begin();
        samples.iter().map(|&s| ready.play([s, 1000])[0]).collect()
    }

    /// Datasheet, "SCI_VOL": zero-cross detection removes the noise of sudden changes.
    #[test]
    fn a_change_waits_for_the_signal_to_cross_zero() {
        let mut s = stage(10_000);
        assert_eq!(play(&mut s, &[500, 400]), [500, 400]);
        s.volume = [40, 0];
        assert_eq!(play(&mut s, &[300, 200, 100, -100, 1000]), [300, 200, 100, -10, 100]);
        s.volume = [0, 0];
        assert_eq!(play(&mut s, &[1000, 0, 1000]), [100, 0, 1000], "a sample of 0 will do");
    }

    #[test]
    fn a_change_waits_no_longer_than_the_time_out() {
        let mut s = stage(1_000);
        s.volume = [40, 0];
        let heard = play(&mut s, &[1000; 20]);
        assert_eq!(heard.iter().filter(|&&h| h == 1000).count(), 8, "1 ms at 8 kHz");
        let mut s = stage(0);
        s.volume = [40, 0];
        assert_eq!(play(&mut s, &[1000; 2]), [100, 100]);
    }

    #[test]
    fn each_side_waits_by_itself_and_silence_does_not() {
        let mut s = stage(1_000_000);
        s.volume = [40, 40];
        let mut ready = s.begin();
        assert_eq!([ready.play([10, 10]), ready.play([-1000, 1000])], [[10, 10], [-100, 1000]]);
        s.silence();
        assert_eq!(s.begin().play([1000, 1000]), [100, 100]);
    }

    #[test]
    fn without_power_nothing_is_heard() {
        let mut s = stage(0);
        s.off = true;
        assert_eq!(play(&mut s, &[1000]), [0]);
        assert_eq!(s.loudness(), [1000, 1000], "the meter sits before it");
    }
}
