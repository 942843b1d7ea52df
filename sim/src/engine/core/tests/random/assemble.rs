//! Turns a random program into code (encodings: Armv7-M ARM, A7.7).

use super::board::{BASE, CLOCK, IN, TASK};
use super::program::{At, Ending, Function, Op, Place, Program};
use crate::engine::core::{RAM_ALIAS, RAM_BASE};
use std::fmt;

/// Where things are in RAM.
pub struct Places {
    /// The data that R5 points to.
    pub data: u32,
    /// The data that R10 points to.
    pub steps: u32,
    /// The top of the stack.
    pub stack: u32,
}

/// Where things are in RAM.
pub const PLACES: Places = Places { data: RAM_BASE + 0x1_0000, steps: RAM_BASE + 0x1_0800, stack: RAM_BASE + 0x1_8000 };

/// A program in memory.
#[derive(Debug)]
pub struct Image {
    /// Pieces of memory with their addresses.
    pub code: Vec<(u32, Vec<u8>)>,
    /// Where it starts.
    pub start: u32,
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (base, bytes) in &self.code {
            write!(f, "\n{base:08x}:")?;
            bytes.chunks(2).try_for_each(|half| write!(f, " {:02x}{:02x}", half[1], half[0]))?;
        }
        Ok(())
    }
}

/// What a program finds around it.
pub struct Around<'a> {
    /// What R6 points to.
    pub peripheral: u32,
    /// What R7 points to, for `Op::Store`.
    pub store: u32,
    /// The first of four words of which bit 0 comes up at some time, to be waited for; otherwise a bit of IN is.
    pub events: Option<u32>,
    /// What runs first.
    pub first: &'a [u16],
    /// What runs last.
    pub last: &'a [u16],
}

impl Around<'_> {
    const BOARD: Self = Self { peripheral: BASE, store: BASE + 0x60, events: None, first: &[], last: &[0xBE00] }; // bkpt #0
}

struct Code<'a> {
    events: Option<u32>,
    base: u32,
    halves: Vec<u16>,
    literals: Vec<(usize, u32)>,
    callees: &'a [u32],
    depth: usize,
    in_it: bool,
    counters: &'a [u8],
}

/// The code of `program` for the board of these tests.
pub fn assemble(program: &Program) -> Image {
    assemble_for(program, &Around::BOARD)
}

/// The code of `program`.
pub fn assemble_for(program: &Program, around: &Around<'_>) -> Image {
    let mut code = Vec::new();
    let mut callees = Vec::new();
    for (index, function) in program.functions.iter().enumerate() {
        // Functions only use the counter that main does not.
        let mut c = Code::new(base_of(function, index + 1), &[], &[11], around.events);
        if function.pops {
            c.half(0xB500); // push {lr}
        }
        c.body(&function.body);
        c.half(if function.pops { 0xBD00 } else { 0x4770 }); // pop {pc}, bx lr
        callees.push(c.base);
        code.push((c.base, c.finish()));
    }
    let mut c = Code::new(base_of(&program.main, 0), &callees, &[4, 9], around.events);
    around.first.iter().for_each(|&half| c.half(half));
    let (peripheral, store) = (around.peripheral, around.store);
    for (register, value) in
        [(5, PLACES.data), (6, peripheral), (7, store), (8, PLACES.data), (10, PLACES.steps), (12, 0)]
    {
        c.constant(register, value);
    }
    c.body(&program.main.body);
    around.last.iter().for_each(|&half| c.half(half));
    let start = c.base;
    code.push((start, c.finish()));
    // Words that R8 may be loaded from.
    code.push((PLACES.data + 0x80, [PLACES.data, peripheral].iter().flat_map(|w| w.to_le_bytes()).collect()));
    Image { code, start }
}

fn base_of(function: &Function, index: usize) -> u32 {
    let offset = index as u32 * 0x2000 + 0x400 + 2 * u32::from(function.shift);
    match function.place {
        Place::Flash => offset,
        Place::Ram => RAM_BASE + offset,
        Place::Alias => RAM_ALIAS + offset,
    }
}

