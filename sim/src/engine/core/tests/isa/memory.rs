//! Loads and stores (Armv7-M ARM, A4.6, A7.7), within the window.
//!
//! Left out as UNPREDICTABLE by A7.7: writeback to a register that is also loaded or stored; fewer than two registers in a
//! 32-bit multiple; a double load to one register twice; STREX of or to its own result. Left out as UNKNOWN: STM of the
//! base with writeback unless it is the lowest. LDRD, LDM, exclusive and FPU accesses are aligned, as others fault (A3.2.1).

use super::classes::{Class, always, built};
use super::sequence::Writer;

/// Farthest from the base that eight bytes still are in the window.
const REACH: i32 = 240;

/// All of them.
pub const CLASSES: &[Class] = &[
    built("STR (immediate) T1", |w| narrow(w, 0x6000, false)),
    built("LDR (immediate) T1", |w| narrow(w, 0x6800, true)),
    built("STRB (immediate) T1", |w| narrow(w, 0x7000, false)),
    built("LDRB (immediate) T1", |w| narrow(w, 0x7800, true)),
    built("STRH (immediate) T1", |w| narrow(w, 0x8000, false)),
    built("LDRH (immediate) T1", |w| narrow(w, 0x8800, true)),
    built("STR (register) T1", |w| narrow_register(w, 0, false)),
    built("STRH (register) T1", |w| narrow_register(w, 1, false)),
    built("STRB (register) T1", |w| narrow_register(w, 2, false)),
    built("LDRSB (register) T1", |w| narrow_register(w, 3, true)),
    built("LDR (register) T1", |w| narrow_register(w, 4, true)),
    built("LDRH (register) T1", |w| narrow_register(w, 5, true)),
    built("LDRB (register) T1", |w| narrow_register(w, 6, true)),
    built("LDRSH (register) T1", |w| narrow_register(w, 7, true)),
    built("STR (immediate) T2", |w| of_stack(w, false)),
    built("LDR (immediate) T2", |w| of_stack(w, true)),
    built("STRB (immediate)", |w| wide(w, 0xF800, false)),
    built("LDRB (immediate)", |w| wide(w, 0xF810, true)),
    built("STRH (immediate)", |w| wide(w, 0xF820, false)),
    built("LDRH (immediate)", |w| wide(w, 0xF830, true)),
    built("STR (immediate)", |w| wide(w, 0xF840, false)),
    built("LDR (immediate)", |w| wide(w, 0xF850, true)),
    built("LDRSB (immediate)", |w| wide(w, 0xF910, true)),
    built("LDRSH (immediate)", |w| wide(w, 0xF930, true)),
    built("STRB (register)", |w| wide_register(w, 0xF800, false)),
    built("LDRB (register)", |w| wide_register(w, 0xF810, true)),
    built("STRH (register)", |w| wide_register(w, 0xF820, false)),
    built("LDRH (register)", |w| wide_register(w, 0xF830, true)),
    built("STR (register)", |w| wide_register(w, 0xF840, false)),
    built("LDR (register)", |w| wide_register(w, 0xF850, true)),
    built("LDRSB (register)", |w| wide_register(w, 0xF910, true)),
    built("LDRSH (register)", |w| wide_register(w, 0xF930, true)),
    always("LDR (literal) T1", "01001 ddd xxxxxxxx"),
    always("LDR (literal) T2", "11111000x1011111 dddd xxxx xxxx xxxx"),
    always("LDRB (literal)", "11111000x0011111 dddd xxxx xxxx xxxx"),
    always("LDRH (literal)", "11111000x0111111 dddd xxxx xxxx xxxx"),
    always("LDRSB (literal)", "11111001x0011111 dddd xxxx xxxx xxxx"),
    always("LDRSH (literal)", "11111001x0111111 dddd xxxx xxxx xxxx"),
    always("LDRD (literal)", "11101001x1011111 tttt uuuu xxxxxxxx"),
    built("STRD (immediate)", |w| double(w, false)),
    built("LDRD (immediate)", |w| double(w, true)),
    built("STM T1", |w| narrow_multiple(w, false)),
    built("LDM T1", |w| narrow_multiple(w, true)),
    built("STM T2, STMDB T1", |w| multiple(w, false)),
    built("LDM T2, LDMDB T1", |w| multiple(w, true)),
    built("PUSH T1", push_narrow),
    built("POP T1", pop_narrow),
    built("PUSH T2", |w| stack_multiple(w, false)),
    built("POP T2", |w| stack_multiple(w, true)),
    built("PUSH T3", |w| stack_single(w, false)),
    built("POP T3", |w| stack_single(w, true)),
    built("ADD, SUB (SP plus immediate) T2", adjust_stack),
    built("LDREX, STREX", |w| exclusive(w, 4)),
    built("LDREXH, STREXH", |w| exclusive(w, 2)),
    built("LDREXB, STREXB", |w| exclusive(w, 1)),
    built("STREX without LDREX", store_without_load),
    built("VSTR", |w| float(w, false)),
    built("VLDR", |w| float(w, true)),
    always("VLDR (literal), single", "11101101 xx01 1111 xxxx 1010 xxxxxxxx"),
    always("VLDR (literal), double", "11101101 x001 1111 xxxx 1011 xxxxxxxx"),
    built("VSTM", |w| float_multiple(w, false)),
    built("VLDM", |w| float_multiple(w, true)),
    built("VPUSH", |w| float_stack(w, false)),
    built("VPOP", |w| float_stack(w, true)),
];

