//! What the clock needs to know of an instruction: its class, its registers, and how it touches memory.

/// How an instruction spends its time (Cortex-M4 TRM r0p1, 3.3.1 "Cortex-M4 instructions", and 7.2.3 for the FPU).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Moves, arithmetic, logic, shifts, extends, multiplies: one cycle.
    Alu,
    /// UDIV and SDIV: 2 to 12 cycles, by the operands.
    Divide {
        /// SDIV.
        signed: bool,
        /// Dividend register.
        n: u8,
        /// Divisor register.
        m: u8,
    },
    /// LDR, LDRB, LDRH, LDRSB, LDRSH.
    Load,
    /// STR, STRB, STRH.
    Store,
    /// LDRD, LDREX and friends, or FPU loads of `words` words.
    LoadWords {
        /// Words transferred.
        words: u8,
    },
    /// STRD and FPU stores of `words` words.
    StoreWords {
        /// Words transferred.
        words: u8,
    },
    /// LDREX, LDREXB, LDREXH, STREX, STREXB, STREXH: two cycles.
    Exclusive,
    /// B, `B<c>`, BL.
    Branch {
        /// Whether a condition decides.
        conditional: bool,
    },
    /// CBZ and CBNZ.
    CompareBranch,
    /// BX, BLX and writes to PC by ADD and MOV.
    BranchRegister,
    /// TBB and TBH.
    TableBranch,
    /// IT.
    It,
    /// NOP and hints without effect on a single core (YIELD, DBG), CLREX, PLD.
    Nop,
    /// SEV.
    SendEvent,
    /// WFI and WFE.
    Wait,
    /// DMB and DSB.
    Barrier,
    /// ISB.
    Isb,
    /// MRS, MSR and CPS.
    Special,
    /// SVC, BKPT.
    Exception,
    /// FPU arithmetic and moves of `cycles` cycles.
    Float {
        /// Issue cycles.
        cycles: u8,
    },
    /// An encoding that is undefined on the Cortex-M4.
    Undefined,
}

/// How an instruction forms the address of its first access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Base register (15: PC, a literal).
    pub base: u8,
    /// Index register and left shift.
    pub index: Option<(u8, u8)>,
    /// Byte offset that is added when the access happens.
    pub offset: i32,
    /// Whether the base register changes.
    pub writeback: bool,
    /// Bytes accessed in all.
    pub bytes: u32,
}

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Insn {
    /// 2 or 4 bytes.
    pub size: u8,
    /// How it spends its time.
    pub class: Class,
    /// Registers it writes, bit n for Rn.
    pub writes: u16,
    /// Whether it writes PC by loading it.
    pub loads_pc: bool,
    /// Its memory access, if it makes one.
    pub address: Option<Address>,
    /// For IT: the mask and condition byte.
    pub it: Option<u8>,
}

impl Insn {
    /// An instruction of `size` bytes that writes `writes` and touches no memory.
    pub const fn plain(size: u8, class: Class, writes: u16) -> Self {
        Self { size, class, writes, loads_pc: false, address: None, it: None }
    }

    /// Whether control may leave the straight line after it.
    pub const fn is_branch(&self) -> bool {
        self.loads_pc
            || matches!(
                self.class,
                Class::Branch { .. } | Class::CompareBranch | Class::BranchRegister | Class::TableBranch
            )
    }

    /// Whether it is a branch that is always taken when it executes.
    pub const fn always_branches(&self) -> bool {
        self.is_branch() && !matches!(self.class, Class::Branch { conditional: true } | Class::CompareBranch)
    }

    /// Whether it changes nothing but core registers and flags.
    pub const fn only_computes(&self) -> bool {
        matches!(
            self.class,
            Class::Alu
                | Class::Divide { .. }
                | Class::Load
                | Class::LoadWords { .. }
                | Class::Branch { .. }
                | Class::CompareBranch
                | Class::BranchRegister
                | Class::TableBranch
                | Class::It
                | Class::Nop
        )
    }

    /// A single load or store of at most a word.
    pub const fn is_single_access(&self) -> bool {
        matches!(self.class, Class::Load | Class::Store)
    }

    /// Registers its address is made of, bit n for Rn; PC and SP left out, as they cost no address generation.
    pub const fn address_registers(&self) -> u16 {
        match self.address {
            None => 0,
            Some(a) => {
                let index = match a.index {
                    Some((r, _)) => 1u16 << r,
                    None => 0,
                };
                ((1u16 << a.base) | index) & 0x5FFF & !(1 << 13)
            }
        }
    }

    /// Whether it reads a literal beside its code.
    pub const fn is_literal(&self) -> bool {
        matches!(self.address, Some(Address { base: 15, .. }))
    }
}
