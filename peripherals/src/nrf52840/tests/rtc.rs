use super::*;
use proptest::prelude::*;

/// Base address, interrupt and number of CC of each instance (PS v1.7, Instantiation and RTC).
const RTCS: [(u32, u8, u32); 3] = [(0x4000_B000, 11, 3), (0x4001_1000, 17, 4), (0x4002_4000, 36, 4)];
const RTC1: u32 = 0x4001_1000;
const CLOCK: u32 = 0x4000_0000;
const LFCLKSTART: u32 = CLOCK + 8;
const LFCLKSTOP: u32 = CLOCK + 0xC;
const START: u32 = 0x000;
const STOP: u32 = 0x004;
const CLEAR: u32 = 0x008;
const TRIGOVRFLW: u32 = 0x00C;
const EVENTS_TICK: u32 = 0x100;
const EVENTS_OVRFLW: u32 = 0x104;
const EVENTS_COMPARE: u32 = 0x140;
const INTENSET: u32 = 0x304;
const INTENCLR: u32 = 0x308;
const EVTEN: u32 = 0x340;
const EVTENSET: u32 = 0x344;
const EVTENCLR: u32 = 0x348;
const COUNTER: u32 = 0x504;
const PRESCALER: u32 = 0x508;
const CC: u32 = 0x540;
/// LFCLK begins to run so long after LFCLKSTART.
const LFRC_START: u64 = 600_000_000;

/// When edge `half` of LFCLK comes after LFCLKSTART at the moment 0: even ones rise, odd ones fall.
fn edge(half: u64) -> u64 {
    LFRC_START + (u128::from(half) * 1_000_000_000_000).div_ceil(65_536) as u64
}

/// LFCLK has been started at the moment 0.
fn bench() -> Bench {
    let mut b = Bench::new();
    b.write(LFCLKSTART, 1);
    b
}

impl Bench {
    /// Runs to the picosecond.
    fn to(&mut self, ps: u64) -> &mut Self {
        self.run(Instant::from_ps(ps).since(self.fabric.world.now));
        self
    }

    fn counter(&mut self) -> u32 {
        self.read(RTC1 + COUNTER)
    }

    fn compare(&mut self, n: u32) -> u32 {
        self.read(RTC1 + EVENTS_COMPARE + 4 * n)
    }
}

#[test]
fn each_instance_has_its_compares_and_its_interrupt() {
    for (rtc, irq, ccs) in RTCS {
        let mut b = bench();
        b.write(rtc + INTENSET, u32::MAX);
        let all = ((1 << ccs) - 1) << 16 | 3;
        assert_eq!((b.read(rtc + INTENCLR), b.read(rtc + EVTEN)), (all, 0));
        b.write(rtc + INTENCLR, 3);
        b.write(rtc + EVTEN, u32::MAX);
        b.write(rtc + EVTENCLR, 2);
        assert_eq!((b.read(rtc + EVTENSET), b.read(rtc + EVTENCLR)), (all & !2, all & !2));
        for n in 0..ccs {
            b.write(rtc + CC + 4 * n, 10 * (n + 1));
        }
        b.write(rtc + START, 1);
        for n in 0..ccs {
            b.to(edge(20 * u64::from(n + 1)) - 1);
            assert_eq!((b.read(rtc + EVENTS_COMPARE + 4 * n), b.fabric.world.irqs), (0, 0));
            b.run(Span::from_ps(1));
            assert_eq!((b.read(rtc + EVENTS_COMPARE + 4 * n), b.fabric.world.irqs), (1, 1 << irq));
            b.write(rtc + EVENTS_COMPARE + 4 * n, 0);
        }
        assert_eq!((b.read(rtc + EVENTS_TICK), b.lints()), (1, vec![""; 0]));
        b.read(rtc + CC + 4 * ccs);
        assert_eq!(b.lints(), ["no-such-register"]);
    }
}

/// PS v1.7, RTC: the software has to start LFCLK itself.
#[test]
fn nothing_counts_without_lfclk() {
    let mut b = Bench::new();
    b.write(RTC1 + START, 1);
    b.run(Span::from_ms(100));
    assert_eq!((b.counter(), b.fabric.world.sched.next()), (0, None));
    b.write(LFCLKSTART, 1);
    b.run(Span::from_us(600));
    assert_eq!((b.counter(), b.read(CLOCK + 0x104)), (0, 1));
    b.run(Span::from_ms(1_000));
    assert_eq!(b.counter(), 32_768);
    b.write(LFCLKSTOP, 1);
    b.run(Span::from_ms(1_000));
    assert_eq!(b.counter(), 32_768);
}