impl<'a> Code<'a> {
    fn new(base: u32, callees: &'a [u32], counters: &'a [u8], events: Option<u32>) -> Self {
        Self { events, base, halves: Vec::new(), literals: Vec::new(), callees, depth: 0, in_it: false, counters }
    }

    fn half(&mut self, half: u16) {
        self.halves.push(half);
    }

    fn pair(&mut self, first: u16, second: u16) {
        self.halves.extend([first, second]);
    }

    /// Address of the next instruction.
    fn here(&self) -> u32 {
        self.base + 2 * self.halves.len() as u32
    }

    /// MOVW and MOVT.
    fn constant(&mut self, register: u8, value: u32) {
        for (opcode, imm) in [(0xF240, value & 0xFFFF), (0xF2C0, value >> 16)] {
            let first = opcode | (imm >> 12) as u16 | ((imm >> 11 & 1) << 10) as u16;
            self.pair(first, ((imm >> 8 & 7) << 12) as u16 | u16::from(register) << 8 | (imm & 0xFF) as u16);
        }
    }

    /// Literals behind the code.
    fn finish(mut self) -> Vec<u8> {
        for (at, value) in std::mem::take(&mut self.literals) {
            if self.here() % 4 == 2 {
                self.half(0xBF00);
            }
            let pc = (self.base + 2 * at as u32 + 4) & !3;
            self.halves[at + 1] |= (self.here() - pc) as u16;
            self.pair(value as u16, (value >> 16) as u16);
        }
        assert!(self.halves.len() < 0xE00, "functions do not overlap");
        self.halves.iter().flat_map(|h| h.to_le_bytes()).collect()
    }

    fn body(&mut self, ops: &[Op]) {
        ops.iter().for_each(|op| self.op(op));
    }

    fn op(&mut self, op: &Op) {
        match op {
            &Op::Narrow { pick, d, n, imm } => self.narrow(pick, d.into(), n.into(), imm.into()),
            &Op::Wide { pick, d, n, m } => self.wide(pick, d.into(), n.into(), m.into()),
            Op::Nop { wide: false } => self.half(0xBF00),
            Op::Nop { wide: true } => self.pair(0xF3AF, 0x8000),
            &Op::Divide { signed, d, n, m } => {
                let first = if signed { 0xFB90 } else { 0xFBB0 };
                self.pair(first | u16::from(n), 0xF0F0 | u16::from(d) << 8 | u16::from(m));
            }
            &Op::Access { load, at, wide, bytes, t, offset } => {
                self.access(load, at, wide, bytes, t.into(), offset.into())
            }
            &Op::Indexed { load, t } => {
                // The index is 0 to 31: and.w r12, r0, #0x1c; ldr/str rt, [r5, r12]
                self.pair(0xF000, 0x0C1C);
                self.pair(if load { 0xF855 } else { 0xF845 }, u16::from(t) << 12 | 0xC);
            }
            &Op::Stepped { load, t, pre } => {
                // ldr/str rt,[r10],#4 and back: sub.w r10,r10,#4
                let first = if load { 0xF85A } else { 0xF84A };
                self.pair(first, u16::from(t) << 12 | if pre { 0x0F04 } else { 0x0B04 });
                self.pair(0xF1AA, 0x0A04);
            }
            &Op::Double { load, at, offset } => {
                let (base, from) = base_register(at);
                let first = if load { 0xE9D0 } else { 0xE9C0 };
                self.pair(first | base, 0x1200 | (u16::from(offset) + from / 4));
            }
            &Op::Multiple { load, list, at } => {
                let first = if load { 0xE890 } else { 0xE880 };
                // What is on the stack is needed.
                let at = if at == At::Stack { At::Data } else { at };
                let list = if list.count_ones() < 2 { list | 0xC } else { list };
                self.pair(first | base_register(at).0, list.into());
            }
            Op::Pushed { list, body } => {
                self.half(0xB400 | u16::from(*list));
                self.body(body);
                self.half(0xBC00 | u16::from(*list));
            }
            &Op::Literal { t, value } => {
                self.literals.push((self.halves.len(), value));
                self.pair(0xF8DF, u16::from(t) << 12);
            }
            Op::Point { to: 0 } => self.half(0x46A8), // mov r8, r5
            Op::Point { to: 1 } => self.half(0x46B0), // mov r8, r6
            Op::Point { to } => self.pair(0xF8D5, 0x8080 | (u16::from(to % 2) * 4)), // ldr r8, [r5, #0x80]
            Op::If { condition, elses, body, end } => self.if_then(*condition, *elses, body, *end),
            Op::Over { kind, n, imm, body } => self.over(*kind, (*n).into(), (*imm).into(), body),
            Op::Loop { rounds, wide, body } => self.repeat(*rounds, *wide, body),
            &Op::Poll { bit, set, kind } => self.poll(bit.into(), set, kind),
            &Op::Call { which, direct } => self.call(which, direct),
            Op::Table { n, bodies } => self.table((*n).into(), bodies),
            Op::System { kind: 0 } => self.pair(0xF3BF, 0x8F4F), // dsb
            Op::System { kind: 1 } => self.pair(0xF3BF, 0x8F6F), // isb
            Op::System { .. } => self.pair(0xF3EF, 0x8110),      // mrs r1, primask
            Op::Store { t } => self.half(0x6038 | u16::from(*t)), // str rt, [r7]
        }
    }

