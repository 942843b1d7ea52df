//! Firmware that writes and erases flash: what becomes of the bytes, of the time, and of code that was there (nRF52840 PS v1.7, NVMC).

use super::bench::run_to;
use crate::boards::{Board, built_in};
use crate::engine::core::RAM_BASE;
use crate::engine::machine::{Machine, Outcome};
use crate::engine::timing::Rules;
use crate::image::{Firmware, Image};
use peripherals::kernel::{Instant, Span};

const CODE: u32 = 0x100;
const DATA: u32 = 0x8000;
const CONFIG: u32 = 0x4001_E504;
const READY: u32 = 0x4001_E400;
/// Where code in RAM is, by the address that is meant for it.
const RAM_CODE: u32 = 0x0080_0100;
/// 41 us and 85 ms.
const WORD: u64 = 41 * 64;
const PAGE: u64 = 85_000 * 64;

fn bytes(code: &[u16]) -> Vec<u8> {
    code.iter().flat_map(|half| half.to_le_bytes()).collect()
}

/// A machine that is about to run `code` at `place`, in flash or in RAM, with these registers; every fault parks it.
fn machine(place: u32, code: &[u16], registers: &[(usize, u32)]) -> Machine {
    let mut image = vec![0xFF; 0x200];
    for (at, vector) in [(0, 0x2000_8100), (4, CODE | 1)].into_iter().chain((2..16).map(|n| (4 * n, 0x181))) {
        image[at..at + 4].copy_from_slice(&vector.to_le_bytes());
    }
    image[0x180..0x182].copy_from_slice(&bytes(&[0xE7FE]));
    let flash = place == CODE;
    let start = if flash { CODE as usize } else { 0x1F0 };
    let length = if flash { 2 * code.len() } else { 0 };
    image[start..start + length].copy_from_slice(&bytes(code)[..length]);
    let mut images = vec![Image::parse("test.bin", &image, Some(0)).expect("an image")];
    if !flash {
        let data = Image::parse("ram.bin", &bytes(code), Some(place - 0x0080_0000 + RAM_BASE)).expect("code for RAM");
        images.push(data);
    }
    let board = Board::parse::<&str>("bare", built_in("bare").expect("it is built in"), &[]).expect("a board");
    let mut machine =
        Machine::new(&Firmware::lay(images).expect("firmware"), board, Rules::SILICON, 0).expect("a machine");
    let mut start = machine.core.registers();
    start.pc = place;
    for &(register, value) in registers {
        start.r[register] = value;
    }
    machine.core.set_registers(&start);
    machine
}

/// Runs until it parks.
fn park(machine: &mut Machine) -> u64 {
    assert_eq!(run_to(machine, Instant::ZERO + Span::from_ms(60_000)), Some(Outcome::Parked));
    machine.now().cycles()
}

fn lints(machine: &Machine) -> Vec<&'static str> {
    machine.world().findings.all().iter().map(|finding| finding.lint.name).collect()
}

/// movs r1,#1; str r1,[r4]; str r2,[r5]; str r3,[r5]; b .
const TWO_WORDS: [u16; 5] = [0x2101, 0x6021, 0x602A, 0x602B, 0xE7FE];

#[test]
fn a_word_keeps_code_in_flash_waiting_and_only_clears_bits() {
    let registers = [(2, 0x1234_5678), (3, 0xFF00_FFFF), (4, CONFIG), (5, DATA)];
    let mut m = machine(CODE, &TWO_WORDS, &registers);
    let took = park(&mut m);
    assert!((2 * WORD..2 * WORD + 80).contains(&took), "{took}");
    assert_eq!((m.word(DATA), m.word(DATA + 4)), (Some(0x1200_5678), Some(u32::MAX)));
    assert_eq!((m.instructions(), lints(&m)), (4, vec![]));
}

#[test]
fn every_form_of_store_writes_words_each_in_its_time() {
    // movs r1,#1; str r1,[r4]; str r2,[r5],#4; strd r2,r3,[r5],#8; stm r5!,{r2,r3,r6}; cmp r1,#1;
    // itte eq; streq r2,[r5]; addeq r5,#4; strne r3,[r5]; b .
    let code = [0x2101, 0x6021, 0xF845, 0x2B04, 0xE8E5, 0x2302, 0xC54C, 0x2901, 0xBF06, 0x602A, 0x3504, 0x602B, 0xE7FE];
    // Across the border of two pages.
    let first = DATA + 0x1000 - 8;
    let mut m = machine(CODE, &code, &[(2, 2), (3, 3), (4, CONFIG), (5, first), (6, 6)]);
    let took = park(&mut m);
    let words: Vec<_> = (0..8).map(|n| m.word(first + 4 * n).expect("flash")).collect();
    assert_eq!(words, [2, 2, 3, 2, 3, 6, 2, u32::MAX]);
    assert_eq!(m.core.general(5), first + 28);
    assert!((7 * WORD..7 * WORD + 150).contains(&took), "{took}");
    assert_eq!(lints(&m), [""; 0]);
}

