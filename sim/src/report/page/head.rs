//! Verdicts first: what was run, how it ended, and what there is to say of bus, sound and rules.

use crate::report::json::{Reason, Report};
use crate::report::render::{grouped, plain, times};
use crate::report::summary;
use crate::report::throughput::Verdict;
use maud::{Markup, html};
use peripherals::kernel::LintLevel;
use std::path::Path;

/// The page's name.
pub(super) fn title(report: &Report) -> String {
    format!("{}: badgebench", subject(report))
}

/// The last image's file name, and the board.
fn subject(report: &Report) -> String {
    let Some(image) = report.firmware.last() else { return "nothing was run".to_owned() };
    let name = Path::new(&image.path).file_name().map_or(image.path.as_str().into(), |name| name.to_string_lossy());
    match &report.board {
        Some(board) => format!("{} on {}", plain(&name), plain(board)),
        None => plain(&name).into_owned(),
    }
}

/// How good a verdict is: its class, and the sign that says it without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Good,
    Warn,
    Bad,
    Plain,
}

impl Mark {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Plain => "plain",
        }
    }

    const fn sign(self) -> &'static str {
        match self {
            Self::Good => "\u{2713} ",
            Self::Warn => "! ",
            Self::Bad => "\u{2717} ",
            Self::Plain => "",
        }
    }
}

struct Badge {
    mark: Mark,
    what: String,
    about: String,
}

/// Title, badges, last words.
pub(super) fn head(report: &Report) -> Markup {
    html! {
        header {
            h1 { (subject(report)) }
            ul class="badges" {
                @for badge in badges(report) {
                    li class=(badge.mark.class()) { (badge.mark.sign()) (plain(&badge.what)) small { (plain(&badge.about)) } }
                }
            }
            dl {
                @for (label, words) in words(report) { dt { (label) } dd { (plain(&words)) } }
            }
        }
    }
}

/// The last words of the run; of one that never began only why not.
fn words(report: &Report) -> Vec<(&'static str, String)> {
    let mut rows = summary::rows(report);
    rows.retain(|(label, _)| report.time.is_some() || *label == "ended");
    rows
}

fn badges(report: &Report) -> Vec<Badge> {
    let mut all = vec![exit(report)];
    for bus in &report.spi {
        let mark = match bus.verdict {
            crate::probes::spi::Verdict::Ok => Mark::Good,
            crate::probes::spi::Verdict::Idle => Mark::Plain,
            _ => Mark::Bad,
        };
        all.push(Badge { mark, what: bus.verdict.word().to_owned(), about: format!("SPI, {}", bus.name) });
    }
    if !report.vs1053.is_empty() {
        all.push(sound(report));
    }
    let lost: u64 = report.vs1053.iter().map(|chip| chip.fifo.overrun_bytes).sum();
    if lost > 0 {
        all.push(Badge { mark: Mark::Bad, what: times(lost, "byte"), about: "lost for want of room".to_owned() });
    }
    let count = |level| report.diagnostics.iter().filter(|d| d.level == level).count() as u64;
    let (denied, warned) = (count(LintLevel::Deny), count(LintLevel::Warn));
    let (mark, what) = match (denied, warned) {
        (0, 0) => (Mark::Good, "none".to_owned()),
        (0, warned) => (Mark::Warn, times(warned, "warning")),
        (denied, 0) => (Mark::Bad, format!("{} denied", grouped(denied))),
        (denied, warned) => (Mark::Bad, format!("{} denied, {}", grouped(denied), times(warned, "warning"))),
    };
    all.push(Badge { mark, what, about: "diagnostics".to_owned() });
    if !report.expectations.is_empty() {
        let (of, unmet) = (report.expectations.len(), report.expectations.iter().filter(|e| !e.holds).count());
        let mark = if unmet == 0 { Mark::Good } else { Mark::Bad };
        all.push(Badge { mark, what: format!("{} of {of} hold", of - unmet), about: "expectations".to_owned() });
    }
    all
}

fn exit(report: &Report) -> Badge {
    let exit = &report.exit;
    let mark = match exit.status {
        0 => Mark::Good,
        crate::report::status::WALL_LIMIT | crate::report::status::INTERRUPT => Mark::Warn,
        _ => Mark::Bad,
    };
    let ended = match exit.reason {
        Reason::Semihosting => match exit.code {
            Some(code) => format!("the firmware ended with code {code}"),
            None => "the firmware ended".to_owned(),
        },
        Reason::Parked => "the firmware is parked".to_owned(),
        Reason::For => "stopped by --for".to_owned(),
        Reason::WallLimit => "stopped by --wall-limit".to_owned(),
        Reason::Interrupt => "interrupted".to_owned(),
        Reason::Denied => "stopped at a denied diagnostic".to_owned(),
        Reason::Fault => "a fault that nothing handles".to_owned(),
        Reason::Lockup => "lockup".to_owned(),
        Reason::Capture => "the recording is over".to_owned(),
        Reason::Input => "input that cannot be used".to_owned(),
        Reason::Output => "an output that cannot be written".to_owned(),
        Reason::Bug => "a bug of ours".to_owned(),
    };
    Badge { mark, what: format!("exit status {}", exit.status), about: ended }
}

fn sound(report: &Report) -> Badge {
    let gaps: u64 = report.vs1053.iter().map(|chip| chip.underruns.count).sum();
    let silence: f64 = report.vs1053.iter().map(|chip| chip.underruns.total_s).sum();
    match report.throughput.verdict {
        Verdict::Smooth => Badge { mark: Mark::Good, what: "smooth".into(), about: "sound, no underrun".into() },
        Verdict::Choppy => Badge {
            mark: Mark::Warn,
            what: "choppy".into(),
            about: format!("sound, {}, {silence:.2} s silent", times(gaps, "underrun")),
        },
        Verdict::NotApplicable => Badge { mark: Mark::Plain, what: "none".into(), about: "sound".into() },
    }
}
