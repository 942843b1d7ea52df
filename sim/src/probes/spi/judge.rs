//! From what the listeners heard to a verdict for each select and for the bus.

use super::SpiAnalyser;
use super::explain::{self, Explanation, Sense};
use super::listener::{Language, Listener};
use super::report::{BitOrder, Report, SelectReport, Verdict};
use super::words;
use peripherals::kernel::Instant;

/// What became of one select.
#[derive(Clone, Copy, Debug)]
pub(super) enum Finding {
    /// It makes sense as it is.
    Sense(Sense),
    /// Nothing came.
    Nothing,
    /// What came says nothing: fill, or too little.
    TooLittle,
    /// It makes sense otherwise.
    Wrong(Explanation),
    /// Without a clock, nothing came.
    NoClock,
    /// It makes no sense, but nothing else on the bus does as it is: most likely for the same reason.
    Likewise(Verdict),
    /// It makes no sense, while commands on the bus do: a kind of stream that is not known here.
    Unknown,
    /// It makes no sense at all.
    NoSense,
}

impl Finding {
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Nothing => Verdict::Idle,
            Self::Sense(_) | Self::TooLittle | Self::Unknown => Verdict::Ok,
            Self::Wrong(explanation) => explanation.verdict,
            Self::Likewise(verdict) => verdict,
            Self::NoClock => Verdict::NoClock,
            Self::NoSense => Verdict::Unrecognised,
        }
    }

    fn is_open(self) -> bool {
        matches!(self, Self::Nothing | Self::TooLittle | Self::NoSense)
    }
}

/// Fewer bytes of a stream than this say nothing: the shortest sequence the chip knows has eight.
const LEAST: u64 = 16;
/// Moves of MOSI and of selects without a clock that are no accident of setting pins up.
const MOVES: u64 = 4;

impl SpiAnalyser {
    /// What the bus did up to now. Exact at any moment, but it may take tens of milliseconds when the data makes no sense;
    /// for a live view there is [`Self::glance`].
    pub fn report(&self) -> Report {
        let findings = self.findings();
        let selects: Vec<_> = self.selects().iter().zip(&findings).collect();
        let no_clock = self.has_no_clock();
        let worst = findings.iter().map(|f| f.verdict()).filter(|v| v.is_wrong()).max();
        let verdict = match worst {
            Some(verdict) => verdict,
            None if no_clock => Verdict::NoClock,
            None if self.edges == 0 => Verdict::Idle,
            None => Verdict::Ok,
        };
        let telling = selects.iter().find(|(_, f)| verdict.is_wrong() && f.verdict() == verdict && wrong(f).is_some());
        let swapped = telling.and_then(|(_, f)| wrong(f)).is_some_and(|e| e.fault.lines);
        Report {
            name: self.name.clone(),
            bytes: self.bytes + self.bits / 8,
            mode: self.mode(&findings, verdict),
            bit_order: bit_order(&selects),
            clock_hz: if swapped { None } else { self.clock.hz() },
            edges: self.edges,
            verdict,
            detail: words::detail(self, &findings, verdict),
            first: if verdict.is_wrong() { self.first(&findings, verdict) } else { None },
            culprits: self.culprits(&findings, verdict),
            selects: selects
                .iter()
                .map(|(l, f)| SelectReport { name: l.name.clone(), bytes: l.bytes(), verdict: f.verdict() })
                .collect(),
        }
    }

    /// The same for a live view: counters are exact, while the verdict is only looked for again when there is a quarter more
    /// to go by.
    pub fn glance(&mut self) -> &Report {
        let evidence = self.edges;
        let due = self.memo.report.is_none() || evidence > self.memo.evidence + self.memo.evidence / 4;
        if due {
            self.memo.evidence = evidence;
            self.memo.report = None;
        }
        let mut report = self.memo.report.take().unwrap_or_else(|| self.report());
        report.edges = self.edges;
        report.bytes = self.bytes + self.bits / 8;
        if report.clock_hz.is_some() {
            report.clock_hz = self.clock.hz();
        }
        for (select, listener) in report.selects.iter_mut().zip(self.selects()) {
            select.bytes = listener.bytes();
        }
        self.memo.report.insert(report)
    }

