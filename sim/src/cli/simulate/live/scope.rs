//! The wires that the live view records, and what it shows of them.

use crate::boards::{PartKind, Wire};
use crate::cli::simulate::facts::locate;
use crate::engine::machine::Machine;
use crate::image::Firmware;
use crate::probes::recorder::{Kept, MOST_WIRES, Recorder};
use crate::probes::transactions::{Start, Transactions};
use crate::probes::watch::Watch;
use crate::tui::ui::Look;
use crate::tui::wires::{Measure, WiresView};
use peripherals::kernel::{Instant, NetId, ProbeId, Span};
use std::sync::Arc;

/// The chip's wires in the order in which people look at them.
const SPI: [&str; 7] = ["SCLK", "MOSI", "MISO", "XCS", "XDCS", "DREQ", "XRESET"];
/// Edges that are counted for a measurement at each picture.
const MOST_COUNTED: usize = 50_000;

/// A recorder, and what its wires are called.
pub(super) struct Scope {
    probe: ProbeId,
    names: Arc<[String]>,
    /// Wires that are shown even when nothing has moved.
    always: u64,
    /// The last instruction that was looked up.
    place: Option<(u32, String)>,
}

fn add(nets: &mut Vec<NetId>, net: Option<NetId>) {
    if let Some(net) = net.filter(|net| !nets.contains(net)) {
        nets.push(net);
    }
}

impl Scope {
    /// Records from now on: wires of chips first, then LEDs, buttons, what has a label, and other pins of the SoC.
    pub(super) fn new(machine: &mut Machine) -> Self {
        let board = machine.board();
        let wiring = machine.wiring();
        let mut nets: Vec<NetId> = Vec::new();
        for (chip, ..) in board.chips() {
            SPI.iter().for_each(|signal| add(&mut nets, wiring.parts[chip].net(signal)));
        }
        let always = nets.len();
        let soc = || board.wires.iter().zip(&wiring.soc);
        let kinds: [fn(&PartKind) -> bool; 3] = [
            |kind| matches!(kind, PartKind::Chip(_)),
            |kind| matches!(kind, PartKind::Led { .. }),
            |kind| matches!(kind, PartKind::Button { .. }),
        ];
        for wanted in kinds {
            let of = |wire: &Wire| wire.members.iter().any(|&(part, _)| wanted(&board.parts[part].kind));
            soc().filter(|(wire, _)| of(wire)).for_each(|(_, &net)| add(&mut nets, Some(net)));
        }
        let labelled = |wire: &Wire| wire.pin.is_some_and(|pin| pin.to_string() != wire.name);
        soc().filter(|(wire, _)| labelled(wire)).for_each(|(_, &net)| add(&mut nets, Some(net)));
        wiring.soc.iter().for_each(|&net| add(&mut nets, Some(net)));
        nets.truncate(MOST_WIRES);
        let world = &machine.world().nets;
        let wires: Vec<(NetId, bool)> = nets.iter().map(|&net| (net, world.level(net).is_high())).collect();
        let names = nets.iter().map(|&net| world.name(net).to_owned()).collect();
        let recorder = Recorder::new(&wires);
        let transactions = Transactions::new(&machine.chip_lines(), Start::Fresh, &machine.world().nets);
        // With very many wires some of a chip may not be recorded.
        transactions.nets().into_iter().for_each(|net| add(&mut nets, Some(net)));
        let probe = machine.attach(Box::new(Watch { recorder, transactions }), &nets);
        Self { probe, names, always: (1u64 << always.min(63)) - 1, place: None }
    }

    fn recorder<'m>(&self, machine: &'m Machine) -> Option<&'m Recorder> {
        machine.probe::<Watch>(self.probe).map(|watch| &watch.recorder)
    }

    /// The probe, a [`Watch`].
    pub(super) fn probe(&self) -> ProbeId {
        self.probe
    }

    /// From here on everything is kept.
    pub(super) fn oldest(&self, machine: &Machine) -> Instant {
        self.recorder(machine).map_or(Instant::ZERO, Recorder::oldest)
    }

    /// The edge of `wire` (any, without) next to `at`.
    pub(super) fn seek(&self, machine: &Machine, wire: Option<u8>, at: Instant, forward: bool) -> Option<Instant> {
        let recorder = self.recorder(machine)?;
        let wires = wire.map_or(u64::MAX, |wire| 1 << (wire & 63));
        let found = if forward { recorder.next(wires, at) } else { recorder.previous(wires, at) };
        found.map(|edge| edge.at)
    }

    /// What there is to see.
    pub(super) fn view(&mut self, machine: &Machine, look: &Look, firmware: &Firmware) -> WiresView {
        let now = machine.now();
        let Some(recorder) = self.recorder(machine) else { return WiresView::default() };
        let cursor = look.at.unwrap_or(now);
        let shown = recorder.moved() | self.always;
        let shown: Vec<u8> = (0..self.names.len() as u8).filter(|bit| shown >> bit & 1 == 1).collect();
        let chosen = shown.get(look.wire).map(|bit| 1u64 << bit);
        let edge = recorder.previous(chosen.unwrap_or(u64::MAX), cursor + Span::from_ps(1));
        let edge = edge.map(|edge| self.words(edge, cursor, firmware));
        let measure = look.mark.map(|mark| {
            let (from, to) = (mark.min(cursor), mark.max(cursor));
            let wire = chosen.unwrap_or(0).trailing_zeros() as u8;
            let mut looked = 0;
            let edges = recorder.between(from, to).take(MOST_COUNTED + 1).inspect(|_| looked += 1);
            let rises = edges.filter(|edge| edge.wire == wire && edge.high).count() as u64;
            Measure { mark, span: to.since(from), rises: (looked <= MOST_COUNTED).then_some(rises) }
        });
        WiresView {
            names: Arc::clone(&self.names),
            shown,
            wave: recorder.wave(look.begin(now), look.step(), look.columns),
            oldest: recorder.oldest(),
            cursor,
            levels: recorder.levels_at(cursor),
            edge,
            measure,
            bytes: Vec::new(),
        }
    }

    /// `SCLK rose 125 ns before, by main.c:12 in sendByte`.
    fn words(&mut self, edge: Kept, cursor: Instant, firmware: &Firmware) -> String {
        let name = self.names.get(usize::from(edge.wire)).map_or("", String::as_str);
        let verb = if edge.high { "rose" } else { "fell" };
        let when = match cursor.since(edge.at) {
            Span::ZERO => "here".to_owned(),
            before => format!("{} before", crate::tui::length(before)),
        };
        let Some(pc) = edge.pc else { return format!("{name} {verb} {when}, not by an instruction") };
        if self.place.as_ref().is_none_or(|(known, _)| *known != pc) {
            let at = locate(firmware, pc);
            let symbol = at.as_ref().and_then(|at| at.symbol.clone()).unwrap_or_else(|| format!("0x{pc:08x}"));
            // The path's last part is what there is room for.
            let source = at.and_then(|at| at.source);
            let source = source.as_deref().map(|source| source.rsplit('/').next().unwrap_or(source));
            self.place = Some((pc, source.map_or(symbol.clone(), |source| format!("{source} in {symbol}"))));
        }
        let place = self.place.as_ref().map_or("", |(_, place)| place.as_str());
        format!("{name} {verb} {when}, by {place}")
    }
}
