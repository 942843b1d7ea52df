use super::*;
use proptest::prelude::*;

const P0: u32 = 0x5000_0000;
const P1: u32 = 0x5000_0300;
const OUT: u32 = 0x504;
const OUTSET: u32 = 0x508;
const OUTCLR: u32 = 0x50C;
const IN: u32 = 0x510;
const DIR: u32 = 0x514;
const DIRSET: u32 = 0x518;
const DIRCLR: u32 = 0x51C;
const LATCH: u32 = 0x520;
const DETECTMODE: u32 = 0x524;
const fn pin_cnf(n: u32) -> u32 {
    0x700 + 4 * n
}
const CONNECT: u32 = 0;
const PULL_UP: u32 = 3 << 2;
const PULL_DOWN: u32 = 1 << 2;
const SENSE_HIGH: u32 = 2 << 16;
const SENSE_LOW: u32 = 3 << 16;

#[test]
fn registers_start_with_their_reset_values() {
    let mut b = Bench::new();
    for (port, pins) in [(P0, 32), (P1, 16)] {
        for at in [OUT, OUTSET, OUTCLR, IN, DIR, DIRSET, DIRCLR, LATCH, DETECTMODE] {
            assert_eq!(b.read(port + at), 0, "{at:x}");
        }
        for n in 0..pins {
            assert_eq!(b.read(port + pin_cnf(n)), 2);
        }
    }
    assert_eq!(b.lints(), [""; 0]);
}

/// The article's two pins: P0.22 by 0x50000508 and P1.00 by 0x50000808.
#[test]
fn outset_and_outclr_move_the_wire_of_an_output() {
    let mut nets = None;
    let mut b = Bench::with(SocConfig::default(), |f| nets = Some((wire(f, "SCLK", 22), wire(f, "MOSI", 32))));
    let (sclk, mosi) = nets.expect("wired");
    b.write(P0 + DIRSET, 1 << 22);
    b.write(P1 + DIRSET, 1);
    b.write(P0 + OUTSET, 1 << 22);
    b.write(P1 + OUTSET, 1);
    assert_eq!(b.fabric.world.nets.level(sclk), Level::High);
    assert_eq!(b.fabric.world.nets.level(mosi), Level::High);
    b.write(P0 + OUTCLR, 1 << 22);
    assert_eq!(b.fabric.world.nets.level(sclk), Level::Low);
    assert_eq!((b.read(P0 + OUT), b.read(P1 + OUT)), (0, 1));
}

#[test]
fn an_input_drives_nothing_until_dir_says_so() {
    let (mut b, net, _) = held(5);
    b.write(P0 + OUTSET, 1 << 5);
    assert_eq!(b.fabric.world.nets.level(net), Level::Low);
    b.write(P0 + DIRSET, 1 << 5);
    assert_eq!(b.fabric.world.nets.level(net), Level::High);
    assert_eq!(b.read(P0 + pin_cnf(5)), 3, "PIN_CNF.DIR is the same bit");
    b.write(P0 + DIRCLR, 1 << 5);
    assert_eq!(b.fabric.world.nets.level(net), Level::Low);
}

#[test]
fn in_reads_the_pin_only_while_the_input_buffer_is_connected() {
    let (mut b, _, hold) = held(13);
    hold(&mut b, Drive::High);
    assert_eq!(b.read(P0 + IN), 0);
    b.write(P0 + pin_cnf(13), CONNECT);
    assert_eq!(b.read(P0 + IN), 1 << 13);
    hold(&mut b, Drive::Low);
    assert_eq!(b.read(P0 + IN), 0);
}

#[test]
fn an_output_can_be_read_back_at_the_pin() {
    let (mut b, _, hold) = held(7);
    b.write(P0 + pin_cnf(7), 1);
    b.write(P0 + OUTSET, 1 << 7);
    assert_eq!(b.read(P0 + IN), 1 << 7);
    hold(&mut b, Drive::Low);
    assert_eq!(b.read(P0 + IN), 0, "the wire, not OUT");
}