fn target(w: &mut Writer, load: bool) -> u16 {
    if load { w.destination() as u16 } else { w.source() as u16 }
}

fn low_base(w: &mut Writer) -> u16 {
    if w.keep < 8 {
        return u16::from(w.keep);
    }
    let r = w.low_other_than(&[]) as u16;
    w.set_up(&[0x4600 | u16::from(w.keep) << 3 | r]);
    r
}

fn narrow(w: &mut Writer, opcode: u16, load: bool) {
    let name = match opcode {
        0x6000 => "STR (immediate) T1",
        0x6800 => "LDR (immediate) T1",
        0x7000 => "STRB (immediate) T1",
        0x7800 => "LDRB (immediate) T1",
        0x8000 => "STRH (immediate) T1",
        _ => "LDRH (immediate) T1",
    };
    let base = low_base(w);
    let t = if load { w.low_other_than(&[]) as u16 } else { w.rng.below(8) as u16 };
    let offset = w.rng.below(32) as u16;
    w.step(name, &[opcode | offset << 6 | base << 3 | t]);
}

fn narrow_register(w: &mut Writer, operation: u16, load: bool) {
    const NAMES: [&str; 8] = [
        "STR (register) T1",
        "STRH (register) T1",
        "STRB (register) T1",
        "LDRSB (register) T1",
        "LDR (register) T1",
        "LDRH (register) T1",
        "LDRB (register) T1",
        "LDRSH (register) T1",
    ];
    let base = low_base(w);
    let index = w.low_other_than(&[base.into()]);
    let offset = w.rng.below(REACH as u32) as u16;
    w.set_up(&[0xF240, (index as u16) << 8 | offset]);
    let t = if load { w.low_other_than(&[]) as u16 } else { w.rng.below(8) as u16 };
    w.step(NAMES[usize::from(operation)], &[0x5000 | operation << 9 | (index as u16) << 6 | base << 3 | t]);
}

fn of_stack(w: &mut Writer, load: bool) {
    let t = if load { w.low_other_than(&[]) as u16 } else { w.rng.below(8) as u16 };
    let offset = w.rng.below((REACH - w.stack.1) as u32 / 4) as u16;
    let (name, opcode) = if load { ("LDR (immediate) T2", 0x9800) } else { ("STR (immediate) T2", 0x9000) };
    w.step(name, &[opcode | t << 8 | offset]);
}

