//! What a ladder of known figures looks like.

use super::*;
use crate::probes::excerpt::Mark;
use crate::report::json::{Exit, Reason, Vs1053Json};
use crate::report::throughput::Throughput;
use peripherals::kernel::Span;
use serde_json::{Value, json};

/// A step that has sent the article's song in `here` seconds, and waited for DREQ for one more.
pub fn step(name: &str, article_s: Option<f64>, here: f64) -> Step {
    let choppy = here > 8.4;
    let chip = crate::report::assemble::tests::chip(if choppy { 340 } else { 0 });
    let throughput = Throughput {
        stream_bytes: Some(ARTICLE_BYTES),
        elapsed_s: Some(here + 1.0),
        dreq_stall_s: Some(1.0),
        send_s: Some(here),
        bytes_per_s: Some(ARTICLE_BYTES as f64 / here),
        needed_bytes_per_s: Some(16_000.0),
        ratio: Some(8.4 / here),
        verdict: if choppy { Verdict::Choppy } else { Verdict::Smooth },
    };
    let report = Report {
        exit: Exit { reason: Reason::Semihosting, code: Some(0), status: 0, detail: String::new() },
        vs1053: vec![Vs1053Json::new("U1", &chip)],
        throughput,
        trace_sha256: Some("ee".repeat(32)),
        ..Report::default()
    };
    let console = vec!["134400 bytes in 8.00 s".into()];
    Step { name: name.into(), article_s, ending: Ending::Whole, report: Some(report), console, excerpt: None }
}

/// A step that was stopped in the middle.
fn stopped(name: &str, ending: Ending, bytes: u64) -> Step {
    let mut step = Step { ending, ..step(name, Some(34.0), 16.0) };
    if let Some(report) = &mut step.report {
        report.throughput.stream_bytes = Some(bytes);
    }
    step
}

fn ladder() -> Ladder {
    let excerpt = Excerpt {
        byte: 0xA0,
        index: 5,
        length: Span::from_us(20),
        mosi: false,
        edges: vec![Mark { at: Span::from_us(5), clock: true, high: false }],
    };
    let firmware = Firmware {
        path: "target/micropython.elf".into(),
        format: "elf".into(),
        sha256: "0f".repeat(32),
        entry: Some(0x201),
    };
    Ladder {
        steps: vec![
            step("loop", Some(128.0), 71.612),
            step("native", Some(49.5), 51.0),
            Step { excerpt: Some(excerpt), ..step("asm_thumb", None, 1.256) },
            stopped("native_cached", Ending::Interrupted, 38_400),
            Step { name: "viper_loop".into(), article_s: Some(7.08), ..Step::default() },
        ],
        firmware: vec![firmware],
        interpreter: Some("MicroPython 1.25.0".into()),
        board: "dongle".into(),
        timing: "silicon".into(),
        // What the chip of the test says it has got.
        song: Song { name: "fixtures/song.mp3".into(), bytes: ARTICLE_BYTES, sha256: "ab".repeat(32) },
    }
}

#[test]
fn the_table_of_a_wide_terminal() {
    insta::assert_snapshot!(table(&ladder(), Width::Wide));
}

#[test]
fn the_table_of_a_narrow_terminal_fits_80_columns() {
    let text = table(&ladder(), Width::Narrow);
    let rows: Vec<_> = text.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(rows.len(), 2 + 5);
    assert!(rows.iter().all(|row| row.chars().count() <= 80), "{text}");
    assert!(rows[2].starts_with("loop "), "{text}");
    for word in ["71.61", "72.61", "128", "4262.6", "0.12x", "choppy: 340 gaps, 85.0 s"] {
        assert!(rows[2].contains(word), "{word}: {text}");
    }
}

#[test]
fn the_narrow_table_is_for_terminals_that_the_wide_one_does_not_fit() {
    assert_eq!((Width::of(Some(80)), Width::of(Some(120)), Width::of(None)), (Width::Narrow, Width::Wide, Width::Wide));
    let wide = table(&ladder(), Width::Wide);
    let longest = wide.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest <= 106, "{longest}");
    assert_eq!((Width::of(Some(105)), Width::of(Some(106))), (Width::Narrow, Width::Wide));
}

