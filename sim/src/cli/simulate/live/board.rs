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
use peripherals::kernel::{Drive, Instant, NetId, Resolved, SOC, Span};

/// How long a press takes.
const PRESS: Span = Span::from_ms(200);
/// A press reaches the wire so long after the look at the keys: no straight line of code takes longer.
const AFTER: Span = Span::from_us(100);
/// Presses that are told at the end.
const MOST_TOLD: usize = 32;

/// LEDs and buttons by their places in [`Board::parts`].
pub(super) struct Bench {
    lamps: Vec<(usize, Lamp)>,
    switches: Vec<(usize, Switch)>,
    /// What the keys want, by place among the buttons.
    wanted: Vec<(usize, bool)>,
    /// When each button is let go by itself.
    release: Vec<Option<Instant>>,
    /// What was pressed or let go, and when.
    told: Vec<(String, bool, Instant)>,
    /// How long each LED had been lit, and when that was.
    lit: Vec<Span>,
    shown: Instant,
}

impl Bench {
    pub(super) fn new(machine: &Machine) -> Self {
        let (mut lamps, mut switches) = (Vec::new(), Vec::new());
        for (index, part) in machine.board().parts.iter().enumerate() {
            let (name, pin) = (part.name.clone(), pin_of(machine.board(), index));
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
        Self { lamps, switches, wanted: Vec::new(), release, told: Vec::new(), lit, shown: Instant::ZERO }
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
        let board = machine.board();
        let (mut strands, mut pins) = (Vec::new(), Vec::new());
        for (wire, &net) in board.wires.iter().zip(&machine.wiring().soc) {
            let Some(pin) = wire.pin else { continue };
            let mut chips =
                wire.members.iter().filter(|(part, _)| matches!(board.parts[*part].kind, PartKind::Chip(_)));
            let strand = |chip: &str, signal: &str| Strand {
                pin: pin.to_string(),
                chip: chip.to_owned(),
                signal: signal.to_owned(),
                high: machine.world().nets.level(net).is_high(),
                way: way(machine, net, pin.id()),
                moved: machine.world().nets.changed(net) > self.shown,
            };
            match chips.next() {
                Some(&(part, signal)) => strands.push((part, signal, strand(&board.parts[part].name, signal))),
                None if wire.members.is_empty() => {
                    let strand = strand("", &wire.name);
                    let labelled = wire.name != strand.pin;
                    if strand.way == Way::Out || labelled || machine.world().nets.changed(net) > Instant::ZERO {
                        pins.push(strand);
                    }
                }
                None => {}
            }
        }
        let order = |part: usize, signal: &str| board.parts[part].pins.iter().position(|(name, _)| *name == signal);
        strands.sort_by_key(|(part, signal, _)| (*part, order(*part, signal)));
        self.shown = now;
        BoardView {
            description: board.description.clone(),
            usb: board.soc.usb,
            lamps: self.lamps.iter().map(|(_, lamp)| lamp.clone()).collect(),
            switches: self.switches.iter().map(|(_, switch)| switch.clone()).collect(),
            strands: strands.into_iter().map(|(.., strand)| strand).collect(),
            pins,
        }
    }
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
