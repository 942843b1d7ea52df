//! What all blocks on the APB have in common for [`super::Soc`], and what it lends them.

use super::dma::Ram;
use super::gpio::Gpio;
use crate::kernel::{Cx, Instant, Level, Refusal};

/// What a block may act on while it is reached: the world, and the pins that its PSEL registers have given it.
pub(super) struct Io<'a, 'w> {
    /// Time, alarms, interrupt lines, console, findings.
    pub(super) cx: &'a mut Cx<'w>,
    /// Pins: [`Gpio::take`], [`Gpio::give_back`], [`Gpio::level`], [`Gpio::listen`].
    pub(super) gpio: &'a mut Gpio,
}

/// A block with a peripheral ID of its own, reached by address, by tasks from PPI (a write of 1 to the task's register), by its
/// alarms, and by the pins it listens to.
///
/// EasyDMA moves bytes in [`Block::wake`] only: a task sets an alarm, if need be for this very moment.
pub(super) trait Block {
    /// Reads the register at byte offset `at`, a multiple of 4.
    fn read(&mut self, at: u16, io: &mut Io) -> Result<u32, Refusal>;

    /// Writes the register at byte offset `at`, a multiple of 4.
    fn write(&mut self, at: u16, value: u32, io: &mut Io) -> Result<(), Refusal>;

    /// Its alarm number `alarm` (see [`super::alarms`]) has come.
    fn wake(&mut self, alarm: u8, ram: &mut dyn Ram, io: &mut Io) {
        let _ = (alarm, ram, io);
    }

    /// A pin that it listens to (0 to 47) has changed to `level`.
    fn edge(&mut self, pin: u8, level: Level, io: &mut Io) {
        let _ = (pin, level, io);
    }

    /// It has asked [`crate::kernel::Input`] for a byte in vain, and now there is one.
    fn input(&mut self, io: &mut Io) {
        let _ = io;
    }

    /// Everything back to the values after a reset; alarms are taken back and pins given back by the caller.
    fn reset(&mut self);

    /// ENABLE, where it tells which of the blocks that share the page is meant; 0 elsewhere.
    fn enable(&self) -> u32 {
        0
    }

    /// Until when a load of the register at `at` changes nothing and gives the same, unless an alarm, an edge or a store comes
    /// first: loops that only poll it are skipped up to there. `None` when that is not known even for a moment.
    fn steady_until(&self, at: u16, now: Instant) -> Option<Instant>;
}

/// What [`Block::steady_until`] says of a register that only alarms, edges and stores change.
pub(super) const FOREVER: Instant = Instant::from_ps(u64::MAX);
