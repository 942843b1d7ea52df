//! What counts while the core sleeps, and when a sleep has no end.

use super::bench::{Setup, finish, run_to};
use crate::boards::Board;
use crate::engine::core::RAM_BASE;
use crate::engine::machine::{Machine, Outcome};
use crate::engine::timing::Rules;
use crate::image::{Firmware, Image};
use peripherals::kernel::{Instant, Span, Width};

fn count(setup: &Setup, machine: &Machine, name: &str) -> u32 {
    machine.word(setup.firmware().symbol(name).expect("the firmware has it").addr).expect("RAM")
}

/// A register of the core's own, read as the firmware would.
fn register(machine: &mut Machine, addr: u32) -> u32 {
    let bus = machine.core.bus_mut();
    bus.soc.read(addr, Width::Word, &mut bus.fabric.world).expect("it exists")
}

fn set(machine: &mut Machine, addr: u32, value: u32) {
    let bus = machine.core.bus_mut();
    bus.soc.write(addr, Width::Word, value, &mut bus.fabric.world).expect("it exists");
}

const CYCCNT: u32 = 0xE000_1004;

/// SysTick every 10,000 cycles: 6,400 times a second while it runs, and hardly ever in the few us after each of ten interrupts.
#[test]
fn systick_stands_still_in_wfi_unless_the_board_says_otherwise() {
    for (clocks, expected) in [("gated", 0..5), ("running", 6_300..6_401)] {
        let setup = Setup::soak([3_277, 0, 10_000, 0xFFFF_FFFF], clocks);
        let mut machine = setup.machine();
        run_to(&mut machine, Instant::ZERO + Span::from_ms(1_500));
        let before = count(&setup, &machine, "systick_count");
        run_to(&mut machine, Instant::ZERO + Span::from_ms(2_500));
        let ticks = count(&setup, &machine, "systick_count") - before;
        assert!(expected.contains(&ticks), "{clocks}: {ticks} in a second");
        assert_eq!(count(&setup, &machine, "rtc_count") / 10, 2, "{clocks}");
    }
}

/// CYCCNT and SLEEPCNT share out the time between them; EXCCNT counts 12 + 2 cycles of entry and 10 of exit.
#[test]
fn the_cycle_counter_counts_what_the_core_is_awake() {
    for (clocks, expected) in [("gated", 500..2_000), ("running", 63_900_000..64_000_001)] {
        let setup = Setup::soak([3_277, 0, 0, 0xFFFF_FFFF], clocks);
        let mut machine = setup.machine();
        run_to(&mut machine, Instant::ZERO + Span::from_ms(1_010));
        set(&mut machine, 0xE000_EDFC, 1 << 24);
        set(&mut machine, 0xE000_1000, 1 | 1 << 18);
        run_to(&mut machine, Instant::ZERO + Span::from_ms(2_010));
        let awake = register(&mut machine, CYCCNT);
        assert!(expected.contains(&awake), "{clocks}: {awake}");
        assert_eq!(register(&mut machine, 0xE000_100C), 10 * (12 + 2 + 10), "{clocks}");
    }
}

/// Nothing but SysTick is there to wake it.
#[test]
fn a_sleep_that_only_systick_could_end_is_parked_while_its_clock_is_off() {
    let setup = |clocks| Setup::soak([0, 0, 5_000, 0xFFFF_FFFF], clocks).machine();
    // Interrupts of RTC1 and TIMER0 are enabled, and neither runs.
    assert_eq!(finish(setup("gated")).outcome, Outcome::Parked);
    assert_eq!(run_to(&mut setup("running"), Instant::ZERO + Span::from_ms(100)), None);
}

/// Armv7-M ARM, B1.5.17: with SLEEPONEXIT the core sleeps when nothing is left to be handled. Whenever SysTick comes, while the
/// frame of PendSV is popped too, its handler runs before.
#[test]
fn a_handler_that_is_chained_to_a_pop_runs_before_the_core_sleeps_on_exit() {
    // SCR := SLEEPONEXIT; SysTick with the period at address 28; ICSR := PENDSVSET; b .
    // PendSV: bx lr. SysTick: off, counts at the start of RAM, bx lr.
    const CODE: [u16; 30] = [
        0xF24E, 0x0400, 0xF2CE, 0x0400, 0x2002, 0xF640, 0x5110, 0x5060, 0x221C, 0x6810, 0x6160, 0x2000, 0x61A0, 0x2007,
        0x6120, 0xF04F, 0x5080, 0xF640, 0x5104, 0x5060, 0xE7FE, 0x4770, 0x2000, 0x6120, 0xF04F, 0x5100, 0x680A, 0x3201,
        0x600A, 0x4770,
    ];
    const BASE: u32 = 0x100;
    for period in 1..100 {
        let mut words = [0u32; 64];
        (words[0], words[1], words[7]) = (RAM_BASE + 0x1000, BASE | 1, period);
        (words[14], words[15]) = ((BASE + 2 * 21) | 1, (BASE + 2 * 22) | 1);
        let code = CODE.iter().flat_map(|half| half.to_le_bytes());
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).chain(code).collect();
        let firmware =
            Firmware::lay(vec![Image::parse("x.bin", &bytes, Some(0)).expect("an image")]).expect("firmware");
        let board = Board::parse::<&str>("test", "[soc]\nsleep_clocks = \"running\"\n", &[]).expect("a board");
        let mut machine = Machine::new(&firmware, board, Rules::SILICON, 0).expect("a machine");
        run_to(&mut machine, Instant::ZERO + Span::from_us(50));
        // With a short period it pends once more before it is off.
        assert!(machine.word(RAM_BASE).is_some_and(|n| n > 0), "period {period}");
        assert_eq!(machine.exception(), 0, "period {period}");
    }
}
