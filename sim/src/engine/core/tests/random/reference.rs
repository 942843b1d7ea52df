//! A clock that looks at every single instruction: a code hook on all of them, plain memory, plain callbacks. It shares the
//! decoder with the simulator, but neither its blocks nor its bookkeeping, and states the rules of cost anew.

use super::super::super::{Bus, FLASH_SIZE, Flash, RAM_ALIAS, RAM_BASE, RAM_SIZE, Width};
use super::Seen;
use super::assemble::{Image, PLACES};
use super::board::Board;
use crate::engine::timing::{Class, Insn, decode, divide_cycles};
use unicorn_engine::{Arch, ArmCpuModel, Mode, Prot, RegisterARM, Unicorn};

/// What the reference knows of the instruction before.
#[derive(Clone, Copy)]
struct Before {
    insn: Insn,
    conditional: bool,
}

#[derive(Default)]
struct Clock {
    board: Board,
    memory: Vec<(u32, Vec<u8>)>,
    /// Start of the next instruction.
    now: u64,
    instructions: u64,
    /// The running instruction: address, start, accesses so far.
    running: (u32, u64, u64),
    before: Option<Before>,
    /// Misaligned 32-bit instructions in a row, and whether what stood before them was slow.
    run: (u8, bool),
    was_slow: bool,
    it: u8,
    /// How flash gives instructions since the last branch.
    flash: Flash,
    /// The first word of the straight line that was not fetched yet.
    word: u32,
    /// When it arrives, in cycles from now.
    arrives: i64,
    /// Lines in the cache, the youngest last in each set.
    sets: Vec<Vec<u32>>,
    /// Hits and misses since the last branch.
    counted: (u32, u32),
}

/// The words that wait, and how long: two in flash without the cache, one in RAM on the system bus.
fn waits(pc: u32, flash: Flash) -> i64 {
    match pc {
        0..FLASH_SIZE if flash == Flash::Uncached => 2,
        RAM_BASE.. => 1,
        _ => 0,
    }
}

impl Clock {
    /// Control is at `pc` after a branch, or at the start.
    fn line_starts(&mut self, pc: u32) {
        if self.counted != (0, 0) {
            self.board.count_cache(self.counted.0, self.counted.1);
            self.counted = (0, 0);
        }
        let on = |flash| matches!(flash, Flash::Cached { .. });
        if on(self.flash) != on(self.board.flash) || self.sets.is_empty() {
            self.sets = vec![Vec::new(); 64];
        }
        self.flash = self.board.flash;
        (self.word, self.arrives) = (pc & !3, 0);
    }

    /// The code up to `end` is needed now.
    fn needs(&mut self, end: u32) {
        let wait = waits(self.word, self.flash);
        while self.word < end {
            let word = self.word;
            self.word += 4;
            if wait > 0 {
                let late = self.arrives.max(0);
                self.now += late as u64;
                // One after the other, no more than three ahead.
                self.arrives = (self.arrives - late + 1 + wait).max(-1 - wait);
            } else if matches!(self.flash, Flash::Cached { .. }) && word < FLASH_SIZE {
                let line = word / 16;
                let set = &mut self.sets[line as usize % 64];
                let hit = set.contains(&line);
                if !hit {
                    set.push(line);
                    if set.len() > 2 {
                        set.remove(0);
                    }
                    self.now += 3;
                }
                if self.flash == (Flash::Cached { counted: true }) {
                    if hit { self.counted.0 += 1 } else { self.counted.1 += 1 }
                }
            }
        }
    }

    fn fetch(&self, pc: u32) -> Insn {
        let half = |at: u32| {
            self.memory.iter().find_map(|(base, code)| {
                let offset = at.checked_sub(*base)? as usize;
                Some(u16::from_le_bytes([*code.get(offset)?, *code.get(offset + 1)?]))
            })
        };
        decode(half(pc).expect("code"), half(pc + 2).unwrap_or(0))
    }

