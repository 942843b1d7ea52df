//! RTC0 to RTC2: 24-bit counters on the 32.768 kHz clock (nRF52840 Product Specification v1.7, RTC).
//!
//! Nothing ticks: COUNTER is worked out from the edge of LFCLK at which it was last set. An alarm is set for the next edge at
//! which a task is taken over or an enabled event comes.
//!
//! 1. A task acts at the first rising edge of LFCLK behind a falling edge behind the store, 15 us to 46 us later. After START that
//!    edge is the first increment when PRESCALER is 0, and else the first increment comes PRESCALER periods behind it (the manual
//!    shows PRESCALER = 0 only). CLEAR and TRIGOVRFLW set COUNTER at their edge, STOP leaves it as it was before its edge.
//! 2. Tasks that are taken over at one edge act in the order in which they were stored; CLEAR and TRIGOVRFLW keep COUNTER where
//!    they set it even if START comes behind them (guess, which lets drivers see the 0 that they wait for). START of a counter that
//!    runs changes nothing (guess).
//! 3. A store to CC is compared with from the same edge on. So, with COUNTER at N, N + 2 is always met and N + 1 is missed when
//!    the store comes in the second half of a period; the old CC may still be met there (the manual's rules; that both halves
//!    differ so is inferred).
//! 4. COMPARE comes at an increment or wrap to CC only: not by CLEAR, TRIGOVRFLW or START, and not by a store of the present COUNTER.
//! 5. PRESCALER is taken over by START, CLEAR and TRIGOVRFLW. It can be written from STOP on, though the counter runs on until the
//!    next edge (guess). Before that the store is dropped, with the fault `rtc-prescaler-while-running`.
//! 6. Events come exactly at edges of LFCLK; the chip takes up to 62.5 ns more to bring them to the 16 MHz clock.
//! 7. Without LFCLK, tasks and CC wait. No task starts it: the manual says that TRIGOVRFLW does, drivers and their authors'
//!    models don't. When LFCLK stops, COUNTER stays and the prescaler starts anew with it (guess).
//! 8. On the chip a load of COUNTER halts the core for 5 periods of PCLK16M (remembered); here it costs what any load does.

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use super::lfclk::Lfclk;
use super::lint::RTC_PRESCALER_WHILE_RUNNING;
use crate::kernel::{Cx, Instant, Refusal, RegisterMap, registers};

registers! { pub RTC, "nRF52840 PS v1.7, RTC, Registers";
    0x000 TASKS_START W;
    0x004 TASKS_STOP W;
    0x008 TASKS_CLEAR W;
    0x00C TASKS_TRIGOVRFLW W;
    0x100 EVENTS_TICK RW;
    0x104 EVENTS_OVRFLW RW;
    0x140 EVENTS_COMPARE[4] RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x340 EVTEN RW;
    0x344 EVTENSET RW;
    0x348 EVTENCLR RW;
    0x504 COUNTER R;
    0x508 PRESCALER RW;
    0x540 CC[4] RW;
}
registers! { pub RTC3CC, "nRF52840 PS v1.7, RTC, the instance with three CC, Registers";
    0x000 TASKS_START W;
    0x004 TASKS_STOP W;
    0x008 TASKS_CLEAR W;
    0x00C TASKS_TRIGOVRFLW W;
    0x100 EVENTS_TICK RW;
    0x104 EVENTS_OVRFLW RW;
    0x140 EVENTS_COMPARE[3] RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x340 EVTEN RW;
    0x344 EVTENSET RW;
    0x348 EVTENCLR RW;
    0x504 COUNTER R;
    0x508 PRESCALER RW;
    0x540 CC[3] RW;
}

/// COUNTER, the one register whose reads change without a store or an event.
const COUNTER: u16 = 0x504;
const MASK: u32 = 0x00FF_FFFF;
/// What TRIGOVRFLW sets COUNTER to.
const NEAR_OVERFLOW: u32 = 0x00FF_FFF0;
const MOST_CC: usize = 4;
const IRQS: [u8; 3] = [11, 17, 36];
const TICK: u8 = 0;
const OVRFLW: u8 = 1;
/// Bit of EVENTS_COMPARE\[0\] in INTENSET and EVTEN; the others follow.
const COMPARE: u8 = 16;

/// What waits for an edge of LFCLK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Start,
    Stop,
    /// CLEAR or TRIGOVRFLW.
    Set(u32),
    Compare(usize, u32),
}

impl Act {
    /// Whether this one undoes all that `earlier` did.
    fn replaces(self, earlier: Self) -> bool {
        match (self, earlier) {
            (Self::Start, Self::Start) | (Self::Stop, Self::Stop) | (Self::Set(_), Self::Set(_)) => true,
            (Self::Compare(a, _), Self::Compare(b, _)) => a == b,
            _ => false,
        }
    }
}

