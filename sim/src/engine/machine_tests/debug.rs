//! Real firmware under a debugger: it halts where it should, and what is left of the run is what is left without.

use super::bench::{Seen, Setup, finish, run_to};
use crate::engine::core::{Watch, WatchKind};
use crate::engine::debug::{Going, Halt};
use crate::engine::machine::{Machine, Outcome};
use peripherals::kernel::{Instant, Span};

/// RTC1 each 100 ticks, TIMER0 each 300 us, SysTick each 9,000 cycles, 20 interrupts of RTC1.
fn soak() -> Setup {
    Setup::soak([100, 300, 9_000, 20], "gated")
}

fn address(name: &str) -> u32 {
    soak().firmware().symbol(name).unwrap_or_else(|| panic!("{name}")).addr & !1
}

/// Runs to the next halt, or to the end.
fn to_halt(machine: &mut Machine, how: &Going) -> Outcome {
    machine.go(how);
    run_to(machine, Instant::ZERO + Span::from_ms(10_000)).expect("it halts or ends")
}

/// Goes on from so many halts, and then to the end without a debugger. What has ended itself would run its last instruction again.
fn to_the_end(mut machine: Machine, halts: u32) -> Seen {
    for _ in 0..halts {
        let outcome = to_halt(&mut machine, &Going::On);
        assert!(matches!(outcome, Outcome::Halted(_)), "{outcome:?}");
    }
    machine.debug(false);
    finish(machine)
}

#[test]
fn breakpoints_and_watches_in_handlers_leave_the_run_as_it_is() {
    let without = finish(soak().machine());
    let mut machine = soak().machine();
    machine.debug(true);
    for name in ["RTC1_IRQHandler", "TIMER0_IRQHandler", "SysTick_Handler"] {
        machine.set_breakpoint(address(name), true);
    }
    machine.set_watches(&[
        Watch { address: address("noise"), bytes: 4, kind: WatchKind::Access },
        Watch { address: 0x4001_1140, bytes: 4, kind: WatchKind::Write },
        // The stack of the interrupted: the core itself stores there.
        Watch { address: 0x2004_0000 - 64, bytes: 64, kind: WatchKind::Write },
    ]);
    assert_eq!(to_the_end(machine, 300), without);
}

#[test]
fn a_step_goes_into_the_handler_of_an_interrupt_that_is_due() {
    let mut machine = soak().machine();
    machine.debug(true);
    machine.set_breakpoint(address("TIMER0_IRQHandler"), true);
    assert_eq!(to_halt(&mut machine, &Going::On), Outcome::Halted(Halt::Breakpoint));
    assert_eq!((machine.pc(), machine.exception()), (address("TIMER0_IRQHandler"), 24));
    // Up to its end, back, and from WFI into the next one.
    let mut seen = Vec::new();
    let entered = |seen: &[u32]| seen.windows(2).any(|two| two[0] == 0 && two[1] != 0);
    while !entered(&seen[seen.len().saturating_sub(2)..]) {
        assert!(seen.len() < 40_000, "no handler was entered");
        assert!(matches!(to_halt(&mut machine, &Going::Step), Outcome::Halted(_)));
        seen.push(machine.exception());
    }
    let thread = seen.iter().position(|&exception| exception == 0).expect("an end of the handler");
    assert!(thread > 10 && seen[..thread].iter().all(|&exception| exception == 24), "{thread}");
}

#[test]
fn stepping_through_a_range_halts_behind_it() {
    let mut machine = soak().machine();
    machine.debug(true);
    let main = address("main");
    machine.set_breakpoint(main, true);
    assert_eq!(to_halt(&mut machine, &Going::On), Outcome::Halted(Halt::Breakpoint));
    assert_eq!(to_halt(&mut machine, &Going::Inside(main..main + 12)), Outcome::Halted(Halt::Stepped));
    assert!(!(main..main + 12).contains(&machine.pc()));
}

