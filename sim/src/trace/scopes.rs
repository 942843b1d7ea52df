//! Which wires are in a trace, in which scope, and under which name.

use crate::boards::Wiring;
use crate::probes::transactions::Line;
use peripherals::kernel::{NetId, Nets};
use std::collections::BTreeSet;

/// A wire under a name. A wire that several chips share is in each one's scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the scope: `SCLK`, `led1`, `P0.03`.
    pub name: String,
    /// The wire.
    pub net: NetId,
}

/// A chip, or what else is at the SoC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The chip's name on the board, or `soc`.
    pub name: String,
    /// Its wires.
    pub entries: Vec<Entry>,
    /// These are listed because firmware may use them; those that never do anything may be left out.
    pub optional: bool,
}

/// All wires of a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    /// Chips in board order, then the SoC's other pins.
    pub scopes: Vec<Scope>,
    /// Wires of the board, in the trace or not.
    pub nets: usize,
    /// Chips in the order in which transactions number them.
    pub chips: Vec<String>,
}

impl Scopes {
    /// Of a board: a scope for each of `chips`, and one, `soc`, for all other pins of the SoC.
    pub fn of_board(wiring: &Wiring, chips: &[String], nets: &Nets) -> Self {
        let mut taken = BTreeSet::new();
        let mut scopes = Vec::new();
        for part in wiring.parts.iter().filter(|part| chips.contains(&part.name)) {
            // The bus first and in its usual order; then what else the chip has.
            let known = Line::ALL.into_iter().map(Line::name).filter_map(|name| Some((name, part.net(name)?)));
            let others = part.nets.iter().map(|(name, net)| (*name, *net));
            let others = others.filter(|(name, _)| !Line::ALL.iter().any(|line| line.name() == *name));
            let entries: Vec<Entry> =
                known.chain(others).map(|(name, net)| Entry { name: name.to_owned(), net }).collect();
            taken.extend(entries.iter().map(|entry| entry.net));
            scopes.push(Scope { name: word(&part.name), entries, optional: false });
        }
        let rest = wiring.soc.iter().filter(|net| !taken.contains(net));
        let entries = rest.map(|&net| Entry { name: word(nets.name(net)), net }).collect();
        scopes.push(Scope { name: "soc".into(), entries, optional: true });
        Self { scopes, nets: nets.ids().count(), chips: chips.to_vec() }
    }

    /// Of a recording: the wires of one chip, by their names.
    pub fn of_chip(chip: &str, lines: &[(&str, NetId)]) -> Self {
        let entries = lines.iter().map(|(name, net)| Entry { name: (*name).to_owned(), net: *net }).collect();
        let nets = lines.iter().map(|(_, net)| usize::from(net.0) + 1).max().unwrap_or(0);
        let scope = Scope { name: word(chip), entries, optional: false };
        Self { scopes: vec![scope], nets, chips: vec![chip.to_owned()] }
    }

    /// Each wire once, at its first place: the scope's place and the entry's.
    pub fn wires(&self) -> impl Iterator<Item = NetId> {
        let mut seen = BTreeSet::new();
        self.scopes.iter().flat_map(|scope| &scope.entries).map(|entry| entry.net).filter(move |net| seen.insert(*net))
    }
}

/// `name` as one word of a VCD file.
fn word(name: &str) -> String {
    let fits = |c: char| c.is_ascii_graphic() && c != '$';
    let word: String = name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    if word.is_empty() { "_".into() } else { word }
}
