//! The instruction set: random sequences against QEMU, and hand-made cases against the manual.
//!
//! Sections are those of the Armv7-M Architecture Reference Manual (DDI 0403). Instructions are cited by their titles in
//! A7.7, where they are in alphabetical order, because their numbers change with the issue of the manual.
//!
//! `ISA_SEQUENCES` sets how many random sequences are run (10,000), `ISA_SEED` where they come from (1).

mod cases;
mod classes;
mod compare;
mod dsp;
mod float;
mod flow;
mod image;
mod integer;
mod known;
mod memory;
mod ours;
mod pattern;
mod qemu;
mod rng;
mod sequence;

use image::{Image, RESULT, Start};
use rng::Rng;
use sequence::Sequence;
use std::collections::BTreeMap;

/// Differences that are looked into before giving up.
const ENOUGH: usize = 40;

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name)
        .map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a whole number, not '{text}'")))
}

#[test]
fn random_sequences_end_as_in_qemu() {
    let (seed, wanted) = (setting("ISA_SEED", 1), setting("ISA_SEQUENCES", 10_000));
    let mut rng = Rng::new(seed);
    let mut hits: BTreeMap<&str, u64> = classes::names().map(|name| (name, 0)).collect();
    let (mut done, mut images, mut instructions) = (0, 0u64, 0);
    let mut known: BTreeMap<&str, u64> = BTreeMap::new();
    while done < wanted {
        let mut image = Image::new(rng.next());
        let mut cases = Vec::new();
        while done + (cases.len() as u64) < wanted {
            let (sequence, start) = (Sequence::random(&mut rng), Start::random(&mut rng));
            if !image.add(&sequence, &start) {
                break;
            }
            cases.push((sequence, start));
        }
        image.finish();
        for (sequence, _) in &cases {
            count(sequence, &mut hits);
            instructions += sequence.steps.len() as u64;
        }
        let unknown = explain(&mut image, &mut cases, &mut known);
        assert!(unknown.is_empty(), "{} differences:\n{}", unknown.len(), unknown.join("\n"));
        done += cases.len() as u64;
        images += 1;
    }
    println!("{done} sequences of {instructions} instructions in {images} images, seed {seed}");
    println!("known differences: {known:?}");
    hits.iter().for_each(|(name, sequences)| println!("{sequences:8} sequences with {name}"));
    assert!(
        !known.is_empty() || wanted < 10_000,
        "a comparison that misses even what is known to differ shows nothing"
    );
    let missed: Vec<_> = hits.iter().filter(|(_, hits)| **hits == 0).map(|(name, _)| name).collect();
    assert!(missed.is_empty() || wanted < 10_000, "no sequence has any of {missed:?}");
}

/// Interrupts and peripherals cut blocks like this.
#[test]
fn sequences_end_the_same_wherever_they_are_cut() {
    let (seed, wanted) = (setting("ISA_SEED", 1), setting("ISA_SEQUENCES", 10_000) / 40);
    let mut rng = Rng::new(!seed);
    let mut image = Image::new(seed);
    let mut sequences = Vec::new();
    while (sequences.len() as u64) < wanted {
        let sequence = Sequence::random(&mut rng);
        if !image.add(&sequence, &Start::random(&mut rng)) {
            break;
        }
        sequences.push(sequence);
    }
    image.finish();
    let whole = ours::run(&image, None);
    for cycles in [1, 2, 3, 7] {
        let cut = ours::run(&image, Some(cycles));
        let differs = whole.chunks(RESULT).zip(cut.chunks(RESULT)).position(|(a, b)| a != b);
        assert_eq!(differs.map(|at| &sequences[at]), None, "cut every {cycles} cycles");
        assert_eq!(cut.len(), whole.len());
    }
}

/// Differences between the two machines that are not known. Where one is known, its instruction is taken out and all is run
/// again, so that nothing hides behind it.
fn explain(image: &mut Image, cases: &mut [(Sequence, Start)], known: &mut BTreeMap<&'static str, u64>) -> Vec<String> {
    let mut unknown = Vec::new();
    loop {
        let (ours, theirs) = compare::run(image);
        let differ: Vec<usize> =
            (0..cases.len()).filter(|n| ours[n * RESULT..][..RESULT] != theirs[n * RESULT..][..RESULT]).collect();
        for &index in &differ {
            let (sequence, start) = &mut cases[index];
            match compare::parting(image, index, sequence, start) {
                None => unknown.push(format!("a difference that comes and goes: {sequence:x?}")),
                Some(parting) => match parting.known() {
                    Some(name) => {
                        *known.entry(name).or_default() += 1;
                        *sequence = sequence.without(parting.at);
                        image.replace(index, sequence);
                    }
                    None => unknown.push(parting.describe()),
                },
            }
            if unknown.len() >= ENOUGH {
                return unknown;
            }
        }
        if differ.is_empty() || !unknown.is_empty() {
            return unknown;
        }
    }
}

fn count(sequence: &Sequence, hits: &mut BTreeMap<&str, u64>) {
    let mut names: Vec<_> = sequence.steps.iter().map(|step| step.name).filter(|n| *n != sequence::SET_UP).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        *hits.get_mut(name).unwrap_or_else(|| panic!("'{name}' is no class")) += 1;
    }
}
