//! What a debugger wants to be told: breakpoints, watched addresses, single steps. None of it changes a cycle.
//!
//! Breakpoints are addresses that the clock knows: a block with one is cut before it, as it would be cut for an event, and no other
//! block is looked at. Watched memory is a matter of its 1 KB pages: Unicorn is refused data accesses to them, so that it asks; the
//! instruction is then run alone with the page open. Pages without a watched address are as fast as ever. Watched registers of
//! peripherals are the bus's ([`super::Bus::watched`]).
//!
//! 1. A breakpoint in an IT block is met whether or not its instruction's condition holds. The core may stand inside an IT block
//!    then, which it does for nobody else: no exception is taken before it has gone on to the end of that.
//! 2. What an instruction accesses counts as a whole: a store exclusive that fails, too.

use super::clock::{State, Wish};
use super::memory::{PAGE, RAM_ALIAS, RAM_BASE, RAM_SIZE};
use super::{Access, Bus, Core, NOWHERE, Region, Stop, hooks, rewind};
use crate::engine::timing::{Block, Class, Insn, advance_it};
use std::collections::BTreeSet;
use unicorn_engine::RegisterARM;

/// Which accesses of an address are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchKind {
    /// Stores.
    Write,
    /// Loads.
    Read,
    /// Both.
    Access,
}

/// Addresses that are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The first.
    pub address: u32,
    /// How many; not 0.
    pub bytes: u32,
    /// Which accesses.
    pub kind: WatchKind,
}

/// A watched address was accessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchHit {
    /// The first watched address that the access touched, as it was given.
    pub address: u32,
    /// As it is watched.
    pub kind: WatchKind,
}

impl Watch {
    /// Whether `access` of `bytes` bytes at `address` touches it. RAM has two addresses, and both are meant.
    pub fn hit(&self, address: u32, bytes: u32, access: Access) -> Option<WatchHit> {
        let wanted = match access {
            Access::Read => self.kind != WatchKind::Write,
            Access::Write => self.kind != WatchKind::Read,
            Access::Fetch => false,
        };
        let (mine, other) = (u64::from(one_address(self.address)), u64::from(one_address(address)));
        let first = mine.max(other);
        let touched = first < (mine + u64::from(self.bytes)).min(other + u64::from(bytes));
        (wanted && touched)
            .then(|| WatchHit { address: self.address.wrapping_add((first - mine) as u32), kind: self.kind })
    }
}

/// The data address of what may be an address of RAM on the code bus.
fn one_address(address: u32) -> u32 {
    if (RAM_ALIAS..RAM_ALIAS + RAM_SIZE).contains(&address) { address - RAM_ALIAS + RAM_BASE } else { address }
}

/// What the core has to know of a debugger's wishes.
#[derive(Debug, Default)]
pub(super) struct Debug {
    breaks: BTreeSet<u32>,
    /// The instruction that goes on from its breakpoint: its address, and how many were executed before it.
    passes: Option<(u32, u64)>,
    watches: Vec<Watch>,
    /// Pages of memory with watched addresses, by their data address.
    pages: BTreeSet<u32>,
    /// The core stands inside an IT block.
    inside_it: bool,
    /// No more than one instruction is to run.
    single: bool,
}

impl Debug {
    /// Breakpoints from `start` up to and without `end`.
    pub(super) fn within(&self, start: u32, end: u32) -> impl Iterator<Item = u32> {
        self.breaks.range(start..end.max(start)).copied()
    }

    /// Whether the block from `start` up to and without `end` has a breakpoint.
    pub(super) fn is_in(&self, start: u32, end: u32) -> bool {
        self.within(start, end).next().is_some()
    }

    /// Whether this goes on from its breakpoint.
    pub(super) fn passes(&self, start: u32, instructions: u64) -> bool {
        self.passes == Some((start, instructions))
    }

    /// Whether data accesses to the 1 KB at `page` are looked at.
    #[inline]
    pub(super) fn watches_page(&self, page: u32) -> bool {
        !self.pages.is_empty() && self.pages.contains(&(one_address(page) & !(PAGE - 1)))
    }

    /// The watched address that such an access touches.
    pub(super) fn hit(&self, address: u32, bytes: u32, access: Access) -> Option<WatchHit> {
        self.watches.iter().find_map(|watch| watch.hit(address, bytes, access))
    }
}

