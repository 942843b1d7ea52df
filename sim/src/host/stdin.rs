//! Stdin, for firmware that reads: nothing of it is read before firmware wants it.
//!
//! A file gives its bytes when they are wanted. What comes through a pipe is read by a thread: it gets `PATIENCE` to bring its first
//! bytes or its end, so that runs with the same bytes are the same; whoever is slower is somebody who types. A terminal gives every key
//! as it is, Ctrl-C included; Ctrl-] ends the run.

use super::console::say;
use super::interrupt::Interrupt;
use super::typed::{PIECE, Typed};
use std::io::{IsTerminal, Read, stdin};
use std::time::Duration;

/// How long a pipe is waited for when firmware reads for the first time.
const PATIENCE: Duration = Duration::from_millis(250);
/// Ctrl-].
const LEAVE: u8 = 0x1D;

/// Stdin.
#[derive(Debug)]
pub struct Stdin {
    state: State,
    interrupt: Interrupt,
}

#[derive(Debug)]
enum State {
    Untouched,
    /// Bytes are there whenever they are wanted.
    File,
    Thread {
        typed: Typed,
        terminal: bool,
    },
    Over,
}

impl Stdin {
    /// Not read yet. Ctrl-] presses `interrupt`.
    pub fn new(interrupt: Interrupt) -> Self {
        Self { state: State::Untouched, interrupt }
    }

    /// At most `room` bytes.
    pub fn take(&mut self, room: usize) -> Vec<u8> {
        if matches!(self.state, State::Untouched) {
            self.state = open();
        }
        match &mut self.state {
            State::Untouched | State::Over => Vec::new(),
            State::File => {
                let mut bytes = Vec::new();
                // What cannot be read ends it.
                let _ = stdin().lock().take(room as u64).read_to_end(&mut bytes);
                if bytes.len() < room {
                    self.state = State::Over;
                }
                bytes
            }
            State::Thread { typed, terminal } => {
                let mut bytes = typed.take(room);
                if *terminal && let Some(at) = bytes.iter().position(|&byte| byte == LEAVE) {
                    bytes.truncate(at);
                    self.interrupt.press();
                }
                if typed.is_over() {
                    self.state = State::Over;
                }
                bytes
            }
        }
    }

    /// Whether nothing will follow.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// What somebody may still type, once firmware has read.
    pub fn live(&mut self) -> Option<&mut Typed> {
        match &mut self.state {
            State::Thread { typed, .. } => Some(typed),
            State::Untouched | State::File | State::Over => None,
        }
    }
}

impl Drop for Stdin {
    fn drop(&mut self) {
        #[cfg(unix)]
        super::tty::give_back();
    }
}

fn open() -> State {
    let terminal = stdin().is_terminal();
    if is_file() {
        return State::File;
    }
    if terminal && !take_terminal() {
        return State::Over;
    }
    let (sender, mut typed) = Typed::new();
    let read = move || {
        let mut piece = [0; PIECE];
        // It waits in `read` when the run ends, and ends with the process.
        while let Ok(count @ 1..) = stdin().lock().read(&mut piece) {
            if sender.send(piece[..count].to_vec()).is_err() {
                break;
            }
        }
    };
    if std::thread::Builder::new().name("stdin".into()).spawn(read).is_err() {
        return State::Over;
    }
    if !terminal {
        typed.wait(PATIENCE);
    }
    State::Thread { typed, terminal }
}

#[cfg(unix)]
fn is_file() -> bool {
    use rustix::fs::{FileType, fstat};
    fstat(stdin()).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile)
}

#[cfg(not(unix))]
fn is_file() -> bool {
    false
}

#[cfg(unix)]
fn take_terminal() -> bool {
    if !super::tty::is_foreground() {
        return false;
    }
    match super::tty::take() {
        Ok(()) => say("note: the firmware reads: keys go to it, Ctrl-C too; Ctrl-] ends the run"),
        Err(error) => say(&format!("warning: keys come by the line, as the terminal cannot be set up: {error}")),
    }
    true
}

#[cfg(not(unix))]
fn take_terminal() -> bool {
    say("note: the firmware reads: lines go to it when they are complete; Ctrl-C ends the run");
    true
}
