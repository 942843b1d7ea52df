//! The clock's state: which block runs, what it costs, and whether an event falls into it.

use super::super::timing::{
    Block, Carry, Class, Dynamic, DynamicKind, Rules, advance_it, analyse, decode, divide_cycles,
};
use super::direct::{Candidate, Direct, candidates, holds};
use super::fetch::Fetch;
use super::hooks::{flush_tlb, read_register, write_register};
use super::memory::{Memory, Pages, Region};
use super::polling::Polling;
use super::registers::{IPSR, NPRIV};
use super::rewind::{Accesses, Replay, Rewind};
use super::{Access, Bus, CoreMode, Fpu, Stop};
use peripherals::cortex_m::Page;
use std::cell::{Cell, OnceCell};
use std::collections::{HashMap, HashSet};
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
    /// No instruction of the running block makes the access that was made.
    Lost,
}

/// The part of a block that the hook looks at each time, in one line of the host's cache.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Hot {
    /// Address of the first instruction.
    pub(super) start: u32,
    /// Bytes; 0 when the hook must look closer, as it may not just go on to or from this block.
    size: u32,
    /// Where control goes when the branch at the end is not taken; an odd address when it always is.
    falls_to: u32,
    /// Cycles with the pipeline's refill, when a branch leads here.
    cycles_entered: u32,
    /// Cycles without.
    cycles: u32,
    /// Cycles that the branch at the end costs more when it is not taken.
    not_taken: u32,
    instructions: u32,
    /// Bytes of a block that ends in a cut and is nothing else that is special; else 0.
    cut_size: u32,
    known: *const Known,
}

/// A block whose cost is known.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) hot: Hot,
    pub(super) block: Block,
    /// Guards code in RAM, which may be rewritten between two runs.
    code: Vec<u8>,
    /// How it was entered when it was analysed.
    entered: Option<Carry>,
    /// Cycles that its instructions may take more, depending on data.
    slack: u32,
    /// The block that follows the cut at the end, once it has run; kept only for flash, where code does not change.
    after_cut: Cell<*const Known>,
    /// Which instructions may reach a peripheral, when the block can run on the short way.
    candidates: OnceCell<Option<Box<[Candidate]>>>,
}

