//! The live view: what a person looks at while the song plays.
//!
//! The simulation's thread owns the machine, this one owns the terminal. They share a [`View`], plain data that the simulation
//! replaces 20 to 30 times a second, and a queue of [`Command`]s. What is drawn is a pure function of the view ([`draw`]); only
//! `terminal.rs` knows that there is a terminal.

mod draw;
mod terminal;
mod view;

pub use draw::{Palette, draw};
pub use terminal::Tui;
pub use view::{Command, Run, Stream, Throughput, View};
