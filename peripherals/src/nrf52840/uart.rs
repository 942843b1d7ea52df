//! UARTE with EasyDMA, and UART0, which shares its page (nRF52840 Product Specification v1.7, UARTE and UART).
//!
//! 1. Sent bytes leave as console text when their last stop bit has been sent; edges on the TXD wire are not modelled, and the
//!    pin keeps what GPIO does to it.
//! 2. A bit takes floor(2^32 / BAUDRATE) ticks of 16 MHz (BabbleSim, NHW_UART.c): 115200 is 139 ticks, which is 115108 baud.
//! 3. ENDTX comes when the last byte has left the wire, as the manual words it; BabbleSim has it one frame earlier.
//! 4. TXSTARTED and the first start bit come 1 us after STARTTX (BabbleSim).
//! 5. Nothing is ever received: STARTRX is the gap `uart-receive`. STOPRX gives ENDRX and RXTO five frames later.
//! 6. CTS counts as low, also with CONFIG.HWFC.
//! 7. STARTTX during a transfer is ignored (guess). TXD of the UART holds one byte beside the one being sent; a third
//!    replaces it.

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use super::lint::{EASYDMA_NOT_RAM, UART_RECEIVE};
use crate::kernel::{Alarm, ConsolePort, Cx, Instant, Refusal, RegisterMap, Span, registers};

registers! { pub UART, "nRF52840 PS v1.7, UART, Registers";
    0x000 TASKS_STARTRX W;
    0x004 TASKS_STOPRX W;
    0x008 TASKS_STARTTX W;
    0x00C TASKS_STOPTX W;
    0x01C TASKS_SUSPEND W;
    0x100 EVENTS_CTS RW;
    0x104 EVENTS_NCTS RW;
    0x108 EVENTS_RXDRDY RW;
    0x11C EVENTS_TXDRDY RW;
    0x124 EVENTS_ERROR RW;
    0x144 EVENTS_RXTO RW;
    0x200 SHORTS RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x480 ERRORSRC RW;
    0x500 ENABLE RW;
    0x508 PSEL_RTS RW reset 0xFFFF_FFFF;
    0x50C PSEL_TXD RW reset 0xFFFF_FFFF;
    0x510 PSEL_CTS RW reset 0xFFFF_FFFF;
    0x514 PSEL_RXD RW reset 0xFFFF_FFFF;
    0x518 RXD R;
    0x51C TXD W;
    0x524 BAUDRATE RW reset 0x0400_0000;
    0x56C CONFIG RW;
}
registers! { pub UARTE, "nRF52840 PS v1.7, UARTE, Registers";
    0x000 TASKS_STARTRX W;
    0x004 TASKS_STOPRX W;
    0x008 TASKS_STARTTX W;
    0x00C TASKS_STOPTX W;
    0x02C TASKS_FLUSHRX W;
    0x100 EVENTS_CTS RW;
    0x104 EVENTS_NCTS RW;
    0x108 EVENTS_RXDRDY RW;
    0x110 EVENTS_ENDRX RW;
    0x11C EVENTS_TXDRDY RW;
    0x120 EVENTS_ENDTX RW;
    0x124 EVENTS_ERROR RW;
    0x144 EVENTS_RXTO RW;
    0x14C EVENTS_RXSTARTED RW;
    0x150 EVENTS_TXSTARTED RW;
    0x158 EVENTS_TXSTOPPED RW;
    0x200 SHORTS RW;
    0x300 INTEN RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x480 ERRORSRC RW;
    0x500 ENABLE RW;
    0x508 PSEL_RTS RW reset 0xFFFF_FFFF;
    0x50C PSEL_TXD RW reset 0xFFFF_FFFF;
    0x510 PSEL_CTS RW reset 0xFFFF_FFFF;
    0x514 PSEL_RXD RW reset 0xFFFF_FFFF;
    0x524 BAUDRATE RW reset 0x0400_0000;
    0x534 RXD_PTR RW;
    0x538 RXD_MAXCNT RW;
    0x53C RXD_AMOUNT R;
    0x544 TXD_PTR RW;
    0x548 TXD_MAXCNT RW;
    0x54C TXD_AMOUNT R;
    0x56C CONFIG RW;
}

const IRQS: [u8; 2] = [2, 40];
/// Its alarms.
const TRANSMITTER: u8 = 0;
const RECEIVER: u8 = 1;

const ENDRX: u8 = 4;
const TXDRDY: u8 = 7;
const ENDTX: u8 = 8;
const RXTO: u8 = 17;
const RXSTARTED: u8 = 19;
const TXSTARTED: u8 = 20;
const TXSTOPPED: u8 = 22;
/// Bits of the events that the table names.
const EVENTS: u32 = 0x005A_0397;
const SHORT_ENDRX_STARTRX: u32 = 1 << 5;

/// One tick of the 16 MHz peripheral clock.
const PCLK16M: Span = Span::from_cycles(4);
const STARTTX_TO_START_BIT: Span = Span::from_us(1);
/// The receiver goes on listening for this many frames after STOPRX.
const FRAMES_AFTER_STOPRX: u64 = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Personality {
    Off,
    Uart,
    Uarte,
}

