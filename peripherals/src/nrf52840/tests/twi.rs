//! TWI and TWIM: conditions and bits on the wires, each at its time, a slave that answers, and bytes in RAM.

use super::twi_slave::{Heard, RAM, Slave, Wired, wired};
use super::*;
use Heard::{Byte, Sent, Start, Stop};

const STARTRX: u32 = 0x000;
const STARTTX: u32 = 0x008;
const STOP: u32 = 0x014;
const SUSPEND: u32 = 0x01C;
const RESUME: u32 = 0x020;
const STOPPED: u32 = 0x104;
const RXDREADY: u32 = 0x108;
const TXDSENT: u32 = 0x11C;
const ERROR: u32 = 0x124;
const BB: u32 = 0x138;
const SUSPENDED: u32 = 0x148;
const RXSTARTED: u32 = 0x14C;
const TXSTARTED: u32 = 0x150;
const LASTRX: u32 = 0x15C;
const LASTTX: u32 = 0x160;
const SHORTS: u32 = 0x200;
const ERRORSRC: u32 = 0x4C4;
const RXD: u32 = 0x518;
const TXD: u32 = 0x51C;
const RX_AMOUNT: u32 = 0x53C;
const TX_AMOUNT: u32 = 0x54C;
const ADDRESS: u32 = 0x588;
const LASTTX_STARTRX: u32 = 1 << 7;
const LASTTX_SUSPEND: u32 = 1 << 8;
const LASTTX_STOP: u32 = 1 << 9;
const LASTRX_STOP: u32 = 1 << 12;

fn slave() -> Slave {
    Slave::new(0x48, &[0xA5, 0x01, 0x80], 9)
}

fn twim() -> Wired {
    let mut w = wired(slave(), 6);
    w.set(ADDRESS, 0x48);
    w
}

fn twi() -> Wired {
    let mut w = wired(slave(), 5);
    w.set(ADDRESS, 0x48);
    w
}

/// UM10204, figures 4 and 5, and tHD;STA, tHD;DAT and tSU;STO of the product specification.
#[test]
fn a_byte_is_edges_at_the_configured_clock() {
    for (code, period) in [(0x0198_0000, 10_000_000u64), (0x0400_0000, 4_000_000), (0x0640_0000, 2_500_000)] {
        let mut w = twim();
        w.set(0x524, code);
        w.buffers(&[0x0F], 0);
        w.set(SHORTS, LASTTX_STOP);
        w.slave().edges.clear();
        let start = w.b.fabric.world.now.as_ps() + 1_500_000;
        w.set(STARTTX, 1);
        w.b.run(Span::from_ms(1));
        let edges = w.slave().edges.clone();
        assert_eq!(edges[..2], [(start, false, false), (start + period, true, false)], "START");
        let scl: Vec<_> = edges.iter().filter(|&&(_, scl, _)| scl).map(|&(at, _, high)| (at, high)).collect();
        // Address and data with their acknowledges are 18 clocks, and STOP has half of one.
        let bits = (0..18).flat_map(|n| {
            let low = start + period * (n + 1);
            [(low + period / 2, true), (low + period, false)]
        });
        let end = start + period * 19 + period / 2;
        let expected: Vec<_> = [(start + period, false)].into_iter().chain(bits).chain([(end, true)]).collect();
        assert_eq!(scl, expected, "period {period}");
        assert_eq!(edges.last(), Some(&(end + period / 2, false, true)), "STOP");
        // Whoever changes SDA while SCL is low does so soon behind its edge: the master 500 ns, this slave at once.
        for &(at, scl, _) in &edges[1..edges.len() - 1] {
            assert!(scl || [0, 500_000].contains(&((at - start) % period)), "SDA at {}", at - start);
        }
        assert_eq!(w.heard(), [Start, Byte(0x90, true), Byte(0x0F, true), Stop]);
    }
}

