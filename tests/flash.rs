//! `--flash`: what firmware writes to flash and UICR is there in the next run.

use crate::support::Bench;
use crate::support::elf::{Elf, Load, SP, program};

/// Shifts the word at 0x8000 left by one bit, which only clears bits, and writes the same to UICR.CUSTOMER[0]:
/// ldr r4,CONFIG; ldr r5,=0x8000; ldr r6,CUSTOMER; movs r1,#1; str r1,[r4]; ldr r2,[r5]; lsls r2,#1; str r2,[r5]; str r2,[r6];
/// movs r0,#0x18; ldr r1,=0x20026; bkpt 0xAB (SYS_EXIT, without an error)
const COUNT: [u16; 12] =
    [0x4C05, 0x4D06, 0x4E06, 0x2101, 0x6021, 0x682A, 0x0052, 0x602A, 0x6032, 0x2018, 0x4903, 0xBEAB];
const LITERALS: [u32; 4] = [0x4001_E504, 0x8000, 0x1000_1080, 0x20026];

fn counts(bench: &Bench, line: &str) {
    bench.sim(&format!("count.elf {line}")).expect_status(0);
}

fn counting() -> Bench {
    let bench = Bench::new();
    bench.write("count.elf", Elf::running(&COUNT, &LITERALS));
    bench
}

#[test]
fn flash_and_uicr_outlive_a_run_when_a_file_is_named() {
    let bench = counting();
    for round in 1..=3u32 {
        counts(&bench, "--flash chip.hex");
        let text = std::fs::read_to_string(bench.path("chip.hex")).expect("it is written");
        let word = (u32::MAX << round).to_le_bytes().map(|byte| format!("{byte:02X}")).concat();
        assert!(text.contains(&format!(":10800000{word}FFFFFFFF")), "round {round}: {text}");
        assert!(text.contains(&format!(":10108000{word}FFFFFFFF")), "round {round}: {text}");
    }
    let left: Vec<_> =
        std::fs::read_dir(bench.path(".")).expect("a directory").flatten().map(|e| e.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
    // It is an image as well, with the firmware in it.
    let inspected = bench.run("inspect chip.hex");
    inspected.expect_status(0);
    assert!(inspected.stdout.contains("UICR") && inspected.stdout.contains("vectors      at 0x00000000"));
}

#[test]
fn a_chip_without_a_file_is_new_each_time() {
    let bench = counting();
    counts(&bench, "--flash chip.hex");
    let first = std::fs::read(bench.path("chip.hex")).expect("it is written");
    counts(&bench, "");
    std::fs::remove_file(bench.path("chip.hex")).expect("it is there");
    counts(&bench, "--flash chip.hex");
    assert_eq!(std::fs::read(bench.path("chip.hex")).expect("it is written"), first);
}

#[test]
fn a_run_that_is_stopped_keeps_what_was_written() {
    // As above, and then b . with interrupts that never come, so that the limit ends it: adds r0,#1; b the adds
    let mut code = COUNT;
    (code[10], code[11]) = (0x3001, 0xE7FD);
    let bench = Bench::new();
    bench.write("count.elf", Elf::running(&code, &LITERALS));
    bench.sim("count.elf --flash chip.hex --wall-limit 300ms").expect_status(4);
    assert!(std::fs::read_to_string(bench.path("chip.hex")).expect("it is written").contains(":10800000FEFFFFFF"));
}

#[test]
fn a_file_that_is_no_flash_is_refused_and_left_alone() {
    let bench = counting();
    bench.write("notes.txt", "do not lose this\n");
    bench.write("ram.hex", ":020000042000DA\n:0100000001FE\n:00000001FF\n");
    for (file, words) in [("notes.txt", "not a valid line of Intel HEX"), ("ram.hex", "is to hold flash and UICR")] {
        let before = std::fs::read(bench.path(file)).expect("it was written");
        bench.sim(&format!("count.elf --flash {file}")).expect_status(2).expect_said(&[words]);
        assert_eq!(std::fs::read(bench.path(file)).expect("it is there"), before);
    }
    bench.sim("count.elf --flash none/chip.hex").expect_status(74).expect_said(&["make the directory first"]);
    bench.sim("count.elf --flash count.elf").expect_status(2).expect_said(&["the output `count.elf` is the input"]);
}

/// An application that was linked behind a SoftDevice, alone: it runs at its own vector table, and its call is noticed.
#[test]
fn an_application_alone_runs_and_what_it_calls_is_said() {
    // svc 0x10 (sd_softdevice_enable); bx lr
    let code = [0xDF10, 0x4770];
    let app = Elf::new(vec![Load::new(0x2_6000, program(SP, 0x2_6101, &code, &[]))]).bytes();
    let run = Bench::new().write("app.elf", app).sim("app.elf --for 10ms");
    run.expect_said(&[
        "note: `app.elf` starts at its own vector table, 0x00026000",
        "calls of 1 function of SoftDevice S140 version 6",
        "fault[softdevice-absent]",
        "SVC 0x10: sd_softdevice_enable",
        "badgebench sim softdevice.hex app.uf2",
    ]);
}
