//! Runs real nRF52840 firmware on an emulated board and tells whether the song will play.

pub mod boards;
pub mod capture;
pub mod cli;
pub mod codecs;
pub mod drive;
pub mod engine;
pub mod gdb;
pub mod host;
pub mod image;
pub mod probes;
pub mod reference;
pub mod report;
pub mod trace;
pub mod tui;