#[test]
fn a_buffer_is_written_and_another_is_read_behind_a_repeated_start() {
    let mut w = twim();
    w.buffers(&[0x11, 0x22], 3);
    w.set(SHORTS, LASTTX_STARTRX | LASTRX_STOP);
    w.set(STARTTX, 1);
    // START, 3 bytes of 9 bits, START, 4 bytes, STOP: 27 + 36 bits and 4 periods, and 1.5 us before.
    let took = w.await_event(STOPPED);
    assert!(took >= Span::from_ns(1_500 + 67 * 2_500) && took < Span::from_ns(2_000 + 67 * 2_500), "{took}");
    let bytes = [Byte(0x90, true), Byte(0x11, true), Byte(0x22, true)];
    let answers = [Start, Byte(0x91, true), Sent(0xA5, true), Sent(0x01, true), Sent(0x80, false), Stop];
    assert_eq!(w.heard(), [&[Start], &bytes[..], &answers].concat());
    assert_eq!([TXSTARTED, LASTTX, RXSTARTED, LASTRX, ERROR].map(|at| w.get(at)), [1, 1, 1, 1, 0]);
    assert_eq!([w.get(TX_AMOUNT), w.get(RX_AMOUNT)], [2, 3]);
    assert_eq!(w.b.ram.0[0x80..0x84], [0xA5, 0x01, 0x80, 0]);
}

#[test]
fn an_address_that_nobody_has_is_an_error_and_stop_still_stops() {
    for enable in [5, 6] {
        let mut w = wired(slave(), enable);
        w.set(ADDRESS, 0x49);
        w.buffers(&[1], 0);
        w.set(STARTTX, 1);
        w.await_event(ERROR);
        assert_eq!((w.get(ERRORSRC), w.get(STOPPED), w.get(TX_AMOUNT)), (2, 0, 0));
        w.set(ERRORSRC, 2);
        assert_eq!(w.get(ERRORSRC), 0);
        w.set(STOP, 1);
        w.await_event(STOPPED);
        assert_eq!(w.heard(), [Start, Byte(0x92, false), Stop]);
    }
}

#[test]
fn a_byte_that_is_not_acknowledged_ends_the_writing() {
    let mut w = twim();
    w.slave().takes = 2;
    w.buffers(&[1, 2, 3, 4, 5], 0);
    w.set(SHORTS, LASTTX_STOP);
    w.set(STARTTX, 1);
    w.await_event(ERROR);
    w.b.run(Span::from_ms(1));
    // The byte counts that was not taken (the manual, TXD.AMOUNT).
    assert_eq!((w.get(ERRORSRC), w.get(TX_AMOUNT), w.get(LASTTX), w.get(STOPPED)), (4, 3, 0, 0));
    w.set(STOP, 1);
    w.await_event(STOPPED);
    assert_eq!(w.heard(), [Start, Byte(0x90, true), Byte(1, true), Byte(2, true), Byte(3, false), Stop]);
}

/// As MicroPython's `I2C.scan()` and CircuitPython's probe do: STARTTX of no bytes, and STOP before the address is out.
#[test]
fn a_scan_finds_who_is_there_and_nobody_else() {
    for (enable, stretch) in [(6, 0), (5, 0), (6, 40)] {
        let mut w = wired(slave(), enable);
        w.slave().stretch = Span::from_us(stretch);
        w.buffers(&[], 0);
        let mut found = Vec::new();
        let began = w.b.fabric.world.now;
        for address in 0x08..0x78 {
            w.set(ADDRESS, address);
            w.set(RESUME, 1);
            w.set(STARTTX, 1);
            w.set(STOP, 1);
            w.await_event(STOPPED);
            if w.get(ERROR) == 0 {
                found.push(address);
            }
            w.set(ERROR, 0);
            w.set(ERRORSRC, 7);
        }
        assert_eq!(found, [0x48]);
        assert!(w.b.fabric.world.now.since(began) < Span::from_us(112 * 32));
        assert_eq!(w.b.lints(), [] as [&str; 0]);
    }
}

