//! `sim`: run firmware, say how it went.

use super::args::SimArgs;
use super::options::{SimOptions, Surroundings};
use super::values::{Audio, is_page};
use crate::boards::BoardError;
use crate::image::ImageError;
use crate::report::page::{Watched, page};
use crate::report::render::{self, Style};
use crate::report::{Complaint, Expect, Facts, Location, OutputError, Reason, Report, assemble, summary, write};
use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// What a run hands back.
pub struct Outcome {
    /// What it found out.
    pub facts: Facts,
    /// The image's symbols and lines.
    pub locate: Box<dyn Fn(u32) -> Option<Location>>,
    /// Outputs that failed on the way, such as a WAV file on a disk that filled up.
    pub failed: Vec<OutputError>,
    /// What was watched for a page, if one was asked for.
    pub watched: Option<Box<Watched>>,
}

/// Why there was no run.
#[derive(Debug)]
pub enum Stop {
    /// Input that cannot be used.
    Input(Complaint),
    /// An output that cannot be opened.
    Output(OutputError),
}

impl From<ImageError> for Stop {
    fn from(error: ImageError) -> Self {
        Self::Input(Complaint::from_text(error.name(), &error.to_string()))
    }
}

impl From<BoardError> for Stop {
    fn from(error: BoardError) -> Self {
        Self::Input(Complaint::from_text(error.name(), &error.to_string()))
    }
}

impl From<OutputError> for Stop {
    fn from(error: OutputError) -> Self {
        Self::Output(error)
    }
}

/// Runs what `args` ask for by means of `engine`, talks to `stderr`, writes the reports, and gives the exit status.
pub fn run(
    args: SimArgs,
    around: &Surroundings,
    stderr: &mut dyn Write,
    engine: impl FnOnce(&SimOptions) -> Result<Outcome, Stop>,
) -> u8 {
    let mut talk = Talk { to: stderr, style: around.style() };
    let reports = args.reports.clone();
    let options = match SimOptions::resolve(args, around) {
        Ok(options) => options,
        Err(error) => {
            let complaint = Complaint::new("usage", error.to_string()).help("leave one of them out");
            return not_run(Reason::Input, complaint, &reports, &mut talk);
        }
    };
    if let Some((output, image)) = overwritten(&options) {
        let message = format!("the output `{}` is the input `{image}`", output.display());
        let complaint = Complaint::new("usage", message).help("name another file for the output");
        return not_run(Reason::Input, complaint, &others(&reports, output), &mut talk);
    }
    if let Err(error) = check_outputs(&options) {
        return not_run(Reason::Output, Complaint::from(&error), &others(&reports, &error.path), &mut talk);
    }
    if let Some(note) = options.notes() {
        talk.say(&format!("{note}\n"));
    }
    // The message is printed by the hook of `super::bug`.
    match catch_unwind(AssertUnwindSafe(|| engine(&options))) {
        Ok(Ok(outcome)) => ended(outcome, &options, &mut talk),
        Ok(Err(Stop::Input(complaint))) => not_run(Reason::Input, complaint, &reports, &mut talk),
        Ok(Err(Stop::Output(error))) => {
            not_run(Reason::Output, Complaint::from(&error), &others(&reports, &error.path), &mut talk)
        }
        Err(_) => {
            let report = Report::not_run(Reason::Bug, "the simulator failed; see stderr".into());
            publish(report, &reports, None, &[], false, &mut talk).exit.status
        }
    }
}

/// A report on a command line that could not be read, for whoever waits for the file; `reports` are the names that are legible
/// in it. The complaint itself has been printed.
pub fn unreadable_command(message: String, reports: &[PathBuf], around: &Surroundings, stderr: &mut dyn Write) {
    let mut report = Report::not_run(Reason::Input, message.clone());
    report.diagnostics.push(Complaint::new("usage", message).into());
    publish(report, reports, None, &[], false, &mut Talk { to: stderr, style: around.style() });
}

/// Stderr, and how text may look there.
pub(super) struct Talk<'a> {
    to: &'a mut dyn Write,
    style: Style,
}

impl<'a> Talk<'a> {
    /// For what another verb has to say.
    pub(super) fn new(to: &'a mut dyn Write, style: Style) -> Self {
        Self { to, style }
    }

    /// Says `text`. Nobody may be listening; the run goes on.
    pub(super) fn say(&mut self, text: &str) {
        let _ = self.to.write_all(text.as_bytes());
    }

    /// Says what went wrong.
    pub(super) fn complain(&mut self, complaint: Complaint) {
        let text = render::diagnostic(&complaint.into(), self.style);
        self.say(&text);
    }
}

fn outputs(options: &SimOptions) -> impl Iterator<Item = &PathBuf> {
    let sound = match &options.audio {
        Audio::File(path) => Some(path),
        Audio::Device | Audio::None => None,
    };
    let traces = &options.trace.paths;
    options.reports.iter().chain(sound).chain(&options.flash).chain(options.source.outputs()).chain(traces)
}

