//! Which wires of the board make up one SPI bus.

use peripherals::kernel::{NetId, Nets};

/// The wires of one SCLK net and of the VS1053s on it.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// What the report calls the bus.
    pub name: String,
    /// The clock.
    pub sclk: NetId,
    /// Data to the chips (their SI).
    pub mosi: Option<NetId>,
    /// Data from the chips (their SO); its edges are only counted.
    pub miso: Option<NetId>,
    /// The chips on the bus, in board order; more than [`MOST_CHIPS`] are not judged.
    pub chips: Vec<ChipWires>,
}

/// The wires of one chip that decide whether it listens.
#[derive(Clone, Debug)]
pub struct ChipWires {
    /// The chip's name on the board; it is part of the select's name when there are several chips.
    pub name: String,
    /// Selects SCI, active low.
    pub xcs: Option<NetId>,
    /// Selects SDI, active low.
    pub xdcs: Option<NetId>,
    /// Reset, active low.
    pub xreset: Option<NetId>,
}

/// Groups chips into buses, one for each SCLK wire, in the order in which they come. A chip is its name and a look-up of its
/// wires by the board's names (`SCLK`, `MOSI`, `MISO`, `XCS`, `XDCS`, `XRESET`); one without SCLK is on no bus. A bus is
/// called after its SCLK wire.
pub fn buses<'a, L>(nets: &Nets, chips: impl IntoIterator<Item = (&'a str, L)>) -> Vec<Wiring>
where
    L: Fn(&str) -> Option<NetId>,
{
    let mut buses: Vec<Wiring> = Vec::new();
    for (name, net) in chips {
        let Some(sclk) = net("SCLK") else { continue };
        let chip = ChipWires { name: name.to_owned(), xcs: net("XCS"), xdcs: net("XDCS"), xreset: net("XRESET") };
        let index = buses.iter().position(|bus| bus.sclk == sclk).unwrap_or_else(|| {
            let name = nets.name(sclk).to_owned();
            buses.push(Wiring { name, sclk, mosi: None, miso: None, chips: Vec::new() });
            buses.len() - 1
        });
        let bus = &mut buses[index];
        bus.mosi = bus.mosi.or_else(|| net("MOSI"));
        bus.miso = bus.miso.or_else(|| net("MISO"));
        bus.chips.push(chip);
    }
    buses
}

/// Chips on one bus that are judged.
pub const MOST_CHIPS: usize = 8;

impl Wiring {
    /// Every wire the analyser wants to see, each once.
    pub fn nets(&self) -> Vec<NetId> {
        let chips = self.chips.iter().take(MOST_CHIPS).flat_map(|c| [c.xcs, c.xdcs, c.xreset]);
        let mut nets: Vec<_> = [Some(self.sclk), self.mosi, self.miso].into_iter().chain(chips).flatten().collect();
        nets.sort_unstable();
        nets.dedup();
        nets
    }
}

/// What a wire means to the analyser; a select's and a reset's are places in its lists, as bits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Role {
    #[default]
    None,
    Sclk,
    Mosi,
    Miso,
    /// Selects and resets on this wire; usually one. Boards that tie them together exist.
    Control {
        selects: u32,
        resets: u32,
    },
}

impl Role {
    /// Adds a select or a reset to what the wire already means.
    pub fn add(&mut self, select: u32, reset: u32) {
        let (selects, resets) = match *self {
            Self::Control { selects, resets } => (selects, resets),
            _ => (0, 0),
        };
        *self = Self::Control { selects: selects | select, resets: resets | reset };
    }
}
