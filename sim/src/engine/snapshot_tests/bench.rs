//! A host that bit-bangs a real song into the VS1053 through the SoC's GPIO, with the real decoders, the judge and the digest on the wires.

use super::super::bus::{BoardBus, BoardSnapshot};
use super::super::core::Bus;
use crate::codecs::HostCodecs;
use crate::probes::TraceDigest;
use crate::probes::spi::{self, ChipWires, SpiAnalyser, Wiring};
use peripherals::chips::led::Led;
use peripherals::chips::vs1053::{self, Config, PINS, SCLK, SI, Vs1053, Vs1053Report, XCS, XDCS, XRESET, reg};
use peripherals::kernel::{ActorId, Fabric, Instant, PinId, ProbeId, SOC, Width};
use peripherals::nrf52840::{ResetCause, Soc, SocConfig};
use std::hash::{DefaultHasher, Hash, Hasher};

pub(super) const MP3: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/song.mp3"));
pub(super) const OGG: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/song.ogg"));

const P0: u32 = 0x5000_0000;
const OUTSET: u32 = P0 + 0x508;
const OUTCLR: u32 = P0 + 0x50C;
const IN: u32 = P0 + 0x510;
const DIRSET: u32 = P0 + 0x518;
const PIN_CNF: u32 = P0 + 0x700;

/// What the host does next, and what it has heard.
#[derive(Clone)]
pub(super) struct Host {
    song: &'static [u8],
    /// Core clock cycle of the next access.
    at: u64,
    /// Thirds of a bit that have been sent: SI, SCLK up, SCLK down.
    sent: usize,
    heard: DefaultHasher,
}

/// Which parts of the fabric are looked at.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    chip: ActorId,
    judge: ProbeId,
    trace: ProbeId,
}

pub(super) struct Bench {
    pub bus: BoardBus,
    pub parts: Parts,
    pub host: Host,
}

/// All that there is to see of the board, its alarms included.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    trace: String,
    heard: u64,
    pub chip: Vs1053Report,
    judge: spi::Report,
    soc: String,
    world: String,
}

/// Enough of a song for headers and some hundred packets.
const BYTES: usize = 20_000;
pub(super) const STEPS: usize = BYTES * 8 * 3;

impl Bench {
    /// Chip pin n at P0.n, an LED beside SCLK; booted, at 3.5 x.
    pub fn ready(song: &'static [u8]) -> Self {
        let mut fabric = Fabric::default();
        let chip = fabric.add_chip(Box::new(Vs1053::new(Config::default(), Box::new(HostCodecs))));
        let led = fabric.add_chip(Box::new(Led::new(true)));
        let nets: Vec<_> = PINS.iter().map(|pin| fabric.world.nets.add(pin.name)).collect();
        for (n, &net) in (0..).zip(&nets) {
            fabric.world.nets.join(net, SOC, PinId(n));
            fabric.world.nets.join(net, chip, PinId(n));
        }
        let net = |pin: PinId| nets[usize::from(pin.0)];
        fabric.world.nets.join(net(SCLK), led, PinId(0));
        let select = |pin| Some(net(pin));
        let chips = vec![ChipWires { name: "U1".into(), xcs: select(XCS), xdcs: select(XDCS), xreset: select(XRESET) }];
        let wiring = Wiring { name: "SCLK".into(), sclk: net(SCLK), mosi: select(SI), miso: select(vs1053::SO), chips };
        let judge = SpiAnalyser::attach(&mut fabric, &wiring);
        let trace = TraceDigest::attach(&mut fabric);
        let mut soc = Soc::new(SocConfig::default());
        soc.reset(ResetCause::PowerOn, &mut fabric.world);
        fabric.settle(&mut soc);
        fabric.power_on(&mut soc);
        let host = Host { song, at: 0, sent: 0, heard: DefaultHasher::new() };
        let mut bench = Self { bus: BoardBus::new(soc, fabric), parts: Parts { chip, judge, trace }, host };
        bench.boot();
        bench
    }

