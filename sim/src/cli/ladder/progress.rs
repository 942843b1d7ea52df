//! How far the steps are: a bar each on a terminal, else a line now and then.

use super::plan::Plan;
use crate::host::console::say;
use crate::report::ladder::Step;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use peripherals::kernel::Instant;
use std::sync::Mutex;
use std::time::Duration;

/// Without bars, how far all are is said this often.
const SAID_EACH: Duration = Duration::from_secs(10);
/// Bars are drawn so many times a second.
const DRAWN_HZ: u8 = 10;

/// Shows it.
pub(super) enum Progress {
    /// On a terminal.
    Bars(MultiProgress, Vec<ProgressBar>),
    /// Elsewhere.
    Lines(Mutex<Said>),
}

/// What was said so far.
pub(super) struct Said {
    names: Vec<String>,
    song: u64,
    /// Bytes by step, for those that are under way.
    sent: Vec<Option<u64>>,
    last: std::time::Instant,
}

impl Progress {
    /// For all steps of `plan`, `jobs` at a time.
    pub(super) fn start(plan: &Plan, jobs: usize, terminal: bool) -> Self {
        if terminal {
            let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(DRAWN_HZ));
            let style =
                |template| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let each = plan.jobs.iter().map(|job| {
                let bar = bars.add(ProgressBar::new(plan.song.bytes));
                bar.set_style(style("{prefix:<13} {bar:30} {percent:>3} %  {msg}"));
                bar.set_prefix(job.name.clone());
                bar.set_message("waiting");
                bar
            });
            let each = each.collect();
            return Self::Bars(bars, each);
        }
        let steps = if plan.jobs.len() == 1 { "step" } else { "steps" };
        say(&format!("progress: {} {steps}, {jobs} at a time", plan.jobs.len()));
        let names = plan.jobs.iter().map(|job| job.name.clone()).collect();
        let sent = vec![None; plan.jobs.len()];
        Self::Lines(Mutex::new(Said { names, song: plan.song.bytes, sent, last: std::time::Instant::now() }))
    }

    /// Step `place` has sent so many bytes by `now`.
    pub(super) fn at(&self, place: usize, sent: u64, now: Instant) {
        match self {
            Self::Bars(_, bars) => {
                bars[place].set_position(sent.min(bars[place].length().unwrap_or(0)));
                bars[place].set_message(format!("{:.1} s simulated", now.as_secs_f64()));
            }
            Self::Lines(said) => {
                let mut said = said.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                said.sent[place] = Some(sent);
                if said.last.elapsed() >= SAID_EACH {
                    said.last = std::time::Instant::now();
                    say(&said.line());
                }
            }
        }
    }

    /// Step `place` is over.
    pub(super) fn done(&self, place: usize, step: &Step) {
        let time = step.report.as_ref().and_then(|report| report.time);
        let (simulated, host) = time.map_or((0.0, 0.0), |time| (time.simulated_s, time.host_s));
        let words = format!("{simulated:.1} s simulated in {host:.1} s");
        match self {
            Self::Bars(_, bars) => bars[place].abandon_with_message(words),
            Self::Lines(said) => {
                let mut said = said.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                said.sent[place] = None;
                say(&format!("progress: {} is over, {words}", step.name));
            }
        }
    }

    /// Takes the bars off the screen: the table says all that they said.
    pub(super) fn close(self) {
        if let Self::Bars(bars, _) = self {
            // Nobody may be looking.
            let _ = bars.clear();
        }
    }
}

impl Said {
    fn line(&self) -> String {
        let under_way = self.names.iter().zip(&self.sent).filter_map(|(name, sent)| {
            let percent = (sent.as_ref()?.min(&self.song) * 100).checked_div(self.song)?;
            Some(format!("{name} {percent} %"))
        });
        format!("progress: {}", under_way.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_those_are_that_are_under_way() {
        let names = ["loop", "unrolled", "native"].map(str::to_owned).to_vec();
        let sent = vec![Some(250), None, Some(2_000)];
        let said = Said { names, song: 1_000, sent, last: std::time::Instant::now() };
        assert_eq!(said.line(), "progress: loop 25 %, native 100 %");
    }
}
