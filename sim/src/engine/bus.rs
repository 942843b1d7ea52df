//! The board behind the core's bus: the SoC's blocks, the wires and the chips, brought to the cycle of each access.

use super::core::{
    Access, Bus, CoreMode, FLASH_SIZE, Flash, FlashStore, Fpu, Memory, RAM_BASE, Region, Watch, WatchHit, Witness,
};
use super::lints;
use super::rtt::{Other, Rtt};
use super::witnesses::Witnesses;
use crate::probes::TraceDigest;
use peripherals::cortex_m::{MpuAccess, Page};
use peripherals::kernel::{ConsolePort, Cx, Fabric, Instant, ProbeId, SOC, Width};
use peripherals::nrf52840::{self, Ram, Soc};

/// A buffered store that nothing answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostStore {
    /// Where.
    pub address: u32,
    /// The instruction.
    pub pc: u32,
}

/// The board at one moment, for [`BoardBus::restore`]: blocks, wires, chips, probes, alarms, findings and time, but not the
/// core's memory. It shares nothing with the board that it was taken from and can go to another thread.
#[derive(Clone)]
pub struct BoardSnapshot {
    soc: Soc,
    fabric: Fabric,
    rtt: Rtt,
    lost: Option<LostStore>,
}

/// The board.
pub struct BoardBus {
    /// The SoC's blocks.
    pub soc: Soc,
    /// Wires and chips.
    pub fabric: Fabric,
    memory: Option<Memory>,
    rtt: Rtt,
    lost: Option<LostStore>,
    /// Calls that led to accesses.
    pub witnesses: Witnesses,
    /// Stop the core once there have been other than so many edges, by the digest.
    edges: Option<(ProbeId, u64)>,
    watched: Watched,
}

/// Addresses that a debugger watches, and which of them was touched. It is no part of a snapshot.
#[derive(Default)]
struct Watched {
    watches: Vec<Watch>,
    hit: Option<WatchHit>,
}

impl Watched {
    fn touch(&mut self, address: u32, bytes: u32, access: Access) {
        if self.hit.is_none() {
            self.hit = self.watches.iter().find_map(|watch| watch.hit(address, bytes, access));
        }
    }
}

impl BoardBus {
    /// A board that is not powered yet.
    pub fn new(soc: Soc, fabric: Fabric) -> Self {
        let (witnesses, watched) = (Witnesses::default(), Watched::default());
        Self { soc, fabric, memory: None, rtt: Rtt::new(None), lost: None, edges: None, witnesses, watched }
    }

    /// From now on, or no longer, the core stops behind the first access of which an edge comes; `trace` counts them.
    pub(super) fn stop_at_edge(&mut self, trace: Option<ProbeId>) {
        self.edges = trace.map(|trace| (trace, self.edges(trace)));
    }

    /// Whether one has come.
    pub(super) fn edge_has_come(&self) -> bool {
        self.edges.is_some_and(|(trace, before)| self.edges(trace) != before)
    }

    fn edges(&self, trace: ProbeId) -> u64 {
        self.fabric.probe::<TraceDigest>(trace).map_or(0, TraceDigest::edges)
    }

    /// Gives EasyDMA and RTT their RAM.
    pub fn attach(&mut self, memory: Memory, rtt: Rtt) {
        self.memory = Some(memory);
        self.rtt = rtt;
    }

    /// The board as it is now. Everything must have settled, as it has between two accesses.
    pub fn snapshot(&self) -> BoardSnapshot {
        BoardSnapshot { soc: self.soc.clone(), fabric: self.fabric.clone(), rtt: self.rtt.clone(), lost: self.lost }
    }

    /// Puts the board back to `snapshot`, which may be that of another bus with the same board. The memory that is attached
    /// stays, and what is in it is the caller's.
    pub fn restore(&mut self, snapshot: &BoardSnapshot) {
        let BoardSnapshot { soc, fabric, rtt, lost } = snapshot.clone();
        (self.soc, self.fabric, self.rtt, self.lost) = (soc, fabric, rtt, lost);
        self.witnesses.restored(self.fabric.world.findings.all().len());
    }

    /// Lets everything happen that is due up to `to`, each at its own moment.
    pub fn catch_up(&mut self, to: Instant) {
        while self.next_look() <= to {
            let happens = self.fabric.world.sched.next().unwrap_or(to).min(to);
            if self.next_look() <= happens {
                self.fabric.world.now = self.fabric.world.now.max(self.next_look());
                self.drain_rtt(happens);
            } else {
                self.catch_up_with_alarms(happens);
            }
        }
        self.catch_up_with_alarms(to);
    }

    /// Takes what RTT has; up to `upto` nothing else happens. Also for the end of a run, whose last text has not had its moment.
    pub fn drain_rtt(&mut self, upto: Instant) {
        let Some(memory) = &self.memory else { return };
        let mut text = Vec::new();
        let others = self.rtt.drain(upto, memory, &mut text);
        let world = &mut self.fabric.world;
        world.console.extend(text.into_iter().map(|byte| (ConsolePort::Rtt, byte)));
        for other in others {
            let cx = &mut Cx::new(world, SOC);
            match other {
                Other::Defmt(bytes) => cx.report(&lints::RTT_DEFMT, 0, || format!("first {bytes} bytes of it")),
                Other::Buffer(number, name) => {
                    cx.report(&lints::RTT_BUFFER, number.into(), || format!("up-buffer {number}, `{name}`"));
                }
            }
        }
    }