/// While the crystal starts, LFCLK comes from the RC oscillator.
#[test]
fn the_counter_need_not_wait_for_the_crystal() {
    let mut b = Bench::new();
    b.write(CLOCK + 0x518, 1);
    b.write(LFCLKSTART, 1);
    b.write(RTC1 + START, 1);
    b.run(Span::from_ms(100));
    assert_eq!((b.read(CLOCK + 0x104), b.counter()), (0, 3_257), "(100 ms - 600 us) x 32768 Hz");
}

/// PS v1.7, RTC, "Task and event jitter/delay": tasks act 15 us to 46 us later, on an edge of LFCLK.
#[test]
fn tasks_act_on_the_rising_edge_behind_a_falling_one() {
    for (half, taken) in [(0, 2), (1, 4), (2, 4), (3, 6)] {
        for past in [0, 1, 15_000_000] {
            let mut b = bench();
            b.write(RTC1 + START, 1);
            b.to(edge(1_000 + half) + past);
            b.write(RTC1 + CLEAR, 1);
            b.to(edge(1_000 + taken) - 1);
            assert_eq!(u64::from(b.counter()), 500 + taken / 2 - 1);
            b.run(Span::from_ps(1));
            assert_eq!(b.counter(), 0, "{half}");
            b.to(edge(1_000 + taken + 2));
            assert_eq!(b.counter(), 1);
            b.write(RTC1 + STOP, 1);
            b.run(Span::from_ms(10));
            assert_eq!(b.counter(), 1);
            b.write(RTC1 + TRIGOVRFLW, 1);
            b.run(Span::from_us(46));
            assert_eq!(b.counter(), 0xFF_FFF0);
        }
    }
}

/// PS v1.7, RTC, PRESCALER: f = 32768 / (PRESCALER + 1); 327 gives 99.9 Hz.
#[test]
fn the_prescaler_divides_as_in_the_manuals_example() {
    let mut b = bench();
    b.write(RTC1 + PRESCALER, 327);
    b.write(RTC1 + START, 1);
    b.to(edge(2 * 328) - 1);
    assert_eq!(b.counter(), 0);
    b.run(Span::from_ps(1));
    assert_eq!(b.counter(), 1);
    b.to(edge(65_536 * 1_000));
    assert_eq!((b.counter(), b.lints()), (99_902, vec![""; 0]), "99.9 Hz");
    b.write(RTC1 + PRESCALER, 0);
    assert_eq!((b.read(RTC1 + PRESCALER), b.detail("rtc-prescaler-while-running")), (327, "RTC1.PRESCALER"));
    b.write(RTC1 + STOP, 1);
    b.write(RTC1 + PRESCALER, 0xFFFF_F007);
    assert_eq!(b.read(RTC1 + PRESCALER), 7);
}

/// PS v1.7, RTC, "Event control feature".
#[test]
fn an_event_that_nothing_wants_does_not_exist() {
    let mut b = bench();
    b.write(RTC1 + CC, 5);
    b.write(RTC1 + START, 1);
    b.run(Span::from_ms(10));
    assert_eq!((b.compare(0), b.read(RTC1 + EVENTS_TICK)), (0, 0));
    assert_eq!(b.fabric.world.sched.next(), None, "and costs nothing");
    b.write(RTC1 + INTENSET, 1);
    b.run(Span::from_us(31));
    assert_eq!((b.compare(0), b.read(RTC1 + EVENTS_TICK), b.fabric.world.irqs), (0, 1, 1 << 17));
}

#[test]
fn overflow_comes_sixteen_counts_after_its_trigger() {
    let mut b = bench();
    b.write(RTC1 + EVTEN, 2 | 1 << 16);
    b.write(RTC1 + START, 1);
    b.write(RTC1 + TRIGOVRFLW, 1);
    b.to(edge(2 + 2 * 16) - 1);
    assert_eq!((b.counter(), b.read(RTC1 + EVENTS_OVRFLW), b.compare(0)), (0xFF_FFFF, 0, 0));
    b.run(Span::from_ps(1));
    assert_eq!((b.counter(), b.read(RTC1 + EVENTS_OVRFLW), b.compare(0)), (0, 1, 1), "CC = 0 is met by the wrap");
}

