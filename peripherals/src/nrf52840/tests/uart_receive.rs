//! What a UART receives, from its adapter and from its wires.

use super::*;
use crate::kernel::{ActorId, Alarm, Chip, Direction, Edge, HearsPins, PinSpec};

const UART0: u32 = 0x4000_2000;
const UARTE1: u32 = 0x4002_8000;
const BAUD_115200: u32 = 0x01D6_0000;
const FRAME: Span = Span::from_ns(86_875);
const BIT: Span = Span::from_ps(8_687_500);
const FRAME_HALF: Span = Span::from_ns(43_437);

const STARTRX: u32 = 0x000;
const STOPRX: u32 = 0x004;
const STARTTX: u32 = 0x008;
const FLUSHRX: u32 = 0x02C;
const CTS: u32 = 0x100;
const NCTS: u32 = 0x104;
const RXDRDY: u32 = 0x108;
const ENDRX: u32 = 0x110;
const ENDTX: u32 = 0x120;
const ERROR: u32 = 0x124;
const RXTO: u32 = 0x144;
const RXSTARTED: u32 = 0x14C;
const SHORTS: u32 = 0x200;
const INTENSET: u32 = 0x304;
const ERRORSRC: u32 = 0x480;
const ENABLE: u32 = 0x500;
const RXD: u32 = 0x518;
const RXD_PTR: u32 = 0x534;
const RXD_MAXCNT: u32 = 0x538;
const RXD_AMOUNT: u32 = 0x53C;
const CONFIG: u32 = 0x56C;

/// RTS P0.05, TXD P0.06, CTS P0.07, RXD P0.08.
fn set_up(b: &mut Bench, base: u32, enable: u32) {
    for (place, pin) in [5, 6, 7, 8].into_iter().enumerate() {
        b.write(base + 0x508 + 4 * place as u32, pin);
    }
    for pin in [7, 8] {
        b.write(0x5000_0700 + 4 * pin, 0);
    }
    b.write(base + 0x524, BAUD_115200);
    b.write(base + ENABLE, enable);
}

fn buffer(b: &mut Bench, base: u32, offset: u32, count: u32) {
    b.write(base + RXD_PTR, 0x2000_0000 + offset);
    b.write(base + RXD_MAXCNT, count);
}

fn bench(base: u32, enable: u32) -> Bench {
    let mut b = Bench::new();
    set_up(&mut b, base, enable);
    buffer(&mut b, base, 0, 4);
    b
}

/// Does nothing by itself.
#[derive(Clone)]
struct Other;

impl HearsPins for Other {
    fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
}

impl Chip for Other {
    fn pins(&self) -> &'static [PinSpec] {
        &[PinSpec { name: "A", direction: Direction::Both }]
    }
    fn wake(&mut self, _: Alarm, _: &mut Cx) {}
    fn reset(&mut self, _: &mut Cx) {}
}

/// A part at the other end of wires on P0.05 to P0.08: it speaks to RXD and moves CTS.
fn wired(enable: u32) -> Bench {
    let mut b = Bench::with(SocConfig::default(), |fabric| {
        fabric.add_chip(Box::new(Other));
        for pin in 5..9 {
            let net = wire(fabric, &format!("P0.{pin:02}"), pin);
            fabric.world.nets.join(net, ActorId(1), PinId(pin));
        }
        outside(fabric, 8, Level::High);
    });
    set_up(&mut b, UART0, enable);
    buffer(&mut b, UART0, 0, 4);
    b
}

fn outside(fabric: &mut Fabric, pin: u8, level: Level) {
    Cx::new(&mut fabric.world, ActorId(1)).drive(PinId(pin), Drive::from(level));
}

fn set(b: &mut Bench, pin: u8, level: Level) {
    outside(&mut b.fabric, pin, level);
    b.fabric.settle(&mut b.soc);
}

fn level(b: &Bench, pin: u8) -> Level {
    let net = b.fabric.world.nets.net_of(SOC, PinId(pin)).expect("a wire");
    b.fabric.world.nets.level(net)
}

/// Sends the levels of `bits`, each for a bit's time, on RXD, and leaves it high.
fn line(b: &mut Bench, bits: &str) {
    for bit in bits.bytes() {
        set(b, 8, Level::from(bit == b'1'));
        b.run(BIT);
    }
    set(b, 8, Level::High);
}

fn byte(b: &mut Bench, byte: u8) {
    let bits: String = (0..8).map(|n| if byte >> n & 1 != 0 { '1' } else { '0' }).collect();
    line(b, &format!("0{bits}1"));
}

