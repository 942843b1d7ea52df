//! Exceptions as the ARMv7-M Architecture Reference Manual has them: the programs of `firmware/conformance`, test by test.

use crate::support::{Bench, root};
use std::process::{Command, Stdio};

/// The lines that say how a test went, as name and whether it was ok.
fn verdicts(text: &str) -> Vec<(&str, bool)> {
    text.lines()
        .filter_map(|line| {
            let (name, rest) = line.split_once(' ')?;
            (rest == "ok" || rest.starts_with("FAILED")).then_some((name, rest == "ok"))
        })
        .collect()
}

/// Some tests of the architecture's sleep wake by SysTick, which on the nRF52840 counts in WFI only with a debugger attached.
const RUNNING: &str = "[soc]\nsleep_clocks = \"running\"\n";

fn all_ok(elf: &str, count: usize) {
    let bench = Bench::new();
    let run =
        bench.write("board.toml", RUNNING).sim(&format!("fixtures/{elf}.elf --board board.toml --allow breakpoint"));
    let failed: Vec<_> = run.stdout.lines().filter(|line| line.contains("FAILED")).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let verdicts = verdicts(&run.stdout);
    assert_eq!(verdicts.len(), count, "each test says how it went: {}", run.stdout);
    assert!(verdicts.iter().all(|&(_, ok)| ok), "{}", run.stdout);
    run.expect_status(0);
}

#[test]
fn the_core_is_what_the_architecture_says() {
    all_ok("conformance-core", CORE);
}

/// The reset is a test of its own that runs the ones before it twice.
#[test]
fn the_chip_is_what_its_specification_says() {
    all_ok("conformance-nrf52840", NRF52840);
}

#[test]
fn a_fault_that_cannot_be_handled_ends_the_run() {
    for (name, said) in [
        ("hardfault", "PRECISERR at 0x70000000"),
        ("nmi", "UNDEFINSTR"),
        ("faultmask", "UNDEFINSTR"),
        ("vector", "VECTTBL"),
        ("svc", "an SVC, while a fault was being handled"),
    ] {
        let run = Bench::new().sim(&format!("fixtures/conformance-lockup-{name}.elf --board bare"));
        run.expect_status(3).expect_said(&["fault[lockup]: ", said, "denied: lockup"]);
        assert_eq!(run.stdout, "", "{name}: nothing goes on behind it");
    }
}

/// What QEMU 7.2 makes otherwise, and why we do not.
const QEMU_DIFFERS: [&str; 8] = [
    // MSR and CPS set FAULTMASK there whatever the priority; the manual wants a priority above -1 (B5.2.3).
    "B1_4_3_faultmask_cannot_be_set_in_nmi",
    // Its Cortex-M4 is r0p0; the nRF52840's is r0p1.
    "B3_2_3_cpuid_is_a_cortex_m4_r0p1",
    // Its BKPT escalates like any fault, with HFSR.FORCED; without halting debug the manual wants DEBUGEVT (C1.5.1).
    "C1_5_breakpoint_without_a_debugger_is_a_hard_fault",
    // It has no DebugMonitor.
    "C1_5_breakpoint_goes_to_the_monitor_when_that_is_on",
    // What it finds in a subregion that is off it keeps for all of the 1 KB around: what is asked first decides.
    "B3_5_a_subregion_that_is_off_is_not_the_regions",
    // Its WFI wakes for whatever is pending and enabled, masked by BASEPRI or not.
    "B1_5_19_wfi_does_not_wake_for_what_basepri_holds_back",
    // Its WFE does not wait.
    "B3_2_7_sevonpend_wakes_from_wfe",
    // It has no SLEEPONEXIT.
    "B1_5_17_sleeponexit_stays_asleep_after_a_handler",
];

/// An anchor outside of ourselves: what we take from the manual, others took from there as well.
#[test]
fn qemu_agrees_but_for_what_is_known() {
    let elf = root().join("fixtures/conformance-core.elf");
    let started = Command::new("timeout")
        .args(
            "60 qemu-system-arm -M mps2-an386 -cpu cortex-m4 -icount shift=4 -semihosting -nographic -kernel"
                .split(' '),
        )
        .arg(elf)
        .stdin(Stdio::null())
        .output();
    let output = started.expect("qemu-system-arm starts (./setup.sh --tests)");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let verdicts = verdicts(&text);
    assert_eq!(verdicts.len(), CORE, "{text}");
    let mut failed: Vec<_> = verdicts.iter().filter(|(_, ok)| !ok).map(|&(name, _)| name).collect();
    let mut known = QEMU_DIFFERS.to_vec();
    failed.sort_unstable();
    known.sort_unstable();
    assert_eq!(failed, known);
}

/// Tests in each program: one that does not run is noticed.
const CORE: usize = 136;
const NRF52840: usize = 17 + 16;