#[test]
fn pulls_decide_when_nothing_drives() {
    let (mut b, net, hold) = held(40);
    b.write(P1 + pin_cnf(8), PULL_UP);
    assert_eq!(b.read(P1 + IN), 1 << 8);
    hold(&mut b, Drive::Low);
    assert_eq!(b.read(P1 + IN), 0);
    hold(&mut b, Drive::Release);
    b.write(P1 + pin_cnf(8), PULL_DOWN);
    assert_eq!(b.fabric.world.nets.level(net), Level::Low);
    assert_eq!(b.lints(), [""; 0]);
}

/// PIN_CNF.DRIVE: S0S1, H0S1, S0H1, H0H1 drive both levels; D0S1, D0H1 no 0; S0D1, H0D1 no 1.
#[test]
fn drive_modes_release_the_level_they_disconnect() {
    for mode in 0..8 {
        let (mut b, net, _) = held(3);
        for (out, disconnected) in [(0, mode == 4 || mode == 5), (1, mode == 6 || mode == 7)] {
            b.write(P0 + OUT, out << 3);
            b.write(P0 + pin_cnf(3), 1 | mode << 8);
            let expected = match (disconnected, out) {
                (true, _) => Drive::Release,
                (false, 0) => Drive::Low,
                _ => Drive::High,
            };
            assert_eq!(b.fabric.world.nets.driving(SOC, PinId(3)), expected, "mode {mode}, out {out}");
        }
        let _ = net;
    }
}

/// Soft I2C: the wire rises by its pull-up when an open-drain output is set.
#[test]
fn an_open_drain_output_follows_outset_and_outclr() {
    let (mut b, net, _) = held(3);
    b.write(P0 + pin_cnf(3), 1 | PULL_UP | 6 << 8);
    assert_eq!(b.fabric.world.nets.level(net), Level::Low);
    b.write(P0 + OUTSET, 8);
    assert_eq!(b.fabric.world.nets.driving(SOC, PinId(3)), Drive::PullUp);
    assert_eq!(b.fabric.world.nets.level(net), Level::High);
    b.write(P0 + OUTCLR, 8);
    assert_eq!(b.fabric.world.nets.level(net), Level::Low);
}

#[test]
fn a_pin_without_a_wire_reads_what_it_does_itself() {
    let mut b = Bench::new();
    b.write(P0 + pin_cnf(4), PULL_UP);
    assert_eq!(b.read(P0 + IN), 1 << 4);
    b.write(P0 + pin_cnf(4), 1);
    assert_eq!(b.read(P0 + IN), 0);
    b.write(P0 + OUTSET, 1 << 4);
    assert_eq!(b.read(P0 + IN), 1 << 4);
}

#[test]
fn latch_keeps_what_sense_saw_and_latches_again_while_it_holds() {
    let (mut b, _, hold) = held(11);
    hold(&mut b, Drive::Low);
    b.write(P0 + pin_cnf(11), SENSE_HIGH);
    assert_eq!((b.read(P0 + LATCH), b.soc.gpio().detect(0)), (0, false));
    hold(&mut b, Drive::High);
    assert_eq!((b.read(P0 + LATCH), b.soc.gpio().detect(0)), (1 << 11, true));
    b.write(P0 + LATCH, 1 << 11);
    assert_eq!(b.read(P0 + LATCH), 1 << 11);
    hold(&mut b, Drive::Low);
    assert_eq!((b.read(P0 + LATCH), b.soc.gpio().detect(0)), (1 << 11, false));
    b.write(P0 + DETECTMODE, 1);
    assert!(b.soc.gpio().detect(0), "LDETECT is the OR of LATCH");
    b.write(P0 + LATCH, 1 << 11);
    assert_eq!((b.read(P0 + LATCH), b.soc.gpio().detect(0)), (0, false));
}

