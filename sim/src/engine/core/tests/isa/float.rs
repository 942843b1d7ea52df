//! Floating point on registers (Armv7-M ARM, A6 and A7.7): single precision, as the Cortex-M4 has it.

use super::classes::{Class, always, built, pattern};
use super::pattern::field;
use super::sequence::Writer;

/// More fraction bits than the integer has is UNPREDICTABLE (A7.7, VCVT (between floating-point and fixed-point)).
const TOO_MANY_FRACTION_BITS: fn(u32) -> bool =
    |bits| field(bits, 7, 7) == 0 && field(bits, 3, 0) * 2 + field(bits, 5, 5) > 16;
/// S32 does not exist (A7.7, VMOV (between two Arm core registers and two single-precision registers)).
const PAST_S31: fn(u32) -> bool = |bits| field(bits, 3, 0) == 15 && field(bits, 5, 5) == 1;

/// Bits of FPSCR that are defined (A2.5.3).
pub const FPSCR: u32 = 0xF7C0_009F;

/// All of them.
pub const CLASSES: &[Class] = &[
    always("VMLA", "11101110 0x00 xxxx xxxx 1010 x0x0 xxxx"),
    always("VMLS", "11101110 0x00 xxxx xxxx 1010 x1x0 xxxx"),
    always("VNMLS", "11101110 0x01 xxxx xxxx 1010 x0x0 xxxx"),
    always("VNMLA", "11101110 0x01 xxxx xxxx 1010 x1x0 xxxx"),
    always("VMUL", "11101110 0x10 xxxx xxxx 1010 x0x0 xxxx"),
    always("VNMUL", "11101110 0x10 xxxx xxxx 1010 x1x0 xxxx"),
    always("VADD", "11101110 0x11 xxxx xxxx 1010 x0x0 xxxx"),
    always("VSUB", "11101110 0x11 xxxx xxxx 1010 x1x0 xxxx"),
    always("VDIV", "11101110 1x00 xxxx xxxx 1010 x0x0 xxxx"),
    always("VFNMS", "11101110 1x01 xxxx xxxx 1010 x0x0 xxxx"),
    always("VFNMA", "11101110 1x01 xxxx xxxx 1010 x1x0 xxxx"),
    always("VFMA", "11101110 1x10 xxxx xxxx 1010 x0x0 xxxx"),
    always("VFMS", "11101110 1x10 xxxx xxxx 1010 x1x0 xxxx"),
    always("VMOV (immediate)", "11101110 1x11 xxxx xxxx 1010 0000 xxxx"),
    always("VMOV (register)", "11101110 1x11 0000 xxxx 1010 01x0 xxxx"),
    always("VABS", "11101110 1x11 0000 xxxx 1010 11x0 xxxx"),
    always("VNEG", "11101110 1x11 0001 xxxx 1010 01x0 xxxx"),
    always("VSQRT", "11101110 1x11 0001 xxxx 1010 11x0 xxxx"),
    always("VCVTB, VCVTT from half", "11101110 1x11 0010 xxxx 1010 x1x0 xxxx"),
    always("VCVTB, VCVTT to half", "11101110 1x11 0011 xxxx 1010 x1x0 xxxx"),
    always("VCMP, VCMPE", "11101110 1x11 0100 xxxx 1010 x1x0 xxxx"),
    always("VCMP, VCMPE with zero", "11101110 1x11 0101 xxxx 1010 x100 0000"),
    always("VCVT from integer", "11101110 1x11 1000 xxxx 1010 x1x0 xxxx"),
    always("VCVT to integer", "11101110 1x11 110x xxxx 1010 11x0 xxxx"),
    always("VCVTR", "11101110 1x11 110x xxxx 1010 01x0 xxxx"),
    pattern("VCVT from fixed point", "11101110 1x11 101x xxxx 1010 x1x0 xxxx", TOO_MANY_FRACTION_BITS, true),
    pattern("VCVT to fixed point", "11101110 1x11 111x xxxx 1010 x1x0 xxxx", TOO_MANY_FRACTION_BITS, true),
    always("VMOV from core register", "11101110 0000 xxxx nnnn 1010 x001 0000"),
    always("VMOV to core register", "11101110 0001 xxxx dddd 1010 x001 0000"),
    always("VMOV from core register to scalar", "11101110 00x0 xxxx nnnn 1011 0001 0000"),
    always("VMOV from scalar to core register", "11101110 00x1 xxxx dddd 1011 0001 0000"),
    pattern("VMOV from two core registers", "111011000100 mmmm nnnn 1010 00x1 xxxx", PAST_S31, true),
    pattern("VMOV to two core registers", "111011000101 uuuu tttt 1010 00x1 xxxx", PAST_S31, true),
    always("VMOV from two core registers to double", "111011000100 mmmm nnnn 1011 0001 xxxx"),
    always("VMOV from double to two core registers", "111011000101 uuuu tttt 1011 0001 xxxx"),
    always("VMRS", "111011101111 0001 dddd 1010 0001 0000"),
    always("VMRS to flags", "111011101111 0001 1111 1010 0001 0000"),
    built("VMSR", vmsr),
];

/// Reserved bits of FPSCR should be written as zero (A2.5.3).
fn vmsr(w: &mut Writer) {
    let t = w.destination();
    let value = w.rng.next() as u32 & FPSCR;
    // Rounding to nearest and nothing flushed, half of the time.
    let value = if w.rng.one_in(2) { value & !0x03C0_0000 } else { value };
    w.constant(t, value);
    w.step("VMSR", &[0xEEE1, (t as u16) << 12 | 0xA10]);
}
