//! ELF (System V ABI; ELF for the Arm Architecture, 2023Q3).
//!
//! Tables are read one by one after their place in the file was checked, so that nothing is allocated for what a header
//! claims and the file does not have.

use super::symbols::{RawSymbol, SymbolKind, Symbols};
use super::unwind::CallFrames;
use super::{DefmtTable, Format, Image, ImageError, Remark, Segment, lines, memory, names};
use goblin::container::{Container, Ctx, Endian};
use goblin::elf::header::{self, Header};
use goblin::elf::program_header::{PT_INTERP, PT_LOAD, ProgramHeader};
use goblin::elf::section_header::{SHF_COMPRESSED, SHT_NOBITS, SHT_SYMTAB, SectionHeader};
use goblin::elf::sym::{STB_GLOBAL, STT_FUNC, STT_NOTYPE, STT_OBJECT, Symtab};
use std::ops::Range;

const CTX: Ctx = Ctx { container: Container::Little, le: Endian::Little };
const HEADER_BYTES: u64 = 52;
const SEGMENT_HEADER_BYTES: u64 = 32;
const SECTION_HEADER_BYTES: u64 = 40;
/// What defmt calls the variable of each message.
const LOG_STATEMENT: &str = "DEFMT_LOG_STATEMENT";
/// An ELF of 64 MB could name four million; a firmware has some thousands.
const MOST_SYMBOLS: usize = 1 << 20;
/// Linker scripts for this part make 2 to 20.
const MOST_SEGMENTS: usize = 64;

struct Elf<'a> {
    path: &'a str,
    bytes: &'a [u8],
    header: Header,
    segments: Vec<ProgramHeader>,
    sections: Vec<SectionHeader>,
    section_names: &'a [u8],
}

pub(super) fn parse(path: &str, bytes: &[u8]) -> Result<Image, ImageError> {
    let elf = Elf::open(path, bytes)?;
    let mut image = Image::empty(path, Format::Elf);
    image.entry = Some(elf.header.e_entry as u32).filter(|&entry| entry != 0);
    elf.load(&mut image)?;
    if let Some(entry) = image.entry.filter(|entry| entry & 1 == 0) {
        image.remarks.push(Remark::EvenEntry { path: path.to_owned(), entry });
    }
    image.symbols = elf.symbols();
    image.defmt = elf.defmt().map(Into::into);
    image.call_frames = CallFrames::new(elf.debug(".debug_frame"));
    Ok(image)
}

impl<'a> Elf<'a> {
    fn open(path: &'a str, bytes: &'a [u8]) -> Result<Self, ImageError> {
        let truncated = |what, end| ImageError::Truncated { path: path.into(), what, end, bytes: bytes.len() as u64 };
        identify(path, bytes)?;
        if (bytes.len() as u64) < HEADER_BYTES {
            return Err(truncated("the ELF header", HEADER_BYTES));
        }
        let header = goblin::elf::Elf::parse_header(bytes)
            .map_err(|source| ImageError::Elf { path: path.into(), why: source.to_string() })?;
        admit(path, &header)?;

        let table = |what, offset: u64, count: u16, entry: u64, claimed: u16| {
            if count > 0 && u64::from(claimed) != entry {
                let why = format!("{what} have entries of {claimed} bytes instead of {entry}");
                return Err(ImageError::Elf { path: path.into(), why });
            }
            let end = offset.saturating_add(u64::from(count) * entry);
            if count > 0 && end > bytes.len() as u64 { Err(truncated(what, end)) } else { Ok(()) }
        };
        let broken = |source: goblin::error::Error| ImageError::Elf { path: path.into(), why: source.to_string() };
        let h = &header;
        table("the program headers", h.e_phoff, h.e_phnum, SEGMENT_HEADER_BYTES, h.e_phentsize)?;
        let segments = ProgramHeader::parse(bytes, h.e_phoff as usize, usize::from(h.e_phnum), CTX).map_err(broken)?;
        let sections = if h.e_shoff == 0 {
            Vec::new()
        } else {
            table("the section headers", h.e_shoff, h.e_shnum, SECTION_HEADER_BYTES, h.e_shentsize)?;
            // Each by itself: the table's own first entry may claim a larger count, which no firmware needs.
            let count = usize::from(h.e_shnum);
            (0..count)
                .map(|i| {
                    let offset = h.e_shoff as usize + i * SECTION_HEADER_BYTES as usize;
                    section_header(bytes, offset).map_err(broken)
                })
                .collect::<Result<_, _>>()?
        };
        if segments.iter().any(|s| s.p_type == PT_INTERP) {
            return Err(ImageError::Hosted { path: path.into() });
        }
        let mut elf = Self { path, bytes, header, segments, sections, section_names: &[] };
        for segment in elf.segments.iter().filter(|s| s.p_type == PT_LOAD) {
            elf.claim("a segment", segment.p_offset, segment.p_filesz)?;
        }
        for section in elf.sections.iter().filter(|s| s.sh_type != SHT_NOBITS) {
            elf.claim("a section", section.sh_offset, section.sh_size)?;
        }
        if let Some(names) = elf.sections.get(usize::from(elf.header.e_shstrndx)) {
            elf.section_names = elf.contents(names);
        }
        Ok(elf)
    }