#[test]
fn typed_bytes_come_one_a_frame_and_end_the_buffer() {
    for base in [UART0, UARTE1] {
        let mut b = bench(base, 8);
        b.send("hello");
        b.write(base + STARTRX, 1);
        assert_eq!(b.read(base + RXSTARTED), 1);
        b.run(FRAME - Span::from_ns(1));
        assert_eq!(b.read(base + RXDRDY), 0);
        b.run(Span::from_ns(1));
        assert_eq!((b.read(base + RXDRDY), b.ram.0[0]), (1, b'h'));
        b.run(FRAME * 3 - Span::from_ns(1));
        assert_eq!((b.read(base + ENDRX), b.read(base + RXD_AMOUNT)), (0, 0));
        b.run(Span::from_ns(1));
        assert_eq!((b.read(base + ENDRX), b.read(base + RXD_AMOUNT), &b.ram.0[..5]), (1, 4, &b"hell\0"[..]));
        assert_eq!(b.lints(), [""; 0]);
    }
}

#[test]
fn what_is_typed_waits_for_firmware_that_is_slow() {
    let mut b = bench(UART0, 8);
    b.write(UART0 + STARTRX, 1);
    b.send("hello, world");
    b.run(Span::from_ms(50));
    buffer(&mut b, UART0, 16, 8);
    b.write(UART0 + STARTRX, 1);
    b.run(Span::from_ms(50));
    assert_eq!((&b.ram.0[..4], &b.ram.0[16..24]), (&b"hell"[..], &b"o, world"[..]));
    assert_eq!(b.read(UART0 + ERRORSRC), 0);
}

#[test]
fn pointers_may_be_written_anew_once_the_receiver_has_started() {
    let mut b = bench(UART0, 8);
    b.write(UART0 + SHORTS, 1 << 5);
    b.write(UART0 + STARTRX, 1);
    buffer(&mut b, UART0, 16, 2);
    b.write(UART0 + RXSTARTED, 0);
    b.send("abcdef");
    b.run(FRAME * 4);
    assert_eq!((b.read(UART0 + ENDRX), b.read(UART0 + RXSTARTED), b.read(UART0 + RXD_AMOUNT)), (1, 1, 4));
    b.write(UART0 + ENDRX, 0);
    b.run(FRAME * 2);
    assert_eq!((b.read(UART0 + ENDRX), b.read(UART0 + RXD_AMOUNT)), (1, 2));
    assert_eq!((&b.ram.0[..4], &b.ram.0[16..18]), (&b"abcd"[..], &b"ef"[..]));
}

#[test]
fn endrx_may_stop_the_receiver() {
    let mut b = bench(UART0, 8);
    b.write(UART0 + SHORTS, 1 << 6);
    b.write(UART0 + STARTRX, 1);
    b.send("abcdef");
    b.run(FRAME * 9 - Span::from_ns(1));
    assert_eq!((b.read(UART0 + ENDRX), b.read(UART0 + RXTO)), (1, 0));
    b.run(Span::from_ns(1));
    assert_eq!((b.read(UART0 + RXTO), &b.ram.0[..5]), (1, &b"abcd\0"[..]));
}

#[test]
fn stoprx_ends_a_buffer_five_frames_later_and_then_times_out() {
    let mut b = bench(UART0, 8);
    b.send("ab");
    b.write(UART0 + STARTRX, 1);
    b.run(FRAME + FRAME);
    b.write(UART0 + STOPRX, 1);
    b.run(FRAME * 5 - Span::from_ns(1));
    assert_eq!((b.read(UART0 + ENDRX), b.read(UART0 + RXTO)), (0, 0));
    b.run(Span::from_ns(1));
    assert_eq!((b.read(UART0 + ENDRX), b.read(UART0 + RXTO), b.read(UART0 + RXD_AMOUNT)), (1, 1, 2));
    let mut idle = bench(UART0, 8);
    idle.write(UART0 + STOPRX, 1);
    idle.run(FRAME * 10);
    assert_eq!((idle.read(UART0 + ENDRX), idle.read(UART0 + RXTO)), (0, 0));
}

#[test]
fn typing_stops_with_the_receiver_and_goes_on_with_it() {
    let mut b = bench(UART0, 8);
    b.write(UART0 + STARTRX, 1);
    b.write(UART0 + STOPRX, 1);
    b.send("ab");
    b.run(FRAME * 20);
    assert_eq!(b.read(UART0 + RXDRDY), 0);
    b.write(UART0 + STARTRX, 1);
    b.run(FRAME_HALF);
    b.write(UART0 + ENABLE, 0);
    b.write(UART0 + ENABLE, 8);
    b.write(UART0 + STARTRX, 1);
    b.run(FRAME * 2);
    assert_eq!(&b.ram.0[..2], b"ab", "the byte on its way is typed again");
}

