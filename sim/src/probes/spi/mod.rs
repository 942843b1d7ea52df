//! An SPI analyser: it watches the wires of one SCLK net and says whether the bits on them are what the chip takes.
//!
//! It shares nothing with the chip model; what it knows of the chip is in `sci`, `stream` and the three bits of MODE
//! that say how SDI is taken. Over the whole run it counts, decodes the bytes as the chip would, and looks for commands
//! and stream headers in them. Of each select it also keeps a bounded record (`capture`); when the bytes make no sense,
//! `judge` tries explanations on that record until one makes sense of them.
//!
//! 1. The analyser never stops decoding, so `ok` needs no luck; but a fault is explained from the record only: from
//!    the first 10 to 30 KiB of a stream (fill before it hardly counts) and about the first 2,000 commands; two faults
//!    at once from the first 8 KiB.
//! 2. A select is `ok` as soon as one stream header, or as many commands as not, made sense on it: firmware that goes
//!    wrong later is not noticed here (the chip's own checks do).
//! 3. VS1001 mode (SM_SDINEW = 0) is not known: SDI is taken as in native mode.
//! 4. SM_SDISHARE selects SDI while XCS is high, as on the chip.
//! 5. DREQ and XRESET are not judged: XRESET low restores MODE, and that is all.
//! 6. Data that changes at the very moment of the sampling edge counts as it was before if its edge comes later.

mod capture;
mod clock;
mod culprits;
mod explain;
mod judge;
pub mod lints;
mod listener;
mod mpeg;
mod report;
mod sci;
mod stream;
mod wiring;
mod words;

#[cfg(test)]
mod bench;
#[cfg(test)]
mod tests;

pub use clock::ClockHz;
pub use report::{BitOrder, Culprit, Report, SelectReport, Verdict};
pub use wiring::{ChipWires, MOST_CHIPS, Wiring, buses};

use super::activity::Totals;
use capture::SdiFormat;
use clock::Clock;
use listener::{Language, Listener};
use peripherals::kernel::{Fabric, Instant, Level, NetId, Nets, Probe, ProbeId};
use sci::{SM_DACT, SM_SDIORD, SM_SDISHARE};
use wiring::Role;

/// What the chip has been told through SCI, and which selects are its own.
#[derive(Clone, Copy, Debug, Default)]
struct ChipState {
    xcs: Option<u8>,
    xdcs: Option<u8>,
    format: SdiFormat,
    share: bool,
    in_reset: bool,
}

/// Watches one bus.
#[derive(Clone, Debug)]
pub struct SpiAnalyser {
    name: String,
    roles: Vec<Role>,
    sclk: bool,
    mosi: bool,
    /// Selects that are low, one bit each.
    low: u32,
    /// Listeners that hear SCLK now, one bit each; never empty, as the last listener hears what no select hears.
    hearing: u32,
    /// One for each select, and the last for what is sent outside any.
    listeners: Vec<Listener>,
    chips: Vec<ChipState>,
    clock: Clock,
    edges: u64,
    sclk_edges: u64,
    mosi_edges: u64,
    /// Bits since a select changed, and whole bytes before that.
    bits: u64,
    bytes: u64,
    memo: judge::Memo,
}

impl SpiAnalyser {
    /// An analyser for `wiring`; the levels in `nets` are where it starts.
    pub fn new(wiring: &Wiring, nets: &Nets) -> Self {
        let high = |net: NetId| nets.level(net).is_high();
        let most = wiring.nets().last().map_or(0, |net| usize::from(net.0) + 1);
        let mut roles = vec![Role::None; most];
        let mut listeners = Vec::new();
        let mut chips = Vec::new();
        let mut low = 0;
        let several = wiring.chips.len() > 1;
        for (index, chip) in wiring.chips.iter().take(MOST_CHIPS).enumerate() {
            let mut select = |net: Option<NetId>, name: &str, language: Language| {
                let net = net?;
                let bit = 1u32 << listeners.len();
                let name = if several { format!("{}.{name}", chip.name) } else { name.to_owned() };
                listeners.push(Listener::new(name, language, index as u8));
                roles[usize::from(net.0)].add(bit, 0);
                if !high(net) {
                    low |= bit;
                }
                Some(bit.trailing_zeros() as u8)
            };
            let xcs = select(chip.xcs, "XCS", Language::Commands);
            let xdcs = select(chip.xdcs, "XDCS", Language::Stream);
            if let Some(net) = chip.xreset {
                roles[usize::from(net.0)].add(0, 1 << index);
            }
            let in_reset = chip.xreset.is_some_and(|net| !high(net));
            chips.push(ChipState { xcs, xdcs, in_reset, ..ChipState::default() });
        }
        listeners.push(Listener::new(String::new(), Language::Anything, u8::MAX));
        for (net, role) in [(wiring.miso, Role::Miso), (wiring.mosi, Role::Mosi), (Some(wiring.sclk), Role::Sclk)] {
            if let Some(net) = net {
                roles[usize::from(net.0)] = role;
            }
        }
        let mut analyser = Self {
            name: wiring.name.clone(),
            roles,
            sclk: high(wiring.sclk),
            mosi: wiring.mosi.is_some_and(high),
            low,
            hearing: 0,
            listeners,
            chips,
            clock: Clock::default(),
            edges: 0,
            sclk_edges: 0,
            mosi_edges: 0,
            bits: 0,
            bytes: 0,
            memo: judge::Memo::default(),
        };
        analyser.reselect();
        analyser
    }

