//! The JSON report, schema 1, key by key. A key that is absent is one that does not apply.
//!
//! The order of keys is the order of fields here, so that two reports can be compared as text.

use super::diagnostic::Diagnostic;
use super::throughput::Throughput;
use crate::engine::waits::Wait;
use crate::probes::spi;
use peripherals::chips::vs1053::{StreamReport, Vs1053Report};
use peripherals::kernel::Instant;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The version of the report's keys; it changes when a key changes its meaning or goes away.
pub const SCHEMA: u32 = 1;

/// Everything a run found out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// What was run, in the order in which it was laid over one another.
    pub firmware: Vec<Firmware>,
    /// The board, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub board: Option<String>,
    /// How the run ended.
    pub exit: Exit,
    /// How long it took, if it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// One per SCLK net, in board order: what the judge of the wires has to say.
    pub spi: Vec<spi::Report>,
    /// One per VS1053, in board order.
    pub vs1053: Vec<Vs1053Json>,
    /// Whether sending was fast enough.
    pub throughput: Throughput,
    /// What went wrong, in the order of the first occurrence.
    pub diagnostics: Vec<Diagnostic>,
    /// Findings that were counted but not listed, the list being full.
    #[serde(skip_serializing_if = "is_zero")]
    pub diagnostics_dropped: u64,
    /// Places at which the firmware did nothing but wait for a while.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Wait>,
    /// Every `--expect` with how it came out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expectations: Vec<Expectation>,
    /// Digest over every pin edge with its cycle, in lowercase hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_sha256: Option<String>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// A firmware image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Firmware {
    /// As it was given.
    pub path: String,
    /// `elf`, `hex`, `bin`.
    pub format: String,
    /// Over the file's bytes, in lowercase hexadecimal.
    pub sha256: String,
    /// Where it starts, with the Thumb bit as the file has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u32>,
}

/// What ended a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The firmware called SYS_EXIT or SYS_EXIT_EXTENDED.
    Semihosting,
    /// The firmware can do nothing any more.
    Parked,
    /// `--for` is over.
    For,
    /// `--wall-limit` is over.
    WallLimit,
    /// Ctrl-C.
    Interrupt,
    /// A denied diagnostic under `--fail-fast`.
    Denied,
    /// The core took a fault that nothing handles.
    Fault,
    /// The core is in lockup and no reset can get it out.
    Lockup,
    /// A recording of real hardware is over.
    Capture,
    /// Input that cannot be used; nothing was run.
    Input,
    /// An output cannot be written, found out before the run; nothing was run.
    Output,
    /// The simulator is wrong.
    #[default]
    Bug,
}

/// How the run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exit {
    /// What ended it.
    pub reason: Reason,
    /// The code the firmware gave, if it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// The exit status of the process.
    pub status: u8,
    /// What there is to say about it, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// Simulated time and the host's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Time {
    /// Simulated seconds from power-on to the end.
    pub simulated_s: f64,
    /// Host seconds they took.
    pub host_s: f64,
    /// Cycles of the 64 MHz core clock.
    pub cycles: u64,
    /// Instructions that were executed.
    pub instructions: u64,
    /// `simulated_s / host_s`; absent when no host time passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realtime_factor: Option<f64>,
}

impl Time {
    /// With the factor computed.
    pub fn new(simulated_s: f64, host_s: f64, cycles: u64, instructions: u64) -> Self {
        let realtime_factor = Some(simulated_s / host_s).filter(|f| f.is_finite());
        Self { simulated_s, host_s, cycles, instructions, realtime_factor }
    }
}

/// What one VS1053 saw and played.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Vs1053Json {
    /// Its name on the board.
    pub name: String,
    /// SCI read operations that were completed.
    pub sci_reads: u64,
    /// SCI write operations that were completed.
    pub sci_writes: u64,
    /// Bytes that arrived at the data interface.
    pub sdi_bytes: u64,
    /// The sixteen SCI registers at the end, in the order of their addresses.
    #[serde(serialize_with = "as_map")]
    pub registers: Vec<(String, u16)>,
    /// Its 2048-byte stream buffer.
    pub fifo: Fifo,
    /// What it recognised and decoded, in order.
    pub streams: Vec<Stream>,
    /// Streams beyond those that the list has room for.
    #[serde(skip_serializing_if = "is_zero")]
    pub streams_unlisted: u64,
    /// Gaps in the sound.
    pub underruns: Underruns,
}