#[test]
fn six_bytes_are_held_without_a_buffer_and_flushrx_moves_them() {
    let mut b = wired(8);
    buffer(&mut b, UART0, 0, 1);
    b.write(UART0 + STARTRX, 1);
    for value in *b"abcdefg" {
        byte(&mut b, value);
    }
    assert_eq!((b.ram.0[0], b.read(UART0 + ERRORSRC)), (b'a', 0));
    b.write(UART0 + STOPRX, 1);
    b.run(FRAME * 5);
    assert_eq!(b.read(UART0 + RXTO), 1);
    buffer(&mut b, UART0, 16, 8);
    b.write(UART0 + ENDRX, 0);
    b.write(UART0 + FLUSHRX, 1);
    b.run(Span::from_ps(0));
    assert_eq!((b.read(UART0 + ENDRX), b.read(UART0 + RXD_AMOUNT), &b.ram.0[16..23]), (1, 6, &b"bcdefg\0"[..]));
    b.write(UART0 + ENDRX, 0);
    b.write(UART0 + FLUSHRX, 1);
    b.run(Span::from_ps(0));
    assert_eq!((b.read(UART0 + ENDRX), b.read(UART0 + RXD_AMOUNT)), (1, 6), "nothing to move: AMOUNT is stale");
}

#[test]
fn the_seventh_byte_without_a_buffer_is_an_overrun() {
    let mut b = wired(8);
    buffer(&mut b, UART0, 0, 1);
    b.write(UART0 + STARTRX, 1);
    for value in *b"abcdefgh" {
        byte(&mut b, value);
    }
    assert_eq!((b.read(UART0 + ERROR), b.read(UART0 + ERRORSRC), b.lints()), (1, 1, vec!["uart-overrun"]));
    b.write(UART0 + ERRORSRC, 1);
    assert_eq!(b.read(UART0 + ERRORSRC), 0);
    buffer(&mut b, UART0, 16, 6);
    b.write(UART0 + STARTRX, 1);
    b.run(Span::from_ps(0));
    assert_eq!(&b.ram.0[16..22], b"bcdefg", "the latest is lost");
}

#[test]
fn the_old_uart_shows_a_byte_at_a_time() {
    let mut b = wired(4);
    b.write(UART0 + STARTRX, 1);
    for value in *b"abc" {
        byte(&mut b, value);
    }
    for value in *b"abc" {
        assert_eq!(b.read(UART0 + RXDRDY), 1);
        b.write(UART0 + RXDRDY, 0);
        assert_eq!(b.read(UART0 + RXD), value.into());
    }
    assert_eq!((b.read(UART0 + RXDRDY), b.read(UART0 + RXD)), (0, u32::from(b'c')));
    for value in 0..7 {
        byte(&mut b, value);
    }
    assert_eq!((b.read(UART0 + ERRORSRC), b.read(UART0 + RXD)), (1, 0));
    b.write(UART0 + STOPRX, 1);
    b.run(FRAME * 5);
    assert_eq!((b.read(UART0 + RXTO), b.read(UART0 + RXD)), (1, 1));
}

#[test]
fn the_old_uart_is_typed_at_when_it_has_been_read() {
    let mut b = bench(UART0, 4);
    b.send("ab");
    b.write(UART0 + STARTRX, 1);
    assert_eq!(b.read(UART0 + RXDRDY), 0);
    b.run(FRAME * 5);
    assert_eq!(b.read(UART0 + RXD), u32::from(b'a'));
    assert_eq!(b.read(UART0 + RXD), u32::from(b'a'));
    b.run(FRAME);
    assert_eq!(b.read(UART0 + RXD), u32::from(b'b'));
}

/// What Zephyr does: its driver starts the receiver, and its console, later, throws away what has come and then enables the interrupt
/// (drivers/serial/uart_nrf5.c; drivers/console/uart_console.c, "Drain the fifo").
#[test]
fn nothing_is_typed_at_the_old_uart_before_firmware_looks() {
    let mut b = bench(UART0, 4);
    b.send("ab");
    b.write(UART0 + STARTRX, 1);
    b.run(Span::from_ms(250));
    assert_eq!(b.read(UART0 + RXDRDY), 0, "nothing to throw away");
    b.write(UART0 + INTENSET, 1 << 2);
    b.run(FRAME);
    assert_eq!((b.read(UART0 + RXDRDY), b.read(UART0 + RXD)), (1, b'a'.into()));
    for look in [RXD, RXDRDY, INTENSET] {
        let mut b = bench(UART0, 4);
        b.send("a");
        b.write(UART0 + STARTRX, 1);
        b.run(FRAME * 5);
        if look == INTENSET {
            b.write(UART0 + look, 1 << 2)
        } else {
            assert_eq!(b.read(UART0 + look), 0)
        }
        b.run(FRAME - Span::from_ns(1));
        assert_eq!(b.read(UART0 + RXDRDY), 0);
        b.run(Span::from_ns(1));
        assert_eq!((b.read(UART0 + RXDRDY), b.read(UART0 + RXD)), (1, b'a'.into()), "0x{look:x}");
    }
}

