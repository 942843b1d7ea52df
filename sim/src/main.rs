//! The `badgebench` program.

fn main() {}
