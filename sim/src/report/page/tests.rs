//! The page as a browser reads it.

use super::*;
use crate::image::Call;
use crate::report::diagnostic::{Diagnostic, WireMaker};
use crate::report::{Complaint, Firmware, Reason};
use scraper::{Html, Selector};

fn texts(html: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    html.select(&selector).map(|element| element.text().collect()).collect()
}

/// The page, which must have nothing that a parser has to mend.
pub(super) fn parsed(report: &Report, watched: Option<&Watched>) -> Html {
    let html = Html::parse_document(&page(report, watched));
    assert!(html.errors.is_empty(), "{:?}", html.errors);
    html
}

#[test]
fn a_run_that_never_began_is_a_page_with_the_complaint() {
    let complaint = Complaint::new("no-such-file", "there is no `a.elf`").help("try another");
    let mut report = Report::not_run(Reason::Input, complaint.message.clone());
    report.diagnostics.push(complaint.into());
    report.conclude(&[], false);
    let html = parsed(&report, None);
    let badges = texts(&html, ".badges li");
    assert!(badges[0].contains("exit status 2") && badges[0].contains("input that cannot be used"), "{badges:?}");
    assert_eq!(texts(&html, "section.finding h3"), ["denyerror[no-such-file] there is no `a.elf`"]);
    assert_eq!(texts(&html, "h1"), ["nothing was run"]);
}

#[test]
fn a_finding_has_the_calls_behind_it() {
    let call = |function: &str, source: &str, inlined| Call {
        function: function.into(),
        source: Some(source.into()),
        inlined,
        ..Call::default()
    };
    let calls = vec![
        call("write_volatile", "/rustc/1/core/src/ptr/mod.rs:2", true),
        call("<b>wait", "src/cycles.rs:31", false),
        call("main", "src/main.rs:7", false),
    ];
    let wires = vec![WireMaker { edges: "MOSI changes".into(), pc: 2, calls: calls[1..].to_vec() }];
    let of = |name: &str| Diagnostic { name: name.into(), ..Diagnostic::default() };
    let diagnostics = vec![Diagnostic { calls, ..of("choppy-sound") }, Diagnostic { wires, ..of("wrong-mode") }];
    let html = parsed(&Report { diagnostics, ..Report::default() }, None);
    assert_eq!(texts(&html, "section.finding dt"), ["calls", "MOSI changes"]);
    let lines = "<b>wait (src/cycles.rs:31)\nmain (src/main.rs:7)";
    assert_eq!(texts(&html, "section.finding dd code")[0], lines);
    assert_eq!(texts(&html, "section.finding dd code").last().expect("the wire's"), lines);
}

#[test]
fn what_firmware_names_cannot_become_markup() {
    let nasty = "</script><script>alert(1)</script>\"'><img src=x onerror=1>\u{1b}[2J\0";
    let mut report = Report {
        firmware: vec![Firmware { path: format!("dir/{nasty}"), ..Firmware::default() }],
        board: Some(nasty.into()),
        diagnostics: vec![Diagnostic {
            name: nasty.into(),
            symbol: Some(nasty.into()),
            source: Some(nasty.into()),
            message: nasty.into(),
            detail: nasty.into(),
            why: nasty.into(),
            help: nasty.into(),
            ..Diagnostic::default()
        }],
        ..Report::default()
    };
    report.exit.detail = nasty.into();
    let html = parsed(&report, None);
    assert_eq!(texts(&html, "script").len(), 1);
    assert!(texts(&html, "img").is_empty());
    assert_eq!(texts(&html, "style").len(), 1);
    let json: serde_json::Value = serde_json::from_str(&texts(&html, "script#report")[0]).expect("the JSON report");
    assert_eq!(json, report.to_value());
}

#[test]
fn nothing_in_it_is_fetched() {
    let text = page(&Report::default(), None);
    for word in ["http:", "https:", "url(", "@import", "<link", "<iframe", "src=\"/", "javascript:"] {
        assert!(!text.contains(word), "{word}");
    }
    assert!(text.contains("default-src &#39;none&#39;") || text.contains("default-src 'none'"));
}
