//! What can be wrong with a firmware file: what, why, and how to mend it.

use super::{Format, file::MAX_FILE_BYTES};
use std::fmt::Write;
use std::io;
use thiserror::Error;

/// Why a firmware file cannot be used. The text has a first line that says what and where, then `why:` and `help:` lines.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// There is no such file.
    #[error("there is no firmware file `{path}`{}", did_you_mean(near))]
    NotFound {
        /// The path as given.
        path: String,
        /// Files that may have been meant.
        near: Vec<String>,
    },
    /// The path names a directory.
    #[error("`{path}` is a directory, not a firmware file{}", choices(inside))]
    Directory {
        /// The path as given.
        path: String,
        /// Images in it.
        inside: Vec<String>,
    },
    /// A device, a socket or a pipe.
    #[error("`{path}` is not a regular file\n  help: save the firmware to a file first")]
    NotRegular {
        /// The path as given.
        path: String,
    },
    /// The operating system refuses.
    #[error("cannot read the firmware file `{path}`: {source}")]
    Unreadable {
        /// The path as given.
        path: String,
        /// What it said.
        source: io::Error,
    },
    /// More than [`MAX_FILE_BYTES`].
    #[error(
        "`{path}` is too big for a firmware file: {bytes} bytes\n  \
         why:  files above {MAX_FILE_BYTES} bytes are not read; the nRF52840 has 1 MB of flash\n  \
         help: for an ELF with much debug information, `arm-none-eabi-objcopy --strip-debug` makes it smaller"
    )]
    TooBig {
        /// The path as given.
        path: String,
        /// Its size.
        bytes: u64,
    },
    /// No bytes.
    #[error("`{path}` is empty\n  help: a build that failed may leave such a file; build the firmware again")]
    Empty {
        /// The path as given.
        path: String,
    },
    /// Text that is not Intel HEX.
    #[error(
        "`{path}` is a text file, not firmware\n  \
         help: give the ELF or HEX that the build made; Intel HEX lines start with a colon"
    )]
    Text {
        /// The path as given.
        path: String,
    },
    /// Bytes without a known mark.
    #[error(
        "`{path}` is no firmware format that is known here\n  \
         why:  it is neither ELF nor Intel HEX nor UF2\n  \
         help: if it is a raw binary, say where it goes: `{path}@0x0`"
    )]
    Unknown {
        /// The path as given.
        path: String,
    },
    /// A block of a UF2 file.
    #[error(
        "`{path}` is a damaged UF2 file, at block {block}: {why}\n  help: build or download the file again, and copy it whole"
    )]
    Uf2Block {
        /// The path as given.
        path: String,
        /// Which block of the file, from 0.
        block: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A UF2 file for other chips.
    #[error(
        "`{path}` is UF2 firmware for another chip: family {families}\n  \
         why:  the nRF52840's family is 0xada52840, and a boot loader takes no other\n  \
         help: take the file for the nRF52840, or convert it with that family ID (`uf2conv.py -f 0xADA52840`)"
    )]
    Uf2Family {
        /// The path as given.
        path: String,
        /// The families of its blocks.
        families: String,
    },
    /// A UF2 file that does not say what it is for.
    #[error(
        "`{path}` does not say which chip it is for: its blocks have no family ID\n  \
         why:  boot loaders for the nRF52840 take blocks of family 0xada52840 alone\n  \
         help: convert it with that family ID (`uf2conv.py -f 0xADA52840`)"
    )]
    Uf2NoFamily {
        /// The path as given.
        path: String,
    },
    /// A zip archive.
    #[error(
        "`{path}` is a zip archive, perhaps a DFU package\n  \
         help: unpack it and give the .bin in it with its address (`FILE.bin@0x1000`), or the ELF of the build"
    )]
    Zip {
        /// The path as given.
        path: String,
    },
    /// A raw binary without an address.
    #[error(
        "`{path}` does not say where in memory it goes\n  \
         why:  a raw binary has no addresses in it\n  \
         help: add the address: `{path}@0x0`, or the one in the linker script"
    )]
    BinNeedsAddress {
        /// The path as given.
        path: String,
    },
    /// What follows `@` is no address.
    #[error(
        "`{address}` after `{path}@` is not an address\n  \
         help: write it in hexadecimal, such as `{path}@0x26000`"
    )]
    Address {
        /// The path before the `@`.
        path: String,
        /// What followed it.
        address: String,
    },
    /// An address for a file that has its own.
    #[error(
        "`{path}` has its own addresses\n  why:  it is {format}, and `@ADDRESS` is for raw binaries\n  \
         help: leave the `@ADDRESS` out"
    )]
    AddressNotNeeded {
        /// The path before the `@`.
        path: String,
        /// What it is.
        format: Format,
    },
    /// A line of an Intel HEX file.
    #[error("{path}:{line}: not a valid line of Intel HEX: {why}\n  help: build or download the file again")]
    Hex {
        /// The path as given.
        path: String,
        /// Its line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A table, segment or section that lies beyond the end of the file.
    #[error(
        "`{path}` is a truncated ELF: {what} should end at byte {end}, and the file has {bytes}\n  \
         help: build or copy the file again"
    )]
    Truncated {
        /// The path as given.
        path: String,
        /// What reaches beyond the end.
        what: &'static str,
        /// Where it would end.
        end: u64,
        /// The size of the file.
        bytes: u64,
    },
    /// An inconsistent ELF.
    #[error("`{path}` is a damaged ELF: {why}\n  help: build or copy the file again")]
    Elf {
        /// The path as given.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// A 64-bit ELF.
    #[error("`{path}` is a 64-bit ELF for {machine}\n  why:  the nRF52840 runs 32-bit ARM code\n{TARGET_HELP}")]
    SixtyFourBit {
        /// The path as given.
        path: String,
        /// What it was built for.
        machine: String,
    },
    /// A big-endian ELF.
    #[error("`{path}` is a big-endian ELF for {machine}\n  why:  the nRF52840 is little-endian\n{TARGET_HELP}")]
    BigEndian {
        /// The path as given.
        path: String,
        /// What it was built for.
        machine: String,
    },
    /// A 32-bit ELF for another processor.
    #[error("`{path}` is for the wrong machine: {machine}\n  why:  the nRF52840 is an ARM Cortex-M4F\n{TARGET_HELP}")]
    WrongMachine {
        /// The path as given.
        path: String,
        /// What it was built for.
        machine: String,
    },
    /// An object file.
    #[error(
        "`{path}` is a relocatable object file\n  why:  it has not been linked, so its code has no addresses\n  \
         help: give the linked program"
    )]
    Relocatable {
        /// The path as given.
        path: String,
    },
    /// A shared object or position-independent executable.
    #[error(
        "`{path}` is a shared object or position-independent executable\n  \
         why:  it expects a loader to choose its addresses; the nRF52840 has none\n  \
         help: link at fixed addresses, with the linker script of the board and without -pie or -shared"
    )]
    SharedObject {
        /// The path as given.
        path: String,
    },
    /// A program for an operating system.
    #[error("`{path}` is a program for an operating system\n  why:  it names a dynamic loader\n{TARGET_HELP}")]
    Hosted {
        /// The path as given.
        path: String,
    },
    /// Bytes where the nRF52840 has no memory.
    #[error(
        "`{path}` puts {size} bytes at 0x{addr:08x}, outside the nRF52840's memory\n  \
         why:  flash is 0x00000000 to 0x000fffff, RAM 0x20000000 to 0x2003ffff, UICR 0x10001000 to 0x10001fff\n  \
         help: {help}"
    )]
    OutsideMemory {
        /// The path as given.
        path: String,
        /// First address.
        addr: u64,
        /// Bytes.
        size: u64,
        /// What the address suggests.
        help: &'static str,
    },
    /// Two segments of one image in the same place.
    #[error(
        "`{path}` has segments that overlap: 0x{first:08x} to 0x{first_end:08x} and 0x{second:08x} to \
         0x{second_end:08x}\n  why:  only one of them could be in memory\n  \
         help: check the load addresses (AT> and LMA) in the linker script"
    )]
    Overlap {
        /// The path as given.
        path: String,
        /// First address of one.
        first: u32,
        /// The address after it.
        first_end: u32,
        /// First address of the other.
        second: u32,
        /// The address after it.
        second_end: u32,
    },
    /// More pieces than any linker makes.
    #[error(
        "`{path}` is in {count} pieces\n  why:  at most {most} are taken, far more than a linker makes\n  \
         help: build or download the file again"
    )]
    Scattered {
        /// The path as given.
        path: String,
        /// How many pieces.
        count: usize,
        /// How many are taken.
        most: usize,
    },
    /// Bytes for RAM in a file of `--flash`.
    #[error(
        "`{path}` has bytes for RAM at 0x{addr:08x}, and is to hold flash and UICR\n  \
         help: name a file that `--flash` has written, or one that is not there yet"
    )]
    NotStored {
        /// The path as given.
        path: String,
        /// Where.
        addr: u32,
    },
    /// No bytes for any memory.
    #[error("`{path}` has nothing to load\n  help: give the linked program; its sections may have been stripped")]
    NothingToLoad {
        /// The path as given.
        path: String,
    },
    /// No image can start.
    #[error("{path}: {problem}")]
    Vectors {
        /// The path of the image whose vector table came closest.
        path: String,
        /// What is wrong with it.
        problem: VectorProblem,
    },
    /// No file was named.
    #[error("no firmware was named\n  help: try `fixtures/player-cached.elf`")]
    NoImage,
    /// More images than anyone needs.
    #[error("{count} firmware files are too many\n  why:  at most {most} are laid over one another")]
    TooMany {
        /// How many were named.
        count: usize,
        /// How many there may be.
        most: usize,
    },
}