#[test]
fn a_stretched_clock_is_waited_for() {
    let mut w = twim();
    w.slave().stretch = Span::from_us(100);
    w.buffers(&[7, 8], 3);
    w.set(SHORTS, LASTTX_STARTRX | LASTRX_STOP);
    w.set(STARTTX, 1);
    let took = w.await_event(STOPPED);
    // The 67 periods of the bytes; 6 bytes are followed by 100 us of low SCL instead of half a period. The last one was the slave's last.
    let least = Span::from_ns(1_500 + 67 * 2_500) + Span::from_ns(6 * (100_000 - 1_250));
    assert!(took >= least && took < least + Span::from_ns(500), "{took} and {least}");
    assert_eq!(w.b.ram.0[0x80..0x84], [0xA5, 0x01, 0x80, 0]);
    assert_eq!(w.heard().iter().filter(|heard| matches!(heard, Sent(..))).count(), 3);
    // The high half is whole all the same.
    let scl: Vec<_> = w.slave().edges.iter().filter(|&&(_, scl, _)| scl).map(|&(at, _, high)| (at, high)).collect();
    let shortest = scl.windows(2).filter(|pair| pair[0].1).map(|pair| pair[1].0 - pair[0].0).min();
    assert_eq!(shortest, Some(1_250_000));
}

#[test]
fn suspended_scl_is_held_and_a_start_waits_for_resume() {
    let mut w = twim();
    w.buffers(&[7], 1);
    w.set(SHORTS, LASTTX_SUSPEND | LASTRX_STOP);
    w.set(STARTTX, 1);
    w.await_event(SUSPENDED);
    assert_eq!(w.heard(), [Start, Byte(0x90, true), Byte(7, true)]);
    w.set(STARTRX, 1);
    w.b.run(Span::from_ms(1));
    assert_eq!(w.heard(), []);
    w.set(RESUME, 1);
    w.await_event(STOPPED);
    assert_eq!(w.heard(), [Start, Byte(0x91, true), Sent(0xA5, false), Stop]);
    // In the middle of a buffer it goes on where it was.
    w.buffers(&[1, 2, 3], 0);
    w.set(SHORTS, LASTTX_STOP);
    w.set(STARTTX, 1);
    w.b.run(Span::from_us(40));
    w.set(SUSPEND, 1);
    w.await_event(SUSPENDED);
    w.b.run(Span::from_ms(1));
    assert_eq!(w.heard(), [Start, Byte(0x90, true), Byte(1, true)]);
    w.set(RESUME, 1);
    w.await_event(STOPPED);
    assert_eq!(w.heard(), [Byte(2, true), Byte(3, true), Stop]);
}

#[test]
fn stop_in_the_middle_lets_the_byte_end() {
    let mut w = twim();
    w.buffers(&[1, 2, 3], 100);
    w.set(STARTTX, 1);
    w.b.run(Span::from_us(60));
    w.set(STOP, 1);
    w.await_event(STOPPED);
    assert_eq!(w.heard(), [Start, Byte(0x90, true), Byte(1, true), Byte(2, true), Stop]);
    w.set(STARTRX, 1);
    w.b.run(Span::from_us(60));
    w.set(STOP, 1);
    w.await_event(STOPPED);
    assert_eq!(w.heard(), [Start, Byte(0x91, true), Sent(0xA5, true), Sent(0x01, false), Stop]);
    assert_eq!((w.get(TX_AMOUNT), w.get(RX_AMOUNT)), (2, 2));
    // On a free bus there is nothing to stop.
    w.set(STOP, 1);
    assert_eq!((w.get(STOPPED), w.heard()), (1, vec![]));
}

#[test]
fn lists_go_on_behind_the_last_buffer() {
    let mut w = twim();
    w.buffers(&[1, 2, 3, 4], 2);
    w.set(0x548, 2);
    w.set(0x550, 1);
    w.set(0x540, 1);
    w.set(SHORTS, LASTTX_STOP | LASTRX_STOP);
    for (task, _) in [(STARTTX, 1), (STARTTX, 2), (STARTRX, 3)] {
        w.set(task, 1);
        w.await_event(STOPPED);
    }
    let data: Vec<_> = w.heard().into_iter().filter(|heard| matches!(heard, Byte(..))).collect();
    let bytes = [0x90, 1, 2, 0x90, 3, 4, 0x91].map(|byte| Byte(byte, true));
    assert_eq!((data, w.get(0x544), w.get(0x534)), (bytes.to_vec(), RAM + 4, RAM + 0x82));
}

#[test]
fn twi_sends_what_is_written_to_txd() {
    let mut w = twi();
    w.set(STARTTX, 1);
    w.b.run(Span::from_us(100));
    assert_eq!((w.heard(), w.get(TXDSENT)), (vec![Start, Byte(0x90, true)], 0));
    for byte in [5, 6] {
        w.set(TXD, byte);
        w.await_event(TXDSENT);
    }
    w.set(STOP, 1);
    w.await_event(STOPPED);
    assert_eq!(w.heard(), [Byte(5, true), Byte(6, true), Stop]);
}

