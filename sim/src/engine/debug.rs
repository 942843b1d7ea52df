//! A machine as a debugger sees it: where it stops, what it shows, and how it is changed from outside.
//!
//! Stopping and looking change no cycle, edge or register of what is simulated; a run with breakpoints in it is the same run.
//!
//! 1. Firmware cannot tell: DHCSR reads 0 with a debugger as without.
//! 2. Reads of peripherals are loads as a debug probe makes them: no time passes, but what a load does to a register it does, such as
//!    taking a byte out of RXD. Findings of such accesses are dropped.
//! 3. Memory protection does not hold for a debugger, and unaligned accesses of peripherals are made by bytes.
//! 4. What EasyDMA and the stacking of exceptions access is watched as well; the core stops at the next boundary between
//!    instructions then, or at the handler's first instruction.
//! 5. A single step of an instruction before which an interrupt is due ends at the first instruction of its handler. Interrupts are not
//!    held back while stepping.
//! 6. BKPT halts, and the core goes on behind it. BKPT 0xAB is semihosting as ever.
//! 7. SYS_READC's wait for a key, sleep and waiting for flash are gone through by a step as by a run.

use super::core::{FpRegisters, IT_BITS, Region, Registers, Watch, WatchHit};
use super::machine::{Machine, Outcome};
use peripherals::chips::button::Button;
use peripherals::cortex_m::{BUS_FAULT, HARD_FAULT, MEM_MANAGE, USAGE_FAULT};
use peripherals::kernel::{Instant, Span, Width};
use peripherals::nrf52840::ResetCause;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Why a machine stands still for a debugger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The instruction at PC has a breakpoint.
    Breakpoint,
    /// It has executed what it was to execute.
    Stepped,
    /// A watched address was accessed by the instruction before PC, or by EasyDMA.
    Watched(WatchHit),
    /// The instruction at PC is BKPT with this number.
    Instruction(u8),
    /// This exception was entered, or with 1 the chip was reset: a caught vector.
    Vector(u8),
}

/// How a machine goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Going {
    /// Until something halts it.
    On,
    /// For one instruction.
    Step,
    /// As long as PC is in this range.
    Inside(Range<u32>),
}

/// What a machine has to know of its debugger.
#[derive(Clone, Debug, Default)]
pub(super) struct Debugger {
    attached: bool,
    stepping: Option<Stepping>,
    /// It is to halt before anything else happens.
    due: Option<Halt>,
    /// An exception was entered since it went on.
    pub entered: bool,
    /// Exceptions that are caught: bit n for number n, and 1 for a reset.
    catches: u64,
    watches: Vec<Watch>,
    breakpoints: BTreeSet<u32>,
}

/// Instructions whose first execution somebody wants to be told of. The run goes on as if they were none.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    /// From when on, by address.
    wanted: BTreeMap<u32, Instant>,
    met: Vec<Instant>,
}

#[derive(Clone, Debug)]
struct Stepping {
    range: Range<u32>,
    /// Instructions before the step.
    before: u64,
}

/// Exceptions that [`Machine::catch`] knows by name, with their numbers.
pub const VECTORS: [(&str, u8); 10] = [
    ("reset", 1),
    ("nmi", 2),
    ("hard", HARD_FAULT),
    ("mem", MEM_MANAGE),
    ("bus", BUS_FAULT),
    ("usage", USAGE_FAULT),
    ("svc", 11),
    ("debugmon", 12),
    ("pendsv", 14),
    ("systick", 15),
];

impl Machine {
    /// A debugger is there from now on, or has gone, with its breakpoints.
    pub fn debug(&mut self, attached: bool) {
        if !attached {
            self.core.clear_breakpoints();
            self.marks.wanted.keys().for_each(|&at| self.core.set_breakpoint(at, true));
            self.set_watches(&[]);
        }
        self.debugger = Debugger { attached, ..Debugger::default() };
    }

