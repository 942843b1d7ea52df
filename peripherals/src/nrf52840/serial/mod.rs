//! SPI, SPIM, TWI and TWIM, which share a page, its registers and its interrupt (nRF52840 Product Specification v1.7, Instantiation).
//!
//! 1. Blocks of one page share their registers: what one of them stored is there for the next (the manual, "Peripherals with
//!    shared ID").
//! 2. SPIS and TWIS are not modelled: nobody on a board is their master. Their registers keep what is written.

mod i2c;
mod master;
mod registers;
mod spi;
mod spim;
mod twi;
mod twim;
mod wires;

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use super::psel;
use crate::kernel::{Access, Alarm, Instant, Level, Refusal, Register, RegisterMap};
use i2c::Lines;
use master::Master;
pub use registers::{SPI, SPIM, SPIS, TWI, TWIM, TWIS};
use wires::{Format, Pins};

/// Which of the blocks ENABLE has chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Face {
    Off,
    Spi,
    Spim,
    Twi,
    Twim,
    /// One that is not modelled.
    Other,
}

const ENABLE: u16 = 0x500;
const CONFIG: u16 = 0x554;
const FREQUENCY: u16 = 0x524;
/// PSEL.SCK, PSEL.MOSI and PSEL.MISO; of TWI and TWIM, PSEL.SCL and PSEL.SDA.
const PSEL: [u16; 3] = [0x508, 0x50C, 0x510];

/// Alarms: something happens that may interrupt or move data; and, quiet, the end of a byte that is one of many, and of half a period
/// of SCK, or the next edge of SCL or SDA. The end of a byte takes its last edge with it, so it goes first.
const MILESTONE: u8 = 0;
const STEP: u8 = alarms::QUIET;
const EDGE: u8 = alarms::QUIET + 1;

/// Every event of every block of the page.
const EVENTS: u32 = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 14 | 0b111 << 18 | 0b1111 << 23;

/// The page with peripheral ID `id`.
#[derive(Clone, Debug)]
pub(super) struct Serial {
    id: u8,
    events: Events,
    /// Registers at 0x000 to 0x5FF that only keep what is written.
    words: Box<[u32; 0x180]>,
    /// Pins that have been taken.
    pins: Pins,
    spi: spi::Spi,
    spim: spim::Spim,
    /// The same for TWI and TWIM.
    lines: Lines,
    master: Master,
    twi: twi::Twi,
    twim: twim::Twim,
}

impl Serial {
    pub(super) fn new(id: u8) -> Self {
        let mut words = Box::new([0; 0x180]);
        // Where two blocks have different registers at one place, the first of the page counts.
        let registers = maps(id).iter().rev().flat_map(|(_, map)| map.registers);
        for register in registers.filter(|register| register.offset < 0x600) {
            words[usize::from(register.offset / 4)] = register.reset;
        }
        Self {
            id,
            events: Events::new(id, EVENTS, true),
            words,
            pins: Pins::default(),
            spi: spi::Spi::default(),
            spim: spim::Spim::default(),
            lines: Lines::default(),
            master: Master::default(),
            twi: twi::Twi::default(),
            twim: twim::Twim::default(),
        }
    }

    fn face(&self) -> Face {
        match self.word(ENABLE) {
            0 => Face::Off,
            1 if self.id != 47 => Face::Spi,
            7 => Face::Spim,
            5 if self.has_twi() => Face::Twi,
            6 if self.has_twi() => Face::Twim,
            _ => Face::Other,
        }
    }

    fn has_twi(&self) -> bool {
        matches!(self.id, 3 | 4)
    }

    /// The register at `at`: of the block that ENABLE has chosen, or else of the first that has one there.
    fn register(&self, at: u16) -> Result<&'static Register, Refusal> {
        let chosen = maps(self.id).iter().find(|&&(enable, _)| enable == self.word(ENABLE));
        let register = chosen.into_iter().chain(maps(self.id)).find_map(|(_, map)| map.find(at));
        register.map(|(register, _)| register).ok_or(Refusal::Unmapped)
    }

    fn word(&self, at: u16) -> u32 {
        self.words[usize::from(at / 4)]
    }

    fn alarm(&self, nth: u8) -> Alarm {
        alarms::of(self.id, nth)
    }

    fn format(&self) -> Format {
        Format::new(self.word(CONFIG), self.word(FREQUENCY))
    }

    /// ENABLE, CONFIG or PSEL has changed: pins are taken and given back.
    fn connect(&mut self, io: &mut Io) {
        let pins = match self.face() {
            Face::Spi | Face::Spim => {
                let [sck, mosi, miso] = PSEL.map(|at| psel::pin(self.word(at)));
                Pins { sck, mosi, miso }
            }
            _ => Pins::default(),
        };
        if pins != self.pins {
            self.pins.give_back(io);
            self.pins = pins;
            pins.take(self.format().cpol, io);
        }
        let lines = self.wanted_lines();
        if lines != self.lines {
            self.lines.give_back(io);
            self.lines = lines;
            lines.take(io);
        }
        self.connect_select(io);
    }

    fn set_enable(&mut self, io: &mut Io) {
        for nth in [MILESTONE, EDGE, STEP] {
            io.cx.cancel(self.alarm(nth));
        }
        if self.has_twi() {
            io.gpio.listen(self.id, 0);
        }
        (self.spi, self.master) = (spi::Spi::default(), Master::default());
        (self.twi, self.twim) = (twi::Twi::default(), twim::Twim::default());
        let select = self.spim.forget();
        if let Some(pin) = select {
            io.gpio.give_back(pin, io.cx);
        }
        self.connect(io);
    }
}

