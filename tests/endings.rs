//! How a run ends, and the exit status that comes of it (contract, "How a run ends"). Status 2 has its own stories, 74 too.

use crate::support::{Bench, Run, elf, played};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

fn ended(run: &Run, status: i32, reason: &str) {
    run.expect_status(status);
    assert_eq!(run.report["exit"]["reason"], reason);
}

#[test]
fn firmware_that_ends_itself_gives_its_code() {
    let bench = Bench::new();
    let good = bench.write("zero.elf", elf::exiting_with(0)).sim("zero.elf");
    ended(&good, 0, "semihosting");
    assert_eq!(good.report["exit"]["code"], 0);
    let bad = bench.write("five.elf", elf::exiting_with(5)).sim("five.elf");
    ended(&bad, 1, "semihosting");
    assert_eq!(bad.report["exit"]["code"], 5);
    bad.expect_said(&["ended:  the firmware ended with code 5; exit status 1"]);
}

/// `player-cached` waits for DREQ, which nothing drives there, and says so with code 2 (firmware/README.md).
#[test]
fn a_player_without_a_chip_gives_up() {
    let run = Bench::new().sim("fixtures/player-cached.elf --board bare");
    ended(&run, 1, "semihosting");
    assert_eq!((&run.report["exit"]["code"], &run.report["board"]), (&json!(2), &json!("bare")));
    assert_eq!(run.diagnostics(), ["floating-input"]);
    assert!(run.stdout.ends_with("player: NoDreq\n"), "{}", run.stdout);
    assert_eq!((&run.report["spi"], &run.report["vs1053"]), (&json!([]), &json!([])));
}

#[test]
fn firmware_that_branches_to_itself_is_parked() {
    let run = Bench::new().write("parked.elf", elf::parking()).sim("parked.elf");
    ended(&run, 0, "parked");
    assert!(run.number("/time/simulated_s") < 1.5, "and the run ends by itself");
}

#[test]
fn a_load_from_nowhere_is_a_fault_with_its_address() {
    // ldr r0, [pc, #4]; ldr r0, [r0]; b .; nop; literal at 0x108
    let code = elf::Elf::running(&[0x4801, 0x6800, 0xE7FE, 0xBF00], &[0x6000_0000]);
    let run = Bench::new().write("astray.elf", code).sim("astray.elf");
    run.expect_status(3).expect_said(&["fault[unhandled-fault]: ", "0x60000000", "denied: unhandled-fault"]);
    assert_eq!(run.report["diagnostics"][0]["pc"], 0x102);
}

#[test]
fn an_undefined_instruction_is_a_fault() {
    let run = Bench::new().write("undefined.elf", elf::Elf::running(&[0xDE00, 0xE7FE], &[])).sim("undefined.elf");
    run.expect_status(3).expect_said(&["fault[unhandled-fault]: ", "denied: unhandled-fault"]);
}

#[test]
fn for_ends_at_that_moment() {
    let run = Bench::new().sim("fixtures/player-cached.elf --for 250ms");
    ended(&run, 0, "for");
    assert!((run.number("/time/simulated_s") - 0.25).abs() < 1e-6);
    // Four instructions of slack: a run ends at an instruction's boundary.
    assert!((0.0..100.0).contains(&(run.number("/time/cycles") - 16e6)), "{}", run.report["time"]);
}

#[test]
fn wall_limit_is_4() {
    let run = Bench::new().sim("fixtures/player-cached.elf --speed real --wall-limit 300ms");
    ended(&run, 4, "wall-limit");
    run.expect_said(&["ended:  the host time of --wall-limit is over; exit status 4"]);
    assert!(!run.stderr.contains("note: this run stops after"), "only a limit that nobody asked for is said");
    let host = run.number("/time/host_s");
    assert!((0.3..5.0).contains(&host), "{host} s");
}

#[test]
fn exit_now_does_not_let_the_chip_play_out() {
    let run = Bench::new().sim("fixtures/player-too-slow.elf --for 400ms --exit-now");
    ended(&run, 0, "for");
    // The player ends only when the chip is done; a program that does not wait is cut short.
    let bench = Bench::new();
    let now = bench.write("zero.elf", elf::exiting_with(0)).sim("zero.elf --exit-now");
    let later = bench.sim("zero.elf");
    assert!(now.number("/time/simulated_s") <= later.number("/time/simulated_s"));
    assert!(now.number("/time/cycles") < 100.0, "three instructions: {}", now.report["time"]);
}