    /// Whether a debugger is there.
    pub fn is_debugged(&self) -> bool {
        self.debugger.attached
    }

    /// Halts before the instruction at `address`, whether it executes or its condition does not hold; or does not any more.
    pub fn set_breakpoint(&mut self, address: u32, on: bool) {
        let address = address & !1;
        let changed =
            if on { self.debugger.breakpoints.insert(address) } else { self.debugger.breakpoints.remove(&address) };
        if changed && !self.marks.wanted.contains_key(&address) {
            self.core.set_breakpoint(address, on);
        }
    }

    /// The first time from `from` on that the instruction at `address` is about to be executed will be among
    /// [`Machine::take_marks_met`]. Single steps of a debugger pass it by.
    pub fn mark(&mut self, address: u32, from: Instant) {
        self.marks.wanted.insert(address & !1, from);
        self.core.set_breakpoint(address, true);
    }

    /// When marked instructions were about to be executed, since the last call.
    pub fn take_marks_met(&mut self) -> Vec<Instant> {
        std::mem::take(&mut self.marks.met)
    }

    /// The instruction at PC has a breakpoint, or a mark, or both.
    pub(super) fn comes_to_breakpoint(&mut self) -> Option<Outcome> {
        let (pc, now) = (self.pc(), self.now());
        if let Some(&from) = self.marks.wanted.get(&pc) {
            let broken = self.debugger.attached && self.debugger.breakpoints.contains(&pc);
            if now >= from {
                self.marks.wanted.remove(&pc);
                self.marks.met.push(now);
            }
            if !broken {
                // It goes on where it stands, inside an IT block too.
                self.core.halt();
                match now >= from {
                    true => self.core.set_breakpoint(pc, false),
                    false => self.core.pass_breakpoint(),
                }
                return None;
            }
        }
        Some(self.halted(Halt::Breakpoint))
    }

    /// Halts behind accesses of these addresses, and of no others.
    pub fn set_watches(&mut self, watches: &[Watch]) {
        self.core.set_watches(watches);
        self.core.bus_mut().set_watches(watches);
        self.debugger.watches = watches.to_vec();
    }

    /// What is watched.
    pub fn watches(&self) -> &[Watch] {
        &self.debugger.watches
    }

    /// Exceptions to halt at the first instruction of: bit n for exception n, bit 1 for a reset. DEMCR's VC bits are heard besides.
    pub fn catch(&mut self, exceptions: u64) {
        self.debugger.catches = exceptions;
    }

    /// Exceptions that are caught.
    pub fn catches(&self) -> u64 {
        self.debugger.catches
    }

    /// How it goes on with the next [`Machine::run`]: from its breakpoint, if it stands at one, and behind its BKPT.
    pub fn go(&mut self, how: &Going) {
        if self.is_at_bkpt() {
            self.core.step_over(2);
        }
        self.core.pass_breakpoint();
        self.debugger.entered = false;
        let before = self.core.instructions();
        self.debugger.stepping = match how {
            Going::On => None,
            Going::Step => Some(Stepping { range: 0..0, before }),
            Going::Inside(range) => Some(Stepping { range: range.clone(), before }),
        };
    }

    fn is_at_bkpt(&self) -> bool {
        const BKPT: u8 = 0xBE;
        const SEMIHOSTING: u8 = 0xAB;
        let code = self.core.memory().read(self.pc(), 2);
        code.is_some_and(|code| code[1] == BKPT && code[0] != SEMIHOSTING)
    }

    /// Whether the next instruction is to be executed alone.
    pub(super) fn is_stepping(&self) -> bool {
        self.debugger.stepping.is_some()
    }

    /// Whether it is to halt before code runs.
    pub(super) fn is_halt_due(&self) -> bool {
        self.debugger.attached && (self.debugger.due.is_some() || self.is_stepping() && self.debugger.entered)
    }

