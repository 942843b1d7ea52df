//! Our MicroPython at its prompt: lines from stdin, files that outlive the run, and what waiting costs.

use crate::support::python::image;
use crate::support::{Bench, Run};
use std::fs;
use std::process::Stdio;

/// Runs our MicroPython with the file `lines` as stdin.
fn typed(bench: &Bench, lines: &str, options: &str) -> Option<Run> {
    bench.write("typed", lines);
    let line = format!("sim {} --board dk --report r.json --for 60s {options}", image()?.display());
    let stdin = fs::File::open(bench.path("typed")).expect("just written");
    Some(bench.collect(bench.command(&line).stdin(stdin).output().expect("the program starts")))
}

#[test]
fn lines_from_stdin_are_typed_at_the_prompt() {
    let bench = Bench::new();
    let lines = "print(6*7)\rf = lambda n: n + 1\rf(1)\rimport badge; badge.exit(5)\r";
    let Some(run) = typed(&bench, lines, "") else { return };
    run.expect_status(1);
    assert_eq!(run.report["exit"]["code"], 5);
    assert!(run.stdout.starts_with("MicroPython v1.25.0"), "{}", run.stdout);
    for answer in [">>> print(6*7)\r\n42\r\n>>> ", ">>> f(1)\r\n2\r\n>>> "] {
        assert!(run.stdout.contains(answer), "{answer:?} in {}", run.stdout);
    }
    assert_eq!(run.diagnostics(), [""; 0]);
    let again = typed(&bench, lines, "").expect("it was there a moment ago");
    assert_eq!((again.stdout, &again.report["time"]["cycles"]), (run.stdout, &run.report["time"]["cycles"]));
    assert_eq!(again.report["trace_sha256"], run.report["trace_sha256"], "equal runs are equal");
}

#[test]
fn files_are_there_in_the_next_run_and_come_out() {
    let bench = Bench::new();
    let write = "with open('note.txt', 'w') as f: print(f.write('x' * 5000))\r\rimport badge; badge.exit()\r";
    let Some(run) = typed(&bench, write, "--flash chip.hex --drive-out out") else { return };
    run.expect_status(0);
    assert!(run.stdout.contains("\r\n5000\r\n"), "{}", run.stdout);
    let taken = || fs::read(bench.path("out/note.txt")).expect("taken out");
    assert_eq!(taken(), [b'x'; 5000]);
    fs::remove_dir_all(bench.path("out")).expect("a directory");
    let read =
        "len(open('note.txt').read())\rimport os; os.rename('note.txt', 'old.txt')\rimport badge; badge.exit()\r";
    let run = typed(&bench, read, "--flash chip.hex --drive-out out").expect("it was there a moment ago");
    assert!(run.stdout.contains("\r\n5000\r\n"), "{}", run.stdout);
    assert_eq!(fs::read(bench.path("out/old.txt")).expect("taken out"), [b'x'; 5000]);
    assert!(!bench.path("out/note.txt").exists());
}

#[test]
fn a_script_from_the_drive_is_run_at_start() {
    let bench = Bench::new();
    fs::create_dir(bench.path("files")).expect("a directory");
    bench.write("files/main.py", "import board, digitalio, badge\nprint(board.P0_13)\nbadge.exit()\n");
    let Some(run) = typed(&bench, "", "--drive files") else { return };
    run.expect_status(0).expect_said(&["note: 1 file, ", "littlefs, 256 KB at 0x000c0000"]);
    assert!(run.stdout.contains("P0_13") || run.stdout.contains("P0.13"), "{}", run.stdout);
    let inspected = bench.run(&format!("inspect {}", image().expect("there").display()));
    let drive = "  drive        littlefs, 256 KB at 0x000c0000 (the symbols `_fs_start` and `_fs_end` say so)\n";
    assert!(inspected.stdout.contains(drive), "{}", inspected.stdout);
}

/// At the prompt the core sleeps until a key comes: what is executed does not depend on how long that takes.
#[test]
fn a_prompt_that_waits_executes_nothing() {
    let Some(image) = image() else { return };
    let bench = Bench::new();
    let waited = |time: &str| {
        let line = format!("sim {} --board dk --report r.json --for {time}", image.display());
        let mut child = bench.command(&line);
        // Open until the run has ended: somebody may still type.
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take();
        let run = bench.collect(child.wait_with_output().expect("an end"));
        drop(stdin);
        run.expect_status(0);
        assert_eq!(run.report["exit"]["reason"], "for");
        (run.number("/time/simulated_s"), run.number("/time/instructions"))
    };
    let ((short_s, before), (long_s, after)) = (waited("1s"), waited("4s"));
    assert!(before > 1e4 && long_s - short_s > 2.9, "{before} in {short_s} s, {after} in {long_s} s");
    assert!(after - before < 100.0 * (long_s - short_s), "{} instructions in {} s", after - before, long_s - short_s);
}