/// A transfer in progress: PTR and MAXCNT as they were at STARTTX.
#[derive(Clone, Copy, Debug)]
struct Transfer {
    ptr: u32,
    count: u32,
    sent: u32,
    started: bool,
}

/// UARTE0 with UART0 (`which` 0), or UARTE1 (1).
#[derive(Clone, Debug)]
pub(super) struct Uart {
    which: usize,
    events: Events,
    shorts: u32,
    enable: u32,
    psel: [u32; 4],
    baudrate: u32,
    config: u32,
    rxd: [u32; 2],
    txd: [u32; 2],
    txd_amount: u32,
    /// UART: STARTTX is in effect.
    transmitting: bool,
    /// The byte on the wire.
    shifting: Option<u8>,
    /// UART: the byte in TXD that waits for the wire.
    waiting: Option<u8>,
    transfer: Option<Transfer>,
    stopping: bool,
    receiving: bool,
}

impl Block for Uart {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        Ok(match at {
            0x200 => self.shorts,
            0x500 => self.enable,
            0x508..0x518 => self.psel[usize::from((at - 0x508) / 4)],
            0x524 => self.baudrate,
            0x534 | 0x538 => self.rxd[usize::from((at - 0x534) / 4)],
            0x544 | 0x548 => self.txd[usize::from((at - 0x544) / 4)],
            0x54C => self.txd_amount,
            0x56C => self.config,
            // Tasks read 0, nothing has been received, and there are no errors.
            _ if UARTE.find(at).or(UART.find(at)).is_some() => 0,
            _ => return Err(Refusal::Unmapped),
        })
    }

    fn write(&mut self, at: u16, value: u32, Io { cx, .. }: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, cx) {
            return Ok(());
        }
        match at {
            0x000..0x030 if UARTE.find(at).or(UART.find(at)).is_some() => {
                if value & 1 != 0 {
                    self.task(at, cx);
                }
            }
            0x200 => self.shorts = value & 0x78,
            0x480 => {}
            0x500 => self.set_enable(value & 0xF, cx),
            0x508..0x518 => self.psel[usize::from((at - 0x508) / 4)] = value & 0x8000_003F,
            0x51C if self.which == 0 => self.write_txd(value as u8, cx),
            0x524 => self.baudrate = value,
            0x534 | 0x544 => *self.pointer(at) = value,
            0x538 | 0x548 => *self.pointer(at) = value & 0xFFFF,
            0x56C => self.config = value & 0x1F,
            _ if UARTE.find(at).or(UART.find(at)).is_some() => return Err(Refusal::ReadOnly),
            _ => return Err(Refusal::Unmapped),
        }
        Ok(())
    }

    fn reset(&mut self) {
        *self = Self::new(self.which);
    }

    fn wake(&mut self, alarm: u8, ram: &mut dyn Ram, Io { cx, .. }: &mut Io) {
        if alarm == TRANSMITTER { self.wake_transmitter(ram, cx) } else { self.wake_receiver(cx) }
    }

    fn enable(&self) -> u32 {
        self.enable
    }

    /// A load empties RXD.
    fn steady_until(&self, at: u16, _: Instant) -> Option<Instant> {
        (at != 0x518).then_some(FOREVER)
    }
}

impl Uart {
    pub(super) fn new(which: usize) -> Self {
        Self {
            which,
            events: Events::new(IRQS[which], EVENTS, true),
            shorts: 0,
            enable: 0,
            psel: [u32::MAX; 4],
            baudrate: 0x0400_0000,
            config: 0,
            rxd: [0; 2],
            txd: [0; 2],
            txd_amount: 0,
            transmitting: false,
            shifting: None,
            waiting: None,
            transfer: None,
            stopping: false,
            receiving: false,
        }
    }

    fn alarm(&self, nth: u8) -> Alarm {
        alarms::of(IRQS[self.which], nth)
    }

    fn personality(&self) -> Personality {
        match self.enable {
            4 if self.which == 0 => Personality::Uart,
            8 => Personality::Uarte,
            _ => Personality::Off,
        }
    }

    /// The block's name and registers as they are now: UART0 and UARTE0 share them.
    fn face(&self) -> (&'static str, &'static RegisterMap) {
        match (self.which, self.personality()) {
            (0, Personality::Uart) => ("UART0", &UART),
            (0, _) => ("UARTE0", &UARTE),
            _ => ("UARTE1", &UARTE),
        }
    }

    /// How long a byte occupies the wire.
    fn frame(&self) -> Span {
        let ticks = (1u64 << 32) / u64::from(self.baudrate.max(1));
        let parity = u64::from(self.config >> 1 & 7 == 7);
        let stop = 1 + u64::from(self.config >> 4 & 1);
        PCLK16M * ticks.max(1) * (1 + 8 + parity + stop)
    }

    fn pointer(&mut self, at: u16) -> &mut u32 {
        let (pair, base) = if at < 0x544 { (&mut self.rxd, 0x534) } else { (&mut self.txd, 0x544) };
        &mut pair[usize::from((at - base) / 4)]
    }

