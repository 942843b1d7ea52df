//! The part of a block that the hook looks at each time, and the place where these parts lie together.

use super::Known;
use std::ptr::{self, NonNull};

/// What the hook needs to know of a block, in one line of the host's cache.
#[derive(Debug)]
#[repr(align(64))]
pub(in super::super) struct Hot {
    /// [`key`] of the address of its first instruction and its bytes; of 0 bytes when the hook must look closer, as it may not just go on
    /// to or from this block.
    pub key: u64,
    /// The same; of 0 bytes when there is more about the block than a cut at its end or lines of the instruction cache.
    pub closer_key: u64,
    /// Where control goes when the branch at the end is not taken; an odd address when it always is.
    pub falls_to: u32,
    /// Cycles with the pipeline's refill, when a branch leads here.
    pub cycles_entered: u32,
    /// Cycles without.
    pub cycles: u32,
    /// Cycles that the branch at the end costs more when it is not taken.
    pub not_taken: u32,
    pub instructions: u32,
    /// Where in [`super::Fetch::present`] the lines are that it needs, as a byte and bits from there on; no bits when it needs none, or
    /// too many.
    pub lines_at: u32,
    pub lines_mask: u64,
    pub known: *const Known,
    /// How many lines it needs.
    pub lines: u32,
    /// It ends in a cut: what follows is looked at.
    pub cut: bool,
}

/// A block's address and length in one, to be compared at once.
#[inline(always)]
pub(super) fn key(start: u32, bytes: u32) -> u64 {
    u64::from(start) | u64::from(bytes) << 32
}

impl Hot {
    /// Stands for no block: no block starts there.
    const IDLE: Self = Self {
        key: 1,
        closer_key: 1,
        falls_to: 1,
        cycles_entered: 0,
        cycles: 0,
        not_taken: 0,
        instructions: 0,
        lines_at: 0,
        lines_mask: 0,
        known: ptr::null(),
        lines: 0,
        cut: false,
    };
}

/// More than a full flash of two-instruction blocks.
pub(super) const MOST_BLOCKS: usize = 300_000;

/// Room for all of them, which the host gives only where blocks are. None moves. A place is a distance in bytes from the first, which
/// stands for no block.
#[derive(Debug)]
pub(super) struct Hots {
    first: NonNull<Hot>,
    room: Vec<Hot>,
}

impl Hots {
    pub fn new() -> Self {
        let mut room = Vec::with_capacity(MOST_BLOCKS);
        room.push(Hot::IDLE);
        let first = NonNull::new(room.as_mut_ptr()).unwrap_or(NonNull::dangling());
        Self { first, room }
    }

    /// The one that stands for no block.
    pub fn idle(&self) -> NonNull<Hot> {
        self.first
    }

    /// Which one `hot` is, which is one of these.
    #[inline(always)]
    pub fn number(&self, hot: NonNull<Hot>) -> usize {
        (hot.addr().get() - self.first.addr().get()) / size_of::<Hot>()
    }

    pub fn is_full(&self) -> bool {
        self.room.len() == MOST_BLOCKS
    }

    /// The place of a new one; there must be room.
    pub fn add(&mut self, hot: Hot) -> u32 {
        assert!(!self.is_full(), "there is no room");
        self.room.push(hot);
        ((self.room.len() - 1) * size_of::<Hot>()) as u32
    }

    /// The one at `place`, which is one that [`Hots::add`] gave, or 0.
    ///
    /// # Safety
    /// Nobody may have called [`Hots::clear`] since.
    #[inline(always)]
    pub unsafe fn at(&self, place: u32) -> NonNull<Hot> {
        // SAFETY: it lies within `room`.
        unsafe { self.first.byte_add(place as usize) }
    }

    /// Its block is `known` from now on, and stays where it is.
    pub fn belongs_to(&mut self, place: u32, known: *const Known) {
        let index = place as usize / size_of::<Hot>();
        assert!(index < self.room.len(), "it was added");
        // SAFETY: it lies within `room`, and nothing runs, so that nobody looks at it. Not by a slice of all of `room`, which would claim
        // what `first` points to.
        unsafe { (*self.first.as_ptr().add(index)).known = known };
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.room.truncate(1);
    }
}
