//! Which panels are where, for a page and a size.
//!
//! Below 100x30 a page has the screen for itself; above it the first page shows several panels, and above 160x45 all of them. Every other
//! page gets the whole screen at any size, since whoever goes there wants to see much of it.

use crate::tui::ui::Page;
use ratatui::layout::Rect;

/// A panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// The song and its meters.
    Play,
    /// Throughput against need.
    Rates,
    /// The wires.
    Wires,
    /// What was said on them.
    Transactions,
    /// The chip's registers.
    Chip,
    /// The board.
    Board,
    /// The firmware's text.
    Console,
    /// Diagnostics.
    Findings,
}

/// The screen's parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) title: Rect,
    pub(super) tabs: Option<Rect>,
    pub(super) keys: Option<Rect>,
    pub(super) panels: Vec<(Panel, Rect)>,
    /// Vertical lines between panels, one column wide.
    pub(super) rules: Vec<Rect>,
}

/// From this height on the last row tells the keys.
const KEYS_FROM: u16 = 5;
/// From this height on there are tabs.
const TABS_FROM: u16 = 12;
/// Columns of a wire's name and level, before its picture.
pub(super) const WIRE_LABEL: u16 = 11;
/// Rows of the first page's meters.
const PLAY_ROWS: u16 = 9;

/// Columns that wires have on `page` of a screen of this size.
pub fn wire_columns(page: Page, size: (u16, u16)) -> usize {
    let plan = plan(page, Rect::new(0, 0, size.0, size.1));
    let width = plan.panels.iter().find(|(panel, _)| *panel == Panel::Wires).map_or(80, |(_, place)| place.width);
    usize::from(width.saturating_sub(WIRE_LABEL).max(1))
}

/// Lines of a list that are on `page` of a screen of this size; none when it is not there.
pub fn list_rows(list: Panel, page: Page, size: (u16, u16)) -> usize {
    let plan = plan(page, Rect::new(0, 0, size.0, size.1));
    let rows = plan.panels.iter().find(|(panel, _)| *panel == list).map_or(0, |(_, place)| place.height);
    usize::from(rows.saturating_sub(1))
}

pub(super) fn plan(page: Page, area: Rect) -> Plan {
    let mut plan = Plan { title: Rect { height: 1, ..area }, ..Plan::default() };
    let mut rest = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if area.height >= TABS_FROM {
        plan.tabs = Some(Rect { height: 1, ..rest });
        rest = below(rest, 1);
    }
    if area.height >= KEYS_FROM {
        plan.keys = Some(Rect { y: area.bottom() - 1, height: 1, ..area });
        rest.height -= 1;
    }
    let large = area.width >= 160 && area.height >= 45;
    let medium = area.width >= 100 && area.height >= 30;
    match page {
        Page::Play if large => large_play(&mut plan, rest),
        Page::Play if medium => medium_play(&mut plan, rest),
        Page::Play => {
            // A screen of ten rows or more keeps a third for the console.
            let console = if area.height >= 10 { area.height / 3 } else { 0 };
            let room = rest.height - console.min(rest.height);
            let play = if console == 0 { rest.height } else { room.min(PLAY_ROWS) };
            plan.panels.push((Panel::Play, Rect { height: play, ..rest }));
            plan.panels.push((Panel::Console, below(rest, play)));
        }
        Page::Wires => {
            let wires = (rest.height * 3 / 5).min(30);
            plan.panels.push((Panel::Wires, Rect { height: wires, ..rest }));
            plan.panels.push((Panel::Transactions, below(rest, wires)));
        }
        Page::Chip if medium => {
            let (left, right) = plan.halves(rest, rest.width * 3 / 5);
            plan.panels.push((Panel::Chip, left));
            plan.panels.push((Panel::Play, Rect { height: PLAY_ROWS.min(right.height), ..right }));
            plan.panels.push((Panel::Rates, below(right, PLAY_ROWS)));
        }
        Page::Chip => plan.panels.push((Panel::Chip, rest)),
        Page::Board => plan.panels.push((Panel::Board, rest)),
        Page::Console => plan.panels.push((Panel::Console, rest)),
        Page::Findings => plan.panels.push((Panel::Findings, rest)),
    }
    plan.panels.retain(|(_, place)| !place.is_empty());
    plan
}

/// Play and the board above, the wires, then transactions and the console.
fn medium_play(plan: &mut Plan, rest: Rect) {
    let top = 13;
    let wires = (rest.height - top) / 2;
    let (left, right) = plan.halves(Rect { height: top, ..rest }, rest.width / 2);
    plan.panels.push((Panel::Play, Rect { height: PLAY_ROWS, ..left }));
    plan.panels.push((Panel::Rates, below(left, PLAY_ROWS)));
    plan.panels.push((Panel::Board, right));
    let rest = below(rest, top);
    plan.panels.push((Panel::Wires, Rect { height: wires, ..rest }));
    let (left, right) = plan.halves(below(rest, wires), rest.width / 2);
    plan.panels.push((Panel::Transactions, left));
    plan.panels.push((Panel::Console, right));
}

/// Everything: a column for the song and the chip, one for wires and what is said, one for the board; the console below.
fn large_play(plan: &mut Plan, rest: Rect) {
    let (left, right) = plan.halves(rest, rest.width * 3 / 10);
    let rates = 8;
    plan.panels.push((Panel::Play, Rect { height: PLAY_ROWS, ..left }));
    plan.panels.push((Panel::Rates, Rect { height: rates, ..below(left, PLAY_ROWS) }));
    let left = below(left, PLAY_ROWS + rates);
    plan.panels.push((Panel::Chip, Rect { height: left.height.min(21), ..left }));
    plan.panels.push((Panel::Findings, below(left, 21)));
    let wires = right.height * 2 / 5;
    plan.panels.push((Panel::Wires, Rect { height: wires, ..right }));
    let lower = below(right, wires);
    let (mid, end) = plan.halves(lower, lower.width / 2);
    plan.panels.push((Panel::Transactions, Rect { height: mid.height / 2, ..mid }));
    plan.panels.push((Panel::Console, below(mid, mid.height / 2)));
    plan.panels.push((Panel::Board, end));
}

impl Plan {
    /// Two places side by side, the left one `left` columns wide, with a line between them.
    fn halves(&mut self, area: Rect, left: u16) -> (Rect, Rect) {
        let left = left.min(area.width.saturating_sub(1));
        self.rules.push(Rect { x: area.x + left, width: 1, ..area });
        let x = area.x + left + 1;
        (Rect { width: left, ..area }, Rect { x, width: area.right() - x, ..area })
    }
}

/// What is left of `area` below its first `rows` rows.
fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}