impl Block for Serial {
    fn read(&mut self, at: u16, io: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        let register = self.register(at)?;
        match (self.face(), at) {
            (Face::Spi, spi::RXD) => Ok(self.read_rxd(io)),
            (Face::Twi, twi::RXD) => Ok(self.twi_read_rxd()),
            // Tasks read 0.
            _ if register.offset < 0x100 => Ok(0),
            (Face::Other, _) if register.access == Access::R => Ok(register.reset),
            _ => Ok(self.word(at)),
        }
    }

    fn write(&mut self, at: u16, value: u32, io: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, io.cx) {
            return Ok(());
        }
        let register = self.register(at)?;
        if at < 0x100 {
            return match (self.face(), value & 1) {
                (_, 0) | (Face::Off, _) => Ok(()),
                (Face::Spim, _) => {
                    self.spim_task(at, io);
                    Ok(())
                }
                (Face::Twi | Face::Twim, _) => {
                    self.twi_task(at, io);
                    Ok(())
                }
                (Face::Spi, _) => Ok(()),
                (Face::Other, _) => Err(Refusal::NotModelled(0)),
            };
        }
        if register.access == Access::R {
            return Err(Refusal::ReadOnly);
        }
        if (self.face(), at) == (Face::Spi, spi::TXD) {
            self.write_txd(value as u8, io);
            return Ok(());
        }
        if (self.face(), at) == (Face::Twi, twi::TXD) {
            self.twi_write_txd(value as u8, io);
            return Ok(());
        }
        let mask = match at {
            ENABLE => 0xF,
            0x508..0x518 | 0x56C => psel::PSEL,
            0x538 | 0x548 => 0xFFFF,
            CONFIG => 7,
            0x540 | 0x550 => 3,
            0x560 => 7,
            0x564 | 0x5C0 | 0x51C => 0xFF,
            0x568 => 1,
            0x570 => 0xF,
            0x588 | 0x58C => 0x7F,
            _ => u32::MAX,
        };
        let place = usize::from(at / 4);
        // Error sources are cleared by ones.
        self.words[place] = if matches!(at, 0x4C4 | 0x4D0 | 0x440) { self.words[place] & !value } else { value & mask };
        match at {
            ENABLE => self.set_enable(io),
            0x508..0x518 | CONFIG | 0x568 | 0x56C => self.connect(io),
            _ => {}
        }
        Ok(())
    }

    fn wake(&mut self, alarm: u8, ram: &mut dyn Ram, io: &mut Io) {
        match (self.face(), alarm) {
            (Face::Spi, EDGE) => self.spi_edge(io),
            (Face::Spi, _) => self.spi_byte(io),
            (Face::Spim, EDGE) => self.spim_edge(io),
            (Face::Spim, STEP) => self.spim_step(io),
            (Face::Spim, _) => self.spim_milestone(ram, io),
            (Face::Twi | Face::Twim, EDGE) => self.twi_edge(io),
            (Face::Twi | Face::Twim, _) => self.twi_milestone(ram, io),
            (Face::Off | Face::Other, _) => {}
        }
    }

    /// It listens to SCL while that is stretched.
    fn edge(&mut self, _: u8, level: Level, io: &mut Io) {
        if level.is_high() {
            self.twi_hear(io);
        }
    }

    fn reset(&mut self) {
        *self = Self::new(self.id);
    }

    fn enable(&self) -> u32 {
        self.word(ENABLE)
    }

    /// A load empties RXD.
    fn steady_until(&self, at: u16, _: Instant) -> Option<Instant> {
        (at != spi::RXD).then_some(FOREVER)
    }
}

static MAPS: [(u32, &RegisterMap); 6] = [(7, &SPIM), (2, &SPIS), (1, &SPI), (6, &TWIM), (9, &TWIS), (5, &TWI)];

/// The blocks of a page, with what ENABLE chooses them by.
fn maps(id: u8) -> &'static [(u32, &'static RegisterMap)] {
    match id {
        47 => &MAPS[..1],
        35 => &MAPS[..3],
        _ => &MAPS,
    }
}
