//! The firmware's text.

use super::frame::Canvas;
use crate::tui::view::View;
use ratatui::style::Style;

pub(super) fn draw(view: &View, canvas: &mut Canvas) {
    let console = &view.console;
    let right = match (console.below, view.ui.look.at, view.ui.typing) {
        (_, _, true) => "typing".to_owned(),
        (0, None, _) if console.reads => "i to type".to_owned(),
        (0, None, _) => String::new(),
        (0, Some(_), _) => "as it was".to_owned(),
        (below, ..) => format!("{below} more below"),
    };
    canvas.rule("console ", &right);
    let rows = canvas.height().saturating_sub(1);
    let skip = console.lines.len().saturating_sub(rows);
    for (y, line) in (1..).zip(console.lines.iter().skip(skip)) {
        canvas.text(0, y, line, Style::new());
    }
    if let (true, Some(caret)) = (view.ui.typing, console.caret) {
        let row = console.lines.len().min(rows);
        canvas.restyle(caret.min(canvas.width().saturating_sub(1)), row.max(1), canvas.palette.chosen());
    }
}
