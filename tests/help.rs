//! What the program says of itself is what there is.

use crate::support::{Bench, root};

/// Words of the first column of a block of the help text.
fn listed<'a>(help: &'a str, block: &str) -> Vec<&'a str> {
    let lines = help.lines().skip_while(|line| *line != block).skip(1).take_while(|line| !line.is_empty());
    lines.filter_map(|line| line.split_whitespace().next()).collect()
}

#[test]
fn help_lists_the_verbs_that_are_built() {
    let bench = Bench::new();
    let help = bench.run("--help");
    help.expect_status(0);
    let verbs = listed(&help.stdout, "Commands:");
    assert_eq!(
        verbs,
        ["sim", "inspect", "boards", "ladder", "conformance", "regs", "explain", "decode", "compare", "help"]
    );
    for verb in &verbs[..9] {
        let own = bench.run(&format!("{verb} --help"));
        own.expect_status(0);
        assert!(own.stdout.contains(&format!("Usage: badgebench {verb}")), "{}", own.stdout);
    }
    let verb = "test";
    assert!(!verbs.contains(&verb), "{verb} is not built");
    bench.run(verb).expect_status(2).expect_said(&["unrecognized subcommand"]);
}

/// Each with a value that it takes; with all of them at once the program still plays.
#[test]
fn every_option_of_sim_that_is_listed_is_there() {
    let bench = Bench::new();
    let help = bench.run("sim --help").stdout;
    let listed: Vec<_> = help.lines().filter_map(|line| line.trim().strip_prefix("--")?.split(' ').next()).collect();
    let line = "--board dongle --wire SCLK=P0.22 --headless --audio out.wav --audio-rate dac --for 300ms --wall-limit 5min --speed max \
                --console auto --flash f.hex --drive files@0xf0000+64k:littlefs --drive-out out --report s.json --expect exit.reason=for \
                --deny choppy-sound --allow floating-input --fail-fast --exit-now --seed 1 --timing flat --pty \
                --trace t.vcd --trace-from 1ms --trace-for 1ms --trace-when bytes:ff --profile p.html --coverage c.info \
                --trace-instructions i.txt --gdb";
    for option in &listed {
        assert!(line.contains(&format!("--{option}")), "--{option} is listed and tried by no test");
    }
    for option in line.split_whitespace().filter_map(|word| word.strip_prefix("--")) {
        assert!(listed.contains(&option), "--{option} is not listed");
    }
    std::fs::create_dir(bench.path("files")).unwrap();
    // Who waits for GDB has tests of its own.
    let line = line.trim_end_matches("--gdb");
    bench.sim(&format!("fixtures/player-cached.elf {line}")).expect_status(0);
    bench.run("sim fixtures/example-c.elf --fault x").expect_status(2).expect_said(&["unexpected argument"]);
}

#[test]
fn alone_it_prints_three_commands_that_work() {
    let bench = Bench::new();
    let run = bench.run("");
    run.expect_status(0);
    let commands: Vec<_> = run.stdout.lines().filter_map(|line| line.strip_prefix("  badgebench ")).collect();
    assert_eq!(commands.len(), 3, "{}", run.stdout);
    for command in commands {
        let (words, _) = command.split_once("  ").expect("a command, then what it is for");
        bench.run(words).expect_status(0);
    }
}

#[test]
fn under_cargo_it_prints_them_as_they_are_typed_there() {
    let bench = Bench::new();
    let output = bench.command("").env("CARGO", "cargo").output().expect("the program starts");
    let run = bench.collect(output);
    assert_eq!(run.stdout.matches("  cargo run ").count(), 3, "{}", run.stdout);
}

#[test]
fn the_version_is_that_of_the_package() {
    let run = Bench::new().run("--version");
    assert_eq!(run.stdout, format!("badgebench {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_command_line_that_cannot_be_read_is_2() {
    let bench = Bench::new();
    for (line, words) in [
        ("sim", "<IMAGE>..."),
        ("simm", "unrecognized subcommand"),
        ("sim fixtures/example-c.elf --for 8.4", "a time needs a unit"),
        ("sim fixtures/example-c.elf --audio out.mp3", "ends in .wav"),
        ("sim fixtures/example-c.elf --deny chopy-sound", "did you mean `choppy-sound`?"),
        ("sim fixtures/example-c.elf --deny choppy-sound --allow choppy-sound", "choppy-sound"),
        ("sim fixtures/example-c.elf --report r.xml", "ends in .json, for machines, or in .html, for people"),
    ] {
        bench.run(line).expect_status(2).expect_said(&[words]);
    }
}

/// `cargo run sim firmware.elf` means this program.
#[test]
fn the_workspace_has_one_default_binary() {
    let manifest: toml::Table =
        std::fs::read_to_string(root().join("Cargo.toml")).expect("text").parse().expect("TOML");
    assert_eq!(manifest["workspace"]["default-members"], toml::Value::from(vec!["sim"]));
}
