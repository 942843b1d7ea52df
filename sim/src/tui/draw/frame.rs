//! A place on the screen to write on, and numbers as people read them.

use crate::tui::theme::Palette;
use peripherals::kernel::{Instant, Span};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// What a row of a place is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// From an earlier picture; it is made empty before anything is written on it.
    Old,
    /// Of this picture.
    New,
    /// From an earlier picture, and right in this one.
    Kept,
}

/// A place: what lies outside of it is cut.
pub(super) struct Canvas<'a> {
    buf: &'a mut Buffer,
    area: Rect,
    rows: &'a mut [Row],
    pub(super) palette: Palette,
}

impl<'a> Canvas<'a> {
    /// A place with `rows`, all of which are `state` to begin with.
    pub(super) fn new(buf: &'a mut Buffer, area: Rect, palette: Palette, rows: &'a mut Vec<Row>, state: Row) -> Self {
        let area = area.intersection(buf.area);
        rows.clear();
        rows.resize(usize::from(area.height), state);
        Self { buf, area, rows, palette }
    }

    /// Makes rows empty that nothing was written on, and adds those that are not kept to `drawn`.
    pub(super) fn finish(mut self, drawn: &mut Vec<Rect>) {
        for y in 0..self.height() {
            if self.begins(y) {
                drawn.push(Rect { y: self.area.y + y as u16, height: 1, ..self.area });
            }
        }
    }

    /// Whether row `y`, which is one of them, can be written on; it is made empty before the first time.
    #[inline]
    fn begins(&mut self, y: usize) -> bool {
        if self.rows[y] == Row::Old {
            self.rows[y] = Row::New;
            let first = self.buf.index_of(self.area.x, self.area.y + y as u16);
            self.buf.content[first..first + usize::from(self.area.width)].iter_mut().for_each(Cell::reset);
        }
        self.rows[y] == Row::New
    }

    pub(super) fn width(&self) -> usize {
        usize::from(self.area.width)
    }

    pub(super) fn height(&self) -> usize {
        usize::from(self.area.height)
    }

    /// What is left below its first `y` rows.
    pub(super) fn rows_from(&mut self, y: usize) -> Canvas<'_> {
        let y = y.min(self.height());
        let (rows, height) = (&mut self.rows[y..], self.area.height - y as u16);
        let area = Rect { y: self.area.y + y as u16, height, ..self.area };
        Canvas { buf: &mut *self.buf, area, rows, palette: self.palette }
    }

    /// Writes `text` from column `x` of row `y` on.
    pub(super) fn text(&mut self, x: usize, y: usize, text: &str, style: Style) {
        self.text_within(x, y, usize::MAX, text, style);
    }

    /// The same, in at most `room` columns.
    pub(super) fn text_within(&mut self, x: usize, y: usize, room: usize, text: &str, style: Style) {
        let room = room.min(self.width().saturating_sub(x));
        if y >= self.height() || room == 0 || !self.begins(y) {
            return;
        }
        let (x, y) = (self.area.x + x as u16, self.area.y + y as u16);
        // Nearly all text, and to find that each byte is a column takes ratatui most of its time.
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            let first = self.buf.index_of(x, y);
            let cells = self.buf.content[first..].iter_mut().zip(0..text.len().min(room));
            cells.for_each(|(cell, at)| {
                cell.set_symbol(&text[at..=at]).set_style(style);
            });
        } else {
            self.buf.set_stringn(x, y, text, room, style);
        }
    }

    /// Writes parts one behind the other, and gives the column behind them.
    pub(super) fn parts(&mut self, mut x: usize, y: usize, parts: &[(&str, Style)]) -> usize {
        for (text, style) in parts {
            self.text(x, y, text, *style);
            x += text.chars().count();
        }
        x
    }

    /// Rows `from` to before `to` are as in the picture before: what is written on them from here on is dropped.
    pub(super) fn keep(&mut self, from: usize, to: usize) {
        let to = to.min(self.height());
        self.rows[from.min(to)..to].fill(Row::Kept);
    }

    /// One character.
    pub(super) fn put(&mut self, x: usize, y: usize, c: char, style: Style) {
        if x < self.width() && y < self.height() && self.begins(y) {
            let cell = &mut self.buf[(self.area.x + x as u16, self.area.y + y as u16)];
            // Half of what wires are drawn with.
            if c != ' ' || cell.symbol() != " " {
                cell.set_char(c);
            }
            cell.set_style(style);
        }
    }

    /// Adds `style` to what is there already.
    pub(super) fn restyle(&mut self, x: usize, y: usize, style: Style) {
        if x < self.width() && y < self.height() && self.begins(y) {
            self.buf[(self.area.x + x as u16, self.area.y + y as u16)].set_style(style);
        }
    }

    /// A whole row of `c`.
    pub(super) fn fill(&mut self, y: usize, c: char, style: Style) {
        for x in 0..self.width() {
            self.put(x, y, c, style);
        }
    }

    /// The first row as a rule with a name, and something at its right end.
    pub(super) fn rule(&mut self, name: &str, right: &str) {
        let dim = self.palette.dim();
        self.fill(0, '\u{2500}', dim);
        let room = self.width();
        self.text_within(0, 0, room, name, self.palette.bold());
        self.put(name.chars().count(), 0, ' ', dim);
        let length = right.chars().count();
        if length > 0 && name.chars().count() + length + 3 <= room {
            self.text(room - length - 1, 0, &format!(" {right}"), dim);
        }
    }

    /// A bar of `width` columns, `share` of it full.
    pub(super) fn bar(&mut self, x: usize, y: usize, width: usize, share: f64, style: Style) {
        let full = ((share.clamp(0.0, 1.0) * width as f64).round() as usize).min(width);
        for column in 0..width {
            self.put(x + column, y, if column < full { '\u{2588}' } else { '\u{2591}' }, style);
        }
    }
}

/// `1.5 us`, with as many digits as matter.
pub fn length(span: Span) -> String {
    let ps = span.as_ps();
    let (unit, name) = match ps {
        0..1_000 => return format!("{ps} ps"),
        1_000..1_000_000 => (1_000u64, "ns"),
        1_000_000..1_000_000_000 => (1_000_000, "us"),
        1_000_000_000..1_000_000_000_000 => (1_000_000_000, "ms"),
        _ => (1_000_000_000_000, "s"),
    };
    let text = format!("{:.3}", ps as f64 / unit as f64);
    format!("{} {name}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A moment to the nanosecond: `1.234 567 890 s`.
pub(super) fn moment(at: Instant) -> String {
    let ns = at.as_ps() / 1_000;
    let part = |by: u64| ns / by % 1_000;
    format!("{}.{:03} {:03} {:03} s", ns / 1_000_000_000, part(1_000_000), part(1_000), part(1))
}

/// A frequency whose period is `span`.
pub(super) fn frequency(hz: f64) -> String {
    match hz {
        hz if hz >= 1e6 => format!("{:.2} MHz", hz / 1e6),
        hz if hz >= 1e3 => format!("{:.1} kHz", hz / 1e3),
        hz => format!("{hz:.1} Hz"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_at_a_glance() {
        assert_eq!(length(Span::from_ps(0)), "0 ps");
        assert_eq!(length(Span::from_ps(15_625)), "15.625 ns");
        assert_eq!(length(Span::from_us(4)), "4 us");
        assert_eq!(length(Span::from_ms(12_500)), "12.5 s");
        assert_eq!(moment(Instant::from_ps(12_403_118_007_999)), "12.403 118 007 s");
        assert_eq!(frequency(2_133_333.0), "2.13 MHz");
    }
}
