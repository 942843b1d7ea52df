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
use frame::Canvas;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

/// Draws `view` over the whole of `area`.
pub fn draw(view: &View, palette: Palette, area: Rect, buf: &mut Buffer) {
    draw_after(None, view, palette, area, buf);
}

/// The same on a screen that shows another view in a certain area: what has not changed is marked to be skipped instead of drawn.
pub fn draw_after(before: Option<(&View, Rect)>, view: &View, palette: Palette, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let before = before.filter(|(before, drawn)| changes::comparable(before, view, *drawn, area));
    let before = before.map(|(before, _)| before);
    let plan = layout::plan(view.ui.page, area);
    for &(panel, place) in &plan.panels {
        let canvas = &mut Canvas::new(buf, place, palette);
        if before.is_some_and(|before| changes::same(panel, before, view)) {
            canvas.keep(0, canvas.height());
            continue;
        }
        match panel {
            Panel::Play => play::draw(view, canvas),
            Panel::Rates => rates::draw(view, canvas),
            Panel::Wires => wires::draw(before, view, canvas),
            Panel::Transactions => transactions::draw(view, canvas),
            Panel::Chip => chip::draw(before, view, canvas),
            Panel::Board => board::draw(before, view, canvas),
            Panel::Console => console::draw(view, canvas),
            Panel::Findings => findings::draw(view, canvas),
        }
    }
    for &x in &plan.rules {
        for y in x.y..x.bottom() {
            buf.set_string(x.x, y, "\u{2502}", palette.dim());
        }
    }
    title(view, &mut Canvas::new(buf, plan.title, palette));
    if let Some(tabs) = plan.tabs {
        self::tabs(view, &mut Canvas::new(buf, tabs, palette));
    }
    if let Some(keys) = plan.keys {
        self::keys(view, &mut Canvas::new(buf, keys, palette));
    }
    if view.ui.help {
        help::draw(&mut Canvas::new(buf, area, palette));
    }
    palette.finish(area, buf);
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
