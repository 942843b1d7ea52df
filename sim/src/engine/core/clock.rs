//! The clock's state: which block runs, what it costs, and whether an event falls into it.

use super::super::timing::{Block, Carry, Dynamic, DynamicKind, Rules, analyse, divide_cycles};
use super::memory::{Memory, Pages, Region};
use super::polling::Polling;
use super::{Access, Bus};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ptr;
use unicorn_engine::uc_engine;

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
    /// The block is one branch to itself.
    Loop,
}

/// The part of a block that the hook looks at each time.
#[derive(Clone, Debug)]
pub(super) struct Hot {
    start: u32,
    end: u32,
    cycles: u32,
    instructions: u32,
    refill: u32,
    not_taken: u32,
    always_branches: bool,
    cut: bool,
    /// The hook must look twice: a branch to itself, or a start inside IT.
    special: bool,
    known: *const Known,
    /// The block that follows the cut at the end, once it has run; kept only for flash, where code does not change.
    after_cut: Cell<*const Known>,
}

/// A block whose cost is known.
#[derive(Debug)]
pub(super) struct Known {
    hot: Hot,
    block: Block,
    /// Guards code in RAM, which may be rewritten between two runs.
    code: Vec<u8>,
    /// How it was entered when it was analysed.
    entered: Option<Carry>,
}

/// A block that has been charged.
#[derive(Clone, Copy, Debug)]
struct Last {
    end: u32,
    not_taken: u32,
    always_branches: bool,
    cut: bool,
    carry: Carry,
    known: *const Known,
}

/// Everything hooks work on; `Core` owns it in a box, so that it never moves.
pub(super) struct State<B> {
    pub bus: B,
    pub now: u64,
    pub deadline: u64,
    pub polling: Polling,
    pub instructions: u64,
    pub wish: Wish,
    pub forced: bool,
    pub starting: bool,
    pub boundary: Boundary,
    pub refused: Option<(u32, Access)>,
    pub interrupt: Option<u32>,
    pub wanted: Vec<Dynamic>,
    pub pages: Pages,
    pub loaded: u32,
    /// What SEV sets and WFE clears (Armv7-M ARM, B1.5.18).
    pub event_register: bool,
    /// The running block; null before the first.
    running: *const Hot,
    /// What ran before time was settled.
    last: Option<Last>,
    /// What the cut before an announced block left over.
    announced: Option<Carry>,
    rules: Rules,
    memory: Memory,
    /// By half the address, folded: the block entered there by a branch.
    table: Vec<*const Known>,
    /// Blocks entered by a cut, by address; few, as only page ends and events make them.
    after_cut: HashMap<u32, Vec<Box<Known>>>,
    hooked: HashSet<u32>,
    /// Blocks of the table, to be freed with it.
    blocks: Vec<Box<Known>>,
    last_access: (u64, u32, u32),
}

const SLOTS: usize = 1 << 21;
/// More than a full flash of two-instruction blocks.
const MOST_BLOCKS: usize = 300_000;

/// Code lives in 1 MB of flash and 256 KB of RAM at two addresses: bits 0 to 19 of the address, and which of the three.
#[inline(always)]
fn slot(address: u32) -> usize {
    (((address & 0xF_FFFF) | (address >> 3 & 0x10_0000) | (address >> 8 & 0x20_0000)) >> 1) as usize
}

impl<B: Bus> State<B> {
    pub(super) fn new(bus: B, rules: Rules, memory: Memory) -> Self {
        Self {
            bus,
            now: 0,
            deadline: 0,
            polling: Polling::default(),
            instructions: 0,
            wish: Wish::None,
            forced: false,
            starting: false,
            boundary: Boundary::Jump,
            refused: None,
            interrupt: None,
            wanted: Vec::new(),
            pages: Pages::default(),
            loaded: 0,
            event_register: false,
            running: ptr::null(),
            last: None,
            announced: None,
            rules,
            memory,
            table: vec![ptr::null(); SLOTS],
            after_cut: HashMap::new(),
            hooked: HashSet::new(),
            blocks: Vec::new(),
            last_access: (0, 0, 0),
        }
    }

    /// Forgets what ran: the core was reset.
    pub(super) fn forget(&mut self) {
        self.running = ptr::null();
        self.last = None;
        self.boundary = Boundary::Jump;
    }

    /// A block starts. True when it shall not run now; [`State::wish`] says why.
    #[inline(always)]
    pub(super) fn enter(&mut self, engine: *mut uc_engine, start: u32, size: u32) -> bool {
        // SAFETY: `running` and the table point into boxes that live until `self` is dropped or `code_changed` takes
        // them out of use, which never frees the running one.
        unsafe {
            if !self.running.is_null() && !self.polling.observing {
                let before = &*self.running;
                let next = if before.cut {
                    before.after_cut.get()
                } else {
                    *self.table.get_unchecked(slot(start) & (SLOTS - 1))
                };
                if !next.is_null() {
                    let next = &(*next).hot;
                    let now = self.now + u64::from(before.cycles);
                    let fallen = start == before.end && !before.always_branches;
                    let now = now + u64::from(if fallen { before.not_taken } else { next.refill });
                    if next.start == start
                        && next.end == start.wrapping_add(size)
                        && !next.special
                        && now + u64::from(next.cycles) < self.deadline
                    {
                        self.instructions += u64::from(before.instructions);
                        self.now = now;
                        self.running = next;
                        return false;
                    }
                }
            }
        }
        self.enter_slowly(engine, start, size)
    }