impl<B: Bus> State<B> {
    /// The first breakpoint of `block` behind its start and before `until`.
    pub(super) fn break_behind(&self, block: &Block, start: u32, until: u32) -> Option<u32> {
        self.debug.within(start.wrapping_add(2), until).find(|&at| block.starts(block.index(at)))
    }

    /// The first instruction of `block`, which is to start, that has a breakpoint; none when it is `forced` to run.
    #[cold]
    pub(super) fn halt_in(&mut self, block: &Block, forced: bool) -> Option<u32> {
        let passes = self.debug.passes(block.start, self.instructions());
        if passes {
            // A round with an instruction at which it would stop next time is not one that can be skipped.
            self.polling.touched();
        }
        let halts = |at: u32| block.starts(block.index(at)) && !(passes && at == block.start);
        self.debug.within(block.start, block.end).find(|&at| halts(at)).filter(|_| !forced)
    }
}

impl<B: Bus> Core<B> {
    /// From now on the core stops before the instruction at `address`, or does not any more.
    pub fn set_breakpoint(&mut self, address: u32, on: bool) {
        let breaks = &mut self.state.debug.breaks;
        let changed = if on { breaks.insert(address & !1) } else { breaks.remove(&(address & !1)) };
        if changed {
            // Blocks with one are not run without a look.
            self.state.forget_blocks();
        }
    }

    /// No instruction has a breakpoint any more.
    pub fn clear_breakpoints(&mut self) {
        self.state.debug.breaks.clear();
        self.state.debug.passes = None;
        self.state.forget_blocks();
    }

    /// Sets R0 to R12 and R14; the core stays where it stands.
    pub fn set_general(&mut self, r: &[u32; 13], lr: u32) {
        for (&register, &value) in super::GENERAL.iter().zip(r) {
            self.write_register(register, value);
        }
        self.write_register(RegisterARM::LR, lr);
    }

    /// Whether there is a breakpoint at `address`.
    pub fn has_breakpoint(&self, address: u32) -> bool {
        self.state.debug.breaks.contains(&(address & !1))
    }

    /// The instruction at PC runs, breakpoint or not, when the core goes on.
    pub fn pass_breakpoint(&mut self) {
        self.state.debug.passes = Some((self.pc(), self.instructions()));
    }

    /// Watches these addresses and no others from now on.
    pub fn set_watches(&mut self, watches: &[Watch]) {
        let debug = &mut self.state.debug;
        debug.watches = watches.to_vec();
        debug.pages.clear();
        for watch in watches {
            let (first, last) = (watch.address, watch.address.saturating_add(watch.bytes.max(1) - 1));
            let memory = |at: u32| matches!(Region::of(at), Region::Flash(_) | Region::Ram(_));
            // No more than there are pages of memory.
            let mut page = one_address(first) & !(PAGE - 1);
            while memory(page) && page <= one_address(last) {
                debug.pages.insert(page);
                page = page.saturating_add(PAGE);
            }
        }
        hooks::flush_tlb(self.unicorn.get_handle());
    }

    /// Whether the core was stopped inside an IT block, which has to be finished before an exception can be taken.
    pub fn is_inside_it(&self) -> bool {
        self.state.debug.inside_it
    }

    /// The core stays where it stands for a debugger to look.
    pub fn halt(&mut self) {
        self.state.debug.inside_it = self.stands_in_it();
    }

    /// Executes one instruction, or none when time had to pass first. [`Stop::Stepped`] when that is all there is to say; with any other the instruction may not have run,
    /// which [`Core::instructions`] tells.
    pub fn step(&mut self) -> Stop {
        self.state.set_deadline(u64::MAX, u64::MAX);
        self.prepare();
        if self.state.pays_for_a_jump() {
            // Something may have become due meanwhile.
            return Stop::Deadline;
        }
        self.state.debug.inside_it = false;
        self.pass_breakpoint();
        self.state.debug.single = true;
        let before = self.instructions();
        let stop = loop {
            let stop = match std::mem::replace(&mut self.state.wish, Wish::None) {
                Wish::Hooks { start, size } => {
                    self.install_dynamic(start, size);
                    None
                }
                Wish::Rewind => self.rewind(),
                Wish::Lost => Some(super::LOST),
                _ if self.instructions() != before => Some(Stop::Stepped),
                Wish::Fpu => Some(Stop::Fpu),
                Wish::Masks => Some(Stop::Masks),
                _ => self.run_one(),
            };
            if let Some(stop) = stop {
                break stop;
            }
        };
        self.state.debug.single = false;
        self.halt();
        stop
    }

