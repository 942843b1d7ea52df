//! SPI and SPIM: bits on the wires, each at its time, and bytes in RAM.

use super::*;
use crate::kernel::{ActorId, Alarm, Chip, Direction, Edge, HearsPins, PinSpec};

const SPIM0: u32 = 0x4000_3000;
const SPIM3: u32 = 0x4002_F000;
const STOPPED: u32 = 0x104;
const READY: u32 = 0x108;
const ENDRX: u32 = 0x110;
const END: u32 = 0x118;
const ENDTX: u32 = 0x120;
const STARTED: u32 = 0x14C;
const RAM: u32 = 0x2000_0000;
const M8: u32 = 0x8000_0000;

/// Edges of SCK, and what lay on MOSI at each.
#[derive(Clone, Default)]
struct Slave {
    /// MISO follows it at the edge that changes data: bits of these bytes, first bit first.
    seen: Vec<(u64, bool, bool)>,
}

static PINS: [PinSpec; 2] =
    [PinSpec { name: "SCK", direction: Direction::Input }, PinSpec { name: "MOSI", direction: Direction::Input }];

impl HearsPins for Slave {
    fn edge(&mut self, pin: PinId, edge: Edge, cx: &mut Cx) {
        if pin.0 == 0 {
            self.seen.push((cx.now().as_ps(), edge.level().is_high(), cx.level(PinId(1)).is_high()));
        }
    }
}

impl Chip for Slave {
    fn pins(&self) -> &'static [PinSpec] {
        &PINS
    }
    fn wake(&mut self, _: Alarm, _: &mut Cx) {}
    fn reset(&mut self, _: &mut Cx) {}
}

/// SCK on P0.23, MOSI on P0.22 with MISO, P0.24, on the same wire, CSN on P0.25.
struct Wired {
    b: Bench,
    slave: ActorId,
    base: u32,
}

fn wired(base: u32) -> Wired {
    let mut slave = ActorId(0);
    let mut b = Bench::with(SocConfig::default(), |f| {
        slave = f.add_chip(Box::new(Slave::default()));
        let sck = wire(f, "SCK", 23);
        f.world.nets.join(sck, slave, PinId(0));
        let data = wire(f, "DATA", 22);
        f.world.nets.join(data, SOC, PinId(24));
        f.world.nets.join(data, slave, PinId(1));
        wire(f, "CSN", 25);
    });
    b.write(0x5000_0700 + 24 * 4, 0);
    Wired { b, slave, base }
}

impl Wired {
    fn set(&mut self, at: u32, value: u32) {
        self.b.write(self.base + at, value);
    }
    fn get(&mut self, at: u32) -> u32 {
        self.b.read(self.base + at)
    }
    fn spim(&mut self, config: u32, frequency: u32) {
        for (at, value) in [(0x508, 23), (0x50C, 22), (0x510, 24), (0x554, config), (0x524, frequency), (0x500, 7)] {
            self.set(at, value);
        }
    }
    /// TXD at RAM, RXD 0x80 above.
    fn buffers(&mut self, tx: &[u8], rx: u32) {
        self.b.ram.0[..tx.len()].copy_from_slice(tx);
        for (at, value) in [(0x544, RAM), (0x548, tx.len() as u32), (0x534, RAM + 0x80), (0x538, rx)] {
            self.set(at, value);
        }
    }
    fn slave(&mut self) -> &mut Slave {
        self.b.fabric.chip_mut::<Slave>(self.slave).expect("the slave")
    }
    fn now(&self) -> u64 {
        self.b.fabric.world.now.as_ps()
    }
}

/// Bits as a slave in `mode` hears them.
fn heard(seen: &[(u64, bool, bool)], mode: u32) -> Vec<u8> {
    let rising = matches!(mode, 0 | 3);
    let bits: Vec<bool> = seen.iter().filter(|&&(_, high, _)| high == rising).map(|&(.., bit)| bit).collect();
    bits.chunks(8).map(|byte| byte.iter().fold(0, |all, &bit| all << 1 | u8::from(bit))).collect()
}

