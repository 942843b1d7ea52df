//! Logs of defmt, made readable: a stream of frames, each a message with its arguments, to lines of text.
//!
//! The frames come from firmware that nobody vouches for: every length in them is held against the bytes that are there, and one message
//! makes at most `MOST_TEXT` bytes of text. What cannot be decoded is said in a line of its own and passed over.
//!
//! 1. Time, level and text are shown, and where in the source the message stands if the file was built with variables in its debug
//!    information (`debug = 2`): `0.001234 INFO  text (src/main.rs:18)`. A line of `println!` is its text alone.
//! 2. Hints `:cbor` and bit flags show the bytes and the number. A date by `:iso8601` shows seconds since 1970.
//! 3. In the raw encoding nothing marks where frames begin: after one that cannot be decoded the rest of what is there is lost.

mod args;
mod words;

use crate::image::{DefmtEncoding, DefmtTable};
use args::{Broken, Reader};
use std::sync::Arc;

/// Bytes of a frame that are waited for.
const MOST_FRAME: usize = 1 << 16;
/// Bytes of text that one message makes.
const MOST_TEXT: usize = 1 << 14;

/// Decodes one stream. It is part of the machine's state.
#[derive(Clone, Debug)]
pub struct Logs {
    table: Arc<DefmtTable>,
    bytes: Vec<u8>,
}

impl Logs {
    /// For firmware with this table.
    pub fn new(table: Arc<DefmtTable>) -> Self {
        Self { table, bytes: Vec::new() }
    }

    /// Takes `bytes` of the stream and gives text for every frame that is whole.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.bytes.extend_from_slice(bytes);
        match self.table.encoding {
            DefmtEncoding::Rzcobs => self.framed(out),
            DefmtEncoding::Raw => self.raw(out),
        }
        if self.bytes.len() > MOST_FRAME {
            self.bytes.clear();
            out.extend_from_slice(b"(defmt: a frame is too long, and was thrown away)\n");
        }
    }

    fn framed(&mut self, out: &mut Vec<u8>) {
        let mut from = 0;
        while let Some(length) = self.bytes[from..].iter().position(|&byte| byte == 0) {
            let frame = &self.bytes[from..from + length];
            from += length + 1;
            if !frame.is_empty() {
                let plain = uncompressed(frame).ok_or(Broken::Nonsense);
                let line = plain.and_then(|plain| line(&self.table, &mut Reader::new(&plain)));
                say(line, out);
            }
        }
        self.bytes.drain(..from);
    }

    fn raw(&mut self, out: &mut Vec<u8>) {
        let mut from = 0;
        while from < self.bytes.len() {
            let mut reader = Reader::new(&self.bytes[from..]);
            match line(&self.table, &mut reader) {
                Err(Broken::Short) => break,
                Ok(text) => {
                    from = self.bytes.len() - reader.left();
                    say(Ok(text), out);
                }
                Err(broken) => {
                    from = self.bytes.len();
                    say(Err(broken), out);
                }
            }
        }
        self.bytes.drain(..from);
    }
}

fn say(line: Result<String, Broken>, out: &mut Vec<u8>) {
    let text = line.unwrap_or_else(|broken| format!("(defmt: {broken})"));
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}

/// Time, level and text of the frame that `reader` stands before.
fn line(table: &DefmtTable, reader: &mut Reader) -> Result<String, Broken> {
    let entry = table.entry(reader.u16()?).ok_or(Broken::Unknown)?;
    let level = entry.level().ok_or(Broken::Unknown)?;
    let mut text = String::new();
    if let Some(format) = &table.timestamp {
        text.push_str(&words::format(table, format, reader, MOST_TEXT)?);
        text.push(' ');
    }
    if level != "println" {
        text.push_str(&format!("{:<5} ", level.to_uppercase()));
    }
    text.push_str(&words::format(table, &entry.text, reader, MOST_TEXT)?);
    if let Some(place) = entry.place.as_ref().filter(|_| level != "println") {
        text.push_str(&format!(" ({place})"));
    }
    Ok(text)
}

/// Undoes reverse zero-compressing COBS, which is read from its end (Dirbaio/rzcobs, README).
fn uncompressed(frame: &[u8]) -> Option<Vec<u8>> {
    let mut left = frame.iter().rev();
    let mut plain = Vec::new();
    while let Some(&code) = left.next() {
        match code {
            0 => return None,
            // Seven bytes, the zeros among them as bits.
            1..0x80 => {
                for bit in (0..7).rev() {
                    plain.push(if code >> bit & 1 == 1 { 0 } else { *left.next()? });
                }
            }
            0x80..0xFF => {
                plain.push(0);
                for _ in 0..(code & 0x7F) + 7 {
                    plain.push(*left.next()?);
                }
            }
            0xFF => {
                for _ in 0..134 {
                    plain.push(*left.next()?);
                }
            }
        }
    }
    plain.reverse();
    Some(plain)
}

#[cfg(test)]
mod tests;
