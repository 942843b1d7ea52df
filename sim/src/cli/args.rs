//! The options of `sim` as they are typed; [`super::options`] makes of them what holds.

use super::source::SourceArgs;
use super::trace::TraceArgs;
use super::values::{Audio, AudioRate, Console, Timing, WallLimit, audio, report, time};
use crate::host::pace::Speed;
use crate::report::{Expect, lints};
use clap::builder::{PathBufValueParser, TypedValueParser};
use peripherals::kernel::{Lint, Span};
use std::path::PathBuf;

/// Run firmware: live screen and sound on a terminal, plain lines otherwise.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Exit status: 0 all well; 1 the firmware ended with another code than 0, or an --expect does not hold; \
2 usage, or input that cannot be used; 3 a denied diagnostic came up; 4 --wall-limit reached; \
70 a bug of ours; 74 an output could not be written; 130 Ctrl-C.")]
pub struct SimArgs {
    /// Firmware: an ELF, Intel HEX or UF2 file, or FILE.bin@0xADDR; several are laid over one another, and the later wins
    #[arg(value_name = "IMAGE", required = true)]
    pub images: Vec<String>,

    /// The board: the name of a built-in one, or a TOML file
    #[arg(long, value_name = "NAME|FILE.toml", default_value = "dongle")]
    pub board: String,

    /// Rewire the board, such as SCLK=P0.22 (may be repeated)
    #[arg(long = "wire", value_name = "SIGNAL=PIN")]
    pub wires: Vec<String>,

    /// No live screen; the default when stdout is no terminal
    #[arg(long)]
    pub headless: bool,

    /// Where the sound goes: `device`, `none` or a WAV file [default: `device` on a terminal, else `none`]
    #[arg(long, value_name = "device|none|FILE.wav", value_parser = PathBufValueParser::new().try_map(audio))]
    pub audio: Option<Audio>,

    /// The rate of a WAV file: the stream's own, or the DAC's 48 kHz in one file
    #[arg(long, value_enum, default_value_t)]
    pub audio_rate: AudioRate,

    /// Stop after this much simulated time, such as 250ms or 8.4s
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    pub run_for: Option<Span>,

    /// Stop after this much host time [default: 10min when stdout is no terminal, else none]
    #[arg(long, value_name = "TIME|none")]
    pub wall_limit: Option<WallLimit>,

    /// How fast simulated time goes by [default: `real` while sound goes to a device, else `max`]
    #[arg(long, value_name = "real|max|FACTOR")]
    pub speed: Option<Speed>,

    /// Which of the firmware's text goes to stdout, and which of its ports reads stdin
    #[arg(long, value_enum, default_value_t)]
    pub console: Console,

    /// Keep flash and UICR in this file, as Intel HEX, from one run to the next; IMAGE is put over what it holds
    #[arg(long, value_name = "FILE")]
    pub flash: Option<PathBuf>,

    /// Put a directory's files on the firmware's own file system before boot. Where the image does not tell its place:
    /// DIR@0xADDR+SIZE:fat or :littlefs
    #[arg(long, value_name = "DIR")]
    pub drive: Option<String>,

    /// Take the files of the firmware's file system out at the end, into an empty directory
    #[arg(long, value_name = "DIR")]
    pub drive_out: Option<String>,

    /// Make a serial port for other programs, such as mpremote, and say its name on stderr: the firmware's port is there instead of at
    /// stdin and stdout
    #[cfg(unix)]
    #[arg(long)]
    pub pty: bool,

    /// Write the result: for machines, or as a page for people with waveforms, charts and sound (may be repeated)
    #[arg(long = "report", value_name = "FILE.json|FILE.html", value_parser = PathBufValueParser::new().try_map(report))]
    pub reports: Vec<PathBuf>,

    /// What is kept of the wires.
    #[command(flatten)]
    pub trace: TraceArgs,

    /// A key of the JSON report must hold, else status 1, such as throughput.verdict=smooth; also < and > (may be repeated)
    #[arg(long = "expect", value_name = "PATH=VALUE")]
    pub expects: Vec<Expect>,

    /// Make a diagnostic fatal to the run's success (may be repeated)
    #[arg(long, value_name = "NAME", value_parser = lints::find)]
    pub deny: Vec<&'static Lint>,

    /// Make a diagnostic quiet (may be repeated)
    #[arg(long, value_name = "NAME", value_parser = lints::find)]
    pub allow: Vec<&'static Lint>,

    /// Stop at the first denied diagnostic
    #[arg(long)]
    pub fail_fast: bool,

    /// Do not let the chip play out after the firmware has ended
    #[arg(long)]
    pub exit_now: bool,

    /// What all randomness comes from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,

    /// About the firmware's code.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Wait for GDB at this address, such as :3333, and halt for it
    #[arg(long, value_name = "ADDR", value_parser = crate::gdb::address)]
    pub gdb: Option<String>,

    /// What instructions cost: as on the chip as far as it is known, or one cycle each, for comparison
    #[arg(long, value_enum, default_value_t)]
    pub timing: Timing,
}
