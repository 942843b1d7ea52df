//! The stream buffer between SDI and the decoder (VS1053b datasheet v1.33, "Data Request Pin DREQ": 2048 bytes; VS1053.md, 3).
//!
//! 1. A pair that finds no room is dropped and counted. What silicon does then is not documented (guess, knob `overrun`; VS1053.md, 3).

use super::sdi::{Stamp, Stamped};

/// Bytes it holds.
pub const FIFO_BYTES: usize = 2048;

/// A ring of pairs of bytes with the times at which they came.
#[derive(Clone, Debug)]
pub struct Fifo {
    ring: Box<[Stamped; FIFO_BYTES]>,
    read: usize,
    len: usize,
    /// Bytes that found no room.
    pub lost: u64,
    /// Pairs ever written; the firmware's write pointer is this modulo 1024 (VLSI's staff; VS1053.md, 3).
    pub written: u64,
    /// Fullest it has been, in bytes.
    pub most: usize,
    /// Emptiest in streams that are over, in the present one, before the last pair came, and since.
    emptiest: Option<usize>,
    current: Option<usize>,
    refilled: Option<usize>,
    candidate: Option<usize>,
    /// It was full in the present stream.
    filled: bool,
}

/// Less room than this is what DREQ calls full.
const FULL: usize = FIFO_BYTES - 32;

fn least(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    a.into_iter().chain(b).min()
}

impl Default for Fifo {
    fn default() -> Self {
        Self {
            ring: Box::new([(0, Stamp::default()); FIFO_BYTES]),
            read: 0,
            len: 0,
            lost: 0,
            written: 0,
            most: 0,
            emptiest: None,
            current: None,
            refilled: None,
            candidate: None,
            filled: false,
        }
    }
}

impl Fifo {
    /// Bytes in it.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Room in bytes.
    #[inline]
    pub fn free(&self) -> usize {
        FIFO_BYTES - self.len
    }

    /// Puts a pair in; false when there is no room for it. Then it is lost, or what is oldest is.
    pub fn push(&mut self, pair: [Stamped; 2], overwrite: bool) -> bool {
        let fits = self.free() >= 2;
        if !fits {
            self.lost += 2;
            if !overwrite {
                return false;
            }
            self.read = (self.read + 2) % FIFO_BYTES;
            self.len -= 2;
        }
        for byte in pair {
            self.ring[(self.read + self.len) % FIFO_BYTES] = byte;
            self.len += 1;
        }
        self.written += 1;
        self.most = self.most.max(self.len);
        // How empty it got counts only when more came afterwards: at the end of a file it always runs dry.
        self.refilled = least(self.refilled, self.candidate.take());
        if self.len > FULL && !self.filled {
            // Until it is full for the first time it has to be empty: that does not count either.
            self.filled = true;
            (self.current, self.refilled) = (None, None);
        }
        fits
    }

    /// The pair that came last of those in it.
    #[cfg(test)]
    pub fn newest(&self) -> Option<[u8; 2]> {
        let at = |back: usize| self.ring[(self.read + self.len - back) % FIFO_BYTES].0;
        (self.len >= 2).then(|| [at(2), at(1)])
    }

    /// Takes the oldest byte.
    pub fn pop(&mut self) -> Option<Stamped> {
        if self.len == 0 {
            return None;
        }
        let byte = self.ring[self.read];
        self.read = (self.read + 1) % FIFO_BYTES;
        self.len -= 1;
        Some(byte)
    }

    /// Remembers how empty it is while a stream is being decoded; `frame` says that a frame has just been, so that what was
    /// remembered lies in the middle of the stream.
    pub fn note_level(&mut self, frame: bool) {
        if frame {
            self.current = least(self.current, self.refilled.take());
        }
        self.candidate = least(self.candidate, Some(self.len));
    }

    /// No stream is being decoded.
    pub fn stream_ended(&mut self) {
        self.emptiest = least(self.emptiest, self.current.take());
        (self.refilled, self.candidate) = (None, None);
        self.filled = false;
    }

    /// Emptiest it has been in the middle of a stream, in bytes; from when it was first full, if it ever was.
    pub fn least(&self) -> Option<usize> {
        least(self.emptiest, self.current)
    }

    /// Drops everything in it.
    pub fn clear(&mut self) {
        self.read = 0;
        self.len = 0;
        self.stream_ended();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    fn byte(b: u8) -> Stamped {
        (b, Stamp::default())
    }

    #[derive(Clone, Debug)]
    enum Op {
        Push(Vec<(u8, u8)>),
        Pop(usize),
        Clear,
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            4 => prop::collection::vec(any::<(u8, u8)>(), 0..700).prop_map(Op::Push),
            4 => (0usize..1500).prop_map(Op::Pop),
            1 => Just(Op::Clear),
        ]
    }

    proptest! {
        #[test]
        fn it_is_a_queue_of_2048_bytes_that_drops_pairs_it_has_no_room_for(ops in prop::collection::vec(op(), 1..40)) {
            let (mut fifo, mut model, mut lost) = (Fifo::default(), VecDeque::new(), 0);
            for op in ops {
                match op {
                    Op::Push(pairs) => for (a, b) in pairs {
                        let fits = model.len() + 2 <= FIFO_BYTES;
                        prop_assert_eq!(fifo.push([byte(a), byte(b)], false), fits);
                        if fits { model.extend([a, b]) } else { lost += 2 }
                    },
                    Op::Pop(n) => for _ in 0..n {
                        prop_assert_eq!(fifo.pop().map(|(b, _)| b), model.pop_front());
                    },
                    Op::Clear => { fifo.clear(); model.clear(); }
                }
                prop_assert_eq!((fifo.len(), fifo.free(), fifo.lost), (model.len(), FIFO_BYTES - model.len(), lost));
            }
        }
    }
}
