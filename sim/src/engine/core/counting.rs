//! What ran: cycles and executions of every block of code, exactly, and now and then a look at the whole core.
//!
//! It is a hook of its own in the place of the usual one, so that it costs nothing where nobody asked for it. Cycles that pass between two
//! blocks are charged to the one that runs; time that firmware only waits, and loops that are skipped because they only poll, are
//! told apart. Nothing that is simulated depends on any of it.
//!
//! 1. Blocks are told apart by the exception in which they run.
//! 2. A look ([`Observer::look`]) is taken at the first start of a block after a number of cycles that varies around the period, so that it
//!    cannot keep step with the firmware.

use super::clock::{Block, State};
use super::hooks::Engine;
use super::registers::Registers;
use super::{Bus, Memory};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Executions of a block and the cycles they took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How often it ran, also in part.
    pub runs: u64,
    /// Cycles.
    pub cycles: u64,
}

/// A block that has run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The exception in which it ran; 0 in thread mode.
    pub exception: u16,
    /// Address of its first instruction.
    pub start: u32,
    /// Address behind its last instruction.
    pub end: u32,
    /// How often, and for how long.
    pub count: Count,
    /// For each halfword: cycles from the start to the instruction that starts there.
    pub offsets: Rc<[u16]>,
    /// For each halfword: whether an instruction starts there.
    pub starts: Rc<[bool]>,
    /// Cycles that it takes where nothing waits.
    pub cycles: u32,
}

/// Everything that has run.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Each block, by exception and address; one that was cut in several ways is there several times.
    pub blocks: Vec<Ran>,
    /// Instructions that did not run although their block did: from an address to the end of the block, so often.
    pub not_run: Vec<(u32, u32, u64)>,
}

/// Why time passes in which nothing is executed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pastime {
    /// The core enters or leaves an exception, or wakes up.
    #[default]
    Exceptions,
    /// WFI.
    Interrupt,
    /// WFE.
    Event,
    /// `B .`.
    Loop,
    /// A debugger holds the core until something is typed.
    Debugger,
    /// System OFF.
    Off,
    /// Flash is being written or erased.
    Flash,
    /// A loop that only polls.
    Polling,
    /// The firmware has ended, and the chips play what they hold.
    PlayOut,
}

/// Whoever wants to know what the core is at.
pub trait Observer {
    /// It is about to run the instruction at `registers.pc`; since the last look it has run for `cycles`.
    fn look(&mut self, registers: &Registers, memory: &Memory, cycles: u64);
    /// `cycles` have passed in which it only waited.
    fn waited(&mut self, registers: &Registers, memory: &Memory, why: Pastime, cycles: u64);
}

/// Blocks of a polling loop that are remembered, for the rounds that are skipped.
const MOST_IN_ROUND: usize = 64;
/// Different blocks that are kept once they are forgotten; firmware may keep moving its code.
const MOST_GONE: usize = 1 << 20;

type Gone = (u16, u32, u32);

/// What is counted so far.
pub(super) struct Counting {
    /// By the blocks' numbers, in the exception that runs now.
    now: Vec<Count>,
    /// The same for the other exceptions.
    others: FxHashMap<u16, Vec<Count>>,
    exception: u16,
    /// The cycle up to which everything is charged.
    last: u64,
    /// Blocks that are not known any more.
    gone: FxHashMap<Gone, Ran>,
    not_run: FxHashMap<(u32, u32), u64>,
    /// Blocks of the round of a loop that is being looked at.
    round: Vec<usize>,
    observer: Option<Box<dyn Observer>>,
    period: u64,
    /// Cycles on which the next look's distance is made.
    jitter: u64,
    /// When the last look was taken, in cycles in which something ran.
    looked: u64,
    ran: u64,
    why: Pastime,
}

