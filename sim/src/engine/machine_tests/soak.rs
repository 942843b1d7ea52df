//! Hours of a firmware that sleeps between interrupts: each comes when it is due, to the cycle, and memory stays as it is.

use super::bench::{Setup, long, run_to};
use crate::engine::machine::Machine;
use peripherals::kernel::{Instant, Level, NetId, PinId, Probe, SOC, Span};
use std::collections::VecDeque;

/// Hears the pin that a handler toggles, and holds every edge against the exact moment at which its interrupt was due.
#[derive(Clone)]
struct Clock {
    /// A period is `num / den` picoseconds.
    num: u128,
    den: u128,
    first: Option<Instant>,
    edges: u128,
    /// How far edges were from where the first one puts them, in picoseconds.
    least: i128,
    most: i128,
    /// The last so many.
    recent: VecDeque<i128>,
    /// The median of so many of the first: those behind the start of LFXO, for which the firmware waits awake.
    beginning: Option<i128>,
}

/// Edges over which the median delay is taken: most come out of sleep, and only some are held up by another handler.
const WINDOW: usize = 200;
/// Edges of the beginning that do not count as such.
const START: u128 = 1_000;

impl Clock {
    fn new(num: u128, den: u128) -> Self {
        Self { num, den, first: None, edges: 0, least: 0, most: 0, recent: VecDeque::new(), beginning: None }
    }

    fn median(&self) -> i128 {
        let mut sorted: Vec<_> = self.recent.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or(0)
    }
}

impl Probe for Clock {
    fn edge(&mut self, at: Instant, _: NetId, _: Level) {
        let first = *self.first.get_or_insert(at);
        let ideal = u128::from(first.as_ps()) + self.edges * self.num / self.den;
        let off = i128::from(at.as_ps()) - ideal as i128;
        self.edges += 1;
        (self.least, self.most) = (self.least.min(off), self.most.max(off));
        if self.recent.len() == WINDOW {
            if self.beginning.is_none() && self.edges >= START {
                self.beginning = Some(self.median());
            }
            self.recent.pop_front();
        }
        self.recent.push_back(off);
    }
}

/// Lets `clock` hear P0.`pin`.
fn attach(machine: &mut Machine, pin: u8, clock: Clock) -> peripherals::kernel::ProbeId {
    let fabric = &mut machine.core.bus_mut().fabric;
    let probe = fabric.add_probe(Box::new(clock));
    let net = fabric.world.nets.net_of(SOC, PinId(pin)).expect("every pin has a wire");
    fabric.world.nets.watch(net, probe);
    probe
}

/// Resident memory of this process in bytes.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok().map(|kb| kb * 1024)
}

/// The latest that a handler may be: the other one and the wake-up come first.
const LATEST_PS: i128 = 10_000_000;
/// What translations of code take that were dropped one by one, before all are: 10 MB were seen.
const MOST_MEMORY: u64 = 16_000_000;
const HOUR: Span = Span::from_ms(3_600_000);

/// RTC1 every `ticks` of 32,768 Hz and TIMER0 every `us`, for `hours`. Alone in its process memory is looked at as well.
fn soak(ticks: u32, us: u32, hours: u64, alone: bool) {
    let setup = Setup::soak([ticks, us, 10_000, 0xFFFF_FFFF], "gated");
    let mut machine = setup.machine();
    let rtc = attach(&mut machine, 13, Clock::new(u128::from(ticks) * 1_000_000_000_000, 32_768));
    let timer = attach(&mut machine, 14, Clock::new(u128::from(us) * 1_000_000, 1));
    let (mut end, mut early) = (Instant::ZERO, None);
    let started = std::time::Instant::now();
    for tenth in 0..10 * hours {
        end += Span::from_ps(HOUR.as_ps() / 10);
        assert_eq!(run_to(&mut machine, end), None);
        if tenth == 9 {
            early = resident();
        }
    }
    println!(
        "{hours} h at {ticks} ticks and {us} us: {:.0}x real time",
        end.as_secs_f64() / started.elapsed().as_secs_f64()
    );
    if let (Some(early), Some(late), true) = (early, resident(), alone) {
        println!("{early} bytes of memory after an hour, {late} at the end");
        assert!(late < early + MOST_MEMORY, "memory grows: {early} to {late}");
    }
    for (probe, name, period_s) in
        [(rtc, "rtc_count", f64::from(ticks) / 32_768.0), (timer, "timer_count", f64::from(us) / 1e6)]
    {
        let clock: &Clock = machine.core.bus().fabric.probe(probe).expect("it was attached");
        let counted = machine.word(setup.firmware().symbol(name).expect("the firmware has it").addr);
        assert_eq!(Some(clock.edges as u32), counted, "{name}");
        let expected = end.as_secs_f64() / period_s;
        assert!(
            (expected - clock.edges as f64).abs() < 2.0 + 0.3 / period_s,
            "{name}: {} and not {expected}",
            clock.edges
        );
        assert!(clock.least > -LATEST_PS && clock.most < LATEST_PS, "{name}: {} to {} ps", clock.least, clock.most);
        let drift = clock.median() - clock.beginning.expect("there was a beginning");
        // Two cycles: what is due at a fraction of a cycle is heard at the next one.
        assert!(drift.abs() <= 2 * 15_625, "{name}: {drift} ps from beginning to end");
    }
}

#[test]
fn an_hour_of_interrupts_and_sleep_has_no_drift() {
    soak(8_192, 100_000, 1, false);
}

/// `.ci/long` runs it alone.
#[test]
fn ten_hours_have_no_drift_and_take_no_memory() {
    if long() {
        soak(8_192, 100_000, 10, true);
        // Many times as many interrupts: what grows with them would be seen here.
        soak(33, 777, 2, true);
    }
}
