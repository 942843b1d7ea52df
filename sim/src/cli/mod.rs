//! The verbs, one file each.

pub mod boards;
pub mod inspect;
