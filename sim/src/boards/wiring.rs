//! Who joins which wire: checked for a board, and carried out on the kernel's wires.

use super::chips::{PartKind, Sharing, signal_named};
use super::error::{BoardError, Place, Problem};
use super::pins::{SocPin, Target};
use super::resolve::Places;
use super::{Board, Part, Soc, Wire};
use peripherals::kernel::{ActorId, Drive, NetId, Nets, PinId, SOC};
use std::collections::{BTreeMap, BTreeSet};

/// Who uses each SoC pin so far.
pub(super) struct Claims {
    users: BTreeMap<SocPin, User>,
    reserved: BTreeMap<SocPin, (&'static str, &'static str)>,
}

struct User {
    name: String,
    /// The part, and the signal if other chips may join.
    shared: Option<(BTreeSet<usize>, &'static str)>,
}

impl Claims {
    /// What the SoC itself needs.
    pub(super) fn new(soc: &Soc) -> Self {
        let mut reserved = BTreeMap::new();
        if soc.lfxo {
            for number in [0, 1] {
                reserved.extend(SocPin::new(number).map(|pin| (pin, ("the 32 kHz crystal is on it", "lfxo"))));
            }
        }
        if let Some(pin) = soc.reset_pin {
            reserved.insert(pin, ("it is the reset pin", "reset_pin"));
        }
        Self { users: BTreeMap::new(), reserved }
    }

    /// A label takes a pin for something that has no model.
    pub(super) fn label(&mut self, pin: SocPin, label: &str) -> Result<(), Problem> {
        self.claim(pin, format!("`{label}`"), None)
    }

    /// Every pin of every part; those that `--wire` moved come last, so that they are the ones that are complained about.
    pub(super) fn parts(
        &mut self,
        parts: &[Part],
        places: &Places,
        moved: &BTreeSet<(usize, usize)>,
    ) -> Result<(), BoardError> {
        for last in [false, true] {
            for (index, part) in parts.iter().enumerate() {
                for (number, (signal, target)) in part.pins.iter().enumerate() {
                    let (&Target::Pin(pin), true) = (target, moved.contains(&(index, number)) == last) else {
                        continue;
                    };
                    let (name, shared) = match &part.kind {
                        PartKind::Chip(kind) => {
                            let bus = signal_named(kind.signals(), signal).is_some_and(|s| s.sharing == Sharing::Bus);
                            (format!("{signal} of chip `{}`", part.name), bus.then_some((index, *signal)))
                        }
                        PartKind::Led { .. } => (format!("LED `{}`", part.name), None),
                        PartKind::Button { .. } => (format!("button `{}`", part.name), None),
                    };
                    self.claim(pin, name, shared).map_err(|problem| {
                        let unknown = || Place::File("board".into());
                        BoardError::new(places.get(&(index, number)).cloned().unwrap_or_else(unknown), problem)
                    })?;
                }
            }
        }
        Ok(())
    }

