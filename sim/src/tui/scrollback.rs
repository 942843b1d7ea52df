//! The firmware's text as lines with the time they came at, safe to show: a terminal that knows of one line, the last.
//!
//! 1. Carriage return, backspace, and of the escape sequences those that move within a line or erase its end do what they do on a
//!    terminal, which is what the line editor of a prompt needs; the others are dropped. What is not UTF-8 is replaced.

use peripherals::kernel::Instant;
use std::collections::VecDeque;

/// The longest line, in characters; the rest begins another.
const LONGEST: usize = 512;
/// Parameters of an escape sequence that are looked at, in bytes.
const MOST_PARAMETERS: usize = 16;

#[derive(Clone, Debug, Default)]
struct Line {
    /// When its first character came.
    at: Instant,
    text: Vec<char>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    Escape,
    Sequence,
}

/// The last lines.
#[derive(Clone, Debug)]
pub struct Scrollback {
    keep: usize,
    done: VecDeque<Line>,
    open: Line,
    caret: usize,
    state: State,
    parameters: Vec<u8>,
    /// Of a character that is not complete.
    partial: Vec<u8>,
}

impl Scrollback {
    /// Keeps the last `keep` lines.
    pub fn new(keep: usize) -> Self {
        Self {
            keep: keep.max(1),
            done: VecDeque::new(),
            open: Line::default(),
            caret: 0,
            state: State::Text,
            parameters: Vec::new(),
            partial: Vec::new(),
        }
    }

