//! Parameters of the cycle model, with where each comes from and how sure it is.

/// Switches and parameters of the cycle model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// One cycle for every instruction, for comparison with simulators that keep no time.
    pub flat: bool,
    /// A load followed by an independent load costs one cycle less (TRM r0p1, 3.3.3 "Load/store timings"; sure).
    pub pair_loads: bool,
    /// The same for a load followed by a store with an immediate offset (TRM, as above; measured evidence is mixed).
    pub pair_store: bool,
    /// Literal loads and other loads do not pair, as they go to different buses (measured on STM32F4; likely here).
    pub pair_same_region_only: bool,
    /// An address register written by the instruction before costs a cycle (measured on STM32F4; sure).
    pub address_generation: bool,
    /// A store followed by a load waits a cycle (measured on STM32F4; sure).
    pub load_after_store: bool,
    /// A branch that is not taken costs 2 unless two 16-bit instructions stand before it (measured, mixed evidence).
    pub not_taken_fetch: bool,
    /// Three or more 32-bit instructions in a row at addresses not divisible by 4, after an instruction of several cycles,
    /// cost a cycle once (one kernel's evidence).
    pub unaligned_run: bool,
}

impl Rules {
    /// The nRF52840's core as well as it is known.
    pub const SILICON: Self = Self {
        flat: false,
        pair_loads: true,
        pair_store: true,
        pair_same_region_only: true,
        address_generation: true,
        load_after_store: true,
        not_taken_fetch: true,
        unaligned_run: true,
    };

    /// One cycle an instruction.
    pub const FLAT: Self = Self {
        flat: true,
        pair_loads: false,
        pair_store: false,
        pair_same_region_only: false,
        address_generation: false,
        load_after_store: false,
        not_taken_fetch: false,
        unaligned_run: false,
    };
}

/// The least and the most cycles that a division takes (TRM r0p1, table 3-1).
pub const SHORTEST_DIVISION: u32 = 2;
/// See [`SHORTEST_DIVISION`].
pub const LONGEST_DIVISION: u32 = 12;

/// Cycles of a division (TRM r0p1, table 3-1: 2 to 12, early end by the operands' leading bits; the formula is a guess).
pub fn divide_cycles(signed: bool, n: u32, d: u32) -> u32 {
    let (n, d) = if signed { ((n as i32).unsigned_abs(), (d as i32).unsigned_abs()) } else { (n, d) };
    if d == 0 || n < d {
        return SHORTEST_DIVISION;
    }
    let bits = d.leading_zeros() - n.leading_zeros();
    (3 + (bits + 1).div_ceil(4)).min(LONGEST_DIVISION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_stays_within_the_documented_range() {
        for n in [0, 1, 7, 0x8000_0000, u32::MAX] {
            for d in [0, 1, 3, 0x7FFF_FFFF, u32::MAX] {
                assert!((2..=12).contains(&divide_cycles(false, n, d)), "{n} / {d}");
                assert!((2..=12).contains(&divide_cycles(true, n, d)), "{n} / {d}");
            }
        }
    }

    #[test]
    fn a_longer_quotient_takes_longer() {
        assert_eq!(divide_cycles(false, 5, 9), 2);
        assert!(divide_cycles(false, 1 << 30, 3) > divide_cycles(false, 100, 3));
    }
}
