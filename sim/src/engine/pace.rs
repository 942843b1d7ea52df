//! What firmware is at while a chip waits for data: where the time goes that makes sound choppy.
//!
//! The machine is looked at when a slice of the run is over. A look counts while a stream is being decoded and DREQ asks for more of it:
//! then whatever the firmware does is what keeps it from sending.

use super::machine::Machine;
use super::profile::{Level, Python, levels};
use crate::image::unwind::Registers;
use crate::image::{Call, Firmware, Unwinder, calls, functions_at};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Different stacks that are told apart.
const MOST_STACKS: usize = 1024;
/// Calls of one look.
const MOST_CALLS: usize = 64;
/// Addresses whose functions are remembered.
const MOST_KNOWN: usize = 1 << 14;

/// A function, and the addresses that its callers return to.
type Stack = (Rc<str>, Vec<u32>);

/// The looks of one run.
#[derive(Debug, Default)]
pub struct Pace {
    looks: u32,
    /// By the functions at the instruction and the addresses that its callers return to.
    stacks: FxHashMap<Stack, (u32, Vec<Call>)>,
    known: FxHashMap<u32, Rc<str>>,
    /// Whether the firmware is an interpreter whose functions can be told; looked for once.
    python: Option<Option<Python>>,
    /// Names of its functions, to which it refers by number.
    names: Vec<String>,
}

/// Where the firmware was found most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dawdling {
    /// Looks at which the chip waited for data.
    pub looks: u32,
    /// Those of them that found the firmware there.
    pub found: u32,
    /// The calls, innermost first.
    pub calls: Vec<Call>,
}

impl Pace {
    /// The functions at `pc`, without the line of the innermost: a loop has several.
    fn functions(&mut self, firmware: &Firmware, pc: u32) -> Rc<str> {
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        let known = self.known.entry(pc).or_insert_with(|| {
            let words = functions_at(firmware, pc).into_iter().enumerate().map(|(level, call)| match level {
                0 => call.function,
                _ => call.words(),
            });
            words.collect::<Vec<_>>().join(";").into()
        });
        Rc::clone(known)
    }

    /// The calls of an interpreter that runs a Python function; `None` when none does.
    fn python_calls(
        &mut self,
        firmware: &Firmware,
        registers: &Registers,
        read: &dyn Fn(u32) -> Option<u32>,
    ) -> Option<Vec<Call>> {
        let Self { python, names, .. } = self;
        let python = python.get_or_insert_with(|| Python::of(firmware)).as_mut()?;
        let levels = levels(firmware, Some(python), registers, read, names);
        let calls: Vec<Call> = levels
            .into_iter()
            .flat_map(|level| match level {
                Level::Code(pc) => functions_at(firmware, pc),
                Level::Python(number) => {
                    names.get(number as usize).map(|name| Call::python(name)).into_iter().collect()
                }
            })
            .take(MOST_CALLS)
            .collect();
        Some(calls).filter(|calls| calls.iter().any(|call| call.python))
    }

    /// Where the firmware was found most.
    pub fn dawdling(&self) -> Option<Dawdling> {
        let most = self.stacks.iter().max_by(|(a, (few, _)), (b, (many, _))| few.cmp(many).then_with(|| b.cmp(a)))?;
        let (_, (found, calls)) = most;
        Some(Dawdling { looks: self.looks, found: *found, calls: calls.clone() })
    }
}

impl Machine {
    /// A slice is over: looks what the firmware is at, if a chip waits for data.
    pub fn look_at_pace(&mut self, firmware: &Firmware) {
        let hungry = self.players().any(|(_, chip)| {
            let view = chip.view();
            view.codec.is_some() && view.dreq
        });
        if !hungry {
            return;
        }
        let mut pace = std::mem::take(&mut self.pace);
        pace.looks += 1;
        let registers = self.registers();
        if let Some(calls) = pace.python_calls(firmware, &registers, &|at| self.word(at)) {
            let line = calls.iter().find(|call| call.python).map(Call::words).unwrap_or_default();
            let key = (line.into(), Vec::new());
            if pace.stacks.len() < MOST_STACKS || pace.stacks.contains_key(&key) {
                pace.stacks.entry(key).or_insert((0, calls)).0 += 1;
            }
            self.pace = pace;
            return;
        }
        let frames = Unwinder::new(firmware).frames(&registers, |at| self.word(at));
        let leaf = pace.functions(firmware, registers.pc);
        let key = (leaf, frames.iter().skip(1).map(|frame| frame.pc).collect());
        if pace.stacks.len() < MOST_STACKS || pace.stacks.contains_key(&key) {
            let known = pace.stacks.entry(key);
            known.or_insert_with(|| (0, calls(firmware, &registers, |at| self.word(at)))).0 += 1;
        }
        self.pace = pace;
    }

    /// What the firmware was found at most while a chip waited for data.
    pub fn dawdling(&self) -> Option<Dawdling> {
        self.pace.dawdling()
    }
}
