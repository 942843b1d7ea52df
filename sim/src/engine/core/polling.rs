//! Loops that only poll: skipped ahead in whole rounds to just before the first moment at which what they read can change,
//! so that every cycle, register and edge is as if they had run.
//!
//! A loop qualifies when two rounds of it start with equal registers and flags, nothing in between stores or touches
//! other state, and every peripheral register it reads is one whose value stays until the next event, or until a moment that is
//! known ([`super::Bus::steady_until`]). Memory cannot change then either: EasyDMA moves bytes at events only.
//!
//! A loop is looked at when the same instruction gets the same answer from a peripheral over and over, and whenever the core
//! goes on after an event, as that is when firmware goes back to waiting for a word in memory that a handler sets.

use super::Bus;
use super::clock::State;
use super::fetch::PERIOD;
use unicorn_engine::{RegisterARM, uc_engine, uc_reg_read};

/// Equal reads by the same instruction before a loop is looked at.
const FIRST_LOOK: u32 = 4;
/// A loop that turned out not to qualify is left alone for this many reads at most.
const LAST_LOOK: u32 = 4096;
/// Blocks that a look takes when the core goes on.
const RESUMED: u32 = 24;
/// A look when the core goes on that led to nothing is taken that much less often, at most.
const LAST_RESUME: u32 = 64;
/// A round of more blocks than this is no polling loop.
const MOST_BLOCKS: u32 = 8;

const REGISTERS: [RegisterARM; 16] = [
    RegisterARM::R0,
    RegisterARM::R1,
    RegisterARM::R2,
    RegisterARM::R3,
    RegisterARM::R4,
    RegisterARM::R5,
    RegisterARM::R6,
    RegisterARM::R7,
    RegisterARM::R8,
    RegisterARM::R9,
    RegisterARM::R10,
    RegisterARM::R11,
    RegisterARM::R12,
    RegisterARM::SP,
    RegisterARM::LR,
    RegisterARM::CPSR,
];

/// What has been seen of a loop.
#[derive(Debug)]
pub(super) struct Polling {
    enabled: bool,
    last: (u32, u32),
    repeats: u32,
    patience: u32,
    /// Every block is looked at.
    pub observing: bool,
    round: Option<Round>,
    spoilt: bool,
    /// The round has read a peripheral.
    reads: bool,
    /// This look began when the core went on, and takes so many blocks more at most; until then firmware may do something
    /// before it waits again.
    resumed: Option<u32>,
    /// How often the core goes on without a look, and how often still.
    pauses: (u32, u32),
    /// The first cycle in which something that the round has read may have changed by itself.
    until: u64,
}

/// The start of a round.
#[derive(Debug)]
struct Round {
    start: u32,
    registers: [u32; 16],
    now: u64,
    instructions: u64,
    /// [`super::fetch::Fetch::marks`].
    marks: (u64, u64),
    /// When something that it reads may have changed.
    horizon: u64,
    blocks: u32,
}

impl Default for Polling {
    fn default() -> Self {
        Self {
            enabled: true,
            last: (0, 0),
            repeats: 0,
            patience: FIRST_LOOK,
            observing: false,
            round: None,
            spoilt: false,
            reads: false,
            resumed: None,
            pauses: (0, 0),
            until: u64::MAX,
        }
    }
}

impl Polling {
    /// Turns skipping off, for comparison.
    pub(super) fn disable(&mut self) {
        self.enabled = false;
    }

    /// The instruction at `pc` has read `value` from a peripheral, and would until cycle `steady_until`. True when the loop it
    /// stands in is to be looked at.
    #[inline]
    pub(super) fn read(&mut self, pc: u32, value: u32, steady_until: u64) -> bool {
        self.until = self.until.min(steady_until);
        self.reads = true;
        if steady_until == 0 {
            self.touched();
        } else if self.last == (pc, value) {
            self.repeats += 1;
            if self.repeats >= self.patience && self.enabled {
                self.observing = true;
            }
        } else {
            self.last = (pc, value);
            self.repeats = 0;
        }
        self.observing
    }

