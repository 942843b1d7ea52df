//! `ladder`: the same song by every way of writing `sendByte()` in Python, and the seconds of each beside the article's.

use super::options::Surroundings;
use super::sim::Stop;
use super::values::{Timing, WallLimit, html, time};
use crate::host::console::say;
use crate::host::interrupt::Interrupt;
use crate::report::ladder::{Ending, Ladder, Step, Width, json, page, table, troubles};
use crate::report::render::diagnostic;
use crate::report::status::{self, OUTPUT, USAGE};
use crate::report::{Complaint, Levels, OutputError, lints, write};
use clap::builder::{PathBufValueParser, TypedValueParser};
use peripherals::kernel::{Lint, Span};
use plan::Plan;
use play::{Played, Stage, named};
use progress::Progress;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

mod plan;
mod play;
mod progress;
mod queue;
mod steps;

/// Runs every step of the software-SPI ladder: predicted seconds beside the article's.
///
/// Each step plays a song of 8.4 s to a VS1053 on a machine of its own. "Predicted" is what sending costs the firmware: from the first to the last
/// bit, reading the file included, waiting for DREQ not. "Elapsed" has the waiting in it. Nothing is extrapolated.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Exit status: 0 every step sent the whole song, choppy or not; 1 one did not, or its firmware ended with another code than 0; \
2 usage, or input that cannot be used; 3 a denied diagnostic came up; 4 --wall-limit reached; \
70 a bug of ours; 74 an output could not be written; 130 Ctrl-C, with what was done by then.")]
pub struct LadderArgs {
    /// Only these steps, in this order; NAME.py of --drive is a step too [default: all that come with the program]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub steps: Vec<String>,

    /// The interpreter: ELF, Intel HEX, UF2 or FILE.bin@0xADDR; several are laid over one another (may be repeated)
    /// [default: target/micropython/micropython.elf, which firmware/micropython/build.sh builds]
    #[arg(long, value_name = "IMAGE")]
    pub firmware: Vec<String>,

    /// Files to go on the firmware's drive beside the ladder's, or instead of them. Where the image does not tell the drive's place:
    /// DIR@0xADDR+SIZE:fat or :littlefs
    #[arg(long, value_name = "DIR")]
    pub drive: Option<String>,

    /// The song, MP3 or Ogg Vorbis [default: song.mp3 of --drive, else the ladder's own]
    #[arg(long, value_name = "FILE")]
    pub song: Option<PathBuf>,

    /// Print JSON instead of the table
    #[arg(long)]
    pub json: bool,

    /// Write a page with a chart, the waveforms of one byte, and the table
    #[arg(long, value_name = "FILE.html", value_parser = PathBufValueParser::new().try_map(html))]
    pub html: Option<PathBuf>,

    /// Write what each step sounds like: NAME.wav in this directory
    #[arg(long, value_name = "DIR")]
    pub wav: Option<PathBuf>,

    /// What instructions cost: as on the chip as far as it is known, or one cycle each, for comparison
    #[arg(long, value_enum, default_value_t)]
    pub timing: Timing,

    /// The board: the name of a built-in one, or a TOML file; the ladder's own player.py knows the dongle's wires
    #[arg(long, value_name = "NAME|FILE.toml", default_value = "dongle")]
    pub board: String,

    /// Rewire the board, such as SCLK=P0.22 (may be repeated)
    #[arg(long = "wire", value_name = "SIGNAL=PIN")]
    pub wires: Vec<String>,

    /// Steps that are run at the same time [default: one a core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// Stop a step after this much simulated time
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    pub run_for: Option<Span>,

    /// Stop a step after this much host time
    #[arg(long, value_name = "TIME|none", default_value = "10min")]
    pub wall_limit: WallLimit,

    /// Make a diagnostic fatal to the run's success, such as choppy-sound (may be repeated)
    #[arg(long, value_name = "NAME", value_parser = lints::find)]
    pub deny: Vec<&'static Lint>,

    /// Make a diagnostic quiet (may be repeated)
    #[arg(long, value_name = "NAME", value_parser = lints::find)]
    pub allow: Vec<&'static Lint>,

    /// What all randomness comes from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// Runs the steps, prints what came of them to stdout and the rest to stderr, and gives the exit status. `words` are the command line.
pub fn run(args: &LadderArgs, around: &Surroundings, words: &[OsString]) -> u8 {
    let (ladder, mut failed) = match climb(args, around) {
        Ok(done) => done,
        Err(Stop::Input(complaint)) => {
            complain(complaint, around);
            return USAGE;
        }
        Err(Stop::Output(error)) => {
            complain(Complaint::from(&error), around);
            return OUTPUT;
        }
    };
    let troubles = troubles(&ladder, around.style());
    if !troubles.is_empty() {
        say(troubles.trim_end());
    }
    if let Some(path) = &args.html {
        failed.extend(write::text(path, page(&ladder, &command(words)).as_bytes()).err());
    }
    let of_files = if failed.is_empty() { 0 } else { OUTPUT };
    let status = status::worst([ladder.status(), of_files]);
    let text = match args.json {
        true => json(&ladder, status).map_err(io::Error::other),
        false => Ok(table(&ladder, Width::of(around.stdout_columns))),
    };
    let printed = text.and_then(|text| io::stdout().write_all(text.as_bytes()));
    // Whoever reads may have read enough.
    let printed = printed.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) });
    failed.extend(printed.map_err(OutputError::at(Path::new("stdout"))).err());
    for error in &failed {
        complain(Complaint::from(error), around);
    }
    if failed.is_empty() { status } else { status::worst([status, OUTPUT]) }
}

