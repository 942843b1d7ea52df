//! The ladder as JSON (contract, `ladder --json`). A key that is absent is one that does not apply.

use super::{Ending, Ladder, Step};
use crate::report::json::{Exit, Firmware, Time};
use crate::report::throughput::Verdict;
use serde::Serialize;

#[derive(Serialize)]
struct LadderJson<'a> {
    steps: Vec<StepJson<'a>>,
    firmware: &'a [Firmware],
    #[serde(skip_serializing_if = "Option::is_none")]
    interpreter: Option<&'a str>,
    timing: &'a str,
    board: &'a str,
    song: SongJson<'a>,
    /// The exit status of the process.
    status: u8,
}

#[derive(Serialize)]
struct SongJson<'a> {
    name: &'a str,
    bytes: u64,
    sha256: &'a str,
}

#[derive(Serialize)]
struct StepJson<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    article_s: Option<f64>,
    /// `send_s`; absent when not all of the song was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    predicted_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cycles_per_bit: Option<f64>,
    /// Of real time: bytes a second against those that the song needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    factor: Option<f64>,
    verdict: Verdict,
    bytes: u64,
    /// `whole`, or why it is not.
    ending: &'static str,
    gaps: Gaps,
    #[serde(skip_serializing_if = "Option::is_none")]
    spi: Option<SpiJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    streams: Vec<StreamJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<&'a Exit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Time>,
    /// Names, in the order of the first occurrence.
    diagnostics: Vec<&'a str>,
    /// The last lines of the firmware's text.
    console: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_sha256: Option<&'a str>,
}

#[derive(Serialize)]
struct Gaps {
    count: u64,
    total_s: f64,
}

#[derive(Serialize)]
struct SpiJson {
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_mean_hz: Option<u64>,
}

#[derive(Serialize)]
struct StreamJson<'a> {
    codec: &'a str,
    bytes: u64,
    sha256: &'a str,
    pcm_sha256: &'a str,
}

/// The text, with a final newline. `status` is the exit status of the process.
///
/// # Errors
/// None that is known: there is no map with keys that are no text.
pub fn json(ladder: &Ladder, status: u8) -> serde_json::Result<String> {
    let Ladder { steps, firmware, interpreter, board, timing, song } = ladder;
    let song = SongJson { name: &song.name, bytes: song.bytes, sha256: &song.sha256 };
    let steps = steps.iter().map(step).collect();
    let whole = LadderJson { steps, firmware, interpreter: interpreter.as_deref(), timing, board, song, status };
    Ok(serde_json::to_string_pretty(&whole)? + "\n")
}

fn step(step: &Step) -> StepJson<'_> {
    let figures = step.figures();
    let report = step.report.as_ref();
    let bus = report.and_then(|report| report.spi.first());
    let streams = report.iter().flat_map(|report| &report.vs1053).flat_map(|chip| &chip.streams);
    let mut diagnostics: Vec<&str> = Vec::new();
    for diagnostic in report.iter().flat_map(|report| &report.diagnostics) {
        if !diagnostics.contains(&diagnostic.name.as_str()) {
            diagnostics.push(&diagnostic.name);
        }
    }
    StepJson {
        name: &step.name,
        article_s: step.article_s,
        predicted_s: figures.predicted_s,
        elapsed_s: figures.elapsed_s,
        cycles_per_bit: figures.cycles_per_bit,
        factor: figures.factor,
        verdict: figures.verdict,
        bytes: figures.bytes,
        ending: word(&step.ending),
        gaps: Gaps { count: figures.gaps, total_s: figures.silence_s },
        spi: bus.map(|bus| SpiJson {
            verdict: bus.verdict.word(),
            mode: bus.mode,
            clock_mean_hz: bus.clock_hz.map(|clock| clock.mean),
        }),
        streams: streams
            .map(|s| StreamJson { codec: &s.codec, bytes: s.bytes, sha256: &s.sha256, pcm_sha256: &s.pcm_sha256 })
            .collect(),
        exit: report.map(|report| &report.exit),
        time: report.and_then(|report| report.time),
        diagnostics,
        console: &step.console,
        trace_sha256: report.and_then(|report| report.trace_sha256.as_deref()),
    }
}

const fn word(ending: &Ending) -> &'static str {
    match ending {
        Ending::Whole => "whole",
        Ending::Early => "early",
        Ending::Exception => "exception",
        Ending::Stalled => "stalled",
        Ending::TimeLimit => "for",
        Ending::WallLimit => "wall-limit",
        Ending::Interrupted => "interrupt",
        Ending::NotStarted => "not-started",
        Ending::Bug => "bug",
    }
}
