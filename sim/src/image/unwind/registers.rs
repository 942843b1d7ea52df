//! The registers of a frame, as far as they are known.

/// The core's registers at one moment, or what is known of them in a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registers {
    /// R0 to R12.
    pub r: [Option<u32>; 13],
    /// The main stack pointer.
    pub msp: u32,
    /// The process stack pointer.
    pub psp: u32,
    /// Whether R13 is the process stack pointer: Thread mode with CONTROL.SPSEL set (Armv7-M ARM, B1.4.1).
    pub on_psp: bool,
    /// R14; not known in a caller, as the call has overwritten it.
    pub lr: Option<u32>,
    /// The instruction: the next one to execute, or in a caller the one that the call returns to.
    pub pc: u32,
    /// The exception being handled, 0 in Thread mode (IPSR).
    pub exception: u16,
}

impl Registers {
    /// Registers that are all known. `control` and `xpsr` say which stack is in use.
    pub fn new(r: [u32; 13], [msp, psp]: [u32; 2], lr: u32, pc: u32, xpsr: u32, control: u32) -> Self {
        let exception = (xpsr & 0x1FF) as u16;
        let on_psp = exception == 0 && control & 2 != 0;
        Self { r: r.map(Some), msp, psp, on_psp, lr: Some(lr), pc: pc & !1, exception }
    }

    /// R13.
    pub fn sp(&self) -> u32 {
        if self.on_psp { self.psp } else { self.msp }
    }

    /// Rn, if it is known.
    pub fn get(&self, n: u8) -> Option<u32> {
        match n {
            13 => Some(self.sp()),
            14 => self.lr,
            15 => Some(self.pc),
            _ => self.r.get(usize::from(n)).copied().flatten(),
        }
    }

    pub(super) fn set_sp(&mut self, sp: u32) {
        // Bits 1 and 0 of SP are always 0 (Armv7-M ARM, B1.4.7).
        *(if self.on_psp { &mut self.psp } else { &mut self.msp }) = sp & !3;
    }

    /// What a call leaves of the registers: R4 to R11 (AAPCS32, 6.1.1 "Core registers").
    pub(super) fn forget_scratch(&mut self) {
        self.r[..4].fill(None);
        self.r[12] = None;
        self.lr = None;
    }
}
