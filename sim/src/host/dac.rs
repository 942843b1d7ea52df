//! The DAC's own rate: blocks of any rate become one row of samples at 48 kHz.
//!
//! The VS1053 resamples every rate in hardware to that of its DAC, at most XTALI/256 (VS1053b datasheet v1.33, "Clocking",
//! "SCI_CLOCKF"). How is VLSI's; this is `vs1053::resample`. Simulated time is kept exactly, so that a crystal that is off is heard as it is, and a
//! change of rate makes no new file.
//!
//! 1. A rate's last samples and the next one's first do not mix: each ends in silence.

use super::Pcm;
use peripherals::chips::vs1053::resample;
use peripherals::kernel::{Instant, Rate};
use std::collections::VecDeque;

/// The DAC's rate at 12.288 MHz, in hertz.
pub const DAC_HZ: u32 = 48_000;
/// Frames that are taken in at a time.
const PIECE: u64 = 4_096;

/// A rate under way.
struct Segment {
    start: Instant,
    rate_hz: u32,
    /// Frames that may still count, and the number of the first of them.
    frames: VecDeque<[i16; 2]>,
    first: u64,
}

/// The converter.
#[derive(Default)]
pub struct Dac {
    epoch: Option<Instant>,
    segment: Option<Segment>,
    /// The number of the next frame to leave.
    next: u64,
    out: Vec<i16>,
}

