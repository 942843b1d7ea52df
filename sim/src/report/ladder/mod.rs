//! The ladder: the same song sent by one way of writing `sendByte()` after the other, as a table, as JSON and as a page.
//!
//! [`Ladder`] is all that was found out; what is here renders it and touches neither machine nor host.

mod chart;
mod json;
mod order;
mod page;
mod table;
#[cfg(test)]
mod tests;
mod troubles;
mod wave;

pub use json::json;
pub use order::{Order, order};
pub use page::page;
pub use table::{Width, table};
pub use troubles::troubles;

use super::json::{Firmware, Report};
use super::status;
use super::throughput::Verdict;
use crate::probes::excerpt::Excerpt;
use peripherals::kernel::CPU_HZ;

/// All steps of a run, and what they have in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ladder {
    /// In the order in which they are shown.
    pub steps: Vec<Step>,
    /// What was run, in the order in which it was laid over one another.
    pub firmware: Vec<Firmware>,
    /// What the firmware says it is.
    pub interpreter: Option<String>,
    /// The board's name.
    pub board: String,
    /// The value of `--timing`.
    pub timing: String,
    /// What each step sends.
    pub song: Song,
}

/// What each step sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Song {
    /// As people know it: a path, or what comes with the program.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Over those bytes, in lowercase hexadecimal.
    pub sha256: String,
}

/// Bytes of the article's song, for which its seconds are.
pub const ARTICLE_BYTES: u64 = 134_400;

/// One step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// Its name, which is that of its file.
    pub name: String,
    /// The seconds that the article has for it.
    pub article_s: Option<f64>,
    /// How it came out.
    pub ending: Ending,
    /// What the run found out; none when it never began, or a bug of ours ended it.
    pub report: Option<Report>,
    /// The last lines of text from the firmware.
    pub console: Vec<String>,
    /// One byte on its wires.
    pub excerpt: Option<Excerpt>,
}

/// How a step came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// All of the song was sent, and the firmware went on to its end or to its prompt.
    Whole,
    /// The firmware ended, failed or fell asleep before it had sent the song.
    Early,
    /// Python said that an exception was not caught.
    Exception,
    /// The firmware went on, and sent nothing for so long.
    Stalled,
    /// The limit of simulated time was there first.
    TimeLimit,
    /// The limit of host time was there first.
    WallLimit,
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-C came before its turn.
    #[default]
    NotStarted,
    /// The simulator failed.
    Bug,
}

/// Figures of a step, as far as they apply.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Bytes of the song that arrived.
    pub bytes: u64,
    /// What sending all of the song cost the firmware, in seconds: `send_s` of its report.
    pub predicted_s: Option<f64>,
    /// The same with waiting for DREQ.
    pub elapsed_s: Option<f64>,
    /// Cycles of the 64 MHz core clock a bit, waiting for DREQ not counted.
    pub cycles_per_bit: Option<f64>,
    /// How many times faster than the song is played it is sent.
    pub factor: Option<f64>,
    /// Whether it could be listened to.
    pub verdict: Verdict,
    /// Silences in it.
    pub gaps: u64,
    /// How long they were together.
    pub silence_s: f64,
}

impl Step {
    /// What its report comes to.
    pub fn figures(&self) -> Figures {
        let Some(report) = &self.report else { return Figures::default() };
        let throughput = &report.throughput;
        let bytes = throughput.stream_bytes.unwrap_or(0);
        let whole = self.ending == Ending::Whole;
        let cycles = |send_s: f64| send_s * CPU_HZ as f64 / (8 * bytes) as f64;
        Figures {
            bytes,
            predicted_s: throughput.send_s.filter(|_| whole),
            elapsed_s: throughput.elapsed_s.filter(|_| whole),
            cycles_per_bit: throughput.send_s.map(cycles).filter(|cycles| *cycles > 0.0),
            factor: throughput.ratio,
            verdict: throughput.verdict,
            gaps: report.vs1053.iter().map(|chip| chip.underruns.count).sum(),
            silence_s: report.vs1053.iter().map(|chip| chip.underruns.total_s).sum(),
        }
    }

    /// Whether what arrived is the song, bit by bit; none when it cannot be told, as a song with tags around its frames arrives as a
    /// shorter stream.
    fn intact(&self, song: &Song) -> Option<bool> {
        let chips = self.report.iter().flat_map(|report| &report.vs1053);
        let mut streams = chips.flat_map(|chip| &chip.streams).filter(|stream| stream.bytes == song.bytes);
        streams.next().map(|stream| stream.sha256 == song.sha256)
    }

    /// What one would hear, in words; for a step that is not whole, why not and how far it came.
    fn heard(&self, song: &Song) -> String {
        let figures = self.figures();
        let percent = (figures.bytes * 100).checked_div(song.bytes).unwrap_or(0);
        match &self.ending {
            Ending::Whole if self.intact(song) == Some(false) => "not the song: wrong bits".to_owned(),
            Ending::Whole => match figures.verdict {
                Verdict::Smooth => "smooth".to_owned(),
                Verdict::Choppy => {
                    let gaps = if figures.gaps == 1 { "gap" } else { "gaps" };
                    format!("choppy: {} {gaps}, {:.1} s silent", figures.gaps, figures.silence_s)
                }
                Verdict::NotApplicable => "nothing".to_owned(),
            },
            Ending::Early => format!("ended at {percent} %"),
            Ending::Exception => format!("exception at {percent} %"),
            Ending::Stalled => format!("stalled at {percent} %"),
            Ending::TimeLimit => format!("limit at {percent} %"),
            Ending::WallLimit => format!("wall limit at {percent} %"),
            Ending::Interrupted => format!("interrupted at {percent} %"),
            Ending::NotStarted => "not started".to_owned(),
            Ending::Bug => "a bug of ours".to_owned(),
        }
    }

    /// The exit status that this step alone would give the process.
    fn status(&self, song: &Song) -> u8 {
        let of_run = self.report.as_ref().map_or(0, |report| report.exit.status);
        let of_ending = match self.ending {
            Ending::Whole if self.intact(song) == Some(false) => status::FAILED,
            Ending::Whole => 0,
            Ending::Early | Ending::Exception | Ending::Stalled | Ending::TimeLimit => status::FAILED,
            Ending::WallLimit => status::WALL_LIMIT,
            Ending::Interrupted | Ending::NotStarted => status::INTERRUPT,
            Ending::Bug => status::BUG,
        };
        status::worst([of_run, of_ending])
    }
}

impl Ladder {
    /// The exit status of the process, before any output of it was written.
    pub fn status(&self) -> u8 {
        status::worst(self.steps.iter().map(|step| step.status(&self.song)))
    }
}
