//! What is shown, as plain data.

/// A key that was pressed, as the run loop understands it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// End the run and finish its files.
    Quit,
    /// Stop simulated time, or let it go on.
    TogglePause,
    /// Make it louder or softer by so many percent.
    Volume(i8),
}

/// How the run is going.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Run {
    /// Simulated time passes.
    #[default]
    Running,
    /// The user stopped it.
    Paused,
    /// The firmware has ended and the chip plays what it holds.
    PlayingOut,
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

/// Everything on the screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The image's file name.
    pub firmware: String,
    /// The board's name.
    pub board: String,
    /// The path of the firmware's serial port, where the run offers one.
    pub port: Option<String>,
    /// How the run is going.
    pub run: Run,
    /// Simulated seconds.
    pub simulated_s: f64,
    /// Simulated seconds a host second, of late.
    pub realtime_factor: f64,
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
    /// Gaps in the sound so far.
    pub underruns: u64,
    /// Denied diagnostics so far.
    pub denied: u64,
    /// Other diagnostics so far.
    pub warnings: u64,
    /// The latest diagnostic, in one line.
    pub latest: Option<String>,
    /// Where the sound goes: `device`, `none`, a file's name.
    pub sound: String,
    /// Volume in percent; `None` without a device.
    pub volume: Option<u8>,
    /// The console's last lines, oldest first, free of control characters.
    pub console: Vec<String>,
}
