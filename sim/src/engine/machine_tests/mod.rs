//! The whole machine with real firmware: as a value that can be copied and gone back to, asleep, and over hours.
//!
//! Each takes a small share. With `BADGEBENCH_LONG` set, as in `.ci/long`, they take all.

mod bench;
mod debug;
mod flash;
mod frames;
mod pins;
mod registers;
mod sleep;
mod snapshots;
mod soak;
