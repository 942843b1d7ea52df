//! The options of `sim` as they hold: defaults filled in, contradictions refused, nothing changed afterwards.

use super::args::SimArgs;
use super::source::SourceArgs;
use super::values::{Audio, AudioRate, Console, WallLimit};
use crate::engine::timing::Rules;
use crate::host::pace::Speed;
use crate::report::Expect;
use crate::report::lints::{Contradiction, Levels};
use crate::report::render::Style;
use crate::trace;
use peripherals::kernel::Span;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

/// Where the program finds itself; defaults depend on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Stdout is a terminal.
    pub stdout_terminal: bool,
    /// Columns of the terminal at stdout.
    pub stdout_columns: Option<u16>,
    /// Stderr is a terminal.
    pub stderr_terminal: bool,
    /// This build can play on a device.
    pub device_audio: bool,
    /// The environment variable `NO_COLOR`.
    pub no_color: Option<String>,
    /// The environment variable `TERM`.
    pub term: Option<String>,
}

impl Surroundings {
    /// Looks around.
    pub fn detect() -> Self {
        let variable = |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        Self {
            stdout_terminal: std::io::stdout().is_terminal(),
            stdout_columns: columns(),
            stderr_terminal: std::io::stderr().is_terminal(),
            device_audio: cfg!(feature = "device-audio"),
            no_color: variable("NO_COLOR"),
            term: variable("TERM"),
        }
    }

    /// How text on stderr may look.
    pub fn style(&self) -> Style {
        Style::detect(self.stderr_terminal, self.no_color.as_deref(), self.term.as_deref())
    }
}

#[cfg(unix)]
fn columns() -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    // A terminal that does not know its size says 0.
    Some(size.ws_col).filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
fn columns() -> Option<u16> {
    None
}

/// What holds for one run.
#[derive(Clone, Debug, PartialEq)]
pub struct SimOptions {
    /// Firmware, the later over the earlier; at least one.
    pub images: Vec<String>,
    /// Name of a built-in board, or a path.
    pub board: String,
    /// Values of `--wire`.
    pub wires: Vec<String>,
    /// There is a live screen.
    pub live: bool,
    /// Where the sound goes.
    pub audio: Audio,
    /// The rate of a WAV file.
    pub audio_rate: AudioRate,
    /// Stop after this much simulated time.
    pub run_for: Option<Span>,
    /// Stop after this much host time.
    pub wall_limit: Option<Duration>,
    /// Which text goes to stdout.
    pub console: Console,
    /// Where flash and UICR are kept.
    pub flash: Option<PathBuf>,
    /// The directory for the firmware's file system, and perhaps its place.
    pub drive: Option<String>,
    /// Where that file system's files go at the end.
    pub drive_out: Option<String>,
    /// Make a serial port for other programs.
    pub pty: bool,
    /// Where the report goes.
    pub reports: Vec<PathBuf>,
    /// Which traces are written, and of which time; without files there is none.
    pub trace: trace::Request,
    /// What must hold in it.
    pub expects: Vec<Expect>,
    /// What each diagnostic does.
    pub levels: Levels,
    /// Stop at the first denied diagnostic.
    pub fail_fast: bool,
    /// Do not let the chip play out.
    pub exit_now: bool,
    /// What all randomness comes from.
    pub seed: u64,
    /// Where a debugger may come in.
    pub gdb: Option<String>,
    /// What instructions cost.
    pub rules: Rules,
    /// What is asked about the firmware's code.
    pub source: SourceArgs,
    /// How text on stderr may look.
    pub style: Style,
    speed: Option<Speed>,
    wall_limit_by_default: bool,
}

const DEFAULT_WALL_LIMIT: Duration = Duration::from_secs(600);

