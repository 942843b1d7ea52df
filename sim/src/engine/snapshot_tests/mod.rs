//! The board as a value: copied at any moment, on this thread or another, it goes on exactly as the original does.

mod bench;

use super::bus::{BoardBus, BoardSnapshot};
use super::core::{Bus, Memory, RAM_BASE};
use super::rtt::Rtt;
use crate::probes::TraceDigest;
use crate::probes::spi::SpiAnalyser;
use bench::{Bench, MP3, OGG, STEPS, Seen};
use peripherals::chips::vs1053::Vs1053;
use peripherals::kernel::{Fabric, Instant, Width, World};
use peripherals::nrf52840::{Soc, SocConfig};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

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
