//! The last words of a run: four lines that are always there, and why it ended when that is not plain.

use super::json::{Reason, Report, Stream};
use super::render::{grouped, plain, times};
use super::status::OUTPUT;
use super::throughput;
use crate::probes::spi::{self, BitOrder, Verdict};
use peripherals::kernel::{Kind, LintLevel};

/// The lines, the four last ones last.
pub fn lines(report: &Report) -> String {
    let line = |(label, words): (&str, String)| format!("{:<8}{}\n", format!("{label}:"), plain(&words));
    rows(report).into_iter().map(line).collect()
}

/// The same as labels with their words.
pub fn rows(report: &Report) -> Vec<(&'static str, String)> {
    let ended = ended(report).map(|words| ("ended", words));
    let always = [("played", played(report)), ("sent", sent(report)), ("SPI", spi(report)), ("speed", speed(report))];
    ended.into_iter().chain(always).collect()
}

/// Why it ended; nothing when it ran to its end and nothing failed.
fn ended(report: &Report) -> Option<String> {
    let exit = &report.exit;
    let mut words = match exit.reason {
        Reason::Semihosting => match exit.code {
            Some(code) if code != 0 => format!("the firmware ended with code {code}"),
            _ => "the firmware ended".to_owned(),
        },
        Reason::Parked => "the firmware is parked".to_owned(),
        Reason::For => "the time of --for is over".to_owned(),
        Reason::WallLimit => "the host time of --wall-limit is over".to_owned(),
        Reason::Interrupt => "interrupted".to_owned(),
        Reason::Denied => "stopped at the first denied diagnostic".to_owned(),
        Reason::Fault => "the core took a fault that nothing handles".to_owned(),
        Reason::Lockup => "the core is in lockup".to_owned(),
        Reason::Capture => "the recording is over".to_owned(),
        Reason::Input | Reason::Output => "nothing was run".to_owned(),
        Reason::Bug => "a bug of ours".to_owned(),
    };
    let waited = matches!(exit.reason, Reason::For | Reason::WallLimit) && !exit.detail.is_empty();
    if exit.status == 0 && !waited {
        return None;
    }
    if !exit.detail.is_empty() {
        words.push_str(&format!(" ({})", exit.detail));
    }
    if exit.status == OUTPUT {
        words.push_str("; an output could not be written");
    }
    let mut denied: Vec<&str> =
        report.diagnostics.iter().filter(|d| d.level == LintLevel::Deny).map(|d| d.name.as_str()).collect();
    denied.dedup();
    if !denied.is_empty() {
        words.push_str(&format!("; denied: {}", denied.join(", ")));
    }
    for unmet in report.expectations.iter().filter(|e| !e.holds) {
        let why = unmet.detail.as_deref().unwrap_or("it does not hold");
        words.push_str(&format!("; expected {}, but {why}", unmet.expect));
    }
    Some(format!("{words}; exit status {}", exit.status))
}

/// Codec, bit rate, duration.
fn played(report: &Report) -> String {
    const MOST: usize = 3;
    let streams: Vec<_> = report.vs1053.iter().flat_map(|chip| &chip.streams).collect();
    if streams.is_empty() {
        let bytes: u64 = report.vs1053.iter().map(|chip| chip.sdi_bytes).sum();
        return match (report.vs1053.len(), bytes) {
            (0, _) => "nothing, there is no VS1053 on this board".to_owned(),
            (_, 0) => "nothing, no byte arrived at the VS1053's data interface".to_owned(),
            (_, n) => format!("nothing, the VS1053 found no stream in the {} that arrived", times(n, "byte")),
        };
    }
    let mut words = streams.iter().take(MOST).map(|s| stream(s)).collect::<Vec<_>>().join("; then ");
    if streams.len() > MOST {
        words.push_str(&format!("; then {} more", times((streams.len() - MOST) as u64, "stream")));
    }
    words
}

fn stream(s: &Stream) -> String {
    let codec = match s.codec.as_str() {
        "mp3" => "MP3",
        "vorbis" => "Ogg Vorbis",
        "wav" => "WAV",
        "midi" => "MIDI",
        "midi-live" => "real-time MIDI",
        other => other,
    };
    let channels = match s.channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        n => format!("{n} channels"),
    };
    format!(
        "{codec}, {} kbit/s, {} kHz {channels}, {:.3} s",
        (s.bitrate_bps + 500) / 1_000,
        f64::from(s.sample_rate_hz) / 1_000.0,
        s.decoded_s
    )
}

