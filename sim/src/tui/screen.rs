//! What is on the terminal, and how the next picture gets there.
//!
//! 1. ratatui's own terminal goes over all cells of two pictures each time, three times. Most of a picture is as it was: here only
//!    places that were drawn again are compared.
//! 2. A character two columns wide hides the cell behind it. Where it goes, that cell is written as well, whatever it looks like.

use super::draw::draw_after;
use super::theme::Palette;
use super::view::View;
use ratatui::backend::Backend;
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Rect;
use std::sync::Arc;

/// A terminal, and what it shows.
#[derive(Debug)]
pub struct Screen<B> {
    backend: B,
    palette: Palette,
    /// The view that was drawn last; `None` when nobody knows what the terminal shows.
    view: Option<Arc<View>>,
    /// Its picture.
    next: Buffer,
    /// Cells that the terminal shows.
    seen: Buffer,
    drawn: Vec<Rect>,
    changed: Vec<usize>,
}

impl<B: Backend> Screen<B> {
    /// A terminal that shows anything.
    pub fn new(backend: B, palette: Palette) -> Self {
        let empty = || Buffer::empty(Rect::ZERO);
        Self { backend, palette, view: None, next: empty(), seen: empty(), drawn: Vec::new(), changed: Vec::new() }
    }

    /// The terminal.
    pub fn backend(&self) -> &B {
        &self.backend
    }

    /// The terminal, to change.
    pub fn backend_mut(&mut self) -> &mut B {
        &mut self.backend
    }

    /// Places that were drawn for the last picture.
    pub fn drawn(&self) -> &[Rect] {
        &self.drawn
    }

    /// Whether `view` is what is shown.
    pub fn shows(&self, view: &Arc<View>) -> bool {
        self.view.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, view))
    }

    /// The terminal may show anything: the next picture is drawn on an empty one.
    pub fn forget(&mut self) {
        self.view = None;
    }

    /// Draws `view`.
    ///
    /// # Errors
    /// The terminal takes no more.
    pub fn show(&mut self, view: Arc<View>) -> Result<(), B::Error> {
        let size = self.backend.size()?;
        let area = Rect::new(0, 0, size.width, size.height);
        if self.view.is_none() || self.next.area != area {
            self.view = None;
            self.next.resize(area);
            self.seen.resize(area);
            self.seen.reset();
            self.backend.clear()?;
        }
        self.drawn.clear();
        let before = self.view.as_deref().map(|before| (before, area));
        draw_after(before, &view, self.palette, area, &mut self.next, &mut self.drawn);
        self.compare();
        // Until it has been written nobody knows.
        self.view = None;
        let width = usize::from(area.width.max(1));
        let place = |index: usize| ((index % width) as u16, (index / width) as u16);
        let changed = self.changed.iter().map(|&index| {
            let (x, y) = place(index);
            (x, y, &self.next.content[index])
        });
        self.backend.draw(changed)?;
        self.backend.flush()?;
        for &index in &self.changed {
            let both = index..(index + columns(&self.next.content[index])).min(self.next.content.len());
            self.seen.content[both.clone()].clone_from_slice(&self.next.content[both]);
        }
        self.view = Some(view);
        Ok(())
    }

    /// Finds cells that have to be written.
    fn compare(&mut self) {
        self.changed.clear();
        for row in self.drawn.iter().flat_map(|place| place.rows()) {
            let first = self.next.index_of(row.x, row.y);
            let end = first + usize::from(row.width);
            let (mut at, mut hidden) = (first, first);
            while at < end {
                let (old, new) = (&self.seen.content, &self.next.content[at]);
                let after = at + columns(new);
                if at < hidden || old[at] != *new {
                    self.changed.push(at);
                    hidden = (at..after.min(end)).fold(hidden, |hidden, at| hidden.max(at + columns(&old[at])));
                }
                at = after;
            }
        }
    }
}

/// Columns that a terminal needs for `cell`, at least one.
#[inline]
fn columns(cell: &Cell) -> usize {
    match cell.symbol().as_bytes() {
        // ASCII, and lines and blocks (U+2500 to U+25FF), which nearly all of a picture is.
        [_] | [0xE2, 0x94..=0x97, _] => 1,
        _ => usize::from(cell.cell_width().max(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::backend::TestBackend;
    use ratatui::style::Style;

    const PALETTE: Palette = Palette { colour: true, ascii: false };

    /// Columns that are written when a line of eight goes from `old` to `new`.
    fn written(old: &str, new: &str) -> Vec<usize> {
        let mut screen = Screen::new(TestBackend::new(8, 1), PALETTE);
        let area = Rect::new(0, 0, 8, 1);
        (screen.seen, screen.next) = (Buffer::empty(area), Buffer::empty(area));
        screen.seen.set_string(0, 0, old, Style::new());
        screen.next.set_string(0, 0, new, Style::new());
        screen.drawn = vec![area];
        screen.compare();
        screen.changed
    }

    #[test]
    fn what_looks_the_same_is_not_written() {
        assert_eq!(written("abcdefgh", "abXdefgh"), [2]);
        assert_eq!(written("\u{2500}\u{2502}\u{25cf}", "\u{2500}\u{2500}\u{25cf}"), [1]);
        assert_eq!(written("same", "same"), [] as [usize; 0]);
    }

    #[test]
    fn what_a_wide_character_hid_is_written_when_it_goes() {
        assert_eq!(written("a\u{4e2d} b", "ax  b"), [1, 2]);
        assert_eq!(written("a\u{4e2d}b", "a\u{4e2d}c"), [3], "one that stays hides it still");
        assert_eq!(written("axyb", "a\u{4e2d}b"), [1], "one that comes hides it");
        assert_eq!(written("\u{4e2d}\u{4e2d}", " \u{4e2d} "), [0, 1, 3], "two that overlap");
    }

    #[test]
    fn pictures_follow_the_terminal() {
        let mut screen = Screen::new(TestBackend::new(80, 24), PALETTE);
        let view = Arc::new(View::default());
        screen.show(Arc::clone(&view)).unwrap();
        assert_eq!(screen.drawn(), [Rect::new(0, 0, 80, 24)]);
        assert!(screen.shows(&view));
        let full = screen.backend().buffer().clone();
        screen.show(Arc::clone(&view)).unwrap();
        assert!(screen.drawn().iter().all(|place| place.height == 1));
        assert_eq!(*screen.backend().buffer(), full);
        // Somebody else has written on it.
        screen.backend_mut().clear().unwrap();
        screen.forget();
        assert!(!screen.shows(&view));
        screen.show(Arc::clone(&view)).unwrap();
        assert_eq!(*screen.backend().buffer(), full);
        for (width, height) in [(40, 30), (0, 0), (80, 24)] {
            screen.backend_mut().resize(width, height);
            screen.show(Arc::clone(&view)).unwrap();
            assert_eq!(screen.drawn().first().map_or(0, |place| place.area()), u32::from(width) * u32::from(height));
        }
        assert_eq!(*screen.backend().buffer(), full);
    }
}
