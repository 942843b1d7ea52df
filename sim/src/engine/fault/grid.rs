//! Registers and calls as lines of text.

use super::FaultRecord;
use crate::image::unwind::{How, Registers};
use crate::image::{Backtrace, Firmware, Location, StackFrame, Unwinder, vector_name};
use std::fmt::Write as _;

/// Inlined functions that are shown for one frame.
const MOST_INLINED: usize = 8;

/// The registers, four in a row; below them what those point at that point into code.
pub fn registers(record: &FaultRecord, firmware: &Firmware) -> String {
    let mut cells: Vec<(String, u32)> = (0..).zip(record.r).map(|(n, value)| (format!("r{n}"), value)).collect();
    cells.extend([("sp".into(), record.sp()), ("lr".into(), record.lr), ("pc".into(), record.pc)]);
    cells.extend([("xpsr".into(), record.xpsr), ("msp".into(), record.msp), ("psp".into(), record.psp)]);
    if record.exc_return != 0 {
        cells.push(("exc_return".into(), record.exc_return));
    }
    let mut text = String::new();
    for row in cells.chunks(4) {
        let row: Vec<_> = row.iter().map(|(name, value)| format!("{name:>4} 0x{value:08x}")).collect();
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "{}", row.join("  "));
    }
    let FaultRecord { control, primask, basepri, faultmask, .. } = *record;
    let _ = writeln!(text, "xpsr: {}", flags(record.xpsr));
    let _ = writeln!(text, "control {control}  primask {primask}  basepri 0x{basepri:02x}  faultmask {faultmask}");
    for (name, value) in cells.iter().filter(|(name, _)| name != "pc" && name != "xpsr") {
        let code = firmware.function(*value).is_some_and(|(first, size)| (value & !1).wrapping_sub(first) < size);
        if let Some(at) = firmware.locate(*value).filter(|_| code) {
            let _ = writeln!(text, "{name} is in {}", offset(&at));
        }
    }
    text
}

/// `nZcvq, Thumb, handling UsageFault`.
fn flags(xpsr: u32) -> String {
    let mut text = String::new();
    for (bit, letter) in [(31, 'n'), (30, 'z'), (29, 'c'), (28, 'v'), (27, 'q')] {
        let set = xpsr >> bit & 1 == 1;
        text.push(if set { letter.to_ascii_uppercase() } else { letter });
    }
    text.push_str(if xpsr >> 24 & 1 == 1 { ", Thumb" } else { ", T clear" });
    if xpsr & 0x0600_FC00 != 0 {
        text.push_str(", in an IT block or an interrupted LDM or STM");
    }
    match xpsr & 0x1FF {
        0 => text.push_str(", Thread mode"),
        number => {
            let _ = write!(text, ", handling {}", exception(number as u16));
        }
    }
    text
}

/// The exception's name and number.
pub fn exception(number: u16) -> String {
    match (number, vector_name(number.into())) {
        (16.., Some(name)) => format!("interrupt {} ({name})", number - 16),
        (_, Some(name)) => name.to_owned(),
        (16.., None) => format!("interrupt {}", number - 16),
        (_, None) => format!("exception {number}"),
    }
}

fn offset(at: &Location) -> String {
    match at.offset {
        0 => at.function.clone(),
        offset => format!("{}+0x{offset:x}", at.function),
    }
}

/// The calls that led to `registers`, a line each, those that were inlined as well.
pub fn calls(registers: &Registers, firmware: &Firmware, read: &dyn Fn(u32) -> Option<u32>) -> String {
    let Backtrace { frames, end } = Unwinder::new(firmware).backtrace(registers, read);
    let mut text = String::new();
    for (number, frame) in frames.iter().enumerate() {
        if let How::Interrupted(exception_number) = frame.how {
            let _ = writeln!(text, "    {} interrupted this:", exception(exception_number));
        }
        call(&mut text, number, frame, firmware);
    }
    let _ = writeln!(text, "    (end: {end})");
    text
}

fn call(text: &mut String, number: usize, frame: &StackFrame, firmware: &Firmware) {
    let guess = if frame.how == How::Guess { "  (a guess)" } else { "" };
    let head = format!("#{number:<2} 0x{:08x}", frame.pc);
    let Some(mut at) = firmware.locate(frame.at()) else {
        let _ = writeln!(text, "{head} in no known function{guess}");
        return;
    };
    // Counted to the address that is shown, which is behind the call.
    at.offset += frame.pc.wrapping_sub(frame.at() & !1);
    // What was inlined comes first: it is where the instruction is in the source.
    let inlined = at.frames.len().saturating_sub(1).min(MOST_INLINED);
    for level in &at.frames[..inlined] {
        let name = level.function.as_deref().unwrap_or("an unnamed function");
        let _ = writeln!(text, "{head} {name}{}  (inlined)", source(level.file.as_deref(), level.line));
    }
    let outermost = at.frames.last();
    let place = outermost.map(|f| source(f.file.as_deref(), f.line)).unwrap_or_default();
    let _ = writeln!(text, "{head} {}{place}{guess}", offset(&at));
}

fn source(file: Option<&str>, line: Option<u32>) -> String {
    match (file, line) {
        (Some(file), Some(line)) => format!(" ({file}:{line})"),
        (Some(file), None) => format!(" ({file})"),
        _ => String::new(),
    }
}
