//! Board files and wires that cannot be used: status 2, with line and column, and a way to mend it.

use crate::support::Bench;

/// The VS1053 of a board that is good.
const CHIP: &str = r#"
[[chip]]
type = "vs1053"
name = "U1"
[chip.pins]
SCLK = "P0.22"
MOSI = "P1.00"
MISO = "P0.24"
XCS = "P0.29"
XDCS = "P0.31"
DREQ = "P0.02"
XRESET = "P1.15"
"#;

/// Expects the board `toml` to be refused under `name` with these words.
#[track_caller]
fn refused(toml: &str, name: &str, words: &[&str]) {
    let bench = Bench::new();
    let run = bench.write("my.toml", toml).sim("fixtures/example-c.elf --board my.toml");
    run.expect_status(2).expect_said(&[&format!("error[{name}]: my.toml")]).expect_said(words);
    assert_eq!(run.report["exit"]["reason"], "input");
    assert_eq!(run.diagnostics(), [name]);
    assert!(run.stdout.is_empty(), "nothing was run: {}", run.stdout);
}

#[test]
fn a_board_with_nothing_wrong_is_good() {
    let bench = Bench::new();
    let run = bench.write("my.toml", CHIP).sim("fixtures/example-c.elf --board my.toml");
    run.expect_status(0);
    assert_eq!(run.report["vs1053"][0]["name"], "U1");
}

#[test]
fn an_unknown_chip() {
    let toml = CHIP.replace("\"vs1053\"", "\"vs1035\"");
    refused(&toml, "board-unknown-chip", &["my.toml:3:", "unknown chip type `vs1035`", "did you mean `vs1053`?"]);
}

#[test]
fn an_unknown_pin() {
    for (pin, words) in [("P0.32", "`P0.32` is not a pin"), ("P1.16", "`P1.16` is not a pin"), ("PA5", "`PA5`")] {
        let toml = CHIP.replace("P0.22", pin);
        refused(&toml, "board-unknown-pin", &["my.toml:6:", words, "help: the pins are P0.00 to P0.31 and P1.00 to"]);
    }
}

#[test]
fn an_unknown_pin_of_the_chip() {
    let toml = CHIP.replace("SCLK =", "SLCK =");
    refused(&toml, "board-unknown-signal", &["my.toml:6:", "no pin `SLCK`", "did you mean `SCLK`?"]);
}

#[test]
fn an_unknown_key() {
    let toml = format!("{CHIP}\n[soc]\nlfxx = true\n");
    refused(&toml, "board-unknown-key", &["unknown key `lfxx`", "did you mean `lfxo`?"]);
    refused("boad = 1\n", "board-unknown-key", &["my.toml:1:", "unknown key `boad`"]);
}

#[test]
fn a_pin_used_twice() {
    let toml = CHIP.replace("P0.31", "P0.29");
    refused(
        &toml,
        "board-pin-twice",
        &["P0.29 is used twice: by ", "XCS", "XDCS", "help: give one of them another pin"],
    );
    let toml = format!("{CHIP}\n[[led]]\nname = \"D1\"\npin = \"P0.22\"\n");
    refused(&toml, "board-pin-twice", &["P0.22 is used twice", "D1"]);
}

#[test]
fn a_pin_that_is_missing() {
    let toml = CHIP.replace("DREQ = \"P0.02\"\n", "");
    refused(&toml, "board-pin-missing", &["does not say where DREQ goes"]);
}

#[test]
fn what_is_no_toml() {
    refused("[soc\n", "board-syntax", &["my.toml:1:", "help: `badgebench boards --show dongle`"]);
    refused("[soc]\nlfxo = \"yes\"\n", "board-syntax", &["my.toml:2:8: ", "expected a boolean"]);
}

#[test]
fn no_such_board() {
    let run = Bench::new().sim("fixtures/example-c.elf --board dongel");
    run.expect_status(2).expect_said(&[
        "error[board-not-found]: dongel",
        "did you mean `dongle`?",
        "dk, aramcon, bare",
    ]);
    assert_eq!(run.report["exit"]["reason"], "input");
}

#[test]
fn wires_that_cannot_be() {
    for (wire, words) in [
        ("SLCK=P0.22", "did you mean `SCLK`?"),
        ("SCLK=P2.00", "`P2.00` is not a pin"),
        ("SCLK", "not of the form SIGNAL=PIN"),
        ("SCLK=P0.29", "P0.29 is used twice"),
        ("SCLK=P0.00", "P0.00 cannot be used by"),
    ] {
        let run = Bench::new().sim(&format!("fixtures/example-c.elf --wire {wire}"));
        run.expect_status(2).expect_said(&[&format!("]: --wire {wire}: "), words]);
        assert_eq!(run.report["exit"]["status"], 2, "{wire}");
    }
}
