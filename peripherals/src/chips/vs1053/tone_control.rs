//! Bass and treble (VS1053b datasheet v1.33, "SCI_BASS"; VS1053.md, 2.4): what the register asks for is the datasheet's, the shape of the filters
//! is not.
//!
//! 1. Shelves of first order with the register's frequency as their corner, or of second order, two of half the gain one after the
//!    other (guess, knob `tone_slope`); VLSI publishes no formula.
//! 2. The bass part hears and changes both sides as one (VS1053.md, 2.4). Of the room that the loudest samples of
//!    late leave it takes no more than there is (guess: the datasheet says that it avoids clipping, not how). Treble clips (guess).
//! 3. Limits below the smallest, 20 Hz and 1 kHz, count as these (guess), and none lies above 0.45 of the sample rate.

use super::gain::ratio;
use super::onepole::OnePole;

/// 1.0 of a gain.
const ONE: i64 = 1 << 16;
/// Peaks are forgotten over so many samples, as a power of two.
const RELEASE: u32 = 14;

/// One shelf: what lies above or below the corner counts `gain` times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shelf {
    filter: OnePole,
    /// The gain less 1.0.
    more: i64,
}

impl Shelf {
    fn low(&mut self, sample: i64) -> i64 {
        sample + (((self.filter.low(sample) >> 8) * self.more) >> 8)
    }

    fn high(&mut self, sample: i64) -> i64 {
        sample + ((((sample - self.filter.low(sample)) >> 8) * self.more) >> 8)
    }
}

/// Both controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToneControl {
    bass: Option<[Shelf; 2]>,
    treble: Option<[[Shelf; 2]; 2]>,
    /// Largest magnitudes of late: of the sound, and of the bass on top.
    peaks: [i64; 2],
}

impl ToneControl {
    /// What BASS asks for at a sample rate: treble in steps of 1.5 dB from 1 to 15 kHz, bass of 1 dB below 20 to 150 Hz (VS1053.md, 2.4); `None`
    /// when both are off.
    pub fn new(bass: u16, rate_hz: u32, steep: bool) -> Option<Self> {
        let field = |shift: u16| i32::from(bass >> shift & 15);
        let (treble_db, bass_db) = ((field(12) ^ 8) - 8, field(4));
        // Two shelves of half the gain each, or one of all of it and one of none.
        let gains = |half_decibels| {
            let all = ratio(half_decibels);
            if steep { [((all as u64) << 16).isqrt() as i64; 2] } else { [all, ONE] }
        };
        let shelves = |half_decibels, hz: f64, above: bool| {
            gains(half_decibels).map(|gain| {
                // A cut is the mirror of a boost when its corner is lower by as much.
                let corner = if above && gain < ONE { hz * gain as f64 / ONE as f64 } else { hz };
                Shelf { filter: OnePole::new(corner, rate_hz), more: gain - ONE }
            })
        };
        let hertz = |shift, least: i32, step: i32| f64::from(field(shift).max(least) * step);
        let control = Self {
            bass: (bass_db > 0).then(|| shelves(2 * bass_db, hertz(0, 2, 10), false)),
            treble: (treble_db != 0).then(|| [shelves(3 * treble_db, hertz(8, 1, 1_000), true); 2]),
            peaks: [0; 2],
        };
        (control.bass.is_some() || control.treble.is_some()).then_some(control)
    }

    /// Left and right after both.
    pub fn frame(&mut self, frame: [i16; 2]) -> [i16; 2] {
        let mut frame = frame;
        if let Some(sides) = &mut self.treble {
            for (shelves, sample) in sides.iter_mut().zip(&mut frame) {
                let bright = shelves.iter_mut().fold(OnePole::wide(*sample), |s, shelf| shelf.high(s));
                *sample = narrow(bright >> 16);
            }
        }
        if let Some(shelves) = &mut self.bass {
            let both = (OnePole::wide(frame[0]) + OnePole::wide(frame[1])) / 2;
            let more = (shelves.iter_mut().fold(both, |s, shelf| shelf.low(s)) - both) >> 16;
            let loudest = i64::from(frame[0].unsigned_abs().max(frame[1].unsigned_abs()));
            for (peak, magnitude) in self.peaks.iter_mut().zip([loudest, more.abs()]) {
                *peak = magnitude.max(*peak - (*peak >> RELEASE) - 1);
            }
            let room = (i64::from(i16::MAX) - self.peaks[0]).max(0);
            let more = if self.peaks[1] > room { more * room / self.peaks[1] } else { more };
            frame = frame.map(|sample| narrow(i64::from(sample) + more));
        }
        frame
    }

