//! A few Thumb encodings (Armv7-M ARM, A7.7).

/// NOP.
pub const NOP: u16 = 0xBF00;
/// `BKPT #0`.
pub const BKPT: u16 = 0xBE00;

/// `ADDS r0, #1`.
pub const ADD: u16 = 0x3001;

/// `STR rt, [rn, #offset]`.
pub const fn str(t: u16, n: u16, offset: u16) -> u16 {
    0x6000 | (offset / 4) << 6 | n << 3 | t
}

/// `LDR rt, [rn, #offset]`.
pub const fn ldr(t: u16, n: u16, offset: u16) -> u16 {
    str(t, n, offset) | 0x800
}

/// `SUBS rd, #1`.
pub const fn decrement(d: u16) -> u16 {
    0x3801 | d << 8
}

/// A branch on `condition` (14: always) over `halves` halfwords, counted from behind it.
pub fn branch(condition: u16, halves: isize) -> u16 {
    let offset = halves - 1;
    if condition == 14 { 0xE000 | (offset & 0x7FF) as u16 } else { 0xD000 | condition << 8 | (offset & 0xFF) as u16 }
}

/// MOVW and MOVT.
pub fn constant(d: u16, value: u32) -> [u16; 4] {
    let half = |opcode: u16, imm: u32| {
        let first = opcode | (imm >> 12) as u16 | ((imm >> 11 & 1) << 10) as u16;
        [first, ((imm >> 8 & 7) << 12) as u16 | d << 8 | (imm & 0xFF) as u16]
    };
    let (low, high) = (half(0xF240, value & 0xFFFF), half(0xF2C0, value >> 16));
    [low[0], low[1], high[0], high[1]]
}

/// Little-endian bytes.
pub fn bytes(code: &[u16]) -> Vec<u8> {
    code.iter().flat_map(|half| half.to_le_bytes()).collect()
}
