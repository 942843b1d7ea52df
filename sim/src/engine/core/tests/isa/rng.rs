//! Numbers for the generator: SplitMix64 (Steele, Lea and Flood, 2014), so that a seed means the same everywhere.

/// A source of numbers.
#[derive(Clone, Debug)]
pub struct Rng(u64);

/// Words at which integer instructions turn a corner.
const WORDS: [u32; 16] = [
    0,
    1,
    2,
    31,
    32,
    33,
    0xFF,
    0x100,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0x8000_0001,
    0xFFFF_FFFE,
    0xFFFF_FFFF,
];
const HALVES: [u16; 8] = [0, 1, 0x7F, 0x80, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF];
const BYTES: [u8; 6] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF];

/// Single-precision values at which floating point turns a corner: zeros, ends of the denormals and normals, infinities,
/// NaNs of both kinds, ties, and the ends of the integers.
const FLOATS: [u32; 32] = [
    0x0000_0000,
    0x8000_0000,
    0x0000_0001,
    0x8000_0001,
    0x007F_FFFF,
    0x807F_FFFF,
    0x0080_0000,
    0x8080_0000,
    0x0080_0001,
    0x7F7F_FFFF,
    0xFF7F_FFFF,
    0x7F80_0000,
    0xFF80_0000,
    0x7FC0_0000,
    0xFFC0_0000,
    0x7F80_0001,
    0xFF80_0001,
    0x7FC1_2345,
    0xFFA5_4321,
    0x3F80_0000,
    0xBF80_0000,
    0x3F00_0000,
    0xBF00_0000,
    0x3FC0_0000,
    0x3F80_0001,
    0x3F7F_FFFF,
    0x4B80_0000,
    0x4F00_0000,
    0xCF00_0000,
    0x4F80_0000,
    0x477F_E000,
    0x3380_0000,
];

impl Rng {
    /// The numbers that belong to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Less than `n`.
    pub fn below(&mut self, n: u32) -> u32 {
        (((self.next() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// True once in `n`.
    pub fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    /// One of `list`.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u32) as usize]
    }

    /// A word for an integer register.
    pub fn word(&mut self) -> u32 {
        match self.below(5) {
            0 => self.pick(&WORDS),
            1 => self.below(256),
            2 => u32::from(self.pick(&HALVES)) << 16 | u32::from(self.pick(&HALVES)),
            3 => u32::from_le_bytes([0; 4].map(|_: u8| self.pick(&BYTES))),
            _ => self.next() as u32,
        }
    }

    /// A single-precision value.
    pub fn float(&mut self) -> u32 {
        let (sign, fraction) = (self.below(2) << 31, self.below(1 << 23));
        match self.below(8) {
            0 | 1 => self.pick(&FLOATS),
            // Like exponents, so that sums cancel and products stay.
            2 => sign | (120 + self.below(16)) << 23 | fraction,
            3 => (self.below(2000) as f32 / 4.0).to_bits() | sign,
            // About the ends of the integers and of the normal numbers.
            4 => sign | (self.pick(&[141u32, 142, 157, 158, 159]) << 23) | fraction,
            5 => sign | (self.below(3) << 23) | fraction,
            6 => sign | (self.pick(&[64u32, 63, 190, 191, 253, 254]) << 23) | fraction,
            _ => self.next() as u32,
        }
    }
}
