//! The receiver of a UART, and what arrives at RXD.

use super::super::lint::{EASYDMA_NOT_RAM, UART_DISCONNECTED, UART_OVERRUN};
use super::frame::{Heard, Hearing};
use super::{Io, PIN_RTS, PIN_RXD, Personality, RECEIVER, RX_TIMEOUT, RXD_FRAME, Ram, Uart};
use crate::kernel::Level;
use std::collections::VecDeque;

const RXDRDY: u8 = 2;
const ENDRX: u8 = 4;
const ERROR: u8 = 9;
const RXTO: u8 = 17;
const RXSTARTED: u8 = 19;
const SHORT_ENDRX_STARTRX: u32 = 1 << 5;
const SHORT_ENDRX_STOPRX: u32 = 1 << 6;
/// Bits of ERRORSRC.
const OVERRUN: u32 = 1 << 0;
const PARITY: u32 = 1 << 1;
const FRAMING: u32 = 1 << 2;
const BREAK: u32 = 1 << 3;
/// Bytes that it holds beside UARTE's buffer.
const DEPTH: usize = 6;
/// It goes on listening for this many frames after STOPRX.
const FRAMES_AFTER_STOPRX: u64 = 5;

/// PTR and MAXCNT as they were at STARTRX, and how many bytes have come.
#[derive(Clone, Copy, Debug)]
struct Buffer {
    ptr: u32,
    count: u32,
    got: u32,
}

/// What goes on at RXD.
#[derive(Clone, Copy, Debug, Default)]
enum Line {
    #[default]
    Idle,
    /// A byte that was typed is on its way.
    Typed(u8),
    /// A frame from the wire.
    Wire(Hearing),
    /// There was no stop bit: it waits for the line to rise. `silent`: it may be a break.
    Low { silent: bool },
}

#[derive(Clone, Debug, Default)]
pub(super) struct Receiver {
    /// From STARTRX to STOPRX.
    on: bool,
    /// After STOPRX, until it stops.
    closing: bool,
    /// UART: firmware has looked whether something has come.
    looked: bool,
    buffer: Option<Buffer>,
    held: VecDeque<u8>,
    /// What was read from RXD last.
    last: u8,
    /// RXD.AMOUNT.
    pub(super) amount: u32,
    /// FLUSHRX waits for EasyDMA.
    flush: bool,
    /// RTS asks the other side to stop.
    crowded: bool,
    line: Line,
}

impl Uart {
    pub(super) fn task_startrx(&mut self, io: &mut Io) {
        if self.rx.on && self.rx.buffer.is_some() {
            return;
        }
        if self.pins[PIN_RXD].is_none() {
            let name = self.face().0;
            io.cx.report(&UART_DISCONNECTED, 2 * self.which as u64 + 1, || format!("{name}.PSEL.RXD at STARTRX"));
        }
        io.cx.cancel(self.alarm(RX_TIMEOUT));
        (self.rx.on, self.rx.closing) = (true, false);
        if self.personality() == Personality::Uarte {
            self.open_buffer(io);
            if !self.rx.held.is_empty() || self.rxd[1] == 0 {
                io.cx.wake_at(self.alarm(RECEIVER), io.cx.now());
            }
        }
        self.drive_rts(io);
        self.let_type(io);
    }

    fn open_buffer(&mut self, io: &mut Io) {
        self.rx.buffer = Some(Buffer { ptr: self.rxd[0], count: self.rxd[1], got: 0 });
        self.events.raise(RXSTARTED, io.cx);
    }

    pub(super) fn task_stoprx(&mut self, io: &mut Io) {
        if std::mem::take(&mut self.rx.on) {
            (self.rx.closing, self.rx.looked) = (true, false);
            let after = self.format().span() * FRAMES_AFTER_STOPRX;
            io.cx.wake_at(self.alarm(RX_TIMEOUT), io.cx.now() + after);
            io.cx.input().leave(self.port());
            self.drive_rts(io);
        }
    }

    pub(super) fn task_flushrx(&mut self, io: &mut Io) {
        self.rx.flush = true;
        io.cx.wake_at(self.alarm(RECEIVER), io.cx.now());
    }

