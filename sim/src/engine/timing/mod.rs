//! What instructions cost: the Cortex-M4's documented rules applied to translated blocks.
//!
//! Numbered notes:
//! 1. Costs are those of a memory without wait states: the flash's wait states, the instruction cache and the bridge to the
//!    peripheral bus are not charged yet. With the cache on that is what tight loops see on the chip.
//! 2. Rules that sources leave open are switches of [`Rules`], each with a reasoned default.
//! 3. Exception entry and exit are charged by whoever models exceptions, not here.

mod block;
mod decode;
mod insn;
mod rules;

pub use block::{Block, Carry, Dynamic, DynamicKind, advance_it, analyse};
pub use decode::{decode, is_wide};
pub use insn::{Address, Class, Insn};
pub use rules::{ExceptionCosts, NotTaken, Rules, divide_cycles};
