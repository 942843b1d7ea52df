//! The memories behind WRAM and WRAMADDR, and the parametric block (VS1053b datasheet v1.33, "SCI_WRAMADDR", "Extra Parameters"; VS1053.md, 2.7
//! and 5.2).
//!
//! 1. There is no DSP core: what is written to instruction memory is kept and read back, and does not run.
//! 2. A write to WRAMADDR restarts the half-word phase of instruction memory (inferred; VS1053.md, 2.7).
//! 3. Beyond the sizes below nothing is kept and reads give 0.
//! 4. jumpPoints, latestJump, Ogg's replay gain and AAC's fields keep what is written; no decoder sets them or heeds them. Of resync it counts
//!    whether it is 0, and for the lengths of WAV alone (VS1053.md, 5.2).

/// WRAMADDR of the parametric block's fields in X memory (VS1053.md, 5.2).
pub mod parametric {
    /// Version of the structure, 3.
    pub const VERSION: u16 = 0x1E02;
    /// What to send after the end of a file, in the low byte.
    pub const END_FILL_BYTE: u16 = 0x1E06;
    /// Settings of decoders; the lowest four bits are the reverb of MIDI: 0 by the clock, 1 off, 2 to 15 rooms.
    pub const CONFIG1: u16 = 0x1E03;
    /// With VLSI's patches: finer rate in steps of 2 ppm, low word first.
    pub const RATE_TUNE: u16 = 0x1E07;
    /// With VLSI's patches: mono, pause and others.
    pub const PLAY_MODE: u16 = 0x1E09;
    /// Play speed; 0 and 1 are normal.
    pub const PLAY_SPEED: u16 = 0x1E04;
    /// Average bytes a second of the last second decoded.
    pub const BYTE_RATE: u16 = 0x1E05;
    /// Position in ms, low word first; valid for Ogg Vorbis only.
    pub const POSITION_MSEC: u16 = 0x1E27;
    /// Bytes that are left of a MIDI file's track, low word first.
    pub const BYTES_LEFT: u16 = 0x1E2A;
    /// Tries to find the next frame after an error.
    pub const RESYNC: u16 = 0x1E29;
    /// First and last word of the block.
    pub const BLOCK: core::ops::RangeInclusive<u16> = 0x1E00..=0x1E30;
}

/// What an address of WRAMADDR means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// X memory.
    X(u16),
    /// Y memory.
    Y(u16),
    /// Instruction memory, 32 bits wide, high half first.
    I(u16),
    /// Peripherals of the DSP, by their full address.
    Peripheral(u16),
}

/// Where WRAMADDR `address` points (VS1053.md, 2.7).
pub fn target(address: u16) -> Target {
    match address {
        0x0000..=0x3FFF => Target::X(address),
        0x4000..=0x7FFF => Target::Y(address - 0x4000),
        0x8000..=0xBFFF => Target::I(address - 0x8000),
        0xC000..=0xDFFF => Target::Peripheral(address),
        0xE000..=0xFFFF => Target::Y(address),
    }
}

/// X, Y and I memory and the peripherals' backing store.
#[derive(Clone, Debug)]
pub struct Memory {
    x: Vec<u16>,
    y: Vec<u16>,
    y_high: Vec<u16>,
    i: Vec<u32>,
    peripherals: Vec<u16>,
    pointer: u16,
    /// The high half of an instruction word that has been written or read already.
    half: Option<u16>,
    /// Instructions that were written since the last reset, and the last of them.
    code: Vec<bool>,
    code_end: u16,
}

/// Words of instruction memory (VS1053.md, 2.7).
const INSTRUCTIONS: usize = 0x1000;

impl Default for Memory {
    fn default() -> Self {
        let mut memory = Self {
            x: vec![0; 0x4000],
            y: vec![0; 0x4000],
            y_high: vec![0; 0x2000],
            i: vec![0; INSTRUCTIONS],
            peripherals: vec![0; 0x100],
            pointer: 0,
            half: None,
            code: vec![false; INSTRUCTIONS],
            code_end: 0,
        };
        memory.reset_parameters();
        memory
    }
}

impl Memory {
    /// The parametric block as both kinds of reset leave it (VS1053.md, 5.2).
    pub fn reset_parameters(&mut self) {
        for address in parametric::BLOCK {
            self.x[usize::from(address)] = 0;
        }
        self.set_x(parametric::VERSION, 0x0003);
        self.set_x(parametric::POSITION_MSEC, 0xFFFF);
        self.set_x(parametric::POSITION_MSEC + 1, 0xFFFF);
        self.set_x(parametric::RESYNC, 0x7FFF);
    }

    /// An instruction word, 0 beyond the memory.
    pub fn instruction(&self, address: u16) -> u32 {
        self.i.get(usize::from(address)).copied().unwrap_or(0)
    }

    /// Whether the instruction at `address` was written since [`Memory::forget_code`].
    pub fn has_code(&self, address: u16) -> bool {
        self.code.get(usize::from(address)) == Some(&true)
    }

    /// The last instruction that was written since [`Memory::forget_code`].
    pub fn code_end(&self) -> u16 {
        self.code_end
    }

