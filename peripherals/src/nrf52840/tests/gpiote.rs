use super::*;

const GPIOTE: u32 = 0x4000_6000;
const OUT: u32 = GPIOTE;
const SET: u32 = GPIOTE + 0x30;
const CLR: u32 = GPIOTE + 0x60;
const EVENTS_IN: u32 = GPIOTE + 0x100;
const EVENTS_PORT: u32 = GPIOTE + 0x17C;
const INTENSET: u32 = GPIOTE + 0x304;
const CONFIG: u32 = GPIOTE + 0x510;
const P0: u32 = 0x5000_0000;
const P1: u32 = 0x5000_0300;
const LATCH: u32 = 0x520;
const DETECTMODE: u32 = 0x524;
const SENSE_HIGH: u32 = 2 << 16;
const SENSE_LOW: u32 = 3 << 16;
const EVENT: u32 = 1;
const TASK: u32 = 3;

const fn config(mode: u32, pin: u32, polarity: u32, outinit: u32) -> u32 {
    mode | pin << 8 | polarity << 16 | outinit << 20
}

fn pin_cnf(b: &mut Bench, pin: u32, value: u32) {
    b.write(P0 + pin / 32 * 0x300 + 0x700 + 4 * (pin % 32), value);
}

/// Whether `event` has happened, which is then taken back.
fn came(b: &mut Bench, event: u32) -> bool {
    let came = b.read(event) != 0;
    b.write(event, 0);
    came
}

#[test]
fn each_channel_hears_the_edges_that_polarity_names_at_its_pin() {
    for n in 0..8 {
        for pin in [5, 47] {
            for (polarity, rises, falls) in [(0, false, false), (1, true, false), (2, false, true), (3, true, true)] {
                let (mut b, _, hold) = held(pin as u8);
                b.write(CONFIG + 4 * n, config(EVENT, pin, polarity, 0));
                b.write(INTENSET, 1 << n);
                assert_eq!(b.read(CONFIG + 4 * n), config(EVENT, pin, polarity, 0));
                hold(&mut b, Drive::High);
                assert_eq!(b.fabric.world.irqs, u64::from(rises) << 6);
                assert_eq!(b.soc.ppb.nvic.is_pending(16 + 6), rises, "the core hears of it at once");
                assert_eq!(came(&mut b, EVENTS_IN + 4 * n), rises, "channel {n}, pin {pin}, polarity {polarity}");
                hold(&mut b, Drive::Low);
                assert_eq!(came(&mut b, EVENTS_IN + 4 * n), falls, "channel {n}, pin {pin}, polarity {polarity}");
                assert_eq!(b.fabric.world.irqs, 0);
                b.write(CONFIG + 4 * n, 0);
                hold(&mut b, Drive::High);
                assert!(!came(&mut b, EVENTS_IN + 4 * n), "disabled");
            }
        }
    }
}

#[test]
fn several_channels_hear_one_pin() {
    let (mut b, _, hold) = held(7);
    b.write(CONFIG, config(EVENT, 7, 1, 0));
    b.write(CONFIG + 4, config(EVENT, 7, 3, 0));
    b.write(CONFIG + 8, config(EVENT, 8, 3, 0));
    hold(&mut b, Drive::High);
    assert_eq!([0, 4, 8].map(|n| came(&mut b, EVENTS_IN + n)), [true, true, false]);
}

/// GPIOTE's edges need no wire: the board may leave a pin open, and its own resistor moves it.
#[test]
fn a_pin_without_a_wire_is_heard_too() {
    let mut b = Bench::new();
    pin_cnf(&mut b, 9 + 32, 0);
    b.write(CONFIG, config(EVENT, 9 + 32, 1, 0));
    b.write(INTENSET, 1);
    pin_cnf(&mut b, 9 + 32, 3 << 2);
    assert!(b.soc.ppb.nvic.is_pending(16 + 6));
    assert!(came(&mut b, EVENTS_IN));
    pin_cnf(&mut b, 9 + 32, 1 << 2);
    assert!(!came(&mut b, EVENTS_IN));
}