    #[cold]
    fn enter_slowly(&mut self, engine: *mut uc_engine, start: u32, size: u32) -> bool {
        let fresh = std::mem::take(&mut self.starting);
        // Only the block that was chosen is to run whatever comes; the one after it may meet the next event.
        let forced = std::mem::take(&mut self.forced);
        if !self.running.is_null() {
            self.settle();
        }
        let carry = match (self.boundary, self.last) {
            (Boundary::Announced(at), _) if at == start => self.announced,
            (Boundary::Settled, Some(last)) if last.cut && last.end == start => Some(last.carry),
            _ => None,
        };
        let known = self.find(start, size, carry, fresh);
        if let (Some(last), Some(_), Region::Flash(_)) = (self.last, carry, Region::of(start))
            && last.end == start
            && !last.known.is_null()
        {
            // SAFETY: as in `enter`; `learn` clears `last.known` when it frees what it points to.
            unsafe { (*last.known).hot.after_cut.set(known) };
        }
        // SAFETY: as in `enter`.
        let (hot, block) = unsafe { (&(*known).hot, &(*known).block) };
        let announced = self.boundary == Boundary::Announced(start);
        if !announced && carry.is_none() && self.boundary != Boundary::Jump {
            let fell = self.last.is_some_and(|last| last.end == start && !last.always_branches);
            self.now += u64::from(if fell { self.last.map_or(0, |l| l.not_taken) } else { hot.refill });
        }
        if self.polling.observing && !announced {
            self.observe(engine, start, block.repeatable);
        }
        let in_it = block.conditional.first().copied().unwrap_or(false);
        let wish = if !self.wanted.is_empty() {
            Wish::Hooks { start, size }
        } else if forced || in_it {
            Wish::None
        } else if block.branches_to_itself {
            Wish::Loop
        } else if self.now + u64::from(hot.cycles) >= self.deadline {
            Wish::Event { start, size }
        } else {
            Wish::None
        };
        self.wish = wish;
        if wish == Wish::None {
            self.running = hot;
            self.boundary = Boundary::Settled;
            return false;
        }
        self.running = ptr::null();
        self.boundary = Boundary::Announced(start);
        self.announced = carry;
        true
    }

    /// Charges the running block as if it had run to its end.
    pub(super) fn settle(&mut self) {
        if self.running.is_null() {
            return;
        }
        // SAFETY: as in `enter`.
        let (hot, carry) = unsafe { (&*self.running, (*(*self.running).known).block.carry) };
        self.now += u64::from(hot.cycles);
        self.instructions += u64::from(hot.instructions);
        self.last = Some(Last {
            end: hot.end,
            not_taken: hot.not_taken,
            always_branches: hot.always_branches,
            cut: hot.cut,
            carry,
            known: hot.known,
        });
        self.running = ptr::null();
        self.boundary = Boundary::Settled;
    }

    /// Charges the running block up to, and without, the instruction at `pc`.
    pub(super) fn settle_at(&mut self, pc: u32) {
        if !self.running.is_null() {
            self.now += u64::from(self.offset_of(pc));
            self.running = ptr::null();
        }
        self.last = None;
        self.boundary = Boundary::Jump;
    }

    /// Where the block at `start` is to be cut so that it ends at the first instruction boundary at or after the deadline,
    /// or behind the first instruction whose cost depends on data. `None`: not before its end.
    pub(super) fn cut_for_event(&mut self, start: u32, size: u32) -> Option<u32> {
        let known = self.find(start, size, self.announced, false);
        // SAFETY: as in `enter`.
        let block = unsafe { &(*known).block };
        let left = self.deadline.saturating_sub(self.now);
        let boundaries = (1..block.offsets.len()).filter(|&i| block.starts(i) && !block.conditional[i]);
        let behind = |pc: u32| (pc.wrapping_sub(start) / 2) as usize;
        let dynamic = block.dynamic.first().map_or(usize::MAX, |d| behind(d.pc));
        boundaries
            .into_iter()
            .find(|&i| u64::from(block.offsets[i]) >= left || i > dynamic)
            .map(|i| start.wrapping_add(2 * i as u32))
    }

