//! Step by step the machine does what it does in one piece; a button that is pressed wakes it.

use super::bench::{Setup, finish, run_to};
use crate::boards::Board;
use crate::engine::core::RAM_BASE;
use crate::engine::machine::{Machine, Outcome};
use crate::engine::timing::Rules;
use crate::image::{Firmware, Image};
use peripherals::kernel::{Instant, PinId, SOC, Span};

fn ms(ms: u64) -> Instant {
    Instant::ZERO + Span::from_ms(ms)
}

#[test]
fn every_edge_can_be_stopped_at_and_nothing_changes() {
    let setup = Setup::player("player-cached.elf");
    let whole = finish(setup.machine());
    let mut machine = setup.machine();
    run_to(&mut machine, ms(30));
    let mut moments = Vec::new();
    while moments.len() < 2_000 && machine.now() < ms(200) {
        let before = machine.edges();
        assert_eq!(machine.run_to_edge(ms(200)), Outcome::Reached);
        let came = machine.edges() - before;
        // A chip may answer within the same moment.
        assert!((1..=3).contains(&came), "{came} edges at {:?}", machine.now());
        let last = machine.wiring().soc.iter().map(|&net| machine.world().nets.changed(net)).max();
        let late = machine.now().since(last.expect("a wire has moved"));
        assert!(late <= Span::from_cycles(8), "{late} behind the edge");
        moments.push(machine.now());
    }
    assert_eq!(moments.len(), 2_000);
    assert!(moments.is_sorted());
    for _ in 0..500 {
        let before = machine.instructions();
        machine.run_exactly(machine.now() + Span::from_cycles(1));
        assert!(machine.instructions() - before <= 1, "one instruction, or none while it waits");
    }
    assert_eq!(finish(machine), whole);
}

/// Sleeps until P1.06, pulled up and sensed as low, makes GPIOTE's PORT event, whose handler sets P0.04.
fn sleeper() -> Machine {
    const BASE: u32 = 0x100;
    let code: [u16; 24] = [
        0x480B, // ldr  r0, [pc, #44]      P1's PIN_CNF[0]
        0x490C, // ldr  r1, [pc, #48]      pull-up, sense low
        0x6181, // str  r1, [r0, #0x18]
        0x4A0C, // ldr  r2, [pc, #48]      GPIOTE.INTENSET
        0x2301, // movs r3, #1
        0x07DB, // lsls r3, r3, #31
        0x6013, // str  r3, [r2]
        0x4C0B, // ldr  r4, [pc, #44]      NVIC_ISER0
        0x2340, // movs r3, #0x40
        0x6023, // str  r3, [r4]
        0xBF30, // wfi
        0xE7FD, // b    wfi
        0x4809, // ldr  r0, [pc, #36]      P0.OUTSET, the handler
        0x2110, // movs r1, #0x10
        0x6101, // str  r1, [r0, #0x10]    DIRSET
        0x6001, // str  r1, [r0]
        0x4A08, // ldr  r2, [pc, #32]      GPIOTE.EVENTS_PORT
        0x2300, // movs r3, #0
        0x6013, // str  r3, [r2]
        0x6813, // ldr  r3, [r2]
        0x4770, // bx   lr
        0xBF00, 0xBF00, 0xBF00,
    ];
    let literals: [u32; 6] = [0x5000_0A00, 0x0003_000C, 0x4000_6304, 0xE000_E100, 0x5000_0508, 0x4000_617C];
    let mut words = [0u32; 64];
    (words[0], words[1], words[16 + 6]) = (RAM_BASE + 0x1000, BASE | 1, (BASE + 24) | 1);
    let code = code.iter().flat_map(|half| half.to_le_bytes());
    let literals = literals.iter().flat_map(|word| word.to_le_bytes());
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).chain(code).chain(literals).collect();
    let firmware = Firmware::lay(vec![Image::parse("x.bin", &bytes, Some(0)).expect("an image")]).expect("firmware");
    let board = Board::parse::<&str>("test", "[[button]]\nname = \"SW1\"\npin = \"P1.06\"\n", &[]).expect("a board");
    Machine::new(&firmware, board, Rules::SILICON, 0).expect("a machine")
}

fn level(machine: &Machine, pin: u8) -> bool {
    let nets = &machine.world().nets;
    nets.level(nets.net_of(SOC, PinId(pin)).expect("the pin is joined")).is_high()
}

#[test]
fn firmware_that_sleeps_until_a_button_is_pressed_has_ended_unless_somebody_may_press_it() {
    assert_eq!(run_to(&mut sleeper(), ms(10)), Some(Outcome::Parked));
    let mut machine = sleeper();
    machine.expect_fingers();
    assert_eq!(run_to(&mut machine, ms(10)), None);
    assert!(machine.waits_for_finger());
    assert_eq!(machine.is_pressed(0), Some(false));
    assert!(level(&machine, 38), "pulled up");
    assert!(machine.press(0, true, Span::from_us(100)));
    let at = machine.now() + Span::from_us(100);
    run_to(&mut machine, ms(11));
    assert!(!level(&machine, 38), "pressed");
    let net = machine.wiring().soc[38];
    assert_eq!((machine.world().nets.changed(net), machine.is_pressed(0)), (at, Some(true)));
    assert!(level(&machine, 4), "the handler has run");
    assert!(!machine.press(9, true, Span::ZERO), "no such part");
}