fn as_map<S: Serializer>(pairs: &[(String, u16)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

/// Fill level of the stream buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fifo {
    /// Lowest level in the middle of a stream; absent when no stream got that far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_bytes: Option<u64>,
    /// Highest level.
    pub max_bytes: u64,
    /// Bytes that arrived while it was full.
    pub overrun_bytes: u64,
}

/// A stream from its first header to the end of its last frame, without end fill.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stream {
    /// `mp3`, `vorbis`, `wav`.
    pub codec: String,
    /// Its length.
    pub bytes: u64,
    /// Over those bytes.
    pub sha256: String,
    /// Mean bit rate.
    pub bitrate_bps: u64,
    /// Rate of its samples.
    pub sample_rate_hz: u32,
    /// 1 or 2.
    pub channels: u8,
    /// Sample frames that were decoded.
    pub frames: u64,
    /// How long they last.
    pub decoded_s: f64,
    /// Over interleaved signed 16-bit little-endian samples at the stream's rate, before volume.
    pub pcm_sha256: String,
    /// Packets that no sense could be made of; their place is silent.
    #[serde(skip_serializing_if = "is_zero")]
    pub bad_packets: u64,
    /// Ogg pages whose checksum is wrong.
    #[serde(skip_serializing_if = "is_zero")]
    pub bad_pages: u64,
}

/// Gaps after which a later frame of the same stream was decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Underruns {
    /// How many.
    pub count: u64,
    /// How long together.
    pub total_s: f64,
    /// When the first began; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_s: Option<f64>,
}

/// An `--expect` and how it came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// As it was given.
    pub expect: String,
    /// Whether it holds.
    pub holds: bool,
    /// Why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Vs1053Json {
    /// What the chip called `name` has to say.
    pub fn new(name: &str, chip: &Vs1053Report) -> Self {
        Self {
            name: name.to_owned(),
            sci_reads: chip.sci_reads,
            sci_writes: chip.sci_writes,
            sdi_bytes: chip.sdi_bytes,
            registers: chip.named_registers().map(|(name, value)| (name.to_owned(), value)).collect(),
            fifo: Fifo {
                min_bytes: chip.fifo.min_bytes,
                max_bytes: chip.fifo.max_bytes,
                overrun_bytes: chip.fifo.overrun_bytes,
            },
            streams: chip.streams.iter().map(Stream::new).collect(),
            streams_unlisted: chip.unlisted_streams,
            underruns: Underruns {
                count: chip.underruns.count,
                total_s: chip.underruns.total.as_secs_f64(),
                first_s: chip.underruns.first.map(Instant::as_secs_f64),
            },
        }
    }
}

impl Stream {
    /// What is kept of `stream`.
    pub fn new(stream: &StreamReport) -> Self {
        Self {
            codec: stream.codec.name().to_owned(),
            bytes: stream.bytes,
            sha256: hex(&stream.sha256),
            bitrate_bps: stream.bitrate_bps,
            sample_rate_hz: stream.sample_rate_hz,
            channels: stream.channels,
            frames: stream.frames,
            decoded_s: super::throughput::decoded(stream).as_secs_f64(),
            pcm_sha256: hex(&stream.pcm_sha256),
            bad_packets: stream.bad_packets,
            bad_pages: stream.bad_pages,
        }
    }
}