    /// Refuses a range that the file does not have.
    fn claim(&self, what: &'static str, offset: u64, size: u64) -> Result<(), ImageError> {
        let end = offset.saturating_add(size);
        if size > 0 && end > self.bytes.len() as u64 {
            return Err(ImageError::Truncated { path: self.path.into(), what, end, bytes: self.bytes.len() as u64 });
        }
        Ok(())
    }

    /// Physical segments with bytes in the file, and what the program reserves by virtual address.
    fn load(&self, image: &mut Image) -> Result<(), ImageError> {
        let loads: Vec<&ProgramHeader> =
            self.segments.iter().filter(|s| s.p_type == PT_LOAD && s.p_memsz.max(s.p_filesz) > 0).collect();
        // Before bytes are copied: 65,535 segments could all name the same megabyte.
        memory::scattered(self.path, loads.len(), MOST_SEGMENTS)?;
        // Some linkers leave p_paddr 0 everywhere; then the virtual addresses are the physical ones, as BFD takes it.
        let no_physical = loads.iter().all(|s| s.p_paddr == 0) && loads.iter().any(|s| s.p_vaddr != 0);
        for s in loads {
            let physical = if no_physical { s.p_vaddr } else { s.p_paddr };
            if s.p_filesz > s.p_memsz {
                let why = format!("the segment at 0x{physical:08x} has more bytes in the file than in memory");
                return Err(ImageError::Elf { path: self.path.into(), why });
            }
            let skip = self.headers_in_front(s);
            memory::outside(self.path, s.p_vaddr + skip, s.p_memsz - skip)?;
            image.reserved.push(((s.p_vaddr + skip) as u32, (s.p_memsz - skip) as u32));
            let size = s.p_filesz - skip;
            if size == 0 {
                continue;
            }
            memory::outside(self.path, physical + skip, size)?;
            let data = self.bytes[(s.p_offset + skip) as usize..][..size as usize].to_vec();
            let (addr, virt) = ((physical + skip) as u32, (s.p_vaddr + skip) as u32);
            image.segments.push(Segment { addr, virt, data });
        }
        Ok(())
    }

    /// GNU ld lets the first segment begin at a page boundary below the program, with the ELF's own headers in it; they are
    /// not part of the program. Gives the number of bytes before the first section then, and else 0.
    fn headers_in_front(&self, s: &ProgramHeader) -> u64 {
        if s.p_offset >= HEADER_BYTES {
            return 0;
        }
        let inside = |at: &&SectionHeader| {
            at.is_alloc()
                && at.sh_type != SHT_NOBITS
                && at.sh_size > 0
                && (s.p_offset..s.p_offset + s.p_filesz).contains(&at.sh_offset)
        };
        self.sections.iter().filter(inside).map(|at| at.sh_offset - s.p_offset).min().unwrap_or(0)
    }

