//! How long everything on the wires took, against the limits of the datasheet.

use super::axis::steps;
use super::watched::Watched;
use crate::probes::scope::histogram::Histogram;
use crate::probes::scope::timing::{INTERFACES, MEASURES, Measure};
use crate::probes::scope::{Interface, Measured};
use crate::report::render::{grouped, plain};
use maud::{Markup, html};
use peripherals::kernel::Span;

/// Pixels of a histogram.
const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 130.0;
const LEFT: f64 = 8.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 18.0;
const PLOT: f64 = 84.0;
/// Bars of one.
const BARS: usize = 44;
/// Measures that get a histogram.
const DRAWN: [Measure; 5] = [Measure::Period, Measure::High, Measure::Low, Measure::Setup, Measure::Hold];

/// Tables and histograms of every chip whose wires moved.
pub(super) fn pins(watched: &Watched) -> Markup {
    html! {
        @if watched.chips.iter().any(|chip| !chip.measured.is_empty()) {
            h2 id="pins" { "Timing at the pins" }
            p class="dim" {
                "Limits are the datasheet's (VS1053b, \"SPI Timing Diagram\") at the CLKI in force. Jitter is the standard deviation. Clocks are measured "
                "inside bytes; setup and hold where MOSI moves. Lengths are exact for edges of the 64 MHz core below 2 \u{b5}s, else within 1 %; "
                "least, mean, most and jitter are always exact."
            }
            @for chip in &watched.chips {
                @for at in &chip.measured {
                    @for interface in INTERFACES.into_iter().filter(|interface| seen(at, *interface)) {
                        h3 {
                            @if watched.chips.len() > 1 { (plain(&chip.name)) ": " }
                            (name(interface)) small { ", CLKI " (format!("{:.3}", f64::from(at.clki_hz) / 1e6)) " MHz" }
                        }
                        (table(at, interface))
                        (histograms(at, interface))
                    }
                }
            }
        }
    }
}

fn seen(at: &Measured, interface: Interface) -> bool {
    MEASURES.iter().any(|measure| at.of(interface, *measure).count() > 0)
}

const fn name(interface: Interface) -> &'static str {
    match interface {
        Interface::Command => "Commands (SCI)",
        Interface::Read => "Reads (SCI)",
        Interface::Data => "Data (SDI)",
    }
}

fn label(measure: Measure) -> (&'static str, &'static str) {
    match measure {
        Measure::Period => ("SCLK period", ""),
        Measure::Between => ("byte to byte", ""),
        Measure::High => ("SCLK high", "tWH"),
        Measure::Low => ("SCLK low", "tWL"),
        Measure::Setup => ("MOSI before the edge", "tSU"),
        Measure::Hold => ("MOSI after the edge", "tH"),
        Measure::SelectSetup => ("select to first edge", "tXCSS"),
        Measure::SelectHold => ("last edge to deselect", "tXCSH"),
        Measure::SelectHigh => ("select high", "tXCS"),
    }
}

