use super::*;

const SAADC: u32 = 0x4000_7000;
const SAMPLE: u32 = SAADC + 4;
const STOP: u32 = SAADC + 8;
const STARTED: u32 = SAADC + 0x100;
const END: u32 = SAADC + 0x104;
const DONE: u32 = SAADC + 0x108;
const RESULTDONE: u32 = SAADC + 0x10C;
const STOPPED: u32 = SAADC + 0x114;
const ENABLE: u32 = SAADC + 0x500;
const RESOLUTION: u32 = SAADC + 0x5F0;
const PTR: u32 = SAADC + 0x62C;
const MAXCNT: u32 = SAADC + 0x630;
const AMOUNT: u32 = SAADC + 0x634;

const fn psel(channel: u32) -> u32 {
    SAADC + 0x510 + 16 * channel
}

/// AIN0 at `millivolts`, VDD at 3.3 V, VDDH at 5 V, and a buffer of `maxcnt` that is open.
fn bench(millivolts: u16, maxcnt: u32) -> Bench {
    let inputs = [Some(millivolts), Some(500), None, None, None, None, None, None];
    let mut b =
        Bench::with(SocConfig { analog: Analog { vdd: 3_300, vddh: 5_000, inputs }, ..SocConfig::default() }, |f| {
            for pin in [4, 5] {
                wire(f, "X", pin);
            }
        });
    b.write(ENABLE, 1);
    b.write(PTR, 0x2000_0000);
    b.write(MAXCNT, maxcnt);
    b
}

/// What one conversion gives.
fn convert(b: &mut Bench) -> i16 {
    b.write(SAADC, 1);
    b.write(SAMPLE, 1);
    b.run(Span::from_us(50));
    i16::from_le_bytes([b.ram.0[0], b.ram.0[1]])
}

/// PS v1.7, SAADC, "Digital output": (V(P) - V(N)) * GAIN / REFERENCE * 2^(RESOLUTION - m).
#[test]
fn results_follow_the_manuals_formula() {
    // CONFIG, RESOLUTION, PSELP, PSELN, result.
    for (config, resolution, p, n, result) in [
        // 1.0 V / 6 / 0.6 V * 2^bits.
        (0, 0, 1, 0, 71),
        (0, 1, 1, 0, 284),
        (0, 2, 1, 0, 1_137),
        (0, 3, 1, 0, 4_551),
        // Gains 1/5, 1/4, 1/3, 1/2 and 1 of 10 bits; the last is at its limit.
        (1 << 8, 1, 1, 0, 341),
        (2 << 8, 1, 1, 0, 426),
        (3 << 8, 1, 1, 0, 568),
        (4 << 8, 1, 1, 0, 853),
        (5 << 8, 1, 1, 0, 1_023),
        // VDD / 4 with gain 1/4: the input as a part of VDD.
        (2 << 8 | 1 << 12, 1, 1, 0, 310),
        (2 << 8 | 1 << 12, 1, 9, 0, 1_023),
        // VDD and VDDH / 5.
        (0, 2, 9, 0, 3_754),
        (0, 2, 0xD, 0, 1_137),
        // Differential: one bit less, and a sign.
        (1 << 20, 2, 1, 2, 284),
        (1 << 20, 2, 2, 1, -285),
        (7 << 8 | 1 << 20, 2, 2, 1, -2_048),
    ] {
        let mut b = bench(1_000, 1);
        b.write(psel(0), p);
        b.write(psel(0) + 4, n);
        b.write(psel(0) + 8, config | 2 << 16);
        b.write(RESOLUTION, resolution);
        assert_eq!(convert(&mut b), result, "CONFIG 0x{config:x}, RESOLUTION {resolution}, {p} and {n}");
        assert_eq!((b.read(END), b.read(AMOUNT), b.lints()), (1, 1, vec![""; 0]));
    }
}

/// AIN2 and AIN3 are at wires.
#[test]
fn a_wires_level_is_a_voltage_and_a_resistor_decides_about_an_open_one() {
    for (pull, resp, result) in [(3, 0, 3_754), (1, 0, 0), (0, 0, 0), (0, 1, 0), (0, 2, 3_754), (0, 3, 1_877)] {
        let mut b = bench(0, 1);
        b.write(0x5000_0700 + 4 * 4, 2 | pull << 2);
        b.write(psel(0), 3);
        b.write(psel(0) + 8, resp);
        b.write(RESOLUTION, 2);
        assert_eq!(convert(&mut b), result, "PULL {pull}, RESP {resp}");
    }
}

