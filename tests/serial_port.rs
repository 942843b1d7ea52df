//! `--pty` with small programs of our own: who is at the other end comes, goes, or does not read, and the run copes.

use crate::support::Bench;
use crate::support::elf::Elf;
use crate::support::serial::Serial;
use std::time::Duration;

/// UART0 on P0.06 and P0.08 at 1 Mbaud, started both ways; r0 its tasks, r4 the registers from 0x500 on, r5 the events, r2 0.
const SET_UP: [u16; 15] = [
    0x4812, // ldr  r0, =UART0
    0x4C13, // ldr  r4, =UART0 + 0x500
    0x4D13, // ldr  r5, =UART0 + 0x100
    0x4914, // ldr  r1, =BAUDRATE of 1 Mbaud
    0x6261, // str  r1, [r4, #0x24]     BAUDRATE
    0x2106, // movs r1, #6
    0x60E1, // str  r1, [r4, #0x0C]     PSEL.TXD
    0x2108, // movs r1, #8
    0x6161, // str  r1, [r4, #0x14]     PSEL.RXD
    0x2104, // movs r1, #4
    0x6021, // str  r1, [r4, #0x00]     ENABLE
    0x2101, // movs r1, #1
    0x6081, // str  r1, [r0, #0x08]     STARTTX
    0x6001, // str  r1, [r0, #0x00]     STARTRX
    0x2200, // movs r2, #0
];
/// Sends r3 and waits until it has left.
const SEND: [u16; 5] = [
    0x61E3, // str  r3, [r4, #0x1C]     TXD
    0x69EB, // ldr  r3, [r5, #0x1C]     EVENTS_TXDRDY
    0x2B00, // cmp  r3, #0
    0xD0FC, // beq  the load before
    0x61EA, // str  r2, [r5, #0x1C]
];
/// The literal pool begins here, in halfwords after the start.
const POOL: usize = 38;
const LITERALS: [u32; 4] = [0x4000_2000, 0x4000_2500, 0x4000_2100, 0x1000_0000];

fn program(turn: &[u16]) -> Vec<u8> {
    let mut code = [&SET_UP[..], turn, &SEND].concat();
    let back = SET_UP.len() as i32 - (code.len() as i32 + 2);
    code.push(0xE000 | back as u16 & 0x7FF);
    code.resize(POOL, 0xBF00);
    Elf::running(&code, &LITERALS)
}

/// Sends back what it receives.
fn echo() -> Vec<u8> {
    program(&[
        0x68AB, // ldr  r3, [r5, #0x08]     EVENTS_RXDRDY
        0x2B00, // cmp  r3, #0
        0xD0FC, // beq  the load before
        0x60AA, // str  r2, [r5, #0x08]
        0x69A3, // ldr  r3, [r4, #0x18]     RXD
    ])
}

/// Sends `x` for ever.
fn flood() -> Vec<u8> {
    program(&[0x2378]) // movs r3, #'x'
}

#[test]
fn every_byte_goes_both_ways_and_the_other_end_comes_and_goes() {
    let bench = Bench::new();
    bench.write("echo.elf", echo());
    let run = Serial::start(&bench, "echo.elf --board dk");
    let all: Vec<u8> = (0..=255).collect();
    for _ in 0..3 {
        let mut port = run.open();
        port.send(&all);
        assert_eq!(port.bytes(256), all);
        // A second one at the same time, as a terminal program that was left open.
        let other = run.open();
        port.send("\x03");
        port.until("\x03");
        drop(other);
    }
    let mut port = run.open();
    let run = run.interrupt();
    run.expect_status(130).expect_said(&["ended:  interrupted"]);
    assert_eq!(run.stdout, "");
    assert!(port.is_gone(), "the other end learns that the run is over");
}

/// The first byte typed comes with the first look at EVENTS_RXDRDY, whatever was typed before the program was ready.
#[test]
fn a_file_at_stdin_is_read_to_its_last_byte() {
    let bench = Bench::new();
    let text: Vec<u8> = (0..40_000u32).map(|n| b'a' + ((n * n) >> 7) as u8 % 26).collect();
    bench.write("echo.elf", echo()).write("text", &text);
    let stdin = std::fs::File::open(bench.path("text")).expect("just written");
    let output = bench.command("sim echo.elf --board dk --for 2s").stdin(stdin).output().expect("the program starts");
    let run = bench.collect(output);
    run.expect_status(0);
    assert_eq!(run.stdout.as_bytes(), text);
}

#[test]
fn text_that_nobody_reads_does_not_stop_a_run() {
    let bench = Bench::new();
    bench.write("flood.elf", flood());
    Serial::start(&bench, "flood.elf --board dk --for 2s").end().expect_status(0);
    // Somebody has it open and does not read: the run waits for them once, and not for ever.
    let run = Serial::start(&bench, "flood.elf --board dk --for 2s");
    let port = run.open();
    run.end().expect_status(0);
    drop(port);
}

#[test]
fn a_reader_that_goes_away_in_the_middle_does_not_stop_a_run() {
    let bench = Bench::new();
    bench.write("flood.elf", flood());
    let mut run = Serial::start(&bench, "flood.elf --board dk");
    for _ in 0..3 {
        let mut port = run.open();
        assert!(port.bytes(5_000).iter().all(|&byte| byte == b'x'));
    }
    std::thread::sleep(Duration::from_millis(100));
    assert!(run.is_running());
    let mut port = run.open();
    port.until("x");
    run.interrupt().expect_status(130);
}

#[test]
fn a_wall_limit_ends_a_run_that_waits_at_the_port() {
    let bench = Bench::new();
    bench.write("echo.elf", echo()).write("flood.elf", flood());
    for program in ["echo.elf", "flood.elf"] {
        let run = Serial::start(&bench, &format!("{program} --board dk --wall-limit 700ms"));
        let mut port = run.open();
        run.end().expect_status(4);
        assert!(port.is_gone());
    }
}