#[test]
fn a_transfer_is_bits_at_the_configured_clock_in_every_mode() {
    for mode in 0..4u32 {
        for lsb_first in [0, 1] {
            for (frequency, cycles) in [(0x0200_0000u32, 512u64), (0x1000_0000, 64), (M8, 8)] {
                let mut w = wired(SPIM0);
                // CPHA is bit 1 and CPOL bit 2.
                w.spim(lsb_first | (mode & 1) << 1 | (mode & 2) << 1, frequency);
                w.buffers(&[0xA5, 0x0F, 0x01], 3);
                w.slave().seen.clear();
                let began = w.now();
                w.set(0x010, 1);
                assert_eq!((w.get(STARTED), w.get(END)), (1, 0));
                let first = began + 16 * 15_625;
                let end = first + 3 * 8 * cycles * 15_625;
                w.b.run(Span::from_ps(end - began - 1));
                assert_eq!(w.get(END), 0, "mode {mode}, {cycles} cycles a bit");
                w.b.run(Span::from_ps(1));
                assert_eq!((w.get(END), w.get(ENDRX), w.get(ENDTX)), (1, 1, 1), "mode {mode}, {cycles} cycles a bit");
                assert_eq!((w.get(0x53C), w.get(0x54C)), (3, 3));
                let seen = w.slave().seen.clone();
                let times: Vec<u64> = seen.iter().map(|&(at, ..)| at).collect();
                let half = cycles * 15_625 / 2;
                assert_eq!(times, (1..=48).map(|n| first + n * half).collect::<Vec<_>>(), "mode {mode}");
                let wire = if lsb_first == 1 { [0xA5u8, 0xF0, 0x80] } else { [0xA5, 0x0F, 0x01] };
                assert_eq!(heard(&seen, mode), wire, "mode {mode}, lsb {lsb_first}");
                // MISO lies on MOSI.
                assert_eq!(w.b.ram.0[0x80..0x83], [0xA5, 0x0F, 0x01], "mode {mode}");
            }
        }
    }
}

#[test]
fn the_shorter_buffer_ends_first_and_orc_fills_up() {
    let mut w = wired(SPIM0);
    w.spim(0, M8);
    w.set(0x5C0, 0x3C);
    w.buffers(&[0x81], 3);
    w.set(0x010, 1);
    w.b.run(Span::from_us(2));
    assert_eq!((w.get(ENDTX), w.get(ENDRX), w.get(END)), (1, 0, 0));
    w.b.run(Span::from_us(2));
    assert_eq!((w.get(ENDRX), w.get(END), w.get(0x54C), w.get(0x53C)), (1, 1, 1, 3));
    assert_eq!(w.b.ram.0[0x80..0x84], [0x81, 0x3C, 0x3C, 0]);
    // More to send than to receive: what comes in then is dropped.
    w.buffers(&[1, 2, 3], 1);
    w.set(END, 0);
    w.set(0x010, 1);
    w.b.run(Span::from_us(4));
    assert_eq!((w.get(END), w.get(0x54C), w.get(0x53C)), (1, 3, 1));
    assert_eq!(w.b.ram.0[0x80..0x83], [1, 0x3C, 0x3C]);
}

#[test]
fn nothing_to_move_ends_at_once() {
    let mut w = wired(SPIM0);
    w.spim(0, M8);
    w.buffers(&[], 0);
    w.set(0x010, 1);
    w.b.run(Span::ZERO);
    assert_eq!([STARTED, ENDRX, ENDTX, END].map(|at| w.get(at)), [1; 4]);
    assert!(w.slave().seen.is_empty());
}

#[test]
fn stop_lets_the_byte_end() {
    let mut w = wired(SPIM0);
    w.spim(0, M8);
    w.buffers(&[9; 10], 10);
    w.set(0x010, 1);
    w.b.run(Span::from_ns(250 + 2500));
    w.set(0x014, 1);
    assert_eq!(w.get(STOPPED), 0);
    w.b.run(Span::from_ns(500));
    assert_eq!([STOPPED, ENDRX, ENDTX, END].map(|at| w.get(at)), [1, 1, 1, 0]);
    assert_eq!((w.get(0x53C), w.slave().seen.len()), (3, 48));
    // At rest it answers at once, and the next transfer is a whole one.
    w.set(STOPPED, 0);
    w.set(0x014, 1);
    w.set(0x010, 1);
    w.b.run(Span::from_us(11));
    assert_eq!((w.get(STOPPED), w.get(END), w.get(0x53C)), (1, 1, 10));
}

#[test]
fn suspend_waits_between_bytes() {
    let mut w = wired(SPIM0);
    w.spim(0, M8);
    w.buffers(&[9; 3], 3);
    w.set(0x010, 1);
    w.b.run(Span::from_ns(300));
    w.set(0x01C, 1);
    w.b.run(Span::from_us(50));
    assert_eq!((w.get(END), w.slave().seen.len()), (0, 16));
    w.set(0x020, 1);
    w.b.run(Span::from_us(2));
    assert_eq!((w.get(END), w.slave().seen.len()), (1, 48));
}

