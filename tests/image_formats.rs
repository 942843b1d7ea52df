//! The same firmware as ELF, Intel HEX, UF2 and raw binary is the same run.

use crate::support::{Bench, fixture, played};
use goblin::elf::{Elf, program_header::PT_LOAD};
use std::fmt::Write as _;

/// Address and bytes of what is loaded.
fn segments(elf: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let parsed = Elf::parse(elf).expect("an ELF");
    let loads = parsed.program_headers.iter().filter(|header| header.p_type == PT_LOAD && header.p_filesz > 0);
    loads.map(|header| (header.p_paddr as u32, elf[header.file_range()].to_vec())).collect()
}

fn flat(elf: &[u8]) -> Vec<u8> {
    let mut flat = vec![];
    for (addr, data) in segments(elf) {
        flat.resize(flat.len().max(addr as usize + data.len()), 0xFF);
        flat[addr as usize..][..data.len()].copy_from_slice(&data);
    }
    flat
}

/// Intel HEX: data records of 16 bytes, extended linear addresses where the upper half changes.
fn hex(elf: &[u8]) -> String {
    let mut text = String::new();
    let mut record = |addr: u32, kind: u8, data: &[u8]| {
        let mut bytes = vec![data.len() as u8, (addr >> 8) as u8, addr as u8, kind];
        bytes.extend(data);
        let sum = bytes.iter().fold(0u8, |sum, byte| sum.wrapping_sub(*byte));
        bytes.push(sum);
        text.push(':');
        bytes.iter().for_each(|byte| write!(text, "{byte:02X}").expect("a string"));
        text.push('\n');
    };
    for (addr, data) in segments(elf) {
        for (index, chunk) in data.chunks(16).enumerate() {
            let at = addr + 16 * index as u32;
            record(0, 4, &((at >> 16) as u16).to_be_bytes());
            record(at & 0xFFFF, 0, chunk);
        }
    }
    record(0, 1, &[]);
    text
}

/// UF2 (Microsoft, "USB Flashing Format (UF2)"): blocks of 256 bytes for `family`.
fn uf2(elf: &[u8], family: u32) -> Vec<u8> {
    let flat = flat(elf);
    let total = flat.len().div_ceil(256) as u32;
    let blocks = flat.chunks(256).zip(0..).flat_map(|(chunk, number)| {
        let head = [0x0A32_4655, 0x9E5D_5157, 0x2000, 256 * number, chunk.len() as u32, number, total, family];
        let mut block: Vec<u8> = head.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
        block.extend(chunk);
        block.resize(508, 0);
        block.extend(0x0AB1_6F30u32.to_le_bytes());
        block
    });
    blocks.collect()
}

#[test]
fn uf2_for_another_chip_or_cut_off_is_refused() {
    let elf = fixture("example-rust.elf");
    let bench = Bench::new();
    bench.write("pico.uf2", uf2(&elf, 0xE48B_FF56)).write("cut.uf2", &uf2(&elf, 0xADA5_2840)[..1024]);
    bench.run("sim pico.uf2").expect_status(2).expect_said(&["error[image-wrong-machine]", "RP2040", "0xada52840"]);
    bench.run("sim cut.uf2").expect_status(2).expect_said(&["error[image-damaged]", "block 2 of "]);
    bench.run("inspect cut.uf2").expect_status(2);
}

#[test]
fn elf_hex_uf2_and_raw_binary_leave_the_same_trace() {
    let elf = fixture("example-rust.elf");
    let bench = Bench::new();
    bench.write("a.hex", hex(&elf)).write("a.bin", flat(&elf)).write("a.uf2", uf2(&elf, 0xADA5_2840));
    let whole = played("example-rust");
    for (image, format) in [("a.hex", "hex"), ("a.uf2", "uf2"), ("a.bin@0x0", "bin")] {
        let run = bench.sim(image);
        run.expect_status(0);
        assert_eq!(run.report["trace_sha256"], whole.report["trace_sha256"], "{image}");
        assert_eq!(run.report["time"]["cycles"], whole.report["time"]["cycles"], "{image}");
        assert_eq!((&run.report["firmware"][0]["format"], run.stdout.as_str()), (&format.into(), "hello from Rust\n"));
    }
}

#[test]
fn a_raw_binary_needs_an_address() {
    let bench = Bench::new();
    bench.write("a.bin", flat(&fixture("example-rust.elf")));
    bench.sim("a.bin").expect_status(2).expect_said(&["does not say where in memory it goes", "a.bin@0x0`"]);
    bench.sim("a.bin@zero").expect_status(2).expect_said(&["`zero` after `a.bin@` is not an address"]);
}

#[test]
fn a_damaged_hex_file_names_its_line() {
    let mut text = hex(&fixture("example-rust.elf"));
    let line = text.match_indices('\n').nth(9).expect("ten lines").0;
    text.replace_range(line - 1..line, if text[..line].ends_with('0') { "1" } else { "0" });
    let run = Bench::new().write("a.hex", text).sim("a.hex");
    run.expect_status(2).expect_said(&["error[image-damaged]: a.hex:10: not a valid line of Intel HEX"]);
}

/// Contract, "`sim`": laid over one another, the later wins, overlap is said.
#[test]
fn of_two_images_the_later_wins() {
    let bench = Bench::new();
    let run = bench.sim("fixtures/example-c.elf fixtures/example-rust.elf");
    run.expect_status(0).expect_said(&["note: "]);
    assert_eq!(run.stdout, "hello from Rust\n");
    assert_eq!(run.report["firmware"].as_array().map(Vec::len), Some(2));
}