impl SimOptions {
    /// Fills in what was not given.
    ///
    /// # Errors
    /// When `--deny` and `--allow` name the same diagnostic.
    pub fn resolve(args: SimArgs, around: &Surroundings) -> Result<Self, Contradiction> {
        let levels = Levels::new(&args.deny, &args.allow)?;
        let wall_limit = match args.wall_limit {
            Some(WallLimit::After(limit)) => Some(limit),
            Some(WallLimit::None) => None,
            None => (!around.stdout_terminal).then_some(DEFAULT_WALL_LIMIT),
        };
        let wall_limit_by_default = args.wall_limit.is_none() && wall_limit.is_some();
        let default_audio = if around.stdout_terminal && around.device_audio { Audio::Device } else { Audio::None };
        Ok(Self {
            images: args.images,
            board: args.board,
            wires: args.wires,
            live: around.stdout_terminal && !args.headless,
            audio: args.audio.unwrap_or(default_audio),
            audio_rate: args.audio_rate,
            run_for: args.run_for,
            wall_limit,
            console: args.console,
            flash: args.flash,
            drive: args.drive,
            drive_out: args.drive_out,
            #[cfg(unix)]
            pty: args.pty,
            #[cfg(not(unix))]
            pty: false,
            reports: args.reports,
            trace: args.trace.request(),
            expects: args.expects,
            levels,
            fail_fast: args.fail_fast,
            exit_now: args.exit_now,
            seed: args.seed,
            gdb: args.gdb,
            rules: args.timing.rules(),
            source: args.source,
            style: around.style(),
            speed: args.speed,
            wall_limit_by_default,
        })
    }

    /// How fast simulated time goes by. `to_device` is whether sound really goes to a device, which is known only once
    /// one was opened.
    pub fn speed(&self, to_device: bool) -> Speed {
        self.speed.unwrap_or(if to_device { Speed::Real } else { Speed::Max })
    }

