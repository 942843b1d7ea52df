//! From what went wrong to the line of code behind it; where cycles go; which lines run.

use crate::support::{Bench, played, root};
use serde_json::Value;

/// The line of a source file of the firmware that has all of `words` in it.
fn line_of(file: &str, words: &str) -> u64 {
    let text = std::fs::read_to_string(root().join("firmware/player/src").join(file)).expect("a source file");
    let line = text.lines().position(|line| line.contains(words));
    line.unwrap_or_else(|| panic!("`{words}` is not in {file}")) as u64 + 1
}

/// `file:line` of every call in `calls`, without what comes before `src/`.
fn sources(calls: &Value) -> Vec<String> {
    let calls = calls.as_array().map(Vec::as_slice).unwrap_or_default();
    let sources = calls.iter().filter_map(|call| call["source"].as_str());
    sources.map(|source| source.rsplit_once("player/src/").map_or(source, |(_, rest)| rest).to_owned()).collect()
}

fn diagnostic<'a>(report: &'a Value, name: &str) -> &'a Value {
    let all = report["diagnostics"].as_array().expect("diagnostics");
    all.iter().find(|d| d["name"] == name).unwrap_or_else(|| panic!("{name} is missing: {report}"))
}

/// Issue: "a newcomer finds the guilty source line from the report alone". The guilty line is where the wrong build differs from the right
/// one, or where what it chose takes effect.
#[test]
fn each_wrong_firmware_is_told_its_guilty_line() {
    for (elf, name, guilty) in [
        ("player-lsb-first", "wrong-bit-order", vec![("slow_spi.rs", "self.clock(byte >> self.position(i)")]),
        ("player-mode1", "wrong-mode", vec![("slow_spi.rs", "level(&mut self.sclk, leading)")]),
        (
            "player-swapped-lines",
            "swapped-lines",
            vec![("slow_spi.rs", "level(&mut self.mosi, bit)"), ("bin/swapped_lines.rs", "play_on(")],
        ),
        (
            "player-no-xdcs",
            "no-select",
            vec![("vs1053.rs", "self.sdi.send_byte(byte)"), ("bin/no_xdcs.rs", "play_on(")],
        ),
        (
            "player-no-dreq",
            "sdi-overrun",
            vec![("vs1053.rs", "self.send(chunk.iter().copied())"), ("bin/no_dreq.rs", "play(")],
        ),
        ("player-too-slow", "choppy-sound", vec![("bin/too_slow.rs", "cycles::wait(cycles::from_us(82))")]),
    ] {
        let run = played(elf);
        let d = diagnostic(&run.report, name);
        let wires = d["wires"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found: Vec<String> =
            sources(&d["calls"]).into_iter().chain(wires.iter().flat_map(|wire| sources(&wire["calls"]))).collect();
        for (file, words) in guilty {
            let line = format!("{file}:{}", line_of(file, words));
            assert!(found.contains(&line), "{elf}: {line} is not among {found:#?}\n{}", run.stderr);
            assert!(run.stderr.contains(&line), "{elf}: {line} is not shown\n{}", run.stderr);
        }
    }
}

#[test]
fn a_verdict_on_wires_names_who_moved_each() {
    let run = played("player-swapped-lines");
    let d = diagnostic(&run.report, "swapped-lines");
    let wires: Vec<_> = d["wires"].as_array().expect("wires").iter().map(|wire| wire["edges"].clone()).collect();
    assert_eq!(wires, ["SCLK rises", "MOSI changes"]);
    assert!(d["pc"].is_u64() && d["symbol"].is_string() && d["source"].is_string(), "{d}");
}

#[test]
fn a_profile_is_written_in_both_forms_and_the_run_is_the_same() {
    let bench = Bench::new();
    let run = bench.sim("fixtures/player-cached.elf --for 300ms --profile p.folded --profile p.html --coverage c.info");
    run.expect_status(0);
    let plain = Bench::new().sim("fixtures/player-cached.elf --for 300ms");
    assert_eq!(run.report["trace_sha256"], plain.report["trace_sha256"]);
    assert_eq!(run.report["time"]["cycles"], plain.report["time"]["cycles"]);
    assert_eq!(run.report["time"]["instructions"], plain.report["time"]["instructions"]);

    let folded = std::fs::read_to_string(bench.path("p.folded")).expect("folded stacks");
    let cycles: u64 =
        folded.lines().map(|line| line.rsplit(' ').next().expect("a number").parse::<u64>().expect("a number")).sum();
    let all = run.report["time"]["cycles"].as_u64().expect("cycles");
    assert!(all - cycles < 1_000, "{cycles} of {all}");
    assert!(folded.lines().any(|line| line.contains("main;") && line.contains("send_byte")), "{folded}");
    assert!(folded.lines().any(|line| line.starts_with("[polling] ")), "waiting for DREQ stands apart: {folded}");
    let page = std::fs::read_to_string(bench.path("p.html")).expect("a page");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("player-cached.elf") && !page.contains("//cdn"));
}