/// RTC `which`, 0 to 2.
#[derive(Clone, Debug)]
pub(super) struct Rtc {
    which: usize,
    events: Events,
    evten: u32,
    prescaler: u32,
    /// CC as they read; those of the comparators follow at an edge.
    cc: [u32; MOST_CC],
    compared: [u32; MOST_CC],
    lfclk: Option<Lfclk>,
    /// Between START and STOP as software sees it.
    started: bool,
    counting: bool,
    /// COUNTER at rising edge `since` of LFCLK; COUNTER itself while it does not count.
    count: u32,
    since: u64,
    /// PRESCALER as it was taken over.
    divisor: u32,
    /// Acts by the edge that takes them over, oldest first; there are never more than two edges.
    waiting: Vec<(u64, Act)>,
}

impl Block for Rtc {
    fn read(&mut self, at: u16, Io { cx, .. }: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        let (_, index) = self.registers().find(at).ok_or(Refusal::Unmapped)?;
        Ok(match at {
            0x340..0x34C => self.evten,
            COUNTER => self.counted(self.edges(cx.now())),
            0x508 => self.prescaler,
            0x540.. => self.cc[usize::from(index)],
            // Tasks read 0.
            _ => 0,
        })
    }

    fn write(&mut self, at: u16, value: u32, Io { cx, .. }: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, cx) {
            self.plan(cx);
            return Ok(());
        }
        let (_, index) = self.registers().find(at).ok_or(Refusal::Unmapped)?;
        match at {
            0x000..0x100 => {
                if value & 1 != 0 {
                    self.task(at, cx.now());
                }
            }
            0x340 => self.evten = value & self.events.existing(),
            0x344 => self.evten |= value & self.events.existing(),
            0x348 => self.evten &= !value,
            COUNTER => return Err(Refusal::ReadOnly),
            0x508 => self.write_prescaler(value, cx),
            _ => {
                let index = usize::from(index);
                self.cc[index] = value & MASK;
                self.wait(Act::Compare(index, value & MASK), cx.now());
            }
        }
        self.plan(cx);
        Ok(())
    }

    /// The alarm: the edge that has just come takes something over, or brings an event.
    fn wake(&mut self, _: u8, _: &mut dyn Ram, Io { cx, .. }: &mut Io) {
        let edge = self.edges(cx.now());
        if edge > 0 && !self.take_over(edge) && self.counted(edge) != self.counted(edge - 1) {
            self.events_of_increment(self.counted(edge), cx);
        }
        self.plan(cx);
    }

    fn reset(&mut self) {
        *self = Self::new(self.which);
    }

    /// COUNTER until its next increment.
    fn steady_until(&self, at: u16, now: Instant) -> Option<Instant> {
        Some(if at == COUNTER { self.next_increment(now).unwrap_or(FOREVER) } else { FOREVER })
    }
}

impl Rtc {
    pub(super) const fn new(which: usize) -> Self {
        let compares = (1 << Self::ccs(which)) - 1;
        Self {
            which,
            events: Events::new(IRQS[which], compares << COMPARE | 1 << OVRFLW | 1 << TICK, false),
            evten: 0,
            prescaler: 0,
            cc: [0; MOST_CC],
            compared: [0; MOST_CC],
            lfclk: None,
            started: false,
            counting: false,
            count: 0,
            since: 0,
            divisor: 1,
            waiting: Vec::new(),
        }
    }

    const fn ccs(which: usize) -> usize {
        if which == 0 { 3 } else { MOST_CC }
    }