#[test]
fn sense_low_latches_at_once_when_the_pin_is_low() {
    let (mut b, _, hold) = held(11);
    hold(&mut b, Drive::Low);
    b.write(P0 + pin_cnf(11), SENSE_LOW | PULL_UP);
    assert_eq!(b.read(P0 + LATCH), 1 << 11);
}

#[test]
fn a_wire_that_floats_is_reported_once_with_its_name() {
    let (mut b, _, hold) = held(11);
    hold(&mut b, Drive::High);
    b.write(P0 + pin_cnf(11), CONNECT);
    b.read(P0 + IN);
    assert_eq!(b.lints(), [""; 0]);
    hold(&mut b, Drive::Release);
    b.read(P0 + IN);
    b.read(P0 + IN);
    assert_eq!(b.lints(), ["floating-input"]);
    assert_eq!(b.detail("floating-input"), "P0.11, wire `X`");
}

/// IN shows 32 pins; one that floats while firmware may be looking at another is no fault (a MISO that its chip has released).
#[test]
fn one_floating_input_among_several_is_not_blamed() {
    let mut b = Bench::with(SocConfig::default(), |f| {
        for (name, pin) in [("MISO", 24), ("DREQ", 2)] {
            let chip = f.add_chip(Box::new(Hand));
            let net = wire(f, name, pin);
            f.world.nets.join(net, chip, PinId(0));
        }
    });
    b.write(P0 + pin_cnf(24), CONNECT);
    b.write(P0 + pin_cnf(2), CONNECT);
    b.read(P0 + IN);
    assert_eq!(b.lints(), [""; 0]);
}

#[test]
fn an_input_that_the_board_leaves_open_is_reported() {
    let mut b = Bench::new();
    b.write(P1 + pin_cnf(6), CONNECT);
    b.write(P1 + pin_cnf(7), CONNECT | PULL_DOWN);
    b.read(P1 + IN);
    assert_eq!(b.detail("floating-input"), "P1.06, which the board leaves open");
    assert_eq!(b.lints(), ["floating-input"]);
}

/// Two outputs against each other; a moment's overlap in one settling is none.
#[test]
fn outputs_that_disagree_are_a_contention() {
    let (mut b, _, hold) = held(9);
    hold(&mut b, Drive::High);
    b.write(P0 + OUT, 1 << 9);
    b.write(P0 + DIRSET, 1 << 9);
    assert!(!b.lints().contains(&"contention"));
    b.write(P0 + OUTCLR, 1 << 9);
    assert_eq!(b.detail("contention"), "wire `X`");
}

#[test]
fn nfc_pins_are_no_outputs_until_uicr_says_so() {
    let mut b = Bench::new();
    b.write(P0 + DIRSET, 1 << 9);
    assert_eq!(b.lints(), ["nfc-pins"]);
    let mut b = Bench::with(SocConfig { uicr: vec![(0x20C, 0xFFFF_FFFE)], ..SocConfig::default() }, |_| {});
    b.write(P0 + DIRSET, 1 << 9);
    assert_eq!(b.lints(), [""; 0]);
}

#[test]
fn p1_has_sixteen_pins() {
    let mut b = Bench::new();
    b.write(P1 + OUT, u32::MAX);
    b.write(P1 + DIR, u32::MAX);
    assert_eq!((b.read(P1 + OUT), b.read(P1 + DIR)), (0xFFFF, 0xFFFF));
    b.write(P1 + pin_cnf(16), 1);
    assert_eq!(b.lints(), ["no-such-register"]);
}