    /// The instruction at `pc` executes.
    fn execute(&mut self, pc: u32, register: impl Fn(u8) -> u32) {
        if self.instructions > 0 {
            let (last, _, _) = self.running;
            let insn = self.fetch(last);
            let mut next = last + u32::from(insn.size);
            // A branch that executes within IT is taken, as is any that is no B<c>.
            let branched = if matches!(insn.class, Class::Branch { conditional: true } | Class::CompareBranch) {
                next != pc
            } else {
                insn.is_branch()
            };
            if insn.is_branch() {
                self.line_starts(pc);
            }
            if branched {
                let wait = waits(pc, self.flash);
                self.now += match pc {
                    0..FLASH_SIZE if wait > 0 => wait as u64 + 1,
                    _ => wait as u64,
                };
                let target = self.fetch(pc);
                self.now += if target.size == 4 && pc % 4 == 2 { 2 } else { 1 };
            } else if insn.is_branch() {
                self.now += 1;
            }
            if insn.is_branch() {
                self.straight_line_ends();
            }
            while !branched && next != pc {
                let skipped = self.fetch(next);
                self.skip(next, &skipped);
                next += u32::from(skipped.size);
            }
        }
        if self.instructions == 0 {
            self.line_starts(pc);
        }
        let insn = self.fetch(pc);
        self.needs(pc + u32::from(insn.size));
        self.running = (pc, self.now, 0);
        let conditional = self.it & 0xF != 0;
        let cycles = self.cost(pc, &insn, &register);
        self.now += u64::from(cycles);
        // Words are not thought to arrive meanwhile when an instruction takes longer than it might.
        self.arrives -= match insn.class {
            _ if conditional => 1,
            Class::Divide { signed, n, m } => i64::from(cycles - divide_cycles(signed, register(n), register(m)) + 2),
            _ => i64::from(cycles),
        };
        self.instructions += 1;
    }

    fn straight_line_ends(&mut self) {
        self.before = None;
        self.run = (0, false);
        self.was_slow = false;
    }

    /// An instruction that IT skips takes a cycle.
    fn skip(&mut self, pc: u32, insn: &Insn) {
        self.needs(pc + u32::from(insn.size));
        self.misaligned(pc, insn);
        self.now += 1;
        self.arrives -= 1;
        self.instructions += 1;
        self.advance_it(insn);
        self.before = None;
        self.was_slow = false;
        if insn.is_branch() {
            self.straight_line_ends();
            self.line_starts(pc + u32::from(insn.size));
        }
    }

    /// True when the instruction is in an IT block.
    fn advance_it(&mut self, insn: &Insn) -> bool {
        let conditional = self.it & 0xF != 0;
        self.it = match insn.it {
            Some(it) => it,
            None if self.it & 7 == 0 => 0,
            None => self.it & 0xE0 | self.it << 1 & 0x1F,
        };
        conditional
    }

    /// Whether a third misaligned instruction in a row waits.
    fn misaligned(&mut self, pc: u32, insn: &Insn) -> u32 {
        if insn.size == 2 || pc.is_multiple_of(4) {
            self.run = (0, false);
            return 0;
        }
        if self.run.0 == 0 {
            self.run.1 = self.was_slow;
        }
        self.run.0 += 1;
        u32::from(self.run.0 == 3 && self.run.1)
    }

    fn cost(&mut self, pc: u32, insn: &Insn, register: impl Fn(u8) -> u32) -> u32 {
        let conditional = self.advance_it(insn);
        let before = self.before.filter(|b| !b.conditional).map(|b| b.insn);
        let after_load = before.is_some_and(|b| b.class == Class::Load);
        let independent = before.is_some_and(|b| b.writes & insn.address_registers() == 0);
        let same_bus = before.is_some_and(|b| b.is_literal() == insn.is_literal());
        let indexed = insn.address.is_some_and(|a| a.index.is_some());
        let words = insn.address.is_some_and(|a| a.bytes == 4);
        let slow = pc < FLASH_SIZE && self.flash != Flash::NeverWaits && insn.is_literal();
        let literal = if slow { 2 * insn.address.map_or(0, |a| a.bytes.div_ceil(4)) } else { 0 };
        let to_pc = if insn.loads_pc { 2 } else { 0 };
        let plain = to_pc
            + literal
            + match insn.class {
                Class::It => 0,
                Class::Nop if insn.size == 2 && after_load => 0,
                Class::Load if !conditional && after_load && independent && same_bus => 1,
                Class::Load | Class::TableBranch => 2,
                Class::Store if indexed && !after_load => 2,
                Class::Store if !conditional && !indexed && words && after_load && independent && same_bus => 0,
                Class::LoadWords { words } | Class::StoreWords { words } => 1 + u32::from(words),
                Class::Divide { signed, n, m } => divide_cycles(signed, register(n), register(m)),
                Class::Isb => 3,
                _ => 1,
            };
        let by_alu = before.is_some_and(|b| {
            b.writes & insn.address_registers() != 0
                && !matches!(b.class, Class::Load | Class::Store | Class::LoadWords { .. })
        });
        let loads = matches!(insn.class, Class::Load | Class::LoadWords { .. });
        let drains = loads && before.is_some_and(|b| b.class == Class::Store);
        let cycles = plain + u32::from(by_alu) + u32::from(drains) + self.misaligned(pc, insn);
        // Skipped or not, an instruction in IT leaves nothing to pair with.
        let cycles = if conditional { cycles.max(1) } else { cycles };
        self.was_slow = !conditional && cycles + u32::from(plain < self.lone(insn)) > 1;
        self.before = Some(Before { insn: *insn, conditional });
        cycles
    }

