//! The ladder as a table of text.

use super::{ARTICLE_BYTES, Figures, Ladder, Order, Step, order};
use crate::report::render::{grouped, plain, times};

/// Room for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// A terminal of 80 columns.
    Narrow,
    /// As much as the table likes.
    Wide,
}

impl Width {
    /// For a terminal with so many columns; none when it goes elsewhere.
    pub fn of(columns: Option<u16>) -> Self {
        if columns.is_some_and(|columns| columns < WIDE) { Self::Narrow } else { Self::Wide }
    }
}

/// Columns that the wide table takes.
const WIDE: u16 = 106;

/// A line for each step, and below them what they have in common.
pub fn table(ladder: &Ladder, width: Width) -> String {
    let mut text = String::new();
    for line in HEAD {
        push(&mut text, &line.map(str::to_owned), width);
    }
    for step in &ladder.steps {
        push(&mut text, &cells(step, ladder, width), width);
    }
    text.push('\n');
    for (label, words) in below(ladder) {
        text.push_str(&format!("{label:<10}{}\n", plain(&words)));
    }
    text
}

const HEAD: [[&str; 8]; 2] = [
    ["step", "predicted", "elapsed", "article", "off", "cycles", "real", ""],
    ["", "s", "s", "s", "", "a bit", "time", "you would hear"],
];

/// One line; the fifth cell is only in the wide table.
fn push(text: &mut String, [name, predicted, elapsed, article, off, cycles, real, heard]: &[String; 8], width: Width) {
    let line = match width {
        Width::Wide => {
            format!("{name:<13}  {predicted:>9}  {elapsed:>8}  {article:>8}  {off:>6}  {cycles:>7}  {real:>6}  {heard}")
        }
        Width::Narrow => format!("{name:<13} {predicted:>9} {elapsed:>7} {article:>7} {cycles:>7} {real:>6} {heard}"),
    };
    text.push_str(line.trim_end());
    text.push('\n');
}

fn cells(step: &Step, ladder: &Ladder, width: Width) -> [String; 8] {
    let figures = step.figures();
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let heard = step.heard(&ladder.song);
    let heard = match width {
        Width::Wide => heard,
        Width::Narrow => heard.trim_end_matches(" silent").to_owned(),
    };
    [
        plain(&step.name).into_owned(),
        or_dash(figures.predicted_s.map(|s| format!("{s:.2}"))),
        or_dash(figures.elapsed_s.map(|s| format!("{s:.2}"))),
        or_dash(step.article_s.map(|s| s.to_string())),
        or_dash(off(step, &figures, ladder)),
        or_dash(figures.cycles_per_bit.map(|cycles| format!("{cycles:.1}"))),
        or_dash(figures.factor.map(|factor| format!("{factor:.2}x"))),
        heard,
    ]
}

/// By how much the prediction is off the article, such as `+3.4 %`; none unless both are for songs of one length.
pub(super) fn off(step: &Step, figures: &Figures, ladder: &Ladder) -> Option<String> {
    let (here, there) = (figures.predicted_s?, step.article_s?);
    (ladder.song.bytes == ARTICLE_BYTES).then(|| format!("{:+.0} %", (here / there - 1.0) * 100.0))
}

/// Lines below the table, each with its label.
pub(super) fn below(ladder: &Ladder) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(order) = order(&ladder.steps) {
        lines.push(("order", in_words(&order)));
    }
    let mut song = format!("{}, {}", ladder.song.name, times(ladder.song.bytes, "byte"));
    if ladder.song.bytes != ARTICLE_BYTES {
        song.push_str(&format!("; the article's seconds are for {}", grouped(ARTICLE_BYTES)));
    }
    lines.push(("song", song));
    for image in &ladder.firmware {
        lines.push(("firmware", image.path.clone()));
    }
    if let Some(interpreter) = &ladder.interpreter {
        lines.push(("says", format!("it is {interpreter}")));
    }
    lines.push(("run", format!("board {}, timing {}", ladder.board, ladder.timing)));
    lines.push(("predicted", "sending, with reading the file; elapsed: with waiting for DREQ too".to_owned()));
    lines
}

pub(super) fn in_words(order: &Order) -> String {
    match order {
        Order::Same(of) => format!("the article's, in all {of} steps that both have"),
        Order::Apart { steps, of } => {
            format!("the article's but for {}, of {of} steps that both have", steps.join(", "))
        }
    }
}
