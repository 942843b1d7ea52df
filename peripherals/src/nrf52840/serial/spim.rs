//! SPI master with EasyDMA (nRF52840 PS v1.7, SPIM).
//!
//! 1. STARTED comes with START; SCK's first half period begins 4 ticks of 16 MHz later, when the first byte has been fetched (a guess
//!    within what is said of it: at most 0.25 us). Bytes follow each other without a gap.
//! 2. What is to be sent is read when the first byte begins, and what came in is stored when RXD's buffer is full, or at STOP: the chip
//!    moves it byte by byte, and nobody may touch the buffers meanwhile (the manual, EasyDMA). AMOUNT follows in the same way.
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
use super::{EDGE, Face, MILESTONE, STEP, Serial};
use crate::kernel::{Instant, Span};

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
#[derive(Clone, Debug)]
struct Transfer {
    format: Format,
    rxd: [u32; 2],
    txd: [u32; 2],
    /// The bytes at TXD.PTR, once they have been fetched, and those for RXD.PTR.
    out: Option<Vec<u8>>,
    into: Vec<u8>,
    /// Bytes that are done.
    done: u32,
    byte: Option<Byte>,
    /// When the byte on the wire ends.
    ends: Instant,
    suspended: bool,
    /// All bytes are done, and CSN is to be released.
    leaving: bool,
}

impl Transfer {
    fn length(&self) -> u32 {
        self.rxd[1].max(self.txd[1])
    }