fn named(opcode: u16, register: bool) -> &'static str {
    match (opcode, register) {
        (0xF800, false) => "STRB (immediate)",
        (0xF810, false) => "LDRB (immediate)",
        (0xF820, false) => "STRH (immediate)",
        (0xF830, false) => "LDRH (immediate)",
        (0xF840, false) => "STR (immediate)",
        (0xF850, false) => "LDR (immediate)",
        (0xF910, false) => "LDRSB (immediate)",
        (_, false) => "LDRSH (immediate)",
        (0xF800, true) => "STRB (register)",
        (0xF810, true) => "LDRB (register)",
        (0xF820, true) => "STRH (register)",
        (0xF830, true) => "LDRH (register)",
        (0xF840, true) => "STR (register)",
        (0xF850, true) => "LDR (register)",
        (0xF910, true) => "LDRSB (register)",
        (_, true) => "LDRSH (register)",
    }
}

/// All five ways to form the address, and the unprivileged ones.
fn wide(w: &mut Writer, opcode: u16, load: bool) {
    let name = named(opcode, false);
    let from_stack = w.rng.one_in(4);
    let (base, low, high) =
        if from_stack { (13, -REACH - w.stack.0, REACH - w.stack.1) } else { (w.keep.into(), -REACH, REACH) };
    match w.rng.below(5) {
        0 => {
            let t = target(w, load);
            let offset = w.rng.below(high as u32) as u16;
            w.step(name, &[opcode | 0x80 | base as u16, t << 12 | offset]);
        }
        1 => {
            let t = target(w, load);
            let offset = w.rng.below(-low as u32).min(255) as u16;
            w.step(name, &[opcode | base as u16, t << 12 | 0xC00 | offset]);
        }
        2 => {
            let t = target(w, load);
            let offset = w.rng.below(high as u32).min(255) as u16;
            w.step(name, &[opcode | base as u16, t << 12 | 0xE00 | offset]);
        }
        before => {
            let base = w.destination();
            let start = w.rng.below(2 * REACH as u32) as i32 - REACH;
            w.point(base, start);
            let t = if load { w.other_than(&[base]) } else { w.source_other_than(base) };
            let up = w.rng.one_in(2);
            let offset = w.rng.below(if up { REACH - start } else { REACH + start }.max(1) as u32).min(255);
            let bits = 0x900 | if before == 3 { 0x400 } else { 0 } | if up { 0x200 } else { 0 };
            w.step(name, &[opcode | base as u16, (t << 12 | bits | offset) as u16]);
        }
    }
}

fn wide_register(w: &mut Writer, opcode: u16, load: bool) {
    let index = w.destination();
    let shift = w.rng.below(4);
    let offset = w.rng.below(REACH as u32 >> shift) as u16;
    w.set_up(&[0xF240, (index as u16) << 8 | offset]);
    let from_stack = w.stack.1 <= 0 && w.rng.one_in(4);
    let base = if from_stack { 13 } else { u16::from(w.keep) };
    let t = target(w, load);
    w.step(named(opcode, true), &[opcode | base, t << 12 | (shift as u16) << 4 | index as u16]);
}

fn double(w: &mut Writer, load: bool) {
    let name = if load { "LDRD (immediate)" } else { "STRD (immediate)" };
    let start = 4 * (w.rng.below(2 * REACH as u32 / 4) as i32 - REACH / 4);
    let writeback = w.rng.one_in(2);
    let (base, from) = if writeback { (w.destination(), start) } else { (w.keep.into(), 0) };
    if writeback {
        w.point(base, start);
    }
    let t = if load { w.other_than(&[base]) } else { w.source_other_than(base) };
    let t2 = if load { w.other_than(&[base, t]) } else { w.source_other_than(base) };
    let up = w.rng.one_in(2);
    let words = w.rng.below((if up { REACH - from } else { REACH + from }.max(4) as u32) / 4);
    let pre = w.rng.one_in(2) || !writeback;
    let bits = u32::from(pre) << 8 | u32::from(up) << 7 | u32::from(writeback) << 5 | u32::from(load) << 4;
    w.step(name, &[(0xE840 | bits | base) as u16, (t << 12 | t2 << 8 | words) as u16]);
}