impl Counting {
    /// `most` blocks can be known at a time.
    fn new(most: usize, now: u64, observer: Option<(u64, Box<dyn Observer>)>) -> Self {
        let (period, observer) = observer.map_or((u64::MAX, None), |(period, observer)| (period, Some(observer)));
        Self {
            // The host gives the memory only where blocks are.
            now: vec![Count::default(); most],
            others: FxHashMap::default(),
            exception: 0,
            last: now,
            gone: FxHashMap::default(),
            not_run: FxHashMap::default(),
            round: Vec::new(),
            observer,
            period,
            jitter: 1,
            looked: 0,
            ran: 0,
            why: Pastime::default(),
        }
    }

    /// Charges what has passed up to cycle `now` to block `number`; 0 stands for none, and what runs next pays then.
    #[inline(always)]
    fn charge(&mut self, number: usize, now: u64) {
        if number != 0
            && let Some(count) = self.now.get_mut(number)
        {
            // An instruction that is to run again takes its cycles back.
            count.cycles = count.cycles.wrapping_add(now.wrapping_sub(self.last));
            self.ran = self.ran.wrapping_add(now.wrapping_sub(self.last));
            self.last = now;
        }
    }

    fn enter_exception(&mut self, exception: u16) {
        if exception == self.exception {
            return;
        }
        let most = self.now.len();
        let next = self.others.remove(&exception).unwrap_or_else(|| vec![Count::default(); most]);
        let before = std::mem::replace(&mut self.now, next);
        self.others.insert(self.exception, before);
        self.exception = exception;
    }

    /// Takes what is counted of block `number`, which is `block`.
    fn take(&mut self, number: usize, block: &Block) {
        let exceptions = std::iter::once((self.exception, &mut self.now));
        let others = self.others.iter_mut().map(|(exception, counts)| (*exception, counts));
        for (exception, counts) in exceptions.chain(others) {
            let count = counts.get_mut(number).map(std::mem::take).unwrap_or_default();
            if count == Count::default() {
                continue;
            }
            let key = (exception, block.start, block.end);
            if self.gone.len() >= MOST_GONE && !self.gone.contains_key(&key) {
                continue;
            }
            let ran = self.gone.entry(key).or_insert_with(|| Ran {
                exception,
                start: block.start,
                end: block.end,
                count: Count::default(),
                offsets: block.offsets.as_slice().into(),
                starts: (0..block.offsets.len()).map(|index| block.starts(index)).collect(),
                cycles: block.cycles,
            });
            ran.count.runs += count.runs;
            ran.count.cycles = ran.count.cycles.wrapping_add(count.cycles);
        }
    }

    /// Cycles from one look to the next: half the period to one and a half of it.
    fn next_look(&mut self) -> u64 {
        // Knuth's multiplier for 64 bits (The Art of Computer Programming, 3.3.4).
        self.jitter = self.jitter.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.period / 2 + (self.jitter >> 33) % self.period.max(1)
    }
}

impl<B: Bus> State<B> {
    /// Counts from now on, for `observer` as well, who looks about every so many cycles; nothing may be running.
    pub(super) fn start_counting(&mut self, observer: Option<(u64, Box<dyn Observer>)>) {
        let mut counting = Counting::new(self.most_blocks(), self.now(), observer);
        self.look_at =
            if counting.observer.is_some() { self.now().saturating_add(counting.next_look()) } else { u64::MAX };
        self.counting = Some(Box::new(counting));
    }

    /// What was counted. It goes on.
    pub(super) fn counted(&mut self) -> Counted {
        self.charge();
        let Some(mut counting) = self.counting.take() else { return Counted::default() };
        self.each_known(|number, block| counting.take(number, block));
        let mut blocks: Vec<Ran> = counting.gone.values().cloned().collect();
        blocks.sort_by_key(|ran| (ran.exception, ran.start, ran.end));
        let mut not_run: Vec<_> = counting.not_run.iter().map(|(&(from, to), &times)| (from, to, times)).collect();
        not_run.sort_unstable();
        self.counting = Some(counting);
        Counted { blocks, not_run }
    }

    /// Charges the running block with what has passed.
    #[inline(always)]
    pub(super) fn charge(&mut self) {
        let (number, now) = (self.running_number(), self.now());
        if let Some(counting) = &mut self.counting {
            counting.charge(number, now);
        }
    }

