//! The board behind the core's bus: the SoC's blocks, the wires and the chips, brought to the cycle of each access.

use super::core::{Bus, Flash, Memory, RAM_BASE, Region};
use peripherals::kernel::{Fabric, Instant, SOC, Width};
use peripherals::nrf52840::{Ram, Soc};

/// An access that nothing answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusError {
    /// Where.
    pub address: u32,
    /// The instruction.
    pub pc: u32,
    /// A store.
    pub write: bool,
}

/// The board.
pub struct BoardBus {
    /// The SoC's blocks.
    pub soc: Soc,
    /// Wires and chips.
    pub fabric: Fabric,
    memory: Option<Memory>,
    error: Option<BusError>,
}

impl BoardBus {
    /// A board that is not powered yet.
    pub fn new(soc: Soc, fabric: Fabric) -> Self {
        Self { soc, fabric, memory: None, error: None }
    }

    /// Gives EasyDMA its RAM.
    pub fn attach(&mut self, memory: Memory) {
        self.memory = Some(memory);
    }

    /// Lets everything happen that is due up to `to`, each at its own moment.
    pub fn catch_up(&mut self, to: Instant) {
        while let Some(due) = self.fabric.world.sched.pop(to) {
            self.fabric.world.now = self.fabric.world.now.max(due.at);
            if due.actor == SOC {
                match &mut self.memory {
                    Some(memory) => self.soc.wake(due.alarm, &mut DataRam(memory), &mut self.fabric.world),
                    None => self.soc.wake(due.alarm, &mut peripherals::nrf52840::NoRam, &mut self.fabric.world),
                }
                self.fabric.settle(&mut self.soc);
            } else {
                self.fabric.wake(due.actor, due.alarm, &mut self.soc);
            }
        }
        self.fabric.world.now = self.fabric.world.now.max(to);
    }

    /// The access that nothing answered, once.
    pub fn take_error(&mut self) -> Option<BusError> {
        self.error.take()
    }

    #[inline]
    fn arrive(&mut self, at: u64, pc: u32) {
        // Parts of one access may come with one and the same cycle; time never goes back.
        let now = Instant::from_cycles(at).max(self.fabric.world.now);
        if self.fabric.world.sched.next().is_some_and(|next| next <= now) {
            self.catch_up(now);
        } else {
            self.fabric.world.now = now;
        }
        self.fabric.world.pc = Some(pc);
    }

    #[cold]
    fn fail(&mut self, address: u32, pc: u32, write: bool) {
        self.error.get_or_insert(BusError { address, pc, write });
    }
}

impl Bus for BoardBus {
    #[inline]
    fn read(&mut self, addr: u32, width: Width, at: u64, pc: u32) -> u32 {
        if self.error.is_some() {
            return 0;
        }
        self.arrive(at, pc);
        let value = self.soc.read(addr, width, &mut self.fabric.world).unwrap_or_else(|_| {
            self.fail(addr, pc, false);
            0
        });
        self.fabric.settle(&mut self.soc);
        self.fabric.world.pc = None;
        value
    }

    #[inline]
    fn write(&mut self, addr: u32, width: Width, value: u32, at: u64, pc: u32) {
        // The core has taken a bus fault: what the rest of its block does never happens on the chip.
        if self.error.is_some() {
            return;
        }
        self.arrive(at, pc);
        if self.soc.write(addr, width, value, &mut self.fabric.world).is_err() {
            self.fail(addr, pc, true);
        }
        self.fabric.settle(&mut self.soc);
        self.fabric.world.pc = None;
    }

    #[inline]
    fn flash(&self) -> Flash {
        let nvmc = &self.soc.nvmc;
        if nvmc.icache_enabled() { Flash::Cached { counted: nvmc.icache_counted() } } else { Flash::Uncached }
    }

    fn count_cache(&mut self, hits: u32, misses: u32) {
        self.soc.nvmc.count(hits, misses);
    }

    fn fpu_enabled(&self) -> bool {
        const CP10_CP11: u32 = 0x00F0_0000;
        self.soc.scb().cpacr() & CP10_CP11 == CP10_CP11
    }

    #[inline]
    fn is_steady(&self, addr: u32) -> bool {
        Soc::is_steady(addr)
    }

    #[inline]
    fn next_event(&self) -> u64 {
        if self.error.is_some() || self.soc.reset_requested() {
            return 0;
        }
        self.fabric.world.sched.next().map_or(u64::MAX, Instant::cycles_ceil)
    }

    /// What chips do by themselves reaches the core by pins, of which it hears by an interrupt or when it looks. The SoC's
    /// own events may write to RAM.
    #[inline]
    fn next_interruption(&self) -> u64 {
        if self.error.is_some() || self.soc.reset_requested() {
            return 0;
        }
        let sched = &self.fabric.world.sched;
        let next = if self.soc.ppb.interrupt_possible() { sched.next() } else { sched.next_of(SOC) };
        next.map_or(u64::MAX, Instant::cycles_ceil)
    }
}

/// EasyDMA reaches data RAM by its data address only (PS v1.7, EasyDMA).
struct DataRam<'a>(&'a Memory);

impl DataRam<'_> {
    fn inside(addr: u32) -> bool {
        addr >= RAM_BASE && matches!(Region::of(addr), Region::Ram(_))
    }
}

impl Ram for DataRam<'_> {
    fn read(&mut self, addr: u32, into: &mut [u8]) -> bool {
        match self.0.read(addr, into.len() as u32) {
            Some(bytes) if Self::inside(addr) => {
                into.copy_from_slice(&bytes);
                true
            }
            _ => false,
        }
    }

    fn write(&mut self, addr: u32, from: &[u8]) -> bool {
        Self::inside(addr) && self.0.write(addr, from)
    }
}
