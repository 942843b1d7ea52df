//! Thumb-2 and VFPv4-SP encodings as far as the clock needs them (Armv7-M ARM, A5 "The Thumb Instruction Set Encoding").

use super::insn::{Address, Class, Insn};

/// Decodes the instruction whose first halfword is `hw1`; `hw2` is only looked at when the encoding is 32 bits long.
pub fn decode(hw1: u16, hw2: u16) -> Insn {
    if is_wide(hw1) { wide(u32::from(hw1), u32::from(hw2)) } else { narrow(u32::from(hw1)) }
}

/// Whether `hw1` starts a 32-bit encoding (Armv7-M ARM, A5.1).
pub const fn is_wide(hw1: u16) -> bool {
    hw1 >= 0xE800
}

const fn bits(value: u32, high: u32, low: u32) -> u32 {
    (value >> low) & ((1 << (high - low + 1)) - 1)
}

fn reg(value: u32, high: u32, low: u32) -> u8 {
    bits(value, high, low) as u8
}

fn access(size: u8, class: Class, writes: u16, loads_pc: bool, address: Address) -> Insn {
    Insn { size, class, writes, loads_pc, address: Some(address), it: None }
}

fn narrow(op: u32) -> Insn {
    let alu = |writes: u16| Insn::plain(2, Class::Alu, writes);
    let low = |at: u32| 1u16 << bits(op, at + 2, at);
    match op >> 10 {
        0b00_0000..=0b00_0111 => alu(low(0)),
        0b00_1000..=0b00_1001 | 0b00_1100..=0b00_1111 => alu(low(8)),
        0b00_1010..=0b00_1011 => alu(0),
        0b01_0000 => alu(if matches!(bits(op, 9, 6), 8 | 10 | 11) { 0 } else { low(0) }),
        0b01_0001 => {
            let d = (bits(op, 7, 7) << 3) | bits(op, 2, 0);
            match bits(op, 9, 8) {
                1 => alu(0),
                3 => Insn::plain(2, Class::BranchRegister, if bits(op, 7, 7) == 1 { 1 << 14 } else { 0 }),
                _ if d == 15 => Insn::plain(2, Class::BranchRegister, 0),
                _ => alu(1 << d),
            }
        }
        0b01_0010..=0b01_0011 => {
            let offset = (bits(op, 7, 0) * 4) as i32;
            access(2, Class::Load, low(8), false, at(15, None, offset, 4))
        }
        0b01_0100..=0b01_0111 => {
            let kind = bits(op, 11, 9);
            let bytes = [4, 2, 1, 1, 4, 2, 1, 2][kind as usize];
            let address = at(reg(op, 5, 3), Some((reg(op, 8, 6), 0)), 0, bytes);
            if kind <= 2 {
                access(2, Class::Store, 0, false, address)
            } else {
                access(2, Class::Load, low(0), false, address)
            }
        }
        0b01_1000..=0b10_0011 => {
            let (bytes, load) = match bits(op, 15, 12) {
                0b0110 => (4, bits(op, 11, 11) == 1),
                0b0111 => (1, bits(op, 11, 11) == 1),
                _ => (2, bits(op, 11, 11) == 1),
            };
            let address = at(reg(op, 5, 3), None, (bits(op, 10, 6) * bytes) as i32, bytes);
            if load {
                access(2, Class::Load, low(0), false, address)
            } else {
                access(2, Class::Store, 0, false, address)
            }
        }
        0b10_0100..=0b10_0111 => {
            let address = at(13, None, (bits(op, 7, 0) * 4) as i32, 4);
            if bits(op, 11, 11) == 1 {
                access(2, Class::Load, low(8), false, address)
            } else {
                access(2, Class::Store, 0, false, address)
            }
        }
        0b10_1000..=0b10_1011 => alu(low(8)),
        0b10_1100..=0b10_1111 => miscellaneous(op),
        0b11_0000..=0b11_0011 => {
            let (n, list) = (reg(op, 10, 8), bits(op, 7, 0));
            let load = bits(op, 11, 11) == 1;
            let keeps_base = load && list & (1 << n) != 0;
            multiple(2, load, n, list, false, !keeps_base)
        }
        0b11_0100..=0b11_0111 => match bits(op, 11, 8) {
            0xE => Insn::plain(2, Class::Undefined, 0),
            0xF => Insn::plain(2, Class::Exception, 0),
            _ => Insn::plain(2, Class::Branch { conditional: true }, 0),
        },
        _ => Insn::plain(2, Class::Branch { conditional: false }, 0),
    }
}

