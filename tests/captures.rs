//! Recordings of logic analysers: our own traces read back, and what an analyser would have made of them.

use crate::support::{Bench, fixture, sha256};
use serde_json::Value;
use std::fmt::Write as _;
use std::io::Write as _;

const WIRES: [&str; 7] = ["SCLK", "MOSI", "MISO", "XCS", "XDCS", "DREQ", "XRESET"];

/// A trace as levels: the first ones, and changes of one wire at a time.
struct Trace {
    first: [bool; 7],
    changes: Vec<(u64, usize, bool)>,
    end: u64,
}

impl Trace {
    fn read(text: &str) -> Self {
        let mut places = std::collections::HashMap::new();
        let mut trace = Self { first: [false; 7], changes: Vec::new(), end: 0 };
        let mut dumped = false;
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("$var wire 1 ") {
                let words: Vec<_> = rest.split(' ').collect();
                if let Some(place) = WIRES.iter().position(|wire| *wire == words[1]) {
                    places.insert(words[0].to_owned(), place);
                }
            } else if let Some(time) = line.strip_prefix('#') {
                trace.end = time.parse().expect("a time");
            } else if line == "$end" {
                dumped = true;
            } else if let Some(code) = line.strip_prefix(['0', '1'])
                && let Some(&place) = places.get(code)
            {
                let high = line.starts_with('1');
                if dumped { trace.changes.push((trace.end, place, high)) } else { trace.first[place] = high }
            }
        }
        trace
    }
}

/// An analyser at 24 MHz that was started at `from` picoseconds: its samples are off by up to a quarter of a sample, and now and then
/// a line has a glitch of one sample. The channels are shuffled.
struct Analyser {
    order: [usize; 7],
    samples: Vec<u8>,
}

const SAMPLE_PS: u64 = 41_667;

impl Analyser {
    fn record(trace: &Trace, from: u64, glitches: bool) -> Self {
        // Channel n has the wire at this place.
        let order = [4, 0, 6, 3, 1, 5, 2];
        let mut random = 0x2545_F491_4F6C_DD1D_u64;
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        let mut levels = trace.first;
        let mut changes = trace.changes.iter().peekable();
        let mut samples = Vec::new();
        let mut quiet = 0;
        for sample in 0.. {
            let at = from + sample * SAMPLE_PS + next() % (SAMPLE_PS / 4);
            if at >= trace.end {
                break;
            }
            let mut moved = false;
            while let Some(&&(_, wire, high)) = changes.peek().filter(|change| change.0 <= at) {
                levels[wire] = high;
                moved = true;
                changes.next();
            }
            let mut bits = order.iter().enumerate().fold(0, |bits, (n, &wire)| bits | u8::from(levels[wire]) << n);
            quiet = if moved { 0 } else { quiet + 1 };
            // Crosstalk, a while after an edge and before the next one that anybody knows of.
            if glitches && quiet == 3 && next() % 400 == 0 {
                bits ^= 1 << (next() % 7);
                quiet = 4;
            }
            samples.push(bits);
        }
        Self { order, samples }
    }

    fn channel(&self, wire: &str) -> String {
        let place = WIRES.iter().position(|known| *known == wire).expect("a wire");
        format!("D{}", self.order.iter().position(|known| *known == place).expect("a channel"))
    }

    /// As PulseView saves it.
    fn sr(&self) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        let mut entry = |name: &str, bytes: &[u8]| {
            zip.start_file(name, options).expect("an entry");
            zip.write_all(bytes).expect("its bytes");
        };
        entry("version", b"2");
        let mut metadata = "[global]\nsigrok version=0.5.2\n\n[device 1]\ncapturefile=logic-1\ntotal probes=7\n\
                            samplerate=24 MHz\ntotal analog=0\n"
            .to_owned();
        (1..=7).for_each(|n| writeln!(metadata, "probe{n}=D{}", n - 1).expect("text"));
        metadata.push_str("unitsize=1\n");
        entry("metadata", metadata.as_bytes());
        for (n, chunk) in self.samples.chunks(4 << 20).enumerate() {
            entry(&format!("logic-1-{}", n + 1), chunk);
        }
        zip.finish().expect("an archive").into_inner()
    }

    /// As Saleae's program exports it.
    fn saleae(&self) -> String {
        let mut text = "Time [s],D0,D1,D2,D3,D4,D5,D6\n".to_owned();
        let mut last = None;
        for (n, &bits) in self.samples.iter().enumerate() {
            if last.replace(bits) != Some(bits) {
                let row: Vec<_> = (0..7).map(|channel| (bits >> channel & 1).to_string()).collect();
                writeln!(text, "{:.9},{}", n as f64 / 24e6 - 0.5, row.join(",")).expect("text");
            }
        }
        text
    }

    /// As sigrok exports it.
    fn sigrok_csv(&self) -> String {
        let mut text =
            "; CSV generated by libsigrok 0.5.2\n; Channels (7/7): D0, D1, D2, D3, D4, D5, D6\n; Samplerate: 24 MHz\n\
                        logic,logic,logic,logic,logic,logic,logic\n"
                .to_owned();
        for &bits in &self.samples {
            let row: Vec<_> = (0..7).map(|channel| (bits >> channel & 1).to_string()).collect();
            text.push_str(&row.join(","));
            text.push('\n');
        }
        text
    }
}

