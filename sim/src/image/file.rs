//! From what was typed to bytes: the file, bounded, and what kind it is.

use super::{Format, ImageError};
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Files above this are refused unread. The nRF52840 has 1 MB of flash; the rest of an ELF is debug information.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// Where the images are that come with the program.
const FIXTURES: &str = "fixtures";

/// Splits `FILE@ADDRESS`. A file whose own name has an `@` in it is taken as it is.
pub(super) fn split_spec(spec: &str) -> Result<(&str, Option<u32>), ImageError> {
    let Some((path, address)) = spec.rsplit_once('@') else { return Ok((spec, None)) };
    if Path::new(spec).exists() {
        return Ok((spec, None));
    }
    match parse_address(address) {
        Some(address) => Ok((path, Some(address))),
        None => Err(ImageError::Address { path: path.to_owned(), address: address.to_owned() }),
    }
}

/// A number as people write addresses: `0x27000`, `0xF_0000` or decimal.
pub fn parse_address(text: &str) -> Option<u32> {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    }
}

/// Reads a regular file of at most [`MAX_FILE_BYTES`].
pub(super) fn read(path: &str) -> Result<Vec<u8>, ImageError> {
    let unreadable = |source| ImageError::Unreadable { path: path.to_owned(), source };
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(ImageError::NotFound { path: path.to_owned(), near: near(path) });
        }
        Err(e) => return Err(unreadable(e)),
    };
    if meta.is_dir() {
        return Err(ImageError::Directory { path: path.to_owned(), inside: images_in(Path::new(path)) });
    }
    if !meta.is_file() {
        return Err(ImageError::NotRegular { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    if meta.len() <= MAX_FILE_BYTES {
        // The limit once more, as the file may be growing.
        File::open(path).and_then(|f| f.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    }
    if meta.len().max(bytes.len() as u64) > MAX_FILE_BYTES {
        return Err(ImageError::TooBig { path: path.to_owned(), bytes: meta.len().max(bytes.len() as u64) });
    }
    Ok(bytes)
}

/// Tells the format by content; the name decides only about raw bytes, which have no mark.
pub(super) fn recognise(path: &str, bytes: &[u8], has_address: bool) -> Result<Format, ImageError> {
    let owned = || path.to_owned();
    let marked = match bytes {
        [] => return Err(ImageError::Empty { path: owned() }),
        [0x7f, b'E', b'L', b'F', ..] => Some(Format::Elf),
        [b'U', b'F', b'2', b'\n', ..] => Some(Format::Uf2),
        [b'P', b'K', 3, 4, ..] => return Err(ImageError::Zip { path: owned() }),
        _ if looks_like_hex(bytes) => Some(Format::Hex),
        _ => None,
    };
    match (marked, has_address) {
        (Some(format), true) => Err(ImageError::AddressNotNeeded { path: owned(), format }),
        (Some(format), false) => Ok(format),
        (None, true) => Ok(Format::Bin),
        (None, false) if extension_is(path, "bin") => Err(ImageError::BinNeedsAddress { path: owned() }),
        (None, false) if is_text(bytes) => Err(ImageError::Text { path: owned() }),
        (None, false) => Err(ImageError::Unknown { path: owned() }),
    }
}

/// A record mark and a length in hexadecimal, after blanks.
fn looks_like_hex(bytes: &[u8]) -> bool {
    let record = bytes.trim_ascii_start();
    record.first() == Some(&b':') && record.len() > 2 && record[1..3].iter().all(u8::is_ascii_hexdigit)
}

fn is_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(4096)];
    let valid = match std::str::from_utf8(start) {
        Ok(text) => text,
        // The cut may lie inside a character.
        Err(e) if e.error_len().is_none() => std::str::from_utf8(&start[..e.valid_up_to()]).unwrap_or_default(),
        Err(_) => return false,
    };
    !valid.is_empty() && valid.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\x0c'))
}

fn extension_is(path: &str, wanted: &str) -> bool {
    Path::new(path).extension().is_some_and(|e| e.eq_ignore_ascii_case(wanted))
}

/// Files that may have been meant: those of like names in the same directory, then in the fixtures.
fn near(path: &str) -> Vec<String> {
    let wanted = Path::new(path);
    let Some(name) = wanted.file_name().map(|n| n.to_string_lossy().into_owned()) else { return Vec::new() };
    let parent = wanted.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found: Vec<(f64, String)> = Vec::new();
    for dir in [parent, Path::new(FIXTURES)] {
        for candidate in images_in(dir) {
            let its_name = Path::new(&candidate).file_name().unwrap_or_default().to_string_lossy().into_owned();
            let likeness = strsim::jaro_winkler(&name, &its_name);
            if likeness > 0.8 && !found.iter().any(|(_, known)| *known == candidate) {
                found.push((likeness, candidate));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    found.into_iter().take(3).map(|(_, path)| path).collect()
}

/// Firmware images in `dir`, by their names, in order; looks at a bounded number of entries.
fn images_in(dir: &Path) -> Vec<String> {
    const MOST_ENTRIES: usize = 2000;
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .take(MOST_ENTRIES)
        .flatten()
        .map(|entry| entry.path())
        .filter(|p| p.extension().is_some_and(|e| e == "elf" || e == "hex" || e == "uf2"))
        .map(|p| p.strip_prefix(".").unwrap_or(&p).to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
