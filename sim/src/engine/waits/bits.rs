//! Which bits of what was loaded are tested: followed through the instructions behind the load (Armv7-M ARM, A7.7).

use super::looped::Step;
use crate::engine::core::Registers;

/// What became of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tested {
    /// What was loaded.
    pub value: u32,
    /// Bits of it that decide.
    pub mask: u32,
}

/// Instructions behind the load that are looked at.
const MOST: usize = 24;

/// What is left of the loaded value in a register: these bits of it, moved up by `shift` (down if negative).
#[derive(Clone, Copy, Debug)]
struct Part {
    register: u8,
    mask: u32,
    shift: i32,
}

impl Part {
    /// The bits of the loaded value that lie on `mask` in the register.
    fn on(&self, mask: u32) -> u32 {
        self.mask & if self.shift >= 0 { mask >> self.shift } else { mask << -self.shift }
    }
}

/// What of the load at place `load` of a round is tested in that round, which `again` shows a second time.
pub(super) fn tested(load: usize, round: &[Step], again: &[Step]) -> Tested {
    let steps: Vec<&Step> = round[load..].iter().chain(again).collect();
    let whole = match round[load].insn.address.map_or(4, |a| a.bytes) {
        1 => 0xFF,
        2 => 0xFFFF,
        _ => u32::MAX,
    };
    let Some(register) = destination(steps[0].halfwords) else { return Tested { value: 0, mask: whole } };
    let value = steps.get(1).map_or(0, |step| get(&step.before, register));
    let mut parts = vec![Part { register, mask: whole, shift: 0 }];
    for (index, step) in steps.iter().enumerate().skip(1).take(MOST) {
        let condition = steps[index + 1..].iter().take(3).find_map(|later| condition(later.halfwords.0));
        match effect(step, &parts, condition) {
            Effect::Tests(mask) if mask != 0 => return Tested { value, mask },
            Effect::Makes(made, part) => {
                parts.retain(|p| p.register != made);
                parts.extend(part);
            }
            Effect::Tests(_) | Effect::Nothing => {}
        }
        if parts.is_empty() {
            break;
        }
    }
    Tested { value, mask: whole }
}

enum Effect {
    /// These bits decide about what follows.
    Tests(u32),
    /// A register gets something else, which may be a part of the loaded value.
    Makes(u8, Option<Part>),
    Nothing,
}

fn get(registers: &Registers, n: u8) -> u32 {
    match n {
        13 => registers.sp(),
        14 => registers.lr,
        15 => registers.pc,
        n => registers.r.get(usize::from(n)).copied().unwrap_or(0),
    }
}

/// The register that a load of one word or less fills.
fn destination((first, second): (u16, u16)) -> Option<u8> {
    match first {
        // LDR literal, LDR (SP): Rt is at bit 8.
        0x4800..=0x4FFF | 0x9800..=0x9FFF => Some((first >> 8 & 7) as u8),
        // Register and immediate offsets.
        0x5600..=0x5FFF | 0x6800..=0x6FFF | 0x7800..=0x7FFF | 0x8800..=0x8FFF => Some((first & 7) as u8),
        // LDR.W, LDRB.W, LDRH.W and their signed kinds.
        0xF810..=0xF9FF if first & 0x10 != 0 => Some((second >> 12) as u8).filter(|&rt| rt != 15),
        _ => None,
    }
}

/// The condition of a conditional branch or of IT.
fn condition(first: u16) -> Option<u8> {
    match first {
        0xD000..=0xDDFF => Some((first >> 8 & 15) as u8),
        0xF000..=0xF3FF => None,
        0xBF01..=0xBFFF if first & 15 != 0 => Some((first >> 4 & 15) as u8),
        _ => None,
    }
}

const MI: u8 = 4;
const PL: u8 = 5;
const CS: u8 = 2;
const CC: u8 = 3;

/// What decides when the flags are those of `part`'s register as a result.
fn by_flags(part: &Part, condition: Option<u8>) -> u32 {
    match condition {
        Some(MI | PL) => part.on(1 << 31),
        Some(_) => part.on(u32::MAX),
        None => 0,
    }
}

