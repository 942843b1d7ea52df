use super::*;
use proptest::prelude::*;

/// Base address, interrupt and number of CC of each instance (PS v1.7, Instantiation and TIMER).
const TIMERS: [(u32, u8, u32); 5] =
    [(0x4000_8000, 8, 4), (0x4000_9000, 9, 4), (0x4000_A000, 10, 4), (0x4001_A000, 26, 6), (0x4001_B000, 27, 6)];
const TIMER0: u32 = 0x4000_8000;
const START: u32 = 0x000;
const STOP: u32 = 0x004;
const COUNT: u32 = 0x008;
const CLEAR: u32 = 0x00C;
const SHUTDOWN: u32 = 0x010;
const CAPTURE: u32 = 0x040;
const EVENTS_COMPARE: u32 = 0x140;
const SHORTS: u32 = 0x200;
const INTENSET: u32 = 0x304;
const INTENCLR: u32 = 0x308;
const MODE: u32 = 0x504;
const BITMODE: u32 = 0x508;
const PRESCALER: u32 = 0x510;
const CC: u32 = 0x540;
/// One period of the 16 MHz clock.
const EDGE: Span = Span::from_ps(62_500);
const BITS: [u32; 4] = [16, 8, 24, 32];

impl Bench {
    fn captured(&mut self, timer: u32, n: u32) -> u32 {
        self.write(timer + CAPTURE + 4 * n, 1);
        self.read(timer + CC + 4 * n)
    }
}

#[test]
fn each_instance_has_its_compares_and_its_interrupt() {
    for (timer, irq, ccs) in TIMERS {
        let mut b = Bench::new();
        for n in 0..ccs {
            b.write(timer + CC + 4 * n, n + 1);
        }
        b.write(timer + INTENSET, u32::MAX);
        assert_eq!(b.read(timer + INTENCLR), ((1 << ccs) - 1) << 16);
        b.write(timer + SHORTS, u32::MAX);
        assert_eq!(b.read(timer + SHORTS), ((1 << ccs) - 1) * 0x101);
        b.write(timer + SHORTS, 0);
        b.write(timer + START, 1);
        for n in 0..ccs {
            assert_eq!((b.read(timer + EVENTS_COMPARE + 4 * n), b.fabric.world.irqs), (0, 0));
            b.run(Span::from_us(1));
            assert_eq!((b.read(timer + EVENTS_COMPARE + 4 * n), b.fabric.world.irqs), (1, 1 << irq));
            b.write(timer + EVENTS_COMPARE + 4 * n, 0);
        }
        assert_eq!(b.lints(), [""; 0]);
        b.read(timer + CC + 4 * ccs);
        assert_eq!(b.lints(), ["no-such-register"]);
    }
}

/// The delay of the nrf52840-hal crate: 32 bits at 1 MHz, CC\[0\], COMPARE0_STOP, then a wait for the event.
#[test]
fn a_driver_waits_a_thousand_microseconds() {
    let mut b = Bench::new();
    b.write(TIMER0 + SHORTS, 1 << 8);
    b.write(TIMER0 + PRESCALER, 4);
    b.write(TIMER0 + BITMODE, 3);
    b.write(TIMER0 + EVENTS_COMPARE, 0);
    b.write(TIMER0 + CC, 1000);
    b.write(TIMER0 + CLEAR, 1);
    b.write(TIMER0 + START, 1);
    b.run(Span::from_ps(999_999_999));
    assert_eq!(b.read(TIMER0 + EVENTS_COMPARE), 0);
    b.run(Span::from_ps(1));
    assert_eq!(b.read(TIMER0 + EVENTS_COMPARE), 1);
    b.run(Span::from_ms(5));
    assert_eq!((b.captured(TIMER0, 1), b.lints()), (1000, vec![""; 0]), "it has stopped itself");
}

/// PS v1.7, TIMER: f = 16 MHz / 2^PRESCALER; the first period begins at the next edge of the 16 MHz clock.
#[test]
fn compare_comes_at_exactly_the_right_picosecond() {
    for prescaler in 0..10 {
        for (cycle, edge) in [(0, 0), (1, 1), (3, 1), (4, 1), (5, 2), (1_000_001, 250_001)] {
            let mut b = Bench::new();
            b.write(TIMER0 + PRESCALER, prescaler);
            b.write(TIMER0 + CC, 3);
            b.at(cycle).write(TIMER0 + START, 1);
            let due = Instant::ZERO + EDGE * (edge + (3 << prescaler));
            b.run(Span::from_ps(due.since(b.fabric.world.now).as_ps() - 1));
            assert_eq!(b.read(TIMER0 + EVENTS_COMPARE), 0);
            b.run(Span::from_ps(1));
            assert_eq!(b.read(TIMER0 + EVENTS_COMPARE), 1, "prescaler {prescaler}, cycle {cycle}");
        }
    }
}

