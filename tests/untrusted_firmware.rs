//! Firmware is not trusted: whatever it does, the run ends, says so, and is no bug of ours.

use crate::support::elf::Elf;
use crate::support::{Bench, Run};

/// Runs `code`, which is followed by `literals`, with the options of `line`.
fn run(code: &[u16], literals: &[u32], line: &str) -> Run {
    Bench::new().write("own.elf", Elf::running(code, literals)).sim(&format!("own.elf {line}"))
}

#[test]
fn a_loop_without_end_stops_at_the_wall_limit() {
    // adds r0, #1; b the adds
    let run = run(&[0x3001, 0xE7FD], &[], "--wall-limit 300ms");
    run.expect_status(4);
    assert!(run.number("/time/instructions") > 1e5);
}

#[test]
fn a_sleep_without_end_is_parked() {
    // wfi; b the wfi
    let run = run(&[0xBF30, 0xE7FD], &[], "");
    run.expect_status(0);
    assert_eq!(run.report["exit"]["reason"], "parked");
}

#[test]
fn a_stack_that_runs_out_of_ram_is_a_fault() {
    // push {r0}; b the push
    let run = run(&[0xB401, 0xE7FD], &[], "");
    run.expect_status(3).expect_said(&["denied: unhandled-fault", "0x1ffffffc"]);
}

#[test]
fn a_jump_to_where_no_code_can_be_is_a_fault() {
    for target in [0xFFFF_FFFF, 0x4000_0001, 0x0080_0001, 0x0020_0001, 0xE000_E001, 0x2004_0001] {
        // ldr r0, [pc, #0]; bx r0
        let run = run(&[0x4800, 0x4700], &[target], "--wall-limit 10s");
        assert_eq!(run.status, 3, "0x{target:08x}: {}", run.stderr);
    }
}

/// Arm, "Semihosting for AArch32 and AArch64", SYS_WRITE0: a pointer to text that ends with 0.
#[test]
fn semihosting_with_a_wild_pointer_reads_nothing_it_may_not() {
    for pointer in [0xFFFF_FFFF, 0x4000_0000, 0x2003_FFFF, 0x000F_FFFF] {
        // movs r0, #4; ldr r1, [pc, #4]; bkpt 0xAB; b .
        let run = run(&[0x2004, 0x4901, 0xBEAB, 0xE7FE], &[pointer], "--for 10ms");
        assert!([0, 3].contains(&run.status), "0x{pointer:08x}: {}", run.stderr);
        assert!(run.stdout.chars().count() <= 1, "0x{pointer:08x}: {:?}", run.stdout);
    }
}

#[test]
fn an_unknown_semihosting_call_is_a_gap_that_names_it() {
    // movs r0, #0x77; bkpt 0xAB; b .
    let run = run(&[0x2077, 0xBEAB, 0xE7FE], &[], "");
    run.expect_status(0).expect_said(&["gap[", "operation 0x77"]);
    assert_eq!(run.report["diagnostics"][0]["kind"], "gap");
}

#[test]
fn firmware_that_keeps_resetting_itself_is_stopped() {
    // AIRCR := VECTKEY, SYSRESETREQ (Armv7-M ARM, B3.2.6)
    let run = run(&[0x4801, 0x4902, 0x6001, 0xE7FE], &[0xE000_ED0C, 0x05FA_0004], "--wall-limit 60s");
    run.expect_status(3).expect_said(&["has reset itself 1000 times"]);
}

/// SCLK without selects and without data, as fast as the core can: 2 stores and a branch.
#[test]
fn a_clock_that_runs_wild_is_counted_and_judged() {
    let code = [0x4802, 0x4903, 0x6181, 0x6081, 0x60C1, 0xE7FC];
    let run = run(&code, &[0x5000_0500, 1 << 22], "--for 20ms");
    let edges = run.number("/spi/0/edges");
    assert!(edges > 250_000.0, "{edges}");
    assert_ne!(run.report["spi"][0]["verdict"], "idle");
    assert!(run.report["vs1053"][0]["streams"].as_array().is_some_and(Vec::is_empty));
}

/// A million characters a second of simulated time, and nobody who stops it but the reader.
#[test]
fn a_flood_of_text_reaches_stdout_and_the_run_ends() {
    // movs r0, #3; ldr r1, [pc, #4] (SYS_WRITEC: a pointer to the character); bkpt 0xAB; b the movs; literal; 'x'
    let run = run(&[0x2003, 0x4901, 0xBEAB, 0xE7FB], &[0x10C, u32::from(b'x')], "--for 20ms");
    run.expect_status(0);
    assert!(run.stdout.len() > 10_000 && run.stdout.bytes().all(|byte| byte == b'x'), "{} bytes", run.stdout.len());
}

#[test]
fn a_store_to_flash_changes_nothing_and_is_said() {
    // ldr r0, [pc, #4]; movs r1, #0; str r1, [r0]; b .
    let run = run(&[0x4801, 0x2100, 0x6001, 0xE7FE], &[0x8000], "--for 10ms");
    run.expect_said(&["[nvmc-write-disabled]", "0x00008000"]);
}
