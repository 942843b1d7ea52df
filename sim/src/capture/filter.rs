//! Glitches go, and what a sampled recording has at one moment is put into the order in which it must have been.

use super::Change;
use crate::probes::transactions::Line;
use peripherals::kernel::{Instant, Level, Span};
use std::collections::VecDeque;

/// What the filter took out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glitches {
    /// Pulses that were too short.
    pub count: u64,
    /// When the first one was.
    pub first: Option<Instant>,
}

/// Changes that wait until it is certain that they are no glitch.
#[derive(Debug)]
pub struct Filter {
    /// A pulse shorter than this is a glitch.
    shortest: Span,
    /// Edges of one moment have no order of their own.
    sampled: bool,
    /// Which line each channel is.
    lines: Vec<Option<Line>>,
    waiting: VecDeque<Option<Change>>,
    /// By channel: the place of its last change in `waiting`, counted from the first change ever.
    places: Vec<u64>,
    taken: u64,
    ready: VecDeque<Change>,
    group: Vec<Change>,
    levels: Vec<Option<Level>>,
    glitches: Glitches,
}

impl Filter {
    /// A filter for channels that are `lines` and begin with `levels`. Pulses shorter than `shortest` go; `sampled` is whether what
    /// changes at the same moment is in no order.
    pub fn new(lines: &[Option<Line>], levels: &[Option<Level>], shortest: Span, sampled: bool) -> Self {
        Self {
            shortest,
            sampled,
            lines: lines.to_vec(),
            waiting: VecDeque::new(),
            places: vec![u64::MAX; lines.len()],
            taken: 0,
            ready: VecDeque::new(),
            group: Vec::new(),
            levels: levels.to_vec(),
            glitches: Glitches::default(),
        }
    }

    /// What went so far.
    pub fn glitches(&self) -> Glitches {
        self.glitches
    }

    /// The next change of the file.
    pub fn push(&mut self, change: Change) {
        let channel = usize::from(change.channel);
        if channel >= self.lines.len() || self.levels[channel] == Some(change.level) {
            return;
        }
        self.let_go(change.at);
        let first = self.levels[channel].is_none();
        self.levels[channel] = Some(change.level);
        let before = self.places[channel].checked_sub(self.taken).filter(|_| self.places[channel] != u64::MAX);
        let waits = before.and_then(|place| self.waiting.get_mut(place as usize)).filter(|slot| slot.is_some());
        if let Some(slot) = waits {
            // It came back before it counted.
            self.glitches.count += 1;
            self.glitches.first = self.glitches.first.or(slot.map(|change| change.at));
            *slot = None;
            self.places[channel] = u64::MAX;
            return;
        }
        // The first level of a channel is no edge.
        self.places[channel] = if first { u64::MAX } else { self.taken + self.waiting.len() as u64 };
        self.waiting.push_back(Some(change));
    }

    /// Nothing more will come.
    pub fn end(&mut self) {
        self.let_go(Instant::from_ps(u64::MAX));
        self.order();
    }

    /// The next change that counts.
    pub fn pop(&mut self) -> Option<Change> {
        self.ready.pop_front()
    }

    fn let_go(&mut self, now: Instant) {
        while let Some(front) = self.waiting.front() {
            if front.is_some_and(|change| now.since(change.at) < self.shortest && now != Instant::from_ps(u64::MAX)) {
                break;
            }
            self.taken += 1;
            let Some(change) = self.waiting.pop_front().flatten() else { continue };
            if !self.sampled {
                self.ready.push_back(change);
                continue;
            }
            if self.group.first().is_some_and(|first| first.at != change.at) {
                self.order();
            }
            self.group.push(change);
        }
    }

    /// Within one sample a select falls before data and clock, and rises behind them; data are there before the clock moves.
    fn order(&mut self) {
        let rank = |change: &Change| match self.lines[usize::from(change.channel)] {
            Some(Line::Xreset) => 0,
            Some(Line::Xcs | Line::Xdcs) if !change.level.is_high() => 1,
            Some(Line::Mosi | Line::Miso) => 2,
            Some(Line::Sclk) => 3,
            Some(Line::Xcs | Line::Xdcs) => 4,
            Some(Line::Dreq) | None => 5,
        };
        self.group.sort_by_key(rank);
        self.ready.extend(self.group.drain(..));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(
        lines: &[Option<Line>],
        shortest: u64,
        sampled: bool,
        all: &[(u64, u16, bool)],
    ) -> (Vec<(u64, u16, bool)>, u64) {
        let mut filter = Filter::new(lines, &vec![None; lines.len()], Span::from_ps(shortest), sampled);
        let mut out = Vec::new();
        for &(ps, channel, high) in all {
            filter.push(Change { at: Instant::from_ps(ps), channel, level: Level::from(high) });
            while let Some(change) = filter.pop() {
                out.push((change.at.as_ps(), change.channel, change.level.is_high()));
            }
        }
        filter.end();
        while let Some(change) = filter.pop() {
            out.push((change.at.as_ps(), change.channel, change.level.is_high()));
        }
        (out, filter.glitches().count)
    }

    #[test]
    fn pulses_that_are_too_short_go_and_are_counted() {
        let all = [
            (0, 0, false),
            (0, 1, true),
            (100, 0, true),
            (105, 1, false),
            (108, 0, false),
            (200, 0, true),
            (300, 0, false),
        ];
        let (out, glitches) = run(&[None, None], 10, false, &all);
        assert_eq!(out, [(0, 0, false), (0, 1, true), (105, 1, false), (200, 0, true), (300, 0, false)]);
        assert_eq!(glitches, 1);
        assert_eq!(run(&[None, None], 0, false, &all).0, all);
    }

    #[test]
    fn a_sample_has_an_order_that_makes_sense() {
        let lines = [Some(Line::Sclk), Some(Line::Mosi), Some(Line::Xdcs)];
        let all = [
            (0, 0, false),
            (0, 1, false),
            (0, 2, true),
            (5, 0, true),
            (5, 1, true),
            (5, 2, false),
            (9, 2, true),
            (9, 0, false),
        ];
        let (out, _) = run(&lines, 0, true, &all);
        assert_eq!(out[3..], [(5, 2, false), (5, 1, true), (5, 0, true), (9, 0, false), (9, 2, true)]);
    }
}