/// PS v1.7, RTC, "Compare feature": neither CLEAR with CC = 0, nor START with CC = COUNTER, nor a store of COUNTER.
#[test]
fn a_value_that_is_there_already_is_not_met() {
    let mut b = bench();
    b.write(RTC1 + EVTEN, 0xF << 16);
    b.write(RTC1 + START, 1);
    b.to(edge(100));
    b.write(RTC1 + CC + 4, 50);
    b.write(RTC1 + CLEAR, 1);
    b.to(edge(110));
    assert_eq!((b.compare(0), b.compare(1), b.counter()), (0, 0, 4));
    b.write(RTC1 + STOP, 1);
    b.to(edge(120));
    b.write(RTC1 + CC + 8, 4);
    b.to(edge(130));
    b.write(RTC1 + START, 1);
    b.to(edge(140));
    assert_eq!((b.compare(2), b.counter()), (0, 9));
}

/// The same chapter: with COUNTER at N, CC = N + 2 always comes and N + 1 may not; an old CC of N + 1 may come, a later one not.
#[test]
fn a_compare_value_written_too_late_is_missed() {
    for (late, meets_next, meets_old) in [(0, 1, 0), (1, 0, 1)] {
        let at = edge(200 + late) + 1_000_000;
        for (old, new, met) in [(0, 101, meets_next), (0, 102, 1), (101, 0, meets_old), (102, 0, 0), (103, 0, 0)] {
            let mut b = bench();
            b.write(RTC1 + EVTEN, 1 << 16);
            b.write(RTC1 + CC, old);
            b.write(RTC1 + START, 1);
            b.to(at);
            assert_eq!(b.counter(), 100);
            b.write(RTC1 + CC, new);
            assert_eq!(b.read(RTC1 + CC), new);
            b.run(Span::from_ms(1));
            assert_eq!(b.compare(0), met, "half {late}: {old} to {new}");
        }
    }
}

/// What embassy-nrf's time driver does at start: it waits for COUNTER to be 0, even when something has counted before.
#[test]
fn a_driver_that_clears_starts_and_waits_for_zero_sees_it() {
    let mut b = bench();
    b.write(RTC1 + START, 1);
    b.run(Span::from_ms(50));
    b.write(RTC1 + STOP, 1);
    b.run(Span::from_us(100));
    b.write(RTC1 + CC + 12, 0x80_0000);
    b.write(RTC1 + INTENSET, 2 | 1 << 19);
    b.write(RTC1 + CLEAR, 1);
    b.write(RTC1 + START, 1);
    let mut waited = 0;
    while b.counter() != 0 {
        b.run(Span::from_cycles(8));
        waited += 8;
    }
    assert!((976..=2_930).contains(&waited), "{waited} cycles");
    b.run(Span::from_ms(256_001));
    assert_eq!((b.compare(3), b.read(RTC1 + EVENTS_OVRFLW), b.fabric.world.irqs), (1, 0, 1 << 17));
    b.run(Span::from_ms(256_000));
    assert_eq!(b.read(RTC1 + EVENTS_OVRFLW), 1);
}

#[test]
fn an_hour_has_no_error() {
    let mut b = bench();
    b.write(RTC1 + PRESCALER, 31);
    b.write(RTC1 + START, 1);
    b.to(edge(65_536 * 3_600) - 1);
    assert_eq!(b.counter(), 1_024 * 3_600 - 1);
    b.run(Span::from_ps(1));
    assert_eq!(b.counter(), 1_024 * 3_600);
    b.soc.reset(ResetCause::Software, &mut b.fabric.world);
    b.run(Span::from_ms(1));
    assert_eq!((b.counter(), b.read(RTC1 + PRESCALER)), (0, 0));
}

#[test]
fn counter_is_steady_until_its_next_increment() {
    let mut b = bench();
    let steady = |b: &Bench, at| b.soc.steady_until(RTC1 + at, b.fabric.world.now).map(Instant::as_ps);
    assert_eq!((steady(&b, COUNTER), b.soc.is_steady(RTC1 + COUNTER)), (Some(u64::MAX), true));
    b.write(RTC1 + PRESCALER, 2);
    b.write(RTC1 + START, 1);
    b.to(edge(101));
    assert_eq!((b.counter(), steady(&b, COUNTER)), (16, Some(edge(102))));
    b.to(edge(102));
    assert_eq!((b.counter(), steady(&b, COUNTER)), (17, Some(edge(108))));
    assert_eq!((steady(&b, CC), b.soc.is_steady(RTC1 + CC)), (Some(u64::MAX), true));
    assert_eq!(b.soc.steady_until(0x4000_2518, b.fabric.world.now), None, "a load empties RXD");
}

