//! `decode`: a recording of real hardware through the same judge and the same chip.

use super::options::Surroundings;
use super::sim::{Talk, publish};
use super::trace::TraceArgs;
use super::values::{Audio, AudioRate, audio, report, time};
use crate::boards::{Board, BoardError};
use crate::capture::{
    Assignment, Capture, CaptureError, Filter, Glitches, Head, LEAD, Player, Setup, SetupError, Why, guess, line_named,
};
use crate::host::Pcm;
use crate::host::audio::Device;
use crate::host::console::say;
use crate::host::interrupt::Interrupt;
use crate::host::pace::{Pace, Speed};
use crate::host::wav::WavFile;
use crate::probes::edges::EdgeSeen;
use crate::probes::transactions::Line;
use crate::report::render::{self, Style};
use crate::report::{
    Complaint, Expect, Facts, Firmware, Levels, OutputError, Reason, Report, assemble, lints, summary, write,
};
use crate::trace::{Scopes, Tracer};
use clap::builder::{PathBufValueParser, TypedValueParser};
use peripherals::chips::vs1053::REGISTERS;
use peripherals::kernel::{Findings, Instant, Level, Lint, NetId, Span};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Judge and play what a logic analyser recorded from real hardware.
///
/// Reads VCD (of any program), sigrok sessions (.sr), and CSV of Saleae's program or sigrok. Which channel is which wire is told by --wire, or by
/// the channels' names, or guessed from what they do; the guess is said.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Exit status: 0 all well; 1 an --expect does not hold; 2 usage, or a recording that cannot be used; 3 a denied diagnostic came up; \
70 a bug of ours; 74 an output could not be written; 130 Ctrl-C.")]
pub struct DecodeArgs {
    /// The recording
    #[arg(value_name = "CAPTURE", required = true)]
    pub capture: PathBuf,

    /// Which channel a wire of the chip is at, such as SCLK=D3 (may be repeated)
    #[arg(long = "wire", value_name = "SIGNAL=CHANNEL")]
    pub wires: Vec<WireToChannel>,

    /// The board whose first VS1053 hears it: the name of a built-in one, or a TOML file
    #[arg(long, value_name = "NAME|FILE.toml", default_value = "dongle")]
    pub board: String,

    /// Pulses shorter than this are no edges [default: one sample, where the clock is slow enough for that]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub glitch: Option<Span>,

    /// What a register was set to before the recording began, where it began late [default: CLOCKF=0x8800] (may be repeated)
    #[arg(long = "preset", value_name = "REGISTER=VALUE")]
    pub presets: Vec<Preset>,

    /// Where the sound goes: `device`, `none` or a WAV file
    #[arg(long, value_name = "device|none|FILE.wav", value_parser = PathBufValueParser::new().try_map(audio))]
    pub audio: Option<Audio>,

    /// The rate of a WAV file: the stream's own, or the DAC's 48 kHz in one file
    #[arg(long, value_enum, default_value_t)]
    pub audio_rate: AudioRate,

    /// Write the result for machines (may be repeated)
    #[arg(long = "report", value_name = "FILE.json", value_parser = PathBufValueParser::new().try_map(report))]
    pub reports: Vec<PathBuf>,

    /// What is kept of the wires.
    #[command(flatten)]
    pub trace: TraceArgs,

    /// A key of the JSON report must hold, else status 1 (may be repeated)
    #[arg(long = "expect", value_name = "PATH=VALUE")]
    pub expects: Vec<Expect>,

    /// Make a diagnostic fatal to success (may be repeated)
    #[arg(long, value_name = "NAME", value_parser = lints::find)]
    pub deny: Vec<&'static Lint>,

    /// Make a diagnostic quiet (may be repeated)
    #[arg(long, value_name = "NAME", value_parser = lints::find)]
    pub allow: Vec<&'static Lint>,
}

/// `--wire SIGNAL=CHANNEL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireToChannel {
    line: Line,
    channel: String,
}

impl FromStr for WireToChannel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (signal, channel) = text.split_once('=').ok_or("it is SIGNAL=CHANNEL, such as SCLK=D3")?;
        let line = line_named(signal).ok_or("the signals are SCLK, MOSI, MISO, XCS, XDCS, DREQ and XRESET")?;
        Ok(Self { line, channel: channel.trim().to_owned() })
    }
}

/// `--preset REGISTER=VALUE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    register: u8,
    value: u16,
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("it is REGISTER=VALUE, such as CLOCKF=0x8800")?;
        let register = REGISTERS.iter().position(|known| known.eq_ignore_ascii_case(name.trim()));
        let register = register.ok_or_else(|| format!("the registers are {}", REGISTERS.join(", ")))?;
        let value = value.trim();
        let number = match value.strip_prefix("0x").or_else(|| value.strip_prefix("0X")) {
            Some(digits) => u16::from_str_radix(digits, 16),
            None => value.parse(),
        };
        let value = number.map_err(|_| "a value is 0 to 0xffff")?;
        Ok(Self { register: register as u8, value })
    }
}

