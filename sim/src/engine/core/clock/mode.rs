//! What the core may do: its mode, memory protection, the mask registers, whether the FPU is ready, and the traps of CCR.

use super::*;

impl<B: Bus> State<B> {
    /// The core's mode.
    #[inline]
    pub(in super::super) fn mode(&self) -> CoreMode {
        self.mode
    }

    /// Whether the instruction at `pc` may not reach `address` on the private peripheral bus, which is for privileged accesses
    /// (Armv7-M ARM, B3.1.1). LDRT, STRT and their like are unprivileged wherever they run (A7.7.67).
    pub(in super::super) fn is_denied(&self, pc: u32, address: u32) -> bool {
        self.mode_of(pc, Access::Read).unprivileged && !self.bus.lets_in_unprivileged(address)
    }

    /// The mode in which the instruction at `pc` of the running block makes an access: LDRT and its like are unprivileged.
    pub(in super::super) fn mode_of(&self, pc: u32, access: Access) -> CoreMode {
        let as_user = || {
            let code = self.running().and_then(|known| known.code.get(2 * known.index(pc)..)?.get(..4));
            code.is_some_and(|c| matches!(c, [low, 0xF8 | 0xF9, _, high] if low & 0x80 == 0 && high & 0x0F == 0x0E))
        };
        let unprivileged = self.mode.unprivileged || access != Access::Fetch && as_user();
        CoreMode { unprivileged, ..self.mode }
    }

    /// The core's mode may have changed.
    pub(in super::super) fn look_at_mode(&mut self, engine: *mut uc_engine) {
        let get = |register: RegisterARM| read_register(engine, register as i32);
        let exception = get(RegisterARM::XPSR) & IPSR;
        self.count_in(exception);
        let unprivileged = exception == 0 && get(RegisterARM::CONTROL) & NPRIV != 0;
        // Unprivileged code has no way to change it, and cannot run under it but by a choice of privileged code.
        self.faultmask = !unprivileged && get(RegisterARM::FAULTMASK) & 1 != 0;
        let urgent = matches!(exception, 2 | 3) || self.faultmask;
        self.mode = CoreMode { unprivileged, urgent };
        self.handler = exception != 0;
        self.protection_may_have_changed();
    }

    /// What memory protection allows may have changed: Unicorn is to ask again what every address is.
    pub(in super::super) fn protection_may_have_changed(&mut self) {
        let now = self.bus.protection();
        if (now, self.mode) != self.protected && (now | self.protected.0) != 0 {
            self.flush_wanted = true;
            self.look_closer();
        }
    }

    /// Empties the TLB when that is due; between blocks.
    pub(in super::super) fn protect(&mut self, engine: *mut uc_engine) {
        self.protection_may_have_changed();
        if std::mem::take(&mut self.flush_wanted) {
            self.protected = (self.bus.protection(), self.mode);
            flush_tlb(engine);
        }
    }

    /// Whether a border of what is allowed lies in `page`.
    pub(in super::super) fn is_mixed(&self, page: u32, mode: CoreMode) -> bool {
        self.bus.protection() != 0 && self.bus.page(page, mode) == Page::Mixed
    }

    /// What memory protection leaves of `rights` in `page`; `None` when `access` is not among them.
    pub(in super::super) fn restrict(&self, page: u32, pc: u32, access: Access, rights: Prot) -> Option<Prot> {
        if self.granted.contains(&page) {
            return Some(rights);
        }
        if self.debug.watches_page(page) {
            // Data accesses are to be asked for; whether code may run from there is decided below.
            let fetch = access == Access::Fetch
                && (self.bus.protection() == 0 || self.bus.permits(page.max(pc), access, self.mode));
            return fetch.then_some(Prot::EXEC);
        }
        if self.bus.protection() == 0 {
            return Some(rights);
        }
        // Unicorn keeps what is unprivileged apart.
        let mode = self.mode_of(pc, access);
        let (kept, needed) = match (self.bus.page(page, mode), access) {
            (Page::Uniform(r), _) => {
                let mut kept = Prot::NONE;
                for (allowed, right) in [(r.read, Prot::READ), (r.write, Prot::WRITE), (r.exec, Prot::EXEC)] {
                    if allowed {
                        kept |= right;
                    }
                }
                // The TLB knows no fetch without loads; what may not be loaded is refused when it is loaded.
                (
                    kept,
                    match access {
                        Access::Read => Prot::READ,
                        Access::Write => Prot::WRITE,
                        Access::Fetch => Prot::EXEC,
                    },
                )
            }
            (Page::Mixed, Access::Fetch) if self.bus.permits(page.max(pc), access, self.mode) => {
                (Prot::EXEC, Prot::EXEC)
            }
            (Page::Mixed, _) => return None,
        };
        let kept = Prot(kept.0 & rights.0);
        (kept.0 & needed.0 != 0).then_some(kept)
    }