    /// When RTT's buffers are looked at next; never without memory.
    fn next_look(&self) -> Instant {
        if self.memory.is_some() { self.rtt.next() } else { Instant::from_ps(u64::MAX) }
    }

    fn catch_up_with_alarms(&mut self, to: Instant) {
        while let Some(due) = self.fabric.world.sched.pop(to) {
            self.fabric.world.now = self.fabric.world.now.max(due.at);
            if due.actor == SOC {
                match &mut self.memory {
                    Some(memory) => {
                        let ram = &mut DataRam { memory, watched: &mut self.watched };
                        self.soc.wake(due.alarm, ram, &mut self.fabric.world);
                    }
                    None => self.soc.wake(due.alarm, &mut peripherals::nrf52840::NoRam, &mut self.fabric.world),
                }
                self.fabric.settle(&mut self.soc);
            } else {
                self.fabric.wake(due.actor, due.alarm, &mut self.soc);
            }
        }
        self.fabric.world.now = self.fabric.world.now.max(to);
    }

    /// Watches these addresses and no others from now on.
    pub fn set_watches(&mut self, watches: &[Watch]) {
        self.watched = Watched { watches: watches.to_vec(), hit: None };
    }

    /// Somebody who is not the core's code accesses memory.
    #[inline]
    pub fn touch(&mut self, address: u32, bytes: u32, access: Access) {
        if !self.watched.watches.is_empty() {
            self.watched.touch(address, bytes, access);
        }
    }

    /// The first watched address that was touched since the last call.
    pub fn take_watch_hit(&mut self) -> Option<WatchHit> {
        self.watched.hit.take()
    }

    /// A load as a debugger makes it: no time passes, and what it breaks is not the firmware's fault.
    pub fn peek(&mut self, addr: u32, width: Width) -> Option<u32> {
        let findings = self.fabric.world.findings.clone();
        let value = self.soc.read(addr, width, &mut self.fabric.world).ok();
        self.fabric.settle(&mut self.soc);
        self.fabric.world.findings = findings;
        value
    }

    /// The same for a store; false when nothing answers.
    pub fn poke(&mut self, addr: u32, width: Width, value: u32) -> bool {
        let findings = self.fabric.world.findings.clone();
        let answered = self.soc.write(addr, width, value, &mut self.fabric.world).is_ok();
        self.fabric.settle(&mut self.soc);
        self.fabric.world.findings = findings;
        answered
    }

    /// The first buffered store that nothing answered since the last call.
    pub fn take_lost(&mut self) -> Option<LostStore> {
        self.lost.take()
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

    /// Nothing answers a store: whether its instruction is to know. Stores go through a buffer, unless ACTLR.DISDEFWBUF is
    /// set; the private peripheral bus has none (Cortex-M4 TRM r0p1, 4.2 "Auxiliary Control Register").
    #[cold]
    fn lose(&mut self, address: u32, pc: u32) -> bool {
        const DISDEFWBUF: u32 = 1 << 1;
        if self.soc.scb().actlr() & DISDEFWBUF != 0 || address >= 0xE000_0000 {
            return false;
        }
        self.lost.get_or_insert(LostStore { address, pc });
        self.soc.ppb.imprecise_fault();
        true
    }
}

impl Bus for BoardBus {
    #[inline]
    fn read(&mut self, addr: u32, width: Width, at: u64, pc: u32) -> Option<u32> {
        self.arrive(at, pc);
        self.touch(addr, width.bytes(), Access::Read);
        let value = self.soc.read(addr, width, &mut self.fabric.world).ok();
        self.fabric.settle(&mut self.soc);
        self.fabric.world.pc = None;
        value
    }

    #[inline]
    fn write(&mut self, addr: u32, width: Width, value: u32, at: u64, pc: u32) -> bool {
        self.arrive(at, pc);
        self.touch(addr, width.bytes(), Access::Write);
        let answered = self.soc.write(addr, width, value, &mut self.fabric.world).is_ok();
        self.fabric.settle(&mut self.soc);
        self.fabric.world.pc = None;
        answered || self.lose(addr, pc)
    }

    #[inline]
    fn flash(&self) -> Flash {
        let nvmc = &self.soc.nvmc;
        if nvmc.icache_enabled() { Flash::Cached { counted: nvmc.icache_counted() } } else { Flash::Uncached }
    }

