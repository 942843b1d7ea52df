//! What is shown, as plain data: drawing needs nothing else.

use super::board::BoardView;
use super::history::Sample;
use super::ui::Ui;
use super::wires::{Row, WiresView};
use peripherals::kernel::{Instant, LintLevel};
use std::sync::Arc;

/// What a key asks of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// End the run and finish its files.
    Quit,
    /// Stop simulated time, or let it go on.
    TogglePause,
    /// Make it louder or softer by so many percent.
    Volume(i8),
    /// Another speed.
    Speed(SpeedKey),
    /// Pause, and go on by this much.
    Step(Step),
    /// Go to the edge of the chosen wire behind the cursor, or before it.
    Seek {
        /// Behind it.
        forward: bool,
    },
    /// Press the board's button of this place among its buttons.
    Press {
        /// The place, from 0.
        button: usize,
        /// Keep it until the next time; else it is let go after a moment.
        hold: bool,
    },
    /// Send bytes to the firmware.
    Type(Vec<u8>),
}

/// How the speed is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeedKey {
    /// The next slower one.
    Slower,
    /// The next faster one.
    Faster,
    /// As time goes.
    Real,
    /// As fast as the host can.
    Max,
}

/// How far a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One instruction.
    Instruction,
    /// To the next edge on any wire.
    Edge,
    /// To the next byte on the bus.
    Byte,
}

/// How the run is going.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Run {
    /// Simulated time passes.
    #[default]
    Running,
    /// The user stopped it.
    Paused,
    /// The run is over, and the user still looks back.
    Ended,
}

/// The stream that the chip decodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// `MP3`, `Ogg Vorbis`, …
    pub codec: String,
    /// Bits a second.
    pub bitrate_bps: u32,
    /// Samples a second.
    pub sample_rate_hz: u32,
    /// 1 or 2.
    pub channels: u8,
    /// Seconds decoded so far.
    pub decoded_s: f64,
    /// Bytes that have come so far.
    pub bytes: u64,
}

/// Throughput as the report defines it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Throughput {
    /// What the firmware sends while it may, in bytes a second.
    pub bytes_per_s: f64,
    /// What the stream needs, in bytes a second.
    pub needed_bytes_per_s: f64,
}

/// The first chip that plays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChipView {
    /// Its name on the board.
    pub name: String,
    /// Whether it has booted.
    pub booted: bool,
    /// Its SCI registers by address.
    pub registers: [u16; 16],
    /// Registers whose value changed of late, a bit each.
    pub changed: u16,
    /// Its internal clock in hertz.
    pub clki_hz: u32,
    /// Samples that are decoded and wait for the DAC.
    pub audio_frames: u32,
    /// SCI reads and writes so far.
    pub accesses: [u64; 2],
    /// Bytes at SDI so far.
    pub sdi_bytes: u64,
}

/// A diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingView {
    /// `fault[sdi-overrun]`.
    pub head: String,
    /// What happened.
    pub message: String,
    /// Facts of the first time, and where in the firmware.
    pub detail: String,
    /// How to mend it.
    pub help: String,
    /// How often.
    pub count: u64,
    /// When first.
    pub first: Instant,
    /// How bad it is.
    pub level: LintLevel,
}

/// The console, as far as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsoleView {
    /// Lines, oldest first, free of control characters.
    pub lines: Vec<String>,
    /// Lines below these.
    pub below: usize,
    /// Where the next character goes in the last line, when that is shown and somebody types.
    pub caret: Option<usize>,
    /// A port of the firmware's reads what is typed.
    pub reads: bool,
}

/// Everything on the screen. What is large is shared, as a picture is copied each time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// What the user looks at.
    pub ui: Ui,
    /// The image's file name.
    pub firmware: String,
    /// The board's name.
    pub board: String,
    /// The path of the firmware's serial port, where the run offers one.
    pub port: Option<String>,
    /// How the run is going.
    pub run: Run,
    /// The present.
    pub now: Instant,
    /// Simulated seconds a host second, of late.
    pub realtime_factor: f64,
    /// The speed that is asked for: `real`, `max`, `1/100`.
    pub speed: String,
    /// The stream, once there is one.
    pub stream: Option<Stream>,
    /// Largest magnitude since the last view, left and right; 32768 is full scale.
    pub peak: [u16; 2],
    /// Bytes in the chip's FIFO.
    pub fifo_bytes: u32,
    /// Bytes that fit in there.
    pub fifo_capacity: u32,
    /// Level of DREQ; `None` when it is joined to nothing.
    pub dreq: Option<bool>,
    /// SPI clock of late, in hertz; `None` without edges.
    pub spi_clock_hz: Option<f64>,
    /// Throughput, once it can be told.
    pub throughput: Option<Throughput>,
    /// The last seconds of it, oldest first.
    pub history: Arc<Vec<Sample>>,
    /// Gaps in the sound so far.
    pub underruns: u64,
    /// Denied diagnostics so far.
    pub denied: u64,
    /// Other diagnostics so far.
    pub warnings: u64,
    /// Diagnostics, latest last.
    pub findings: Arc<Vec<FindingView>>,
    /// Where the sound goes: `device`, `none`, a file's name.
    pub sound: String,
    /// Volume in percent; `None` without a device.
    pub volume: Option<u8>,
    /// The wires.
    pub wires: Arc<WiresView>,
    /// What was on the bus, oldest first.
    pub rows: Arc<Vec<Row>>,
    /// The chip; `None` on a board without.
    pub chip: Option<ChipView>,
    /// The board.
    pub parts: Arc<BoardView>,
    /// The console.
    pub console: Arc<ConsoleView>,
}
