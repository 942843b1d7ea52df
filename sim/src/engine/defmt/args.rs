//! Arguments of a message, as they lie in a frame (book of defmt, "Encoding").

use crate::image::DefmtTable;
use defmt_parser::{Fragment, Parameter, ParserMode, Type, get_max_bitfield_range};

/// Why a frame is not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Broken {
    /// It ends too soon; in the raw encoding the rest may still come.
    #[error("a frame ends in the middle of an argument")]
    Short,
    /// The number is not in the table.
    #[error("a frame names a message that the file does not have")]
    Unknown,
    /// Anything else.
    #[error("a frame makes no sense")]
    Nonsense,
}

/// Formats in formats, and elements of a list, that are followed.
const DEEPEST: u32 = 32;
const MOST_ELEMENTS: usize = 4096;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Arg {
    Unsigned(u128),
    Signed(i128, u32),
    Float(f64),
    Bool(bool),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    /// Another format with its own arguments.
    Nested(Nested),
    List(Vec<Nested>),
    Sequence(Vec<Nested>),
}

/// A format and its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Nested {
    pub format: String,
    pub args: Vec<Arg>,
}

/// Reads a frame.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    depth: u32,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, depth: 0 }
    }

    /// Bytes that were not read.
    pub fn left(&self) -> usize {
        self.bytes.len()
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Broken> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(Broken::Short)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// So many bytes, the low one first.
    fn number(&mut self, bytes: usize) -> Result<u128, Broken> {
        let taken = self.take(bytes)?;
        Ok(taken.iter().rev().fold(0, |value, &byte| value << 8 | u128::from(byte)))
    }

    fn signed(&mut self, bytes: usize) -> Result<Arg, Broken> {
        let bits = 8 * bytes as u32;
        let value = self.number(bytes)? << (128 - bits);
        Ok(Arg::Signed(value as i128 >> (128 - bits), bits))
    }

    pub fn u16(&mut self) -> Result<u16, Broken> {
        Ok(self.number(2)? as u16)
    }

    fn length(&mut self) -> Result<usize, Broken> {
        Ok(self.number(4)? as usize)
    }

    /// The arguments that `format` asks for.
    pub fn args(&mut self, table: &DefmtTable, format: &str) -> Result<Vec<Arg>, Broken> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Broken::Nonsense);
        }
        let args = parameters(format)?.iter().map(|parameter| self.arg(table, &parameter.ty)).collect();
        self.depth -= 1;
        args
    }

    fn arg(&mut self, table: &DefmtTable, ty: &Type) -> Result<Arg, Broken> {
        Ok(match ty {
            Type::I8 => self.signed(1)?,
            Type::I16 => self.signed(2)?,
            Type::I32 | Type::Isize => self.signed(4)?,
            Type::I64 => self.signed(8)?,
            Type::I128 => self.signed(16)?,
            Type::U8 => Arg::Unsigned(self.number(1)?),
            Type::U16 => Arg::Unsigned(self.number(2)?),
            Type::U32 | Type::Usize => Arg::Unsigned(self.number(4)?),
            Type::U64 => Arg::Unsigned(self.number(8)?),
            Type::U128 => Arg::Unsigned(self.number(16)?),
            Type::F32 => Arg::Float(f32::from_bits(self.number(4)? as u32).into()),
            Type::F64 => Arg::Float(f64::from_bits(self.number(8)? as u64)),
            Type::Bool => match self.number(1)? {
                0 => Arg::Bool(false),
                1 => Arg::Bool(true),
                _ => return Err(Broken::Nonsense),
            },
            Type::Char => Arg::Char(char::from_u32(self.number(4)? as u32).ok_or(Broken::Nonsense)?),
            Type::Str => {
                let length = self.length()?;
                Arg::Text(String::from_utf8_lossy(self.take(length)?).into_owned())
            }
            Type::IStr => Arg::Text(table.entry(self.u16()?).ok_or(Broken::Unknown)?.text.clone()),
            Type::U8Slice => {
                let length = self.length()?;
                Arg::Bytes(self.take(length)?.to_vec())
            }
            Type::U8Array(length) => Arg::Bytes(self.take(*length)?.to_vec()),
            Type::BitField(range) => {
                let (low, high) = (range.start / 8, range.end.max(1).div_ceil(8));
                // The firmware sends the smallest number that holds these bytes.
                let bytes = usize::from(high.saturating_sub(low)).next_power_of_two().min(16);
                Arg::Unsigned(self.number(bytes)?.checked_shl(8 * u32::from(low)).unwrap_or(0))
            }
            Type::Format => Arg::Nested(self.nested(table)?),
            Type::FormatSlice => {
                let length = self.length()?;
                Arg::List(self.list(table, length)?)
            }
            Type::FormatArray(length) => Arg::List(self.list(table, *length)?),
            Type::FormatSequence => {
                let mut parts = Vec::new();
                loop {
                    let number = self.u16()?;
                    if number == 0 {
                        break Arg::Sequence(parts);
                    }
                    if parts.len() >= MOST_ELEMENTS {
                        return Err(Broken::Nonsense);
                    }
                    let format = table.entry(number).ok_or(Broken::Unknown)?.text.clone();
                    let args = self.args(table, &format)?;
                    parts.push(Nested { format, args });
                }
            }
            Type::Debug | Type::Display => {
                let length = self.bytes.iter().position(|&byte| byte == 0xFF).ok_or(Broken::Short)?;
                let text = String::from_utf8_lossy(self.take(length)?).into_owned();
                self.take(1)?;
                Arg::Text(text)
            }
        })
    }

    fn nested(&mut self, table: &DefmtTable) -> Result<Nested, Broken> {
        let format = table.entry(self.u16()?).ok_or(Broken::Unknown)?.text.clone();
        self.variant(table, &format)
    }

    /// `format`, or the one of its variants that a number chooses.
    fn variant(&mut self, table: &DefmtTable, format: &str) -> Result<Nested, Broken> {
        let variants = format.matches('|').count();
        let format = match variants {
            0 => format,
            _ => {
                let bytes = if variants <= 0xFF { 1 } else { 2 };
                let number = self.number(bytes)? as usize;
                format.split('|').nth(number).ok_or(Broken::Nonsense)?
            }
        };
        Ok(Nested { format: format.to_owned(), args: self.args(table, format)? })
    }

    fn list(&mut self, table: &DefmtTable, length: usize) -> Result<Vec<Nested>, Broken> {
        let format = table.entry(self.u16()?).ok_or(Broken::Unknown)?.text.clone();
        if length > MOST_ELEMENTS {
            return Err(Broken::Nonsense);
        }
        (0..length).map(|_| self.variant(table, &format)).collect()
    }
}