    /// A reset: code stays where it is, and counts no more.
    pub fn forget_code(&mut self) {
        self.code.fill(false);
        self.code_end = 0;
    }

    /// Every word of RAM becomes `pattern`.
    pub fn overwrite(&mut self, pattern: u16) {
        self.x.fill(pattern);
        self.y.fill(pattern);
        self.y_high.fill(pattern);
        self.i.fill(u32::from(pattern) << 16 | u32::from(pattern));
        self.forget_code();
    }

    /// WRAMADDR was written.
    pub fn point(&mut self, address: u16) {
        self.pointer = address;
        self.half = None;
    }

    /// Where WRAM points.
    pub fn pointer(&self) -> u16 {
        self.pointer
    }

    /// Sets a word of X memory (0x0000 to 0x3FFF).
    pub fn set_x(&mut self, address: u16, value: u16) {
        self.x[usize::from(address & 0x3FFF)] = value;
    }

    /// A word of X memory (0x0000 to 0x3FFF).
    pub fn x(&self, address: u16) -> u16 {
        self.x[usize::from(address & 0x3FFF)]
    }

    /// A peripheral register that has no behaviour of its own (0xC000 to 0xC0FF).
    pub fn peripheral(&self, address: u16) -> u16 {
        self.peripherals.get(usize::from(address.wrapping_sub(0xC000))).copied().unwrap_or(0)
    }

    /// Sets a peripheral register that has no behaviour of its own.
    pub fn set_peripheral(&mut self, address: u16, value: u16) {
        if let Some(word) = self.peripherals.get_mut(usize::from(address.wrapping_sub(0xC000))) {
            *word = value;
        }
    }

    /// The word that WRAM shows.
    pub fn peek(&self) -> u16 {
        match target(self.pointer) {
            Target::X(a) => self.x[usize::from(a)],
            Target::Y(a) => self.y_word(a).copied().unwrap_or(0),
            Target::I(a) => {
                let word = self.i.get(usize::from(a)).copied().unwrap_or(0);
                if self.half.is_some() { word as u16 } else { (word >> 16) as u16 }
            }
            Target::Peripheral(a) => self.peripheral(a),
        }
    }

    /// The pointer moves on, as after every access; instruction words take two (VS1053.md, 2.7).
    pub fn advance(&mut self) {
        if let Target::I(_) = target(self.pointer)
            && self.half.is_none()
        {
            self.half = Some(0);
        } else {
            self.half = None;
            self.pointer = self.pointer.wrapping_add(1);
        }
    }

    /// Writes where WRAM points and moves on.
    pub fn write(&mut self, value: u16) {
        match target(self.pointer) {
            Target::X(a) => self.x[usize::from(a)] = value,
            Target::Y(a) => {
                if let Some(word) = self.y_word_mut(a) {
                    *word = value;
                }
            }
            Target::I(a) => match self.half {
                None => {
                    self.half = Some(value);
                    return;
                }
                Some(high) => {
                    if let Some(word) = self.i.get_mut(usize::from(a)) {
                        *word = u32::from(high) << 16 | u32::from(value);
                        self.code[usize::from(a)] = true;
                        self.code_end = self.code_end.max(a);
                    }
                }
            },
            Target::Peripheral(a) => self.set_peripheral(a, value),
        }
        self.advance();
    }

    fn y_word(&self, address: u16) -> Option<&u16> {
        match address {
            0xE000.. => self.y_high.get(usize::from(address - 0xE000)),
            _ => self.y.get(usize::from(address)),
        }
    }

    fn y_word_mut(&mut self, address: u16) -> Option<&mut u16> {
        match address {
            0xE000.. => self.y_high.get_mut(usize::from(address - 0xE000)),
            _ => self.y.get_mut(usize::from(address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Datasheet, "SCI_WRAMADDR": what was written reads back from the same address, over any boundary.
        #[test]
        fn what_is_written_reads_back(start in 0u16..=0xFF00, words in prop::collection::vec(any::<u16>(), 1..64)) {
            let mut m = Memory::default();
            let kept = (0..words.len() as u16).all(|n| !matches!(target(start + n), Target::I(0x1000..) | Target::Peripheral(0xC100..)));
            prop_assume!(kept);
            // An odd number of halves leaves the last instruction word unfinished.
            let whole = if matches!(target(start), Target::I(_)) { words.len() & !1 } else { words.len() };
            prop_assume!(matches!(target(start), Target::I(_)) == matches!(target(start + words.len() as u16), Target::I(_)));
            m.point(start);
            words[..whole].iter().for_each(|&w| m.write(w));
            m.point(start);
            for &w in &words[..whole] {
                prop_assert_eq!(m.peek(), w);
                m.advance();
            }
        }
    }

    #[test]
    fn instruction_words_take_two_accesses_high_half_first() {
        let mut m = Memory::default();
        m.point(0x8050);
        for half in [0x1111, 0x2222, 0x3333, 0x4444] {
            m.write(half);
        }
        assert_eq!(m.pointer(), 0x8052);
        assert_eq!((m.i[0x50], m.i[0x51]), (0x1111_2222, 0x3333_4444));
    }
}
