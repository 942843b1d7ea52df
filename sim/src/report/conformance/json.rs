//! The score as JSON. A key that is absent is one that does not apply.

use super::{Evidence, Score, Strength, Verdict};
use crate::report::json::{Exit, Firmware, Time};
use serde::Serialize;

/// The version of the keys; it changes when a key changes its meaning or goes away.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct ScoreJson<'a> {
    schema: u32,
    rules: Vec<RuleJson<'a>>,
    summary: Summary,
    firmware: &'a [Firmware],
    #[serde(skip_serializing_if = "Option::is_none")]
    board: Option<&'a str>,
    exit: &'a Exit,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Time>,
    /// Names, in the order of the first occurrence.
    diagnostics: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_sha256: Option<&'a str>,
    /// The exit status of the process.
    status: u8,
}

#[derive(Serialize)]
struct RuleJson<'a> {
    name: &'a str,
    verdict: Verdict,
    strength: Strength,
    asks: &'a str,
    source: &'a str,
    seen: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<EvidenceJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    broken: Vec<EvidenceJson<'a>>,
}

#[derive(Serialize)]
struct EvidenceJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostic: Option<&'a str>,
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pc: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
}

#[derive(Serialize)]
struct Summary {
    pass: usize,
    fail_must: usize,
    fail_should: usize,
    not_seen: usize,
}

impl<'a> EvidenceJson<'a> {
    fn new(evidence: &'a Evidence) -> Self {
        Self {
            diagnostic: evidence.diagnostic,
            count: evidence.count,
            first_s: evidence.at.map(|at| at.as_secs_f64()),
            pc: evidence.pc,
            symbol: evidence.location.symbol.as_deref(),
            source: evidence.location.source.as_deref(),
            detail: &evidence.detail,
        }
    }
}

/// The score, with a newline at its end.
///
/// # Errors
/// As [`serde_json`]; none is known.
pub fn json(score: &Score) -> serde_json::Result<String> {
    let report = &score.report;
    let rules = score.rules.iter().map(|scored| RuleJson {
        name: scored.rule.name,
        verdict: scored.verdict,
        strength: scored.rule.strength,
        asks: scored.rule.asks,
        source: scored.rule.source,
        seen: scored.seen,
        kept: scored.kept.as_ref().map(EvidenceJson::new),
        broken: scored.broken.iter().map(EvidenceJson::new).collect(),
    });
    let mut diagnostics: Vec<&str> = report.diagnostics.iter().map(|d| d.name.as_str()).collect();
    diagnostics.dedup();
    let whole = ScoreJson {
        schema: SCHEMA,
        rules: rules.collect(),
        summary: Summary {
            pass: score.count(Verdict::Pass),
            fail_must: score.broken(Strength::Must),
            fail_should: score.broken(Strength::Should),
            not_seen: score.count(Verdict::NotSeen),
        },
        firmware: &report.firmware,
        board: report.board.as_deref(),
        exit: &report.exit,
        time: report.time,
        diagnostics,
        trace_sha256: report.trace_sha256.as_deref(),
        status: score.status(),
    };
    Ok(serde_json::to_string_pretty(&whole)? + "\n")
}
