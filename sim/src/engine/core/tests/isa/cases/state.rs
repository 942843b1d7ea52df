//! The state before and after a case, and how it is written.

use super::super::super::{Recorder, RegisterARM};
use crate::engine::core::Core;
use std::fmt::Write;

const SP: usize = 13;
const LR: usize = 14;
const APSR: usize = 15;
const FPSCR: usize = 16;
const FLOATS: usize = 17;
const MEMORY: usize = FLOATS + 32;
const WORDS: usize = MEMORY + 16;
const BASE: u32 = 0x2000_1000;
const FLAGS: u32 = 0xF800_0000;
const GE: u32 = 0x000F_0000;

/// R0 to R14, APSR, FPSCR, S0 to S31, and the memory.
#[derive(Clone, PartialEq, Eq)]
pub struct State([u32; WORDS]);

impl Default for State {
    fn default() -> Self {
        let mut words = [0; WORDS];
        (words[SP], words[LR]) = (0x2000_8000, 0xFFFF_FFFF);
        Self(words)
    }
}

impl State {
    /// This, but with what `text` says.
    pub fn with(&self, text: &str) -> Self {
        let mut state = self.clone();
        for word in text.split_whitespace() {
            let (place, value) = word.split_once('=').unwrap_or_else(|| panic!("'{word}' has no ="));
            state.set(place, value);
        }
        state
    }

    fn set(&mut self, place: &str, value: &str) {
        let hex = |text: &str| u32::from_str_radix(text, 16).unwrap_or_else(|_| panic!("'{text}' is no number"));
        let apsr = self.0[APSR];
        match place {
            "f" => {
                let bit = |flag: char| match flag {
                    '-' => 0,
                    _ => 1 << (31 - "NZCVQ".find(flag).unwrap_or_else(|| panic!("'{flag}' is no flag"))),
                };
                self.0[APSR] = apsr & GE | value.chars().map(bit).sum::<u32>();
            }
            "ge" => self.0[APSR] = apsr & FLAGS | u32::from_str_radix(value, 2).expect("four bits") << 16,
            _ => self.0[index(place)] = hex(value),
        }
    }

    /// Gives the core this state.
    pub fn put(&self, core: &mut Core<Recorder>) {
        let bytes: Vec<u8> = self.0[MEMORY..].iter().flat_map(|word| word.to_le_bytes()).collect();
        assert!(core.memory().write(BASE, &bytes), "there is RAM");
        for n in 0..32 {
            let number = RegisterARM::S0 as i32 + n as i32;
            core.unicorn.reg_write(number, self.0[FLOATS + n].into()).expect("a register");
        }
        for n in 0..13 {
            core.unicorn.reg_write(RegisterARM::R0 as i32 + n as i32, self.0[n].into()).expect("a register");
        }
        core.write_register(RegisterARM::SP, self.0[SP]);
        core.write_register(RegisterARM::LR, self.0[LR]);
        core.write_register(RegisterARM::FPSCR, self.0[FPSCR]);
        // CONTROL.FPCA: without a context the first instruction of the FPU would set FPSCR from FPDSCR (B1.5.7).
        core.write_register(RegisterARM::CONTROL, 4);
        // The plain XPSR would leave GE as it is.
        core.write_register(RegisterARM::XPSR_NZCVQG, 0x0100_0000 | self.0[APSR]);
    }

    /// The core's state.
    pub fn of(core: &Core<Recorder>) -> Self {
        let mut words = [0; WORDS];
        words.iter_mut().take(15).enumerate().for_each(|(n, word)| *word = core.general(n));
        words[APSR] = core.register(RegisterARM::XPSR) & (FLAGS | GE);
        words[FPSCR] = core.register(RegisterARM::FPSCR);
        for n in 0..32 {
            words[FLOATS + n] = core.unicorn.reg_read(RegisterARM::S0 as i32 + n as i32).expect("a register") as u32;
        }
        for n in 0..WORDS - MEMORY {
            words[MEMORY + n] = core.memory().word(BASE + 4 * n as u32).expect("RAM");
        }
        Self(words)
    }

    /// Where `found` is not as expected here.
    pub fn differences(&self, found: &Self) -> String {
        let mut text = String::new();
        for (n, (expected, found)) in self.0.iter().zip(&found.0).enumerate().filter(|(_, (a, b))| a != b) {
            write!(text, "{} is {found:08x} and not {expected:08x}; ", name(n)).expect("a string takes all");
        }
        text
    }
}

fn index(place: &str) -> usize {
    (0..WORDS).find(|&n| name(n) == place).unwrap_or_else(|| panic!("'{place}' is no place"))
}

fn name(n: usize) -> String {
    match n {
        SP => "sp".into(),
        LR => "lr".into(),
        APSR => "apsr".into(),
        FPSCR => "fpscr".into(),
        MEMORY.. => format!("[{:x}]", 4 * (n - MEMORY)),
        FLOATS.. => format!("s{}", n - FLOATS),
        _ => format!("r{n}"),
    }
}
