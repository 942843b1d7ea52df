//! One byte on SCLK and MOSI, as it was recorded.

use crate::probes::excerpt::{Excerpt, Mark};
use maud::{Markup, html};
use peripherals::kernel::{CPU_HZ, Span};
use std::fmt::Write as _;

/// Pixels of the whole picture, from which the browser scales it.
const WIDTH: f64 = 860.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 8.0;
/// Top of each wire's lane, and how high a level is.
const SCLK: f64 = 22.0;
const MOSI: f64 = 56.0;
const SWING: f64 = 20.0;
const HEIGHT: f64 = 84.0;

/// The picture. The bits stand above the edges at which the chip takes them.
pub(super) fn wave(excerpt: &Excerpt) -> Markup {
    let x = |at: Span| {
        let part = at.as_ps() as f64 / excerpt.length.as_ps().max(1) as f64;
        LEFT + part.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    };
    let rises: Vec<Span> = excerpt.edges.iter().filter(|mark| mark.clock && mark.high).map(|mark| mark.at).collect();
    let lanes = [("SCLK", SCLK, true, true), ("MOSI", MOSI, false, excerpt.mosi)];
    html! {
        svg class="wave" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(label(excerpt)) {
            @for (bit, at) in rises.iter().enumerate().take(8) {
                @let x = format!("{:.1}", x(*at));
                line class="sample" x1=(x) x2=(x) y1="14" y2=(HEIGHT.to_string()) {}
                text class="axis" x=(x) y="11" text-anchor="middle" { (excerpt.byte >> (7 - bit) & 1) }
            }
            @for (name, top, clock, high) in lanes {
                text class="axis" x="2" y=((top + SWING - 4.0).to_string()) { (name) }
                path class=(if clock { "sclk" } else { "mosi" }) d=(path(&excerpt.edges, clock, high, top, &x)) {}
            }
        }
    }
}

/// `0xC4 in 1,668 cycles, 26.06 µs`.
pub(super) fn label(excerpt: &Excerpt) -> String {
    let seconds = excerpt.length.as_secs_f64();
    let cycles = (seconds * CPU_HZ as f64).round() as u64;
    format!("0x{:02X} in {} cycles, {:.2} µs", excerpt.byte, crate::report::render::grouped(cycles), seconds * 1e6)
}

fn path(edges: &[Mark], clock: bool, high: bool, top: f64, x: &impl Fn(Span) -> f64) -> String {
    let y = |high: bool| if high { top } else { top + SWING };
    // Writing to a String cannot fail.
    let mut d = format!("M{LEFT} {}", y(high));
    for mark in edges.iter().filter(|mark| mark.clock == clock) {
        let _ = write!(d, "H{:.1}V{}", x(mark.at), y(mark.high));
    }
    let _ = write!(d, "H{}", WIDTH - RIGHT);
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(us: u64, clock: bool, high: bool) -> Mark {
        Mark { at: Span::from_us(us), clock, high }
    }

    #[test]
    fn levels_change_where_the_edges_are() {
        let edges = [mark(25, true, false), mark(30, false, true), mark(50, true, true)];
        let excerpt = Excerpt { byte: 0x80, index: 1, length: Span::from_us(100), mosi: false, edges: edges.to_vec() };
        let x = |at: Span| at.as_ps() as f64 / 1e6;
        assert_eq!(path(&edges, true, true, 10.0, &x), "M52 10H25.0V30H50.0V10H852");
        assert_eq!(path(&edges, false, false, 10.0, &x), "M52 30H30.0V10H852");
        assert_eq!(label(&excerpt), "0x80 in 6,400 cycles, 100.00 µs");
        let svg = wave(&excerpt).into_string();
        assert!(svg.contains("d=\"M52 22H252.0V42H452.0V22H852\""), "{svg}");
        assert!(svg.contains("x=\"452.0\" y=\"11\" text-anchor=\"middle\">1</text>"), "{svg}");
    }
}
