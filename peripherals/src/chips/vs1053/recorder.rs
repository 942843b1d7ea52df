//! Recording: what the inputs bring becomes IMA ADPCM or PCM, word by word, for HDAT0 (VS1053b datasheet v1.33, "PCM / ADPCM Recording";
//! VS1053.md, 5.6).
//!
//! 1. Nothing happens by itself: whoever looks brings the recording up to the moment. What nobody has read for 8 s is not worked out but
//!    for its place in the stream, as it would be lost all the same.
//! 2. The automatic gain control is a guess: it falls by a 64th a sample while the sound is above three quarters of full scale, rises
//!    else by a 16,384th, and stays between 1 and AICTRL2. The datasheet has the limit alone (VS1053.md, 5.6).
//! 3. An empty buffer reads 0 (guess).
//! 4. The inputs are not passed on to the output. The datasheet speaks of the volume of such monitoring.
//! 5. AICTRL0 and AICTRL3 count when recording starts, AICTRL1 and AICTRL2 at any time (datasheet, "Activating PCM / ADPCM Recording Mode").

use super::ima::{Predictor, STEPS};
use super::input::Input;
use crate::kernel::{Instant, Rate};
use std::collections::VecDeque;

/// Words that wait at most; beyond, the buffer starts over empty (VS1053.md, 5.6).
pub const BUFFER: usize = 1024;
/// Samples of a block of IMA ADPCM, of which the head holds the first (VS1053.md, 5.6).
const BLOCK: u16 = 505;
/// Rates that AICTRL0 may ask for, in hertz (VS1053.md, 5.6).
pub const RATES: core::ops::RangeInclusive<u32> = 8_000..=48_000;
/// Above this the automatic gain falls (guess).
const LOUD: i32 = 24_576;
/// 1.0 of a gain as AICTRL1 counts it (VS1053.md, 5.6), and the bits more that the control keeps.
const ONE: i64 = 1024;
const FINE: u32 = 20;

/// What is recorded of the two sides, by AICTRL3 (VS1053.md, 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sides {
    /// Both, with one gain.
    Joint,
    /// Both, each with its own.
    Dual,
    /// One of them.
    One(usize),
}

/// A recording under way.
#[derive(Clone, Debug)]
pub struct Recorder {
    start: Instant,
    rate: Rate,
    taken: u64,
    sides: Sides,
    linear: bool,
    /// Left comes from LINE1, else from the microphone; right comes from LINE2 (VS1053.md, 1.1).
    line: bool,
    gains: [i64; 2],
    predictors: [Predictor; 2],
    /// Samples of the block so far, and the differences that make no four bytes yet.
    in_block: u16,
    packed: [u32; 2],
    words: VecDeque<u16>,
    /// How often the buffer ran over.
    pub overflows: u64,
}

impl Recorder {
    /// Starts at `start`: `rate` is the true rate of what AICTRL0 asks for, `control` AICTRL3, `line` SM_LINE1.
    pub fn new(start: Instant, rate: Rate, control: u16, line: bool) -> Self {
        let sides = match control & 3 {
            0 => Sides::Joint,
            1 => Sides::Dual,
            2 => Sides::One(0),
            _ => Sides::One(1),
        };
        Self {
            start,
            rate,
            taken: 0,
            sides,
            linear: control & 4 != 0,
            line,
            gains: [ONE << FINE; 2],
            predictors: [Predictor::default(); 2],
            in_block: 0,
            packed: [0; 2],
            words: VecDeque::with_capacity(BUFFER),
            overflows: 0,
        }
    }

    /// Whether it makes PCM.
    pub fn linear(&self) -> bool {
        self.linear
    }

    /// Words that wait.
    pub fn waiting(&self) -> u16 {
        self.words.len() as u16
    }

    /// The next of them.
    pub fn next(&self) -> u16 {
        self.words.front().copied().unwrap_or(0)
    }

    /// It has been read.
    pub fn taken(&mut self) {
        self.words.pop_front();
    }