    /// What is to be said before the run: limits that nobody asked for.
    pub fn notes(&self) -> Option<String> {
        self.wall_limit_by_default.then(|| {
            format!(
                "note: this run stops after {} min of host time, as stdout is no terminal; --wall-limit none lifts that",
                DEFAULT_WALL_LIMIT.as_secs() / 60
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Bench {
        #[command(flatten)]
        sim: SimArgs,
    }

    fn resolve(line: &str, around: &Surroundings) -> SimOptions {
        let words = std::iter::once("sim").chain(line.split_whitespace());
        SimOptions::resolve(Bench::try_parse_from(words).unwrap().sim, around).unwrap()
    }

    fn refused(line: &str) -> String {
        let words = std::iter::once("sim").chain(line.split_whitespace());
        let error = Bench::try_parse_from(words).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    }

    fn terminal() -> Surroundings {
        Surroundings { stdout_terminal: true, stderr_terminal: true, device_audio: true, ..Surroundings::default() }
    }

    #[test]
    fn on_a_terminal_there_is_a_screen_and_sound_in_real_time_without_a_limit() {
        let o = resolve("a.elf", &terminal());
        assert_eq!((o.live, o.audio.clone(), o.wall_limit, o.notes()), (true, Audio::Device, None, None));
        assert_eq!((o.speed(true), o.speed(false)), (Speed::Real, Speed::Max));
        assert_eq!((o.board.as_str(), o.console, o.seed, o.style.colour), ("dongle", Console::Auto, 0, true));
        assert!(!resolve("a.elf --headless", &terminal()).live);
        let mute = Surroundings { device_audio: false, ..terminal() };
        assert_eq!(resolve("a.elf", &mute).audio, Audio::None, "a build without sound has none by default");
    }

    #[test]
    fn without_a_terminal_there_is_no_sound_and_a_limit_that_is_said() {
        let o = resolve("a.elf", &Surroundings { device_audio: true, ..Surroundings::default() });
        assert_eq!((o.live, o.audio.clone(), o.wall_limit), (false, Audio::None, Some(Duration::from_secs(600))));
        assert_eq!(
            o.notes().unwrap(),
            "note: this run stops after 10 min of host time, as stdout is no terminal; --wall-limit none lifts that"
        );
        let lifted = resolve("a.elf --wall-limit none", &Surroundings::default());
        assert_eq!((lifted.wall_limit, lifted.notes()), (None, None));
        let given = resolve("a.elf --wall-limit 10min", &Surroundings::default());
        assert_eq!((given.wall_limit, given.notes()), (Some(Duration::from_secs(600)), None));
    }

    #[test]
    fn every_option_arrives() {
        let o = resolve(
            "a.elf b.hex --board dk --wire SCLK=P0.22 --wire MOSI=P1.00 --audio o.wav --audio-rate dac --for 8.4s --speed 2 \
             --console uart1 --flash f.hex --drive d --drive-out e --report r.json --report s.json \
             --expect throughput.verdict=smooth --expect exit.code=0 \
             --deny choppy-sound --fail-fast --exit-now --seed 7 --gdb :3333 --timing flat",
            &terminal(),
        );
        assert_eq!(o.images, ["a.elf", "b.hex"]);
        assert_eq!((o.board.as_str(), o.wires.len()), ("dk", 2));
        assert_eq!((o.audio.clone(), o.run_for), (Audio::File("o.wav".into()), Some(Span::from_ms(8_400))));
        assert_eq!(o.audio_rate, AudioRate::Dac);
        assert_eq!((o.speed(true), o.console), (Speed::Factor(2.0), Console::Uart1));
        assert_eq!((o.drive.as_deref(), o.drive_out.as_deref()), (Some("d"), Some("e")));
        assert_eq!((o.reports.len(), o.expects.len(), o.flash), (2, 2, Some("f.hex".into())));
        assert!(o.levels.denies(&crate::report::throughput::CHOPPY_SOUND));
        assert_eq!(o.gdb.as_deref(), Some("127.0.0.1:3333"));
        assert_eq!((o.fail_fast, o.exit_now, o.seed, o.rules), (true, true, 7, Rules::FLAT));
    }

    #[test]
    fn what_cannot_be_understood_is_refused_with_a_way_out() {
        for (line, words) in [
            ("", "<IMAGE>..."),
            ("a.elf --for 8.4", "a time needs a unit"),
            ("a.elf --speed 0", "a factor from 0.01 to 1000"),
            ("a.elf --report r.xml", "ends in .json, for machines, or in .html"),
            ("a.elf --audio out.mp3", "ends in .wav"),
            ("a.elf --expect verdict", "a path, one of `=`, `<`, `>`"),
            ("a.elf --deny chopy-sound", "did you mean `choppy-sound`?"),
            ("a.elf --allow q", "there is no diagnostic of that name"),
            ("a.elf --consol none", "'--console'"),
            ("a.elf --console uart2", "[possible values: auto, uart0, uart1, usb, rtt, itm, semihosting, none]"),
            ("a.elf --seed x", "invalid digit"),
            ("a.elf --gdb here", "`:3333`"),
            ("a.elf --for 1s --for 2s", "cannot be used multiple times"),
        ] {
            let text = refused(line);
            assert!(text.contains(words), "{line}: {text}");
        }
    }

    #[test]
    fn the_same_diagnostic_on_both_sides_is_refused() {
        let words = ["sim", "a.elf", "--deny", "choppy-sound", "--allow", "choppy-sound"];
        let args = Bench::try_parse_from(words).unwrap().sim;
        assert_eq!(SimOptions::resolve(args, &terminal()), Err(Contradiction("choppy-sound")));
    }

    #[test]
    fn help_lists_what_is_built_and_nothing_else() {
        let help = <Bench as clap::CommandFactory>::command().render_long_help().to_string();
        let listed: Vec<_> = help
            .split_whitespace()
            .filter(|w| w.starts_with("--"))
            .map(|w| w.trim_end_matches(|c: char| !c.is_ascii_lowercase()))
            .collect();
        for option in
            "board wire headless audio audio-rate for wall-limit speed console drive drive-out pty flash report expect deny allow fail-fast \
                       exit-now seed gdb timing trace trace-from trace-for trace-when profile coverage trace-instructions"
                .split_whitespace()
        {
            assert!(listed.contains(&format!("--{option}").as_str()), "--{option} is missing");
        }
        for option in "fault".split_whitespace() {
            assert!(!listed.contains(&format!("--{option}").as_str()), "--{option} is not built");
        }
    }
}