/// nrfx_twi.c: a single byte by the shortcut to STOP from the start, more by the one to SUSPEND and RESUME after each.
#[test]
fn twi_receives_as_the_driver_asks_it_to() {
    let mut w = twi();
    w.set(SHORTS, 2);
    w.set(STARTRX, 1);
    w.await_event(RXDREADY);
    assert_eq!(w.get(RXD), 0xA5);
    w.await_event(STOPPED);
    assert_eq!(w.heard(), [Start, Byte(0x91, true), Sent(0xA5, false), Stop]);

    w.set(SHORTS, 1);
    w.set(STARTRX, 1);
    let mut bytes = Vec::new();
    for n in 0..3 {
        w.await_event(RXDREADY);
        w.b.run(Span::from_us(50));
        bytes.push(w.get(RXD));
        if n == 1 {
            w.set(SHORTS, 2);
        }
        w.set(RESUME, 1);
    }
    w.await_event(STOPPED);
    assert_eq!((bytes, w.get(BB), w.get(SUSPENDED)), (vec![0x01, 0x80, 0xA5], 1, 1));
    assert_eq!(w.heard(), [Start, Byte(0x91, true), Sent(0x01, true), Sent(0x80, true), Sent(0xA5, false), Stop]);
    assert_eq!(w.get(ERROR), 0);
}

#[test]
fn twi_loses_bytes_that_are_not_read() {
    let mut w = twi();
    w.set(STARTRX, 1);
    w.await_event(ERROR);
    assert_eq!((w.get(ERRORSRC), w.get(RXD)), (1, 0xA5));
    w.set(STOP, 1);
    w.await_event(STOPPED);
}

#[test]
fn a_bus_without_resistors_is_said() {
    for (pull, lints) in [(0, 2), (3, 0)] {
        let mut b = Bench::new();
        for pin in [26, 27] {
            b.write(0x5000_0700 + pin * 4, 6 << 8 | pull << 2);
        }
        for (at, value) in [(0x508, 27), (0x50C, 26), (0x500, 6), (STARTTX, 1)] {
            b.write(0x4000_4000 + at, value);
        }
        b.run(Span::from_ms(1));
        assert_eq!(b.lints(), vec!["twi-line-low"; lints], "pull {pull}");
        // Without them SCL never rises, and with them nobody answers.
        assert_eq!(b.read(0x4000_4000 + ERROR), u32::from(lints == 0));
        if lints != 0 {
            let detail = "SCL of TWIM1 at P0.27: nothing pulls it high, on the board or by PIN_CNF.PULL";
            assert_eq!(b.detail("twi-line-low"), detail);
        }
    }
}

#[test]
fn switched_off_the_lines_are_gpio_s_again_and_nothing_comes_any_more() {
    let mut w = twim();
    w.slave().stretch = Span::from_us(100);
    w.buffers(&[1, 2], 0);
    w.set(STARTTX, 1);
    // While the slave stretches.
    w.b.run(Span::from_us(60));
    w.set(0x500, 0);
    w.b.run(Span::from_ms(1));
    let levels = [26, 27].map(|pin| {
        let net = w.b.fabric.world.nets.net_of(SOC, PinId(pin)).expect("joined");
        w.b.fabric.world.nets.level(net)
    });
    assert_eq!((levels, w.get(LASTTX), w.get(ERROR)), ([Level::High; 2], 0, 0));
    assert!(!w.b.soc.hears_pins(&w.b.fabric.world));
}

#[test]
fn easydma_outside_ram_is_said_and_moves_zeros() {
    let mut w = twim();
    w.buffers(&[7; 2], 0);
    w.set(0x544, 0x1000);
    w.set(SHORTS, LASTTX_STOP);
    w.set(STARTTX, 1);
    w.await_event(STOPPED);
    assert_eq!(w.heard()[2], Byte(0, true));
    assert_eq!(w.b.detail("easydma-not-ram"), "TWIM0.TXD.PTR reaches 0x00001000");
}
