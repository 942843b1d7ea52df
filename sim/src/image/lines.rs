//! Source lines and inlined functions from DWARF, of files that nobody vouches for.
//!
//! 1. Work and memory are bounded: every byte that is read or skipped is paid for from a purse per section, and an empty
//!    purse is an error like any other in the file. Real debug information is read a few times over at most; each question puts a little
//!    into the purses, so that there can be many of them.
//! 2. An error means that this address has no source line, and nothing else.

use super::Frame;
use super::declared::declared;
use super::names;
use super::paid::{Paid, Purse};
use addr2line::Context;
use gimli::{self, Dwarf, Error, Result as GimliResult, SectionId};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Debug information above this is not read.
const MOST_BYTES: usize = 48 << 20;
/// Line programs above this are not read: a byte can make a row of 24 bytes.
const MOST_LINE_BYTES: usize = 8 << 20;
/// What a question puts into each purse; real ones need some hundred steps.
const STEPS_A_QUESTION: u64 = 1 << 14;
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

/// Code of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRange {
    /// Its first address.
    pub from: u32,
    /// The address behind it.
    pub to: u32,
    /// The file as the debug information has it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
}

/// The source lines of an image.
#[derive(Default)]
pub(super) struct Lines {
    sections: Vec<(SectionId, Arc<[u8]>)>,
    context: OnceCell<Option<(Context<Paid>, Vec<Purse>)>>,
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
        let Some(context) = self.context() else { return Vec::new() };
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

    /// The lines of the code from `from` to before `to`, as far as they are known.
    pub(super) fn ranges(&self, from: u32, to: u32) -> Vec<LineRange> {
        if !self.present() {
            return Vec::new();
        }
        let Some(context) = self.context() else { return Vec::new() };
        let Ok(found) = context.find_location_range(from.into(), to.into()) else { return Vec::new() };
        found
            .filter_map(|(at, bytes, place)| {
                let (start, end) = (u32::try_from(at).ok()?, u32::try_from(at.checked_add(bytes)?).ok()?);
                let (file, line) = (names::clean(place.file?), place.line.filter(|&line| line > 0)?);
                Some(LineRange { from: start.max(from), to: end.min(to), file, line })
            })
            .filter(|range| range.from < range.to)
            .collect()
    }

    /// What is asked, with something in its purses.
    fn context(&self) -> Option<&Context<Paid>> {
        let (context, purses) = self.context.get_or_init(|| self.open().ok()).as_ref()?;
        purses.iter().for_each(|purse| purse.fill(STEPS_A_QUESTION));
        Some(context)
    }

    /// The places of variables called `name`, as `src/main.rs:18`, by their addresses.
    pub(super) fn declared(&self, name: &str) -> BTreeMap<u32, String> {
        self.dwarf(&mut Vec::new()).map(|dwarf| declared(&dwarf, name)).unwrap_or_default()
    }

    fn open(&self) -> GimliResult<(Context<Paid>, Vec<Purse>)> {
        let mut purses = Vec::new();
        let dwarf = self.dwarf(&mut purses)?;
        Ok((Context::from_dwarf(dwarf)?, purses))
    }

    fn dwarf(&self, purses: &mut Vec<Purse>) -> GimliResult<Dwarf<Paid>> {
        Dwarf::load(|id| {
            let data = self.sections.iter().find(|(known, _)| *known == id).map(|(_, data)| Arc::clone(data));
            let section = Paid::whole(data.unwrap_or_default());
            purses.push(section.purse());
            Ok::<_, Error>(section)
        })
    }
}
