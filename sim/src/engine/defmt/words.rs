//! A format and its arguments as text (book of defmt, "Display hints").

use super::args::{Arg, Broken, Nested, Reader, fragments};
use crate::image::DefmtTable;
use defmt_parser::{DisplayHint, Fragment, TimePrecision, Type};
use std::fmt::Write as _;

/// The most a number is padded to.
const WIDEST: usize = 256;

/// Reads what `format` asks for and puts it into words, at most `most` bytes of them.
pub(super) fn format(table: &DefmtTable, format: &str, reader: &mut Reader, most: usize) -> Result<String, Broken> {
    let args = reader.args(table, format)?;
    let mut text = String::new();
    put(&mut text, format, &args, None, most)?;
    Ok(text)
}

fn put(text: &mut String, format: &str, args: &[Arg], above: Option<&DisplayHint>, most: usize) -> Result<(), Broken> {
    for fragment in fragments(format)? {
        if text.len() > most {
            cut(text, most);
            return Ok(());
        }
        match fragment {
            Fragment::Literal(literal) => text.push_str(&literal),
            Fragment::Parameter(parameter) => {
                let arg = args.get(parameter.index).ok_or(Broken::Nonsense)?;
                // An outer hint holds for whatever has none of its own.
                let hint = parameter.hint.as_ref().or(above);
                match (&parameter.ty, arg) {
                    (Type::BitField(range), Arg::Unsigned(value)) => {
                        let width = u32::from(range.end.saturating_sub(range.start));
                        let bits = value >> range.start & u128::MAX.checked_shr(128 - width).unwrap_or(0);
                        number(text, bits, hint);
                    }
                    _ => put_arg(text, arg, hint, most)?,
                }
            }
        }
    }
    cut(text, most);
    Ok(())
}

fn cut(text: &mut String, most: usize) {
    if text.len() > most {
        let end = (0..=most).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(end);
        text.push_str("...");
    }
}

fn put_arg(text: &mut String, arg: &Arg, hint: Option<&DisplayHint>, most: usize) -> Result<(), Broken> {
    match arg {
        Arg::Unsigned(value) => number(text, *value, hint),
        Arg::Signed(value, bits) => match hint {
            Some(DisplayHint::Hexadecimal { .. } | DisplayHint::Octal { .. } | DisplayHint::Binary { .. }) => {
                number(text, *value as u128 & (u128::MAX >> (128 - bits)), hint);
            }
            _ => {
                let width = width(hint);
                let _ = write!(text, "{value:0width$}");
            }
        },
        Arg::Float(value) => {
            let _ = write!(text, "{value}");
        }
        Arg::Bool(value) => {
            let _ = write!(text, "{value}");
        }
        Arg::Char(value) => text.push(*value),
        Arg::Text(value) => match hint {
            Some(DisplayHint::Debug) => {
                let _ = write!(text, "{value:?}");
            }
            _ => text.push_str(value),
        },
        Arg::Bytes(bytes) => put_bytes(text, bytes, hint),
        Arg::Nested(nested) => put(text, &nested.format, &nested.args, hint, most)?,
        Arg::List(list) => {
            text.push('[');
            nested(text, list, ", ", hint, most)?;
            text.push(']');
        }
        Arg::Sequence(parts) => nested(text, parts, "", hint, most)?,
    }
    Ok(())
}

fn nested(
    text: &mut String,
    list: &[Nested],
    between: &str,
    hint: Option<&DisplayHint>,
    most: usize,
) -> Result<(), Broken> {
    for (index, nested) in list.iter().enumerate() {
        if index > 0 {
            text.push_str(between);
        }
        if text.len() > most {
            break;
        }
        put(text, &nested.format, &nested.args, hint, most)?;
    }
    Ok(())
}

fn put_bytes(text: &mut String, bytes: &[u8], hint: Option<&DisplayHint>) {
    if matches!(hint, Some(DisplayHint::Ascii)) {
        text.push_str("b\"");
        text.extend(bytes.iter().flat_map(|byte| byte.escape_ascii()).map(char::from));
        text.push('"');
        return;
    }
    text.push('[');
    for (index, &byte) in bytes.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        number(text, byte.into(), hint);
    }
    text.push(']');
}

fn width(hint: Option<&DisplayHint>) -> usize {
    let width = match hint {
        Some(
            DisplayHint::NoHint { zero_pad }
            | DisplayHint::Hexadecimal { zero_pad, .. }
            | DisplayHint::Octal { zero_pad, .. }
            | DisplayHint::Binary { zero_pad, .. },
        ) => *zero_pad,
        _ => 0,
    };
    width.min(WIDEST)
}

fn number(text: &mut String, value: u128, hint: Option<&DisplayHint>) {
    let width = width(hint);
    // Writing to a String cannot fail.
    let _ = match hint {
        Some(DisplayHint::Hexadecimal { alternate, uppercase, .. }) => match (alternate, uppercase) {
            (true, true) => write!(text, "{value:#0width$X}"),
            (true, false) => write!(text, "{value:#0width$x}"),
            (false, true) => write!(text, "{value:0width$X}"),
            (false, false) => write!(text, "{value:0width$x}"),
        },
        Some(DisplayHint::Octal { alternate: true, .. }) => write!(text, "{value:#0width$o}"),
        Some(DisplayHint::Octal { .. }) => write!(text, "{value:0width$o}"),
        Some(DisplayHint::Binary { alternate: true, .. }) => write!(text, "{value:#0width$b}"),
        Some(DisplayHint::Binary { .. }) => write!(text, "{value:0width$b}"),
        Some(DisplayHint::Seconds(precision)) => {
            let (each, digits) = parts(precision);
            match digits {
                0 => write!(text, "{value}"),
                digits => write!(text, "{}.{:0digits$}", value / each, value % each),
            }
        }
        Some(DisplayHint::Time(precision)) => {
            let (each, digits) = parts(precision);
            let (seconds, rest) = (value / each, value % each);
            let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            match digits {
                0 => write!(text, "{hours:02}:{minutes:02}:{seconds:02}"),
                digits => write!(text, "{hours:02}:{minutes:02}:{seconds:02}.{rest:0digits$}"),
            }
        }
        _ => write!(text, "{value:0width$}"),
    };
}

/// Parts of a second, and their digits.
fn parts(precision: &TimePrecision) -> (u128, usize) {
    match precision {
        TimePrecision::Micros => (1_000_000, 6),
        TimePrecision::Millis => (1_000, 3),
        TimePrecision::Seconds => (1, 0),
    }
}
