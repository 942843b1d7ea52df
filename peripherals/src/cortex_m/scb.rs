//! System control block, floating-point context, MPU type and debug registers (ARMv7-M Architecture Reference Manual, B3.2,
//! B3.5 and C1.6; Cortex-M4 Technical Reference Manual r0p1, chapter 4).
//!
//! 1. Storage with the right reset values and masks. What a bit does to the core is the engine's business: it asks for
//!    [`Scb::cpacr`] and [`Scb::take_reset_request`].
//! 2. Eight MPU regions are announced and none is enforced: writing one is a gap.
//! 3. No debugger: DHCSR reads 0 and ignores writes.
//! 4. CCR.UNALIGN_TRP and CCR.DIV_0_TRP are stored; setting one is a gap.

use crate::kernel::{Refusal, registers};

registers! { pub SCB, "ARMv7-M ARM, B3.2.2; Cortex-M4 TRM r0p1, 4.1";
    0x004 ICTR R reset 1;
    0x008 ACTLR RW;
    0xD00 CPUID R reset 0x410F_C241;
    0xD04 ICSR RW;
    0xD08 VTOR RW;
    0xD0C AIRCR RW reset 0xFA05_0000;
    0xD10 SCR RW;
    0xD14 CCR RW reset 0x200;
    0xD18 SHPR1 RW;
    0xD1C SHPR2 RW;
    0xD20 SHPR3 RW;
    0xD24 SHCSR RW;
    0xD28 CFSR RW;
    0xD2C HFSR RW;
    0xD30 DFSR RW;
    0xD34 MMFAR RW;
    0xD38 BFAR RW;
    0xD3C AFSR RW;
    0xD40 ID_PFR0 R reset 0x30;
    0xD44 ID_PFR1 R reset 0x200;
    0xD48 ID_DFR0 R reset 0x0010_0000;
    0xD4C ID_AFR0 R;
    0xD50 ID_MMFR0 R reset 0x0010_0030;
    0xD54 ID_MMFR1 R;
    0xD58 ID_MMFR2 R reset 0x0100_0000;
    0xD5C ID_MMFR3 R;
    0xD60 ID_ISAR0 R reset 0x0110_1110;
    0xD64 ID_ISAR1 R reset 0x0211_2000;
    0xD68 ID_ISAR2 R reset 0x2123_2231;
    0xD6C ID_ISAR3 R reset 0x0111_1131;
    0xD70 ID_ISAR4 R reset 0x0131_0132;
    0xD88 CPACR RW;
    0xD90 MPU_TYPE R reset 0x800;
    0xD94 MPU_CTRL RW;
    0xD98 MPU_RNR RW;
    0xD9C MPU_RBAR[4 step 8] RW;
    0xDA0 MPU_RASR[4 step 8] RW;
    0xDF0 DHCSR RW;
    0xDF4 DCRSR W;
    0xDF8 DCRDR RW;
    0xDFC DEMCR RW;
    0xF00 STIR W;
    0xF34 FPCCR RW reset 0xC000_0000;
    0xF38 FPCAR RW;
    0xF3C FPDSCR RW;
    0xF40 MVFR0 R reset 0x1011_0021;
    0xF44 MVFR1 R reset 0x1100_0011;
    0xF48 MVFR2 R;
}

const VECTKEY: u32 = 0x05FA << 16;
const SYSRESETREQ: u32 = 1 << 2;
const PENDSTSET: u32 = 1 << 26;
const PENDSVSET: u32 = 1 << 28;
const NMIPENDSET: u32 = 1 << 31;
/// CCR.UNALIGN_TRP and CCR.DIV_0_TRP.
const TRAPS: u32 = 0b11 << 3;
/// DEMCR.TRCENA.
pub(super) const TRCENA: u32 = 1 << 24;