#[test]
fn lists_go_on_and_the_short_starts_again() {
    let mut w = wired(SPIM0);
    w.spim(0, M8);
    w.buffers(&[1, 2, 3, 4], 0);
    w.set(0x548, 2);
    w.set(0x550, 1);
    w.set(0x200, 1 << 17);
    w.set(0x010, 1);
    w.b.run(Span::from_ns(250 + 2000));
    w.set(0x200, 0);
    w.b.run(Span::from_us(20));
    let seen = w.slave().seen.clone();
    assert_eq!(heard(&seen, 0), [1, 2, 3, 4]);
    assert_eq!(w.get(0x544), RAM + 4);
}

#[test]
fn spim3_reaches_32_mhz_and_drives_its_select() {
    let mut w = wired(SPIM3);
    for (at, value) in
        [(0x508, 23), (0x50C, 22), (0x510, 24), (0x514, 25), (0x564, 64), (0x524, 0x1400_0000), (0x500, 7)]
    {
        w.set(at, value);
    }
    let select = |w: &mut Wired| {
        let net = w.b.fabric.world.nets.net_of(SOC, PinId(25)).expect("joined");
        w.b.fabric.world.nets.level(net)
    };
    assert_eq!(select(&mut w), Level::High);
    w.buffers(&[0x5A; 4], 4);
    w.set(0x010, 1);
    assert_eq!(select(&mut w), Level::Low);
    let began = w.now();
    // CSNDUR, then 32 bits of 2 cycles, then CSNDUR.
    w.b.run(Span::from_us(3) - Span::from_ps(1));
    assert_eq!((select(&mut w), w.get(END)), (Level::Low, 0));
    w.b.run(Span::from_ps(1));
    assert_eq!((select(&mut w), w.get(END)), (Level::High, 1));
    assert_eq!(w.slave().seen[0].0, began + 1_000_000 + 15_625);
    assert_eq!(w.b.ram.0[0x80..0x84], [0x5A; 4]);
}

#[test]
fn spi_buffers_one_byte_each_way() {
    let mut w = wired(SPIM0);
    for (at, value) in [(0x508, 23), (0x50C, 22), (0x510, 24), (0x524, M8), (0x500, 1)] {
        w.set(at, value);
    }
    w.set(0x51C, 0x11);
    w.set(0x51C, 0x22);
    w.b.run(Span::from_us(1) - Span::from_ps(1));
    assert_eq!(w.get(READY), 0);
    w.b.run(Span::from_ps(1));
    assert_eq!(w.get(READY), 1);
    w.set(READY, 0);
    w.b.run(Span::from_us(1));
    // The second is in, but the first has not been read.
    assert_eq!(w.get(READY), 0);
    assert_eq!(w.get(0x518), 0x11);
    assert_eq!(w.get(READY), 1);
    assert_eq!(w.get(0x518), 0x22);
    let seen = w.slave().seen.clone();
    assert_eq!(heard(&seen, 0), [0x11, 0x22]);
}

#[test]
fn easydma_outside_ram_is_said_and_moves_zeros() {
    let mut w = wired(SPIM0);
    w.spim(0, M8);
    w.buffers(&[7; 2], 2);
    w.set(0x544, 0x1000);
    w.set(0x010, 1);
    w.b.run(Span::from_us(3));
    assert_eq!((w.get(END), w.b.ram.0[0x80]), (1, 0));
    assert_eq!(w.b.detail("easydma-not-ram"), "SPIM0.TXD.PTR reaches 0x00001000");
}

#[test]
fn switched_off_the_pins_are_gpio_s_again() {
    let mut w = wired(SPIM0);
    // An output that is high.
    w.b.write(0x5000_0508, 1 << 23);
    w.b.write(0x5000_0518, 1 << 23);
    w.spim(0, M8);
    let level = |w: &Wired| {
        let net = w.b.fabric.world.nets.net_of(SOC, PinId(23)).expect("joined");
        w.b.fabric.world.nets.level(net)
    };
    assert_eq!(level(&w), Level::Low, "CPOL");
    w.buffers(&[7; 2], 2);
    w.set(0x010, 1);
    w.b.run(Span::from_ns(400));
    w.set(0x500, 0);
    assert_eq!(level(&w), Level::High);
    let edges = w.slave().seen.len();
    w.b.run(Span::from_us(9));
    assert_eq!((w.slave().seen.len(), w.get(END)), (edges, 0));
}
