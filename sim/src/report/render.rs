//! Diagnostics as text for people.

use super::diagnostic::Diagnostic;
use crate::image::Call;
use peripherals::kernel::{Kind, LintLevel};
use std::borrow::Cow;
use std::fmt::Write as _;

/// How text may look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// ANSI colours.
    pub colour: bool,
}

impl Style {
    /// Colour is for a terminal, unless the environment variable `NO_COLOR` (given here) is set to something or the
    /// terminal is called `dumb`.
    pub fn detect(is_terminal: bool, no_color: Option<&str>, term: Option<&str>) -> Self {
        Self { colour: is_terminal && no_color.is_none_or(str::is_empty) && term != Some("dumb") }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Further findings of one rule that are shown, a line each, below the first.
const MOST_REPEATS: usize = 4;

/// Every diagnostic that is not allowed, in the order of first occurrence; findings of one rule stand together.
/// `dropped` occurrences were counted but not listed.
pub fn diagnostics(all: &[Diagnostic], dropped: u64, style: Style) -> String {
    let shown: Vec<_> = all.iter().filter(|d| d.level > LintLevel::Allow).collect();
    let mut text = String::new();
    for (index, first) in shown.iter().enumerate() {
        if shown[..index].iter().any(|earlier| earlier.name == first.name) {
            continue;
        }
        let others: Vec<_> = shown[index + 1..].iter().filter(|d| d.name == first.name).copied().collect();
        text.push_str(&block(first, &others, style));
    }
    if dropped > 0 {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "and {} more, not listed", times(dropped, "finding"));
    }
    text
}

/// One diagnostic.
pub fn diagnostic(d: &Diagnostic, style: Style) -> String {
    block(d, &[], style)
}

fn block(d: &Diagnostic, others: &[&Diagnostic], style: Style) -> String {
    let colour = match d.level {
        LintLevel::Deny => "1;31",
        LintLevel::Warn => "1;33",
        LintLevel::Note | LintLevel::Allow => "1;36",
    };
    let head = style.paint(colour, &format!("{}[{}]", d.kind.word(), plain(&d.name)));
    let mut text = String::new();
    let _ = writeln!(text, "{head}: {}", style.paint("1", &plain(&d.message)));
    if let Some(at) = place(d) {
        let _ = writeln!(text, "  {at}");
    }
    lines(&mut text, "  ", "  ", &d.detail);
    behind(&mut text, d);
    for other in others.iter().take(MOST_REPEATS) {
        let facts = plain(other.detail.lines().next().unwrap_or_default()).into_owned();
        let parts: Vec<_> = place(other).into_iter().chain((!facts.is_empty()).then_some(facts)).collect();
        let _ = writeln!(text, "  also {}", parts.join("; "));
    }
    if others.len() > MOST_REPEATS {
        let _ = writeln!(text, "  and at {} more", times((others.len() - MOST_REPEATS) as u64, "place"));
    }
    lines(&mut text, "  why:  ", "        ", &d.why);
    lines(&mut text, "  help: ", "        ", &d.help);
    match d.kind {
        Kind::Fault | Kind::Gap => {
            let _ = writeln!(text, "  quieter: --allow {}", plain(&d.name));
        }
        Kind::Bug => text.push_str("  please report this: it is not your firmware\n"),
        Kind::Error => {}
    }
    text
}

/// `at 12.403 118 ms, pc 0x0002_41c6 in feed (audio.c:118), seen 37 times`, as far as it is known.
pub(super) fn place(d: &Diagnostic) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(first) = d.first {
        parts.push(format!("at {first}"));
    }
    if let Some(pc) = d.pc {
        let mut part = format!("pc 0x{:04x}_{:04x}", pc >> 16, pc & 0xFFFF);
        if let Some(symbol) = &d.symbol {
            let _ = write!(part, " in {}", plain(symbol));
        }
        if let Some(source) = &d.source {
            let _ = write!(part, " ({})", plain(source));
        }
        parts.push(part);
    }
    if d.count > 1 {
        parts.push(format!("seen {} times", grouped(d.count)));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Calls that are shown of a finding.
const MOST_CALLS: usize = 10;

/// The calls that led to it, a line each.
fn behind(text: &mut String, d: &Diagnostic) {
    for (label, calls) in calls_behind(d) {
        let width = label.chars().count() + 2;
        for (index, line) in call_lines(calls).iter().enumerate() {
            let label = if index == 0 { format!("{label}: ") } else { String::new() };
            let _ = writeln!(text, "  {label:<width$}{line}");
        }
    }
}

/// What calls there are behind a finding: those that led to it, or to each wire it is about. A fault's facts have them already.
pub fn calls_behind(d: &Diagnostic) -> Vec<(&str, &[Call])> {
    if d.wires.is_empty() && !d.detail.contains("backtrace:") {
        return vec![("calls", &d.calls)];
    }
    d.wires.iter().map(|wire| (wire.edges.as_str(), wire.calls.as_slice())).collect()
}

/// `calls` as people want them, a line each.
pub fn call_lines(calls: &[Call]) -> Vec<String> {
    // Libraries that were inlined say little; with nothing else they are all there is.
    let python = calls.iter().any(|call| call.python);
    // Of an interpreter the functions that it runs are what the author knows.
    let shown = |(at, call): &(usize, &Call)| match python {
        true => *at == 0 || call.python,
        false => !(call.inlined && call.is_library()),
    };
    let own: Vec<&Call> = calls.iter().enumerate().filter(shown).map(|(_, call)| call).collect();
    let line = |call: &&Call| {
        let how = match (call.inlined, call.guess, &call.interrupted_by) {
            _ if call.python => ", in Python".to_owned(),
            _ if call.tail_call => ", which jumped there".to_owned(),
            (_, _, Some(exception)) => format!(", interrupted by {exception}"),
            (true, ..) => ", inlined in".to_owned(),
            (_, true, _) => ", a guess".to_owned(),
            _ => String::new(),
        };
        format!("{}{how}", plain(&call.words()))
    };
    let mut lines: Vec<String> = own.iter().take(MOST_CALLS).map(line).collect();
    if own.len() > MOST_CALLS {
        lines.push(format!("and {} more", own.len() - MOST_CALLS));
    }
    lines
}

fn lines(text: &mut String, first: &str, rest: &str, content: &str) {
    for (index, line) in content.lines().enumerate() {
        let _ = writeln!(text, "{}{}", if index == 0 { first } else { rest }, plain(line));
    }
}

/// Names of symbols and files come from firmware: what would steer the terminal is shown as an escape.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .fold(String::new(), |mut out, c| {
            if c.is_control() {
                out.extend(c.escape_default());
            } else {
                out.push(c);
            }
            out
        })
        .into()
}

