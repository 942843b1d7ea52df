//! Over time: how fast bytes came, how full the chip's buffer was, how loud it was, and where it was silent for want of data.

use super::axis::{number, short, steps};
use super::series::{Bucket, Series};
use super::watched::Watched;
use crate::report::json::Report;
use crate::report::render::{grouped, plain};
use maud::{Markup, html};
use peripherals::chips::vs1053::FIFO_BYTES;
use peripherals::kernel::Span;
use std::fmt::Write as _;

/// Pixels, from which the browser scales it.
const WIDTH: f64 = 900.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const PLOT: f64 = 120.0;
/// Quieter than that is drawn as silence, in decibels below full scale.
const FLOOR_DB: f64 = -60.0;

/// Charts of every chip to which bytes were sent.
pub(super) fn charts(report: &Report, watched: &Watched) -> Markup {
    let end = report.time.map_or(0.0, |time| time.simulated_s);
    let needed = report.throughput.needed_bytes_per_s;
    let chips: Vec<_> = watched.chips.iter().filter(|chip| chip.series.buckets().iter().any(|b| b.bytes > 0)).collect();
    html! {
        @if !chips.is_empty() && end > 0.0 {
            h2 id="time" { "Over time" }
            @for chip in &chips {
                @if watched.chips.len() > 1 { h3 { (plain(&chip.name)) } }
                (of_chip(&chip.series, end, needed.filter(|_| watched.chips.len() == 1)))
            }
        }
    }
}

fn of_chip(series: &Series, end: f64, needed: Option<f64>) -> Markup {
    let chart = Chart { series, end };
    let each = series.width();
    let silent = silences(series);
    let total: f64 = series.buckets().iter().map(|bucket| bucket.silent.as_secs_f64()).sum();
    html! {
        figure {
            figcaption {
                strong { "Bytes a second to the data interface" } small { ", mean of each " (short(each)) }
                @if needed.is_some() { span class="key s1" {} "delivered" span class="key s2" {} "needed (dashed)" }
            }
            div class="scroll" tabindex="0" role="group" aria-label="chart: bytes a second" { (chart.rate(needed, &silent)) }
        }
        figure {
            figcaption {
                strong { "Bytes in the chip's buffer" }
                small { ", least to most (shaded) and mean (line), looked at each 5 ms" }
            }
            div class="scroll" tabindex="0" role="group" aria-label="chart: bytes in the buffer" { (chart.fifo(&silent)) }
        }
        figure {
            figcaption {
                strong { "Level at the output" } small { ", largest sample of each " (short(each)) ", dB below full scale" }
                @if total > 0.0 { span class="key" style="background:var(--shade);opacity:.5" {} "silent, or on the way to it, for want of data (shaded, with a line on top)" }
            }
            div class="scroll" tabindex="0" role="group" aria-label="chart: level" { (chart.level(&silent)) }
            @if total > 0.0 {
                p { "Silent, or on the way to it, for want of data: " (format!("{total:.3}")) " s in all, in " (silent.len()) " stretches of the picture." }
            }
        }
    }
}

/// Neighbouring pieces with silence in them, in seconds.
fn silences(series: &Series) -> Vec<(f64, f64)> {
    let width = series.width().as_secs_f64();
    let mut all: Vec<(f64, f64)> = Vec::new();
    for (index, _) in series.buckets().iter().enumerate().filter(|(_, bucket)| bucket.silent > Span::ZERO) {
        let (from, to) = (index as f64 * width, (index + 1) as f64 * width);
        match all.last_mut() {
            Some(last) if last.1 >= from - width / 2.0 => last.1 = to,
            _ => all.push((from, to)),
        }
    }
    all
}

struct Chart<'a> {
    series: &'a Series,
    end: f64,
}

