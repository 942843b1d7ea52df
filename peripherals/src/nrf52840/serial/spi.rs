//! SPI master without EasyDMA (nRF52840 PS v1.7, SPI).
//!
//! 1. TXD holds one byte beside the one being sent; a third replaces it.
//! 2. RXD holds two: a byte whose reception ends while both are unread is lost. The manual says that the double buffer must be
//!    read in time, not what becomes of it otherwise.
//! 3. The first edge of SCK comes half a period behind the write of TXD.

use super::super::block::Io;
use super::wires::Byte;
use super::{EDGE, MILESTONE, Serial};
use std::collections::VecDeque;

pub(super) const RXD: u16 = 0x518;
pub(super) const TXD: u16 = 0x51C;
const READY: u8 = 2;

/// What its registers do not show.
#[derive(Clone, Debug, Default)]
pub(super) struct Spi {
    byte: Option<Byte>,
    waiting: Option<u8>,
    received: VecDeque<u8>,
}

impl Serial {
    pub(super) fn write_txd(&mut self, value: u8, io: &mut Io) {
        self.words[usize::from(TXD / 4)] = value.into();
        self.spi.waiting = Some(value);
        self.spi_begin(io);
    }

    /// The oldest byte; the next one moves up.
    pub(super) fn read_rxd(&mut self, io: &mut Io) -> u32 {
        let byte = self.spi.received.pop_front();
        if let Some(byte) = byte {
            self.words[usize::from(RXD / 4)] = byte.into();
            if !self.spi.received.is_empty() {
                self.events.raise(READY, io.cx);
            }
        }
        self.word(RXD)
    }

    fn spi_begin(&mut self, io: &mut Io) {
        if self.spi.byte.is_some() {
            return;
        }
        let Some(out) = self.spi.waiting.take() else { return };
        let format = self.format();
        self.spi.byte = Some(Byte::begin(out, format, self.pins, io));
        io.cx.wake_at(self.alarm(EDGE), io.cx.now() + format.half);
        io.cx.wake_at(self.alarm(MILESTONE), io.cx.now() + Byte::duration(format));
    }

    pub(super) fn spi_edge(&mut self, io: &mut Io) {
        let alarm = self.alarm(EDGE);
        if let Some(byte) = &mut self.spi.byte {
            byte.edge(self.pins, io);
            io.cx.wake_at(alarm, io.cx.now() + byte.half());
        }
    }

    /// The end of a byte.
    pub(super) fn spi_byte(&mut self, io: &mut Io) {
        io.cx.cancel(self.alarm(EDGE));
        let Some(mut byte) = self.spi.byte.take() else { return };
        byte.edge(self.pins, io);
        if self.spi.received.len() < 2 {
            self.spi.received.push_back(byte.received());
            if self.spi.received.len() == 1 {
                self.events.raise(READY, io.cx);
            }
        }
        self.spi_begin(io);
    }
}