/// `134,400`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 place`, `2 places`.
pub fn times(n: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Complaint;
    use peripherals::kernel::Instant;

    const PLAIN: Style = Style { colour: false };

    fn busy() -> Diagnostic {
        Diagnostic {
            name: "sdi-while-busy".into(),
            kind: Kind::Fault,
            level: LintLevel::Warn,
            count: 1,
            pc: Some(0x2_41c6),
            symbol: Some("vs1053_feed".into()),
            source: Some("firmware/badge/audio.c:118".into()),
            message: "firmware sent audio data while the VS1053 was not ready".into(),
            detail: "chip U3 on board `badge`: XDCS low, DREQ low since 12.398 204 ms; byte 33 of this burst".into(),
            why: "while DREQ is low the chip is busy, or its FIFO has no room for another 32 bytes\n\
                  VS1053b datasheet, \"Data Request Pin DREQ\""
                .into(),
            help: "wait for P0.14 (wired to DREQ) before each 32-byte block".into(),
            first: Some(Instant::from_ps(12_403_118_000)),
            ..Diagnostic::default()
        }
    }

    #[test]
    fn a_diagnostic_says_what_where_why_and_how_to_fix() {
        assert_eq!(
            diagnostics(&[busy()], 0, PLAIN),
            "\
fault[sdi-while-busy]: firmware sent audio data while the VS1053 was not ready
  at 12.403 118 ms, pc 0x0002_41c6 in vs1053_feed (firmware/badge/audio.c:118)
  chip U3 on board `badge`: XDCS low, DREQ low since 12.398 204 ms; byte 33 of this burst
  why:  while DREQ is low the chip is busy, or its FIFO has no room for another 32 bytes
        VS1053b datasheet, \"Data Request Pin DREQ\"
  help: wait for P0.14 (wired to DREQ) before each 32-byte block
  quieter: --allow sdi-while-busy
"
        );
    }

    #[test]
    fn repeats_are_counted_and_other_places_of_one_rule_stand_below_it() {
        let at = |ms: u64, count| Diagnostic { first: Some(Instant::from_ps(ms * 1_000_000_000)), count, ..busy() };
        let mut other = Diagnostic { name: "b".into(), why: String::new(), help: String::new(), ..at(2, 1) };
        other.detail.clear();
        other.pc = None;
        let all = [at(1, 1_037), other, at(3, 2), at(4, 1), at(5, 1), at(6, 1), at(7, 1), at(8, 1)];
        let text = diagnostics(&all, 9, PLAIN);
        assert!(text.contains(
            "  at 1.000 000 ms, pc 0x0002_41c6 in vs1053_feed (firmware/badge/audio.c:118), seen 1,037 times\n"
        ));
        assert!(text.contains(
            "  also at 3.000 000 ms, pc 0x0002_41c6 in vs1053_feed (firmware/badge/audio.c:118), seen 2 times; chip U3"
        ));
        assert!(text.contains("  and at 2 places more\n"));
        assert!(!text.contains("7.000 000 ms"));
        assert_eq!(text.matches("  why:").count(), 1, "the reason is said once");
        assert!(text.ends_with("fault[b]: firmware sent audio data while the VS1053 was not ready\n  at 2.000 000 ms\n  quieter: --allow b\nand 9 findings more, not listed\n"), "{text}");
    }

    #[test]
    fn what_is_allowed_is_not_shown() {
        assert_eq!(diagnostics(&[Diagnostic { level: LintLevel::Allow, ..busy() }], 0, PLAIN), "");
    }

    #[test]
    fn an_error_has_no_quieter() {
        let error = Complaint::new("no-such-file", "cannot read `a.elf`: no such file")
            .help("try `fixtures/player-cached.elf`");
        assert_eq!(
            diagnostic(&error.into(), PLAIN),
            "error[no-such-file]: cannot read `a.elf`: no such file\n  help: try `fixtures/player-cached.elf`\n"
        );
    }

    #[test]
    fn names_from_firmware_cannot_steer_the_terminal() {
        let nasty = Diagnostic { symbol: Some("a\x1b[2Jb\u{9b}".into()), ..busy() };
        let text = diagnostic(&nasty, PLAIN);
        assert!(text.contains("in a\\u{1b}[2Jb\\u{9b} ("), "{text}");
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
    }

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        assert!(Style::detect(true, None, Some("xterm")).colour);
        assert!(Style::detect(true, Some(""), None).colour);
        assert!(!Style::detect(true, Some("1"), None).colour);
        assert!(!Style::detect(true, None, Some("dumb")).colour);
        assert!(!Style::detect(false, None, None).colour);
        let text = diagnostic(&busy(), Style { colour: true });
        assert!(text.starts_with("\x1b[1;33mfault[sdi-while-busy]\x1b[0m: "));
    }

    #[test]
    fn large_numbers_are_grouped() {
        let numbers = [0, 999, 1_000, 134_400, u64::MAX].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "134,400", "18,446,744,073,709,551,615"]);
        assert_eq!((times(1, "place"), times(2, "place")), ("1 place".into(), "2 places".into()));
    }
}
