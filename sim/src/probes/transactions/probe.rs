//! The probe: which wires of a board belong to which chip.

use super::decoder::{Decoder, Start};
use super::transaction::{Line, Transaction};
use peripherals::kernel::{Fabric, Instant, Level, NetId, Nets, Probe, ProbeId};

/// The wires of one chip.
#[derive(Clone, Debug)]
pub struct ChipLines {
    /// Its name on the board.
    pub name: String,
    /// The wire at each of [`Line::ALL`], as far as there is one.
    pub nets: [Option<NetId>; 7],
}

impl ChipLines {
    /// The chip `name`, whose wires `net` knows by the board's names.
    pub fn new(name: &str, net: impl Fn(&str) -> Option<NetId>) -> Self {
        Self { name: name.to_owned(), nets: Line::ALL.map(|line| net(line.name())) }
    }
}

/// Turns the edges of every chip's wires into transactions.
#[derive(Clone, Debug)]
pub struct Transactions {
    names: Vec<String>,
    decoders: Vec<Decoder>,
    /// By wire: which line of which chip it is; a bus is a line of several.
    roles: Vec<Vec<(u8, Line)>>,
    /// By wire: its only role, where that is the usual one; a select is not.
    usual: Vec<Option<(u8, Line)>>,
    /// Chips on the bus of each chip.
    mates: Vec<Vec<u8>>,
}

impl Transactions {
    /// A probe for `chips`, whose wires have the levels in `nets` now. More than 255 chips are not watched.
    pub fn new(chips: &[ChipLines], start: Start, nets: &Nets) -> Self {
        let chips = &chips[..chips.len().min(usize::from(u8::MAX))];
        let mut roles: Vec<Vec<(u8, Line)>> = Vec::new();
        for (index, chip) in chips.iter().enumerate() {
            for (line, net) in Line::ALL.into_iter().zip(chip.nets) {
                let Some(net) = net.map(|net| usize::from(net.0)) else { continue };
                roles.resize(roles.len().max(net + 1), Vec::new());
                roles[net].push((index as u8, line));
            }
        }
        let decoder = |(index, chip): (usize, &ChipLines)| {
            Decoder::new(index as u8, start, |line| chip.nets[line as usize].map(|net| nets.level(net)))
        };
        let mate = |chip: &ChipLines| {
            let same = |other: &ChipLines| other.nets[Line::Sclk as usize] == chip.nets[Line::Sclk as usize];
            chips.iter().enumerate().filter(|(_, other)| same(other)).map(|(index, _)| index as u8).collect()
        };
        let usual = |roles: &Vec<(u8, Line)>| match roles[..] {
            [(chip, line)] if !matches!(line, Line::Xcs | Line::Xdcs) => Some((chip, line)),
            _ => None,
        };
        let mut probe = Self {
            names: chips.iter().map(|chip| chip.name.clone()).collect(),
            decoders: chips.iter().enumerate().map(decoder).collect(),
            usual: roles.iter().map(usual).collect(),
            roles,
            mates: chips.iter().map(mate).collect(),
        };
        (0..probe.decoders.len()).for_each(|chip| probe.settle_strays(chip));
        probe
    }

    /// Adds such a probe to the board.
    pub fn attach(fabric: &mut Fabric, chips: &[ChipLines], start: Start) -> ProbeId {
        let probe = Self::new(chips, start, &fabric.world.nets);
        let nets = probe.nets();
        let id = fabric.add_probe(Box::new(probe));
        nets.into_iter().for_each(|net| fabric.world.nets.watch(net, id));
        id
    }

    /// Every wire that it wants to see, each once.
    pub fn nets(&self) -> Vec<NetId> {
        (0..self.roles.len() as u16).filter(|&net| !self.roles[usize::from(net)].is_empty()).map(NetId).collect()
    }

    /// The chips' names; a transaction's `chip` is a place in this list.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Hands over what is complete since the last time: of each chip in the order in which it ended.
    pub fn drain(&mut self, sink: &mut dyn FnMut(Transaction)) {
        self.decoders.iter_mut().for_each(|decoder| decoder.drain(sink));
    }

    /// Ends runs of bytes that are under way, at the end of a run.
    pub fn flush(&mut self) {
        self.decoders.iter_mut().for_each(Decoder::flush);
    }

    /// Transactions that were dropped because nobody took them in time.
    pub fn lost(&self) -> u64 {
        self.decoders.iter().map(Decoder::lost).sum()
    }

    /// On a bus of several chips what no select hears is told once, and what another chip's select hears is not told.
    fn settle_strays(&mut self, chip: usize) {
        let mates = &self.mates[chip];
        if mates.len() < 2 {
            return;
        }
        let selected = mates.iter().any(|&mate| self.decoders[usize::from(mate)].is_selected());
        for (place, &mate) in mates.iter().enumerate() {
            self.decoders[usize::from(mate)].be_deaf_to_strays(selected || place > 0);
        }
    }
}

impl Probe for Transactions {
    fn edge(&mut self, at: Instant, net: NetId, level: Level) {
        self.edge_of(at, net, level, None);
    }

    #[inline]
    fn edge_of(&mut self, at: Instant, net: NetId, level: Level, pc: Option<u32>) {
        let Some(&usual) = self.usual.get(usize::from(net.0)) else { return };
        if let Some((chip, line)) = usual {
            return self.decoders[usize::from(chip)].edge(at, line, level, pc);
        }
        self.edge_of_several(at, net, level, pc);
    }
}

impl Transactions {
    #[cold]
    fn edge_of_several(&mut self, at: Instant, net: NetId, level: Level, pc: Option<u32>) {
        let roles = self.roles[usize::from(net.0)].len();
        for index in 0..roles {
            let (chip, line) = self.roles[usize::from(net.0)][index];
            let chip = usize::from(chip);
            self.decoders[chip].edge(at, line, level, pc);
            if matches!(line, Line::Xcs | Line::Xdcs) {
                self.settle_strays(chip);
            }
        }
    }
}
