//! TIMER, RTC and EGU by their pages: which block an access or an alarm is for.

use super::alarms;
use super::egu::Egu;
use super::lfclk::Lfclk;
use super::rtc::{COUNTER, Rtc};
use super::timer::Timer;
use crate::kernel::{Alarm, Cx, Instant, Refusal};

/// A block, by its place among its kind.
#[derive(Clone, Copy)]
enum Block {
    Timer(usize),
    Rtc(usize),
    Egu(usize),
}

/// The block in a page (nRF52840 PS v1.7, Instantiation).
const fn find(page: u32) -> Option<Block> {
    Some(match page {
        0x4000_8000 => Block::Timer(0),
        0x4000_9000 => Block::Timer(1),
        0x4000_A000 => Block::Timer(2),
        0x4001_A000 => Block::Timer(3),
        0x4001_B000 => Block::Timer(4),
        0x4000_B000 => Block::Rtc(0),
        0x4001_1000 => Block::Rtc(1),
        0x4002_4000 => Block::Rtc(2),
        0x4001_4000..0x4001_A000 => Block::Egu(((page - 0x4001_4000) >> 12) as usize),
        _ => return None,
    })
}

/// Whether one of these blocks has the page.
pub(super) const fn has(page: u32) -> bool {
    find(page).is_some()
}

/// Whether loads of a register of these blocks give the same until the next alarm or store.
pub(super) const fn is_steady(page: u32, at: u16) -> bool {
    match find(page) {
        Some(Block::Rtc(_)) => at != COUNTER,
        Some(_) => true,
        None => false,
    }
}

/// The blocks.
#[derive(Clone, Debug)]
pub(super) struct Timing {
    timers: [Timer; 5],
    rtcs: [Rtc; 3],
    egus: [Egu; 6],
    lfclk: Option<Lfclk>,
}

impl Timing {
    pub(super) fn new() -> Self {
        Self {
            timers: [0, 1, 2, 3, 4].map(Timer::new),
            rtcs: [0, 1, 2].map(Rtc::new),
            egus: [0, 1, 2, 3, 4, 5].map(Egu::new),
            lfclk: None,
        }
    }

    pub(super) fn reset(&mut self) {
        self.timers.iter_mut().for_each(Timer::reset);
        self.rtcs.iter_mut().for_each(Rtc::reset);
        self.egus.iter_mut().for_each(Egu::reset);
        self.lfclk = None;
    }

    pub(super) fn read(&self, page: u32, at: u16, now: Instant) -> Result<u32, Refusal> {
        match find(page) {
            Some(Block::Timer(n)) => self.timers[n].read(at),
            Some(Block::Rtc(n)) => self.rtcs[n].read(at, now),
            Some(Block::Egu(n)) => self.egus[n].read(at),
            None => Err(Refusal::Unmapped),
        }
    }

    pub(super) fn write(&mut self, page: u32, at: u16, value: u32, cx: &mut Cx) -> Result<(), Refusal> {
        match find(page) {
            Some(Block::Timer(n)) => self.timers[n].write(at, value, cx),
            Some(Block::Rtc(n)) => self.rtcs[n].write(at, value, cx),
            Some(Block::Egu(n)) => self.egus[n].write(at, value, cx),
            None => Err(Refusal::Unmapped),
        }
    }

    /// CLOCK was written: what the RTCs count may have changed.
    pub(super) fn lfclk_is(&mut self, lfclk: Option<Lfclk>, cx: &mut Cx) {
        if self.lfclk != lfclk {
            self.lfclk = lfclk;
            self.rtcs.iter_mut().for_each(|rtc| rtc.lfclk_changed(lfclk, cx));
        }
    }

    /// Whose alarm it is; false when it is none of these blocks'.
    pub(super) fn wake(&mut self, alarm: Alarm, cx: &mut Cx) -> bool {
        if let Some(n) = alarms::TIMER.iter().position(|&a| a == alarm) {
            self.timers[n].wake(cx);
        } else if let Some(n) = alarms::RTC.iter().position(|&a| a == alarm) {
            self.rtcs[n].wake(cx);
        } else {
            return false;
        }
        true
    }

    /// The RTC whose COUNTER is at `at` of `page`.
    pub(super) fn counter(&self, page: u32, at: u16) -> Option<&Rtc> {
        match find(page) {
            Some(Block::Rtc(n)) if at == COUNTER => Some(&self.rtcs[n]),
            _ => None,
        }
    }
}
