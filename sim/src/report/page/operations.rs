//! What was said on the bus, as a table.

use super::axis::short;
use super::decode::command;
use super::watched::{Watched, WatchedChip};
use crate::probes::scope::talk::Operation;
use crate::report::render::{grouped, plain, times};
use maud::{Markup, html};

/// Rows that are shown without unfolding.
const OPEN: usize = 40;

/// A table for each chip that was spoken to.
pub(super) fn operations(watched: &Watched) -> Markup {
    html! {
        @if watched.chips.iter().any(|chip| !chip.operations.is_empty()) {
            h2 id="operations" { "What was said on the bus" }
            p class="dim" {
                "Commands one by one, data in runs until the next command. A byte is what the chip makes of the wires, bit 7 first. Of a long run the first and the "
                "last are kept."
            }
            @for chip in &watched.chips {
                @if watched.chips.len() > 1 { h3 { (plain(&chip.name)) } }
                (of_chip(chip))
            }
        }
    }
}

fn of_chip(chip: &WatchedChip) -> Markup {
    let all = &chip.operations;
    html! {
        details open[all.len() <= OPEN] {
            summary { (times(all.last().map_or(0, |last| last.number + 1), "operation")) }
            div class="scroll" tabindex="0" role="group" aria-label="table: operations on the bus" {
                table {
                    thead { tr { th { "no." } th { "at" } th { "took" } th class="words" { "what" } th class="words" { "bytes" } } }
                    tbody {
                        @for (index, operation) in all.iter().enumerate() {
                            @let before = index.checked_sub(1).map_or(0, |index| all[index].number + 1);
                            @if operation.number > before {
                                tr class="mark" { td {} td colspan="4" class="words" { (times(operation.number - before, "operation")) " not kept" } }
                            }
                            (row(operation))
                        }
                    }
                }
            }
        }
    }
}

fn row(operation: &Operation) -> Markup {
    let head: Vec<String> = operation.head.iter().map(|byte| format!("{byte:02X}")).collect();
    let more = if operation.bytes > operation.head.len() as u64 { " …" } else { "" };
    html! {
        tr {
            td { (grouped(operation.number + 1)) } td { (operation.from.to_string()) } td { (short(operation.to.since(operation.from))) }
            td class="words" { (what(operation)) }
            td class="words" { code { (head.join(" ")) (more) } }
        }
    }
}

fn what(operation: &Operation) -> String {
    let odd =
        if operation.bits == 0 { String::new() } else { format!(", and {}", times(operation.bits.into(), "bit")) };
    if operation.data {
        let selects =
            if operation.selects > 1 { format!(" in {} selects", grouped(operation.selects)) } else { String::new() };
        return format!("SDI: {}{selects}{odd}", times(operation.bytes, "byte"));
    }
    let answer = operation.answer.get(2).copied().zip(operation.answer.get(3).copied());
    let words = command(&operation.head, answer).unwrap_or_else(|| format!("SCI: {}", times(operation.bytes, "byte")));
    match operation.bytes {
        0..=4 => format!("{words}{odd}"),
        bytes => format!("{words}, and {} more{odd}", times(bytes - 4, "byte")),
    }
}
