//! Where the time went: what sending the stream was made of, and where the core was when it was looked at.

use super::watched::{Places, Watched};
use crate::probes::scope::Interface;
use crate::probes::scope::timing::Measure;
use crate::report::json::Report;
use crate::report::render::{grouped, plain};
use maud::{Markup, html};

/// Functions that are shown.
const MOST: usize = 15;

/// Both parts, as far as there is something to say.
pub(super) fn cycles(report: &Report, watched: &Watched) -> Markup {
    let parts = parts(report, watched);
    html! {
        @if parts.is_some() || !watched.places.functions.is_empty() {
            h2 id="cycles" { "Where the time went" }
            @if let Some(parts) = parts { (sending(&parts)) }
            @if !watched.places.functions.is_empty() { (places(&watched.places)) }
        }
    }
}

/// Seconds between the first and the last bit of the stream.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Parts {
    /// From a byte's first bit to its last.
    bits: f64,
    /// Between bytes, while the chip would have taken more.
    between: f64,
    /// The chip had enough.
    full: f64,
}

fn parts(report: &Report, watched: &Watched) -> Option<Parts> {
    let t = &report.throughput;
    let (send, full) = (t.send_s?, t.dreq_stall_s?);
    let periods =
        watched.chips.iter().flat_map(|chip| &chip.measured).map(|at| at.of(Interface::Data, Measure::Period));
    // Fill before and after the stream is in it too, so it may come to a little more than sending.
    let bits = periods.map(|all| all.total().as_secs_f64()).sum::<f64>().min(send);
    (send + full > 0.0).then_some(Parts { bits, between: send - bits, full })
}

fn sending(parts: &Parts) -> Markup {
    let total = parts.bits + parts.between + parts.full;
    let rows = [
        ("s1", "bits are on their way", parts.bits, "the bit loop, or the SPI peripheral"),
        ("s2", "between bytes", parts.between, "loop, calls, reading the file, interrupts"),
        ("s4", "waiting for DREQ", parts.full, "the chip has enough: time to spare"),
    ];
    let before = [0.0, parts.bits, parts.bits + parts.between];
    let px = |seconds: f64| format!("{:.1}", seconds / total * 880.0);
    html! {
        figure {
            figcaption { strong { "Sending the stream" } small { ", from its first bit to its last: " (format!("{total:.3} s")) } }
            svg viewBox="-10 0 900 34" role="img" aria-label="shares of the time that sending took; the table says the same" {
                @for ((class, words, seconds, _), from) in rows.into_iter().zip(before) {
                    rect class=(class) x=(px(from)) width=(px(seconds)) y="4" height="26" { title { (words) } }
                }
                rect class="frame" x="0" y="4" width="880" height="26" {}
            }
            div class="scroll" {
                table {
                    thead { tr { th class="words" { "while" } th { "seconds" } th { "share" } th class="words" { "what that is" } } }
                    tbody {
                        @for (class, words, seconds, about) in rows {
                            tr {
                                th class="words" { span class={ "key " (class) } {} (words) }
                                td { (format!("{seconds:.3}")) } td { (format!("{:.1} %", 100.0 * seconds / total)) } td class="words" { (about) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn places(places: &Places) -> Markup {
    let looks = places.looks.max(1) as f64;
    html! {
        h3 { "Where the core was" }
        p class="dim" {
            "Looked at " (grouped(places.looks)) " times, each " (super::axis::short(places.every)) " of simulated time: a sample, not a count. What comes as regularly as "
            "the looks may be over- or underrated."
        }
        div class="scroll" tabindex="0" role="group" aria-label="table: functions" {
            table {
                thead { tr { th class="words" { "function" } th { "looks" } th { "share" } th class="words" { "first seen at" } } }
                tbody {
                    @for (name, source, count) in places.functions.iter().take(MOST) {
                        tr {
                            th class="words" { code { (plain(name)) } } td { (grouped(*count)) } td { (format!("{:.1} %", 100.0 * *count as f64 / looks)) }
                            td class="words" { @if let Some(source) = source { code { (plain(source)) } } }
                        }
                    }
                }
            }
        }
        @if places.functions.len() > MOST { p class="dim" { "And " (places.functions.len() - MOST) " functions more." } }
    }
}