/// Armv7-M ARM, A5.2.5 "Miscellaneous 16-bit instructions".
fn miscellaneous(op: u32) -> Insn {
    match bits(op, 11, 8) {
        0b0000 => Insn::plain(2, Class::Alu, 1 << 13),
        0b0001 | 0b0011 | 0b1001 | 0b1011 => Insn::plain(2, Class::CompareBranch, 0),
        0b0010 | 0b1010 => Insn::plain(2, Class::Alu, 1 << bits(op, 2, 0)),
        0b0100 | 0b0101 => multiple(2, false, 13, bits(op, 7, 0) | bits(op, 8, 8) << 14, true, true),
        0b0110 => Insn::plain(2, Class::Special, 0),
        0b1100 | 0b1101 => multiple(2, true, 13, bits(op, 7, 0) | bits(op, 8, 8) << 15, false, true),
        0b1110 => Insn::plain(2, Class::Exception, 0),
        0b1111 if bits(op, 3, 0) != 0 => Insn { it: Some(bits(op, 7, 0) as u8), ..Insn::plain(2, Class::It, 0) },
        0b1111 => Insn::plain(2, hint(bits(op, 7, 4)), 0),
        _ => Insn::plain(2, Class::Undefined, 0),
    }
}

fn hint(number: u32) -> Class {
    match number {
        2 | 3 => Class::Wait,
        4 => Class::SendEvent,
        _ => Class::Nop,
    }
}

fn at(base: u8, index: Option<(u8, u8)>, offset: i32, bytes: u32) -> Address {
    Address { base, index, offset, writeback: false, bytes }
}

/// LDM, STM, PUSH and POP of the registers in `list`; `down` stores below the base.
fn multiple(size: u8, load: bool, base: u8, list: u32, down: bool, writeback: bool) -> Insn {
    let words = list.count_ones();
    let offset = if down { -(4 * words as i32) } else { 0 };
    let address = Address { base, index: None, offset, writeback, bytes: 4 * words };
    let mut writes = if load { list as u16 } else { 0 };
    if writeback {
        writes |= 1 << base;
    }
    let class = if load { Class::LoadWords { words: words as u8 } } else { Class::StoreWords { words: words as u8 } };
    access(size, class, writes, load && list & 0x8000 != 0, address)
}

fn wide(hw1: u32, hw2: u32) -> Insn {
    let op2 = bits(hw1, 10, 4);
    match bits(hw1, 12, 11) {
        0b01 => match op2 {
            _ if op2 & 0x64 == 0x00 => {
                let load = bits(hw1, 4, 4) == 1;
                multiple(4, load, reg(hw1, 3, 0), hw2 & 0xFFFF, bits(hw1, 8, 7) == 0b10, bits(hw1, 5, 5) == 1)
            }
            _ if op2 & 0x64 == 0x04 => dual_or_exclusive(hw1, hw2),
            _ if op2 & 0x60 == 0x20 => data_processing(hw2),
            _ => float(hw1, hw2),
        },
        0b10 if bits(hw2, 15, 15) == 0 => data_processing(hw2),
        0b10 => branch_or_control(hw1, hw2),
        _ => match op2 {
            _ if op2 & 0x71 == 0x00 => single(hw1, hw2, false),
            _ if op2 & 0x61 == 0x01 && op2 & 0x06 != 0x06 => single(hw1, hw2, true),
            _ if op2 & 0x70 == 0x20 => data_processing(hw2),
            _ if op2 & 0x78 == 0x30 => Insn::plain(4, Class::Alu, 1 << bits(hw2, 11, 8)),
            _ if op2 & 0x78 == 0x38 => long_multiply(hw1, hw2),
            _ if op2 & 0x40 == 0x40 => float(hw1, hw2),
            _ => Insn::plain(4, Class::Undefined, 0),
        },
    }
}