    /// Takes in what has come up to `now`, with AICTRL1 and AICTRL2 as they are.
    pub fn advance(&mut self, now: Instant, line: &Input, microphone: &Input, gain: u16, most: u16) {
        if now < self.start {
            return;
        }
        let due = self.rate.ticks(Instant::ZERO + now.since(self.start)) + 1;
        let late = due.saturating_sub(self.taken);
        if late > 8 * self.rate.hz() {
            self.taken += (late - 4 * self.rate.hz()) / u64::from(BLOCK) * u64::from(BLOCK);
        }
        let hz = self.rate.hz() as u32;
        while self.taken < due {
            let at = self.start + self.rate.span(self.taken);
            self.taken += 1;
            let heard = |input: &Input, side: usize| input.at(at, hz)[side];
            match (self.sides, self.line) {
                (Sides::One(0), true) => self.take(&[heard(line, 0)], gain, most),
                (Sides::One(0), false) => self.take(&[heard(microphone, 0)], gain, most),
                (Sides::One(_), _) => self.take(&[heard(line, 1)], gain, most),
                (_, true) => self.take(&line.at(at, hz), gain, most),
                (_, false) => self.take(&[heard(microphone, 0), heard(line, 1)], gain, most),
            }
        }
    }

    fn take(&mut self, samples: &[i16], gain: u16, most: u16) {
        let mut louder = [0; 2];
        for (side, &sample) in samples.iter().enumerate() {
            louder[side] = self.amplified(side, sample, gain);
        }
        if gain == 0 {
            self.control(&louder[..samples.len()], most);
        }
        let louder = louder.map(|sample| sample.clamp(i16::MIN.into(), i16::MAX.into()) as i16);
        if self.linear {
            louder[..samples.len()].iter().for_each(|&sample| self.word(sample as u16));
        } else {
            self.encode(&louder[..samples.len()]);
        }
    }

    fn amplified(&self, side: usize, sample: i16, gain: u16) -> i32 {
        let side = if self.sides == Sides::Joint { 0 } else { side };
        let gain = if gain == 0 { self.gains[side] >> FINE } else { i64::from(gain) };
        (i64::from(sample) * gain / ONE) as i32
    }

    fn control(&mut self, louder: &[i32], most: u16) {
        let most = if most == 0 { u16::MAX } else { most };
        let loudest = louder.iter().map(|s| s.abs()).max().unwrap_or(0);
        for (side, &sample) in louder.iter().enumerate() {
            let loud = if self.sides == Sides::Joint { loudest } else { sample.abs() };
            let gain = &mut self.gains[side];
            *gain += if loud > LOUD { -(*gain >> 6) } else { *gain >> 14 };
            *gain = (*gain).min(i64::from(most) << FINE).max(ONE.min(i64::from(most)) << FINE);
        }
    }

    fn encode(&mut self, samples: &[i16]) {
        if self.in_block == 0 {
            for (side, &sample) in samples.iter().enumerate() {
                self.predictors[side].sample = sample;
                let [low, high] = sample.to_le_bytes();
                self.bytes([low, high, self.predictors[side].index, 0]);
            }
        } else {
            let place = u32::from(self.in_block - 1) % 8;
            for (side, &sample) in samples.iter().enumerate() {
                let difference = encode(&mut self.predictors[side], sample);
                self.packed[side] |= u32::from(difference) << (4 * place);
            }
            if place == 7 {
                for side in 0..samples.len() {
                    let packed = core::mem::take(&mut self.packed[side]);
                    self.bytes(packed.to_le_bytes());
                }
            }
        }
        self.in_block = (self.in_block + 1) % BLOCK;
    }

    /// Bytes of a WAV file; HDAT0 has the first of two above, of PCM it has the sample (VS1053.md, 5.6).
    fn bytes(&mut self, [a, b, c, d]: [u8; 4]) {
        self.word(u16::from_be_bytes([a, b]));
        self.word(u16::from_be_bytes([c, d]));
    }

    fn word(&mut self, word: u16) {
        if self.words.len() == BUFFER {
            self.words.clear();
            self.overflows += 1;
        }
        self.words.push_back(word);
    }
}

/// The difference that brings `predictor` nearest to `sample` from below, four bits; the predictor follows as a decoder's will.
fn encode(predictor: &mut Predictor, sample: i16) -> u8 {
    let step = i32::from(STEPS[usize::from(predictor.index)]);
    let away = i32::from(sample) - i32::from(predictor.sample);
    let size = (away.abs() * 4 / step).min(7) as u8;
    let difference = if away < 0 { size | 8 } else { size };
    predictor.next(difference);
    difference
}
