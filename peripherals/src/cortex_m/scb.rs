//! System control block, floating-point context, MPU type and debug registers (ARMv7-M Architecture Reference Manual, B3.2,
//! B3.5 and C1.6; Cortex-M4 Technical Reference Manual r0p1, chapter 4).
//!
//! 1. Registers with their reset values and masks; what is pending, active and enabled is [`Nvic`]'s, and seen here through
//!    ICSR, SHPR and SHCSR. What a bit does to the core is the engine's business.
//! 2. The MPU's registers stand in the table here, and are answered by [`super::Mpu`].
//! 3. No debugger: DHCSR reads 0 and ignores writes.
//! 4. FPCCR.ASPEN is always taken for set, and FPDSCR for 0: clearing the one or setting the other is a gap.
//! 5. CCR.BFHFNMIGN is stored; setting it is a gap. ICSR.VECTPENDING leaves BASEPRI and FAULTMASK out of account.

use super::nvic::{BUS_FAULT, DEBUG_MONITOR, MEM_MANAGE, NMI, Nvic, PEND_SV, SV_CALL, SYS_TICK, USAGE_FAULT};
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
const PENDSTCLR: u32 = 1 << 25;
const PENDSVCLR: u32 = 1 << 27;
const BFHFNMIGN: u32 = 1 << 8;
/// FPCCR.ASPEN.
const ASPEN: u32 = 1 << 31;
/// FPCCR.LSPACT.
const LSPACT: u32 = 1;

/// Bits of SHCSR: active, pended, enabled, with their exceptions.
const ACTIVE_BITS: [(u32, u8); 7] = [
    (0, MEM_MANAGE),
    (1, BUS_FAULT),
    (3, USAGE_FAULT),
    (7, SV_CALL),
    (8, DEBUG_MONITOR),
    (10, PEND_SV),
    (11, SYS_TICK),
];
const PENDED_BITS: [(u32, u8); 4] = [(12, USAGE_FAULT), (13, MEM_MANAGE), (14, BUS_FAULT), (15, SV_CALL)];
const ENABLE_BITS: [(u32, u8); 3] = [(16, MEM_MANAGE), (17, BUS_FAULT), (18, USAGE_FAULT)];
/// DEMCR.TRCENA.
pub(super) const TRCENA: u32 = 1 << 24;

/// Registers in the order of their addresses. Fault status is public: whoever takes an exception writes it.
#[derive(Clone, Debug)]
pub struct Scb {
    actlr: u32,
    /// ICSR.VECTACTIVE: the number of the exception being handled, 0 in thread mode.
    pub vectactive: u16,
    vtor: u32,
    aircr: u32,
    scr: u32,
    ccr: u32,
    /// Configurable Fault Status Register.
    pub cfsr: u32,
    /// HardFault Status Register.
    pub hfsr: u32,
    /// MemManage Fault Address Register.
    pub mmfar: u32,
    /// BusFault Address Register.
    pub bfar: u32,
    pub(super) dfsr: u32,
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
            vectactive: 0,
            vtor: 0,
            aircr: 0,
            scr: 0,
            ccr: 0x200,
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

    /// ACTLR: bit 1 DISDEFWBUF.
    pub fn actlr(&self) -> u32 {
        self.actlr
    }

    /// Where the vector table is.
    pub fn vtor(&self) -> u32 {
        self.vtor
    }