    /// What a load or store costs by itself: pairing does not make the pair fast.
    fn lone(&self, insn: &Insn) -> u32 {
        match insn.class {
            Class::Load => 2,
            Class::Store => 1,
            _ => 0,
        }
    }

    fn moment(&mut self) -> (u64, u32) {
        let (pc, start, words) = self.running;
        self.running.2 += 1;
        (start + words, pc)
    }
}

fn width(size: usize) -> Width {
    match size {
        1 => Width::Byte,
        2 => Width::Half,
        _ => Width::Word,
    }
}

/// Runs `image` with a hook on every instruction.
pub fn run(image: &Image, flash: Flash, longest: u64) -> Seen {
    let mut board = Board::default();
    board.flash = flash;
    let clock = Clock { board, memory: image.code.clone(), ..Clock::default() };
    let mut u = Unicorn::new_with_data(Arch::ARM, Mode::THUMB, clock).expect("Unicorn");
    u.ctl_set_cpu_model(ArmCpuModel::CORTEX_M4 as i32).expect("a Cortex-M4");
    let mut ram = vec![0u64; RAM_SIZE as usize / 8];
    let pointer = ram.as_mut_ptr();
    u.mem_map(0, FLASH_SIZE.into(), Prot::ALL).expect("flash");
    for base in [RAM_ALIAS, RAM_BASE] {
        // SAFETY: the buffer is as large as the mapping and outlives `u`, which is dropped before it.
        unsafe { u.mem_map_ptr(base.into(), RAM_SIZE.into(), Prot::ALL, pointer.cast()) }.expect("RAM");
    }
    u.mmio_map(
        0x5000_0000,
        0x1000,
        Some(|u: &mut Unicorn<'_, Clock>, offset: u64, size: usize| {
            let (at, pc) = u.get_data_mut().moment();
            u64::from(u.get_data_mut().board.read(0x5000_0000 + offset as u32, width(size), at, pc).expect("an answer"))
        }),
        Some(|u: &mut Unicorn<'_, Clock>, offset: u64, size: usize, value: u64| {
            let (at, pc) = u.get_data_mut().moment();
            u.get_data_mut().board.write(0x5000_0000 + offset as u32, width(size), value as u32, at, pc);
        }),
    )
    .expect("peripheral");
    u.add_code_hook(1, 0, move |u, pc, _| {
        let mut values = [0; 4];
        for (n, value) in values.iter_mut().enumerate() {
            *value = u.reg_read(RegisterARM::R0 as i32 + n as i32).expect("a register") as u32;
        }
        let clock = u.get_data_mut();
        clock.execute(pc as u32, |n| values[usize::from(n)]);
        if clock.now > longest {
            u.emu_stop().expect("stops");
        }
    })
    .expect("hook");
    for (base, code) in &image.code {
        u.mem_write(u64::from(*base), code).expect("memory");
    }
    u.reg_write(RegisterARM::SP, PLACES.stack.into()).expect("SP");
    u.reg_write(RegisterARM::LR, 0xFFFF_FFFF).expect("LR");
    u.reg_write(RegisterARM::XPSR, 0x0100_0000).expect("XPSR");
    let cpsr = u.reg_read(RegisterARM::CPSR).expect("CPSR");
    u.reg_write(RegisterARM::CPSR, cpsr).expect("CPSR");
    // BKPT ends it with an error, as nobody handles it.
    let _ = u.emu_start(u64::from(image.start | 1), 0, 0, 0);
    let register = |r: RegisterARM| u.reg_read(r).expect("a register") as u32;
    let registers = (0..13).map(|n| u.reg_read(RegisterARM::R0 as i32 + n).expect("a register") as u32);
    let others = [RegisterARM::SP, RegisterARM::LR].map(register);
    let clock = u.get_data();
    Seen {
        cycles: clock.now,
        instructions: clock.instructions,
        registers: registers.chain(others).chain([register(RegisterARM::CPSR) & 0xF800_0000]).collect(),
        accesses: clock.board.accesses.clone(),
        counted: clock.board.counted,
        ram: u.mem_read_as_vec(PLACES.data.into(), 256).expect("RAM"),
    }
}
