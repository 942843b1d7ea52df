//! The table of an ELF file that logs by defmt: what each number in its logs stands for.
//!
//! An entry is a symbol of the section `.defmt`: its address is the number, its name a JSON object with the kind of entry and its text. Two
//! further symbols say which version of the format and which encoding are meant (book of defmt, "Interning" and "Encoding").

use serde::Deserialize;
use std::collections::BTreeMap;

/// Versions of the format that are known.
const VERSIONS: [&str; 2] = ["3", "4"];
/// Entries that are read; numbers have 16 bits.
const MOST_ENTRIES: usize = 1 << 16;

/// How frames are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefmtEncoding {
    /// One after the other.
    Raw,
    /// In reverse zero-compressing COBS, a zero between two.
    Rzcobs,
}

/// What a number stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefmtEntry {
    /// `defmt_info`, `defmt_derived`, `defmt_str`, ...
    pub tag: String,
    /// A format string, or the string itself.
    pub text: String,
    /// Where in the source it stands, `src/main.rs:18`, when the debug information tells.
    pub place: Option<String>,
}

impl DefmtEntry {
    /// The level, if it is a message.
    pub fn level(&self) -> Option<&str> {
        self.tag
            .strip_prefix("defmt_")
            .filter(|level| matches!(*level, "trace" | "debug" | "info" | "warn" | "error" | "println"))
    }
}

/// The table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefmtTable {
    /// How frames are told apart.
    pub encoding: DefmtEncoding,
    /// The format of the time before each message.
    pub timestamp: Option<String>,
    entries: BTreeMap<u16, DefmtEntry>,
}

/// The name of an entry's symbol.
#[derive(Deserialize)]
struct Name {
    tag: String,
    data: String,
}

impl DefmtTable {
    /// From the symbols of a file: name, address, and whether it is in `.defmt`. `None` when it does not log by defmt, or by a version that
    /// is not known here.
    pub fn of<'a>(symbols: impl Iterator<Item = (&'a [u8], u32, bool)>) -> Option<Self> {
        let (mut version, mut encoding, mut timestamp) = (false, None, None);
        let mut entries = BTreeMap::new();
        for (name, address, inside) in symbols {
            let Ok(name) = std::str::from_utf8(name) else { continue };
            // One linker keeps the quotes of the script.
            let plain = name.trim_matches('"');
            if let Some(found) = plain.strip_prefix("_defmt_version_ = ") {
                version = VERSIONS.contains(&found);
            } else if let Some(found) = plain.strip_prefix("_defmt_encoding_ = ") {
                encoding = match found {
                    "raw" => Some(DefmtEncoding::Raw),
                    "rzcobs" => Some(DefmtEncoding::Rzcobs),
                    _ => None,
                };
            } else if inside
                && entries.len() < MOST_ENTRIES
                && let (Ok(Name { tag, data }), Ok(number)) = (serde_json::from_str(name), u16::try_from(address))
            {
                if tag == "defmt_timestamp" {
                    timestamp = Some(data);
                } else {
                    entries.insert(number, DefmtEntry { tag, text: data, place: None });
                }
            }
        }
        let known = version && !entries.is_empty();
        encoding.filter(|_| known).map(|encoding| Self { encoding, timestamp, entries })
    }

    /// Adds where in the source entries stand, by their numbers.
    pub fn stand_at(&mut self, places: BTreeMap<u32, String>) {
        for (number, place) in places {
            if let Some(entry) = u16::try_from(number).ok().and_then(|number| self.entries.get_mut(&number)) {
                entry.place = Some(place);
            }
        }
    }

    /// What `number` stands for.
    pub fn entry(&self, number: u16) -> Option<&DefmtEntry> {
        self.entries.get(&number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_make_a_table() {
        let symbols: [(&[u8], u32, bool); 6] = [
            (b"_defmt_version_ = 4", 0, false),
            (b"_defmt_encoding_ = rzcobs", 0, false),
            (br#"{"package":"p","tag":"defmt_info","data":"a {=u8}","disambiguator":"1","crate_name":"c"}"#, 1, true),
            (br#"{"package":"p","tag":"defmt_timestamp","data":"{=u32:us}","disambiguator":"2"}"#, 2, true),
            (b"main", 0x100, false),
            (br#"{"tag":"defmt_info","data":"not in the section"}"#, 3, false),
        ];
        let table = DefmtTable::of(symbols.iter().copied()).expect("a table");
        assert_eq!((table.encoding, table.timestamp.as_deref()), (DefmtEncoding::Rzcobs, Some("{=u32:us}")));
        let entry = table.entry(1).expect("an entry");
        assert_eq!((entry.level(), entry.text.as_str()), (Some("info"), "a {=u8}"));
        assert_eq!((table.entry(2), table.entry(3)), (None, None));
        assert_eq!(DefmtTable::of(symbols[1..].iter().copied()), None, "no version");
    }
}
