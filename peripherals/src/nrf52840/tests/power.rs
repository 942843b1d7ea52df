use super::*;

const POWER: u32 = 0x4000_0000;
const SLEEPENTER: u32 = POWER + 0x114;
const SLEEPEXIT: u32 = POWER + 0x118;
const RESETREAS: u32 = POWER + 0x400;
const SYSTEMOFF: u32 = POWER + 0x500;
const GPREGRET: u32 = POWER + 0x51C;
const P0: u32 = 0x5000_0000;
const SENSE_HIGH: u32 = 2 << 16;

#[test]
fn sleeping_and_waking_are_events() {
    let mut b = Bench::new();
    b.write(POWER + 0x304, 1 << 5 | 1 << 6);
    b.soc.fall_asleep(&mut b.fabric.world);
    assert_eq!((b.read(SLEEPENTER), b.read(SLEEPEXIT), b.fabric.world.irqs), (1, 0, 1));
    assert!(b.soc.ppb.nvic.is_pending(16));
    b.write(SLEEPENTER, 0);
    b.soc.wake_up(&mut b.fabric.world);
    assert_eq!((b.read(SLEEPENTER), b.read(SLEEPEXIT), b.fabric.world.irqs), (0, 1, 1));
}

#[test]
fn system_off_stops_everything_until_detect_rises() {
    let (mut b, net, hold) = held(11);
    b.write(P0 + 0x700 + 4 * 11, SENSE_HIGH);
    b.write(P0 + 0x518, 1 << 20);
    b.write(GPREGRET, 0x57);
    b.write(0x4000_8540, 1_000);
    b.write(0x4000_8000, 1);
    b.write(0x4001_0504, 32_767);
    b.write(0x4001_0000, 1);
    b.write(SYSTEMOFF, 1);
    assert!(b.soc.is_off() && b.soc.reset_possible() && !b.soc.reset_requested());
    assert_eq!(b.fabric.world.sched.next(), None, "timers and watchdog stand still");
    b.run(Span::from_ms(3_000));
    assert_eq!(b.soc.take_reset_request(), None);
    hold(&mut b, Drive::High);
    assert_eq!(b.soc.take_reset_request(), Some(ResetCause::SystemOff));
    b.soc.reset(ResetCause::SystemOff, &mut b.fabric.world);
    b.fabric.settle(&mut b.soc);
    assert!(!b.soc.is_off());
    assert_eq!((b.read(RESETREAS), b.read(GPREGRET), b.read(0x4000_8140)), (1 << 16, 0x57, 0));
    // Who has woken it, and what pins do, stays.
    assert_eq!((b.read(P0 + 0x520), b.read(P0 + 0x514)), (1 << 11, 1 << 20));
    assert_eq!(b.fabric.world.nets.level(net), Level::High);
    assert_eq!(b.lints(), [""; 0]);
}

#[test]
fn a_pin_whose_condition_holds_lets_no_system_off_begin() {
    let (mut b, _, hold) = held(11);
    hold(&mut b, Drive::High);
    b.write(P0 + 0x700 + 4 * 11, SENSE_HIGH);
    b.write(SYSTEMOFF, 0);
    assert!(!b.soc.is_off());
    b.write(SYSTEMOFF, 1);
    assert_eq!(b.soc.take_reset_request(), Some(ResetCause::SystemOff));
}

#[test]
fn nothing_ends_a_system_off_without_a_sensed_pin() {
    let (mut b, _, hold) = held(11);
    b.write(0x4000_6510, 1 | 11 << 8 | 3 << 16);
    b.write(SYSTEMOFF, 1);
    hold(&mut b, Drive::High);
    assert_eq!((b.soc.reset_possible(), b.soc.take_reset_request()), (false, None));
}

#[test]
fn what_survives_depends_on_the_reset() {
    for (cause, reason, kept) in [
        (ResetCause::Software, 1 << 2, 0xA5),
        (ResetCause::Lockup, 1 << 3, 0xA5),
        (ResetCause::SystemOff, 1 << 16, 0xA5),
        (ResetCause::Watchdog, 1 << 1, 0),
        (ResetCause::Pin, 1 << 0, 0),
        (ResetCause::PowerOn, 0, 0),
    ] {
        let mut b = Bench::new();
        b.write(GPREGRET, 0xA5);
        b.write(P0 + 0x504, 7);
        b.soc.reset(cause, &mut b.fabric.world);
        assert_eq!((b.read(RESETREAS), b.read(GPREGRET)), (reason, kept), "{cause:?}");
        assert_eq!(b.read(P0 + 0x504), if cause == ResetCause::SystemOff { 7 } else { 0 });
    }
}

#[test]
fn ram_that_is_switched_off_is_said() {
    let mut b = Bench::new();
    b.write(POWER + 0x908, 1 << 16 | 1 << 5);
    assert_eq!(b.lints(), [""; 0], "RAM0 has two sections");
    b.write(POWER + 0x908 + 16 * 8, 1 << 5);
    assert_eq!(b.detail("ram-power"), "sections 0x20 of RAM8");
    assert_eq!(b.read(POWER + 0x900 + 16 * 8), 0xFFDF);
}

#[test]
fn calibration_wants_the_crystal() {
    for started in [false, true] {
        let mut b = Bench::new();
        if started {
            b.write(POWER, 1);
            b.run(Span::from_us(400));
        }
        b.write(POWER + 0x10, 1);
        b.run(Span::from_ms(40));
        assert_eq!(b.read(POWER + 0x10C), 1);
        assert_eq!(b.lints().is_empty(), started);
    }
}
