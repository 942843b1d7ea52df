//! What a chip does by itself interrupts the core, and brings it back from System OFF; so does the watchdog.

use super::bench::{finish, run_to};
use crate::boards::Board;
use crate::engine::core::RAM_BASE;
use crate::engine::machine::{Machine, Outcome};
use crate::engine::timing::Rules;
use crate::image::{Firmware, Image};
use peripherals::kernel::{Instant, PinId, SOC, Span};

/// Keeps RESETREAS at the start of RAM, and stops for good unless it is 0. Then it does what the word at 0xF0 says: 0 waits for a
/// rising edge at P0.02 by GPIOTE, counting in a register, and its handler sets P0.04; 1 starts a watchdog of 256 periods and sleeps;
/// 2 has P0.02 sensed as high and enters System OFF, behind which it counts at the second word of RAM.
///
/// ```text
///         ldr.w r1,[r0,#0x400]; str r1,[r4]; cbz r1,first; b .          @ r0 = POWER, r4 = RAM
/// first:  ldr r2,[0xF0]; cmp r2,#1; beq watchdog; bhi off               @ r6 = P0
///         PIN_CNF[2] := 0; DIRSET := 1<<4; CONFIG[0] := 0x10201; INTENSET := 1; ISER := 1<<6
/// count:  adds r5,#1; b count
/// watchdog: CRV := 255; START := 1
/// sleep:  wfi; b sleep
/// off:    PIN_CNF[2] := 2<<16; SYSTEMOFF := 1; adds r5,#1; str r5,[r4,#4]; b off
/// handler: OUTSET := 1<<4; EVENTS_IN[0] := 0; ldr r1,EVENTS_IN[0]; bx lr
/// ```
const CODE: [u16; 73] = [
    0xF04F, 0x4080, 0xF8D0, 0x1400, 0xF04F, 0x5400, 0x6021, 0xB101, 0xE7FE, 0xF04F, 0x46A0, 0x22F0, 0x6812, 0x2A01,
    0xD01B, 0xD825, 0x2100, 0xF8C6, 0x1708, 0x2110, 0xF8C6, 0x1518, 0xF246, 0x0300, 0xF2C4, 0x0300, 0xF240, 0x2101,
    0xF2C0, 0x0101, 0xF8C3, 0x1510, 0x2101, 0xF8C3, 0x1304, 0xF24E, 0x1200, 0xF2CE, 0x0200, 0x2140, 0x6011, 0x3501,
    0xE7FD, 0xF240, 0x0300, 0xF2C4, 0x0301, 0x21FF, 0xF8C3, 0x1504, 0x2101, 0x6019, 0xBF30, 0xE7FD, 0xF44F, 0x3100,
    0xF8C6, 0x1708, 0x2101, 0xF8C0, 0x1500, 0x3501, 0x6065, 0xE7F5, 0x2110, 0xF8C6, 0x1508, 0x2100, 0xF8C3, 0x1100,
    0xF8D3, 0x1100, 0x4770,
];
const BASE: u32 = 0x100;
const HANDLER: u32 = BASE + 0x80;
const GPIOTE: usize = 16 + 6;

const BOARD: &str = "[[chip]]\ntype = \"vs1053\"\nname = \"U1\"\n[chip.pins]\nDREQ = \"P0.02\"\nXRESET = \"vcc\"\n\
    XCS = \"vcc\"\nXDCS = \"vcc\"\nSCLK = \"gnd\"\nMOSI = \"gnd\"\nMISO = \"nc\"\n\
    [[led]]\nname = \"lamp\"\npin = \"P0.04\"\n";

fn machine(what: u32) -> Machine {
    let mut words = [0u32; 64];
    (words[0], words[1], words[GPIOTE], words[60]) = (RAM_BASE + 0x1000, BASE | 1, HANDLER | 1, what);
    let code = CODE.iter().flat_map(|half| half.to_le_bytes());
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).chain(code).collect();
    let firmware = Firmware::lay(vec![Image::parse("x.bin", &bytes, Some(0)).expect("an image")]).expect("firmware");
    let board = Board::parse::<&str>("test", BOARD, &[]).expect("a board");
    Machine::new(&firmware, board, Rules::SILICON, 0).expect("a machine")
}

/// When the wire at pin P0.`pin` last changed.
fn changed(machine: &Machine, pin: u8) -> Instant {
    let nets = &machine.world().nets;
    nets.changed(nets.net_of(SOC, PinId(pin)).expect("the pin is joined"))
}

/// The chip raises DREQ at the end of its boot, while the core looks at no register.
#[test]
fn an_edge_that_a_chip_makes_by_itself_interrupts_a_busy_core_at_once() {
    let mut whole = machine(0);
    run_to(&mut whole, Instant::ZERO + Span::from_ms(20));
    let (dreq, lamp) = (changed(&whole, 2), changed(&whole, 4));
    assert!(dreq > Instant::ZERO + Span::from_us(100), "DREQ rises at {dreq:?}");
    let later = lamp.since(dreq);
    assert!(lamp > dreq && later >= Span::from_cycles(12) && later < Span::from_cycles(60), "{later}");
    // However the run is cut.
    for slice in [1_000, 77_777, 1_234_567] {
        let mut cut = machine(0);
        let mut until = Instant::ZERO;
        while until < Instant::ZERO + Span::from_ms(20) {
            until += Span::from_ps(slice * 1_000);
            run_to(&mut cut, until);
        }
        assert_eq!((changed(&cut, 2), changed(&cut, 4)), (dreq, lamp));
    }
}

#[test]
fn a_watchdog_resets_a_machine_that_sleeps() {
    let seen = finish(machine(1));
    assert_eq!(seen.outcome, Outcome::Parked, "after its reset");
    let mut machine = machine(1);
    run_to(&mut machine, Instant::ZERO + Span::from_us(7_850));
    assert_eq!(machine.word(RAM_BASE), Some(0));
    // 256 periods and two more, of 30.5 us.
    run_to(&mut machine, Instant::ZERO + Span::from_us(7_950));
    assert_eq!(machine.word(RAM_BASE), Some(1 << 1));
}

#[test]
fn a_pin_ends_system_off_and_until_then_nothing_runs() {
    let mut machine = machine(2);
    run_to(&mut machine, Instant::ZERO + Span::from_us(100));
    let instructions = machine.instructions();
    assert_eq!(machine.word(RAM_BASE), Some(0));
    run_to(&mut machine, Instant::ZERO + Span::from_us(1_000));
    assert_eq!(machine.instructions(), instructions);
    run_to(&mut machine, Instant::ZERO + Span::from_ms(20));
    assert_eq!((machine.word(RAM_BASE), machine.word(RAM_BASE + 4)), (Some(1 << 16), Some(0)));
    // The reset comes when DREQ rises: a snapshot in System OFF knows.
    let mut again = self::machine(2);
    run_to(&mut again, Instant::ZERO + Span::from_us(1_000));
    let snapshot = again.snapshot();
    run_to(&mut again, Instant::ZERO + Span::from_ms(20));
    let mut restored = self::machine(2);
    restored.restore(&snapshot).expect("the same board");
    run_to(&mut restored, Instant::ZERO + Span::from_ms(20));
    assert_eq!((restored.instructions(), restored.now()), (again.instructions(), again.now()));
}
