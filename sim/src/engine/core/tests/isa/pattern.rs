//! Encodings as the manual draws them: a string of bits, in which letters stand for what may vary.
//!
//! `0` and `1` are fixed and `x` is any bit. `d`, `t` and `u` are registers that the instruction writes, which are all
//! different; `n`, `m` and `a` are registers that it reads. Three letters are one of R0 to R7. Nothing names R13 or R15
//! unless the bits are fixed, because that is UNPREDICTABLE nearly everywhere (Armv7-M ARM, A7.7).

use super::rng::Rng;

/// A kind of instruction.
#[derive(Debug)]
pub struct Pattern {
    /// Its bits, spaces left out.
    pub bits: &'static str,
    /// Encodings that the manual calls UNPREDICTABLE, or another instruction.
    pub unless: fn(u32) -> bool,
    /// It may stand in an IT block.
    pub in_it: bool,
}

/// Nothing is left out.
pub const NEVER: fn(u32) -> bool = |_| false;

/// Bits `from` to `to` of an encoding.
pub const fn field(bits: u32, from: u32, to: u32) -> u32 {
    bits >> to & ((1 << (from - to + 1)) - 1)
}

impl Pattern {
    /// A random instruction of this kind that does not write R`keep`.
    pub fn make(&self, rng: &mut Rng, keep: u8) -> Vec<u16> {
        loop {
            let bits = self.fill(rng, keep);
            if !(self.unless)(bits) {
                return halves(self.bits.chars().filter(|c| *c != ' ').count(), bits);
            }
        }
    }

    fn fill(&self, rng: &mut Rng, keep: u8) -> u32 {
        let letters = || self.bits.chars().filter(|c| *c != ' ');
        let mut registers: Vec<(char, u32, u32)> = Vec::new();
        let mut bits = 0;
        for letter in letters() {
            let bit = match letter {
                '0' => 0,
                '1' => 1,
                'x' => rng.below(2),
                name => {
                    if !registers.iter().any(|r| r.0 == name) {
                        let width = letters().filter(|c| *c == name).count() as u32;
                        let written: Vec<u32> = registers.iter().filter(|r| "dtu".contains(r.0)).map(|r| r.2).collect();
                        let number = register(rng, width == 3, |r| {
                            "nma".contains(name) || r != u32::from(keep) && !written.contains(&r)
                        });
                        registers.push((name, width, number));
                    }
                    let (_, left, number) = registers.iter_mut().find(|r| r.0 == name).expect("it was added");
                    *left -= 1;
                    *number >> *left & 1
                }
            };
            bits = bits << 1 | bit;
        }
        bits
    }
}

/// One of the registers that `fits`.
pub fn register(rng: &mut Rng, low: bool, fits: impl Fn(u32) -> bool) -> u32 {
    loop {
        let number = if low { rng.below(8) } else { rng.pick(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14]) };
        if fits(number) {
            return number;
        }
    }
}

fn halves(bits: usize, value: u32) -> Vec<u16> {
    match bits {
        16 => vec![value as u16],
        32 => vec![(value >> 16) as u16, value as u16],
        _ => panic!("an instruction has 16 or 32 bits, not {bits}"),
    }
}
