//! The clock's state: which block runs, what it costs, and whether an event falls into it.

mod accesses;
mod blocks;
mod cuts;
mod hot;
mod mode;
mod moment;
mod sites;

pub(super) use moment::Moment;

pub(super) use super::super::timing::Block;
use super::super::timing::{Carry, Class, Dynamic, DynamicKind, Rules, advance_it, analyse, decode, divide_cycles};
use super::counting::Counting;
use super::debug::Debug;
use super::direct::{Candidate, Direct, candidates, holds};
use super::fetch::Fetch;
use super::hooks::{Site, flush_tlb, read_register, write_register};
use super::memory::{FLASH_SIZE, Memory, PAGE, Pages, Region};
use super::polling::Polling;
use super::registers::{IPSR, NPRIV};
use super::rewind::{Accesses, Replay, Rewind};
use super::shared::Shared;
use super::watch::Watch;
use super::{Access, Bus, CoreMode, Fpu, Stop};
use hot::{Hot, Hots, key};
use peripherals::cortex_m::Page;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::{Cell, OnceCell};
use std::ptr::{self, NonNull};
use unicorn_engine::{Prot, RegisterARM, uc_engine};

/// How the next block is reached when no block stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Boundary {
    /// From outside, or by a branch that is not charged.
    Jump,
    /// The block in `last` has been charged; what follows is judged by it.
    Settled,
    /// The block at this address was announced, its entry charged, but it did not run.
    Announced(u32),
}

/// What a hook wants done outside of Unicorn before the block that was about to run runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Nothing.
    None,
    /// The next event falls into the block.
    Event { start: u32, size: u32 },
    /// Instructions whose cost depends on data need hooks of their own.
    Hooks { start: u32, size: u32 },
    /// It is about time to stop.
    Pause,
    /// The block is one branch to itself.
    Loop,
    /// The block starts with an instruction of the FPU, and the FPU is not ready.
    Fpu,
    /// The block is to end before the instruction at this address.
    Cut { start: u32, size: u32, at: u32 },
    /// The mask registers may have changed, and an exception is waiting.
    Masks,
    /// What runs, runs in vain.
    Rewind,
    /// The block starts with an instruction that has a breakpoint.
    Break,
    /// No instruction of the running block makes the access that was made.
    Lost,
}

/// A block whose cost is known.
#[derive(Debug)]
pub(super) struct Known {
    hot: NonNull<Hot>,
    /// Its number.
    place: u32,
    pub(super) block: Block,
    /// Guards code in RAM, which may be rewritten between two runs.
    code: Vec<u8>,
    /// How it was entered when it was analysed.
    entered: Option<Carry>,
    /// Cycles that its instructions may take more, depending on data.
    slack: u32,
    /// One of its instructions has a breakpoint.
    has_break: bool,
    /// The block that follows the cut at the end, once it has run; kept only for flash, where code does not change.
    after_cut: Cell<*const Known>,
    /// It has reached a peripheral, and the calls that led there are kept.
    pub(super) witnessed: Cell<bool>,
    /// Which instructions may reach a peripheral, when the block can run on the short way.
    candidates: OnceCell<Option<Box<[Candidate]>>>,
}

impl Known {
    /// The instructions that may reach a peripheral; `None` when they cannot be told apart without PC.
    pub(super) fn candidates(&self) -> Option<&[Candidate]> {
        let found = self.candidates.get_or_init(|| candidates(&self.code, self.entered.map_or(0, |carry| carry.it)));
        found.as_deref()
    }

    fn hot(&self) -> &Hot {
        // SAFETY: both are forgotten together, by `forget_blocks`.
        unsafe { self.hot.as_ref() }
    }

    /// The IT state of the instruction at halfword `index`.
    pub(super) fn it_at(&self, index: usize) -> u8 {
        let half = |at: usize| self.code.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
        let (mut it, mut at) = (self.entered.map_or(0, |carry| carry.it), 0);
        while at < 2 * index {
            let insn = decode(half(at), half(at + 2));
            it = advance_it(it, &insn);
            at += usize::from(insn.size);
        }
        it
    }

