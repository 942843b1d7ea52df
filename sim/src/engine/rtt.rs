//! SEGGER RTT: text that firmware leaves in RAM for a debugger to fetch (SEGGER UM08001, "RTT", "RTT control block").
//!
//! The debugger is played here: at fixed moments of simulated time, whoever watches and however fast the host is, it takes what
//! is in up-buffer 0 and moves RdOff. To firmware that is an event like a transfer by EasyDMA, and the core stops for it at the
//! instruction where it belongs. All of it is written by firmware, so nothing in it is believed.
//!
//! 1. Firmware that waits for room in a full buffer waits until the next such moment, as it does for a probe that polls.
//! 2. Only up-buffer 0 is text. Others are not emptied; data in one is a gap by its number.
//! 3. A buffer called `defmt` holds encoded logs, which become text by the table of the ELF file. Without that it is emptied, and is a gap.
//! 4. Virtual terminals of buffer 0 (0xFF and a digit) are told apart by nobody: the marks are left out, the text is joined.
//! 5. Down-buffers stay empty.
//! 6. Without the symbol `_SEGGER_RTT` the block is looked for in all of RAM, ever more seldom as the run goes on: each time a
//!    quarter later than the last. Text of a block that firmware sets up late may be that late.

use super::core::{Memory, RAM_BASE, RAM_SIZE};
use super::defmt::Logs;
use crate::image::DefmtTable;
use peripherals::kernel::{Instant, Span};
use std::sync::Arc;

/// Between two looks into the buffers.
pub const EACH: Span = Span::from_ms(5);
/// The block begins with this, padded with zeros to 16 bytes.
const ID: [u8; 16] = *b"SEGGER RTT\0\0\0\0\0\0";
/// MaxNumUpBuffers and MaxNumDownBuffers follow, then descriptors.
const COUNT: u32 = 16;
const UP: u32 = 24;
/// A descriptor: name, buffer, size, WrOff, RdOff, flags.
const DESCRIPTOR: u32 = 24;
const RD_OFF: u32 = 16;
/// No firmware has more buffers.
const MOST_BUFFERS: u32 = 32;
/// The longest name that is read.
const LONGEST_NAME: u32 = 32;
/// Marks the next byte as the number of a virtual terminal.
const TERMINAL: u8 = 0xFF;

/// Where the block is and when it is looked at next. It is part of the machine's state.
#[derive(Clone, Debug)]
pub struct Rtt {
    symbol: Option<u32>,
    found: Option<u32>,
    next: Instant,
    next_search: Instant,
    /// The last byte was [`TERMINAL`].
    terminal: bool,
    /// Decodes a buffer called `defmt`.
    logs: Option<Logs>,
}

/// What was found beside text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Other {
    /// So many bytes of encoded logs, which have been taken.
    Defmt(usize),
    /// Data in an up-buffer with this number and name, which is left there.
    Buffer(u32, String),
}

/// A descriptor that makes sense.
#[derive(Clone, Copy, Debug)]
struct Buffer {
    name: u32,
    data: u32,
    size: u32,
    written: u32,
    read: u32,
}

impl Rtt {
    /// `symbol` is the address of `_SEGGER_RTT`, if the firmware's file has it.
    pub fn new(symbol: Option<u32>) -> Self {
        let first = Instant::ZERO + EACH;
        let symbol = symbol.filter(|&at| in_ram(at, UP));
        Self { symbol, found: None, next: first, next_search: first, terminal: false, logs: None }
    }

    /// With `table`, by which logs of defmt are made text.
    pub fn with_logs(mut self, table: Option<Arc<DefmtTable>>) -> Self {
        self.logs = table.map(Logs::new);
        self
    }

    /// When it is time to look next.
    #[inline]
    pub fn next(&self) -> Instant {
        self.next
    }

