//! TIMER0 to TIMER4: timers and counters of up to 32 bits on the 16 MHz clock (nRF52840 Product Specification v1.7, TIMER).
//!
//! Nothing ticks: the count is worked out from the edge of PCLK16M at which it was last set, and the next COMPARE is an alarm.
//!
//! 1. PCLK16M has an edge every 62.5 ns from power-on, in step with the core's clock. START and CLEAR let the first period begin
//!    at the next edge; STOP, CAPTURE and COUNT act at once, on the count of the last edge.
//! 2. START and CLEAR restart the prescaler, and STOP drops what it held (guess; the manual doesn't say).
//! 3. COMPARE comes when an increment, or a wrap, makes the count equal to CC in the bits of BITMODE. Writing the present count to
//!    CC, CAPTURE, CLEAR and START raise none.
//! 4. A shortcut acts at the very edge of its COMPARE, so that CC = n with COMPARE_CLEAR repeats every n periods. With both
//!    shortcuts the count is 0 afterwards.
//! 5. MODE, BITMODE or PRESCALER written while the timer runs: the count goes on from where it was in the new setting, and the
//!    fault `timer-changed-while-running` is reported. The manual calls the outcome unpredictable. A smaller BITMODE drops the upper
//!    bits of the count (guess).
//! 6. MODE = 2, low-power counter, works as MODE = 1, and so does the reserved 3. A reserved PRESCALER above 9 divides on (guess).
//! 7. SHUTDOWN is STOP and CLEAR (inferred from erratum 78; the manual calls it deprecated).
//! 8. The clock never costs power or start-up time: HFCLK is there when a timer is.

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use super::lint::TIMER_CHANGED_WHILE_RUNNING;
use crate::kernel::{Cx, Instant, Refusal, RegisterMap, registers};

registers! { pub TIMER, "nRF52840 PS v1.7, TIMER, Registers";
    0x000 TASKS_START W;
    0x004 TASKS_STOP W;
    0x008 TASKS_COUNT W;
    0x00C TASKS_CLEAR W;
    0x010 TASKS_SHUTDOWN W;
    0x040 TASKS_CAPTURE[4] W;
    0x140 EVENTS_COMPARE[4] RW;
    0x200 SHORTS RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x504 MODE RW;
    0x508 BITMODE RW;
    0x510 PRESCALER RW reset 4;
    0x540 CC[4] RW;
}
registers! { pub TIMER6CC, "nRF52840 PS v1.7, TIMER, instances with six CC, Registers";
    0x000 TASKS_START W;
    0x004 TASKS_STOP W;
    0x008 TASKS_COUNT W;
    0x00C TASKS_CLEAR W;
    0x010 TASKS_SHUTDOWN W;
    0x040 TASKS_CAPTURE[6] W;
    0x140 EVENTS_COMPARE[6] RW;
    0x200 SHORTS RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x504 MODE RW;
    0x508 BITMODE RW;
    0x510 PRESCALER RW reset 4;
    0x540 CC[6] RW;
}

/// Picoseconds from one edge of PCLK16M to the next, exact.
const PCLK16M_PS: u64 = 62_500;
const MOST_CC: usize = 6;
const IRQS: [u8; 5] = [8, 9, 10, 26, 27];
/// Bit of EVENTS_COMPARE\[0\] in INTENSET; the others follow.
const COMPARE: u8 = 16;
/// SHORTS: COMPAREn_CLEAR is bit n, COMPAREn_STOP is bit n + 8.
const SHORT_STOP: u8 = 8;
/// MODE: Timer.
const MODE_TIMER: u32 = 0;

/// TIMER `which`, 0 to 4.
#[derive(Clone, Debug)]
pub(super) struct Timer {
    which: usize,
    events: Events,
    shorts: u32,
    mode: u32,
    bitmode: u32,
    prescaler: u32,
    cc: [u32; MOST_CC],
    running: bool,
    /// The count at edge `since` of PCLK16M; the count itself while the timer is stopped or in a counter mode.
    count: u32,
    since: u64,
}

