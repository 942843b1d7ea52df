//! Rules against facts that are made by hand.

use super::*;
use crate::probes::spi;
use crate::report::assemble::tests::chip;
use crate::report::{Levels, assemble};
use peripherals::chips::vs1053::lints::{LINTS, SCLK_TOO_FAST, XDCS_INSIDE_BYTE};
use peripherals::kernel::{Instant, Kind, SOC, Span};

fn facts(underruns: u64) -> Facts {
    Facts { vs1053: vec![("VS1053".into(), chip(underruns))], ..Facts::default() }
}

fn located(pc: u32) -> Option<Location> {
    Some(Location { symbol: Some(format!("f{pc}")), source: Some("driver.c:7".into()) })
}

fn of<'a>(rules: &'a [Scored], name: &str) -> &'a Scored {
    rules.iter().find(|scored| scored.rule.name == name).expect("there is such a rule")
}

#[test]
fn names_are_unique_and_in_kebab_case_and_every_rule_has_its_source() {
    let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
    for rule in RULES {
        assert!(rule.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.name);
        assert!(!rule.source.is_empty() && !rule.asks.ends_with('.'), "{}", rule.name);
    }
}

/// A fault of the chip that no rule knows would go unscored.
#[test]
fn every_fault_of_the_chip_breaks_a_rule() {
    for lint in LINTS.iter().chain(spi::lints::ALL).filter(|lint| lint.kind == Kind::Fault) {
        let broken = (0..4).any(|key| {
            let mut facts = facts(0);
            facts.findings.report(lint, SOC, key, Instant::ZERO, None, String::new);
            score(&facts, &located).iter().any(|scored| scored.verdict == Verdict::Fail)
        });
        // No supply is no fault of a driver's.
        assert!(broken || lint.name == "vs1053-unpowered", "{}", lint.name);
    }
}

#[test]
fn a_diagnostic_breaks_its_rule_with_time_pc_and_source() {
    let mut facts = facts(0);
    let at = Instant::ZERO + Span::from_ms(3);
    for _ in 0..2 {
        facts.findings.report(&XDCS_INSIDE_BYTE, SOC, 0, at, Some(64), || "a fact".into());
    }
    let rules = score(&facts, &located);
    let scored = of(&rules, "sdi-bytes");
    assert_eq!((scored.verdict, scored.broken.len()), (Verdict::Fail, 1));
    let shown = &scored.broken[0];
    assert_eq!((shown.diagnostic, shown.count, shown.at, shown.pc), (Some("xdcs-inside-byte"), 2, Some(at), Some(64)));
    assert_eq!(shown.location, located(64).unwrap());
    assert_eq!(of(&rules, "sdi-block").verdict, Verdict::Pass, "others are as they were");
}

#[test]
fn limits_of_the_clock_are_told_apart() {
    for (key, name) in [(0, "sci-read-clock"), (1, "sci-write-clock"), (2, "sdi-clock")] {
        let mut facts = facts(0);
        facts.findings.report(&SCLK_TOO_FAST, SOC, key, Instant::ZERO, None, String::new);
        let rules = score(&facts, &located);
        let failed: Vec<_> = rules.iter().filter(|s| s.verdict == Verdict::Fail).map(|s| s.rule.name).collect();
        assert_eq!(failed, [name]);
    }
}

#[test]
fn what_did_not_happen_is_not_seen_and_gaps_are_failures() {
    let rules = score(&facts(0), &located);
    assert_eq!(of(&rules, "cancel").verdict, Verdict::NotSeen);
    assert_eq!(of(&rules, "stream-in-time").verdict, Verdict::Pass);
    let rules = score(&facts(2), &located);
    assert_eq!(of(&rules, "stream-in-time").broken[0].count, 2);
}

/// `BLESS=1 cargo test -p badgebench --lib the_document_lists_every_rule` writes it.
#[test]
fn the_document_lists_every_rule() {
    let mut text = include_str!("head.md").to_owned();
    for rule in RULES {
        let source = rule.source.replace("; ", "\", \"");
        text.push_str(&format!("| `{}` | {} | {} | \"{source}\" |\n", rule.name, rule.strength.word(), rule.asks));
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CONFORMANCE.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &text).expect("docs/CONFORMANCE.md can be written");
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == text,
        "docs/CONFORMANCE.md is out of date: BLESS=1 cargo test -p badgebench --lib the_document_lists_every_rule"
    );
}

#[test]
fn a_run_without_a_driver_has_failed() {
    let facts = facts(0);
    let rules = score(&facts, &located);
    let mut report = assemble(facts, &Levels::default(), &located);
    report.conclude(&[], false);
    let score = Score { rules, report };
    assert!(!score.has_driver() && table(&score).contains("never clocked anything"));
    assert_ne!(score.status(), 0);
}
