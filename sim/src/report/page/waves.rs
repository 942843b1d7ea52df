//! Pictures of the wires at moments that matter.
//!
//! Time is to scale but for pauses: where nothing moves for long, the picture is cut and says how long it was. Dotted lines are where the
//! chip takes a bit; below the wires stands what it makes of them, bit 7 first.

use super::axis::short;
use super::decode::{Bytes, Said, decode};
use super::watched::{Moment, Watched, WatchedChip, What, fragment};
use crate::probes::scope::{WIRES, Window, Wire};
use crate::report::render::plain;
use maud::{Markup, html};
use peripherals::kernel::{Instant, Span};
use std::fmt::Write as _;

/// Pixels, from which the browser scales it.
const LEFT: f64 = 58.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 30.0;
const LANE: f64 = 26.0;
const SWING: f64 = 15.0;
/// Between two edges that follow one another as most do.
const STEP: f64 = 9.0;
/// A pause is so many of them at most.
const PAUSE: u64 = 8;
/// The least and the most of a whole picture.
const WIDTHS: (f64, f64) = (900.0, 2600.0);
/// Times that are written below.
const TICKS: usize = 8;

/// All pictures of all chips.
pub(super) fn waves(watched: &Watched) -> Markup {
    let several = watched.chips.len() > 1;
    html! {
        @if watched.chips.iter().any(|chip| !chip.moments.is_empty()) {
            h2 id="wires" { "The wires at moments that matter" }
            p class="dim" {
                "Dotted lines are where the chip takes a bit. Time is to scale, but long pauses are cut out; how long they were stands in the gap. "
                "Below the wires: the bytes that the chip makes of them, bit 7 first."
            }
            @for (index, chip) in watched.chips.iter().enumerate() {
                @if several && !chip.moments.is_empty() { h3 { (plain(&chip.name)) } }
                @for (number, moment) in chip.moments.iter().enumerate() { (figure(moment, &fragment(index, number), chip)) }
            }
        }
    }
}

fn figure(moment: &Moment, id: &str, _chip: &WatchedChip) -> Markup {
    let decoded = decode(&moment.window);
    let said = decoded.iter().map(Bytes::words).collect::<Vec<_>>().join("; ");
    let title = title(&moment.what);
    html! {
        figure id=(id) {
            figcaption {
                strong { (plain(&title)) } " at " (moment.at.to_string())
                @if !said.is_empty() { br; small class="mono" { (said) } }
            }
            div class="scroll" tabindex="0" role="group" aria-label={ "waveform: " (plain(&title)) } {
                (picture(moment, &decoded, &title))
            }
        }
    }
}

fn title(what: &What) -> String {
    match what {
        What::FirstCommand => "The first command".to_owned(),
        What::FirstData => "The first data".to_owned(),
        What::FirstWait => "The chip has enough for the first time: DREQ falls".to_owned(),
        What::Underrun => "The first underrun: nothing left to play".to_owned(),
        What::SlowestByte(length) => format!("The slowest byte of data, {length} from its first bit to its last"),
        What::Finding(name) => name.clone(),
    }
}

/// From time to pixels, with pauses cut short.
struct Scale {
    /// Moments with their pixels, in order.
    points: Vec<(Instant, f64)>,
    /// Pauses: from where to where, and how long they were.
    cuts: Vec<(f64, f64, Span)>,
    width: f64,
}

impl Scale {
    fn of(window: &Window, at: Instant) -> Self {
        let mut times: Vec<Instant> = window.edges.iter().map(|edge| edge.at).chain([at]).collect();
        times.sort_unstable();
        times.dedup();
        let gaps: Vec<Span> = times.windows(2).map(|pair| pair[1].since(pair[0])).collect();
        let mut sorted = gaps.clone();
        sorted.sort_unstable();
        let usual = sorted.get(sorted.len() / 2).map_or(1, |gap| gap.as_ps()).max(1);
        let longest = usual.saturating_mul(PAUSE);
        let steps: f64 = gaps.iter().map(|gap| gap.as_ps().min(longest) as f64 / usual as f64).sum::<f64>() + 4.0;
        let room = (steps * STEP).clamp(WIDTHS.0 - LEFT - RIGHT, WIDTHS.1 - LEFT - RIGHT);
        let step = room / steps;
        let mut x = LEFT + 2.0 * step;
        let mut scale = Self { points: Vec::with_capacity(times.len()), cuts: Vec::new(), width: LEFT + room + RIGHT };
        for (index, time) in times.iter().enumerate() {
            if let Some(gap) = index.checked_sub(1).and_then(|before| gaps.get(before)) {
                let from = x;
                x += gap.as_ps().min(longest) as f64 / usual as f64 * step;
                if gap.as_ps() > longest {
                    scale.cuts.push((from, x, *gap));
                }
            }
            scale.points.push((*time, x));
        }
        scale
    }

