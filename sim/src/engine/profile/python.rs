//! Which Python function runs, and in which line: MicroPython's own record of it, read from RAM.
//!
//! Each call of `mp_execute_bytecode` has an `mp_code_state_t` (py/bc.h): the function object, and the next opcode. A word on the stack, or
//! a register, is taken for a pointer to one when it leads to an object whose type is that of a function and to an opcode inside that
//! function's bytecode: chance does not do that. Names and lines are found as the interpreter does for a traceback (py/vm.c, py/bc.h,
//! py/qstr.c).
//!
//! 1. Of MicroPython from 1.19 on, with symbols; others have no Python frames.
//! 2. The interpreter notes the opcode when it calls or may raise: while it does neither, the line may be that of some opcodes before.

use crate::image::Firmware;
use core::ops::Range;
use rustc_hash::FxHashMap;

/// Names of functions whose bytecode is run.
const INTERPRETER: &str = "mp_execute_bytecode";
/// Offsets in `mp_obj_fun_bc_t` and `mp_module_context_t`.
const CONTEXT: u32 = 4;
const BYTECODE: u32 = 12;
const QSTR_TABLE: u32 = 8;
/// The longest bytecode of a function.
const MOST_BYTECODE: u32 = 1 << 16;
/// Words of a frame that are looked at.
const MOST_WORDS: usize = 512;
/// Pools of strings, and letters of one.
const MOST_POOLS: usize = 64;
const MOST_LETTERS: usize = 80;
/// Places that are remembered.
const MOST_KNOWN: usize = 1 << 16;
/// Below this a word is the number of a string; from here on it is an address.
const FIRST_ADDRESS: u32 = 0x1000;

type Read<'a> = &'a dyn Fn(u32) -> Option<u32>;

/// Finds Python functions of one firmware.
#[derive(Debug)]
pub(in super::super) struct Python {
    interpreter: Range<u32>,
    /// `mp_type_fun_bc` and `mp_type_gen_wrap`.
    types: [Option<u32>; 2],
    /// `mp_state_ctx`, in which the newest pool of strings is named.
    state: Range<u32>,
    /// The first pool of strings.
    pool: u32,
    /// Where in `state` the newest one is.
    newest: Option<u32>,
    /// By bytecode (its address and first words) and opcode.
    known: FxHashMap<[u32; 4], u32>,
    numbers: FxHashMap<String, u32>,
}

impl Python {
    /// `None` when `firmware` is no MicroPython that this knows.
    pub fn of(firmware: &Firmware) -> Option<Self> {
        let address = |name| firmware.symbol(name).map(|symbol| symbol.addr & !1);
        let (first, bytes) = firmware.function(address(INTERPRETER)?)?;
        let state = firmware.symbol("mp_state_ctx")?;
        Some(Self {
            interpreter: first..first.checked_add(bytes)?,
            types: [address("mp_type_fun_bc"), address("mp_type_gen_wrap")],
            state: state.addr..state.addr.checked_add(state.size.min(1 << 16))?,
            pool: address("mp_qstr_const_pool")?,
            newest: None,
            known: FxHashMap::default(),
            numbers: FxHashMap::default(),
        })
    }

    /// Whether the code at `pc` runs bytecode.
    pub fn is_interpreter(&self, pc: u32) -> bool {
        self.interpreter.contains(&(pc & !1))
    }

    /// The function that the interpreter runs whose frame begins at `sp`: its place in `names`. Its state is looked for in that frame, then
    /// below it in the frames of what it has called, from `stack.start` on, and in `registers`.
    pub fn function(
        &mut self,
        registers: &[u32],
        stack: Range<u32>,
        sp: u32,
        read: Read,
        names: &mut Vec<String>,
    ) -> Option<u32> {
        let words = |range: Range<u32>| range.step_by(4).take(MOST_WORDS).filter_map(read);
        let own = words(sp & !3..stack.end);
        let saved = words(stack.start & !3..sp);
        let state = own.chain(saved).chain(registers.iter().copied()).find(|&at| self.is_state(at, read))?;
        self.place(state, read, names)
    }