fn narrow_multiple(w: &mut Writer, load: bool) {
    let base = w.low_other_than(&[]);
    let start = 4 * (w.rng.below(80) as i32 - 40);
    w.point(base, start);
    let mut list = w.rng.below(255) as u16 + 1;
    if load {
        list &= !(1u16 << w.keep);
    } else if list >> base & 1 == 1 {
        // The base may be stored only as the lowest.
        list &= !((1u16 << base) - 1);
    }
    if list & 0xFF == 0 {
        list = if load { 1 << w.low_other_than(&[base]) } else { 1 << base };
    }
    let (name, opcode) = if load { ("LDM T1", 0xC800) } else { ("STM T1", 0xC000) };
    w.step(name, &[opcode | (base as u16) << 8 | list]);
}

/// Two or more of R0 to R12 and R14.
fn list(w: &mut Writer, load: bool, without: u16) -> u16 {
    loop {
        let list = w.rng.next() as u16 & 0x5FFF & if w.rng.one_in(2) { 0x50FF } else { 0x5F0F };
        let list = list & !without & if load { !(1u16 << w.keep) } else { 0xFFFF };
        if list.count_ones() >= 2 {
            return list;
        }
    }
}

fn multiple(w: &mut Writer, load: bool) {
    let name = if load { "LDM T2, LDMDB T1" } else { "STM T2, STMDB T1" };
    let base = w.destination();
    let start = 4 * (w.rng.below(80) as i32 - 40);
    w.point(base, start);
    let writeback = w.rng.one_in(2);
    let list = list(w, load, if writeback { 1 << base } else { 0 });
    let direction = if w.rng.one_in(2) { 0x0080 } else { 0x0100 };
    let bits = direction | u16::from(writeback) << 5 | u16::from(load) << 4;
    w.step(name, &[0xE800 | bits | base as u16, list]);
}

fn push_narrow(w: &mut Writer) {
    let list = w.rng.below(511) as u16 + 1;
    if w.move_stack(-4 * list.count_ones() as i32) {
        w.step("PUSH T1", &[0xB400 | list]);
    }
}

fn pop_narrow(w: &mut Writer) {
    let list = (w.rng.below(255) as u16 + 1) & !(1u16 << w.keep);
    if list != 0 && w.move_stack(4 * list.count_ones() as i32) {
        w.step("POP T1", &[0xBC00 | list]);
    }
}

fn stack_multiple(w: &mut Writer, load: bool) {
    let list = list(w, load, 0);
    let bytes = 4 * list.count_ones() as i32;
    if load && w.move_stack(bytes) {
        w.step("POP T2", &[0xE8BD, list]);
    } else if !load && w.move_stack(-bytes) {
        w.step("PUSH T2", &[0xE92D, list]);
    }
}

fn stack_single(w: &mut Writer, load: bool) {
    let t = target(w, load);
    if load && w.move_stack(4) {
        w.step("POP T3", &[0xF85D, t << 12 | 0xB04]);
    } else if !load && w.move_stack(-4) {
        w.step("PUSH T3", &[0xF84D, t << 12 | 0xD04]);
    }
}

fn adjust_stack(w: &mut Writer) {
    let words = w.rng.below(16) as u16;
    let down = w.rng.one_in(2);
    let bytes = 4 * i32::from(words);
    if w.move_stack(if down { -bytes } else { bytes }) {
        w.step("ADD, SUB (SP plus immediate) T2", &[0xB000 | u16::from(down) << 7 | words]);
    }
}