fn check_outputs(options: &SimOptions) -> Result<(), OutputError> {
    outputs(options).try_for_each(|path| write::preflight(path))?;
    options.trace.beside().iter().try_for_each(|path| write::preflight(path))
}

/// The output that is an image at the same time, by whatever name, and that image.
fn overwritten(options: &SimOptions) -> Option<(&PathBuf, &str)> {
    // As in `FILE@ADDRESS`, unless there is a file of that name.
    let real = |image: &str| {
        let without = || image.rsplit_once('@').and_then(|(path, _)| fs::canonicalize(path).ok());
        fs::canonicalize(image).ok().or_else(without)
    };
    outputs(options).find_map(|output| {
        let place = fs::canonicalize(output).ok().filter(|place| place.is_file())?;
        let image = options.images.iter().find(|image| real(image).as_ref() == Some(&place))?;
        Some((output, image.as_str()))
    })
}

/// Places other than `bad`, of which enough has been said.
fn others(places: &[PathBuf], bad: &Path) -> Vec<PathBuf> {
    places.iter().filter(|place| *place != bad).cloned().collect()
}

fn not_run(reason: Reason, complaint: Complaint, reports: &[PathBuf], talk: &mut Talk) -> u8 {
    talk.complain(complaint.clone());
    let mut report = Report::not_run(reason, complaint.message.clone());
    report.diagnostics.push(complaint.into());
    publish(report, reports, None, &[], false, talk).exit.status
}

fn ended(outcome: Outcome, options: &SimOptions, talk: &mut Talk) -> u8 {
    for error in &outcome.failed {
        talk.complain(Complaint::from(error));
    }
    let report = assemble(outcome.facts, &options.levels, &*outcome.locate);
    talk.say(&render::diagnostics(&report.diagnostics, report.diagnostics_dropped, talk.style));
    let (watched, failed) = (outcome.watched.as_deref(), !outcome.failed.is_empty());
    let report = publish(report, &options.reports, watched, &options.expects, failed, talk);
    talk.say(&summary::lines(&report));
    report.exit.status
}

/// Concludes `report` and writes it to every place that takes it. When one does not, the others get the status that comes of
/// that.
pub(super) fn publish(
    mut report: Report,
    places: &[PathBuf],
    watched: Option<&Watched>,
    expects: &[Expect],
    failed: bool,
    talk: &mut Talk,
) -> Report {
    report.conclude(expects, failed);
    let mut good: Vec<&PathBuf> = places.iter().collect();
    loop {
        let before = good.len();
        good.retain(|place| match write_one(place, &report, watched) {
            Ok(()) => true,
            Err(error) => {
                talk.complain(Complaint::from(&error));
                false
            }
        });
        if good.len() == before {
            return report;
        }
        report.conclude(expects, true);
    }
}