/// `CLOCKF` of most players: 3.5 times, and 1.0 times more where it helps.
const USUAL_CLOCKF: Preset = Preset { register: 3, value: 0x8800 };
/// So often, in the recording's time, sound and transactions are handed over.
const SLICE: Span = Span::from_ms(5);
/// After the end the device gets this long to play what it has.
const LAST_SOUND: Duration = Duration::from_secs(2);

/// Why nothing was decoded.
enum Stop {
    Input(Complaint),
    Output(OutputError),
}

impl From<OutputError> for Stop {
    fn from(error: OutputError) -> Self {
        Self::Output(error)
    }
}

impl From<BoardError> for Stop {
    fn from(error: BoardError) -> Self {
        Self::Input(Complaint::from_text(error.name(), &error.to_string()))
    }
}

/// Decodes, prints how it went to stdout and the rest to stderr, writes the reports, and gives the exit status.
pub fn run(args: &DecodeArgs, around: &Surroundings) -> u8 {
    let style = around.style();
    let levels = match Levels::new(&args.deny, &args.allow) {
        Ok(levels) => levels,
        Err(error) => {
            let complaint = Complaint::new("usage", error.to_string()).help("leave one of them out");
            return refused(Reason::Input, complaint, args, style);
        }
    };
    match decode(args) {
        Ok((facts, failed)) => {
            let stderr = &mut io::stderr();
            let mut talk = Talk::new(stderr, style);
            for error in &failed {
                talk.complain(Complaint::from(error));
            }
            let report = assemble(facts, &levels, &|_| None);
            talk.say(&render::diagnostics(&report.diagnostics, report.diagnostics_dropped, style));
            let report = publish(report, &args.reports, None, &args.expects, !failed.is_empty(), &mut talk);
            // Nobody may be listening.
            let _ = io::stdout().write_all(summary::lines(&report).as_bytes());
            report.exit.status
        }
        Err(Stop::Input(complaint)) => refused(Reason::Input, complaint, args, style),
        Err(Stop::Output(error)) => refused(Reason::Output, Complaint::from(&error), args, style),
    }
}

fn refused(reason: Reason, complaint: Complaint, args: &DecodeArgs, style: Style) -> u8 {
    let stderr = &mut io::stderr();
    let mut talk = Talk::new(stderr, style);
    talk.complain(complaint.clone());
    let mut report = Report::not_run(reason, complaint.message.clone());
    report.diagnostics.push(complaint.into());
    publish(report, &args.reports, None, &[], false, &mut talk).exit.status
}

/// What is wrong with the recording `path`.
pub(super) fn unreadable(path: &Path, error: &CaptureError) -> Complaint {
    Complaint::from_text("capture", &format!("cannot read the recording `{}`: {error}", path.display()))
}

/// A recording whose channels are known.
pub(super) struct Known {
    pub head: Head,
    pub assignment: Assignment,
    pub channels: Vec<String>,
    pub format: &'static str,
    pub shortest: Span,
    pub late: bool,
}

/// Reads the beginning of `path` and tells which channel is which.
pub(super) fn recognise(path: &Path, wires: &[WireToChannel], glitch: Option<Span>) -> Result<Known, Complaint> {
    let mut capture = Capture::open(path).map_err(|error| unreadable(path, &error))?;
    let mut head = Head::read(&mut capture).map_err(|error| unreadable(path, &error))?;
    let channels = capture.channels.clone();
    let mut told = Assignment::default();
    for WireToChannel { line, channel } in wires {
        let place = channels.iter().position(|known| known.eq_ignore_ascii_case(channel)).ok_or_else(|| {
            let known = format!("its channels are {}", channels.join(", "));
            Complaint::new("usage", format!("--wire {}: the recording has no channel `{channel}`", line.name()))
                .help(known)
        })?;
        told.lines[*line as usize] = Some((place as u16, Why::Told));
    }
    let shortest = glitch.unwrap_or_else(|| head.shortest_pulse());
    // Glitches on the clock would hide it.
    let mut filter = Filter::new(&vec![None; channels.len()], &vec![None; channels.len()], shortest, false);
    head.changes.iter().for_each(|&change| filter.push(change));
    filter.end();
    head.changes = std::iter::from_fn(|| filter.pop()).collect();
    let assignment = guess(told, &channels, &head.changes);
    if assignment.channel(Line::Sclk).is_none() || assignment.channel(Line::Mosi).is_none() {
        let edges =
            |channel: usize| head.changes.iter().filter(|change| usize::from(change.channel) == channel).count();
        let list: Vec<_> =
            channels.iter().enumerate().map(|(n, name)| format!("{name} ({} edges)", edges(n))).collect();
        let complaint =
            Complaint::new("capture", format!("cannot tell which channels of `{}` are SCLK and MOSI", path.display()));
        return Err(
            complaint.help(format!("say it, as in --wire SCLK=D3 --wire MOSI=D0; there are {}", list.join(", ")))
        );
    }
    let late = head.is_late(&assignment);
    Ok(Known { head, assignment, channels, format: capture.format, shortest, late })
}

