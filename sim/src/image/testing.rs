//! Small ELF files made by hand, for tests: every field can be made wrong.

use super::{Image, ImageError};

/// A program header and the bytes of its segment.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) vaddr: u32,
    pub(crate) paddr: u32,
    pub(crate) memsz: u32,
    pub(crate) data: Vec<u8>,
}

/// A section by name; it lies where the `data` of its own says.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) kind: u32,
    pub(crate) flags: u32,
    pub(crate) addr: u32,
    pub(crate) link: u32,
    pub(crate) data: Vec<u8>,
}

/// What goes into a file; the default is a program that starts.
#[derive(Clone, Debug)]
pub(crate) struct ElfFile {
    pub(crate) class: u8,
    pub(crate) order: u8,
    pub(crate) kind: u16,
    pub(crate) machine: u16,
    pub(crate) entry: u32,
    pub(crate) loads: Vec<Load>,
    pub(crate) sections: Vec<Section>,
}

/// Stack at the end of RAM, reset handler right after 64 vectors.
pub(crate) const SP: u32 = 0x2004_0000;
pub(crate) const RESET: u32 = 0x101;

/// A vector table at the start of 512 bytes; the rest is `b .`.
pub(crate) fn program(sp: u32, reset: u32) -> Vec<u8> {
    let mut data: Vec<u8> = [0xE7FE_E7FEu32; 128].iter().flat_map(|w| w.to_le_bytes()).collect();
    data[0..4].copy_from_slice(&sp.to_le_bytes());
    data[4..8].copy_from_slice(&reset.to_le_bytes());
    data
}

pub(crate) fn load(paddr: u32, data: Vec<u8>) -> Load {
    Load { vaddr: paddr, paddr, memsz: data.len() as u32, data }
}

impl Default for ElfFile {
    fn default() -> Self {
        let loads = vec![load(0, program(SP, RESET))];
        Self { class: 1, order: 1, kind: 2, machine: 40, entry: RESET, loads, sections: Vec::new() }
    }
}

impl ElfFile {
    pub(crate) fn with(loads: Vec<Load>) -> Self {
        Self { loads, ..Self::default() }
    }

    /// Header, program headers, contents, section headers.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut names = vec![0u8];
        let mut sections = self.sections.clone();
        let strtab = Section { name: ".shstrtab", kind: 3, flags: 0, addr: 0, link: 0, data: Vec::new() };
        if !sections.is_empty() {
            sections.push(strtab);
        }
        let name_at: Vec<u32> = (sections.iter())
            .map(|s| {
                names.extend(s.name.bytes().chain([0]));
                (names.len() - s.name.len() - 1) as u32
            })
            .collect();
        if let Some(last) = sections.last_mut() {
            last.data = names;
        }
        let contents_at = 52 + 32 * self.loads.len();
        let mut contents = Vec::new();
        let mut place = |data: &[u8]| {
            let at = (contents_at + contents.len()) as u32;
            contents.extend_from_slice(data);
            at
        };
        let load_at: Vec<u32> = self.loads.iter().map(|l| place(&l.data)).collect();
        let section_at: Vec<u32> = sections.iter().map(|s| place(&s.data)).collect();
        let table_at = if sections.is_empty() { 0 } else { (contents_at + contents.len()) as u32 };
        let count = if sections.is_empty() { 0 } else { sections.len() as u16 + 1 };

        let mut out = vec![0x7f, b'E', b'L', b'F', self.class, self.order, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut put = |half: bool, value: u32| {
            let bytes = if self.order == 2 { value.to_be_bytes() } else { value.to_le_bytes() };
            let cut = match (half, self.order) {
                (false, _) => &bytes[..],
                (true, 2) => &bytes[2..],
                (true, _) => &bytes[..2],
            };
            out.extend_from_slice(cut);
        };
        put(true, u32::from(self.kind));
        put(true, u32::from(self.machine));
        for word in [1, self.entry, 52, table_at, 0x0500_0000] {
            put(false, word);
        }
        for half in [52, 32, self.loads.len() as u32, 40, u32::from(count), u32::from(count.saturating_sub(1))] {
            put(true, half);
        }
        for (l, at) in self.loads.iter().zip(load_at) {
            for word in [1, at, l.vaddr, l.paddr, l.data.len() as u32, l.memsz, 5, 4] {
                put(false, word);
            }
        }
        out.extend(contents);
        if count > 0 {
            out.extend([0; 40]);
        }
        for ((s, at), name) in sections.iter().zip(section_at).zip(name_at) {
            for word in [name, s.kind, s.flags, s.addr, at, s.data.len() as u32, s.link, 0, 4, 0] {
                out.extend(word.to_le_bytes());
            }
        }
        out
    }

    pub(crate) fn parse(&self) -> Result<Image, ImageError> {
        Image::parse("test.elf", &self.bytes(), None)
    }
}

/// A symbol table and its strings, to be the sections with the numbers `first` and `first + 1`. Each symbol is
/// `(name, address, size, type, section)`, all global.
pub(crate) fn symbol_sections(first: u32, symbols: &[(&str, u32, u32, u8, u16)]) -> [Section; 2] {
    let (mut table, mut strings) = (vec![0; 16], vec![0u8]);
    for (name, addr, size, kind, section) in symbols {
        for word in [strings.len() as u32, *addr, *size] {
            table.extend(word.to_le_bytes());
        }
        table.extend([0x10 | kind, 0]);
        table.extend(section.to_le_bytes());
        strings.extend(name.bytes().chain([0]));
    }
    [
        Section { name: ".symtab", kind: 2, flags: 0, addr: 0, link: first + 1, data: table },
        Section { name: ".strtab", kind: 3, flags: 0, addr: 0, link: 0, data: strings },
    ]
}

/// `.text` as section 1, at `addr`.
pub(crate) fn text_section(addr: u32, data: Vec<u8>) -> Section {
    Section { name: ".text", kind: 1, flags: 6, addr, link: 0, data }
}

/// A block of a UF2 file; the default is the only one of a file, with 256 bytes for 0x26000.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub(crate) flags: u32,
    pub(crate) addr: u32,
    pub(crate) size: usize,
    pub(crate) number: u32,
    pub(crate) total: u32,
    pub(crate) family: u32,
}

impl Default for Block {
    fn default() -> Self {
        Self { flags: 0x2000, addr: 0x2_6000, size: 256, number: 0, total: 1, family: 0xADA5_2840 }
    }
}

impl Block {
    /// With data that counts up from the low byte of its number.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let words =
            [0x0A32_4655, 0x9E5D_5157, self.flags, self.addr, self.size as u32, self.number, self.total, self.family];
        let mut bytes: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
        bytes.extend((0..476).map(|n| (self.number + n) as u8));
        bytes.extend(0x0AB1_6F30u32.to_le_bytes());
        bytes
    }

    /// `data` for `addr`, in blocks of 256 bytes.
    pub(crate) fn file(addr: u32, data: &[u8]) -> Vec<u8> {
        let total = data.len().div_ceil(256) as u32;
        let blocks = data.chunks(256).zip(0..).map(|(chunk, number)| {
            let block = Self { addr: addr + 256 * number, size: chunk.len(), number, total, ..Self::default() };
            let mut bytes = block.bytes();
            bytes[32..32 + chunk.len()].copy_from_slice(chunk);
            bytes
        });
        blocks.collect::<Vec<_>>().concat()
    }
}
