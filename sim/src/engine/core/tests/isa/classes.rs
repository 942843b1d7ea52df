//! What kinds of instructions there are, and how one of each is made.

use super::pattern::{NEVER, Pattern};
use super::sequence::Writer;
use super::{dsp, float, flow, integer, memory};

/// A kind of instruction, by its title in the Armv7-M ARM, A7.7.
#[derive(Debug)]
pub struct Class {
    /// Its name.
    pub name: &'static str,
    /// How one is made.
    pub make: Make,
}

/// How an instruction is made.
#[derive(Debug)]
pub enum Make {
    /// From its bits alone.
    Pattern(Pattern),
    /// With others that prepare its operands.
    Built(fn(&mut Writer)),
}

/// Bits, except where `unless` holds.
pub const fn pattern(name: &'static str, bits: &'static str, unless: fn(u32) -> bool, in_it: bool) -> Class {
    Class { name, make: Make::Pattern(Pattern { bits, unless, in_it }) }
}

/// Bits that are defined whatever they are.
pub const fn always(name: &'static str, bits: &'static str) -> Class {
    pattern(name, bits, NEVER, true)
}

/// The same, but not in an IT block.
pub const fn outside_it(name: &'static str, bits: &'static str) -> Class {
    pattern(name, bits, NEVER, false)
}

/// Made by a function.
pub const fn built(name: &'static str, make: fn(&mut Writer)) -> Class {
    Class { name, make: Make::Built(make) }
}

/// Every class, in groups that are chosen with the weight beside them.
pub const GROUPS: [(u32, &[Class]); 6] = [
    (3, integer::NARROW),
    (5, integer::WIDE),
    (4, dsp::CLASSES),
    (6, float::CLASSES),
    (5, memory::CLASSES),
    (2, flow::CLASSES),
];

/// Names of all classes.
pub fn names() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().flat_map(|(_, classes)| classes.iter().map(|class| class.name))
}