#[test]
fn a_compare_that_clears_repeats_every_cc_periods() {
    let mut b = Bench::new();
    b.write(TIMER0 + PRESCALER, 0);
    b.write(TIMER0 + CC, 160);
    b.write(TIMER0 + SHORTS, 1);
    b.write(TIMER0 + START, 1);
    for _ in 0..5 {
        b.run(EDGE * 159);
        assert_eq!((b.read(TIMER0 + EVENTS_COMPARE), b.captured(TIMER0, 1)), (0, 159));
        b.run(EDGE);
        assert_eq!((b.read(TIMER0 + EVENTS_COMPARE), b.captured(TIMER0, 1)), (1, 0));
        b.write(TIMER0 + EVENTS_COMPARE, 0);
    }
}

#[test]
fn both_shortcuts_leave_a_stopped_timer_at_zero() {
    for (shorts, left) in [(1 << 8, 7), (1 | 1 << 8, 0), (2 | 1 << 8, 7)] {
        let mut b = Bench::new();
        b.write(TIMER0 + CC, 7);
        b.write(TIMER0 + CC + 4, 9);
        b.write(TIMER0 + SHORTS, shorts);
        b.write(TIMER0 + START, 1);
        b.run(Span::from_ms(1));
        assert_eq!((b.read(TIMER0 + EVENTS_COMPARE), b.read(TIMER0 + EVENTS_COMPARE + 4)), (1, 0));
        assert_eq!(b.captured(TIMER0, 2), left);
        assert_eq!(b.fabric.world.sched.next(), None, "nothing is left to come");
    }
}

/// PS v1.7, TIMER, Compare: the event comes when an increment makes Counter equal to CC.
#[test]
fn only_counting_up_to_a_value_compares() {
    let mut b = Bench::new();
    b.write(TIMER0 + START, 1);
    b.run(Span::from_ns(5_500));
    b.write(TIMER0 + CC, 5);
    b.write(TIMER0 + CLEAR, 1);
    b.write(TIMER0 + CAPTURE + 4, 1);
    for n in 0..4 {
        assert_eq!(b.read(TIMER0 + EVENTS_COMPARE + 4 * n), 0, "COMPARE[{n}]");
    }
    b.run(Span::from_us(65_536 + 1));
    for n in 0..4 {
        assert_eq!(b.read(TIMER0 + EVENTS_COMPARE + 4 * n), 1, "after a wrap: COMPARE[{n}]");
    }
}

#[test]
fn a_stopped_timer_goes_on_from_its_count() {
    let mut b = Bench::new();
    b.write(TIMER0 + START, 1);
    b.run(Span::from_us(10));
    b.write(TIMER0 + STOP, 1);
    b.run(Span::from_ms(3));
    assert_eq!(b.captured(TIMER0, 0), 10);
    b.write(TIMER0 + START, 1);
    b.run(Span::from_us(4));
    b.write(TIMER0 + START, 1);
    b.run(Span::from_us(1));
    assert_eq!(b.captured(TIMER0, 0), 15, "START of a running timer changes nothing");
    b.write(TIMER0 + SHUTDOWN, 1);
    assert_eq!(b.captured(TIMER0, 0), 0);
    b.write(TIMER0 + START, 1);
    b.run(Span::from_us(2));
    b.soc.reset(ResetCause::Software, &mut b.fabric.world);
    b.run(Span::from_ms(100));
    assert_eq!((b.captured(TIMER0, 0), b.read(TIMER0 + EVENTS_COMPARE)), (0, 0));
}

#[test]
fn counters_count_stores_and_not_time() {
    for mode in [1, 2] {
        let mut b = Bench::new();
        b.write(TIMER0 + MODE, mode);
        b.write(TIMER0 + BITMODE, 1);
        b.write(TIMER0 + CC, 3);
        b.write(TIMER0 + CC + 4, 0);
        b.write(TIMER0 + INTENSET, 1 << 16);
        b.write(TIMER0 + COUNT, 1);
        assert_eq!(b.captured(TIMER0, 2), 0, "not started");
        b.write(TIMER0 + START, 1);
        b.write(TIMER0 + COUNT, 1);
        b.write(TIMER0 + COUNT, 0);
        b.write(TIMER0 + COUNT, 1);
        b.run(Span::from_ms(1_000));
        assert_eq!((b.captured(TIMER0, 2), b.fabric.world.irqs), (2, 0));
        b.write(TIMER0 + COUNT, 1);
        assert_eq!((b.read(TIMER0 + EVENTS_COMPARE), b.fabric.world.irqs), (1, 1 << 8));
        (0..252).for_each(|_| b.write(TIMER0 + COUNT, 1));
        assert_eq!((b.captured(TIMER0, 2), b.read(TIMER0 + EVENTS_COMPARE + 4)), (255, 0));
        b.write(TIMER0 + COUNT, 1);
        assert_eq!((b.captured(TIMER0, 2), b.read(TIMER0 + EVENTS_COMPARE + 4)), (0, 1));
    }
    let mut b = Bench::new();
    b.write(TIMER0 + PRESCALER, 9);
    b.write(TIMER0 + START, 1);
    b.write(TIMER0 + COUNT, 1);
    assert_eq!(b.captured(TIMER0, 0), 0, "a timer does not count stores");
}