    /// Whether it is to halt now.
    pub(super) fn due_halt(&mut self) -> Option<Outcome> {
        if !self.debugger.attached {
            return None;
        }
        let hit = self.core.bus_mut().take_watch_hit().map(Halt::Watched);
        let halt = hit.or(self.debugger.due.take()).or_else(|| self.stepped())?;
        Some(self.halted(halt))
    }

    /// The step, or the stepping through a range, is over.
    fn stepped(&mut self) -> Option<Halt> {
        let Stepping { range, before } = self.debugger.stepping.as_ref()?;
        if self.debugger.entered {
            return Some(Halt::Stepped);
        }
        if self.core.instructions() == *before {
            return None;
        }
        let pc = self.pc();
        if self.debugger.breakpoints.contains(&pc) && range.contains(&pc) {
            return Some(Halt::Breakpoint);
        }
        (!range.contains(&pc)).then_some(Halt::Stepped)
    }

    pub(super) fn halted(&mut self, halt: Halt) -> Outcome {
        if self.asleep.is_none() {
            self.core.halt();
        }
        (self.debugger.stepping, self.debugger.due) = (None, None);
        Outcome::Halted(halt)
    }

    /// BKPT: halts if there is a debugger.
    pub(super) fn bkpt(&mut self, number: u8) -> Option<Outcome> {
        self.debugger.attached.then(|| self.halted(Halt::Instruction(number)))
    }

    /// The branch to itself at PC has a breakpoint: it goes round once, and comes to it again.
    pub(super) fn goes_round(&mut self) -> bool {
        let halts = self.core.has_breakpoint(self.pc());
        if halts {
            self.go_round_until(self.core.cycles() + 1);
        }
        halts
    }

    /// `exception` was entered.
    pub(super) fn notice_entry(&mut self, exception: u8) {
        if !self.debugger.attached {
            return;
        }
        self.debugger.entered = true;
        let named = exception < 64 && self.debugger.catches >> exception & 1 != 0;
        if named || self.is_caught_by_demcr(exception) {
            self.debugger.due = Some(Halt::Vector(exception));
        }
    }

    /// The chip was reset.
    pub(super) fn notice_reset(&mut self) {
        const VC_CORERESET: u32 = 1;
        let demcr = self.core.bus().soc.scb().demcr();
        if self.debugger.attached && (self.debugger.catches >> 1 & 1 != 0 || demcr & VC_CORERESET != 0) {
            self.debugger.due = Some(Halt::Vector(1));
        }
    }

    /// DEMCR's VC bits (Armv7-M ARM, C1.6.5), by what CFSR holds. They halt where the handler starts.
    fn is_caught_by_demcr(&self, exception: u8) -> bool {
        /// Bits of CFSR that each bit of DEMCR is about.
        const ABOUT: [(u32, u32); 6] = [
            (4, 0x0000_0003),
            (5, 0x0008_0000),
            (6, 0x0300_0000),
            (7, 0x0007_0000),
            (8, 0x0000_0700),
            (9, 0x0000_3838),
        ];
        const VC_HARDERR: u32 = 1 << 10;
        let scb = self.core.bus().soc.scb();
        let demcr = scb.demcr();
        match exception {
            HARD_FAULT if demcr & VC_HARDERR != 0 => true,
            HARD_FAULT | MEM_MANAGE | BUS_FAULT | USAGE_FAULT => {
                ABOUT.iter().any(|&(bit, cause)| demcr >> bit & 1 != 0 && scb.cfsr & cause != 0)
            }
            _ => false,
        }
    }

    /// Resets the chip as AIRCR.SYSRESETREQ does; RAM stays, no time passes, and the core stands at its reset vector.
    pub fn reset_from_outside(&mut self) {
        // The end that too many resets of the firmware's own would be is not for those.
        let resets = std::mem::take(&mut self.resets);
        let _ = self.reset(ResetCause::Software);
        self.resets = resets;
        self.debugger.due = None;
        self.core.halt();
    }

    /// The core's registers.
    pub fn core_registers(&self) -> Registers {
        self.core.registers()
    }

