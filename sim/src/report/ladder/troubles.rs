//! What went wrong on the ladder, for people.

use super::{Ending, Ladder, Step};
use crate::report::Diagnostic;
use crate::report::render::{Style, diagnostics, plain};
use crate::report::throughput::CHOPPY_SOUND;
use peripherals::kernel::LintLevel;

/// For each step that did not play to the end: how it ended, and its firmware's last words. Then denied diagnostics in full, step by step, and
/// the rest by name. Choppy sound is in the table.
pub fn troubles(ladder: &Ladder, style: Style) -> String {
    let mut text = String::new();
    for step in &ladder.steps {
        let denied: Vec<_> = of(step).filter(|d| d.level == LintLevel::Deny).cloned().collect();
        let unfinished = !matches!(step.ending, Ending::Whole | Ending::NotStarted | Ending::Interrupted);
        if unfinished || !denied.is_empty() {
            text.push_str(&format!("step {}: {}{}\n", plain(&step.name), step.heard(&ladder.song), detail(step)));
        }
        if unfinished {
            step.console.iter().for_each(|line| text.push_str(&format!("  | {}\n", plain(line))));
        }
        text.push_str(&diagnostics(&denied, 0, style));
    }
    for (name, message, steps) in warnings(ladder) {
        text.push_str(&format!("warning[{name}]: {message} (in {})\n", steps.join(", ")));
    }
    text
}

fn of(step: &Step) -> impl Iterator<Item = &Diagnostic> {
    step.report.iter().flat_map(|report| &report.diagnostics)
}

/// How the run ended, as far as there are words for it.
fn detail(step: &Step) -> String {
    let words = step.report.as_ref().map(|report| report.exit.detail.as_str()).unwrap_or_default();
    if words.is_empty() { String::new() } else { format!(" ({})", plain(words)) }
}

/// Warnings by name, with the steps in which they came up.
fn warnings(ladder: &Ladder) -> Vec<(&str, &str, Vec<&str>)> {
    let mut all: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for step in &ladder.steps {
        for d in of(step).filter(|d| d.level == LintLevel::Warn && d.name != CHOPPY_SOUND.name) {
            match all.iter_mut().find(|(name, ..)| *name == d.name) {
                Some((_, _, steps)) if steps.last() == Some(&step.name.as_str()) => {}
                Some((_, _, steps)) => steps.push(&step.name),
                None => all.push((&d.name, &d.message, vec![&step.name])),
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::ladder::tests::step;
    use peripherals::kernel::Kind;

    fn diagnostic(name: &str, level: LintLevel) -> Diagnostic {
        Diagnostic {
            name: name.into(),
            kind: Kind::Gap,
            level,
            message: format!("{name} happened"),
            ..Diagnostic::default()
        }
    }

    #[test]
    fn a_step_that_failed_says_how_and_warnings_are_gathered() {
        let mut steps = vec![step("loop", None, 1.0), step("native", None, 2.0), step("third", None, 3.0)];
        for step in &mut steps {
            let report = step.report.as_mut().unwrap();
            report.diagnostics = vec![
                diagnostic("odd", LintLevel::Warn),
                diagnostic("odd", LintLevel::Warn),
                diagnostic("note", LintLevel::Note),
            ];
        }
        steps[1].ending = Ending::Exception;
        steps[1].console = vec!["ImportError: no module named 'sofspi'\u{1b}[2J".into()];
        let report = steps[2].report.as_mut().unwrap();
        report.diagnostics = vec![diagnostic("lockup", LintLevel::Deny)];
        report.exit.detail = "it is stuck".into();
        let ladder = Ladder { steps, ..Ladder::default() };
        assert_eq!(
            troubles(&ladder, Style::default()),
            "\
step native: exception at 0 %
  | ImportError: no module named 'sofspi'\\u{1b}[2J
step third: smooth (it is stuck)
gap[lockup]: lockup happened
  quieter: --allow lockup
warning[odd]: odd happened (in loop, native)
"
        );
    }

    #[test]
    fn a_ladder_that_went_well_has_none() {
        let ladder = Ladder { steps: vec![step("loop", None, 50.0), Step::default()], ..Ladder::default() };
        assert_eq!(troubles(&ladder, Style::default()), "");
    }
}