/// What wires can tell: all of it but what the SoC, its firmware and the host's clock did.
fn wires_only(report: &Value) -> Value {
    let mut wires = serde_json::json!({
        "board": report["board"], "spi": report["spi"], "vs1053": report["vs1053"], "throughput": report["throughput"],
    });
    let told = |d: &&Value| d["pc"].is_null();
    let names: Vec<_> =
        report["diagnostics"].as_array().expect("a list").iter().filter(told).map(|d| d["name"].clone()).collect();
    wires["diagnostics"] = names.into();
    wires
}

#[test]
fn our_own_trace_read_back_gives_the_same_report() {
    for (fixture, status) in [("player-cached", 0), ("lsb-first", 3), ("no-dreq", 3)] {
        let bench = Bench::new();
        let image = if fixture == "player-cached" { fixture.to_owned() } else { format!("player-{fixture}") };
        let run = bench.sim(&format!("fixtures/{image}.elf --for 700ms --trace t.vcd --audio out.wav"));
        let wav = std::fs::read(bench.path("out.wav")).expect("sound");
        let read = bench.run("decode t.vcd --report r.json --audio out.wav");
        read.expect_status(status);
        assert_eq!(wires_only(&run.report)["spi"], wires_only(&read.report)["spi"], "{fixture}");
        assert_eq!(wires_only(&run.report)["vs1053"], wires_only(&read.report)["vs1053"], "{fixture}");
        assert_eq!(run.report["throughput"], read.report["throughput"], "{fixture}");
        assert_eq!(read.report["exit"]["reason"], "capture");
        assert!(std::fs::read(bench.path("out.wav")).expect("sound") == wav, "{fixture}: the sound");
        read.expect_said(&["SCLK:", "by its name"]);
    }
}

#[test]
fn a_sampled_recording_with_glitches_is_recognised_and_sounds_right() {
    let bench = Bench::new();
    let run = bench.sim("fixtures/player-direct.elf --for 900ms --trace t.vcd");
    let trace = Trace::read(&std::fs::read_to_string(bench.path("t.vcd")).expect("a trace"));
    let analyser = Analyser::record(&trace, 0, true);
    bench
        .write("a.sr", analyser.sr())
        .write("saleae.csv", analyser.saleae())
        .write("sigrok.csv", analyser.sigrok_csv());
    for file in ["a.sr", "saleae.csv", "sigrok.csv"] {
        let read = bench.run(&format!("decode {file} --report r.json --audio out.wav"));
        read.expect_status(0);
        for wire in WIRES {
            let line =
                read.stderr.lines().find(|line| line.starts_with(&format!("{wire}:"))).expect("a line for each wire");
            assert!(line.contains(&format!("{}, guessed", analyser.channel(wire))), "{file}: {line}");
        }
        let stream = |report: &Value| report["vs1053"][0]["streams"][0].clone();
        for key in ["codec", "sha256", "bytes", "pcm_sha256", "frames"] {
            assert_eq!(stream(&run.report)[key], stream(&read.report)[key], "{file}: {key}");
        }
        assert_eq!(read.report["spi"][0]["verdict"], "ok");
        assert!(read.diagnostics().contains(&"capture-glitches"), "{file}: {:?}", read.diagnostics());
        assert!(read.wav.as_ref().is_some_and(|wav| wav.frames() > 10_000), "{file}");
    }
}

/// It begins in the middle of a byte, half a second into the song.
#[test]
fn a_late_recording_finds_its_feet() {
    let bench = Bench::new();
    bench.sim("fixtures/player-direct.elf --for 1500ms --trace t.vcd --trace t.jsonl");
    let trace = Trace::read(&std::fs::read_to_string(bench.path("t.vcd")).expect("a trace"));
    // Between two bits of a byte.
    let clocks: Vec<u64> =
        trace.changes.iter().filter(|change| change.1 == 0 && change.2).map(|change| change.0).collect();
    let at = clocks.iter().position(|&at| at > 500_000_000_000).expect("clocks");
    let from = clocks[at + 3 - at % 8] + 1;
    let analyser = Analyser::record(&trace, from, true);
    bench.write("a.sr", analyser.sr());
    let told: Vec<_> = WIRES.iter().map(|wire| format!("--wire {wire}={}", analyser.channel(wire))).collect();
    let read = bench.run(&format!("decode a.sr {} --report r.json --audio out.wav --trace late.jsonl", told.join(" ")));
    read.expect_status(0).expect_said(&["the recording begins while the chip runs", "CLOCKF = 0x8800"]);
    assert_eq!(read.report["spi"][0]["verdict"], "ok", "{}", read.report["spi"]);
    assert_eq!(read.report["vs1053"][0]["streams"][0]["codec"], "mp3");
    // What it decoded is a piece of the song, byte by byte.
    let log = std::fs::read_to_string(bench.path("late.jsonl")).expect("a log");
    let hex: String = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).expect("JSON")["bytes"].as_str().map(str::to_owned))
        .collect();
    let song: String = fixture("song.mp3").iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(hex.len() > 10_000 && song.contains(&hex), "{} bytes", hex.len() / 2);
    // And the sound of the rest of that second is not silence.
    assert!(read.wav.expect("sound").frames() > 20_000);
    let found = bench.run(&format!("compare t.jsonl a.sr {} --json", told.join(" ")));
    found.expect_status(0);
    let found: Value = serde_json::from_str(&found.stdout).expect("JSON");
    assert_eq!(found["same"], true);
    assert!(found["sdi"]["run_from"].as_u64() > Some(1_000), "{found}");
}

