//! All keys, over everything else.

use super::frame::Canvas;
use crate::tui::keys::HELP;
use ratatui::style::{Color, Style};

/// Columns of a key's name.
const KEYS: usize = 19;

pub(super) fn draw(canvas: &mut Canvas) {
    let widest = HELP.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0);
    let (width, height) = ((KEYS + widest + 4).min(canvas.width()), (HELP.len() + 2).min(canvas.height()));
    let (x, y) = ((canvas.width() - width) / 2, (canvas.height() - height) / 2);
    let style = Style::new();
    for row in y..y + height {
        for column in x..x + width {
            canvas.put(column, row, ' ', Style::reset());
        }
    }
    // A small screen has no room for a frame.
    let frame = usize::from(height >= HELP.len() + 2);
    if frame == 1 {
        for column in x..x + width {
            canvas.put(column, y, '\u{2500}', style);
            canvas.put(column, y + height - 1, '\u{2500}', style);
        }
        canvas.text(x + 1, y, " keys; any of ? and Esc closes this ", canvas.palette.bold());
    }
    for (row, (keys, text)) in HELP.iter().enumerate().take(height.saturating_sub(2 * frame)) {
        canvas.text_within(x + 2, y + row + frame, KEYS, keys, canvas.palette.tint(Color::Cyan));
        canvas.text_within(x + 2 + KEYS, y + row + frame, width.saturating_sub(KEYS + 2), text, style);
    }
}