    fn narrow(&mut self, pick: u8, d: u16, n: u16, imm: u16) {
        let half = match pick % 9 {
            0 => 0x2000 | d << 8 | imm,                // movs
            1 => 0x3000 | d << 8 | imm,                // adds
            2 => 0x3800 | d << 8 | imm,                // subs
            3 => 0x1800 | (imm & 3) << 6 | n << 3 | d, // adds rd, rn, rm
            4 => 0x4600 | n << 3 | d,                  // mov
            5 if !self.in_it => 0x2800 | d << 8 | imm, // cmp
            5 => 0xB2C0 | n << 3 | d,                  // uxtb
            6 => 0x0840 | n << 3 | d,                  // lsrs rd, rn, #1
            7 => {
                // Anything of the data-processing group but compares, which would change flags within IT.
                let operation = [0, 1, 2, 5, 6, 7, 9, 12, 13, 14, 15][usize::from(imm) % 11];
                0x4000 | operation << 6 | n << 3 | d
            }
            _ => 0xBA00 | n << 3 | d, // rev
        };
        self.half(half);
    }

    fn wide(&mut self, pick: u8, d: u16, n: u16, m: u16) {
        match pick % 6 {
            0 => self.pair(0xEB00 | n, d << 8 | m),                       // add.w
            1 if !self.in_it => self.pair(0xEB10 | n, d << 8 | m),        // adds.w
            1 => self.pair(0xEA40 | n, d << 8 | m),                       // orr.w
            2 => self.pair(0xF3C0 | n, 0x1000 | d << 8 | 0x07),           // ubfx rd, rn, #4, #8
            3 => self.pair(0xFB00 | n, 0x1000 | d << 8 | m),              // mla rd, rn, rm, r1
            4 => self.pair(0xFAB0 | m, 0xF080 | d << 8 | m),              // clz
            _ => self.pair(0xFBA0 | n, d << 12 | ((d + 1) & 3) << 8 | m), // umull
        }
    }

    fn access(&mut self, load: bool, at: At, wide: bool, bytes: u8, t: u16, offset: u16) {
        let (base, from) = base_register(at);
        // The peripheral's registers of interest more often than others.
        let offset = match (at, offset) {
            (At::Peripheral | At::Either, 0..8) => [IN, TASK, CLOCK, IN][usize::from(offset) % 4] as u16,
            _ => from + offset * 4,
        };
        if at == At::Stack && !wide && bytes == 4 {
            return self.half(if load { 0x9800 } else { 0x9000 } | t << 8 | (offset / 4));
        }
        if !wide && base < 8 && offset < 32 {
            let (opcode, scale) = match bytes {
                1 => (0x7000, 1),
                2 => (0x8000, 2),
                _ => (0x6000, 4),
            };
            return self.half(opcode | u16::from(load) << 11 | (offset / scale) << 6 | base << 3 | t);
        }
        let size = u16::from(bytes / 2).min(2) << 5;
        self.pair(0xF880 | size | u16::from(load) << 4 | base, t << 12 | offset);
    }

