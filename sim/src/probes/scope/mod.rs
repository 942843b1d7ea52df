//! An oscilloscope at one VS1053: its last edges, the moments worth a picture, and how long everything on its wires takes.
//!
//! It sees edges and nothing else. What it knows of the chip is what the datasheet says of the bus: `bus` says whose bit an edge of SCLK
//! brings, and which CLKI is in force. Memory is bounded: [`ring::MOST_EDGES`] edges, and histograms whose number and size are fixed.
//!
//! 1. VS1001 mode (SM_SDINEW = 0) is not measured: data have wires of their own there.
//! 2. With XCS and XDCS low at once, bits count as SCI's.

mod bus;
pub mod histogram;
pub mod ring;
pub mod talk;
pub mod timing;

#[cfg(test)]
mod tests;

pub use bus::Interface;
pub use ring::{Kept, Window};
pub use timing::Measured;

use bus::Bus;
use peripherals::chips::vs1053::Clock;
use peripherals::kernel::{Instant, Level, NetId, Nets, Probe, Span};
use ring::Ring;
use talk::{Operation, Talk};
use timing::Timing;

/// A wire of the chip, as a place in a set of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Clock.
    Sclk,
    /// Data to the chip.
    Mosi,
    /// Data from the chip.
    Miso,
    /// Select of SCI, active low.
    Xcs,
    /// Select of SDI, active low.
    Xdcs,
    /// The chip's request for data.
    Dreq,
    /// Reset, active low.
    Xreset,
}

/// All wires, in the order in which they are drawn.
pub const WIRES: [(Wire, &str); 7] = [
    (Wire::Sclk, "SCLK"),
    (Wire::Mosi, "MOSI"),
    (Wire::Miso, "MISO"),
    (Wire::Xcs, "XCS"),
    (Wire::Xdcs, "XDCS"),
    (Wire::Dreq, "DREQ"),
    (Wire::Xreset, "XRESET"),
];

impl Wire {
    /// Its bit.
    pub const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A place among the edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Instant,
    /// The edge's number, from 0.
    pub index: u64,
}

/// Moments that every run has, as far as they have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    /// The first clock of SCI.
    pub first_command: Option<Mark>,
    /// The first clock of SDI.
    pub first_data: Option<Mark>,
    /// DREQ fell after data had come.
    pub first_wait: Option<Mark>,
    /// The byte of SDI that took longest from its first bit to its last, and how long; where it begins.
    pub slowest: Option<(Span, Mark)>,
}

/// The oscilloscope.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Wires by net; several where the board ties them together.
    roles: Vec<u8>,
    /// Wires that exist.
    present: u8,
    /// Wires that are high.
    high: u8,
    bus: Bus,
    ring: Ring,
    timing: Timing,
    talk: Talk,
    moments: Moments,
    /// Where the byte that is under way began.
    began: Option<Mark>,
}

impl Scope {
    /// At the wires that `net` gives by name, at their present levels; `clock` is the chip's after a reset.
    pub fn new(nets: &Nets, clock: Clock, net: impl Fn(&str) -> Option<NetId>) -> Self {
        let mut roles = Vec::new();
        // A wire that is not there is as if nobody had ever moved it.
        let (mut present, mut high) = (0, Wire::Xcs.bit() | Wire::Xdcs.bit() | Wire::Xreset.bit());
        for (wire, name) in WIRES {
            let Some(id) = net(name) else { continue };
            let place = usize::from(id.0);
            if roles.len() <= place {
                roles.resize(place + 1, 0);
            }
            roles[place] |= wire.bit();
            present |= wire.bit();
            high = if nets.level(id).is_high() { high | wire.bit() } else { high & !wire.bit() };
        }
        let mut bus = Bus::new(clock);
        bus.select(high);
        Self {
            roles,
            present,
            high,
            bus,
            ring: Ring::default(),
            timing: Timing::default(),
            talk: Talk::default(),
            moments: Moments::default(),
            began: None,
        }
    }