/// A digest in lowercase hexadecimal.
pub fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Report {
    /// A report on a run that never began.
    pub fn not_run(reason: Reason, detail: String) -> Self {
        Self { schema: SCHEMA, exit: Exit { reason, detail, ..Exit::default() }, ..Self::default() }
    }

    /// The report as a tree, for [`super::Expect`].
    pub fn to_value(&self) -> Value {
        // Field names and numbers only: nothing here can fail to be a JSON value.
        serde_json::to_value(self).unwrap_or(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::throughput::Verdict;
    use serde_json::json;

    /// A report in which every key applies.
    fn full() -> Report {
        Report {
            schema: SCHEMA,
            firmware: vec![Firmware { entry: Some(0x101), ..Firmware::default() }],
            board: Some("dongle".into()),
            exit: Exit { reason: Reason::WallLimit, code: Some(0), status: 4, detail: "d".into() },
            time: Some(Time::new(8.4, 4.2, 537_600_000, 400_000_000)),
            spi: vec![spi::Report {
                name: "SCLK".into(),
                bytes: 1,
                mode: Some(0),
                bit_order: spi::BitOrder::MsbFirst,
                clock_hz: Some(spi::ClockHz { min: 1, mean: 2, max: 3 }),
                edges: 16,
                verdict: spi::Verdict::Ok,
                detail: String::new(),
                selects: vec![spi::SelectReport { name: "XCS".into(), bytes: 1, verdict: spi::Verdict::Ok }],
                first: None,
                culprits: Vec::new(),
            }],
            vs1053: vec![Vs1053Json {
                registers: vec![("MODE".into(), 18_432), ("STATUS".into(), 64), ("BASS".into(), 0)],
                fifo: Fifo { min_bytes: Some(1), max_bytes: 2048, overrun_bytes: 0 },
                streams: vec![Stream::default()],
                underruns: Underruns { first_s: Some(1.5), ..Underruns::default() },
                ..Vs1053Json::default()
            }],
            throughput: Throughput {
                stream_bytes: Some(1),
                elapsed_s: Some(1.0),
                dreq_stall_s: Some(1.0),
                send_s: Some(1.0),
                bytes_per_s: Some(1.0),
                needed_bytes_per_s: Some(1.0),
                ratio: Some(1.0),
                verdict: Verdict::Smooth,
            },
            diagnostics: vec![Diagnostic {
                first_s: Some(0.1),
                pc: Some(0x41c6),
                symbol: Some("feed".into()),
                source: Some("audio.c:118".into()),
                help: "h".into(),
                ..Diagnostic::default()
            }],
            trace_sha256: Some("00".into()),
            ..Report::default()
        }
    }

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().into_iter().flatten().map(|(k, _)| k.as_str()).collect()
    }

    #[test]
    fn every_key_of_the_published_list_is_there_in_order() {
        let v = full().to_value();
        let list = |text: &'static str| text.split(", ").collect::<Vec<_>>();
        assert_eq!(
            keys(&v),
            list("schema, firmware, board, exit, time, spi, vs1053, throughput, diagnostics, trace_sha256")
        );
        assert_eq!(keys(&v["firmware"][0]), list("path, format, sha256, entry"));
        assert_eq!(v["board"], "dongle");
        assert_eq!(keys(&v["exit"]), list("reason, code, status, detail"));
        assert_eq!(keys(&v["time"]), list("simulated_s, host_s, cycles, instructions, realtime_factor"));
        assert_eq!(keys(&v["spi"][0]), list("name, bytes, mode, bit_order, clock_hz, edges, verdict, detail, selects"));
        assert_eq!(keys(&v["spi"][0]["clock_hz"]), list("min, mean, max"));
        assert_eq!(keys(&v["spi"][0]["selects"][0]), list("name, bytes, verdict"));
        assert_eq!(
            keys(&v["vs1053"][0]),
            list("name, sci_reads, sci_writes, sdi_bytes, registers, fifo, streams, underruns")
        );
        assert_eq!(keys(&v["vs1053"][0]["fifo"]), list("min_bytes, max_bytes, overrun_bytes"));
        assert_eq!(
            keys(&v["vs1053"][0]["streams"][0]),
            list("codec, bytes, sha256, bitrate_bps, sample_rate_hz, channels, frames, decoded_s, pcm_sha256")
        );
        assert_eq!(keys(&v["vs1053"][0]["underruns"]), list("count, total_s, first_s"));
        assert_eq!(
            keys(&v["throughput"]),
            list("stream_bytes, elapsed_s, dreq_stall_s, send_s, bytes_per_s, needed_bytes_per_s, ratio, verdict")
        );
        assert_eq!(
            keys(&v["diagnostics"][0]),
            list("name, kind, level, count, first_s, pc, symbol, source, message, help")
        );
    }

    #[test]
    fn registers_are_a_map_in_address_order() {
        let text = serde_json::to_string(&full().vs1053[0]).unwrap();
        assert!(text.contains(r#""registers":{"MODE":18432,"STATUS":64,"BASS":0}"#), "{text}");
    }

    #[test]
    fn what_the_chip_says_is_turned_into_published_units() {
        let chip = crate::report::assemble::tests::chip(2);
        let v = serde_json::to_value(Vs1053Json::new("U1", &chip)).unwrap();
        assert_eq!(
            (&v["name"], &v["registers"]["MODE"], &v["registers"]["AICTRL3"]),
            (&json!("U1"), &json!(0x4800), &json!(15))
        );
        assert_eq!(v["fifo"], json!({"min_bytes": 100, "max_bytes": 2048, "overrun_bytes": 0}));
        assert_eq!(v["underruns"], json!({"count": 2, "total_s": 0.5, "first_s": 0.25}));
        let stream = &v["streams"][0];
        assert_eq!(
            (&stream["codec"], &stream["decoded_s"], &stream["frames"]),
            (&json!("mp3"), &json!(8.4), &json!(403_200))
        );
        assert_eq!(stream["sha256"], "ab".repeat(32));
        assert!(stream.get("bad_packets").is_none(), "a good stream has none to speak of");
    }

    #[test]
    fn a_run_that_never_began_leaves_out_what_does_not_apply() {
        let v = Report::not_run(Reason::Input, "no such file".into()).to_value();
        assert_eq!(keys(&v), ["schema", "firmware", "exit", "spi", "vs1053", "throughput", "diagnostics"]);
        assert_eq!(v["exit"], json!({"reason": "input", "status": 0, "detail": "no such file"}));
        assert_eq!(v["throughput"], json!({"verdict": "n/a"}));
    }

    #[test]
    fn reasons_are_spelled_as_published() {
        let words = [
            (Reason::Semihosting, "semihosting"),
            (Reason::Parked, "parked"),
            (Reason::For, "for"),
            (Reason::WallLimit, "wall-limit"),
            (Reason::Interrupt, "interrupt"),
            (Reason::Denied, "denied"),
            (Reason::Input, "input"),
        ];
        for (reason, word) in words {
            assert_eq!(serde_json::to_value(reason).unwrap(), json!(word));
        }
    }

    #[test]
    fn a_run_that_took_no_host_time_has_no_factor() {
        assert_eq!(Time::new(0.0, 0.0, 0, 0).realtime_factor, None);
        assert_eq!(Time::new(1.0, 0.0, 0, 0).realtime_factor, None);
        assert_eq!(Time::new(3.0, 2.0, 0, 0).realtime_factor, Some(1.5));
    }
}
