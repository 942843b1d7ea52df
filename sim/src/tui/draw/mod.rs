//! A view as cells: a pure function of the view, for any size from 1x1 up.
//!
//! The first row is the title, the last the keys; between them the page, or on a large screen several panels ([`layout`]). Everything
//! is cut where it does not fit.

mod board;
mod changes;
mod chip;
mod console;
mod findings;
mod frame;
mod help;
mod layout;
mod play;
mod rates;
mod transactions;
mod wires;

#[cfg(test)]
mod changes_tests;
#[cfg(test)]
mod tests;

pub use frame::length;
pub use layout::{Panel, list_rows, wire_columns};

use super::theme::Palette;
use super::ui::Page;
use super::view::{Run, View};
use frame::{Canvas, Row};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

type Draw = fn(&View, &mut Canvas);

/// Draws `view` over the whole of `area`.
pub fn draw(view: &View, palette: Palette, area: Rect, buf: &mut Buffer) {
    draw_after(None, view, palette, area, buf, &mut Vec::new());
}

/// The same over the picture of another view, which was drawn in a certain area: only what can have changed is drawn. Adds to `drawn`
/// where that is: places that are one row high, or all of `area`.
pub fn draw_after(
    before: Option<(&View, Rect)>,
    view: &View,
    palette: Palette,
    area: Rect,
    buf: &mut Buffer,
    drawn: &mut Vec<Rect>,
) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let before = before.filter(|(before, drawn)| changes::comparable(before, view, *drawn, area));
    let before = before.map(|(before, _)| before);
    let (rows, mut ours) = (&mut Vec::new(), Vec::new());
    let state = if before.is_some() { Row::Old } else { Row::New };
    if before.is_none() {
        Canvas::new(buf, area, palette, rows, Row::Old).finish(&mut ours);
    }
    let plan = layout::plan(view.ui.page, area);
    for &(panel, place) in &plan.panels {
        if before.is_some_and(|before| changes::same(panel, before, view)) {
            continue;
        }
        let mut canvas = Canvas::new(buf, place, palette, rows, state);
        match panel {
            Panel::Play => play::draw(view, &mut canvas),
            Panel::Rates => rates::draw(view, &mut canvas),
            Panel::Wires => wires::draw(before, view, &mut canvas),
            Panel::Transactions => transactions::draw(view, &mut canvas),
            Panel::Chip => chip::draw(before, view, &mut canvas),
            Panel::Board => board::draw(before, view, &mut canvas),
            Panel::Console => console::draw(view, &mut canvas),
            Panel::Findings => findings::draw(view, &mut canvas),
        }
        canvas.finish(&mut ours);
    }
    let same = |same: fn(&View, &View) -> bool| before.is_some_and(|before| same(before, view));
    let bars = [
        (Some(plan.title), title as Draw),
        (plan.tabs.filter(|_| !same(changes::same_tabs)), tabs),
        (plan.keys.filter(|_| !same(changes::same_keys)), keys),
    ];
    for (place, draw) in bars {
        if let Some(place) = place {
            let mut canvas = Canvas::new(buf, place, palette, rows, state);
            draw(view, &mut canvas);
            canvas.finish(&mut ours);
        }
    }
    if before.is_none() {
        for &place in &plan.rules {
            let mut canvas = Canvas::new(buf, place, palette, rows, state);
            (0..canvas.height()).for_each(|y| canvas.put(0, y, '\u{2502}', palette.dim()));
        }
        if view.ui.help {
            help::draw(&mut Canvas::new(buf, area, palette, rows, state));
        }
        ours = vec![area];
    }
    ours.iter().for_each(|&place| palette.finish(place, buf));
    drawn.append(&mut ours);
}

fn title(view: &View, canvas: &mut Canvas) {
    let state = match view.run {
        Run::Running => "",
        Run::Paused => "paused ",
        Run::Ended => "ended ",
    };
    let factor = if view.realtime_factor >= 0.1 { format!(" {:.1}x", view.realtime_factor) } else { String::new() };
    let right = format!("{state}{} {}{factor}", frame::moment(view.now), view.speed);
    let port = view.port.as_ref().map(|port| format!(", serial port {port}")).unwrap_or_default();
    let left = format!("{} on {}{port}", view.firmware, view.board);
    let style = canvas.palette.tint(Color::Cyan).patch(canvas.palette.bold());
    let room = canvas.width().saturating_sub(right.chars().count() + 1);
    canvas.text_within(0, 0, room, &left, style);
    let x = canvas.width().saturating_sub(right.chars().count());
    canvas.text(x, 0, &right, style);
}

fn tabs(view: &View, canvas: &mut Canvas) {
    let mut x = 0;
    for (number, page) in (1..).zip(Page::ALL) {
        let mut name = format!(" {number} {} ", page.name());
        if page == Page::Findings && view.denied + view.warnings > 0 {
            name = format!(" {number} {} ({}) ", page.name(), view.denied + view.warnings);
        }
        let style = if page == view.ui.page { canvas.palette.chosen() } else { canvas.palette.dim() };
        canvas.text(x, 0, &name, style);
        x += name.chars().count();
    }
    let looking = view.ui.look.at.map(|at| format!("back at {}", frame::moment(at)));
    let right = looking.unwrap_or_default();
    if !right.is_empty() && x + right.len() < canvas.width() {
        canvas.text(canvas.width() - right.len(), 0, &right, canvas.palette.tint(Color::Yellow));
    }
}

fn keys(view: &View, canvas: &mut Canvas) {
    let text = if view.ui.typing {
        canvas.fill(0, ' ', canvas.palette.chosen());
        canvas.text(0, 0, "keys go to the firmware, Ctrl-C too; Esc or Ctrl-] ends that", canvas.palette.chosen());
        return;
    } else if view.run == Run::Ended {
        "the run is over: q, Esc or End closes the screen  left/right look back".to_owned()
    } else {
        let volume = view.volume.map(|percent| format!("  +- {percent} %")).unwrap_or_default();
        let page = match view.ui.page {
            Page::Play | Page::Wires => "  arrows time, zoom",
            Page::Board => "  a s d .. buttons",
            Page::Console => "  i type, PgUp",
            Page::Chip | Page::Findings => "  arrows scroll",
        };
        format!("? help  q quit  space pause  . edge  < > speed{page}{volume}  sound {}", view.sound)
    };
    canvas.text(0, 0, &text, canvas.palette.dim());
}
