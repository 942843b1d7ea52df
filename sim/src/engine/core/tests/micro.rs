//! Small kernels that pin one rule of the cycle model each: what is measured on silicon exactly, and what is chosen as chosen.

use super::*;
use crate::engine::core::tests::{CODE, Recorder, STACK};

/// Gives instructions in the way it is told to.
struct Chip {
    flash: Flash,
    counted: (u32, u32),
    inner: Recorder,
}

impl Bus for Chip {
    fn read(&mut self, addr: u32, width: Width, at: u64, pc: u32) -> Option<u32> {
        self.inner.read(addr, width, at, pc)
    }
    fn write(&mut self, addr: u32, width: Width, value: u32, at: u64, pc: u32) -> bool {
        self.inner.write(addr, width, value, at, pc)
    }
    fn is_steady(&self, addr: u32) -> bool {
        self.inner.is_steady(addr)
    }
    fn flash(&self) -> Flash {
        self.flash
    }
    fn count_cache(&mut self, hits: u32, misses: u32) {
        self.counted = (self.counted.0 + hits, self.counted.1 + misses);
    }
    fn fpu(&self) -> Fpu {
        Fpu::Ready
    }
    fn exception_waiting(&self) -> bool {
        false
    }
    fn next_interruption(&self) -> u64 {
        u64::MAX
    }
}

const CACHED: Flash = Flash::Cached { counted: false };

fn chip(base: u32, code: &[u16], flash: Flash) -> Core<Chip> {
    let bus = Chip { flash, counted: (0, 0), inner: Recorder::default() };
    let mut core = Core::new(bus, Rules::SILICON).expect("Unicorn starts");
    let bytes: Vec<u8> = code.iter().flat_map(|h| h.to_le_bytes()).collect();
    assert!(core.memory().write(base, &bytes));
    core.reset(STACK, base | 1);
    core.write_register(RegisterARM::R7, OUTSET);
    core.write_register(RegisterARM::R6, RAM_BASE + 0x1000);
    core
}

/// Cycles of `body` a round: with `subs r5,#1; bne` behind it, a hundred rounds more.
fn round_from(base: u32, body: &[u16], flash: Flash) -> u64 {
    let run = |rounds: u32| {
        let mut code = body.to_vec();
        let back = -(body.len() as i32 + 3) as u32 & 0xFF;
        code.extend([0x3D01, 0xD100 | back as u16, 0xBE00]);
        let mut c = chip(base, &code, flash);
        c.write_register(RegisterARM::R5, rounds);
        assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
        c.cycles()
    };
    let cycles = run(110) - run(10);
    assert_eq!(cycles % 100, 0, "every round is the same");
    cycles / 100
}

fn round(body: &[u16]) -> u64 {
    round_from(CODE, body, CACHED)
}

/// RIOT-OS/RIOT PR 17980, nRF52840 with the cache on: 3.00 cycles, and 5.00 with a store to OUTSET and one to OUTCLR.
#[test]
fn the_two_loops_measured_on_silicon_take_exactly_what_they_took() {
    assert_eq!(round(&[]), 3);
    assert_eq!(round(&[0x6038, 0x6078]), 5); // str r0,[r7]; str r0,[r7,#4]
}

/// TRM r0p1, 3.3.3: loads in a row take one cycle each but the first; what depends on a load does not join it.
#[test]
fn loads_pipeline_unless_they_depend_on_each_other() {
    assert_eq!(round(&[0x6830]) - 3, 2); // ldr r0,[r6]
    assert_eq!(round(&[0x6830, 0x6871, 0x68B2]) - 3, 4); // and ldr r1,[r6,#4]; ldr r2,[r6,#8]
    assert_eq!(round(&[0x0030, 0x1830, 0x6830, 0x6801]) - round(&[0x0030, 0x1830, 0x6830]), 2); // and ldr r1,[r0]
}