    pub(super) fn selects(&self) -> &[Listener] {
        self.listeners.split_last().map_or(&[], |(_, selects)| selects)
    }

    /// What is heard when no select is active.
    pub(super) fn outside(&self) -> &Listener {
        self.listeners.last().expect("the last listener is always there")
    }

    /// One edge may come from setting the pin up.
    fn has_no_clock(&self) -> bool {
        let falls: u64 = self.selects().iter().map(|l| l.falls).sum();
        self.sclk_edges <= 2 && self.mosi_edges + falls >= MOVES
    }

    fn findings(&self) -> Vec<Finding> {
        let selects = self.selects();
        let mut findings: Vec<_> = selects.iter().map(as_it_is).collect();
        self.overlaid(&mut findings);
        let each = |findings: &mut Vec<Finding>, find: &dyn Fn(&Listener) -> Option<Finding>| {
            for (listener, finding) in selects.iter().zip(findings).filter(|(_, f)| f.is_open()) {
                if let Some(better) = find(listener) {
                    *finding = better;
                }
            }
        };
        if findings.iter().all(|f| !f.is_open()) {
            return findings;
        }
        let outside = |listener: &Listener, also_wrong| {
            let expected = self.is_in_use(listener.chip);
            expected.then(|| explain::outside(self.outside(), listener.language, also_wrong)).flatten()
        };
        // Commands first: 32 clocks that must be whole say more of shifts and edges than a stream does.
        let commands = |l: &Listener| l.language == Language::Commands;
        each(&mut findings, &|l| commands(l).then(|| explain::by_one(l, None)).flatten().map(Finding::Wrong));
        let known = findings.iter().find_map(wrong).map(|e| e.fault);
        each(&mut findings, &|l| explain::by_one(l, known).map(Finding::Wrong));
        each(&mut findings, &|l| outside(l, false).map(Finding::Wrong));
        if self.has_no_clock() {
            each(&mut findings, &|l| (l.falls > 0).then_some(Finding::NoClock));
        }
        each(&mut findings, &|l| explain::by_two(l).map(Finding::Wrong));
        each(&mut findings, &|l| outside(l, true).map(Finding::Wrong));
        self.settle(&mut findings);
        findings
    }

    /// A driver that keeps XCS low while it sends data (Adafruit_CircuitPython_VS1053) has its stream on both selects: where XDCS hears it as it
    /// should be, what is no command on XCS is that stream. The chip tells of both selects low.
    fn overlaid(&self, findings: &mut [Finding]) {
        let streams: Vec<u8> = (self.selects().iter().zip(findings.iter()))
            .filter(|(_, finding)| matches!(finding, Finding::Sense(Sense::Stream(_))))
            .map(|(listener, _)| listener.chip)
            .collect();
        for (listener, finding) in self.selects().iter().zip(findings) {
            if let (Finding::NoSense, Some(frame)) = (&finding, listener.frames().first_valid)
                && listener.language == Language::Commands
                && streams.contains(&listener.chip)
            {
                *finding = Finding::Sense(Sense::Commands(frame));
            }
        }
    }

    /// What makes no sense by itself is judged by the rest of the bus.
    fn settle(&self, findings: &mut [Finding]) {
        let whole_bus = findings
            .iter()
            .filter_map(wrong)
            .find(|e| e.verdict != Verdict::NoSelect && !e.fault.selects)
            .map(|e| e.verdict);
        let commands_work = findings.iter().any(|f| matches!(f, Finding::Sense(Sense::Commands(_))));
        for (listener, finding) in self.selects().iter().zip(findings) {
            if let Finding::NoSense = finding {
                if let Some(cause) = whole_bus {
                    *finding = Finding::Likewise(cause);
                } else if commands_work && listener.language == Language::Stream {
                    *finding = Finding::Unknown;
                }
            }
        }
    }

