//! `conformance`: the good players keep every rule, and each wrong one breaks the rule that it is wrong in.

use crate::support::{Bench, Run};
use serde_json::Value;

struct Score {
    run: Run,
    value: Value,
}

fn score(line: &str) -> Score {
    let run = Bench::new().run(&format!("conformance {line} --json"));
    let value: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr));
    assert_eq!(value["status"], run.status, "the JSON and the process agree");
    Score { run, value }
}

impl Score {
    fn names(&self, verdict: &str) -> Vec<&str> {
        let rules = self.value["rules"].as_array().expect("rules").iter();
        rules.filter(|rule| rule["verdict"] == verdict).filter_map(|rule| rule["name"].as_str()).collect()
    }

    fn rule(&self, name: &str) -> &Value {
        let mut rules = self.value["rules"].as_array().expect("rules").iter();
        rules.find(|rule| rule["name"] == name).unwrap_or_else(|| panic!("no rule {name}"))
    }
}

/// What no player has a use for.
const UNUSED: [&str; 5] = ["mode-layers", "decode-time", "sine-stop", "midi-bytes", "cancel-fill"];

#[test]
fn the_good_players_keep_every_rule() {
    for variant in ["loop", "unrolled", "direct", "cached", "ogg"] {
        let score = score(&format!("fixtures/player-{variant}.elf"));
        assert_eq!(score.names("fail"), [""; 0], "{variant}");
        assert_eq!(score.names("not-seen"), UNUSED, "{variant}");
        assert_eq!(score.value["summary"]["fail_must"], 0);
        score.run.expect_status(0);
    }
}

#[test]
fn what_shows_that_a_rule_was_kept_has_its_time_and_place() {
    let score = score("fixtures/player-cached.elf");
    let kept = &score.rule("sci-ready")["kept"];
    assert!(kept["first_s"].as_f64() > Some(0.001) && kept["pc"].as_u64() > Some(0), "{kept}");
    assert!(kept["source"].as_str().is_some_and(|source| source.contains(".rs:")), "{kept}");
    let end = score.rule("end-fill");
    assert!(end["kept"]["first_s"].as_f64() > Some(8.0), "{end}");
}

#[test]
fn each_wrong_player_breaks_the_rule_that_it_is_wrong_in() {
    for (variant, rule, diagnostic, status) in [
        ("lsb-first", "wires", Some("wrong-bit-order"), 3),
        ("mode1", "wires", Some("wrong-mode"), 3),
        ("swapped-lines", "wires", Some("swapped-lines"), 3),
        ("no-xdcs", "wires", Some("no-select"), 3),
        ("no-dreq", "sdi-block", Some("sdi-overrun"), 3),
        ("too-slow", "stream-in-time", None, 1),
    ] {
        let score = score(&format!("fixtures/player-{variant}.elf"));
        let broken = score.rule(rule);
        assert_eq!(broken["verdict"], "fail", "{variant}: {:?}", score.names("fail"));
        let shown = broken["broken"].as_array().expect("evidence");
        let named = shown.iter().any(|evidence| evidence["diagnostic"].as_str() == diagnostic);
        assert!(named && shown[0]["first_s"].as_f64() > Some(0.0), "{variant}: {broken}");
        score.run.expect_status(status);
    }
}

/// Of what it is wrong in, and of nothing else.
#[test]
fn a_player_that_is_only_too_slow_breaks_one_rule() {
    assert_eq!(score("fixtures/player-too-slow.elf").names("fail"), ["stream-in-time"]);
}

#[test]
fn the_table_says_what_was_asked_what_was_seen_and_where_it_is_written() {
    let bench = Bench::new();
    let run = bench.run("conformance fixtures/player-no-dreq.elf");
    run.expect_status(3).expect_said(&["played:", "sdi-overrun"]);
    let lines: Vec<_> = run.stdout.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("fail") && line.contains(" sdi-block ")).expect("a line");
    assert!(lines[at].contains("must") && lines[at].contains("32 bytes"), "{}", lines[at]);
    let below =
        lines[at + 1..].iter().take_while(|line| line.starts_with("    ")).copied().collect::<Vec<_>>().join("\n");
    assert!(below.contains("at ") && below.contains("pc 0x") && below.contains(".rs:"), "{below}");
    assert!(below.contains("VS1053b datasheet, \"Data Request Pin DREQ\""), "{below}");
    assert!(lines.last().expect("a sum").starts_with("score: "), "{}", run.stdout);
    assert!(!run.stdout.contains("player no-dreq"), "the firmware's text is not the score");
}

#[test]
fn a_firmware_without_a_driver_has_not_passed() {
    let run = Bench::new().run("conformance fixtures/example-c.elf");
    run.expect_status(1);
    assert!(run.stdout.contains("never clocked anything"), "{}", run.stdout);
    Bench::new().run("conformance nothing.elf").expect_status(2);
}

#[test]
fn a_run_that_is_cut_short_is_not_blamed_for_what_it_had_no_time_for() {
    let score = score("fixtures/player-cached.elf --for 2s");
    assert_eq!(score.names("fail"), [""; 0]);
    assert!(score.names("not-seen").contains(&"end-fill"), "{:?}", score.names("not-seen"));
    assert_eq!(score.value["exit"]["reason"], "for");
}
