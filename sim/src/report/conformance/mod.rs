//! A driver's score: every rule of the datasheet for a driver of the VS1053, whether this run kept it, and where it did not.
//!
//! What breaks a rule is a diagnostic of the chip or of the judge of the wires, or a duty of the driver's that the chip tallies
//! ([`peripherals::chips::vs1053::Duty`]). A rule is passed when what it is about was seen and nothing broke it.

mod json;
mod rules;
mod table;
#[cfg(test)]
mod tests;

pub use json::json;
pub use rules::{RULES, Rule, Strength};
pub use table::table;

use super::assemble::Facts;
use super::diagnostic::Location;
use super::json::Report;
use super::status::{FAILED, worst};
use peripherals::kernel::Instant;
use serde::Serialize;

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// What it is about happened, and it was kept.
    Pass,
    /// It was broken at least once.
    Fail,
    /// What it is about did not happen.
    NotSeen,
}

impl Verdict {
    /// The word in the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotSeen => "not seen",
        }
    }
}

/// A moment that shows how a rule was kept or broken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The diagnostic that came up; `None` for what the chip tallies.
    pub diagnostic: Option<&'static str>,
    /// How often.
    pub count: u64,
    /// The first time.
    pub at: Option<Instant>,
    /// The instruction that was touching a register then.
    pub pc: Option<u32>,
    /// Where that is in the source.
    pub location: Location,
    /// The facts, for people; may be empty.
    pub detail: String,
}

/// A rule with what became of it.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The rule.
    pub rule: &'static Rule,
    /// What became of it.
    pub verdict: Verdict,
    /// How often what it is about was seen: operations, bytes, streams, or times that a duty was done.
    pub seen: u64,
    /// The first time that it was kept, as far as that has a moment.
    pub kept: Option<Evidence>,
    /// Everything that broke it, in the order of the first times.
    pub broken: Vec<Evidence>,
}

/// All rules of a run, and the run.
#[derive(Clone, Debug)]
pub struct Score {
    /// In the order of [`RULES`].
    pub rules: Vec<Scored>,
    /// The run, concluded.
    pub report: Report,
}

/// Scores what `facts` say. `locate` knows the image's symbols and lines.
pub fn score(facts: &Facts, locate: &dyn Fn(u32) -> Option<Location>) -> Vec<Scored> {
    RULES.iter().map(|rule| rule.score(facts, locate)).collect()
}

impl Score {
    fn count(&self, verdict: Verdict) -> usize {
        self.rules.iter().filter(|scored| scored.verdict == verdict).count()
    }

    /// Broken rules of this strength.
    fn broken(&self, strength: Strength) -> usize {
        self.rules.iter().filter(|s| s.verdict == Verdict::Fail && s.rule.strength == strength).count()
    }

    /// Whether a driver was there to be scored: something was clocked.
    pub fn has_driver(&self) -> bool {
        self.report.spi.iter().any(|bus| bus.bytes > 0)
    }

    /// The exit status of the process: that of the run, or 1 when a rule that must be kept was not, or there was no driver.
    pub fn status(&self) -> u8 {
        let broken = self.broken(Strength::Must) > 0 || !self.has_driver();
        worst([self.report.exit.status, if broken { FAILED } else { 0 }])
    }
}
