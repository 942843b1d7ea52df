use super::*;

const RNG: u32 = 0x4000_D000;
const STOP: u32 = RNG + 4;
const VALRDY: u32 = RNG + 0x100;
const SHORTS: u32 = RNG + 0x200;
const INTENSET: u32 = RNG + 0x304;
const CONFIG: u32 = RNG + 0x504;
const VALUE: u32 = RNG + 0x508;

/// When VALRDY comes, in microseconds, and the values.
fn bytes(b: &mut Bench, count: usize) -> (Vec<u64>, Vec<u32>) {
    let (mut times, mut values) = (Vec::new(), Vec::new());
    while values.len() < count {
        b.run(Span::from_us(1));
        if b.read(VALRDY) != 0 {
            b.write(VALRDY, 0);
            times.push(b.fabric.world.now.as_ps() / 1_000_000);
            values.push(b.read(VALUE));
        }
    }
    (times, values)
}

/// PS v1.7, RNG, Electrical specification: 128 us to start, 30 us a byte, 120 us with bias correction.
#[test]
fn bytes_take_their_time() {
    for (config, expected) in [(0, [158, 188, 218]), (1, [248, 368, 488])] {
        let mut b = Bench::new();
        b.write(CONFIG, config);
        b.write(RNG, 1);
        assert_eq!(bytes(&mut b, 3).0, expected);
    }
}

#[test]
fn bytes_depend_on_the_seed_and_on_nothing_else() {
    let draw = |seed| {
        let mut b = Bench::with(SocConfig { seed, ..SocConfig::default() }, |_| {});
        b.write(RNG, 1);
        bytes(&mut b, 400).1
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    let ones: u32 = draw(3).iter().map(|byte| byte.count_ones()).sum();
    assert!((1_400..1_800).contains(&ones), "{ones} of 3,200 bits");
    let mut kinds = draw(3);
    kinds.sort_unstable();
    kinds.dedup();
    assert!(kinds.len() > 180 && kinds.iter().all(|&byte| byte < 256), "{} different bytes", kinds.len());
}

#[test]
fn it_stops_by_task_and_by_short() {
    let mut b = Bench::new();
    b.write(INTENSET, 1);
    b.write(SHORTS, 1);
    b.write(RNG, 1);
    b.run(Span::from_us(158));
    assert_eq!((b.read(VALRDY), b.fabric.world.irqs), (1, 1 << 13));
    b.write(VALRDY, 0);
    b.run(Span::from_ms(10));
    assert_eq!((b.read(VALRDY), b.fabric.world.irqs), (0, 0));
    b.write(SHORTS, 0);
    b.write(RNG, 1);
    b.run(Span::from_us(100));
    b.write(STOP, 1);
    b.run(Span::from_ms(10));
    assert_eq!((b.read(VALRDY), b.lints()), (0, vec![""; 0]));
}

/// Firmware that resets itself must not see the same keys again.
#[test]
fn a_reset_does_not_repeat_the_bytes() {
    let mut b = Bench::new();
    b.write(RNG, 1);
    let first = bytes(&mut b, 20).1;
    b.soc.reset(ResetCause::Software, &mut b.fabric.world);
    assert_eq!(b.read(VALUE), 0);
    b.write(RNG, 1);
    assert_ne!(bytes(&mut b, 20).1, first);
}
