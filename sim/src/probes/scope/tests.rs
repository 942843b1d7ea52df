//! The oscilloscope on wires whose every edge is known.

use super::histogram::Histogram;
use super::ring::MOST_EDGES;
use super::timing::Measure;
use super::*;
use peripherals::chips::vs1053::Config;
use peripherals::kernel::Drive;

/// A scope, and somebody who moves its wires; times in nanoseconds.
struct Bench {
    scope: Scope,
    ids: Vec<NetId>,
    ns: u64,
    mosi: bool,
}

impl Bench {
    fn new() -> Self {
        let mut nets = Nets::default();
        let ids: Vec<NetId> = WIRES.iter().map(|(_, name)| nets.add(*name)).collect();
        for wire in [Wire::Xcs, Wire::Xdcs, Wire::Xreset, Wire::Dreq] {
            nets.pull(ids[wire as usize], Drive::PullUp);
        }
        let find = |name: &str| WIRES.iter().position(|(_, known)| *known == name).map(|index| ids[index]);
        let scope = Scope::new(&nets, Config::default().clock(), find);
        Self { scope, ids, ns: 1_000, mosi: false }
    }

    fn wire(&mut self, wire: Wire, high: bool) {
        let at = Instant::from_ps(1_000 * self.ns);
        self.scope.edge(at, self.ids[wire as usize], Level::from(high));
    }

    fn pass(&mut self, ns: u64) {
        self.ns += ns;
    }

    /// In mode 0: 10 ns after the fall MOSI, 50 ns low in all, 30 ns high.
    fn byte(&mut self, byte: u8) {
        for bit in (0..8).rev() {
            let one = byte >> bit & 1 == 1;
            self.pass(10);
            if one != self.mosi {
                self.mosi = one;
                self.wire(Wire::Mosi, one);
            }
            self.pass(40);
            self.wire(Wire::Sclk, true);
            self.pass(30);
            self.wire(Wire::Sclk, false);
        }
    }

    fn command(&mut self, bytes: &[u8]) {
        self.wire(Wire::Xcs, false);
        self.pass(7);
        bytes.iter().for_each(|byte| self.byte(*byte));
        self.pass(21);
        self.wire(Wire::Xcs, true);
        self.pass(500);
    }

    fn of(&self, measured: usize, interface: Interface, measure: Measure) -> &Histogram {
        self.scope.measured()[measured].of(interface, measure)
    }
}

fn ns(histogram: &Histogram) -> (u64, u64, u64) {
    (histogram.count(), histogram.least().as_ps() / 1_000, histogram.most().as_ps() / 1_000)
}

#[test]
fn every_time_of_a_command_is_measured() {
    let mut bench = Bench::new();
    bench.command(&[0x02, 0x00, 0x48, 0x00]);
    bench.command(&[0x02, 0x0B, 0x20, 0x20]);
    let of = |measure| ns(bench.of(0, Interface::Command, measure));
    assert_eq!(of(Measure::Period), (8 * 7, 80, 80));
    assert_eq!(of(Measure::Between), (6, 80, 80));
    assert_eq!(of(Measure::High), (8 * 7, 30, 30));
    assert_eq!(of(Measure::Low), (8 * 7, 50, 50));
    // 0x02 and 0x48 have four edges on MOSI and 0x20 two; 0x0B has four and its last level is changed in the byte after it.
    assert_eq!(of(Measure::Setup), (2 + 4 + 2 + 4 + 4, 40, 40));
    assert_eq!(of(Measure::Hold).1, 40);
    assert_eq!(of(Measure::SelectSetup), (2, 57, 57));
    assert_eq!(of(Measure::SelectHold), (2, 21, 21));
    assert_eq!(of(Measure::SelectHigh), (1, 500, 500));
    assert_eq!(bench.scope.measured()[0].clki_hz, 12_288_000);
    let first = bench.scope.moments().first_command.expect("there were commands");
    assert_eq!(first.at, Instant::from_ps(1_057_000));
}

#[test]
fn clki_follows_clockf_once_it_has_settled_and_goes_back_with_a_reset() {
    let mut bench = Bench::new();
    bench.command(&[0x02, 0x03, 0x88, 0x00]);
    bench.command(&[0x02, 0x0B, 0x20, 0x20]);
    bench.pass(98_000);
    bench.command(&[0x02, 0x0B, 0x20, 0x20]);
    let clki: Vec<u32> = bench.scope.measured().iter().map(|at| at.clki_hz).collect();
    assert_eq!(clki, [12_288_000, 43_008_000]);
    let counts = |bench: &Bench| [0, 1].map(|n| bench.of(n, Interface::Command, Measure::SelectHold).count());
    assert_eq!(counts(&bench), [2, 1]);
    bench.wire(Wire::Xreset, false);
    bench.wire(Wire::Xreset, true);
    bench.command(&[0x02, 0x0B, 0x20, 0x20]);
    assert_eq!(counts(&bench), [3, 1]);
    let limits = bench.scope.measured()[1].limits;
    assert_eq!(Measure::Hold.limit(Interface::Data, &limits).map(Span::as_ps), Some(46_503), "2 CLKI");
}