/// The pitfalls in one: stale translations, stale costs, and what is known of the blocks beside them.
#[test]
fn code_that_is_erased_and_written_anew_runs_as_it_was_written() {
    // again: movs r1,#2; str r1,[r4]; str r5,[r4,#4]; movs r1,#1; str r1,[r4]; str r6,[r5]; movs r1,#0; str r1,[r4];
    // adds r0,r5,#1; blx r0; eor r6,r7; subs r8,#1; bne again; b .
    let code = [
        0x2102, 0x6021, 0x6065, 0x2101, 0x6021, 0x602E, 0x2100, 0x6021, 0x1C68, 0x4780, 0xEA86, 0x0607, 0xF1B8, 0x0801,
        0xD1F0, 0xE7FE,
    ];
    // adds r3,#1; bx lr, and adds r3,#16; bx lr
    let (one, other) = (0x4770_3301, 0x4770_3310);
    let registers = [(3, 0), (4, CONFIG), (5, DATA), (6, one), (7, one ^ other), (8, 20)];
    let mut m = machine(CODE, &code, &registers);
    let took = park(&mut m);
    assert_eq!((m.core.general(3), m.word(DATA)), (170, Some(other)));
    assert!((20 * (PAGE + WORD)..20 * (PAGE + WORD + 200)).contains(&took), "{took}");
    assert_eq!((m.instructions(), lints(&m)), (20 * 15, vec![]));
}

#[test]
fn a_new_word_in_the_middle_of_a_block_that_has_run_is_run_and_charged() {
    // loop: movs r0,#1; nop; nop; nop; movs r1,#1; str r1,[r4]; str r2,[r5]; subs r8,#1; bne loop; b .
    let code = [0x2001, 0xBF00, 0xBF00, 0xBF00, 0x2101, 0x6021, 0x602A, 0xF1B8, 0x0801, 0xD1F5, 0xE7FE];
    // Two of the NOPs lose bits and are adds r0,r0,r4.
    let mut m = machine(CODE, &code, &[(2, 0x1900_1900), (4, CONFIG), (5, CODE + 4), (8, 3)]);
    let took = park(&mut m);
    assert_eq!((m.word(CODE + 4), m.core.general(0)), (Some(0x1900_1900), 1u32.wrapping_add(2 * CONFIG)));
    assert_eq!(m.instructions(), 3 * 9);
    assert!((3 * WORD..3 * WORD + 120).contains(&took), "{took}");
    assert_eq!(lints(&m), ["nvmc-worn"]);
}

#[test]
fn code_in_ram_goes_on_and_sees_ready() {
    // movs r1,#1; str r1,[r4]; str r2,[r5]; poll: adds r6,#1; ldr r1,[r7]; cmp r1,#0; beq poll; b .
    let code = [0x2101, 0x6021, 0x602A, 0x3601, 0x6839, 0x2900, 0xD0FB, 0xE7FE];
    let registers = [(2, 7), (4, CONFIG), (5, DATA), (6, 0), (7, READY)];
    let mut m = machine(RAM_CODE, &code, &registers);
    let took = park(&mut m);
    assert!(m.core.general(6) > 100, "{} polls", m.core.general(6));
    assert!((WORD..WORD + 80).contains(&took), "{took}");
    assert_eq!((m.word(DATA), lints(&m)), (Some(7), vec![]));
}

#[test]
fn polling_ready_without_counting_is_skipped_without_a_trace() {
    // As above, without the count, erasing a page: movs r1,#2; str r1,[r4]; str r5,[r4,#4]; poll: ldr r1,[r7]; cmp r1,#0; beq poll; b .
    let code = [0x2102, 0x6021, 0x6065, 0x6839, 0x2900, 0xD0FC, 0xE7FE];
    let registers = [(4, CONFIG), (5, DATA), (7, READY)];
    let [skipped, run] = [true, false].map(|skips| {
        let mut m = machine(RAM_CODE, &code, &registers);
        if !skips {
            m.run_polling_loops();
        }
        (park(&mut m), m.instructions(), m.core.registers())
    });
    assert_eq!(skipped, run);
    assert!((PAGE..PAGE + 80).contains(&run.0), "{}", run.0);
}

