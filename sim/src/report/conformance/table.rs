//! The score as a table of text.

use super::{Evidence, RULES, Score, Strength, Verdict};
use crate::report::render::{grouped, plain, times};

/// A line for each rule, what broke it below it, and the sum at the end.
pub fn table(score: &Score) -> String {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut text = format!("{:<8}  {:width$}  {:<6}  what is asked\n", "verdict", "rule", "");
    for scored in &score.rules {
        let rule = scored.rule;
        let head =
            format!("{:<8}  {:width$}  {:<6}  {}", scored.verdict.word(), rule.name, rule.strength.word(), rule.asks);
        let count = match scored.verdict {
            Verdict::Pass => format!(" ({})", times(scored.seen, rule.counts())),
            Verdict::Fail | Verdict::NotSeen => String::new(),
        };
        text.push_str(&format!("{head}{count}\n"));
        if scored.verdict == Verdict::Fail {
            for evidence in &scored.broken {
                text.push_str(&format!("          {}\n", plain(&words(evidence))));
            }
            text.push_str(&format!("          VS1053b datasheet, \"{}\"\n", rule.source.replace("; ", "\", \"")));
        }
    }
    text.push_str(&format!("\n{}\n", plain(&sum(score))));
    text
}

/// `at 1.839 984 ms, pc 0x0000_0414 in write (vs1053.rs:90): DREQ is low ..., 12 times`.
fn words(evidence: &Evidence) -> String {
    let mut place = evidence.at.map(|at| format!("at {at}")).unwrap_or_else(|| "at the end".to_owned());
    if let Some(pc) = evidence.pc {
        place.push_str(&format!(", pc 0x{:04x}_{:04x}", pc >> 16, pc & 0xFFFF));
        if let Some(symbol) = &evidence.location.symbol {
            place.push_str(&format!(" in {symbol}"));
        }
        if let Some(source) = &evidence.location.source {
            place.push_str(&format!(" ({source})"));
        }
    }
    let name = evidence.diagnostic.map(|name| format!(": {name}")).unwrap_or_default();
    let detail = evidence.detail.lines().next().filter(|line| !line.is_empty());
    let detail = detail.map(|line| format!(": {line}")).unwrap_or_default();
    let often = if evidence.count > 1 { format!("; {} times", grouped(evidence.count)) } else { String::new() };
    format!("{place}{name}{detail}{often}")
}

/// The last line.
fn sum(score: &Score) -> String {
    if !score.has_driver() {
        return "score: the firmware never clocked anything to a VS1053".to_owned();
    }
    let (kept, unseen) = (score.count(Verdict::Pass), score.count(Verdict::NotSeen));
    let (must, should) = (score.broken(Strength::Must), score.broken(Strength::Should));
    let broken = match (must, should) {
        (0, 0) => "none broken".to_owned(),
        _ => format!("{must} broken that must be kept, {should} that should"),
    };
    format!("score: {kept} of {} rules kept, {broken}, {unseen} not seen", kept + must + should)
}
