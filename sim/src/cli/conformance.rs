//! `conformance`: score a driver against the chip's rules.

use super::args::SimArgs;
use super::options::{SimOptions, Surroundings};
use super::sim::{Outcome, Stop};
use super::simulate::simulate;
use super::source::SourceArgs;
use super::trace::TraceArgs;
use super::values::{Audio, AudioRate, Console, Timing, WallLimit, time};
use crate::host::console::say;
use crate::host::pace::Speed;
use crate::report::conformance::{Score, json, score, table};
use crate::report::render::diagnostic;
use crate::report::status::{BUG, OUTPUT, USAGE, worst};
use crate::report::{Complaint, Levels, OutputError, assemble, summary};
use peripherals::kernel::Span;
use std::io::{self, ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Scores how firmware drives the VS1053, rule by rule.
///
/// The rules are the datasheet's for a driver. Each is passed, failed or not seen in this run. What failed is shown with its first time, the instruction and
/// the source line. How the sound is and what the firmware says do not count: `sim` is for that.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Exit status: 0 every rule that must be kept was; 1 one was not, nothing was sent to a chip, or the firmware ended with another code than 0; \
2 usage, or input that cannot be used; 3 a denied diagnostic came up; 4 --wall-limit reached; \
70 a bug of ours; 74 an output could not be written; 130 Ctrl-C, with the score so far.")]
pub struct ConformanceArgs {
    /// Firmware: an ELF, Intel HEX or UF2 file, or FILE.bin@0xADDR; several are laid over one another, and the later wins
    #[arg(value_name = "IMAGE", required = true)]
    pub images: Vec<String>,

    /// The board: the name of a built-in one, or a TOML file
    #[arg(long, value_name = "NAME|FILE.toml", default_value = "dongle")]
    pub board: String,

    /// Rewire the board, such as SCLK=P0.22 (may be repeated)
    #[arg(long = "wire", value_name = "SIGNAL=PIN")]
    pub wires: Vec<String>,

    /// Put a directory's files on the firmware's own file system before boot, as `sim` does
    #[arg(long, value_name = "DIR")]
    pub drive: Option<String>,

    /// Print JSON instead of the table
    #[arg(long)]
    pub json: bool,

    /// Stop after this much simulated time, such as 250ms or 8.4s
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    pub run_for: Option<Span>,

    /// Stop after this much host time
    #[arg(long, value_name = "TIME|none", default_value = "10min")]
    pub wall_limit: WallLimit,

    /// What instructions cost: as on the chip as far as it is known, or one cycle each, for comparison
    #[arg(long, value_enum, default_value_t)]
    pub timing: Timing,

    /// What all randomness comes from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

impl ConformanceArgs {
    /// The run of `sim` that is scored.
    fn sim(&self) -> SimArgs {
        SimArgs {
            images: self.images.clone(),
            board: self.board.clone(),
            wires: self.wires.clone(),
            headless: true,
            audio: Some(Audio::None),
            audio_rate: AudioRate::default(),
            run_for: self.run_for,
            wall_limit: Some(self.wall_limit),
            speed: Some(Speed::Max),
            console: Console::None,
            flash: None,
            drive: self.drive.clone(),
            drive_out: None,
            #[cfg(unix)]
            pty: false,
            reports: Vec::new(),
            trace: TraceArgs::default(),
            expects: Vec::new(),
            deny: Vec::new(),
            allow: Vec::new(),
            fail_fast: false,
            exit_now: false,
            seed: self.seed,
            source: SourceArgs::default(),
            gdb: None,
            timing: self.timing,
        }
    }
}

/// Runs the firmware, prints the score to stdout and the rest to stderr, and gives the exit status.
pub fn run(args: &ConformanceArgs, around: &Surroundings) -> u8 {
    let options = match SimOptions::resolve(args.sim(), around) {
        Ok(options) => options,
        Err(error) => {
            complain(Complaint::new("usage", error.to_string()), around);
            return USAGE;
        }
    };
    // The message of a panic is printed by the hook of `super::bug`.
    let outcome = match catch_unwind(AssertUnwindSafe(|| simulate(&options))) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(Stop::Input(complaint))) => {
            complain(complaint, around);
            return USAGE;
        }
        Ok(Err(Stop::Output(error))) => {
            complain(Complaint::from(&error), around);
            return OUTPUT;
        }
        Err(_) => return BUG,
    };
    let (score, mut failed) = concluded(outcome);
    let status = score.status();
    let text = match args.json {
        true => json(&score).map_err(io::Error::other),
        false => Ok(table(&score)),
    };
    let printed = text.and_then(|text| io::stdout().write_all(text.as_bytes()));
    // Whoever reads may have read enough.
    let printed = printed.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) });
    failed.extend(printed.map_err(OutputError::at(Path::new("stdout"))).err());
    for error in &failed {
        complain(Complaint::from(error), around);
    }
    say(summary::lines(&score.report).trim_end());
    if failed.is_empty() { status } else { worst([status, OUTPUT]) }
}

fn concluded(outcome: Outcome) -> (Score, Vec<OutputError>) {
    let Outcome { facts, locate, failed, .. } = outcome;
    let rules = score(&facts, &*locate);
    let mut report = assemble(facts, &Levels::default(), &*locate);
    report.conclude(&[], false);
    (Score { rules, report }, failed)
}

fn complain(complaint: Complaint, around: &Surroundings) {
    say(diagnostic(&complaint.into(), around.style()).trim_end());
}
