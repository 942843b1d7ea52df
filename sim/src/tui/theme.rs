//! What a terminal can show: colours or none, drawn lines or ASCII.
//!
//! 1. Only the eight colours that every colour terminal has are used, and what they say is in words or shapes as well.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

/// How things are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    /// Colours.
    pub colour: bool,
    /// ASCII alone.
    pub ascii: bool,
}

impl Palette {
    /// As the environment wants it.
    pub fn from_env() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// No colour when `NO_COLOR` is set to anything (no-color.org), or for a terminal that is known to have none; ASCII when the locale
    /// is one that is not UTF-8. No locale at all says nothing.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let colourless =
            ["dumb", "vt52", "vt100", "vt102", "vt220"].contains(&term.as_str()) || term.ends_with("-mono");
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
        let utf8 = |locale: String| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        };
        Self { colour: set("NO_COLOR").is_none() && !colourless, ascii: locale.is_some_and(|locale| !utf8(locale)) }
    }

    /// In this colour, where there are colours.
    pub fn tint(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    /// What matters less.
    pub fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// What matters more.
    pub fn bold(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What is chosen.
    pub fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Makes ASCII of what has been drawn, if that is wanted.
    pub fn finish(self, area: Rect, buf: &mut Buffer) {
        if !self.ascii {
            return;
        }
        for position in area.intersection(buf.area).positions() {
            let cell = &mut buf[position];
            if !cell.symbol().is_ascii() {
                let plain = cell.symbol().chars().next().map_or(' ', ascii);
                cell.set_char(plain);
            }
        }
    }
}

/// The nearest thing in ASCII.
fn ascii(c: char) -> char {
    match c {
        '\u{2500}' | '\u{2501}' | '\u{254c}' | '\u{2550}' => '-',
        '\u{2502}' | '\u{2503}' | '\u{258f}' | '\u{2551}' => '|',
        '\u{250c}'..='\u{254b}' | '\u{2552}'..='\u{256c}' => '+',
        '\u{2588}' | '\u{2587}' | '\u{2586}' | '\u{2585}' => '#',
        '\u{2584}' | '\u{2583}' => '=',
        '\u{2582}' | '\u{2581}' => '_',
        '\u{2594}' => '^',
        '\u{2591}' => '.',
        '\u{2592}' | '\u{2593}' => '%',
        '\u{25cf}' | '\u{25c9}' => '*',
        '\u{25cb}' | '\u{25cc}' => 'o',
        '\u{25b2}' | '\u{2191}' => '^',
        '\u{25bc}' | '\u{2193}' => 'v',
        '\u{25b6}' | '\u{2192}' => '>',
        '\u{25c0}' | '\u{2190}' => '<',
        '\u{b5}' | '\u{3bc}' => 'u',
        '\u{d7}' => 'x',
        '\u{2026}' => '.',
        '\u{a0}' => ' ',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette(variables: &[(&str, &str)]) -> Palette {
        Palette::of(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_environment_is_heeded() {
        let plain = Palette { colour: true, ascii: false };
        assert_eq!(palette(&[("TERM", "xterm-256color")]), plain);
        assert_eq!(palette(&[("TERM", "linux"), ("NO_COLOR", "")]), plain);
        assert_eq!(palette(&[("NO_COLOR", "1")]), Palette { colour: false, ..plain });
        assert_eq!(palette(&[("TERM", "vt100")]), Palette { colour: false, ..plain });
        assert_eq!(palette(&[("LANG", "C.UTF-8"), ("LC_ALL", "")]), plain);
        assert_eq!(palette(&[("LANG", "C.UTF-8"), ("LC_ALL", "C")]), Palette { ascii: true, ..plain });
        assert_eq!(palette(&[("LC_CTYPE", "de_DE.utf8"), ("LANG", "C")]), plain);
    }
}
