//! From what the engine found out to the report.

use super::diagnostic::{Behind, Diagnostic, Location};
use super::expect::Expect;
use super::json::{Exit, Expectation, Firmware, Reason, Report, SCHEMA, Time, Vs1053Json};
use super::lints::Levels;
use super::status::{Ended, status};
use super::throughput::{CHOPPY_SOUND, Throughput, Verdict};
use crate::engine::pace::Dawdling;
use crate::engine::waits::Wait;
use crate::probes::spi;
use peripherals::chips::vs1053::Vs1053Report;
use peripherals::kernel::{Findings, Instant, LintLevel};
use std::collections::BTreeMap;
use std::time::Duration;

/// What the engine knows when a run is over.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What was run.
    pub firmware: Vec<Firmware>,
    /// The board's name.
    pub board: String,
    /// What ended the run.
    pub reason: Reason,
    /// The code the firmware gave, if it gave one.
    pub code: Option<i64>,
    /// What there is to say about the end, for people; may be empty.
    pub detail: String,
    /// Simulated time at the end.
    pub end: Instant,
    /// Instructions that were executed.
    pub instructions: u64,
    /// Host time from the first instruction to the end.
    pub host: Duration,
    /// The judge's view, one per SCLK net; its verdicts are to be among the findings ([`spi::Report::file`]).
    pub spi: Vec<spi::Report>,
    /// Each VS1053 by its name, in board order.
    pub vs1053: Vec<(String, Vs1053Report)>,
    /// What the models noticed.
    pub findings: Findings,
    /// The code behind findings, by their place in the list.
    pub behind: BTreeMap<usize, Behind>,
    /// What the firmware did while a chip waited for data.
    pub dawdling: Option<Dawdling>,
    /// Places at which the firmware only waited.
    pub waits: Vec<Wait>,
    /// What shows only at the end of a run, and has no moment of its own; by [`Diagnostic::of_run`].
    pub diagnostics: Vec<Diagnostic>,
    /// Digest over every pin edge.
    pub trace_sha256: Option<String>,
}

/// The report of a run, but for its expectations and exit status, which [`Report::conclude`] adds. `locate` knows the
/// image's symbols and lines.
pub fn assemble(facts: Facts, levels: &Levels, locate: &dyn Fn(u32) -> Option<Location>) -> Report {
    let underruns = facts.vs1053.iter().map(|(_, chip)| chip.underruns.count).fold(0, u64::saturating_add);
    let throughput = Throughput::measure(facts.vs1053.iter().flat_map(|(_, chip)| &chip.streams), underruns);
    let vs1053: Vec<_> = facts.vs1053.iter().map(|(name, chip)| Vs1053Json::new(name, chip)).collect();
    let mut behind = facts.behind;
    let located = facts.findings.all().iter().enumerate().map(|(number, finding)| {
        let Behind { calls, wires } = behind.remove(&number).unwrap_or_default();
        Diagnostic { calls, wires, ..Diagnostic::of_finding(finding, levels, locate) }
    });
    let mut diagnostics: Vec<_> = located.collect();
    diagnostics.extend(facts.diagnostics);
    if throughput.verdict == Verdict::Choppy {
        diagnostics.push(choppy(&vs1053, underruns, facts.dawdling, levels));
    }
    Report {
        schema: SCHEMA,
        firmware: facts.firmware,
        board: Some(facts.board),
        exit: Exit { reason: facts.reason, code: facts.code, status: 0, detail: facts.detail },
        time: Some(Time::new(
            facts.end.as_secs_f64(),
            facts.host.as_secs_f64(),
            facts.end.cycles(),
            facts.instructions,
        )),
        spi: facts.spi,
        vs1053,
        throughput,
        diagnostics,
        diagnostics_dropped: facts.findings.dropped(),
        waits: facts.waits,
        expectations: Vec::new(),
        trace_sha256: facts.trace_sha256,
    }
}

fn choppy(chips: &[Vs1053Json], count: u64, dawdling: Option<Dawdling>, levels: &Levels) -> Diagnostic {
    let silence: f64 = chips.iter().map(|chip| chip.underruns.total_s).sum();
    let first = chips.iter().filter_map(|chip| chip.underruns.first_s).reduce(f64::min);
    let since = first.map(|s| format!(", the first at {s:.3} s")).unwrap_or_default();
    let mut detail = format!("{silence:.3} s of silence together{since}");
    let Dawdling { looks, found, calls } = dawdling.unwrap_or_default();
    let python = || calls.iter().find(|call| call.python);
    if let Some(call) = python().or_else(|| calls.iter().find(|call| !call.inlined)) {
        let part = 100.0 * f64::from(found) / f64::from(looks.max(1));
        let function = if call.python { call.words() } else { call.function.clone() };
        detail.push_str(&format!(
            "\n{part:.0} % of the time in which DREQ asked for data the firmware was in {function}"
        ));
    }
    Diagnostic { first_s: first, calls, ..Diagnostic::of_run(&CHOPPY_SOUND, levels, count, detail) }
}

