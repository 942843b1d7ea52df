//! The board for the live view, and the finger on its buttons.
//!
//! 1. A press is part of the run from then on; it reaches the wire 100 us of simulated time after the look at the keys. When it did is
//!    told at the end, for whoever wants to know what happened: by itself such a run does not repeat.
//! 2. Terminals do not tell when a key is let go, so that a button is: after 0.2 s of simulated time, or with its key in capitals when
//!    that is pressed again.

use crate::boards::{Board, PartKind};
use crate::engine::machine::Machine;
use crate::host::console::say;
use crate::tui::board::{BUTTON_KEYS, BoardView, Hue, Lamp, Strand, Switch, Way};
use peripherals::kernel::{Drive, Instant, NetId, PinId, Resolved, SOC, Span};
use std::sync::Arc;

/// How long a press takes.
const PRESS: Span = Span::from_ms(200);
/// A press reaches the wire so long after the look at the keys: no straight line of code takes longer.
const AFTER: Span = Span::from_us(100);
/// Presses that are told at the end.
const MOST_TOLD: usize = 32;

/// LEDs and buttons by their places in [`Board::parts`].
pub(super) struct Bench {
    description: Arc<str>,
    lamps: Vec<(usize, Lamp)>,
    switches: Vec<(usize, Switch)>,
    /// Wires to chips, in the order of the chips and their pins, and then pins without a chip.
    leads: Vec<Lead>,
    /// What the keys want, by place among the buttons.
    wanted: Vec<(usize, bool)>,
    /// When each button is let go by itself.
    release: Vec<Option<Instant>>,
    /// What was pressed or let go, and when.
    told: Vec<(Arc<str>, bool, Instant)>,
    /// How long each LED had been lit, and when that was.
    lit: Vec<Span>,
    shown: Instant,
}

/// A pin of the SoC and its wire.
struct Lead {
    net: NetId,
    pin: PinId,
    /// What of it stays the same.
    strand: Strand,
    /// Shown even if nobody uses it.
    always: bool,
}

impl Bench {
    pub(super) fn new(machine: &Machine) -> Self {
        let (mut lamps, mut switches) = (Vec::new(), Vec::new());
        for (index, part) in machine.board().parts.iter().enumerate() {
            let (name, pin): (Arc<str>, Arc<str>) = (part.name.as_str().into(), pin_of(machine.board(), index).into());
            match part.kind {
                PartKind::Led { .. } => {
                    let hue = Hue::of(&name);
                    lamps.push((index, Lamp { name, pin, hue, permille: 0 }));
                }
                PartKind::Button { .. } => {
                    let key = BUTTON_KEYS.chars().nth(switches.len());
                    switches.push((index, Switch { name, pin, key, pressed: false }));
                }
                PartKind::Chip(_) => {}
            }
        }
        let (lit, release) = (vec![Span::ZERO; lamps.len()], vec![None; switches.len()]);
        let (leads, description) = (leads(machine), machine.board().description.as_str().into());
        let (wanted, told) = (Vec::new(), Vec::new());
        Self { description, lamps, switches, leads, wanted, release, told, lit, shown: Instant::ZERO }
    }

    /// A key: presses the button for a moment, or turns it over.
    pub(super) fn press(&mut self, button: usize, hold: bool) {
        if button < self.switches.len() && self.wanted.len() < MOST_TOLD {
            self.wanted.push((button, hold));
        }
    }

    /// Does it to the machine.
    pub(super) fn touch(&mut self, machine: &mut Machine) {
        for (button, hold) in std::mem::take(&mut self.wanted) {
            let part = self.switches[button].0;
            let pressed = !hold || machine.is_pressed(part) == Some(false);
            self.release[button] = (!hold).then(|| machine.now() + PRESS);
            self.put(machine, button, pressed);
        }
        for button in 0..self.release.len() {
            if self.release[button].is_some_and(|at| at <= machine.now()) {
                self.release[button] = None;
                self.put(machine, button, false);
            }
        }
    }

    fn put(&mut self, machine: &mut Machine, button: usize, pressed: bool) {
        let (part, switch) = &self.switches[button];
        if machine.is_pressed(*part) != Some(pressed)
            && machine.press(*part, pressed, AFTER)
            && self.told.len() < MOST_TOLD
        {
            self.told.push((switch.name.clone(), pressed, machine.now() + AFTER));
        }
    }

