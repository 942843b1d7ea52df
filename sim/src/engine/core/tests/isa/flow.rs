//! IT blocks and branches, which all go forward and stay within the sequence (Armv7-M ARM, A4.3, A7.3.2, A7.7).
//!
//! Left out as UNPREDICTABLE: branches and IT in an IT block except as its last instruction, AL with an else, and the
//! condition 15 (A7.7, IT, B, CBNZ).

use super::classes::{Class, built};
use super::sequence::Writer;

/// All of them.
pub const CLASSES: &[Class] = &[
    built("IT", |w| it(w, false)),
    built("IT with a branch at its end", |w| it(w, true)),
    built("IT with a load or store", it_access),
    built("B T1", |w| over(w, Kind::Narrow)),
    built("B T2", |w| over(w, Kind::NarrowAlways)),
    built("B T3", |w| over(w, Kind::Wide)),
    built("B T4", |w| over(w, Kind::WideAlways)),
    built("CBNZ, CBZ", |w| over(w, Kind::Compare)),
    built("BL", |w| over(w, Kind::Link)),
    built("BX", |w| exchange(w, false)),
    built("BLX (register)", |w| exchange(w, true)),
    built("TBB", |w| table(w, false)),
    built("TBH", |w| table(w, true)),
];

/// IT with `count` instructions.
fn it_half(w: &mut Writer, count: u32) -> u16 {
    let condition = w.rng.below(if count == 1 { 15 } else { 14 });
    let mut mask = 1 << (4 - count);
    for i in 1..count {
        mask |= w.rng.below(2) << (4 - i);
    }
    (0xBF00 | condition << 4 | mask) as u16
}

fn it(w: &mut Writer, branches: bool) {
    let count = w.rng.below(4) + 1;
    let half = it_half(w, count);
    w.step(if branches { "IT with a branch at its end" } else { "IT" }, &[half]);
    let plain = count - u32::from(branches);
    (0..plain).for_each(|_| w.conditional());
    if branches {
        let kind = w.rng.pick(&[Kind::NarrowAlways, Kind::WideAlways, Kind::Link]);
        over(w, kind);
    }
}

/// One access in an IT block, its operands prepared before.
fn it_access(w: &mut Writer) {
    let half = it_half(w, 1);
    let (keep, offset) = (u16::from(w.keep), w.rng.below(240) as u16);
    let (load, store) = (w.destination() as u16, w.source() as u16);
    let halves = match w.rng.below(6) {
        0 => [0xF8D0 | keep, load << 12 | offset],
        1 => [0xF8C0 | keep, store << 12 | offset],
        2 => [0xF890 | keep, load << 12 | offset],
        3 => [0xF8A0 | keep, store << 12 | offset],
        4 => [0xED90 | keep, (w.rng.below(16) as u16) << 12 | 0xA00 | (offset / 4)],
        _ => [0xED80 | keep, (w.rng.below(16) as u16) << 12 | 0xA00 | (offset / 4)],
    };
    w.step("IT with a load or store", &[half]);
    w.set_up(&halves);
}

#[derive(Clone, Copy)]
enum Kind {
    Narrow,
    NarrowAlways,
    Wide,
    WideAlways,
    Compare,
    Link,
}

/// What may be gone over, as steps with the halfwords at which its pieces begin.
fn body(w: &mut Writer, most: u32) -> (Vec<super::sequence::Step>, Vec<u16>) {
    let (before, outer) = (std::mem::take(&mut w.steps), w.skippable);
    w.skippable = true;
    let mut starts = vec![0];
    for _ in 0..1 + w.rng.below(most) {
        loop {
            let (kept, stack) = (w.steps.len(), w.stack);
            w.piece();
            // One level of branches is enough.
            if length(&w.steps) <= 60 && !w.steps[kept..].iter().any(|s| CLASSES.iter().any(|c| c.name == s.name)) {
                break;
            }
            w.steps.truncate(kept);
            w.stack = stack;
            if length(&w.steps) > 50 {
                break;
            }
        }
        starts.push(length(&w.steps));
    }
    w.skippable = outer;
    (std::mem::replace(&mut w.steps, before), starts)
}

fn length(steps: &[super::sequence::Step]) -> u16 {
    steps.iter().map(|s| s.halves.len() as u16).sum()
}

fn over(w: &mut Writer, kind: Kind) {
    if matches!(kind, Kind::Link) && w.keep == 14 {
        return over(w, Kind::WideAlways);
    }
    let (body, _) = body(w, 3);
    let halves = length(&body);
    // PC is two halfwords past a branch.
    let condition = w.rng.below(14) as u16;
    match kind {
        // A branch over nothing goes to the next instruction, which is behind PC.
        Kind::Narrow => {
            w.step("B T1", &[0xD000 | condition << 8 | halves.wrapping_sub(1) & 0xFF]);
        }
        Kind::NarrowAlways => w.step("B T2", &[0xE000 | halves.wrapping_sub(1) & 0x7FF]),
        Kind::Wide => w.step("B T3", &[0xF000 | condition << 6, 0x8000 | halves]),
        Kind::WideAlways => w.step("B T4", &[0xF000, 0xB800 | halves]),
        Kind::Link => w.step("BL", &[0xF000, 0xF800 | halves]),
        Kind::Compare if halves == 0 => {}
        Kind::Compare => {
            let (n, offset) = (w.rng.below(8) as u16, halves - 1);
            let nonzero = w.rng.below(2) as u16;
            w.step("CBNZ, CBZ", &[0xB100 | nonzero << 11 | (offset >> 5) << 9 | (offset & 31) << 3 | n]);
        }
    }
    w.steps.extend(body);
}

fn exchange(w: &mut Writer, link: bool) {
    if link && w.keep == 14 {
        return exchange(w, false);
    }
    let (body, _) = body(w, 3);
    let target = w.destination() as u16;
    // mov rm, pc; addw rm, rm, #(from four bytes behind the move to behind the body, and bit 0)
    w.set_up(&[0x4678 | (target & 8) << 4 | target & 7]);
    w.set_up(&[0xF200 | target, target << 8 | (5 + 2 * length(&body))]);
    let (name, opcode) = if link { ("BLX (register)", 0x4780) } else { ("BX", 0x4700) };
    w.step(name, &[opcode | target << 3]);
    w.steps.extend(body);
}

fn table(w: &mut Writer, halfwords: bool) {
    let (body, starts) = body(w, 4);
    let (index, any) = (w.destination() as u16, w.source() as u16);
    w.set_up(&[0xF000 | any, index << 8 | 3]); // and rm, rn, #3
    let size = if halfwords { 4 } else { 2 };
    let entries: Vec<u16> = (0..4).map(|_| size + w.rng.pick(&starts)).collect();
    let mut halves = vec![0xE8DF, if halfwords { 0xF010 } else { 0xF000 } | index];
    if halfwords {
        halves.extend(&entries);
    } else {
        halves.extend(entries.chunks(2).map(|pair| pair[0] | pair[1] << 8));
    }
    w.step(if halfwords { "TBH" } else { "TBB" }, &halves);
    w.steps.extend(body);
}