    /// A block starts to run.
    #[inline(always)]
    pub(super) fn count_start(&mut self) {
        let (number, now) = (self.running_number(), self.now());
        if let Some(counting) = &mut self.counting {
            counting.charge(number, now);
            if let Some(count) = counting.now.get_mut(number) {
                count.runs += 1;
            }
        }
    }

    /// The block that was started is part of a round of a loop that is being looked at.
    pub(super) fn count_round(&mut self) {
        let number = self.running_number();
        if let Some(counting) = &mut self.counting
            && counting.round.len() < MOST_IN_ROUND
        {
            counting.round.push(number);
        }
    }

    /// A round begins.
    pub(super) fn count_new_round(&mut self) {
        if let Some(counting) = &mut self.counting {
            counting.round.clear();
        }
    }

    /// So many rounds of the loop that was looked at are skipped, `cycles` in all; the core stands at `pc`.
    pub(super) fn count_skipped(&mut self, engine: Engine, pc: u32, rounds: u64, cycles: u64) {
        let memory = self.memory().clone();
        let Some(counting) = &mut self.counting else { return };
        counting.last += cycles;
        for &number in &counting.round {
            if let Some(count) = counting.now.get_mut(number) {
                count.runs += rounds;
            }
        }
        if let Some(observer) = &mut counting.observer
            && cycles > 0
        {
            let registers = Registers { pc, ..Registers::read(engine) };
            observer.waited(&registers, &memory, Pastime::Polling, cycles);
        }
    }

    /// The core goes on at another moment.
    pub(super) fn count_from_here(&mut self) {
        let now = self.now();
        if let Some(counting) = &mut self.counting {
            counting.last = now;
            if counting.observer.is_some() {
                self.look_at = now;
            }
        }
    }

    /// `cycles` pass in which nothing is executed.
    pub(super) fn count_waited(&mut self, engine: Engine, cycles: u64) {
        let memory = self.memory().clone();
        let Some(counting) = &mut self.counting else { return };
        counting.last += cycles;
        if let Some(observer) = &mut counting.observer
            && cycles > 0
        {
            observer.waited(&Registers::read(engine), &memory, counting.why, cycles);
        }
    }

    /// Why time passes in [`State::count_waited`] from now on.
    pub(super) fn because(&mut self, why: Pastime) {
        if let Some(counting) = &mut self.counting {
            counting.why = why;
        }
    }

    /// Of the running block the instructions from `pc` on have not run.
    pub(super) fn count_not_run(&mut self, pc: u32) {
        let Some(end) = self.running().map(|known| known.block.end) else { return };
        if let Some(counting) = &mut self.counting
            && (counting.not_run.len() < MOST_GONE || counting.not_run.contains_key(&(pc, end)))
        {
            *counting.not_run.entry((pc, end)).or_default() += 1;
        }
    }

    /// The core handles `exception` now.
    pub(super) fn count_in(&mut self, exception: u32) {
        self.charge();
        if let Some(counting) = &mut self.counting {
            counting.enter_exception(exception as u16);
        }
    }

    /// `block`, which has this number, is not known any more.
    pub(super) fn count_gone(&mut self, number: usize, block: &Block) {
        if let Some(counting) = &mut self.counting {
            counting.take(number, block);
        }
    }

    /// It is time for a look: the core is about to run the block at `pc`.
    #[cold]
    pub(super) fn look(&mut self, engine: Engine, pc: u32) {
        self.charge();
        let memory = self.memory().clone();
        let now = self.now();
        let Some(counting) = &mut self.counting else { return };
        let cycles = counting.ran.wrapping_sub(counting.looked);
        counting.looked = counting.ran;
        let next = counting.next_look();
        if let Some(observer) = &mut counting.observer {
            let registers = Registers { pc, ..Registers::read(engine) };
            observer.look(&registers, &memory, cycles);
        }
        self.look_at = now.saturating_add(next);
    }
}