    /// The FPU's registers.
    pub fn fp_registers(&self) -> FpRegisters {
        self.core.fp_registers()
    }

    /// Sets them.
    pub fn set_fp_registers(&mut self, registers: &FpRegisters) {
        self.core.set_fp_registers(registers);
    }

    /// Sets the core's registers. With another PC the core goes on there, and awake; else where it stands.
    pub fn set_core_registers(&mut self, registers: &Registers) {
        let now = self.core.registers();
        let mut wanted = registers.clone();
        wanted.pc &= !1;
        if wanted == now {
            return;
        }
        let elsewhere = wanted.pc != now.pc;
        if elsewhere {
            wanted.xpsr &= !IT_BITS;
            self.asleep = None;
            self.flash_wanted = None;
        }
        let general = Registers { r: now.r, lr: now.lr, ..wanted.clone() } == now;
        if general {
            self.core.set_general(&wanted.r, wanted.lr);
        } else {
            self.core.set_registers(&wanted);
            self.core.bus_mut().soc.ppb.scb.vectactive = wanted.exception() as u16;
        }
        self.core.halt();
    }

    /// Reads from `address` on as a debugger does. Gives how many bytes there are, from the first on.
    pub fn peek(&mut self, address: u32, into: &mut [u8]) -> usize {
        let mut done = 0;
        while done < into.len() {
            let Some(at) = address.checked_add(done as u32) else { break };
            let left = into.len() - done;
            match Region::of(at) {
                Region::Flash(_) | Region::Ram(_) => match self.core.memory().read(at, 1) {
                    Some(byte) => {
                        // As much as there is in one go.
                        let whole = self.core.memory().read(at, left as u32).unwrap_or(byte);
                        into[done..done + whole.len()].copy_from_slice(&whole);
                        done += whole.len();
                    }
                    None => break,
                },
                Region::Peripheral => {
                    let width = widest(at, left);
                    let Some(value) = self.core.bus_mut().peek(at, width) else { break };
                    let bytes = width.bytes() as usize;
                    into[done..done + bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
                    done += bytes;
                }
                Region::Nothing => break,
            }
        }
        done
    }

    /// Writes `bytes` from `address` on as a debugger does: to flash as a programmer does. False when that is not possible; what lies
    /// before the place is written then.
    pub fn poke(&mut self, address: u32, bytes: &[u8]) -> bool {
        match Region::of(address) {
            Region::Flash(_) => return self.lay_flash(address, bytes),
            Region::Ram(_) => return self.core.memory().write(address, bytes),
            Region::Peripheral => {}
            Region::Nothing => return false,
        }
        let mut done = 0;
        while done < bytes.len() {
            let Some(at) = address.checked_add(done as u32) else { return false };
            let width = widest(at, bytes.len() - done);
            let count = width.bytes() as usize;
            let value = bytes[done..done + count].iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte));
            if !self.core.bus_mut().poke(at, width, value) {
                return false;
            }
            done += count;
        }
        true
    }

    /// The board's buttons, and whether they are pressed.
    pub fn buttons(&self) -> impl Iterator<Item = (&str, bool)> {
        let fabric = &self.core.bus().fabric;
        (self.wiring().parts.iter())
            .filter_map(|part| Some((part.name.as_str(), fabric.chip::<Button>(part.actor)?.is_pressed())))
    }

    /// Presses the button `name`, or lets go of it, now. False when there is none of that name.
    pub fn press_named(&mut self, name: &str, pressed: bool) -> bool {
        let part = self.wiring().parts.iter().position(|part| part.name.eq_ignore_ascii_case(name));
        part.is_some_and(|part| self.press(part, pressed, Span::ZERO))
    }
}

/// The widest access at `at` that is aligned and no wider than `left` bytes.
fn widest(at: u32, left: usize) -> Width {
    match (at % 4, left) {
        (0, 4..) => Width::Word,
        (0 | 2, 2..) => Width::Half,
        _ => Width::Byte,
    }
}