    /// The function whose state a stack leads to first: its name is put behind `names`.
    pub fn named(&mut self, registers: &[u32], stack: Range<u32>, read: Read, names: &mut Vec<String>) {
        let words = (stack.start & !3..stack.end).step_by(4).take(MOST_WORDS).filter_map(read);
        let mut all = words.chain(registers.iter().copied());
        if let Some(state) = all.find(|&at| self.is_state(at, read)) {
            let (function, opcode) = (read(state), read(state + 4));
            if let (Some(function), Some(opcode)) = (function, opcode)
                && let Some(bytecode) = function.checked_add(BYTECODE).and_then(read)
            {
                names.extend(self.describe(function, bytecode, opcode, read));
            }
        }
    }

    fn is_state(&self, at: u32, read: Read) -> bool {
        let opcode_inside = || {
            let function = read(at)?;
            let known = self.types.contains(&Some(read(function)?));
            let (bytecode, opcode) = (read(function.checked_add(BYTECODE)?)?, read(at.checked_add(4)?)?);
            Some(known && opcode.checked_sub(bytecode)? < MOST_BYTECODE)
        };
        at >= 0x2000_0000 && at.is_multiple_of(4) && opcode_inside() == Some(true)
    }

    fn place(&mut self, state: u32, read: Read, names: &mut Vec<String>) -> Option<u32> {
        let (function, opcode) = (read(state)?, read(state + 4)?);
        let bytecode = read(function + BYTECODE)?;
        let first = |n: u32| read((bytecode & !3).wrapping_add(4 * n)).unwrap_or(0);
        let key = [bytecode, first(0), first(1), opcode];
        if let Some(&known) = self.known.get(&key) {
            return Some(known);
        }
        let text = self.describe(function, bytecode, opcode, read)?;
        let next = names.len() as u32;
        let number = *self.numbers.entry(text.clone()).or_insert(next);
        if number == next {
            names.push(text);
        }
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(key, number);
        Some(number)
    }

    /// `name (file:line)`.
    fn describe(&mut self, function: u32, bytecode: u32, opcode: u32, read: Read) -> Option<String> {
        let prelude = Prelude::read(bytecode, read)?;
        let table = read(read(function + CONTEXT)?.checked_add(QSTR_TABLE)?)?;
        let entry = |n: u32| half(table.checked_add(n.checked_mul(2)?)?, read);
        let (name, file) =
            if table < FIRST_ADDRESS { (prelude.name, table) } else { (entry(prelude.name)?, entry(0)?) };
        let line = prelude.line(opcode, read);
        let (name, file) = (self.string(name, read)?, self.string(file, read)?);
        Some(format!("{name} ({file}:{line})"))
    }

    /// String number `number` (py/qstr.c, `find_qstr`).
    fn string(&mut self, number: u32, read: Read) -> Option<String> {
        let mut pool = self.newest_pool(read)?;
        for _ in 0..MOST_POOLS {
            let before = read(pool.checked_add(4)?)? & 0x7FFF_FFFF;
            if number >= before {
                return strings_of(pool, read)
                    .and_then(|strings| text(read(strings.checked_add(4 * (number - before))?)?, read));
            }
            pool = read(pool)?;
        }
        None
    }

    /// The word of `mp_state_ctx` from which the chain of pools leads to the first one.
    fn newest_pool(&mut self, read: Read) -> Option<u32> {
        let leads = |at: u32| {
            let mut pool = read(at).filter(|pool| pool.is_multiple_of(4) && *pool != 0)?;
            for _ in 0..MOST_POOLS {
                if pool == self.pool {
                    return Some(());
                }
                pool = read(pool)?;
            }
            None
        };
        if self.newest.is_none_or(|at| leads(at).is_none()) {
            self.newest = self.state.clone().step_by(4).find(|&at| leads(at).is_some());
        }
        read(self.newest?)
    }
}

