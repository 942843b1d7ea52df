//! Sequences in both machines, and what to say of a difference.

use super::image::{Image, REGISTERS, RESULT, Start};
use super::qemu::Qemu;
use super::sequence::{Sequence, WINDOW};
use super::{known, ours};
use std::fmt::Write;

/// Places in a result: see [`Parting::word`].
pub const FPSCR: usize = 16;
/// S0.
pub const FLOATS: usize = 17;

/// Runs all in both machines.
pub fn run(image: &Image) -> (Vec<u8>, Vec<u8>) {
    let qemu = Qemu::start(image);
    let ours = ours::run(image, None);
    let theirs = qemu.finish();
    assert_eq!(ours.len(), image.count() * RESULT, "each sequence leaves a result here");
    assert_eq!(theirs.len(), ours.len(), "each sequence leaves a result in QEMU");
    (ours, theirs)
}

/// The instruction at which the two machines part.
pub struct Parting {
    /// Its place in the sequence.
    pub at: usize,
    /// Its class.
    pub name: &'static str,
    /// Its halfwords.
    pub halves: Vec<u16>,
    /// The sequence it is in.
    sequence: Sequence,
    /// State before it, state behind it here, state behind it there.
    pub states: [Vec<u8>; 3],
}

/// Looks for the first instruction after which the states of the sequence at `index` differ, by running all its beginnings.
pub fn parting(image: &mut Image, index: usize, sequence: &Sequence, start: &Start) -> Option<Parting> {
    apart(image.seed, sequence, start).or_else(|| in_place(image, index, sequence))
}

/// All beginnings in an image of their own, which is quick. Literals read something else there.
fn apart(seed: u64, sequence: &Sequence, start: &Start) -> Option<Parting> {
    let mut image = Image::new(seed);
    for count in 0..=sequence.steps.len() {
        assert!(image.add(&sequence.first(count), start), "one sequence fits");
    }
    image.finish();
    let (ours, theirs) = run(&image);
    first_parting(sequence, ours.chunks(RESULT).zip(theirs.chunks(RESULT)))
}

/// One beginning after the other where the sequence was.
fn in_place(image: &mut Image, index: usize, sequence: &Sequence) -> Option<Parting> {
    let results: Vec<_> = (0..=sequence.steps.len())
        .map(|count| {
            image.replace(index, &sequence.first(count));
            let (ours, theirs) = run(image);
            let result = |all: Vec<u8>| all[index * RESULT..][..RESULT].to_vec();
            (result(ours), result(theirs))
        })
        .collect();
    image.replace(index, sequence);
    first_parting(sequence, results.iter().map(|(ours, theirs)| (&ours[..], &theirs[..])))
}

/// `results` are those of the beginnings, here and in QEMU.
fn first_parting<'a>(sequence: &Sequence, results: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Option<Parting> {
    let results: Vec<_> = results.collect();
    let count = results.iter().position(|(a, b)| a != b)?;
    let at = count.checked_sub(1).expect("without instructions both machines hand out what they were given");
    let states = [results[at].0.to_vec(), results[count].0.to_vec(), results[count].1.to_vec()];
    let step = &sequence.steps[at];
    Some(Parting { at, name: step.name, halves: step.halves.clone(), sequence: sequence.clone(), states })
}

impl Parting {
    /// Which known and justified difference this is, if any.
    pub fn known(&self) -> Option<&'static str> {
        known::DIFFERENCES.iter().find(|known| (known.applies)(self)).map(|known| known.name)
    }

    /// Register word `n` of state `which`: R0 to R14, APSR, FPSCR, S0 to S31.
    pub fn word(&self, which: usize, n: usize) -> u32 {
        let at = WINDOW as usize + 4 * n;
        let bytes = &self.states[which][at..at + 4];
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    /// Words that differ, as [`Parting::word`] counts; the window's follow all others.
    pub fn differing(&self) -> Vec<usize> {
        let registers = (0..REGISTERS).filter(|&n| self.word(1, n) != self.word(2, n));
        let window = (0..WINDOW as usize / 4).filter(|n| self.states[1][4 * n..][..4] != self.states[2][4 * n..][..4]);
        registers.chain(window.map(|n| REGISTERS + n)).collect()
    }

    /// What differs, in words.
    pub fn describe(&self) -> String {
        let mut text = format!("{} (", self.name);
        self.halves.iter().for_each(|half| write!(text, " {half:04x}").expect("a string takes all"));
        text.push_str(" )\n  before:");
        (0..REGISTERS).for_each(|n| write!(text, " {}={:08x}", name(n), self.word(0, n)).expect("a string takes all"));
        for n in (0..REGISTERS).filter(|&n| self.word(1, n) != self.word(2, n)) {
            let (ours, theirs) = (self.word(1, n), self.word(2, n));
            write!(text, "\n  {}: here {ours:08x}, in QEMU {theirs:08x}", name(n)).expect("a string takes all");
        }
        for at in (0..WINDOW as usize).filter(|&at| self.states[1][at] != self.states[2][at]) {
            let offset = at as i32 - WINDOW as i32 / 2;
            let (ours, theirs) = (self.states[1][at], self.states[2][at]);
            write!(text, "\n  byte at base{offset:+}: here {ours:02x}, in QEMU {theirs:02x}")
                .expect("a string takes all");
        }
        text.push_str("\n  of");
        for step in &self.sequence.steps {
            write!(text, " [{}", step.name).expect("a string takes all");
            step.halves.iter().for_each(|half| write!(text, " {half:04x}").expect("a string takes all"));
            text.push(']');
        }
        text
    }
}

fn name(n: usize) -> String {
    match n {
        13 => "sp".into(),
        14 => "lr".into(),
        15 => "apsr".into(),
        16 => "fpscr".into(),
        17.. => format!("s{}", n - 17),
        _ => format!("r{n}"),
    }
}