    fn registers(&self) -> &'static RegisterMap {
        if self.which == 0 { &RTC3CC } else { &RTC }
    }

    fn write_prescaler(&mut self, value: u32, cx: &mut Cx) {
        if self.started {
            let which = self.which;
            cx.report(&RTC_PRESCALER_WHILE_RUNNING, which as u64, || format!("RTC{which}.PRESCALER"));
        } else {
            self.prescaler = value & 0xFFF;
        }
    }

    fn task(&mut self, at: u16, now: Instant) {
        let act = match at {
            0x000 => Act::Start,
            0x004 => Act::Stop,
            0x008 => Act::Set(0),
            _ => Act::Set(NEAR_OVERFLOW),
        };
        match act {
            Act::Start => self.started = true,
            Act::Stop => self.started = false,
            _ => {}
        }
        self.wait(act, now);
    }

    /// `act` is to be taken over at the next edge that can; without a clock, at the first one there will be.
    fn wait(&mut self, act: Act, now: Instant) {
        let edge = self.lfclk.map_or(0, |clock| clock.taken_over(now));
        self.waiting.retain(|&(other, earlier)| other != edge || !act.replaces(earlier));
        self.waiting.push((edge, act));
    }

    /// LFCLK starts to run, or stops.
    pub(super) fn lfclk_changed(&mut self, lfclk: Option<Lfclk>, cx: &mut Cx) {
        self.count = self.counted(self.edges(cx.now()));
        self.since = 0;
        self.lfclk = lfclk;
        for (_, act) in core::mem::take(&mut self.waiting) {
            self.wait(act, cx.now());
        }
        self.plan(cx);
    }

    /// Rising edges of LFCLK that have come.
    fn edges(&self, now: Instant) -> u64 {
        self.lfclk.map_or(0, |clock| clock.edges(now))
    }

    /// Increments between edge `since` and `edge`.
    fn increments(&self, edge: u64) -> u64 {
        if self.counting { edge.saturating_sub(self.since) / u64::from(self.divisor) } else { 0 }
    }

    /// COUNTER from `edge` on.
    fn counted(&self, edge: u64) -> u32 {
        self.count.wrapping_add(self.increments(edge) as u32) & MASK
    }

    /// COUNTER's next increment behind `now` by itself.
    fn next_increment(&self, now: Instant) -> Option<Instant> {
        let clock = self.lfclk.filter(|_| self.counting)?;
        Some(clock.edge(self.edge_of(self.increments(clock.edges(now)) + 1)))
    }

    /// The edge of increment number `increments` since edge `since`.
    fn edge_of(&self, increments: u64) -> u64 {
        self.since + increments * u64::from(self.divisor)
    }

    /// The compare registers this counter has, as the comparators see them.
    fn compares(&self) -> impl Iterator<Item = (u8, u32)> + use<> {
        (0..).zip(self.compared).take(Self::ccs(self.which))
    }

    /// Events exist only while EVTEN or INTEN wants them (the manual, "Event control feature").
    fn wanted(&self) -> u32 {
        self.evten | self.events.enabled()
    }

    /// Sets the alarm for the next edge at which something happens.
    fn plan(&self, cx: &mut Cx) {
        let alarm = alarms::of(IRQS[self.which], 0);
        let Some(clock) = self.lfclk else { return cx.cancel(alarm) };
        let taken_over = self.waiting.iter().map(|&(edge, _)| edge).min();
        let event = self.next_event(clock.edges(cx.now()));
        match [taken_over, event].into_iter().flatten().min() {
            Some(edge) => cx.wake_at(alarm, clock.edge(edge)),
            None => cx.cancel(alarm),
        }
    }

    /// The first edge behind `edge` at which an event comes that is wanted.
    fn next_event(&self, edge: u64) -> Option<u64> {
        if !self.counting {
            return None;
        }
        let (done, now) = (self.increments(edge), self.counted(edge));
        // A value that is there already comes again after a whole turn.
        let until = |value: u32| u64::from(value.wrapping_sub(now + 1) & MASK) + 1;
        let wanted = |event: u8| self.wanted() >> event & 1 != 0;
        let tick = wanted(TICK).then_some(1);
        let overflow = wanted(OVRFLW).then(|| until(0));
        let compares = self.compares().filter(|&(n, _)| wanted(COMPARE + n)).map(|(_, cc)| until(cc));
        compares.chain(tick).chain(overflow).min().map(|increments| self.edge_of(done + increments))
    }

    /// Does what waits for `edge`. True when that has set COUNTER.
    fn take_over(&mut self, edge: u64) -> bool {
        let mut set = false;
        for (due, act) in core::mem::take(&mut self.waiting) {
            match act {
                _ if due > edge => self.waiting.push((due, act)),
                Act::Start if !self.counting => {
                    self.since = if set { edge } else { edge - 1 };
                    self.counting = true;
                    self.divisor = self.prescaler + 1;
                }
                Act::Start => {}
                Act::Stop => {
                    self.count = self.counted(edge - 1);
                    self.counting = false;
                }
                Act::Set(count) => {
                    (self.count, self.since, set) = (count, edge, true);
                    self.divisor = self.prescaler + 1;
                }
                Act::Compare(n, cc) => self.compared[n] = cc,
            }
        }
        set
    }

    fn events_of_increment(&mut self, count: u32, cx: &mut Cx) {
        let compares = self.compares().filter(|&(_, cc)| cc == count).fold(0, |bits, (n, _)| bits | 1 << (COMPARE + n));
        let came = (1 << TICK | u32::from(count == 0) << OVRFLW | compares) & self.wanted();
        for event in (0..32).filter(|event| came >> event & 1 != 0) {
            // INTEN lets an event happen, but PPI hears it by EVTEN only.
            if self.evten >> event & 1 != 0 { self.events.raise(event, cx) } else { self.events.flag(event, cx) }
        }
    }
}