    /// Adds an analyser for `wiring` to the board; to be done when all wires exist and before power-on.
    pub fn attach(fabric: &mut Fabric, wiring: &Wiring) -> ProbeId {
        let probe = fabric.add_probe(Box::new(Self::new(wiring, &fabric.world.nets)));
        for net in wiring.nets() {
            fabric.world.nets.watch(net, probe);
        }
        probe
    }

    /// Counters, for a live view.
    pub fn totals(&self, at: Instant) -> Totals {
        Totals {
            at,
            edges: self.edges,
            bytes: self.bytes + self.bits / 8,
            periods: self.clock.periods,
            clocked: self.clock.total,
        }
    }

    #[inline]
    fn sclk_edge(&mut self, at: Instant, high: bool, pc: Option<u32>) {
        if high == self.sclk {
            return;
        }
        self.sclk = high;
        self.edges += 1;
        self.sclk_edges += 1;
        if high {
            self.clock.rise(at, self.low != 0);
            self.bits += 1;
        }
        let mut hearing = self.hearing;
        while hearing != 0 {
            let index = hearing.trailing_zeros() as usize;
            hearing &= hearing - 1;
            let listener = &mut self.listeners[index];
            if let Some(mode) = listener.sclk(at, high, self.mosi, pc) {
                let chip = usize::from(listener.chip);
                self.mode_written(chip, mode);
            }
        }
    }

    #[inline]
    fn mosi_edge(&mut self, high: bool, pc: Option<u32>) {
        if high == self.mosi {
            return;
        }
        self.mosi = high;
        self.edges += 1;
        self.mosi_edges += 1;
        let mut hearing = self.hearing;
        while hearing != 0 {
            let index = hearing.trailing_zeros() as usize;
            hearing &= hearing - 1;
            self.listeners[index].mosi(pc);
        }
    }

    /// A wire that selects or resets chips has changed.
    fn control_edge(&mut self, at: Instant, (selects, resets): (u32, u32), high: bool, pc: Option<u32>) {
        let low = if high { self.low & !selects } else { self.low | selects };
        if low != self.low {
            self.edges += 1;
            for (index, listener) in self.listeners.iter_mut().enumerate() {
                if low & !self.low & 1 << index != 0 {
                    listener.fell(at, pc);
                }
            }
            self.low = low;
            self.clock.restart();
            self.bytes += self.bits / 8;
            self.bits = 0;
        }
        for (index, chip) in self.chips.iter_mut().enumerate() {
            if resets & 1 << index != 0 {
                chip.in_reset = !high;
                if !high {
                    (chip.format, chip.share) = (SdiFormat::default(), false);
                }
            }
        }
        self.reselect();
    }

    /// The chip has been sent a value for MODE.
    #[cold]
    fn mode_written(&mut self, chip: usize, mode: u16) {
        let Some(chip) = self.chips.get_mut(chip).filter(|c| !c.in_reset) else { return };
        chip.format = SdiFormat { lsb_first: mode & SM_SDIORD != 0, falling: mode & SM_DACT != 0 };
        chip.share = mode & SM_SDISHARE != 0;
        self.reselect();
    }

    /// Works out who hears SCLK now. A listener that has heard it stops at a byte's edge or loses the rest.
    fn reselect(&mut self) {
        let mut hearing = 0;
        for chip in &self.chips {
            let is_low = |select: Option<u8>| select.is_some_and(|bit| self.low & 1 << bit != 0);
            let bit = |select: Option<u8>| select.map_or(0, |bit| 1u32 << bit);
            if is_low(chip.xcs) {
                hearing |= bit(chip.xcs);
            }
            if if chip.share { chip.xcs.is_some() && !is_low(chip.xcs) } else { is_low(chip.xdcs) } {
                hearing |= bit(chip.xdcs);
            }
        }
        if hearing == 0 {
            hearing = 1 << (self.listeners.len() - 1);
        }
        let changed = hearing ^ self.hearing;
        self.hearing = hearing;
        for (index, listener) in self.listeners.iter_mut().enumerate() {
            if changed & 1 << index != 0 {
                if hearing & 1 << index != 0 {
                    let format = match (&listener.language, self.chips.get(usize::from(listener.chip))) {
                        (Language::Stream, Some(chip)) => chip.format,
                        _ => SdiFormat::default(),
                    };
                    listener.begin(self.sclk, self.mosi, format);
                } else {
                    listener.end();
                }
            }
        }
    }
}

impl Probe for SpiAnalyser {
    fn edge(&mut self, at: Instant, net: NetId, level: Level) {
        self.edge_of(at, net, level, None);
    }

    #[inline]
    fn edge_of(&mut self, at: Instant, net: NetId, level: Level, pc: Option<u32>) {
        let high = level.is_high();
        match self.roles.get(usize::from(net.0)).copied().unwrap_or_default() {
            Role::Sclk => self.sclk_edge(at, high, pc),
            Role::Mosi => self.mosi_edge(high, pc),
            Role::Miso => self.edges += 1,
            Role::Control { selects, resets } => self.control_edge(at, (selects, resets), high, pc),
            Role::None => {}
        }
    }
}