    /// Moments so far.
    pub fn moments(&self) -> Moments {
        self.moments
    }

    /// Edges so far.
    pub fn edges(&self) -> u64 {
        self.ring.written()
    }

    /// Times so far, by CLKI.
    pub fn measured(&self) -> &[Measured] {
        self.timing.all()
    }

    /// What was said on the bus, in order; see [`talk`] for how much of it is kept.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.talk.all()
    }

    /// The last edge at `at` or before; none when there is none that is kept.
    pub fn mark(&self, at: Instant) -> Option<Mark> {
        self.ring.last_until(at)
    }

    /// The edges around `mark`, so many before it and so many after; fewer where there are no more.
    pub fn window(&self, mark: Mark, before: u64, after: u64) -> Option<Window> {
        self.ring.window(mark, before, after, self.high, self.present)
    }

    #[inline]
    fn sclk(&mut self, at: Instant, high: bool) -> Option<u8> {
        let mosi = self.high & Wire::Mosi.bit() != 0;
        if !high {
            self.timing.sclk_fall(at, &self.bus);
            if self.bus.samples(false) { Some(self.sample(at, mosi)) } else { None }
        } else {
            self.timing.sclk_rise(at, &self.bus);
            if self.bus.samples(true) { Some(self.sample(at, mosi)) } else { None }
        }
    }

    /// The chip takes a bit. Gives its place in its byte, from 0.
    fn sample(&mut self, at: Instant, mosi: bool) -> u8 {
        self.timing.sample(at, &self.bus);
        let hearing = self.bus.hearing();
        let miso = self.high & Wire::Miso.bit() != 0;
        self.talk.bit(at, hearing == Some(Interface::Data), mosi, miso);
        let place = self.bus.bit(mosi, at);
        let mark = Mark { at, index: self.ring.written() };
        if place == 0 {
            let first = match hearing {
                Some(Interface::Data) => &mut self.moments.first_data,
                _ => &mut self.moments.first_command,
            };
            first.get_or_insert(mark);
            self.began = Some(mark);
        } else if place == 7
            && hearing == Some(Interface::Data)
            && let Some(began) = self.began
        {
            let length = at.since(began.at);
            if self.moments.slowest.is_none_or(|(most, _)| length > most) {
                self.moments.slowest = Some((length, began));
            }
        }
        place
    }

    fn control(&mut self, at: Instant, wires: u8) {
        if wires & Wire::Xreset.bit() != 0 && self.high & Wire::Xreset.bit() == 0 {
            self.bus.reset();
        }
        for (wire, sci) in [(Wire::Xcs, true), (Wire::Xdcs, false)] {
            if wires & wire.bit() != 0 {
                self.talk.select();
                self.timing.select(at, self.high & wire.bit() == 0, sci, &self.bus);
            }
        }
        self.bus.select(self.high);
        let dreq_fell = wires & Wire::Dreq.bit() != 0 && self.high & Wire::Dreq.bit() == 0;
        if dreq_fell && self.moments.first_data.is_some() {
            let mark = Mark { at, index: self.ring.written() };
            self.moments.first_wait.get_or_insert(mark);
        }
    }
}

impl Probe for Scope {
    #[inline]
    fn edge(&mut self, at: Instant, net: NetId, level: Level) {
        let wires = self.roles.get(usize::from(net.0)).copied().unwrap_or_default();
        if wires == 0 {
            return;
        }
        let high = level.is_high();
        if high {
            self.high |= wires;
        } else {
            self.high &= !wires;
        }
        let mut bit = None;
        self.bus.catch_up(at);
        if wires & Wire::Mosi.bit() != 0 {
            self.timing.mosi(at, &self.bus);
        }
        if wires & Wire::Sclk.bit() != 0 {
            bit = self.sclk(at, high);
        }
        if wires & !(Wire::Sclk.bit() | Wire::Mosi.bit() | Wire::Miso.bit()) != 0 {
            self.control(at, wires);
        }
        self.ring.push(Kept::new(at, wires, high, bit, self.bus.hearing()));
    }
}
