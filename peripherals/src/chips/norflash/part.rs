//! The chips that there are, and how they differ.

use super::sfdp;
use crate::kernel::Span;

/// A type of chip.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The name that a board file gives.
    pub name: &'static str,
    /// Bytes, a power of two.
    pub size: u32,
    /// What RDID answers: maker, type, size.
    pub(super) id: [u8; 3],
    /// What RES answers.
    pub(super) signature: u8,
    /// The status register and the bit that free IO2 and IO3 for data.
    pub(super) quad_enable: (usize, u8),
    /// Bits of the status registers that can be written.
    pub(super) status_mask: [u8; 3],
    /// Instructions that read the registers behind the first one, and how many of them.
    pub(super) status_reads: [Option<(u8, u8)>; 2],
    /// Instructions that write those.
    pub(super) status_writes: [Option<u8>; 2],
    /// The instruction for programming with data, or with address and data, on four lines.
    pub(super) quad_program: (u8, bool),
    /// Typical times: of programming a page, of erasing 4, 32 and 64 KB and everything, of writing status.
    pub(super) program: Span,
    pub(super) erase: [Span; 3],
    pub(super) chip_erase: Span,
    pub(super) status_write: Span,
    /// Serial flash discoverable parameters, from address 0.
    pub(super) sfdp: &'static [u32],
}

/// Macronix, 8 MB, on the nRF52840 DK. Times of its memory are those of its SFDP table; tW is from memory. RDCR gives two bytes, which
/// follow status
/// in WRSR.
static MX25R6435F: Part = Part {
    name: "mx25r6435f",
    size: 8 << 20,
    id: [0xC2, 0x28, 0x17],
    signature: 0x17,
    quad_enable: (0, 1 << 6),
    status_mask: [0xFC, 0x48, 0x06],
    status_reads: [Some((0x15, 2)), None],
    status_writes: [None, None],
    quad_program: (0x38, true),
    program: Span::from_us(896),
    erase: [Span::from_ms(48), Span::from_ms(240), Span::from_ms(480)],
    chip_erase: Span::from_ms(52_000),
    status_write: Span::from_ms(30),
    sfdp: &sfdp::MX25R6435F,
};

/// GigaDevice, 2 MB, on many boards for CircuitPython. Times are typical values from memory.
static GD25Q16C: Part = Part {
    name: "gd25q16c",
    size: 2 << 20,
    id: [0xC8, 0x40, 0x15],
    signature: 0x14,
    quad_enable: (1, 1 << 1),
    status_mask: [0xFC, 0x7B, 0],
    status_reads: [Some((0x35, 1)), None],
    status_writes: [Some(0x31), None],
    quad_program: (0x32, false),
    program: Span::from_us(600),
    erase: [Span::from_ms(45), Span::from_ms(150), Span::from_ms(250)],
    chip_erase: Span::from_ms(7_000),
    status_write: Span::from_ms(5),
    sfdp: &[],
};

/// Winbond, 2 MB. Times are typical values from memory.
static W25Q16JV: Part = Part {
    name: "w25q16jv",
    size: 2 << 20,
    id: [0xEF, 0x40, 0x15],
    signature: 0x14,
    quad_enable: (1, 1 << 1),
    status_mask: [0xFC, 0x7B, 0x64],
    status_reads: [Some((0x35, 1)), Some((0x15, 1))],
    status_writes: [Some(0x31), Some(0x11)],
    quad_program: (0x32, false),
    program: Span::from_us(700),
    erase: [Span::from_ms(45), Span::from_ms(120), Span::from_ms(150)],
    chip_erase: Span::from_ms(5_000),
    status_write: Span::from_ms(10),
    sfdp: &[],
};

impl Part {
    /// All of them.
    pub const ALL: [&'static Self; 3] = [&MX25R6435F, &GD25Q16C, &W25Q16JV];

    /// The one with this name, in small letters.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.into_iter().find(|part| part.name == name)
    }
}