    /// Of a moment that is one of its points, as all of a window's are.
    fn x(&self, at: Instant) -> f64 {
        match self.points.binary_search_by_key(&at, |(time, _)| *time) {
            Ok(index) => self.points[index].1,
            Err(index) => self.points.get(index).or(self.points.last()).map_or(LEFT, |(_, x)| *x),
        }
    }
}

fn px(value: f64) -> String {
    format!("{value:.1}")
}

fn picture(moment: &Moment, decoded: &[Bytes], title: &str) -> Markup {
    let window = &moment.window;
    let scale = Scale::of(window, moment.at);
    let moved = window.edges.iter().fold(0, |wires, edge| wires | edge.wires);
    let drawn = |wire: Wire| window.present & wire.bit() != 0 && (wire != Wire::Xreset || moved & wire.bit() != 0);
    let lanes: Vec<(Wire, &str, f64)> = WIRES
        .into_iter()
        .filter(|(wire, _)| drawn(*wire))
        .enumerate()
        .map(|(index, (wire, name))| (wire, name, TOP + LANE * index as f64))
        .collect();
    let bottom = TOP + LANE * lanes.len() as f64;
    let out = decoded.iter().any(Bytes::has_answer);
    let rows = 2.0 + f64::from(u8::from(out));
    let height = bottom + 22.0 * rows + 24.0;
    let here = scale.x(moment.at);
    let right = scale.width - RIGHT;
    html! {
        svg viewBox=(format!("0 0 {:.0} {height:.0}", scale.width)) style=(format!("min-width:{:.0}px", scale.width * 0.8)) role="img"
            aria-label=(plain(title)) {
            @for (from, to, pause) in &scale.cuts {
                rect class="gap" x=(px(from + 3.0)) width=(px((to - from - 6.0).max(1.0))) y=(px(TOP - 4.0)) height=(px(bottom - TOP)) {
                    title { (pause.to_string()) }
                }
                text class="axis" x=(px(f64::midpoint(*from, *to))) y=(px(bottom - LANE / 2.0 + 20.0)) text-anchor="middle" { (short(*pause)) }
            }
            @for edge in window.edges.iter().filter(|edge| edge.bit.is_some()) {
                @let x = px(scale.x(edge.at));
                line class="sample" x1=(x) x2=(x) y1=(px(TOP - 4.0)) y2=(px(bottom - LANE / 2.0)) {}
            }
            @for (wire, name, top) in &lanes {
                text x="4" y=(px(top + SWING - 3.0)) { (name) }
                path class={ "wire " (colour(*wire)) } d=(path(window, *wire, *top, &scale, right)) {}
            }
            line class="trigger" x1=(px(here)) x2=(px(here)) y1="16" y2=(px(bottom)) {}
            text class="limit" x=(px(here.clamp(LEFT + 30.0, right - 30.0))) y="12" text-anchor="middle" { "\u{25bc} " (plain(&mark(&moment.what))) }
            @for bytes in decoded { (boxes(bytes, &scale, bottom + 8.0)) }
            @if !decoded.is_empty() { text class="axis" x="4" y=(px(bottom + 22.0)) { "bytes" } }
            @if out { text class="axis" x="4" y=(px(bottom + 44.0)) { "answer" } }
            @for (at, x) in ticks(&scale) {
                text class="axis" x=(px(x)) y=(px(height - 6.0)) text-anchor="middle" { (relative(at, moment.at)) }
                line class="grid" x1=(px(x)) x2=(px(x)) y1=(px(height - 22.0)) y2=(px(height - 18.0)) {}
            }
        }
    }
}

const fn colour(wire: Wire) -> &'static str {
    match wire {
        Wire::Sclk => "a",
        Wire::Mosi | Wire::Miso => "b",
        _ => "c",
    }
}

fn mark(what: &What) -> String {
    match what {
        What::FirstCommand => "first clock of SCI".to_owned(),
        What::FirstData => "first clock of SDI".to_owned(),
        What::FirstWait => "DREQ falls".to_owned(),
        What::Underrun => "underrun".to_owned(),
        What::SlowestByte(_) => "its first bit".to_owned(),
        What::Finding(name) => name.clone(),
    }
}

