//! A firmware whose serial port is USB: `fixtures/usb-serial.elf`, which sends back what it gets in capitals and ends at Ctrl-D.

use crate::support::{Bench, fixture};
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Stdio};

const GREETING: &str = "usb-serial: type\r\n";
const FAREWELL: &str = "\r\nusb-serial: done\r\n";

/// The run with what is in the file `typed`.
fn typed(bench: &Bench, line: &str, typed: &[u8]) -> crate::support::Run {
    bench.write("typed", typed);
    let mut command = bench.command(&format!("sim fixtures/usb-serial.elf {line} --report r.json"));
    command.stdin(File::open(bench.path("typed")).expect("it was written"));
    bench.collect(command.output().expect("the program starts"))
}

#[test]
fn what_is_typed_comes_back_on_each_board_with_a_cable() {
    for board in ["dongle", "dk", "aramcon"] {
        let run = typed(&Bench::new(), &format!("--board {board} --console usb"), b"hello\r\n\x04");
        run.expect_status(0);
        assert_eq!(run.stdout, format!("{GREETING}HELLO\r\n{FAREWELL}"), "{board}: {}", run.stderr);
        assert_eq!(run.report["diagnostics"].as_array().map(Vec::len), Some(0), "{board}");
    }
}

#[test]
fn much_text_goes_through_unharmed_and_equal_runs_are_equal() {
    let text: Vec<u8> = (0..40_000u32).map(|n| b'a' + (n * n / 7 % 26) as u8).collect();
    let all = [&text[..], b"\x04"].concat();
    let runs = [(); 2].map(|()| typed(&Bench::new(), "", &all));
    assert_eq!(runs[0].stdout, format!("{GREETING}{}{FAREWELL}", String::from_utf8_lossy(&text).to_uppercase()));
    for key in ["cycles", "instructions"] {
        assert_eq!(runs[0].report["time"][key], runs[1].report["time"][key], "{key}");
    }
}

#[test]
fn a_port_that_waits_in_vain_ends_the_run_and_without_a_cable_nobody_comes() {
    let run = typed(&Bench::new(), "", b"x");
    run.expect_status(0);
    assert_eq!((run.stdout, &run.report["exit"]["reason"]), (format!("{GREETING}X"), &"parked".into()));
    let run = typed(&Bench::new(), "--board bare --for 1s", b"x");
    assert_eq!(run.stdout, "", "{}", run.stderr);
}

/// A run that is killed when a test is over.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// As mpremote or a terminal program would: the port is opened, and bytes go both ways, control characters too.
#[test]
fn a_pseudo_terminal_is_the_usb_port() {
    assert!(!fixture("usb-serial.elf").is_empty());
    let bench = Bench::new();
    let mut command = bench.command("sim fixtures/usb-serial.elf --console usb --pty --wall-limit 60s");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running(command.spawn().expect("the program starts"));
    let said = BufReader::new(running.0.stderr.take().expect("it is piped"));
    let mut lines = said.lines().map(|line| line.expect("text"));
    let path = lines.find_map(|line| line.strip_prefix("note: the firmware's serial port is ").map(str::to_owned));
    let path = path.expect("it says where the port is");
    let mut port = OpenOptions::new().read(true).write(true).open(path).expect("it can be opened");
    let expect = |port: &mut File, text: &str| {
        let mut got = vec![0; text.len()];
        port.read_exact(&mut got).expect("it answers");
        assert_eq!(String::from_utf8_lossy(&got), text);
    };
    expect(&mut port, GREETING);
    for text in ["raw\u{1}\u{3}\r", &"long ".repeat(100)] {
        port.write_all(text.as_bytes()).expect("it is there");
        expect(&mut port, &text.to_uppercase());
    }
    port.write_all(b"\x04").expect("it is there");
    expect(&mut port, FAREWELL);
    drop(lines);
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
}
