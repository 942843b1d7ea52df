//! The verbs, one file each.

pub mod args;
pub mod boards;
pub mod bug;
pub mod compare;
pub mod conformance;
pub mod decode;
pub mod explain;
pub mod inspect;
pub mod ladder;
pub mod options;
pub mod regs;
pub mod sim;
pub mod simulate;
pub mod source;
pub mod trace;
pub mod values;

use crate::boards::BoardError;
use crate::host::console::say;
use crate::image::ImageError;
use crate::report::Complaint;
use crate::report::render::diagnostic;
use crate::report::status::{BUG, OUTPUT, USAGE};
use clap::{CommandFactory, Parser, Subcommand};
use options::Surroundings;
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

/// Runs real nRF52840 firmware on an emulated board, hears what it sends to a VS1053, and says whether the song will play.
#[derive(Debug, Parser)]
#[command(name = "badgebench", version)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Sim(Box<args::SimArgs>),
    Inspect(inspect::InspectArgs),
    Boards(boards::BoardsArgs),
    Ladder(Box<ladder::LadderArgs>),
    Conformance(Box<conformance::ConformanceArgs>),
    Regs(regs::RegsArgs),
    Explain(explain::ExplainArgs),
    Decode(Box<decode::DecodeArgs>),
    Compare(Box<compare::CompareArgs>),
}

/// Does what the command line asks for and gives the exit status. `words` begin with the program's own name.
pub fn run(words: Vec<OsString>) -> u8 {
    let around = Surroundings::detect();
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, &words, &around),
    };
    let status = match cli.verb {
        None => introduce(),
        Some(Verb::Sim(args)) => sim::run(*args, &around, &mut std::io::stderr(), simulate::simulate),
        Some(Verb::Inspect(args)) => printed(inspect::run(&args), &around),
        Some(Verb::Boards(args)) => printed(boards::run(&args), &around),
        Some(Verb::Ladder(args)) => ladder::run(&args, &around, &words),
        Some(Verb::Conformance(args)) => conformance::run(&args, &around),
        Some(Verb::Regs(args)) => printed(regs::run(&args), &around),
        Some(Verb::Explain(args)) => printed(explain::run(&args), &around),
        Some(Verb::Decode(args)) => decode::run(&args, &around),
        Some(Verb::Compare(args)) => compare::run(&args, &around),
    };
    if bug::seen() { BUG } else { status }
}

/// What `badgebench` alone prints, as far as the verbs are there: commands to try.
const TO_TRY: [(&str, &str, &str); 3] = [
    ("sim", "fixtures/player-cached.elf", "play a song; add --audio out.wav to keep it"),
    ("boards", "", "which boards there are; with --show dongle, where the wires go"),
    ("inspect", "fixtures/player-cached.elf", "what is in a firmware image"),
];

fn introduce() -> u8 {
    // What `cargo run` starts has this variable; then the commands are shown as they work there.
    let program = if std::env::var_os("CARGO").is_some() { "cargo run" } else { "badgebench" };
    // Nobody may be listening.
    let _ = std::io::stdout().write_all(introduction(program).as_bytes());
    0
}

fn introduction(program: &str) -> String {
    let known = Cli::command();
    let commands: Vec<_> = TO_TRY
        .into_iter()
        .filter(|(verb, ..)| known.find_subcommand(verb).is_some())
        .map(|(verb, what, why)| (format!("{program} {verb} {what}").trim_end().to_owned(), why))
        .collect();
    let width = commands.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    let mut text = String::from("badgebench runs nRF52840 firmware and hears what it sends to a VS1053. Try:\n\n");
    for (command, why) in commands {
        text.push_str(&format!("  {command:width$}  {why}\n"));
    }
    text.push_str(&format!("\nAll there is: {program} help\n"));
    text
}

/// The exit status of a verb that prints its result to stdout; says what went wrong.
fn printed(result: anyhow::Result<()>, around: &Surroundings) -> u8 {
    let Err(error) = result else { return 0 };
    if error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe) {
        // Whoever reads has read enough.
        return 0;
    }
    let (complaint, status) = complaint(&error);
    say(diagnostic(&complaint.into(), around.style()).trim_end());
    status
}

fn complaint(error: &anyhow::Error) -> (Complaint, u8) {
    let (name, status) = if let Some(image) = error.downcast_ref::<ImageError>() {
        (image.name(), USAGE)
    } else if let Some(board) = error.downcast_ref::<BoardError>() {
        (board.name(), USAGE)
    } else if error.downcast_ref::<std::io::Error>().is_some() {
        ("output", OUTPUT)
    } else {
        ("usage", USAGE)
    };
    (Complaint::from_text(name, &format!("{error:#}")), status)
}

/// Says why the command line cannot be read, or prints the help that it asks for.
fn refuse(error: &clap::Error, words: &[OsString], around: &Surroundings) -> u8 {
    // Nobody may be listening.
    let _ = error.print();
    let status = u8::try_from(error.exit_code()).unwrap_or(USAGE);
    if status != 0 && words.get(1).is_some_and(|verb| verb == "sim") {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        let message = first.strip_prefix("error: ").unwrap_or(first).to_owned();
        sim::unreadable_command(message, &legible_reports(words), around, &mut std::io::stderr());
    }
    status
}

/// The values of `--report` in a command line that has something wrong elsewhere.
fn legible_reports(words: &[OsString]) -> Vec<PathBuf> {
    let mut reports = Vec::new();
    let mut words = words.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        let value = match word.to_str() {
            Some("--report") => words.next().map(PathBuf::from),
            Some(text) => text.strip_prefix("--report=").map(PathBuf::from),
            None => None,
        };
        reports.extend(value.and_then(|path| values::report(path).ok()));
    }
    reports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn alone_it_prints_a_command_to_try_for_each_verb_that_is_built() {
        let text = introduction("badgebench");
        let verbs: Vec<_> = Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
        let shown = text.lines().filter_map(|line| line.strip_prefix("  badgebench ")?.split(' ').next());
        let wanted = TO_TRY.iter().map(|(verb, ..)| *verb).filter(|verb| verbs.iter().any(|known| known == verb));
        assert_eq!(shown.collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
        assert!(text.ends_with("All there is: badgebench help\n"));
    }

    #[test]
    fn what_went_wrong_has_a_name_and_a_status() {
        let board = crate::boards::Board::load::<&str>("dongel", &[]).unwrap_err();
        let (told, status) = complaint(&board.into());
        assert_eq!((told.name.as_str(), status), ("board-not-found", 2));
        let image = crate::image::Image::load("there-is-no.elf").unwrap_err();
        let (told, status) = complaint(&image.into());
        assert_eq!((told.name.as_str(), status), ("image-not-found", 2));
        assert!(!told.help.is_empty() && !told.message.contains("help:"), "{told:?}");
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(complaint(&full.into()).1, 74);
    }

    #[test]
    fn reports_are_found_in_a_command_line_that_cannot_be_read() {
        let words = |line: &str| line.split_whitespace().map(OsString::from).collect::<Vec<_>>();
        assert_eq!(
            legible_reports(&words(
                "badgebench sim --report a.json --bad --report=b.html --report c.xml -- --report=d.json"
            )),
            [PathBuf::from("a.json"), "b.html".into()]
        );
        assert!(legible_reports(&words("badgebench sim --report")).is_empty());
    }
}
