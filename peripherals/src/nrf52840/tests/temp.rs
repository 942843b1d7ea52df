use super::*;

const TEMP: u32 = 0x4000_C000;
const DATARDY: u32 = TEMP + 0x100;

#[test]
fn a_measurement_takes_36_us_and_gives_quarters_of_a_degree() {
    for temperature in [100, -30] {
        let mut b = Bench::with(SocConfig { temperature, ..SocConfig::default() }, |_| {});
        b.write(TEMP + 0x304, 1);
        b.write(TEMP, 1);
        b.run(Span::from_ps(35_999_999));
        assert_eq!((b.read(DATARDY), b.read(TEMP + 0x508)), (0, 0));
        b.run(Span::from_ps(1));
        assert_eq!((b.read(DATARDY), b.fabric.world.irqs), (1, 1 << 12));
        assert_eq!(b.read(TEMP + 0x508) as i32, temperature);
    }
}

#[test]
fn a_stopped_measurement_never_ends() {
    let mut b = Bench::new();
    b.write(TEMP, 1);
    b.run(Span::from_us(20));
    b.write(TEMP + 4, 1);
    b.run(Span::from_ms(1));
    assert_eq!(b.read(DATARDY), 0);
}

/// Erratum 66: start-up code copies them from FICR.
#[test]
fn sections_are_kept() {
    let mut b = Bench::new();
    assert_eq!((b.read(TEMP + 0x520), b.read(TEMP + 0x540), b.read(TEMP + 0x570)), (0x326, 0x3FEF, 0x50));
    for at in (0x520..0x538).chain(0x540..0x558).chain(0x560..0x574).step_by(4) {
        b.write(TEMP + at, at);
        assert_eq!(b.read(TEMP + at), at);
    }
    assert_eq!(b.lints(), [""; 0]);
}
