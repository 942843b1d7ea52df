//! Throughput against need over the last seconds.

use super::frame::Canvas;
use crate::tui::history::{EACH, Sample};
use crate::tui::view::View;
use ratatui::style::Color;

/// Eighths of a cell, from the bottom up.
const EIGHTHS: [char; 9] =
    [' ', '\u{2581}', '\u{2582}', '\u{2583}', '\u{2584}', '\u{2585}', '\u{2586}', '\u{2587}', '\u{2588}'];
/// Columns of the scale at the left.
const SCALE: usize = 8;

pub(super) fn draw(view: &View, canvas: &mut Canvas) {
    let columns = canvas.width().saturating_sub(SCALE);
    let span = columns as f64 * EACH.as_secs_f64();
    canvas.rule("sent against needed ", &format!("bytes/s, last {span:.0} s"));
    let rows = canvas.height().saturating_sub(1);
    if rows == 0 || columns == 0 {
        return;
    }
    let shown: Vec<&Sample> = view.history.iter().rev().take(columns).collect();
    let needed = shown.iter().map(|sample| sample.needed).max().unwrap_or(0);
    // Bursts are many times the need: the scale is that of what is needed, and what is more is cut.
    let top = (needed.saturating_mul(2))
        .max(if needed == 0 { shown.iter().map(|s| s.sent).max().unwrap_or(0) } else { 0 })
        .max(1);
    canvas.text(0, 1, &format!("{:>6}", figure(top)), canvas.palette.dim());
    if rows > 1 {
        canvas.text(0, rows, "     0", canvas.palette.dim());
    }
    let level = |value: u32| (u64::from(value.min(top)) * 8 * rows as u64 / u64::from(top)) as usize;
    for (index, sample) in shown.iter().enumerate() {
        let x = canvas.width() - 1 - index;
        let (sent, need) = (level(sample.sent), level(sample.needed));
        let colour = match () {
            () if sample.gaps > 0 => Color::Red,
            () if sample.needed > 0 && sample.sent < sample.needed => Color::Yellow,
            () => Color::Green,
        };
        for row in 0..rows {
            let y = rows - row;
            let eighths = sent.saturating_sub(8 * row).min(8);
            canvas.put(x, y, EIGHTHS[eighths], canvas.palette.tint(colour));
            if need > 0 && (need - 1) / 8 == row && eighths == 0 {
                canvas.put(x, y, '\u{254c}', canvas.palette.tint(Color::Cyan));
            }
        }
        if sample.gaps > 0 {
            canvas.put(x, rows, '!', canvas.palette.tint(Color::Red).patch(canvas.palette.bold()));
        }
    }
}

fn figure(value: u32) -> String {
    if value >= 10_000 { format!("{} k", value / 1_000) } else { value.to_string() }
}
