//! What random programs are made of.
//!
//! Registers: R0 to R3 data, R5 the data in RAM, R6 the peripheral, R7 what a store goes to that
//! may interrupt, R8 points to one or the other, R10 to a third place in
//! RAM; R4, R9 and R11 count rounds, R12 holds addresses of functions.

use proptest::prelude::*;

/// Where a load or store goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// `[R5, #offset]`: RAM.
    Data,
    /// `[R6, #offset]`: the peripheral.
    Peripheral,
    /// `[R8, #offset]`: whatever R8 points to.
    Either,
    /// `[SP, #offset]`.
    Stack,
}

/// One step of a program.
#[derive(Clone, Debug)]
pub enum Op {
    /// A 16-bit instruction on R0 to R3; anything from 0 on picks one.
    Narrow { pick: u8, d: u8, n: u8, imm: u8 },
    /// A 32-bit instruction on R0 to R3.
    Wide { pick: u8, d: u8, n: u8, m: u8 },
    /// NOP, 16 or 32 bits.
    Nop { wide: bool },
    /// UDIV or SDIV.
    Divide { signed: bool, d: u8, n: u8, m: u8 },
    /// A load or store of 1, 2 or 4 bytes.
    Access { load: bool, at: At, wide: bool, bytes: u8, t: u8, offset: u8 },
    /// A load or store with a register offset into RAM.
    Indexed { load: bool, t: u8 },
    /// A load or store that moves R10 by a word, which moves it back at once or later.
    Stepped { load: bool, t: u8, pre: bool },
    /// LDRD or STRD.
    Double { load: bool, at: At, offset: u8 },
    /// LDM or STM of some of R0 to R3 at R5, or at the peripheral.
    Multiple { load: bool, list: u8, at: At },
    /// PUSH and, later in the same straight line, POP.
    Pushed { list: u8, body: Vec<Op> },
    /// A literal load.
    Literal { t: u8, value: u32 },
    /// R8 becomes R5 (data), R6 (peripheral) or what was loaded from a word of RAM that holds one of them.
    Point { to: u8 },
    /// An IT block: condition, then or else, and what it holds.
    If { condition: u8, elses: u8, body: Vec<Op>, end: Ending },
    /// A compare, and a branch over `body` in one of its encodings.
    Over { kind: u8, n: u8, imm: u8, body: Vec<Op> },
    /// `rounds` times `body`.
    Loop { rounds: u8, wide: bool, body: Vec<Op> },
    /// Waits for bit `bit` of the peripheral's IN to be `set`.
    Poll { bit: u8, set: bool, kind: u8 },
    /// Calls a function.
    Call { which: u8, direct: bool },
    /// A jump over a table of 4 entries.
    Table { n: u8, bodies: Vec<Vec<Op>> },
    /// MRS, DSB, ISB: instructions at which Unicorn ends a block, or might.
    System { kind: u8 },
    /// A store to where R7 points to, outside of IT.
    Store { t: u8 },
}

/// What stands last in an IT block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing special.
    None,
    /// A branch over the next instruction.
    Branch { wide: bool },
    /// `pop {…, pc}` to the next instruction but one.
    Pop,
    /// BX to the next instruction but one.
    Exchange,
}

/// Where code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Flash.
    Flash,
    /// RAM by its data address.
    Ram,
    /// RAM by its code address.
    Alias,
}

/// A function: where it is, how many halfwords before the end of a page, and what it does.
#[derive(Clone, Debug)]
pub struct Function {
    /// Where it is.
    pub place: Place,
    /// Halfwords from the middle of a page.
    pub shift: u16,
    /// Whether it pushes LR, and returns by POP.
    pub pops: bool,
    /// What it does.
    pub body: Vec<Op>,
}

/// A program.
#[derive(Clone, Debug)]
pub struct Program {
    /// The main function, which never returns.
    pub main: Function,
    /// What it calls.
    pub functions: Vec<Function>,
}

fn at() -> impl Strategy<Value = At> {
    prop_oneof![Just(At::Data), Just(At::Peripheral), Just(At::Peripheral), Just(At::Either), Just(At::Stack)]
}

