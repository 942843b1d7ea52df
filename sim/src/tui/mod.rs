//! The live view: what a person looks at while the song plays, and leaves open.
//!
//! The simulation's thread owns the machine and what the user looks at ([`Ui`]); a thread of its own owns the terminal. They share
//! a [`View`], plain data that the simulation replaces 30 times a second at most, and a queue of keys. What is drawn is a pure function
//! of the view ([`draw`]), and what a key does to it is one of the key and the [`Ui`] ([`keys`], [`ui`]).

pub mod board;
mod draw;
pub mod history;
pub mod keys;
mod registers;
mod screen;
pub mod scrollback;
mod sixteen;
mod terminal;
mod theme;
pub mod ui;
mod view;
pub mod wires;

pub use draw::{Panel, draw, length, list_rows, wire_columns};
pub use screen::Screen;
pub use terminal::{FRAME, Tui};
pub use theme::Palette;
pub use ui::Ui;
pub use view::{ChipView, Command, ConsoleView, FindingView, Run, SpeedKey, Step, Stream, Throughput, View};
