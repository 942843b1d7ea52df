//! Files that a board file names.
//!
//! A board file may come from anybody: a path in it is relative to it and stays in its directory, through links too.

use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path};

/// The bytes of the file that the board file at `board` calls `name`, at most `most` of them.
///
/// # Errors
/// Why it cannot be had, as a clause.
pub(super) fn read(board: &str, name: &str, most: u64) -> Result<Vec<u8>, String> {
    let inside = || "the path has to be relative to the board file and stay in its directory".to_owned();
    if name.is_empty() || !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(inside());
    }
    let directory = Path::new(board).parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let directory = directory.canonicalize().map_err(|e| format!("the board file's directory: {e}"))?;
    let file = directory.join(name).canonicalize().map_err(|e| e.to_string())?;
    if !file.starts_with(&directory) {
        return Err(inside());
    }
    let meta = file.metadata().map_err(|e| e.to_string())?;
    if !meta.is_file() {
        return Err("it is not a regular file".into());
    }
    let mut bytes = Vec::new();
    let read = File::open(&file).and_then(|f| f.take(most + 1).read_to_end(&mut bytes));
    read.map_err(|e| e.to_string())?;
    if bytes.len() as u64 > most {
        return Err(format!("it is bigger than {} MiB", most >> 20));
    }
    Ok(bytes)
}