    /// DEMCR: bits 0 and 10 to 4 are VC_, what a debugger wants to be told of; bit 16 MON_EN, bit 24 TRCENA.
    pub fn demcr(&self) -> u32 {
        self.demcr
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
    #[inline]
    pub fn reset_requested(&self) -> bool {
        self.reset_request
    }

    /// As [`Scb::reset_requested`], once for each request.
    pub fn take_reset_request(&mut self) -> bool {
        core::mem::take(&mut self.reset_request)
    }

    /// FPCCR: bit 31 ASPEN, bit 30 LSPEN, bit 0 LSPACT.
    pub fn fpccr(&self) -> u32 {
        self.fpccr
    }

    /// FPCAR: where the FPU's registers are to be saved.
    pub fn fpcar(&self) -> u32 {
        self.fpcar
    }

    /// An exception was entered with room for the FPU's registers at `fpcar`; `ready` are FPCCR's bits 8 and 6 to 0 as of now
    /// (B1.5.7, `UpdateFPCCR`). LSPACT is among them.
    pub fn defer_fp_state(&mut self, fpcar: u32, ready: u32) {
        self.fpcar = fpcar & 0xFFFF_FFF8;
        self.fpccr = self.fpccr & 0xC000_0000 | ready & 0x17B;
    }

    /// Whether the FPU's registers still have to be saved where FPCAR says.
    #[inline]
    pub fn fp_state_deferred(&self) -> bool {
        self.fpccr & LSPACT != 0
    }

    /// They have been saved, or need not be any more.
    pub fn fp_state_settled(&mut self) {
        self.fpccr &= !LSPACT;
    }

    /// Reads the register at `at` from 0xE000_E000.
    pub(super) fn read(&self, at: u16, nvic: &Nvic) -> Result<u32, Refusal> {
        Ok(match at {
            0x008 => self.actlr,
            0xD04 => self.icsr(nvic),
            0xD08 => self.vtor,
            0xD0C => 0xFA05_0000 | self.aircr,
            0xD10 => self.scr,
            0xD14 => self.ccr,
            0xD18..0xD24 => nvic.system_priorities(((at - 0xD18) / 4) as u8),
            0xD24 => {
                let bits = |list: &[(u32, u8)], is: fn(&Nvic, u8) -> bool| {
                    list.iter().map(|&(bit, exception)| u32::from(is(nvic, exception)) << bit).sum::<u32>()
                };
                bits(&ACTIVE_BITS, Nvic::is_active)
                    | bits(&PENDED_BITS, Nvic::is_pending)
                    | bits(&ENABLE_BITS, Nvic::is_enabled)
            }
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
            // Constants, and registers of which nothing can be set.
            _ => SCB.find(at).ok_or(Refusal::Unmapped)?.0.reset,
        })
    }

    /// Writes the register at `at` from 0xE000_E000.
    pub(super) fn write(&mut self, at: u16, value: u32, nvic: &mut Nvic) -> Result<(), Refusal> {
        let bit = |n: u32| value >> n & 1 != 0;
        match at {
            0x008 => self.actlr = value & 0x307,
            0xD04 => {
                for (set, exception) in [(NMIPENDSET, NMI), (PENDSVSET, PEND_SV), (PENDSTSET, SYS_TICK)] {
                    if value & set != 0 {
                        nvic.pend(exception);
                    }
                }
                for (clear, exception) in [(PENDSVCLR, PEND_SV), (PENDSTCLR, SYS_TICK)] {
                    if value & clear != 0 {
                        nvic.unpend(exception);
                    }
                }
            }
            0xD08 => self.vtor = value & 0xFFFF_FF80,
            0xD0C if value & 0xFFFF_0000 == VECTKEY => {
                self.aircr = value & 0x700;
                nvic.set_prigroup((value >> 8) as u8);
                self.reset_request |= value & SYSRESETREQ != 0;
            }
            // Without the key the write is ignored.
            0xD0C => {}
            0xD10 => self.scr = value & 0x16,
            0xD14 => {
                self.ccr = value & 0x31B;
                if value & BFHFNMIGN != 0 {
                    return Err(Refusal::NotModelled(0));
                }
            }
            0xD18..0xD24 => nvic.set_system_priorities(((at - 0xD18) / 4) as u8, value),
            0xD24 => {
                ACTIVE_BITS.iter().for_each(|&(n, exception)| nvic.set_active(exception, bit(n)));
                ENABLE_BITS.iter().for_each(|&(n, exception)| nvic.enable(exception, bit(n)));
                for (n, exception) in PENDED_BITS {
                    if bit(n) {
                        nvic.pend(exception);
                    } else {
                        nvic.unpend(exception);
                    }
                }
            }
            0xD28 => self.cfsr &= !value,
            0xD2C => self.hfsr &= !value,
            0xD30 => self.dfsr &= !value,
            0xD34 => self.mmfar = value,
            0xD38 => self.bfar = value,
            // The Cortex-M4 has no auxiliary fault status; without a debugger its registers take nothing.
            0xD3C | 0xDF0 | 0xDF4 | 0xDF8 => {}
            0xD88 => self.cpacr = value & 0x00F0_0000,
            0xDFC => self.demcr = value & 0x010F_07F1,
            0xF34 => {
                self.fpccr = value & 0xC000_017B;
                if value & ASPEN == 0 {
                    return Err(Refusal::NotModelled(0));
                }
            }
            0xF38 => self.fpcar = value & 0xFFFF_FFF8,
            0xF3C => {
                self.fpdscr = value & 0x07C0_0000;
                if self.fpdscr != 0 {
                    return Err(Refusal::NotModelled(0));
                }
            }
            _ => return Err(if SCB.find(at).is_some() { Refusal::ReadOnly } else { Refusal::Unmapped }),
        }
        Ok(())
    }

    fn icsr(&self, nvic: &Nvic) -> u32 {
        let pending = |exception, bit| if nvic.is_pending(exception) { bit } else { 0 };
        // RETTOBASE: nothing is active but what runs.
        let base = u32::from(nvic.active_count() == 1);
        pending(NMI, NMIPENDSET)
            | pending(PEND_SV, PENDSVSET)
            | pending(SYS_TICK, PENDSTSET)
            | u32::from(nvic.irq_pending()) << 22
            | u32::from(nvic.most_urgent().unwrap_or(0)) << 12
            | base << 11
            | u32::from(self.vectactive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Access;
    use proptest::prelude::*;

    #[test]
    fn every_register_starts_with_its_reset_value() {
        for register in SCB.registers.iter().filter(|r| r.access != Access::W) {
            let read = Scb::default().read(register.offset, &Nvic::default());
            assert!(matches!(read, Ok(v) | Err(Refusal::NotModelled(v)) if v == register.reset), "{}", register.name);
        }
    }

    #[test]
    fn a_reset_needs_the_key() {
        let mut s = Scb::default();
        s.write(0xD0C, SYSRESETREQ, &mut Nvic::default()).unwrap();
        assert!(!s.take_reset_request());
        s.write(0xD0C, VECTKEY | SYSRESETREQ, &mut Nvic::default()).unwrap();
        assert!(s.take_reset_request());
        assert!(!s.take_reset_request());
    }

    #[test]
    fn fault_status_is_cleared_by_ones() {
        let mut s = Scb { cfsr: 0x8200, ..Scb::default() };
        s.write(0xD28, 0x0200, &mut Nvic::default()).unwrap();
        assert_eq!(s.read(0xD28, &Nvic::default()), Ok(0x8000));
    }

    #[test]
    fn pending_exceptions_show_in_icsr_and_can_be_cleared() {
        let (mut s, mut n) = (Scb::default(), Nvic::default());
        s.write(0xD04, PENDSVSET, &mut n).unwrap();
        assert_eq!(s.read(0xD04, &n), Ok(PENDSVSET | 14 << 12));
        s.write(0xD04, PENDSVCLR, &mut n).unwrap();
        assert_eq!(s.read(0xD04, &n), Ok(0));
    }

    /// B3.2.4: 0 while other exceptions than the running one are active.
    #[test]
    fn rettobase_says_whether_a_return_ends_in_thread_mode() {
        let (s, mut n) = (Scb::default(), Nvic::default());
        n.activate(16);
        assert_ne!(s.read(0xD04, &n).unwrap() & 1 << 11, 0);
        n.activate(17);
        assert_eq!(s.read(0xD04, &n).unwrap() & 1 << 11, 0);
    }

    #[test]
    fn shcsr_enables_faults_and_shows_what_is_active_and_pended() {
        let (mut s, mut n) = (Scb::default(), Nvic::default());
        s.write(0xD24, 0x0007_0000, &mut n).unwrap();
        assert!([MEM_MANAGE, BUS_FAULT, USAGE_FAULT].iter().all(|&e| n.is_enabled(e)));
        n.pend(BUS_FAULT);
        n.activate(USAGE_FAULT);
        assert_eq!(s.read(0xD24, &n), Ok(0x0007_4008));
    }

    proptest! {
        #[test]
        fn read_only_registers_survive_any_write(value: u32) {
            for register in SCB.registers.iter().filter(|r| r.access == Access::R) {
                let mut s = Scb::default();
                prop_assert_eq!(s.write(register.offset, value, &mut Nvic::default()), Err(Refusal::ReadOnly));
                prop_assert_eq!(s.read(register.offset, &Nvic::default()), Ok(register.reset));
            }
        }
    }
}