fn relative(at: Instant, zero: Instant) -> String {
    if at == zero {
        "0".to_owned()
    } else if at > zero {
        format!("+{}", short(at.since(zero)))
    } else {
        format!("\u{2212}{}", short(zero.since(at)))
    }
}

/// Edges that stand apart far enough for their times to be written.
fn ticks(scale: &Scale) -> Vec<(Instant, f64)> {
    let apart = (scale.width / TICKS as f64).clamp(90.0, 200.0);
    let mut ticks: Vec<(Instant, f64)> = Vec::new();
    for &(at, x) in &scale.points {
        if ticks.last().is_none_or(|(_, before)| x - before >= apart) && x < scale.width - 40.0 {
            ticks.push((at, x));
        }
    }
    ticks
}

fn path(window: &Window, wire: Wire, top: f64, scale: &Scale, right: f64) -> String {
    let y = |high: bool| if high { top } else { top + SWING };
    // Writing to a String cannot fail.
    let mut d = format!("M{LEFT} {}", y(window.high & wire.bit() != 0));
    for edge in window.edges.iter().filter(|edge| edge.wires & wire.bit() != 0) {
        let _ = write!(d, "H{:.1}V{}", scale.x(edge.at), y(edge.high));
    }
    let _ = write!(d, "H{right:.1}");
    d
}

/// A box for each byte, and below it, once for all of a command, what it says.
fn boxes(bytes: &Bytes, scale: &Scale, y: f64) -> Markup {
    let row = 22.0;
    let below = y + row * if bytes.has_answer() { 2.0 } else { 1.0 };
    let span = bytes.list.first().zip(bytes.list.last()).map(|(a, b)| (scale.x(a.from), scale.x(b.to)));
    html! {
        @for byte in &bytes.list {
            @let (from, to) = (scale.x(byte.from) - 3.0, scale.x(byte.to) + 3.0);
            rect class="box" x=(px(from)) width=(px(to - from)) y=(px(y)) height="17" rx="3" {}
            text class="mono" x=(px(f64::midpoint(from, to))) y=(px(y + 13.0)) text-anchor="middle" { (format!("{:02X}", byte.value)) }
            @if let Some(answer) = byte.answer {
                rect class="box" x=(px(from)) width=(px(to - from)) y=(px(y + row)) height="17" rx="3" {}
                text class="mono" x=(px(f64::midpoint(from, to))) y=(px(y + row + 13.0)) text-anchor="middle" { (format!("{answer:02X}")) }
            }
        }
        @if let (Some((from, to)), Some(said)) = (span, bytes.label()) {
            text x=(px(f64::midpoint(from, to))) y=(px(below + 12.0)) text-anchor="middle" {
                @match said { Said::Command(text) | Said::Data(text) => (text) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::scope::Kept;

    fn window(ns: &[u64]) -> Window {
        let edge = |(n, &ns): (usize, &u64)| {
            Kept::new(Instant::ZERO + Span::from_ns(ns), Wire::Sclk.bit(), n % 2 == 0, None, None)
        };
        let edges = ns.iter().enumerate().map(edge).collect();
        Window { edges, present: Wire::Sclk.bit(), ..Window::default() }
    }

    #[test]
    fn time_is_to_scale_and_a_pause_is_cut_short() {
        let scale = Scale::of(&window(&[0, 100, 200, 400, 9_000_000, 9_000_100]), Instant::ZERO);
        let at = |ns| scale.x(Instant::ZERO + Span::from_ns(ns));
        let step = at(100) - at(0);
        assert!((at(400) - at(200) - 2.0 * step).abs() < 1e-9);
        assert!((at(9_000_000) - at(400) - 8.0 * step).abs() < 1e-9);
        assert_eq!(scale.cuts.len(), 1);
        assert_eq!(scale.cuts[0].2, Span::from_ns(8_999_600));
        assert!(at(9_000_100) < scale.width - RIGHT);
    }

    #[test]
    fn a_moment_alone_is_a_picture_too() {
        let empty = Moment { what: What::Underrun, at: Instant::ZERO, window: Window::default() };
        assert!(picture(&empty, &[], "t").into_string().contains("viewBox=\"0 0 900"));
        let many: Vec<u64> = (0..5_000).collect();
        assert!(Scale::of(&window(&many), Instant::ZERO).width <= WIDTHS.1);
    }

    #[test]
    fn times_are_told_from_the_moment_itself() {
        let at = Instant::ZERO + Span::from_us(3);
        assert_eq!(relative(at, Instant::ZERO), "+3 \u{b5}s");
        assert_eq!(relative(Instant::ZERO, at), "\u{2212}3 \u{b5}s");
        assert_eq!(relative(at, at), "0");
    }
}