#[test]
fn a_read_is_told_from_a_write_by_its_opcode() {
    let mut bench = Bench::new();
    bench.command(&[0x03, 0x01, 0x00, 0x00]);
    assert_eq!(bench.of(0, Interface::Command, Measure::Period).count(), 7);
    assert_eq!(bench.of(0, Interface::Read, Measure::Period).count(), 21);
}

#[test]
fn data_are_those_of_xdcs_or_with_sm_sdishare_of_xcs_high() {
    let mut bench = Bench::new();
    bench.wire(Wire::Xdcs, false);
    bench.byte(0xFF);
    assert_eq!(bench.of(0, Interface::Data, Measure::Period).count(), 7);
    bench.wire(Wire::Xdcs, true);
    bench.byte(0xFF);
    assert_eq!(bench.of(0, Interface::Data, Measure::Period).count(), 7, "nobody hears this");
    bench.command(&[0x02, 0x00, 0x4C, 0x00]);
    bench.byte(0xFF);
    assert_eq!(bench.of(0, Interface::Data, Measure::Period).count(), 14);
}

#[test]
fn the_slowest_byte_and_the_first_wait_are_noticed() {
    let mut bench = Bench::new();
    bench.wire(Wire::Dreq, false);
    bench.wire(Wire::Dreq, true);
    bench.wire(Wire::Xdcs, false);
    bench.byte(0x11);
    bench.wire(Wire::Dreq, false);
    let wait = bench.scope.moments().first_wait.expect("DREQ fell after data");
    assert_eq!(wait.at.as_ps(), 1_000 * bench.ns);
    let (usual, _) = bench.scope.moments().slowest.expect("a byte");
    assert_eq!(usual, Span::from_ns(7 * 80));
    bench.byte(0x22);
    assert_eq!(bench.scope.moments().slowest.map(|(length, _)| length), Some(usual), "as slow is not slower");
    bench.wire(Wire::Sclk, true);
    bench.pass(10_000);
    for _ in 0..7 {
        bench.wire(Wire::Sclk, false);
        bench.pass(40);
        bench.wire(Wire::Sclk, true);
        bench.pass(40);
    }
    let (slow, mark) = bench.scope.moments().slowest.expect("a byte");
    assert_eq!(slow, Span::from_ns(10_000 + 7 * 80 - 40));
    let window = bench.scope.window(mark, 0, 1).expect("it is kept");
    assert_eq!((window.edges[0].bit, window.edges[0].at), (Some(0), mark.at));
}

#[test]
fn a_window_knows_the_levels_before_it_and_whether_it_is_whole() {
    let mut bench = Bench::new();
    bench.wire(Wire::Xdcs, false);
    bench.byte(0xA5);
    let mark = bench.scope.moments().first_data.expect("data");
    let window = bench.scope.window(mark, 1, 1_000).expect("a window");
    assert!(!window.whole);
    assert_eq!(window.edges[0].wires, Wire::Mosi.bit());
    assert_eq!(window.high, Wire::Xcs.bit() | Wire::Dreq.bit() | Wire::Xreset.bit(), "MOSI was low, and so was XDCS");
    assert!(bench.scope.window(mark, 1, 8).expect("a window").whole);
    let late = bench.scope.mark(Instant::from_ps(u64::MAX)).expect("an edge");
    assert_eq!(late.index + 1, bench.scope.edges());
    assert_eq!(bench.scope.mark(Instant::ZERO), None, "nothing had happened");
}

#[test]
fn a_wire_that_never_rests_fills_no_memory_and_what_has_gone_is_gone() {
    let mut bench = Bench::new();
    bench.wire(Wire::Xdcs, false);
    bench.byte(0xA5);
    let early = bench.scope.moments().first_data.expect("data");
    for n in 0..MOST_EDGES as u64 {
        bench.pass(1);
        bench.wire(Wire::Mosi, n % 2 == 0);
    }
    assert_eq!(bench.scope.window(early, 5, 5), None);
    let now = bench.scope.mark(Instant::from_ps(1_000 * bench.ns - 100_000)).expect("it is kept");
    assert_eq!(bench.scope.window(now, 5, 5).map(|window| window.edges.len()), Some(10));
}

#[test]
fn wires_that_are_tied_together_are_one_edge() {
    let mut nets = Nets::default();
    let (clock, select) = (nets.add("SCLK"), nets.add("both"));
    nets.pull(select, Drive::PullUp);
    let find = |name: &str| match name {
        "SCLK" => Some(clock),
        "XCS" | "XDCS" => Some(select),
        _ => None,
    };
    let mut scope = Scope::new(&nets, Config::default().clock(), find);
    scope.edge(Instant::from_ps(10), select, Level::Low);
    scope.edge(Instant::from_ps(20), clock, Level::High);
    let window = scope.window(scope.mark(Instant::from_ps(20)).unwrap(), 9, 9).unwrap();
    assert_eq!(window.edges[0].wires, Wire::Xcs.bit() | Wire::Xdcs.bit());
    assert_eq!((window.edges[1].bit, window.edges[1].hearing), (Some(0), Some(Interface::Command)));
}
