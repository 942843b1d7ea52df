//! What need not be drawn again, as it looks as it did in the view before.
//!
//! A place that is kept costs next to nothing: neither is it drawn nor does ratatui compare its cells. To say that something has changed is
//! always right.

use super::Panel;
use crate::tui::view::View;
use crate::tui::wires::WiresView;
use ratatui::layout::Rect;

/// Whether places of `view` can be kept: the view before has the same panels in the same places.
pub(super) fn comparable(before: &View, view: &View, drawn: Rect, area: Rect) -> bool {
    drawn == area && before.ui.page == view.ui.page && !before.ui.help && !view.ui.help
}

/// Whether `panel` as a whole looks the same in both.
pub(super) fn same(panel: Panel, before: &View, view: &View) -> bool {
    let (a, b) = (before, view);
    let findings = |a: &View, b: &View| (a.denied, a.warnings) == (b.denied, b.warnings) && a.findings == b.findings;
    match panel {
        Panel::Rates => a.history == b.history,
        Panel::Transactions => {
            let here = super::transactions::here;
            here(a) == here(b) && a.ui.look.at.is_some() == b.ui.look.at.is_some() && a.rows == b.rows
        }
        Panel::Board => a.board == b.board && a.parts == b.parts,
        Panel::Console => a.console == b.console && (a.ui.typing, a.ui.look.at) == (b.ui.typing, b.ui.look.at),
        Panel::Findings => a.ui.down == b.ui.down && findings(a, b),
        // They change all the time, or look after themselves.
        Panel::Play | Panel::Wires | Panel::Chip => false,
    }
}

/// Whether the wires themselves look the same: names, levels, pictures, and where mark and cursor are.
pub(super) fn same_wires(before: &View, view: &View) -> bool {
    let (a, b) = (&*before.wires, &*view.wires);
    let (was, is) = (&before.ui.look, &view.ui.look);
    let plain = |wires: &WiresView| (wires.levels, wires.wave.step, wires.wave.columns.len());
    let column = |wires: &WiresView, at: Option<_>| at.and_then(|at| wires.column_of(at));
    plain(a) == plain(b)
        && was.wire == is.wire
        && a.shown == b.shown
        && a.names == b.names
        && column(a, was.mark) == column(b, is.mark)
        && column(a, Some(a.cursor)) == column(b, Some(b.cursor))
        && (0..a.wave.columns.len()).all(|at| {
            // Of a column all wires are known or none.
            a.is_known(at, before.now) == b.is_known(at, view.now) && a.wave.columns[at] == b.wave.columns[at]
        })
}
