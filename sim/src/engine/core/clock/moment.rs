//! The clock between two blocks as plain data, for snapshots.

use super::*;

/// The clock between two blocks: all that decides about what follows, and none of what only makes it faster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Moment {
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

impl<B: Bus> State<B> {
    /// What a snapshot keeps; nothing runs.
    pub(in super::super) fn moment(&self) -> Moment {
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
    pub(in super::super) fn resume(&mut self, engine: *mut uc_engine, moment: &Moment) {
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
        self.count_from_here();
        self.direct.forget();
        self.look_at_mode(engine);
        self.fpu_may_have_changed();
        // Two machines may count their changes of the MPU alike, and mean others.
        self.flush_wanted = true;
        self.protect(engine);
    }
}