/// Registers in the order of their addresses. Fault status is public: whoever takes an exception writes it.
#[derive(Clone, Debug)]
pub struct Scb {
    actlr: u32,
    /// Exceptions that are pending: the three bits of ICSR.
    pending: u32,
    /// ICSR.VECTACTIVE: the number of the exception being handled, 0 in thread mode.
    pub vectactive: u16,
    vtor: u32,
    aircr: u32,
    scr: u32,
    ccr: u32,
    shpr: [u32; 3],
    shcsr: u32,
    /// Configurable Fault Status Register.
    pub cfsr: u32,
    /// HardFault Status Register.
    pub hfsr: u32,
    /// MemManage Fault Address Register.
    pub mmfar: u32,
    /// BusFault Address Register.
    pub bfar: u32,
    dfsr: u32,
    cpacr: u32,
    pub(super) demcr: u32,
    fpccr: u32,
    fpcar: u32,
    fpdscr: u32,
    reset_request: bool,
}

impl Default for Scb {
    fn default() -> Self {
        Self {
            actlr: 0,
            pending: 0,
            vectactive: 0,
            vtor: 0,
            aircr: 0,
            scr: 0,
            ccr: 0x200,
            shpr: [0; 3],
            shcsr: 0,
            cfsr: 0,
            hfsr: 0,
            mmfar: 0,
            bfar: 0,
            dfsr: 0,
            cpacr: 0,
            demcr: 0,
            fpccr: 0xC000_0000,
            fpcar: 0,
            fpdscr: 0,
            reset_request: false,
        }
    }
}

impl Scb {
    /// CPACR: bits 23:20 give access to the floating-point unit.
    pub fn cpacr(&self) -> u32 {
        self.cpacr
    }

    /// Where the vector table is.
    pub fn vtor(&self) -> u32 {
        self.vtor
    }

    /// CCR.
    pub fn ccr(&self) -> u32 {
        self.ccr
    }

    /// SCR: bit 1 SLEEPONEXIT, bit 2 SLEEPDEEP, bit 4 SEVONPEND.
    pub fn scr(&self) -> u32 {
        self.scr
    }

    /// Whether firmware has asked for a reset by AIRCR.SYSRESETREQ since the last call.
    pub fn reset_requested(&self) -> bool {
        self.reset_request
    }

    /// As [`Scb::reset_requested`], once for each request.
    pub fn take_reset_request(&mut self) -> bool {
        core::mem::take(&mut self.reset_request)
    }

    pub(super) fn pend_systick(&mut self) {
        self.pending |= PENDSTSET;
    }

    /// SysTick, PendSV or NMI is pending.
    pub(super) fn any_pending(&self) -> bool {
        self.pending != 0
    }

    /// The most urgent of the pending ones by its exception number, NMI before the rest.
    fn pending_number(&self) -> Option<u32> {
        [(NMIPENDSET, 2), (PENDSVSET, 14), (PENDSTSET, 15)]
            .into_iter()
            .find_map(|(bit, number)| (self.pending & bit != 0).then_some(number))
    }

    /// Reads the register at `at` from 0xE000_E000; `isr` is what the interrupt controller has: any pending, the most urgent.
    pub(super) fn read(&self, at: u16, isr: (bool, Option<u32>)) -> Result<u32, Refusal> {
        Ok(match at {
            0x008 => self.actlr,
            0xD04 => {
                let next = self.pending_number().or(isr.1).unwrap_or(0);
                self.pending | u32::from(isr.0) << 22 | next << 12 | u32::from(self.vectactive)
            }
            0xD08 => self.vtor,
            0xD0C => 0xFA05_0000 | self.aircr,
            0xD10 => self.scr,
            0xD14 => self.ccr,
            0xD18..0xD24 => self.shpr[usize::from((at - 0xD18) / 4)],
            0xD24 => self.shcsr,
            0xD28 => self.cfsr,
            0xD2C => self.hfsr,
            0xD30 => self.dfsr,
            0xD34 => self.mmfar,
            0xD38 => self.bfar,
            0xD88 => self.cpacr,
            0xDFC => self.demcr,
            0xF34 => self.fpccr,
            0xF38 => self.fpcar,
            0xF3C => self.fpdscr,
            0xD94 | 0xD98 | 0xD9C..0xDBC => return Err(Refusal::NotModelled(0)),
            // Constants, and registers of which nothing can be set.
            _ => SCB.find(at).ok_or(Refusal::Unmapped)?.0.reset,
        })
    }

