//! The page as a browser reads it.

use super::*;
use crate::report::diagnostic::Diagnostic;
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