    fn claim(&mut self, pin: SocPin, name: String, shared: Option<(usize, &'static str)>) -> Result<(), Problem> {
        if let Some(&(reason, key)) = self.reserved.get(&pin) {
            return Err(Problem::PinTaken { pin: pin.to_string(), wanted: name, reason, key });
        }
        match (self.users.get_mut(&pin), shared) {
            (None, shared) => {
                let shared = shared.map(|(part, signal)| (BTreeSet::from([part]), signal));
                self.users.insert(pin, User { name, shared });
                Ok(())
            }
            (Some(User { shared: Some((by, theirs)), .. }), Some((part, signal)))
                if *theirs == signal && !by.contains(&part) =>
            {
                by.insert(part);
                Ok(())
            }
            (Some(user), _) => Err(Problem::PinTwice { pin: pin.to_string(), first: user.name.clone(), second: name }),
        }
    }
}

/// All wires of a board whose pins have been checked.
pub(super) fn wires(
    parts: &[Part],
    pulls: &[((usize, &'static str), Drive)],
    soc_pulls: &[(SocPin, Drive)],
    labels: &BTreeMap<SocPin, String>,
) -> Vec<Wire> {
    let soc_wire = |pin: SocPin| Wire { name: String::new(), pin: Some(pin), members: Vec::new(), pulls: Vec::new() };
    let mut wires: Vec<Wire> = SocPin::all().map(soc_wire).collect();
    for (pin, drive) in soc_pulls {
        wires[usize::from(pin.number())].pulls.push(*drive);
    }
    for (index, part) in parts.iter().enumerate() {
        for &(signal, target) in &part.pins {
            let resistor = pulls.iter().find(|(at, _)| *at == (index, signal)).map(|(_, drive)| *drive);
            let tie = match target {
                Target::Pin(pin) => {
                    let wire = &mut wires[usize::from(pin.number())];
                    wire.members.push((index, signal));
                    wire.pulls.extend(resistor);
                    continue;
                }
                Target::Gnd => Some(Drive::Low),
                Target::Vcc => Some(Drive::High),
                Target::Down => Some(Drive::PullDown),
                Target::Up => Some(Drive::PullUp),
                Target::Nc => None,
            };
            let pulls: Vec<Drive> = tie.into_iter().chain(resistor.filter(|_| target == Target::Nc)).collect();
            wires.push(Wire { name: String::new(), pin: None, members: vec![(index, signal)], pulls });
        }
    }
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for wire in &wires {
        *uses.entry(wire.members.first().map_or("", |m| m.1)).or_default() += 1;
    }
    let named: Vec<String> = wires.iter().map(|wire| name_of(wire, parts, &uses, labels)).collect();
    for (wire, name) in wires.iter_mut().zip(named) {
        wire.name = name;
    }
    wires
}

fn name_of(wire: &Wire, parts: &[Part], uses: &BTreeMap<&str, usize>, labels: &BTreeMap<SocPin, String>) -> String {
    match (wire.members.first(), wire.pin) {
        (Some(&(part, signal)), _) => match &parts[part].kind {
            PartKind::Chip(_) if uses.get(signal) == Some(&1) => signal.to_owned(),
            PartKind::Chip(_) => format!("{}.{signal}", parts[part].name),
            _ => parts[part].name.clone(),
        },
        (None, Some(pin)) => labels.get(&pin).cloned().unwrap_or_else(|| pin.to_string()),
        (None, None) => String::new(),
    }
}

/// A board's wires as the kernel numbers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wiring {
    /// The wire at each SoC pin, P0.00 to P1.15.
    pub soc: Vec<NetId>,
    /// The wires of each part, in the order of [`Board::parts`].
    pub parts: Vec<PartWiring>,
}

/// The wires of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartWiring {
    /// Its name.
    pub name: String,
    /// Which actor it is.
    pub actor: ActorId,
    /// Its pins by name, with their wires.
    pub nets: BTreeMap<&'static str, NetId>,
}

impl PartWiring {
    /// The wire at the pin `signal`, named as boards name it (`MOSI`, not `SI`).
    pub fn net(&self, signal: &str) -> Option<NetId> {
        self.nets.get(signal).copied()
    }
}

impl Board {
    /// Adds this board's wires to `nets`, joins the SoC and the parts to them, and applies resistors and ties. `actors` are the
    /// parts in the order of [`Board::parts`]; `pin_of` gives the number of a part's pin, if its model has that pin.
    ///
    /// # Panics
    /// When `actors` has another length than `parts`, or an actor's pin is joined already.
    pub fn wire(
        &self,
        nets: &mut Nets,
        actors: &[ActorId],
        pin_of: impl Fn(&Part, &'static str) -> Option<PinId>,
    ) -> Wiring {
        assert_eq!(actors.len(), self.parts.len(), "an actor for each part");
        let mut parts: Vec<PartWiring> = (self.parts.iter().zip(actors))
            .map(|(part, &actor)| PartWiring { name: part.name.clone(), actor, nets: BTreeMap::new() })
            .collect();
        let mut soc = Vec::new();
        for wire in &self.wires {
            let net = nets.add(wire.name.as_str());
            if let Some(pin) = wire.pin {
                nets.join(net, SOC, pin.id());
                soc.push(net);
            }
            for &(part, signal) in &wire.members {
                if let Some(pin) = pin_of(&self.parts[part], signal) {
                    nets.join(net, actors[part], pin);
                }
                parts[part].nets.insert(signal, net);
            }
            for &pull in &wire.pulls {
                nets.pull(net, pull);
            }
        }
        Wiring { soc, parts }
    }
}
