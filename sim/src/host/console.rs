//! The firmware's text: as raw bytes to stdout, or as lines for the live view.

use std::collections::VecDeque;
use std::io::{ErrorKind, Stdout, Write};

/// Says `text` on stderr, as a line. Nobody may be listening any more (`2> >(head)`), and that ends no run: `eprintln!`
/// would panic.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Writes the firmware's bytes as they are; flushed with each call, since a prompt has no newline.
#[derive(Debug)]
pub struct Console<W = Stdout> {
    out: W,
    state: State,
}

#[derive(Debug)]
enum State {
    Open,
    /// The reader has gone (`| head`): it has had enough, and the run goes on for its report.
    Closed,
    Failed(std::io::Error),
}

impl Console {
    /// To stdout.
    pub fn stdout() -> Self {
        Self::new(std::io::stdout())
    }
}

impl<W: Write> Console<W> {
    /// To `out`.
    pub fn new(out: W) -> Self {
        Self { out, state: State::Open }
    }

    /// Writes `bytes`. After a failure this does nothing; [`Self::finish`] tells it.
    pub fn write(&mut self, bytes: &[u8]) {
        if bytes.is_empty() || !matches!(self.state, State::Open) {
            return;
        }
        if let Err(e) = self.out.write_all(bytes).and_then(|()| self.out.flush()) {
            self.state = if e.kind() == ErrorKind::BrokenPipe { State::Closed } else { State::Failed(e) };
        }
    }

    /// Whether nobody reads any more.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Says whether all text that somebody wanted has been written.
    ///
    /// # Errors
    /// The first failure other than a reader that has gone, a full disk for example.
    pub fn finish(self) -> std::io::Result<()> {
        match self.state {
            State::Failed(e) => Err(e),
            State::Open | State::Closed => Ok(()),
        }
    }
}

/// The longest line that is kept, in bytes; the rest begins another.
const MAX_LINE: usize = 512;

/// The last lines of text, made safe to show: no control characters, tabs as spaces, what is not UTF-8 replaced.
#[derive(Clone, Debug)]
pub struct Lines {
    keep: usize,
    done: VecDeque<String>,
    open: Vec<u8>,
}

impl Lines {
    /// Keeps the last `keep` lines.
    pub fn new(keep: usize) -> Self {
        Self { keep: keep.max(1), done: VecDeque::new(), open: Vec::new() }
    }

    /// Takes what the firmware wrote.
    pub fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' || self.open.len() >= MAX_LINE {
                if self.done.len() == self.keep {
                    self.done.pop_front();
                }
                self.done.push_back(shown(&self.open));
                self.open.clear();
            }
            if byte != b'\n' {
                self.open.push(byte);
            }
        }
    }

    /// The last `n` lines, oldest first; a line without its end counts.
    pub fn last(&self, n: usize) -> Vec<String> {
        let open = (!self.open.is_empty()).then(|| shown(&self.open));
        let whole = n.saturating_sub(usize::from(open.is_some()));
        let skip = self.done.len().saturating_sub(whole);
        self.done.iter().skip(skip).cloned().chain(open).take(n).collect()
    }
}

fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line).replace('\t', "    ");
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pipe(Vec<u8>, ErrorKind);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.0.len() >= 4 {
                return Err(self.1.into());
            }
            self.0.push(bytes[0]);
            Ok(1)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure_and_a_full_disk_is() {
        for (kind, closed, fails) in [(ErrorKind::BrokenPipe, true, false), (ErrorKind::StorageFull, false, true)] {
            let mut console = Console::new(Pipe(vec![], kind));
            console.write(&[0xff, 0x1b]);
            assert!(!console.is_closed());
            console.write(b"abc");
            console.write(b"d");
            assert_eq!(console.out.0, [0xff, 0x1b, b'a', b'b']);
            assert_eq!(console.is_closed(), closed);
            assert_eq!(console.finish().is_err(), fails);
        }
    }

    #[test]
    fn lines_are_the_last_ones_and_safe_to_show() {
        let mut lines = Lines::new(3);
        lines.write(b"one\r\ntw");
        assert_eq!(lines.last(5), ["one", "tw"]);
        lines.write(b"o\n\x1b[31mred\t!\n\xff\nprompt> ");
        assert_eq!(lines.last(5), ["two", "[31mred    !", "\u{fffd}", "prompt> "]);
        assert_eq!(lines.last(2), ["\u{fffd}", "prompt> "]);
        assert_eq!(lines.last(0), [""; 0]);
    }

    #[test]
    fn a_line_without_end_does_not_grow() {
        let mut lines = Lines::new(10);
        lines.write(&[b'x'; 100_000]);
        assert!(lines.last(100).iter().map(String::len).sum::<usize>() <= 11 * MAX_LINE);
    }
}