    /// The chip is disabled: what was held is lost, what was being typed is typed again.
    pub(super) fn drop_reception(&mut self, io: &mut Io) {
        if let Line::Typed(byte) = self.rx.line {
            io.cx.input().give_back(byte);
        }
        io.cx.input().leave(self.port());
        self.rx = Receiver { amount: self.rx.amount, last: self.rx.last, ..Receiver::default() };
    }

    /// A look at EVENTS_RXDRDY or RXD would be the first since the receiver of the UART has been started.
    pub(super) fn is_first_look(&self) -> bool {
        self.personality() == Personality::Uart && self.rx.on && !self.rx.looked
    }

    /// Firmware looks whether something has come.
    pub(super) fn look(&mut self, io: &mut Io) {
        if self.is_first_look() {
            self.rx.looked = true;
            self.let_type(io);
        }
    }

    /// Starts the next frame of what is typed, if the receiver is ready for it.
    pub(super) fn let_type(&mut self, io: &mut Io) {
        let room = match self.personality() {
            Personality::Off => false,
            Personality::Uart => self.rx.looked || self.events.enabled() & 1 << RXDRDY != 0,
            Personality::Uarte => self.rx.buffer.is_some() && !self.events.is_pending(ENDRX),
        };
        let idle = matches!(self.rx.line, Line::Idle);
        if !(room && idle && self.rx.on && self.rx.held.is_empty() && self.pins[PIN_RXD].is_some()) {
            return;
        }
        let port = self.port();
        if let Some(byte) = io.cx.input().take(port) {
            self.rx.line = Line::Typed(byte);
            io.cx.wake_at(self.alarm(RXD_FRAME), io.cx.now() + self.format().span());
        }
    }

    /// RXD has changed.
    pub(super) fn rxd_changed(&mut self, level: Level, io: &mut Io) {
        let now = io.cx.now();
        match &mut self.rx.line {
            Line::Idle if !level.is_high() && (self.rx.on || self.rx.closing) => {
                let hearing = Hearing::new(self.format(), now);
                self.rx.line = Line::Wire(hearing);
                io.cx.wake_at(self.alarm(RXD_FRAME), hearing.end());
            }
            Line::Wire(hearing) => {
                hearing.edge(level, now);
                if hearing.is_noise() {
                    // The edge that shows it may be the beginning of a frame.
                    self.line_is_idle(io);
                    self.rxd_changed(level, io);
                }
            }
            Line::Low { .. } if level.is_high() => self.line_is_idle(io),
            Line::Idle | Line::Typed(_) | Line::Low { .. } => {}
        }
    }

    fn line_is_idle(&mut self, io: &mut Io) {
        self.rx.line = Line::Idle;
        io.cx.cancel(self.alarm(RXD_FRAME));
    }

    /// The alarm of frames on RXD.
    pub(super) fn wake_rxd(&mut self, ram: &mut dyn Ram, io: &mut Io) {
        match std::mem::take(&mut self.rx.line) {
            Line::Idle => {}
            Line::Typed(byte) => self.arrive(byte, ram, io),
            Line::Wire(hearing) => match hearing.finish() {
                Heard::Byte(byte) => self.arrive(byte, ram, io),
                Heard::Parity(byte) => {
                    self.error(PARITY, io);
                    self.arrive(byte, ram, io);
                }
                Heard::Framing { silent } => {
                    self.error(FRAMING, io);
                    self.rx.line = Line::Low { silent };
                    io.cx.wake_at(self.alarm(RXD_FRAME), hearing.over());
                }
                Heard::Noise => {}
            },
            Line::Low { silent } => {
                self.rx.line = Line::Low { silent: false };
                if silent {
                    self.error(BREAK, io);
                }
            }
        }
        self.let_type(io);
    }

    fn error(&mut self, source: u32, io: &mut Io) {
        self.errorsrc |= source;
        self.events.raise(ERROR, io.cx);
    }

