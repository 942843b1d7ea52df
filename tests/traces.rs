//! Traces of a run, as other programs read them.

use crate::support::{Bench, fixture};
use std::process::Command;

/// The words of a VCD file that matter: `(time, wire's name, level)` of every change after the first levels.
fn changes(text: &str) -> Vec<(u64, String, bool)> {
    let mut names = std::collections::HashMap::new();
    let (mut at, mut first, mut all) = (0, true, Vec::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("$var wire 1 ") {
            let words: Vec<_> = rest.split(' ').collect();
            names.insert(words[0].to_owned(), words[1].to_owned());
        } else if let Some(time) = line.strip_prefix('#') {
            at = time.parse().expect("a time");
        } else if line == "$end" {
            first = false;
        } else if let Some(code) = line.strip_prefix(['0', '1'])
            && !first
        {
            all.push((at, names[code].clone(), line.starts_with('1')));
        }
    }
    all
}

#[test]
fn a_trace_changes_nothing_and_holds_every_edge() {
    let bench = Bench::new();
    let plain = bench.sim("fixtures/player-cached.elf --for 60ms");
    let traced = bench.sim("fixtures/player-cached.elf --for 60ms --trace t.vcd --trace t.fst --trace t.jsonl");
    assert_eq!(plain.report["trace_sha256"], traced.report["trace_sha256"]);
    let text = std::fs::read_to_string(bench.path("t.vcd")).expect("a trace");
    let on = |wire: &str| changes(&text).iter().filter(|(_, name, _)| name == wire).count() as u64;
    // MISO, too, counts; what is there before power-on is not in the trace.
    let bus: u64 = ["SCLK", "MOSI", "MISO", "XCS", "XDCS"].iter().map(|wire| on(wire)).sum();
    let edges = traced.report["spi"][0]["edges"].as_u64().expect("edges");
    assert!(edges.abs_diff(bus) <= 2, "{edges} edges on the bus, {bus} in the trace");
    assert!(text.contains("$scope module VS1053 $end") && text.contains("$timescale 1 ps $end"), "{}", &text[..500]);
    // Pins that do nothing are not listed.
    assert!(!text.contains("P0.03"), "P0.03 does nothing");
    let log = std::fs::read_to_string(bench.path("t.jsonl")).expect("a log");
    let written = traced.report["vs1053"][0]["sci_writes"].as_u64().expect("writes");
    assert_eq!(log.matches(r#""kind":"sci-write""#).count() as u64, written);
    let first = log.lines().find(|line| line.contains("sci-write")).expect("a write");
    assert!(first.contains(r#""pc":"#) && first.contains(r#""symbol":"#), "{first}");
}

#[test]
fn the_log_has_every_byte_of_the_song() {
    let bench = Bench::new();
    bench.sim("fixtures/player-cached.elf --trace t.jsonl").expect_status(0);
    let log = std::fs::read_to_string(bench.path("t.jsonl")).expect("a log");
    let mut bytes = Vec::new();
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        if line["kind"] == "sdi" {
            let text = line["bytes"].as_str().expect("bytes");
            bytes.extend((0..text.len() / 2).map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).expect("hex")));
        }
    }
    let song = fixture("song.mp3");
    let at = bytes.windows(64).position(|window| window == &song[..64]).expect("the song's first bytes");
    assert!(bytes[at..].starts_with(&song), "{} bytes", bytes.len());
}

#[test]
fn sigrok_decodes_the_same_bytes() {
    if Command::new("sigrok-cli").arg("--version").output().is_err() {
        eprintln!("skipped: sigrok-cli is not installed; ./setup.sh --tests does that");
        return;
    }
    let bench = Bench::new();
    bench.sim("fixtures/player-cached.elf --trace t.vcd --trace t.jsonl");
    let output = Command::new("sigrok-cli")
        .current_dir(bench.path(""))
        .args([
            "-i",
            "t.vcd",
            "-I",
            "vcd:downsample=15625",
            "-P",
            "spi:clk=SCLK:mosi=MOSI:cs=XDCS",
            "-A",
            "spi=mosi-data",
        ])
        .output()
        .expect("sigrok-cli");
    let theirs: Vec<u8> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| u8::from_str_radix(line.rsplit(' ').next()?, 16).ok())
        .collect();
    let log = std::fs::read_to_string(bench.path("t.jsonl")).expect("a log");
    let hex = log.lines().filter_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        (line["kind"] == "sdi").then(|| line["bytes"].as_str().expect("bytes").to_owned())
    });
    let ours: Vec<u8> = hex
        .flat_map(|text| {
            (0..text.len() / 2)
                .map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).expect("hex"))
                .collect::<Vec<_>>()
        })
        .collect();
    let song = fixture("song.mp3");
    assert!(
        ours.windows(song.len()).any(|bytes| bytes == song),
        "{} bytes, and the song is not among them",
        ours.len()
    );
    assert!(theirs == ours, "{} bytes of sigrok's, {} of ours", theirs.len(), ours.len());
}

#[test]
fn a_window_and_a_trigger_make_a_short_trace() {
    let bench = Bench::new();
    bench.sim("fixtures/player-cached.elf --for 200ms --trace t.vcd --trace-from 105ms --trace-for 5ms");
    let text = std::fs::read_to_string(bench.path("t.vcd")).expect("a trace");
    let all = changes(&text);
    assert!(all.len() > 100 && all[0].0 >= 105_000_000_000 && all[all.len() - 1].0 <= 110_000_000_000);
    let song = fixture("song.mp3");
    let pattern: String = song[2_000..2_008].iter().map(|byte| format!("{byte:02x}")).collect();
    bench.sim(&format!(
        "fixtures/player-cached.elf --for 200ms --trace t.jsonl --trace-when bytes:{pattern} --trace-for 1ms"
    ));
    let log = std::fs::read_to_string(bench.path("t.jsonl")).expect("a log");
    let bytes: String = log
        .lines()
        .filter_map(|line| {
            serde_json::from_str::<serde_json::Value>(line).expect("JSON")["bytes"].as_str().map(str::to_owned)
        })
        .collect();
    assert!(bytes.contains(&pattern) && log.lines().count() < 200, "{} lines", log.lines().count());
}

