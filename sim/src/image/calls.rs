//! A backtrace with what was inlined, a function an entry: what people mean by "where".

use super::unwind::{How, Registers, StackFrame, Unwinder};
use super::{Firmware, names, vector_name};
use serde::Serialize;

/// Entries that are given at most; hostile debug information can inline without end.
const MOST: usize = 48;

/// A function on the way to an instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Call {
    /// Its name, demangled; an address when it has none.
    pub function: String,
    /// File and line at which it stands, such as `src/main.rs:118`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// It is a function in Python, which the entries before it run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub python: bool,
    /// It is not on the stack any more: it jumped to the entry before as the last thing that it did.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tail_call: bool,
    /// Its code was inlined into the next entry.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inlined: bool,
    /// Nothing says for certain that it is a caller.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub guess: bool,
    /// It was interrupted by this exception, whose handler is the entry before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupted_by: Option<String>,
}

impl Call {
    /// A function in Python, from `name (file:line)`.
    pub fn python(words: &str) -> Self {
        let (function, source) = words.split_once(" (").unwrap_or((words, ""));
        let source = source.strip_suffix(')').map(str::to_owned);
        Self { function: function.to_owned(), source, python: true, ..Self::default() }
    }

    /// `function (file:line)`, long generic arguments left out.
    pub fn words(&self) -> String {
        let function = names::short(&self.function);
        match &self.source {
            Some(source) => format!("{function} ({source})"),
            None => function,
        }
    }

    /// Whether it is of a library that comes with the compiler or from a registry, as its path says.
    pub fn is_library(&self) -> bool {
        let of = |source: &String| {
            source.starts_with("/rustc/") || source.contains("/.cargo/registry/") || source.starts_with("/crates/")
        };
        self.source.as_ref().is_some_and(of)
    }
}

/// The functions that led to `registers`, innermost first. `read` gives the aligned word at an address, and `None` where no memory
/// is known.
pub fn calls(firmware: &Firmware, registers: &Registers, read: impl Fn(u32) -> Option<u32>) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut below: Option<StackFrame> = None;
    for frame in Unwinder::new(firmware).frames(registers, &read) {
        if let Some(below) = below.filter(|_| matches!(frame.how, How::CallFrames | How::Guess)) {
            tail_call(firmware, &below, &frame, &read, &mut calls);
        }
        below = Some(frame);
        calls_of(firmware, &frame, &mut calls);
        if calls.len() >= MOST {
            calls.truncate(MOST);
            break;
        }
    }
    calls
}

/// Instructions of a function that are looked through for a jump.
const MOST_HALFWORDS: u32 = 4096;

/// The call in `caller` names another function than the one that runs, `callee`: that one has jumped to it.
fn tail_call(
    firmware: &Firmware,
    callee: &StackFrame,
    caller: &StackFrame,
    read: &dyn Fn(u32) -> Option<u32>,
    calls: &mut Vec<Call>,
) {
    let half = |at: u32| read(at & !3).map(|word| (word >> (8 * (at & 2))) as u16);
    let jump = || {
        let back = caller.pc & !1;
        // BL (Armv7-M ARM, A7.7.18); what BLX has called nothing tells.
        let called =
            branch_target(half(back.wrapping_sub(4))?, half(back.wrapping_sub(2))?, back.wrapping_sub(4), 0xD000)?;
        let (first, size) = firmware.function(called)?;
        let (running, _) = firmware.function(callee.at())?;
        if first == running {
            return None;
        }
        let halfwords = (0..(size / 2).min(MOST_HALFWORDS)).map(|n| first.wrapping_add(2 * n));
        halfwords.into_iter().find(|&at| {
            let next = half(at.wrapping_add(2)).unwrap_or(0);
            let Some(this) = half(at) else { return false };
            branch_target(this, next, at, 0x9000) == Some(running) || short_target(this, at) == Some(running)
        })
    };
    if let Some(at) = jump() {
        calls.extend(functions_at(firmware, at).into_iter().map(|call| Call { tail_call: !call.inlined, ..call }));
    }
}