/// What became of the stream, and what never became one.
fn sent(report: &Report) -> String {
    let mut words = in_time(report);
    let lost: u64 = report.vs1053.iter().map(|chip| chip.fifo.overrun_bytes).sum();
    if lost > 0 {
        words.push_str(&format!("; {} lost for want of room", times(lost, "byte")));
    }
    words
}

/// Simulated seconds, bytes a second against what is needed, smooth or choppy.
fn in_time(report: &Report) -> String {
    let t = &report.throughput;
    let (Some(bytes), Some(elapsed), Some(stall), Some(send), Some(needed)) =
        (t.stream_bytes, t.elapsed_s, t.dreq_stall_s, t.send_s, t.needed_bytes_per_s)
    else {
        return "no stream".to_owned();
    };
    let mut words = format!("{} in {elapsed:.3} s", times(bytes, "byte"));
    if stall > 0.0 {
        words.push_str(&format!(", of which {stall:.3} s waiting for DREQ"));
    }
    match (t.bytes_per_s, t.ratio) {
        (Some(rate), Some(ratio)) => words.push_str(&format!(
            "; {} bytes/s where {} are needed ({ratio:.2}x), {}",
            grouped(rate.round() as u64),
            grouped(needed.round() as u64),
            t.verdict.word()
        )),
        _ => words.push_str(&format!("; {send:.3} s of sending is too short for a rate, {}", t.verdict.word())),
    }
    if t.verdict == throughput::Verdict::Choppy {
        let gaps: u64 = report.vs1053.iter().map(|chip| chip.underruns.count).sum();
        let silence: f64 = report.vs1053.iter().map(|chip| chip.underruns.total_s).sum();
        words.push_str(&format!(": {}, {silence:.3} s of silence", times(gaps, "underrun")));
    }
    words
}

/// Mode, bit order, clock, violations.
fn spi(report: &Report) -> String {
    if report.spi.is_empty() {
        return "no bus on this board".to_owned();
    }
    let mut words = report.spi.iter().map(bus).collect::<Vec<_>>().join("; ");
    // The verdict has been said by then.
    let said = |name: &str| report.spi.iter().any(|bus| bus.verdict.word() == name);
    let mut broken: Vec<&str> = Vec::new();
    for d in report.diagnostics.iter().filter(|d| d.on_wires && d.kind == Kind::Fault && d.level > LintLevel::Allow) {
        if !broken.contains(&d.name.as_str()) && !said(&d.name) {
            broken.push(&d.name);
        }
    }
    if !broken.is_empty() {
        words.push_str(&format!("; {}: {}", times(broken.len() as u64, "violation"), broken.join(", ")));
    } else if !report.spi.iter().any(|bus| bus.verdict.is_wrong()) {
        words.push_str("; no violations");
    }
    words
}

fn bus(bus: &spi::Report) -> String {
    if bus.verdict == Verdict::Idle {
        return format!("{} idle", bus.name);
    }
    let mode = bus.mode.map_or("mode unknown".to_owned(), |mode| format!("mode {mode}"));
    let order = match bus.bit_order {
        BitOrder::Unknown => "bit order unknown",
        order => order.word(),
    };
    let mut words = format!("{} {mode}, {order}", bus.name);
    if let Some(clock) = bus.clock_hz {
        words.push_str(&format!(", {} to {} (mean {})", hertz(clock.min), hertz(clock.max), hertz(clock.mean)));
    }
    words.push_str(&format!(", {}", bus.verdict.word()));
    words
}

fn hertz(hz: u64) -> String {
    match hz as f64 {
        f if f >= 999_500.0 => format!("{:.2} MHz", f / 1e6),
        f if f >= 999.5 => format!("{:.1} kHz", f / 1e3),
        f => format!("{f:.0} Hz"),
    }
}