impl Dac {
    /// Takes `pcm` in and gives what has become complete to `sink`.
    ///
    /// # Errors
    /// Those of `sink`.
    pub fn push<E>(&mut self, pcm: &Pcm<'_>, sink: &mut dyn FnMut(&Pcm<'_>) -> Result<(), E>) -> Result<(), E> {
        if pcm.frames == 0 || pcm.rate_hz == 0 {
            return Ok(());
        }
        self.epoch.get_or_insert(pcm.start);
        if self.segment.as_ref().is_none_or(|s| s.rate_hz != pcm.rate_hz) {
            self.fill(Some(pcm.start));
            self.segment = Some(Segment { start: pcm.start, rate_hz: pcm.rate_hz, frames: VecDeque::new(), first: 0 });
        }
        let mut left = pcm.frames;
        while left > 0 {
            let count = left.min(PIECE);
            let Some(segment) = &mut self.segment else { break };
            if pcm.samples.is_empty() {
                segment.frames.extend(std::iter::repeat_n([0; 2], count as usize));
            } else {
                let from = 2 * (pcm.frames - left) as usize;
                segment.frames.extend(pcm.samples[from..from + 2 * count as usize].as_chunks::<2>().0);
            }
            left -= count;
            self.fill(None);
            self.give(sink)?;
        }
        Ok(())
    }

    /// Gives the rest.
    ///
    /// # Errors
    /// Those of `sink`.
    pub fn finish<E>(&mut self, sink: &mut dyn FnMut(&Pcm<'_>) -> Result<(), E>) -> Result<(), E> {
        if let Some(segment) = &self.segment {
            let end = segment.first + segment.frames.len() as u64;
            self.fill(Some(segment.start + Rate::new(segment.rate_hz.into()).span(end)));
        }
        self.give(sink)
    }

    /// Works out frames up to `end`, or as far as all that counts for them is there.
    fn fill(&mut self, end: Option<Instant>) {
        let (Some(segment), Some(epoch)) = (&mut self.segment, self.epoch) else { return };
        let reach = resample::reach(segment.rate_hz, DAC_HZ);
        let complete = segment.first + segment.frames.len() as u64;
        let dac = Rate::new(DAC_HZ.into());
        let rate = i128::from(segment.rate_hz);
        let before =
            ((i128::from(segment.start.since(epoch).as_ps()) * rate) << resample::POSITION) / 1_000_000_000_000;
        loop {
            // The moment in samples of the segment, exact where it is whole.
            let exact = ((i128::from(self.next) * rate) << resample::POSITION) / i128::from(DAC_HZ);
            let position = (exact - before) as i64;
            let whole = (position >> resample::POSITION).max(0) as u64;
            let over = match end {
                Some(end) => epoch + dac.span(self.next) >= end,
                None => whole + reach + 2 > complete,
            };
            if over {
                break;
            }
            let frame = |n: i64| {
                let place = u64::try_from(n).ok().and_then(|n| n.checked_sub(segment.first));
                place.and_then(|n| segment.frames.get(n as usize)).copied().unwrap_or_default()
            };
            self.out.extend(resample::at(frame, position, segment.rate_hz, DAC_HZ));
            self.next += 1;
            let gone = whole.saturating_sub(reach + 2).saturating_sub(segment.first).min(segment.frames.len() as u64);
            segment.frames.drain(..gone as usize);
            segment.first += gone;
        }
    }

    fn give<E>(&mut self, sink: &mut dyn FnMut(&Pcm<'_>) -> Result<(), E>) -> Result<(), E> {
        let samples = std::mem::take(&mut self.out);
        let frames = samples.len() as u64 / 2;
        let Some(epoch) = self.epoch.filter(|_| frames > 0) else { return Ok(()) };
        let start = epoch + Rate::new(DAC_HZ.into()).span(self.next - frames);
        sink(&Pcm { start, rate_hz: DAC_HZ, frames, samples: &samples, fades: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use peripherals::kernel::Span;

    fn tone(rate_hz: u32, hz: f64, frames: usize) -> Vec<i16> {
        let turn = 2.0 * std::f64::consts::PI * hz / f64::from(rate_hz);
        (0..frames).flat_map(|n| [((n as f64 * turn).sin() * 10_000.0) as i16; 2]).collect()
    }

    /// Everything that comes of `pieces`: start in ms, rate, samples (none for 3,200 frames of silence).
    fn all(pieces: &[(u64, u32, &[i16])]) -> Vec<i16> {
        let (mut dac, mut out) = (Dac::default(), Vec::new());
        let mut sink = |pcm: &Pcm<'_>| -> Result<(), ()> {
            assert_eq!((pcm.rate_hz, pcm.frames * 2), (DAC_HZ, pcm.samples.len() as u64));
            out.extend_from_slice(pcm.samples);
            Ok(())
        };
        for &(ms, rate_hz, samples) in pieces {
            let frames = if samples.is_empty() { 3_200 } else { samples.len() as u64 / 2 };
            let start = Instant::ZERO + Span::from_ms(ms);
            dac.push(&Pcm { start, rate_hz, frames, samples, fades: false }, &mut sink).expect("it cannot fail");
        }
        dac.finish(&mut sink).expect("it cannot fail");
        out
    }

    #[test]
    fn at_its_own_rate_samples_stay_as_they_are_however_they_come() {
        let song = tone(DAC_HZ, 1_234.0, 10_000);
        assert_eq!(all(&[(7, DAC_HZ, &song)]), song);
        let pieces: Vec<(u64, u32, &[i16])> = song.chunks(2 * 700).map(|piece| (7, DAC_HZ, piece)).collect();
        assert_eq!(all(&pieces), song);
    }

    #[test]
    fn another_rate_keeps_length_and_pitch() {
        for rate in [8_000, 11_025, 22_050, 44_100] {
            let heard = all(&[(0, rate, &tone(rate, 1_000.0, rate as usize))]);
            assert_eq!(heard.len(), 2 * DAC_HZ as usize, "a second is a second");
            let wanted = tone(DAC_HZ, 1_000.0, DAC_HZ as usize);
            let far = heard.iter().zip(&wanted).skip(4_000).take(80_000).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(far < Some(20), "{rate}: {far:?}");
        }
    }

    #[test]
    fn a_change_of_rate_and_silence_keep_time() {
        let (first, second) = (tone(8_000, 500.0, 800), tone(16_000, 500.0, 1_600));
        let heard = all(&[(0, 8_000, &first), (100, 8_000, &[]), (500, 16_000, &second)]);
        assert_eq!(heard.len(), 2 * 28_800, "600 ms");
        assert!(heard[2 * 6_000..2 * 23_900].iter().all(|&s| s == 0), "between them");
        assert!(heard[2 * 24_500..].iter().any(|&s| s > 9_000));
    }
}