/// One line for each wire: its channel, and how that is known.
pub(super) fn explained(known: &Known) -> String {
    let mut text = String::new();
    for line in Line::ALL {
        let words = match &known.assignment.lines[line as usize] {
            None => "not recorded, or not recognised".to_owned(),
            Some((channel, why)) => {
                let name = &known.channels[usize::from(*channel)];
                match why {
                    Why::Told => format!("{name}, as --wire says"),
                    Why::Name => format!("{name}, by its name"),
                    Why::Behaviour(why) => format!("{name}, guessed: {why}"),
                }
            }
        };
        text.push_str(&format!("{:<8}{words}\n", format!("{}:", line.name())));
    }
    text
}

/// Hands the changes of the lines in `path` to `each`, filtered; gives the end of the recording and what was taken out.
pub(super) fn for_each_change(
    path: &Path,
    known: &Known,
    each: &mut dyn FnMut(Instant, Line, Level) -> bool,
) -> Result<(Instant, Glitches), Complaint> {
    let mut capture = Capture::open(path).map_err(|error| unreadable(path, &error))?;
    let lines = known.assignment.by_channel(known.channels.len());
    let mut filter = Filter::new(&lines, &known.head.levels, known.shortest, known.head.sample.is_some());
    let mut goes_on = true;
    while goes_on {
        let change = capture.next_change().map_err(|error| unreadable(path, &error))?;
        match change {
            Some(change) => filter.push(change),
            None => filter.end(),
        }
        while let Some(change) = filter.pop() {
            if let (Some(line), true) = (lines[usize::from(change.channel)], goes_on) {
                goes_on = each(change.at, line, change.level);
            }
        }
        goes_on &= change.is_some();
    }
    Ok((capture.end(), filter.glitches()))
}

fn decode(args: &DecodeArgs) -> Result<(Facts, Vec<OutputError>), Stop> {
    preflight(args)?;
    let board = Board::load::<&str>(&args.board, &[])?;
    let known = recognise(&args.capture, &args.wires, args.glitch).map_err(Stop::Input)?;
    say(&format!("note: {} with {} channels", known.format, known.channels.len()));
    say(explained(&known).trim_end());
    let mut presets: Vec<(u8, u16)> = args.presets.iter().map(|preset| (preset.register, preset.value)).collect();
    if known.late {
        if presets.is_empty() {
            presets.push((USUAL_CLOCKF.register, USUAL_CLOCKF.value));
        }
        let words: Vec<_> =
            presets.iter().map(|&(r, v)| format!("{} = 0x{v:04x}", REGISTERS[usize::from(r & 15)])).collect();
        say(&format!(
            "note: the recording begins while the chip runs: the model is switched on {LEAD} before, with {}; --preset says otherwise",
            words.join(", ")
        ));
    } else {
        presets.clear();
    }
    let lines = known.head.by_line(&known.assignment);
    let setup = Setup { board, levels: lines, late: known.late, presets };
    let mut player = Player::new(&setup).map_err(|error: SetupError| {
        Stop::Input(Complaint::new("capture", error.to_string()).help("choose another board with --board"))
    })?;
    let mut host = Host::open(args, &lines)?;
    let started = std::time::Instant::now();
    let interrupt = Interrupt::install().unwrap_or_default();
    let mut next = Instant::ZERO + SLICE;
    let read = for_each_change(&args.capture, &known, &mut |at, line, level| {
        while next < at {
            player.reach(next);
            host.take(&mut player);
            next = if at.since(next) > SLICE * 64 { at } else { next + SLICE };
        }
        player.change(at, line, level);
        host.edge(at, line, level);
        !interrupt.is_set()
    });
    let (end, glitches) = read.map_err(Stop::Input)?;
    let end = if interrupt.is_set() { player.now() } else { end };
    player.reach(end);
    host.take(&mut player);
    player.close(end);
    let failed = host.close(end, &interrupt);
    let played = player.finish(glitches);
    let reason = if interrupt.is_set() { Reason::Interrupt } else { Reason::Capture };
    let facts = Facts {
        firmware: vec![recording(&args.capture, known.format)],
        board: played.board,
        reason,
        code: None,
        detail: String::new(),
        end: played.end,
        instructions: 0,
        host: started.elapsed(),
        spi: played.spi,
        vs1053: played.vs1053,
        findings: played.findings,
        behind: BTreeMap::new(),
        dawdling: None,
        waits: Vec::new(),
        diagnostics: Vec::new(),
        trace_sha256: None,
    };
    Ok((facts, failed))
}