fn table(at: &Measured, interface: Interface) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="group" aria-label={ "table: timing of " (name(interface)) } {
            table {
                thead { tr {
                    th class="words" { "time" } th { "least" } th { "mean" } th { "99 %" } th { "most" } th { "jitter" } th { "times" } th { "limit" } th { "below it" }
                } }
                tbody {
                    @for measure in MEASURES {
                        @let all = at.of(interface, measure);
                        @if all.count() > 0 {
                            @let limit = measure.limit(interface, &at.limits);
                            @let (words, symbol) = label(measure);
                            tr {
                                th class="words" { (words) @if !symbol.is_empty() { " " small { (symbol) } } }
                                td { (all.least().to_string()) } td { (all.mean().to_string()) } td { (all.percentile(99).to_string()) }
                                td { (all.most().to_string()) } td { (all.deviation().to_string()) } td { (grouped(all.count())) }
                                td { @if let Some(limit) = limit { "\u{2265} " (limit.to_string()) } @else { "\u{2013}" } }
                                (judged(all, limit))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn judged(all: &Histogram, limit: Option<Span>) -> Markup {
    match limit {
        Some(limit) if all.least() < limit => html! { td class="short" { "\u{2717} " (grouped(all.below(limit))) } },
        Some(_) => html! { td { "\u{2713} none" } },
        None => html! { td { "\u{2013}" } },
    }
}

fn histograms(at: &Measured, interface: Interface) -> Markup {
    let drawn = DRAWN.into_iter().filter(|measure| at.of(interface, *measure).count() > 1);
    let all: Vec<_> = drawn.map(|measure| (measure, at.of(interface, measure))).collect();
    html! {
        @if !all.is_empty() {
            details open[interface == Interface::Data] {
                summary { "Histograms (each bar's height is the logarithm of how often)" }
                div class="histograms" {
                    @for (measure, lengths) in all {
                        (histogram(lengths, measure.limit(interface, &at.limits), label(measure).0))
                    }
                }
            }
        }
    }
}

fn histogram(all: &Histogram, limit: Option<Span>, title: &str) -> Markup {
    // A few very long ones, interrupts for example, would press all others into one bar.
    let usual = all.percentile(99).as_ps();
    let most = all.most().as_ps().min(usual.saturating_mul(2)).max(1);
    let limit = limit.filter(|limit| limit.as_ps() > 0);
    let low = all.least().as_ps().min(limit.map_or(u64::MAX, Span::as_ps).max(all.least().as_ps() / 2)) as f64;
    let high = (most as f64).max(limit.map_or(0.0, |limit| limit.as_ps() as f64));
    // A little room, so that all of one length is a bar in the middle and not a wall.
    let room = ((high - low) * 0.04).max(high * 0.02).max(1.0);
    let (low, high) = ((low - room).max(0.0), high + room);
    let mut bars = [0u64; BARS];
    let mut beyond = 0;
    for (length, count) in all.bins() {
        let part = (length.as_ps() as f64 - low) / (high - low);
        if part < 1.0 {
            bars[((part * BARS as f64) as usize).min(BARS - 1)] += count;
        } else {
            beyond += count;
        }
    }
    let tallest = bars.iter().copied().max().unwrap_or(1).max(1) as f64;
    let x = |ps: f64| LEFT + (ps - low) / (high - low) * (WIDTH - LEFT - RIGHT);
    let wide = (WIDTH - LEFT - RIGHT) / BARS as f64;
    let tall = |count: u64| PLOT * (1.0 + count as f64).ln() / (1.0 + tallest).ln();
    let px = |value: f64| format!("{value:.1}");
    let marks = steps(high, 5);
    html! {
        figure {
            figcaption { small { (title) @if beyond > 0 { ", " (grouped(beyond)) " longer ones not drawn" } } }
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
                aria-label=(format!("histogram of {title}: from {} to {}, mean {}", all.least(), all.most(), all.mean())) {
                @for (index, count) in bars.iter().enumerate().filter(|(_, count)| **count > 0) {
                    rect class="bar" x=(px(LEFT + wide * index as f64 + 0.5)) width=(px(wide - 1.0)) y=(px(TOP + PLOT - tall(*count))) height=(px(tall(*count))) {
                        title { (grouped(*count)) " times" }
                    }
                }
                @if let Some(limit) = limit {
                    @let at = x(limit.as_ps() as f64);
                    line class="limit" x1=(px(at)) x2=(px(at)) y1=(px(TOP - 4.0)) y2=(px(TOP + PLOT)) {}
                    text class="limit" x=(px(at.clamp(40.0, WIDTH - 40.0))) y="11" text-anchor="middle" { "limit " (limit.to_string()) }
                }
                line class="grid" x1=(px(LEFT)) x2=(px(WIDTH - RIGHT)) y1=(px(TOP + PLOT)) y2=(px(TOP + PLOT)) {}
                @for at in marks.iter().filter(|at| **at >= low) {
                    text class="axis" x=(px(x(*at).clamp(20.0, WIDTH - 22.0))) y=(px(TOP + PLOT + 16.0)) text-anchor="middle" { (unit(*at, high)) }
                }
            }
        }
    }
}

/// `at` picoseconds, in the unit that suits the whole axis.
fn unit(at: f64, most: f64) -> String {
    let text = |value: f64| super::axis::number(value);
    match most {
        m if m < 2e6 => format!("{} ns", text(at / 1e3)),
        m if m < 2e9 => format!("{} \u{b5}s", text(at / 1e6)),
        _ => format!("{} ms", text(at / 1e9)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_not_kept_is_said_in_words_and_drawn() {
        let mut all = Histogram::default();
        for cycles in [4, 4, 4, 4, 5] {
            all.add(Span::from_cycles(cycles));
        }
        let short = judged(&all, Some(Span::from_cycles(5))).into_string();
        assert!(short.contains("\u{2717} 4") && short.contains("class=\"short\""), "{short}");
        assert!(judged(&all, Some(Span::from_cycles(4))).into_string().contains("none"));
        let drawn = histogram(&all, Some(Span::from_cycles(5)), "SCLK high").into_string();
        assert!(drawn.contains("limit 78.1 ns") && drawn.contains("4 times") && drawn.contains("1 times"), "{drawn}");
    }

    #[test]
    fn any_lengths_make_a_picture() {
        for lengths in [vec![0], vec![u64::MAX, 0], vec![1, 1, 1], vec![15_625; 3]] {
            let mut all = Histogram::default();
            for ps in &lengths {
                all.add(Span::from_ps(*ps));
            }
            for limit in [None, Some(Span::ZERO), Some(Span::from_ns(90)), Some(Span::from_ps(u64::MAX))] {
                let drawn = histogram(&all, limit, "t").into_string();
                assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{lengths:?} {limit:?}: {drawn}");
            }
        }
    }
}
