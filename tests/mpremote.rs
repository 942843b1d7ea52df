//! `--pty` with our MicroPython: mpremote from PyPI, unmodified, does what it does with a board.

use crate::support::Bench;
use crate::support::python::{image, remote, remote_well};
use crate::support::serial::{PATIENCE, Serial};

/// Our MicroPython, waiting at its prompt for whoever opens the port.
fn board<'a>(bench: &'a Bench, options: &str) -> Option<Serial<'a>> {
    Some(Serial::start(bench, &format!("{} --board dk {options}", image()?.display())))
}

/// Every byte there is, and more than a packet of mpremote's.
fn bytes() -> Vec<u8> {
    (0..3_000u32).map(|n| ((n * n) >> 5) as u8).collect()
}

#[test]
fn it_runs_code_and_scripts_and_tells_how_they_ended() {
    let bench = Bench::new();
    let Some(board) = board(&bench, "") else { return };
    let dir = bench.path("");
    assert_eq!(remote_well(&board.port, &["exec", "print(6*7)"], &dir), "42\r\n");
    bench.write("script.py", "import sys\nfor n in range(3):\n    print(n, sys.implementation.name)\n");
    assert_eq!(
        remote_well(&board.port, &["run", "script.py"], &dir),
        "0 micropython\r\n1 micropython\r\n2 micropython\r\n"
    );
    assert_eq!(remote_well(&board.port, &["eval", "1 << 70"], &dir), "1180591620717411303424\r\n");
    let (status, stdout, stderr) = remote(&board.port, &["exec", "print('before')\n1/0"], &dir);
    assert_eq!(status, 1, "{stdout}{stderr}");
    assert!(stdout.starts_with("before\r\n"), "{stdout}{stderr}");
    assert!((stdout + &stderr).contains("ZeroDivisionError: divide by zero"), "the traceback");
    let run = board.interrupt();
    run.expect_status(130).expect_said(&["ended:  interrupted; exit status 130"]);
    assert_eq!((run.diagnostics(), &*run.stdout), (vec![], ""), "all its text went to the port");
}

#[test]
fn it_copies_files_both_ways_and_they_come_out_with_drive_out() {
    let bench = Bench::new();
    let Some(board) = board(&bench, "--drive-out out") else { return };
    let dir = bench.path("");
    bench.write("data.bin", bytes()).write("text.py", "answer = 42\n");
    remote_well(&board.port, &["fs", "mkdir", "lib", "+", "fs", "cp", "data.bin", "text.py", ":lib/"], &dir);
    let listed = remote_well(&board.port, &["fs", "ls", "lib"], &dir);
    assert!(listed.contains("3000 data.bin") && listed.contains("12 text.py"), "{listed}");
    assert_eq!(remote_well(&board.port, &["cat", ":lib/text.py"], &dir).trim_end(), "answer = 42");
    remote_well(&board.port, &["soft-reset", "fs", "cp", ":lib/data.bin", "back.bin"], &dir);
    assert_eq!(std::fs::read(bench.path("back.bin")).expect("the copy"), bytes(), "also after a soft reset");
    assert_eq!(remote_well(&board.port, &["exec", "import text; print(text.answer)"], &dir), "42\r\n");
    remote_well(&board.port, &["rm", ":lib/text.py"], &dir);
    board.interrupt().expect_status(130).expect_said(&["note: 1 file, 3000 bytes taken out to `out`"]);
    assert_eq!(std::fs::read(bench.path("out/lib/data.bin")).expect("taken out"), bytes());
}

/// mpremote gives a board that does not answer seconds of the host's time.
#[test]
fn it_interrupts_a_script_without_end_and_sleeps_as_long_as_it_says() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("files")).expect("a directory");
    bench.write("files/main.py", "n = 0\nwhile True:\n    n += 1\n");
    let Some(board) = board(&bench, "--drive files") else { return };
    let dir = bench.path("");
    assert_eq!(remote_well(&board.port, &["exec", "print(6*7)"], &dir), "42\r\n");
    let code = "import time; began = time.ticks_ms(); time.sleep(1); print(time.ticks_diff(time.ticks_ms(), began))";
    let slept: f64 = remote_well(&board.port, &["exec", code], &dir).trim().parse().expect("milliseconds");
    assert!((1_000.0..1_005.0).contains(&slept), "{slept} ms");
    board.interrupt().expect_status(130);
}

#[test]
fn a_program_that_ends_the_run_ends_mpremote_too() {
    let bench = Bench::new();
    let Some(board) = board(&bench, "") else { return };
    let (status, stdout, stderr) =
        remote(&board.port, &["exec", "import badge; print('bye'); badge.exit(3)"], &bench.path(""));
    assert_ne!(status, 0, "the board has gone: {stdout}{stderr}");
    let run = board.end();
    run.expect_status(1);
    assert_eq!(run.report["exit"]["code"], 3);
}

/// The raw REPL and raw paste, byte by byte as MicroPython documents them ("MicroPython Interactive Interpreter Mode"), with more
/// than a window of code.
#[test]
fn the_raw_repl_takes_code_by_raw_paste() {
    let bench = Bench::new();
    let Some(board) = board(&bench, "") else { return };
    let mut port = board.open();
    port.until(">>> ");
    port.send("\r\x03\x03\r\x01");
    port.until("raw REPL; CTRL-B to exit\r\n>");
    port.send("\x05A\x01");
    port.until("R\x01");
    let window = port.bytes(2);
    let window = usize::from(u16::from_le_bytes([window[0], window[1]]));
    assert!(window >= 32, "{window}");
    let code: String = (0..200).map(|n| format!("a{n} = {n}\n")).chain(["print(a199 + a1)".into()]).collect();
    let mut room = window;
    for piece in code.as_bytes().chunks(window) {
        while room < piece.len() {
            assert_eq!(port.bytes(1), [1], "more room, not an end");
            room += window;
        }
        port.send(piece);
        room -= piece.len();
    }
    port.send("\x04");
    assert_eq!(port.until("\x04>").escape_ascii().to_string().replace("\\x01", ""), "\\x04200\\r\\n\\x04\\x04>");
    port.send("print(1 + )\x04");
    let answer = String::from_utf8(port.until("\x04>")).expect("text");
    assert!(answer.starts_with("OK\x04") && answer.contains("SyntaxError"), "{answer:?}");
    port.send("\x02");
    port.until(">>> ");
    board.interrupt().expect_status(130);
}

#[test]
fn ctrl_c_interrupts_and_ctrl_d_resets() {
    let bench = Bench::new();
    let Some(board) = board(&bench, "") else { return };
    let mut port = board.open();
    port.until(">>> ");
    port.send("kept = 1\rwhile True: pass\r\r");
    port.until("... ");
    std::thread::sleep(PATIENCE / 200);
    port.send("\x03");
    port.until("KeyboardInterrupt: \r\n>>> ");
    port.send("kept\r");
    port.until("kept\r\n1\r\n>>> ");
    port.send("\x04");
    port.until("MPY: soft reboot\r\n");
    port.until(">>> ");
    port.send("kept\r");
    port.until("NameError: name 'kept' isn't defined\r\n>>> ");
    board.interrupt().expect_status(130);
}