/// Where BL (`kind` 0xD000) or B.W (0x9000) at `at` goes (A7.7.18, A7.7.12 T4).
fn branch_target(first: u16, second: u16, at: u32, kind: u16) -> Option<u32> {
    if first & 0xF800 != 0xF000 || second & 0xD000 != kind {
        return None;
    }
    let (first, second) = (u32::from(first), u32::from(second));
    let sign = first >> 10 & 1;
    let i1 = !(second >> 13 ^ sign) & 1;
    let i2 = !(second >> 11 ^ sign) & 1;
    let offset = sign << 24 | i1 << 23 | i2 << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1;
    Some(at.wrapping_add(4).wrapping_add_signed((offset << 7) as i32 >> 7))
}

/// Where B at `at` goes (A7.7.12, T2).
fn short_target(first: u16, at: u32) -> Option<u32> {
    let offset = (u32::from(first & 0x7FF) << 21) as i32 >> 20;
    (first & 0xF800 == 0xE000).then(|| at.wrapping_add(4).wrapping_add_signed(offset))
}

/// The functions at `frame`: what was inlined there, and the one whose code it is.
fn calls_of(firmware: &Firmware, frame: &StackFrame, calls: &mut Vec<Call>) {
    let guess = frame.how == How::Guess;
    let interrupted_by = match frame.how {
        How::Interrupted(number) => Some(exception_name(number)),
        _ => None,
    };
    let first = calls.len();
    calls.extend(functions_at(firmware, frame.at()));
    for call in &mut calls[first..] {
        call.guess = guess;
    }
    if let Some(call) = calls.get_mut(first) {
        call.interrupted_by = interrupted_by;
    }
}

/// The functions at `pc`: what was inlined there, innermost first, and at the end the one whose code it is.
pub fn functions_at(firmware: &Firmware, pc: u32) -> Vec<Call> {
    let Some(at) = firmware.locate(pc) else {
        return vec![Call { function: format!("0x{:08x}", pc & !1), ..Call::default() }];
    };
    if at.frames.is_empty() {
        return vec![Call { source: at.source(), function: at.function, ..Call::default() }];
    }
    let last = at.frames.len() - 1;
    let frames = at.frames.into_iter().enumerate();
    frames
        .map(|(level, frame)| {
            let source = frame.file.map(|file| frame.line.map_or(file.clone(), |line| format!("{file}:{line}")));
            let inlined = level < last;
            // The symbol's name is the one that linker scripts and other tools know.
            let function = match frame.function {
                Some(name) if inlined => name,
                _ if !inlined => at.function.clone(),
                _ => "an unnamed function".to_owned(),
            };
            Call { function, source, inlined, ..Call::default() }
        })
        .collect()
}

/// The innermost function at `pc` whose line is the firmware's own: what reads or writes a register is often a line of `core::ptr` that
/// was inlined everywhere.
pub fn own_function_at(firmware: &Firmware, pc: u32) -> Option<Call> {
    functions_at(firmware, pc).into_iter().find(|call| call.source.is_some() && !call.is_library())
}

/// The name of exception `number` as a vector table has it, such as `RTC0_IRQHandler`'s `RTC0`.
pub fn exception_name(number: u16) -> String {
    vector_name(number.into()).map_or_else(|| format!("exception {number}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the assembler has them.
    #[test]
    fn branches_lead_where_they_do() {
        assert_eq!(branch_target(0xF000, 0xBF4C, 0x572, 0x9000), Some(0x140E));
        assert_eq!(branch_target(0xF000, 0xFEBB, 0x694, 0xD000), Some(0x140E));
        assert_eq!(branch_target(0xF000, 0xFEBB, 0x694, 0x9000), None, "BL is no B.W");
        assert_eq!(short_target(0xE7FE, 0x100), Some(0x100));
        assert_eq!(short_target(0xD0FE, 0x100), None);
    }
}