/// One cycle; register 15 as the destination means that only flags are written.
fn data_processing(hw2: u32) -> Insn {
    let d = bits(hw2, 11, 8);
    Insn::plain(4, Class::Alu, if d == 15 { 0 } else { 1 << d })
}

/// Armv7-M ARM, A5.3.17 "Long multiply, long multiply accumulate, and divide".
fn long_multiply(hw1: u32, hw2: u32) -> Insn {
    let high = 1u16 << bits(hw2, 11, 8);
    match (bits(hw1, 6, 4), bits(hw2, 7, 4)) {
        (op @ (1 | 3), 0xF) => {
            Insn::plain(4, Class::Divide { signed: op == 1, n: reg(hw1, 3, 0), m: reg(hw2, 3, 0) }, high)
        }
        _ => Insn::plain(4, Class::Alu, high | 1 << bits(hw2, 15, 12)),
    }
}

/// Armv7-M ARM, A5.3.7 to A5.3.10: loads and stores of a byte, halfword or word.
fn single(hw1: u32, hw2: u32, load: bool) -> Insn {
    let (n, t) = (reg(hw1, 3, 0), reg(hw2, 15, 12));
    let bytes = 1 << bits(hw1, 6, 5);
    let imm8 = bits(hw2, 7, 0) as i32;
    let address = if n == 15 {
        let imm = bits(hw2, 11, 0) as i32;
        at(15, None, if bits(hw1, 7, 7) == 1 { imm } else { -imm }, bytes)
    } else if bits(hw1, 7, 7) == 1 {
        at(n, None, bits(hw2, 11, 0) as i32, bytes)
    } else if bits(hw2, 11, 11) == 1 {
        let (pre, up, writeback) = (bits(hw2, 10, 10) == 1, bits(hw2, 9, 9) == 1, bits(hw2, 8, 8) == 1);
        let signed = if up { imm8 } else { -imm8 };
        Address { base: n, index: None, offset: if pre { signed } else { 0 }, writeback, bytes }
    } else {
        at(n, Some((reg(hw2, 3, 0), reg(hw2, 5, 4))), 0, bytes)
    };
    let base = if address.writeback { 1u16 << n } else { 0 };
    if !load {
        access(4, Class::Store, base, false, address)
    } else if t == 15 && bytes < 4 {
        Insn::plain(4, Class::Nop, 0)
    } else {
        access(4, Class::Load, base | (1u16 << t & 0x7FFF), t == 15, address)
    }
}

/// Armv7-M ARM, A5.3.6 "Load/store dual or exclusive, table branch".
fn dual_or_exclusive(hw1: u32, hw2: u32) -> Insn {
    let (pre, up, writeback, load) =
        (bits(hw1, 8, 8) == 1, bits(hw1, 7, 7) == 1, bits(hw1, 5, 5) == 1, bits(hw1, 4, 4) == 1);
    let (n, t) = (reg(hw1, 3, 0), bits(hw2, 15, 12));
    if pre || writeback {
        let offset = (bits(hw2, 7, 0) * 4) as i32;
        let offset = if up { offset } else { -offset };
        let address = Address { base: n, index: None, offset: if pre { offset } else { 0 }, writeback, bytes: 8 };
        let base = if writeback { 1u16 << n } else { 0 };
        return if load {
            access(4, Class::LoadWords { words: 2 }, base | 1 << t | 1 << bits(hw2, 11, 8), false, address)
        } else {
            access(4, Class::StoreWords { words: 2 }, base, false, address)
        };
    }
    let status = 1u16 << bits(hw2, if up { 3 } else { 11 }, if up { 0 } else { 8 });
    let bytes = match (up, bits(hw2, 5, 4)) {
        (true, 0) => 1,
        (true, 1) => 2,
        _ => 4,
    };
    match (up, load, bits(hw2, 7, 5)) {
        (true, true, 0) => {
            let half = bits(hw2, 4, 4);
            let address = at(n, Some((reg(hw2, 3, 0), half as u8)), 0, 1 << half);
            Insn { address: Some(address), ..Insn::plain(4, Class::TableBranch, 0) }
        }
        (true, _, 2) | (false, _, _) => {
            let offset = if up { 0 } else { (bits(hw2, 7, 0) * 4) as i32 };
            let writes = if load { 1 << t & 0x7FFF } else { status & 0x7FFF };
            access(4, Class::Exclusive, writes, false, at(n, None, offset, bytes))
        }
        _ => Insn::plain(4, Class::Undefined, 0),
    }
}

