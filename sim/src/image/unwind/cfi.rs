//! Call frame information: where a function has put its caller's registers (DWARF 5, 6.4; DWARF for the Arm Architecture, 2023Q3).
//!
//! 1. Rules that are expressions are not evaluated; no compiler for this core makes them. The frame then counts as unknown.
//! 2. Of `.eh_frame` nothing is read: images for this core have `.debug_frame`.

use super::super::paid::Paid;
use gimli::{
    BaseAddresses, CfaRule, CieOrFde, DebugFrame, DebugFrameOffset, Register, RegisterRule, UnwindContext,
    UnwindContextStorage, UnwindSection, UnwindTableRow,
};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

/// Call frame information above this is not read; a large firmware has some 100 KB.
const MOST_BYTES: usize = 8 << 20;
/// Steps (see [`Paid::with`]) that finding the rules for one address may take.
const STEPS_A_ROW: u64 = 1 << 16;
/// Rules that are remembered, an address each.
const MOST_ROWS: usize = 4096;

/// The call frame information of an image.
#[derive(Default)]
pub struct CallFrames {
    section: Option<Arc<[u8]>>,
    /// `(first address, end, offset in the section)` by rising address.
    index: OnceCell<Vec<(u32, u32, usize)>>,
    rows: RefCell<HashMap<u32, Option<Row>>>,
}

/// Where a register of the caller is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rule {
    /// Still in the same register.
    #[default]
    Same,
    /// Lost.
    Lost,
    /// In memory, this far from the canonical frame address.
    Memory(i32),
    /// It is the canonical frame address and this.
    Value(i32),
    /// In another register.
    Register(u8),
}

/// What is known at one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The canonical frame address is this register and an offset.
    pub(super) base: u8,
    /// See `base`.
    pub(super) offset: i32,
    /// A rule for each of R0 to R15.
    pub(super) rules: [Rule; 16],
}

/// Room for R4 to R11, LR and D8 to D15, and some to spare.
struct Small;

impl UnwindContextStorage<usize> for Small {
    type Rules = [(Register, RegisterRule<usize>); 40];
    type Stack = [UnwindTableRow<usize, Self>; 4];
}

impl CallFrames {
    pub(in super::super) fn new(section: &[u8]) -> Self {
        let fits = !section.is_empty() && section.len() <= MOST_BYTES;
        Self { section: fits.then(|| section.into()), ..Self::default() }
    }

    /// Whether there is any.
    pub fn present(&self) -> bool {
        self.section.is_some()
    }

    /// The rules at `pc`, if they are known.
    pub(super) fn at(&self, pc: u32) -> Option<Row> {
        let section = self.section.as_ref()?;
        if let Some(known) = self.rows.borrow().get(&pc) {
            return *known;
        }
        let row = self.find(section, pc);
        let mut rows = self.rows.borrow_mut();
        if rows.len() >= MOST_ROWS {
            rows.clear();
        }
        rows.insert(pc, row);
        row
    }

    fn find(&self, section: &Arc<[u8]>, pc: u32) -> Option<Row> {
        let index = self.index.get_or_init(|| index(section));
        let after = index.partition_point(|&(first, ..)| first <= pc);
        let &(_, end, offset) = index[..after].last()?;
        if pc >= end {
            return None;
        }
        let frames = open(Paid::with(Arc::clone(section), STEPS_A_ROW));
        let bases = BaseAddresses::default();
        let partial = frames.partial_fde_from_offset(&bases, DebugFrameOffset(offset)).ok()?;
        let fde = partial.parse(DebugFrame::cie_from_offset).ok()?;
        let mut context = UnwindContext::<usize, Small>::new_in();
        let row = fde.unwind_info_for_address(&frames, &bases, &mut context, pc.into()).ok()?;
        compact(row)
    }
}

fn open(section: Paid) -> DebugFrame<Paid> {
    let mut frames = DebugFrame::from(section);
    frames.set_address_size(4);
    frames
}

/// Every function that has rules. An error ends the list; what was read before it is good.
fn index(section: &Arc<[u8]>) -> Vec<(u32, u32, usize)> {
    let frames = open(Paid::whole(Arc::clone(section)));
    let bases = BaseAddresses::default();
    let mut entries = frames.entries(&bases);
    let mut found = Vec::new();
    while let Ok(Some(entry)) = entries.next() {
        let CieOrFde::Fde(partial) = entry else { continue };
        let Ok(fde) = partial.parse(DebugFrame::cie_from_offset) else { continue };
        let (first, end) = (fde.initial_address(), fde.end_address());
        // Functions that the linker has dropped keep their entry, with address 0, where the vector table is.
        if let (1.., Ok(first), Ok(end)) = (first, u32::try_from(first), u32::try_from(end)) {
            found.push((first, end, fde.offset()));
        }
    }
    found.sort_unstable();
    found
}

fn compact(row: &UnwindTableRow<usize, Small>) -> Option<Row> {
    let &CfaRule::RegisterAndOffset { register: Register(base @ 0..=15), offset } = row.cfa() else { return None };
    let near = |offset: i64| i32::try_from(offset).ok();
    let mut compact = Row { base: base as u8, offset: near(offset)?, rules: [Rule::Same; 16] };
    for (register, rule) in row.registers() {
        let Some(place) = compact.rules.get_mut(usize::from(register.0)) else { continue };
        *place = match rule {
            RegisterRule::Undefined => Rule::Lost,
            RegisterRule::SameValue => Rule::Same,
            RegisterRule::Offset(offset) => Rule::Memory(near(*offset)?),
            RegisterRule::ValOffset(offset) => Rule::Value(near(*offset)?),
            RegisterRule::Register(Register(other @ 0..=15)) => Rule::Register(*other as u8),
            _ => return None,
        };
    }
    Some(compact)
}

impl std::fmt::Debug for CallFrames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CallFrames({} bytes)", self.section.as_ref().map_or(0, |s| s.len()))
    }
}