#[test]
fn nothing_is_typed_over_what_firmware_has_not_fetched() {
    let mut b = bench(UART0, 8);
    buffer(&mut b, UART0, 0, 1);
    b.write(UART0 + SHORTS, 1 << 5);
    b.write(UART0 + INTENSET, 1 << 4);
    b.send("abc");
    b.write(UART0 + STARTRX, 1);
    for value in *b"abc" {
        // The core stands still: the interrupt waits.
        b.run(Span::from_ms(85));
        assert_eq!((b.read(UART0 + ENDRX), b.ram.0[0]), (1, value));
        b.write(UART0 + ENDRX, 0);
    }
    // Without the interrupt nobody says that the end of a buffer matters.
    let mut ring = bench(UART0, 8);
    buffer(&mut ring, UART0, 0, 1);
    ring.write(UART0 + SHORTS, 1 << 5);
    ring.send("abc");
    ring.write(UART0 + STARTRX, 1);
    ring.run(FRAME * 3);
    assert_eq!(ring.ram.0[0], b'c');
}

#[test]
fn bad_frames_are_errors_by_their_names() {
    let mut b = wired(8);
    b.write(UART0 + CONFIG, 0xE);
    b.write(UART0 + STARTRX, 1);
    line(&mut b, "01000000001");
    assert_eq!((b.read(UART0 + ERRORSRC), b.ram.0[0]), (2, 1), "parity: the byte is kept");
    line(&mut b, "010000000101");
    assert_eq!(b.read(UART0 + ERRORSRC), 2 | 4);
    b.run(FRAME);
    assert_eq!(b.ram.0[1], 0, "framing: the byte is dropped");
    b.write(UART0 + ERRORSRC, 0xF);
    line(&mut b, "0000000000000");
    assert_eq!(b.read(UART0 + ERRORSRC), 4 | 8, "a break is a framing error first");
    b.run(FRAME);
    line(&mut b, "01000000011");
    assert_eq!((b.ram.0[1], b.read(UART0 + RXD_AMOUNT)), (1, 0));
}

#[test]
fn what_is_sent_on_a_wire_is_heard_at_its_other_end() {
    let mut b = Bench::with(SocConfig::default(), |fabric| {
        let net = wire(fabric, "loop", 6);
        fabric.world.nets.join(net, SOC, PinId(8));
    });
    set_up(&mut b, UART0, 8);
    b.ram.0[32..36].copy_from_slice(b"\x00U\xFF!");
    buffer(&mut b, UART0, 0, 4);
    b.write(UART0 + 0x544, 0x2000_0020);
    b.write(UART0 + 0x548, 4);
    b.write(UART0 + STARTRX, 1);
    b.write(UART0 + STARTTX, 1);
    b.run(Span::from_us(1) + FRAME * 4);
    assert_eq!((b.read(UART0 + ENDTX), b.read(UART0 + ENDRX), b.read(UART0 + ERRORSRC)), (1, 1, 0));
    assert_eq!(b.console().chars().count(), 4);
    assert_eq!(b.ram.0[..4], *b"\x00U\xFF!");
}

#[test]
fn a_wire_at_another_baud_rate_is_misheard() {
    let mut b = wired(8);
    b.write(UART0 + 0x524, BAUD_115200 * 2);
    b.write(UART0 + STARTRX, 1);
    byte(&mut b, 0x0F);
    b.run(FRAME);
    assert_ne!((b.ram.0[0], b.read(UART0 + ERRORSRC)), (0x0F, 0));
}