    fn set_enable(&mut self, value: u32, cx: &mut Cx) {
        self.enable = value;
        if self.personality() == Personality::Off {
            cx.cancel(self.alarm(TRANSMITTER));
            cx.cancel(self.alarm(RECEIVER));
            (self.transmitting, self.stopping, self.receiving) = (false, false, false);
            (self.shifting, self.waiting, self.transfer) = (None, None, None);
        }
    }

    fn task(&mut self, at: u16, cx: &mut Cx) {
        match (self.personality(), at) {
            (Personality::Off, _) => {}
            (_, 0x000) => self.task_startrx(cx),
            (_, 0x004) => self.task_stoprx(cx),
            (Personality::Uart, 0x008) => {
                self.transmitting = true;
                self.shift_waiting(cx);
            }
            (Personality::Uart, 0x00C) => self.transmitting = false,
            (Personality::Uart, 0x01C) => {
                self.transmitting = false;
                self.task_stoprx(cx);
            }
            (Personality::Uarte, 0x008) => self.task_starttx(cx),
            (Personality::Uarte, 0x00C) => self.task_stoptx(cx),
            (Personality::Uarte, 0x02C) => self.events.raise(ENDRX, cx),
            _ => {}
        }
    }

    fn task_startrx(&mut self, cx: &mut Cx) {
        self.receiving = true;
        cx.cancel(self.alarm(RECEIVER));
        let name = self.face().0;
        cx.report(&UART_RECEIVE, self.which as u64, || format!("{name}.TASKS_STARTRX"));
        if self.personality() == Personality::Uarte {
            self.events.raise(RXSTARTED, cx);
        }
    }

    fn task_stoprx(&mut self, cx: &mut Cx) {
        if core::mem::take(&mut self.receiving) {
            cx.wake_at(self.alarm(RECEIVER), cx.now() + self.frame() * FRAMES_AFTER_STOPRX);
        }
    }

    fn task_starttx(&mut self, cx: &mut Cx) {
        if self.transfer.is_none() {
            self.transfer = Some(Transfer { ptr: self.txd[0], count: self.txd[1], sent: 0, started: false });
            cx.wake_at(self.alarm(TRANSMITTER), cx.now() + STARTTX_TO_START_BIT);
        }
    }

    fn task_stoptx(&mut self, cx: &mut Cx) {
        if self.transfer.is_some() {
            self.stopping = true;
        } else {
            self.events.raise(TXSTOPPED, cx);
        }
    }

    fn write_txd(&mut self, byte: u8, cx: &mut Cx) {
        if self.personality() == Personality::Uart {
            self.waiting = Some(byte);
            self.shift_waiting(cx);
        }
    }

    fn shift_waiting(&mut self, cx: &mut Cx) {
        if self.transmitting && self.shifting.is_none() && self.waiting.is_some() {
            self.shifting = self.waiting.take();
            cx.wake_at(self.alarm(TRANSMITTER), cx.now() + self.frame());
        }
    }

    /// The transmitter's alarm: the byte on the wire has left, or the first is to start.
    fn wake_transmitter(&mut self, ram: &mut dyn Ram, cx: &mut Cx) {
        if let Some(byte) = self.shifting.take() {
            cx.console([ConsolePort::Uart0, ConsolePort::Uart1][self.which], byte);
            self.events.raise(TXDRDY, cx);
        }
        let Some(mut transfer) = self.transfer else { return self.shift_waiting(cx) };
        if !transfer.started {
            transfer.started = true;
            self.events.raise(TXSTARTED, cx);
        }
        if transfer.sent == transfer.count || self.stopping {
            return self.end_transfer(transfer, cx);
        }
        let (mut byte, addr) = ([0], transfer.ptr.wrapping_add(transfer.sent));
        if !ram.read(addr, &mut byte) {
            let name = self.face().0;
            cx.report(&EASYDMA_NOT_RAM, self.which as u64, || format!("{name}.TXD.PTR reaches 0x{addr:08x}"));
            byte = [0];
        }
        self.shifting = Some(byte[0]);
        transfer.sent += 1;
        self.transfer = Some(transfer);
        cx.wake_at(self.alarm(TRANSMITTER), cx.now() + self.frame());
    }

    fn end_transfer(&mut self, transfer: Transfer, cx: &mut Cx) {
        self.transfer = None;
        self.txd_amount = transfer.sent;
        self.events.raise(ENDTX, cx);
        if core::mem::take(&mut self.stopping) {
            self.events.raise(TXSTOPPED, cx);
        }
    }

    /// The receiver's alarm: it has listened long enough after STOPRX.
    fn wake_receiver(&mut self, cx: &mut Cx) {
        if self.personality() == Personality::Uarte {
            self.events.raise(ENDRX, cx);
            if self.shorts & SHORT_ENDRX_STARTRX != 0 {
                return self.task_startrx(cx);
            }
        }
        self.events.raise(RXTO, cx);
    }
}
