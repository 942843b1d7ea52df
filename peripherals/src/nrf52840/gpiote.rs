//! GPIOTE: edges of pins as events, and tasks that move pins (nRF52840 Product Specification v1.7, GPIOTE).
//!
//! 1. A channel in event mode makes its pin an input and connects the input buffer for itself, whatever PIN_CNF says (BabbleSim,
//!    NRF_GPIOTE.c); IN reads the pin only as PIN_CNF.INPUT allows (guess). Each edge counts; the chip samples at 16 MHz and
//!    misses what is shorter.
//! 2. A channel in task mode has its pin from the store to CONFIG on, at the level of OUTINIT, whatever was there before. OUT does what
//!    POLARITY says, and nothing with POLARITY = None. Tasks of channels that are not in task mode do nothing.
//! 3. Two channels with one pin: the last store to CONFIG, and then the last task, wins (the manual forbids it).
//! 4. PORT comes at the rising edge of DETECT of either port, each by itself (BabbleSim).
//! 5. MODE = 2 is reserved and taken as disabled.

use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use crate::kernel::{Cx, Instant, Level, Refusal, registers};

registers! { pub GPIOTE, "nRF52840 PS v1.7, GPIOTE, Registers";
    0x000 TASKS_OUT[8] W;
    0x030 TASKS_SET[8] W;
    0x060 TASKS_CLR[8] W;
    0x100 EVENTS_IN[8] RW;
    0x17C EVENTS_PORT RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x510 CONFIG[8] RW;
}

/// Peripheral ID and interrupt.
pub(super) const ID: u8 = 6;
/// Address of its registers.
pub(super) const PAGE: u32 = 0x4000_6000;
const CHANNELS: usize = 8;
const PORT: u8 = 31;
/// The bits of CONFIG that exist: MODE, PSEL with PORT, POLARITY, OUTINIT.
const CONFIG: u32 = 0x0013_3F03;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Off,
    Event,
    Task,
}

/// CONFIG of one channel.
#[derive(Clone, Copy, Debug, Default)]
struct Channel {
    config: u32,
    /// The level that it has seen at its pin, or gives to it.
    level: Level,
}

impl Channel {
    fn mode(self) -> Mode {
        match self.config & 3 {
            1 => Mode::Event,
            3 => Mode::Task,
            _ => Mode::Off,
        }
    }

    /// 0 to 47, or a pin that does not exist.
    fn pin(self) -> u8 {
        (self.config >> 8 & 0x3F) as u8
    }

    fn polarity(self) -> u32 {
        self.config >> 16 & 3
    }
}

/// The block.
#[derive(Clone, Debug)]
pub(super) struct Gpiote {
    events: Events,
    channels: [Channel; CHANNELS],
}

impl Block for Gpiote {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        let (_, index) = GPIOTE.find(at).ok_or(Refusal::Unmapped)?;
        // Tasks read 0.
        Ok(if at >= 0x510 { self.channels[usize::from(index)].config } else { 0 })
    }

    fn write(&mut self, at: u16, value: u32, io: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, io.cx) {
            return Ok(());
        }
        let (_, index) = GPIOTE.find(at).ok_or(Refusal::Unmapped)?;
        let index = usize::from(index);
        match at {
            0x510.. => self.configure(index, value & CONFIG, io),
            _ if value & 1 == 0 => {}
            0x000..0x020 => self.task_out(index, io),
            0x030..0x050 => self.put(index, Level::High, io),
            _ => self.put(index, Level::Low, io),
        }
        Ok(())
    }

    fn wake(&mut self, _: u8, _: &mut dyn Ram, _: &mut Io) {}

    fn edge(&mut self, pin: u8, level: Level, io: &mut Io) {
        for n in 0..CHANNELS {
            let channel = &mut self.channels[n];
            if channel.mode() != Mode::Event || channel.pin() != pin || channel.level == level {
                continue;
            }
            channel.level = level;
            let rising = level.is_high();
            if matches!((channel.polarity(), rising), (1, true) | (2, false) | (3, _)) {
                self.events.raise(n as u8, io.cx);
            }
        }
    }

    fn reset(&mut self) {
        *self = Self::new();
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Gpiote {
    pub(super) fn new() -> Self {
        Self { events: Events::new(ID, 0xFF | 1 << PORT, false), channels: [Channel::default(); CHANNELS] }
    }

    /// DETECT of a port has risen.
    pub(super) fn port(&mut self, cx: &mut Cx) {
        self.events.raise(PORT, cx);
    }

    /// Whether an event can interrupt.
    pub(super) fn interrupts(&self) -> bool {
        self.events.enabled() != 0
    }

    fn configure(&mut self, n: usize, config: u32, io: &mut Io) {
        let before = self.channels[n];
        self.channels[n] = Channel { config, level: Level::Low };
        let now = self.channels[n];
        if before.mode() != Mode::Off && (now.mode() == Mode::Off || now.pin() != before.pin()) {
            self.let_go(before.pin(), io);
        }
        match now.mode() {
            Mode::Off => {}
            Mode::Event => {
                io.gpio.take(now.pin(), None, io.cx);
                self.channels[n].level = io.gpio.wire(now.pin());
            }
            Mode::Task => self.put(n, Level::from(config >> 20 & 1 != 0), io),
        }
        let hears = self.channels.iter().filter(|channel| channel.mode() == Mode::Event);
        io.gpio.listen(ID, hears.fold(0, |pins, channel| pins | 1 << channel.pin()));
    }

    /// A channel has `pin` no more; another may still.
    fn let_go(&self, pin: u8, io: &mut Io) {
        match self.channels.iter().rfind(|channel| channel.mode() != Mode::Off && channel.pin() == pin) {
            Some(other) => io.gpio.take(pin, (other.mode() == Mode::Task).then_some(other.level), io.cx),
            None => io.gpio.give_back(pin, io.cx),
        }
    }

    fn task_out(&mut self, n: usize, io: &mut Io) {
        let channel = self.channels[n];
        match channel.polarity() {
            1 => self.put(n, Level::High, io),
            2 => self.put(n, Level::Low, io),
            3 => self.put(n, Level::from(!channel.level.is_high()), io),
            _ => {}
        }
    }

    /// Channel `n`, if it is in task mode, gives its pin `level`.
    fn put(&mut self, n: usize, level: Level, io: &mut Io) {
        let channel = &mut self.channels[n];
        if channel.mode() == Mode::Task {
            channel.level = level;
            io.gpio.take(channel.pin(), Some(level), io.cx);
        }
    }
}
