//! UARTE with EasyDMA, and UART0, which shares its page (nRF52840 Product Specification v1.7, UARTE and UART).
//!
//! 1. Sent bytes leave as console text when their last stop bit has been sent, also where PSEL.TXD is disconnected
//!    (`uart-disconnected`).
//! 2. A bit takes floor(2^32 / BAUDRATE) ticks of 16 MHz (BabbleSim, NHW_UART.c): 115200 is 139 ticks, which is 115108 baud.
//! 3. ENDTX comes when the last byte has left the wire, as the manual words it; BabbleSim has it one frame earlier.
//! 4. TXSTARTED and the first start bit come 1 us after STARTTX (BabbleSim).
//! 5. STARTTX during a transfer is ignored, and STARTRX while a buffer is open (guess). TXD of the UART holds one byte beside the
//!    one being sent; a third replaces it.
//! 6. TXD moves bit by bit only where its wire joins another pin; elsewhere it stays high. RXD hears its wire only there: each bit is
//!    the level in its middle.
//! 7. Something is joined to the port beside the wires: a serial adapter that shows its text and sends what is typed, at the port's
//!    own baud rate, parity and stop bits. It begins a frame only when RXD is connected and the receiver has room for it (UARTE: in the
//!    buffer; UART: in RXD), so that nothing typed is lost, and its frames are no edges on the wire. It holds CTS low where no
//!    other part is joined to it. It is as patient as somebody who waits for a prompt:
//!    at a UART that has been started, until firmware looks, by reading EVENTS_RXDRDY or RXD or enabling the interrupt, as Zephyr's
//!    console throws away what its driver has received before (drivers/console/uart_console.c, "Drain the fifo");
//!    at a UARTE, while the interrupt of ENDRX is pending: by the short ENDRX_STARTRX the next bytes would go over those that firmware
//!    has not fetched, while flash is being erased for one.
//! 8. The receiver has six bytes beside UARTE's buffer; more are an overrun, and the byte that came last is lost (BabbleSim; the
//!    manual has the earlier one lost). RXDRDY comes when a byte gets to RAM or into RXD.
//! 9. After STOPRX it listens for five frames more (BabbleSim), then ENDRX, if a buffer is open, and RXTO. When the short
//!    ENDRX_STARTRX starts it anew there is no RXTO.
//! 10. FLUSHRX moves what the six bytes hold to RXD.PTR and raises ENDRX; without any, RXD.AMOUNT stays what it was.
//! 11. CONFIG.HWFC drives RTS: low from STARTRX to STOPRX, but high from the second unread byte until none is left (BabbleSim).
//!     Without HWFC the pin is GPIO's (guess).
//! 12. A byte with a framing error is dropped, one with a parity error is kept (PS, UARTE, "Error conditions"). BREAK comes when the
//!     line has been low for a whole frame.

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use super::psel;
use crate::kernel::{Alarm, ConsolePort, Instant, Level, Refusal, RegisterMap, registers};
use frame::Format;
use receive::Receiver;
use transmit::Transmitter;

mod frame;
mod receive;
mod transmit;

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
const PORTS: [ConsolePort; 2] = [ConsolePort::Uart0, ConsolePort::Uart1];

/// Its alarms, in the order in which they go off.
const TRANSMITTER: u8 = 0;
/// The next edge of TXD.
const TXD_EDGE: u8 = 1;
/// A frame on RXD is there.
const RXD_FRAME: u8 = 2;
/// EasyDMA has something to move for the receiver.
const RECEIVER: u8 = 3;
/// The receiver stops.
const RX_TIMEOUT: u8 = 4;

