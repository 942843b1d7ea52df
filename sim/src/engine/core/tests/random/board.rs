//! A bus whose registers show time itself, so that an access at the wrong cycle is seen in what it reads.

use super::super::super::{Bus, Flash, Fpu, Width};

/// GPIO-like: `IN` changes every [`PERIOD`] cycles, and at a moment that a store to `TASK` sets.
pub const BASE: u32 = 0x5000_0500;
/// Offset of a register whose bits change with time at known moments only.
pub const IN: u32 = 0x10;
/// Offset of a register that asks for a change of bit 31 of `IN` soon.
pub const TASK: u32 = 0x14;
/// Offset of a register that counts cycles.
pub const CLOCK: u32 = 0x18;

/// Offset of a register that says how flash gives instructions, when it is stored to.
pub const FLASH: u32 = 0x20;

/// The ways in which flash gives instructions.
pub const WAYS: [Flash; 4] =
    [Flash::Cached { counted: false }, Flash::Uncached, Flash::NeverWaits, Flash::Cached { counted: true }];

const PERIOD: u64 = 64;

/// Remembers accesses, but not those that may be repeated without anybody knowing.
#[derive(Clone, Default)]
pub struct Board {
    /// Cycle, address (bit 0 set for a store) and value.
    pub accesses: Vec<(u64, u32, u32)>,
    now: u64,
    asked: Option<u64>,
    flipped: bool,
    /// How flash gives instructions.
    pub flash: Flash,
    /// Hits and misses of the cache.
    pub counted: (u32, u32),
    /// The core need not stop for events.
    pub quiet: bool,
}

impl Board {
    /// Lets happen what is due up to cycle `to`.
    pub fn catch_up(&mut self, to: u64) {
        self.now = self.now.max(to);
        if self.asked.is_some_and(|at| at <= self.now) {
            self.asked = None;
            self.flipped = !self.flipped;
        }
    }
}

impl Board {
    /// What changes IN, and answers what was asked.
    fn next_event(&self) -> u64 {
        let turn = (self.now / PERIOD + 1) * PERIOD;
        self.asked.map_or(turn, |at| at.min(turn))
    }
}

impl Bus for Board {
    fn read(&mut self, addr: u32, _: Width, at: u64, pc: u32) -> Option<u32> {
        self.catch_up(at);
        let value = match addr & 0xFC {
            IN => (at / PERIOD) as u32 & 0x7FFF_FFFF | u32::from(self.flipped) << 31,
            CLOCK => at as u32,
            _ => pc.rotate_left(16) ^ addr,
        };
        if addr & 0xFC != IN {
            self.accesses.push((at, addr, value));
        }
        Some(value)
    }

    fn write(&mut self, addr: u32, width: Width, value: u32, at: u64, _: u32) -> bool {
        self.catch_up(at);
        if addr & 0xFC == TASK && self.asked.is_none() {
            self.asked = Some(at + u64::from(value % 100));
        }
        if addr & 0xFC == FLASH & 0xFC {
            self.flash = WAYS[value as usize % 4];
        }
        let value = match width {
            Width::Byte => value & 0xFF,
            Width::Half => value & 0xFFFF,
            Width::Word => value,
        };
        self.accesses.push((at, addr | 1, value));
        true
    }

    fn fpu(&self) -> Fpu {
        Fpu::Ready
    }

    fn exception_waiting(&self) -> bool {
        false
    }

    fn flash(&self) -> Flash {
        self.flash
    }

    fn count_cache(&mut self, hits: u32, misses: u32) {
        self.counted.0 += hits;
        self.counted.1 += misses;
    }

    fn is_steady(&self, addr: u32) -> bool {
        addr & 0xFC == IN
    }

    fn steady_until(&self, addr: u32) -> u64 {
        if self.is_steady(addr) { self.next_event() } else { 0 }
    }

    fn next_interruption(&self) -> u64 {
        if self.quiet { u64::MAX } else { self.next_event() }
    }
}
