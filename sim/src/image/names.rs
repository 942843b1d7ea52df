//! Names out of untrusted files, made fit for people: demangled, of bounded length, without control characters.

use std::fmt::{self, Write};

/// Longest name that is read or shown, in bytes. Rust and C++ names of deep generics reach some hundreds.
const LONGEST: usize = 1024;

/// The zero-terminated string at `offset` of a string table, at most [`LONGEST`] bytes of it.
pub(super) fn raw_at(strings: &[u8], offset: u32) -> &[u8] {
    let rest = strings.get(offset as usize..).unwrap_or_default();
    let rest = &rest[..rest.len().min(LONGEST)];
    rest.split(|&b| b == 0).next().unwrap_or_default()
}

/// `raw` as people know it: Rust and C++ names demangled, without Rust's hash.
pub(super) fn demangled(raw: &str) -> String {
    let raw = cut(raw);
    let mut text = Bounded::default();
    if let Ok(rust) = rustc_demangle::try_demangle(raw) {
        let whole = write!(text, "{rust:#}").is_ok();
        return if whole { text.0 } else { clean(raw) };
    }
    if raw.starts_with("_Z")
        && let Ok(cpp) = cpp_demangle::Symbol::new(raw)
        && cpp.structured_demangle(&mut text, &cpp_demangle::DemangleOptions::new()).is_ok()
    {
        return text.0;
    }
    clean(raw)
}

/// Generic arguments of more letters than this are left out by [`short`].
const MOST_GENERIC: usize = 24;

/// `name` as people can take it in: long lists of generic arguments become `<..>`, but not a type that a method is of.
pub fn short(name: &str) -> String {
    let mut out = String::with_capacity(name.len().min(128));
    let mut rest = name;
    while let Some(open) = rest.find('<') {
        let behind_name = rest[..open].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let Some(length) = closing(&rest[open..]) else { break };
        if behind_name && length > MOST_GENERIC {
            out.push_str(&rest[..open]);
            out.push_str("<..>");
            rest = &rest[open + length..];
        } else {
            out.push_str(&rest[..=open]);
            rest = &rest[open + 1..];
        }
    }
    out.push_str(rest);
    out
}

/// Bytes up to and with the `>` that closes the `<` at the start; the one of `->` closes nothing.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut before) = (0u32, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if before != '-' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
        before = c;
    }
    None
}

/// `text` without control characters, of bounded length.
pub(super) fn clean(text: &str) -> String {
    cut(text).chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Text that refuses to grow beyond [`LONGEST`]: back-references make demangled names exponential.
#[derive(Default)]
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        if self.0.len() + s.len() > LONGEST {
            return Err(fmt::Error);
        }
        self.0.extend(s.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// rust-lang/rfcs 2603 and the Itanium C++ ABI give the mangling.
    #[test]
    fn names_are_shown_as_in_the_source() {
        assert_eq!(demangled("_ZN6player4main17h05af221e174051e9E"), "player::main");
        assert_eq!(demangled("_ZN3Spi4sendEh"), "Spi::send(unsigned char)");
        assert_eq!(demangled("vs1053_feed"), "vs1053_feed");
    }

    #[test]
    fn long_generic_arguments_are_left_out() {
        assert_eq!(short("send<player::gpio::Line<0, 22>, player::gpio::Line<1, 0>>"), "send<..>");
        assert_eq!(short("is_high<0, 2>"), "is_high<0, 2>");
        assert_eq!(
            short("<too_slow::Busy as player::SendByte>::send_byte"),
            "<too_slow::Busy as player::SendByte>::send_byte"
        );
        assert_eq!(short("f<fn(a::long::path::of::a::Type) -> b>::g<T>"), "f<..>::g<T>");
        assert_eq!(short("operator<"), "operator<");
    }

    #[test]
    fn names_cannot_drive_a_terminal_or_fill_memory() {
        assert_eq!(demangled("a\x1b[2Jb"), "a\u{fffd}[2Jb");
        assert!(demangled(&"x".repeat(1 << 20)).len() <= LONGEST);
        let doubling = format!("_Z1fI{}E", "St4pairIS_S_E".repeat(60));
        assert!(demangled(&doubling).len() <= LONGEST * 3);
    }
}
