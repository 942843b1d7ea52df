//! From counts and looks to folded stacks: `outermost;...;innermost cycles`.

use super::{Level, Stack, Stacks};
use crate::engine::core::{Counted, Pastime, Ran};
use crate::image::{Firmware, exception_name, functions_at, short_name};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Cycles by call stack, outermost function first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// In the order of the stacks' names. All cycles together are those of the run.
    pub stacks: BTreeMap<Vec<Rc<str>>, u64>,
}

/// Under this stands what no look has found running.
const NOT_SEEN: &str = "[no stack seen]";
/// Code that Python's emitters have put into RAM.
const NATIVE: &str = "[Python native code]";

impl Folded {
    /// All cycles.
    pub fn cycles(&self) -> u64 {
        self.stacks.values().sum()
    }

    /// As text, a stack a line.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (stack, cycles) in &self.stacks {
            let names: Vec<_> = stack.iter().map(|name| name.replace([';', '\n'], ":")).collect();
            text.push_str(&format!("{} {cycles}\n", names.join(";")));
        }
        text
    }

    fn add(&mut self, stack: Vec<Rc<str>>, cycles: u64) {
        if cycles > 0 {
            *self.stacks.entry(stack).or_default() += cycles;
        }
    }
}

/// A caller of one function in one exception: how often it was seen, the names outermost first, and what stands inside the function.
type Caller = (u64, Vec<Rc<str>>, Option<Rc<str>>);

/// Brings together what was counted and what looks have found.
pub fn fold(counted: &Counted, found: &Stacks, firmware: &Firmware) -> Folded {
    let mut names = Names { firmware, found, at: FxHashMap::default(), python_seen: !found.python.is_empty() };
    let mut callers: FxHashMap<(u16, u32), Vec<Caller>> = FxHashMap::default();
    let mut looks: Vec<_> = found.ran.iter().collect();
    looks.sort();
    for (stack, &cycles) in looks {
        let Some(leaf) = stack.levels.iter().position(|level| matches!(level, Level::Code(_))) else { continue };
        let Level::Code(pc) = stack.levels[leaf] else { continue };
        let inside = stack.levels[..leaf].first().map(|&level| names.python(level));
        let outside = names.outermost_first(stack.exception, &stack.levels[leaf + 1..]);
        let function = function_of(firmware, pc);
        callers.entry((stack.exception, function)).or_default().push((cycles, outside, inside));
    }
    let mut folded = Folded::default();
    for ((exception, function), leaves) in leaves(counted, &mut names) {
        let seen = callers.get(&(exception, function));
        let nobody: Vec<Caller> =
            vec![(1, names.outermost_first(exception, &[]).into_iter().chain([NOT_SEEN.into()]).collect(), None)];
        share_out(&mut folded, seen.unwrap_or(&nobody), &leaves);
    }
    let mut waits: Vec<_> = found.waited.iter().collect();
    waits.sort();
    for ((why, stack), &cycles) in waits {
        let levels = names.outermost_first(0, &stack.levels);
        let root = root(*why, names.leaf(stack));
        folded.add(std::iter::once(root.into()).chain(levels).collect(), cycles);
    }
    folded
}

/// Shares `leaves` out among `callers` by their weights, to the cycle.
fn share_out(folded: &mut Folded, callers: &[Caller], leaves: &BTreeMap<Vec<Rc<str>>, u64>) {
    let all: u64 = callers.iter().map(|(weight, ..)| *weight).sum::<u64>().max(1);
    for (leaf, &cycles) in leaves {
        let (mut given, mut weight_so_far) = (0u64, 0u64);
        for (weight, outside, inside) in callers {
            weight_so_far += weight;
            // What was due up to here, less what was given: the sum is exact.
            let due = (u128::from(cycles) * u128::from(weight_so_far) / u128::from(all)) as u64;
            let stack = outside.iter().chain(leaf).chain(inside).cloned().collect();
            folded.add(stack, due.saturating_sub(given));
            given = given.max(due);
        }
        if given < cycles {
            let (_, outside, inside) = &callers[0];
            folded.add(outside.iter().chain(leaf).chain(inside).cloned().collect(), cycles - given);
        }
    }
}

type Leaves = BTreeMap<(u16, u32), BTreeMap<Vec<Rc<str>>, u64>>;

/// Cycles of each function by what was inlined in it, outermost first.
fn leaves(counted: &Counted, names: &mut Names) -> Leaves {
    let mut leaves = Leaves::new();
    for ran in &counted.blocks {
        for (pc, cycles) in instructions(ran) {
            let function = function_of(names.firmware, pc);
            let of_function = leaves.entry((ran.exception, function)).or_default();
            *of_function.entry(names.at(pc).to_vec()).or_default() += cycles;
        }
    }
    leaves
}

