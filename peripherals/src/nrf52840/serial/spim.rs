//! SPI master with EasyDMA (nRF52840 PS v1.7, SPIM).
//!
//! 1. STARTED comes with START; SCK's first half period begins 4 ticks of 16 MHz later, when the first byte has been fetched (a guess
//!    within what is said of it: at most 0.25 us). Bytes follow each other without a gap.
//! 2. A byte is fetched when the one before it has been sent, and stored when its last bit is in.
//! 3. STOP lets the byte on the wire end; then come ENDRX and ENDTX where they are missing, and STOPPED, but no END (the manual does not
//!    say whether it comes). SUSPEND lets it end as well.
//! 4. SPIM3's IFTIMING.RXDELAY has no effect: MISO is sampled at the edge of SCK. STALLSTAT is always 0, as EasyDMA never waits here.
//! 5. With CSN, SCK waits for CSNDUR cycles of 64 MHz behind its active edge, and so does the end behind the last edge of SCK.
//! 6. FREQUENCY takes the values of the manual; 16 and 32 MHz are heard of SPIM0 to SPIM2 too, where the chip has none.

use super::super::block::Io;
use super::super::dma::Ram;
use super::super::lint::EASYDMA_NOT_RAM;
use super::super::psel;
use super::wires::{Byte, Format, drive};
use super::{BYTE, EDGE, Face, Serial};
use crate::kernel::Span;

const STOPPED: u8 = 1;
const ENDRX: u8 = 4;
const END: u8 = 6;
const ENDTX: u8 = 8;
const STARTED: u8 = 19;
const SHORT_END_START: u32 = 1 << 17;

const SHORTS: u16 = 0x200;
const PSEL_CSN: u16 = 0x514;
const RXD: u16 = 0x534;
const TXD: u16 = 0x544;
const CSNDUR: u16 = 0x564;
const CSNPOL: u16 = 0x568;
const PSELDCX: u16 = 0x56C;
const DCXCNT: u16 = 0x570;
const ORC: u16 = 0x5C0;

/// Note 1.
const START_TO_SCK: Span = Span::from_cycles(16);

/// A transfer: what was in the registers at START.
#[derive(Clone, Copy, Debug)]
struct Transfer {
    format: Format,
    rxd: [u32; 2],
    txd: [u32; 2],
    /// Bytes that are done.
    done: u32,
    byte: Option<Byte>,
    suspended: bool,
    /// All bytes are done, and CSN is to be released.
    leaving: bool,
}

impl Transfer {
    fn length(&self) -> u32 {
        self.rxd[1].max(self.txd[1])
    }
}

/// What its registers do not show.
#[derive(Clone, Debug, Default)]
pub(super) struct Spim {
    transfer: Option<Transfer>,
    stopping: bool,
    suspended: bool,
    /// CSN and DCX, where they are taken.
    select: Option<u8>,
    dcx: Option<u8>,
}

impl Spim {
    /// Back to rest; gives the pin of CSN, which must be given back.
    pub(super) fn forget(&mut self) -> Option<u8> {
        let select = self.select;
        *self = Self { dcx: self.dcx, ..Self::default() };
        select
    }
}

impl Serial {
    /// SPIM3 drives CSN and DCX itself.
    pub(super) fn connect_select(&mut self, io: &mut Io) {
        let on = self.id == 47 && self.face() == Face::Spim;
        let wanted = |at| if on { psel::pin(self.word(at)) } else { None };
        let (select, dcx) = (wanted(PSEL_CSN), wanted(PSELDCX));
        for (old, new) in [(self.spim.select, select), (self.spim.dcx, dcx)] {
            if let Some(old) = old.filter(|_| old != new) {
                io.gpio.give_back(old, io.cx);
            }
        }
        (self.spim.select, self.spim.dcx) = (select, dcx);
        if self.spim.transfer.is_none() {
            self.set_select(false, io);
            drive(dcx, true, io.gpio, io.cx);
        }
    }

    fn set_select(&self, active: bool, io: &mut Io) {
        drive(self.spim.select, active == (self.word(CSNPOL) & 1 != 0), io.gpio, io.cx);
    }

    pub(super) fn spim_task(&mut self, at: u16, io: &mut Io) {
        match at {
            0x010 => self.spim_start(io),
            0x014 if self.spim.transfer.is_some_and(|transfer| transfer.byte.is_some()) => self.spim.stopping = true,
            0x014 => {
                io.cx.cancel(self.alarm(BYTE));
                self.spim_stopped(io);
            }
            0x01C => self.spim.suspended = true,
            0x020 => {
                self.spim.suspended = false;
                if self.spim.transfer.as_mut().is_some_and(|transfer| core::mem::take(&mut transfer.suspended)) {
                    io.cx.wake_at(self.alarm(BYTE), io.cx.now());
                }
            }
            _ => {}
        }
    }

    fn spim_start(&mut self, io: &mut Io) {
        if self.spim.transfer.is_some() {
            return;
        }
        let pair = |at| [self.word(at), self.word(at + 4)];
        let transfer = Transfer {
            format: self.format(),
            rxd: pair(RXD),
            txd: pair(TXD),
            done: 0,
            byte: None,
            suspended: false,
            leaving: false,
        };
        self.spim.transfer = Some(transfer);
        self.events.raise(STARTED, io.cx);
        self.set_select(true, io);
        let select = if self.spim.select.is_some() { Span::from_cycles(self.word(CSNDUR).into()) } else { Span::ZERO };
        let wait = if transfer.length() == 0 { Span::ZERO } else { START_TO_SCK.max(select) };
        io.cx.wake_at(self.alarm(BYTE), io.cx.now() + wait);
    }