/// The pieces of a format string.
pub(super) fn fragments(format: &str) -> Result<Vec<Fragment<'_>>, Broken> {
    defmt_parser::parse(format, ParserMode::ForwardsCompatible).map_err(|_| Broken::Nonsense)
}

/// The arguments of a format string by their index, each once; bit fields of one argument are one.
fn parameters(format: &str) -> Result<Vec<Parameter>, Broken> {
    let fragments = fragments(format)?;
    let all = || {
        fragments.iter().filter_map(|fragment| match fragment {
            Fragment::Parameter(parameter) => Some(parameter),
            Fragment::Literal(_) => None,
        })
    };
    let mut parameters: Vec<Parameter> = Vec::new();
    for parameter in all() {
        if parameters.iter().any(|known| known.index == parameter.index) {
            continue;
        }
        let mut parameter = parameter.clone();
        if matches!(parameter.ty, Type::BitField(_)) {
            let same = all().filter(|p| p.index == parameter.index && matches!(p.ty, Type::BitField(_)));
            let (low, high) = get_max_bitfield_range(same).ok_or(Broken::Nonsense)?;
            parameter.ty = Type::BitField(low..high);
        }
        parameters.push(parameter);
    }
    parameters.sort_by_key(|parameter| parameter.index);
    Ok(parameters)
}
