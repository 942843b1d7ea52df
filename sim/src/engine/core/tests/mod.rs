//! The core against what the manuals and measurements say, against what Unicorn is known to do, and against an
//! independent clock on random programs.

mod clock;
mod debug;
mod isa;
mod micro;
mod pitfalls;
mod random;

use super::*;

/// Remembers every access; reads give `level`, and an event can be set for a cycle.
#[derive(Default)]
struct Recorder {
    writes: Vec<(u64, u32, u32)>,
    reads: Vec<(u64, u32)>,
    pcs: Vec<u32>,
    level: u32,
    event: Option<u64>,
}

impl Bus for Recorder {
    fn read(&mut self, addr: u32, _: Width, at: u64, pc: u32) -> Option<u32> {
        self.reads.push((at, addr));
        self.pcs.push(pc);
        Some(self.level)
    }
    fn write(&mut self, addr: u32, _: Width, value: u32, at: u64, pc: u32) -> bool {
        self.writes.push((at, addr, value));
        self.pcs.push(pc);
        true
    }
    fn fpu(&self) -> Fpu {
        Fpu::Ready
    }

    fn exception_waiting(&self) -> bool {
        false
    }

    fn is_steady(&self, addr: u32) -> bool {
        addr != CYCCNT
    }
    fn next_interruption(&self) -> u64 {
        self.event.unwrap_or(u64::MAX)
    }
}

const CODE: u32 = 0x400;
const STACK: u32 = 0x2000_8000;
const OUTSET: u32 = 0x5000_0508;
const CYCCNT: u32 = 0xE000_1004;

fn core_at(base: u32, code: &[u16]) -> Core<Recorder> {
    let mut core = Core::new(Recorder::default(), Rules::SILICON).expect("Unicorn starts");
    let bytes: Vec<u8> = code.iter().flat_map(|h| h.to_le_bytes()).collect();
    assert!(core.memory().write(base, &bytes));
    core.reset(STACK, base | 1);
    core
}

fn core(code: &[u16]) -> Core<Recorder> {
    core_at(CODE, code)
}