/// Armv7-M ARM, A5.3.4 "Branches and miscellaneous control".
fn branch_or_control(hw1: u32, hw2: u32) -> Insn {
    let op = bits(hw1, 10, 4);
    match bits(hw2, 14, 12) & 0b101 {
        0b000 if op & 0x38 != 0x38 => Insn::plain(4, Class::Branch { conditional: true }, 0),
        0b000 => match op {
            0x38 | 0x39 => Insn::plain(4, Class::Special, 0),
            0x3A if bits(hw2, 10, 8) != 0 => Insn::plain(4, Class::Special, 0),
            0x3A => Insn::plain(4, hint(bits(hw2, 7, 0)), 0),
            0x3B if bits(hw2, 7, 4) == 6 => Insn::plain(4, Class::Isb, 0),
            0x3B if bits(hw2, 7, 4) == 2 => Insn::plain(4, Class::Nop, 0),
            0x3B => Insn::plain(4, Class::Barrier, 0),
            0x3E | 0x3F => Insn::plain(4, Class::Special, 1 << bits(hw2, 11, 8)),
            _ => Insn::plain(4, Class::Undefined, 0),
        },
        0b001 => Insn::plain(4, Class::Branch { conditional: false }, 0),
        0b101 => Insn::plain(4, Class::Branch { conditional: false }, 1 << 14),
        _ => Insn::plain(4, Class::Undefined, 0),
    }
}

/// Armv7-M ARM, A5.3.18 and A6: the FPU, coprocessors 10 and 11; others do not exist on the nRF52840.
fn float(hw1: u32, hw2: u32) -> Insn {
    let undefined = Insn::plain(4, Class::Undefined, 0);
    if !matches!(bits(hw2, 11, 8), 10 | 11) || bits(hw1, 15, 12) != 0xE {
        return undefined;
    }
    let cycles = |cycles: u8| Insn::plain(4, Class::Float { cycles }, 0);
    if bits(hw1, 11, 8) == 0xE {
        return if bits(hw2, 4, 4) == 1 {
            let to_core = bits(hw1, 4, 4) == 1 && bits(hw2, 15, 12) != 15;
            Insn::plain(4, Class::Float { cycles: 1 }, if to_core { 1 << bits(hw2, 15, 12) } else { 0 })
        } else {
            let square_root = bits(hw1, 3, 0) == 1 && bits(hw2, 7, 6) == 3;
            match bits(hw1, 7, 4) & 0b1011 {
                0b0000 | 0b0001 | 0b1001 | 0b1010 => cycles(3),
                0b1000 => cycles(14),
                0b1011 if square_root => cycles(14),
                _ => cycles(1),
            }
        };
    }
    if bits(hw1, 11, 9) != 0b110 {
        return undefined;
    }
    let (pre, up, writeback, load) =
        (bits(hw1, 8, 8) == 1, bits(hw1, 7, 7) == 1, bits(hw1, 5, 5) == 1, bits(hw1, 4, 4) == 1);
    let (n, imm) = (reg(hw1, 3, 0), bits(hw2, 7, 0));
    if !pre && !up && !writeback {
        let to_core = if load { 1 << bits(hw2, 15, 12) | 1 << n } else { 0 };
        return Insn::plain(4, Class::Float { cycles: 2 }, to_core);
    }
    let single = pre && !writeback;
    let words = if single { 1 + bits(hw2, 8, 8) } else { imm.min(32) };
    let offset = match (single, up, pre) {
        (true, true, _) => (imm * 4) as i32,
        (true, false, _) => -((imm * 4) as i32),
        (false, _, true) => -((imm * 4) as i32),
        (false, _, false) => 0,
    };
    let address = Address { base: n, index: None, offset, writeback, bytes: 4 * words };
    let writes = if writeback { 1u16 << n } else { 0 };
    let class = if load { Class::LoadWords { words: words as u8 } } else { Class::StoreWords { words: words as u8 } };
    access(4, class, writes, false, address)
}