#[test]
fn code_in_ram_waits_when_it_reads_flash_or_calls_into_it() {
    // movs r1,#1; str r1,[r4]; str r2,[r5]; ldr r3,[r5]; ldr r6,[r7]; b .
    let reads = [0x2101, 0x6021, 0x602A, 0x682B, 0x683E, 0xE7FE];
    let mut m = machine(RAM_CODE, &reads, &[(2, 7), (4, CONFIG), (5, DATA), (7, READY)]);
    let took = park(&mut m);
    assert_eq!((m.core.general(3), m.core.general(6)), (7, 1), "READY is 1 behind the load");
    assert!((WORD..WORD + 80).contains(&took), "{took}");
    // movs r1,#2; str r1,[r4]; str r5,[r4,#4]; ldr r3,[r7]; blx r6; b .
    let calls = [0x2102, 0x6021, 0x6065, 0x683B, 0x47B0, 0xE7FE];
    let mut m = machine(RAM_CODE, &calls, &[(4, CONFIG), (5, DATA), (6, 0x181), (7, READY)]);
    let took = park(&mut m);
    assert_eq!((m.core.general(3), m.pc()), (0, 0x180), "READY is 0 before the call");
    assert!((PAGE..PAGE + 80).contains(&took), "{took}");
}

#[test]
fn one_word_waits_behind_another_and_the_next_store_waits_for_it() {
    // movs r1,#1; str r1,[r4]; str r2,[r5]; str r2,[r5,#4]; ldr r3,[r7]; ldr r6,[r7,#8]; str r2,[r5,#8]; ldr r0,[r7,#8]; b .
    let code = [0x2101, 0x6021, 0x602A, 0x606A, 0x683B, 0x68BE, 0x60AA, 0x68B8, 0xE7FE];
    let mut m = machine(RAM_CODE, &code, &[(2, 7), (4, CONFIG), (5, DATA), (7, READY)]);
    let took = park(&mut m);
    assert_eq!((m.core.general(3), m.core.general(6), m.core.general(0)), (0, 0, 0));
    assert!((WORD..WORD + 80).contains(&took), "{took}");
    assert_eq!([0, 4, 8].map(|at| m.word(DATA + at)), [Some(7); 3]);
    assert_eq!(m.world().sched.next().map(Instant::cycles_ceil).map(|at| at / WORD), Some(2), "two more to go");
}

#[test]
fn what_cannot_be_written_is_a_fault_and_leaves_flash_alone() {
    // movs r1,#WEN; str r1,[r4]; strb r2,[r5]; b .
    for (wen, store, lint) in [
        (0x2101, 0x702A, "nvmc-narrow-write"),
        (0x2100, 0x602A, "nvmc-write-disabled"),
        (0x2102, 0x602A, "nvmc-write-disabled"),
    ] {
        let mut m = machine(CODE, &[wen, 0x6021, store, 0xE7FE], &[(2, 0), (4, CONFIG), (5, DATA)]);
        park(&mut m);
        assert_eq!((m.pc(), m.exception(), m.word(DATA)), (0x180, 3, Some(u32::MAX)), "{lint}");
        assert!(lints(&m).contains(&lint), "{:?}", lints(&m));
        let reason = m.explain_fault(
            &Firmware::lay(vec![
                Image::parse(
                    "t.bin",
                    &{
                        let mut image = vec![0; 8];
                        image[0..4].copy_from_slice(&0x2000_8000u32.to_le_bytes());
                        image[4..8].copy_from_slice(&1u32.to_le_bytes());
                        image
                    },
                    Some(0),
                )
                .expect("an image"),
            ])
            .expect("firmware"),
        );
        assert!(reason.is_some_and(|text| text.contains("IMPRECISERR") && text.contains("0x00008000")));
    }
}

#[test]
fn firmware_that_erases_itself_ends_in_a_fault_and_not_in_a_panic() {
    // movs r1,#2; str r1,[r4]; str r5,[r6]; nop; b .
    for (register, value) in [(CONFIG + 4, 0), (CONFIG + 8, 1)] {
        let mut m = machine(CODE, &[0x2102, 0x6021, 0x6035, 0xBF00, 0xE7FE], &[(4, CONFIG), (5, value), (6, register)]);
        let outcome = run_to(&mut m, Instant::ZERO + Span::from_ms(60_000));
        assert!(matches!(outcome, Some(Outcome::Fault { .. })), "{outcome:?}");
        assert_eq!(m.word(0), Some(u32::MAX));
        assert!(m.now().cycles() >= PAGE);
    }
}