    /// The cycle of the access that the instruction at `pc` makes now, and whether that instruction is conditional.
    #[inline]
    pub(super) fn stamp(&mut self, pc: u32) -> (u64, bool) {
        if self.running.is_null() {
            return (self.now, false);
        }
        // SAFETY: as in `enter`.
        let block = unsafe { &(*(*self.running).known).block };
        let index = (pc.wrapping_sub(block.start) >> 1) as usize;
        let Some(&offset) = block.offsets.get(index) else { return (self.now, false) };
        // An instruction that transfers several words takes a cycle for each.
        let (now, before, words) = self.last_access;
        let words = if (now, before) == (self.now, pc) { words + 1 } else { 0 };
        self.last_access = (self.now, pc, words);
        (self.now + u64::from(offset) + u64::from(words), block.conditional[index])
    }

    /// Whether the running block's instruction at `pc` stands in an IT block.
    pub(super) fn in_it_block(&self, pc: u32) -> bool {
        if self.running.is_null() {
            return false;
        }
        // SAFETY: as in `enter`.
        let block = unsafe { &(*(*self.running).known).block };
        block.conditional.get((pc.wrapping_sub(block.start) >> 1) as usize).copied().unwrap_or(false)
    }

    fn offset_of(&self, pc: u32) -> u16 {
        // SAFETY: as in `enter`.
        let block = unsafe { &(*(*self.running).known).block };
        block.offsets.get((pc.wrapping_sub(block.start) >> 1) as usize).copied().unwrap_or(0)
    }

    /// The instruction at `pc`, whose cost may depend on data, executes; `operand` reads a register. What is known of
    /// the running block decides, as code in RAM may have changed since the hook was installed.
    pub(super) fn execute_dynamic(&mut self, pc: u32, operand: impl Fn(u8) -> u32) {
        if self.running.is_null() {
            return;
        }
        // SAFETY: as in `enter`.
        let block = unsafe { &(*(*self.running).known).block };
        let Some(dynamic) = block.dynamic.iter().find(|d| d.pc == pc) else { return };
        self.now += u64::from(match dynamic.kind {
            DynamicKind::Conditional { extra } => extra,
            DynamicKind::SendEvent => {
                self.event_register = true;
                0
            }
            DynamicKind::Divide { signed, n, m, charged } => {
                divide_cycles(signed, operand(n), operand(m)).saturating_sub(charged)
            }
        });
    }

    /// Unicorn translates the code at `address` anew: what is known of code in RAM there is stale.
    pub(super) fn code_changed(&mut self, address: u32) {
        if matches!(Region::of(address), Region::Ram(_)) {
            self.table[slot(address)] = ptr::null();
        }
    }

    fn find(&mut self, start: u32, size: u32, carry: Option<Carry>, fresh: bool) -> *const Known {
        let end = start.wrapping_add(size);
        let fits = |k: &Known| k.hot.start == start && k.hot.end == end && k.entered == carry;
        let in_ram = matches!(Region::of(start), Region::Ram(_));
        let unchanged = |memory: &Memory, k: &Known| !in_ram || memory.read(start, size).is_some_and(|c| c == k.code);
        // SAFETY: as in `enter`.
        let candidate = if carry.is_none() {
            Some(self.table[slot(start)]).filter(|k| !k.is_null()).map(|k| unsafe { &*k })
        } else {
            self.after_cut.get(&start).and_then(|list| list.iter().find(|k| fits(k))).map(|k| &**k)
        };
        if let Some(known) = candidate
            && fits(known)
            && ((!fresh && carry.is_none()) || unchanged(&self.memory, known))
        {
            return known;
        }
        self.learn(start, size, carry)
    }

    fn learn(&mut self, start: u32, size: u32, carry: Option<Carry>) -> *const Known {
        let code = self.memory.read(start, size).unwrap_or_default();
        let block = analyse(&self.rules, start, &code, carry);
        for &dynamic in &block.dynamic {
            if self.hooked.insert(dynamic.pc) {
                self.wanted.push(dynamic);
            }
        }
        if self.blocks.len() + self.after_cut.len() > MOST_BLOCKS {
            // Firmware that keeps rewriting its code in RAM. Nothing is running now, so nothing points in here any more.
            self.table.fill(ptr::null());
            self.after_cut.clear();
            self.blocks.clear();
            if let Some(last) = &mut self.last {
                last.known = ptr::null();
            }
        }
        let special = block.branches_to_itself || block.conditional.first().copied().unwrap_or(false);
        let hot = Hot {
            start,
            end: start.wrapping_add(size),
            cycles: block.cycles,
            instructions: block.instructions,
            refill: block.refill,
            not_taken: block.not_taken,
            always_branches: block.always_branches,
            cut: block.cut,
            special,
            known: ptr::null(),
            after_cut: Cell::new(ptr::null()),
        };
        let mut known = Box::new(Known { hot, block, code, entered: carry });
        let pointer: *const Known = &raw const *known;
        known.hot.known = pointer;
        if carry.is_none() {
            self.table[slot(start)] = pointer;
            self.blocks.push(known);
        } else {
            let list = self.after_cut.entry(start).or_default();
            list.push(known);
        }
        pointer
    }
}