    pub(super) fn spim_edge(&mut self, io: &mut Io) {
        let (alarm, pins) = (self.alarm(EDGE), self.pins);
        if let Some(byte) = self.spim.transfer.as_mut().and_then(|transfer| transfer.byte.as_mut()) {
            byte.edge(pins, io);
            io.cx.wake_at(alarm, io.cx.now() + byte.half());
        }
    }

    /// A byte has ended, the first is to begin, or the transfer is over.
    pub(super) fn spim_byte(&mut self, ram: &mut dyn Ram, io: &mut Io) {
        io.cx.cancel(self.alarm(EDGE));
        let Some(mut transfer) = self.spim.transfer else { return };
        if transfer.leaving {
            return self.spim_end(transfer, io);
        }
        if let Some(mut byte) = transfer.byte.take() {
            byte.edge(self.pins, io);
            self.spim_store(&mut transfer, byte.received(), ram, io);
        }
        self.spim.transfer = Some(transfer);
        if core::mem::take(&mut self.spim.stopping) {
            return self.spim_stopped(io);
        }
        if transfer.done == transfer.length() {
            let wait =
                if self.spim.select.is_some() { Span::from_cycles(self.word(CSNDUR).into()) } else { Span::ZERO };
            if wait == Span::ZERO {
                return self.spim_end(transfer, io);
            }
            transfer.leaving = true;
            self.spim.transfer = Some(transfer);
            return io.cx.wake_at(self.alarm(BYTE), io.cx.now() + wait);
        }
        if self.spim.suspended {
            transfer.suspended = true;
        } else {
            let out = self.spim_fetch(&transfer, ram, io);
            let command = transfer.done < self.word(DCXCNT) || self.word(DCXCNT) == 0xF;
            drive(self.spim.dcx, !command, io.gpio, io.cx);
            transfer.byte = Some(Byte::begin(out, transfer.format, self.pins, io));
            io.cx.wake_at(self.alarm(EDGE), io.cx.now() + transfer.format.half);
            io.cx.wake_at(self.alarm(BYTE), io.cx.now() + Byte::duration(transfer.format));
        }
        self.spim.transfer = Some(transfer);
    }

    fn spim_fetch(&self, transfer: &Transfer, ram: &mut dyn Ram, io: &mut Io) -> u8 {
        let [ptr, count] = transfer.txd;
        let mut byte = [self.word(ORC) as u8];
        if transfer.done < count {
            let addr = ptr.wrapping_add(transfer.done);
            if !ram.read(addr, &mut byte) {
                self.outside("TXD", addr, io);
                byte = [0];
            }
        }
        byte[0]
    }

    fn spim_store(&mut self, transfer: &mut Transfer, byte: u8, ram: &mut dyn Ram, io: &mut Io) {
        let [ptr, count] = transfer.rxd;
        if transfer.done < count {
            let addr = ptr.wrapping_add(transfer.done);
            if !ram.write(addr, &[byte]) {
                self.outside("RXD", addr, io);
            }
        }
        transfer.done += 1;
        // The buffers are done one by one; AMOUNT tells how far they are.
        for (at, [_, count], event) in [(RXD, transfer.rxd, ENDRX), (TXD, transfer.txd, ENDTX)] {
            self.words[usize::from((at + 8) / 4)] = transfer.done.min(count);
            if transfer.done == count {
                self.events.raise(event, io.cx);
            }
        }
    }

    fn outside(&self, which: &str, addr: u32, io: &mut Io) {
        let name = ["SPIM0", "SPIM1", "SPIM2", "SPIM3"][match self.id {
            3 => 0,
            4 => 1,
            35 => 2,
            _ => 3,
        }];
        io.cx.report(&EASYDMA_NOT_RAM, self.id.into(), || format!("{name}.{which}.PTR reaches 0x{addr:08x}"));
    }

    /// Every byte is done.
    fn spim_end(&mut self, transfer: Transfer, io: &mut Io) {
        self.spim.transfer = None;
        self.set_select(false, io);
        for (at, [_, count], event) in [(RXD, transfer.rxd, ENDRX), (TXD, transfer.txd, ENDTX)] {
            self.words[usize::from((at + 8) / 4)] = count;
            if count == 0 {
                self.events.raise(event, io.cx);
            }
            // LIST: the next transfer goes on behind this one.
            if self.word(at + 12) & 1 != 0 {
                let ptr = &mut self.words[usize::from(at / 4)];
                *ptr = ptr.wrapping_add(count);
            }
        }
        self.events.raise(END, io.cx);
        if self.word(SHORTS) & SHORT_END_START != 0 {
            self.spim_start(io);
        }
    }

    /// STOP has been obeyed.
    fn spim_stopped(&mut self, io: &mut Io) {
        if let Some(transfer) = self.spim.transfer.take() {
            self.set_select(false, io);
            for ([_, count], event) in [(transfer.rxd, ENDRX), (transfer.txd, ENDTX)] {
                if transfer.done < count {
                    self.events.raise(event, io.cx);
                }
            }
        }
        self.events.raise(STOPPED, io.cx);
    }
}