impl Known {
    /// The instructions that may reach a peripheral; `None` when they cannot be told apart without PC.
    pub(super) fn candidates(&self) -> Option<&[Candidate]> {
        let found = self.candidates.get_or_init(|| candidates(&self.code, self.entered.map_or(0, |carry| carry.it)));
        found.as_deref()
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

/// The clock between two blocks: all that decides about what follows, and none of what only makes it faster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    now: u64,
    instructions: u64,
    forced: bool,
    boundary: Boundary,
    last: Option<Last>,
    announced: Option<Carry>,
    event_register: bool,
    accesses: Accesses,
    last_access: (u64, u32, u32),
    unaligned: Option<(u32, u64)>,
    charged: (u32, u32),
    fetch: Fetch,
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
    /// Blocks entered by a branch, by their folded address: what of `known` was last seen there.
    table: Box<Table>,
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
    /// Stands for no block.
    idle: NonNull<Hot>,
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
    known: HashMap<u32, Vec<Box<Known>>>,
    known_count: usize,
    /// The most that any block may take longer.
    slack: u64,
    pub(super) hooked: HashSet<u32>,
    /// Start, address and number of accesses of the instruction that made the last one, less one.
    pub last_access: (u64, u32, u32),
    /// The last access of a peripheral if it was unaligned: its instruction and cycle.
    unaligned: Option<(u32, u64)>,
    /// The conditional instruction that was charged last, and its cycles beyond the first.
    charged: (u32, u32),
}

const SLOTS: usize = 1 << 20;
/// Its length is in its type, so that [`slot`] needs no check.
type Table = [Option<NonNull<Hot>>; SLOTS];

/// Memory that the host gives only where blocks are.
fn empty_table() -> Box<Table> {
    vec![None; SLOTS].into_boxed_slice().try_into().expect("it has that length")
}

/// More than a full flash of two-instruction blocks.
const MOST_BLOCKS: usize = 300_000;

impl<B> Drop for State<B> {
    fn drop(&mut self) {
        // SAFETY: it was leaked from a box in `new`, and nothing runs any more.
        drop(unsafe { Box::from_raw(self.idle.as_ptr()) });
    }
}

/// Code lives in 1 MB of flash and 256 KB of RAM. Two addresses that share a slot only cost time.
#[inline(always)]
fn slot(address: u32) -> usize {
    ((address ^ (address >> 9)) >> 1) as usize & (SLOTS - 1)
}

impl<B: Bus> State<B> {
    pub(super) fn new(bus: B, rules: Rules, memory: Memory) -> Self {
        let idle = NonNull::from(Box::leak(Box::new(Hot {
            start: 1,
            size: 0,
            falls_to: 1,
            cycles_entered: 0,
            cycles: 0,
            not_taken: 0,
            instructions: 0,
            cut_size: 0,
            known: ptr::null(),
        })));
        Self {
            running: idle,
            now: 0,
            limit: 0,
            instructions: 0,
            table: empty_table(),
            other_table: empty_table(),
            direct: Direct::default(),
            fetch: Fetch::new(&rules),
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
            idle,
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
            known: HashMap::new(),
            known_count: 0,
            slack: 0,
            hooked: HashSet::new(),
            last_access: (0, 0, 0),
            unaligned: None,
            charged: (0, 0),
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

    /// The core's mode.
    #[inline]
    pub(super) fn mode(&self) -> CoreMode {
        self.mode
    }

    /// Whether the instruction at `pc` may not reach `address` on the private peripheral bus, which is for privileged accesses
    /// (Armv7-M ARM, B3.1.1). LDRT, STRT and their like are unprivileged wherever they run (A7.7.67).
    pub(super) fn is_denied(&self, pc: u32, address: u32) -> bool {
        self.mode_of(pc, Access::Read).unprivileged && !self.bus.lets_in_unprivileged(address)
    }

    /// The mode in which the instruction at `pc` of the running block makes an access: LDRT and its like are unprivileged.
    pub(super) fn mode_of(&self, pc: u32, access: Access) -> CoreMode {
        let as_user = || {
            let code = self.running().and_then(|known| known.code.get(2 * known.index(pc)..)?.get(..4));
            code.is_some_and(|c| matches!(c, [low, 0xF8 | 0xF9, _, high] if low & 0x80 == 0 && high & 0x0F == 0x0E))
        };
        let unprivileged = self.mode.unprivileged || access != Access::Fetch && as_user();
        CoreMode { unprivileged, ..self.mode }
    }

    /// The core's mode may have changed.
    pub(super) fn look_at_mode(&mut self, engine: *mut uc_engine) {
        let get = |register: RegisterARM| read_register(engine, register as i32);
        let exception = get(RegisterARM::XPSR) & IPSR;
        let unprivileged = exception == 0 && get(RegisterARM::CONTROL) & NPRIV != 0;
        // Unprivileged code has no way to change it, and cannot run under it but by a choice of privileged code.
        self.faultmask = !unprivileged && get(RegisterARM::FAULTMASK) & 1 != 0;
        let urgent = matches!(exception, 2 | 3) || self.faultmask;
        self.mode = CoreMode { unprivileged, urgent };
        self.handler = exception != 0;
        self.protection_may_have_changed();
    }

    /// What memory protection allows may have changed: Unicorn is to ask again what every address is.
    pub(super) fn protection_may_have_changed(&mut self) {
        let now = self.bus.protection();
        if (now, self.mode) != self.protected && (now | self.protected.0) != 0 {
            self.flush_wanted = true;
            self.look_closer();
        }
    }

    /// Empties the TLB when that is due; between blocks.
    pub(super) fn protect(&mut self, engine: *mut uc_engine) {
        self.protection_may_have_changed();
        if std::mem::take(&mut self.flush_wanted) {
            self.protected = (self.bus.protection(), self.mode);
            flush_tlb(engine);
        }
    }

    /// Whether a border of what is allowed lies in `page`.
    pub(super) fn is_mixed(&self, page: u32, mode: CoreMode) -> bool {
        self.bus.protection() != 0 && self.bus.page(page, mode) == Page::Mixed
    }

    /// What memory protection leaves of `rights` in `page`; `None` when `access` is not among them.
    pub(super) fn restrict(&self, page: u32, pc: u32, access: Access, rights: Prot) -> Option<Prot> {
        if self.bus.protection() == 0 || self.granted.contains(&page) {
            return Some(rights);
        }
        // Unicorn keeps what is unprivileged apart.
        let mode = self.mode_of(pc, access);
        let (kept, needed) = match (self.bus.page(page, mode), access) {
            (Page::Uniform(r), _) => {
                let mut kept = Prot::NONE;
                for (allowed, right) in [(r.read, Prot::READ), (r.write, Prot::WRITE), (r.exec, Prot::EXEC)] {
                    if allowed {
                        kept |= right;
                    }
                }
                // The TLB knows no fetch without loads; what may not be loaded is refused when it is loaded.
                (
                    kept,
                    match access {
                        Access::Read => Prot::READ,
                        Access::Write => Prot::WRITE,
                        Access::Fetch => Prot::EXEC,
                    },
                )
            }
            (Page::Mixed, Access::Fetch) if self.bus.permits(page.max(pc), access, self.mode) => {
                (Prot::EXEC, Prot::EXEC)
            }
            (Page::Mixed, _) => return None,
        };
        let kept = Prot(kept.0 & rights.0);
        (kept.0 & needed.0 != 0).then_some(kept)
    }

    /// CCR.DIV_0_TRP or CCR.UNALIGN_TRP may have changed.
    pub(super) fn traps_may_have_changed(&mut self) {
        let traps = self.bus.traps();
        if traps != self.traps {
            self.traps = traps;
            self.relearn = true;
            self.look_closer();
        }
    }

    /// Forgets every block that is known; nothing may be running.
    pub(super) fn forget_blocks(&mut self) {
        for &start in self.known.keys() {
            self.table[slot(start)] = None;
            self.other_table[slot(start)] = None;
        }
        self.fpu_blocks.clear();
        self.known.clear();
        self.known_count = 0;
        self.last_known = ptr::null();
    }

    /// A register that says whether instructions of the FPU can just run may have changed.
    pub(super) fn fpu_may_have_changed(&mut self) {
        let ready = self.bus.fpu() == Fpu::Ready;
        if ready == self.fpu_ready {
            return;
        }
        self.fpu_ready = ready;
        if !ready {
            for start in std::mem::take(&mut self.fpu_blocks) {
                self.table[slot(start)] = None;
                self.other_table[slot(start)] = None;
            }
        }
        self.look_closer();
    }

    /// The first moment at which a loop that only polls may see something new, or has to stop.
    pub(super) fn horizon(&self) -> u64 {
        self.bus.next_event().min(self.deadline).min(self.about)
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

    /// What a round of the block at the core's stand, which is one branch to itself, costs.
    pub(super) fn loop_cycles(&self) -> u64 {
        let Boundary::Announced(start) = self.boundary else { return 1 };
        let half = |at: u32| self.memory.read(at, 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
        let size = decode(half(start), half(start.wrapping_add(2))).size;
        let code = self.memory.read(start, size.into()).unwrap_or_default();
        let block = analyse(&self.rules, self.fetch.source(&self.rules, start), start, &code, None);
        u64::from(block.cycles + block.refill)
    }

    /// What a snapshot keeps; nothing runs.
    pub(super) fn moment(&self) -> Moment {
        let mut fetch = self.fetch.clone();
        fetch.forget_blocks();
        Moment {
            now: self.now,
            instructions: self.instructions,
            forced: self.forced,
            boundary: self.boundary,
            last: self.last,
            announced: self.announced,
            event_register: self.event_register,
            accesses: self.accesses.clone(),
            last_access: self.last_access,
            unaligned: self.unaligned,
            charged: self.charged,
            fetch,
        }
    }

    /// Goes on from `moment`; memory and registers are what they were then already. What is known of code is forgotten, as it may be
    /// of other code.
    pub(super) fn resume(&mut self, engine: *mut uc_engine, moment: &Moment) {
        self.stand();
        self.forget_blocks();
        let Moment { now, instructions, forced, boundary, last, announced, event_register, .. } = *moment;
        (self.now, self.instructions, self.forced) = (now, instructions, forced);
        (self.boundary, self.last, self.announced, self.event_register) = (boundary, last, announced, event_register);
        self.accesses = moment.accesses.clone();
        (self.last_access, self.unaligned, self.charged) = (moment.last_access, moment.unaligned, moment.charged);
        self.fetch = moment.fetch.clone();
        self.traps = self.bus.traps();
        (self.wish, self.rewind, self.replay) = (Wish::None, None, None);
        self.polling.forget();
        self.direct.forget();
        self.look_at_mode(engine);
        self.fpu_may_have_changed();
        // Two machines may count their changes of the MPU alike, and mean others.
        self.flush_wanted = true;
        self.protect(engine);
    }

    fn stand(&mut self) {
        self.running = self.idle;
        self.limit = 0;
        // What runs next may be the rest of what ran, with the same number of instructions behind it.
        self.direct.forget_place();
    }

    /// The running block.
    #[inline]
    pub(super) fn running(&self) -> Option<&Known> {
        // SAFETY: `running` is `idle`, or part of a box in `known`, which `learn` empties only when nothing runs; likewise
        // for the table and every `Known` pointer.
        unsafe { self.running.as_ref().known.as_ref() }
    }

    /// A block starts, and nothing is special about it: charges it. False when [`State::enter_slowly`] has to look.
    ///
    /// It runs for every block, also in the dev profile: hence sums that wrap (cycles and instructions do in 9,000 years)
    /// and no pointers but `NonNull`, which are not checked again.
    #[inline(always)]
    pub(super) fn enter(&mut self, start: u32, size: u32) -> bool {
        self.enter_if(start, |block| block.size == size)
    }

    /// As [`State::enter`], for a block that ends in a cut: what follows it is looked at.
    #[inline(always)]
    pub(super) fn enter_cut(&mut self, start: u32, size: u32) -> bool {
        let entered = self.enter_if(start, |block| block.cut_size == size);
        if entered {
            self.look_closer();
        }
        entered
    }

    #[inline(always)]
    fn enter_if(&mut self, start: u32, fits: impl Fn(&Hot) -> bool) -> bool {
        // Nothing in here may panic: that would cost a frame on the stack.
        let Some(next) = self.table.as_ref()[slot(start)] else { return false };
        // SAFETY: as in `running`.
        let (before, block) = unsafe { (self.running.as_ref(), next.as_ref()) };
        let entered = block.cycles_entered;
        let fallen = before.not_taken.wrapping_add(block.cycles);
        let cycles = if before.falls_to == start { fallen } else { entered };
        let now = self.now.wrapping_add(u64::from(cycles));
        if block.start != start || !fits(block) || now >= self.limit {
            return false;
        }
        self.now = now;
        self.instructions = self.instructions.wrapping_add(u64::from(block.instructions));
        self.running = next;
        true
    }

    /// A block starts. True when it shall not run now; [`State::wish`] says why.
    #[inline(never)]
    pub(super) fn enter_slowly(&mut self, engine: *mut uc_engine, start: u32, size: u32) -> bool {
        if self.wish != Wish::None {
            // The last block ended in a fault.
            return true;
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
            && (next.block.start, next.block.end) == (start, start.wrapping_add(size))
            && self.now + u64::from(next.hot.cycles + next.slack + self.fetch.most(&next.block))
                < self.deadline.min(self.about)
        {
            self.fetch.block(&next.block);
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
        self.forget_lines();
        let missed = self.fetch.block(&known.block);
        let wish = if !self.wanted.is_empty() {
            Wish::Hooks { start, size }
        } else if masking && !in_it && self.bus.exception_waiting() {
            Wish::Masks
        } else if let Some(index) = fpu
            && let Some(wish) = self.wish_for_fpu(engine, &known.block, index, in_it)
        {
            wish
        } else if forced || in_it {
            Wish::None
        } else if known.block.branches_to_itself {
            Wish::Loop
        } else if self.now >= self.about {
            Wish::Pause
        } else if self.now + u64::from(known.hot.cycles + known.slack + missed) >= self.deadline {
            Wish::Event { start, size }
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
        self.forget_lines();
        self.remember(next);
        self.pass(u64::from(next.hot.cycles + self.fetch.missed()), next.hot.instructions.into());
        self.running = NonNull::from(&next.hot);
        let closer = next.block.cut || self.polling.observing || self.fetch.look_closer(self.bus.flash());
        self.limit = if closer { 0 } else { self.deadline.saturating_sub(self.slack).min(self.about) };
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
            let cycles = known.hot.cycles - known.block.offsets.get(index).map_or(0, |&o| u32::from(o));
            let end = pc.wrapping_add(known.block.size_at(index));
            let lines = self.fetch.take_back_behind(block, end);
            self.now -= u64::from(cycles + lines);
            self.instructions -= ahead as u64;
            self.stand();
        }
        self.last = None;
        self.boundary = Boundary::Jump;
    }

    /// The core stands before the instruction at `pc` of the running block, which makes its first access in cycle `at`, as if the block had
    /// been cut there.
    pub(super) fn stand_before(&mut self, pc: u32, at: u64) {
        // SAFETY: as in `running`.
        let Some(known) = (unsafe { self.running.as_ref().known.as_ref() }) else { return };
        let (start, carry, index) = (known.block.start, known.entered, known.block.index(pc));
        let ahead = (index..known.block.offsets.len()).filter(|&i| known.block.starts(i)).count();
        let source = self.fetch.source(&self.rules, start);
        let code = known.code.get(..2 * index).unwrap_or_default();
        let cut = analyse(&self.rules, source, start, code, carry);
        // What its own line has cost is in `at`, those behind are not fetched yet.
        let end = pc.wrapping_add(known.block.size_at(index));
        self.fetch.take_back_behind(&known.block, end);
        // A block that a branch leads to starts with the whole of its first word.
        let first = if index == 0 && carry.is_none() { pc & !3 } else { pc };
        self.fetch.fetch_again(first, end);
        // What it has waited for its own words comes again.
        let at = at - u64::from(known.block.wait(index));
        self.instructions -= ahead as u64;
        self.now = at;
        self.stand();
        self.last_access = (0, 0, 0);
        self.unaligned = None;
        if index == 0 {
            self.last = None;
            self.boundary = Boundary::Announced(start);
            self.announced = carry;
            return;
        }
        self.boundary = Boundary::Settled;
        self.last =
            Some(Last { end: pc, not_taken: 0, always_branches: false, cut: true, masking: false, carry: cut.carry });
        self.last_known = ptr::null();
    }

    /// The core stands before the instruction at `pc` of the running block, whose access was refused. Gives the address of the
    /// first boundary between instructions behind it; `None`: no block runs.
    pub(super) fn stand_before_access(&mut self, pc: u32) -> Option<Option<u32>> {
        let index = self.running()?.block.index(pc);
        let until = self.boundary_behind(index);
        self.last_access = (0, 0, 0);
        let (at, _) = self.stamp_at(index, pc);
        self.stand_before(pc, at);
        Some(until)
    }

    /// Whether the running block has a boundary between instructions behind halfword `index`, whose instruction makes its
    /// first access in cycle `at`, and before its end, that is at or after the deadline.
    pub(super) fn has_boundary(&self, index: usize, at: u64) -> bool {
        let Some(block) = self.running().map(|known| &known.block) else { return false };
        let here = block.offsets.get(index).copied().unwrap_or(0);
        let at = at - u64::from(block.wait(index));
        (index + 1..block.offsets.len())
            .filter(|&i| block.starts(i) && !block.conditional[i])
            .any(|i| at + u64::from(block.offsets[i] - here) >= self.deadline)
    }

    /// The address of the first boundary between instructions behind halfword `index` of the running block.
    pub(super) fn boundary_behind(&self, index: usize) -> Option<u32> {
        let block = &self.running()?.block;
        (index + 1..block.offsets.len())
            .find(|&i| block.starts(i) && !block.conditional[i])
            .map(|i| block.start.wrapping_add(2 * i as u32))
    }

    /// MSR or CPS has run.
    fn masks_may_have_changed(&mut self, engine: *mut uc_engine) {
        let had_faultmask = self.faultmask;
        self.look_at_mode(engine);
        if self.mode.unprivileged {
            return;
        }
        // Nothing is set at a priority of -1 or less (Armv7-M ARM, B5.2.3); Unicorn does not look.
        let exception = read_register(engine, RegisterARM::XPSR as i32) & IPSR;
        if self.faultmask && !had_faultmask && matches!(exception, 2 | 3) {
            write_register(engine, RegisterARM::FAULTMASK, 0);
            self.faultmask = false;
        }
        // Bits 1 and 0 of both stack pointers are 0 (B1.4.1); Unicorn keeps what MSR writes.
        for stack in [RegisterARM::MSP, RegisterARM::PSP] {
            let value = read_register(engine, stack as i32);
            if value & 3 != 0 {
                write_register(engine, stack, value & !3);
            }
        }
        // Three bits of priority exist (nRF52840 PS v1.7, "NVIC"); Unicorn keeps all eight.
        let basepri = read_register(engine, RegisterARM::BASEPRI as i32);
        if basepri & 0x1F != 0 {
            write_register(engine, RegisterARM::BASEPRI, basepri & 0xE0);
        }
    }

    /// What to do about the block's first instruction of the FPU at halfword `index` while the FPU is not ready. It is
    /// brought to the start of a block of its own, or to the start of its IT block, where its condition decides.
    fn wish_for_fpu(&self, engine: *mut uc_engine, block: &Block, index: usize, in_it: bool) -> Option<Wish> {
        let boundary = (0..=index).rev().find(|&i| block.starts(i) && !block.conditional[i]);
        match boundary {
            _ if in_it => None,
            Some(at) if at > 0 => {
                let at = block.start.wrapping_add(2 * at as u32);
                Some(Wish::Cut { start: block.start, size: block.end.wrapping_sub(block.start), at })
            }
            _ if !block.conditional[index] => Some(Wish::Fpu),
            _ => {
                let half = |at: u32| self.memory.read(at, 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
                let (mut it, mut pc) = (0, block.start);
                while pc < block.start.wrapping_add(2 * index as u32) {
                    let insn = decode(half(pc), half(pc.wrapping_add(2)));
                    it = advance_it(it, &insn);
                    pc = pc.wrapping_add(insn.size.into());
                }
                holds(it >> 4, read_register(engine, RegisterARM::CPSR as i32)).then_some(Wish::Fpu)
            }
        }
    }

    /// Where the block at `start` is to be cut so that it ends at the first instruction boundary at or after the deadline,
    /// or behind the first instruction whose cost depends on data. `None`: not before its end.
    pub(super) fn cut_for_event(&mut self, start: u32, size: u32) -> Option<u32> {
        let known = self.find(start, size, self.announced, false);
        // SAFETY: as in `running`.
        let block = unsafe { &(*known).block };
        let left = self.deadline.saturating_sub(self.now);
        // Nothing runs: what is missing now is what will be.
        let missing = self.fetch.peek(block);
        let dynamic = block.dynamic.first().map_or(usize::MAX, |d| block.index(d.pc));
        (1..block.offsets.len())
            .filter(|&i| block.starts(i) && !block.conditional[i])
            .find(|&i| {
                u64::from(block.offsets[i]) + missing.before(start.wrapping_add(2 * i as u32)) >= left || i > dynamic
            })
            .map(|i| start.wrapping_add(2 * i as u32))
    }

    /// The cycle of the access that the instruction at `pc`, halfword `index` of the running block, makes now, and whether
    /// that instruction is conditional.
    #[inline]
    pub(super) fn stamp_at(&mut self, index: usize, pc: u32) -> (u64, bool) {
        let Some(known) = self.running() else { return (self.now, false) };
        let Some(&offset) = known.block.offsets.get(index) else { return (self.now, false) };
        let offset = u32::from(offset);
        let conditional = known.block.conditional[index];
        // What the instruction itself takes longer was charged before its access.
        let early = if conditional && self.charged.0 == pc { self.charged.1 } else { 0 };
        let came =
            if self.fetch.missed() == 0 { 0 } else { self.fetch.not_yet(pc.wrapping_add(known.block.size_at(index))) };
        let wait = known.block.wait(index);
        let at = self.now - u64::from(known.hot.cycles + early + came) + u64::from(offset + wait);
        // An instruction that transfers several words takes a cycle for each.
        let words = if (self.last_access.0, self.last_access.1) == (at, pc) { self.last_access.2 + 1 } else { 0 };
        self.last_access = (at, pc, words);
        (at + u64::from(words), conditional)
    }

    /// Whether an access is a part of an unaligned one by the same instruction: Unicorn first asks for the whole, which is
    /// all that happens here, and then for its parts.
    pub(super) fn is_part(&mut self, address: u32, size: u32, at: u64, pc: u32) -> bool {
        // A part comes with the stamp of the whole, or that of a later word of the same instruction.
        if self.unaligned.is_some_and(|(by, when)| by == pc && at <= when + 4) {
            return true;
        }
        self.unaligned = (!address.is_multiple_of(size)).then_some((pc, at));
        false
    }

    /// Whether the running block's instruction at `pc` stands in an IT block.
    pub(super) fn in_it_block(&self, pc: u32) -> bool {
        self.running().is_some_and(|known| known.block.conditional.get(known.block.index(pc)) == Some(&true))
    }

    /// The instruction at `pc`, whose cost may depend on data, executes; `operand` reads a register. What is known of
    /// the running block decides, as code in RAM may have changed since the hook was installed. Returns the IT state behind
    /// an ISB in an IT block: Unicorn ends its translation there and forgets it.
    pub(super) fn execute_dynamic(
        &mut self,
        engine: *mut uc_engine,
        pc: u32,
        operand: impl Fn(u8) -> u32,
    ) -> Option<u8> {
        let known = self.running()?;
        if (self.traps.0 || self.traps.1)
            && self.wish != Wish::Rewind
            && let Some(stop) = self.trap(known, pc, &operand)
        {
            let index = known.block.index(pc);
            self.last_access = (0, 0, 0);
            let (at, _) = self.stamp_at(index, pc);
            self.rewind_to(engine, index, at, Some(stop));
            return None;
        }
        let dynamic = known.block.dynamic.iter().find(|d| d.pc == pc)?;
        let mut behind = None;
        let cycles = match dynamic.kind {
            DynamicKind::Barrier { extra, it } => {
                behind = Some(it);
                extra
            }
            DynamicKind::Conditional { extra } => extra,
            DynamicKind::SendEvent => {
                self.event_register = true;
                0
            }
            DynamicKind::Divide { signed, n, m, charged } => {
                divide_cycles(signed, operand(n), operand(m)).saturating_sub(charged)
            }
        };
        self.now += u64::from(cycles);
        self.charged = (pc, cycles);
        behind
    }

    /// What the instruction at `pc`, which executes now, does that CCR makes a fault.
    fn trap(&self, known: &Known, pc: u32, operand: &impl Fn(u8) -> u32) -> Option<Stop> {
        let divides = known.block.dynamic.iter().find(|d| d.pc == pc).map(|d| d.kind);
        if let (true, Some(DynamicKind::Divide { m, .. })) = (self.traps.0, divides) {
            return (operand(m) == 0).then_some(Stop::DivideByZero);
        }
        if !self.traps.1 {
            return None;
        }
        let at = 2 * known.block.index(pc);
        let half = |at: usize| known.code.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
        let insn = decode(half(at), half(at + 2));
        let address = insn.address.filter(|a| a.base != 15)?;
        let index = address.index.map_or(0, |(r, shift)| operand(r) << shift);
        let first = operand(address.base).wrapping_add(index).wrapping_add_signed(address.offset);
        let unit = if insn.is_single_access() || insn.class == Class::Exclusive { address.bytes } else { 4 };
        (first % unit.max(1) != 0).then_some(Stop::Unaligned)
    }

    /// Unicorn translates the code at `address` anew: what is known of code in RAM there is stale.
    pub(super) fn code_changed(&mut self, address: u32) {
        if matches!(Region::of(address), Region::Ram(_)) {
            self.table[slot(address)] = None;
            self.other_table[slot(address)] = None;
        }
    }

    /// Changes over to the table of the other way to the peripherals.
    pub(super) fn swap_tables(&mut self) {
        std::mem::swap(&mut self.table, &mut self.other_table);
    }

    /// Makes `known` the block that [`State::enter`] finds, if it may.
    fn remember(&mut self, known: *const Known) {
        // SAFETY: as in `running`.
        let known = unsafe { &*known };
        let fpu = known.block.first_fpu.is_some();
        if known.entered.is_none() && (!self.direct.on || known.candidates().is_some()) && (self.fpu_ready || !fpu) {
            let place = slot(known.block.start);
            let hot = Some(NonNull::from(&known.hot));
            if self.table[place] != hot && self.fetch.rely(&known.block) {
                if fpu {
                    self.fpu_blocks.push(known.block.start);
                }
                self.table[place] = hot;
            }
        }
    }

    fn find(&mut self, start: u32, size: u32, carry: Option<Carry>, fresh: bool) -> *const Known {
        let end = start.wrapping_add(size);
        let in_ram = matches!(Region::of(start), Region::Ram(_));
        let fits = |k: &Known| (k.block.start, k.block.end) == (start, end) && k.entered == carry;
        // SAFETY: as in `running`.
        let recent = self.table[slot(start)].and_then(|hot| unsafe { hot.as_ref().known.as_ref() });
        if let Some(known) = recent.filter(|k| fits(k) && !(fresh && in_ram)) {
            return known;
        }
        let list = self.known.entry(start).or_default();
        if let Some(index) = list.iter().position(|k| fits(k)) {
            if !in_ram || self.memory.read(start, size).is_some_and(|code| code == list[index].code) {
                return &raw const *list[index];
            }
            let stale = list.swap_remove(index);
            self.known_count -= 1;
            self.retire(&stale);
        }
        self.learn(start, size, carry)
    }

    /// Nothing may point to `stale` any more; nothing runs now.
    fn retire(&mut self, stale: &Known) {
        for table in [&mut self.table, &mut self.other_table] {
            let slot = &mut table[slot(stale.block.start)];
            if *slot == Some(NonNull::from(&stale.hot)) {
                *slot = None;
            }
        }
        if ptr::eq(self.last_known, stale) {
            self.last_known = ptr::null();
        }
    }

    /// Blocks that relied on lines which have left the cache are looked at before they run again.
    fn forget_lines(&mut self) {
        while let Some(start) = self.fetch.gone.pop() {
            self.table[slot(start)] = None;
            self.other_table[slot(start)] = None;
        }
    }

    fn learn(&mut self, start: u32, size: u32, carry: Option<Carry>) -> *const Known {
        let code = self.memory.read(start, size).unwrap_or_default();
        let source = self.fetch.source(&self.rules, start);
        let block = analyse(&self.rules, source, start, &code, carry);
        for &dynamic in &block.dynamic {
            if self.hooked.insert(dynamic.pc) {
                self.wanted.push(dynamic.pc);
            }
        }
        if self.traps.1 {
            let half = |at: usize| code.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
            for at in (0..block.offsets.len()).filter(|&at| block.starts(at)) {
                let pc = start.wrapping_add(2 * at as u32);
                let reaches = decode(half(2 * at), half(2 * at + 2)).address.is_some_and(|a| a.base != 15);
                if reaches && self.hooked.insert(pc) {
                    self.wanted.push(pc);
                }
            }
        }
        if self.known_count >= MOST_BLOCKS {
            // Firmware that keeps moving its code. Nothing is running now, so nothing points in here any more.
            self.forget_blocks();
        }
        let in_it = block.conditional.first().copied().unwrap_or(false);
        let odd = block.branches_to_itself || in_it || carry.is_some();
        let slack = block.dynamic.iter().map(Dynamic::most).sum();
        self.slack = self.slack.max(u64::from(slack));
        let hot = Hot {
            start,
            size: if odd || block.cut { 0 } else { size },
            falls_to: if block.always_branches { 1 } else { block.end },
            cycles_entered: block.cycles + block.refill,
            cycles: block.cycles,
            not_taken: block.not_taken,
            instructions: block.instructions,
            cut_size: if block.cut && !odd { size } else { 0 },
            known: ptr::null(),
        };
        let mut known = Box::new(Known {
            hot,
            block,
            code,
            entered: carry,
            slack,
            after_cut: Cell::new(ptr::null()),
            candidates: OnceCell::new(),
        });
        let pointer: *const Known = &raw const *known;
        known.hot.known = pointer;
        self.known.entry(start).or_default().push(known);
        self.known_count += 1;
        pointer
    }
}