proptest! {
    /// OUTSET and OUTCLR change the bits written as ones and no neighbour.
    #[test]
    fn set_and_clear_leave_neighbours_alone(out: u32, dir: u32, ones: u32) {
        let mut b = Bench::new();
        b.write(P0 + OUT, out);
        b.write(P0 + DIR, dir & !(0b11 << 9));
        b.write(P0 + OUTSET, ones);
        prop_assert_eq!(b.read(P0 + OUT), out | ones);
        b.write(P0 + OUTCLR, ones);
        prop_assert_eq!(b.read(P0 + OUT), out & !ones);
    }

    #[test]
    fn only_bits_that_exist_stay_in_pin_cnf(value: u32, n in 0u32..32) {
        let mut b = Bench::new();
        b.write(P0 + pin_cnf(n), value);
        prop_assert_eq!(b.read(P0 + pin_cnf(n)), value & 0x0003_070F);
    }

    /// Whatever is written, IN is the level of each connected pin's wire.
    #[test]
    fn in_agrees_with_the_wires(writes in prop::collection::vec((0u32..0x140, any::<u32>()), 1..40)) {
        let mut nets = Vec::new();
        let mut b = Bench::with(SocConfig::default(), |f| nets = (0..32).map(|n| wire(f, "W", n)).collect());
        for (place, value) in writes {
            let at = if place < 0x20 { OUT + place / 4 * 4 } else { 0x700 + (place - 0x20) % 0x80 / 4 * 4 };
            b.write(P0 + at, value);
        }
        let mut expected = 0;
        for (n, &net) in nets.iter().enumerate() {
            let connected = b.read(P0 + pin_cnf(n as u32)) & 2 == 0;
            expected |= u32::from(connected && b.fabric.world.nets.level(net).is_high()) << n;
        }
        prop_assert_eq!(b.read(P0 + IN), expected);
    }
}

/// Eight changes of OUT with DIR at input are meant for the wire; a level that is set before DIRSET is not, nor is a wire that
/// nobody hears.
#[test]
fn a_pin_that_is_moved_but_no_output_is_told_of() {
    let (mut b, ..) = held(11);
    let toggle = |b: &mut Bench, times: u32| {
        for n in 0..times {
            b.write(P0 + if n % 2 == 0 { OUTSET } else { OUTCLR }, 1 << 11 | 1 << 12);
        }
    };
    toggle(&mut b, 6);
    b.write(P0 + DIRSET, 1 << 11);
    toggle(&mut b, 20);
    b.write(P0 + DIRCLR, 1 << 11);
    toggle(&mut b, 6);
    assert_eq!(b.lints(), [""; 0]);
    toggle(&mut b, 20);
    assert_eq!(b.lints(), ["output-not-enabled"]);
    assert_eq!(b.detail("output-not-enabled"), "P0.11, wire `X`: OUT has changed 8 times");
}

/// Note 5, as PSEL and ENABLE of a serial block do it.
#[test]
fn a_peripheral_has_the_pin_until_it_gives_it_back() {
    let mut b = Bench::with(SocConfig::default(), |fabric| {
        let net = fabric.world.nets.add("WIRE");
        fabric.world.nets.join(net, SOC, PinId(22));
    });
    let level = |b: &mut Bench| b.read(P0 + 0x510) >> 22 & 1;
    let take = |b: &mut Bench, output| {
        b.soc.gpio_mut().take(22, output, &mut Cx::new(&mut b.fabric.world, SOC));
        b.fabric.settle(&mut b.soc);
    };
    // An output that is high, its input buffer connected.
    b.write(P0 + 0x508, 1 << 22);
    b.write(P0 + 0x700 + 4 * 22, 1);
    assert_eq!(level(&mut b), 1);
    take(&mut b, Some(Level::Low));
    assert_eq!(level(&mut b), 0);
    b.write(P0 + 0x50C, 1 << 22);
    take(&mut b, Some(Level::High));
    assert_eq!(level(&mut b), 1, "OUT does not matter");
    // As an input it has what the pull gives: up.
    b.write(P0 + 0x700 + 4 * 22, 3 << 2 | 1);
    take(&mut b, None);
    assert_eq!((level(&mut b), b.soc.gpio_mut().level(22)), (1, Level::High));
    b.soc.gpio_mut().give_back(22, &mut Cx::new(&mut b.fabric.world, SOC));
    b.fabric.settle(&mut b.soc);
    assert_eq!(level(&mut b), 0, "OUT and DIR decide again");
}
