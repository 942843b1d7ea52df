//! What is it waiting for? Firmware that does nothing but wait at one place is found, and what it waits for is worked out from the
//! instructions of its loop: which bit of which register or word, who would change it, and when.
//!
//! 1. The machine is looked at when a slice of the run is over, every 5 ms of simulated time. Found at one place several times it is watched:
//!    every block that the core runs is held against those of the loop, so that leaving it for a moment is noticed. Handlers
//!    of interrupts do not count. After [`MOMENT`] without leaving it is said, once for each place.
//! 2. A loop is known by running it an instruction at a time, twice round: it waits when it stores to nothing but its stack and what it
//!    loads comes from the same addresses both times. A loop that only counts, or only reads a clock, is a delay and not worth a word.
//! 3. Which bit is tested is followed from the load through moves, shifts, masks and bit fields to the compare or branch. What
//!    is lost on the way counts as the whole word.
//! 4. Nothing of it changes what is simulated: single instructions are exact, and so are runs that are looked at closely.

mod bits;
mod looped;
mod origin;

pub use origin::Origin;

use super::exceptions::Sleep;
use super::machine::Machine;
use crate::image::{Firmware, functions_at, own_function_at};
use looped::Loop;
use peripherals::kernel::{Instant, Span};
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::collections::BTreeSet;

/// How long firmware must have waited before a word is said.
pub const MOMENT: Span = Span::from_ms(100);
/// Looks at one place before it is watched, at first; four times as many each time it turned out to be left.
const LOOKS: u32 = 4;
const MOST_LOOKS: u32 = 1 << 14;
/// While the core sleeps, what it runs in between is learned for so long.
const LEARNED_FOR: Span = Span::from_ms(30);
/// Waits that are kept.
const MOST_WAITS: usize = 64;
/// Places of which is remembered how often they were left.
const MOST_PLACES: usize = 4096;

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitKind {
    /// A register of a peripheral.
    Register,
    /// A word in memory.
    Memory,
    /// An interrupt or an event, asleep.
    Sleep,
}

/// A place at which firmware only waited.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Wait {
    /// What it waits for.
    pub kind: WaitKind,
    /// Since when, in simulated seconds; the first look that found it there.
    pub since_s: f64,
    /// The instruction that reads it, or behind which the core sleeps.
    pub pc: u32,
    /// The function that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// File and line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Its name: `P0.IN`, `UARTE0.EVENTS_ENDRX`, a variable; `WFI`.
    pub what: String,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<u32>,
    /// The bits that are tested; empty when all are, and asleep.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bits: Vec<u8>,
    /// What is read there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<u32>,
    /// Who would change it, and when.
    pub who: String,
    /// When that may be at the earliest, in simulated seconds; absent when nothing is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when_s: Option<f64>,
    /// Whether whoever would change it is modelled.
    pub modelled: bool,
    /// The loop also looks at a clock: it may give up by itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bounded: bool,
    /// What is typed is waited for, and may still come.
    #[serde(skip)]
    pub typed: bool,
}

impl Wait {
    /// A sentence for people: `P0.IN bit 2, which is 0, in main (src/main.rs:40): the chip ...`.
    pub fn sentence(&self) -> String {
        let bits = match self.bits.as_slice() {
            [] => String::new(),
            [bit] => format!(" bit {bit}"),
            bits => format!(" bits {}", bits.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")),
        };
        let now = match (self.value, self.bits.as_slice()) {
            (Some(value), [bit]) => format!(" (now {})", value >> bit & 1),
            (Some(value), _) => format!(" (now 0x{value:x})"),
            (None, _) => String::new(),
        };
        let place = match (&self.symbol, &self.source) {
            (Some(symbol), Some(source)) => format!("{symbol} ({source})"),
            (Some(symbol), None) => symbol.clone(),
            _ => format!("0x{:08x}", self.pc),
        };
        let bounded = if self.bounded { "; it also looks at a clock, and may give up" } else { "" };
        format!("{}{bits}{now} in {place}: {}{bounded}", self.what, self.who)
    }
}

/// Where the core was at a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    /// In the function, or page of code, that begins here.
    Code(u32),
    /// Asleep, with PC here.
    Asleep(u32, Sleep),
}

/// What is being watched.
#[derive(Debug)]
struct Vigil {
    since: Instant,
    /// `None` while the core sleeps.
    seen: Option<Loop>,
    learning: bool,
}

/// Looks at one machine.
#[derive(Debug, Default)]
pub struct Lookout {
    place: Option<(Place, Instant, u32)>,
    vigil: Option<Vigil>,
    /// Looks that a place needs before it is watched.
    patience: FxHashMap<Place, u32>,
    said: BTreeSet<(u32, String)>,
    waits: Vec<Wait>,
    /// The wait that still lasts.
    lasting: Option<(Place, usize)>,
}

impl Lookout {
    /// Every wait that was found.
    pub fn waits(&self) -> &[Wait] {
        &self.waits
    }

    /// How many looks the places need that looked like waits and were none.
    #[cfg(test)]
    pub(super) fn disappointments(&self) -> Vec<u32> {
        self.patience.values().copied().collect()
    }
}

