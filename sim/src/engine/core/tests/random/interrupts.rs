//! Random programs under random interrupts: a program ends as it would without them, and interrupts come in the same cycles at the
//! same instructions however the run is cut, polling loops skipped or not, peripherals reached one way or the other.
//!
//! The whole machine runs, with what the chip has: SysTick and three TIMERs that interrupt at random moments, stores to
//! ISPR in the middle of the program, random priorities and groups. The one handler notes the cycle and where it came from, and
//! scribbles over everything that the architecture saves: R0 to R3, R12, the flags, S0 to S15 and FPSCR.

use super::assemble::{Around, Image, PLACES, assemble_for};
use super::config;
use super::program::{Program, program};
use crate::boards::Board;
use crate::engine::core::{Bus, RAM_BASE, Watch, WatchKind, Width};
use crate::engine::debug::{Going, Halt};
use crate::engine::machine::{Machine, Outcome};
use crate::engine::timing::Rules;
use crate::image::{Firmware, Image as FirmwareImage};
use peripherals::kernel::Instant;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Where interrupts come from.
#[derive(Clone, Debug)]
struct Interrupts {
    /// SysTick's period in cycles; it stops after 6 exceptions.
    tick: u32,
    /// COMPARE of TIMER0 to TIMER2, in periods of 16 MHz, once each.
    compare: [[u32; 4]; 3],
    /// The events that the program waits for: COMPARE of TIMER3.
    awaited: [u32; 4],
    /// Priorities of SysTick, TIMER0 to TIMER2, and interrupts 0 to 7, which only software pends.
    priorities: [u8; 12],
    prigroup: u32,
    lazy: bool,
    /// NVMC.ICACHECNF.
    cache: bool,
}

fn interrupts() -> impl Strategy<Value = Interrupts> {
    let moment = || prop_oneof![3 => 1u32..150, 1 => 1u32..2_000];
    (
        250u32..2_500,
        prop::array::uniform3(prop::array::uniform4(moment())),
        prop::array::uniform4(1u32..400),
        prop::array::uniform12(0u8..8),
        0u32..8,
        any::<(bool, bool)>(),
    )
        .prop_map(|(tick, compare, awaited, priorities, prigroup, (lazy, cache))| Interrupts {
            tick,
            compare,
            awaited,
            priorities: priorities.map(|p| p << 5),
            prigroup,
            lazy,
            cache,
        })
}

/// How a program is run.
#[derive(Clone, Copy, Debug)]
enum How<'a> {
    /// As fast as possible, peripherals on the short way as soon as can be.
    Whole,
    /// With every round of a polling loop, and no short way.
    Plain,
    /// In pieces about so many cycles long.
    Cut(&'a [u64]),
    /// Under a debugger that steps through all of it, instruction by instruction.
    Stepped,
    /// Under a debugger with breakpoints all over the place, so many halfwords apart, and watched addresses. Each third time that it halts a
    /// few instructions are stepped.
    Halted(&'a [u64]),
}

/// What a program leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Left {
    /// FPSCR, S0 to S15, APSR, SP, R0 to R12 and LR, as [`LAST`] pushes them.
    registers: Vec<u32>,
    ram: Vec<u8>,
}

/// What interrupts leave behind.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Taken {
    cycles: u64,
    instructions: u64,
    /// By exception: how often, 8 for each, and the last 15 times the cycle and the stacked PC.
    notes: Vec<[u32; 64]>,
}

const HANDLER: u32 = 0x100;
const NOTES: u32 = RAM_BASE + 0x2_0000;
const TIMER0: u32 = 0x4000_8000;
const TIMER3: u32 = 0x4001_A000;
const ISPR0: u32 = 0xE000_E200;
const EXCEPTIONS: u32 = 16 + 27;
/// The registers that [`LAST`] pushes.
const PUSHED: u32 = 1 + 16 + 2 + 14;

