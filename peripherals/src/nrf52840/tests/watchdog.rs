use super::*;

const WDT: u32 = 0x4001_0000;
const TIMEOUT: u32 = WDT + 0x100;
const RUNSTATUS: u32 = WDT + 0x400;
const REQSTATUS: u32 = WDT + 0x404;
const CRV: u32 = WDT + 0x504;
const RREN: u32 = WDT + 0x508;
const CONFIG: u32 = WDT + 0x50C;
const RR: u32 = WDT + 0x600;
const RELOAD: u32 = 0x6E52_4635;

fn started(crv: u32, rren: u32) -> Bench {
    let mut b = Bench::new();
    b.write(CRV, crv);
    b.write(RREN, rren);
    b.write(WDT + 0x304, 1);
    b.write(WDT, 1);
    b
}

/// PS v1.7, WDT: timeout [s] = (CRV + 1) / 32768.
#[test]
fn an_unserved_watchdog_times_out_and_resets_two_periods_later() {
    let mut b = started(32_767, 1);
    assert_eq!((b.read(RUNSTATUS), b.read(REQSTATUS)), (1, 1));
    b.run(Span::from_ps(999_999_999_999));
    assert_eq!((b.read(TIMEOUT), b.fabric.world.irqs), (0, 0));
    b.run(Span::from_ps(1));
    assert_eq!((b.read(TIMEOUT), b.fabric.world.irqs), (1, 1 << 16));
    b.run(Span::from_us(61));
    assert_eq!(b.soc.take_reset_request(), None);
    b.run(Span::from_us(1));
    assert!(b.soc.reset_requested());
    assert_eq!(b.soc.take_reset_request(), Some(ResetCause::Watchdog));
    b.soc.reset(ResetCause::Watchdog, &mut b.fabric.world);
    assert_eq!((b.read(0x4000_0400), b.read(RUNSTATUS), b.read(CRV)), (2, 0, u32::MAX));
    b.run(Span::from_ms(5_000));
    assert_eq!(b.soc.take_reset_request(), None, "it has stopped");
}

#[test]
fn all_enabled_requests_reload_it_and_nothing_less() {
    let mut b = started(32_767, 0b1000_0101);
    for _ in 0..3 {
        b.run(Span::from_ms(900));
        assert_eq!(b.read(REQSTATUS), 0b1000_0101);
        b.write(RR, RELOAD);
        b.write(RR + 4, RELOAD);
        b.write(RR + 8, RELOAD + 1);
        assert_eq!(b.read(REQSTATUS), 0b1000_0100);
        b.write(RR + 8, RELOAD);
        b.write(RR + 28, RELOAD);
        assert_eq!((b.read(TIMEOUT), b.read(REQSTATUS)), (0, 0b1000_0101));
    }
    b.run(Span::from_ms(900));
    b.write(RR, RELOAD);
    b.write(RR + 8, RELOAD);
    b.run(Span::from_ms(100));
    assert_eq!(b.read(TIMEOUT), 1, "RR[7] was not written");
    b.write(RR + 28, RELOAD);
    b.run(Span::from_ms(1));
    assert_eq!(b.soc.take_reset_request(), Some(ResetCause::Watchdog), "too late");
}

#[test]
fn its_settings_are_locked_while_it_runs() {
    let mut b = started(1_000, 3);
    for (at, value) in [(CRV, 5), (RREN, 1), (CONFIG, 0)] {
        let before = b.read(at);
        b.write(at, value);
        assert_eq!(b.read(at), before);
    }
    assert_eq!(b.lints(), ["watchdog-locked"; 3]);
    assert_eq!(b.detail("watchdog-locked"), "WDT.CRV");
}

/// CONFIG.SLEEP: 0 pauses it while the core sleeps.
#[test]
fn it_sleeps_with_the_core_only_when_told_to() {
    for (config, sleeps) in [(0, true), (1, false), (8, true)] {
        let mut b = Bench::new();
        b.write(CRV, 32_767);
        b.write(CONFIG, config);
        b.write(WDT, 1);
        b.run(Span::from_ms(400));
        b.soc.fall_asleep(&mut b.fabric.world);
        assert_eq!(b.soc.reset_possible(), !sleeps);
        b.run(Span::from_ms(5_000));
        assert_eq!(b.soc.take_reset_request().is_some(), !sleeps, "CONFIG {config}");
        if sleeps {
            b.soc.wake_up(&mut b.fabric.world);
            b.run(Span::from_ps(599_999_999_999));
            assert_eq!(b.read(TIMEOUT), 0);
            b.run(Span::from_ps(1));
            assert_eq!(b.read(TIMEOUT), 1);
        }
    }
}

#[test]
fn it_runs_on_over_a_soft_reset_and_stops_at_a_pin_reset() {
    for (cause, runs) in [(ResetCause::Software, true), (ResetCause::Lockup, true), (ResetCause::Pin, false)] {
        let mut b = started(32_767, 1);
        b.run(Span::from_ms(600));
        b.soc.reset(cause, &mut b.fabric.world);
        assert_eq!((b.read(RUNSTATUS), b.read(WDT + 0x304)), (runs.into(), 0));
        b.run(Span::from_ms(399));
        assert_eq!(b.read(TIMEOUT), 0);
        b.run(Span::from_ms(2));
        assert_eq!(b.soc.take_reset_request().is_some(), runs, "{cause:?}");
    }
}