impl Report {
    /// Checks `expects` and sets the exit status. The expectations see the status that the run has without them. Calling it
    /// again, because an output failed meanwhile, replaces what it said before.
    pub fn conclude(&mut self, expects: &[Expect], output_failed: bool) {
        let ran = !matches!(self.exit.reason, Reason::Input | Reason::Output | Reason::Bug);
        let mut ended = Ended {
            reason: self.exit.reason,
            code: self.exit.code,
            output_failed,
            denied: self.diagnostics.iter().any(|d| d.level == LintLevel::Deny),
            unmet: false,
        };
        self.exit.status = status(&ended);
        self.expectations = Vec::new();
        if ran && !expects.is_empty() {
            let value = self.to_value();
            self.expectations = expects
                .iter()
                .map(|expect| {
                    let detail = expect.check(&value).err();
                    Expectation { expect: expect.text().to_owned(), holds: detail.is_none(), detail }
                })
                .collect();
            ended.unmet = self.expectations.iter().any(|e| !e.holds);
            self.exit.status = status(&ended);
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::report::throughput::tests::song;
    use peripherals::chips::vs1053::{FifoReport, Underruns};
    use peripherals::kernel::{Kind, Lint, SOC, Span};

    /// A chip that has played the song with so many gaps of a quarter of a second.
    pub fn chip(underruns: u64) -> Vs1053Report {
        let mut registers = std::array::from_fn(|address| address as u16);
        registers[0] = 0x4800;
        Vs1053Report {
            sci_reads: 1,
            sci_writes: 2,
            sdi_bytes: 136_500,
            registers,
            fifo: FifoReport { min_bytes: Some(100), max_bytes: 2_048, overrun_bytes: 0 },
            streams: vec![song()],
            unlisted_streams: 0,
            underruns: Underruns {
                count: underruns,
                total: Span::from_ms(250) * underruns,
                first: (underruns > 0).then_some(Instant::ZERO + Span::from_ms(250)),
            },
            uncollected_samples: 0,
            conduct: Default::default(),
        }
    }

    static OVERRUN: Lint =
        Lint { name: "an-overrun", kind: Kind::Fault, level: LintLevel::Deny, message: "m", why: "w", help: "h" };

    fn facts(underruns: u64) -> Facts {
        Facts {
            board: "dongle".into(),
            reason: Reason::Semihosting,
            code: Some(0),
            end: Instant::from_cycles(64_000_000),
            host: Duration::from_millis(500),
            vs1053: vec![("U1".into(), chip(underruns))],
            ..Facts::default()
        }
    }

    fn expect(text: &str) -> Vec<Expect> {
        vec![text.parse().unwrap()]
    }

    #[test]
    fn time_is_simulated_seconds_and_cycles_beside_the_hosts() {
        let report = assemble(facts(0), &Levels::default(), &|_| None);
        assert_eq!(
            report.time,
            Some(Time {
                simulated_s: 1.0,
                host_s: 0.5,
                cycles: 64_000_000,
                instructions: 0,
                realtime_factor: Some(2.0)
            })
        );
        assert!(report.diagnostics.is_empty(), "a smooth run has no diagnostics");
    }

    #[test]
    fn choppy_sound_is_a_warning_that_can_be_denied() {
        let mut report = assemble(facts(3), &Levels::default(), &|_| None);
        let d = &report.diagnostics[0];
        assert_eq!((d.name.as_str(), d.level, d.count, d.first_s), ("choppy-sound", LintLevel::Warn, 3, Some(0.25)));
        assert_eq!(d.detail, "0.750 s of silence together, the first at 0.250 s");
        report.conclude(&[], false);
        assert_eq!(report.exit.status, 0);
        let mut report = assemble(facts(3), &Levels::new(&[&CHOPPY_SOUND], &[]).unwrap(), &|_| None);
        report.conclude(&[], false);
        assert_eq!(report.exit.status, 3);
    }

    #[test]
    fn a_denied_finding_fails_the_run_and_an_allowed_one_is_recorded() {
        let mut with = facts(0);
        with.findings.report(&OVERRUN, SOC, 0, Instant::from_ps(5), Some(0x100), || "d".into());
        let locate = |pc| (pc == 0x100).then(|| Location { symbol: Some("main".into()), source: None });
        let mut report = assemble(with.clone(), &Levels::default(), &locate);
        report.conclude(&[], false);
        assert_eq!((report.exit.status, report.diagnostics[0].symbol.as_deref()), (3, Some("main")));
        let mut report = assemble(with, &Levels::new(&[], &[&OVERRUN]).unwrap(), &locate);
        report.conclude(&[], false);
        assert_eq!((report.exit.status, report.diagnostics[0].level), (0, LintLevel::Allow));
    }

    #[test]
    fn an_expectation_that_does_not_hold_fails_the_run_and_is_recorded() {
        let mut report = assemble(facts(3), &Levels::default(), &|_| None);
        report.conclude(&expect("throughput.verdict=smooth"), false);
        assert_eq!(report.exit.status, 1);
        assert_eq!(report.to_value()["expectations"][0]["detail"], r#"it is "choppy""#);
        report.conclude(&expect("throughput.verdict=choppy"), false);
        assert_eq!((report.exit.status, report.expectations[0].holds), (0, true));
        report.conclude(&expect("exit.status=0"), false);
        assert_eq!(report.exit.status, 0, "an expectation sees the status without itself");
        report.conclude(&expect("throughput.verdict=choppy"), true);
        assert_eq!(report.exit.status, 74);
    }

    #[test]
    fn nothing_is_expected_of_a_run_that_never_began() {
        let mut report = Report::not_run(Reason::Input, "no such file".into());
        report.conclude(&expect("throughput.verdict=smooth"), false);
        assert_eq!((report.exit.status, report.expectations.len()), (2, 0));
    }
}
