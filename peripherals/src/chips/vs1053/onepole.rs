//! A low-pass of first order in integers, the brick of tone control and EarSpeaker: topology-preserving transform of R and C
//! (V. Zavalishin, "The Art of VA Filter Design", 3.10).
//!
//! Coefficients come from the four basic operations of IEEE 754 alone and are rounded to integers, so that they, and with them all
//! samples, are the same on any machine.

/// Bits behind the point in the state and in the coefficient.
const STATE: u32 = 16;
const COEFFICIENT: u32 = 24;

/// The tangent of 0 to 1.5, by Lambert's continued fraction.
fn tan(x: f64) -> f64 {
    (0..12).rev().fold(0.0, |rest, n| if n == 0 { x / (1.0 - rest) } else { x * x / (f64::from(2 * n + 1) - rest) })
}

/// The filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnePole {
    coefficient: i64,
    state: i64,
}

impl OnePole {
    /// A filter whose corner lies at `hz` when samples come at `rate_hz`; at most at 0.45 of the rate.
    pub fn new(hz: f64, rate_hz: u32) -> Self {
        let part = (hz / f64::from(rate_hz.max(1))).min(0.45);
        let g = tan(core::f64::consts::PI * part);
        Self { coefficient: (g / (1.0 + g) * f64::from(1 << COEFFICIENT) + 0.5) as i64, state: 0 }
    }

    /// What of `sample` lies below the corner, times 65,536.
    #[inline]
    pub fn low(&mut self, sample: i64) -> i64 {
        let step = ((sample - self.state) * self.coefficient) >> COEFFICIENT;
        let low = self.state + step;
        self.state = low + step;
        low
    }

    /// A sample of 16 bits as [`OnePole::low`] takes it.
    #[inline]
    pub fn wide(sample: i16) -> i64 {
        i64::from(sample) << STATE
    }

    /// Forgets what it has heard.
    pub fn forget(&mut self) {
        self.state = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tangent_is_one() {
        for n in 0..140 {
            let x = f64::from(n) / 100.0;
            assert!((tan(x) - x.tan()).abs() <= 1e-9 * (1.0 + x.tan()), "{x}");
        }
    }

    /// At its corner a filter of first order lets 0.707 through; far below all, far above next to nothing.
    #[test]
    fn it_is_3_db_down_at_its_corner() {
        for (hz, expected) in [(20.0, 1.0), (1_000.0, 0.707), (15_000.0, 0.04)] {
            let mut filter = OnePole::new(1_000.0, 48_000);
            let turn = 2.0 * core::f64::consts::PI * hz / 48_000.0;
            let loudest = (0..9_600)
                .map(|n| filter.low(((f64::from(n) * turn).sin() * 20_000.0 * 65_536.0) as i64))
                .skip(4_800)
                .max();
            let gain = loudest.unwrap() as f64 / 65_536.0 / 20_000.0;
            assert!((gain - expected).abs() < 0.01, "{hz} Hz: {gain}");
        }
    }
}
