//! The report for machines inside the page, so that a script can take it out again.

use crate::report::json::Report;
use maud::{Markup, PreEscaped, html};
use std::fmt::Write as _;

/// `<script type="application/json" id="report">`, which no browser runs. Its text is the JSON report.
pub(super) fn data(report: &Report) -> Markup {
    let text = report.to_value().to_string();
    html! { script type="application/json" id="report" { (PreEscaped(inert(&text))) } }
}

/// JSON that means the same and holds nothing that ends a script element, opens a comment, or is no character of a page: all of it can
/// stand in strings only, where an escape does as well.
fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\u{FFFE}' | '\u{FFFF}') || c.is_control() {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_a_page_means_the_same_and_closes_nothing() {
        let nasty = serde_json::json!({"a</script><!--": "<b>&\u{2028}\u{85}\u{7f}\n\"\\ü"});
        let text = inert(&nasty.to_string());
        assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{85}']), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), nasty);
    }
}
