//! The program with `--pty`, running, and its serial port from the other side.

use super::{Bench, Run};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Nothing here takes that long unless it hangs.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A run whose console is a serial port. It is killed when a test fails.
pub struct Serial<'a> {
    bench: &'a Bench,
    child: Child,
    /// The port's path.
    pub port: String,
    texts: Option<[JoinHandle<Vec<u8>>; 2]>,
}

impl<'a> Serial<'a> {
    /// `sim` with these words, `--pty` and a report, once it has said what its port is.
    #[track_caller]
    pub fn start(bench: &'a Bench, line: &str) -> Self {
        let mut command = bench.command(&format!("sim {line} --pty --report r.json"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let (mut stdout, stderr) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        let (tell, told) = channel();
        let texts = [
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                stdout.read_to_end(&mut bytes).expect("text");
                bytes
            }),
            std::thread::spawn(move || {
                let mut said = Vec::new();
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    if let Some(path) = line.strip_prefix("note: the firmware's serial port is ") {
                        // Whoever asked may have given up.
                        let _ = tell.send(path.to_owned());
                    }
                    said.extend(line.bytes().chain([b'\n']));
                }
                said
            }),
        ];
        let mut run = Self { bench, child, port: String::new(), texts: Some(texts) };
        match told.recv_timeout(PATIENCE) {
            Ok(port) => run.port = port,
            Err(_) => {
                let _ = run.child.kill();
                panic!("no port: {:?}", run.end());
            }
        }
        run
    }

    /// Opens the port as a terminal program does.
    pub fn open(&self) -> Port {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        Port { file: open(&*self.port, flags, Mode::empty()).expect("the port opens").into(), seen: Vec::new() }
    }

    /// The program's process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the run goes on.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ctrl-C, and what came of the run.
    pub fn interrupt(self) -> Run {
        let kill = Command::new("kill").args(["-INT", &self.id().to_string()]).status();
        assert!(kill.expect("kill").success());
        self.end()
    }

    /// Waits for the run's own end.
    pub fn end(mut self) -> Run {
        let status = self.child.wait().expect("an end");
        let texts = self.texts.take().expect("it ends once");
        let [stdout, stderr] = texts.map(|text| text.join().expect("no panic"));
        self.bench.collect(Output { status, stdout, stderr })
    }
}

impl Drop for Serial<'_> {
    fn drop(&mut self) {
        // It has ended already when all is well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The other side's end of the port; closed when it is dropped.
pub struct Port {
    file: File,
    seen: Vec<u8>,
}

impl Port {
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.file.write_all(bytes.as_ref()).expect("the port takes bytes");
    }

    /// Reads until `wanted` has come, and gives what came up to its end.
    #[track_caller]
    pub fn until(&mut self, wanted: impl AsRef<[u8]>) -> Vec<u8> {
        let (wanted, end) = (wanted.as_ref(), Instant::now() + PATIENCE);
        loop {
            if let Some(at) = self.seen.windows(wanted.len()).position(|window| window == wanted) {
                return self.seen.drain(..at + wanted.len()).collect();
            }
            assert!(
                Instant::now() < end && self.more(Duration::from_secs(1)).is_some(),
                "`{}` did not come: `{}`",
                wanted.escape_ascii(),
                self.seen.escape_ascii()
            );
        }
    }

    /// The next `count` bytes.
    #[track_caller]
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let end = Instant::now() + PATIENCE;
        while self.seen.len() < count {
            assert!(Instant::now() < end && self.more(Duration::from_secs(1)).is_some(), "{count} bytes did not come");
        }
        self.seen.drain(..count).collect()
    }

    /// Whether nobody is at its other end, once everything is read.
    pub fn is_gone(&mut self) -> bool {
        while let Some(count) = self.more(Duration::ZERO) {
            if count == 0 {
                return false;
            }
        }
        true
    }

    /// Reads what comes within `at_most`; gives how many bytes, or `None` when the port is gone.
    fn more(&mut self, at_most: Duration) -> Option<usize> {
        let wait = Timespec { tv_sec: at_most.as_secs() as i64, tv_nsec: at_most.subsec_nanos().into() };
        let mut ready = [PollFd::new(&self.file, PollFlags::IN)];
        if poll(&mut ready, Some(&wait)).expect("poll") == 0 {
            return Some(0);
        }
        let mut piece = [0; 4096];
        match self.file.read(&mut piece) {
            Ok(count @ 1..) => {
                self.seen.extend(&piece[..count]);
                Some(count)
            }
            // The end, or EIO: nobody holds the other side any more.
            Ok(0) | Err(_) => None,
        }
    }
}
