//! The core's registers as values, read and written through Unicorn's handle, which works inside hooks as well.

use super::hooks::{Engine, read_register, write_register};
use unicorn_engine::RegisterARM;

/// The registers that an exception or a snapshot concerns (Armv7-M ARM, B1.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// R0 to R12.
    pub r: [u32; 13],
    /// Main stack pointer.
    pub msp: u32,
    /// Process stack pointer.
    pub psp: u32,
    /// R14.
    pub lr: u32,
    /// Address of the next instruction; bit 0 is 0.
    pub pc: u32,
    /// APSR, IPSR and EPSR with the IT state and T.
    pub xpsr: u32,
    /// CONTROL: bit 0 nPRIV, bit 1 SPSEL, bit 2 FPCA.
    pub control: u32,
    /// PRIMASK, 0 or 1.
    pub primask: u32,
    /// BASEPRI, 0 to 255.
    pub basepri: u32,
    /// FAULTMASK, 0 or 1.
    pub faultmask: u32,
}

/// S0 to S31 and FPSCR.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FpRegisters {
    /// S0 to S31.
    pub s: [u32; 32],
    /// FPSCR.
    pub fpscr: u32,
}

/// CONTROL.nPRIV.
pub const NPRIV: u32 = 1;
/// CONTROL.SPSEL.
pub const SPSEL: u32 = 1 << 1;
/// CONTROL.FPCA.
pub const FPCA: u32 = 1 << 2;
/// XPSR's T bit.
pub const T: u32 = 1 << 24;
/// The IT bits of XPSR.
pub const IT: u32 = 0x0600_FC00;
/// The bits of XPSR that are IPSR.
pub const IPSR: u32 = 0x1FF;

const R: RegisterARM = RegisterARM::R0;

impl Registers {
    /// The running exception's number; 0 in thread mode.
    pub fn exception(&self) -> u32 {
        self.xpsr & IPSR
    }

    /// Whether the stack pointer is PSP.
    pub fn uses_psp(&self) -> bool {
        self.exception() == 0 && self.control & SPSEL != 0
    }

    /// Whether the core may do everything.
    pub fn is_privileged(&self) -> bool {
        self.exception() != 0 || self.control & NPRIV == 0
    }

    /// R13.
    pub fn sp(&self) -> u32 {
        if self.uses_psp() { self.psp } else { self.msp }
    }

    /// Sets R13.
    pub fn set_sp(&mut self, value: u32) {
        *(if self.uses_psp() { &mut self.psp } else { &mut self.msp }) = value & !3;
    }

    /// Reads them all. Nothing changes, although Unicorn keeps most of them from unprivileged code: for the moment of
    /// reading it is put into handler mode.
    pub(super) fn read(engine: Engine) -> Self {
        let get = |register: RegisterARM| read_register(engine, register as i32);
        let (xpsr, control) = (get(RegisterARM::XPSR), get(RegisterARM::CONTROL));
        let mut all =
            Self { xpsr, control, lr: get(RegisterARM::LR), pc: get(RegisterARM::PC) & !1, ..Self::default() };
        for (n, place) in (R as i32..).zip(&mut all.r) {
            *place = read_register(engine, n);
        }
        let unprivileged = !all.is_privileged();
        if unprivileged {
            write_register(engine, RegisterARM::XPSR, xpsr & !IPSR | 3);
        }
        (all.msp, all.psp) = (get(RegisterARM::MSP), get(RegisterARM::PSP));
        all.primask = get(RegisterARM::PRIMASK);
        all.basepri = get(RegisterARM::BASEPRI);
        all.faultmask = get(RegisterARM::FAULTMASK);
        if unprivileged {
            write_register(engine, RegisterARM::XPSR, xpsr);
        }
        all
    }

    /// Writes them all; not inside a hook, as it writes PC.
    ///
    /// Unicorn takes CONTROL.SPSEL in thread mode only, nothing special from unprivileged code, and swaps the stack
    /// pointers when the mode changes. Hence by way of both modes, with privilege, and the rest at the end.
    pub(super) fn write(&self, engine: Engine) {
        let put = |register: RegisterARM, value: u32| write_register(engine, register, value);
        put(RegisterARM::XPSR, T | 3);
        put(RegisterARM::CONTROL, 0);
        put(RegisterARM::XPSR, T);
        put(RegisterARM::CONTROL, self.control & (SPSEL | FPCA));
        put(RegisterARM::MSP, self.msp & !3);
        put(RegisterARM::PSP, self.psp & !3);
        put(RegisterARM::PRIMASK, self.primask);
        put(RegisterARM::BASEPRI, self.basepri);
        put(RegisterARM::FAULTMASK, self.faultmask);
        for (n, &value) in (R as i32..).zip(&self.r) {
            super::hooks::write_register_number(engine, n, value);
        }
        put(RegisterARM::LR, self.lr);
        // With IPSR at its value the mode is the one wanted, and the stack pointers are where they belong.
        put(RegisterARM::XPSR_NZCVQG, self.xpsr);
        put(RegisterARM::CONTROL, self.control);
        put(RegisterARM::PC, self.pc | u32::from(self.xpsr & T != 0));
        // Makes Unicorn take the mode in.
        let cpsr = read_register(engine, RegisterARM::CPSR as i32);
        put(RegisterARM::CPSR, cpsr);
    }
}

impl FpRegisters {
    pub(super) fn read(engine: Engine) -> Self {
        let mut all = Self { fpscr: read_register(engine, RegisterARM::FPSCR as i32), ..Self::default() };
        for (n, place) in (RegisterARM::S0 as i32..).zip(&mut all.s) {
            *place = read_register(engine, n);
        }
        all
    }

    pub(super) fn write(&self, engine: Engine) {
        for (n, &value) in (RegisterARM::S0 as i32..).zip(&self.s) {
            super::hooks::write_register_number(engine, n, value);
        }
        write_register(engine, RegisterARM::FPSCR, self.fpscr);
    }
}
