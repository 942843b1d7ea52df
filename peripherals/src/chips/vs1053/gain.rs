//! Decibels as exact integer arithmetic: VOL, DAC_VOL and SS_SWING in steps of 0.5 dB, the VU meter in whole ones (VS1053b datasheet
//! v1.33, "SCI_VOL", "SCI_STATUS", "Record Monitoring Volume"; VS1053b Patches; VS1053.md, 2.9, 2.3 and 6.2).

/// 1.0.
const ONE: u64 = 1 << 30;
/// 10^(-1/40), which is -0.5 dB, as a fraction of 2^64.
const HALF_DECIBEL: u128 = 0xF1AD_F93D_14C5_C75A;
/// Attenuations from here on are silence (VS1053.md, 2.9).
const SILENT: usize = 0xFE;

static GAINS: [u32; 256] = gains();
/// Gains of 0 to +3.5 dB (VS1053.md, 2.3).
static SWINGS: [u32; 8] = swings();

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

const fn swings() -> [u32; 8] {
    let mut table = [0; 8];
    let mut exact: u128 = 1 << 62;
    let mut step = 0;
    while step < 8 {
        table[step] = ((exact + (1 << 31)) >> 32) as u32;
        exact = (exact << 64) / HALF_DECIBEL;
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

/// As [`attenuate`], and `swing` half decibels (0 to 7) louder, clipped to 16 bits.
#[inline]
pub fn scale(sample: i16, attenuation: u8, swing: u8) -> i16 {
    if swing == 0 {
        return attenuate(sample, attenuation);
    }
    let gain = (u64::from(GAINS[usize::from(attenuation)]) * u64::from(SWINGS[usize::from(swing & 7)])) >> 30;
    let scaled = (i64::from(sample) * gain as i64 + (ONE as i64 >> 1)) >> 30;
    scaled.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

/// 1.0 is 65,536: the gain of `half_decibels`, -254 to 30.
pub fn ratio(half_decibels: i32) -> i64 {
    match half_decibels {
        ..=0 => i64::from(GAINS[half_decibels.unsigned_abs().min(255) as usize]) >> 14,
        _ => (1 << 46) / i64::from(GAINS[half_decibels.min(253) as usize]),
    }
}

/// DAC_VOL of an attenuation: coarse steps of 6 dB in the low nibble, fine ones of +0.5 dB in the high one (VS1053.md, 2.9).
pub fn dac_vol(half_decibels: u8) -> u8 {
    let coarse = half_decibels.div_ceil(12).min(15);
    let fine = (12 - half_decibels % 12) % 12;
    fine << 4 | coarse
}

/// The attenuation in half decibels that a byte of DAC_VOL asks for.
pub fn of_dac_vol(byte: u8) -> u8 {
    (12 * (byte & 15)).saturating_sub(byte >> 4)
}

/// A peak of 0 to 32,768 in decibels above 0 for the VU meter: 96 is full scale, 0 silence (VS1053b Patches; VS1053.md, 6.2).
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

    /// Datasheet, DAC_VOL: worked values, and the way back as far as there are steps.
    #[test]
    fn dac_vol_splits_the_attenuation() {
        let worked = [(0, 0x00), (1, 0xB1), (12, 0x01), (13, 0xB2), (24, 0x02), (36, 0x03), (40, 0x84), (168, 0x0E)];
        assert!(worked.into_iter().all(|(v, dac)| dac_vol(v) == dac));
        assert!((0..=180).all(|v| of_dac_vol(dac_vol(v)) == v));
    }

    /// Datasheet, "SCI_STATUS": SS_SWING of 1 is +0.5 dB, 2 is +1.0 dB.
    #[test]
    fn swing_adds_half_decibels_and_clips() {
        for swing in 0..8 {
            let expected = 10_000.0 * 10f64.powf(f64::from(swing) / 40.0);
            assert!((f64::from(scale(10_000, 0, swing)) - expected).abs() <= 0.51, "{swing}");
            assert!(scale(10_000, 20, swing).abs_diff(attenuate(10_000, 20 - swing)) <= 1);
        }
        assert_eq!((scale(i16::MAX, 0, 7), scale(i16::MIN, 0, 7), scale(i16::MAX, 0xFE, 7)), (i16::MAX, i16::MIN, 0));
    }

    #[test]
    fn ratios_are_decibels_both_ways() {
        for half in -254..=30 {
            let expected = 65_536.0 * 10f64.powf(f64::from(half) / 40.0);
            assert!((ratio(half) as f64 - expected).abs() <= 1.0 || half == -254, "{half}");
        }
    }

    #[test]
    fn attenuation_0xfe_is_silence() {
        assert!([0xFE, 0xFF].into_iter().all(|v| attenuate(i16::MIN, v) == 0 && attenuate(i16::MAX, v) == 0));
    }
}
