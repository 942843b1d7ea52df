//! The ladder as a page for people: one file, without scripts and without the network.
//!
//! Whatever comes from outside (names, paths, text of the firmware) goes through maud, which escapes it.

use super::chart::chart;
use super::table::{below, off};
use super::wave::{label, wave};
use super::{Ending, Ladder, Step};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The whole file. `made_by` is the command that made it.
pub fn page(ladder: &Ladder, made_by: &str) -> String {
    let steps = &ladder.steps;
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "badgebench ladder" }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                h1 { "The ladder of " code { "sendByte()" } }
                p {
                    "The same song, sent to a VS1053 by software SPI in Python on a simulated nRF52840, one way of writing "
                    code { "sendByte()" } " after the other. Predicted seconds are what sending costs, file reading included, "
                    "waiting for DREQ not; the article's were measured on a badge in 2018."
                }
                h2 { "Seconds" }
                p class="legend" { span class="here" {} " predicted " span class="article" {} " the article" }
                div class="scroll" { (chart(ladder)) }
                h2 { "Steps" }
                div class="scroll" { (table(ladder)) }
                (troubles(steps))
                h2 { "One byte" }
                p {
                    "The same byte of the song in each step, from the last bit of the byte before it to its own last bit. The time scale is "
                    "each step's own; dotted lines are where the chip takes a bit."
                }
                @for step in steps {
                    @if let Some(excerpt) = &step.excerpt {
                        h3 { (step.name) " " small { (label(excerpt)) } }
                        div class="scroll" { (wave(excerpt)) }
                    }
                }
                h2 { "How it was made" }
                (facts(ladder, made_by))
            }
        }
    };
    whole.into_string()
}

fn table(ladder: &Ladder) -> Markup {
    let dash = || "–".to_owned();
    html! {
        table {
            thead {
                tr {
                    th { "step" } th { "predicted, s" } th { "elapsed, s" } th { "article, s" } th { "off" }
                    th { "cycles a bit" } th { "of real time" } th class="words" { "you would hear" }
                }
            }
            tbody {
                @for step in &ladder.steps {
                    @let figures = step.figures();
                    tr {
                        th { (step.name) }
                        td { (figures.predicted_s.map_or_else(dash, |s| format!("{s:.3}"))) }
                        td { (figures.elapsed_s.map_or_else(dash, |s| format!("{s:.3}"))) }
                        td { (step.article_s.map_or_else(dash, |s| s.to_string())) }
                        td { (off(step, &figures, ladder).unwrap_or_else(dash)) }
                        td { (figures.cycles_per_bit.map_or_else(dash, |cycles| format!("{cycles:.1}"))) }
                        td { (figures.factor.map_or_else(dash, |factor| format!("{factor:.2}x"))) }
                        td class="words" { (step.heard(&ladder.song)) }
                    }
                }
            }
        }
    }
}

/// Steps that did not play to the end, with the last that the firmware said.
fn troubles(steps: &[Step]) -> Markup {
    html! {
        @for step in steps.iter().filter(|step| !matches!(step.ending, Ending::Whole | Ending::NotStarted)) {
            @if !step.console.is_empty() {
                p { "The last that " code { (step.name) } " said:" }
                pre { @for line in &step.console { (line) "\n" } }
            }
        }
    }
}

fn facts(ladder: &Ladder, made_by: &str) -> Markup {
    html! {
        dl {
            @for (name, words) in below(ladder).iter().filter(|(name, _)| *name != "predicted") {
                dt { (name) } dd { (words) }
            }
            @for image in &ladder.firmware { dt { "sha256" } dd { code { (image.sha256) } } }
            dt { "song's" } dd { code { (ladder.song.sha256) } }
            dt { "by" } dd { "badgebench " (env!("CARGO_PKG_VERSION")) ": " code { (made_by) } }
        }
    }
}