    /// MSR or CPS has run.
    pub(super) fn masks_may_have_changed(&mut self, engine: *mut uc_engine) {
        let had_faultmask = self.faultmask;
        self.look_at_mode(engine);
        if self.mode.unprivileged {
            return;
        }
        // Nothing is set at a priority of -1 or less (Armv7-M ARM, B5.2.3); Unicorn does not look.
        let exception = read_register(engine, RegisterARM::XPSR as i32) & IPSR;
        if self.faultmask && !had_faultmask && matches!(exception, 2 | 3) {
            write_register(engine, RegisterARM::FAULTMASK, 0);
            self.faultmask = false;
        }
        // Bits 1 and 0 of both stack pointers are 0 (B1.4.1); Unicorn keeps what MSR writes.
        for stack in [RegisterARM::MSP, RegisterARM::PSP] {
            let value = read_register(engine, stack as i32);
            if value & 3 != 0 {
                write_register(engine, stack, value & !3);
            }
        }
        // Three bits of priority exist (nRF52840 PS v1.7, "NVIC"); Unicorn keeps all eight.
        let basepri = read_register(engine, RegisterARM::BASEPRI as i32);
        if basepri & 0x1F != 0 {
            write_register(engine, RegisterARM::BASEPRI, basepri & 0xE0);
        }
    }

    /// A register that says whether instructions of the FPU can just run may have changed.
    pub(in super::super) fn fpu_may_have_changed(&mut self) {
        let ready = self.bus.fpu() == Fpu::Ready;
        if ready == self.fpu_ready {
            return;
        }
        self.fpu_ready = ready;
        if !ready {
            for start in std::mem::take(&mut self.fpu_blocks) {
                self.table[slot(start)] = 0;
                self.other_table[slot(start)] = 0;
            }
        }
        self.look_closer();
    }

    /// What to do about the block's first instruction of the FPU at halfword `index` while the FPU is not ready. It is
    /// brought to the start of a block of its own, or to the start of its IT block, where its condition decides.
    pub(super) fn wish_for_fpu(
        &self,
        engine: *mut uc_engine,
        block: &Block,
        index: usize,
        in_it: bool,
    ) -> Option<Wish> {
        let boundary = (0..=index).rev().find(|&i| block.starts(i) && !block.conditional[i]);
        match boundary {
            _ if in_it => None,
            Some(at) if at > 0 => {
                let at = block.start.wrapping_add(2 * at as u32);
                Some(Wish::Cut { start: block.start, size: block.end.wrapping_sub(block.start), at })
            }
            _ if !block.conditional[index] => Some(Wish::Fpu),
            _ => {
                let half = |at: u32| self.memory.read(at, 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
                let (mut it, mut pc) = (0, block.start);
                while pc < block.start.wrapping_add(2 * index as u32) {
                    let insn = decode(half(pc), half(pc.wrapping_add(2)));
                    it = advance_it(it, &insn);
                    pc = pc.wrapping_add(insn.size.into());
                }
                holds(it >> 4, read_register(engine, RegisterARM::CPSR as i32)).then_some(Wish::Fpu)
            }
        }
    }

    /// CCR.DIV_0_TRP or CCR.UNALIGN_TRP may have changed.
    pub(in super::super) fn traps_may_have_changed(&mut self) {
        let traps = self.bus.traps();
        if traps != self.traps {
            self.traps = traps;
            self.relearn = true;
            self.look_closer();
        }
    }
}