    /// How many bytes are to be done when the next of the buffers is.
    fn next_milestone(&self) -> u32 {
        let counts = [self.rxd[1], self.txd[1]].into_iter().filter(|&count| count > self.done);
        counts.min().unwrap_or(self.length())
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
            0x014 => match &self.spim.transfer {
                Some(transfer) if transfer.byte.is_some() => {
                    io.cx.wake_at(self.alarm(MILESTONE), transfer.ends);
                    self.spim.stopping = true;
                }
                _ => {
                    io.cx.cancel(self.alarm(MILESTONE));
                    self.spim_stopped(io);
                }
            },
            0x01C => {
                self.spim.suspended = true;
                self.plan_milestone(io);
            }
            0x020 => {
                self.spim.suspended = false;
                let waits = self.spim.transfer.as_mut().map(|transfer| core::mem::take(&mut transfer.suspended));
                if waits == Some(true) {
                    io.cx.wake_at(self.alarm(MILESTONE), io.cx.now());
                } else {
                    self.plan_milestone(io);
                }
            }
            _ => {}
        }
    }

    /// Sets the alarm for the end of the byte with which a buffer is done; none while the transfer will be suspended before.
    fn plan_milestone(&self, io: &mut Io) {
        let Some(transfer) = self.spim.transfer.as_ref().filter(|transfer| transfer.byte.is_some()) else { return };
        let more = u64::from(transfer.next_milestone().saturating_sub(transfer.done + 1));
        if self.spim.stopping {
            return;
        }
        if self.spim.suspended && more > 0 {
            io.cx.cancel(self.alarm(MILESTONE));
        } else {
            io.cx.wake_at(self.alarm(MILESTONE), transfer.ends + Byte::duration(transfer.format) * more);
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
            out: None,
            into: Vec::new(),
            done: 0,
            byte: None,
            ends: io.cx.now(),
            suspended: false,
            leaving: false,
        };
        let wait = if transfer.length() == 0 { Span::ZERO } else { START_TO_SCK.max(self.select_time()) };
        self.spim.transfer = Some(transfer);
        self.events.raise(STARTED, io.cx);
        self.set_select(true, io);
        io.cx.wake_at(self.alarm(MILESTONE), io.cx.now() + wait);
    }

    pub(super) fn spim_edge(&mut self, io: &mut Io) {
        let (alarm, pins) = (self.alarm(EDGE), self.pins);
        if let Some(byte) = self.spim.transfer.as_mut().and_then(|transfer| transfer.byte.as_mut()) {
            byte.edge(pins, io);
            io.cx.wake_at(alarm, io.cx.now() + byte.half());
        }
    }

    /// How long CSN is active before SCK, and behind it.
    fn select_time(&self) -> Span {
        if self.spim.select.is_some() { Span::from_cycles(self.word(CSNDUR).into()) } else { Span::ZERO }
    }

    /// A byte has ended with which no buffer is done.
    pub(super) fn spim_step(&mut self, io: &mut Io) {
        let Some(mut transfer) = self.spim.transfer.take() else { return };
        self.end_byte(&mut transfer, io);
        self.begin_byte(&mut transfer, io);
        self.spim.transfer = Some(transfer);
    }

    /// A buffer is done, the first byte is to begin, or the transfer is over.
    pub(super) fn spim_milestone(&mut self, ram: &mut dyn Ram, io: &mut Io) {
        let Some(mut transfer) = self.spim.transfer.take() else { return };
        if transfer.leaving {
            return self.spim_end(&transfer, io);
        }
        if transfer.out.is_none() {
            transfer.out = Some(self.fetch(transfer.txd, ram, io));
        }
        if transfer.byte.is_some() {
            self.end_byte(&mut transfer, io);
            if transfer.done == transfer.rxd[1] || self.spim.stopping && transfer.done < transfer.rxd[1] {
                self.store(&transfer, ram, io);
            }
            // AMOUNT tells how far the buffers are.
            for (at, [_, count], event) in [(RXD, transfer.rxd, ENDRX), (TXD, transfer.txd, ENDTX)] {
                self.words[usize::from((at + 8) / 4)] = transfer.done.min(count);
                if transfer.done == count {
                    self.events.raise(event, io.cx);
                }
            }
        }
        if core::mem::take(&mut self.spim.stopping) {
            self.spim.transfer = Some(transfer);
            return self.spim_stopped(io);
        }
        if transfer.done == transfer.length() {
            let wait = self.select_time();
            if wait == Span::ZERO {
                return self.spim_end(&transfer, io);
            }
            transfer.leaving = true;
            io.cx.wake_at(self.alarm(MILESTONE), io.cx.now() + wait);
        } else {
            self.begin_byte(&mut transfer, io);
        }
        self.spim.transfer = Some(transfer);
        self.plan_milestone(io);
    }

    fn end_byte(&self, transfer: &mut Transfer, io: &mut Io) {
        for nth in [EDGE, STEP] {
            io.cx.cancel(self.alarm(nth));
        }
        if let Some(mut byte) = transfer.byte.take() {
            byte.edge(self.pins, io);
            if transfer.done < transfer.rxd[1] {
                transfer.into.push(byte.received());
            }
            transfer.done += 1;
        }
    }

    fn begin_byte(&self, transfer: &mut Transfer, io: &mut Io) {
        if self.spim.suspended {
            transfer.suspended = true;
            return;
        }
        let command = transfer.done < self.word(DCXCNT) || self.word(DCXCNT) == 0xF;
        drive(self.spim.dcx, !command, io.gpio, io.cx);
        let out = transfer.out.as_ref().and_then(|out| out.get(transfer.done as usize)).copied();
        transfer.byte = Some(Byte::begin(out.unwrap_or(self.word(ORC) as u8), transfer.format, self.pins, io));
        transfer.ends = io.cx.now() + Byte::duration(transfer.format);
        io.cx.wake_at(self.alarm(EDGE), io.cx.now() + transfer.format.half);
        io.cx.wake_at(self.alarm(STEP), transfer.ends);
    }

    fn fetch(&self, [ptr, count]: [u32; 2], ram: &mut dyn Ram, io: &mut Io) -> Vec<u8> {
        let mut bytes = vec![0; count as usize];
        if !ram.read(ptr, &mut bytes) {
            // What lies in RAM counts; the rest is zeros.
            for (addr, byte) in (0..).map(|n| ptr.wrapping_add(n)).zip(&mut bytes) {
                let mut one = [0];
                if !ram.read(addr, &mut one) {
                    self.outside("TXD", addr, io);
                }
                *byte = one[0];
            }
        }
        bytes
    }

    fn store(&self, transfer: &Transfer, ram: &mut dyn Ram, io: &mut Io) {
        let ptr = transfer.rxd[0];
        if !ram.write(ptr, &transfer.into) {
            for (addr, byte) in (0..).map(|n| ptr.wrapping_add(n)).zip(&transfer.into) {
                if !ram.write(addr, &[*byte]) {
                    self.outside("RXD", addr, io);
                }
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
    fn spim_end(&mut self, transfer: &Transfer, io: &mut Io) {
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