impl Chart<'_> {
    fn x(&self, seconds: f64) -> f64 {
        LEFT + (seconds / self.end).clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    /// Pieces with where they begin and end.
    fn pieces(&self) -> impl Iterator<Item = (f64, f64, &Bucket)> {
        let width = self.series.width().as_secs_f64();
        self.series
            .buckets()
            .iter()
            .enumerate()
            .map(move |(index, bucket)| (self.x(index as f64 * width), self.x((index + 1) as f64 * width), bucket))
    }

    fn rate(&self, needed: Option<f64>, silent: &[(f64, f64)]) -> Markup {
        let width = self.series.width().as_secs_f64();
        let rate = |bucket: &Bucket| bucket.bytes as f64 / width;
        let most = self.series.buckets().iter().map(rate).chain(needed).fold(1.0, f64::max) * 1.08;
        let y = |value: f64| TOP + PLOT * (1.0 - value / most);
        let mut d = format!("M{:.1} {:.1}", LEFT, y(0.0));
        for (from, to, bucket) in self.pieces() {
            // Writing to a String cannot fail, here and below.
            let _ = write!(d, "L{from:.1} {0:.1}H{to:.1}", y(rate(bucket)));
        }
        let _ = write!(d, "V{:.1}Z", y(0.0));
        let highest = self.series.buckets().iter().map(rate).fold(0.0, f64::max);
        let label = match needed {
            Some(needed) => format!(
                "bytes a second over time, {} at most; {} are needed",
                grouped(highest as u64),
                grouped(needed as u64)
            ),
            None => format!("bytes a second over time, {} at most", grouped(highest as u64)),
        };
        self.frame(
            &label,
            &steps(most, 4).iter().map(|at| (y(*at), number(*at))).collect::<Vec<_>>(),
            silent,
            html! {
                path class="area" d=(d) {}
                @if let Some(needed) = needed {
                    path class="needed" d=(format!("M{LEFT} {0:.1}H{1}", y(needed), WIDTH - RIGHT)) {}
                }
            },
        )
    }

    fn fifo(&self, silent: &[(f64, f64)]) -> Markup {
        let capacity = FIFO_BYTES as f64;
        let y = |value: f64| TOP + PLOT * (1.0 - value / (capacity * 1.05));
        let looked: Vec<_> = self.pieces().filter(|(.., bucket)| bucket.fifo.looks > 0).collect();
        let middle = |from: f64, to: f64| f64::midpoint(from, to);
        let (mut band, mut mean) = (String::new(), String::new());
        for (index, (from, to, bucket)) in looked.iter().enumerate() {
            let letter = if index == 0 { 'M' } else { 'L' };
            let x = middle(*from, *to);
            let _ = write!(band, "{letter}{x:.1} {:.1}", y(bucket.fifo.most as f64));
            let _ = write!(mean, "{letter}{x:.1} {:.1}", y(bucket.fifo.sum as f64 / bucket.fifo.looks as f64));
        }
        for (from, to, bucket) in looked.iter().rev() {
            let _ = write!(band, "L{:.1} {:.1}", middle(*from, *to), y(bucket.fifo.least as f64));
        }
        let marks = [0.0, 512.0, 1024.0, 1536.0, 2048.0].map(|at| (y(at), format!("{at}")));
        self.frame(
            "bytes in the chip's buffer over time, of 2048",
            &marks,
            silent,
            html! {
                @if !band.is_empty() { path class="area" d={ (band) "Z" } {} path class="curve" d=(mean) {} }
            },
        )
    }

    fn level(&self, silent: &[(f64, f64)]) -> Markup {
        let db =
            |peak: u16| if peak == 0 { FLOOR_DB } else { (20.0 * (f64::from(peak) / 32_768.0).log10()).max(FLOOR_DB) };
        let y = |value: f64| TOP + PLOT * (value / FLOOR_DB);
        let mut d = format!("M{:.1} {:.1}", LEFT, y(FLOOR_DB));
        for (from, to, bucket) in self.pieces() {
            let _ = write!(d, "L{from:.1} {0:.1}H{to:.1}", y(db(bucket.peak)));
        }
        let _ = write!(d, "V{:.1}Z", y(FLOOR_DB));
        let marks = [0.0, -20.0, -40.0, -60.0].map(|at| (y(at), format!("{at}")));
        self.frame("level at the output over time", &marks, silent, html! { path class="area" d=(d) {} })
    }

    /// Axes, silences, and what is `inside`.
    fn frame(&self, label: &str, marks: &[(f64, String)], silent: &[(f64, f64)], inside: Markup) -> Markup {
        let bottom = TOP + PLOT;
        let px = |value: f64| format!("{value:.1}");
        html! {
            svg class="chart" viewBox=(format!("0 0 {WIDTH} {}", bottom + 22.0)) role="img" aria-label=(label) {
                @for (y, text) in marks {
                    line class="grid" x1=(px(LEFT)) x2=(px(WIDTH - RIGHT)) y1=(px(*y)) y2=(px(*y)) {}
                    text class="axis" x=(px(LEFT - 6.0)) y=(px(y + 4.0)) text-anchor="end" { (text) }
                }
                @for at in steps(self.end, 8) {
                    line class="grid" x1=(px(self.x(at))) x2=(px(self.x(at))) y1=(px(bottom)) y2=(px(bottom + 4.0)) {}
                    text class="axis" x=(px(self.x(at))) y=(px(bottom + 17.0)) text-anchor="middle" { (number(at)) " s" }
                }
                (inside)
                @for (from, to) in silent {
                    @let (left, right) = (self.x(*from), self.x(*to));
                    rect class="silent" x=(px(left)) width=(px((right - left).max(1.0))) y=(px(TOP)) height=(px(PLOT)) {
                        title { "silent for want of data from " (format!("{from:.3}")) " s" }
                    }
                    path class="limit" style="stroke-dasharray:none;stroke-width:1" d=(format!("M{left:.1} {TOP}H{:.1}", right.max(left + 1.0))) {}
                }
                rect class="frame" x=(px(LEFT)) y=(px(TOP)) width=(px(WIDTH - LEFT - RIGHT)) height=(px(PLOT)) {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use peripherals::kernel::Instant;

    #[test]
    fn neighbouring_silences_are_one() {
        let mut series = Series::default();
        let ms = |ms| Instant::ZERO + Span::from_ms(ms);
        series.sound(ms(0), ms(12), 0, true);
        series.sound(ms(30), ms(31), 0, true);
        let all = silences(&series);
        assert_eq!(all.len(), 2);
        assert!((all[0].1 - 0.015).abs() < 1e-9 && (all[1].0 - 0.030).abs() < 1e-9, "{all:?}");
    }
}
