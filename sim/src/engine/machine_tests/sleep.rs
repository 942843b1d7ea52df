//! What counts while the core sleeps, and when a sleep has no end.

use super::bench::{Setup, finish, run_to};
use crate::engine::machine::{Machine, Outcome};
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
