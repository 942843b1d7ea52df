//! What the beginning of a recording tells: levels, the time between samples, what is too short to be meant, whether it began
//! late.

use super::{Assignment, Capture, CaptureError, Change};
use crate::probes::transactions::Line;
use peripherals::kernel::{Instant, Level, Span};

/// Changes that are looked at: some seconds of a song.
const MOST: usize = 1 << 20;
/// A recording with finer times than this has exact ones.
const EXACT: Span = Span::from_ps(1_000);
/// A chip that was switched on with the recording takes no command before this.
const BOOT: Span = Span::from_ms(2);

/// The beginning.
#[derive(Clone, Debug)]
pub struct Head {
    /// Its changes, first levels included.
    pub changes: Vec<Change>,
    /// The first level of each channel, as far as it has one.
    pub levels: Vec<Option<Level>>,
    /// Between two samples, as the file says or as times look; `None` where they are exact.
    pub sample: Option<Span>,
}

impl Head {
    /// Reads it.
    ///
    /// # Errors
    /// [`CaptureError`] where the file makes no sense.
    pub fn read(capture: &mut Capture) -> Result<Self, CaptureError> {
        let mut changes = Vec::new();
        while changes.len() < MOST
            && let Some(change) = capture.next_change()?
        {
            changes.push(change);
        }
        let first = changes.first().map_or(Instant::ZERO, |change| change.at);
        let mut levels = vec![None; capture.channels.len()];
        for change in &changes {
            let slot = &mut levels[usize::from(change.channel)];
            // A channel of which only a change is known was the other way round before.
            let before = if change.at == first { change.level } else { Level::from(!change.level.is_high()) };
            slot.get_or_insert(before);
        }
        let sample = capture.sample.filter(|_| !capture.exact).or_else(|| {
            if capture.exact {
                return None;
            }
            let step =
                changes.windows(2).map(|pair| pair[1].at.since(pair[0].at)).filter(|step| *step > Span::ZERO).min();
            step.filter(|step| *step >= EXACT)
        });
        Ok(Self { changes, levels, sample })
    }

    /// What is shorter is a glitch: pulses of one sample, unless the recording has many that are not much longer.
    pub fn shortest_pulse(&self) -> Span {
        let Some(sample) = self.sample else { return Span::ZERO };
        let mut last: Vec<Option<Instant>> = vec![None; self.levels.len()];
        let mut pulses: Vec<Vec<u64>> = vec![Vec::new(); self.levels.len()];
        for change in &self.changes {
            let channel = usize::from(change.channel);
            if let Some(before) = last[channel].replace(change.at) {
                pulses[channel].push(change.at.since(before).as_ps());
            }
        }
        // The busiest channel is the clock, or as fast.
        let Some(busiest) = pulses.iter_mut().max_by_key(|pulses| pulses.len()) else { return Span::ZERO };
        busiest.sort_unstable();
        let short = busiest.get(busiest.len() / 10).copied().unwrap_or(0);
        if short >= 2 * sample.as_ps() { Span::from_ps(sample.as_ps() * 3 / 2) } else { Span::ZERO }
    }

    /// The first levels by line.
    pub fn by_line(&self, assignment: &Assignment) -> [Option<Level>; 7] {
        Line::ALL.map(|line| {
            let channel = assignment.channel(line)?;
            // One that never changes and has no level is low, as the reader has it.
            Some(self.levels.get(usize::from(channel)).copied().flatten().unwrap_or_default())
        })
    }

    /// Whether the chip was running when the recording began.
    pub fn is_late(&self, assignment: &Assignment) -> bool {
        let levels = self.by_line(assignment);
        let reset = assignment.channel(Line::Xreset);
        let in_reset = |change: &Change| Some(change.channel) == reset && !change.level.is_high();
        let start = self.changes.first().map_or(Instant::ZERO, |change| change.at);
        let selects = [Line::Xcs, Line::Xdcs].map(|line| assignment.channel(line));
        let clock = assignment.channel(Line::Sclk);
        let busy = |change: &Change| {
            change.at > start
                && (selects.contains(&Some(change.channel)) && !change.level.is_high() || Some(change.channel) == clock)
        };
        let first_use = self.changes.iter().position(busy).unwrap_or(self.changes.len());
        if self.changes[..first_use].iter().any(in_reset) {
            return false;
        }
        let at = self.changes.get(first_use).map_or(start + BOOT, |change| change.at);
        match levels[Line::Dreq as usize] {
            Some(dreq) => dreq.is_high(),
            None => at.since(start) < BOOT,
        }
    }
}