/// Factor of real time.
fn speed(report: &Report) -> String {
    let Some(time) = report.time else { return "nothing was run".to_owned() };
    let factor = time.realtime_factor.map(|f| format!(", {f:.2}x real time")).unwrap_or_default();
    format!("{:.3} s simulated in {:.3} s{factor}", time.simulated_s, time.host_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::spi::ClockHz;
    use crate::report::Diagnostic;
    use crate::report::assemble::tests::chip;
    use crate::report::json::{Exit, Expectation, Time, Vs1053Json};
    use crate::report::throughput::Throughput;

    fn bus_of(verdict: Verdict) -> spi::Report {
        spi::Report {
            name: "SCLK".into(),
            bytes: 136_600,
            mode: Some(0),
            bit_order: BitOrder::MsbFirst,
            clock_hz: Some(ClockHz { min: 666_667, mean: 3_200_000, max: 4_000_000 }),
            edges: 4_000_000,
            verdict,
            detail: String::new(),
            selects: Vec::new(),
            first: None,
            culprits: Vec::new(),
        }
    }

    fn song(underruns: u64) -> Report {
        let chip = chip(underruns);
        Report {
            exit: Exit { reason: Reason::Semihosting, code: Some(0), status: 0, detail: String::new() },
            time: Some(Time::new(8.412, 5.123, 538_368_000, 420_000_000)),
            spi: vec![bus_of(Verdict::Ok)],
            vs1053: vec![Vs1053Json::new("U1", &chip)],
            throughput: Throughput::measure(&chip.streams, underruns),
            ..Report::default()
        }
    }

    #[test]
    fn a_good_run_ends_with_four_lines() {
        assert_eq!(
            lines(&song(0)),
            "\
played: MP3, 128 kbit/s, 48 kHz stereo, 8.400 s
sent:   134,400 bytes in 8.300 s, of which 6.300 s waiting for DREQ; 67,200 bytes/s where 16,000 are needed (4.20x), smooth
SPI:    SCLK mode 0, msb-first, 666.7 kHz to 4.00 MHz (mean 3.20 MHz), ok; no violations
speed:  8.412 s simulated in 5.123 s, 1.64x real time
"
        );
    }

    #[test]
    fn a_bad_run_says_why_it_failed_before_the_four() {
        let mut report = song(3);
        report.exit.status = 3;
        report.spi[0].verdict = Verdict::WrongBitOrder;
        report.spi[0].bit_order = BitOrder::LsbFirst;
        report.spi[0].detail = "your bytes arrive LSB first".into();
        report.vs1053[0].fifo.overrun_bytes = 37;
        report.diagnostics = ["wrong-bit-order", "sdi-overrun", "sdi-overrun"]
            .map(|name| Diagnostic { name: name.into(), kind: Kind::Fault, on_wires: true, ..Diagnostic::default() })
            .into();
        report.expectations = vec![Expectation {
            expect: "throughput.verdict=smooth".into(),
            holds: false,
            detail: Some("it is \"choppy\"".into()),
        }];
        assert_eq!(
            lines(&report),
            "\
ended:  the firmware ended; denied: wrong-bit-order, sdi-overrun; expected throughput.verdict=smooth, but it is \"choppy\"; exit status 3
played: MP3, 128 kbit/s, 48 kHz stereo, 8.400 s
sent:   134,400 bytes in 8.300 s, of which 6.300 s waiting for DREQ; 67,200 bytes/s where 16,000 are needed (4.20x), choppy: 3 underruns, 0.750 s of silence; 37 bytes lost for want of room
SPI:    SCLK mode 0, lsb-first, 666.7 kHz to 4.00 MHz (mean 3.20 MHz), wrong-bit-order; 1 violation: sdi-overrun
speed:  8.412 s simulated in 5.123 s, 1.64x real time
"
        );
    }

    #[test]
    fn four_lines_are_there_when_there_is_nothing_to_say() {
        let mut report = Report { exit: Exit { reason: Reason::Parked, ..Exit::default() }, ..Report::default() };
        let text = lines(&report);
        assert_eq!(
            text,
            "\
played: nothing, there is no VS1053 on this board
sent:   no stream
SPI:    no bus on this board
speed:  nothing was run
"
        );
        report.vs1053 = vec![Vs1053Json::default()];
        report.spi = vec![bus_of(Verdict::Idle)];
        let text = lines(&report);
        assert!(text.contains("no byte arrived at the VS1053's data interface\n"), "{text}");
        assert!(text.contains("SPI:    SCLK idle; no violations\n"), "{text}");
        report.vs1053[0].sdi_bytes = 1_000;
        let text = lines(&report);
        assert!(text.contains("found no stream in the 1,000 bytes that arrived\n"), "{text}");
    }

    #[test]
    fn every_way_to_fail_is_told() {
        for (reason, words) in [
            (Reason::WallLimit, "the host time of --wall-limit is over"),
            (Reason::Interrupt, "interrupted"),
            (Reason::Denied, "stopped at the first denied diagnostic"),
            (Reason::Fault, "the core took a fault that nothing handles"),
            (Reason::Lockup, "the core is in lockup"),
        ] {
            let exit = Exit { reason, status: 9, detail: "here".into(), code: None };
            let text = lines(&Report { exit, ..song(0) });
            assert!(text.starts_with(&format!("ended:  {words} (here); exit status 9\n")), "{text}");
            assert_eq!(text.lines().count(), 5);
        }
        let exit = Exit { reason: Reason::Semihosting, status: 1, detail: String::new(), code: Some(7) };
        let text = lines(&Report { exit, ..song(0) });
        assert!(text.starts_with("ended:  the firmware ended with code 7; exit status 1\n"), "{text}");
    }
}
