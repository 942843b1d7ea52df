//! VOL as exact integer arithmetic (VS1053b datasheet v1.33, "SCI_VOL": attenuation in steps of 0.5 dB).
//!
//! 1. A change takes effect with the next sample; the chip waits for a zero crossing or a time-out of unknown length.
//! 2. A single byte of 0xFF mutes its channel, as 0xFE does (guess, knob `vol_ff`; 0xFFFF, power-down, is documented), and so does
//!    what DAC_VOL has no steps for, below -90 dB (guess, knob `mute_from`).

/// 1.0.
const ONE: u64 = 1 << 30;
/// 10^(-1/40), which is -0.5 dB, as a fraction of 2^64.
const HALF_DECIBEL: u128 = 0xF1AD_F93D_14C5_C75A;
/// Attenuations from here on are silence.
const SILENT: usize = 0xFE;

static GAINS: [u32; 256] = gains();

const fn gains() -> [u32; 256] {
    let mut table = [0; 256];
    let mut exact: u128 = 1 << 62;
    let mut step = 0;
    while step < SILENT {
        table[step] = ((exact + (1 << 31)) >> 32) as u32;
        exact = (exact * HALF_DECIBEL) >> 64;
        step += 1;
    }
    table
}

/// `sample` after `attenuation` half decibels; unchanged at 0.
#[inline]
pub fn attenuate(sample: i16, attenuation: u8) -> i16 {
    let scaled = i64::from(sample) * i64::from(GAINS[usize::from(attenuation)]);
    ((scaled + (ONE as i64 >> 1)) >> 30) as i16
}

/// A peak of 0 to 32,768 in decibels above 0 for the VU meter: 96 is full scale, 0 silence.
pub fn level_db(peak: u16) -> u8 {
    let below = |db: u8| i32::from(attenuate(i16::MAX, 2 * db)) > i32::from(peak);
    if peak == 0 { 0 } else { 96 - (0..96).find(|&db| !below(db)).unwrap_or(96) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_attenuation_changes_no_sample() {
        assert!((i16::MIN..=i16::MAX).all(|s| attenuate(s, 0) == s));
    }

    /// Datasheet: linear gain is 10^(-VOL/40); the 40-step decade is exact to the last bit of 16.
    #[test]
    fn every_step_is_half_a_decibel() {
        for step in 0..SILENT as u8 {
            let expected = 32767.0 * 10f64.powf(-f64::from(step) / 40.0);
            assert!((f64::from(attenuate(32767, step)) - expected).abs() <= 0.51, "step {step}");
        }
    }

    #[test]
    fn a_peak_is_told_in_whole_decibels() {
        let worked = [(32_768, 96), (32_767, 96), (16_384, 89), (3_277, 76), (33, 36), (1, 9), (0, 0)];
        assert!(worked.into_iter().all(|(peak, db)| level_db(peak) == db), "{:?}", worked.map(|(p, _)| level_db(p)));
    }

    #[test]
    fn attenuation_0xfe_is_silence() {
        assert!([0xFE, 0xFF].into_iter().all(|v| attenuate(i16::MIN, v) == 0 && attenuate(i16::MAX, v) == 0));
    }
}