/// PS v1.7, TIMER: PRESCALER and BITMODE must only be updated while the timer is stopped.
#[test]
fn changing_a_running_timer_is_a_fault() {
    let mut b = Bench::new();
    b.write(TIMER0 + START, 1);
    b.run(Span::from_us(10));
    b.write(TIMER0 + PRESCALER, 0);
    assert_eq!(b.detail("timer-changed-while-running"), "TIMER0.PRESCALER");
    b.run(Span::from_us(1));
    assert_eq!(b.captured(TIMER0, 0), 26);
}

/// Found by the comparison below.
#[test]
fn a_smaller_bitmode_forgets_the_upper_bits() {
    let mut b = Bench::new();
    b.write(TIMER0 + START, 1);
    b.run(Span::from_us(0x103));
    b.write(TIMER0 + STOP, 1);
    b.write(TIMER0 + BITMODE, 1);
    b.write(TIMER0 + BITMODE, 0);
    assert_eq!(b.captured(TIMER0, 0), 3);
}

/// What firmware does to a timer, one store at a time.
#[derive(Clone, Copy, Debug)]
enum Op {
    Task(u32),
    Set(u32, u32),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => prop::sample::select(&[START, START, START, STOP, COUNT, COUNT, CLEAR, SHUTDOWN][..]).prop_map(Op::Task),
        2 => (0u32..6).prop_map(|n| Op::Task(CAPTURE + 4 * n)),
        // Random registers in random order, with values that the count will meet.
        6 => (0u32..6, prop_oneof![0u32..40, 250u32..260, Just(0x10000)]).prop_map(|(n, v)| Op::Set(CC + 4 * n, v)),
        2 => any::<u32>().prop_map(|v| Op::Set(SHORTS, v & v >> 16 & 0x3F3F)),
        2 => (0u32..6).prop_map(|n| Op::Set(EVENTS_COMPARE + 4 * n, 0)),
        1 => (0u32..4).prop_map(|v| Op::Set(MODE, v / 2)),
        1 => prop_oneof![Just(1u32), 0u32..4].prop_map(|v| Op::Set(BITMODE, v)),
        1 => (0u32..4).prop_map(|v| Op::Set(PRESCALER, v)),
        1 => any::<u32>().prop_map(|v| Op::Set(INTENSET, v)),
        1 => any::<u32>().prop_map(|v| Op::Set(INTENCLR, v)),
    ]
}

/// A timer that ticks, for comparison.
#[derive(Debug, Default)]
struct Naive {
    edge: u64,
    running: bool,
    counter_mode: bool,
    bitmode: usize,
    prescaler: u32,
    count: u64,
    /// Edges since the last increment; -1 until the edge at which the first period begins.
    part: i64,
    cc: [u32; 6],
    events: [bool; 6],
    shorts: u32,
    inten: u32,
}

impl Naive {
    fn turn(&self) -> u64 {
        1 << BITS[self.bitmode]
    }

    /// Every edge of the 16 MHz clock up to core cycle `cycle`.
    fn run_to(&mut self, cycle: u64) {
        while (self.edge + 1) * 4 <= cycle {
            self.edge += 1;
            if self.running && !self.counter_mode {
                self.part += 1;
                if self.part == 1 << self.prescaler {
                    self.part = 0;
                    self.increment();
                }
            }
        }
    }

    fn increment(&mut self) {
        self.count = (self.count + 1) % self.turn();
        let hits: Vec<usize> = (0..6).filter(|&n| u64::from(self.cc[n]) % self.turn() == self.count).collect();
        for &n in &hits {
            self.events[n] = true;
            if self.shorts >> n & 1 != 0 {
                self.count = 0;
            }
        }
        if hits.iter().any(|n| self.shorts >> (n + 8) & 1 != 0) {
            self.running = false;
        }
    }