#[test]
fn compare_shows_where_bytes_part() {
    let bench = Bench::new();
    bench.sim("fixtures/player-cached.elf --for 150ms --trace a.vcd --trace a.jsonl");
    bench.sim("fixtures/player-unrolled.elf --for 150ms --trace b.vcd");
    let same = bench.run("compare a.jsonl a.vcd --json");
    same.expect_status(0);
    let same: Value = serde_json::from_str(&same.stdout).expect("JSON");
    assert_eq!(
        (&same["same"], &same["run"]["byte_period_ns"]),
        (&Value::Bool(true), &same["capture"]["byte_period_ns"])
    );
    let text = std::fs::read_to_string(bench.path("a.jsonl")).expect("a log");
    let line = text.lines().find(|line| line.contains(r#""kind":"sdi""#)).expect("data");
    let hex = serde_json::from_str::<Value>(line).expect("JSON")["bytes"].as_str().expect("bytes").to_owned();
    let other = format!("{}{}", &hex[..hex.len() - 2], if hex.ends_with("55") { "aa" } else { "55" });
    bench.write("wrong.jsonl", text.replacen(&hex, &other, 1));
    let parted = bench.run("compare wrong.jsonl a.vcd");
    parted.expect_status(1);
    assert!(parted.stdout.contains("they part at byte 31:"), "{}", parted.stdout);
    // Another driver of the same song: other times, other ends.
    let other = bench.run("compare a.vcd b.vcd --json");
    let other: Value = serde_json::from_str(&other.stdout).expect("JSON");
    assert_ne!(other["run"]["byte_period_ns"], other["capture"]["byte_period_ns"]);
}

#[test]
fn files_that_are_no_recording_are_refused_with_a_reason() {
    let bench = Bench::new();
    bench
        .write("empty.vcd", "")
        .write("words.txt", "nothing of the kind")
        .write("cut.vcd", "$timescale 1 ps $end\n$scope module a $end\n$var wire 1 ! SCLK $end\n")
        .write("back.vcd", "$timescale 1 ps $end\n$var wire 1 ! SCLK $end\n$enddefinitions $end\n#5\n1!\n#4\n0!\n")
        .write("flat.csv", "Time [s],SCLK,MOSI\n0,0,0\n")
        .write("bad.csv", "Time [s],SCLK,MOSI\n0,0,0\n1,2,0\n")
        .write("zip.sr", b"PK\x03\x04 and nothing behind it");
    for (file, words) in [
        ("missing.vcd", "cannot read the recording `missing.vcd`"),
        ("empty.vcd", "no capture of a known kind"),
        ("words.txt", "no capture of a known kind"),
        ("back.vcd", "line 6: time goes back"),
        ("bad.csv", "line 3: a level is neither 0 nor 1"),
        ("zip.sr", "the archive"),
        ("fixtures", "it is a directory"),
        ("fixtures/player-cached.elf", "no capture of a known kind"),
    ] {
        let run = bench.run(&format!("decode {file} --report r.json"));
        run.expect_status(2).expect_said(&[words]);
        assert_eq!(run.report["exit"]["reason"], "input", "{file}");
        bench.run(&format!("compare {file} {file}")).expect_status(2);
    }
    bench.run("decode cut.vcd").expect_status(2).expect_said(&["cannot tell which channels", "--wire SCLK=D3"]);
    bench.run("decode flat.csv").expect_status(0);
    bench.run("decode flat.csv --wire SCLK=D9").expect_status(2).expect_said(&["no channel `D9`", "SCLK, MOSI"]);
    bench.run("decode flat.csv --report flat.csv.json --audio flat.wav --trace flat.csv").expect_status(2);
    // The recording is not written over.
    let before = sha256(&std::fs::read(bench.path("back.vcd")).expect("a file"));
    bench.run("decode back.vcd --trace back.vcd").expect_status(74).expect_said(&["it is the recording"]);
    assert_eq!(sha256(&std::fs::read(bench.path("back.vcd")).expect("a file")), before);
}