    /// Index of the halfword at `pc`.
    #[inline]
    pub(super) fn index(&self, pc: u32) -> usize {
        self.block.index(pc)
    }

    /// The address of halfword `index`.
    pub(super) fn address(&self, index: u16) -> u32 {
        self.block.start.wrapping_add(2 * u32::from(index))
    }
}

/// A block that has been charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Last {
    end: u32,
    not_taken: u32,
    always_branches: bool,
    cut: bool,
    masking: bool,
    carry: Carry,
}

/// Everything hooks work on; `Core` owns it in a box, so that it never moves.
///
/// Time is charged when a block starts, for the whole of it; what branches cost is charged when it is known where they led.
///
/// What [`State::enter`] needs comes first and in one line of the host's cache.
#[repr(C, align(64))]
pub(super) struct State<B> {
    /// The running block, or `idle`.
    running: NonNull<Hot>,
    /// The cycle behind the running block, and the present when none runs.
    now: u64,
    /// The deadline; 0 when the hook must look closer whatever comes. Moved forward a little, so that no block whose
    /// instructions take longer than they might can run past it.
    limit: u64,
    /// With those of the running block.
    instructions: u64,
    /// Blocks entered by a branch, by their folded address: the number of what was last seen there.
    table: Box<Table>,
    /// What is in the tables.
    hots: Hots,
    /// The table for the other way to the peripherals; on the short way it holds only blocks that can be run there.
    other_table: Box<Table>,
    pub direct: Direct,
    /// Where instructions come from.
    pub fetch: Fetch,
    pub bus: B,
    /// The cycle to stop at, exactly to the instruction.
    deadline: u64,
    /// The cycle to stop about.
    about: u64,
    pub polling: Polling,
    /// Cycles of [`State::wait`].
    pub waited: u64,
    /// The hook on all blocks.
    pub block_hook: usize,
    /// Whether the core stays where it is.
    pub watch: Option<Watch>,
    /// What runs is counted.
    pub counting: Option<Box<Counting>>,
    /// The cycle in which whoever observes the core wants to look at it.
    pub look_at: u64,
    pub wish: Wish,
    pub forced: bool,
    pub starting: bool,
    pub boundary: Boundary,
    pub refused: Option<(u32, Access)>,
    pub interrupt: Option<u32>,
    /// Instructions that need hooks of their own, by address.
    pub wanted: Vec<u32>,
    pub pages: Pages,
    pub loaded: u32,
    /// What SEV sets and WFE clears (Armv7-M ARM, B1.5.18).
    pub event_register: bool,
    /// Where to go back to when what runs in vain has ended.
    pub rewind: Option<Box<Rewind>>,
    /// Accesses that are not to reach the bus again.
    pub replay: Option<Replay>,
    /// What the last instruction that reached the bus did there.
    pub accesses: Accesses,
    /// Whether instructions of the FPU can just run; blocks with such are in the tables only then.
    fpu_ready: bool,
    /// Blocks in the tables that have instructions of the FPU, by their start.
    fpu_blocks: Vec<u32>,
    mode: CoreMode,
    /// The core is in handler mode.
    handler: bool,
    /// [`Bus::protection`] and the mode for which Unicorn's TLB was filled.
    protected: (u32, CoreMode),
    /// The TLB is to be emptied before the next block.
    flush_wanted: bool,
    /// Pages that are open for the one instruction that runs.
    pub granted: Vec<u32>,
    /// CCR.DIV_0_TRP and CCR.UNALIGN_TRP, as blocks were analysed for them.
    traps: (bool, bool),
    /// Blocks are to be analysed anew.
    relearn: bool,
    /// FAULTMASK is set.
    faultmask: bool,
    /// What ran before time was settled.
    last: Option<Last>,
    /// The same block as it is known, if it still is.
    last_known: *const Known,
    /// What the cut before an announced block left over.
    announced: Option<Carry>,
    rules: Rules,
    memory: Memory,
    /// Every block by its address; several where blocks differ in length or in how they were entered.
    #[expect(clippy::vec_box, reason = "blocks are pointed to, so they may not move when the list grows")]
    known: FxHashMap<u32, Vec<Box<Known>>>,
    /// Pages of flash in which known blocks start.
    flash_code: Vec<bool>,
    /// The most that any block may take longer.
    slack: u64,
    pub(super) hooked: FxHashSet<u32>,
    /// Those that are or were hooked.
    pub(super) sites: FxHashMap<u32, Shared<Site<B>>>,
    /// How often such have run since the last look at who does, and when the next one is due.
    site_runs: (u32, u32),
    /// Start, address and number of accesses of the instruction that made the last one, less one.
    pub last_access: (u64, u32, u32),
    /// The last access of a peripheral if it was unaligned: its instruction and cycle.
    unaligned: Option<(u32, u64)>,
    /// The conditional instruction that was charged last, and its cycles beyond the first.
    charged: (u32, u32),
    /// What a debugger wants to be told.
    pub debug: Debug,
}

