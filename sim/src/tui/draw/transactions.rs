//! What was said on the bus, up to the cursor and a little beyond.

use super::frame::{Canvas, moment};
use crate::tui::view::View;
use crate::tui::wires::RowKind;
use ratatui::style::{Color, Style};

pub(super) fn draw(view: &View, canvas: &mut Canvas) {
    canvas.rule("transactions ", "");
    let rows = canvas.height().saturating_sub(1);
    let here = here(view);
    // The one at the cursor stands at two thirds, so that what comes next is seen when looking back.
    let end = (here + rows / 3).min(view.rows.len());
    let skip = end.saturating_sub(rows);
    for (y, (index, row)) in (1..).zip(view.rows.iter().enumerate().skip(skip).take(rows)) {
        let colour = match row.kind {
            RowKind::Read => Color::Cyan,
            RowKind::Write => Color::Magenta,
            RowKind::Data => Color::Blue,
            RowKind::Level => Color::Green,
            RowKind::Odd => Color::Red,
        };
        let current = index + 1 == here && view.ui.look.at.is_some();
        let mark = if current { '\u{25b6}' } else { ' ' };
        canvas.put(0, y, mark, canvas.palette.bold());
        let time = moment(row.at);
        canvas.text(1, y, &time, canvas.palette.dim());
        let style = if current {
            canvas.palette.tint(colour).patch(canvas.palette.bold())
        } else {
            canvas.palette.tint(colour)
        };
        canvas.text(time.len() + 3, y, &row.text, style);
    }
    if view.rows.is_empty() {
        canvas.text(1, 1, "nothing yet", Style::new());
    }
}

/// Rows up to the cursor.
pub(super) fn here(view: &View) -> usize {
    view.rows.partition_point(|row| row.at <= view.wires.cursor)
}
