use super::*;

const CLOCK: u32 = 0x4000_0000;

#[test]
fn the_crystal_is_ready_after_debounce_and_start() {
    let mut b = Bench::new();
    assert_eq!(b.read(CLOCK + 0x40C), 0x0001_0000);
    b.write(CLOCK, 1);
    assert_eq!((b.read(CLOCK + 0x408), b.read(CLOCK + 0x100)), (1, 0));
    b.run(Span::from_us(359));
    assert_eq!(b.read(CLOCK + 0x100), 0);
    b.run(Span::from_us(1));
    assert_eq!((b.read(CLOCK + 0x100), b.read(CLOCK + 0x40C)), (1, 0x0001_0001));
    b.write(CLOCK + 0x100, 0);
    assert_eq!(b.read(CLOCK + 0x100), 0);
    b.write(CLOCK, 1);
    assert_eq!(b.read(CLOCK + 0x100), 1, "a running crystal answers at once");
}

#[test]
fn a_stopped_crystal_never_gets_ready() {
    let mut b = Bench::new();
    b.write(CLOCK, 1);
    b.write(CLOCK + 4, 1);
    b.run(Span::from_ms(10));
    assert_eq!((b.read(CLOCK + 0x100), b.read(CLOCK + 0x40C)), (0, 0x0001_0000));
}

#[test]
fn the_slow_clock_starts_from_the_source_that_was_chosen() {
    for (source, time, stat) in [(0, Span::from_us(600), 0x1_0000), (1, Span::from_ms(250), 0x1_0001)] {
        let mut b = Bench::new();
        b.write(CLOCK + 0x518, source);
        b.write(CLOCK + 8, 1);
        assert_eq!(b.read(CLOCK + 0x41C), source);
        b.run(time - Span::from_us(1));
        assert_eq!(b.read(CLOCK + 0x104), 0);
        b.run(Span::from_us(1));
        assert_eq!((b.read(CLOCK + 0x104), b.read(CLOCK + 0x418)), (1, stat));
    }
}

/// The ARAMCON badge has its pins on other business.
#[test]
fn without_a_crystal_the_event_never_comes_and_that_is_said() {
    let mut b = Bench::with(SocConfig { lfxo: None, ..SocConfig::default() }, |_| {});
    b.write(CLOCK + 0x518, 1);
    b.write(CLOCK + 8, 1);
    b.run(Span::from_ms(2_000));
    assert_eq!(b.read(CLOCK + 0x104), 0);
    assert_eq!(b.lints(), ["no-lfxo"]);
}

#[test]
fn calibration_and_its_timer_give_their_events() {
    let mut b = Bench::new();
    b.write(CLOCK + 0x538, 2);
    b.write(CLOCK + 0x14, 1);
    b.write(CLOCK + 0x10, 1);
    assert_eq!(b.read(CLOCK + 0x128), 1);
    b.run(Span::from_ms(499));
    assert_eq!((b.read(CLOCK + 0x10C), b.read(CLOCK + 0x110)), (1, 0));
    b.run(Span::from_ms(1));
    assert_eq!(b.read(CLOCK + 0x110), 1);
    b.write(CLOCK + 0x18, 1);
    assert_eq!(b.read(CLOCK + 0x12C), 1);
}

#[test]
fn an_enabled_event_asserts_the_interrupt_line() {
    let mut b = Bench::new();
    b.write(CLOCK + 0x304, 1);
    b.write(CLOCK, 1);
    b.run(Span::from_ms(1));
    assert_eq!(b.fabric.world.irqs, 1);
    assert_eq!(b.lints(), [""; 0], "it is not enabled in the NVIC");
    b.write(CLOCK + 0x308, 1);
    assert_eq!(b.fabric.world.irqs, 0);
}

#[test]
fn a_software_reset_keeps_gpregret_and_says_so_in_resetreas() {
    let mut b = Bench::new();
    b.write(CLOCK + 0x51C, 0x157);
    b.write(CLOCK, 1);
    b.write(0xE000_ED0C, 0x05FA_0004);
    assert_eq!(b.soc.take_reset_request(), Some(ResetCause::Software));
    b.soc.reset(ResetCause::Software, &mut b.fabric.world);
    assert_eq!((b.read(CLOCK + 0x51C), b.read(CLOCK + 0x400)), (0x57, 4));
    b.run(Span::from_ms(1));
    assert_eq!(b.read(CLOCK + 0x100), 0, "its alarms are gone");
    b.write(CLOCK + 0x400, 4);
    assert_eq!(b.read(CLOCK + 0x400), 0);
    b.soc.reset(ResetCause::PowerOn, &mut b.fabric.world);
    assert_eq!((b.read(CLOCK + 0x51C), b.read(CLOCK + 0x400)), (0, 0));
}

#[test]
fn ram_power_is_set_and_cleared_bit_by_bit() {
    let mut b = Bench::new();
    b.write(CLOCK + 0x988, 0xF);
    b.write(CLOCK + 0x984, 0x1_0000);
    assert_eq!((b.read(CLOCK + 0x980), b.read(CLOCK + 0x900)), (0x1_FFF0, 0xFFFF));
}

#[test]
fn the_supply_shows_in_mainregstatus() {
    assert_eq!(Bench::new().read(CLOCK + 0x640), 0);
    let mut b = Bench::with(SocConfig { high_voltage: true, ..SocConfig::default() }, |_| {});
    assert_eq!(b.read(CLOCK + 0x640), 1);
}