const SLOTS: usize = 1 << 20;
/// Its length is in its type, so that [`slot`] needs no check.
type Table = [u32; SLOTS];

/// Memory that the host gives only where blocks are.
fn empty_table() -> Box<Table> {
    vec![0; SLOTS].into_boxed_slice().try_into().expect("it has that length")
}

/// Code lives in 1 MB of flash and 256 KB of RAM. Two addresses that share a slot only cost time.
#[inline(always)]
fn slot(address: u32) -> usize {
    ((address ^ (address >> 9)) >> 1) as usize & (SLOTS - 1)
}

impl<B: Bus> State<B> {
    pub(super) fn new(bus: B, rules: Rules, memory: Memory) -> Self {
        let hots = Hots::new();
        let idle = hots.idle();
        let fetch = Fetch::new(&rules);
        Self {
            running: idle,
            now: 0,
            limit: 0,
            instructions: 0,
            waited: 0,
            block_hook: 0,
            watch: None,
            counting: None,
            look_at: u64::MAX,
            table: empty_table(),
            hots,
            other_table: empty_table(),
            direct: Direct::default(),
            fetch,
            bus,
            deadline: 0,
            about: 0,
            polling: Polling::default(),
            wish: Wish::None,
            forced: false,
            starting: false,
            boundary: Boundary::Jump,
            refused: None,
            interrupt: None,
            wanted: Vec::new(),
            pages: Pages::new(memory.clone()),
            loaded: 0,
            event_register: false,
            rewind: None,
            replay: None,
            accesses: Accesses::default(),
            fpu_ready: false,
            fpu_blocks: Vec::new(),
            mode: CoreMode::default(),
            handler: false,
            protected: (0, CoreMode::default()),
            flush_wanted: false,
            granted: Vec::new(),
            traps: (false, false),
            relearn: false,
            faultmask: false,
            last: None,
            last_known: ptr::null(),
            announced: None,
            rules,
            memory,
            known: FxHashMap::default(),
            flash_code: vec![false; (FLASH_SIZE / PAGE) as usize],
            slack: 0,
            hooked: FxHashSet::default(),
            sites: FxHashMap::default(),
            site_runs: (0, sites::FIRST_REVIEW),
            last_access: (0, 0, 0),
            unaligned: None,
            charged: (0, 0),
            debug: Debug::default(),
        }
    }

    /// The present, when no block runs.
    pub(super) fn now(&self) -> u64 {
        self.now
    }

    /// Instructions executed or skipped by IT, when no block runs.
    pub(super) fn instructions(&self) -> u64 {
        self.instructions
    }

    /// Sets the cycle to stop at, exactly to the instruction, and the one to stop about, at the end of a block.
    pub(super) fn set_deadline(&mut self, deadline: u64, about: u64) {
        (self.deadline, self.about) = (deadline, about);
    }

    /// Sets the cycle to stop about, and gives what it was.
    pub(super) fn replace_about(&mut self, about: u64) -> u64 {
        std::mem::replace(&mut self.about, about)
    }

    /// Whether it is time to stop; nothing runs.
    pub(super) fn is_over(&self) -> bool {
        self.now >= self.deadline || self.now >= self.about
    }

    /// The cycle to stop at.
    #[inline]
    pub(super) fn deadline(&self) -> u64 {
        self.deadline
    }