fn preflight(args: &DecodeArgs) -> Result<(), OutputError> {
    let sound = if let Some(Audio::File(path)) = &args.audio { Some(path.clone()) } else { None };
    let request = args.trace.clone().request();
    let all = args.reports.iter().cloned().chain(sound).chain(request.paths.iter().cloned()).chain(request.beside());
    all.into_iter().try_for_each(|path| {
        write::preflight(&path)?;
        let real = |path: &Path| std::fs::canonicalize(path).ok().filter(|path| path.is_file());
        if real(&path).is_some_and(|place| Some(place) == real(&args.capture)) {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "it is the recording; name another file");
            return Err(OutputError { path, source });
        }
        Ok(())
    })
}

/// The file, as the report names what was run.
fn recording(path: &Path, format: &str) -> Firmware {
    let mut hash = Sha256::new();
    let mut hashed = File::open(path).and_then(|mut file| io::copy(&mut file, &mut Hashing(&mut hash)));
    let sha256 = match hashed.as_mut() {
        Ok(_) => hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        Err(_) => String::new(),
    };
    Firmware { path: path.display().to_string(), format: format.to_owned(), sha256, entry: None }
}

struct Hashing<'a>(&'a mut Sha256);

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where sound and traces go.
struct Host {
    wav: Option<WavFile>,
    device: Option<(Device, Pace)>,
    tracer: Option<Tracer>,
    failed: Vec<OutputError>,
}

impl Host {
    fn open(args: &DecodeArgs, lines: &[Option<Level>; 7]) -> Result<Self, OutputError> {
        let wav = match &args.audio {
            Some(Audio::File(path)) => {
                let file = WavFile::create(path).map_err(OutputError::from)?;
                Some(if args.audio_rate == AudioRate::Dac { file.at_dac_rate() } else { file })
            }
            _ => None,
        };
        let device = match &args.audio {
            Some(Audio::Device) => match Device::open(Speed::Real) {
                Ok(device) => Some((device, Pace::new(Speed::Real))),
                Err(error) => {
                    say(&format!("warning: {error}; it goes on without"));
                    None
                }
            },
            _ => None,
        };
        let request = args.trace.clone().request();
        let tracer = (!request.paths.is_empty()).then(|| {
            let wires = Line::ALL.into_iter().filter(|line| lines[*line as usize].is_some());
            let wires: Vec<_> = wires.map(|line| (line.name(), NetId(line as u16))).collect();
            let levels = lines.iter().map(|level| level.unwrap_or_default()).collect();
            Tracer::new(request, Scopes::of_chip("vs1053", &wires), levels, Instant::ZERO)
        });
        Ok(Self { wav, device, tracer, failed: Vec::new() })
    }

    fn edge(&mut self, at: Instant, line: Line, level: Level) {
        if let Some(tracer) = &mut self.tracer {
            tracer.edge(EdgeSeen { at, net: NetId(line as u16), level });
        }
    }

    /// Takes what the chip and the recording have given since the last time.
    fn take(&mut self, player: &mut Player) {
        let Self { wav, device, tracer, failed } = self;
        player.drain_transactions(&mut |transaction| {
            if let Some(tracer) = tracer {
                tracer.transaction(transaction, &|_| None);
            }
        });
        let now = player.now();
        if let Some(tracer) = tracer {
            tracer.reached(now, &Findings::default(), &|_| None);
        }
        player.drain_audio(&mut |block| {
            let pcm = Pcm::from(block);
            if let Some((device, _)) = device {
                device.push(&pcm);
            }
            if let Some(wav) = wav
                && let Err(error) = wav.push(&pcm)
            {
                failed.push(error.into());
            }
        });
        if let Some((device, pace)) = device {
            device.advance(now);
            while !pace.hold(now, device.in_hand()) {}
        }
    }

    fn close(mut self, end: Instant, interrupt: &Interrupt) -> Vec<OutputError> {
        if let Some((device, _)) = self.device.take() {
            for text in device.trouble().into_iter() {
                say(&format!("warning: {text}"));
            }
            device.finish(LAST_SOUND, || interrupt.is_set());
        }
        if let Some(wav) = self.wav.take()
            && let Err(error) = wav.finish()
        {
            self.failed.push(error.into());
        }
        if let Some(tracer) = self.tracer.take() {
            self.failed.extend(tracer.finish(end).0);
        }
        self.failed
    }
}
