//! Colours as every terminal understands them.
//!
//! 1. crossterm says colour 1 as `38;5;1`, which a terminal without 256 colours takes for "blink, bold"; the first sixteen are
//!    said here as `31` and `91` instead, ECMA-48's own and what all colour terminals know.

use std::io::{self, Write};

/// The longest sequence that is looked into, in bytes; what is longer goes through as it is.
const LONGEST: usize = 64;

/// Passes on what is written, with colours said in the old way.
#[derive(Debug)]
pub struct Sixteen<W> {
    out: W,
    /// A sequence that is not complete.
    held: Vec<u8>,
    /// What goes on.
    ready: Vec<u8>,
}

impl<W: Write> Sixteen<W> {
    /// To `out`.
    pub fn new(out: W) -> Self {
        Self { out, held: Vec::new(), ready: Vec::new() }
    }

    fn take(&mut self, byte: u8) {
        if byte == 0x1B {
            self.ready.append(&mut self.held);
            self.held.push(byte);
        } else if self.held.is_empty() {
            self.ready.push(byte);
        } else {
            self.held.push(byte);
            let sequence = self.held.len() == 2 && byte == b'[';
            let ends = self.held.len() == 2 && byte != b'[' || (0x40..=0x7E).contains(&byte) && !sequence;
            if ends && byte == b'm' && names_a_colour(&self.held) {
                say(&self.held, &mut self.ready);
                self.held.clear();
            } else if ends || self.held.len() > LONGEST {
                self.ready.append(&mut self.held);
            }
        }
    }
}

/// Whether there may be something in `sequence` to be said in another way.
fn names_a_colour(sequence: &[u8]) -> bool {
    sequence.starts_with(b"\x1b[") && sequence.windows(4).any(|part| part == b"8;5;")
}

/// Appends `sequence` (ESC `[` … `m`) in the old way to `out`.
fn say(sequence: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[");
    let mut parts = sequence[2..sequence.len() - 1].split(|&byte| byte == b';');
    let mut between = "";
    while let Some(part) = parts.next() {
        out.extend_from_slice(between.as_bytes());
        between = ";";
        let base = match part {
            b"38" => 30,
            b"48" => 40,
            _ => {
                out.extend_from_slice(part);
                continue;
            }
        };
        let mut rest = parts.clone();
        let number = (rest.next() == Some(b"5")).then(|| rest.next()).flatten().and_then(number);
        match number {
            Some(number @ 0..=7) => out.extend_from_slice((base + number).to_string().as_bytes()),
            Some(number @ 8..=15) => out.extend_from_slice((base + 60 + number - 8).to_string().as_bytes()),
            _ => {
                out.extend_from_slice(part);
                continue;
            }
        }
        parts = rest;
    }
    out.push(b'm');
}

fn number(figures: &[u8]) -> Option<u16> {
    std::str::from_utf8(figures).ok()?.parse().ok()
}

impl<W: Write> Write for Sixteen<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            let plain = if self.held.is_empty() { rest.iter().take_while(|&&byte| byte != 0x1B).count() } else { 0 };
            self.ready.extend_from_slice(&rest[..plain]);
            if plain == 0 {
                self.take(byte);
            }
            rest = &rest[plain.max(1)..];
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.ready)?;
        self.ready.clear();
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(pieces: &[&str]) -> String {
        let mut filter = Sixteen::new(Vec::new());
        for piece in pieces {
            filter.write_all(piece.as_bytes()).unwrap();
        }
        filter.flush().unwrap();
        String::from_utf8(filter.out).unwrap()
    }

    #[test]
    fn the_first_sixteen_colours_are_said_in_the_old_way() {
        assert_eq!(through(&["a\x1b[38;5;1;48;5;0mb\x1b[39;49mc"]), "a\x1b[31;40mb\x1b[39;49mc");
        assert_eq!(through(&["\x1b[38;5;9m\x1b[48;5;15m"]), "\x1b[91m\x1b[107m");
        assert_eq!(
            through(&["\x1b[38;5;200m\x1b[38;2;1;2;3m\x1b[0m\x1b[m"]),
            "\x1b[38;5;200m\x1b[38;2;1;2;3m\x1b[0m\x1b[m"
        );
    }

    #[test]
    fn sequences_come_in_pieces_and_the_rest_goes_through() {
        assert_eq!(
            through(&["\x1b", "[38", ";5;", "2", "mx\x1b[2J\x1b[12;3H\x1b7\u{2500}"]),
            "\x1b[32mx\x1b[2J\x1b[12;3H\x1b7\u{2500}"
        );
        let endless = format!("\x1b[{}", "1;".repeat(500));
        assert!(through(&[&endless]).len() > 900);
    }
}
