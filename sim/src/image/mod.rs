//! Firmware images: what a file holds, where it goes in the nRF52840's memory, and where a run starts.
//!
//! 1. A file is bounded before it is read, and nothing is allocated for what a header merely claims.
//! 2. ELF segments go to their physical addresses (`p_paddr`); segments without bytes in the file (.bss) load nothing.
//! 3. Entry fields of ELF and HEX are shown and not used: a Cortex-M starts from its vector table.

mod below;
mod calls;
mod declared;
mod defmt;
mod elf;
mod error;
mod file;
mod firmware;
mod hex;
mod lines;
#[cfg(test)]
mod lines_tests;
mod memory;
mod names;
mod paid;
mod stored;
mod symbols;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod uf2;
pub mod unwind;
mod vectors;

pub use below::{SoftDevice, call_name, guess, system_calls};
pub use calls::{Call, calls, exception_name, functions_at, own_function_at};
pub use defmt::{DefmtEncoding, DefmtEntry, DefmtTable};
pub use error::{ImageError, VectorProblem};
pub use file::MAX_FILE_BYTES;
pub use file::parse_address;
pub use firmware::{Firmware, Remark};
pub use lines::LineRange;
pub use memory::Region;
pub use names::short as short_name;
pub use stored::StoredFlash;
pub use symbols::{Frame, Location, Symbol, SymbolKind, Symbols};
pub use unwind::{Backtrace, StackFrame, Unwinder};
pub use vectors::{EXCEPTIONS, Start, vector_name};

use sha2::{Digest, Sha256};
use std::fmt;

/// How an image is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// ELF32, little-endian, ARM, executable.
    Elf,
    /// Intel HEX.
    Hex,
    /// UF2, which boot loaders on a USB drive take.
    Uf2,
    /// Raw bytes at an address that the command line gives.
    Bin,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elf => "elf",
            Self::Hex => "hex",
            Self::Uf2 => "uf2",
            Self::Bin => "bin",
        })
    }
}

/// Bytes that go to one stretch of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Physical address of the first byte.
    pub addr: u32,
    /// The address at which the program uses the bytes; differs from `addr` for initialised data that start-up code copies.
    pub virt: u32,
    /// The bytes; never empty.
    pub data: Vec<u8>,
}

impl Segment {
    /// Address after the last byte; memory ends far below 2^32, so that it fits.
    pub fn end(&self) -> u32 {
        self.addr + self.data.len() as u32
    }

    /// The memory that the segment lies in; segments are checked to lie in one.
    pub fn region(&self) -> Region {
        Region::of(self.addr).expect("segments outside memory are refused when an image is loaded")
    }
}

/// One firmware file, checked and taken apart.
#[derive(Debug)]
pub struct Image {
    /// The path as it was given, without `@ADDRESS`.
    pub path: String,
    /// How it is stored.
    pub format: Format,
    /// SHA-256 of the whole file, lowercase hexadecimal.
    pub sha256: String,
    /// Size of the file in bytes.
    pub file_bytes: u64,
    /// What it puts where, by rising address, without overlap.
    pub segments: Vec<Segment>,
    /// RAM that the program reserves by virtual address: `(first, bytes)` of each segment in memory, .bss included.
    pub reserved: Vec<(u32, u32)>,
    /// The entry address that the file names, Thumb bit included.
    pub entry: Option<u32>,
    /// Functions, variables and source lines.
    pub symbols: Symbols,
    /// How functions leave their callers' registers on the stack.
    pub call_frames: unwind::CallFrames,
    /// What its logs mean, when it logs by defmt.
    pub defmt: Option<std::sync::Arc<DefmtTable>>,
    /// What a UF2 file says beside its bytes.
    pub uf2: Option<uf2::Uf2>,
    /// What is unusual and does not keep the image from running.
    pub remarks: Vec<Remark>,
}

