//! A backtrace with what was inlined, a function an entry: what people mean by "where".

use super::unwind::{How, Registers, StackFrame, Unwinder};
use super::{Firmware, vector_name};
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
    /// `function (file:line)`.
    pub fn words(&self) -> String {
        match &self.source {
            Some(source) => format!("{} ({source})", self.function),
            None => self.function.clone(),
        }
    }
}

/// The functions that led to `registers`, innermost first. `read` gives the aligned word at an address, and `None` where no memory
/// is known.
pub fn calls(firmware: &Firmware, registers: &Registers, read: impl Fn(u32) -> Option<u32>) -> Vec<Call> {
    let mut calls = Vec::new();
    for frame in Unwinder::new(firmware).frames(registers, read) {
        calls_of(firmware, &frame, &mut calls);
        if calls.len() >= MOST {
            calls.truncate(MOST);
            break;
        }
    }
    calls
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

/// The name of exception `number` as a vector table has it, such as `RTC0_IRQHandler`'s `RTC0`.
pub fn exception_name(number: u16) -> String {
    vector_name(number.into()).map_or_else(|| format!("exception {number}"), str::to_owned)
}