fn effect(step: &Step, parts: &[Part], condition: Option<u8>) -> Effect {
    let (first, second) = step.halfwords;
    let low = |at: u32| (first >> at & 7) as u8;
    let part = |register: u8| parts.iter().find(|p| p.register == register).copied();
    let other = |register: u8| get(&step.before, register);
    let makes = |register: u8, part: Option<Part>| Effect::Makes(register, part.map(|p| Part { register, ..p }));
    let masked = |p: Part, mask: u32| Some(Part { mask: p.on(mask), ..p });
    match first {
        // LSLS, LSRS, ASRS by an immediate; LSLS by 0 is MOVS.
        0x0000..=0x17FF => {
            let (rd, rm, by) = (low(0), low(3), i32::from(first >> 6 & 31));
            let Some(p) = part(rm) else { return makes(rd, None) };
            let left = first < 0x0800;
            let moved = if left { p.shift + by } else { p.shift - if by == 0 { 32 } else { by } };
            let out = match condition {
                Some(CS | CC) if left && by > 0 => p.on(1 << (32 - by)),
                Some(CS | CC) if !left => p.on(1 << if by == 0 { 31 } else { by - 1 }),
                _ => {
                    let seen = Part { shift: moved.clamp(-31, 31), ..p };
                    let visible = if left { u32::MAX << (by.min(31)) } else { u32::MAX >> by.min(31) };
                    by_flags(&Part { mask: seen.on(visible), ..seen }, condition)
                }
            };
            if out != 0 && sets_flags_for(condition) && goes_nowhere_else(rd, parts) {
                return Effect::Tests(out);
            }
            let visible = if left { p.on(u32::MAX >> by.min(31)) } else { p.on(u32::MAX << by.min(31)) };
            makes(rd, Some(Part { mask: visible, shift: moved.clamp(-31, 31), ..p }))
        }
        // MOVS immediate.
        0x2000..=0x27FF => makes(low(8), None),
        // CMP immediate.
        0x2800..=0x2FFF => {
            part((first >> 8 & 7) as u8).map_or(Effect::Nothing, |p| Effect::Tests(by_flags(&p, condition)))
        }
        // ADDS and SUBS.
        0x1800..=0x1FFF => makes(low(0), None),
        0x3000..=0x3FFF => makes(low(8), None),
        // ANDS, EORS, ..., TST, CMP, BICS: register.
        0x4000..=0x43FF => {
            let (rdn, rm) = (low(0), low(3));
            let both = [(part(rdn), other(rm)), (part(rm), other(rdn))];
            let found = both.iter().find_map(|(p, with)| p.map(|p| (p, *with)));
            match (first >> 6 & 15, found) {
                (0, Some((p, with))) => {
                    let kept = p.on(with);
                    match condition {
                        Some(_) => Effect::Tests(by_flags(&Part { mask: kept, ..p }, condition)),
                        None => makes(rdn, Some(Part { mask: kept, ..p })),
                    }
                }
                (8, Some((p, with))) => Effect::Tests(by_flags(&Part { mask: p.on(with), ..p }, condition)),
                (10, Some((p, _))) => Effect::Tests(by_flags(&p, condition)),
                (14, _) => match part(rdn) {
                    Some(p) => makes(rdn, masked(p, !other(rm))),
                    None => makes(rdn, None),
                },
                (8 | 10 | 11, None) => Effect::Nothing,
                _ => makes(rdn, None),
            }
        }
        // CMP and MOV of any registers.
        0x4500..=0x45FF => {
            let rn = (first & 7 | first >> 4 & 8) as u8;
            part(rn)
                .or_else(|| part((first >> 3 & 15) as u8))
                .map_or(Effect::Nothing, |p| Effect::Tests(by_flags(&p, condition)))
        }
        0x4600..=0x46FF => makes((first & 7 | first >> 4 & 8) as u8, part((first >> 3 & 15) as u8)),
        // UXTH, UXTB.
        0xB280..=0xB2BF => makes(low(0), part(low(3)).and_then(|p| masked(p, 0xFFFF))),
        0xB2C0..=0xB2FF => makes(low(0), part(low(3)).and_then(|p| masked(p, 0xFF))),
        // CBZ, CBNZ.
        _ if first & 0xF500 == 0xB100 => part(low(0)).map_or(Effect::Nothing, |p| Effect::Tests(p.mask)),
        // Data processing with an immediate.
        0xF000..=0xF5FF if second & 0x8000 == 0 && first & 0xFA00 == 0xF000 => {
            let (rn, rd) = ((first & 15) as u8, (second >> 8 & 15) as u8);
            let with = expand(first, second);
            let sets = first & 0x10 != 0;
            match (first >> 5 & 15, part(rn)) {
                (0, Some(p)) if rd == 15 => Effect::Tests(by_flags(&Part { mask: p.on(with), ..p }, condition)),
                (0, Some(p)) if sets && condition.is_some() => {
                    Effect::Tests(by_flags(&Part { mask: p.on(with), ..p }, condition))
                }
                (0, Some(p)) => makes(rd, masked(p, with)),
                (1, Some(p)) => makes(rd, masked(p, !with)),
                (13, Some(p)) if rd == 15 => Effect::Tests(by_flags(&p, condition)),
                (_, None) if rd == 15 => Effect::Nothing,
                _ => makes(rd, None),
            }
        }
        // UBFX, SBFX.
        0xF3C0..=0xF3CF | 0xF340..=0xF34F => {
            let (rn, rd) = ((first & 15) as u8, (second >> 8 & 15) as u8);
            let (lsb, width) = (u32::from(second >> 10 & 0x1C | second >> 6 & 3), u32::from(second & 31) + 1);
            let mask = (u32::MAX >> (32 - width)).checked_shl(lsb).unwrap_or(0);
            makes(rd, part(rn).map(|p| Part { mask: p.on(mask), shift: (p.shift - lsb as i32).max(-31), ..p }))
        }
        // Data processing with a shifted register: AND, TST, BIC, CMP, MOV.
        0xEA00..=0xEBFF => {
            let (rn, rm, rd) = ((first & 15) as u8, (second & 15) as u8, (second >> 8 & 15) as u8);
            let plain = second & 0x70F0 == 0;
            let found = [(part(rn), other(rm)), (part(rm).filter(|_| plain), other(rn))];
            let found = found.iter().find_map(|(p, with)| p.map(|p| (p, *with)));
            match (first >> 5 & 15, found) {
                (0, Some((p, with))) if plain && (rd == 15 || first & 0x10 != 0 && condition.is_some()) => {
                    Effect::Tests(by_flags(&Part { mask: p.on(with), ..p }, condition))
                }
                (0, Some((p, with))) if plain => makes(rd, masked(p, with)),
                (2, _) if rn == 15 && plain => makes(rd, part(rm)),
                (13, Some((p, _))) if rd == 15 => Effect::Tests(by_flags(&p, condition)),
                _ if rd == 15 => Effect::Nothing,
                _ => makes(rd, None),
            }
        }
        _ => match destination(step.halfwords) {
            Some(rt) => makes(rt, None),
            None => Effect::Nothing,
        },
    }
}

