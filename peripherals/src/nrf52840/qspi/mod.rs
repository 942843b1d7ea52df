//! QSPI: a flash chip on up to four data lines (nRF52840 Product Specification v1.7, QSPI).
//!
//! 1. PSEL and ENABLE take the pins; CSN is high and SCK low on their wires all the time. What is said to the chip goes byte by byte
//!    past the wires, at the end of its frame, to the chip that PSEL's wires lead to (`kernel/quad.rs`). Where none is, zeros are read,
//!    with the fault `qspi-no-chip`.
//! 2. SCK is 32 MHz / (SCKFREQ + 1), and a frame takes the clocks of its instruction, address, dummies and data, with SCKDELAY ticks of
//!    16 MHz behind it. IFTIMING.RXDELAY and SPIMODE have no effect.
//! 3. Before each frame of its own, and with WIPWAIT, QSPI reads status (0x05) until WIP is 0; SREG is what it read last. READY comes
//!    when the last frame has gone out, not when the chip has ended what it was told (inferred from drivers, which then poll WIP or need
//!    not).
//! 4. EasyDMA moves a buffer as a whole, at the end of READ, and of each page in WRITE. The two low bits of PTR, SRC, DST and CNT are
//!    taken as 0.
//! 5. ACTIVATE takes 1 us (guess). Tasks and instructions while another one is going on are dropped (guess), and so they are before
//!    ACTIVATE.
//! 6. A load from the window at 0x1200_0000 is a frame that takes no time; code cannot be fetched there. While QSPI is not active, and
//!    for stores, it is a bus fault (guess). Addresses are XIPOFFSET above, and wrap at 16 MB.
//! 7. Addresses of four bytes (IFCONFIG0.ADDRMODE) are the gap `not-modelled`; ADDRCONF is kept. The levels that LIO2 and LIO3 give have
//!    no effect.
//! 8. Deep power-down follows IFCONFIG1.DPMEN where IFCONFIG0.DPMENABLE allows it, as 0xB9 and 0xAB, and DPMDUR's times of 256 ticks of
//!    16 MHz later STATUS tells.

mod frame;
mod job;

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use super::names::media::QSPI as REGISTERS;
use super::psel;
use crate::kernel::{Access, Alarm, Cx, Instant, Level, PinId, Refusal, Width};
use core::ops::Range;
use frame::Format;
use job::Job;

/// Where loads reach the flash chip.
pub(super) const WINDOW: Range<u32> = 0x1200_0000..0x1A00_0000;

const ID: u8 = 41;
const ALARM: Alarm = alarms::of(ID, 0);
const READY: u8 = 0;
const ENABLE: u16 = 0x500;
/// PSEL.SCK, CSN, IO0 to IO3.
const PSEL: [u16; 6] = [0x524, 0x528, 0x530, 0x534, 0x538, 0x53C];
const XIPOFFSET: u16 = 0x540;
const IFCONFIG0: u16 = 0x544;
const IFCONFIG1: u16 = 0x600;
const STATUS: u16 = 0x604;
const CINSTRCONF: u16 = 0x634;

const DPMENABLE: u32 = 1 << 7;
const ADDRMODE: u32 = 1 << 6;
const DPMEN: u32 = 1 << 24;

/// The block.
#[derive(Clone, Debug)]
pub(super) struct Qspi {
    events: Events,
    /// Registers that keep what is written, by their place in the table.
    words: Vec<u32>,
    /// SCK and CSN, then IO0 to IO3.
    pins: [Option<u8>; 6],
    active: bool,
    job: Option<Job>,
    /// CS is held low between two parts of a long frame.
    long: bool,
    /// Deep power-down.
    dpm: bool,
    sreg: u8,
}

impl Qspi {
    pub(super) fn new() -> Self {
        Self {
            events: Events::new(ID, 1, true),
            words: REGISTERS.registers.iter().map(|register| register.reset).collect(),
            pins: [None; 6],
            active: false,
            job: None,
            long: false,
            dpm: false,
            sreg: 0,
        }
    }

    fn place(at: u16) -> Option<usize> {
        REGISTERS.registers.iter().position(|register| register.offset == at)
    }

    fn word(&self, at: u16) -> u32 {
        Self::place(at).map_or(0, |place| self.words[place])
    }

