//! The board file as TOML has it, before any meaning.

use super::error::{BoardError, Place, Problem};
use super::{built_in_names, names};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::ops::Range;
use toml::{Spanned, Value};

/// Board files above this are refused unread.
pub const MAX_BOARD_BYTES: u64 = 256 << 10;

/// A board file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BoardFile {
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) soc: SocTable,
    #[serde(default)]
    pub(super) chip: Vec<Spanned<ChipTable>>,
    #[serde(default)]
    pub(super) led: Vec<LampTable>,
    #[serde(default)]
    pub(super) button: Vec<LampTable>,
    #[serde(default)]
    pub(super) pull: Vec<PullTable>,
    /// Labels for SoC pins that go to things without a model.
    #[serde(default)]
    pub(super) names: BTreeMap<Spanned<String>, Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SocTable {
    #[serde(default)]
    pub(super) lfxo: bool,
    pub(super) supply: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) usb: bool,
    pub(super) sleep_clocks: Option<Spanned<String>>,
    pub(super) temperature: Option<Spanned<f64>>,
    pub(super) vdd: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) analog: BTreeMap<Spanned<String>, Spanned<f64>>,
    pub(super) reset_pin: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) nfc_pins: bool,
    #[serde(default)]
    pub(super) uicr: BTreeMap<Spanned<String>, Spanned<i64>>,
}

/// A chip. Keys that are not of every chip are options, whose meaning depends on its type.
#[derive(Debug)]
pub(super) struct ChipTable {
    pub(super) kind: Spanned<String>,
    pub(super) name: Option<Spanned<String>>,
    pub(super) pins: BTreeMap<Spanned<String>, Spanned<String>>,
    pub(super) pulls: Option<Spanned<Value>>,
    pub(super) options: Vec<(Spanned<String>, Spanned<Value>)>,
}

/// Keys that every chip has.
pub(super) const CHIP_KEYS: [&str; 4] = ["type", "name", "pins", "pulls"];

/// By hand, as serde's `flatten` loses the places of keys and values.
impl<'de> Deserialize<'de> for ChipTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = ChipTable;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a chip")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ChipTable, A::Error> {
                let (mut kind, mut name, mut pins, mut pulls) = (None, None, BTreeMap::new(), None);
                let mut options = Vec::new();
                while let Some(key) = map.next_key::<Spanned<String>>()? {
                    match key.get_ref().as_str() {
                        "type" => kind = Some(map.next_value()?),
                        "name" => name = Some(map.next_value()?),
                        "pins" => pins = map.next_value()?,
                        "pulls" => pulls = Some(map.next_value()?),
                        _ => options.push((key, map.next_value()?)),
                    }
                }
                let kind = kind.ok_or_else(|| A::Error::missing_field("type"))?;
                Ok(ChipTable { kind, name, pins, pulls, options })
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// An LED or a button.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LampTable {
    pub(super) name: Spanned<String>,
    pub(super) pin: Spanned<String>,
    pub(super) active: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PullTable {
    pub(super) pin: Spanned<String>,
    pub(super) to: Spanned<String>,
}

/// A file's path and text: turns byte ranges into lines and columns.
pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn at(&self, span: Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Place::Line { path: self.path.to_owned(), line, column }
    }
}

/// Reads a board file of at most [`MAX_BOARD_BYTES`].
pub(super) fn read(path: &str) -> Result<String, BoardError> {
    let fail = |problem| BoardError::new(Place::File(path.to_owned()), problem);
    let meta = fs::metadata(path).map_err(|e| match e.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            fail(Problem::NotFound { nearest: names::nearest(path, built_in_names()) })
        }
        _ => fail(Problem::Unreadable(e)),
    })?;
    if !meta.is_file() {
        return Err(fail(Problem::NotAFile));
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|f| f.take(MAX_BOARD_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|e| fail(Problem::Unreadable(e)))?;
    if bytes.len() as u64 > MAX_BOARD_BYTES {
        return Err(fail(Problem::TooBig { bytes: meta.len() }));
    }
    String::from_utf8(bytes).map_err(|_| fail(Problem::NotText))
}

/// Parses `text` into tables.
pub(super) fn parse(path: &str, text: &str) -> Result<BoardFile, BoardError> {
    let source = Source { path, text };
    toml::from_str(text).map_err(|error| {
        let place = error.span().map_or_else(|| Place::File(path.to_owned()), |span| source.at(span));
        BoardError::new(place, problem_of(error.message()))
    })
}

/// serde says "unknown field `a`, expected one of `b`, `c`"; the names are between backquotes.
fn problem_of(message: &str) -> Problem {
    let mut quoted = message.split('`').skip(1).step_by(2).map(str::to_owned);
    match quoted.next() {
        Some(key) if message.starts_with("unknown field") => {
            let known: Vec<String> = quoted.collect();
            Problem::UnknownKey { nearest: names::nearest(&key, known.iter().map(String::as_str)), key, known }
        }
        _ => Problem::Toml { message: message.lines().next().unwrap_or_default().to_owned() },
    }
}