    /// Only what Armv7-M allows in an IT block goes into one; a branch only at its end.
    fn if_then(&mut self, condition: u8, elses: u8, body: &[Op], end: Ending) {
        let taken = usize::from(end != Ending::None);
        let allowed: Vec<&Op> =
            body.iter().filter(|op| !matches!(op, Op::Stepped { .. } | Op::Indexed { .. })).collect();
        let count = (allowed.len() + taken).min(4);
        if count == 0 {
            return;
        }
        // R12 gets the address behind the jump, which is known only then.
        let place = self.halves.len();
        self.constant(12, 0);
        if end == Ending::Pop {
            self.pair(0xE92D, 0x1001); // push.w {r0, r12}
        }
        let condition = u16::from(condition);
        let mut mask = 1u16 << (4 - count);
        for i in 1..count {
            let other = elses >> i & 1 == 1;
            mask |= ((condition & 1) ^ u16::from(other)) << (4 - i);
        }
        self.half(0xBF00 | condition << 4 | mask);
        self.in_it = true;
        allowed.iter().take(count - taken).for_each(|op| self.op(op));
        self.in_it = false;
        match end {
            Ending::None => {}
            Ending::Branch { wide: false } => self.half(0xE000), // b .+4
            Ending::Branch { wide: true } => self.pair(0xF000, 0xB801), // b.w .+6
            Ending::Pop => self.half(0xBD01),                    // pop {r0, pc}
            Ending::Exchange => self.half(0x4760),               // bx r12
        }
        match end {
            Ending::None => {}
            Ending::Pop => self.half(0xB002), // add sp, #8
            _ => self.half(0x3301),           // adds r3, #1
        }
        let target = self.here();
        let tail = self.halves.split_off(place);
        self.constant(12, target | 1);
        self.halves.extend(&tail[4..]);
    }

    fn over(&mut self, kind: u8, n: u16, imm: u16, body: &[Op]) {
        let compare = kind % 4 != 3;
        if compare {
            self.half(0x2800 | n << 8 | imm); // cmp
        }
        let at = self.halves.len();
        let narrow = kind % 4 != 1;
        self.halves.extend(if narrow { &[0u16][..] } else { &[0, 0][..] });
        self.body(body);
        let distance = (self.halves.len() - at) as i32 * 2 - 4;
        let condition = u16::from(kind >> 2) % 14;
        match kind % 4 {
            3 if (0..=126).contains(&distance) => {
                let imm = distance as u16 / 2;
                let zero = u16::from(kind >> 2 & 1) << 11;
                self.halves[at] = 0xB100 | zero | (imm >> 5) << 9 | (imm & 31) << 3 | n;
            }
            1 => {
                let d = distance as u32;
                self.halves[at] = 0xF000 | condition << 6 | (d >> 12 & 0x3F) as u16;
                self.halves[at + 1] = 0x8000 | (d >> 1 & 0x7FF) as u16;
            }
            _ if distance <= 254 && kind % 4 != 3 => {
                self.halves[at] = 0xD000 | condition << 8 | (distance / 2) as u16 & 0xFF;
            }
            _ => {
                assert!(distance < 2047, "a body is not that long");
                self.halves[at] = 0xE000 | (distance / 2) as u16 & 0x7FF;
            }
        }
    }

    fn repeat(&mut self, rounds: u8, wide: bool, body: &[Op]) {
        let Some(&counter) = self.counters.get(self.depth) else { return self.body(body) };
        self.depth += 1;
        self.pair(0xF04F, u16::from(counter) << 8 | u16::from(rounds)); // mov.w
        let top = self.halves.len();
        self.body(body);
        if counter < 8 {
            self.half(0x3801 | u16::from(counter) << 8);
        } else {
            self.pair(0xF1B0 | u16::from(counter), u16::from(counter) << 8 | 1); // subs.w
        }
        let distance = (top as i32 - self.halves.len() as i32) * 2 - 4;
        if !wide && distance >= -256 {
            self.half(0xD100 | (distance / 2) as u16 & 0xFF); // bne
        } else {
            let d = distance as u32;
            self.pair(0xF440 | (d >> 12 & 0x3F) as u16, 0xA800 | (d >> 1 & 0x7FF) as u16);
        }
        self.depth -= 1;
    }

