//! How far blocks are modelled, as `peripherals/docs/FIDELITY.md` has it from the sources.

/// The ledger as it is committed; a test of `peripherals` holds it to the sources.
static LEDGER: &str = include_str!("../../../peripherals/docs/FIDELITY.md");

/// How far a block goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Everything that firmware can see.
    Full,
    /// It works, with limits.
    Limits,
    /// Registers are kept and read back, without effect.
    Stored,
    /// Named only.
    Missing,
}

impl Mark {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Full => "modelled: everything that firmware can see",
            Self::Limits => "modelled, with limits",
            Self::Stored => "registers are kept and read back, without effect",
            Self::Missing => "named only: using it is a gap",
        }
    }
}

/// What the ledger has of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// How far it goes.
    pub mark: Mark,
    /// Its source file in `peripherals`, if it has one.
    pub file: Option<&'static str>,
}

/// The row of the block `name`.
pub fn entry(name: &str) -> Option<Entry> {
    rows().find(|(names, _)| is_among(name, names)).map(|(_, entry)| entry)
}

/// Rows of the matrix: what they are about, and what they say.
pub fn rows() -> impl Iterator<Item = (&'static str, Entry)> {
    let matrix = LEDGER.split("\n## ").find(|part| part.starts_with("The matrix")).unwrap_or_default();
    matrix.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        let (names, mark, rest) = (cells.next()?, cells.next()?, cells.next()?);
        let mark = match mark {
            "●" => Mark::Full,
            "◐" => Mark::Limits,
            "○" => Mark::Stored,
            "·" => Mark::Missing,
            _ => return None,
        };
        let file = rest.strip_prefix('[').and_then(|rest| rest.split(']').next());
        Some((names, Entry { mark, file }))
    })
}

fn is_among(name: &str, names: &str) -> bool {
    let words = || names.split([',', ' ']).filter(|word| !word.is_empty() && *word != "and");
    names.eq_ignore_ascii_case(name) || words().any(|word| word.eq_ignore_ascii_case(name))
}

/// The numbered notes of a source file in `peripherals`: limits, approximations, guesses.
pub fn notes(file: &str) -> Vec<&'static str> {
    let head = format!("[{file}]");
    let part = LEDGER.split("\n### ").find(|part| part.starts_with(&head)).unwrap_or_default();
    let part = part.split("\n## ").next().unwrap_or_default();
    part.lines().filter(|line| line.split_once(". ").is_some_and(|(n, _)| n.parse::<u32>().is_ok())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::blocks;
    use super::*;

    #[test]
    fn every_block_of_the_chip_has_a_row() {
        for block in blocks::all().iter().filter(|block| block.place != blocks::Place::Sci) {
            let entry = entry(block.name).unwrap_or_else(|| panic!("{} is not in the ledger", block.name));
            assert_eq!(
                entry.mark == Mark::Missing,
                !block.without.is_empty() || block.name == "ETM" || block.name == "ROM"
            );
        }
    }

    #[test]
    fn notes_are_those_of_the_file() {
        assert!(notes("src/nrf52840/timer.rs").first().is_some_and(|note| note.starts_with("1. ")));
        assert!(notes("src/nothing.rs").is_empty());
    }
}
