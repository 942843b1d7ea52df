//! IMA ADPCM as Microsoft's WAV carries it (IMA Digital Audio Focus and Technical Working Groups, Recommended Practices 3.00, 6; block
//! layout: Microsoft Multimedia Standards Update 3.0, "IMA ADPCM Wave Type").
//!
//! A block begins with four bytes a channel: the first sample, the step index, a byte of 0. Then come, channel by channel, four
//! bytes of eight differences each, the lower half of a byte first.
//!
//! 1. A difference is (2 d + 1) step / 8 rounded down, as in ffmpeg; the recommendation adds up step / 8, step / 4 and so on rounded down
//!    one by one, which may give less by up to 3. Which of the two the chip does is not documented.
//! 2. A step index above 88 counts as 88 (guess).

/// Step sizes by index.
pub(super) static STEPS: [i16; 89] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107,
    118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
    1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894,
    6484, 7132, 7845, 8630, 9493, 10_442, 11_487, 12_635, 13_899, 15_289, 16_818, 18_500, 20_350, 22_385, 24_623,
    27_086, 29_794, 32_767,
];

/// What a difference does to the step index, by its magnitude.
pub(super) static INDEX_MOVES: [i8; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];

/// Bytes of a channel that are read at a time: the head of a block, or eight differences.
pub const WORD: usize = 4;
/// Longest block that is decoded (VS1053b datasheet, "Supported RIFF WAV Formats"; VS1053.md, 5.4).
pub const MOST_BLOCK: u16 = 4096;

/// State of one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Predictor {
    /// The last sample.
    pub sample: i16,
    /// Index of the step, 0 to 88.
    pub index: u8,
}

impl Predictor {
    /// From the head of a block.
    fn head(word: [u8; WORD]) -> Self {
        Self { sample: i16::from_le_bytes([word[0], word[1]]), index: word[2].min(88) }
    }

    /// The next sample, from the lower four bits of `difference`.
    pub(super) fn next(&mut self, difference: u8) -> i16 {
        let (step, size) = (i32::from(STEPS[usize::from(self.index)]), difference & 7);
        let change = ((i32::from(size) * 2 + 1) * step) >> 3;
        let sum = i32::from(self.sample) + if difference & 8 == 0 { change } else { -change };
        self.sample = sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        self.index = self.index.saturating_add_signed(INDEX_MOVES[usize::from(size)]).min(88);
        self.sample
    }
}

/// A stream of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// 1 or 2.
    channels: usize,
    /// Bytes of a block.
    block: usize,
    /// Bytes of the present one that have been read.
    at: usize,
    predictors: [Predictor; 2],
}

impl Blocks {
    /// Of `channels` channels in blocks of `block` bytes; `None` when no sample fits into one, or it is too long for the chip.
    pub fn new(channels: u8, block: u16) -> Option<Self> {
        let words = WORD * usize::from(channels);
        let sound = (1..=2).contains(&channels) && usize::from(block) >= words && block <= MOST_BLOCK;
        sound.then_some(Self { channels: channels.into(), block: block.into(), at: 0, predictors: Default::default() })
    }

    /// Bytes that are read at a time: a word of each channel, and with the head of a block the word after it, so that its one sample
    /// is not alone. Before the end of a block there may be fewer.
    pub fn unit(&self) -> usize {
        let words = if self.at == 0 { 2 } else { 1 };
        (words * WORD * self.channels).min(self.block - self.at)
    }

    /// Bytes of a block, and the samples of a channel in it.
    pub fn size(&self) -> (usize, u32) {
        (self.block, (self.block / (WORD * self.channels) * 8 - 7) as u32)
    }

    /// Appends the samples of the next [`Blocks::unit`] bytes, channels interleaved.
    pub fn samples(&mut self, unit: &[u8], pcm: &mut Vec<i16>) {
        let groups = unit.chunks_exact(WORD * self.channels);
        for (n, group) in groups.enumerate() {
            let words = group.as_chunks::<WORD>().0;
            if self.at == 0 && n == 0 {
                for (predictor, &word) in self.predictors.iter_mut().zip(words) {
                    *predictor = Predictor::head(word);
                    pcm.push(predictor.sample);
                }
                continue;
            }
            for n in 0..8 {
                for (predictor, word) in self.predictors.iter_mut().zip(words) {
                    pcm.push(predictor.next(word[n / 2] >> (n % 2 * 4)));
                }
            }
        }
        self.at = (self.at + unit.len()) % self.block;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(channels: u8, block: u16, mut bytes: &[u8]) -> Vec<i16> {
        let (mut blocks, mut pcm) = (Blocks::new(channels, block).unwrap(), vec![]);
        while let Some((unit, rest)) = bytes.split_at_checked(blocks.unit()) {
            blocks.samples(unit, &mut pcm);
            bytes = rest;
        }
        pcm
    }

    /// Reckoned by hand: 100, step 7. +7: 15 * 7 / 8 = 13, index 8, step 16; -3: 7 * 16 / 8 = 14; and so on.
    #[test]
    fn a_block_in_mono() {
        let pcm = all(1, 8, &[100, 0, 0, 0, 0xB7, 0x00, 0x00, 0x00]);
        assert_eq!(pcm, [100, 113, 99, 100, 101, 102, 103, 104, 105]);
    }

    #[test]
    fn sides_take_turns_by_words() {
        let pcm = all(2, 16, &[1, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0x77, 0x77, 0x77, 0x77, 0xFF, 0xFF, 0xFF, 0xFF]);
        assert_eq!(pcm.len(), 18);
        assert_eq!(pcm[..4], [1, -1, 14, -14]);
        assert!(pcm.chunks(2).all(|pair| pair[0] == -pair[1]));
    }

    #[test]
    fn samples_and_steps_stay_in_range() {
        let pcm = all(1, 64, &[&[0xFF, 0x7F, 255, 0], [0x77; 30].as_slice(), &[0xFF; 30]].concat());
        assert_eq!(pcm.len(), 121);
        assert_eq!((pcm[0], pcm[60], pcm[120]), (32_767, 32_767, -32_768));
    }

    #[test]
    fn what_does_not_fill_a_word_at_the_end_of_a_block_is_skipped() {
        let pcm = all(1, 10, &[&[5, 0, 0, 0, 0, 0, 0, 0, 9, 9], [70, 0, 0, 0, 0, 0, 0, 0].as_slice()].concat());
        assert_eq!((pcm.len(), pcm[9]), (18, 70));
        assert_eq!((Blocks::new(2, 7), Blocks::new(1, 4097), Blocks::new(3, 64)), (None, None, None));
    }
}