/// For people or for machines, as the name says.
fn write_one(place: &Path, report: &Report, watched: Option<&Watched>) -> Result<(), OutputError> {
    if is_page(place) { write::text(place, page(report, watched).as_bytes()) } else { write::json(place, report) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use peripherals::kernel::{Instant, Kind, Lint, LintLevel, SOC};
    use serde_json::Value;

    #[derive(Debug, Parser)]
    struct Bench {
        #[command(flatten)]
        sim: SimArgs,
    }

    static DENIED: Lint = Lint {
        name: "a-rule",
        kind: Kind::Fault,
        level: LintLevel::Deny,
        message: "firmware broke a rule",
        why: "w",
        help: "h",
    };

    fn outcome(reason: Reason, code: Option<i64>) -> Outcome {
        let facts =
            Facts { reason, code, end: Instant::from_cycles(64_000_000), board: "dongle".into(), ..Facts::default() };
        Outcome { facts, locate: Box::new(|_| None), failed: Vec::new(), watched: None }
    }

    /// Runs `sim` with the words of `line`; gives status, stderr and the report of `r.json` in `dir`.
    fn sim(
        dir: &Path,
        line: &str,
        engine: impl FnOnce(&SimOptions) -> Result<Outcome, Stop>,
    ) -> (u8, String, Option<Value>) {
        let path = dir.join("r.json");
        let words = ["sim", "a.elf", "--report", path.to_str().unwrap()].into_iter().chain(line.split_whitespace());
        let args = Bench::try_parse_from(words).unwrap().sim;
        let mut stderr = Vec::new();
        let status = run(args, &Surroundings::default(), &mut stderr, engine);
        let report = std::fs::read(&path).ok().map(|text| serde_json::from_slice(&text).unwrap());
        (status, String::from_utf8(stderr).unwrap(), report)
    }

    #[test]
    fn a_run_that_ends_well_says_four_lines_and_writes_its_report() {
        let dir = tempfile::tempdir().unwrap();
        let (status, said, report) =
            sim(dir.path(), "--wall-limit none", |_| Ok(outcome(Reason::Semihosting, Some(0))));
        let labels: Vec<_> = said.lines().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!((status, labels), (0, vec!["played", "sent", "SPI", "speed"]));
        let report = report.unwrap();
        assert_eq!((&report["schema"], &report["exit"]["status"]), (&1.into(), &0.into()));
        assert_eq!(report["time"]["cycles"], 64_000_000);
    }

    #[test]
    fn the_default_limit_is_said_first_and_diagnostics_come_before_the_last_words() {
        let dir = tempfile::tempdir().unwrap();
        let (status, said, report) = sim(dir.path(), "--expect exit.code=0 --expect throughput.verdict=smooth", |_| {
            let mut outcome = outcome(Reason::Semihosting, Some(0));
            outcome.facts.findings.report(&DENIED, SOC, 0, Instant::ZERO, None, || "fact".into());
            Ok(outcome)
        });
        let at = |text: &str| said.find(text).unwrap_or_else(|| panic!("{text} is missing: {said}"));
        assert!(said.starts_with("note: this run stops after 10 min"));
        assert!(at("fault[a-rule]: firmware broke a rule") < at("ended:  the firmware ended; denied: a-rule"));
        assert!(at("expected throughput.verdict=smooth, but it is \"n/a\"; exit status 3") < at("played:"));
        let report = report.unwrap();
        assert_eq!((status, &report["exit"]["status"]), (3, &3.into()));
        assert_eq!(report["expectations"][0]["holds"], true);
        assert_eq!(report["expectations"][1]["holds"], false);
    }

    #[test]
    fn input_that_cannot_be_used_is_told_on_stderr_and_in_the_report() {
        let dir = tempfile::tempdir().unwrap();
        let complaint = Complaint::new("no-such-file", "there is no firmware file `a.elf`").help("try another");
        let (status, said, report) = sim(dir.path(), "--wall-limit none", |_| Err(Stop::Input(complaint)));
        assert_eq!(status, 2);
        assert_eq!(said, "error[no-such-file]: there is no firmware file `a.elf`\n  help: try another\n");
        let report = report.unwrap();
        assert_eq!((&report["exit"]["reason"], &report["exit"]["status"]), (&"input".into(), &2.into()));
        assert_eq!(report["diagnostics"][0]["name"], "no-such-file");
    }

    #[test]
    fn an_output_that_cannot_be_written_is_found_before_the_run() {
        let dir = tempfile::tempdir().unwrap();
        let wav = dir.path().join("missing/out.wav");
        let (status, said, report) =
            sim(dir.path(), &format!("--audio {}", wav.display()), |_| panic!("there must be no run"));
        assert_eq!(status, 74);
        assert!(said.starts_with("error[output]: cannot write `"), "{said}");
        assert!(said.ends_with("  help: make the directory first\n"), "{said}");
        assert_eq!(report.unwrap()["exit"]["reason"], "output");
    }

    #[test]
    fn an_output_that_cannot_be_written_is_complained_about_once() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing/r.json");
        let (status, said, report) =
            sim(dir.path(), &format!("--report {}", missing.display()), |_| panic!("there must be no run"));
        assert_eq!((status, said.matches("error[output]").count()), (74, 1), "{said}");
        assert_eq!(report.unwrap()["exit"]["reason"], "output");
    }

    #[test]
    fn an_output_that_is_an_image_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        for (option, name) in [("--report", "song.json"), ("--audio", "song.wav")] {
            let image = dir.path().join(name);
            std::fs::write(&image, "an image").unwrap();
            let other_name = dir.path().join(".").join(name);
            let line = format!("{}@0x1000 {option} {}", image.display(), other_name.display());
            let (status, said, report) = sim(dir.path(), &line, |_| panic!("there must be no run"));
            assert_eq!((status, &report.unwrap()["exit"]["status"]), (2, &2.into()));
            assert!(said.starts_with("error[usage]: the output `"), "{said}");
            assert_eq!(std::fs::read(&image).unwrap(), b"an image");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_report_on_a_full_disk_fails_the_run_and_the_other_one_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let full = dir.path().join("full.json");
        std::os::unix::fs::symlink("/dev/full", &full).unwrap();
        let (status, said, report) =
            sim(dir.path(), &format!("--report {}", full.display()), |_| Ok(outcome(Reason::Semihosting, Some(0))));
        assert_eq!((status, &report.unwrap()["exit"]["status"]), (74, &74.into()));
        assert_eq!(said.matches("error[output]").count(), 1, "{said}");
        assert!(said.contains("ended:  the firmware ended; an output could not be written; exit status 74"), "{said}");
    }

    #[test]
    fn a_bug_of_ours_is_70_and_still_leaves_a_report() {
        let dir = tempfile::tempdir().unwrap();
        let (status, _, report) = sim(dir.path(), "", |_| panic!("index out of bounds"));
        let report = report.unwrap();
        assert_eq!((status, &report["exit"]["reason"], &report["exit"]["status"]), (70, &"bug".into(), &70.into()));
    }
}