/// The handler of every exception.
const CODE: [u16; 68] = [
    0xF3EF, 0x8005, // mrs   r0, ipsr
    0x491C, // ldr   r1, =DWT.CYCCNT
    0x6809, // ldr   r1, [r1]
    0x4A1C, // ldr   r2, =NOTES
    0xEB02, 0x2200, // add.w r2, r2, r0, lsl #8
    0x6813, // ldr   r3, [r2]
    0x3308, // adds  r3, #8
    0x6013, // str   r3, [r2]
    0xF003, 0x0378, // and   r3, r3, #0x78
    0x4413, // add   r3, r2
    0x6099, // str   r1, [r3, #8]
    0x9906, // ldr   r1, [sp, #24]: the stacked PC
    0x60D9, // str   r1, [r3, #12]
    0x280F, // cmp   r0, #15
    0xD022, // beq   tick
    0x2818, // cmp   r0, #24
    0xD30F, // blo   scribble
    0x281A, // cmp   r0, #26
    0xD80D, // bhi   scribble
    0x4A14, // ldr   r2, =TIMER0 - 24 * 0x1000
    0xEB02, 0x3100, // add.w r1, r2, r0, lsl #12
    0x2200, // movs  r2, #0
    0xF8C1, 0x2140, // str.w r2, [r1, #EVENTS_COMPARE[0]]
    0xF8C1, 0x2144, // str.w r2, [r1, #EVENTS_COMPARE[1]]
    0xF8C1, 0x2148, // str.w r2, [r1, #EVENTS_COMPARE[2]]
    0xF8C1, 0x214C, // str.w r2, [r1, #EVENTS_COMPARE[3]]
    0xF8D1, 0x2140, // ldr.w r2, [r1, #EVENTS_COMPARE[0]]
    0x0781, // scribble: lsls r1, r0, #30
    0xD409, // bmi   over the FPU, in half of the exceptions
    0xEE00, 0x0A10, // vmov  s0, r0
    0xEE07, 0x3A90, // vmov  s15, r3
    0xEEF7, 0x0A00, // vmov.f32 s1, #1.0
    0xEE70, 0x3A80, // vadd.f32 s7, s1, s0
    0xEEE1, 0x3A10, // vmsr  fpscr, r3
    0x43C0, // mvns  r0, r0
    0x43D3, // mvns  r3, r2
    0x469C, // mov   r12, r3
    0x18C1, // adds  r1, r0, r3
    0x4770, // bx    lr
    0x6813, // tick: ldr r3, [r2]
    0x2B30, // cmp   r3, #6 * 8
    0xD3EB, // blo   scribble
    0x4904, // ldr   r1, =SYST_CSR
    0x2200, // movs  r2, #0
    0x600A, // str   r2, [r1]
    0xE7E7, // b     scribble
    0x1004, 0xE000, 0x0000, 0x2002, 0x0000, 0x3FFF, 0xE010, 0xE000, // the literals
];

/// Registers of the FPU that are worth saving.
const FIRST: [u16; 4] = [0xEE00, 0x5A10, 0xEE07, 0x5A90]; // vmov s0, r5; vmov s15, r5

const LAST: [u16; 17] = [
    0xE92D, 0x5FFF, // push  {r0-r12, lr}
    0xF3EF, 0x8000, // mrs   r0, apsr
    0x4669, // mov   r1, sp
    0xB403, // push  {r0, r1}
    0xEEF1, 0x0A10, // vmrs  r0, fpscr
    0xED2D, 0x0A10, // vpush {s0-s15}
    0xB401, // push  {r0}
    0x2018, // movs  r0, #SYS_EXIT
    0xF240, 0x0126, // movw  r1, #0x26
    0xF2C0, 0x0102, // movt  r1, #2
    0xBEAB, // bkpt  #0xAB
];

fn bytes(halves: &[u16]) -> Vec<u8> {
    halves.iter().flat_map(|half| half.to_le_bytes()).collect()
}

