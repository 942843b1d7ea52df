//! Bars: predicted seconds beside the article's, on a logarithmic scale.

use super::{Ladder, Step};
use maud::{Markup, html};

/// Pixels of the whole picture, from which the browser scales it.
const WIDTH: f64 = 860.0;
const LEFT: f64 = 120.0;
const RIGHT: f64 = 70.0;
const TOP: f64 = 24.0;
/// Of one step: two bars and the room around them.
const ROW: f64 = 38.0;
const BAR: f64 = 13.0;

/// From seconds to pixels.
struct Scale {
    /// The power of ten at the left end.
    from: i32,
    /// The logarithm of the seconds at the right end.
    to: f64,
}

impl Scale {
    /// Holds all of `seconds`, with a decade at least.
    fn over(seconds: impl Iterator<Item = f64> + Clone) -> Self {
        let from = seconds.clone().map(f64::log10).fold(f64::INFINITY, f64::min).floor();
        let to = seconds.map(f64::log10).fold(f64::NEG_INFINITY, f64::max);
        if !from.is_finite() || !to.is_finite() {
            return Self { from: 0, to: 1.0 };
        }
        Self { from: from as i32, to: to.max(from + 1.0) }
    }

    fn x(&self, seconds: f64) -> f64 {
        let part = (seconds.log10() - f64::from(self.from)) / (self.to - f64::from(self.from));
        LEFT + part.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn decades(&self) -> impl Iterator<Item = f64> {
        (self.from..=self.to.floor() as i32).map(|exponent| 10f64.powi(exponent))
    }
}

/// The picture.
pub(super) fn chart(ladder: &Ladder) -> Markup {
    let bars: Vec<_> =
        ladder.steps.iter().map(|step| (step, step.figures().predicted_s.filter(|s| *s > 0.0))).collect();
    let song_s = song_seconds(&ladder.steps);
    let seconds = bars.iter().flat_map(|(step, here)| here.iter().chain(&step.article_s).copied());
    let scale = Scale::over(seconds.chain(song_s).collect::<Vec<_>>().into_iter());
    let bottom = TOP + ROW * bars.len() as f64;
    let px = |value: f64| format!("{value:.1}");
    html! {
        svg class="chart" viewBox=(format!("0 0 {WIDTH} {}", bottom + 30.0)) role="img"
            aria-label="predicted seconds beside the article's, step by step" {
            @for at in scale.decades() {
                line class="grid" x1=(px(scale.x(at))) x2=(px(scale.x(at))) y1=(px(TOP)) y2=(px(bottom)) {}
                text class="axis" x=(px(scale.x(at))) y=(px(bottom + 16.0)) text-anchor="middle" { (at.to_string()) " s" }
            }
            @if let Some(at) = song_s {
                line class="song" x1=(px(scale.x(at))) x2=(px(scale.x(at))) y1=(px(TOP - 6.0)) y2=(px(bottom)) {}
                text class="axis" x=(px(scale.x(at))) y=(px(TOP - 10.0)) text-anchor="middle" {
                    "the song lasts " (format!("{at:.2}")) " s"
                }
            }
            @for (row, (step, here)) in bars.iter().enumerate() {
                @let y = TOP + ROW * row as f64 + 5.0;
                text class="name" x=(px(LEFT - 8.0)) y=(px(y + BAR + 4.0)) text-anchor="end" { (step.name) }
                @for (class, seconds, y) in [("here", *here, y), ("article", step.article_s, y + BAR + 1.0)] {
                    @if let Some(seconds) = seconds {
                        rect class=(class) x=(px(LEFT)) y=(px(y)) height=(px(BAR)) width=(px(scale.x(seconds) - LEFT)) {}
                        text class="value" x=(px(scale.x(seconds) + 4.0)) y=(px(y + BAR - 2.5)) {
                            @if class == "here" { (format!("{seconds:.2}")) } @else { (seconds.to_string()) }
                        }
                    }
                }
            }
        }
    }
}

/// How long the song is, as the chip has decoded it in a step that sent it all.
fn song_seconds(steps: &[Step]) -> Option<f64> {
    let whole = steps.iter().filter(|step| step.figures().predicted_s.is_some());
    let reports = whole.filter_map(|step| step.report.as_ref());
    let seconds = reports.map(|report| report.vs1053.iter().flat_map(|chip| &chip.streams).map(|s| s.decoded_s).sum());
    seconds.filter(|s: &f64| *s > 0.0).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decade_is_as_wide_as_any_other_and_nothing_leaves_the_picture() {
        let scale = Scale::over([0.3, 128.0].into_iter());
        assert_eq!(scale.decades().collect::<Vec<_>>(), [0.1, 1.0, 10.0, 100.0]);
        let widths: Vec<_> = [0.1, 1.0, 10.0].map(|s| scale.x(10.0 * s) - scale.x(s)).into();
        assert!(widths.iter().all(|width| (width - widths[0]).abs() < 1e-9), "{widths:?}");
        assert_eq!((scale.x(0.001), scale.x(128.0), scale.x(1e9)), (LEFT, WIDTH - RIGHT, WIDTH - RIGHT));
    }

    #[test]
    fn nothing_to_show_is_an_empty_picture() {
        let scale = Scale::over([].into_iter());
        assert_eq!((scale.from, scale.to), (0, 1.0));
        let one = Scale::over([1.0].into_iter());
        assert_eq!((one.from, one.to), (0, 1.0));
        assert_eq!(song_seconds(&[]), None);
    }
}