/// Why a run cannot start from a vector table (ARMv7-M ARM, B1.5.3 and B1.5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum VectorProblem {
    /// Nothing that looks like one.
    #[error(
        "no vector table was found\n  \
         why:  a Cortex-M starts from two words, the initial stack pointer and the reset vector; at 0x{at:08x} are \
         0x{sp:08x} and 0x{reset:08x}\n  \
         help: link with the start-up code, keep its vectors (KEEP in the linker script), and put them first"
    )]
    Missing {
        /// Where it was expected.
        at: u32,
        /// The word there.
        sp: u32,
        /// The next word.
        reset: u32,
    },
    /// No place for one.
    #[error(
        "no vector table was found\n  why:  no segment starts at a multiple of 128 with at least two words\n  \
         help: put the vectors first in flash; the nRF52840 starts from address 0"
    )]
    NoPlace,
    /// The initial stack pointer is not in RAM.
    #[error(
        "the initial stack pointer 0x{sp:08x} lies outside RAM (vector table at 0x{at:08x})\n  \
         why:  the stack must lie in 0x20000000 to 0x20040000, 256 KB\n  \
         help: check the size of RAM in the linker script; it may be that of another part"
    )]
    StackOutsideRam {
        /// Address of the vector table.
        at: u32,
        /// The stack pointer.
        sp: u32,
    },
    /// Bit 0 of the reset vector is 0.
    #[error(
        "the reset vector 0x{reset:08x} does not have the Thumb bit (vector table at 0x{at:08x})\n  \
         why:  a Cortex-M runs Thumb code only, and bit 0 of every vector says so; without it the first instruction faults\n  \
         help: declare the handler as a function (`.thumb_func`, or `.type Reset_Handler, %function`)"
    )]
    NoThumbBit {
        /// Address of the vector table.
        at: u32,
        /// The reset vector.
        reset: u32,
    },
    /// The reset vector points where no image puts code.
    #[error(
        "the reset vector 0x{reset:08x} points outside the image (vector table at 0x{at:08x})\n  \
         why:  no segment has bytes there\n  \
         help: if it points into a boot loader or SoftDevice, name that image as well"
    )]
    ResetOutside {
        /// Address of the vector table.
        at: u32,
        /// The reset vector.
        reset: u32,
    },
}

