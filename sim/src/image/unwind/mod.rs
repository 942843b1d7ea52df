//! Backtraces: which call of which function led to an instruction.
//!
//! 1. A frame comes from call frame information where the image has it, from the frame on the stack where an exception was
//!    taken, and is a guess elsewhere ([`How`]).
//! 2. Registers and stack may hold anything: a walk takes at most [`MOST_FRAMES`] steps, and ends when it no longer climbs.
//! 3. A stack that was switched by hand (a context of an RTOS other than the running one) is not followed.

mod cfi;
mod exception;
mod guess;
mod registers;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use cfi::CallFrames;
pub use registers::Registers;

use super::Firmware;
use cfi::{Row, Rule};
use exception::is_exc_return;
use guess::Surroundings;
use std::fmt;

/// Frames of a backtrace.
pub const MOST_FRAMES: usize = 32;

/// How a frame was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is where the core is.
    Here,
    /// Its callee's call frame information says so.
    CallFrames,
    /// The exception with this number (IPSR) has interrupted it.
    Interrupted(u16),
    /// Nothing says so for certain.
    Guess,
}

/// One call that has not returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackFrame {
    /// The instruction, or the one that the call returns to.
    pub pc: u32,
    /// The stack pointer there.
    pub sp: u32,
    /// How it was found.
    pub how: How,
}

impl StackFrame {
    /// The address to ask [`Firmware::locate`] about: inside the call, which can be the last instruction of its function.
    pub fn at(&self) -> u32 {
        match self.how {
            How::Here | How::Interrupted(_) => self.pc,
            How::CallFrames | How::Guess => self.pc.wrapping_sub(1),
        }
    }
}

/// Why a backtrace has no more frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The function that a reset starts, or the return address that stands for none.
    Start,
    /// The caller is not recorded: its callee never returns.
    NeverReturns,
    /// There are more.
    Limit,
    /// No return address was found.
    Lost,
    /// The return address is in no memory.
    Nowhere(u32),
    /// The frame that an exception left is in no memory.
    NoFrame(u32),
    /// The stack does not climb any more.
    Circle,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("the start of the program"),
            Self::NeverReturns => f.write_str("the caller is not recorded, as the function never returns"),
            Self::Limit => write!(f, "further callers are not shown, {MOST_FRAMES} being the most"),
            Self::Lost => f.write_str("no return address was found"),
            Self::Nowhere(pc) => write!(f, "the return address 0x{pc:08x} is in no memory"),
            Self::NoFrame(sp) => write!(f, "the exception's frame at 0x{sp:08x} is in no memory"),
            Self::Circle => f.write_str("the frames lead back to themselves"),
        }
    }
}

/// The calls that have not returned, innermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backtrace {
    /// At least the innermost.
    pub frames: Vec<StackFrame>,
    /// Why there are no more.
    pub end: End,
}

/// Finds callers in the code of one firmware.
pub struct Unwinder<'a> {
    firmware: &'a Firmware,
    /// The function that runs after a reset.
    start: Option<(u32, u32)>,
}

impl<'a> Unwinder<'a> {
    /// For `firmware`.
    pub fn new(firmware: &'a Firmware) -> Self {
        Self { firmware, start: firmware.function(firmware.start.pc) }
    }

    /// The calls that led to `registers`. `read` gives the aligned word at an address, and `None` where no memory is.
    pub fn backtrace(&self, registers: &Registers, read: impl Fn(u32) -> Option<u32>) -> Backtrace {
        let read = |addr: u32| if addr & 3 == 0 { read(addr) } else { None };
        let mut now = *registers;
        let mut frames = vec![StackFrame { pc: now.pc, sp: now.sp(), how: How::Here }];
        let end = loop {
            if frames.len() == MOST_FRAMES {
                break End::Limit;
            }
            let last = frames[frames.len() - 1];
            if self.starts(last.at()) {
                break End::Start;
            }
            match self.caller(&now, last, &read) {
                Ok((caller, how)) => {
                    let stuck = caller.pc == now.pc && caller.sp() == now.sp();
                    let sinks = caller.on_psp == now.on_psp && caller.sp() < now.sp();
                    if stuck || sinks {
                        break End::Circle;
                    }
                    now = caller;
                    frames.push(StackFrame { pc: now.pc, sp: now.sp(), how });
                }
                Err(end) => break end,
            }
        };
        Backtrace { frames, end }
    }

    /// [`Unwinder::backtrace`] without why it ends.
    pub fn frames(&self, registers: &Registers, read: impl Fn(u32) -> Option<u32>) -> Vec<StackFrame> {
        self.backtrace(registers, read).frames
    }

    fn starts(&self, pc: u32) -> bool {
        self.start.is_some_and(|(first, size)| pc.checked_sub(first).is_some_and(|offset| offset < size))
    }

    fn caller(
        &self,
        callee: &Registers,
        frame: StackFrame,
        read: &dyn Fn(u32) -> Option<u32>,
    ) -> Result<(Registers, How), End> {
        let at = frame.at() & !1;
        let row = self.firmware.images.iter().rev().find_map(|image| image.call_frames.at(at));
        let innermost = matches!(frame.how, How::Here | How::Interrupted(_));
        // A branch to nowhere has no function; where it came from is in LR, or on the stack.
        let known = row.and_then(|row| apply(&row, callee, read));
        let (mut caller, how) = match known {
            Some(Ok(caller)) => (caller, How::CallFrames),
            Some(Err(end)) => return Err(end),
            None => {
                let start = self.firmware.function(at).map(|(first, _)| first);
                let named = |lr: u32| self.firmware.function(lr.wrapping_sub(1)).is_some();
                let astray = start.is_none() && innermost && callee.lr.is_some_and(named);
                let guess = Surroundings { read, start, innermost, astray };
                (guess.caller(callee).ok_or(End::Lost)?, How::Guess)
            }
        };
        let back = caller.pc;
        if is_exc_return(back) {
            let handled = callee.exception;
            let before = exception::interrupted(&caller, back, read).ok_or(End::NoFrame(caller.sp()))?;
            return Ok((before, How::Interrupted(handled)));
        }
        if back == u32::MAX || back == 0 {
            return Err(End::Start);
        }
        caller.pc &= !1;
        if read(caller.pc & !3).is_none() {
            return Err(End::Nowhere(back));
        }
        Ok((caller, how))
    }
}

/// The caller by call frame information, its PC as it was saved. `None` when a register that the rules need is not known, or
/// lies in no memory.
fn apply(row: &Row, callee: &Registers, read: &dyn Fn(u32) -> Option<u32>) -> Option<Result<Registers, End>> {
    let frame_address = callee.get(row.base)?.wrapping_add_signed(row.offset);
    let value = |n: u8| match row.rules[usize::from(n)] {
        Rule::Same => callee.get(n),
        Rule::Lost => None,
        Rule::Memory(offset) => read(frame_address.wrapping_add_signed(offset)),
        Rule::Value(offset) => Some(frame_address.wrapping_add_signed(offset)),
        Rule::Register(other) => callee.get(other),
    };
    let mut caller = *callee;
    caller.forget_scratch();
    for n in 4..12 {
        caller.r[usize::from(n)] = value(n);
    }
    caller.set_sp(frame_address);
    match value(14) {
        Some(back) => caller.pc = back,
        None if matches!(row.rules[14], Rule::Same | Rule::Lost) => return Some(Err(End::NeverReturns)),
        None => return None,
    }
    Some(Ok(caller))
}
