//! What a model may do to the world, and how a block inside the SoC is reached.

use super::finding::{Findings, Lint};
use super::input::Input;
use super::net::{ActorId, Drive, Level, NetId, Nets, PinId, Resolved};
use super::quad::{QuadDevice, QuadDevices};
use super::routes::Routes;
use super::sched::{Alarm, Scheduler};
use super::time::Instant;
use std::collections::VecDeque;

/// Everything models act on. The engine owns it, moves its time, and lets effects settle.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The present.
    pub now: Instant,
    /// The instruction that touches a register at this moment, if one does; only for [`super::Finding::pc`].
    pub pc: Option<u32>,
    /// All wires.
    pub nets: Nets,
    /// All alarms.
    pub sched: Scheduler,
    /// What went wrong so far.
    pub findings: Findings,
    /// Interrupt lines, bit n is IRQ n; a line is a level.
    pub irqs: u64,
    /// Text that firmware sent out, for the engine to collect: at most [`World::MOST_TEXT`] bytes.
    pub console: Vec<(ConsolePort, u8)>,
    /// What is typed into the machine.
    pub input: Input,
    /// Bytes of text that were dropped because nobody had collected those before them.
    pub lost_text: u64,
    /// The insides of flash chips on quad buses.
    pub quad: QuadDevices,
    /// Events that go from block to block inside the SoC.
    pub(crate) routes: Routes,
    /// Pin changes that have not settled yet.
    pub(super) drives: VecDeque<(ActorId, PinId, Drive)>,
}

impl World {
    /// Text that waits to be collected, in bytes. Firmware can send for hours while nobody looks.
    pub const MOST_TEXT: usize = 1 << 20;

    /// A byte of text leaves the machine; it is dropped and counted when too much is waiting.
    pub fn say(&mut self, port: ConsolePort, byte: u8) {
        if self.console.len() < Self::MOST_TEXT {
            self.console.push((port, byte));
        } else {
            self.lost_text += 1;
        }
    }
}

/// Where console text comes from, and where what is typed goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsolePort {
    /// UART0 or UARTE0.
    Uart0,
    /// UARTE1.
    Uart1,
    /// The first serial port of the USB device.
    Usb,
    /// The debug monitor's SYS_WRITE0 and SYS_WRITEC.
    Semihosting,
    /// ITM, stimulus port 0.
    Itm,
    /// SEGGER RTT, up-buffer 0.
    Rtt,
}

/// One model's access to the world, for the length of one call.
pub struct Cx<'a> {
    world: &'a mut World,
    me: ActorId,
}

impl<'a> Cx<'a> {
    /// Access for `me`.
    #[inline]
    pub fn new(world: &'a mut World, me: ActorId) -> Self {
        Self { world, me }
    }

    /// The present.
    #[inline]
    pub fn now(&self) -> Instant {
        self.world.now
    }

    /// The instruction that touches a register at this moment, if one does; for reports only.
    pub fn pc(&self) -> Option<u32> {
        self.world.pc
    }

    /// Sets what one of my pins does to its wire. It settles before the bus access that caused it returns.
    #[inline]
    pub fn drive(&mut self, pin: PinId, drive: Drive) {
        self.world.drives.push_back((self.me, pin, drive));
    }

    /// The level at one of my pins; low when it is joined to nothing.
    #[inline]
    pub fn level(&self, pin: PinId) -> Level {
        self.net(pin).map_or(Level::Low, |net| self.world.nets.level(net))
    }

    /// Where the level at one of my pins comes from.
    pub fn resolved(&self, pin: PinId) -> Resolved {
        self.net(pin).map_or(Resolved::Floating, |net| self.world.nets.resolved(net))
    }

    /// The name of the wire at one of my pins, if it is joined to one.
    pub fn net_name(&self, pin: PinId) -> Option<&str> {
        self.net(pin).map(|net| self.world.nets.name(net))
    }

    /// Asks to be woken at `at`; replaces what this alarm was set to. A moment that has passed means now.
    #[inline]
    pub fn wake_at(&mut self, alarm: Alarm, at: Instant) {
        let at = at.max(self.world.now);
        self.world.sched.set(self.me, alarm, at);
    }

    /// Takes an alarm back.
    #[inline]
    pub fn cancel(&mut self, alarm: Alarm) {
        self.world.sched.cancel(self.me, alarm);
    }

    /// Sets the level of interrupt line `line` (0 to 63).
    pub fn irq(&mut self, line: u8, level: bool) {
        let bit = 1u64 << (line & 63);
        if level {
            self.world.irqs |= bit;
        } else {
            self.world.irqs &= !bit;
        }
    }