    /// Flash and RAM.
    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The first moment at which a loop that only polls may see something new, or has to stop.
    pub(super) fn horizon(&self) -> u64 {
        self.bus.next_interruption().min(self.deadline).min(self.about)
    }

    /// The core goes on after the world may have changed.
    pub(super) fn go_on(&mut self) {
        self.polling.interrupted(self.handler);
    }

    /// When the core has to stop whatever it does.
    pub(super) fn end_of_run(&self) -> u64 {
        self.deadline.min(self.about)
    }

    /// Lets time pass, or jump ahead over `instructions` that would only repeat themselves.
    pub(super) fn pass(&mut self, cycles: u64, instructions: u64) {
        self.now += cycles;
        self.instructions += instructions;
    }

    /// The same, and firmware only waits meanwhile.
    pub(super) fn wait(&mut self, cycles: u64, instructions: u64) {
        self.waited += cycles;
        self.pass(cycles, instructions);
    }

    /// The deadline is at `at` or earlier.
    #[inline]
    pub(super) fn stop_by(&mut self, at: u64) {
        if at < self.deadline {
            self.deadline = at;
            self.limit = self.limit.min(at.saturating_sub(self.slack));
        }
    }

    /// The next block is looked at closely.
    #[inline]
    pub(super) fn look_closer(&mut self) {
        self.limit = 0;
    }

    /// Forgets what ran: the core was reset.
    pub(super) fn forget(&mut self) {
        self.stand();
        self.last = None;
        self.boundary = Boundary::Jump;
        self.event_register = false;
    }

    /// The core goes on at `pc`, where no branch has led, in IT state `it`.
    pub(super) fn stand_at_jump(&mut self, pc: u32, it: u8) {
        self.stand();
        self.last = None;
        self.boundary = Boundary::Jump;
        if it & 0xF != 0 {
            self.boundary = Boundary::Announced(pc);
            self.announced = Some(Carry::inside(it));
        }
    }

    fn stand(&mut self) {
        self.charge();
        self.running = self.hots.idle();
        self.limit = 0;
        // What runs next may be the rest of what ran, with the same number of instructions behind it.
        self.direct.forget_place();
    }

    /// The running block.
    #[inline]
    pub(super) fn running(&self) -> Option<&Known> {
        // SAFETY: `running` and what is in the tables is number 0 of `hots`, or belongs to a block in `known`; `forget_blocks` forgets
        // all of them together, and only when nothing runs. Likewise for every `Known` pointer.
        unsafe { self.running.as_ref().known.as_ref() }
    }

    /// A block starts, and nothing is special about it: charges it. False when [`State::enter_slowly`] has to look.
    ///
    /// It runs for every block, also in the dev profile: hence sums that wrap (cycles and instructions do in 9,000 years)
    /// and no pointers but `NonNull`, which are not checked again.
    #[inline(always)]
    pub(super) fn enter(&mut self, start: u32, size: u32) -> bool {
        // Nothing in here may panic: that would cost a frame on the stack.
        // SAFETY: as in `running`.
        let (next, before) = unsafe { (self.hots.at(self.table.as_ref()[slot(start)]), self.running.as_ref()) };
        // SAFETY: as in `running`.
        let block = unsafe { next.as_ref() };
        let entered = block.cycles_entered;
        let fallen = before.not_taken.wrapping_add(block.cycles);
        let cycles = if before.falls_to == start { fallen } else { entered };
        let now = self.now.wrapping_add(u64::from(cycles));
        if block.key != key(start, size) || now >= self.limit || !self.fetch.has(block.lines_at, block.lines_mask) {
            return false;
        }
        self.now = now;
        self.instructions = self.instructions.wrapping_add(u64::from(block.instructions));
        self.running = next;
        true
    }