    fn flash_store(&mut self, addr: u32, bytes: u32, at: u64, pc: u32) -> FlashStore {
        self.arrive(at, pc);
        let inside = addr.checked_add(bytes).is_some_and(|end| end <= FLASH_SIZE);
        let answer = if inside {
            self.soc.flash_store(addr, bytes, &mut self.fabric.world)
        } else {
            nrf52840::FlashStore::Faults
        };
        self.fabric.world.pc = None;
        match answer {
            nrf52840::FlashStore::Programs => FlashStore::Programs,
            nrf52840::FlashStore::Waits(until) => FlashStore::Waits(until.cycles_ceil()),
            nrf52840::FlashStore::Faults if self.lose(addr, pc) => FlashStore::Drops,
            nrf52840::FlashStore::Faults => FlashStore::Faults,
        }
    }

    #[inline]
    fn noticed(&mut self) -> bool {
        self.fabric.world.findings.all().len() != self.witnesses.findings()
    }

    fn witness(&mut self, witness: Witness) {
        let memory = self.memory.as_ref();
        let read = |at| memory.and_then(|memory| memory.word(at));
        self.witnesses.keep(witness, self.fabric.world.findings.all().len(), &read);
    }

    fn count_cache(&mut self, hits: u32, misses: u32) {
        self.soc.nvmc.count(hits, misses);
    }

    #[inline]
    fn fpu(&self) -> Fpu {
        const CP10_CP11: u32 = 0x00F0_0000;
        let scb = self.soc.scb();
        if scb.cpacr() & CP10_CP11 != CP10_CP11 {
            Fpu::Off
        } else if scb.fp_state_deferred() {
            Fpu::Deferred
        } else {
            Fpu::Ready
        }
    }

    /// CCR.USERSETMPEND opens STIR (Armv7-M ARM, B3.2.8).
    fn lets_in_unprivileged(&self, addr: u32) -> bool {
        const STIR: u32 = 0xE000_EF00;
        const USERSETMPEND: u32 = 1 << 1;
        addr == STIR && self.soc.scb().ccr() & USERSETMPEND != 0
    }

    #[inline]
    fn watched(&self) -> bool {
        self.watched.hit.is_some()
    }

    fn exception_waiting(&self) -> bool {
        self.soc.ppb.nvic.is_waiting()
    }

    #[inline]
    fn traps(&self) -> (bool, bool) {
        let ccr = self.soc.scb().ccr();
        (ccr & 1 << 4 != 0, ccr & 1 << 3 != 0)
    }

    #[inline]
    fn protection(&self) -> u32 {
        if self.soc.ppb.mpu.enabled() { self.soc.ppb.mpu.generation() } else { 0 }
    }

    fn page(&self, addr: u32, mode: CoreMode) -> Page {
        self.soc.ppb.mpu.page(addr, !mode.unprivileged, mode.urgent)
    }

    fn permits(&self, addr: u32, access: Access, mode: CoreMode) -> bool {
        let access = match access {
            Access::Read => MpuAccess::Read,
            Access::Write => MpuAccess::Write,
            Access::Fetch => MpuAccess::Fetch,
        };
        self.soc.ppb.mpu.check(addr, access, !mode.unprivileged, mode.urgent).is_ok()
    }

    #[inline]
    fn is_steady(&self, addr: u32) -> bool {
        self.soc.is_steady(addr)
    }

    #[inline]
    fn steady_until(&self, addr: u32) -> u64 {
        let wires = if self.soc.sees_wires(addr) { self.fabric.world.sched.next() } else { None };
        self.soc
            .steady_until(addr, self.fabric.world.now)
            .map_or(0, |until| wires.map_or(until, |wires| until.min(wires)).cycles_ceil())
    }

    /// What chips do by themselves reaches the core by pins, of which it hears when it looks, unless a block of the SoC may make an
    /// interrupt or a task of an edge. The SoC's own events may interrupt, or write to RAM, and so does RTT.
    #[inline]
    fn next_interruption(&self) -> u64 {
        let soc = &self.soc;
        if self.watched()
            || soc.ppb.nvic.changed()
            || soc.reset_requested()
            || soc.is_off()
            || soc.flash_has_work()
            || self.edge_has_come()
        {
            return 0;
        }
        let world = &self.fabric.world;
        let next = if self.soc.hears_pins(world) { world.sched.next() } else { world.sched.next_of(SOC) };
        next.map_or(self.next_look(), |next| next.min(self.next_look())).cycles_ceil()
    }
}

/// EasyDMA reaches data RAM by its data address only (PS v1.7, EasyDMA).
struct DataRam<'a> {
    memory: &'a Memory,
    watched: &'a mut Watched,
}

impl DataRam<'_> {
    fn inside(addr: u32) -> bool {
        addr >= RAM_BASE && matches!(Region::of(addr), Region::Ram(_))
    }
}

impl Ram for DataRam<'_> {
    fn read(&mut self, addr: u32, into: &mut [u8]) -> bool {
        match self.memory.read(addr, into.len() as u32) {
            Some(bytes) if Self::inside(addr) => {
                into.copy_from_slice(&bytes);
                self.watched.touch(addr, bytes.len() as u32, Access::Read);
                true
            }
            _ => false,
        }
    }

    fn write(&mut self, addr: u32, from: &[u8]) -> bool {
        let written = Self::inside(addr) && self.memory.write(addr, from);
        if written {
            self.watched.touch(addr, from.len() as u32, Access::Write);
        }
        written
    }
}
