//! Firmware that is wrong on purpose is told what is wrong; firmware that is right is told nothing.

use crate::support::{Bench, played};
use serde_json::json;

/// Contract, "Fixtures that scripts may name".
#[test]
fn each_wrong_firmware_has_the_verdict_of_the_table() {
    for (elf, verdict) in [
        ("player-lsb-first", "wrong-bit-order"),
        ("player-mode1", "wrong-mode"),
        ("player-swapped-lines", "swapped-lines"),
        ("player-no-xdcs", "no-select"),
    ] {
        let run = played(elf);
        run.expect_status(3);
        assert_eq!(run.report["spi"][0]["verdict"], verdict, "{elf}");
        assert!(run.diagnostics().contains(&verdict), "{elf}: {:?}", run.diagnostics());
        assert!(run.report["vs1053"][0]["streams"].as_array().is_some_and(Vec::is_empty), "{elf}: nothing to hear");
        assert_eq!(run.report["throughput"], json!({"verdict": "n/a"}), "{elf}");
        assert_eq!(run.wav.as_ref().map(|wav| wav.frames()), Some(0), "{elf}");
        run.expect_said(&[&format!("fault[{verdict}]: "), &format!("denied: {verdict}; exit status 3")]);
    }
    assert_eq!(played("player-lsb-first").report["spi"][0]["bit_order"], "lsb-first");
    assert_eq!(played("player-mode1").report["spi"][0]["mode"], 1);
}

#[test]
fn a_wrong_verdict_names_the_select_and_the_explanation() {
    for (elf, select, words) in [
        ("player-lsb-first", "XDCS", "your bytes arrive LSB first"),
        ("player-lsb-first", "XCS", "a read of STATUS"),
        ("player-mode1", "XCS", "falling edge of SCLK"),
        ("player-swapped-lines", "XCS", "SCLK and MOSI have changed places"),
        ("player-no-xdcs", "XDCS", "there is an MP3 stream"),
    ] {
        let bus = &played(elf).report["spi"][0];
        let detail = bus["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(&format!("{select}: ")) && detail.contains(words), "{elf}: {detail}");
        let selects = bus["selects"].as_array().expect("selects");
        let verdict = selects.iter().find(|s| s["name"] == select).map(|s| &s["verdict"]);
        assert_eq!(verdict, Some(&bus["verdict"]), "{elf}: {select}");
    }
    // Commands went out under XCS as they should.
    let selects = &played("player-no-xdcs").report["spi"][0]["selects"];
    assert!(
        selects.as_array().expect("selects").iter().any(|s| s["name"] == "XCS" && s["verdict"] == "ok"),
        "{selects}"
    );
}

#[test]
fn firmware_that_never_looks_at_dreq_overruns_the_fifo() {
    let run = played("player-no-dreq");
    run.expect_status(3).expect_said(&["fault[sdi-overrun]: ", "denied: sdi-overrun; exit status 3"]);
    assert_eq!(run.report["spi"][0]["verdict"], "ok");
    // What leads to it is told of first.
    assert_eq!(run.diagnostics(), ["sdi-while-dreq-low", "sdi-overrun"]);
    let (lost, arrived) = (run.number("/vs1053/0/fifo/overrun_bytes"), run.number("/vs1053/0/sdi_bytes"));
    assert!(lost > 0.0 && lost < arrived, "{lost} of {arrived}");
    assert_eq!(run.number("/vs1053/0/fifo/max_bytes"), 2_048.0);
}

/// A warning, not a failure: 100 frames sent at three quarters of the pace.
#[test]
fn firmware_that_is_too_slow_is_choppy_and_its_gaps_are_counted() {
    let run = played("player-too-slow");
    run.expect_status(0).expect_said(&["fault[choppy-sound]: "]);
    assert_eq!(run.report["spi"][0]["verdict"], "ok");
    assert_eq!(run.diagnostics(), ["choppy-sound"]);
    assert_eq!(run.report["diagnostics"][0]["level"], "warn");
    assert_eq!(run.report["throughput"]["verdict"], "choppy");
    let (count, silence) = (run.number("/vs1053/0/underruns/count"), run.number("/vs1053/0/underruns/total_s"));
    assert!((1.0..=99.0).contains(&count), "{count}: at most one before each frame but the first");
    let ratio = run.number("/throughput/ratio");
    assert!((0.70..0.80).contains(&ratio), "12,000 of 16,000 bytes/s: {ratio}");

    // A simulated second is a second of WAV: the gaps are in it, as silence.
    let wav = run.wav.as_ref().expect("a WAV file");
    let decoded = run.number("/vs1053/0/streams/0/frames");
    assert_eq!(decoded, 100.0 * 1_152.0);
    let gaps = wav.frames() as f64 - decoded;
    assert!((gaps - silence * 48_000.0).abs() <= count, "{gaps} frames more, {silence} s of silence");
}

#[test]
fn right_firmware_gets_no_diagnostic() {
    for elf in
        ["player-loop", "player-unrolled", "player-direct", "player-cached", "player-ogg", "example-c", "example-rust"]
    {
        let run = played(elf);
        run.expect_status(0);
        assert!(run.diagnostics().is_empty(), "{elf}: {}", run.stderr);
        assert!(!run.stderr.contains('['), "{elf}: {}", run.stderr);
        run.expect_said(&["no violations"]);
    }
}

/// Contract, "spi verdicts": no edges at all, never a failure.
#[test]
fn a_bus_without_edges_is_idle() {
    for elf in ["example-c", "example-rust"] {
        let bus = &played(elf).report["spi"][0];
        assert_eq!((&bus["verdict"], &bus["edges"]), (&json!("idle"), &json!(0)), "{elf}");
    }
}

#[test]
fn allow_makes_a_diagnostic_quiet_and_deny_makes_it_fatal() {
    let quiet = Bench::new().sim("fixtures/player-no-dreq.elf --allow sdi-overrun");
    quiet.expect_status(0);
    assert!(!quiet.stderr.contains("sdi-overrun"), "{}", quiet.stderr);
    assert!(quiet.number("/vs1053/0/fifo/overrun_bytes") > 0.0, "it is counted all the same");

    let fatal = Bench::new().sim("fixtures/player-too-slow.elf --for 300ms --deny choppy-sound");
    fatal.expect_status(3).expect_said(&["denied: choppy-sound; exit status 3"]);
    assert_eq!(fatal.report["diagnostics"][0]["level"], "deny");
}

#[test]
fn fail_fast_stops_at_the_first_denied_diagnostic() {
    let run = Bench::new().sim("fixtures/player-no-dreq.elf --fail-fast");
    run.expect_status(3).expect_said(&["stopped at the first denied diagnostic"]);
    assert_eq!(run.report["exit"]["reason"], "denied");
    let whole = played("player-no-dreq");
    assert!(run.number("/vs1053/0/sdi_bytes") < whole.number("/vs1053/0/sdi_bytes") / 2.0);
}
