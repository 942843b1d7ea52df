//! How long everything on the wires takes, by interface and by the CLKI in force (VS1053b datasheet v1.33, "SPI Timing Diagram").
//!
//! 1. Clocks are measured inside bytes, so that what firmware does between two bytes does not count; from byte to byte it has a measure of
//!    its own.
//! 2. Setup and hold are measured where MOSI moves: a wire that stays as it is has more of both.

use super::bus::{Bus, Interface};
use super::histogram::Histogram;
use peripherals::chips::vs1053::Limits;
use peripherals::kernel::{Instant, Span};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// From one rising edge of SCLK to the next, inside a byte.
    Period,
    /// From the last rising edge of a byte to the first of the next.
    Between,
    /// tWH: SCLK high.
    High,
    /// tWL: SCLK low.
    Low,
    /// tSU: from a change of MOSI to the edge at which the chip takes it.
    Setup,
    /// tH: from that edge to the next change of MOSI.
    Hold,
    /// tXCSS: from the select to the first edge of SCLK.
    SelectSetup,
    /// tXCSH: from the last edge of SCLK to the end of the select.
    SelectHold,
    /// tXCS: from one select to the next.
    SelectHigh,
}

/// All of them, in the order in which they are shown.
pub const MEASURES: [Measure; 9] = [
    Measure::Period,
    Measure::Between,
    Measure::High,
    Measure::Low,
    Measure::Setup,
    Measure::Hold,
    Measure::SelectSetup,
    Measure::SelectHold,
    Measure::SelectHigh,
];

/// Interfaces, in the order in which they are shown.
pub const INTERFACES: [Interface; 3] = [Interface::Command, Interface::Read, Interface::Data];

impl Measure {
    /// The shortest that the datasheet allows, if it says so.
    pub fn limit(self, interface: Interface, limits: &Limits) -> Option<Span> {
        let sci = interface != Interface::Data;
        match self {
            Self::Period | Self::Between if interface == Interface::Read => Some(limits.read_period),
            Self::Period | Self::Between => Some(limits.write_period),
            Self::High | Self::Low | Self::Hold => Some(limits.two_clki),
            Self::Setup => Some(Span::ZERO),
            Self::SelectSetup => Some(Span::from_ns(5)),
            Self::SelectHold => Some(limits.one_clki),
            Self::SelectHigh => sci.then_some(limits.two_clki),
        }
    }
}

/// Times at one CLKI.
#[derive(Clone, Debug)]
pub struct Measured {
    /// CLKI in hertz.
    pub clki_hz: u32,
    /// Limits that follow from it.
    pub limits: Limits,
    all: [[Histogram; MEASURES.len()]; INTERFACES.len()],
}

impl Measured {
    /// The lengths of one kind.
    pub fn of(&self, interface: Interface, measure: Measure) -> &Histogram {
        &self.all[interface as usize][measure as usize]
    }
}

/// CLKIs that are told apart; what comes at any further one is not measured.
const MOST_CLKI: usize = 8;

/// The measurements.
#[derive(Clone, Debug, Default)]
pub(super) struct Timing {
    all: Vec<Measured>,
    /// Where in `all` the present CLKI is, and for which count of changes that holds.
    present: Option<usize>,
    epoch: Option<u32>,
    rose: Option<Instant>,
    fell: Option<Instant>,
    /// MOSI has changed since the chip took a bit.
    moved: Option<Instant>,
    /// The chip has taken a bit since MOSI changed.
    taken: Option<Instant>,
    /// A select fell, and SCLK has not moved since.
    selected: Option<Instant>,
    /// XCS and XDCS rose.
    deselected: [Option<Instant>; 2],
}

impl Timing {
    pub fn all(&self) -> &[Measured] {
        &self.all
    }

    fn add(&mut self, bus: &Bus, interface: Interface, measure: Measure, span: Span) {
        if self.epoch != Some(bus.epoch) {
            self.epoch = Some(bus.epoch);
            self.present = self.find(bus);
        }
        if let Some(present) = self.present {
            self.all[present].all[interface as usize][measure as usize].add(span);
        }
    }

    #[cold]
    fn find(&mut self, bus: &Bus) -> Option<usize> {
        let clki_hz = bus.clock().clki_hz();
        if let Some(known) = self.all.iter().position(|at| at.clki_hz == clki_hz) {
            return Some(known);
        }
        if self.all.len() == MOST_CLKI {
            return None;
        }
        self.all.push(Measured { clki_hz, limits: *bus.clock().limits(), all: Default::default() });
        Some(self.all.len() - 1)
    }

    /// The first edge of SCLK under a select.
    fn first_edge(&mut self, at: Instant, bus: &Bus, interface: Interface) {
        if let Some(selected) = self.selected.take() {
            self.add(bus, interface, Measure::SelectSetup, at.since(selected));
        }
    }

    pub fn sclk_rise(&mut self, at: Instant, bus: &Bus) {
        if let Some(interface) = bus.hearing() {
            self.first_edge(at, bus, interface);
            // With data taken at the falling edge a byte begins half a period later; it is measured all the same.
            let inside = !bus.bits().is_multiple_of(8);
            if let (Some(rose), true) = (self.rose, bus.bits() > 0) {
                let measure = if inside { Measure::Period } else { Measure::Between };
                self.add(bus, interface, measure, at.since(rose));
            }
            if let (Some(fell), true) = (self.fell, inside) {
                self.add(bus, interface, Measure::Low, at.since(fell));
            }
        }
        self.rose = Some(at);
    }

    pub fn sclk_fall(&mut self, at: Instant, bus: &Bus) {
        if let Some(interface) = bus.hearing() {
            self.first_edge(at, bus, interface);
            if let (Some(rose), true) = (self.rose, !bus.bits().is_multiple_of(8)) {
                self.add(bus, interface, Measure::High, at.since(rose));
            }
        }
        self.fell = Some(at);
    }

    /// The chip takes a bit at this edge.
    pub fn sample(&mut self, at: Instant, bus: &Bus) {
        if let (Some(moved), Some(interface)) = (self.moved.take(), bus.hearing()) {
            self.add(bus, interface, Measure::Setup, at.since(moved));
        }
        self.taken = Some(at);
    }

    pub fn mosi(&mut self, at: Instant, bus: &Bus) {
        if let (Some(taken), Some(interface)) = (self.taken.take(), bus.hearing()) {
            self.add(bus, interface, Measure::Hold, at.since(taken));
        }
        self.moved = Some(at);
    }

    /// XCS, or else XDCS, has moved; `bus` is as it was before.
    pub fn select(&mut self, at: Instant, low: bool, sci: bool, bus: &Bus) {
        let interface = if sci { Interface::Command } else { Interface::Data };
        let deselected = &mut self.deselected[usize::from(!sci)];
        if low {
            if let Some(deselected) = deselected.take() {
                self.add(bus, interface, Measure::SelectHigh, at.since(deselected));
            }
            self.selected = Some(at);
        } else {
            *deselected = Some(at);
            self.selected = None;
            if let (Some(last), true) = (self.rose.max(self.fell), bus.bits() > 0 && bus.hearing().is_some()) {
                self.add(bus, interface, Measure::SelectHold, at.since(last));
            }
        }
        // What was taken under one select says nothing of the next.
        self.taken = None;
    }
}