    /// All interrupt lines, bit n is IRQ n.
    pub(crate) fn lines(&self) -> u64 {
        self.world.irqs
    }

    /// Event `bit` of the SoC's block with peripheral ID `id` happens, for those who listen by [`Cx::route`].
    #[inline]
    pub(crate) fn event(&mut self, id: u8, bit: u8) {
        self.world.routes.note(id, bit);
    }

    /// From now on the events of these masks, by peripheral ID, are kept for [`Cx::take_event`], and no others.
    pub(crate) fn route(&mut self, wanted: [u32; 64]) {
        self.world.routes.listen(wanted);
    }

    /// Whether event `bit` of block `id` is listened to.
    pub(crate) fn hears(&self, id: u8, bit: u8) -> bool {
        self.world.routes.hears_event(id, bit)
    }

    /// The oldest routed event that was not taken yet: peripheral ID and bit.
    #[inline]
    pub(crate) fn take_event(&mut self) -> Option<(u8, u8)> {
        self.world.routes.take()
    }

    /// The flash chip whose SCK, CS, IO0 and IO1 are on the wires of these pins of the SoC, and whether its IO2 and IO3 are too.
    pub(crate) fn quad(&mut self, pins: [Option<PinId>; 6]) -> Option<(&mut dyn QuadDevice, bool)> {
        self.world.quad.at(pins, &self.world.nets)
    }

    /// Sends a byte of text out of the machine.
    pub fn console(&mut self, port: ConsolePort, byte: u8) {
        self.world.say(port, byte);
    }

    /// What is typed into the machine, for ports that read it.
    pub fn input(&mut self) -> &mut Input {
        &mut self.world.input
    }

    /// Says that `lint` was broken. `key` tells apart occurrences that deserve a line of their own; `detail` is built
    /// only for the first of each.
    pub fn report(&mut self, lint: &'static Lint, key: u64, detail: impl FnOnce() -> String) {
        let (at, pc) = (self.world.now, self.world.pc);
        self.world.findings.report(lint, self.me, key, at, pc, detail);
    }

    #[inline]
    fn net(&self, pin: PinId) -> Option<NetId> {
        self.world.nets.net_of(self.me, pin)
    }
}

/// Width of a bus access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// 8 bits.
    Byte,
    /// 16 bits.
    Half,
    /// 32 bits.
    Word,
}

impl Width {
    /// Bytes.
    #[inline]
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Byte => 1,
            Self::Half => 2,
            Self::Word => 4,
        }
    }
}

/// Why a block did not do what was asked. The engine adds pc, address, register name and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such register: reads give 0, writes are ignored, and it is a gap.
    Unmapped,
    /// The register exists on the chip and is not modelled: reads give the value, and it is a gap.
    NotModelled(u32),
    /// The register cannot be written (the value is dropped, as on the chip).
    ReadOnly,
    /// The block takes 32-bit accesses only: a bus fault on the chip.
    Width,
}

/// A block inside the SoC, reached by address.
pub trait Peripheral {
    /// Reads the register at byte offset `at` from the block's base.
    ///
    /// # Errors
    /// [`Refusal`] says what was wrong; the engine reports it.
    fn read(&mut self, at: u16, width: Width, cx: &mut Cx) -> Result<u32, Refusal>;

    /// Writes the register at byte offset `at` from the block's base.
    ///
    /// # Errors
    /// [`Refusal`] says what was wrong; the engine reports it.
    fn write(&mut self, at: u16, width: Width, value: u32, cx: &mut Cx) -> Result<(), Refusal>;

    /// A moment that it asked for has come.
    fn wake(&mut self, alarm: Alarm, cx: &mut Cx);

    /// Everything back to the values after a reset.
    fn reset(&mut self, cx: &mut Cx);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::SOC;

    #[test]
    fn text_that_nobody_collects_is_bounded_and_counted() {
        let mut world = World::default();
        for n in 0..World::MOST_TEXT + 5 {
            Cx::new(&mut world, SOC).console(ConsolePort::Uart0, n as u8);
        }
        assert_eq!((world.console.len(), world.lost_text), (World::MOST_TEXT, 5));
        assert_eq!(world.console[..2], [(ConsolePort::Uart0, 0), (ConsolePort::Uart0, 1)], "the oldest is kept");
        world.console.clear();
        Cx::new(&mut world, SOC).console(ConsolePort::Uart1, 7);
        assert_eq!((world.console.len(), world.lost_text), (1, 5));
    }
}