/// A load, something that stores nothing, and a store to the same place: others depend on the implementation (A3.4).
fn exclusive(w: &mut Writer, bytes: u32) {
    let (name, load, store) = match bytes {
        4 => ("LDREX, STREX", [0xE850, 0x0F00], [0xE840, 0]),
        2 => ("LDREXH, STREXH", [0xE8D0, 0x0F5F], [0xE8C0, 0x0F50]),
        _ => ("LDREXB, STREXB", [0xE8D0, 0x0F4F], [0xE8C0, 0x0F40]),
    };
    let offset = (w.rng.below(REACH as u32) / bytes * bytes) as i32;
    let base = if bytes == 4 { u32::from(w.keep) } else { w.destination() };
    let words = if bytes == 4 { offset as u16 / 4 } else { 0 };
    if bytes < 4 {
        w.point(base, offset);
    }
    let t = w.other_than(&[base]) as u16;
    w.step(name, &[load[0] | base as u16, t << 12 | load[1] | words]);
    match w.rng.below(4) {
        0 => w.step("CLREX", &[0xF3BF, 0x8F2F]),
        1 => w.set_up(&[0xEA80 | t, t << 8 | w.keep as u16]), // eor.w rt, rt, base
        _ => {}
    }
    let value = w.source();
    let result = w.other_than(&[base, value]) as u16;
    let second = if bytes == 4 { result << 8 | words } else { store[1] | result };
    w.step(name, &[store[0] | base as u16, (value as u16) << 12 | second]);
}

/// No load has opened the monitor, so nothing is stored.
fn store_without_load(w: &mut Writer) {
    let value = w.source();
    let result = w.other_than(&[value]) as u16;
    let words = w.rng.below(REACH as u32 / 4) as u16;
    w.step("STREX without LDREX", &[0xE840 | u16::from(w.keep), (value as u16) << 12 | result << 8 | words]);
}

fn float(w: &mut Writer, load: bool) {
    let (base, low, high) =
        if w.rng.one_in(4) { (13, -REACH - w.stack.0, REACH - w.stack.1) } else { (u16::from(w.keep), -REACH, REACH) };
    let up = w.rng.one_in(2);
    let words = w.rng.below(if up { high } else { -low } as u32 / 4) as u16;
    let single = w.rng.one_in(2);
    let d = if single { w.rng.below(2) as u16 } else { 0 };
    let v = w.rng.below(16) as u16;
    let first = 0xED00 | u16::from(up) << 7 | d << 6 | u16::from(load) << 4 | base;
    w.step(if load { "VLDR" } else { "VSTR" }, &[first, v << 12 | if single { 0xA00 } else { 0xB00 } | words]);
}

/// Registers and the words that they are: bit 6 of the first halfword, and the second.
fn float_list(w: &mut Writer) -> (u16, u16, i32) {
    if w.rng.one_in(2) {
        let first = w.rng.below(32) as u16;
        let count = w.rng.below(u32::from(32 - first)) as u16 + 1;
        ((first & 1) << 6, first >> 1 << 12 | 0xA00 | count, i32::from(count))
    } else {
        let first = w.rng.below(16) as u16;
        let count = w.rng.below(u32::from(16 - first)) as u16 + 1;
        (0, first << 12 | 0xB00 | (2 * count), 2 * i32::from(count))
    }
}

fn float_multiple(w: &mut Writer, load: bool) {
    let (d, second, _) = float_list(w);
    let base = w.destination();
    let start = 4 * (w.rng.below(50) as i32 - 25);
    w.point(base, start);
    let mode = w.rng.pick(&[0x0080, 0x00A0, 0x0120]);
    let first = 0xEC00 | mode | d | u16::from(load) << 4 | base as u16;
    w.step(if load { "VLDM" } else { "VSTM" }, &[first, second]);
}

fn float_stack(w: &mut Writer, load: bool) {
    let (d, second, words) = float_list(w);
    if load && w.move_stack(4 * words) {
        w.step("VPOP", &[0xECBD | d, second]);
    } else if !load && w.move_stack(-4 * words) {
        w.step("VPUSH", &[0xED2D | d, second]);
    }
}
