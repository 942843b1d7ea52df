//! `compare`: a simulated run beside a recording of real hardware.

use super::decode::{WireToChannel, explained, for_each_change, recognise};
use super::options::Surroundings;
use super::values::time;
use crate::capture::compare::{Comparison, Side, Stream, Timing, compare};
use crate::host::console::say;
use crate::probes::transactions::{Byte, Decoder, Kind, Line, Start, Transaction};
use crate::report::Complaint;
use crate::report::render::diagnostic;
use crate::report::status::{FAILED, OUTPUT, USAGE};
use crate::trace::{Format, jsonl};
use peripherals::kernel::{Instant, Level, Span};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::path::{Path, PathBuf};

/// Compare a run with a recording of real hardware: where bytes and timing part.
///
/// RUN is a trace of `sim` (VCD, or JSON lines), CAPTURE a recording as `decode` reads it. Both are aligned by the bytes that were sent.
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 the same bytes; 1 others; 2 usage, or a file that cannot be used; 74 the result could not be written."
)]
pub struct CompareArgs {
    /// A trace that `sim --trace` wrote: .vcd or .jsonl
    #[arg(value_name = "RUN", required = true)]
    pub run: PathBuf,

    /// A recording of real hardware
    #[arg(value_name = "CAPTURE", required = true)]
    pub capture: PathBuf,

    /// Which channel of CAPTURE a wire of the chip is at, such as SCLK=D3 (may be repeated)
    #[arg(long = "wire", value_name = "SIGNAL=CHANNEL")]
    pub wires: Vec<WireToChannel>,

    /// In CAPTURE, pulses shorter than this are no edges [default: one sample]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub glitch: Option<Span>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The longest line of a log that is read, in bytes.
const LONGEST: u64 = 1 << 16;

/// Compares, prints the result to stdout, and gives the exit status.
pub fn run(args: &CompareArgs, around: &Surroundings) -> u8 {
    let both = side(&args.run, &[], None).and_then(|run| Ok((run, side(&args.capture, &args.wires, args.glitch)?)));
    let (run, capture) = match both {
        Ok(both) => both,
        Err(complaint) => {
            say(diagnostic(&complaint.into(), around.style()).trim_end());
            return USAGE;
        }
    };
    let found = compare(&run, &capture);
    let text = if args.json {
        match serde_json::to_string_pretty(&found) {
            Ok(text) => text + "\n",
            Err(error) => panic!("{error}"),
        }
    } else {
        words(&found)
    };
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => OUTPUT,
        _ if found.same => 0,
        _ => FAILED,
    }
}

fn side(path: &Path, wires: &[WireToChannel], glitch: Option<Span>) -> Result<Side, Complaint> {
    if Format::of(path) == Some(Format::JsonLines) {
        return log(path);
    }
    let known = recognise(path, wires, glitch)?;
    say(&format!("note: {}: {} with {} channels", path.display(), known.format, known.channels.len()));
    say(explained(&known).trim_end());
    let levels = known.head.by_line(&known.assignment);
    let start = if known.late { Start::Late } else { Start::Fresh };
    let mut decoder = Decoder::new(0, start, |line| levels[line as usize]);
    let mut side = Side::default();
    for_each_change(path, &known, &mut |at, line, level| {
        decoder.edge(at, line, level, None);
        side.edge(at, line, level);
        decoder.drain(&mut |transaction| side.transaction(&transaction));
        !side.cut
    })?;
    decoder.flush();
    decoder.drain(&mut |transaction| side.transaction(&transaction));
    Ok(side)
}

/// A transaction log, as `--trace FILE.jsonl` writes it.
fn log(path: &Path) -> Result<Side, Complaint> {
    let complaint =
        |what: String| Complaint::new("capture", format!("cannot read the log `{}`: {what}", path.display()));
    let mut file = BufReader::new(File::open(path).map_err(|error| complaint(error.to_string()))?);
    let mut side = Side::default();
    let mut text = Vec::new();
    for number in 1.. {
        text.clear();
        let read =
            (&mut file).take(LONGEST).read_until(b'\n', &mut text).map_err(|error| complaint(error.to_string()))?;
        if read == 0 || side.cut {
            break;
        }
        let line: jsonl::Line =
            serde_json::from_slice(&text).map_err(|error| complaint(format!("line {number}: {error}")))?;
        let transaction =
            transaction(&line).ok_or_else(|| complaint(format!("line {number}: it is no transaction")))?;
        side.transaction(&transaction);
    }
    Ok(side)
}

