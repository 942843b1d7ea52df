//! Source lines and inlined functions from DWARF, of files that nobody vouches for.
//!
//! 1. Work and memory are bounded: every byte that is read or skipped is paid for from a purse per section, and an empty
//!    purse is an error like any other in the file. Real debug information is read a few times over at most.
//! 2. An error means that this address has no source line, and nothing else.

use super::Frame;
use super::names;
use addr2line::Context;
use gimli::{self, EndianArcSlice, Error, LittleEndian, Reader, ReaderOffsetId, Result as GimliResult, SectionId};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Debug information above this is not read.
const MOST_BYTES: usize = 48 << 20;
/// Line programs above this are not read: a byte can make a row of 24 bytes.
const MOST_LINE_BYTES: usize = 8 << 20;
/// How many times over a section may be read in a run.
const TIMES: u64 = 8;
/// Deepest inlining that is shown.
const MOST_FRAMES: usize = 64;

/// Sections that are read, by their names.
const SECTIONS: [SectionId; 10] = [
    SectionId::DebugAbbrev,
    SectionId::DebugAddr,
    SectionId::DebugAranges,
    SectionId::DebugInfo,
    SectionId::DebugLine,
    SectionId::DebugLineStr,
    SectionId::DebugRanges,
    SectionId::DebugRngLists,
    SectionId::DebugStr,
    SectionId::DebugStrOffsets,
];

/// The source lines of an image.
#[derive(Default)]
pub(super) struct Lines {
    sections: Vec<(SectionId, Arc<[u8]>)>,
    context: OnceCell<Option<Context<Paid>>>,
}

impl Lines {
    /// Keeps the debug sections that `section` gives by name; they are looked into at the first question.
    pub(super) fn new<'a>(section: impl Fn(&str) -> &'a [u8]) -> Self {
        let found = SECTIONS.map(|id| (id, section(id.name())));
        let bytes: usize = found.iter().map(|(_, data)| data.len()).sum();
        let line_bytes = section(SectionId::DebugLine.name()).len();
        if bytes > MOST_BYTES || line_bytes > MOST_LINE_BYTES {
            return Self::default();
        }
        let sections = found.into_iter().filter(|(_, data)| !data.is_empty()).map(|(id, data)| (id, data.into()));
        Self { sections: sections.collect(), context: OnceCell::new() }
    }

    /// Whether there is anything that could know source lines.
    pub(super) fn present(&self) -> bool {
        [SectionId::DebugInfo, SectionId::DebugLine]
            .iter()
            .all(|wanted| self.sections.iter().any(|(id, _)| id == wanted))
    }

    /// The frames at `pc`, innermost first; none when nothing is known.
    pub(super) fn frames(&self, pc: u32) -> Vec<Frame> {
        if !self.present() {
            return Vec::new();
        }
        let Some(context) = self.context.get_or_init(|| self.open().ok()) else { return Vec::new() };
        // Split DWARF is in files of its own, which are not looked for.
        let Ok(mut found) = context.find_frames(u64::from(pc)).skip_all_loads() else { return Vec::new() };
        let mut frames = Vec::new();
        while let (Ok(Some(frame)), true) = (found.next(), frames.len() < MOST_FRAMES) {
            let place = frame.location.as_ref();
            frames.push(Frame {
                function: frame.function.and_then(|f| f.raw_name().ok().map(|name| names::demangled(&name))),
                file: place.and_then(|l| l.file).map(names::clean),
                line: place.and_then(|l| l.line).filter(|&line| line > 0),
            });
        }
        frames.retain(|f| f.function.is_some() || f.file.is_some());
        frames
    }

    fn open(&self) -> GimliResult<Context<Paid>> {
        let dwarf = gimli::Dwarf::load(|id| {
            let data = self.sections.iter().find(|(known, _)| *known == id).map(|(_, data)| Arc::clone(data));
            Ok::<_, Error>(Paid::new(data.unwrap_or_default()))
        })?;
        Context::from_dwarf(dwarf)
    }
}

/// A section that is read on a budget.
#[derive(Clone, Debug)]
struct Paid {
    inner: EndianArcSlice<LittleEndian>,
    purse: Arc<AtomicU64>,
}

impl Paid {
    fn new(data: Arc<[u8]>) -> Self {
        let purse = Arc::new(AtomicU64::new(4096 + TIMES * data.len() as u64));
        Self { inner: EndianArcSlice::new(data, LittleEndian), purse }
    }

    fn pay(&self, steps: usize) -> GimliResult<()> {
        let paid = self.purse.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(steps as u64 + 1));
        // gimli has no word for this; the error is not shown.
        paid.map(|_| ()).map_err(|_| Error::Io)
    }
}

impl Reader for Paid {
    type Endian = LittleEndian;
    type Offset = usize;

    fn endian(&self) -> LittleEndian {
        self.inner.endian()
    }
    fn len(&self) -> usize {
        Reader::len(&self.inner)
    }
    fn empty(&mut self) {
        self.inner.empty();
    }
    fn truncate(&mut self, len: usize) -> GimliResult<()> {
        Reader::truncate(&mut self.inner, len)
    }
    fn offset_from(&self, base: &Self) -> usize {
        Reader::offset_from(&self.inner, &base.inner)
    }
    fn offset_id(&self) -> ReaderOffsetId {
        self.inner.offset_id()
    }
    fn lookup_offset_id(&self, id: ReaderOffsetId) -> Option<usize> {
        self.inner.lookup_offset_id(id)
    }
    fn find(&self, byte: u8) -> GimliResult<usize> {
        let at = Reader::find(&self.inner, byte)?;
        self.pay(at)?;
        Ok(at)
    }
    fn skip(&mut self, len: usize) -> GimliResult<()> {
        self.pay(0)?;
        Reader::skip(&mut self.inner, len)
    }
    fn split(&mut self, len: usize) -> GimliResult<Self> {
        self.pay(0)?;
        Ok(Self { inner: Reader::split(&mut self.inner, len)?, purse: Arc::clone(&self.purse) })
    }
    fn to_slice(&self) -> GimliResult<Cow<'_, [u8]>> {
        self.pay(Reader::len(&self.inner))?;
        Reader::to_slice(&self.inner)
    }
    fn to_string(&self) -> GimliResult<Cow<'_, str>> {
        self.pay(Reader::len(&self.inner))?;
        Reader::to_string(&self.inner)
    }
    fn to_string_lossy(&self) -> GimliResult<Cow<'_, str>> {
        self.pay(Reader::len(&self.inner))?;
        Reader::to_string_lossy(&self.inner)
    }
    fn read_slice(&mut self, buf: &mut [u8]) -> GimliResult<()> {
        self.pay(buf.len())?;
        Reader::read_slice(&mut self.inner, buf)
    }
}
