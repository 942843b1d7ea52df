//! What the chip tells at the end of a run, and while it goes on.

use super::audio::Underruns;
use super::conduct::Tallies;
use super::stream::{Codec, StreamReport};

/// Names of the sixteen SCI registers by address, without `SCI_` (VS1053b datasheet v1.33, "SCI Registers"; VS1053.md, 2.1).
pub static REGISTERS: [&str; 16] = [
    "MODE",
    "STATUS",
    "BASS",
    "CLOCKF",
    "DECODE_TIME",
    "AUDATA",
    "WRAM",
    "WRAMADDR",
    "HDAT0",
    "HDAT1",
    "AIADDR",
    "VOL",
    "AICTRL0",
    "AICTRL1",
    "AICTRL2",
    "AICTRL3",
];

/// How full the FIFO was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FifoReport {
    /// Emptiest in the middle of a stream, in bytes; `None` when no stream got that far.
    pub min_bytes: Option<u64>,
    /// Fullest, in bytes.
    pub max_bytes: u64,
    /// Bytes that found no room.
    pub overrun_bytes: u64,
}

/// Everything the chip has to say about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vs1053Report {
    /// SCI reads that were completed.
    pub sci_reads: u64,
    /// Words written by SCI.
    pub sci_writes: u64,
    /// Bytes received by SDI.
    pub sdi_bytes: u64,
    /// Registers as a read would show them, in the order of [`REGISTERS`].
    pub registers: [u16; 16],
    /// The stream buffer.
    pub fifo: FifoReport,
    /// Streams in which something was decoded, oldest first.
    pub streams: Vec<StreamReport>,
    /// Streams beyond those that the list has room for.
    pub unlisted_streams: u64,
    /// Silence for want of data.
    pub underruns: Underruns,
    /// Output samples that were thrown away because nobody collected them.
    pub uncollected_samples: u64,
    /// How the driver went about its work.
    pub conduct: Tallies,
}

impl Vs1053Report {
    /// Registers with their names.
    pub fn named_registers(&self) -> impl Iterator<Item = (&'static str, u16)> + '_ {
        REGISTERS.iter().copied().zip(self.registers)
    }
}

/// The chip as a screen shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vs1053View {
    /// XRESET is high and the chip has booted.
    pub booted: bool,
    /// What is being played.
    pub codec: Option<Codec>,
    /// Sample rate of the output in hertz.
    pub sample_rate_hz: u32,
    /// Channels of the stream; 0 without one.
    pub channels: u8,
    /// Average bit rate of the stream in bit/s; 0 without one.
    pub bitrate_bps: u64,
    /// Bytes of the stream up to the last frame.
    pub stream_bytes: u64,
    /// Sample frames decoded of the stream.
    pub stream_frames: u64,
    /// Bytes in the stream buffer.
    pub fifo_bytes: usize,
    /// Bytes it holds.
    pub fifo_size: usize,
    /// Samples decoded and not yet heard.
    pub audio_frames: usize,
    /// Level of DREQ.
    pub dreq: bool,
    /// Largest magnitude of left and right of late, 0 to 32768.
    pub peak: [u16; 2],
    /// Internal clock in hertz.
    pub clki_hz: u32,
    /// Attenuation of left and right in half decibels.
    pub volume: [u8; 2],
    /// Underruns so far.
    pub underruns: Underruns,
}