#[test]
fn a_narrow_store_to_evtenclr_clears_its_own_bits_only() {
    let mut b = bench();
    b.write(RTC1 + EVTENSET, 0xF_0003);
    let world = &mut b.fabric.world;
    b.soc.write(RTC1 + EVTENCLR, Width::Byte, 1, world).expect("mapped");
    assert_eq!(b.read(RTC1 + EVTEN), 0xF_0002);
}

#[test]
fn stores_that_wait_for_a_clock_keep_no_memory() {
    let mut b = Bench::new();
    let mut size = |rounds: u32| {
        for n in 0..rounds {
            b.write(RTC1 + CC + 4 * (n % 4), n);
            b.write(RTC1 + [START, STOP, CLEAR, TRIGOVRFLW][(n / 4 % 4) as usize], 1);
        }
        format!("{:?}", b.soc).len()
    };
    let (few, many) = (size(16), size(10_000));
    assert!(many < few + 100, "{few} and {many}");
}

/// What firmware does to CLOCK and an RTC, one store at a time.
#[derive(Clone, Copy, Debug)]
enum Op {
    Clock(u32),
    Task(u32),
    Set(u32, u32),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => prop::sample::select(&[LFCLKSTART, LFCLKSTART, LFCLKSTOP][..]).prop_map(Op::Clock),
        6 => prop::sample::select(&[START, START, START, STOP, CLEAR, TRIGOVRFLW][..]).prop_map(Op::Task),
        6 => (0u32..4, prop_oneof![0u32..30, 0xFF_FFF0u32..0x100_0002]).prop_map(|(n, v)| Op::Set(CC + 4 * n, v)),
        2 => prop_oneof![Just(0u32), 0u32..4].prop_map(|v| Op::Set(PRESCALER, v)),
        2 => prop::sample::select(&[EVENTS_TICK, EVENTS_OVRFLW, EVENTS_COMPARE, EVENTS_COMPARE + 8][..])
            .prop_map(|at| Op::Set(at, 0)),
        2 => (prop::sample::select(&[INTENSET, EVTENSET, EVTEN][..]), any::<u32>()).prop_map(|(at, v)| Op::Set(at, v)),
        1 => (prop::sample::select(&[INTENCLR, EVTENCLR][..]), any::<u32>()).prop_map(|(at, v)| Op::Set(at, v & v >> 8)),
    ]
}

/// A counter that ticks, for comparison.
#[derive(Debug, Default)]
struct Naive {
    /// When LFCLK began to run, and the edges that have come since.
    since: Option<u64>,
    halves: u64,
    counting: bool,
    started: bool,
    count: u32,
    prescaler: u32,
    divisor: u32,
    /// Periods until the next increment.
    left: u32,
    compared: [u32; 4],
    /// Stores that wait, and whether LFCLK has fallen since.
    waiting: Vec<(Op, bool)>,
    events: u32,
    evten: u32,
    inten: u32,
}

impl Naive {
    /// Every edge of LFCLK up to `now`.
    fn run_to(&mut self, now: u64) {
        while let Some(since) = self.since
            && now >= since + edge(self.halves + 1) - LFRC_START
        {
            self.halves += 1;
            if self.halves.is_multiple_of(2) {
                self.rise();
            } else {
                self.waiting.iter_mut().for_each(|(_, fallen)| *fallen = true);
            }
        }
    }

    fn rise(&mut self) {
        let (mut held, mut later) = (false, Vec::new());
        for (op, fallen) in std::mem::take(&mut self.waiting) {
            match op {
                _ if !fallen => later.push((op, false)),
                Op::Task(START) if !self.counting => {
                    (self.counting, self.divisor) = (true, self.prescaler + 1);
                    self.left = self.divisor;
                }
                Op::Task(STOP) => self.counting = false,
                Op::Task(at @ (CLEAR | TRIGOVRFLW)) => {
                    (self.count, held) = (if at == CLEAR { 0 } else { 0xFF_FFF0 }, true);
                    self.divisor = self.prescaler + 1;
                    self.left = self.divisor;
                }
                Op::Set(at, value) => self.compared[((at - CC) / 4) as usize] = value & 0xFF_FFFF,
                _ => {}
            }
        }
        self.waiting = later;
        if self.counting && !held {
            self.left -= 1;
            if self.left == 0 {
                self.left = self.divisor;
                self.increment();
            }
        }
    }

