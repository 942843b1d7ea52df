//! Programs that wait by a timer and by a real-time counter, to the cycle.

use crate::support::{Bench, elf::Elf};
use badgebench::boards::Board;
use badgebench::engine::machine::{Machine, Outcome};
use badgebench::engine::timing::Rules;
use badgebench::image::{Firmware, Image};
use peripherals::kernel::{Instant, Span};

/// SYS_EXIT with ADP_Stopped_ApplicationExit in R1 (Arm, "Semihosting for AArch32 and AArch64").
const EXIT: u32 = 0x2_0026;

/// Cycles of the run, on a board where nothing plays out; a poll and what is around it take a few.
fn cycles(code: &[u16], literals: &[u32]) -> f64 {
    let run = Bench::new().write("wait.elf", Elf::running(code, literals)).sim("wait.elf --board bare");
    run.expect_status(0);
    assert_eq!(run.diagnostics(), [""; 0], "{}", run.stderr);
    run.number("/time/cycles")
}

/// TIMER0 with its reset values counts microseconds: CC\[0\] = 1000, START, then a wait for EVENTS_COMPARE\[0\].
#[test]
fn a_timer_of_a_millisecond_takes_64000_cycles() {
    let code = [
        0x4807, // ldr  r0, [pc, #28]   TIMER0
        0x4908, // ldr  r1, [pc, #32]   CC[0]
        0xF240, 0x32E8, // movw r2, #1000
        0x5042, // str  r2, [r0, r1]
        0x2201, // movs r2, #1
        0x6002, // str  r2, [r0]        TASKS_START
        0x4906, // ldr  r1, [pc, #24]   EVENTS_COMPARE[0]
        0x5842, // ldr  r2, [r0, r1]
        0x2A00, // cmp  r2, #0
        0xD0FC, // beq  the load before
        0x2018, // movs r0, #0x18
        0x4904, // ldr  r1, [pc, #16]   EXIT
        0xBEAB, // bkpt 0xAB
        0xE7FE, // b    .
    ];
    let cycles = cycles(&code, &[0x4000_8000, 0x540, 0x140, EXIT]);
    assert!((64_000.0..64_050.0).contains(&cycles), "{cycles}");
}

/// LFCLK takes 600 us, then RTC0 meets CC\[0\] = 100 and goes on to 200: 200/32768 s more.
#[test]
fn a_counter_of_the_slow_clock_takes_its_periods() {
    let code = [
        0x2201, // movs r2, #1
        0x0790, // lsls r0, r2, #30     CLOCK
        0x6082, // str  r2, [r0, #8]    TASKS_LFCLKSTART
        0x480A, // ldr  r0, [pc, #40]   RTC0
        0x490A, // ldr  r1, [pc, #40]   CC[0]
        0x2364, // movs r3, #100
        0x5043, // str  r3, [r0, r1]
        0x490A, // ldr  r1, [pc, #40]   EVTENSET
        0x0413, // lsls r3, r2, #16     COMPARE0
        0x5043, // str  r3, [r0, r1]
        0x6002, // str  r2, [r0]        TASKS_START
        0x4909, // ldr  r1, [pc, #36]   EVENTS_COMPARE[0]
        0x5843, // ldr  r3, [r0, r1]
        0x2B00, // cmp  r3, #0
        0xD0FC, // beq  the load before
        0x4908, // ldr  r1, [pc, #32]   COUNTER
        0x5843, // ldr  r3, [r0, r1]
        0x2BC8, // cmp  r3, #200
        0xD1FC, // bne  the load before
        0x2018, // movs r0, #0x18
        0x4906, // ldr  r1, [pc, #24]   EXIT
        0xBEAB, // bkpt 0xAB
        0xE7FE, // b    .
    ];
    let cycles = cycles(&code, &[0x4000_B000, 0x540, 0x344, 0x140, 0x504, EXIT]);
    let expected = 600e-6 * 64e6 + 200.0 / 32_768.0 * 64e6;
    assert!((expected..expected + 200.0).contains(&cycles), "{cycles}, not {expected}");
}

/// A loop that waits for a COUNTER is skipped up to each of its increments, and ends as if every round had run.
#[test]
fn polling_a_counter_leaves_no_trace_of_being_skipped() {
    for (nops, prescaler) in [(0, 0), (1, 0), (3, 6), (7, 40), (20, 1)] {
        let mut code = vec![
            0x2201, // movs r2, #1
            0x0790, // lsls r0, r2, #30     CLOCK
            0x6082, // str  r2, [r0, #8]    TASKS_LFCLKSTART
            0xF244,
            0x0000, // movw r0, #0x4000
            0xF2C4,
            0x0002,             // movt r0, #0x4002     RTC2
            0x2300 | prescaler, // movs r3, #PRESCALER
            0xF8C0,
            0x3508, // str.w r3, [r0, #0x508]
            0x6002, // str  r2, [r0]        TASKS_START
            0xF8D0,
            0x3504, // ldr.w r3, [r0, #0x504]     COUNTER
        ];
        code.extend(vec![0xBF00; nops]);
        code.extend([0x2B09, 0xD1FF - (nops as u16 + 4)]); // cmp r3, #9; bne the load before
        code.push(0xBE00); // bkpt 0
        let run = |skip: bool| {
            let image = Image::parse("poll.elf", &Elf::running(&code, &[]), None).expect("an image");
            let firmware = Firmware::lay(vec![image]).expect("firmware");
            let board = Board::load::<&str>("bare", &[]).expect("a board");
            let mut machine = Machine::new(&firmware, board, Rules::SILICON, 0).expect("a machine");
            if !skip {
                machine.run_polling_loops();
            }
            let outcome = machine.run(Instant::ZERO + Span::from_ms(100));
            assert!(matches!(outcome, Outcome::Fault { .. }), "it comes to its breakpoint: {outcome:?}");
            (machine.now(), machine.instructions())
        };
        let (skipped, whole) = (run(true), run(false));
        assert_eq!(skipped, whole, "{nops} NOPs, PRESCALER = {prescaler}");
        let due = Span::from_us(600) + Span::from_ps(9 * u64::from(prescaler + 1) * 30_517_579);
        assert!(whole.0 >= Instant::ZERO + due && whole.0 <= Instant::ZERO + due + Span::from_us(3), "{whole:?}");
    }
}