    /// Whether firmware uses the chip, as far as its selects show; if it uses none, any may be meant.
    fn is_in_use(&self, chip: u8) -> bool {
        let moved = |l: &&Listener| l.falls > 0;
        let mut moving = self.selects().iter().filter(moved).peekable();
        moving.peek().is_none() || moving.any(|l| l.chip == chip)
    }

    /// By the select that shows most: one that has the verdict, one with commands, any with bytes.
    fn mode(&self, findings: &[Finding], verdict: Verdict) -> Option<u8> {
        let of = |cpol: bool, falling: bool| match (cpol, falling) {
            (false, false) => 0,
            (false, true) => 1,
            (true, true) => 2,
            (true, false) => 3,
        };
        let explained = findings.iter().filter_map(wrong).find(|e| e.verdict == verdict);
        if let Some(e) = explained.filter(|e| e.verdict != Verdict::NoSelect) {
            let falling = e.fault.edge != (e.format.falling && matches!(e.sense, Sense::Stream(_)));
            return Some(of(e.clock_high, falling));
        }
        let listeners = || self.listeners.iter().filter(|l| l.rest != [0, 0]);
        let sensible = |f: &Finding| matches!(f, Finding::Sense(_));
        let proven = self.selects().iter().zip(findings).find(|(l, f)| sensible(f) && l.rest != [0, 0]);
        let best = proven.map(|(l, _)| l).or_else(|| listeners().next())?;
        let falling = match explained {
            Some(outside) => outside.fault.edge,
            None => best.language == Language::Stream && best.found_as.falling,
        };
        Some(of(best.rest[1] > best.rest[0], falling))
    }

    fn first(&self, findings: &[Finding], verdict: Verdict) -> Option<Instant> {
        if verdict == Verdict::NoSelect {
            return self.outside().first_byte;
        }
        let concerned = self.selects().iter().zip(findings).filter(|(_, f)| f.verdict() == verdict);
        concerned.filter_map(|(l, _)| l.first_byte.or(l.first_fall)).min()
    }
}

/// The last report of [`SpiAnalyser::glance`], and how much there was to go by.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo {
    report: Option<Report>,
    evidence: u64,
}

pub(super) fn wrong(finding: &Finding) -> Option<&Explanation> {
    if let Finding::Wrong(explanation) = finding { Some(explanation) } else { None }
}

/// What the chip itself makes of it.
fn as_it_is(listener: &Listener) -> Finding {
    let frames = listener.frames();
    match listener.language {
        Language::Commands => match frames.first_valid {
            Some(frame) if frames.make_sense() => Finding::Sense(Sense::Commands(frame)),
            _ if listener.bytes() == 0 => Finding::Nothing,
            _ if frames.count() == 0 => Finding::TooLittle,
            _ => Finding::NoSense,
        },
        _ => match listener.hunter.found() {
            Some(stream) => Finding::Sense(Sense::Stream(stream)),
            None if listener.bytes() == 0 => Finding::Nothing,
            None if listener.hunter.is_filler() || listener.bytes() < LEAST => Finding::TooLittle,
            None => Finding::NoSense,
        },
    }
}

fn bit_order(selects: &[(&Listener, &Finding)]) -> BitOrder {
    let lsb_first = selects.iter().filter_map(|(listener, finding)| match finding {
        Finding::Sense(Sense::Commands(_)) => Some(false),
        Finding::Sense(Sense::Stream(_)) => Some(listener.found_as.lsb_first),
        Finding::Wrong(e) => Some(e.fault.order != (e.format.lsb_first && matches!(e.sense, Sense::Stream(_)))),
        _ => None,
    });
    lsb_first.fold(BitOrder::Unknown, |so_far, lsb| match (so_far, lsb) {
        (BitOrder::Unknown | BitOrder::LsbFirst, true) => BitOrder::LsbFirst,
        (BitOrder::Unknown | BitOrder::MsbFirst, false) => BitOrder::MsbFirst,
        _ => BitOrder::Mixed,
    })
}