    fn increment(&mut self) {
        self.count = (self.count + 1) % (1 << 24);
        let mut came = 1;
        if self.count == 0 {
            came |= 2;
        }
        for n in 0..4 {
            if self.compared[n] == self.count {
                came |= 1 << (16 + n);
            }
        }
        self.events |= came & (self.evten | self.inten);
    }

    fn store(&mut self, op: Op, now: u64) {
        const ALL: u32 = 0xF_0003;
        match op {
            Op::Clock(LFCLKSTART) => {
                if self.since.is_none() {
                    (self.since, self.halves) = (Some(now + LFRC_START), 0);
                }
            }
            Op::Clock(_) => {
                self.since = None;
                self.left = self.divisor;
                self.waiting.iter_mut().for_each(|(_, fallen)| *fallen = false);
            }
            Op::Task(at) => {
                match at {
                    START => self.started = true,
                    STOP => self.started = false,
                    _ => {}
                }
                self.waiting.push((op, false));
            }
            Op::Set(PRESCALER, value) if !self.started => self.prescaler = value,
            Op::Set(PRESCALER, _) => {}
            Op::Set(INTENSET, value) => self.inten |= value & ALL,
            Op::Set(INTENCLR, value) => self.inten &= !value,
            Op::Set(EVTEN, value) => self.evten = value & ALL,
            Op::Set(EVTENSET, value) => self.evten |= value & ALL,
            Op::Set(EVTENCLR, value) => self.evten &= !value,
            Op::Set(at @ EVENTS_TICK..INTENSET, _) => self.events &= !(1 << ((at - EVENTS_TICK) / 4)),
            Op::Set(..) => self.waiting.push((op, false)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Any stores at any cycles: COUNTER, events and the line are those of a counter that ticks.
    #[test]
    fn a_counter_that_computes_equals_one_that_ticks(
        ops in prop::collection::vec((prop_oneof![0u64..300, 0u64..4_000, 0u64..60_000], op()), 1..80),
    ) {
        let (mut b, mut naive) = (Bench::new(), Naive::default());
        for (wait, op) in ops {
            b.run(Span::from_cycles(wait));
            let now = b.fabric.world.now.as_ps();
            naive.run_to(now);
            prop_assert_eq!(b.counter(), naive.count, "{:?}, {:?}", b.fabric.world.now, naive);
            naive.store(op, now);
            match op {
                Op::Clock(at) => b.write(at, 1),
                Op::Task(at) => b.write(RTC1 + at, 1),
                Op::Set(at, value) => b.write(RTC1 + at, value),
            }
            let events = [0, 1, 16, 17, 18, 19].map(|n| b.read(RTC1 + EVENTS_TICK + 4 * n) << n).iter().sum::<u32>();
            prop_assert_eq!(events, naive.events, "{:?}, {:?}, {:?}", b.fabric.world.now, op, naive);
            prop_assert_eq!(b.fabric.world.irqs & !1, u64::from(naive.events & naive.inten != 0) << 17);
        }
    }

    /// COUNTER is the time, however far and in however many steps, and looking at it on the way changes nothing.
    #[test]
    fn counting_in_one_step_equals_counting_in_many(
        prescaler in 0u32..4096, steps in prop::collection::vec(0u64..200_000_000_000_000, 1..12), wanted: u32,
    ) {
        let mut benches = [bench(), bench()];
        for b in &mut benches {
            b.write(RTC1 + PRESCALER, prescaler);
            b.write(RTC1 + EVTEN, wanted & !1);
            b.write(RTC1 + CC, 77);
            b.write(RTC1 + START, 1);
        }
        let [once, often] = &mut benches;
        once.run(Span::from_ps(steps.iter().sum()));
        for step in steps {
            often.run(Span::from_ps(step));
            often.counter();
        }
        let now = once.fabric.world.now.as_ps();
        let edges = u128::from(now.saturating_sub(LFRC_START)) * 32_768 / 1_000_000_000_000;
        let expected = edges / u128::from(prescaler + 1) % (1 << 24);
        prop_assert_eq!((u128::from(once.counter()), u128::from(often.counter())), (expected, expected));
        prop_assert_eq!(once.compare(0), often.compare(0));
        prop_assert_eq!(once.read(RTC1 + EVENTS_OVRFLW), often.read(RTC1 + EVENTS_OVRFLW));
    }
}
