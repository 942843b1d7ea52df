//! A run as a page for people: one file, without scripts and without the network.
//!
//! Whatever comes from outside (names, paths, text of the firmware) goes through maud, which escapes it, after [`plain`] has shown
//! control characters as escapes. The page says so to the browser too: its policy (`POLICY`) lets nothing be fetched or run. Only file
//! names and lines of sources stand in it, never their text: an image names what paths it likes, and a page is handed on.

mod axis;
mod charts;
mod clip;
mod cycles;
mod data;
mod decode;
mod diagnostics;
mod head;
mod operations;
mod pins;
mod series;
mod sound;
mod spectrum;
#[cfg(test)]
mod tests;
mod watched;
mod waves;

pub use clip::{Clip, MOST_SECONDS, Recording};
pub use series::{Bucket, MOST_BUCKETS, Range, Series};
pub use watched::{Moment, Places, Watched, WatchedChip, What};

use super::json::Report;
use super::render::plain;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What the browser may load: pictures and sound that are in the page, and its one style.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:; base-uri 'none'; form-action 'none'";

/// The whole file, with what was `watched` while the firmware ran, if it did.
pub fn page(report: &Report, watched: Option<&Watched>) -> String {
    let moment = |d: &super::diagnostic::Diagnostic| watched.and_then(|watched| watched.fragment(d));
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (head::title(report)) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                main {
                    (head::head(report))
                    (diagnostics::diagnostics(report, &moment))
                    @if let Some(watched) = watched {
                        (waves::waves(watched))
                        (charts::charts(report, watched))
                        (sound::sound(watched))
                        (cycles::cycles(report, watched))
                        (operations::operations(watched))
                        (pins::pins(watched))
                        (console(watched))
                    }

                    (facts(report))
                }
                (data::data(report))
            }
        }
    };
    whole.into_string()
}

/// The last that the firmware said.
fn console(watched: &Watched) -> Markup {
    html! {
        @if !watched.console.is_empty() {
            h2 { "Text from the firmware" }
            details open[watched.console.len() <= 20] {
                summary { "The last " (super::render::times(watched.console.len() as u64, "line")) }
                pre { "\n" @for line in &watched.console { (plain(line)) "\n" } }
            }
        }
    }
}

/// What was run, for whoever wants to run it again.
fn facts(report: &Report) -> Markup {
    html! {
        h2 { @if report.firmware.is_empty() { "Made by" } @else { "What was run" } }
        dl {
            @for image in &report.firmware {
                dt { "firmware" } dd { code { (plain(&image.path)) } " (" (plain(&image.format)) ")" }
                dt { "sha256" } dd { code { (image.sha256) } }
            }
            @if let Some(board) = &report.board { dt { "board" } dd { (plain(board)) } }
            @if let Some(time) = &report.time {
                dt { "time" }
                dd { (super::render::grouped(time.cycles)) " cycles of 64 MHz, " (super::render::grouped(time.instructions)) " instructions" }
            }
            @if let Some(trace) = &report.trace_sha256 { dt { "trace_sha256" } dd { code { (trace) } } }
            dt { "by" } dd { "badgebench " (env!("CARGO_PKG_VERSION")) }
        }
    }
}