    /// As [`State::enter`], for a block that ends in a cut, so that what follows is looked at, or of which lines have left the
    /// instruction cache, so that they are fetched.
    #[inline]
    pub(super) fn enter_cut_or_absent(&mut self, start: u32, size: u32) -> bool {
        // SAFETY: as in `running`.
        let (next, before) = unsafe { (self.hots.at(self.table.as_ref()[slot(start)]), self.running.as_ref()) };
        // SAFETY: as in `running`.
        let block = unsafe { next.as_ref() };
        let fell = before.falls_to == start;
        let cycles = if fell { before.not_taken.wrapping_add(block.cycles) } else { block.cycles_entered };
        let now = self.now.wrapping_add(u64::from(cycles));
        let most = u64::from(self.fetch.most_of(block.lines));
        if block.closer_key != key(start, size) || now.wrapping_add(most) >= self.limit {
            return false;
        }
        self.instructions = self.instructions.wrapping_add(u64::from(block.instructions));
        let missed = if block.lines_mask != 0 {
            self.fetch.fetch_absent(block.lines_at, block.lines_mask, self.instructions)
        } else {
            self.fetch.fetch(self.fetch.lines_from(start, block.lines), self.instructions)
        };
        self.now = now.wrapping_add(u64::from(missed));
        self.running = next;
        if block.cut {
            self.look_closer();
        }
        true
    }

    /// A block starts. True when it shall not run now; [`State::wish`] says why.
    #[inline(never)]
    pub(super) fn enter_slowly(&mut self, engine: *mut uc_engine, start: u32, size: u32) -> bool {
        if self.wish != Wish::None {
            // The last block ended in a fault.
            return true;
        }
        if self.is_watching() && !self.handler {
            self.watch_block(start, start.wrapping_add(size));
        }
        if self.now >= self.look_at {
            self.look(engine, start);
        }
        if self.direct.wanted {
            self.take_direct_way(engine, true);
        }
        if self.flush_wanted {
            self.protect(engine);
        }
        if !self.polling.observing
            && !self.relearn
            && !self.forced
            // SAFETY: as in `running`.
            && let Some(next) = self.running().and_then(|before| unsafe { before.after_cut.get().as_ref() })
            && (!self.direct.on || next.candidates().is_some())
            && (self.fpu_ready || next.block.first_fpu.is_none())
            && !next.has_break
            && (next.block.start, next.block.end) == (start, start.wrapping_add(size))
            && self.now + u64::from(next.hot().cycles + next.slack + self.fetch.most(&next.block))
                < self.deadline.min(self.about)
        {
            self.fetch.block(&next.block, self.instructions + u64::from(next.hot().instructions));
            self.start(next);
            return false;
        }
        let fresh = std::mem::take(&mut self.starting);
        // Only the block that was chosen is to run whatever comes; the one after it may meet the next event.
        let forced = std::mem::take(&mut self.forced);
        self.settle();
        if std::mem::take(&mut self.relearn) {
            self.forget_blocks();
        }
        let carry = match (self.boundary, self.last) {
            (Boundary::Announced(at), _) if at == start => self.announced,
            (Boundary::Settled, Some(last)) if last.cut && last.end == start => Some(last.carry),
            _ => None,
        };
        if carry.is_none() && !matches!(self.boundary, Boundary::Announced(_)) {
            self.branched();
        }
        let known = self.find(start, size, carry, fresh);
        if let (Some(last), Some(_), Region::Flash(_)) = (self.last, carry, Region::of(start))
            && last.end == start
            && !last.masking
            // SAFETY: as in `running`; `learn` clears `last_known` when it frees what it points to.
            && let Some(last) = unsafe { self.last_known.as_ref() }
        {
            last.after_cut.set(known);
        }
        // SAFETY: as in `running`.
        let known = unsafe { &*known };
        if self.direct.on && known.candidates().is_none() {
            self.take_direct_way(engine, false);
        }
        let announced = self.boundary == Boundary::Announced(start);
        if !announced && carry.is_none() && self.boundary != Boundary::Jump {
            let fell = self.last.is_some_and(|last| last.end == start && !last.always_branches);
            self.now += u64::from(if fell { self.last.map_or(0, |l| l.not_taken) } else { known.block.refill });
        }
        if self.polling.observing && !announced {
            self.observe(engine, start, known.block.repeatable, carry.is_some());
        }
        let in_it = known.block.conditional.first().copied().unwrap_or(false);
        let masking = !announced && self.last.is_some_and(|last| last.masking);
        if masking {
            self.masks_may_have_changed(engine);
        }
        let fpu = if self.fpu_ready { None } else { known.block.first_fpu.map(usize::from) };
        let missed = self.fetch.block(&known.block, self.instructions + u64::from(known.hot().instructions));
        let halt = if known.has_break { self.halt_in(&known.block, forced) } else { None };
        let wish = if !self.wanted.is_empty() || !forced && self.sites_are_due() {
            Wish::Hooks { start, size }
        } else if masking && !in_it && self.bus.exception_waiting() {
            Wish::Masks
        } else if halt == Some(start) && (in_it || self.now < self.deadline) {
            Wish::Break
        } else if let Some(index) = fpu
            // What is due comes first: an exception that is taken here leaves nothing to be saved.
            && (forced || self.now < self.deadline)
            && let Some(wish) = self.wish_for_fpu(engine, &known.block, index, in_it)
        {
            match (wish, halt) {
                (Wish::Cut { at, .. }, Some(halt)) if halt < at => Wish::Cut { start, size, at: halt },
                _ => wish,
            }
        } else if let (true, Some(at)) = (in_it, halt) {
            Wish::Cut { start, size, at }
        } else if forced || in_it {
            Wish::None
        } else if known.block.branches_to_itself {
            Wish::Loop
        } else if self.now >= self.about {
            Wish::Pause
        } else if self.now + u64::from(known.hot().cycles + known.slack + missed) >= self.deadline {
            Wish::Event { start, size }
        } else if let Some(at) = halt {
            Wish::Cut { start, size, at }
        } else {
            Wish::None
        };
        self.wish = wish;
        if wish == Wish::None {
            self.start(known);
            self.boundary = Boundary::Settled;
            return false;
        }
        self.fetch.take_back();
        self.boundary = Boundary::Announced(start);
        self.announced = carry;
        true
    }

