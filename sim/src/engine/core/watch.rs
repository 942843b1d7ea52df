//! Whether the core stays in one piece of code: each block that it starts is held against what is known. Handlers of exceptions do not count.
//!
//! While it is watched, every block takes the slow way through [`State::enter_slowly`]; loops that only poll are skipped as ever.

use super::clock::State;
use super::{Bus, Core};
use std::ops::Range;

/// Pieces that are learned at most: a loop that waits is not longer.
const MOST: usize = 64;

/// What is watched.
#[derive(Debug)]
pub(super) struct Watch {
    code: Vec<Range<u32>>,
    learning: bool,
    left: bool,
}

impl<B: Bus> Core<B> {
    /// From now on it is noticed when the core starts a block that does not begin in `code`. With no code it is learned what it runs, until
    /// [`Core::stop_learning`].
    pub fn watch_blocks(&mut self, code: Vec<Range<u32>>) {
        let learning = code.is_empty();
        self.state.watch = Some(Watch { code, learning, left: false });
        self.state.look_closer();
    }

    /// What was run so far is what is watched from now on.
    pub fn stop_learning(&mut self) {
        if let Some(watch) = &mut self.state.watch {
            watch.learning = false;
        }
    }

    /// Whether the core has left that code.
    pub fn left_watched_blocks(&self) -> bool {
        self.state.watch.as_ref().is_some_and(|watch| watch.left)
    }

    /// Nothing is watched any more.
    pub fn stop_watching(&mut self) {
        self.state.watch = None;
    }
}

impl<B: Bus> State<B> {
    /// Whether every block is to be held against what is known.
    #[inline]
    pub(super) fn is_watching(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| !watch.left)
    }

    /// The block from `start` to `end` is about to run, and not in a handler.
    pub(super) fn watch_block(&mut self, start: u32, end: u32) {
        let Some(watch) = &mut self.watch else { return };
        if watch.code.iter().any(|known| known.contains(&start)) {
            return;
        }
        if watch.learning && watch.code.len() < MOST {
            watch.code.push(start..end);
        } else {
            watch.left = true;
        }
    }
}
