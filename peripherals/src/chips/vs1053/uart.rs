//! The UART at RX and TX, as WRAM reaches it (VS1053b datasheet, "UART"; read in v1.22, 11.12): 8 bits, lowest first, no parity, one stop
//! bit, idle high, at CLKI / ((D1 + 1) x D2) bit/s; UART_STATUS bit by bit as in 11.12.2, UART_RX as in 11.12.6
//! (VS1053.md, 5.8 and 5.7).
//!
//! 1. Bits are sampled once, in their middle (11.12.6). With D2 = 0 it is off, as after a reset (guess: the datasheet asks for 6 and more, and leaves it
//!    to the boot code to set the divider; whether that does so outside of MIDI is not documented). 1 to 5 count as they are (guess).
//! 2. Its interrupts reach nobody, as there is no DSP core.
//! 3. A byte written while UART_ST_TXFULL is set replaces the one that waits (guess: the datasheet only forbids it).

use super::sdi::Stamp;
use super::{RX, TX, UART_RX, UART_TX, Vs1053};
use crate::kernel::{Cx, Drive, Level, Span};

const UART_STATUS: u16 = 0xC028;
const UART_DATA: u16 = 0xC029;
const UART_DATAH: u16 = 0xC02A;
const UART_DIV: u16 = 0xC02B;
/// UART_DIV for 31,250 bit/s at 4.0 x 12.288 MHz: 31,247 (inferred: the boot code's own value is not documented).
const MIDI_DIV: u16 = 0x0A8F;
/// Start bit, eight data bits, stop bit.
const FRAME_BITS: u8 = 10;

const TX_RUNNING: u16 = 1 << 0;
const TX_FULL: u16 = 1 << 1;
const RX_FULL: u16 = 1 << 2;
const RX_OVERRUN: u16 = 1 << 3;
const FRAME_ERROR: u16 = 1 << 4;

/// Both directions.
#[derive(Clone, Debug, Default)]
pub struct Uart {
    div: u16,
    /// RX_FULL, RX_OVERRUN and FRAME_ERROR.
    received: u16,
    data: u8,
    /// A byte that waits for the one before.
    waiting: Option<u8>,
    /// Bits still to be sent, the next one lowest, and how many.
    sending: Option<(u16, u8)>,
    /// Bits received so far, and how many.
    receiving: Option<(u16, u8)>,
}

impl Uart {
    /// Whether something is on its way out.
    pub fn sending(&self) -> bool {
        self.sending.is_some()
    }

    /// The word of a register; `None` when it is none of the UART's.
    pub fn read(&self, address: u16) -> Option<u16> {
        Some(match address {
            UART_STATUS => {
                let running = if self.sending.is_some() { TX_RUNNING } else { 0 };
                self.received | running | if self.waiting.is_some() { TX_FULL } else { 0 }
            }
            UART_DATA => u16::from(self.data),
            UART_DATAH => u16::from(self.data) << 8,
            UART_DIV => self.div,
            _ => return None,
        })
    }

    /// The word of a register has been read.
    pub fn was_read(&mut self, address: u16) {
        if matches!(address, UART_DATA | UART_DATAH) {
            // Status bit 2 and no other; bits 3 and 4 are those of the byte that came last (11.12.6).
            self.received &= !RX_FULL;
        }
    }
}

impl Vs1053 {
    pub(super) fn reset_uart(&mut self, cx: &mut Cx) {
        cx.cancel(UART_RX);
        cx.cancel(UART_TX);
        self.uart = Uart::default();
        cx.drive(TX, Drive::High);
    }

    /// Real-time MIDI listens at 31,250 bit/s.
    pub(super) fn listen_for_midi(&mut self) {
        self.uart.div = MIDI_DIV;
    }

    /// How long a bit takes, or that many halves; `None` when the UART is off.
    fn bit_halves(&self, halves: u64) -> Option<Span> {
        let [d1, d2] = self.uart.div.to_be_bytes().map(u64::from);
        (d2 > 0).then(|| self.clock.clki((d1 + 1) * d2 * halves / 2))
    }

    pub(super) fn uart_written(&mut self, address: u16, value: u16, cx: &mut Cx) {
        match address {
            UART_DIV => self.uart.div = value,
            UART_DATA => self.send(value as u8, cx),
            UART_DATAH => self.send((value >> 8) as u8, cx),
            _ => {}
        }
    }

    fn send(&mut self, byte: u8, cx: &mut Cx) {
        if self.uart.sending.is_some() {
            self.uart.waiting = Some(byte);
        } else if self.bit_halves(2).is_some() {
            self.uart.sending = Some((u16::from(byte) << 1 | 1 << 9, FRAME_BITS));
            self.next_bit_out(cx);
        }
    }

    /// The next bit goes out, or the frame is over.
    pub(super) fn next_bit_out(&mut self, cx: &mut Cx) {
        let (Some((bits, left)), Some(bit)) = (self.uart.sending, self.bit_halves(2)) else { return };
        if left == 0 {
            self.uart.sending = None;
            if let Some(byte) = self.uart.waiting.take() {
                self.send(byte, cx);
            }
            return;
        }
        cx.drive(TX, Drive::from(Level::from(bits & 1 == 1)));
        self.uart.sending = Some((bits >> 1, left - 1));
        cx.wake_at(UART_TX, cx.now() + bit);
    }

    /// RX has fallen: a frame may begin.
    pub(super) fn rx_fell(&mut self, cx: &mut Cx) {
        if let (None, Some(half)) = (self.uart.receiving, self.bit_halves(1)) {
            self.uart.receiving = Some((0, 0));
            cx.wake_at(UART_RX, cx.now() + half);
        }
    }

    /// The middle of a bit at RX.
    pub(super) fn next_bit_in(&mut self, cx: &mut Cx) {
        let (Some((bits, count)), Some(bit)) = (self.uart.receiving, self.bit_halves(2)) else { return };
        let high = cx.level(RX).is_high();
        self.uart.receiving = match count {
            // A start bit that is none.
            0 if high => None,
            0..9 => Some((bits | u16::from(high) << count, count + 1)),
            _ => {
                self.byte_in((bits >> 1) as u8, high, cx);
                None
            }
        };
        if self.uart.receiving.is_some() {
            cx.wake_at(UART_RX, cx.now() + bit);
        }
    }

    fn byte_in(&mut self, byte: u8, stop: bool, cx: &mut Cx) {
        let overrun = if self.uart.received & RX_FULL != 0 { RX_OVERRUN } else { 0 };
        self.uart.received = RX_FULL | overrun | if stop { 0 } else { FRAME_ERROR };
        self.uart.data = byte;
        if self.midi {
            self.uart.received = 0;
            // A frame that is none brings nothing.
            if stop {
                let now = cx.now();
                self.midi_byte(byte, Stamp { first: now, last: now, ..Stamp::default() }, cx);
            }
        }
    }
}
