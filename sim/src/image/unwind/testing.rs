//! A small program with three calls in one another, for tests: with call frame information, with names only, or bare.

use super::super::testing::{ElfFile, SP, Section, load, program, symbol_sections, text_section};
use super::super::{Firmware, Image};
use super::Registers;
use gimli::write::{
    Address, CallFrameInstruction, CommonInformationEntry, DebugFrame, EndianVec, FrameDescriptionEntry, FrameTable,
};
use gimli::{Encoding, Format, LittleEndian, Register};
use std::collections::BTreeMap;

/// What the image says of its functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Call frame information and names.
    CallFrames,
    /// Names.
    Names,
    /// Nothing.
    Nothing,
}

/// Where the program's innermost instruction is.
pub(crate) const LEAF: u32 = 0x230;
/// Return addresses from there outwards, Thumb bits cleared.
pub(crate) const CALLERS: [u32; 3] = [0x22A, 0x218, 0x204];
/// SP in `leaf`.
pub(crate) const LEAF_SP: u32 = SP - 0x20;

/// `(name, address, bytes, code)`
const CODE: [(&str, u32, &[u16]); 5] = [
    ("Reset", 0x200, &[0xF000, 0xF806, 0xE7FE]),
    ("main", 0x210, &[0xB510, 0xB082, 0xF000, 0xF804, 0xB002, 0xBD10]),
    ("feed", 0x220, &[0xB5B0, 0xAF02, 0x6008, 0xF000, 0xF803, 0xBDB0]),
    ("leaf", LEAF, &[0xDE00, 0x6008, 0x4770]),
    ("HardFault", 0x240, &[0xE7FE]),
];

/// `.debug_frame` of the program.
pub(crate) fn debug_frame() -> Vec<u8> {
    let encoding = Encoding { format: Format::Dwarf32, version: 1, address_size: 4 };
    let mut table = FrameTable::default();
    let mut cie = CommonInformationEntry::new(encoding, 1, -4, Register(14));
    cie.add_instruction(CallFrameInstruction::Cfa(Register(13), 0));
    let cie = table.add_cie(cie);
    let mut function = |first: u32, bytes: u32, rows: &[(u32, CallFrameInstruction)]| {
        let mut entry = FrameDescriptionEntry::new(Address::Constant(first.into()), bytes);
        for (offset, rule) in rows {
            entry.add_instruction(*offset, rule.clone());
        }
        table.add_fde(cie, entry);
    };
    let saved = |register, offset| CallFrameInstruction::Offset(Register(register), offset);
    let depth = CallFrameInstruction::CfaOffset;
    // A function that the linker has dropped, as linkers leave it.
    function(0, 0x400, &[(2, depth(64))]);
    function(0x200, 6, &[]);
    function(0x210, 12, &[(2, depth(8)), (2, saved(14, -4)), (2, saved(4, -8)), (4, depth(16))]);
    let frame_pointer = CallFrameInstruction::Cfa(Register(7), 8);
    let saves = [(2, depth(16)), (2, saved(14, -4)), (2, saved(7, -8)), (2, saved(5, -12)), (2, saved(4, -16))];
    function(0x220, 12, &[&saves[..], &[(4, frame_pointer)]].concat());
    function(LEAF, 6, &[]);
    let mut written = DebugFrame(EndianVec::new(LittleEndian));
    table.write_debug_frame(&mut written).expect("the call frame information is complete");
    written.0.into_vec()
}

/// The program.
pub(crate) fn firmware(known: Known) -> Firmware {
    firmware_with(known, &debug_frame())
}

/// The program with other call frame information.
pub(crate) fn firmware_with(known: Known, debug_frame: &[u8]) -> Firmware {
    let mut data = program(SP, 0x201);
    data.resize(0x400, 0);
    for (_, addr, code) in CODE {
        for (place, half) in data[addr as usize..].chunks_exact_mut(2).zip(code) {
            place.copy_from_slice(&half.to_le_bytes());
        }
    }
    let mut elf = ElfFile { entry: 0x201, ..ElfFile::with(vec![load(0, data.clone())]) };
    if known != Known::Nothing {
        elf.sections.push(text_section(0, data));
        let mut symbols = CODE.map(|(name, addr, code)| (name, addr | 1, 2 * code.len() as u32, 2, 1)).to_vec();
        // A variable, and a mark of the linker script: no type, and no section but SHN_ABS.
        symbols.extend([("buffer", 0x2000_0100, 64, 1, 1), ("__StackLimit", 0x2003_0000, 0, 0, 0xFFF1)]);
        elf.sections.extend(symbol_sections(2, &symbols));
    }
    if known == Known::CallFrames {
        let section = Section { name: ".debug_frame", kind: 1, flags: 0, addr: 0, link: 0, data: debug_frame.to_vec() };
        elf.sections.push(section);
    }
    let image = Image::parse("calls.elf", &elf.bytes(), None).expect("the image is whole");
    Firmware::lay(vec![image]).expect("it has a vector table")
}

/// RAM and flash by word.
#[derive(Clone, Debug)]
pub(crate) struct Words(pub(crate) BTreeMap<u32, u32>);

impl Words {
    /// `firmware` in flash, and the stack as it is in `leaf`; below it there is memory with zeros.
    pub(crate) fn new(firmware: &Firmware) -> Self {
        let mut words: BTreeMap<u32, u32> =
            (0..0x400).step_by(4).filter_map(|at| Some((at, firmware.images[0].word(at)?))).collect();
        words.extend((SP - 0x400..SP).step_by(4).map(|at| (at, 0)));
        let stack = [0x44, 0x55, 0x2003_FFF8, 0x219, 0xAA, 0xBB, 0x4444, 0x205];
        words.extend((LEAF_SP..).step_by(4).zip(stack));
        Self(words)
    }

    pub(crate) fn read(&self, addr: u32) -> Option<u32> {
        self.0.get(&addr).copied()
    }

    /// Puts `frame` on the stack at `at`.
    pub(crate) fn put(&mut self, at: u32, frame: &[u32]) {
        self.0.extend((at..).step_by(4).zip(frame.iter().copied()));
    }
}

/// The registers at the first instruction of `leaf`.
pub(crate) fn in_leaf() -> Registers {
    let mut r = [0; 13];
    r[7] = LEAF_SP + 8;
    Registers::new(r, [LEAF_SP, 0], 0x22B, LEAF, 1 << 24, 0)
}
