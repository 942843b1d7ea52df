//! I2C master with EasyDMA (nRF52840 PS v1.7, TWIM).
//!
//! 1. LASTTX and LASTRX come when the last byte begins; of a buffer of no bytes they never come, and the address goes out alone.
//! 2. The last byte of RXD's buffer is never acknowledged, whatever follows (guess: the manual shows it before STOP and repeated START).
//! 3. Bytes are fetched as they begin and stored when they are complete, and AMOUNT follows with each. It counts a byte that was not
//!    acknowledged (the manual), but not the address (guess).
//! 4. When a buffer is done SCL is held low until there is another task.

use super::super::block::Io;
use super::super::dma::{self, Ram};
use super::Serial;
use super::master::{DNACK, Wish};

const RXSTARTED: u8 = 19;
const TXSTARTED: u8 = 20;
const LASTRX: u8 = 23;
const LASTTX: u8 = 24;

const SHORTS: u16 = 0x200;
/// PTR; behind it are MAXCNT, AMOUNT and LIST.
const RXD: u16 = 0x534;
const TXD: u16 = 0x544;

/// A buffer as it was at START, and how much of it is done.
#[derive(Clone, Copy, Debug, Default)]
struct Buffer {
    ptr: u32,
    count: u32,
    done: u32,
}

/// What its registers do not show.
#[derive(Clone, Debug, Default)]
pub(super) struct Twim {
    tx: Buffer,
    rx: Buffer,
}

impl Serial {
    pub(super) fn twim_starts(&mut self, reading: bool, io: &mut Io) {
        let at = if reading { RXD } else { TXD };
        let buffer = Buffer { ptr: self.word(at), count: self.word(at + 4), done: 0 };
        self.words[usize::from((at + 8) / 4)] = 0;
        if reading {
            self.twim.rx = buffer;
        } else {
            self.twim.tx = buffer;
        }
        self.events.raise(if reading { RXSTARTED } else { TXSTARTED }, io.cx);
    }

    /// Whether there is no room for another byte.
    pub(super) fn twim_is_full(&self) -> bool {
        self.twim.rx.done >= self.twim.rx.count
    }

    /// A byte begins to come in.
    pub(super) fn twim_receives(&mut self, io: &mut Io) {
        if self.twim.rx.done + 1 == self.twim.rx.count {
            self.last(LASTRX, [Wish::Write, Wish::Stop], 10, io);
        }
    }

    pub(super) fn twim_received(&mut self, byte: u8, ram: &mut dyn Ram, io: &mut Io) {
        let Buffer { ptr, done, .. } = self.twim.rx;
        let pointer = if self.id == 3 { "TWIM0.RXD.PTR" } else { "TWIM1.RXD.PTR" };
        dma::store(ram, ptr.wrapping_add(done), &[byte], pointer, self.id, io.cx);
        self.twim.rx.done = done + 1;
        self.moved(RXD, self.twim.rx);
    }

    /// The byte to send next, if there is one.
    pub(super) fn twim_sends(&mut self, ram: &mut dyn Ram, io: &mut Io) -> Option<u8> {
        let Buffer { ptr, count, done } = self.twim.tx;
        if done >= count {
            return None;
        }
        if done + 1 == count {
            self.last(LASTTX, [Wish::Read, Wish::Stop], 7, io);
        }
        let pointer = if self.id == 3 { "TWIM0.TXD.PTR" } else { "TWIM1.TXD.PTR" };
        let mut byte = [0];
        dma::load(ram, ptr.wrapping_add(done), &mut byte, pointer, self.id, io.cx);
        Some(byte[0])
    }

    pub(super) fn twim_sent(&mut self, acknowledged: bool, io: &mut Io) {
        self.twim.tx.done += 1;
        self.moved(TXD, self.twim.tx);
        if !acknowledged {
            self.twi_error(DNACK, io);
        }
    }

    /// AMOUNT tells how far a buffer is; with LIST the next one goes on behind it.
    fn moved(&mut self, at: u16, buffer: Buffer) {
        self.words[usize::from((at + 8) / 4)] = buffer.done;
        if buffer.done == buffer.count && self.word(at + 12) & 1 != 0 {
            self.words[usize::from(at / 4)] = buffer.ptr.wrapping_add(buffer.count);
        }
    }

    /// LASTTX or LASTRX, with its three shortcuts from bit `first` of SHORTS on: START the other way, SUSPEND and STOP.
    fn last(&mut self, event: u8, [turn, stop]: [Wish; 2], first: u8, io: &mut Io) {
        self.events.raise(event, io.cx);
        let shorts = self.word(SHORTS) >> first;
        for (bit, wish) in [(1, turn), (1 << 2, stop)] {
            if shorts & bit != 0 {
                self.master.want(wish);
            }
        }
        if shorts & 1 << 1 != 0 {
            self.master.suspend();
        }
    }
}