/// Where the strings of a pool begin: behind `lengths`, and `hashes` if there are any. The one place at which words lead to text.
fn strings_of(pool: u32, read: Read) -> Option<u32> {
    let count = read(pool.checked_add(12)?)?;
    [24, 20].into_iter().filter_map(|offset| pool.checked_add(offset)).find(|&strings| {
        let is_text = |n: u32| strings.checked_add(4 * n).and_then(read).is_some_and(|at| text(at, read).is_some());
        count > 0 && is_text(0) && is_text(count / 2) && is_text(count - 1)
    })
}

fn text(at: u32, read: Read) -> Option<String> {
    let mut letters = Vec::new();
    while letters.len() < MOST_LETTERS {
        match byte(at.checked_add(letters.len() as u32)?, read)? {
            0 => return String::from_utf8(letters).ok().filter(|text| !text.contains(char::is_control)),
            letter => letters.push(letter),
        }
    }
    Some(format!("{}...", String::from_utf8_lossy(&letters)))
}

fn byte(at: u32, read: Read) -> Option<u8> {
    read(at & !3).map(|word| word.to_le_bytes()[(at & 3) as usize])
}

fn half(at: u32, read: Read) -> Option<u32> {
    Some(u32::from(byte(at, read)?) | u32::from(byte(at.checked_add(1)?, read)?) << 8)
}

/// What stands before a function's opcodes (py/bc.h, "MP_BC_PRELUDE").
struct Prelude {
    /// The number of its name.
    name: u32,
    /// Lines, up to where the opcodes' cells begin.
    lines: Range<u32>,
    opcodes: u32,
}

impl Prelude {
    fn read(bytecode: u32, read: Read) -> Option<Self> {
        let mut at = bytecode;
        let mut next = || {
            let byte = byte(at, read)?;
            at = at.checked_add(1)?;
            Some(u32::from(byte))
        };
        // xSSSSEAA, then xFSSKAED while bit 7 is set.
        let mut z = next()?;
        let (mut positional, mut keyword) = (z & 3, 0);
        for n in 0..8 {
            if z & 0x80 == 0 {
                break;
            }
            z = next()?;
            positional |= (z & 4) << n;
            keyword |= ((z & 8) >> 3) << n;
        }
        // xIIIIIIC
        let (mut info, mut cells) = (0, 0);
        for n in 0..5 {
            z = next()?;
            cells |= (z & 1) << n;
            info |= ((z & 0x7E) >> 1) << (6 * n);
            if z & 0x80 == 0 {
                break;
            }
        }
        let end = at.checked_add(info)?;
        let opcodes = end.checked_add(cells)?;
        let mut number = || {
            let mut value = 0u32;
            for _ in 0..5 {
                let part = byte(at, read)?;
                at = at.checked_add(1)?;
                value = value << 7 | u32::from(part & 0x7F);
                if part & 0x80 == 0 {
                    return Some(value);
                }
            }
            None
        };
        let name = number()?;
        for _ in 0..(positional + keyword).min(255) {
            number()?;
        }
        Some(Self { name, lines: at..end, opcodes })
    }

    /// The line of the opcode before `opcode` (py/bc.h, `mp_bytecode_get_source_line`).
    fn line(&self, opcode: u32, read: Read) -> u32 {
        let mut left = opcode.saturating_sub(self.opcodes);
        let (mut at, mut line) = (self.lines.start, 1u32);
        while at < self.lines.end {
            let Some(c) = byte(at, read).map(u32::from) else { break };
            let (bytes, lines) = if c & 0x80 == 0 {
                at += 1;
                (c & 0x1F, c >> 5)
            } else {
                let low = byte(at + 1, read).map_or(0, u32::from);
                at += 2;
                (c & 0xF, c << 4 & 0x700 | low)
            };
            if left < bytes {
                break;
            }
            left -= bytes;
            line += lines;
        }
        line
    }
}