    /// Something happened that a loop which only polls does not do.
    #[inline]
    pub(super) fn touched(&mut self) {
        self.repeats = 0;
        self.spoilt = true;
    }

    /// The world may have changed: what was read before may not be what would be read now.
    /// `handler`: the core goes on in a handler, which hardly waits for another one.
    pub(super) fn interrupted(&mut self, handler: bool) {
        self.round = None;
        if self.observing {
            self.resumed = self.resumed.map(|_| RESUMED);
        }
        if !self.enabled || self.observing || handler {
            return;
        }
        let (each, left) = self.pauses;
        if left > 0 {
            self.pauses = (each, left - 1);
        } else {
            (self.observing, self.resumed) = (true, Some(RESUMED));
        }
    }

    /// The core goes on elsewhere: what was seen says nothing. Whether loops are skipped stays.
    pub(super) fn forget(&mut self) {
        *self = Self { enabled: self.enabled, ..Self::default() };
    }

    fn end(&mut self, qualified: bool) {
        if self.resumed.take().is_some() {
            let each = if qualified { 0 } else { (self.pauses.0 * 2 + 1).min(LAST_RESUME) };
            self.pauses = (each, each);
        } else {
            self.patience = if qualified { FIRST_LOOK } else { (self.patience * 4).min(LAST_LOOK) };
        }
        self.repeats = 0;
        self.observing = false;
        self.round = None;
    }
}

impl<B: Bus> State<B> {
    /// A block starts while a loop is being looked at; time may jump ahead by whole rounds of it.
    /// `cut`: the block is the rest of one that was cut, and may cost less than when a branch leads to it: no round starts here.
    pub(super) fn observe(&mut self, engine: *mut uc_engine, start: u32, repeatable: bool, cut: bool) {
        if let Some(blocks) = &mut self.polling.resumed {
            *blocks = blocks.saturating_sub(1);
            if *blocks == 0 {
                return self.polling.end(false);
            }
        }
        // Who reads no peripheral need not care what happens to them: what changes memory stops the core.
        let horizon = if self.polling.reads { self.horizon() } else { self.end_of_run() };
        let (now, instructions) = (self.now(), self.instructions());
        let (marks, counts) = (self.fetch.marks(), self.fetch.counts());
        match &mut self.polling.round {
            None if cut => {}
            None => {
                self.count_new_round();
                (self.polling.spoilt, self.polling.until, self.polling.reads) = (!repeatable, u64::MAX, false);
                let horizon = self.horizon();
                self.polling.round =
                    Some(Round { start, registers: registers(engine), now, instructions, marks, horizon, blocks: 0 });
            }
            // An event happened within this round: what was read before it says nothing.
            Some(round) if self.polling.reads && round.horizon < now => self.polling.round = None,
            Some(round) if round.start == start => {
                let period = now - round.now;
                let count = instructions - round.instructions;
                // Each round fetches from the cache alone, and meets the clock of APB in the same phase.
                let steady =
                    !counts && marks.0 == round.marks.0 && (marks.1 == round.marks.1 || period.is_multiple_of(PERIOD));
                let same = steady && !self.polling.spoilt && period > 0 && round.registers == registers(engine);
                if same {
                    let rounds = horizon.min(self.polling.until).saturating_sub(now) / period;
                    self.wait(rounds * period, rounds * count);
                    self.count_skipped(engine, start, rounds, rounds * period);
                }
                if same || self.polling.resumed.is_none() {
                    self.polling.end(same);
                } else {
                    self.polling.round = None;
                }
            }
            Some(round) => {
                round.blocks += 1;
                self.polling.spoilt |= !repeatable;
                if round.blocks > MOST_BLOCKS || self.polling.spoilt {
                    if self.polling.resumed.is_some() {
                        self.polling.round = None;
                    } else {
                        self.polling.end(false);
                    }
                }
            }
        }
    }
}

fn registers(engine: *mut uc_engine) -> [u32; 16] {
    REGISTERS.map(|register| {
        let mut value = 0u64;
        // SAFETY: `value` has room for any core register, and a hook may read registers.
        unsafe { uc_reg_read(engine, register as i32, (&raw mut value).cast()) };
        value as u32
    })
}