    /// Takes the text that is there, and says what else there is. It is one of the moments of [`Self::next`], or the last of the
    /// run. Until `upto` memory stays as it is, so that there is no need to look again before.
    pub fn drain(&mut self, upto: Instant, memory: &Memory, out: &mut Vec<u8>) -> Vec<Other> {
        if self.symbol.is_none() && self.found.is_none() {
            self.found = search(memory);
        }
        while self.next_search <= upto {
            let late = Span::from_ps((self.next_search.as_ps() / 4).max(EACH.as_ps()));
            self.next_search = Instant::from_ps(self.next_search.as_ps().saturating_add(late.as_ps()));
        }
        let others = match self.symbol.or(self.found) {
            Some(block) => self.take(block, memory, out),
            None => Vec::new(),
        };
        // Something else is there now, after a reset perhaps.
        self.found = self.found.filter(|&block| buffers(memory, block) > 0);
        self.next = match self.symbol.or(self.found) {
            Some(_) => Instant::from_ps((upto.as_ps() / EACH.as_ps()).saturating_add(1).saturating_mul(EACH.as_ps())),
            None => self.next_search,
        };
        others
    }

    fn take(&mut self, block: u32, memory: &Memory, out: &mut Vec<u8>) -> Vec<Other> {
        let mut others = Vec::new();
        for number in 0..buffers(memory, block) {
            let Some(buffer) = Buffer::at(memory, block, number) else { continue };
            if buffer.written == buffer.read {
                continue;
            }
            let name = name(memory, buffer.name);
            if number > 0 {
                others.push(Other::Buffer(number, name));
                continue;
            }
            let Some(bytes) = buffer.bytes(memory) else { continue };
            memory.write(block + UP + RD_OFF, &buffer.written.to_le_bytes());
            if name == "defmt" {
                match &mut self.logs {
                    Some(logs) => logs.push(&bytes, out),
                    None => others.push(Other::Defmt(bytes.len())),
                }
            } else {
                self.text(&bytes, out);
            }
        }
        others
    }

    fn text(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            let digit = std::mem::replace(&mut self.terminal, byte == TERMINAL);
            if byte != TERMINAL && !(digit && byte.is_ascii_hexdigit()) {
                out.push(byte);
            }
        }
    }
}

impl Buffer {
    fn at(memory: &Memory, block: u32, number: u32) -> Option<Self> {
        let raw = memory.read(block + UP + number * DESCRIPTOR, DESCRIPTOR)?;
        let words = raw.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        let [name, data, size, written, read, _] = words.collect::<Vec<_>>()[..] else { return None };
        let sound = in_ram(data, size) && written < size && read < size;
        sound.then_some(Self { name, data, size, written, read })
    }

    /// From RdOff to WrOff, around the end if need be.
    fn bytes(&self, memory: &Memory) -> Option<Vec<u8>> {
        if self.written > self.read {
            return memory.read(self.data + self.read, self.written - self.read);
        }
        let mut bytes = memory.read(self.data + self.read, self.size - self.read)?;
        bytes.extend(memory.read(self.data, self.written)?);
        Some(bytes)
    }
}

/// How many up-buffers the block has; none when there is no block (yet).
fn buffers(memory: &Memory, block: u32) -> u32 {
    if memory.read(block, ID.len() as u32).is_none_or(|id| id != ID) {
        return 0;
    }
    memory.word(block + COUNT).filter(|&count| count <= MOST_BUFFERS).unwrap_or(0)
}

/// The first block in RAM that has an up-buffer 0; elsewhere the same letters may be text.
fn search(memory: &Memory) -> Option<u32> {
    let ram = memory.read(RAM_BASE, RAM_SIZE)?;
    let places = ram.chunks_exact(4).enumerate().filter(|(_, word)| *word == &ID[..4]);
    let blocks = places.map(|(index, _)| RAM_BASE + 4 * index as u32);
    blocks.into_iter().find(|&block| buffers(memory, block) > 0 && Buffer::at(memory, block, 0).is_some())
}

/// Whether `size` bytes at `at` are all in RAM by its data address.
fn in_ram(at: u32, size: u32) -> bool {
    at.checked_sub(RAM_BASE).is_some_and(|offset| size <= RAM_SIZE && offset <= RAM_SIZE - size)
}

/// A name for people to read, cut short.
fn name(memory: &Memory, at: u32) -> String {
    let bytes = (0..LONGEST_NAME).map_while(|n| memory.read(at.checked_add(n)?, 1)).map(|byte| byte[0]);
    let text: Vec<u8> = bytes.take_while(|&byte| byte != 0).collect();
    String::from_utf8_lossy(&text).chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests;