    /// A byte has come.
    fn arrive(&mut self, byte: u8, ram: &mut dyn Ram, io: &mut Io) {
        if !self.rx.on && !self.rx.closing {
            return;
        }
        if self.rx.held.len() == DEPTH {
            let name = self.face().0;
            io.cx.report(&UART_OVERRUN, self.which as u64, || format!("first at {name}"));
            return self.error(OVERRUN, io);
        }
        self.rx.held.push_back(byte);
        if self.personality() == Personality::Uarte {
            self.fill(ram, io);
        } else if self.rx.held.len() == 1 {
            self.events.raise(RXDRDY, io.cx);
        }
        self.drive_rts(io);
    }

    /// RXD: the oldest byte; the next one takes its place.
    pub(super) fn read_rxd(&mut self, io: &mut Io) -> u32 {
        self.look(io);
        if let Some(byte) = self.rx.held.pop_front() {
            self.rx.last = byte;
            if !self.rx.held.is_empty() {
                self.events.raise(RXDRDY, io.cx);
            }
            self.drive_rts(io);
            self.let_type(io);
        }
        self.rx.last.into()
    }

    /// The receiver's alarm: STARTRX or FLUSHRX has something to move.
    pub(super) fn wake_receiver(&mut self, ram: &mut dyn Ram, io: &mut Io) {
        if std::mem::take(&mut self.rx.flush) {
            let mut buffer = Buffer { ptr: self.rxd[0], count: self.rxd[1], got: 0 };
            if !self.rx.held.is_empty() {
                self.move_held(&mut buffer, ram, io);
                self.rx.amount = buffer.got;
            }
            self.end_buffer(io);
        } else {
            self.fill(ram, io);
        }
        self.drive_rts(io);
        self.let_type(io);
    }

    /// Moves what is held to the buffer, and to the next one if the short opens it; an empty one ends once.
    fn fill(&mut self, ram: &mut dyn Ram, io: &mut Io) {
        while let Some(mut buffer) = self.rx.buffer.take() {
            self.move_held(&mut buffer, ram, io);
            if buffer.got < buffer.count {
                self.rx.buffer = Some(buffer);
                return;
            }
            self.rx.amount = buffer.got;
            self.end_buffer(io);
            if self.rx.held.is_empty() || buffer.count == 0 {
                return;
            }
        }
    }

    fn move_held(&mut self, buffer: &mut Buffer, ram: &mut dyn Ram, io: &mut Io) {
        while buffer.got < buffer.count
            && let Some(byte) = self.rx.held.pop_front()
        {
            let addr = buffer.ptr.wrapping_add(buffer.got);
            if !ram.write(addr, &[byte]) {
                let name = self.face().0;
                let detail = || format!("{name}.RXD.PTR reaches 0x{addr:08x}");
                io.cx.report(&EASYDMA_NOT_RAM, 2 + self.which as u64, detail);
            }
            buffer.got += 1;
            self.events.raise(RXDRDY, io.cx);
        }
    }

    /// The buffer is done with: ENDRX and its shorts.
    fn end_buffer(&mut self, io: &mut Io) {
        self.events.raise(ENDRX, io.cx);
        if self.shorts & SHORT_ENDRX_STARTRX != 0 {
            io.cx.cancel(self.alarm(RX_TIMEOUT));
            (self.rx.on, self.rx.closing) = (true, false);
            self.open_buffer(io);
        }
        if self.shorts & SHORT_ENDRX_STOPRX != 0 {
            self.task_stoprx(io);
        }
    }

    /// It has listened long enough after STOPRX.
    pub(super) fn stop_receiver(&mut self, io: &mut Io) {
        self.rx.closing = false;
        if let Some(buffer) = self.rx.buffer.take() {
            self.rx.amount = buffer.got;
            self.end_buffer(io);
        }
        if self.rx.on {
            self.drive_rts(io);
            self.let_type(io);
        } else {
            self.events.raise(RXTO, io.cx);
        }
    }

    /// RTS is low while the other side may send.
    pub(super) fn drive_rts(&mut self, io: &mut Io) {
        let unread = self.rx.held.len();
        self.rx.crowded = unread >= 2 || self.rx.crowded && unread > 0;
        if let Some(pin) = self.pins[PIN_RTS] {
            io.gpio.take(pin, Some(Level::from(!self.rx.on || self.rx.crowded)), io.cx);
        }
    }
}