    /// Executes the instruction at PC and, but for a wait, no other.
    fn run_one(&mut self) -> Option<Stop> {
        let pc = self.pc();
        match self.instruction(pc) {
            // An end behind it would hide why the run came to it.
            Some(Insn { class: Class::Wait, .. }) | None => self.run_alone(pc, NOWHERE),
            // What has waited for a branch happens where it leads, also when it is not taken.
            Some(insn) if insn.is_branch() && !self.stands_in_it() => self.run_alone(pc, NOWHERE),
            Some(insn) => self.run_alone(pc, pc.wrapping_add(insn.size.into())),
        }
    }

    /// Runs from `pc` as far as `until`, whatever comes; where a branch leads, nothing runs.
    pub(super) fn run_alone(&mut self, pc: u32, until: u32) -> Option<Stop> {
        let (about, before) = (self.state.replace_about(0), self.instructions());
        self.state.forced = true;
        let stop = if until == NOWHERE { self.enter(NOWHERE) } else { self.run_cut(pc, until.wrapping_sub(pc), until) };
        self.state.replace_about(about);
        // What the block behind it wants is found out again when it is its turn.
        let lasts = matches!(self.state.wish, Wish::Hooks { .. } | Wish::Rewind | Wish::Lost);
        if self.instructions() != before && !lasts {
            self.state.wish = Wish::None;
        }
        stop
    }

    /// The core was stopped inside an IT block: runs to the end of that.
    pub(super) fn finish_it(&mut self) -> Option<Stop> {
        self.state.debug.inside_it = false;
        while self.stands_in_it() {
            let (pc, mut it) = (self.pc(), rewind::it_state(self.register(RegisterARM::XPSR)));
            let mut end = pc;
            while it & 0xF != 0 && (end == pc || !self.has_breakpoint(end)) {
                let insn = self.instruction(end)?;
                end = end.wrapping_add(insn.size.into());
                it = advance_it(it, &insn);
            }
            if self.has_breakpoint(pc) && !self.state.debug.passes(pc, self.instructions()) {
                self.halt();
                return Some(Stop::Halt);
            }
            if let Some(stop) = self.run_alone(pc, end) {
                return Some(stop);
            }
            match self.state.wish {
                Wish::Hooks { start, size } => {
                    self.state.wish = Wish::None;
                    self.install_dynamic(start, size);
                }
                Wish::None => {}
                _ => return None,
            }
        }
        None
    }

    /// The block was cut before `at`: whether that is a breakpoint that nothing else comes before.
    pub(super) fn halted_at(&mut self, at: u32) -> Option<Stop> {
        let here = self.state.wish == Wish::None && self.pc() == at && self.has_breakpoint(at);
        // Outside of IT the next look at the clock decides.
        if here && self.stands_in_it() {
            self.halt();
            return Some(Stop::Halt);
        }
        None
    }

    /// The instruction at `pc` accesses `page`, which has to be open for it: because a border of what is allowed lies there, or because it is
    /// watched. `hit`: it touches a watched address.
    pub(super) fn run_open(&mut self, pc: u32, page: u32, hit: Option<WatchHit>) -> Option<Stop> {
        if self.state.stand_before_access(pc).is_none() {
            return Some(super::OUTSIDE);
        }
        let size = self.instruction(pc).map_or(2, |insn| u32::from(insn.size));
        self.state.granted.push(page);
        let before = self.instructions();
        let stop = loop {
            let stop = self.run_alone(pc, pc.wrapping_add(size));
            // The one behind it is no reason to leave the rest of an IT block to a block of its own.
            let Wish::Hooks { start, size } = self.state.wish else { break stop };
            self.state.wish = Wish::None;
            self.install_dynamic(start, size);
            if stop.is_some() || self.instructions() != before {
                break stop;
            }
        };
        self.state.granted.clear();
        hooks::flush_tlb(self.unicorn.get_handle());
        if stop.is_some() || self.state.wish != Wish::None {
            return stop;
        }
        if let Some(hit) = hit {
            self.halt();
            return Some(Stop::Watched(hit));
        }
        if self.state.debug.single { None } else { self.finish_it() }
    }

    fn stands_in_it(&self) -> bool {
        rewind::it_state(self.register(RegisterARM::XPSR)) & 0xF != 0
    }
}
