use super::*;

const UART0: u32 = 0x4000_2000;
const UARTE1: u32 = 0x4002_8000;
/// BAUDRATE for 115200 as nrfx has it: UARTE, and 10 bits of 139 ticks of 62.5 ns.
const BAUD_115200: u32 = 0x01D6_0000;
const FRAME: Span = Span::from_ns(86_875);

fn uarte(base: u32) -> Bench {
    let mut b = Bench::new();
    b.write(base + 0x524, BAUD_115200);
    b.write(base + 0x50C, 6);
    b.write(base + 0x514, 8);
    b.write(base + 0x500, 8);
    b.ram.0[16..21].copy_from_slice(b"hello");
    b.write(base + 0x544, 0x2000_0010);
    b.write(base + 0x548, 5);
    b
}

#[test]
fn easydma_sends_a_byte_every_frame_and_ends_after_the_last() {
    for base in [UART0, UARTE1] {
        let mut b = uarte(base);
        b.write(base + 8, 1);
        assert_eq!(b.read(base + 0x150), 0);
        b.run(Span::from_us(1));
        assert_eq!(b.read(base + 0x150), 1);
        b.run(FRAME * 4);
        assert_eq!(b.console(), "hell");
        assert_eq!((b.read(base + 0x11C), b.read(base + 0x120)), (1, 0));
        b.run(FRAME);
        assert_eq!(b.console(), "o");
        assert_eq!((b.read(base + 0x120), b.read(base + 0x54C)), (1, 5));
        assert_eq!(b.lints(), [""; 0]);
    }
}

#[test]
fn an_empty_transfer_ends_when_it_has_started() {
    let mut b = uarte(UART0);
    b.write(UART0 + 0x548, 0);
    b.write(UART0 + 8, 1);
    b.run(Span::from_us(1));
    assert_eq!((b.read(UART0 + 0x150), b.read(UART0 + 0x120), b.read(UART0 + 0x54C)), (1, 1, 0));
}

#[test]
fn stoptx_lets_the_byte_on_the_wire_finish() {
    let mut b = uarte(UART0);
    b.write(UART0 + 8, 1);
    b.run(Span::from_us(1) + FRAME + FRAME);
    b.run(Span::from_us(10));
    b.write(UART0 + 0xC, 1);
    assert_eq!(b.read(UART0 + 0x158), 0);
    b.run(FRAME);
    assert_eq!((b.console().as_str(), b.read(UART0 + 0x158), b.read(UART0 + 0x54C)), ("hel", 1, 3));
}

#[test]
fn stoptx_answers_at_once_when_idle() {
    let mut b = uarte(UART0);
    b.write(UART0 + 0xC, 1);
    assert_eq!(b.read(UART0 + 0x158), 1);
}

#[test]
fn constants_in_flash_are_out_of_reach() {
    let mut b = uarte(UART0);
    b.write(UART0 + 0x544, 0x0000_1000);
    b.write(UART0 + 8, 1);
    b.run(Span::from_ms(1));
    assert_eq!((b.console().as_str(), b.lints()), ("\0\0\0\0\0", vec!["easydma-not-ram"]));
}

#[test]
fn the_old_uart_sends_txd_and_says_when_it_is_done() {
    let mut b = Bench::new();
    b.write(UART0 + 0x524, BAUD_115200);
    b.write(UART0 + 0x50C, 6);
    b.write(UART0 + 0x500, 4);
    b.write(UART0 + 8, 1);
    b.write(UART0 + 0x51C, u32::from(b'A'));
    b.run(FRAME - Span::from_ns(1));
    assert_eq!((b.read(UART0 + 0x11C), b.console().as_str()), (0, ""));
    b.run(Span::from_ns(1));
    assert_eq!((b.read(UART0 + 0x11C), b.console().as_str()), (1, "A"));
}

#[test]
fn parity_and_a_second_stop_bit_make_the_frame_longer() {
    let mut b = uarte(UART0);
    b.write(UART0 + 0x56C, 0x1E);
    b.write(UART0 + 0x548, 1);
    b.write(UART0 + 8, 1);
    b.run(Span::from_us(1) + Span::from_ns(139 * 125 / 2 * 12));
    assert_eq!(b.read(UART0 + 0x120), 0);
    b.run(Span::from_ns(200));
    assert_eq!(b.read(UART0 + 0x120), 1);
}

#[test]
fn without_its_pin_a_uart_is_deaf_and_that_is_said() {
    let mut b = uarte(UART0);
    b.write(UART0 + 0x500, 0);
    b.write(UART0 + 0x50C, u32::MAX);
    b.write(UART0 + 0x514, u32::MAX);
    b.write(UART0 + 0x500, 8);
    b.write(UART0, 1);
    b.write(UART0 + 8, 1);
    b.send("x");
    b.run(FRAME * 10);
    assert_eq!(b.lints(), ["uart-disconnected"; 2]);
    assert_eq!((b.read(UART0 + 0x14C), b.read(UART0 + 0x108), b.console().as_str()), (1, 0, "hello"));
}

#[test]
fn disabling_drops_everything() {
    let mut b = uarte(UART0);
    b.write(UART0 + 8, 1);
    b.run(Span::from_us(2));
    b.write(UART0 + 0x500, 0);
    b.run(Span::from_ms(10));
    assert_eq!((b.console().as_str(), b.read(UART0 + 0x120)), ("", 0));
}

#[test]
fn a_baud_rate_of_zero_sends_nothing_for_ages() {
    let mut b = uarte(UART0);
    b.write(UART0 + 0x524, 0);
    b.write(UART0 + 8, 1);
    b.run(Span::from_ms(1_000));
    assert_eq!(b.console(), "");
}
