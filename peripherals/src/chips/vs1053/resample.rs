//! Samples between samples: band-limited interpolation with a windowed sinc (J. O. Smith, "Digital Audio Resampling", "Theory of
//! Operation"). The chip has rate converters in front of the DAC and behind the ADC (VS1053.md, 7 and 5.8); VLSI does not publish how they go
//! about it, and that theirs are of this kind is a guess.
//!
//! 1. The sinc is cut after 16 zero crossings a side under a Blackman window and read from a table of 512 entries a crossing, between
//!    which lies a straight line. Downwards it is stretched, so that what lies above half of the new rate goes.
//! 2. The table comes from the four basic operations of IEEE 754 alone, the rest is integers: samples are the same on any machine.
//!    At a moment of a sample, between equal rates, that sample comes out as it was.

use std::sync::LazyLock;

/// Zero crossings of a side, and entries of the table for each.
const CROSSINGS: usize = 16;
const STEPS: usize = 512;
/// Bits behind the point: of a weight, and of a position in samples.
const WEIGHT: u32 = 24;
/// Bits behind the point of a position in samples.
pub const POSITION: u32 = 32;

static TABLE: LazyLock<Vec<i32>> = LazyLock::new(|| {
    use core::f64::consts::PI;
    (0..=CROSSINGS * STEPS + 1)
        .map(|n| {
            let x = n as f64 / STEPS as f64;
            let part = x / CROSSINGS as f64;
            if n == 0 {
                return 1 << WEIGHT;
            }
            if n % STEPS == 0 || part >= 1.0 {
                return 0;
            }
            let sinc = sine(PI * x) / (PI * x);
            let window = 0.42 + 0.5 * sine(PI * part + PI / 2.0) + 0.08 * sine(2.0 * PI * part + PI / 2.0);
            let weight = sinc * window * f64::from(1 << WEIGHT);
            (if weight < 0.0 { weight - 0.5 } else { weight + 0.5 }) as i32
        })
        .collect()
});

/// The sine of 0 to 60, by its power series around the nearest multiple of pi.
fn sine(x: f64) -> f64 {
    use core::f64::consts::PI;
    let turns = (x / PI + 0.5) as u32;
    let x = x - f64::from(turns) * PI;
    let mut term = x;
    let mut sum = x;
    for n in 1..12 {
        term = -term * x * x / f64::from((2 * n) * (2 * n + 1));
        sum += term;
    }
    if turns.is_multiple_of(2) { sum } else { -sum }
}

/// Samples before and after a position that count, between these rates.
pub fn reach(from_hz: u32, to_hz: u32) -> u64 {
    let (from, to) = (u64::from(from_hz.max(1)), u64::from(to_hz.max(1)));
    if to < from { (CROSSINGS as u64 * from).div_ceil(to) + 1 } else { CROSSINGS as u64 + 1 }
}

/// What a signal of two sides is worth at a moment. `frame(n)` is its sample number n, 0 outside of it; `position` counts samples with
/// [`POSITION`] bits behind the point; `from_hz` and `to_hz` are its rate and the one that is wanted, at most 48 times lower.
pub fn at(frame: impl Fn(i64) -> [i16; 2], position: i64, from_hz: u32, to_hz: u32) -> [i16; 2] {
    let table = &*TABLE;
    let (from, to) = (u64::from(from_hz.max(1)), u64::from(to_hz.max(1)));
    // Distances are in crossings of the lower of both rates: entries of the table a sample, with 16 bits behind the point.
    let scale = ((STEPS as u64) << 16) * to.min(from) / from;
    let reach = reach(from_hz, to_hz) as i64;
    let whole = position >> POSITION;
    let mut sums = [0i64; 2];
    for n in whole - reach..=whole + 1 + reach {
        let away = ((n << POSITION) - position).unsigned_abs();
        let place = ((away >> 8) * scale) >> 24;
        let (entry, part) = ((place >> 16) as usize, (place & 0xFFFF) as i64);
        if entry > CROSSINGS * STEPS {
            continue;
        }
        let (near, far) = (i64::from(table[entry]), i64::from(table[entry + 1]));
        let weight = near + (((far - near) * part) >> 16);
        for (sum, sample) in sums.iter_mut().zip(frame(n)) {
            *sum += i64::from(sample) * weight;
        }
    }
    sums.map(|sum| {
        let scaled = i128::from(sum) * i128::from(to.min(from)) / i128::from(from);
        let rounded = (scaled + (1 << (WEIGHT - 1))) >> WEIGHT;
        rounded.clamp(i16::MIN.into(), i16::MAX.into()) as i16
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, rate: f64) -> impl Fn(i64) -> [i16; 2] {
        move |n| [((n as f64 * hz / rate * 2.0 * core::f64::consts::PI).sin() * 10_000.0).round() as i16; 2]
    }

    #[test]
    fn the_series_is_the_sine() {
        assert!((0..6_000).all(|n| (sine(f64::from(n) / 100.0) - (f64::from(n) / 100.0).sin()).abs() < 1e-9));
    }

    #[test]
    fn at_a_sample_between_equal_rates_it_is_that_sample() {
        let noise = |n: i64| [n, !n].map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15u64 as i64) >> 48) as i16);
        assert!((0..500).all(|n| at(noise, n << POSITION, 48_000, 48_000) == noise(n)));
    }

    /// Every moment of a tone that both rates can carry is right to a few parts in ten thousand.
    #[test]
    fn a_tone_keeps_its_shape_at_another_rate() {
        for (from, to, hz) in [(8_000u32, 48_000u32, 1_000.0), (44_100, 48_000, 10_000.0), (48_000, 8_000, 1_000.0)] {
            for n in 1_000..1_400i64 {
                let position = (n << POSITION) * i64::from(from) / i64::from(to);
                let [heard, _] = at(tone(hz, f64::from(from)), position, from, to);
                let wanted = (n as f64 * hz / f64::from(to) * 2.0 * core::f64::consts::PI).sin() * 10_000.0;
                assert!((f64::from(heard) - wanted).abs() < 8.0, "{from} to {to}, {n}: {heard}, {wanted}");
            }
        }
    }

    #[test]
    fn what_the_new_rate_cannot_carry_goes() {
        let loudest =
            (0..400i64).map(|n| at(tone(6_000.0, 48_000.0), (n * 6) << POSITION, 48_000, 8_000)[0].abs()).max();
        assert!(loudest < Some(10), "{loudest:?}");
    }
}
