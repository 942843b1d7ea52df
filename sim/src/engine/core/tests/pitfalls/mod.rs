//! What Unicorn is known to do (measured on 2.1.5) and what we do about it: each test fails without its cure.
//!
//! Named as in the project's notes on Unicorn: `#n` of the numbered table, or the heading. What is tested elsewhere:
//!
//! | pitfall | where |
//! |---|---|
//! | #4 no NVIC, SysTick, SCB, no stacking | `tests/conformance.rs`, `random/interrupts.rs` |
//! | #10 calls patched inside IT blocks, #18 timeouts, #20 and #21 contexts, #27 callbacks | `sources.rs`, as what we never do; for #20 `machines.rs` too |
//! | #12 in what is said of a fault | `machine_tests/registers.rs` |
//! | #13 CPACR up to the fault | `tests/conformance.rs`, `B3_2_20_without_access_the_fpu_is_no_coprocessor` |
//! | #14 with the fault | `tests/conformance.rs`, `B3_2_8_an_unaligned_access_may_be_a_usage_fault` |
//! | #15 an unaligned store is one access | `../clock.rs`, `an_unaligned_store_to_a_peripheral_happens_once_and_time_goes_on`; loads and pairs in `accesses.rs` |
//! | #19 no counter of instructions or cycles | `../clock.rs`, `../micro.rs`, and `random` against an independent clock |
//! | #27 memory over long runs | `machine_tests/soak.rs` |
//! | address 0 taken for the end of a run | `../clock.rs`, `a_call_to_address_0_is_seen` |
//! | blocks cut in the middle of an IT block or between loads | `timing/block.rs`, `random` |
//! | loops that poll, skipped | `../clock.rs`, `a_polling_loop_is_skipped_without_a_trace` and those behind it |
//! | restored machines go on identically | `machine_tests/snapshots.rs`, `snapshot_tests` |
//!
//! What does not apply: #16, #17 and #18 (`count` and timeouts are never used), #22 and #23 (speed: `benches/engine.rs`; that nothing
//! slows down all of RAM is in `sources.rs`), #29 (`Core` is not `Send` either, and the compiler says so; what travels are snapshots),
//! #25 for flash, which no firmware can change yet, and the private ways to the host's PC, which are not taken.

mod accesses;
mod code;
mod it_blocks;
mod machines;
mod setup;
mod sources;
mod stops;

use super::*;

/// A [`Recorder`] with settings.
#[derive(Default)]
struct Told {
    inner: Recorder,
    /// `None`: ready.
    fpu: Option<Fpu>,
    /// CCR.UNALIGN_TRP.
    unaligned_traps: bool,
    /// Nobody may do anything in page 0.
    guards_page_0: bool,
    /// Every access brings an event in its own cycle.
    brings_events: bool,
}

impl Bus for Told {
    fn read(&mut self, addr: u32, width: Width, at: u64, pc: u32) -> Option<u32> {
        self.inner.event = self.brings_events.then_some(at).or(self.inner.event);
        self.inner.read(addr, width, at, pc)
    }
    fn write(&mut self, addr: u32, width: Width, value: u32, at: u64, pc: u32) -> bool {
        self.inner.event = self.brings_events.then_some(at).or(self.inner.event);
        self.inner.write(addr, width, value, at, pc)
    }
    fn is_steady(&self, addr: u32) -> bool {
        self.inner.is_steady(addr)
    }
    fn fpu(&self) -> Fpu {
        self.fpu.unwrap_or(Fpu::Ready)
    }
    fn exception_waiting(&self) -> bool {
        false
    }
    fn traps(&self) -> (bool, bool) {
        (false, self.unaligned_traps)
    }
    fn protection(&self) -> u32 {
        self.guards_page_0.into()
    }
    fn page(&self, addr: u32, _: CoreMode) -> Page {
        let open = addr >= 1024;
        Page::Uniform(Rights { read: open, write: open, exec: open })
    }
    fn permits(&self, addr: u32, _: Access, _: CoreMode) -> bool {
        addr >= 1024
    }
    fn next_interruption(&self) -> u64 {
        self.inner.next_interruption()
    }
}

fn bytes(code: &[u16]) -> Vec<u8> {
    code.iter().flat_map(|half| half.to_le_bytes()).collect()
}

/// A core on such a bus, about to run `code` at `base`.
fn told(base: u32, code: &[u16], bus: Told) -> Core<Told> {
    let mut core = Core::new(bus, Rules::SILICON).expect("Unicorn starts");
    assert!(core.memory().write(base, &bytes(code)));
    core.reset(STACK, base | 1);
    core
}

/// Runs the subroutine at `pc` up to its BKPT.
fn call(core: &mut Core<Recorder>, pc: u32) {
    core.set_pc(pc);
    assert_eq!(core.run(u64::MAX), Stop::Breakpoint { number: 0 });
}
