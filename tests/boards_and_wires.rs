//! Boards as data: what `boards --show` prints is a board, and `--wire` changes one.

use crate::support::{Bench, played};

#[test]
fn the_boards_of_the_contract_are_listed() {
    let run = Bench::new().run("boards");
    run.expect_status(0);
    let names: Vec<_> = run.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["dongle", "dk", "aramcon", "bare"]);
}

#[test]
fn every_board_can_be_shown_saved_and_used() {
    let bench = Bench::new();
    for name in ["dongle", "dk", "aramcon", "bare"] {
        let shown = bench.run(&format!("boards --show {name}"));
        shown.expect_status(0);
        bench.write("my.toml", &shown.stdout);
        let (own, built_in) = (bench.sim("fixtures/example-rust.elf --board my.toml"), {
            let line = format!("fixtures/example-rust.elf --board {name}");
            bench.sim(&line)
        });
        own.expect_status(0);
        built_in.expect_status(0);
        assert_eq!(own.report["trace_sha256"], built_in.report["trace_sha256"], "{name}");
        assert_eq!((&own.report["board"], &built_in.report["board"]), (&name.into(), &name.into()));
    }
}

#[test]
fn the_song_on_a_saved_dongle_leaves_the_same_trace() {
    let bench = Bench::new();
    bench.write("my.toml", bench.run("boards --show dongle").stdout);
    let own = bench.sim("fixtures/player-cached.elf --for 500ms --board my.toml");
    let built_in = bench.sim("fixtures/player-cached.elf --for 500ms");
    own.expect_status(0);
    assert_eq!(own.report["trace_sha256"], built_in.report["trace_sha256"]);
    assert!(own.number("/vs1053/0/streams/0/frames") > 0.0, "the song has begun");
}

#[test]
fn an_unknown_board_cannot_be_shown() {
    let run = Bench::new().run("boards --show dongel");
    run.expect_status(2).expect_said(&["`dongel`", "dongle, dk, aramcon, bare"]);
    assert!(run.stdout.is_empty());
}

/// Contract, "spi verdicts": exchanged on the board or in the firmware, it is the same to the judge.
#[test]
fn wires_exchanged_on_the_command_line_are_diagnosed_and_exchanged_twice_are_right() {
    const EXCHANGED: &str = "--wire SCLK=P1.00 --wire MOSI=P0.22";
    let wrong = Bench::new().sim(&format!("fixtures/player-cached.elf {EXCHANGED}"));
    wrong.expect_status(3);
    assert_eq!(wrong.report["spi"][0]["verdict"], "swapped-lines");

    let right = Bench::new().sim(&format!("fixtures/player-swapped-lines.elf {EXCHANGED}"));
    right.expect_status(0);
    assert_eq!(right.report["spi"][0]["verdict"], "ok");
    assert_eq!(right.report["throughput"]["verdict"], "smooth");
    assert!(right.diagnostics().is_empty(), "{}", right.stderr);
}

#[test]
fn selects_exchanged_on_the_command_line_are_swapped_lines_too() {
    let run = Bench::new().sim("fixtures/player-cached.elf --wire XCS=P0.31 --wire XDCS=P0.29 --for 1s");
    run.expect_status(3);
    assert_eq!(run.report["spi"][0]["verdict"], "swapped-lines", "{}", run.stderr);
    run.expect_said(&["XCS and XDCS"]);
}

#[test]
fn a_wire_to_where_it_is_changes_nothing() {
    let run = Bench::new().sim("fixtures/example-rust.elf --wire SCLK=P0.22");
    assert_eq!(run.report["trace_sha256"], played("example-rust").report["trace_sha256"]);
}