/// The tracefile's format is lcov's own; counts of a line that runs once a byte are those of bytes.
#[test]
fn coverage_counts_lines() {
    let bench = Bench::new();
    let run = bench.sim("fixtures/player-cached.elf --for 300ms --coverage c.info");
    run.expect_status(0);
    let text = std::fs::read_to_string(bench.path("c.info")).expect("a tracefile");
    let records: Vec<&str> = text.split("end_of_record\n").collect();
    let of = |file: &str| {
        let found =
            records.iter().find(|record| record.lines().any(|line| line.starts_with("SF:") && line.ends_with(file)));
        *found.unwrap_or_else(|| panic!("{file} is missing"))
    };
    let line = line_of("send_byte/cached.rs", "asm!(");
    let prefix = format!("DA:{line},");
    let count = of("send_byte/cached.rs")
        .lines()
        .find_map(|line| line.strip_prefix(&prefix))
        .expect("the line of the two instructions");
    let bytes = run.number("/vs1053/0/sdi_bytes");
    let count: f64 = count.parse().expect("a number");
    assert!((count - bytes).abs() <= 1.0, "{count} executions, {bytes} bytes");
    let never = line_of("dreq.rs", "cycles::wait(worst)");
    let unused = of("dreq.rs").lines().any(|line| line.starts_with(&format!("DA:{never},")) && !line.ends_with(",0"));
    assert!(!unused, "the build that waits for DREQ has no fixed waits");
}

#[test]
fn instructions_are_written_with_their_cycles() {
    let bench = Bench::new();
    let run = bench.sim("fixtures/player-cached.elf --for 20ms --trace-instructions i.txt,from=10ms,for=10us");
    run.expect_status(0);
    let text = std::fs::read_to_string(bench.path("i.txt")).expect("a trace");
    let cycles: Vec<u64> = text.lines().filter_map(|line| line.get(..12)?.trim().parse().ok()).collect();
    assert!(cycles.len() > 100 && cycles.is_sorted(), "{text}");
    assert!((640_000..640_040).contains(&cycles[0]) && cycles[cycles.len() - 1] < 640_640, "{text}");
    let plain = Bench::new().sim("fixtures/player-cached.elf --for 20ms");
    assert_eq!(run.report["trace_sha256"], plain.report["trace_sha256"]);
    assert_eq!(run.report["time"]["cycles"], plain.report["time"]["cycles"]);
}

#[test]
fn files_that_cannot_be_written_are_found_before_the_run() {
    for option in ["--profile missing/p.html", "--coverage missing/c.info", "--trace-instructions missing/i.txt"] {
        let run = Bench::new().sim(&format!("fixtures/player-cached.elf {option}"));
        run.expect_status(74).expect_said(&["cannot write `missing/"]);
    }
    let run = Bench::new().sim("fixtures/player-cached.elf --profile p.svg");
    run.expect_status(2).expect_said(&["a profile's name ends in .folded"]);
}
