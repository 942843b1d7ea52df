//! The board as a value: copied at any moment, on this thread or another, it goes on exactly as the original does.
//!
//! A host bit-bangs a real song into the VS1053 through the SoC's GPIO, with the real decoders, the judge and the digest on the wires. What
//! is compared in the end is everything that can be seen of the board, its alarms included.

use super::bus::{BoardBus, BoardSnapshot};
use super::core::{Bus, Memory, RAM_BASE};
use super::rtt::Rtt;
use crate::codecs::HostCodecs;
use crate::probes::TraceDigest;
use crate::probes::spi::{self, ChipWires, SpiAnalyser, Wiring};
use peripherals::chips::led::Led;
use peripherals::chips::vs1053::{self, Config, PINS, SCLK, SI, Vs1053, Vs1053Report, XCS, XDCS, XRESET, reg};
use peripherals::kernel::{ActorId, Fabric, Instant, PinId, ProbeId, SOC, Width, World};
use peripherals::nrf52840::{ResetCause, Soc, SocConfig};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::hash::{DefaultHasher, Hash, Hasher};

const MP3: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/song.mp3"));
const OGG: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/song.ogg"));

const P0: u32 = 0x5000_0000;
const OUTSET: u32 = P0 + 0x508;
const OUTCLR: u32 = P0 + 0x50C;
const IN: u32 = P0 + 0x510;
const DIRSET: u32 = P0 + 0x518;
const PIN_CNF: u32 = P0 + 0x700;

/// What the host does next, and what it has heard.
#[derive(Clone)]
struct Host {
    song: &'static [u8],
    /// Core clock cycle of the next access.
    at: u64,
    /// Thirds of a bit that have been sent: SI, SCLK up, SCLK down.
    sent: usize,
    heard: DefaultHasher,
}

/// Which parts of the fabric are looked at.
#[derive(Clone, Copy)]
struct Parts {
    chip: ActorId,
    judge: ProbeId,
    trace: ProbeId,
}

struct Bench {
    bus: BoardBus,
    parts: Parts,
    host: Host,
}

#[derive(Debug, PartialEq)]
struct Seen {
    trace: String,
    heard: u64,
    chip: Vs1053Report,
    judge: spi::Report,
    soc: String,
    world: String,
}

/// Enough of a song for headers and some hundred packets.
const BYTES: usize = 20_000;
const STEPS: usize = BYTES * 8 * 3;