    fn contents(&self, section: &SectionHeader) -> &'a [u8] {
        if section.sh_type == SHT_NOBITS {
            return &[];
        }
        let end = section.sh_offset.saturating_add(section.sh_size);
        let range = section.sh_offset.min(usize::MAX as u64) as usize..end.min(usize::MAX as u64) as usize;
        self.bytes.get(range).unwrap_or_default()
    }

    fn named(&self, wanted: &str) -> Option<&SectionHeader> {
        self.sections.iter().find(|s| {
            let name = self.section_names.get(s.sh_name..).unwrap_or_default();
            name.strip_prefix(wanted.as_bytes()).is_some_and(|rest| rest.first() == Some(&0))
        })
    }

    /// A section of debug information by name; empty when it is not there, or packed.
    fn debug(&self, name: &str) -> &'a [u8] {
        match self.named(name) {
            Some(s) if s.sh_flags & u64::from(SHF_COMPRESSED) == 0 => self.contents(s),
            _ => &[],
        }
    }

    /// The table of a program that logs by defmt.
    fn defmt(&self) -> Option<DefmtTable> {
        let table = self.sections.iter().find(|s| s.sh_type == SHT_SYMTAB)?;
        let section = self.named(".defmt")?;
        let number = self.sections.iter().position(|s| std::ptr::eq(s, section))?;
        let strings = self.sections.get(table.sh_link as usize).map(|s| self.contents(s)).unwrap_or_default();
        let count = (self.contents(table).len() / 16).min(MOST_SYMBOLS);
        let parsed = Symtab::parse(self.bytes, table.sh_offset as usize, count, CTX).ok()?;
        let mut table = DefmtTable::of(parsed.iter().map(|sym| {
            let name = names::raw_at(strings, sym.st_name as u32);
            (name, sym.st_value as u32, sym.st_shndx == number)
        }))?;
        table.stand_at(self.lines().declared(LOG_STATEMENT));
        Some(table)
    }

    fn symbols(&self) -> Symbols {
        let code = |index: usize| -> Option<Range<u32>> {
            let s = self.sections.get(index).filter(|s| s.is_alloc() && s.is_executable())?;
            Some(s.sh_addr as u32..(s.sh_addr as u32).saturating_add(s.sh_size as u32))
        };
        let mut raw = Vec::new();
        let mut strings = &[][..];
        if let Some(table) = self.sections.iter().find(|s| s.sh_type == SHT_SYMTAB) {
            strings = self.sections.get(table.sh_link as usize).map(|s| self.contents(s)).unwrap_or_default();
            let count = (self.contents(table).len() / 16).min(MOST_SYMBOLS);
            let parsed = Symtab::parse(self.bytes, table.sh_offset as usize, count, CTX);
            for sym in parsed.iter().flat_map(Symtab::iter) {
                let kind = sym.st_type();
                let in_code = code(sym.st_shndx);
                let label = kind == STT_NOTYPE && in_code.as_ref().is_some_and(|c| c.contains(&(sym.st_value as u32)));
                // `$t`, `$d`, `$a` mark what kind of code or data follows and are no names.
                let mapping = strings.get(sym.st_name) == Some(&b'$');
                let global = sym.st_bind() == STB_GLOBAL;
                let named = match kind {
                    STT_OBJECT => SymbolKind::Object,
                    STT_FUNC => SymbolKind::Function,
                    STT_NOTYPE if label => SymbolKind::Function,
                    STT_NOTYPE if global => SymbolKind::Mark,
                    _ => continue,
                };
                if sym.st_shndx == 0 || mapping {
                    continue;
                }
                raw.push(RawSymbol {
                    addr: sym.st_value as u32,
                    size: sym.st_size as u32,
                    name: sym.st_name as u32,
                    kind: named,
                    label,
                    global,
                    limit: in_code.map_or(u32::MAX, |c| c.end),
                });
            }
        }
        Symbols::new(raw, strings, self.lines())
    }

    fn lines(&self) -> lines::Lines {
        lines::Lines::new(|name| self.debug(name))
    }
}

fn section_header(bytes: &[u8], offset: usize) -> goblin::error::Result<SectionHeader> {
    use scroll::Pread;
    bytes.pread_with::<SectionHeader>(offset, CTX)
}

/// Class and byte order, from the first bytes, so that a 64-bit file is called that even when it is cut off.
fn identify(path: &str, bytes: &[u8]) -> Result<(), ImageError> {
    let little = bytes.get(header::EI_DATA) != Some(&header::ELFDATA2MSB);
    let machine = match bytes.get(18..20) {
        Some(&[a, b]) => machine_name(if little { u16::from_le_bytes([a, b]) } else { u16::from_be_bytes([a, b]) }),
        _ => "an unknown machine".into(),
    };
    let path = path.to_owned();
    match (bytes.get(header::EI_CLASS), little) {
        (Some(&header::ELFCLASS64), _) => Err(ImageError::SixtyFourBit { path, machine }),
        (_, false) => Err(ImageError::BigEndian { path, machine }),
        (Some(&header::ELFCLASS32) | None, true) => Ok(()),
        (Some(class), true) => Err(ImageError::Elf { path, why: format!("its class {class} does not exist") }),
    }
}

/// Machine and type of file.
fn admit(path: &str, header: &Header) -> Result<(), ImageError> {
    let path = || path.to_owned();
    if header.e_machine != header::EM_ARM {
        return Err(ImageError::WrongMachine { path: path(), machine: machine_name(header.e_machine) });
    }
    match header.e_type {
        header::ET_EXEC => Ok(()),
        header::ET_REL => Err(ImageError::Relocatable { path: path() }),
        header::ET_DYN => Err(ImageError::SharedObject { path: path() }),
        other => Err(ImageError::Elf { path: path(), why: format!("its type {other} is not that of a program") }),
    }
}

fn machine_name(machine: u16) -> String {
    match machine {
        header::EM_386 => "x86 (32-bit)".into(),
        header::EM_X86_64 => "x86-64".into(),
        header::EM_ARM => "ARM".into(),
        header::EM_AARCH64 => "AArch64".into(),
        header::EM_RISCV => "RISC-V".into(),
        header::EM_XTENSA => "Xtensa".into(),
        header::EM_AVR => "AVR".into(),
        header::EM_MIPS => "MIPS".into(),
        header::EM_PPC => "PowerPC".into(),
        header::EM_MSP430 => "MSP430".into(),
        other => format!("machine {other}"),
    }
}
