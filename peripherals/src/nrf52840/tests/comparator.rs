use super::*;

const COMP: u32 = 0x4001_3000;
const READY: u32 = COMP + 0x100;
const DOWN: u32 = COMP + 0x104;
const UP: u32 = COMP + 0x108;
const CROSS: u32 = COMP + 0x10C;
const RESULT: u32 = COMP + 0x400;
const ENABLE: u32 = COMP + 0x500;

/// Changes of a wire at AIN4 (P0.28), as COMP and as LPCOMP.
#[test]
fn a_wire_crosses_every_threshold() {
    for (enable, us) in [(2, 100), (1, 140)] {
        let (mut b, _, hold) = held(28);
        b.write(COMP + 0x504, 4);
        b.write(COMP + 0x530, 32 << 8 | 30);
        b.write(COMP + 0x304, 1 << 3);
        b.write(COMP, 1);
        b.run(Span::from_ms(1));
        assert_eq!(b.read(READY), 0, "not enabled");
        b.write(ENABLE, enable);
        b.write(COMP, 1);
        b.run(Span::from_ps(us * 1_000_000 - 1));
        assert_eq!(b.read(READY), 0);
        b.run(Span::from_ps(1));
        assert_eq!(b.read(READY), 1);
        assert!(b.soc.hears_pins(&b.fabric.world));
        for high in [true, false, true] {
            hold(&mut b, if high { Drive::High } else { Drive::Low });
            assert_eq!([UP, DOWN, CROSS].map(|at| b.read(at)), [high.into(), (!high).into(), 1]);
            assert_eq!(b.fabric.world.irqs, 1 << 19);
            [UP, DOWN, CROSS].into_iter().for_each(|at| b.write(at, 0));
            b.write(COMP + 8, 1);
            assert_eq!(b.read(RESULT), high.into());
        }
        b.write(COMP + 4, 1);
        hold(&mut b, Drive::Low);
        assert_eq!([UP, DOWN, CROSS].map(|at| b.read(at)), [0; 3]);
        assert_eq!((b.soc.hears_pins(&b.fabric.world), b.lints()), (false, vec![""; 0]));
    }
}

/// AIN0 at 1.5 V of 3.0 V, AIN1 at 1.4 V: which references it is above.
#[test]
fn references_are_those_of_the_manual() {
    let analog = |input| {
        let inputs = [Some(input), Some(1_400), None, None, None, None, None, None];
        SocConfig { analog: Analog { vdd: 3_000, vddh: 3_000, inputs }, ..SocConfig::default() }
    };
    // ENABLE, REFSEL, EXTREFSEL, TH, MODE, and the reference in millivolts.
    for (enable, refsel, external, th, mode, reference) in [
        (1, 0, 0, 0, 0, 375),
        (1, 3, 0, 0, 0, 1_500),
        (1, 6, 0, 0, 0, 2_625),
        (1, 7, 1, 0, 0, 1_400),
        (1, 8, 0, 0, 0, 187),
        (1, 15, 0, 0, 0, 2_812),
        (2, 0, 0, 63 << 8, 0, 1_200),
        (2, 1, 0, 31 << 8, 0, 900),
        (2, 2, 0, 63 << 8, 0, 2_400),
        (2, 4, 0, 15 << 8, 0, 750),
        (2, 5, 1, 31 << 8, 0, 700),
        (2, 0, 1, 0, 1 << 8, 1_400),
    ] {
        for above in [false, true] {
            let mut b = Bench::with(analog(reference + u16::from(above)), |_| {});
            for (at, value) in
                [(0x500, enable), (0x504, 0), (0x508, refsel), (0x50C, external), (0x530, th), (0x534, mode)]
            {
                b.write(COMP + at, value);
            }
            b.write(COMP + 0x200, 1);
            b.write(COMP, 1);
            b.run(Span::from_us(140));
            assert_eq!(b.read(RESULT), above.into(), "ENABLE {enable}, REFSEL {refsel}: {reference} mV");
        }
    }
}
