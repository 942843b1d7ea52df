use super::*;

const QDEC: u32 = 0x4001_2000;
const SAMPLERDY: u32 = QDEC + 0x100;
const REPORTRDY: u32 = QDEC + 0x104;
const ACCOF: u32 = QDEC + 0x108;
const SHORTS: u32 = QDEC + 0x200;
const ACC: u32 = QDEC + 0x514;
const P0: u32 = 0x5000_0000;

/// A at P0.06 and B at P0.07, which firmware moves itself; a sample every 128 us, a report after one.
fn bench(reportper: u32) -> Bench {
    let mut b = Bench::new();
    for pin in [6, 7] {
        b.write(P0 + 0x700 + 4 * pin, 1);
    }
    for (at, value) in [(0x520, 6), (0x524, 7), (0x510, reportper), (0x500, 1), (0, 1)] {
        b.write(QDEC + at, value);
    }
    b.run(Span::from_us(1));
    b
}

/// Puts A and B, then lets a sample be taken.
fn turn(b: &mut Bench, a: u32, bb: u32) {
    b.write(P0 + 0x504, a << 6 | bb << 7);
    b.run(Span::from_us(128));
}

#[test]
fn turns_are_counted_by_their_direction() {
    let mut b = bench(7);
    for n in 1..=3 {
        for (a, bb) in [(0, 1), (1, 1), (1, 0), (0, 0)] {
            turn(&mut b, a, bb);
            assert_eq!(b.read(QDEC + 0x50C), 1, "SAMPLE");
        }
        assert_eq!(b.read(ACC), 4 * n);
    }
    for (a, bb) in [(1, 0), (1, 1), (0, 1), (0, 0), (0, 0), (1, 1)] {
        turn(&mut b, a, bb);
    }
    assert_eq!((b.read(ACC), b.read(QDEC + 0x544), b.read(QDEC + 0x50C)), (8, 1, 2), "one step was missed");
    b.write(QDEC + 0x00C, 1);
    assert_eq!((b.read(QDEC + 0x518), b.read(ACC), b.read(QDEC + 0x544)), (8, 0, 1));
    b.write(QDEC + 0x010, 1);
    assert_eq!((b.read(QDEC + 0x548), b.read(QDEC + 0x544)), (1, 0));
    turn(&mut b, 0, 1);
    assert_eq!(b.read(ACC) as i32, -1);
}

#[test]
fn a_report_comes_when_there_is_something_to_report() {
    let mut b = bench(0);
    b.write(QDEC + 0x304, 1 << 1);
    b.write(SHORTS, 1);
    for _ in 0..25 {
        turn(&mut b, 0, 0);
    }
    assert_eq!((b.read(SAMPLERDY), b.read(REPORTRDY)), (1, 0));
    turn(&mut b, 0, 1);
    for _ in 0..3 {
        turn(&mut b, 0, 1);
    }
    assert_eq!(b.read(REPORTRDY), 0, "sample 29");
    turn(&mut b, 0, 1);
    assert_eq!((b.read(REPORTRDY), b.fabric.world.irqs), (1, 1 << 18));
    assert_eq!((b.read(QDEC + 0x518), b.read(ACC)), (1, 0), "by the shortcut");
}

#[test]
fn an_accumulator_that_is_full_says_so() {
    let mut b = bench(7);
    let code = [(0, 1), (1, 1), (1, 0), (0, 0)];
    for n in 0..1_023 {
        let (a, bb) = code[n % 4];
        turn(&mut b, a, bb);
    }
    assert_eq!((b.read(ACC), b.read(ACCOF)), (1_023, 0));
    turn(&mut b, 0, 0);
    assert_eq!((b.read(ACC), b.read(ACCOF)), (1_023, 1));
    b.write(QDEC + 4, 1);
    assert_eq!((b.read(QDEC + 0x110), b.fabric.world.sched.next()), (1, None));
}