/// A machine that stands before the program.
fn machine(image: &Image, how: How<'_>) -> Machine {
    let mut flash = vec![0; 0x100];
    flash[..4].copy_from_slice(&PLACES.stack.to_le_bytes());
    flash[4..].chunks_mut(4).for_each(|vector| vector.copy_from_slice(&(HANDLER | 1).to_le_bytes()));
    flash.extend(bytes(&CODE));
    let flash = FirmwareImage::parse("flash.bin", &flash, Some(0)).expect("an image");
    let firmware = Firmware::lay(vec![flash]).expect("firmware");
    let board = Board::load("bare", &[] as &[&str]).expect("a board");
    let mut machine = Machine::new(&firmware, board, Rules::SILICON, 0).expect("a machine");
    for (base, code) in &image.code {
        assert!(machine.core.memory().write(*base, code));
    }
    if matches!(how, How::Plain) {
        machine.run_polling_loops();
    }
    machine.core.state.direct.set_threshold(match how {
        How::Whole => 1,
        How::Plain | How::Stepped => u32::MAX,
        How::Cut(_) | How::Halted(_) => 3,
    });
    machine.core.reset(PLACES.stack, image.start | 1);
    machine
}

/// What a start-up would do.
fn set_up(machine: &mut Machine, i: &Interrupts, interrupting: bool) {
    let mut put = |address: u32, value: u32| {
        assert!(machine.core.bus_mut().write(address, Width::Word, value, 0, 0));
    };
    put(0xE000_ED88, 0xF << 20);
    put(0xE000_EF34, if i.lazy { 0xC000_0000 } else { 0x8000_0000 });
    put(0x4001_E540, i.cache.into());
    put(0xE000_EDFC, 1 << 24);
    put(0xE000_1000, 1);
    put(0xE000_ED0C, 0x05FA_0000 | i.prigroup << 8);
    put(0xE000_ED20, u32::from(i.priorities[0]) << 24);
    let timers = (0..3).map(|n| (TIMER0 + 0x1000 * n, i.compare[n as usize])).chain([(TIMER3, i.awaited)]);
    for (n, (base, compare)) in timers.enumerate() {
        put(base + 0x508, 3);
        put(base + 0x510, 0);
        for (cc, at) in (0..).zip(compare) {
            put(base + 0x540 + 4 * cc, at);
        }
        if interrupting && n < 3 {
            put(base + 0x304, 0xF << 16);
        }
        put(base, 1);
    }
    if interrupting {
        let priority = |n: usize| u32::from(i.priorities[n]);
        for word in 0..2 {
            put(0xE000_E400 + 4 * word, (0..4).map(|n| priority(4 + 4 * word as usize + n) << (8 * n)).sum());
        }
        put(0xE000_E408, priority(1) | priority(2) << 8 | priority(3) << 16);
        put(0xE000_E014, i.tick);
        put(0xE000_E018, 0);
        put(0xE000_E010, 7);
        put(0xE000_E100, 0x7FF);
    }
}

/// A debugger that is everywhere.
fn watch_all_over(machine: &mut Machine, image: &Image, distances: &[u64]) {
    machine.debug(true);
    for (base, code) in &image.code {
        let distance = 2 * (distances[0] as usize % 16 + 1);
        for at in (0..code.len()).step_by(distance) {
            machine.set_breakpoint(base + at as u32, true);
        }
    }
    let watch = |address, bytes, kind| Watch { address, bytes, kind };
    machine.set_watches(&[
        watch(PLACES.data + 16, 24, WatchKind::Access),
        watch(PLACES.stack - 24, 4, WatchKind::Write),
        watch(0x5000_0504, 4, WatchKind::Access),
        watch(TIMER3 + 0x140, 4, WatchKind::Read),
        watch(image.start & !3, 4, WatchKind::Read),
    ]);
}