fn low() -> std::ops::Range<u8> {
    0..4
}

/// Steps that fit into an IT block.
fn straight() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (any::<u8>(), low(), low(), any::<u8>()).prop_map(|(pick, d, n, imm)| Op::Narrow { pick, d, n, imm }),
        3 => (any::<u8>(), low(), low(), low()).prop_map(|(pick, d, n, m)| Op::Wide { pick, d, n, m }),
        1 => any::<bool>().prop_map(|wide| Op::Nop { wide }),
        1 => (any::<bool>(), low(), low(), low()).prop_map(|(signed, d, n, m)| Op::Divide { signed, d, n, m }),
        8 => (any::<bool>(), at(), any::<bool>(), prop_oneof![1 => Just(1u8), 1 => Just(2), 4 => Just(4)], low(), 0u8..24)
            .prop_map(|(load, at, wide, bytes, t, offset)| Op::Access { load, at, wide, bytes, t, offset }),
        1 => (any::<bool>(), low()).prop_map(|(load, t)| Op::Indexed { load, t }),
        2 => (any::<bool>(), low(), any::<bool>()).prop_map(|(load, t, pre)| Op::Stepped { load, t, pre }),
        1 => (any::<bool>(), at(), 0u8..16).prop_map(|(load, at, offset)| Op::Double { load, at, offset }),
        1 => (any::<bool>(), 1u8..16, at()).prop_map(|(load, list, at)| Op::Multiple { load, list, at }),
        1 => (low(), any::<u32>()).prop_map(|(t, value)| Op::Literal { t, value }),
        2 => (0u8..4).prop_map(|to| Op::Point { to }),
    ]
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        3 => Just(Ending::None),
        1 => any::<bool>().prop_map(|wide| Ending::Branch { wide }),
        1 => Just(Ending::Pop),
        1 => Just(Ending::Exchange),
    ]
}

fn ops(calls: bool) -> impl Strategy<Value = Vec<Op>> {
    let leaf = prop_oneof![
        12 => straight(),
        3 => (0u8..14, any::<u8>(), prop::collection::vec(straight(), 0..4), ending())
            .prop_map(|(condition, elses, body, end)| Op::If { condition, elses, body, end }),
        1 => (0u8..4, any::<bool>(), 0u8..6).prop_map(|(bit, set, kind)| Op::Poll { bit, set, kind }),
        1 => (0u8..3).prop_map(|kind| Op::System { kind }),
        1 => low().prop_map(|t| Op::Store { t }),
        u32::from(calls) * 2 + 1 => (any::<u8>(), any::<bool>()).prop_map(|(which, direct)| Op::Call { which, direct }),
    ];
    let op = leaf.prop_recursive(3, 24, 6, |op| {
        let body = || prop::collection::vec(op.clone(), 0..6);
        prop_oneof![
            (any::<u8>(), low(), any::<u8>(), body()).prop_map(|(kind, n, imm, body)| Op::Over { kind, n, imm, body }),
            (1u8..7, any::<bool>(), body()).prop_map(|(rounds, wide, body)| Op::Loop { rounds, wide, body }),
            (1u8..16, prop::collection::vec(straight(), 0..4)).prop_map(|(list, body)| Op::Pushed { list, body }),
            (low(), prop::collection::vec(body(), 4)).prop_map(|(n, bodies)| Op::Table { n, bodies }),
        ]
    });
    prop::collection::vec(op, 1..14)
}

fn function(calls: bool) -> impl Strategy<Value = Function> {
    let place = prop_oneof![Just(Place::Flash), Just(Place::Ram), Just(Place::Alias)];
    (place, 0u16..512, any::<bool>(), ops(calls)).prop_map(|(place, shift, pops, body)| Function {
        place,
        shift,
        pops,
        body,
    })
}

/// Any program.
pub fn program() -> impl Strategy<Value = Program> {
    (function(true), prop::collection::vec(function(false), 0..3))
        .prop_map(|(main, functions)| Program { main, functions })
}