/// A firmware file that was read and not taken apart yet. It can go to other threads, which an [`Image`] cannot, and several
/// machines can be made of it without a second look at the disk.
#[derive(Clone, Debug)]
pub struct ImageFile {
    path: String,
    address: Option<u32>,
    bytes: Vec<u8>,
}

impl ImageFile {
    /// Reads `spec`: a path to an ELF, Intel HEX or UF2 file, or `FILE.bin@0xADDRESS`.
    ///
    /// # Errors
    /// [`ImageError`] when there is no such file, or it cannot be read.
    pub fn read(spec: &str) -> Result<Self, ImageError> {
        let (path, address) = file::split_spec(spec)?;
        Ok(Self { path: path.to_owned(), address, bytes: file::read(path)? })
    }

    /// Takes it apart.
    ///
    /// # Errors
    /// As [`Image::parse`].
    pub fn parse(&self) -> Result<Image, ImageError> {
        Image::parse(&self.path, &self.bytes, self.address)
    }
}

impl Image {
    /// Loads `spec`: a path to an ELF, Intel HEX or UF2 file, or `FILE.bin@0xADDRESS`.
    ///
    /// # Errors
    /// [`ImageError`], one case for each way in which a file cannot be used.
    pub fn load(spec: &str) -> Result<Self, ImageError> {
        ImageFile::read(spec)?.parse()
    }

    /// Takes `bytes` apart as if they had been read from `path`; `address` is where raw bytes go.
    ///
    /// # Errors
    /// As [`Image::load`].
    pub fn parse(path: &str, bytes: &[u8], address: Option<u32>) -> Result<Self, ImageError> {
        let format = file::recognise(path, bytes, address.is_some())?;
        let mut image = match format {
            Format::Elf => elf::parse(path, bytes)?,
            Format::Hex => hex::parse(path, bytes)?,
            Format::Uf2 => uf2::parse(path, bytes)?,
            Format::Bin => Self::raw(path, bytes, address.unwrap_or_default()),
        };
        image.sha256 = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        image.file_bytes = bytes.len() as u64;
        memory::check(&mut image)?;
        Ok(image)
    }

    fn empty(path: &str, format: Format) -> Self {
        Self {
            path: path.to_owned(),
            format,
            sha256: String::new(),
            file_bytes: 0,
            segments: Vec::new(),
            reserved: Vec::new(),
            entry: None,
            symbols: Symbols::default(),
            call_frames: unwind::CallFrames::default(),
            defmt: None,
            uf2: None,
            remarks: Vec::new(),
        }
    }

    fn raw(path: &str, bytes: &[u8], addr: u32) -> Self {
        let segments = vec![Segment { addr, virt: addr, data: bytes.to_vec() }];
        Self { segments, ..Self::empty(path, Format::Bin) }
    }

    /// The byte at `addr`, if this image puts one there.
    pub fn byte(&self, addr: u32) -> Option<u8> {
        let segment = self.segments.iter().find(|s| (s.addr..s.end()).contains(&addr))?;
        Some(segment.data[(addr - segment.addr) as usize])
    }

    /// The little-endian word at `addr`, if this image puts all of it there.
    pub fn word(&self, addr: u32) -> Option<u32> {
        let mut word = [0; 4];
        for (offset, byte) in (0..).zip(&mut word) {
            *byte = self.byte(addr.checked_add(offset)?)?;
        }
        Some(u32::from_le_bytes(word))
    }

    /// Whether this image puts a byte at `addr`, through the code-RAM alias as well.
    pub fn holds(&self, addr: u32) -> bool {
        let addr = memory::unalias(addr);
        self.segments.iter().any(|s| {
            let first = memory::unalias(s.addr);
            addr >= first && addr - first < s.data.len() as u32
        })
    }

    /// Where this image by itself would start.
    ///
    /// # Errors
    /// What is wrong with the most promising of its vector tables.
    pub fn start(&self) -> Result<Start, VectorProblem> {
        vectors::find(self, &|addr| self.holds(addr))
    }
}