impl Bench {
    /// Chip pin n at P0.n, an LED beside SCLK; booted, at 3.5 x.
    fn ready(song: &'static [u8]) -> Self {
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
    fn resume(snapshot: &BoardSnapshot, parts: Parts, host: Host) -> Self {
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
            let next = self.bus.next_event();
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

    fn run_to(&mut self, sent: usize) {
        while self.host.sent < sent {
            self.step();
        }
    }

    /// The rest of the song and 50 ms of what the chip still holds.
    fn end(mut self) -> Seen {
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

/// Goes on from `at` in three ways: as if nothing had been, from the snapshot on another thread, and from it again in the bus that
/// has already gone on.
fn three_ways_from(song: &'static [u8], at: usize) -> [Seen; 3] {
    let mut bench = Bench::ready(song);
    bench.run_to(at);
    let (snapshot, parts, host) = (bench.bus.snapshot(), bench.parts, bench.host.clone());
    let (away, away_host) = (snapshot.clone(), host.clone());
    let elsewhere = std::thread::spawn(move || Bench::resume(&away, parts, away_host).end());
    bench.run_to(STEPS.min(at + 30_000));
    bench.bus.restore(&snapshot);
    bench.host = host.clone();
    let again = bench.end();
    let elsewhere = elsewhere.join().expect("the thread ends");
    [Bench::resume(&snapshot, parts, host).end(), elsewhere, again]
}

fn no_snapshot_shows(song: &'static [u8]) {
    let undisturbed = Bench::ready(song).end();
    let streams = &undisturbed.chip.streams;
    assert!(streams.iter().all(|stream| stream.frames > 20_000), "the bench has to play: {streams:?}");
    assert_eq!(streams.len(), 1);
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 5, failure_persistence: None, ..ProptestConfig::default() });
    let outcome = runner.run(&(0..STEPS), |at| {
        for (way, seen) in three_ways_from(song, at).iter().enumerate() {
            prop_assert_eq!(seen, &undisturbed, "way {}", way);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn an_mp3_goes_on_from_a_snapshot_at_any_moment_as_if_nothing_had_been() {
    no_snapshot_shows(MP3);
}

#[test]
fn an_ogg_goes_on_from_a_snapshot_at_any_moment_as_if_nothing_had_been() {
    no_snapshot_shows(OGG);
}

#[test]
fn boards_on_several_threads_do_not_see_each_other() {
    let alone = [MP3, OGG].map(|song| Bench::ready(song).end());
    let together = [MP3, OGG, MP3].map(|song| std::thread::spawn(move || Bench::ready(song).end()));
    let [mp3, ogg, again] = together.map(|thread| thread.join().expect("the thread ends"));
    assert_eq!([&mp3, &ogg, &again], [&alone[0], &alone[1], &alone[0]]);
}

/// Resident memory of this process in bytes.
#[cfg(target_os = "linux")]
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("how much is resident");
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().expect("a number") * 1024.0
}

/// With the record that the judge keeps of the data full. Tests beside this one move the figure by a little: it is a mean of many.
#[cfg(target_os = "linux")]
#[test]
fn a_snapshot_costs_about_a_megabyte_besides_ram_and_flash() {
    const MANY: usize = 96;
    let mut bench = Bench::ready(OGG);
    bench.run_to(40_000 * 24);
    let before = resident();
    let start = std::time::Instant::now();
    let snapshots: Vec<_> = (0..MANY).map(|_| bench.bus.snapshot()).collect();
    let each = start.elapsed() / MANY as u32;
    let bytes = (resident() - before) / MANY as f64;
    println!("a snapshot of the board takes {bytes:.0} bytes and {each:?}");
    assert!(bytes < 1.5e6, "{bytes:.0} bytes");
    drop(snapshots);
}

/// What a snapshot holds can go to another thread; the compiler says so.
const _: () = {
    const fn travels<T: Send + Clone + 'static>() {}
    travels::<BoardSnapshot>();
    travels::<Soc>();
    travels::<World>();
    travels::<Fabric>();
    travels::<Vs1053>();
    travels::<SpiAnalyser>();
    travels::<TraceDigest>();
};

/// A UARTE that is sending from RAM.
fn sender(memory: &Memory) -> BoardBus {
    const UARTE0: u32 = 0x4000_2000;
    let mut bus = BoardBus::new(Soc::new(SocConfig::default()), Fabric::default());
    bus.attach(memory.clone(), Rtt::new(None));
    for (at, (offset, value)) in (0..).zip([(0x500, 8), (0x544, RAM_BASE), (0x548, 4), (0x008, 1)]) {
        bus.write(UARTE0 + offset, Width::Word, value, at, 0x100);
    }
    bus
}

fn text(bus: &mut BoardBus) -> Vec<u8> {
    bus.catch_up(Instant::from_cycles(64_000));
    std::mem::take(&mut bus.fabric.world.console).into_iter().map(|(_, byte)| byte).collect()
}

#[test]
fn a_restored_board_keeps_the_memory_that_is_attached() {
    let memory = Memory::new();
    memory.write(RAM_BASE, b"abcd");
    let mut bus = sender(&memory);
    let snapshot = bus.snapshot();
    assert_eq!(text(&mut bus), b"abcd");
    memory.write(RAM_BASE, b"efgh");
    bus.restore(&snapshot);
    assert_eq!(text(&mut bus), b"efgh", "the transfer starts over, from the memory as it is now");
}

#[test]
fn a_lost_store_that_nobody_has_seen_yet_is_part_of_a_snapshot() {
    let mut bus = BoardBus::new(Soc::new(SocConfig::default()), Fabric::default());
    bus.write(0x4FFF_F000, Width::Word, 1, 5, 0x100);
    let snapshot = bus.snapshot();
    let lost = bus.take_lost();
    assert!(lost.is_some_and(|l| l.address == 0x4FFF_F000));
    assert_eq!(bus.take_lost(), None);
    bus.restore(&snapshot);
    assert_eq!(bus.take_lost(), lost);
}
