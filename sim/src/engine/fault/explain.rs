//! A fault in words: what a good debugger would say.

use super::status::{BFARVALID, CFSR, HFSR, IMPRECISERR, MMARVALID, STACKING, StatusBit, cause, set, unnamed};
use super::{FaultRecord, code, grid, place};
use crate::engine::timing::Class;
use crate::image::Firmware;
use std::fmt::Write as _;

/// What `record` says, over many lines; the first of them is a summary. `read` gives the aligned word at an address, and
/// `None` where no memory is.
pub fn explain(record: &FaultRecord, firmware: &Firmware, read: &dyn Fn(u32) -> Option<u32>) -> String {
    let mut text = summary(record);
    text.push('\n');
    status(&mut text, record);
    addresses(&mut text, record, firmware);
    instruction(&mut text, record, firmware, read);
    let main = !record.registers().on_psp;
    if let Some(trouble) = place::stack(record.sp(), main, firmware) {
        let _ = writeln!(text, "{trouble}");
    } else if record.cfsr & STACKING != 0 {
        let at = place::describe(record.sp(), firmware);
        let _ = writeln!(text, "the stack could not be used: SP 0x{:08x} ({at})", record.sp());
    }
    text.push_str("registers:\n");
    indent(&mut text, &grid::registers(record, firmware));
    text.push_str("backtrace:\n");
    indent(&mut text, &grid::calls(&record.registers(), firmware, read));
    text.truncate(text.trim_end().len());
    text
}

/// One line: `BusFault, escalated to HardFault: PRECISERR at 0x60000000, a load or store was answered with an error by the bus`.
pub fn summary(record: &FaultRecord) -> String {
    let taken = record.exception.name();
    let mut text = match record.escalated_from {
        Some(first) => format!("{}, escalated to {taken}", first.name()),
        None => taken.to_owned(),
    };
    if record.lockup {
        text.push_str(", where no fault can be taken");
    }
    let address = valid(record).next().map(|(.., address)| format!(" at 0x{address:08x}")).unwrap_or_default();
    match cause(record.cfsr, record.hfsr) {
        Some(StatusBit { name, meaning, .. }) => {
            let _ = write!(text, ": {name}{address}, {meaning}");
        }
        None => text.push_str(&address),
    }
    text
}

/// The fault address registers that mean something.
fn valid(record: &FaultRecord) -> impl Iterator<Item = (&'static str, u32, u32)> {
    [("MMFAR", MMARVALID, record.mmfar), ("BFAR", BFARVALID, record.bfar)]
        .into_iter()
        .filter(move |(_, bit, _)| record.cfsr & bit != 0)
}

fn status(text: &mut String, record: &FaultRecord) {
    let registers = [("CFSR", &CFSR[..], record.cfsr), ("HFSR", &HFSR[..], record.hfsr)];
    for (register, table, value) in registers.into_iter().filter(|(.., value)| *value != 0) {
        let _ = writeln!(text, "{register} 0x{value:08x}");
        for StatusBit { bit, name, meaning } in set(table, value) {
            let _ = writeln!(text, "  bit {bit:<2} {name}: {meaning}");
        }
        let rest = unnamed(table, value);
        if rest != 0 {
            let _ = writeln!(text, "  0x{rest:08x} has no meaning in the manual");
        }
    }
}

fn addresses(text: &mut String, record: &FaultRecord, firmware: &Firmware) {
    for (register, _, address) in valid(record) {
        let _ = writeln!(text, "{register} 0x{address:08x}: {}", place::describe(address, firmware));
    }
}

fn instruction(text: &mut String, record: &FaultRecord, firmware: &Firmware, read: &dyn Fn(u32) -> Option<u32>) {
    let pc = record.pc & !1;
    let Some(found) = code::at(pc, firmware, read) else {
        let _ = writeln!(text, "no instruction at 0x{pc:08x}: {}", place::describe(pc, firmware));
        return;
    };
    let _ = writeln!(text, "instruction at 0x{pc:08x}: {}  {}", found.halfwords, found.text);
    if record.cfsr & IMPRECISERR != 0 {
        text.push_str("  it comes after the store that failed: look a few instructions back\n");
        return;
    }
    let registers = record.registers();
    if let Some((access, at)) = code::access(&found.insn, pc, |n| registers.get(n)) {
        let verb = match found.insn.class {
            Class::Store | Class::StoreWords { .. } => "stores",
            Class::Exclusive => "accesses",
            _ => "loads",
        };
        let size = match access.bytes {
            1 => "1 byte".to_owned(),
            bytes => format!("{bytes} bytes"),
        };
        let alignment = access.bytes.clamp(1, 4);
        let odd = if at % alignment == 0 { "" } else { ", not aligned" };
        let what = place::describe(at, firmware);
        let direction = if verb == "stores" { "to" } else { "from" };
        let direction = if verb == "accesses" { "at" } else { direction };
        let _ = writeln!(text, "  it {verb} {size} {direction} 0x{at:08x}{odd}: {what}");
    }
    if let Class::Divide { n, m, .. } = found.insn.class {
        let value = |n| registers.get(n).unwrap_or(0);
        let _ = writeln!(text, "  it divides r{n} (0x{:x}) by r{m} (0x{:x})", value(n), value(m));
    }
}

fn indent(text: &mut String, lines: &str) {
    for line in lines.lines() {
        let _ = writeln!(text, "  {line}");
    }
}
