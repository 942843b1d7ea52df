//! Any code in the whole machine: no panic, bounded time, and the same wires and cycles whether it is run in one piece or in two.
#![no_main]

use badgebench::boards::Board;
use badgebench::engine::machine::{Machine, Outcome};
use badgebench::engine::timing::Rules;
use badgebench::image::{Firmware, Image};
use libfuzzer_sys::fuzz_target;
use peripherals::kernel::{Instant, Span};

/// Initial stack pointer and reset vector; the fuzzer's bytes follow at 0x40.
const VECTORS: [u32; 16] = [0x2004_0000, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0, 0, 0, 0, 0x41, 0x41, 0, 0x41, 0x41];

fn machine(code: &[u8]) -> (Machine, Firmware) {
    let mut bytes: Vec<u8> = VECTORS.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.extend_from_slice(code);
    // What runs off its end waits there.
    bytes.extend_from_slice(&[0xFE, 0xE7]);
    let image = Image::parse("code.bin", &bytes, Some(0)).expect("raw bytes in flash");
    let firmware = Firmware::lay(vec![image]).expect("it has a vector table");
    let board = Board::load::<&str>("dongle", &[]).expect("a built-in board");
    let machine = Machine::new(&firmware, board, Rules::SILICON, 0).expect("it fits");
    (machine, firmware)
}

fn run(code: &[u8], pieces: &[Span]) -> (String, u64, u32, Outcome) {
    let (mut machine, _firmware) = machine(code);
    let mut outcome = Outcome::Reached;
    let mut until = Instant::ZERO;
    for &piece in pieces {
        until += piece;
        loop {
            outcome = machine.run(until);
            machine.take_console();
            machine.drain_audio(&mut |_, _| {});
            if outcome != Outcome::Pause {
                break;
            }
        }
        if outcome != Outcome::Reached {
            break;
        }
    }
    (machine.trace_sha256(), machine.instructions(), machine.pc(), outcome)
}

fuzz_target!(|data: &[u8]| {
    let Some((&[low, high], code)) = data.split_first_chunk::<2>() else { return };
    let (whole, cut) = (Span::from_ms(5), Span::from_ns(u64::from(u16::from_le_bytes([low, high])) * 70));
    assert_eq!(run(code, &[whole]), run(code, &[cut, whole - cut]), "cut at {cut}");
});
