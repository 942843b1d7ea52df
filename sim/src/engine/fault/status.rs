//! The bits of CFSR and HFSR, each with what it means (Armv7-M ARM, B3.2.15 and B3.2.16).

/// A bit that says what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusBit {
    /// Its number in the register.
    pub bit: u8,
    /// The manual's name.
    pub name: &'static str,
    /// What it means: one clause.
    pub meaning: &'static str,
}

const fn bit(bit: u8, name: &'static str, meaning: &'static str) -> StatusBit {
    StatusBit { bit, name, meaning }
}

/// CFSR: MMFSR in bits 7 to 0, BFSR in bits 15 to 8, UFSR in bits 31 to 16.
pub static CFSR: [StatusBit; 19] = [
    bit(0, "IACCVIOL", "an instruction was to be fetched from where the MPU or the memory map forbids execution"),
    bit(1, "DACCVIOL", "a load or store was made where the MPU forbids it"),
    bit(3, "MUNSTKERR", "the MPU forbade reading the stack on return from an exception"),
    bit(4, "MSTKERR", "the MPU forbade writing the stack on entry to an exception"),
    bit(5, "MLSPERR", "the MPU forbade writing the FPU's registers to the stack, lazily"),
    bit(7, "MMARVALID", "MMFAR holds the address"),
    bit(8, "IBUSERR", "an instruction was fetched from where the bus answers with an error"),
    bit(9, "PRECISERR", "a load or store was answered with an error by the bus"),
    bit(10, "IMPRECISERR", "a buffered store was answered with an error by the bus; PC is past the instruction"),
    bit(11, "UNSTKERR", "the bus answered with an error when the stack was read on return from an exception"),
    bit(12, "STKERR", "the bus answered with an error when the stack was written on entry to an exception"),
    bit(13, "LSPERR", "the bus answered with an error when the FPU's registers were written to the stack, lazily"),
    bit(15, "BFARVALID", "BFAR holds the address"),
    bit(16, "UNDEFINSTR", "the instruction is undefined"),
    bit(17, "INVSTATE", "the Thumb bit of EPSR is clear: a branch went to an even address"),
    bit(18, "INVPC", "a return from an exception was not valid: EXC_RETURN, or the frame on the stack, is damaged"),
    bit(19, "NOCP", "a coprocessor was used that is off or absent; the FPU needs bits 20 to 23 of CPACR (0xE000ED88)"),
    bit(24, "UNALIGNED", "a load or store was made at an address that is no multiple of its size"),
    bit(25, "DIVBYZERO", "a number was divided by zero, and CCR.DIV_0_TRP is set"),
];

/// HFSR.
pub static HFSR: [StatusBit; 3] = [
    bit(1, "VECTTBL", "the vector could not be read from the vector table"),
    bit(30, "FORCED", "a fault escalated, as its own handler is disabled or may not interrupt what runs"),
    bit(31, "DEBUGEVT", "a debug event, such as BKPT, came with no debugger attached"),
];

/// MMARVALID.
pub const MMARVALID: u32 = 1 << 7;
/// BFARVALID.
pub const BFARVALID: u32 = 1 << 15;
/// IMPRECISERR.
pub const IMPRECISERR: u32 = 1 << 10;
/// MSTKERR and STKERR, and their lazy kin: the stack was the trouble.
pub const STACKING: u32 = 1 << 4 | 1 << 5 | 1 << 12 | 1 << 13;

/// The bits of `table` that are set in `value`.
pub fn set(table: &'static [StatusBit], value: u32) -> impl Iterator<Item = &'static StatusBit> {
    table.iter().filter(move |b| value & 1 << b.bit != 0)
}

/// The bits that are set in `value` and have no name in `table`.
pub fn unnamed(table: &[StatusBit], value: u32) -> u32 {
    table.iter().fold(value, |rest, b| rest & !(1 << b.bit))
}

/// The first cause in `cfsr`, or else in `hfsr`: the bit that says most about what happened.
pub fn cause(cfsr: u32, hfsr: u32) -> Option<&'static StatusBit> {
    const FORCED: u32 = 1 << 30;
    let named = |table, value| set(table, value).next();
    named(&CFSR, cfsr & !(MMARVALID | BFARVALID))
        .or_else(|| named(&HFSR, hfsr & !FORCED))
        .or_else(|| named(&HFSR, hfsr))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The positions as Armv7-M ARM, B3.2.15 and B3.2.16 have them, typed a second time as masks.
    #[test]
    fn every_bit_of_the_manual_has_its_name() {
        let names = |table, value| set(table, value).map(|b| b.name).collect::<Vec<_>>();
        assert_eq!(names(&CFSR, 0x0000_00FF), ["IACCVIOL", "DACCVIOL", "MUNSTKERR", "MSTKERR", "MLSPERR", "MMARVALID"]);
        let bus = ["IBUSERR", "PRECISERR", "IMPRECISERR", "UNSTKERR", "STKERR", "LSPERR", "BFARVALID"];
        assert_eq!(names(&CFSR, 0x0000_FF00), bus);
        assert_eq!(names(&CFSR, 0x00FF_0000), ["UNDEFINSTR", "INVSTATE", "INVPC", "NOCP"]);
        assert_eq!(names(&CFSR, 0xFF00_0000), ["UNALIGNED", "DIVBYZERO"]);
        assert_eq!(names(&HFSR, u32::MAX), ["VECTTBL", "FORCED", "DEBUGEVT"]);
        let masks =
            [(0x0080, "MMARVALID"), (0x8000, "BFARVALID"), (0x0100_0000, "UNALIGNED"), (0x0200_0000, "DIVBYZERO")];
        for (mask, name) in masks {
            assert_eq!(names(&CFSR, mask), [name]);
        }
        assert_eq!(unnamed(&CFSR, u32::MAX), 0xFCF0_4044);
        assert_eq!(unnamed(&HFSR, u32::MAX), 0x3FFF_FFFD);
    }

    #[test]
    fn the_cause_is_no_bit_that_only_accompanies_one() {
        let name = |cfsr, hfsr| cause(cfsr, hfsr).map(|b| b.name);
        assert_eq!(name(0x8200, 1 << 30), Some("PRECISERR"));
        assert_eq!(name(0, 1 << 31 | 1 << 30), Some("DEBUGEVT"));
        assert_eq!(name(0, 1 << 30), Some("FORCED"));
        assert_eq!(name(0x80, 0), None);
    }
}