impl Block for Timer {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        let (_, index) = self.registers().find(at).ok_or(Refusal::Unmapped)?;
        Ok(match at {
            0x200 => self.shorts,
            0x504 => self.mode,
            0x508 => self.bitmode,
            0x510 => self.prescaler,
            0x540.. => self.cc[usize::from(index)],
            // Tasks read 0.
            _ => 0,
        })
    }

    fn write(&mut self, at: u16, value: u32, Io { cx, .. }: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, cx) {
            return Ok(());
        }
        let (_, index) = self.registers().find(at).ok_or(Refusal::Unmapped)?;
        match at {
            0x000..0x100 => {
                if value & 1 != 0 {
                    self.task(at, index.into(), cx);
                }
            }
            0x200 => self.shorts = value & self.all_shorts(),
            0x504 | 0x508 | 0x510 => self.configure(at, value, cx),
            _ => self.cc[usize::from(index)] = value,
        }
        self.plan(cx);
        Ok(())
    }

    /// The alarm: an increment has made the count equal to one of CC.
    fn wake(&mut self, _: u8, _: &mut dyn Ram, Io { cx, .. }: &mut Io) {
        self.event_compare(cx);
        self.plan(cx);
    }

    fn reset(&mut self) {
        *self = Self::new(self.which);
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Timer {
    pub(super) const fn new(which: usize) -> Self {
        let compares = (1 << Self::ccs(which)) - 1;
        Self {
            which,
            events: Events::new(IRQS[which], compares << COMPARE, false),
            shorts: 0,
            mode: MODE_TIMER,
            bitmode: 0,
            prescaler: 4,
            cc: [0; MOST_CC],
            running: false,
            count: 0,
            since: 0,
        }
    }

    const fn ccs(which: usize) -> usize {
        if which < 3 { 4 } else { MOST_CC }
    }

    fn registers(&self) -> &'static RegisterMap {
        if self.which < 3 { &TIMER } else { &TIMER6CC }
    }

    fn all_shorts(&self) -> u32 {
        let each = (1 << Self::ccs(self.which)) - 1;
        each | each << SHORT_STOP
    }

    fn configure(&mut self, at: u16, value: u32, cx: &mut Cx) {
        if self.running {
            self.set(self.counted(cx.now()), cx.now());
            let (which, name) = (self.which, self.registers().find(at).map_or("", |(register, _)| register.name));
            cx.report(&TIMER_CHANGED_WHILE_RUNNING, which as u64, || format!("TIMER{which}.{name}"));
        }
        match at {
            0x504 => self.mode = value & 3,
            0x508 => {
                self.bitmode = value & 3;
                self.count &= self.mask();
            }
            _ => self.prescaler = value & 0xF,
        }
    }

    fn task(&mut self, at: u16, index: usize, cx: &mut Cx) {
        match at {
            0x000 => self.task_start(cx.now()),
            0x004 => self.task_stop(cx.now()),
            0x008 => self.task_count(cx),
            0x00C => self.set(0, cx.now()),
            0x010 => {
                self.running = false;
                self.count = 0;
            }
            _ => self.cc[index] = self.counted(cx.now()),
        }
    }

    fn task_start(&mut self, now: Instant) {
        if !self.running {
            self.running = true;
            self.set(self.count, now);
        }
    }

    fn task_stop(&mut self, now: Instant) {
        self.count = self.counted(now);
        self.running = false;
    }

    fn task_count(&mut self, cx: &mut Cx) {
        if self.running && self.mode != MODE_TIMER {
            self.count = self.count.wrapping_add(1) & self.mask();
            self.event_compare(cx);
        }
    }

    /// The count becomes `count` at the next edge of PCLK16M.
    fn set(&mut self, count: u32, now: Instant) {
        self.count = count;
        self.since = now.as_ps().div_ceil(PCLK16M_PS);
    }

    /// The bits that count.
    fn mask(&self) -> u32 {
        [0xFFFF, 0xFF, 0x00FF_FFFF, u32::MAX][self.bitmode as usize & 3]
    }

    /// Whether it counts by itself.
    fn counts(&self) -> bool {
        self.running && self.mode == MODE_TIMER
    }

    /// Increments since edge `since`.
    fn increments(&self, now: Instant) -> u64 {
        (now.as_ps() / PCLK16M_PS).saturating_sub(self.since) >> self.prescaler
    }

    /// The count at `now`.
    fn counted(&self, now: Instant) -> u32 {
        let more = if self.counts() { self.increments(now) as u32 } else { 0 };
        self.count.wrapping_add(more) & self.mask()
    }

    /// The compare registers this timer has, in the bits that count.
    fn compares(&self) -> impl Iterator<Item = (u8, u32)> + use<> {
        let mask = self.mask();
        (0..).zip(self.cc.map(|cc| cc & mask)).take(Self::ccs(self.which))
    }

    /// Sets the alarm for the next COMPARE.
    fn plan(&self, cx: &mut Cx) {
        let alarm = alarms::of(IRQS[self.which], 0);
        if !self.counts() {
            return cx.cancel(alarm);
        }
        let (now, mask) = (self.counted(cx.now()), u64::from(self.mask()));
        // A count that is there already comes again after a whole turn.
        let nearest = self.compares().map(|(_, cc)| u64::from(cc).wrapping_sub(u64::from(now) + 1) & mask).min();
        let increments = self.increments(cx.now()) + nearest.unwrap_or(mask) + 1;
        let edge = self.since.saturating_add(increments << self.prescaler);
        cx.wake_at(alarm, Instant::from_ps(edge.saturating_mul(PCLK16M_PS)));
    }

    /// The count has just become what it is.
    fn event_compare(&mut self, cx: &mut Cx) {
        let (now, mut hit) = (self.counted(cx.now()), 0u32);
        for (n, _) in self.compares().filter(|&(_, cc)| cc == now) {
            self.events.raise(COMPARE + n, cx);
            hit |= 1 << n;
        }
        if self.shorts & hit != 0 {
            self.set(0, cx.now());
        }
        if self.shorts >> SHORT_STOP & hit != 0 {
            self.task_stop(cx.now());
        }
    }
}
