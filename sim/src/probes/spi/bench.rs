//! A bit-banging driver on wires, right or wrong in every way the judge knows.

use super::{ChipWires, Report, SpiAnalyser, Wiring};
use peripherals::kernel::{Drive, Instant, Level, NetId, Nets, Probe, Span};

pub(super) const SCLK: NetId = NetId(0);
pub(super) const MOSI: NetId = NetId(1);
pub(super) const XCS: NetId = NetId(2);
pub(super) const XDCS: NetId = NetId(3);
pub(super) const XRESET: NetId = NetId(4);

/// How the driver differs from the article's: mode 3, MSB first.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    pub mode: u8,
    pub lsb_first: bool,
    pub sdi_lsb_first: bool,
    pub swap_clock: bool,
    pub swap_selects: bool,
    pub no_xcs: bool,
    pub no_xdcs: bool,
    pub no_clock: bool,
    /// Clocks too many after each select, or bits that come before it if negative.
    pub extra: i8,
    /// Half a clock.
    pub half: Span,
}

pub(super) const RIGHT: How = How {
    mode: 3,
    lsb_first: false,
    sdi_lsb_first: false,
    swap_clock: false,
    swap_selects: false,
    no_xcs: false,
    no_xdcs: false,
    no_clock: false,
    extra: 0,
    half: Span::from_cycles(4),
};

/// The wires with an analyser on them.
pub(super) struct Bench {
    pub spi: SpiAnalyser,
    pub how: How,
    pub now: Instant,
    levels: [bool; 5],
}

pub(super) fn nets() -> Nets {
    let mut nets = Nets::default();
    for name in ["SCLK", "MOSI", "XCS", "XDCS", "XRESET"] {
        let net = nets.add(name);
        if name.starts_with('X') {
            nets.pull(net, Drive::PullUp);
        }
    }
    nets
}

pub(super) fn wiring() -> Wiring {
    let chip = ChipWires { name: "vs1053".into(), xcs: Some(XCS), xdcs: Some(XDCS), xreset: Some(XRESET) };
    Wiring { name: "SCLK".into(), sclk: SCLK, mosi: Some(MOSI), miso: None, chips: vec![chip] }
}

impl Bench {
    /// Sets the pins up: SCLK to its level of rest.
    pub fn new(how: How) -> Self {
        let spi = SpiAnalyser::new(&wiring(), &nets());
        let mut bench = Self { spi, how, now: Instant::ZERO, levels: [false, false, true, true, true] };
        bench.wait(Span::from_us(3));
        bench.clock(how.mode >= 2);
        bench
    }

    pub fn set(&mut self, net: NetId, high: bool) {
        let level = &mut self.levels[usize::from(net.0)];
        if *level != high {
            *level = high;
            self.spi.edge(self.now, net, Level::from(high));
        }
        self.wait(Span::from_cycles(1));
    }

    pub fn wait(&mut self, span: Span) {
        self.now += span;
    }

    fn clock(&mut self, high: bool) {
        if !self.how.no_clock {
            self.set(if self.how.swap_clock { MOSI } else { SCLK }, high);
        }
    }

    fn data(&mut self, high: bool) {
        self.set(if self.how.swap_clock { SCLK } else { MOSI }, high);
    }

    /// One clock of the mode, with `bit` valid at its sampling edge.
    pub fn bit(&mut self, bit: bool) {
        let (cpol, cpha) = (self.how.mode >= 2, self.how.mode & 1 == 1);
        if cpha {
            self.clock(!cpol);
        }
        self.data(bit);
        self.wait(self.how.half);
        self.clock(if cpha { cpol } else { !cpol });
        self.wait(self.how.half);
        if !cpha {
            self.clock(cpol);
        }
    }

    pub fn bits(&mut self, byte: u8, lsb_first: bool) -> impl Iterator<Item = bool> + use<> {
        let byte = if lsb_first { byte.reverse_bits() } else { byte };
        (0..8).rev().map(move |i| byte >> i & 1 != 0)
    }

    fn transfer(&mut self, select: NetId, driven: bool, bytes: &[u8], lsb_first: bool) {
        let mut bits: Vec<bool> = Vec::new();
        for &byte in bytes {
            bits.extend(self.bits(byte, lsb_first));
        }
        let early = usize::from(self.how.extra.min(0).unsigned_abs());
        bits[..early].iter().for_each(|&bit| self.bit(bit));
        if driven {
            self.set(select, false);
        }
        for _ in 0..self.how.extra {
            self.bit(true);
        }
        bits[early..].iter().for_each(|&bit| self.bit(bit));
        if driven {
            self.set(select, true);
        }
        self.wait(Span::from_us(2));
    }

    fn selects(&self) -> (NetId, NetId) {
        if self.how.swap_selects { (XDCS, XCS) } else { (XCS, XDCS) }
    }

    /// Bytes with XCS low.
    pub fn sci(&mut self, bytes: &[u8]) {
        self.transfer(self.selects().0, !self.how.no_xcs, bytes, self.how.lsb_first);
    }

    pub fn write(&mut self, register: u8, value: u16) {
        let [high, low] = value.to_be_bytes();
        self.sci(&[0x02, register, high, low]);
        self.wait(Span::from_us(100));
    }

    pub fn read(&mut self, register: u8) {
        self.sci(&[0x03, register, 0xFF, 0xFF]);
    }

    /// Bytes with XDCS low, 32 at a time, with a pause for DREQ now and then.
    pub fn sdi(&mut self, bytes: &[u8]) {
        for (n, chunk) in bytes.chunks(32).enumerate() {
            let lsb_first = self.how.lsb_first != self.how.sdi_lsb_first;
            self.transfer(self.selects().1, !self.how.no_xdcs, chunk, lsb_first);
            if n % 16 == 0 {
                self.wait(Span::from_us(700));
            }
        }
    }

    /// Bytes with no select low.
    pub fn stray(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            for bit in self.bits(byte, false) {
                self.bit(bit);
            }
        }
    }

    pub fn report(&self) -> Report {
        self.spi.report()
    }
}