fn run(image: &Image, how: How<'_>, i: &Interrupts, interrupting: bool) -> Result<(Left, Taken), TestCaseError> {
    let mut machine = machine(image, how);
    set_up(&mut machine, i, interrupting);
    let (mut cuts, mut at, mut halts) = (0, 0, 0u32);
    match how {
        How::Stepped => {
            machine.debug(true);
            machine.go(&Going::Step);
        }
        How::Halted(distances) => watch_all_over(&mut machine, image, distances),
        _ => {}
    }
    loop {
        at = match how {
            How::Cut(distances) => {
                cuts += 1;
                machine.core.cycles().max(at) + distances[cuts % distances.len()]
            }
            _ => super::LONGEST,
        };
        match machine.run(Instant::from_cycles(at)) {
            Outcome::Exit(0) => break,
            Outcome::Reached | Outcome::Pause => {}
            Outcome::Halted(halt) => {
                halts += 1;
                let steps = matches!(how, How::Stepped) || halts % 8 > 4 || halt == Halt::Stepped && halts % 8 > 1;
                machine.go(if steps { &Going::Step } else { &Going::On });
            }
            other => return Err(TestCaseError::fail(format!("{how:?}: {other:?} at {:08x}", machine.pc()))),
        }
        let now = machine.core.cycles();
        prop_assert!(now < super::LONGEST, "{how:?}: at {:08x} after {now} cycles", machine.pc());
    }
    let memory = machine.core.memory();
    let words = |at: u32, count: u32| (0..count).map(|n| memory.word(at + 4 * n).expect("RAM")).collect::<Vec<_>>();
    let ram = [(PLACES.data, 256), (PLACES.steps - 64, 128)];
    let left = Left {
        registers: words(PLACES.stack - 4 * PUSHED, PUSHED),
        ram: ram.into_iter().flat_map(|(at, size)| memory.read(at, size).expect("RAM")).collect(),
    };
    let notes = (0..EXCEPTIONS).map(|n| words(NOTES + 0x100 * n, 64).try_into().expect("64 words")).collect();
    Ok((left, Taken { cycles: machine.core.cycles(), instructions: machine.core.instructions(), notes }))
}

/// An interrupt that only a store pends comes directly behind that store.
fn check_stores(image: &Image, taken: &Taken) -> Result<u32, TestCaseError> {
    let mut seen = 0;
    for notes in &taken.notes[16..24] {
        for note in 0..(notes[0] / 8).min(15) as usize {
            let pc = notes[2 * (note + 1) + 3];
            let before = image.code.iter().find_map(|(base, code)| {
                let at = pc.checked_sub(*base)?.checked_sub(2)? as usize;
                Some(u16::from_le_bytes([*code.get(at)?, *code.get(at + 1)?]))
            });
            prop_assert_eq!(before.map(|half| half & 0xFFF8), Some(0x6038), "behind {:08x}: {}", pc, image);
            seen += 1;
        }
    }
    Ok(seen)
}

/// Interrupts that were taken, and those of them that stores pended.
fn check(program: &Program, i: &Interrupts, cuts: &[u64]) -> Result<(u32, u32), TestCaseError> {
    let around =
        Around { peripheral: 0x5000_0500, store: ISPR0, events: Some(TIMER3 + 0x140), first: &FIRST, last: &LAST };
    let image = assemble_for(program, &around);
    let (undisturbed, _) = run(&image, How::Whole, i, false)?;
    let (left, taken) = run(&image, How::Whole, i, true)?;
    prop_assert_eq!(&left, &undisturbed, "{:?} {}", taken, image);
    for how in [How::Plain, How::Cut(cuts), How::Stepped, How::Halted(cuts)] {
        let other = run(&image, how, i, true)?;
        prop_assert_eq!(&taken, &other.1, "{:?} {}", how, image);
        prop_assert_eq!(&left, &other.0, "{:?} {}", how, image);
    }
    let stores = check_stores(&image, &taken)?;
    Ok((taken.notes.iter().map(|notes| notes[0] / 8).sum(), stores))
}

/// Twice as many cases as other properties have: with the 5,000 of `.ci/long` 10,000.
#[test]
fn interrupts_change_nothing_but_time_and_come_in_the_same_cycles() {
    let mut config = config(1);
    config.cases *= 2;
    let cases = config.cases;
    let (taken, pended) = (std::cell::Cell::new(0u32), std::cell::Cell::new(0u32));
    let strategy = (program(), interrupts(), prop::collection::vec(1u64..400, 1..6));
    let result = TestRunner::new(config).run(&strategy, |(program, i, cuts)| {
        let (interrupts, stores) = check(&program, &i, &cuts)?;
        taken.set(taken.get() + interrupts);
        pended.set(pended.get() + stores);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    println!("{} interrupts in {cases} cases, {} of them by stores", taken.get(), pended.get());
    assert!(taken.get() > 4 * cases && pended.get() > cases / 4, "{} and {}", taken.get(), pended.get());
}
