//! What need not be drawn again, as it looks as it did in the view before.
//!
//! A place that is kept is neither drawn nor looked at again. To say that something has changed is always right.

use super::Panel;
use crate::tui::board::Strand;
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
        Panel::Console => a.console == b.console && (a.ui.typing, a.ui.look.at) == (b.ui.typing, b.ui.look.at),
        Panel::Findings => a.ui.down == b.ui.down && findings(a, b),
        // They change all the time, or look after themselves.
        Panel::Play | Panel::Wires | Panel::Chip | Panel::Board => false,
    }
}

/// Whether the row of pages looks the same; which page is shown is the same in both.
pub(super) fn same_tabs(before: &View, view: &View) -> bool {
    let shown = |view: &View| (view.denied + view.warnings, view.ui.look.at);
    shown(before) == shown(view)
}

/// Whether the row of keys looks the same.
pub(super) fn same_keys(before: &View, view: &View) -> bool {
    let shown = |view: &View| (view.ui.typing, view.run, view.volume);
    shown(before) == shown(view) && before.sound == view.sound
}

/// Wires whose name, level or picture looks another way than before, a bit each; all of them when it is not as easy as that.
pub(super) fn changed_wires(before: &View, view: &View) -> u64 {
    let (a, b) = (&*before.wires, &*view.wires);
    let (was, is) = (&before.ui.look, &view.ui.look);
    let plain = |wires: &WiresView| (wires.wave.step, wires.wave.columns.len());
    let column = |wires: &WiresView, at: Option<_>| at.and_then(|at| wires.column_of(at));
    let alike = plain(a) == plain(b)
        && was.wire == is.wire
        && a.shown == b.shown
        && a.names == b.names
        && column(a, was.mark) == column(b, is.mark)
        && column(a, Some(a.cursor)) == column(b, Some(b.cursor))
        // Of a column all wires are known or none.
        && (0..a.wave.columns.len()).all(|at| a.is_known(at, before.now) == b.is_known(at, view.now));
    if !alike {
        return u64::MAX;
    }
    let columns = a.wave.columns.iter().zip(&b.wave.columns);
    columns.fold(a.levels ^ b.levels, |changed, (a, b)| {
        changed | (a.once ^ b.once) | (a.more ^ b.more) | (a.after ^ b.after)
    })
}

/// Whether all of the board but the state of its wires to chips looks the same.
pub(super) fn same_board(before: &View, view: &View) -> bool {
    let (a, b) = (&*before.parts, &*view.parts);
    let name = |strand: &Strand| (strand.pin.clone(), strand.chip.clone(), strand.signal.clone());
    before.board == view.board
        && (&a.description, a.usb, &a.lamps, &a.switches, &a.pins)
            == (&b.description, b.usb, &b.lamps, &b.switches, &b.pins)
        && a.strands.iter().map(name).eq(b.strands.iter().map(name))
}