const EVENTS_RXDRDY: u16 = 0x108;
const CTS: u8 = 0;
const NCTS: u8 = 1;
/// Bits of the events that the table names.
const EVENTS: u32 = 0x005A_0397;
const SHORT_CTS_STARTRX: u32 = 1 << 3;
const SHORT_NCTS_STOPRX: u32 = 1 << 4;
/// Places in PSEL.
const PIN_RTS: usize = 0;
const PIN_TXD: usize = 1;
const PIN_CTS: usize = 2;
const PIN_RXD: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Personality {
    Off,
    Uart,
    Uarte,
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
    errorsrc: u32,
    rxd: [u32; 2],
    txd: [u32; 2],
    /// The pins it has: as in PSEL.
    pins: [Option<u8>; 4],
    tx: Transmitter,
    rx: Receiver,
}

impl Block for Uart {
    fn read(&mut self, at: u16, io: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            if at == EVENTS_RXDRDY {
                self.look(io);
            }
            return Ok(value);
        }
        Ok(match at {
            0x200 => self.shorts,
            0x480 => self.errorsrc,
            0x500 => self.enable,
            0x508..0x518 => self.psel[usize::from((at - 0x508) / 4)],
            0x518 if self.which == 0 => self.read_rxd(io),
            0x524 => self.baudrate,
            0x534 | 0x538 => self.rxd[usize::from((at - 0x534) / 4)],
            0x53C => self.rx.amount,
            0x544 | 0x548 => self.txd[usize::from((at - 0x544) / 4)],
            0x54C => self.tx.amount,
            0x56C => self.config,
            // Tasks read 0.
            _ if UARTE.find(at).or(UART.find(at)).is_some() => 0,
            _ => return Err(Refusal::Unmapped),
        })
    }

    fn write(&mut self, at: u16, value: u32, io: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, io.cx) {
            self.let_type(io);
            return Ok(());
        }
        match at {
            0x000..0x030 if UARTE.find(at).or(UART.find(at)).is_some() => {
                if value & 1 != 0 {
                    self.task(at, io);
                }
            }
            0x200 => self.shorts = value & 0x78,
            0x480 => self.errorsrc &= !value,
            0x500 => self.set_enable(value & 0xF, io),
            0x508..0x518 => {
                self.psel[usize::from((at - 0x508) / 4)] = value & psel::PSEL;
                self.join(io);
            }
            0x51C if self.which == 0 => self.write_txd(value as u8, io),
            0x524 => self.baudrate = value,
            0x534 | 0x544 => *self.pointer(at) = value,
            0x538 | 0x548 => *self.pointer(at) = value & 0xFFFF,
            0x56C => {
                self.config = value & 0x1F;
                self.join(io);
            }
            _ if UARTE.find(at).or(UART.find(at)).is_some() => return Err(Refusal::ReadOnly),
            _ => return Err(Refusal::Unmapped),
        }
        Ok(())
    }

    fn reset(&mut self) {
        *self = Self::new(self.which);
    }

    fn wake(&mut self, alarm: u8, ram: &mut dyn Ram, io: &mut Io) {
        match alarm {
            TRANSMITTER => self.wake_transmitter(ram, io),
            TXD_EDGE => self.wake_txd(io),
            RXD_FRAME => self.wake_rxd(ram, io),
            RECEIVER => self.wake_receiver(ram, io),
            _ => self.stop_receiver(io),
        }
    }

    fn edge(&mut self, pin: u8, level: Level, io: &mut Io) {
        if self.pins[PIN_CTS] == Some(pin) {
            self.cts_changed(level, io);
        }
        if self.pins[PIN_RXD] == Some(pin) {
            self.rxd_changed(level, io);
        }
    }

    fn input(&mut self, io: &mut Io) {
        self.let_type(io);
    }

    fn enable(&self) -> u32 {
        self.enable
    }

    /// A load empties RXD, and the first look lets the adapter type.
    fn steady_until(&self, at: u16, _: Instant) -> Option<Instant> {
        let steady = match at {
            0x518 => false,
            EVENTS_RXDRDY => !self.is_first_look(),
            _ => true,
        };
        steady.then_some(FOREVER)
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
            errorsrc: 0,
            rxd: [0; 2],
            txd: [0; 2],
            pins: [None; 4],
            tx: Transmitter::default(),
            rx: Receiver::default(),
        }
    }

    fn alarm(&self, nth: u8) -> Alarm {
        alarms::of(IRQS[self.which], nth)
    }

    fn port(&self) -> ConsolePort {
        PORTS[self.which]
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

    fn format(&self) -> Format {
        Format::new(self.baudrate, self.config)
    }

    /// CONFIG.HWFC.
    fn flow_control(&self) -> bool {
        self.config & 1 != 0
    }

    fn pointer(&mut self, at: u16) -> &mut u32 {
        let (pair, base) = if at < 0x544 { (&mut self.rxd, 0x534) } else { (&mut self.txd, 0x544) };
        &mut pair[usize::from((at - base) / 4)]
    }

    /// Nothing survives being disabled, and there are no events.
    fn set_enable(&mut self, value: u32, io: &mut Io) {
        self.enable = value;
        if self.personality() == Personality::Off {
            for nth in [TRANSMITTER, TXD_EDGE, RXD_FRAME, RECEIVER, RX_TIMEOUT] {
                io.cx.cancel(self.alarm(nth));
            }
            self.tx.clear();
            self.drop_reception(io);
        }
        self.join(io);
    }

    /// Takes the pins that ENABLE, PSEL and CONFIG give it, and gives back those it has no more.
    fn join(&mut self, io: &mut Io) {
        let mut pins = [None; 4];
        if self.personality() != Personality::Off {
            pins = self.psel.map(psel::pin);
            pins[PIN_RTS] = pins[PIN_RTS].filter(|_| self.flow_control());
        }
        if pins == self.pins {
            return;
        }
        for pin in self.pins.into_iter().flatten() {
            io.gpio.give_back(pin, io.cx);
        }
        self.pins = pins;
        for pin in [PIN_CTS, PIN_RXD].into_iter().filter_map(|place| pins[place]) {
            io.gpio.take(pin, None, io.cx);
        }
        if let Some(pin) = pins[PIN_TXD] {
            io.gpio.take(pin, Some(self.tx.level()), io.cx);
        }
        self.drive_rts(io);
        let heard =
            [PIN_CTS, PIN_RXD].into_iter().filter_map(|place| pins[place]).filter(|&pin| !io.gpio.is_alone(pin));
        let mask = heard.fold(0, |mask, pin| mask | 1u64 << (pin & 63));
        io.gpio.listen(IRQS[self.which], mask);
        self.let_type(io);
    }

    fn task(&mut self, at: u16, io: &mut Io) {
        match (self.personality(), at) {
            (Personality::Off, _) => {}
            (_, 0x000) => self.task_startrx(io),
            (_, 0x004) => self.task_stoprx(io),
            (Personality::Uart, 0x008) => self.start_uart(io),
            (Personality::Uart, 0x00C) => self.tx.on = false,
            (Personality::Uart, 0x01C) => {
                self.tx.on = false;
                self.task_stoprx(io);
            }
            (Personality::Uarte, 0x008) => self.task_starttx(io),
            (Personality::Uarte, 0x00C) => self.task_stoptx(io),
            (Personality::Uarte, 0x02C) => self.task_flushrx(io),
            _ => {}
        }
    }

    /// CTS is low when the other side is ready.
    fn cts_changed(&mut self, level: Level, io: &mut Io) {
        let legacy = self.personality() == Personality::Uart;
        if level.is_high() {
            self.events.raise(NCTS, io.cx);
            if legacy && self.shorts & SHORT_NCTS_STOPRX != 0 {
                self.task_stoprx(io);
            }
        } else {
            self.events.raise(CTS, io.cx);
            if legacy && self.shorts & SHORT_CTS_STARTRX != 0 {
                self.task_startrx(io);
            }
            self.go_on_sending(io);
        }
    }

    /// The other side is not ready, and that counts.
    fn held_by_cts(&self, io: &Io) -> bool {
        self.flow_control()
            && self.pins[PIN_CTS].is_some_and(|pin| !io.gpio.is_alone(pin) && io.gpio.level(pin).is_high())
    }
}
