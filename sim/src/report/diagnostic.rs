//! A finding with everything that people and scripts want to know about it.

use super::lints::Levels;
use crate::image::Call;
use peripherals::kernel::{Finding, Instant, Kind, Lint, LintLevel, SOC};
use serde::Serialize;

/// Where an instruction is in the source, as far as the image says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The function, demangled.
    pub symbol: Option<String>,
    /// File and line, such as `src/main.rs:118`.
    pub source: Option<String>,
}

/// An instruction that moved a wire, and how it came to that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WireMaker {
    /// Which wire, and how, such as `MOSI changes`.
    pub edges: String,
    /// The instruction.
    pub pc: u32,
    /// The calls that led there when it first did so, innermost first.
    pub calls: Vec<Call>,
}

/// The code behind a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    /// The calls that led to it.
    pub calls: Vec<Call>,
    /// Whatever moved the wires it is about.
    pub wires: Vec<WireMaker>,
}

/// An entry of `diagnostics` in the report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnostic {
    /// The rule's name, which reads after "allow".
    pub name: String,
    /// Whose turn it is.
    #[serde(serialize_with = "kind_word")]
    pub kind: Kind,
    /// What it does in this run.
    #[serde(serialize_with = "level_word")]
    pub level: LintLevel,
    /// How often.
    pub count: u64,
    /// When it was first seen, in simulated seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_s: Option<f64>,
    /// The instruction that was touching a register then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pc: Option<u32>,
    /// The function it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// File and line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The calls that led there, innermost first, with what was inlined.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
    /// The instructions that moved the wires it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wires: Vec<WireMaker>,
    /// What happened.
    pub message: String,
    /// Facts of the first occurrence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// Why it is wrong, with the source; for people.
    #[serde(skip)]
    pub why: String,
    /// [`Diagnostic::first_s`], exact.
    #[serde(skip)]
    pub first: Option<Instant>,
    /// A chip noticed it, so it was said with the wires.
    #[serde(skip)]
    pub on_wires: bool,
}

fn kind_word<S: serde::Serializer>(kind: &Kind, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(kind.word())
}

fn level_word<S: serde::Serializer>(level: &LintLevel, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(level.word())
}

impl Default for Diagnostic {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: Kind::Error,
            level: LintLevel::Deny,
            count: 1,
            first_s: None,
            pc: None,
            symbol: None,
            source: None,
            calls: Vec::new(),
            wires: Vec::new(),
            message: String::new(),
            detail: String::new(),
            help: String::new(),
            why: String::new(),
            first: None,
            on_wires: false,
        }
    }
}

impl Diagnostic {
    /// A rule that the end of the run shows to be broken, without a moment or an instruction of its own.
    pub fn of_run(lint: &Lint, levels: &Levels, count: u64, detail: String) -> Self {
        Self {
            name: lint.name.into(),
            kind: lint.kind,
            level: levels.of(lint),
            count,
            message: lint.message.into(),
            detail,
            help: lint.help.into(),
            why: lint.why.into(),
            ..Self::default()
        }
    }

    /// `finding` as this run sees it; `locate` knows the image's symbols and lines.
    pub fn of_finding(finding: &Finding, levels: &Levels, locate: &dyn Fn(u32) -> Option<Location>) -> Self {
        let Location { symbol, source } = finding.pc.and_then(locate).unwrap_or_default();
        Self {
            first_s: Some(finding.first.as_secs_f64()),
            first: Some(finding.first),
            on_wires: finding.actor != SOC,
            pc: finding.pc,
            symbol,
            source,
            ..Self::of_run(finding.lint, levels, finding.count, finding.detail.clone())
        }
    }
}

/// Input that cannot be used: what, where, why, how to mend it.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Complaint {
    /// Stable name for scripts, in kebab case, such as `no-such-file`.
    pub name: String,
    /// What cannot be used: one clause, lowercase, no final stop.
    pub message: String,
    /// Facts, a line each.
    pub detail: String,
    /// Why it cannot be used.
    pub why: String,
    /// How to mend it.
    pub help: String,
}

impl Complaint {
    /// A complaint that says only what.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), message: message.into(), ..Self::default() }
    }

    /// From the text of an error whose first line says what, and whose other lines may begin with `why:` and `help:`.
    pub fn from_text(name: impl Into<String>, text: &str) -> Self {
        let mut lines = text.lines();
        let mut complaint = Self::new(name, lines.next().unwrap_or_default());
        let mut part = &mut complaint.detail;
        for line in lines.map(str::trim) {
            let line = match line.split_once(':') {
                Some(("why", rest)) => {
                    part = &mut complaint.why;
                    rest.trim_start()
                }
                Some(("help", rest)) => {
                    part = &mut complaint.help;
                    rest.trim_start()
                }
                _ => line,
            };
            if !part.is_empty() {
                part.push('\n');
            }
            part.push_str(line);
        }
        complaint
    }

    /// With facts, a line each.
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// With the reason.
    pub fn why(self, why: impl Into<String>) -> Self {
        Self { why: why.into(), ..self }
    }

    /// With the cure.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: help.into(), ..self }
    }
}

impl From<Complaint> for Diagnostic {
    fn from(Complaint { name, message, detail, why, help }: Complaint) -> Self {
        Self { name, message, detail, why, help, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::throughput::CHOPPY_SOUND;
    use peripherals::kernel::ActorId;
    use serde_json::json;

    #[test]
    fn a_finding_is_located_and_levelled() {
        let finding = Finding {
            lint: &CHOPPY_SOUND,
            actor: ActorId(1),
            key: 0,
            detail: "chip U1".into(),
            count: 37,
            first: Instant::from_ps(12_403_118_000),
            pc: Some(0x2_41c6),
        };
        let levels = Levels::new(&[&CHOPPY_SOUND], &[]).unwrap();
        let locate = |pc| {
            assert_eq!(pc, 0x2_41c6);
            Some(Location { symbol: Some("feed".into()), source: Some("audio.c:118".into()) })
        };
        let value = serde_json::to_value(Diagnostic::of_finding(&finding, &levels, &locate)).unwrap();
        assert_eq!(
            value,
            json!({
                "name": "choppy-sound", "kind": "fault", "level": "deny", "count": 37, "first_s": 0.012_403_118,
                "pc": 0x2_41c6, "symbol": "feed", "source": "audio.c:118", "message": CHOPPY_SOUND.message,
                "detail": "chip U1", "help": CHOPPY_SOUND.help,
            })
        );
    }

    #[test]
    fn the_text_of_an_error_is_taken_apart() {
        let text = "`a` is odd\n  segment 2: at 0x0\n  why:  because\n        it is\n  help: even it: out";
        let whole = Complaint::new("odd", "`a` is odd").detail("segment 2: at 0x0").why("because\nit is");
        assert_eq!(Complaint::from_text("odd", text), whole.help("even it: out"));
        assert_eq!(Complaint::from_text("odd", "`a` is odd"), Complaint::new("odd", "`a` is odd"));
        assert_eq!(Complaint::from_text("odd", ""), Complaint::new("odd", ""));
    }

    #[test]
    fn a_complaint_is_an_error_and_denied() {
        let value = serde_json::to_value(Diagnostic::from(Complaint::new("empty-file", "`a.elf` is empty"))).unwrap();
        assert_eq!(
            value,
            json!({"name": "empty-file", "kind": "error", "level": "deny", "count": 1, "message": "`a.elf` is empty"})
        );
    }
}
