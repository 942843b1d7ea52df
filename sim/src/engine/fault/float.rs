//! FPU instructions as text (Armv7-M ARM, A6 "The Floating-point Instruction Set Encoding").
//!
//! 1. Single precision only, which is what the Cortex-M4 has. Conversions are named without their operands' formats.

/// The text of `first` and `second`; `None` when it is no instruction of the FPU, or a rare one.
pub fn text(first: u16, second: u16) -> Option<String> {
    if !matches!(second >> 8 & 15, 10 | 11) {
        return None;
    }
    match first {
        0xEE00..=0xEEFF if second & 0x10 == 0 && second & 0x100 == 0 => arithmetic(first, second),
        0xEE00..=0xEEFF if second & 0x10 != 0 => transfer(first, second),
        0xEC00..=0xEDFF => memory(first, second),
        _ => None,
    }
}

/// A single-precision register: four bits, and the lowest apart.
fn single(high: u16, low: u16) -> String {
    format!("s{}", (high & 15) << 1 | low & 1)
}

fn arithmetic(first: u16, second: u16) -> Option<String> {
    let d = single(second >> 12, first >> 6);
    let n = single(first, second >> 7);
    let m = single(second, second >> 5);
    let op = second >> 6 & 1;
    let names = match first >> 4 & 0b1011 {
        0b0000 => ["vmla", "vmls"],
        0b0001 => ["vnmls", "vnmla"],
        0b0010 => ["vmul", "vnmul"],
        0b0011 => ["vadd", "vsub"],
        0b1000 => ["vdiv", ""],
        0b1001 => ["vfnms", "vfnma"],
        0b1010 => ["vfma", "vfms"],
        _ => return other(first & 15, second, &d, &m),
    };
    let name = names[usize::from(op)];
    (!name.is_empty()).then(|| format!("{name}.f32 {d}, {n}, {m}"))
}

/// Table A6-4 "Other Floating-point data-processing instructions".
fn other(opc2: u16, second: u16, d: &str, m: &str) -> Option<String> {
    if second & 0x40 == 0 {
        return Some(format!("vmov.f32 {d}, #0x{:02x} (encoded)", opc2 << 4 | second & 15));
    }
    let high = second & 0x80 != 0;
    let name = match (opc2, high) {
        (0, false) => "vmov.f32",
        (0, true) => "vabs.f32",
        (1, false) => "vneg.f32",
        (1, true) => "vsqrt.f32",
        (4, false) => "vcmp.f32",
        (4, true) => "vcmpe.f32",
        (5, _) => return Some(format!("vcmp{}.f32 {d}, #0", if high { "e" } else { "" })),
        (2 | 3 | 8 | 10..=15, _) => "vcvt",
        _ => return None,
    };
    Some(format!("{name} {d}, {m}"))
}

/// Between a core register and one of the FPU's (A6.6).
fn transfer(first: u16, second: u16) -> Option<String> {
    let t = second >> 12;
    let n = single(first, second >> 7);
    let special = first & 15 == 1;
    match first >> 4 & 15 {
        0 if second & 0x100 == 0 => Some(format!("vmov {n}, r{t}")),
        1 if second & 0x100 == 0 => Some(format!("vmov r{t}, {n}")),
        14 if special => Some(format!("vmsr fpscr, r{t}")),
        15 if special && t == 15 => Some("vmrs apsr_nzcv, fpscr".into()),
        15 if special => Some(format!("vmrs r{t}, fpscr")),
        _ => None,
    }
}

/// Loads and stores (A6.5).
fn memory(first: u16, second: u16) -> Option<String> {
    let (pre, up, writeback) = (first & 0x100 != 0, first & 0x80 != 0, first & 0x20 != 0);
    let load = first & 0x10 != 0;
    let (base, count) = (first & 15, second & 0xFF);
    let double = second & 0x100 != 0;
    let name = |number: u16| format!("{}{number}", if double { 'd' } else { 's' });
    let (high, low) = (second >> 12, first >> 6 & 1);
    let register = if double { high | low << 4 } else { high << 1 | low };
    let base_name = if base == 13 { "sp".to_owned() } else { format!("r{base}") };
    if pre && !writeback {
        let sign = if up { "" } else { "-" };
        let verb = if load { "vldr" } else { "vstr" };
        return Some(format!("{verb} {}, [{base_name}, #{sign}{}]", name(register), count * 4));
    }
    let registers = if double { count / 2 } else { count };
    if pre == up || registers == 0 {
        return None;
    }
    let last = name(register + registers - 1);
    let list = if registers == 1 { format!("{{{last}}}") } else { format!("{{{}-{last}}}", name(register)) };
    Some(match (load, pre, writeback, base) {
        (false, true, true, 13) => format!("vpush {list}"),
        (true, false, true, 13) => format!("vpop {list}"),
        _ => {
            let verb = if load { "vldm" } else { "vstm" };
            let mode = if pre { "db" } else { "ia" };
            format!("{verb}{mode} {base_name}{}, {list}", if writeback { "!" } else { "" })
        }
    })
}