fn complain(complaint: Complaint, around: &Surroundings) {
    say(diagnostic(&complaint.into(), around.style()).trim_end());
}

/// The command line as people would type it, but for quotes.
fn command(words: &[OsString]) -> String {
    let rest = words.iter().skip(1).map(|word| word.to_string_lossy());
    std::iter::once("badgebench".into()).chain(rest).collect::<Vec<_>>().join(" ")
}

/// Plays all steps; gives what came of them, and what could not be written.
fn climb(args: &LadderArgs, around: &Surroundings) -> Result<(Ladder, Vec<OutputError>), Stop> {
    let levels = Levels::new(&args.deny, &args.allow);
    let levels = levels
        .map_err(|error| Stop::Input(Complaint::new("usage", error.to_string()).help("leave one of them out")))?;
    args.html.as_deref().map(write::preflight).transpose()?;
    let plan = Plan::new(args)?;
    if let Some(dir) = &args.wav {
        std::fs::create_dir_all(dir).map_err(OutputError::at(dir))?;
        plan.jobs.iter().try_for_each(|job| write::preflight(&plan::wav(dir, job)))?;
    }
    for note in plan.remarks.iter().chain(&plan.notes) {
        say(&format!("note: {note}"));
    }
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let jobs = args.jobs.unwrap_or(cores).get().min(plan.jobs.len().max(1));
    let workers = NonZeroUsize::new(jobs).unwrap_or(NonZeroUsize::MIN);
    let interrupt = Interrupt::install().unwrap_or_default();
    let started = std::time::Instant::now();
    let progress = Progress::start(&plan, jobs, around.stderr_terminal);
    let results = {
        let stage = Stage { args, plan: &plan, levels: &levels, interrupt: &interrupt, progress: &progress };
        all(&stage, workers)
    };
    progress.close();
    let (ladder, failed) = gather(plan, results, args)?;
    say(&summary(&ladder, jobs, started.elapsed().as_secs_f64()));
    Ok((ladder, failed))
}

/// Plays the steps, the longest first. A step that cannot be run at all ends the rest, as it is for a reason that they share.
fn all(stage: &Stage<'_>, workers: NonZeroUsize) -> Vec<Option<Result<Played, Stop>>> {
    let lengths: Vec<_> = stage.plan.jobs.iter().map(|job| job.article_s).collect();
    let hopeless = AtomicBool::new(false);
    let stop = || stage.interrupt.is_set() || hopeless.load(Ordering::Relaxed);
    let work = |place: usize| {
        // The message of a panic is printed by the hook of `super::bug`; the other steps go on.
        let result = catch_unwind(AssertUnwindSafe(|| stage.play(place))).unwrap_or_else(|_| {
            let step = named(&stage.plan.jobs[place]);
            Ok(Played { step: Step { ending: Ending::Bug, ..step }, failed: Vec::new() })
        });
        match &result {
            Ok(played) => stage.progress.done(place, &played.step),
            Err(_) => hopeless.store(true, Ordering::Relaxed),
        }
        result
    };
    queue::run(&queue::longest_first(&lengths), workers, &stop, &work)
}

/// The steps in their order, whether they were begun or not.
fn gather(
    plan: Plan,
    results: Vec<Option<Result<Played, Stop>>>,
    args: &LadderArgs,
) -> Result<(Ladder, Vec<OutputError>), Stop> {
    let (mut steps, mut failed) = (Vec::new(), Vec::new());
    let mut stop = None;
    for (job, result) in plan.jobs.iter().zip(results) {
        match result {
            Some(Ok(played)) => {
                steps.push(played.step);
                failed.extend(played.failed);
            }
            Some(Err(error)) => stop = stop.or(Some(error)),
            None => steps.push(named(job)),
        }
    }
    if let Some(stop) = stop {
        return Err(stop);
    }
    let ladder = Ladder {
        steps,
        firmware: plan.firmware,
        interpreter: plan.interpreter,
        board: plan.board.name,
        timing: args.timing.word().to_owned(),
        song: plan.song,
    };
    Ok((ladder, failed))
}

/// The last line on stderr.
fn summary(ladder: &Ladder, jobs: usize, host_s: f64) -> String {
    let times = ladder.steps.iter().filter_map(|step| step.report.as_ref()?.time);
    let simulated: f64 = times.map(|time| time.simulated_s).sum();
    let whole = ladder.steps.iter().filter(|step| step.ending == Ending::Whole).count();
    format!(
        "ladder: {whole} of {} steps played to the end; {simulated:.1} s simulated in {host_s:.1} s ({:.1}x), {jobs} at a time",
        ladder.steps.len(),
        simulated / host_s.max(1e-9)
    )
}
