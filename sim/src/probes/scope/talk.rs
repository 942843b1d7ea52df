//! What was said on the bus, operation by operation: commands of SCI one by one, and data of SDI in runs, as long as no command comes
//! between them. The first [`MOST_FIRST`] and the last [`MOST_LAST`] are kept.

use std::collections::VecDeque;

use peripherals::kernel::Instant;

/// Operations from the beginning that are kept.
pub const MOST_FIRST: usize = 200;
/// And from the end.
pub const MOST_LAST: usize = 50;
/// Bytes of an operation that are kept.
const HEAD: usize = 8;

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its number, from 0.
    pub number: u64,
    /// Its first bit.
    pub from: Instant,
    /// Its last bit.
    pub to: Instant,
    /// To SDI, else SCI.
    pub data: bool,
    /// Selects that it took.
    pub selects: u64,
    /// Whole bytes.
    pub bytes: u64,
    /// Bits beyond them under the last select.
    pub bits: u8,
    /// The first bytes to the chip, bit 7 first.
    pub head: Vec<u8>,
    /// The first bytes from the chip, in the same places.
    pub answer: Vec<u8>,
}

/// The record.
#[derive(Clone, Debug, Default)]
pub(super) struct Talk {
    first: Vec<Operation>,
    last: VecDeque<Operation>,
    open: Option<Operation>,
    /// The select has changed since the last bit.
    fresh: bool,
    to: u8,
    back: u8,
    count: u64,
}

impl Talk {
    /// Operations that are kept, in order; the one that is under way is the last.
    pub fn all(&self) -> impl Iterator<Item = &Operation> {
        self.first.iter().chain(&self.last).chain(&self.open)
    }

    /// A select has changed.
    pub fn select(&mut self) {
        self.fresh = true;
    }

    /// The chip takes a bit.
    #[inline]
    pub fn bit(&mut self, at: Instant, data: bool, mosi: bool, miso: bool) {
        if self.fresh || self.open.as_ref().is_none_or(|open| open.data != data) {
            self.begin(at, data);
        }
        let Some(open) = &mut self.open else { return };
        self.to = self.to << 1 | u8::from(mosi);
        self.back = self.back << 1 | u8::from(miso);
        open.to = at;
        open.bits += 1;
        if open.bits == 8 {
            open.bits = 0;
            open.bytes += 1;
            if open.head.len() < HEAD {
                open.head.push(self.to);
                open.answer.push(self.back);
            }
        }
    }

    #[cold]
    fn begin(&mut self, at: Instant, data: bool) {
        self.fresh = false;
        if let Some(open) = self.open.as_mut().filter(|open| open.data && data) {
            open.selects += 1;
            open.bits = 0;
            return;
        }
        if let Some(done) = self.open.take() {
            if self.first.len() < MOST_FIRST {
                self.first.push(done);
            } else {
                if self.last.len() == MOST_LAST {
                    self.last.pop_front();
                }
                self.last.push_back(done);
            }
        }
        let number = self.count;
        self.count += 1;
        let (head, answer) = (Vec::with_capacity(HEAD), Vec::with_capacity(HEAD));
        self.open = Some(Operation { number, from: at, to: at, data, selects: 1, bytes: 0, bits: 0, head, answer });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn byte(talk: &mut Talk, data: bool, byte: u8) {
        for bit in (0..8).rev() {
            talk.bit(Instant::ZERO, data, byte >> bit & 1 == 1, bit == 0);
        }
    }

    #[test]
    fn data_are_one_run_until_a_command_comes() {
        let mut talk = Talk::default();
        for _ in 0..3 {
            talk.select();
            byte(&mut talk, true, 0xA5);
            talk.bit(Instant::ZERO, true, true, true);
        }
        talk.select();
        [0x03, 0x01, 0, 0].iter().for_each(|value| byte(&mut talk, false, *value));
        talk.select();
        byte(&mut talk, true, 0x11);
        let all: Vec<_> = talk.all().map(|o| (o.number, o.data, o.selects, o.bytes, o.bits, o.head[0])).collect();
        assert_eq!(all, [(0, true, 3, 3, 1, 0xA5), (1, false, 1, 4, 0, 0x03), (2, true, 1, 1, 0, 0x11)]);
        assert_eq!(talk.all().nth(1).map(|o| o.answer.clone()), Some(vec![1; 4]));
    }

    #[test]
    fn the_first_and_the_last_are_kept() {
        let mut talk = Talk::default();
        for _ in 0..1_000 {
            talk.select();
            (0..20).for_each(|_| byte(&mut talk, false, 2));
        }
        let numbers: Vec<u64> = talk.all().map(|o| o.number).collect();
        assert_eq!(numbers.len(), MOST_FIRST + MOST_LAST + 1);
        assert_eq!((numbers[199], numbers[200], numbers[250]), (199, 949, 999));
        assert!(talk.all().all(|o| o.head.len() == HEAD && o.bytes == 20));
    }
}