/// Measured on STM32F4 by others: a store of a word joins the load before it, a store of a byte does not (chosen).
#[test]
fn a_store_of_a_word_joins_the_load_before_it() {
    assert_eq!(round(&[0x6830, 0x6070]) - 3, 2); // ldr r0,[r6]; str r0,[r6,#4]
    assert_eq!(round(&[0x7830, 0x7130]) - 3, 3); // ldrb r0,[r6]; strb r0,[r6,#4]
}

/// TRM r0p1, table 3-1: P depends on the target's alignment and width. With code at every alignment of a word.
#[test]
fn a_branch_to_a_wide_instruction_across_words_refills_longer() {
    let wide = [0xF100, 0x0001]; // add.w r0,r0,#1
    let rounds = |base| round_from(base, &wide, CACHED);
    assert_eq!((rounds(CODE), rounds(CODE + 2)), (4, 5));
    let narrow = |base| round_from(base, &[0x3001, 0x3001], CACHED);
    assert_eq!((narrow(CODE), narrow(CODE + 2)), (5, 5));
}

/// TRM r0p1, table 3-1: a call and its return, BL 1 + P and BX 1 + P; a return by POP takes the words and refills longer.
#[test]
fn calls_take_two_branches() {
    // bl .+8; b .+6 (over it); bx lr; nop
    let call = round(&[0xF000, 0xF801, 0xE001, 0x4770, 0xBF00]);
    assert_eq!(call - 3, 2 + 2 + 2);
    // bl .+8; b .+8; push {lr}; pop {pc}
    let stacked = round(&[0xF000, 0xF801, 0xE001, 0xB500, 0xBD00]);
    assert_eq!(stacked - 3, 2 + 2 + (1 + 1) + (1 + 1 + 3));
}

/// TRM r0p1, table 3-1: 2 to 12 cycles, by the operands.
#[test]
fn divisions_take_as_long_as_their_quotient() {
    let divide = |n: u16, shift: u16| {
        // movs r0,#n; lsls r0,#shift; movs r1,#1; udiv r0,r0,r1
        round(&[0x2000 | n, shift << 6, 0x2101, 0xFBB0, 0xF0F1]) - 3 - 3
    };
    assert_eq!((divide(0, 0), divide(1, 31)), (2, 11));
    assert!((0..31).all(|shift| divide(1, shift) <= divide(1, shift + 1)));
}

/// Chosen on the calibration set of TIMING.md.
#[test]
fn a_branch_that_is_not_taken_takes_two_cycles() {
    assert_eq!(round(&[0x4280, 0xD1FE]) - 3, 1 + 2); // cmp r0,r0; bne .
}

/// nRF52840 PS v1.7, NVMC: off after reset, code comes word by word with wait states; RIOT-OS/RIOT PR 9400 measured 15, 29, 31
/// and 34 cycles for loops of which we guess the code.
#[test]
fn without_the_cache_each_word_is_waited_for() {
    let body: Vec<u16> = vec![0x3001; 8];
    let (cached, uncached) = (round(&body), round_from(CODE, &body, Flash::Uncached));
    assert_eq!((cached, uncached), (11, 18));
    // nop; subs; bne: 15 were measured.
    assert_eq!(round_from(CODE, &[0xBF00], Flash::Uncached), 8);
    // bl over a jump to `movs r3,#1; mov.w r2,#0x50000000; lsls r3,r0; str.w r3,[r2,#0x508]; bx lr`: 29 were measured.
    let set = [0x4628, 0xF000, 0xF801, 0xE008, 0x2301, 0xF04F, 0x42A0, 0x4083, 0xF8C2, 0x3508, 0x4770, 0xBF00, 0xBF00];
    assert!((29..=36).contains(&round_from(CODE, &set, Flash::Uncached)));
}

/// A literal comes over the D-code bus, which has no cache.
#[test]
fn a_literal_in_flash_waits_and_one_beside_code_in_ram_does_not() {
    let body = [0x4800, 0xE001, 0xBF00, 0xBF00]; // ldr r0,[pc,#0]; b over it
    let waits = |base| round_from(base, &body, CACHED);
    assert_eq!(waits(CODE) - waits(RAM_ALIAS + 0x400), 2);
}