    fn put(&mut self, at: u16, value: u32) {
        if let Some(place) = Self::place(at) {
            self.words[place] = value;
        }
    }

    fn format(&self) -> Format {
        Format::new(self.word(IFCONFIG0), self.word(IFCONFIG1))
    }

    /// The pins as the wires have them.
    fn on_wires(&self) -> [Option<PinId>; 6] {
        self.pins.map(|pin| pin.map(PinId))
    }

    /// ENABLE or PSEL has changed: pins are taken and given back.
    fn connect(&mut self, io: &mut Io) {
        let enabled = self.word(ENABLE) & 1 != 0;
        let pins = PSEL.map(|at| psel::pin(self.word(at)).filter(|_| enabled));
        if pins == self.pins {
            return;
        }
        for pin in self.pins.into_iter().flatten() {
            io.gpio.give_back(pin, io.cx);
        }
        self.pins = pins;
        for (pin, level) in pins.into_iter().zip([Some(Level::Low), Some(Level::High), None, None, None, None]) {
            if let Some(pin) = pin {
                io.gpio.take(pin, level, io.cx);
            }
        }
    }

    fn switch_off(&mut self, io: &mut Io) {
        io.cx.cancel(ALARM);
        if core::mem::take(&mut self.long) {
            self.end_long_frame(io.cx);
        }
        (self.active, self.job) = (false, None);
    }

    /// A load from the window at `addr`; `None` when it is not open.
    pub(super) fn load(&mut self, addr: u32, width: Width, cx: &mut Cx) -> Option<u32> {
        if !self.active || self.word(ENABLE) & 1 == 0 {
            return None;
        }
        let at = (addr - WINDOW.start).wrapping_add(self.word(XIPOFFSET)) & 0xFF_FFFF;
        let mut bytes = [0; 4];
        self.read_frame(at, &mut bytes[..width.bytes() as usize], cx);
        Some(u32::from_le_bytes(bytes))
    }
}

impl Block for Qspi {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        let place = Self::place(at).ok_or(Refusal::Unmapped)?;
        Ok(match at {
            // Tasks read 0.
            0..0x100 => 0,
            STATUS => {
                u32::from(self.sreg) << 24
                    | u32::from(self.active && self.job.is_none()) << 3
                    | u32::from(self.dpm) << 2
            }
            _ => self.words[place],
        })
    }

    fn write(&mut self, at: u16, value: u32, io: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, io.cx) {
            return Ok(());
        }
        let place = Self::place(at).ok_or(Refusal::Unmapped)?;
        if at < 0x100 {
            if value & 1 != 0 && self.word(ENABLE) & 1 != 0 {
                self.task(at, io);
            }
            return Ok(());
        }
        if REGISTERS.registers[place].access == Access::R {
            return Err(Refusal::ReadOnly);
        }
        let mask = match at {
            ENABLE => 1,
            0x504 | 0x508 | 0x510 | 0x514 | 0x51C => !3,
            0x50C | 0x518 => 0x1F_FFFC,
            0x520 => 3,
            0x524..0x540 => psel::PSEL,
            IFCONFIG0 => 0x10FF,
            IFCONFIG1 => 0xF300_00FF,
            0x624 => 0x0FFF_FFFF,
            CINSTRCONF => 0x3_FFFF,
            0x640 => 0x700,
            _ => u32::MAX,
        };
        let before = core::mem::replace(&mut self.words[place], value & mask);
        match at {
            ENABLE => {
                self.connect(io);
                if value & 1 == 0 {
                    self.switch_off(io);
                }
            }
            0x524..0x540 => self.connect(io),
            IFCONFIG1 if (before ^ value) & DPMEN != 0 && self.word(IFCONFIG0) & DPMENABLE != 0 => {
                self.begin(Job::Sleep { enter: value & DPMEN != 0, sent: false }, io);
            }
            CINSTRCONF => self.begin_instruction(io),
            IFCONFIG0 if value & ADDRMODE != 0 => return Err(Refusal::NotModelled(0)),
            _ => {}
        }
        Ok(())
    }

    fn wake(&mut self, _: u8, ram: &mut dyn Ram, io: &mut Io) {
        self.go_on(ram, io);
    }

    fn reset(&mut self) {
        *self = Self::new();
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}
