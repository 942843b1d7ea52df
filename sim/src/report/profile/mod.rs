//! A profile as files: folded stacks for other tools, and a page with a picture.

mod page;

pub use page::{About, page};