#[test]
fn rts_is_low_while_there_is_room() {
    let mut b = wired(8);
    assert_eq!(level(&b, 5), Level::Low, "nobody drives it without flow control");
    b.write(UART0 + CONFIG, 1);
    assert_eq!(level(&b, 5), Level::High);
    buffer(&mut b, UART0, 0, 1);
    b.write(UART0 + STARTRX, 1);
    assert_eq!(level(&b, 5), Level::Low);
    byte(&mut b, 1);
    byte(&mut b, 2);
    assert_eq!(level(&b, 5), Level::Low);
    byte(&mut b, 3);
    assert_eq!(level(&b, 5), Level::High);
    for _ in 0..2 {
        b.write(UART0 + STARTRX, 1);
        b.run(Span::from_ps(0));
    }
    assert_eq!(level(&b, 5), Level::Low);
    b.write(UART0 + STOPRX, 1);
    assert_eq!(level(&b, 5), Level::High);
    b.write(UART0 + ENABLE, 0);
    assert_eq!(level(&b, 5), Level::Low, "given back");
}

#[test]
fn cts_holds_the_next_byte() {
    let mut b = wired(8);
    b.write(UART0 + CONFIG, 1);
    b.ram.0[32..34].copy_from_slice(b"ab");
    b.write(UART0 + 0x544, 0x2000_0020);
    b.write(UART0 + 0x548, 2);
    b.write(UART0 + STARTTX, 1);
    b.run(FRAME_HALF);
    set(&mut b, 7, Level::High);
    assert_eq!((b.read(UART0 + NCTS), b.read(UART0 + CTS)), (1, 0));
    b.run(Span::from_ms(5));
    assert_eq!((b.console().as_str(), b.read(UART0 + ENDTX)), ("a", 0));
    set(&mut b, 7, Level::Low);
    assert_eq!(b.read(UART0 + CTS), 1);
    b.run(FRAME);
    assert_eq!((b.console().as_str(), b.read(UART0 + ENDTX)), ("b", 1));
    set(&mut b, 7, Level::High);
    b.write(UART0 + STARTTX, 1);
    b.run(FRAME);
    b.write(UART0 + 0xC, 1);
    b.run(Span::from_ps(0));
    assert_eq!((b.read(UART0 + 0x158), b.read(UART0 + 0x54C)), (1, 0), "STOPTX ends a transfer that is held");
}

#[test]
fn cts_starts_and_stops_the_old_uart() {
    let mut b = wired(4);
    set(&mut b, 7, Level::High);
    b.write(UART0 + SHORTS, 1 << 3 | 1 << 4);
    byte(&mut b, 1);
    assert_eq!(b.read(UART0 + RXDRDY), 0);
    set(&mut b, 7, Level::Low);
    byte(&mut b, 2);
    assert_eq!(b.read(UART0 + RXDRDY), 1);
    set(&mut b, 7, Level::High);
    b.run(FRAME * 5);
    assert_eq!((b.read(UART0 + RXTO), b.read(UART0 + RXD)), (1, 2));
}

#[test]
fn txd_is_high_when_idle_and_a_pin_that_it_has() {
    let mut b = wired(8);
    assert_eq!(level(&b, 6), Level::High);
    b.write(UART0 + 0x544, 0x2000_0020);
    b.write(UART0 + 0x548, 1);
    b.write(UART0 + STARTTX, 1);
    b.run(Span::from_us(1));
    assert_eq!(level(&b, 6), Level::Low);
    b.run(FRAME);
    assert_eq!(level(&b, 6), Level::High);
    b.write(UART0 + ENABLE, 0);
    assert_eq!(level(&b, 6), Level::Low);
}

#[test]
fn an_empty_buffer_ends_at_once_and_not_for_ever() {
    let mut b = bench(UART0, 8);
    b.write(UART0 + SHORTS, 1 << 5);
    buffer(&mut b, UART0, 0, 0);
    b.write(UART0 + STARTRX, 1);
    b.run(Span::from_ms(1));
    assert_eq!((b.read(UART0 + ENDRX), b.read(UART0 + RXD_AMOUNT)), (1, 0));
}

#[test]
fn a_buffer_outside_ram_takes_nothing_and_is_said() {
    let mut b = bench(UART0, 8);
    b.write(UART0 + RXD_PTR, 0x1000);
    b.write(UART0 + STARTRX, 1);
    b.send("abcd");
    b.run(FRAME * 4);
    assert_eq!((b.read(UART0 + ENDRX), b.lints()), (1, vec!["easydma-not-ram"]));
}

#[test]
fn a_reset_hears_no_more_and_keeps_what_is_typed() {
    let mut b = bench(UART0, 8);
    b.write(UART0 + STARTRX, 1);
    b.soc.reset(ResetCause::Software, &mut b.fabric.world);
    b.send("ab");
    b.run(FRAME * 10);
    set_up(&mut b, UARTE1, 8);
    buffer(&mut b, UARTE1, 0, 2);
    b.write(UARTE1 + STARTRX, 1);
    b.run(FRAME * 2);
    assert_eq!(&b.ram.0[..2], b"ab", "another port may read after a reset");
}
