//! Sound fonts that a board file names for its VS1053s.

use super::beside;
use super::error::{BoardError, Place, Problem};
use crate::codecs::{Font, MAX_FONT_BYTES};

/// The key of a chip that names one.
pub(super) const KEY: &str = "soundfont";

/// A sound font of a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundFont {
    /// The board file.
    board: String,
    /// Its path as the board file says, from the board file's folder.
    pub path: String,
    /// Where the board file says so.
    pub place: Place,
    /// What is in it, once it has been read.
    pub font: Option<Font>,
}

impl SoundFont {
    /// The font that the board file at `board` calls `name`, not read yet.
    pub(super) fn named(board: &str, name: &str, place: Place) -> Self {
        Self { board: board.to_owned(), path: name.to_owned(), place, font: None }
    }

    /// Reads it.
    pub(super) fn read(&mut self) -> Result<(), BoardError> {
        let font = beside::read(&self.board, &self.path, MAX_FONT_BYTES).and_then(|bytes| Font::parse(&bytes));
        let font = font
            .map_err(|why| BoardError::new(self.place.clone(), Problem::SoundFont { path: self.path.clone(), why }))?;
        self.font = Some(font);
        Ok(())
    }
}
