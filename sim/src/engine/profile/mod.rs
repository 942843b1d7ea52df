//! Where the cycles went: by call stack, interrupts apart, time waiting apart.
//!
//! Cycles of each instruction are counted exactly ([`super::core::Counted`]); which calls led there is looked at about every
//! [`PERIOD`] cycles of simulated time, when the stack is unwound. Time in which the core only waits is charged to the stack that
//! it waits on, exactly. All of it depends on simulated time alone: equal runs have equal profiles.
//!
//! 1. What a function has taken is exact, and so is what of it was inlined from where. How it is shared out among its callers is an
//!    estimate, by the looks that found it running; a function that no look has found stands under `[no stack seen]`.
//! 2. Cycles of a block of code are shared out among its instructions by what these cost when nothing waits; what accesses waited for is
//!    shared in the same way.
//! 3. In MicroPython images with symbols a frame `name (file:line)` stands inside each `mp_execute_bytecode`. Code of the native and viper
//!    emitters is in RAM without a name: it is `[Python native code]`, without lines.

mod fold;
mod python;

pub use fold::{Folded, fold};

use super::core::{Memory, Observer, Pastime, Registers};
use crate::image::Firmware;
use crate::image::unwind::{self, How, Unwinder};
pub(super) use python::Python;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;

/// Cycles from one look at the stack to the next, on average.
pub const PERIOD: u64 = 8_192;
/// Different stacks that are kept of each kind; what comes after them counts as not seen.
const MOST_STACKS: usize = 1 << 18;

/// A level of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Code at this address.
    Code(u32),
    /// A Python function, by its place in [`Stacks::python`].
    Python(u32),
}

/// Calls at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stack {
    /// The exception that was handled; 0 in thread mode.
    pub exception: u16,
    /// Innermost first, as far as the handler or the start of the program. A Python function comes before the code of the interpreter
    /// that runs it.
    pub levels: Box<[Level]>,
}

/// What looks have found.
#[derive(Clone, Debug, Default)]
pub struct Stacks {
    /// Cycles in which something ran, by the stack at the look behind them.
    pub ran: FxHashMap<Stack, u64>,
    /// Cycles in which nothing did.
    pub waited: FxHashMap<(Pastime, Stack), u64>,
    /// Names of Python functions with their lines.
    pub python: Vec<String>,
}

/// Looks at the core of one machine.
pub struct Profiler {
    firmware: Rc<Firmware>,
    found: Rc<RefCell<Stacks>>,
    python: Option<Python>,
    /// The last stack on which the core waited, by what tells it from others: it often waits at the same place.
    last: Option<([u32; 4], Stack)>,
}

impl Profiler {
    /// For a machine that runs `firmware`; what it finds goes to the second value.
    pub fn new(firmware: Rc<Firmware>) -> (Self, Rc<RefCell<Stacks>>) {
        let found = Rc::new(RefCell::new(Stacks::default()));
        let python = Python::of(&firmware);
        (Self { firmware, found: Rc::clone(&found), python, last: None }, found)
    }

    fn stack(&mut self, registers: &Registers, memory: &Memory) -> Stack {
        let now = unwind::Registers::new(
            registers.r,
            [registers.msp, registers.psp],
            registers.lr,
            registers.pc,
            registers.xpsr,
            registers.control,
        );
        let python = self.python.as_mut();
        let names = &mut self.found.borrow_mut().python;
        let levels = levels(&self.firmware, python, &now, &|at| memory.word(at), names);
        Stack { exception: registers.exception() as u16, levels: levels.into() }
    }
}

/// The calls that led to `registers`, as far as the handler of an exception or the start of the program; Python functions go to `names`.
pub(super) fn levels(
    firmware: &Firmware,
    mut python: Option<&mut Python>,
    registers: &unwind::Registers,
    read: &dyn Fn(u32) -> Option<u32>,
    names: &mut Vec<String>,
) -> Vec<Level> {
    let frames = Unwinder::new(firmware).frames(registers, read);
    let mut levels = Vec::with_capacity(frames.len() + 2);
    let handler = frames.iter().position(|frame| matches!(frame.how, How::Interrupted(_)));
    let frames = &frames[..handler.unwrap_or(frames.len())];
    let mut below = registers.sp();
    let general: Vec<u32> = registers.r.iter().flatten().copied().collect();
    for (number, frame) in frames.iter().enumerate() {
        if let Some(python) = &mut python
            && python.is_interpreter(frame.at())
        {
            let end = frames.get(number + 1).map_or(frame.sp.saturating_add(512), |caller| caller.sp);
            levels.extend(python.function(&general, below..end, frame.sp, read, names).map(Level::Python));
            below = end;
        }
        levels.push(Level::Code(frame.at()));
    }
    levels
}

impl Observer for Profiler {
    fn look(&mut self, registers: &Registers, memory: &Memory, cycles: u64) {
        let stack = self.stack(registers, memory);
        let ran = &mut self.found.borrow_mut().ran;
        if ran.len() < MOST_STACKS || ran.contains_key(&stack) {
            *ran.entry(stack).or_default() += cycles;
        }
    }

    fn waited(&mut self, registers: &Registers, memory: &Memory, why: Pastime, cycles: u64) {
        let stack = if why == Pastime::Exceptions {
            Stack::default()
        } else {
            let mark = [registers.pc, registers.sp(), registers.lr, registers.exception()];
            match &self.last {
                Some((known, stack)) if *known == mark => stack.clone(),
                _ => {
                    let stack = self.stack(registers, memory);
                    self.last = Some((mark, stack.clone()));
                    stack
                }
            }
        };
        let waited = &mut self.found.borrow_mut().waited;
        let full = waited.len() >= MOST_STACKS;
        let key = (why, stack);
        let key = if full && !waited.contains_key(&key) { (why, Stack::default()) } else { key };
        *waited.entry(key).or_default() += cycles;
    }
}