impl Machine {
    /// A slice is over: looks whether the firmware only waits. Gives a wait that has just come up.
    pub fn look_out(&mut self, firmware: &Firmware) -> Option<Wait> {
        let mut lookout = std::mem::take(&mut self.lookout);
        let wait = lookout.look(self, firmware);
        self.lookout = lookout;
        wait
    }

    /// Waits that were found so far.
    pub fn waits(&self) -> &[Wait] {
        self.lookout.waits()
    }

    /// The wait in which the firmware still is, if it has lasted for [`MOMENT`].
    pub fn lasting_wait(&self) -> Option<&Wait> {
        self.lookout.lasting.and_then(|(_, number)| self.lookout.waits.get(number))
    }
}

impl Lookout {
    fn look(&mut self, machine: &mut Machine, firmware: &Firmware) -> Option<Wait> {
        let now = machine.now();
        let place = here(machine, firmware);
        if self.lasting.is_some_and(|(lasting, _)| Some(lasting) != place) {
            self.lasting = None;
        }
        let (since, looks) = match (self.place, place) {
            (Some((before, since, looks)), Some(place)) if before == place => (since, looks + 1),
            (before, _) => {
                // Who sleeps may be awake at a look, and goes on waiting.
                if let (Some(_), Some((left @ Place::Code(_), ..))) = (&self.vigil, before) {
                    self.disappointed(left);
                }
                self.drop_vigil(machine);
                (now, 1)
            }
        };
        self.place = place.map(|place| (place, since, looks));
        let place = place?;
        if self.vigil.is_some() {
            return self.keep_vigil(machine, firmware, place, now);
        }
        if self.lasting.is_none() && looks >= self.patience.get(&place).copied().unwrap_or(LOOKS) {
            self.begin_vigil(machine, place, now);
        }
        None
    }

    fn begin_vigil(&mut self, machine: &mut Machine, place: Place, since: Instant) {
        let vigil = match place {
            Place::Asleep(..) => {
                machine.core.watch_blocks(Vec::new());
                Vigil { since, seen: None, learning: true }
            }
            Place::Code(_) => match looped::examine(machine) {
                Some(seen) => {
                    machine.core.watch_blocks(seen.code.clone());
                    Vigil { since, seen: Some(seen), learning: false }
                }
                None => return self.disappointed(place),
            },
        };
        self.vigil = Some(vigil);
    }

    fn keep_vigil(&mut self, machine: &mut Machine, firmware: &Firmware, place: Place, now: Instant) -> Option<Wait> {
        if machine.core.left_watched_blocks() {
            self.drop_vigil(machine);
            self.disappointed(place);
            return None;
        }
        let vigil = self.vigil.as_mut()?;
        let lasted = now.since(vigil.since);
        if vigil.learning && lasted >= LEARNED_FOR {
            vigil.learning = false;
            machine.core.stop_learning();
        }
        if lasted < MOMENT {
            return None;
        }
        let vigil = self.vigil.take()?;
        machine.core.stop_watching();
        let since = vigil.since;
        let wait = match (place, vigil.seen) {
            (Place::Asleep(_, sleep), _) => Some(origin::asleep(machine, firmware, sleep, since)),
            (_, Some(seen)) => origin::spinning(machine, firmware, &seen, since),
            _ => None,
        };
        let Some(wait) = wait else {
            self.disappointed(place);
            return None;
        };
        let new = self.said.insert((wait.pc, wait.what.clone()));
        if !new || self.waits.len() >= MOST_WAITS {
            // It was said before; not to be looked into again so soon.
            self.disappointed(place);
            return None;
        }
        self.waits.push(wait.clone());
        self.lasting = Some((place, self.waits.len() - 1));
        Some(wait)
    }

    fn drop_vigil(&mut self, machine: &mut Machine) {
        if self.vigil.take().is_some() {
            machine.core.stop_watching();
        }
    }

    /// What looked like a wait is none: the place is left alone for longer.
    fn disappointed(&mut self, place: Place) {
        if self.patience.len() >= MOST_PLACES {
            self.patience.clear();
        }
        let looks = self.patience.entry(place).or_insert(LOOKS);
        *looks = (*looks * 4).min(MOST_LOOKS);
        self.place = None;
    }
}

/// Where the core is; `None` in a handler, which hardly waits.
fn here(machine: &Machine, firmware: &Firmware) -> Option<Place> {
    let pc = machine.pc();
    if let Some(sleep) = machine.asleep {
        return Some(Place::Asleep(pc, sleep));
    }
    Some(Place::Code(firmware.function(pc).map_or(pc & !0xFF | 1, |(first, _)| first)))
}

/// The function and line at `pc`, for a wait.
fn place_of(firmware: &Firmware, pc: u32) -> (Option<String>, Option<String>) {
    // What has no name is called by its address, which says nothing here.
    let first = || firmware.locate(pc).and_then(|_| functions_at(firmware, pc).into_iter().next());
    let call = own_function_at(firmware, pc).or_else(first);
    call.map_or((None, None), |call| (Some(call.function), call.source))
}
