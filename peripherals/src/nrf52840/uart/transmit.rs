//! The transmitter of a UART.

use super::super::lint::{EASYDMA_NOT_RAM, UART_DISCONNECTED};
use super::frame::Sending;
use super::{Io, PIN_TXD, Personality, Ram, TRANSMITTER, TXD_EDGE, Uart};
use crate::kernel::{Level, Span};

const TXDRDY: u8 = 7;
const ENDTX: u8 = 8;
const TXSTARTED: u8 = 20;
const TXSTOPPED: u8 = 22;
const STARTTX_TO_START_BIT: Span = Span::from_us(1);

/// A transfer in progress: PTR and MAXCNT as they were at STARTTX.
#[derive(Clone, Copy, Debug)]
struct Transfer {
    ptr: u32,
    count: u32,
    sent: u32,
    started: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Transmitter {
    /// UART: STARTTX is in effect.
    pub(super) on: bool,
    /// TXD.AMOUNT.
    pub(super) amount: u32,
    /// The byte on the wire.
    shifting: Option<u8>,
    /// Its bits, where somebody hears them.
    bits: Option<Sending>,
    /// UART: the byte in TXD that waits for the wire.
    waiting: Option<u8>,
    transfer: Option<Transfer>,
    stopping: bool,
    /// The next byte waits for CTS.
    held: bool,
}

impl Transmitter {
    /// The chip is disabled: everything is dropped.
    pub(super) fn clear(&mut self) {
        *self = Self { amount: self.amount, ..Self::default() };
    }

    /// What it does to TXD now.
    pub(super) fn level(&self) -> Level {
        self.bits.map_or(Level::High, |bits| bits.level())
    }
}

impl Uart {
    /// STARTTX of the UART.
    pub(super) fn start_uart(&mut self, io: &mut Io) {
        self.tx.on = true;
        self.check_txd(io);
        self.shift_waiting(io);
    }

    pub(super) fn task_starttx(&mut self, io: &mut Io) {
        if self.tx.transfer.is_none() {
            self.check_txd(io);
            self.tx.transfer = Some(Transfer { ptr: self.txd[0], count: self.txd[1], sent: 0, started: false });
            io.cx.wake_at(self.alarm(TRANSMITTER), io.cx.now() + STARTTX_TO_START_BIT);
        }
    }

    pub(super) fn task_stoptx(&mut self, io: &mut Io) {
        if self.tx.transfer.is_some() {
            self.tx.stopping = true;
            self.go_on_sending(io);
        } else {
            self.events.raise(TXSTOPPED, io.cx);
        }
    }

    pub(super) fn write_txd(&mut self, byte: u8, io: &mut Io) {
        if self.personality() == Personality::Uart {
            self.tx.waiting = Some(byte);
            self.shift_waiting(io);
        }
    }

    /// CTS is low again, or it matters no more.
    pub(super) fn go_on_sending(&mut self, io: &mut Io) {
        if std::mem::take(&mut self.tx.held) {
            io.cx.wake_at(self.alarm(TRANSMITTER), io.cx.now());
        }
    }

    fn check_txd(&self, io: &mut Io) {
        if self.pins[PIN_TXD].is_none() {
            let name = self.face().0;
            io.cx.report(&UART_DISCONNECTED, 2 * self.which as u64, || format!("{name}.PSEL.TXD at STARTTX"));
        }
    }

    fn shift_waiting(&mut self, io: &mut Io) {
        if !self.tx.on || self.tx.shifting.is_some() || self.tx.waiting.is_none() {
            return;
        }
        if self.held_by_cts(io) {
            self.tx.held = true;
        } else if let Some(byte) = self.tx.waiting.take() {
            self.shift(byte, io);
        }
    }

    /// The start bit of `byte` begins.
    fn shift(&mut self, byte: u8, io: &mut Io) {
        let (now, format) = (io.cx.now(), self.format());
        self.tx.shifting = Some(byte);
        io.cx.wake_at(self.alarm(TRANSMITTER), now + format.span());
        if self.pins[PIN_TXD].is_some_and(|pin| !io.gpio.is_alone(pin)) {
            self.tx.bits = Some(Sending::new(byte, format, now));
            self.move_txd(io);
        }
    }

    /// TXD has its level, and the next edge its alarm.
    fn move_txd(&mut self, io: &mut Io) {
        let (Some(pin), Some(bits)) = (self.pins[PIN_TXD], &mut self.tx.bits) else { return };
        io.gpio.take(pin, Some(bits.level()), io.cx);
        let mut ahead = *bits;
        match ahead.next() {
            Some(at) => io.cx.wake_at(self.alarm(TXD_EDGE), at),
            None => self.tx.bits = None,
        }
    }

    /// The alarm of TXD's edges.
    pub(super) fn wake_txd(&mut self, io: &mut Io) {
        if let Some(bits) = &mut self.tx.bits {
            bits.next();
        }
        self.move_txd(io);
    }

    /// The transmitter's alarm: the byte on the wire has left, the first is to start, or CTS lets the next one go.
    pub(super) fn wake_transmitter(&mut self, ram: &mut dyn Ram, io: &mut Io) {
        if let Some(byte) = self.tx.shifting.take() {
            io.cx.console(self.port(), byte);
            self.events.raise(TXDRDY, io.cx);
        }
        let Some(mut transfer) = self.tx.transfer else { return self.shift_waiting(io) };
        if !transfer.started {
            transfer.started = true;
            self.tx.transfer = Some(transfer);
            self.events.raise(TXSTARTED, io.cx);
        }
        if transfer.sent == transfer.count || self.tx.stopping {
            return self.end_transfer(transfer, io);
        }
        if self.held_by_cts(io) {
            self.tx.held = true;
            return;
        }
        let (mut byte, addr) = ([0], transfer.ptr.wrapping_add(transfer.sent));
        if !ram.read(addr, &mut byte) {
            let name = self.face().0;
            io.cx.report(&EASYDMA_NOT_RAM, self.which as u64, || format!("{name}.TXD.PTR reaches 0x{addr:08x}"));
            byte = [0];
        }
        transfer.sent += 1;
        self.tx.transfer = Some(transfer);
        self.shift(byte[0], io);
    }

    fn end_transfer(&mut self, transfer: Transfer, io: &mut Io) {
        self.tx.transfer = None;
        self.tx.amount = transfer.sent;
        self.events.raise(ENDTX, io.cx);
        if std::mem::take(&mut self.tx.stopping) {
            self.events.raise(TXSTOPPED, io.cx);
        }
    }
}
