//! I2C master without EasyDMA (nRF52840 PS v1.7, TWI).
//!
//! 1. STARTTX sends the address at once; SCL is then held low until a byte is written to TXD. TXDSENT comes with its acknowledge, not
//!    without one (guess). TXD holds one byte beside the one being sent; another one replaces it, and an acknowledge that is missing
//!    empties it (guess).
//! 2. A byte that is received gives RXDREADY and BB before its acknowledge. It waits there if BB suspends, and with STOP wanted, by BB's
//!    shortcut or a task, it is not acknowledged.
//! 3. BB comes before each byte that is sent too (the manual), but not before the address (inferred from nrfx, whose shortcut from BB
//!    would suspend there for ever).
//! 4. A byte that is received while the one before is still in RXD is lost and gives ERROR with OVERRUN.

use super::super::block::Io;
use super::Serial;
use super::master::{DNACK, OVERRUN, Wish};

pub(super) const RXD: u16 = 0x518;
pub(super) const TXD: u16 = 0x51C;
const SHORTS: u16 = 0x200;
const RXDREADY: u8 = 2;
const TXDSENT: u8 = 7;
const BB: u8 = 14;
const SHORT_BB_SUSPEND: u32 = 1;
const SHORT_BB_STOP: u32 = 1 << 1;

/// What its registers do not show.
#[derive(Clone, Debug, Default)]
pub(super) struct Twi {
    /// Written to TXD and not sent yet.
    waiting: Option<u8>,
    /// What is in RXD has not been read.
    unread: bool,
}

impl Twi {
    /// What was written is not sent any more.
    pub(super) fn forget(&mut self) {
        self.waiting = None;
    }
}

impl Serial {
    pub(super) fn twi_write_txd(&mut self, value: u8, io: &mut Io) {
        self.words[usize::from(TXD / 4)] = value.into();
        self.twi.waiting = Some(value);
        self.twi_nudge(io);
    }

    pub(super) fn twi_read_rxd(&mut self) -> u32 {
        self.twi.unread = false;
        self.word(RXD)
    }

    /// The byte to send next, if there is one.
    pub(super) fn twi_sends(&mut self, io: &mut Io) -> Option<u8> {
        let byte = self.twi.waiting.take()?;
        self.boundary(io);
        Some(byte)
    }

    pub(super) fn twi_sent(&mut self, acknowledged: bool, io: &mut Io) {
        if acknowledged {
            self.events.raise(TXDSENT, io.cx);
        } else {
            self.twi_error(DNACK, io);
        }
    }

    pub(super) fn twi_received(&mut self, byte: u8, io: &mut Io) {
        if core::mem::replace(&mut self.twi.unread, true) {
            self.twi_error(OVERRUN, io);
        } else {
            self.words[usize::from(RXD / 4)] = byte.into();
            self.events.raise(RXDREADY, io.cx);
        }
        self.boundary(io);
    }

    fn boundary(&mut self, io: &mut Io) {
        self.events.raise(BB, io.cx);
        if self.word(SHORTS) & SHORT_BB_SUSPEND != 0 {
            self.master.suspend();
        }
        if self.word(SHORTS) & SHORT_BB_STOP != 0 {
            self.master.want(Wish::Stop);
        }
    }
}
