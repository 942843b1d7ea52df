//! The host's side: sound, files, console, pace.

pub mod panics;