#[test]
fn a_conversion_takes_its_acquisition_and_two_microseconds() {
    for (tacq, us) in [(0, 5), (1, 7), (2, 12), (3, 17), (4, 22), (5, 42)] {
        let mut b = bench(1_000, 2);
        b.write(psel(0), 1);
        b.write(psel(5), 1);
        b.write(psel(5) + 8, tacq << 16);
        b.write(psel(0) + 8, 0);
        b.write(SAADC + 0x300, 1 << 1);
        b.write(SAADC, 1);
        assert_eq!(b.read(STARTED), 1);
        b.write(SAMPLE, 1);
        assert_eq!(b.read(SAADC + 0x400), 1);
        b.run(Span::from_ps((5 + us) * 1_000_000 - 1));
        assert_eq!((b.read(END), b.read(DONE), b.read(AMOUNT)), (0, 1, 1));
        b.run(Span::from_ps(1));
        assert_eq!((b.read(END), b.read(AMOUNT), b.fabric.world.irqs), (1, 2, 1 << 7));
        assert_eq!(b.read(SAADC + 0x400), 0);
    }
}

#[test]
fn oversampling_takes_as_many_samples_or_one_burst() {
    for burst in [0, 1 << 24] {
        let mut b = bench(1_000, 1);
        b.write(psel(0), 1);
        b.write(psel(0) + 8, burst);
        b.write(SAADC + 0x5F4, 3);
        b.write(SAADC, 1);
        for n in 1..=8 {
            if n == 1 || burst == 0 {
                b.write(SAMPLE, 1);
            }
            assert_eq!((b.read(RESULTDONE), b.read(END)), (0, 0), "{n}");
            b.run(Span::from_us(5));
            assert_eq!(b.read(DONE), 1);
            b.write(DONE, 0);
        }
        assert_eq!((b.read(RESULTDONE), b.read(END), b.read(AMOUNT)), (1, 1, 1));
    }
}

#[test]
fn limits_are_met_when_equal() {
    // The result is 284.
    for (low, high, events) in [(283, 285, [0, 0]), (284, 300, [0, 1]), (0, 284, [1, 0]), (300, 200, [1, 1])] {
        let mut b = bench(1_000, 1);
        b.write(psel(6), 1);
        b.write(psel(6) + 8, 0);
        b.write(psel(6) + 12, high << 16 | low);
        convert(&mut b);
        assert_eq!([0x118, 0x11C].map(|at| b.read(SAADC + at + 8 * 6)), events, "{low} to {high}");
    }
}

#[test]
fn its_own_timer_samples_until_stop() {
    let mut b = bench(1_000, 10);
    b.write(psel(0), 1);
    b.write(psel(0) + 8, 0);
    b.write(SAADC + 0x5F8, 1 << 12 | 160);
    b.write(SAADC, 1);
    b.write(SAMPLE, 1);
    // At 0, 10, 20 and 30 us.
    b.run(Span::from_us(36));
    assert_eq!((b.read(AMOUNT), b.read(END)), (4, 0));
    b.write(STOP, 1);
    assert_eq!((b.read(STOPPED), b.read(END)), (1, 1));
    b.run(Span::from_ms(1));
    assert_eq!((b.read(AMOUNT), b.fabric.world.sched.next()), (4, None));
    assert_eq!(b.ram.0[..10], [28, 1, 28, 1, 28, 1, 28, 1, 0, 0]);
}

#[test]
fn calibration_ends_and_nothing_works_while_it_is_off() {
    let mut b = bench(1_000, 1);
    b.write(SAADC + 0xC, 1);
    b.run(Span::from_us(100));
    assert_eq!(b.read(SAADC + 0x110), 1);
    b.write(ENABLE, 0);
    b.write(psel(0), 1);
    convert(&mut b);
    assert_eq!((b.read(STARTED), b.read(END)), (0, 0));
}

#[test]
fn a_buffer_outside_ram_is_said() {
    let mut b = bench(1_000, 3);
    b.write(psel(0), 1);
    b.write(PTR, 0x1000);
    convert(&mut b);
    assert_eq!(b.detail("easydma-not-ram"), "SAADC.RESULT.PTR reaches 0x00001000");
}
