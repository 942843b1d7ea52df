//! A serial port for other programs: a pseudo-terminal, whose other end they open as they open a board's.
//!
//! They may come and go. While nobody has it open, the latest `KEPT` bytes are kept for who comes next, and the rest is dropped. Who
//! has it open and does not read holds the run up, for `PATIENCE` and no longer; then text is dropped.

use super::typed::{PIECE, Typed};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, ioctl_fionbio, read, write};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Bytes that are kept while nobody has the port open.
const KEPT: usize = 4096;
/// Bytes that wait for a reader who is slow; with more the run waits.
const MANY: usize = 64 * 1024;
/// How long the run waits for a reader who does not read.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is looked whether somebody has opened the port.
const LOOK: Duration = Duration::from_millis(20);
/// How long the thread may take to notice that the run is over.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// The port.
#[derive(Debug)]
pub struct Pty {
    master: Arc<OwnedFd>,
    path: String,
    typed: Typed,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    unsent: VecDeque<u8>,
    /// Since when nothing could be written though somebody is there.
    stuck: Option<Instant>,
}

#[derive(Debug, Default)]
struct Shared {
    opened: AtomicBool,
    stop: AtomicBool,
}

impl Pty {
    /// Makes the port.
    ///
    /// # Errors
    /// The system has no more of them.
    pub fn open() -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let path = ptsname(&master, Vec::new())?;
        // Raw from the start, as a board's port is for who does not ask. Opened and closed once, it counts as hung up.
        let other = open(path.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        let mut settings = tcgetattr(&other)?;
        settings.make_raw();
        tcsetattr(&other, OptionalActions::Now, &settings)?;
        drop(other);
        ioctl_fionbio(&master, true)?;
        let (master, shared) = (Arc::new(master), Arc::new(Shared::default()));
        let (sender, typed) = Typed::new();
        let (theirs, flags) = (Arc::clone(&master), Arc::clone(&shared));
        let thread = std::thread::Builder::new().name("pty".into()).spawn(move || {
            while !flags.stop.load(Ordering::Relaxed) {
                let bytes = listen(&theirs, &flags.opened);
                if !bytes.is_empty() && sender.send(bytes).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self {
            master,
            path: path.to_string_lossy().into_owned(),
            typed,
            shared,
            thread: Some(thread),
            unsent: VecDeque::new(),
            stuck: None,
        })
    }

    /// What other programs open.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What they have typed.
    pub fn typed(&mut self) -> &mut Typed {
        &mut self.typed
    }

    /// Sends `bytes`.
    pub fn write(&mut self, bytes: &[u8]) {
        self.unsent.extend(bytes);
        self.flush();
    }

    /// Sends on what could not be sent yet. True when the run is to wait for the reader.
    pub fn flush(&mut self) -> bool {
        if !self.shared.opened.load(Ordering::Relaxed) {
            self.stuck = None;
            self.keep(KEPT);
            return false;
        }
        while !self.unsent.is_empty() {
            let (first, _) = self.unsent.as_slices();
            match write(&*self.master, first) {
                Ok(count) if count > 0 => {
                    self.unsent.drain(..count);
                    self.stuck = None;
                }
                Err(Errno::INTR) => {}
                _ => break,
            }
        }
        if self.unsent.len() <= MANY {
            return false;
        }
        if self.stuck.get_or_insert_with(Instant::now).elapsed() < PATIENCE {
            return true;
        }
        self.keep(MANY);
        false
    }

    fn keep(&mut self, most: usize) {
        self.unsent.drain(..self.unsent.len().saturating_sub(most));
    }

    /// The run is over: who reads gets what is left, if they take it soon.
    pub fn finish(&mut self) {
        let until = Instant::now() + PATIENCE;
        while self.flush() || self.shared.opened.load(Ordering::Relaxed) && !self.unsent.is_empty() {
            if Instant::now() >= until {
                break;
            }
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // Who waits to hand over a piece is let go.
        self.typed = Typed::new().1;
        if let Some(thread) = self.thread.take() {
            // A panic over there has been printed already.
            let _ = thread.join();
        }
    }
}

/// Waits a little for bytes, and for somebody to come.
fn listen(master: &OwnedFd, opened: &AtomicBool) -> Vec<u8> {
    const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
    // A port that hangs up is always ready: it is looked at now and then only.
    for wait in [NOW, TICK] {
        let mut ready = [PollFd::new(master, PollFlags::IN)];
        if poll(&mut ready, Some(&wait)).is_err() {
            return Vec::new();
        }
        let events = ready[0].revents();
        let gone = events.intersects(PollFlags::HUP | PollFlags::ERR);
        opened.store(!gone, Ordering::Relaxed);
        if events.contains(PollFlags::IN) {
            let mut piece = vec![0; PIECE];
            if let Ok(count @ 1..) = read(master, &mut piece) {
                piece.truncate(count);
                return piece;
            }
        }
        if gone {
            std::thread::sleep(LOOK);
            break;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, OpenOptions};
    use std::io::{Read, Write};

    fn client(pty: &Pty) -> File {
        OpenOptions::new().read(true).write(true).open(pty.path()).unwrap()
    }

    fn wait(pty: &Pty, opened: bool) {
        let until = Instant::now() + Duration::from_secs(20);
        while pty.shared.opened.load(Ordering::Relaxed) != opened {
            assert!(Instant::now() < until, "opened: {opened}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn bytes_go_both_ways_as_they_are_and_clients_come_and_go() {
        let mut pty = Pty::open().unwrap();
        for round in 0..2 {
            wait(&pty, false);
            pty.write(b"nobody is there\r\n");
            let mut port = client(&pty);
            wait(&pty, true);
            pty.write(b"\x03\n");
            let mut got = [0; 19];
            port.read_exact(&mut got).unwrap();
            assert_eq!(&got, b"nobody is there\r\n\x03\n", "round {round}");
            port.write_all(b"\x03\x04\r\n").unwrap();
            let mut typed = Vec::new();
            while typed.len() < 4 {
                pty.typed().wait(Duration::from_secs(20));
                typed.extend(pty.typed().take(100));
            }
            assert_eq!(typed, b"\x03\x04\r\n", "round {round}");
        }
    }

    #[test]
    fn what_nobody_reads_is_bounded() {
        let mut pty = Pty::open().unwrap();
        wait(&pty, false);
        pty.write(&vec![b'x'; 1 << 20]);
        assert_eq!(pty.unsent.len(), KEPT);
        let _port = client(&pty);
        wait(&pty, true);
        pty.write(&vec![b'x'; 1 << 20]);
        // What the kernel took it may pass on a moment later, and then it takes more.
        let mut before = usize::MAX;
        while pty.unsent.len() != before {
            before = pty.unsent.len();
            std::thread::sleep(Duration::from_millis(20));
            assert!(pty.flush(), "the run waits for who is there");
        }
        pty.stuck = Instant::now().checked_sub(PATIENCE);
        assert!(!pty.flush());
        assert_eq!(pty.unsent.len(), MANY);
    }
}