fn transaction(line: &jsonl::Line) -> Option<Transaction> {
    let start = Instant::from_ps(line.t_ps);
    let level = || line.level.map(|level| Level::from(level != 0));
    let kind = match line.kind.as_str() {
        "sci-write" => Kind::Write { register: line.address? & 15, value: line.value? },
        "sci-read" => Kind::Read { register: line.address? & 15, value: line.value },
        "sci-broken" => Kind::Broken { bits: line.bits?, head: u32::from_str_radix(line.head.as_deref()?, 16).ok()? },
        "sdi" => Kind::Data(bytes(line, start)?),
        "stray" => Kind::Stray(bytes(line, start)?),
        "dreq" => Kind::Level(Line::Dreq, level()?),
        "xreset" => Kind::Level(Line::Xreset, level()?),
        _ => return None,
    };
    Some(Transaction { chip: 0, start, end: Instant::from_ps(line.end_ps), pc: line.pc, kind })
}

fn bytes(line: &jsonl::Line, start: Instant) -> Option<Vec<Byte>> {
    let text = line.bytes.as_deref()?;
    if !text.is_ascii() || text.len() != 2 * line.byte_ps.len() {
        return None;
    }
    let byte = |(n, &(first, last)): (usize, &(u64, u64))| {
        let value = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).ok()?;
        Some(Byte { value, first: start + Span::from_ps(first), last: start + Span::from_ps(last) })
    };
    line.byte_ps.iter().enumerate().map(byte).collect()
}

fn words(found: &Comparison) -> String {
    let mut text = String::new();
    for (name, stream) in [("SDI", &found.sdi), ("SCI", &found.sci)] {
        text.push_str(&format!("{name}:  {}\n", stream_words(stream)));
    }
    if found.cut {
        text.push_str("note: one has more bytes than are compared; the first 8 Mi were\n");
    }
    text.push_str(&format!("\n{:<26}{:>22}{:>22}\n", "", "run", "capture"));
    let three = |[least, median, most]: [f64; 3]| format!("{least:.0} / {median:.0} / {most:.0}");
    let row = |name: &str, of: &dyn Fn(&Timing) -> String| {
        format!("{name:<26}{:>22}{:>22}\n", of(&found.run), of(&found.capture))
    };
    text.push_str(&row("byte period, ns *", &|t| three(t.byte_period_ns)));
    text.push_str(&row("gap between bytes, ns *", &|t| three(t.byte_gap_ns)));
    text.push_str(&row("longer pauses", &|t| format!("{} in {:.3} s", t.pauses, t.pauses_s)));
    text.push_str(&row("DREQ low", &|t| format!("{} in {:.3} s", t.dreq_waits, t.dreq_low_s)));
    text.push_str(&row("first to last byte", &|t| format!("{:.3} s", t.elapsed_s)));
    text.push_str("* least / median / most, without the longer pauses\n");
    for (name, timing) in [("run", &found.run), ("capture", &found.capture)] {
        let all: u64 = timing.clock_ns.iter().map(|(_, count)| count).sum();
        for (ns, count) in timing.clock_ns.iter().take(5) {
            let share = 100.0 * *count as f64 / all.max(1) as f64;
            text.push_str(&format!("SCLK period of the {name}: {ns} ns, {count} times ({share:.1} %)\n"));
        }
    }
    text
}

fn stream_words(stream: &Stream) -> String {
    let Stream { run_bytes, capture_bytes, run_from, capture_from, same_bytes, parts } = stream;
    let mut text = format!("{run_bytes} bytes in the run, {capture_bytes} in the capture; ");
    if *run_from > 0 {
        text.push_str(&format!("the capture begins with byte {run_from} of the run; "));
    }
    if *capture_from > 0 {
        text.push_str(&format!("the run begins with byte {capture_from} of the capture; "));
    }
    let Some(parts) = parts else {
        text.push_str(&format!("{same_bytes} compared, all the same"));
        return text;
    };
    let value = |value: Option<u8>| value.map_or("nothing more".to_owned(), |value| format!("0x{value:02x}"));
    let at = |seconds: Option<f64>| seconds.map(|seconds| format!(" at {seconds:.6} s")).unwrap_or_default();
    text.push_str(&format!(
        "they part at byte {}: {}{} in the run, {}{} in the capture",
        parts.index,
        value(parts.run),
        at(parts.run_s),
        value(parts.capture),
        at(parts.capture_s),
    ));
    text
}