    fn restart(&mut self, cycle: u64) {
        self.part = if cycle.is_multiple_of(4) { 0 } else { -1 };
    }

    fn store(&mut self, op: Op, cycle: u64) {
        match op {
            Op::Task(START) if !self.running => {
                self.running = true;
                self.restart(cycle);
            }
            Op::Task(STOP) => self.running = false,
            Op::Task(COUNT) if self.running && self.counter_mode => self.increment(),
            Op::Task(CLEAR) => {
                self.count = 0;
                self.restart(cycle);
            }
            Op::Task(SHUTDOWN) => (self.running, self.count) = (false, 0),
            Op::Task(at) if at >= CAPTURE => self.cc[((at - CAPTURE) / 4) as usize] = self.count as u32,
            Op::Task(_) => {}
            Op::Set(SHORTS, value) => self.shorts = value,
            Op::Set(INTENSET, value) => self.inten |= value,
            Op::Set(INTENCLR, value) => self.inten &= !value,
            Op::Set(at @ EVENTS_COMPARE..SHORTS, _) => self.events[((at - EVENTS_COMPARE) / 4) as usize] = false,
            Op::Set(at @ (MODE | BITMODE | PRESCALER), value) => {
                match at {
                    MODE => self.counter_mode = value != 0,
                    BITMODE => self.bitmode = value as usize,
                    _ => self.prescaler = value,
                }
                self.count %= self.turn();
            }
            Op::Set(at, value) => self.cc[((at - CC) / 4) as usize] = value,
        }
    }

    fn line(&self) -> u64 {
        u64::from((0..6).any(|n| self.events[n] && self.inten >> (16 + n) & 1 != 0)) << 26
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Any stores at any cycles: events, captures and the line are those of a timer that ticks.
    #[test]
    fn a_timer_that_computes_equals_one_that_ticks(ops in prop::collection::vec((0u64..300, op()), 1..60)) {
        let (mut b, mut naive, mut cycle) = (Bench::new(), Naive { prescaler: 4, ..Naive::default() }, 0);
        let timer = TIMERS[3].0;
        for (wait, op) in ops {
            cycle += wait;
            b.run(Span::from_cycles(wait));
            naive.run_to(cycle);
            let setting = matches!(op, Op::Set(MODE | BITMODE | PRESCALER, _));
            if !(setting && naive.running) {
                naive.store(op, cycle);
                match op {
                    Op::Task(at) => b.write(timer + at, 1),
                    Op::Set(at, value) => b.write(timer + at, value),
                }
            }
            let events = [0, 1, 2, 3, 4, 5].map(|n| b.read(timer + EVENTS_COMPARE + 4 * n) != 0);
            prop_assert_eq!(events, naive.events, "cycle {}, {:?}, {:?}", cycle, op, naive);
            let cc = [0, 1, 2, 3, 4, 5].map(|n| b.read(timer + CC + 4 * n));
            prop_assert_eq!(cc, naive.cc, "cycle {}, {:?}, {:?}", cycle, op, naive);
            prop_assert_eq!(b.fabric.world.irqs, naive.line());
        }
        prop_assert_eq!(b.lints(), [""; 0]);
    }

    /// The count is the time, however far and in however many steps, and looking at it on the way changes nothing.
    #[test]
    fn counting_in_one_step_equals_counting_in_many(
        prescaler in 0u32..10, bitmode in 0u32..4, start in 0u64..1_000,
        steps in prop::collection::vec(0u64..200_000_000_000, 1..12),
    ) {
        let mut benches = [Bench::new(), Bench::new()];
        for b in &mut benches {
            b.write(TIMER0 + PRESCALER, prescaler);
            b.write(TIMER0 + BITMODE, bitmode);
            b.write(TIMER0 + CC, 0xFFFF_FFF0);
            b.run(Span::from_cycles(start));
            b.write(TIMER0 + START, 1);
        }
        let [once, often] = &mut benches;
        let total: u64 = steps.iter().sum();
        once.run(Span::from_ps(total));
        for step in steps {
            often.run(Span::from_ps(step));
            often.captured(TIMER0, 3);
        }
        let edges = (once.fabric.world.now.as_ps() / 62_500).saturating_sub(start.div_ceil(4));
        let expected = (edges >> prescaler) % (1 << BITS[bitmode as usize]);
        prop_assert_eq!(u64::from(once.captured(TIMER0, 1)), expected);
        prop_assert_eq!(u64::from(often.captured(TIMER0, 1)), expected);
        prop_assert_eq!(once.read(TIMER0 + EVENTS_COMPARE), often.read(TIMER0 + EVENTS_COMPARE));
    }
}
