//! Differences between the two machines that are known and justified. Nothing else may differ.

use super::compare::{FLOATS, FPSCR, Parting};

/// A difference.
pub struct Known {
    /// What it is, who is right and where the Armv7-M ARM says so.
    pub name: &'static str,
    /// Whether it is this one.
    pub applies: fn(&Parting) -> bool,
}

/// All of them.
pub const DIFFERENCES: &[Known] = &[Known {
    name: "from fixed point Unicorn rounds as FPSCR says and QEMU to nearest, which is right: A7.7, VCVT (between \
               floating-point and fixed-point), FixedToFP with round_nearest",
    applies: fixed_rounds_as_fpscr_says,
}];

/// The result there is the nearest, the one here the one that RMode asks for, and nothing else differs.
fn fixed_rounds_as_fpscr_says(parting: &Parting) -> bool {
    let &[first, second] = &parting.halves[..] else { return false };
    // 1110 1110 1D11 101U Vd 101 0 sx 1 i 0 imm4
    if first & 0xFFBE != 0xEEBA || second & 0x0F50 != 0x0A40 {
        return false;
    }
    let place = FLOATS + usize::from(second >> 12 << 1 | first >> 6 & 1);
    let fixed = parting.word(0, place);
    let (unsigned, wide) = (first & 1 == 1, second & 0x80 != 0);
    let value = match (unsigned, wide) {
        (false, false) => f64::from(fixed as i16),
        (false, true) => f64::from(fixed as i32),
        (true, false) => f64::from(fixed as u16),
        (true, true) => f64::from(fixed),
    };
    let given = i32::from((second & 0xF) << 1 | second >> 5 & 1);
    let exact = value * f64::powi(2.0, given - if wide { 32 } else { 16 });
    // Ties to even, as `as` does it.
    let nearest = exact as f32;
    let (ours, theirs) = (parting.word(1, place), parting.word(2, place));
    let given = f64::from(f32::from_bits(ours));
    let neighbours = ours.abs_diff(theirs) == 1;
    let as_asked = match parting.word(0, FPSCR) >> 22 & 3 {
        1 => given > exact,
        2 => given < exact,
        3 => given.abs() < exact.abs(),
        _ => false,
    };
    parting.differing() == [place] && theirs == nearest.to_bits() && neighbours && as_asked
}
