//! Firmware files that cannot be used: status 2, what and why and how to mend it, and a report all the same.

use crate::support::elf::{Elf, Load, RESET, SP, parking, program};
use crate::support::{Bench, fixture};

/// Runs `image` and expects to be refused under `name` with these words.
#[track_caller]
fn refused(bench: &Bench, image: &str, name: &str, words: &[&str]) {
    let run = bench.sim(image);
    run.expect_status(2).expect_said(&[&format!("error[{name}]: ")]).expect_said(words);
    assert!(run.stdout.is_empty(), "{}", run.stdout);
    assert!(!run.stderr.contains("played:"), "nothing was run: {}", run.stderr);
    assert_eq!(run.report["exit"]["reason"], "input");
    assert_eq!(run.diagnostics(), [name]);
    let message = run.report["diagnostics"][0]["message"].as_str().expect("a message");
    assert!(run.stderr.contains(message), "{message}");
}

/// The same of a file with these bytes.
#[track_caller]
fn refused_bytes(bytes: impl AsRef<[u8]>, name: &str, words: &[&str]) {
    refused(Bench::new().write("bad.elf", bytes), "bad.elf", name, &[&["`bad.elf`"], words].concat());
}

/// The same of a program whose vector table is wrong; the message begins with the path.
#[track_caller]
fn refused_vectors(sp: u32, reset: u32, words: &[&str]) {
    let elf = Elf::new(vec![Load::new(0, program(sp, reset, &[0xE7FE], &[]))]).bytes();
    refused(Bench::new().write("bad.elf", elf), "bad.elf", "image-vectors", &[&["bad.elf: "], words].concat());
}

fn loads(loads: Vec<Load>) -> Vec<u8> {
    Elf::new(loads).bytes()
}

fn good() -> Load {
    Load::new(0, program(SP, RESET, &[0xE7FE], &[]))
}

#[test]
fn files_made_by_the_bench_are_good_as_long_as_nothing_is_wrong() {
    Bench::new().write("good.elf", parking()).sim("good.elf").expect_status(0);
    Bench::new().write("good.elf", loads(vec![good()])).sim("good.elf").expect_status(0);
}

#[test]
fn no_such_file_names_one_to_try() {
    let bench = Bench::new();
    refused(&bench, "nothing.elf", "image-not-found", &["`nothing.elf`", "help: try `fixtures/player-cached.elf`"]);
    refused(&bench, "fixtures/player-cachd.elf", "image-not-found", &["did you mean", "fixtures/player-cached.elf`"]);
}

#[test]
fn a_directory() {
    refused(&Bench::new(), "fixtures", "image-not-a-file", &["`fixtures` is a directory", "help: name a file in it"]);
}

#[test]
fn what_is_no_regular_file() {
    refused(&Bench::new(), "/dev/zero", "image-not-a-file", &["`/dev/zero` is not a regular file"]);
}

#[test]
fn an_empty_file() {
    refused_bytes("", "image-empty", &["is empty"]);
}

#[test]
fn a_text_file() {
    refused_bytes("int main(void) { return 0; }\n", "image-format", &["is a text file, not firmware"]);
}

#[test]
fn a_song_instead_of_firmware() {
    refused(&Bench::new(), "fixtures/song.mp3", "image-format", &["neither ELF nor Intel HEX"]);
}

/// At every length that a copy might have stopped at: in the header, in the tables, in the song.
#[test]
fn a_truncated_elf() {
    let whole = fixture("player-cached.elf");
    let bench = Bench::new();
    for length in [4, 20, 51, 60, 100, 10_000, 100_000, whole.len() - 1] {
        let run = bench.write("bad.elf", &whole[..length]).sim("bad.elf");
        run.expect_status(2).expect_said(&["`bad.elf` is a truncated ELF", "help: build or copy the file again"]);
        assert_eq!(run.diagnostics(), ["image-damaged"], "{length} bytes");
    }
}

#[test]
fn a_64_bit_elf() {
    let arm64 = Elf { class: 2, machine: 183, ..Elf::new(vec![good()]) };
    refused_bytes(arm64.bytes(), "image-wrong-machine", &["64-bit ELF", "thumbv7em-none-eabihf"]);
    let pc = Elf { class: 2, machine: 62, ..Elf::new(vec![good()]) };
    refused_bytes(pc.bytes(), "image-wrong-machine", &["64-bit ELF for x86-64", "thumbv7em-none-eabihf"]);
}

/// What somebody gets who builds without a target: this test itself, where it is an ELF.
#[cfg(target_os = "linux")]
#[test]
fn a_program_of_the_host() {
    let bench = Bench::new();
    std::os::unix::fs::symlink(std::env::current_exe().expect("this test"), bench.path("host")).expect("a link");
    let run = bench.sim("host");
    run.expect_status(2).expect_said(&["error[image-"]);
}

#[test]
fn a_big_endian_elf() {
    let elf = Elf { order: 2, ..Elf::new(vec![good()]) };
    refused_bytes(elf.bytes(), "image-wrong-machine", &["big-endian ELF", "the nRF52840 is little-endian"]);
}

