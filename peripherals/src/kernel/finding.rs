//! What went wrong, in four kinds, so that nobody debugs the wrong program.

use super::net::ActorId;
use super::time::Instant;

/// Whose turn it is to mend something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The input cannot be used: a file, a board, a command line.
    Error,
    /// The firmware broke a rule of the manual.
    Fault,
    /// Firmware touched something that is not modelled yet.
    Gap,
    /// The simulator is wrong.
    Bug,
}

impl Kind {
    /// The word people and scripts see.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Fault => "fault",
            Self::Gap => "gap",
            Self::Bug => "bug",
        }
    }
}

/// What a finding does to a run unless the user says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Recorded, not shown.
    Allow,
    /// Shown, and recorded as a remark.
    Note,
    /// Shown.
    Warn,
    /// Shown, and the run has failed.
    Deny,
}

impl Level {
    /// The word people and scripts see.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// A rule that can be broken. `name` reads after "allow".
#[derive(Debug, PartialEq, Eq)]
pub struct Lint {
    /// Stable name for scripts, in kebab case.
    pub name: &'static str,
    /// Whose turn it is.
    pub kind: Kind,
    /// What it does by default.
    pub level: Level,
    /// What happened: one clause, lowercase, no final stop.
    pub message: &'static str,
    /// Why that is wrong, with the source.
    pub why: &'static str,
    /// How to mend it; empty when there is nothing to say.
    pub help: &'static str,
}

/// A broken rule, with where it was first seen and how often.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub lint: &'static Lint,
    /// Who noticed.
    pub actor: ActorId,
    /// What tells apart findings of the same rule, such as the register.
    pub key: u64,
    /// Facts of the first occurrence, for people.
    pub detail: String,
    /// How often.
    pub count: u64,
    /// When it was first seen.
    pub first: Instant,
    /// The instruction that was touching a register when it was first seen, if one was.
    pub pc: Option<u32>,
}

/// All findings of a run, in the order of their first occurrence.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
    dropped: u64,
}

/// Firmware decides how many different findings there are, so their number is bounded.
const MOST: usize = 512;

impl Findings {
    /// Counts an occurrence; `detail` is only asked for at the first one.
    pub fn report(
        &mut self,
        lint: &'static Lint,
        actor: ActorId,
        key: u64,
        at: Instant,
        pc: Option<u32>,
        detail: impl FnOnce() -> String,
    ) {
        if let Some(known) =
            self.list.iter_mut().find(|f| core::ptr::eq(f.lint, lint) && f.actor == actor && f.key == key)
        {
            known.count += 1;
        } else if self.list.len() < MOST {
            self.list.push(Finding { lint, actor, key, detail: detail(), count: 1, first: at, pc });
        } else {
            self.dropped += 1;
        }
    }

    /// The same, each first seen so much earlier, but not before zero: for a clock that did not begin where they count from.
    pub fn earlier(&self, by: super::Span) -> Self {
        let mut moved = self.clone();
        for finding in &mut moved.list {
            finding.first = Instant::from_ps(finding.first.as_ps().saturating_sub(by.as_ps()));
        }
        moved
    }

    /// Every finding so far.
    #[inline]
    pub fn all(&self) -> &[Finding] {
        &self.list
    }

    /// Occurrences that were counted but not listed, the list being full.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The finding of the rule called `name`, if there is one.
    pub fn named(&self, name: &str) -> Option<&Finding> {
        self.list.iter().find(|f| f.lint.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::SOC;

    static RULE: Lint =
        Lint { name: "a-rule", kind: Kind::Fault, level: Level::Warn, message: "m", why: "w", help: "h" };

    #[test]
    fn repeats_are_counted_and_their_text_is_not_built() {
        let mut f = Findings::default();
        f.report(&RULE, SOC, 0, Instant::from_ps(5), Some(0x40), || "first".into());
        f.report(&RULE, SOC, 0, Instant::from_ps(9), None, || panic!("not asked for"));
        assert_eq!((f.all().len(), f.all()[0].count, f.all()[0].first), (1, 2, Instant::from_ps(5)));
    }

    #[test]
    fn the_number_of_findings_is_bounded() {
        let mut f = Findings::default();
        for key in 0..10_000 {
            f.report(&RULE, SOC, key, Instant::ZERO, None, String::new);
        }
        assert_eq!(f.all().len() as u64 + f.dropped(), 10_000);
        assert_eq!(f.all().len(), MOST);
    }
}