const TARGET_HELP: &str =
    "  help: build for the nRF52840: Rust target thumbv7em-none-eabihf, or gcc -mcpu=cortex-m4 -mthumb";

impl ImageError {
    /// A stable name for scripts, in kebab case.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "image-not-found",
            Self::Directory { .. } | Self::NotRegular { .. } => "image-not-a-file",
            Self::Unreadable { .. } => "image-unreadable",
            Self::TooBig { .. } | Self::TooMany { .. } | Self::Scattered { .. } => "image-too-big",
            Self::Empty { .. } | Self::NothingToLoad { .. } => "image-empty",
            Self::Text { .. } | Self::Unknown { .. } | Self::Zip { .. } => "image-format",
            Self::BinNeedsAddress { .. } | Self::Address { .. } | Self::AddressNotNeeded { .. } => "image-address",
            Self::Hex { .. } | Self::Uf2Block { .. } | Self::Truncated { .. } | Self::Elf { .. } => "image-damaged",
            Self::SixtyFourBit { .. }
            | Self::BigEndian { .. }
            | Self::WrongMachine { .. }
            | Self::Uf2Family { .. }
            | Self::Uf2NoFamily { .. } => "image-wrong-machine",
            Self::Relocatable { .. } | Self::SharedObject { .. } | Self::Hosted { .. } => "image-not-firmware",
            Self::OutsideMemory { .. } | Self::NotStored { .. } => "image-outside-memory",
            Self::Overlap { .. } => "image-overlap",
            Self::Vectors { .. } => "image-vectors",
            Self::NoImage => "no-image",
        }
    }
}

fn did_you_mean(near: &[String]) -> String {
    match near {
        [] => "\n  help: try `fixtures/player-cached.elf`, which comes with the program".into(),
        near => format!("\n  help: did you mean {}?", quoted(near)),
    }
}

fn choices(inside: &[String]) -> String {
    match inside {
        [] => "\n  help: name the ELF, HEX or UF2 file that the build made".into(),
        inside => format!("\n  help: name a file in it, such as {}", quoted(&inside[..inside.len().min(3)])),
    }
}

fn quoted(paths: &[String]) -> String {
    paths.iter().enumerate().fold(String::new(), |mut text, (i, path)| {
        let _ = write!(text, "{}`{path}`", if i == 0 { "" } else { " or " });
        text
    })
}