    /// Says on stderr which buttons were pressed.
    pub(super) fn tell(&self) {
        for (name, pressed, at) in &self.told {
            let verb = if *pressed { "pressed" } else { "let go" };
            say(&format!("note: {name} was {verb} at {:.9} s", at.as_secs_f64()));
        }
        if self.told.len() == MOST_TOLD {
            say("note: buttons were pressed oftener than that");
        }
    }

    /// The board as it is now.
    pub(super) fn view(&mut self, machine: &Machine) -> BoardView {
        let now = machine.now();
        let passed = now.since(self.shown).as_ps();
        for ((part, lamp), before) in self.lamps.iter_mut().zip(&mut self.lit) {
            let Some((lit, all)) = machine.led(*part) else { continue };
            let share = (u128::from(all.as_ps().saturating_sub(before.as_ps())) * 1_000).checked_div(passed.into());
            // While time stands still it is on or off.
            lamp.permille = share.map_or(if lit { 1_000 } else { 0 }, |share| share.min(1_000) as u16);
            // A wire that nobody drives reads low, and still no current flows through its LED.
            let net = machine.wiring().parts[*part].nets.values().next();
            if net.is_some_and(|&net| machine.world().nets.resolved(net) == Resolved::Floating) {
                lamp.permille = 0;
            }
            *before = all;
        }
        for (part, switch) in &mut self.switches {
            switch.pressed = machine.is_pressed(*part).unwrap_or(false);
        }
        let nets = &machine.world().nets;
        let (mut strands, mut pins) = (Vec::new(), Vec::new());
        for lead in &self.leads {
            let strand = Strand {
                high: nets.level(lead.net).is_high(),
                way: way(machine, lead.net, lead.pin),
                moved: nets.changed(lead.net) > self.shown,
                ..lead.strand.clone()
            };
            if !strand.chip.is_empty() {
                strands.push(strand);
            } else if lead.always || strand.way == Way::Out || nets.changed(lead.net) > Instant::ZERO {
                pins.push(strand);
            }
        }
        self.shown = now;
        BoardView {
            description: Arc::clone(&self.description),
            usb: machine.board().soc.usb,
            lamps: self.lamps.iter().map(|(_, lamp)| lamp.clone()).collect(),
            switches: self.switches.iter().map(|(_, switch)| switch.clone()).collect(),
            strands,
            pins,
        }
    }
}

fn leads(machine: &Machine) -> Vec<Lead> {
    let board = machine.board();
    let (mut chips, mut rest) = (Vec::new(), Vec::new());
    for (wire, &net) in board.wires.iter().zip(&machine.wiring().soc) {
        let Some(pin) = wire.pin else { continue };
        let lead = |chip: &str, signal: &str| {
            let name = pin.to_string();
            let always = wire.name != name;
            let strand = Strand { pin: name.into(), chip: chip.into(), signal: signal.into(), ..Strand::default() };
            Lead { net, pin: pin.id(), strand, always }
        };
        let is_chip = |part: usize| matches!(board.parts[part].kind, PartKind::Chip(_));
        match wire.members.iter().find(|(part, _)| is_chip(*part)) {
            Some(&(part, signal)) => {
                let place = board.parts[part].pins.iter().position(|(name, _)| *name == signal);
                chips.push((part, place, lead(&board.parts[part].name, signal)));
            }
            None if wire.members.is_empty() => rest.push(lead("", &wire.name)),
            None => {}
        }
    }
    chips.sort_by_key(|(part, place, _)| (*part, *place));
    chips.into_iter().map(|(.., lead)| lead).chain(rest).collect()
}

fn pin_of(board: &Board, part: usize) -> String {
    let wire = board.wires.iter().find(|wire| wire.members.iter().any(|(member, _)| *member == part));
    wire.and_then(|wire| wire.pin).map(|pin| pin.to_string()).unwrap_or_default()
}

fn way(machine: &Machine, net: NetId, pin: peripherals::kernel::PinId) -> Way {
    let nets = &machine.world().nets;
    match (nets.driving(SOC, pin), nets.resolved(net)) {
        (Drive::Low | Drive::High, _) => Way::Out,
        (_, Resolved::Driven | Resolved::Contention) => Way::In,
        (_, Resolved::Pulled) => Way::Pulled,
        (_, Resolved::Floating) => Way::Floating,
    }
}
