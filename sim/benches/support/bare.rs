//! Unicorn by itself: the same processor and the same memory (virtual TLB, data pages not executable), no hooks.

use super::kernels::{CODE, Kernel, POINTERS};
use badgebench::engine::core::{FLASH_SIZE, RAM_BASE, RAM_SIZE};
use std::ffi::{c_int, c_void};
use unicorn_engine::{
    Arch, ArmCpuModel, HookType, MemType, Mode, Prot, RegisterARM, TlbEntry, TlbType, Unicorn, uc_engine, uc_error,
    uc_hook_add,
};

/// A kernel on bare Unicorn.
pub struct Bare {
    unicorn: Unicorn<'static, ()>,
    end: u64,
}

impl Bare {
    /// Loads it.
    pub fn new(kernel: &Kernel) -> Self {
        let mut u = Unicorn::new(Arch::ARM, Mode::THUMB).expect("Unicorn");
        u.ctl_set_cpu_model(ArmCpuModel::CORTEX_M4 as i32).expect("a Cortex-M4");
        u.ctl_set_tlb_type(TlbType::VIRTUAL).expect("a virtual TLB");
        for (base, size) in [(0, FLASH_SIZE), (RAM_BASE, RAM_SIZE)] {
            u.mem_map(base.into(), size.into(), Prot::ALL).expect("memory");
        }
        // Called on misses only.
        u.add_tlb_hook(1, 0, |_, paddr, kind| {
            let data = if kind == MemType::FETCH { Prot::EXEC } else { Prot::WRITE };
            Some(TlbEntry { paddr, perms: Prot::READ | data })
        })
        .expect("a TLB");
        let code = kernel.code();
        u.mem_write(CODE.into(), &code).expect("code");
        Self { unicorn: u, end: u64::from(CODE) + code.len() as u64 - 2 }
    }

    /// The same with a hook at each block that does nothing: what any accounting by blocks costs at least.
    pub fn with_empty_hook(kernel: &Kernel) -> Self {
        let bare = Self::new(kernel);
        let mut hook = 0;
        // SAFETY: the signature is the one that Unicorn documents for hooks at blocks; no data are used.
        let added = unsafe {
            let (kind, callback) = (HookType::BLOCK.0 as c_int, nothing as *mut c_void);
            uc_hook_add(bare.unicorn.get_handle(), &mut hook, kind, callback, std::ptr::null_mut(), 1, 0)
        };
        assert_eq!(added, uc_error::OK);
        bare
    }

    /// Runs `rounds` of it.
    pub fn run(&mut self, rounds: u32) {
        for (register, value) in POINTERS.into_iter().chain([(RegisterARM::R5, rounds)]) {
            self.unicorn.reg_write(register, value.into()).expect("a register");
        }
        self.unicorn.emu_start(u64::from(CODE | 1), self.end, 0, 0).expect("runs");
    }
}

extern "C" fn nothing(_: *mut uc_engine, _: u64, _: u32, _: *mut c_void) {}