#[test]
fn a_trigger_that_does_not_come_is_said() {
    let bench = Bench::new();
    let run = bench.sim("fixtures/player-cached.elf --for 20ms --trace t.vcd --trace-when diagnostic:sdi-overrun");
    run.expect_status(0).expect_said(&["warning: what --trace-when names did not happen"]);
    assert!(bench.path("t.vcd").exists());
    for (line, words) in [
        ("--trace t.txt", "a trace's name ends in .vcd, .fst or .jsonl"),
        ("--trace t.vcd --trace-when wrong", "a trigger is diagnostic:NAME, bytes:HEX or address:"),
        ("--trace t.vcd --trace-when address:", "address:main"),
        ("--trace t.vcd --trace-when address:no_such_function", "there is no function `no_such_function`"),
        ("--trace t.vcd --trace-when diagnostic:wrong-mode", "known only at its end"),
        ("--trace-for 5ms", "--trace"),
    ] {
        bench.run(&format!("sim fixtures/player-cached.elf {line}")).expect_status(2).expect_said(&[words]);
    }
}

#[test]
fn a_trace_that_cannot_be_written_is_found_before_the_run() {
    let run = Bench::new().sim("fixtures/player-cached.elf --trace missing/t.vcd");
    run.expect_status(74).expect_said(&["error[output]: cannot write `missing/t.vcd`"]);
}

/// Of 200 blocks of 512 bytes, the limit of file size: as a disk that fills up.
#[cfg(target_os = "linux")]
#[test]
fn a_trace_on_a_full_disk_fails_the_run_and_is_valid_as_far_as_it_goes() {
    for file in ["t.vcd", "t.jsonl", "t.fst"] {
        let bench = Bench::new();
        let program = bench.command(&format!("sim fixtures/player-cached.elf --for 4s --trace {file} --report r.json"));
        let words = program.get_args().map(|word| word.to_str().expect("UTF-8")).collect::<Vec<_>>().join(" ");
        let script = format!("ulimit -f 200; trap '' XFSZ; exec '{}' {words}", env!("CARGO_BIN_EXE_badgebench"));
        let run =
            bench.collect(Command::new("sh").args(["-c", &script]).current_dir(bench.path("")).output().expect("sh"));
        run.expect_status(74).expect_said(&[file]);
        let bytes = std::fs::read(bench.path(file)).expect("a trace");
        assert!(bytes.len() <= 200 * 512, "{file}: {}", bytes.len());
        match file {
            "t.vcd" => {
                assert!(changes(&String::from_utf8(bytes).expect("text")).len() > 1_000);
            }
            "t.jsonl" => {
                let text = String::from_utf8(bytes).expect("text");
                assert!(
                    text.ends_with('\n')
                        && text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok())
                );
            }
            _ => {
                let wave = wellen::simple::read(bench.path(file)).expect("a valid FST file");
                assert!(wave.hierarchy().iter_vars().count() > 10);
            }
        }
    }
}

/// Ctrl-C: what happened until then is there.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_whole_traces() {
    let bench = Bench::new();
    let mut child = bench
        .command("sim fixtures/player-cached.elf --speed real --trace t.vcd --trace t.fst --report r.json")
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    while std::fs::metadata(bench.path("t.vcd")).map_or(0, |file| file.len()) < 100_000 {
        assert!(child.try_wait().expect("it runs").is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill").success());
    let run = bench.collect(child.wait_with_output().expect("it ends"));
    run.expect_status(130);
    let end = (run.number("/time/simulated_s") * 1e12) as u64;
    for file in ["t.vcd", "t.fst"] {
        let wave = wellen::simple::read(bench.path(file)).expect("a valid file");
        let last = *wave.time_table().last().expect("times");
        assert!(end.abs_diff(last) < 20_000_000_000, "{file}: {last} of {end}");
    }
}

/// `example-c` comes to 0xdc after 0.47, 0.93 and 1.4 s, and to `semihosting_exit` at its end.
#[test]
fn an_instruction_begins_a_trace_and_the_run_is_the_same() {
    let bench = Bench::new();
    let plain = bench.sim("fixtures/example-c.elf");
    for (options, (from, to)) in [
        ("--trace-when address:0xdc", (464, 465)),
        ("--trace-when address:220 --trace-from 700ms", (931, 932)),
        ("--trace-when address:semihosting_exit --trace-when bytes:ff", (1398, 1399)),
    ] {
        let run = bench.sim(&format!("fixtures/example-c.elf --trace t.vcd --trace-for 1ms {options}"));
        for pointer in ["/trace_sha256", "/time/cycles", "/time/instructions"] {
            assert_eq!(run.report.pointer(pointer), plain.report.pointer(pointer), "{options}: {pointer}");
        }
        let text = std::fs::read_to_string(bench.path("t.vcd")).expect("a trace");
        let begin: u64 = text.lines().find_map(|line| line.strip_prefix('#')?.parse().ok()).expect("a time");
        let ms = begin / 1_000_000_000;
        assert!((from..to).contains(&ms), "{options}: it begins at {ms} ms");
    }
}