    /// Makes `next` the running block and charges it.
    fn start(&mut self, next: *const Known) {
        // SAFETY: as in `running`.
        let next = unsafe { &*next };
        self.remember(next);
        self.pass(u64::from(next.hot().cycles + self.fetch.missed()), next.hot().instructions.into());
        self.running = next.hot;
        if self.polling.observing {
            self.count_round();
        }
        let closer =
            next.block.cut || self.polling.observing || self.is_watching() || self.fetch.look_closer(self.bus.flash());
        let limit = self.deadline.saturating_sub(self.slack).min(self.about).min(self.look_at);
        self.limit = if closer { 0 } else { limit };
    }

    /// Whether no straight line leads to where the core stands.
    pub(super) fn jumped(&self) -> bool {
        self.boundary == Boundary::Jump
    }

    /// The running block has run to its end.
    pub(super) fn settle(&mut self) {
        let Some(known) = self.running() else { return };
        let last = Last {
            end: known.block.end,
            not_taken: known.block.not_taken,
            always_branches: known.block.always_branches,
            cut: known.block.cut,
            masking: known.block.ends_masking,
            carry: known.block.carry,
        };
        self.last_known = known;
        self.last = Some(last);
        self.stand();
        self.boundary = Boundary::Settled;
    }

    /// The running block has run up to, and without, the instruction at `pc`.
    pub(super) fn settle_at(&mut self, pc: u32) {
        // SAFETY: as in `running`.
        if let Some(known) = unsafe { self.running.as_ref().known.as_ref() } {
            let block = &known.block;
            let index = known.block.index(pc);
            let ahead = (index..known.block.offsets.len()).filter(|&i| known.block.starts(i)).count();
            let cycles = known.hot().cycles - known.block.offsets.get(index).map_or(0, |&o| u32::from(o));
            let end = pc.wrapping_add(known.block.size_at(index));
            let lines = self.fetch.take_back_behind(block, end, self.instructions);
            self.now -= u64::from(cycles + lines);
            self.instructions -= ahead as u64;
            self.count_not_run(pc);
            self.stand();
        }
        self.last = None;
        self.boundary = Boundary::Jump;
    }
}