    /// Writes the register at `at` from 0xE000_E000.
    pub(super) fn write(&mut self, at: u16, value: u32) -> Result<(), Refusal> {
        match at {
            0x008 => self.actlr = value & 0x307,
            0xD04 => {
                self.pending |= value & (NMIPENDSET | PENDSVSET | PENDSTSET);
                // PENDSVCLR and PENDSTCLR sit one below what they clear.
                self.pending &= !((value << 1) & (PENDSVSET | PENDSTSET));
            }
            0xD08 => self.vtor = value & 0xFFFF_FF80,
            0xD0C if value & 0xFFFF_0000 == VECTKEY => {
                self.aircr = value & 0x700;
                self.reset_request |= value & SYSRESETREQ != 0;
            }
            // Without the key the write is ignored.
            0xD0C => {}
            0xD10 => self.scr = value & 0x16,
            0xD14 => {
                self.ccr = value & 0x31B;
                if value & TRAPS != 0 {
                    return Err(Refusal::NotModelled(0));
                }
            }
            0xD18..0xD24 => {
                let index = usize::from((at - 0xD18) / 4);
                self.shpr[index] = value & [0x00E0_E0E0, 0xE000_0000, 0xE0E0_00E0][index];
            }
            0xD24 => self.shcsr = value & 0x0007_FD8B,
            0xD28 => self.cfsr &= !value,
            0xD2C => self.hfsr &= !value,
            0xD30 => self.dfsr &= !value,
            0xD34 => self.mmfar = value,
            0xD38 => self.bfar = value,
            // The Cortex-M4 has no auxiliary fault status; without a debugger its registers take nothing.
            0xD3C | 0xDF0 | 0xDF4 | 0xDF8 => {}
            0xD88 => self.cpacr = value & 0x00F0_0000,
            0xD94 | 0xD98 | 0xD9C..0xDBC if value == 0 => {}
            0xD94 | 0xD98 | 0xD9C..0xDBC => return Err(Refusal::NotModelled(0)),
            0xDFC => self.demcr = value & 0x010F_07F1,
            0xF34 => self.fpccr = value & 0xC000_017B,
            0xF38 => self.fpcar = value & 0xFFFF_FFF8,
            0xF3C => self.fpdscr = value & 0x07C0_0000,
            _ => return Err(if SCB.find(at).is_some() { Refusal::ReadOnly } else { Refusal::Unmapped }),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Access;
    use proptest::prelude::*;

    const NONE: (bool, Option<u32>) = (false, None);

    #[test]
    fn every_register_starts_with_its_reset_value() {
        for register in SCB.registers.iter().filter(|r| r.access != Access::W) {
            let read = Scb::default().read(register.offset, NONE);
            assert!(matches!(read, Ok(v) | Err(Refusal::NotModelled(v)) if v == register.reset), "{}", register.name);
        }
    }

    #[test]
    fn a_reset_needs_the_key() {
        let mut s = Scb::default();
        s.write(0xD0C, SYSRESETREQ).unwrap();
        assert!(!s.take_reset_request());
        s.write(0xD0C, VECTKEY | SYSRESETREQ).unwrap();
        assert!(s.take_reset_request());
        assert!(!s.take_reset_request());
    }

    #[test]
    fn fault_status_is_cleared_by_ones() {
        let mut s = Scb { cfsr: 0x8200, ..Scb::default() };
        s.write(0xD28, 0x0200).unwrap();
        assert_eq!(s.read(0xD28, NONE), Ok(0x8000));
    }

    #[test]
    fn pending_exceptions_show_in_icsr_and_can_be_cleared() {
        let mut s = Scb::default();
        s.write(0xD04, PENDSVSET).unwrap();
        assert_eq!(s.read(0xD04, NONE), Ok(PENDSVSET | 14 << 12));
        s.write(0xD04, 1 << 27).unwrap();
        assert_eq!(s.read(0xD04, NONE), Ok(0));
    }

    proptest! {
        #[test]
        fn read_only_registers_survive_any_write(value: u32) {
            for register in SCB.registers.iter().filter(|r| r.access == Access::R) {
                let mut s = Scb::default();
                prop_assert_eq!(s.write(register.offset, value), Err(Refusal::ReadOnly));
                prop_assert_eq!(s.read(register.offset, NONE), Ok(register.reset));
            }
        }
    }
}