#[test]
fn tasks_move_the_pin_whatever_out_and_dir_say() {
    for n in 0..8 {
        let (mut b, net, _) = held(22);
        let level = |b: &Bench| b.fabric.world.nets.level(net).is_high();
        b.write(OUT + 4 * n, 1);
        b.write(SET + 4 * n, 1);
        assert!(!level(&b), "not configured");
        b.write(CONFIG + 4 * n, config(TASK, 22, 3, 1));
        assert!(level(&b), "OUTINIT");
        b.write(CLR + 4 * n, 1);
        assert!(!level(&b));
        b.write(P0 + 0x518, 1 << 22);
        b.write(P0 + 0x508, 1 << 22);
        assert!(!level(&b), "OUT is ignored");
        b.write(SET + 4 * n, 1);
        assert!(level(&b));
        b.write(SET + 4 * n, 0);
        b.write(CLR + 4 * n, 0);
        assert!(level(&b), "a store of 0 triggers nothing");
        for _ in 0..3 {
            let before = level(&b);
            b.write(OUT + 4 * n, 1);
            assert_ne!(level(&b), before, "toggles");
        }
        b.write(P0 + 0x50C, 1 << 22);
        b.write(SET + 4 * n, 1);
        b.write(CONFIG + 4 * n, 0);
        assert!(!level(&b), "OUT decides again");
    }
}

#[test]
fn the_out_task_does_what_polarity_says() {
    for (polarity, from_low, from_high) in [(0, false, true), (1, true, true), (2, false, false), (3, true, false)] {
        for (outinit, after) in [(0, from_low), (1, from_high)] {
            let (mut b, net, _) = held(3);
            b.write(CONFIG, config(TASK, 3, polarity, outinit));
            b.write(OUT, 1);
            assert_eq!(b.fabric.world.nets.level(net).is_high(), after, "polarity {polarity} from {outinit}");
        }
    }
}

/// A square wave without the core, as the manual's drivers make it.
#[test]
fn a_timer_toggles_a_pin_through_ppi() {
    let (mut b, net, _) = held(14);
    b.write(CONFIG, config(TASK, 14, 3, 0));
    b.write(0x4001_F510, 0x4000_8140);
    b.write(0x4001_F514, OUT);
    b.write(0x4001_F504, 1);
    for (at, value) in [(0x510, 0), (0x540, 80), (0x200, 1), (0, 1)] {
        b.write(0x4000_8000 + at, value);
    }
    let mut edges = Vec::new();
    for _ in 0..30_000 {
        b.run(Span::from_ps(1_000));
        let changed = b.fabric.world.nets.changed(net);
        if edges.last() != Some(&changed) && changed != Instant::ZERO {
            edges.push(changed);
        }
    }
    let expected: Vec<_> = (1..6).map(|n| Instant::from_ps(n * 5_000_000 + 62_500)).collect();
    assert_eq!(edges, expected, "every 5 us, one edge of the clock behind COMPARE");
}

#[test]
fn an_edge_moves_another_pin_through_ppi() {
    let (mut b, _, hold) = held(2);
    b.write(CONFIG, config(EVENT, 2, 1, 0));
    b.write(CONFIG + 4, config(TASK, 40, 1, 0));
    pin_cnf(&mut b, 40, 0);
    b.write(0x4001_F510, EVENTS_IN);
    b.write(0x4001_F514, OUT + 4);
    b.write(0x4001_F504, 1);
    hold(&mut b, Drive::High);
    assert_eq!(b.read(P1 + 0x510), 0);
    b.run(Span::from_ps(62_500));
    assert_eq!(b.read(P1 + 0x510), 1 << 8);
}

/// PS v1.7, GPIOTE: OUT comes before CLR, and CLR before SET.
#[test]
fn of_tasks_at_one_edge_the_first_in_priority_wins() {
    for (tasks, after) in [([SET, CLR], false), ([CLR, SET], false), ([SET, OUT], false), ([OUT, CLR], true)] {
        let (mut b, net, _) = held(3);
        // OUT toggles.
        let outinit = u32::from(tasks.contains(&OUT) && !after);
        b.write(CONFIG, config(TASK, 3, 3, outinit));
        for (n, task) in (0..).zip(tasks) {
            b.write(0x4001_F510 + 8 * n, 0x4001_4100);
            b.write(0x4001_F514 + 8 * n, task);
        }
        b.write(0x4001_F504, 0b11);
        b.write(0x4001_4000, 1);
        b.run(Span::from_ps(62_500));
        assert_eq!(b.fabric.world.nets.level(net).is_high(), after, "{tasks:x?}");
    }
}

#[test]
fn port_comes_when_detect_rises() {
    let (mut b, _, hold) = held(11);
    pin_cnf(&mut b, 11, SENSE_HIGH);
    b.write(INTENSET, 1 << 31);
    assert!(!came(&mut b, EVENTS_PORT));
    hold(&mut b, Drive::High);
    assert!(b.soc.ppb.nvic.is_pending(16 + 6));
    assert!(came(&mut b, EVENTS_PORT));
    assert_eq!(b.read(P0 + LATCH), 1 << 11, "LATCH is set before PORT");
    pin_cnf(&mut b, 12, SENSE_LOW);
    assert!(!came(&mut b, EVENTS_PORT), "DETECT is up already");
    b.write(P0 + LATCH, u32::MAX);
    assert!(!came(&mut b, EVENTS_PORT), "DETECT follows the pins, not LATCH");
    pin_cnf(&mut b, 12, 0);
    hold(&mut b, Drive::Low);
    hold(&mut b, Drive::High);
    assert!(came(&mut b, EVENTS_PORT));
    // The other port has a DETECT of its own.
    pin_cnf(&mut b, 33, SENSE_LOW);
    assert!(came(&mut b, EVENTS_PORT));
}