    /// How many lines there are, one without its end included.
    pub fn len(&self) -> usize {
        self.done.len() + usize::from(!self.open.text.is_empty())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes what the firmware wrote, up to `at`.
    pub fn write(&mut self, bytes: &[u8], at: Instant) {
        for &byte in bytes {
            match (self.state, byte) {
                (State::Text, 0x1B) => self.state = State::Escape,
                (State::Text, _) => self.plain(byte, at),
                (State::Escape, b'[') => {
                    self.parameters.clear();
                    self.state = State::Sequence;
                }
                (State::Escape, _) => self.state = State::Text,
                (State::Sequence, 0x40..=0x7E) => {
                    self.state = State::Text;
                    self.sequence(byte);
                }
                (State::Sequence, b'\n') => {
                    self.state = State::Text;
                    self.plain(byte, at);
                }
                (State::Sequence, _) => {
                    if self.parameters.len() < MOST_PARAMETERS {
                        self.parameters.push(byte);
                    }
                }
            }
        }
    }

    fn sequence(&mut self, last: u8) {
        let text = std::str::from_utf8(&self.parameters).unwrap_or_default();
        let count = text.parse().unwrap_or(1usize).max(1);
        match last {
            b'K' if text.is_empty() || text == "0" => self.open.text.truncate(self.caret),
            b'C' => self.caret = (self.caret + count).min(self.open.text.len()),
            b'D' => self.caret = self.caret.saturating_sub(count),
            b'P' => {
                let end = (self.caret + count).min(self.open.text.len());
                self.open.text.drain(self.caret.min(end)..end);
            }
            _ => {}
        }
    }

    fn plain(&mut self, byte: u8, at: Instant) {
        if byte < 0x80 && !self.partial.is_empty() {
            self.partial.clear();
            self.put('\u{fffd}', at);
        }
        match byte {
            b'\n' => self.end_line(),
            b'\r' => self.caret = 0,
            0x08 => self.caret = self.caret.saturating_sub(1),
            b'\t' => {
                for _ in 0..4 - self.caret % 4 {
                    self.put(' ', at);
                }
            }
            0x00..0x20 | 0x7F => {}
            0x20..0x7F => self.put(char::from(byte), at),
            _ => self.part(byte, at),
        }
    }

    fn part(&mut self, byte: u8, at: Instant) {
        self.partial.push(byte);
        match std::str::from_utf8(&self.partial).map(|text| text.chars().next()) {
            Ok(c) => {
                self.partial.clear();
                if let Some(c) = c.filter(|c| !c.is_control()) {
                    self.put(c, at);
                }
            }
            Err(error) if error.error_len().is_none() && self.partial.len() < 4 => {}
            Err(_) => {
                // What breaks a character off may begin the next.
                let next = self.partial.len() > 1;
                self.partial.clear();
                self.put('\u{fffd}', at);
                if next {
                    self.part(byte, at);
                }
            }
        }
    }

    fn put(&mut self, c: char, at: Instant) {
        if self.open.text.is_empty() {
            self.open.at = at;
        }
        if self.open.text.len() >= LONGEST && self.caret >= LONGEST {
            self.end_line();
            self.open.at = at;
        }
        match self.open.text.get_mut(self.caret) {
            Some(there) => *there = c,
            None => self.open.text.push(c),
        }
        self.caret += 1;
    }

    fn end_line(&mut self) {
        if self.done.len() == self.keep {
            self.done.pop_front();
        }
        self.done.push_back(std::mem::take(&mut self.open));
        self.caret = 0;
    }

    /// At most `rows` lines as they were at `at` (`None`: now), the last `up` of them left out; how many are below; and the caret when
    /// the last of the present is among them.
    pub fn rows(&self, at: Option<Instant>, up: usize, rows: usize) -> (Vec<String>, usize, Option<usize>) {
        let open = (!self.open.text.is_empty()).then_some(&self.open);
        let mut there = self.done.len() + usize::from(open.is_some());
        if let Some(at) = at {
            let early = open.is_some_and(|open| open.at > at);
            there -= usize::from(early);
            // An empty line has no time of its own; it goes with the one before it.
            there = there.min(self.done.iter().position(|line| line.at > at).unwrap_or(there));
        }
        let end = there.saturating_sub(up.min(there.saturating_sub(rows.min(there))));
        let skip = end.saturating_sub(rows);
        let lines = self.done.iter().chain(open).take(end).skip(skip).map(|line| line.text.iter().collect()).collect();
        let caret = (at.is_none() && end == there && open.is_some()).then_some(self.caret);
        (lines, there - end, caret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str) -> Vec<String> {
        let mut s = Scrollback::new(3);
        s.write(text.as_bytes(), Instant::ZERO);
        s.rows(None, 0, 9).0
    }

    #[test]
    fn lines_are_the_last_ones_and_safe_to_show() {
        assert_eq!(after("one\r\ntwo\nthree\nfour\nfi"), ["two", "three", "four", "fi"]);
        assert_eq!(after("\x1b[1;31mred\x1b[0m\t!\x07\n\u{e9}\u{9b}2\n"), ["red !", "\u{e9}2"]);
        let mut s = Scrollback::new(3);
        s.write(b"\xff\xc3", Instant::ZERO);
        s.write(b"\xa4\xe2\x28ok", Instant::ZERO);
        assert_eq!(s.rows(None, 0, 9).0, ["\u{fffd}\u{e4}\u{fffd}(ok"]);
        s.write(b"\r\xe2\xc3\xa4\n", Instant::ZERO);
        assert_eq!(
            s.rows(None, 0, 9).0,
            ["\u{fffd}\u{e4}\u{fffd}(ok"],
            "a character begins behind one that is broken off"
        );
    }

    #[test]
    fn a_line_editor_works() {
        assert_eq!(after(">>> prinx\x08t(1)\x1b[3D"), [">>> print(1)"]);
        assert_eq!(after(">>> abc\x08\x08\x08\x1b[Kxy"), [">>> xy"]);
        assert_eq!(after("50 %\r100 %"), ["100 %"]);
        assert_eq!(after("abcdef\x1b[4D\x1b[2P"), ["abef"]);
        assert_eq!(after("a\x1b[999999999999999999999D\x1b[12345678901234567890b"), ["a"]);
    }

    #[test]
    fn nothing_grows_without_bound() {
        let mut s = Scrollback::new(10);
        s.write(&[b'x'; 100_000], Instant::ZERO);
        s.write(b"\x1b[", Instant::ZERO);
        s.write(&[b'1'; 100_000], Instant::ZERO);
        assert!(s.rows(None, 0, 99).0.iter().map(String::len).sum::<usize>() <= 11 * LONGEST);
        assert!(s.parameters.len() <= MOST_PARAMETERS);
    }

    #[test]
    fn it_scrolls_and_looks_back() {
        let mut s = Scrollback::new(100);
        for n in 0..50u64 {
            s.write(format!("line {n}\n").as_bytes(), Instant::from_ps(n));
        }
        s.write(b"$ ", Instant::from_ps(60));
        assert_eq!(s.rows(None, 0, 2), (vec!["line 49".into(), "$ ".into()], 0, Some(2)));
        assert_eq!(s.rows(None, 3, 2), (vec!["line 46".into(), "line 47".into()], 3, None));
        assert_eq!(s.rows(None, 999, 2), (vec!["line 0".into(), "line 1".into()], 49, None));
        assert_eq!(s.rows(Some(Instant::from_ps(20)), 0, 1), (vec!["line 20".into()], 0, None));
        assert_eq!(s.rows(Some(Instant::from_ps(60)), 0, 1).0, ["$ "]);
        assert_eq!(s.rows(None, 5, 0).0, [""; 0]);
        assert_eq!(Scrollback::new(5).rows(None, 5, 5), (vec![], 0, None));
    }
}