    fn boot(&mut self) {
        let bit = |pin: PinId| 1 << pin.0;
        self.write(OUTSET, bit(XCS) | bit(XDCS));
        self.write(DIRSET, bit(XCS) | bit(XDCS) | bit(SCLK) | bit(SI) | bit(XRESET));
        self.write(PIN_CNF + 4 * u32::from(vs1053::DREQ.0), 0);
        self.host.at += 1_000;
        self.set(XRESET, true);
        self.wait_for_dreq();
        self.set(XCS, false);
        let word = 0x0200_8800 | u32::from(reg::CLOCKF) << 16;
        for n in (0..32).rev() {
            for step in [(SI, word >> n & 1 == 1), (SCLK, true), (SCLK, false)] {
                self.set(step.0, step.1);
                self.host.at += 30;
            }
        }
        self.set(XCS, true);
        self.host.at += 1_000;
        self.wait_for_dreq();
    }

    /// The same board at another time, on whatever bus.
    pub fn resume(snapshot: &BoardSnapshot, parts: Parts, host: Host) -> Self {
        let mut bus = BoardBus::new(Soc::new(SocConfig::default()), Fabric::default());
        bus.restore(snapshot);
        Self { bus, parts, host }
    }

    fn write(&mut self, address: u32, value: u32) {
        self.bus.write(address, Width::Word, value, self.host.at, 0x100);
        self.host.at += 1;
    }

    fn set(&mut self, pin: PinId, high: bool) {
        self.write(if high { OUTSET } else { OUTCLR }, 1 << pin.0);
    }

    fn wait_for_dreq(&mut self) {
        while self.bus.read(IN, Width::Word, self.host.at, 0x100).expect("GPIO") >> vs1053::DREQ.0 & 1 == 0 {
            let next = self.bus.fabric.world.sched.next().map_or(u64::MAX, Instant::cycles_ceil);
            assert_ne!(next, u64::MAX, "DREQ is low and nothing goes on");
            self.host.at = self.host.at.max(next) + 1;
        }
        self.collect();
    }

    fn collect(&mut self) {
        let chip = self.bus.fabric.chip_mut::<Vs1053>(self.parts.chip).expect("the chip");
        let heard = &mut self.host.heard;
        chip.drain_audio(&mut |block| (block.start, block.rate_hz, block.frames, block.samples).hash(heard));
    }

    /// A third of a bit of the song; before each 32 bytes the host waits for DREQ.
    fn step(&mut self) {
        let (bit, third) = (self.host.sent / 3, self.host.sent % 3);
        if bit.is_multiple_of(256) && third == 0 {
            self.set(XDCS, true);
            self.wait_for_dreq();
            self.set(XDCS, false);
        }
        match third {
            0 => {
                let byte = self.host.song[bit / 8 % self.host.song.len()];
                self.set(SI, byte << (bit % 8) & 0x80 != 0);
            }
            1 => self.set(SCLK, true),
            _ => self.set(SCLK, false),
        }
        self.host.at += 5;
        self.host.sent += 1;
    }

    pub fn run_to(&mut self, sent: usize) {
        while self.host.sent < sent {
            self.step();
        }
    }

    /// The rest of the song and 50 ms of what the chip still holds.
    pub fn end(mut self) -> Seen {
        self.run_to(STEPS);
        let end = Instant::from_cycles(self.host.at + 3_200_000);
        self.bus.catch_up(end);
        self.collect();
        let fabric = &self.bus.fabric;
        let judge = fabric.probe::<SpiAnalyser>(self.parts.judge).expect("the judge");
        Seen {
            trace: fabric.probe::<TraceDigest>(self.parts.trace).expect("the digest").hex(),
            heard: self.host.heard.finish(),
            chip: fabric.chip::<Vs1053>(self.parts.chip).expect("the chip").report(end),
            judge: judge.report(),
            soc: format!("{:?}", self.bus.soc),
            world: format!("{:?}", fabric.world),
        }
    }
}