#[test]
fn looking_changes_nothing_and_takes_no_time() {
    let without = finish(soak().machine());
    let mut machine = soak().machine();
    machine.debug(true);
    machine.set_breakpoint(address("TIMER0_IRQHandler"), true);
    assert_eq!(to_halt(&mut machine, &Going::On), Outcome::Halted(Halt::Breakpoint));
    let (now, findings) = (machine.now(), machine.world().findings.all().len());
    let mut bytes = [0; 64];
    for (at, there) in [
        (0x4000_8540, 64),
        (0x5000_0504, 64),
        (0xE000_ED00, 64),
        (0x4000_1000, 64),
        (0x2003_FFF0, 16),
        (0x000F_FFC0, 64),
        (0x3000_0000, 0),
        (0x9000_0000, 0),
        (0xFFFF_FFFE, 0),
    ] {
        assert_eq!(machine.peek(at, &mut bytes), there, "{at:x}");
    }
    assert_eq!((machine.now(), machine.world().findings.all().len()), (now, findings));
    assert_eq!(machine.peek(0xE000_ED00, &mut bytes[..4]), 4);
    assert_eq!(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]), 0x410F_C241);
    assert_eq!(to_the_end(machine, 0), without);
}

#[test]
fn what_is_written_is_there() {
    let mut machine = soak().machine();
    assert!(machine.poke(0x2000_0100, &[1, 2, 3]) && machine.word(0x2000_0100) == Some(0x0003_0201));
    assert!(machine.poke(0xF_0000, &[5; 4]) && machine.word(0xF_0000) == Some(0x0505_0505));
    assert!(machine.poke(0x5000_0504, &0x2000u32.to_le_bytes()));
    let mut out = [0; 4];
    assert_eq!((machine.peek(0x5000_0504, &mut out), u32::from_le_bytes(out)), (4, 0x2000));
    for nowhere in [0x3000_0000, 0x9000_0000, 0x2003_FFFE] {
        assert!(!machine.poke(nowhere, &[0; 4]), "{nowhere:x}");
    }
    let mut registers = machine.core_registers();
    (registers.r[5], registers.lr) = (7, 9);
    machine.set_core_registers(&registers);
    assert_eq!(machine.core_registers(), registers);
    (registers.psp, registers.basepri, registers.pc) = (0x2000_2000, 0x40, address("main"));
    machine.set_core_registers(&registers);
    assert_eq!(machine.core_registers(), registers);
}

#[test]
fn vectors_are_caught_by_name_and_by_demcr() {
    for demcr in [false, true] {
        let mut machine = soak().machine();
        machine.debug(true);
        if demcr {
            // VC_CORERESET and VC_HARDERR.
            assert!(machine.poke(0xE000_EDFC, &0x0401u32.to_le_bytes()));
        } else {
            machine.catch(1 << 3 | 1 << 1);
        }
        let mut registers = machine.core_registers();
        registers.pc = 0x3000_0000;
        machine.set_core_registers(&registers);
        assert_eq!(to_halt(&mut machine, &Going::On), Outcome::Halted(Halt::Vector(3)));
        assert_eq!((machine.exception(), machine.pc()), (3, address("Default_Handler")));
        if !demcr {
            machine.poke(0xE000_ED0C, &0x05FA_0004u32.to_le_bytes());
            assert_eq!(to_halt(&mut machine, &Going::On), Outcome::Halted(Halt::Vector(1)));
            assert_eq!(machine.pc(), address("Reset_Handler"));
        }
    }
}

#[test]
fn a_reset_from_outside_starts_anew_and_time_goes_on() {
    let mut machine = soak().machine();
    machine.debug(true);
    machine.set_breakpoint(address("RTC1_IRQHandler"), true);
    assert_eq!(to_halt(&mut machine, &Going::On), Outcome::Halted(Halt::Breakpoint));
    let now = machine.now();
    machine.reset_from_outside();
    assert_eq!((machine.now(), machine.pc(), machine.exception()), (now, address("Reset_Handler"), 0));
    machine.debug(false);
    assert!(matches!(finish(machine).outcome, Outcome::Exit(0)));
}

/// An endless loop of one instruction, at which nothing but a debugger stops.
#[test]
fn a_branch_to_itself_is_met_in_each_round() {
    let mut machine = soak().machine();
    machine.debug(true);
    let mut registers = machine.core_registers();
    registers.pc = address("Default_Handler");
    machine.set_core_registers(&registers);
    machine.set_breakpoint(registers.pc, true);
    for how in [Going::On, Going::On, Going::Step, Going::On] {
        let before = machine.instructions();
        assert!(matches!(to_halt(&mut machine, &how), Outcome::Halted(_)));
        assert_eq!((machine.pc(), machine.instructions() - before), (registers.pc, 1));
    }
    machine.set_breakpoint(registers.pc, false);
    assert_eq!(to_halt(&mut machine, &Going::On), Outcome::Parked);
}