/// The instructions of a block with their part of its cycles.
fn instructions(ran: &Ran) -> Vec<(u32, u64)> {
    let places: Vec<usize> = (0..ran.starts.len()).filter(|&index| ran.starts[index]).collect();
    let total = ran.count.cycles;
    let all = u128::from(ran.cycles.max(1));
    let mut given = 0u64;
    let mut shares: Vec<(u32, u64)> = places
        .iter()
        .map(|&index| {
            let pc = ran.start.wrapping_add(2 * index as u32);
            let next = places.iter().find(|&&later| later > index);
            let behind = next.map_or(ran.cycles, |&later| u32::from(ran.offsets[later])).min(ran.cycles);
            let due = (u128::from(total) * u128::from(behind) / all) as u64;
            let share = due.saturating_sub(given);
            given = given.max(due);
            (pc, share)
        })
        .collect();
    match shares.last_mut() {
        Some(last) => last.1 += total.saturating_sub(given),
        None => shares.push((ran.start, total)),
    }
    shares
}

/// What stands for the function that holds `pc`: its first address, or a page of code without names.
fn function_of(firmware: &Firmware, pc: u32) -> u32 {
    firmware.function(pc).map_or(pc & !0xFF | 1, |(first, _)| first)
}

/// The root of time that is spent waiting; `leaf` is the function that waits.
fn root(why: Pastime, leaf: Option<String>) -> String {
    match why {
        Pastime::Exceptions => "[exceptions] entry, return and wake-up".into(),
        Pastime::Interrupt => "[waiting] WFI".into(),
        Pastime::Event => "[waiting] WFE".into(),
        Pastime::Loop => "[waiting] branch to itself".into(),
        Pastime::Debugger => "[waiting] what is typed".into(),
        Pastime::Off => "[waiting] System OFF".into(),
        Pastime::Flash => "[waiting] flash".into(),
        Pastime::PlayOut => "[waiting] the chips play out".into(),
        Pastime::Polling => format!("[polling] {}", leaf.as_deref().unwrap_or("unknown code")),
    }
}

/// Names of what stands at addresses.
struct Names<'a> {
    firmware: &'a Firmware,
    found: &'a Stacks,
    at: FxHashMap<u32, Rc<[Rc<str>]>>,
    python_seen: bool,
}

impl Names<'_> {
    /// The functions at `pc`, outermost first.
    fn at(&mut self, pc: u32) -> Rc<[Rc<str>]> {
        if let Some(known) = self.at.get(&pc) {
            return Rc::clone(known);
        }
        let in_ram = pc >= 0x2000_0000 || (0x0080_0000..0x0084_0000).contains(&pc);
        let names: Rc<[Rc<str>]> = if self.python_seen && in_ram && self.firmware.locate(pc).is_none() {
            [NATIVE.into()].into()
        } else {
            functions_at(self.firmware, pc).into_iter().rev().map(|call| short_name(&call.function).into()).collect()
        };
        self.at.insert(pc, Rc::clone(&names));
        names
    }

    /// The function whose code waits.
    fn leaf(&self, stack: &Stack) -> Option<String> {
        stack.levels.iter().find_map(|&level| match level {
            Level::Code(pc) => self.firmware.locate(pc).map(|at| short_name(&at.function)),
            Level::Python(_) => None,
        })
    }

    fn python(&self, level: Level) -> Rc<str> {
        match level {
            Level::Python(number) => self.found.python.get(number as usize).map_or("", String::as_str).into(),
            Level::Code(pc) => format!("0x{pc:08x}").into(),
        }
    }

    fn outermost_first(&mut self, exception: u16, levels: &[Level]) -> Vec<Rc<str>> {
        let mut names = Vec::new();
        if exception != 0 {
            names.push(format!("[interrupt] {}", exception_name(exception)).into());
        }
        for &level in levels.iter().rev() {
            match level {
                Level::Code(pc) => names.extend(self.at(pc).iter().cloned()),
                Level::Python(_) => names.push(self.python(level)),
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<Rc<str>> {
        text.split(';').map(Into::into).collect()
    }

    #[test]
    fn cycles_are_shared_out_to_the_last_one() {
        let callers = vec![(1, names("main"), None), (2, names("main;other"), Some("f (a.py:3)".into()))];
        let leaves = [(names("leaf"), 100), (names("leaf;inlined"), 1)].into();
        let mut folded = Folded::default();
        share_out(&mut folded, &callers, &leaves);
        assert_eq!(folded.cycles(), 101);
        assert_eq!(
            folded.text(),
            "main;leaf 33\nmain;other;leaf;f (a.py:3) 67\nmain;other;leaf;inlined;f (a.py:3) 1\n"
        );
    }

    #[test]
    fn a_blocks_cycles_go_to_its_instructions_by_their_cost() {
        use crate::engine::core::Count;
        let ran = Ran {
            exception: 0,
            start: 0x100,
            end: 0x108,
            count: Count { runs: 10, cycles: 71 },
            offsets: [0, 1, 0, 4].into(),
            starts: [true, true, false, true].into(),
            cycles: 7,
        };
        assert_eq!(instructions(&ran), [(0x100, 10), (0x102, 30), (0x106, 31)], "the rest goes to the last");
    }
}