#[cfg(test)]
mod tests {
    use super::text;

    /// Encodings by GNU as with `-mfpu=fpv4-sp-d16`.
    #[test]
    fn instructions_of_the_fpu_are_text() {
        let cases = [
            (0xEDD0, 0x7A01, "vldr s15, [r0, #4]"),
            (0xED4D, 0x0A02, "vstr s1, [sp, #-8]"),
            (0xED93, 0x7B04, "vldr d7, [r3, #16]"),
            (0xEE30, 0x0A20, "vadd.f32 s0, s0, s1"),
            (0xEE7F, 0xFA6E, "vsub.f32 s31, s30, s29"),
            (0xEE21, 0x1A82, "vmul.f32 s2, s3, s4"),
            (0xEE21, 0x1AC2, "vnmul.f32 s2, s3, s4"),
            (0xEEC3, 0x2A23, "vdiv.f32 s5, s6, s7"),
            (0xEE41, 0x0A21, "vmla.f32 s1, s2, s3"),
            (0xEE41, 0x0A61, "vmls.f32 s1, s2, s3"),
            (0xEE51, 0x0A61, "vnmla.f32 s1, s2, s3"),
            (0xEE51, 0x0A21, "vnmls.f32 s1, s2, s3"),
            (0xEEE1, 0x0A21, "vfma.f32 s1, s2, s3"),
            (0xEEE1, 0x0A61, "vfms.f32 s1, s2, s3"),
            (0xEED1, 0x0A61, "vfnma.f32 s1, s2, s3"),
            (0xEED1, 0x0A21, "vfnms.f32 s1, s2, s3"),
            (0xEEF0, 0x0A41, "vmov.f32 s1, s2"),
            (0xEEF0, 0x0AC1, "vabs.f32 s1, s2"),
            (0xEEF1, 0x0A41, "vneg.f32 s1, s2"),
            (0xEEF1, 0x0AC1, "vsqrt.f32 s1, s2"),
            (0xEEF4, 0x0A41, "vcmp.f32 s1, s2"),
            (0xEEF4, 0x0AC1, "vcmpe.f32 s1, s2"),
            (0xEEF5, 0x0A40, "vcmp.f32 s1, #0"),
            (0xEEF5, 0x0AC0, "vcmpe.f32 s1, #0"),
            (0xEE01, 0x4A90, "vmov s3, r4"),
            (0xEE11, 0x4A90, "vmov r4, s3"),
            (0xEEF1, 0xFA10, "vmrs apsr_nzcv, fpscr"),
            (0xEEF1, 0x2A10, "vmrs r2, fpscr"),
            (0xEEE1, 0x2A10, "vmsr fpscr, r2"),
            (0xED2D, 0x8B10, "vpush {d8-d15}"),
            (0xECBD, 0x8B04, "vpop {d8-d9}"),
            (0xED2D, 0x8A01, "vpush {s16}"),
            (0xECBD, 0x8A04, "vpop {s16-s19}"),
            (0xECB1, 0x0A04, "vldmia r1!, {s0-s3}"),
            (0xEC81, 0x0A04, "vstmia r1, {s0-s3}"),
            (0xED21, 0x2A02, "vstmdb r1!, {s4-s5}"),
            (0xEEFD, 0x0AC1, "vcvt s1, s2"),
        ];
        for (first, second, expected) in cases {
            assert_eq!(text(first, second).as_deref(), Some(expected), "{first:04x} {second:04x}");
        }
        assert_eq!(text(0xF3EF, 0x8A14), None);
    }
}
