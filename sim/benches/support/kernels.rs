//! Loops that compute, or do nothing but reach a peripheral, on the core alone.

use super::thumb::{ADD, BKPT, branch, bytes, decrement, ldr, str};
use badgebench::engine::core::{Bus, Core, Flash, Fpu, RAM_BASE, Stop};
use badgebench::engine::timing::Rules;
use peripherals::kernel::Width;
use unicorn_engine::RegisterARM;

/// Where a kernel's code is.
pub const CODE: u32 = 0x400;
/// What its loads and stores reach: R1 and R4.
pub const POINTERS: [(RegisterARM, u32); 2] = [(RegisterARM::R1, RAM_BASE + 0x100), (RegisterARM::R4, 0x5000_0508)];

/// A loop over a block of straight-line code.
pub struct Kernel {
    /// Its name in the table.
    pub name: &'static str,
    /// Instructions a round.
    pub instructions: usize,
    /// Accesses to the peripheral a round.
    pub accesses: u64,
    body: Vec<u16>,
}

/// Loops whose only cost is that of the core.
pub fn compute() -> Vec<Kernel> {
    let stores = |n: usize| (0..n).flat_map(|i| [ADD, str(2, 1, 4 * i as u16)]).collect::<Vec<u16>>();
    vec![
        kernel("3 instructions", vec![ADD; 1], 0),
        kernel("6 instructions", vec![ADD; 4], 0),
        kernel("16 instructions", vec![ADD; 14], 0),
        kernel("3 instructions, 1 store to RAM", vec![str(2, 1, 0)], 0),
        kernel("6 instructions, 2 stores to RAM", stores(2), 0),
        kernel("16 instructions, 7 stores to RAM", stores(7), 0),
    ]
}

/// Loops that reach a peripheral which does nothing.
pub fn access() -> Vec<Kernel> {
    vec![
        kernel("2 stores", vec![str(2, 4, 0), str(2, 4, 4)], 2),
        kernel("32 stores", (0..32).map(|i| str(2, 4, i % 2 * 4)).collect(), 32),
        kernel("1 load, as in a polling loop", vec![ldr(3, 4, 8), 0x4203], 1), // tst r3, r0
    ]
}

fn kernel(name: &'static str, body: Vec<u16>, accesses: u64) -> Kernel {
    Kernel { name, instructions: body.len() + 2, accesses, body }
}

impl Kernel {
    /// Machine code: the body, and R5 counting down.
    pub fn code(&self) -> Vec<u8> {
        let mut code = self.body.clone();
        code.push(decrement(5));
        code.push(branch(1, -(code.len() as isize) - 1));
        code.push(BKPT);
        bytes(&code)
    }

    /// Rounds that take about as long as `instructions` of them.
    pub fn rounds(&self, instructions: u32) -> u32 {
        instructions / (self.instructions as u32 + 30 * self.accesses as u32)
    }
}

/// A peripheral that does nothing.
pub struct Nothing;

impl Bus for Nothing {
    fn fpu(&self) -> Fpu {
        Fpu::Ready
    }

    fn exception_waiting(&self) -> bool {
        false
    }

    fn flash(&self) -> Flash {
        Flash::Cached { counted: false }
    }

    fn read(&mut self, _: u32, _: Width, _: u64, _: u32) -> Option<u32> {
        Some(0)
    }
    fn write(&mut self, _: u32, _: Width, _: u32, _: u64, _: u32) -> bool {
        true
    }
    fn is_steady(&self, _: u32) -> bool {
        true
    }
    fn next_interruption(&self) -> u64 {
        u64::MAX
    }
}

/// `kernel` on our core, with its clock.
pub struct Ours {
    core: Core<Nothing>,
}

impl Ours {
    /// Loads it.
    pub fn new(kernel: &Kernel) -> Self {
        let mut core = Core::new(Nothing, Rules::SILICON).expect("Unicorn starts");
        core.run_polling_loops();
        assert!(core.memory().write(CODE, &kernel.code()));
        Self { core }
    }

    /// Runs `rounds` of it.
    pub fn run(&mut self, rounds: u32) {
        self.core.reset(RAM_BASE + 0x8000, CODE | 1);
        for (register, value) in POINTERS.into_iter().chain([(RegisterARM::R5, rounds)]) {
            self.core.write_register(register, value);
        }
        assert_eq!(self.core.run(u64::MAX), Stop::Breakpoint { number: 0 });
    }
}
