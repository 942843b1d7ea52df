//! An instruction as text.
//!
//! 1. The disassembler is one for Armv7 and knows no FPU; `float.rs` does. What neither knows is shown as its kind.
//! 2. Special registers are named here, as Armv7-M has others than Armv7-A (Armv7-M ARM, B5.2.2 and B5.2.3).

use super::super::timing::{Address, Class, Insn, decode, is_wide};
use super::float;
use crate::image::Firmware;
use yaxpeax_arch::{Decoder, U8Reader};
use yaxpeax_arm::armv7::InstDecoder;

/// An instruction in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its halfwords, the first of them first.
    pub halfwords: String,
    /// Mnemonic and operands, or the kind.
    pub text: String,
    /// What the engine knows of it.
    pub insn: Insn,
}

/// The instruction at `pc`; `None` when it is in no memory. `read` gives aligned words.
pub fn at(pc: u32, firmware: &Firmware, read: &dyn Fn(u32) -> Option<u32>) -> Option<Code> {
    let half = |addr: u32| read(addr & !3).map(|word| (word >> (8 * (addr & 2))) as u16);
    let first = half(pc & !1)?;
    let second = if is_wide(first) { half((pc & !1).checked_add(2)?)? } else { 0 };
    let insn = decode(first, second);
    let halfwords = if is_wide(first) { format!("{first:04x} {second:04x}") } else { format!("{first:04x}") };
    let text = special(first, second)
        .or_else(|| disassemble(first, second, insn.class))
        .map_or_else(|| kind(insn.class).to_owned(), |text| target(&text, pc & !1, firmware));
    Some(Code { halfwords, text, insn })
}

/// What an instruction's access is, and at which address: `registers` gives Rn.
pub fn access(insn: &Insn, pc: u32, registers: impl Fn(u8) -> Option<u32>) -> Option<(Address, u32)> {
    let address = insn.address?;
    let base = if address.base == 15 { (pc & !1).wrapping_add(4) & !3 } else { registers(address.base)? };
    let index = match address.index {
        Some((n, shift)) => registers(n)?.wrapping_shl(shift.into()),
        None => 0,
    };
    Some((address, base.wrapping_add(index).wrapping_add_signed(address.offset)))
}

fn disassemble(first: u16, second: u16, class: Class) -> Option<String> {
    if class == Class::Undefined {
        // Of the encodings that Armv7-M leaves undefined some exist on other cores; UDF is undefined by design.
        return match first {
            0xDE00..=0xDEFF => Some(format!("udf #{}", first & 0xFF)),
            _ => None,
        };
    }
    if let Some(float) = float::text(first, second).filter(|_| is_wide(first)) {
        return Some(float);
    }
    let [a, b] = first.to_le_bytes();
    let [c, d] = second.to_le_bytes();
    let bytes = [a, b, c, d];
    let length = if is_wide(first) { 4 } else { 2 };
    let decoded = InstDecoder::armv7_thumb().decode(&mut U8Reader::new(&bytes[..length])).ok()?;
    Some(numbered(&decoded.to_string()))
}

/// The disassembler's `sb`, `sl`, `fp` and `ip` as the registers are numbered in the grid below.
fn numbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
            continue;
        }
        out.push_str(match word.as_str() {
            "sb" => "r9",
            "sl" => "r10",
            "fp" => "r11",
            "ip" => "r12",
            other => other,
        });
        word.clear();
        out.push(c);
    }
    out.trim_end().to_owned()
}

/// `text` with the target of a branch (`$+0x4`, counted from PC + 4) as an address with its function.
fn target(text: &str, pc: u32, firmware: &Firmware) -> String {
    let Some((before, offset)) = text.split_once('$') else { return text.to_owned() };
    let (negative, digits) = match offset.split_at_checked(1) {
        Some(("-", digits)) => (true, digits),
        Some(("+", digits)) => (false, digits),
        _ => return text.to_owned(),
    };
    let Ok(offset) = u32::from_str_radix(digits.trim_start_matches("0x"), 16) else { return text.to_owned() };
    let from = pc.wrapping_add(4);
    let to = if negative { from.wrapping_sub(offset) } else { from.wrapping_add(offset) };
    let name = firmware.locate(to).map(|at| match at.offset {
        0 => format!(" <{}>", at.function),
        offset => format!(" <{}+0x{offset:x}>", at.function),
    });
    format!("{before}0x{to:08x}{}", name.unwrap_or_default())
}

/// MRS and MSR (A7.7.82 and A7.7.83).
fn special(first: u16, second: u16) -> Option<String> {
    let name = match second & 0xFF {
        0 => "apsr",
        1 => "iapsr",
        2 => "eapsr",
        3 => "xpsr",
        5 => "ipsr",
        6 => "epsr",
        7 => "iepsr",
        8 => "msp",
        9 => "psp",
        16 => "primask",
        17 => "basepri",
        18 => "basepri_max",
        19 => "faultmask",
        20 => "control",
        _ => return None,
    };
    match (first, second >> 8) {
        (0xF3EF, 0x80..=0x8F) => Some(format!("mrs r{}, {name}", second >> 8 & 15)),
        (0xF380..=0xF38F, 0x80 | 0x84 | 0x88 | 0x8C) => Some(format!("msr {name}, r{}", first & 15)),
        _ => None,
    }
}

fn kind(class: Class) -> &'static str {
    match class {
        Class::Float { .. } => "an FPU instruction",
        Class::LoadWords { .. } => "a load of several words",
        Class::StoreWords { .. } => "a store of several words",
        Class::Load => "a load",
        Class::Store => "a store",
        Class::Undefined => "undefined on a Cortex-M4",
        _ => "not disassembled",
    }
}
