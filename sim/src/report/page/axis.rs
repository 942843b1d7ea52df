//! Axes of charts: round numbers at fair distances.

use peripherals::kernel::Span;

/// About `wanted` round steps from 0 to `most`: 1, 2 or 5 times a power of ten.
pub(super) fn steps(most: f64, wanted: u32) -> Vec<f64> {
    if !(most.is_finite() && most > 0.0) {
        return vec![0.0];
    }
    let rough = most / f64::from(wanted.max(1));
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|step| *step >= rough).unwrap_or(most);
    (0..=2 * wanted).map(|n| f64::from(n) * step).take_while(|at| *at <= most * 1.000_001).collect()
}

/// A number without digits that say nothing.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 1e6 => format!("{} M", trim(value / 1e6)),
        v if v >= 1e4 => format!("{} k", trim(value / 1e3)),
        _ => trim(value),
    }
}

fn trim(value: f64) -> String {
    trim_to(value, 3)
}

fn trim_to(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    if digits == 0 || !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A length of time in few characters, `12.4 µs`.
pub(super) fn short(span: Span) -> String {
    match span.as_ps() as f64 {
        ps if ps < 1e6 => format!("{} ns", trim_to(ps / 1e3, 1)),
        ps if ps < 1e9 => format!("{} \u{b5}s", trim(ps / 1e6)),
        ps if ps < 1e12 => format!("{} ms", trim_to(ps / 1e9, 2)),
        ps => format!("{} s", trim(ps / 1e12)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_stay_inside() {
        assert_eq!(steps(8.7, 6), [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!(steps(2048.0, 4), [0.0, 1000.0, 2000.0]);
        assert_eq!(steps(0.0, 4), [0.0]);
        assert_eq!(steps(f64::NAN, 4), [0.0]);
        for most in [1e-9, 0.3, 7.0, 1e12] {
            let all = steps(most, 5);
            assert!((2..=11).contains(&all.len()) && all.iter().all(|at| *at <= most * 1.001), "{most}: {all:?}");
        }
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([16_000.0, 0.25, 2.0, 1_500_000.0, 0.0].map(number), ["16 k", "0.25", "2", "1.5 M", "0"]);
    }

    #[test]
    fn spans_are_short() {
        let words = [15_625, 150_000, 1_500_000, 12_000_000_000, 3_500_000_000_000].map(|ps| short(Span::from_ps(ps)));
        assert_eq!(words, ["15.6 ns", "150 ns", "1.5 \u{b5}s", "12 ms", "3.5 s"]);
    }
}