#[test]
fn an_expectation_that_does_not_hold_is_1_and_says_what_there_is() {
    let bench = Bench::new();
    bench.write("zero.elf", elf::exiting_with(0));
    let good = bench.sim("zero.elf --expect exit.code=0 --expect time.simulated_s<2 --expect throughput.verdict=n/a");
    ended(&good, 0, "semihosting");
    let all = good.report["expectations"].as_array().expect("a list");
    assert!(all.len() == 3 && all.iter().all(|e| e["holds"] == true), "{all:?}");
    let bad = bench.sim("zero.elf --expect throughput.verdict=smooth --expect time.simulated_s>100");
    ended(&bad, 1, "semihosting");
    bad.expect_said(&["expected throughput.verdict=smooth, but it is \"n/a\"", "; exit status 1"]);
    let absent = bench.sim("zero.elf --expect no.such.key=1");
    ended(&absent, 1, "semihosting");
}

#[test]
fn expectations_reach_into_lists_of_the_report() {
    let run = Bench::new().sim(
        "fixtures/player-cached.elf --for 100ms --expect spi[0].verdict=ok --expect vs1053[0].underruns.count=0 \
         --expect diagnostics=[] --expect spi[0].clock_hz.max>1000000 --expect spi[0].clock_hz.max<1000000",
    );
    let holds: Vec<_> = run.report["expectations"].as_array().expect("a list").iter().map(|e| &e["holds"]).collect();
    run.expect_status(1);
    assert_eq!(holds[..2], [true, true], "{}", run.stderr);
    assert_eq!(holds[3..], [true, false], "{}", run.stderr);
}

/// Of several reasons the highest in the contract's list wins: 3 over 1.
#[test]
fn a_denied_diagnostic_weighs_more_than_an_expectation() {
    let run = Bench::new().sim("fixtures/player-no-dreq.elf --for 30ms --expect throughput.verdict=choppy");
    run.expect_status(3).expect_said(&["denied: sdi-overrun; expected throughput.verdict=choppy"]);
}

#[test]
fn ctrl_c_leaves_a_finished_wav_file_and_report() {
    let bench = Bench::new();
    let line = "sim fixtures/player-cached.elf --speed real --audio out.wav --report r.json";
    let mut child =
        bench.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    // Said every two seconds when nobody looks at a live view; by then there is sound in the file.
    let mut said = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut lines = String::new();
    while !lines.contains("progress: ") {
        assert!(said.read_line(&mut lines).expect("text") > 0, "it ended by itself: {lines}");
    }
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.expect("kill").success());
    std::io::Read::read_to_string(&mut said, &mut lines).expect("text");
    let mut output = child.wait_with_output().expect("an end");
    output.stderr = lines.into_bytes();
    let run = bench.collect(output);
    ended(&run, 130, "interrupt");
    run.expect_said(&["ended:  interrupted; exit status 130", "played: MP3", "speed:  "]);
    let (part, whole) = (run.wav.expect("a WAV file"), played("player-cached").wav.as_ref().expect("a WAV file"));
    assert!((48_000..403_200).contains(&part.frames()), "{} frames", part.frames());
    assert_eq!(part.samples, whole.samples[..part.samples.len()]);
}

/// Whatever happens, people find the same four lines at the end.
#[test]
fn the_four_last_lines_are_always_there() {
    let last = |run: &Run| {
        let labels: Vec<_> = run.stderr.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
        labels[labels.len() - 4..].join(" ")
    };
    for elf in ["player-cached", "player-ogg", "player-no-xdcs", "player-no-dreq", "player-too-slow", "example-c"] {
        assert_eq!(last(played(elf)), "played: sent: SPI: speed:", "{elf}");
    }
    let bench = Bench::new();
    for (name, line) in [("five.elf", ""), ("five.elf", "--board bare"), ("five.elf", "--for 0s")] {
        let run = bench.write(name, elf::exiting_with(5)).sim(&format!("{name} {line}"));
        assert_eq!(last(&run), "played: sent: SPI: speed:", "{line}");
    }
}