/// A condition on N, Z or C is one that a shift can answer.
fn sets_flags_for(condition: Option<u8>) -> bool {
    matches!(condition, Some(0..=5))
}

/// The result replaces the only register that had a part of the value, or is a new one: then the flags are what it was made for.
fn goes_nowhere_else(register: u8, parts: &[Part]) -> bool {
    parts.iter().filter(|p| p.register != register).count() <= 1
}

/// `ThumbExpandImm` (A5.3.2).
fn expand(first: u16, second: u16) -> u32 {
    let imm12 = u32::from(first >> 10 & 1) << 11 | u32::from(second >> 12 & 7) << 8 | u32::from(second & 0xFF);
    let byte = imm12 & 0xFF;
    match imm12 >> 8 {
        0 => byte,
        1 => byte << 16 | byte,
        2 => byte << 24 | byte << 8,
        3 => byte << 24 | byte << 16 | byte << 8 | byte,
        _ => (byte | 0x80).rotate_right(imm12 >> 7),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::timing::decode;

    /// `LDR R1, [R0]` and then `code`; R2 holds `r2`.
    fn mask_of(code: &[(u16, u16)], r2: u32) -> u32 {
        let all = [&[(0x6801, 0)], code].concat();
        let mut pc = 0x100;
        let steps: Vec<Step> = all
            .iter()
            .map(|&halfwords| {
                let mut before = Registers { pc, ..Registers::default() };
                (before.r[0], before.r[2]) = (0x5000_0510, r2);
                let insn = decode(halfwords.0, halfwords.1);
                let step = Step { pc, insn, halfwords, before };
                pc += u32::from(step.insn.size);
                step
            })
            .collect();
        tested(0, &steps, &steps).mask
    }

    #[test]
    fn the_bit_is_found_however_it_is_tested() {
        const BEQ: (u16, u16) = (0xD0FC, 0);
        const BPL: (u16, u16) = (0xD5FC, 0);
        const BCC: (u16, u16) = (0xD3FC, 0);
        type Case = (&'static str, &'static [(u16, u16)], u32, u32);
        let cases: [Case; 13] = [
            ("lsls r1, r1, #29; bpl", &[(0x0749, 0), BPL], 0, 1 << 2),
            ("lsrs r1, r1, #3; bcc", &[(0x08C9, 0), BCC], 0, 1 << 2),
            ("tst r1, r2; beq", &[(0x4211, 0), BEQ], 0x40, 0x40),
            ("ands r1, r2; beq", &[(0x4011, 0), BEQ], 0x80, 0x80),
            ("tst.w r1, #4; beq", &[(0xF011, 0x0F04), BEQ], 0, 4),
            ("and.w r1, r1, #0x10000; cbz r1", &[(0xF401, 0x3180), (0xB101, 0)], 0, 0x1_0000),
            ("ubfx r3, r1, #5, #2; cbnz r3", &[(0xF3C1, 0x1341), (0xB903, 0)], 0, 3 << 5),
            ("cbz r1", &[(0xB101, 0)], 0, u32::MAX),
            ("cmp r1, #0; beq", &[(0x2900, 0), BEQ], 0, u32::MAX),
            ("uxtb r1, r1; cmp r1, #0; beq", &[(0xB2C9, 0), (0x2900, 0), BEQ], 0, 0xFF),
            ("mov r3, r1; tst.w r3, #8; beq", &[(0x460B, 0), (0xF013, 0x0F08), BEQ], 0, 8),
            ("cmp r1, #0; bpl", &[(0x2900, 0), BPL], 0, 1 << 31),
            ("movs r1, #0; beq: it is lost", &[(0x2100, 0), BEQ], 0, u32::MAX),
        ];
        for (text, code, r2, mask) in cases {
            assert_eq!(mask_of(code, r2), mask, "{text}");
        }
    }
}
