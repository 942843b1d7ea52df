//! The live view in a terminal of the test's own: used by keys, shrunk, closed. What is simulated is the same with and without it.

#![cfg(unix)]

use crate::support::{Bench, Run};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Nothing here takes that long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run in a terminal.
struct Screen<'a> {
    bench: &'a Bench,
    child: Child,
    master: Option<File>,
    /// What has been written to it.
    seen: Arc<Mutex<Vec<u8>>>,
    stop: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl<'a> Screen<'a> {
    fn start(bench: &'a Bench, line: &str, size: (u16, u16)) -> Self {
        let master: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pty");
        grantpt(&master).expect("it is ours");
        unlockpt(&master).expect("it opens");
        resize(&master, size);
        let name = ptsname(&master, Vec::new()).expect("it has a name").into_string().expect("a path");
        let end = || File::options().read(true).write(true).open(&name).expect("the other end");
        let mut command = bench.command(&format!("sim {line} --report r.json"));
        command.stdin(end()).stdout(end()).stderr(Stdio::piped());
        command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
        let child = command.spawn().expect("the program starts");
        let master = File::from(master);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, into) = (master.try_clone().expect("a copy"), Arc::clone(&seen));
        let stop = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while !over.load(Ordering::Relaxed) {
                let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
                let ready = poll(&mut [PollFd::new(&reader, PollFlags::IN)], Some(&moment));
                if ready.is_ok_and(|count| count == 0) {
                    continue;
                }
                let Ok(count @ 1..) = reader.read(&mut piece) else { break };
                into.lock().expect("text").extend_from_slice(&piece[..count]);
            }
        });
        Self { bench, child, master: Some(master), seen, stop, reader: Some(thread) }
    }

    /// Nobody holds the terminal any more.
    fn close(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            reader.join().expect("it ends");
        }
        self.master = None;
    }

    fn press(&mut self, keys: &str) {
        self.master.as_mut().expect("a terminal").write_all(keys.as_bytes()).expect("keys");
    }

    /// Waits until `text` has been drawn since the last time.
    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let mut seen = self.seen.lock().expect("text");
            let shown = String::from_utf8_lossy(&seen).into_owned();
            if shown.contains(text) {
                seen.clear();
                return;
            }
            drop(seen);
            if Instant::now() > until || matches!(self.child.try_wait(), Ok(Some(_))) {
                let _ = self.child.kill();
                panic!("`{text}` is not to be seen in {shown:?}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn signal(&self) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::HUP).expect("it is there");
    }

    /// The run ends by itself.
    fn end(mut self) -> Run {
        // Whatever is still drawn is read, so that the run does not wait for it.
        let until = Instant::now() + PATIENCE;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let output = self.child.wait_with_output().expect("it has ended");
        self.bench.collect(output)
    }
}

fn resize(master: impl std::os::fd::AsFd, (columns, rows): (u16, u16)) {
    tcsetwinsize(master, Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 }).expect("a size");
}

/// Keys for pages, zoom, looking back, slow motion and steps, and a window that shrinks: every edge is where it is without.
#[test]
fn whatever_is_looked_at_changes_nothing() {
    let bench = Bench::new();
    let mut screen = Screen::start(&bench, "fixtures/player-cached.elf --audio none --speed 0.01 --for 60ms", (80, 24));
    screen.press(" ");
    screen.wait_for("paused");
    for keys in ["2", "zzZ", "\x1b[D\x1b[D\x1b[A", "[", "]", "x", "w", "3", "4", "5", "6", "?", "?", "\t"] {
        screen.press(keys);
    }
    screen.press("\x1b[F2");
    screen.press("....nnnb1");
    resize(screen.master.as_ref().expect("a terminal"), (1, 1));
    kill_process(Pid::from_child(&screen.child), Signal::WINCH).expect("it is there");
    std::thread::sleep(Duration::from_millis(100));
    resize(screen.master.as_ref().expect("a terminal"), (200, 60));
    kill_process(Pid::from_child(&screen.child), Signal::WINCH).expect("it is there");
    screen.wait_for("sent against needed");
    screen.press("m ");
    let run = screen.end();
    run.expect_status(0);
    let plain = Bench::new().sim("fixtures/player-cached.elf --audio none --for 60ms");
    assert_eq!(run.report["trace_sha256"], plain.report["trace_sha256"]);
    assert_eq!(run.report["vs1053"], plain.report["vs1053"]);
    assert_eq!(run.report["time"]["cycles"], plain.report["time"]["cycles"]);
}

#[test]
fn a_button_is_pressed_by_its_key_and_that_is_told() {
    let bench = Bench::new();
    let mut screen = Screen::start(&bench, "fixtures/player-cached.elf --audio none --speed real", (120, 40));
    screen.press("A");
    screen.wait_for("press");
    screen.press("q");
    let run = screen.end();
    run.expect_status(130);
    assert!(run.stderr.contains("note: SW1 was pressed at 0."), "{}", run.stderr);
}

/// A terminal that is closed ends the run as Ctrl-C does; the signal comes from the system and from the shell.
#[test]
fn a_terminal_that_is_closed_ends_the_run_and_its_files_are_whole() {
    let bench = Bench::new();
    let line = "fixtures/player-cached.elf --audio out.wav --speed real";
    let mut screen = Screen::start(&bench, line, (80, 24));
    screen.wait_for("mp3");
    screen.close();
    screen.signal();
    screen.signal();
    screen.signal();
    let run = screen.end();
    run.expect_status(130);
    assert_eq!(run.report["exit"]["reason"], "interrupt");
    assert!(run.wav.is_some_and(|wav| !wav.samples.is_empty()), "a WAV file that can be read");
}