#[test]
fn a_pin_without_a_wire_moves_detect_too() {
    let mut b = Bench::new();
    pin_cnf(&mut b, 35, SENSE_HIGH | 1 << 2);
    b.write(INTENSET, 1 << 31);
    pin_cnf(&mut b, 35, SENSE_HIGH | 3 << 2);
    assert!(b.soc.ppb.nvic.is_pending(16 + 6));
    assert!(came(&mut b, EVENTS_PORT));
    // By the fast way to OUTSET, too.
    pin_cnf(&mut b, 35, SENSE_HIGH | 1);
    b.write(EVENTS_PORT, 0);
    b.write(P1 + 0x508, 1 << 3);
    assert!(came(&mut b, EVENTS_PORT));
}

/// PS v1.7, GPIO, "Pin sense mechanism": when bits of LATCH are set behind a clear operation, LDETECT rises again.
#[test]
fn latched_detect_rises_again_while_the_condition_holds() {
    let (mut b, _, hold) = held(11);
    b.write(P0 + DETECTMODE, 1);
    pin_cnf(&mut b, 11, SENSE_HIGH);
    hold(&mut b, Drive::High);
    assert!(came(&mut b, EVENTS_PORT));
    b.write(P0 + LATCH, 1 << 11);
    assert!(came(&mut b, EVENTS_PORT), "the pin is still high");
    hold(&mut b, Drive::Low);
    assert!(!came(&mut b, EVENTS_PORT));
    hold(&mut b, Drive::High);
    assert!(!came(&mut b, EVENTS_PORT), "LATCH has stayed set");
    hold(&mut b, Drive::Low);
    b.write(P0 + LATCH, 1 << 11);
    assert_eq!((came(&mut b, EVENTS_PORT), b.read(P0 + LATCH)), (false, 0));
    hold(&mut b, Drive::High);
    assert!(came(&mut b, EVENTS_PORT));
}

/// The engine stops at what chips do by themselves only while somebody may be interrupted by it.
#[test]
fn pins_are_heard_while_an_edge_can_do_something() {
    let (mut b, ..) = held(11);
    let hears = |b: &Bench| b.soc.hears_pins(&b.fabric.world);
    assert!(!hears(&b));
    b.write(INTENSET, 1);
    assert!(!hears(&b));
    b.write(CONFIG, config(EVENT, 11, 3, 0));
    assert!(hears(&b));
    b.write(GPIOTE + 0x308, 1);
    assert!(!hears(&b), "only a flag is set");
    b.write(0x4001_F510, EVENTS_IN);
    b.write(0x4001_F504, 1);
    assert!(hears(&b));
    b.write(CONFIG, 0);
    assert!(!hears(&b));
    pin_cnf(&mut b, 11, SENSE_HIGH);
    assert!(hears(&b));
}

/// A wire that no other part can drive changes by stores only, unless a block of the chip drives it.
#[test]
fn pins_that_nobody_else_can_drive_are_not_heard() {
    let mut b = Bench::with(SocConfig::default(), |f| {
        wire(f, "X", 11);
    });
    b.write(INTENSET, 1);
    b.write(CONFIG, config(EVENT, 11, 3, 0));
    assert!(!b.soc.hears_pins(&b.fabric.world));
    // SPIM0 has it as SCK.
    b.write(0x4000_3508, 11);
    b.write(0x4000_3500, 7);
    assert!(b.soc.hears_pins(&b.fabric.world));
    b.write(0x4000_3500, 0);
    assert!(!b.soc.hears_pins(&b.fabric.world));
}

#[test]
fn a_reset_lets_go_of_every_pin() {
    let (mut b, net, hold) = held(11);
    b.write(CONFIG, config(TASK, 11, 3, 1));
    assert!(b.fabric.world.nets.level(net).is_high());
    b.soc.reset(ResetCause::Software, &mut b.fabric.world);
    b.fabric.settle(&mut b.soc);
    assert!(!b.fabric.world.nets.level(net).is_high());
    assert_eq!(b.read(CONFIG), 0);
    hold(&mut b, Drive::High);
    assert!(!came(&mut b, EVENTS_IN));
}
