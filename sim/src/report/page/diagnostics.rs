//! What went wrong: what, where, why, how to mend it; the denied first.

use crate::report::diagnostic::Diagnostic;
use crate::report::json::Report;
use crate::report::render::{call_lines, calls_behind, grouped, place, plain, times};
use maud::{Markup, html};
use peripherals::kernel::{Kind, LintLevel};

/// Places of one rule that are shown below the first.
const MOST_PLACES: usize = 12;

/// All of them. `moment` gives the fragment of the picture of a diagnostic's moment, if one was kept.
pub(super) fn diagnostics(report: &Report, moment: &dyn Fn(&Diagnostic) -> Option<String>) -> Markup {
    let levels = [LintLevel::Deny, LintLevel::Warn, LintLevel::Note];
    let shown = levels.iter().flat_map(|level| groups(&report.diagnostics, *level)).collect::<Vec<_>>();
    let allowed: Vec<_> = groups(&report.diagnostics, LintLevel::Allow).collect();
    html! {
        h2 id="diagnostics" { "Diagnostics" }
        @if shown.is_empty() { p { "None." } }
        @for group in &shown { (finding(group, moment)) }
        @if report.diagnostics_dropped > 0 { p { "And " (times(report.diagnostics_dropped, "finding")) " more, not listed." } }
        @if !allowed.is_empty() {
            details {
                summary { "Allowed: " (allowed.len()) }
                @for group in &allowed { (finding(group, moment)) }
            }
        }
        @if !report.expectations.is_empty() { (expectations(report)) }
    }
}

/// Findings of `level`, those of one rule together, in the order of the first.
fn groups(all: &[Diagnostic], level: LintLevel) -> impl Iterator<Item = Vec<&Diagnostic>> {
    let of = move |name: &str| all.iter().filter(|d| d.level == level && d.name == name).collect::<Vec<_>>();
    let mut seen: Vec<&str> = Vec::new();
    all.iter().filter(move |d| d.level == level).filter_map(move |d| {
        let new = !seen.contains(&d.name.as_str());
        new.then(|| {
            seen.push(&d.name);
            of(&d.name)
        })
    })
}

const fn class(level: LintLevel) -> (&'static str, &'static str) {
    match level {
        LintLevel::Deny => ("deny", "bad"),
        LintLevel::Warn => ("warn", "warn"),
        LintLevel::Note => ("note", "plain"),
        LintLevel::Allow => ("allow", "plain"),
    }
}

fn finding(group: &[&Diagnostic], moment: &dyn Fn(&Diagnostic) -> Option<String>) -> Markup {
    let Some((first, others)) = group.split_first() else { return html! {} };
    let (word, colour) = class(first.level);
    html! {
        section class={ "finding " (word) } {
            h3 {
                span class={ "tag " (colour) } { (word) }
                code { (first.kind.word()) "[" (plain(&first.name)) "]" } " " (plain(&first.message))
            }
            dl {
                (at(first, moment))
                (row("what", &first.detail))
                @for (label, calls) in calls_behind(first) {
                    @if !calls.is_empty() { dt { (plain(label)) } dd { code { (call_lines(calls).join("\n")) } } }
                }
                @for other in others.iter().take(MOST_PLACES) {
                    dt { "also" }
                    dd {
                        (where_(other, moment))
                        @if let Some(facts) = other.detail.lines().next() { "; " (plain(facts)) }
                    }
                }
                @if others.len() > MOST_PLACES { dt { "and" } dd { "at " (times((others.len() - MOST_PLACES) as u64, "place")) " more" } }
                (row("why", &first.why))
                (row("help", &first.help))
                @match first.kind {
                    Kind::Fault | Kind::Gap => { dt { "quieter" } dd { code { "--allow " (plain(&first.name)) } } }
                    Kind::Bug => { dt { "please" } dd { "report this: it is not your firmware" } }
                    Kind::Error => {}
                }
            }
        }
    }
}

fn at(d: &Diagnostic, moment: &dyn Fn(&Diagnostic) -> Option<String>) -> Markup {
    if let Some(source) = &d.source {
        let symbol = d.symbol.as_deref().unwrap_or_default();
        html! {
            dt { "source" } dd { strong { code { (plain(source)) } } @if !symbol.is_empty() { " in " code { (plain(symbol)) } } }
            dt { "where" } dd { (where_(d, moment)) }
        }
    } else {
        html! { @if d.first.is_some() || d.pc.is_some() || d.count > 1 { dt { "where" } dd { (where_(d, moment)) } } }
    }
}

fn where_(d: &Diagnostic, moment: &dyn Fn(&Diagnostic) -> Option<String>) -> Markup {
    let text = place(d).unwrap_or_else(|| format!("{} in all", grouped(d.count)));
    html! { (text) @if let Some(fragment) = moment(d) { " " a href={ "#" (fragment) } { "see the wires" } } }
}

fn row(label: &str, text: &str) -> Markup {
    let lines: Vec<_> = text.lines().map(plain).collect();
    html! { @if !lines.is_empty() { dt { (label) } dd { (lines.join("\n")) } } }
}

fn expectations(report: &Report) -> Markup {
    html! {
        h3 { "Expectations" }
        ul {
            @for e in &report.expectations {
                li {
                    @if e.holds { span class="tag good" { "holds" } } @else { span class="tag bad" { "does not hold" } }
                    code { (plain(&e.expect)) }
                    @if let Some(detail) = &e.detail { ": " (plain(detail)) }
                }
            }
        }
    }
}