#[test]
fn how_a_run_is_cut_and_whether_it_is_restored_changes_nothing() {
    let code = [
        0x2102, 0x6021, 0x6065, 0x2101, 0x6021, 0x602E, 0x2100, 0x6021, 0x1C68, 0x4780, 0xEA86, 0x0607, 0xF1B8, 0x0801,
        0xD1F0, 0xE7FE,
    ];
    let registers = [(3, 0), (4, CONFIG), (5, DATA), (6, 0x4770_3301), (7, 0x11), (8, 5)];
    let end = |m: &mut Machine| (park(m), m.instructions(), m.core.registers(), m.flash());
    let whole = end(&mut machine(CODE, &code, &registers));
    let mut sliced = machine(CODE, &code, &registers);
    let mut until = Instant::ZERO;
    for n in 0..300 {
        until += Span::from_us(7 + 977 * (n % 3));
        run_to(&mut sliced, until);
    }
    assert_eq!(end(&mut sliced), whole);
    for us in [20, 84_000, 85_020, 85_045, 170_060] {
        let mut m = machine(CODE, &code, &registers);
        assert_eq!(run_to(&mut m, Instant::ZERO + Span::from_us(us)), None);
        let snapshot = m.snapshot();
        assert_eq!(end(&mut m), whole);
        m.restore(&snapshot).expect("the same board");
        assert_eq!(end(&mut m), whole, "back at {us} us");
        let mut other = machine(CODE, &[0xE7FE], &[]);
        other.restore(&snapshot).expect("the same board");
        assert_eq!(end(&mut other), whole, "another machine from {us} us on");
    }
}

#[test]
fn a_reset_starts_with_what_the_vector_table_says_then() {
    // movs r1,#1; str r1,[r4]; str r2,[r5]; dsb; str r3,[r6]; b .
    let code = [0x2101, 0x6021, 0x602A, 0xF3BF, 0x8F4F, 0x6033, 0xE7FE];
    // Bits only fall: the stack loses one.
    let mut m = machine(CODE, &code, &[(2, 0x2000_8000), (3, 0x05FA_0004), (4, CONFIG), (5, 0), (6, 0xE000_ED0C)]);
    run_to(&mut m, Instant::ZERO + Span::from_us(60));
    // All registers but SP are 0 behind it: the first store is a fault, which has a frame.
    assert_eq!((m.word(0), m.core.registers().msp), (Some(0x2000_8000), 0x2000_8000 - 0x20));
}

#[test]
fn what_is_laid_over_flash_from_outside_is_what_runs() {
    // movs r0,#1; b .
    let mut m = machine(CODE, &[0x2001, 0xE7FE], &[]);
    park(&mut m);
    assert!(m.lay_flash(CODE, &bytes(&[0x2002])) && !m.lay_flash(0xF_FFFF, &[0, 0]) && !m.lay_flash(RAM_BASE, &[0]));
    assert_eq!((m.read_flash(CODE, 2), m.read_flash(0xF_FFFF, 2)), (Some(vec![2, 0x20]), None));
    m.core.set_pc(CODE);
    m.asleep = None;
    park(&mut m);
    assert_eq!(m.core.general(0), 2);
}

/// Found by the fuzzer: a fault of an earlier store cuts the block behind the last one, which stores to flash as well. Behind it
/// follows what is no instruction, so that the core locks up in its handler.
#[test]
fn a_store_at_the_end_of_a_block_that_was_cut_is_got_past() {
    let mut image: Vec<u8> = [0x2004_0000u32].into_iter().chain([0x41; 15]).flat_map(u32::to_le_bytes).collect();
    image.extend(bytes(&[
        0x480A, 0x0000, 0x0000, 0x0000, // LDR R0, [PC, #40]; MOVS R0, R0
        0x0800, 0x374F, 0x2301, 0x059B, // LSRS R0, R0, #32; ADDS R7, #79; MOVS R3, #1; LSLS R3, R3, #22
        0x6193, 0x0093, 0xC0E0,
        0x1000, // STR R3, [R2, #24]; LSLS R3, R2, #2; STM R0!, {R5, R6, R7}; ASRS R0, R0, #32
        0xE000, 0x5049, 0x504F, 0xFE72, // B 0x5C; -; STR R7, [R1, R1]; not an instruction
        0xFFE7,
    ]));
    let firmware = Firmware::lay(vec![Image::parse("cut.bin", &image, Some(0)).expect("raw bytes")]).expect("vectors");
    let board = Board::load::<&str>("dongle", &[]).expect("a built-in board");
    let mut machine = Machine::new(&firmware, board, Rules::SILICON, 0).expect("a machine");
    match run_to(&mut machine, Instant::ZERO + Span::from_ms(1)) {
        Some(Outcome::Fault { lint, .. }) => assert_eq!(lint.name, "lockup"),
        outcome => panic!("{outcome:?} at 0x{:x}", machine.pc()),
    }
}