    /// Forgets what it has heard.
    pub fn forget(&mut self) {
        let shelves = self.bass.iter_mut().flatten().chain(self.treble.iter_mut().flatten().flatten());
        shelves.for_each(|shelf| shelf.filter.forget());
        self.peaks = [0; 2];
    }
}

fn narrow(sample: i64) -> i16 {
    sample.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 44_100;

    /// Gain in decibels of left for a sine of `hz` and `peak`, right being `side` times left.
    fn gain(bass: u16, steep: bool, hz: f64, peak: f64, side: f64) -> f64 {
        let mut control = ToneControl::new(bass, RATE, steep).expect("something is on");
        let turn = 2.0 * core::f64::consts::PI * hz / f64::from(RATE);
        let (mut heard, mut played) = (0.0, 0.0);
        for n in 0..RATE {
            let sample = (f64::from(n) * turn).sin() * peak;
            let [left, _] = control.frame([sample as i16, (sample * side) as i16]);
            if n > RATE / 2 {
                (heard, played) = (heard + f64::from(left).powi(2), played + sample * sample);
            }
        }
        10.0 * (heard / played).log10()
    }

    /// Datasheet: 0x00F6 is +15 dB below 60 Hz; nothing far above.
    #[test]
    fn bass_is_lifted_below_its_limit() {
        for (steep, hz, least, most) in [
            (false, 20.0, 14.0, 15.1),
            (false, 60.0, 11.5, 12.5),
            (false, 2_000.0, -0.1, 0.2),
            (true, 20.0, 14.0, 15.1),
        ] {
            let db = gain(0x00F6, steep, hz, 2_000.0, 1.0);
            assert!((least..most).contains(&db), "{hz} Hz, steep {steep}: {db} dB");
        }
        let (gentle, steep) = (gain(0x00F6, false, 240.0, 2_000.0, 1.0), gain(0x00F6, true, 240.0, 2_000.0, 1.0));
        assert!(steep < gentle - 0.5, "two octaves above: {steep} and {gentle} dB");
    }

    /// Datasheet: 0x7A00 is +10.5 dB at and above 10 kHz; treble goes down to -12 dB.
    #[test]
    fn treble_is_lifted_or_cut_above_its_limit() {
        for (bass, hz, least, most) in [
            (0x7A00, 18_000.0, 9.5, 10.6),
            (0x7A00, 100.0, -0.1, 0.1),
            (0x8100, 15_000.0, -12.1, -11.5),
            (0x8100, 1_000.0, -10.0, -8.0),
            (0x8100, 50.0, -0.5, 0.1),
        ] {
            let db = gain(bass, false, hz, 2_000.0, 1.0);
            assert!((least..most).contains(&db), "0x{bass:04X} at {hz} Hz: {db} dB");
        }
    }

    /// Datasheet: the bass part is mono, so what differs between the sides has none.
    #[test]
    fn bass_hears_both_sides_as_one() {
        assert!(gain(0x00F6, false, 30.0, 2_000.0, -1.0).abs() < 0.1);
        assert!(gain(0x7A00, false, 18_000.0, 2_000.0, -1.0) > 9.0, "treble has two");
    }

    /// Datasheet: the bass enhancer avoids clipping.
    #[test]
    fn bass_gives_way_before_it_clips() {
        let mut control = ToneControl::new(0x00F6, RATE, false).expect("bass is on");
        let turn = 2.0 * core::f64::consts::PI * 40.0 / f64::from(RATE);
        let heard: Vec<i16> =
            (0..RATE).map(|n| control.frame([((f64::from(n) * turn).sin() * 20_000.0) as i16; 2])[0]).collect();
        let flat = heard.windows(8).filter(|w| w.iter().all(|&s| s.unsigned_abs() >= 32_767)).count();
        assert!(heard.iter().max() > Some(&30_000), "it uses the room there is");
        assert!(flat < RATE as usize / 100, "{flat} samples in rows at full scale");
    }

    #[test]
    fn nothing_is_done_when_both_are_off() {
        assert_eq!((ToneControl::new(0x0F0F, RATE, false), ToneControl::new(0, RATE, true)), (None, None));
    }

    #[test]
    fn samples_stay_in_range_at_any_setting() {
        for bass in (0..=0xFFFF).step_by(0x101) {
            let Some(mut control) = ToneControl::new(bass, 8_000, true) else { continue };
            for n in 0..200u32 {
                let sample = if n / 10 % 2 == 0 { i16::MAX } else { i16::MIN };
                control.frame([sample, sample]);
            }
        }
    }
}