    /// Waits for an event. What it leaves behind does not depend on how long that takes.
    fn wait(&mut self, event: u32, kind: u8) {
        self.constant(12, event);
        let top = self.halves.len();
        if kind & 1 == 1 {
            self.half(0x6829); // ldr r1, [r5]
        }
        self.pair(0xF8DC, 0x0000); // ldr.w r0, [r12]
        self.half(0x07C0); // lsls r0, r0, #31
        let distance = (top as i32 - self.halves.len() as i32) * 2 - 4;
        self.half(0xD500 | (distance / 2) as u16 & 0xFF); // bpl
    }

    fn poll(&mut self, bit: u16, set: bool, kind: u8) {
        if let Some(first) = self.events {
            return self.wait(first + 4 * u32::from(bit), kind);
        }
        let top = self.halves.len();
        if kind & 1 == 1 {
            self.half(0x6829); // ldr r1, [r5]
        }
        if kind & 2 == 2 {
            self.half(0x4284); // cmp r4, r0
            self.half(0xBF08); // it eq
            self.half(0x4608); // moveq r0, r1
        }
        self.half(0x6930); // ldr r0, [r6, #IN]
        if kind & 4 == 4 {
            self.pair(0xF010, 0x0F00 | 1 << bit); // tst.w r0, #1 << bit
            let distance = (top as i32 - self.halves.len() as i32) * 2 - 4;
            self.half(if set { 0xD000 } else { 0xD100 } | (distance / 2) as u16 & 0xFF);
        } else {
            self.half((31 - bit) << 6); // lsls r0, r0, #31 - bit
            let distance = (top as i32 - self.halves.len() as i32) * 2 - 4;
            self.half(if set { 0xD500 } else { 0xD400 } | (distance / 2) as u16 & 0xFF); // bpl, bmi
        }
    }

    fn call(&mut self, which: u8, direct: bool) {
        let Some(&target) = self.callees.get(usize::from(which) % self.callees.len().max(1)) else { return };
        let distance = i64::from(target) - i64::from(self.here()) - 4;
        if direct && (-0x100_0000..0x100_0000).contains(&distance) {
            let d = distance as u32;
            let sign = d >> 31;
            let j = |bit: u32| (!(d >> bit) ^ sign) & 1;
            let first = 0xF000 | (sign << 10) as u16 | (d >> 12 & 0x3FF) as u16;
            self.pair(first, 0xD000 | (j(23) << 13 | j(22) << 11) as u16 | (d >> 1 & 0x7FF) as u16);
        } else {
            self.constant(12, target | 1);
            self.half(0x47E0); // blx r12
        }
    }

    fn table(&mut self, n: u16, bodies: &[Vec<Op>]) {
        self.pair(0xF000 | n, 0x0C03); // and.w r12, rn, #3
        self.pair(0xE8DF, 0xF01C); // tbh [pc, r12, lsl #1]
        let table = self.halves.len();
        self.halves.extend([0; 4]);
        let mut jumps = Vec::new();
        for (index, body) in bodies.iter().enumerate() {
            self.halves[table + index] = (self.halves.len() - table) as u16;
            self.body(body);
            jumps.push(self.halves.len());
            self.half(0);
        }
        for at in jumps {
            let distance = (self.halves.len() - at) as i32 * 2 - 4;
            self.halves[at] = 0xE000 | (distance / 2) as u16 & 0x7FF;
        }
    }
}

/// The register that holds a base, and the least offset that harms nothing.
fn base_register(at: At) -> (u16, u16) {
    match at {
        At::Data => (5, 0),
        At::Peripheral => (6, 0),
        At::Either => (8, 0),
        // Above what PUSH saved there is the caller's.
        At::Stack => (13, 0x100),
    }
}
