//! From an address to a function and a source line, and from a name to an address.

use super::lines::{LineRange, Lines};
use super::names;
use std::fmt;

/// What a symbol names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// Code; the Thumb bit is cleared.
    Function,
    /// Data.
    Object,
    /// A place that only the linker script names, such as the end of the stack.
    Mark,
}

/// A named address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Demangled.
    pub name: String,
    /// First address, Thumb bit cleared.
    pub addr: u32,
    /// Bytes; 0 when the file does not say.
    pub size: u32,
    /// What it names.
    pub kind: SymbolKind,
}

/// One level of a place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The function, demangled; `None` when the debug information has only lines.
    pub function: Option<String>,
    /// The file as the debug information has it.
    pub file: Option<String>,
    /// Line, from 1.
    pub line: Option<u32>,
}

/// Where an address is in the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The function whose code it is.
    pub function: String,
    /// Bytes from the start of that function; 0 when only debug information knows it.
    pub offset: u32,
    /// Source file of the innermost frame, as the debug information has it.
    pub file: Option<String>,
    /// Line in it, from 1.
    pub line: Option<u32>,
    /// Functions that were inlined here, innermost first, then the function itself; empty without debug information.
    pub frames: Vec<Frame>,
}

impl Location {
    /// `file:line`, if known.
    pub fn source(&self) -> Option<String> {
        let file = self.file.as_deref()?;
        Some(self.line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}")))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.function)?;
        if let Some(source) = self.source() {
            write!(f, " ({source})")
        } else if self.offset > 0 {
            write!(f, "+0x{:x}", self.offset)
        } else {
            Ok(())
        }
    }
}

/// A symbol as the file has it.
pub(super) struct RawSymbol {
    pub(super) addr: u32,
    pub(super) size: u32,
    /// Offset into the string table.
    pub(super) name: u32,
    pub(super) kind: SymbolKind,
    /// An assembler label without a type.
    pub(super) label: bool,
    pub(super) global: bool,
    /// The end of its section, which a symbol without size cannot reach beyond.
    pub(super) limit: u32,
}

/// Functions, variables and source lines of an image.
#[derive(Default)]
pub struct Symbols {
    /// Functions by address, the best name for an address last.
    functions: Vec<RawSymbol>,
    objects: Vec<RawSymbol>,
    marks: Vec<RawSymbol>,
    strings: Vec<u8>,
    lines: Lines,
}

/// Functions that lie in one another: how far back is looked for one that holds an address.
const NESTED: usize = 16;

impl Symbols {
    pub(super) fn new(raw: Vec<RawSymbol>, strings: &[u8], lines: Lines) -> Self {
        let (mut functions, rest): (Vec<_>, Vec<_>) = raw.into_iter().partition(|s| s.kind == SymbolKind::Function);
        let (objects, marks) = rest.into_iter().partition(|s| s.kind == SymbolKind::Object);
        for function in &mut functions {
            function.addr &= !1;
        }
        functions.sort_by_key(|s| (s.addr, !s.label, s.global, s.size, std::cmp::Reverse(s.name)));
        Self { functions, objects, marks, strings: strings.to_vec(), lines }
    }

    /// How many functions have names.
    pub fn functions(&self) -> usize {
        self.functions.len()
    }

    /// `(first address, bytes)` of every function whose size is known.
    pub fn code(&self) -> impl Iterator<Item = (u32, u32)> {
        self.functions.iter().filter(|s| s.size > 0).map(|s| (s.addr, s.size))
    }

    /// Whether there is debug information with source lines.
    pub fn has_lines(&self) -> bool {
        self.lines.present()
    }

    /// The function and source line at `pc` (the Thumb bit does not matter).
    pub fn locate(&self, pc: u32) -> Option<Location> {
        let pc = pc & !1;
        let symbol = self.function_at(pc);
        let frames = self.lines.frames(pc);
        let outermost = frames.last().and_then(|frame| frame.function.clone());
        let (file, line) = frames.first().map(|f| (f.file.clone(), f.line)).unwrap_or_default();
        let function = symbol.map(|s| self.name(s)).or(outermost).or_else(|| file.clone())?;
        Some(Location { function, offset: symbol.map_or(0, |s| pc - s.addr), file, line, frames })
    }

    /// The lines of the code from `from` to before `to`, by rising address.
    pub fn lines(&self, from: u32, to: u32) -> Vec<LineRange> {
        self.lines.ranges(from, to)
    }

    /// Every name of the function that holds `pc`.
    pub fn names_at(&self, pc: u32) -> Vec<String> {
        let Some(addr) = self.function_at(pc & !1).map(|s| s.addr) else { return Vec::new() };
        let first = self.functions.partition_point(|s| s.addr < addr);
        self.functions[first..].iter().take_while(|s| s.addr == addr).map(|s| self.name(s)).collect()
    }

    /// `(first address, bytes)` of the function that holds `pc`, up to the next symbol when the file does not say its size.
    pub fn function(&self, pc: u32) -> Option<(u32, u32)> {
        let found = self.function_at(pc & !1)?;
        let next = || self.functions[self.functions.partition_point(|s| s.addr <= found.addr)..].first();
        let size = match found.size {
            0 => next().map_or(found.limit, |s| s.addr.min(found.limit)).saturating_sub(found.addr),
            size => size,
        };
        Some((found.addr, size))
    }

    /// The variable that holds `addr`, the smallest of several.
    pub fn variable(&self, addr: u32) -> Option<Symbol> {
        let holds = |s: &&RawSymbol| addr.checked_sub(s.addr).is_some_and(|offset| offset < s.size);
        let found = self.objects.iter().filter(holds).min_by_key(|s| s.size)?;
        Some(Symbol { name: self.name(found), addr: found.addr, size: found.size, kind: found.kind })
    }

    /// The symbol with this name, raw or demangled; functions before data, and data before the linker script's marks.
    pub fn named(&self, name: &str) -> Option<Symbol> {
        let all = || self.functions.iter().chain(&self.objects).chain(&self.marks);
        let raw = all().find(|s| names::raw_at(&self.strings, s.name) == name.as_bytes());
        // Only mangled names can differ from raw ones, and all of those begin with an underscore.
        let mangled = |s: &&RawSymbol| names::raw_at(&self.strings, s.name).starts_with(b"_");
        let found = raw.or_else(|| all().filter(mangled).find(|s| self.name(s) == name))?;
        Some(Symbol { name: self.name(found), addr: found.addr, size: found.size, kind: found.kind })
    }

    fn name(&self, symbol: &RawSymbol) -> String {
        names::demangled(&String::from_utf8_lossy(names::raw_at(&self.strings, symbol.name)))
    }

    fn function_at(&self, pc: u32) -> Option<&RawSymbol> {
        let after = self.functions.partition_point(|s| s.addr <= pc);
        let last = self.functions[..after].last()?.addr;
        // A symbol without size reaches to the next one.
        let holds = |s: &&RawSymbol| match s.size {
            0 => s.addr == last && pc < s.limit,
            size => pc - s.addr < size,
        };
        self.functions[after.saturating_sub(NESTED)..after].iter().rev().find(holds)
    }
}

impl fmt::Debug for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Symbols({} functions, lines: {})", self.functions.len(), self.has_lines())
    }
}
