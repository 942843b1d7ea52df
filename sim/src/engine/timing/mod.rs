//! What instructions cost: the Cortex-M4's documented rules applied to translated blocks.
//!
//! Numbered notes:
//! 1. Where the code comes from is part of what a block costs: words of code may have wait states, each waited for by the
//!    instruction that needs it while up to three are fetched ahead. What the instruction cache holds is known only when the
//!    block runs, and charged then, line by line.
//! 2. Rules that sources leave open are switches of [`Rules`], each with a reasoned default.
//! 3. Exception entry and exit are charged by whoever models exceptions, not here.

mod block;
mod cache;
mod decode;
mod insn;
mod rules;

pub use block::{Block, Carry, Dynamic, DynamicKind, advance_it, analyse};
pub use cache::{Cache, Fill};
pub use decode::{decode, is_wide};
pub use insn::{Address, Class, Insn};
pub use rules::{ExceptionCosts, Memory, NotTaken, Rules, Source, divide_cycles};