/// Code in RAM is as fast as the cache at its code address, and waits for each word at its data address.
#[test]
fn code_in_ram_is_slower_by_its_data_address() {
    let body: Vec<u16> = [0xF100, 0x0001].repeat(8);
    let (flash, alias, data) = (round(&body), RAM_ALIAS + 0x400, RAM_BASE + 0x400);
    assert_eq!(round_from(alias, &body, CACHED), flash);
    assert_eq!(round_from(data, &body, CACHED), flash + 9);
}

/// Cycles of `body` a round with R7 at an APB peripheral.
fn round_at_apb(body: &[u16], address: u32) -> u64 {
    let mut code = body.to_vec();
    let back = -(body.len() as i32 + 3) as u32 & 0xFF;
    code.extend([0x3D01, 0xD100 | back as u16, 0xBE00]);
    let run = |rounds: u32| {
        let mut c = chip(CODE, &code, CACHED);
        c.run_polling_loops();
        c.write_register(RegisterARM::R7, address);
        c.write_register(RegisterARM::R5, rounds);
        assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
        c.cycles()
    };
    (run(110) - run(10)) / 100
}

/// The bridge runs at 16 MHz: a read takes a whole period behind its next edge, so loops become multiples of four cycles.
#[test]
fn a_read_over_the_bridge_waits_and_a_single_write_does_not() {
    const EVENTS: u32 = 0x4000_8140;
    assert_eq!(round_at_apb(&[0x6838], EVENTS), 12); // ldr r0,[r7]
    assert_eq!(round_at_apb(&[0x6838], OUTSET), 5);
    let nops = [0xBF00; 12];
    assert_eq!(round_at_apb(&[&[0x6038][..], &nops].concat(), EVENTS), 16); // str r0,[r7] and nops
    // The second write waits for the first.
    assert!(round_at_apb(&[0x6038, 0x6078], EVENTS) >= 8);
    assert_eq!(round_at_apb(&[0x6838], 0x4000_B504) - round_at_apb(&[0x6838], EVENTS), 24);
}

/// However often the core is stopped on the way, the bridge takes the same time.
#[test]
fn the_bridge_does_not_see_where_a_run_is_cut() {
    let code = [0x6838, 0x6078, 0x6879, 0x6038, 0x3D01, 0xD1F9, 0xBE00];
    let run = |step: u64| {
        let mut c = chip(CODE, &code, CACHED);
        c.run_polling_loops();
        c.write_register(RegisterARM::R7, 0x4000_8140);
        c.write_register(RegisterARM::R5, 50);
        let mut deadline = step;
        while c.run(deadline) == Stop::Deadline {
            deadline = c.cycles() + step;
        }
        (c.cycles(), c.bus().inner.reads.clone(), c.bus().inner.writes.clone())
    };
    let whole = run(1 << 40);
    assert!((1..40).all(|step| run(step) == whole));
}

/// 64 sets of 2 lines of 16 bytes: a loop of 2 KB stays, one of 3 KB is fetched anew in each round.
#[test]
fn a_loop_that_does_not_fit_the_cache_misses_in_every_round() {
    let cost = |halfwords: usize| {
        let mut code = vec![0xBF00u16; halfwords];
        let back = (-(halfwords as i32 + 1) * 2 - 4) as u32;
        code.extend([0x3D01, 0xF47F, 0xA800 | (back >> 1 & 0x7FF) as u16, 0xBE00]); // subs r5,#1; bne.w
        let run = |rounds| {
            let mut c = chip(CODE, &code, Flash::Cached { counted: true });
            c.write_register(RegisterARM::R5, rounds);
            assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
            (c.cycles(), c.bus().counted.1)
        };
        let (few, many) = (run(10), run(20));
        ((many.0 - few.0) / 10 - halfwords as u64, (many.1 - few.1) / 10)
    };
    // 0x400 to 0xB10, and to 0x1088.
    assert_eq!(cost(900), (3, 0));
    assert_eq!(cost(1600), (3 + 3 * 201, 201));
}
