//! Diagnostics as they come, the latest first.

use super::frame::{Canvas, moment};
use crate::tui::board::letter;
use crate::tui::view::View;
use peripherals::kernel::LintLevel;
use ratatui::style::{Color, Style};

pub(super) fn draw(view: &View, canvas: &mut Canvas) {
    canvas.rule("diagnostics ", &super::play::counts(view));
    if view.findings.is_empty() {
        return canvas.text(0, 1, "none so far", Style::new());
    }
    let mut y = 1;
    for finding in view.findings.iter().rev().skip(view.ui.down.min(view.findings.len() - 1)) {
        if y >= canvas.height() {
            break;
        }
        let style = match finding.level {
            LintLevel::Deny => canvas.palette.tint(Color::Red),
            LintLevel::Warn => canvas.palette.tint(Color::Yellow),
            LintLevel::Note | LintLevel::Allow => canvas.palette.tint(Color::Cyan),
        };
        let times = if finding.count > 1 { format!("  {} times", finding.count) } else { String::new() };
        let head = format!("{} {}", letter(finding.level), finding.head);
        let text = format!("{head}: {}{times}", finding.message);
        for (index, piece) in wrapped(&text, canvas.width().saturating_sub(4)).into_iter().enumerate() {
            canvas.text(if index == 0 { 0 } else { 4 }, y, piece, Style::new());
            if index == 0 {
                canvas.text(0, y, &head, style.patch(canvas.palette.bold()));
            }
            y += 1;
        }
        let first = format!("first at {}", moment(finding.first));
        let detail = if finding.detail.is_empty() { first } else { format!("{first}: {}", finding.detail) };
        for text in [detail.as_str(), finding.help.as_str()].into_iter().filter(|text| !text.is_empty()) {
            for line in text.lines() {
                for piece in wrapped(line, canvas.width().saturating_sub(4)) {
                    canvas.text(4, y, piece, canvas.palette.dim());
                    y += 1;
                }
            }
        }
    }
}

/// `text` in pieces of at most `width` columns, cut at spaces where there are some.
fn wrapped(mut text: &str, width: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    while width > 0 && text.chars().count() > width {
        let end = text.char_indices().nth(width).map_or(text.len(), |(at, _)| at);
        let cut = text[..end].rfind(' ').filter(|&at| at > 0).unwrap_or(end);
        pieces.push(&text[..cut]);
        text = text[cut..].trim_start();
    }
    pieces.push(text);
    pieces
}