#[test]
fn an_elf_for_x86() {
    let elf = Elf { machine: 3, ..Elf::new(vec![good()]) };
    refused_bytes(elf.bytes(), "image-wrong-machine", &["wrong machine: x86", "thumbv7em-none-eabihf"]);
}

#[test]
fn a_shared_object() {
    let elf = Elf { kind: 3, ..Elf::new(vec![good()]) };
    refused_bytes(elf.bytes(), "image-not-firmware", &["shared object", "help: link at fixed addresses"]);
}

#[test]
fn an_object_file() {
    let elf = Elf { kind: 1, ..Elf::new(vec![good()]) };
    refused_bytes(elf.bytes(), "image-not-firmware", &["relocatable object file", "help: give the linked program"]);
}

#[test]
fn no_vector_table() {
    refused_vectors(0, 0, &["no vector table was found", "help: "]);
    refused_vectors(u32::MAX, u32::MAX, &["no vector table was found"]);
    refused(
        Bench::new().write("bad.elf", loads(vec![Load::new(0x1000_1000, vec![0; 64])])),
        "bad.elf",
        "image-vectors",
        &["no vector table was found", "at 0x10001000 are 0x00000000 and 0x00000000"],
    );
}

#[test]
fn a_stack_pointer_outside_ram() {
    refused_vectors(0x2008_0000, RESET, &["the initial stack pointer 0x20080000 lies outside RAM", "256 KB"]);
}

#[test]
fn an_entry_without_the_thumb_bit() {
    refused_vectors(SP, RESET & !1, &["the reset vector 0x00000100 does not have the Thumb bit", "help: declare"]);
}

#[test]
fn a_reset_vector_outside_the_image() {
    refused_vectors(SP, 0x8_0001, &["the reset vector 0x00080001 points outside the image"]);
}

#[test]
fn segments_outside_memory() {
    for addr in [0x0800_0000, 0x3000_0000, 0x000F_FFF0, 0x2004_0000, 0xFFFF_FFF0] {
        let elf = loads(vec![good(), Load::new(addr, vec![0; 64])]);
        refused_bytes(elf, "image-outside-memory", &[&format!("0x{addr:08x}, outside the nRF52840's memory")]);
    }
}

#[test]
fn segments_that_overlap() {
    let elf = loads(vec![good(), Load::new(0x80, vec![1; 64])]);
    refused_bytes(elf, "image-overlap", &["segments that overlap", "0x00000080 to 0x000000c0"]);
}

#[test]
fn nothing_to_load() {
    refused_bytes(loads(vec![]), "image-empty", &["has nothing to load"]);
}

#[test]
fn an_elf_that_claims_2_gigabytes() {
    let two = Some(0x8000_0000);
    let file = loads(vec![good(), Load { claims: two, ..Load::new(0x1000, vec![0; 16]) }]);
    refused_bytes(file, "image-damaged", &["truncated ELF"]);
    let memory = loads(vec![good(), Load { memory: two, ..Load::new(0x2000_0000, vec![0; 16]) }]);
    refused_bytes(memory, "image-outside-memory", &["2147483648 bytes at 0x20000000"]);
}

#[test]
fn a_file_that_has_2_gigabytes() {
    let bench = Bench::new();
    let file = std::fs::File::create(bench.path("bad.elf")).expect("a file");
    // Sparse: it takes no room on the disk.
    file.set_len(2 << 30).expect("a length");
    refused(&bench, "bad.elf", "image-too-big", &["`bad.elf` is too big for a firmware file: 2147483648 bytes"]);
}

/// None of them takes memory that a file could only claim.
#[cfg(target_os = "linux")]
#[test]
fn hostile_claims_are_refused_within_200_megabytes_of_address_space() {
    let bench = Bench::new();
    let two = Some(0x8000_0000);
    let elf = loads(vec![good(), Load { claims: two, memory: two, ..Load::new(0x1000, vec![0; 16]) }]);
    let program = bench.write("bad.elf", elf).command("sim bad.elf --report r.json");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -v 200000; exec \"$0\" \"$@\""]).arg(program.get_program()).args(program.get_args());
    let run = bench.collect(shell.current_dir(bench.path(".")).output().expect("a shell"));
    run.expect_status(2).expect_said(&["error[image-damaged]"]);
}

/// Noise in a good file, at a fixed set of places: refused or run, and never a bug of ours.
#[test]
fn damaged_elfs_are_refused_or_run_and_nothing_else() {
    let whole = fixture("example-rust.elf");
    let bench = Bench::new();
    for at in (0..52).step_by(3).chain((52..180).step_by(9)) {
        let mut elf = whole.clone();
        elf[at] ^= 0xFF;
        let run = bench.write("bad.elf", elf).sim("bad.elf --for 20ms");
        assert!([0, 1, 2, 3].contains(&run.status), "byte {at}: status {}\n{}", run.status, run.stderr);
    }
}

#[test]
fn an_image_in_a_command_line_that_is_wrong_elsewhere_leaves_a_report_too() {
    let run = Bench::new().sim("fixtures/example-c.elf --speed slow");
    run.expect_status(2);
    assert_eq!((&run.report["exit"]["reason"], run.diagnostics()), (&"input".into(), vec!["usage"]));
}