#[test]
fn the_json_has_the_published_keys() {
    let value: Value = serde_json::from_str(&json(&ladder(), 130).unwrap()).unwrap();
    let steps = &value["steps"];
    let first = json!({"name": "loop", "article_s": 128.0, "predicted_s": 71.612, "elapsed_s": 72.612, "factor": 8.4 / 71.612,
        "cycles_per_bit": 71.612 * 64e6 / (8.0 * 134_400.0), "verdict": "choppy", "bytes": 134_400, "ending": "whole"});
    for (key, wanted) in first.as_object().unwrap() {
        assert_eq!(&steps[0][key], wanted, "{key}");
    }
    assert_eq!((&value["timing"], &value["status"]), (&json!("silicon"), &json!(130)));
    assert_eq!(value["firmware"][0]["path"], "target/micropython.elf");
    assert_eq!(steps[2].get("article_s"), None, "the article has no such step");
    let (stopped, waiting) = (&steps[3], &steps[4]);
    assert_eq!((&stopped["ending"], &stopped["bytes"]), (&json!("interrupt"), &json!(38_400)));
    assert_eq!(stopped.get("predicted_s").or(stopped.get("elapsed_s")), None, "nothing is extrapolated");
    assert_eq!(
        (&waiting["ending"], &waiting["verdict"], &waiting["bytes"]),
        (&json!("not-started"), &json!("n/a"), &json!(0))
    );
}

#[test]
fn the_status_is_that_of_the_worst_step() {
    let of = |steps: Vec<Step>| Ladder { steps, ..ladder() }.status();
    let good = || step("loop", None, 1.0);
    assert_eq!(of(vec![]), 0);
    assert_eq!(of(vec![good(), step("slow", None, 50.0)]), 0, "choppy sound is no failure");
    assert_eq!(of(vec![good(), stopped("a", Ending::WallLimit, 5)]), 4);
    for ending in [Ending::Early, Ending::Exception, Ending::Stalled, Ending::TimeLimit] {
        assert_eq!(of(vec![stopped("a", ending, 5), stopped("b", Ending::WallLimit, 5)]), 1);
    }
    let mut denied = good();
    denied.report.as_mut().unwrap().exit.status = 3;
    assert_eq!(of(vec![denied.clone(), stopped("a", Ending::Early, 5)]), 3);
    assert_eq!(of(vec![denied.clone(), Step::default()]), 130);
    assert_eq!(of(vec![denied, stopped("a", Ending::Bug, 0), Step::default()]), 70);
}

#[test]
fn a_song_with_a_wrong_bit_is_no_song() {
    let other = Song { sha256: "cd".repeat(32), ..ladder().song };
    let step = step("loop", None, 1.0);
    assert_eq!(step.heard(&other), "not the song: wrong bits");
    assert_eq!(step.status(&other), 1);
    let longer = Song { bytes: ARTICLE_BYTES + 128, ..other };
    assert_eq!(step.heard(&longer), "smooth", "a tag behind the frames is no part of the stream");
}

#[test]
fn seconds_of_a_shorter_song_are_not_held_against_the_articles() {
    let mut short = ladder();
    short.song.bytes = 19_200;
    let text = table(&short, Width::Wide);
    assert!(text.contains("19,200 bytes; the article's seconds are for 134,400\n"), "{text}");
    assert!(!text.contains('%') || text.matches('%').count() == 1, "only how far the stopped one came: {text}");
}

#[test]
fn what_comes_from_outside_cannot_become_markup() {
    let nasty = "<script>alert('1')</script>&\"";
    let mut ladder = ladder();
    ladder.interpreter = Some(nasty.into());
    ladder.song.name = nasty.into();
    ladder.firmware[0].path = nasty.into();
    ladder.firmware[0].sha256 = nasty.into();
    ladder.board = nasty.into();
    for step in &mut ladder.steps {
        step.name = nasty.into();
        step.console = vec![nasty.into()];
    }
    let text = page(&ladder, nasty);
    assert!(!text.contains("<script") && !text.contains("'1')</script"), "{text}");
    assert!(text.matches("&lt;script&gt;").count() > 10);
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let text = page(&ladder(), "badgebench ladder --html x.html");
    assert!(text.starts_with("<!DOCTYPE html>"));
    for outside in ["http:", "https:", "src=", "href=", "url(", "@import", "<script"] {
        assert!(!text.contains(outside), "{outside}");
    }
    for word in [
        "71.612",
        "128",
        "4262.6",
        "0xA0 in 1,280 cycles",
        "interrupted at 28 %",
        "prefers-color-scheme: dark",
        "MicroPython 1.25.0",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert_eq!(text.matches("<rect class=\"here\"").count(), 3, "steps that played to the end");
    assert_eq!(text.matches("<rect class=\"article\"").count(), 4);
    assert_eq!(text.matches("<svg class=\"wave\"").count(), 1);
}
