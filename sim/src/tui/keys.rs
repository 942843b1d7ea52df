//! Keys and what they mean.

use super::board::BUTTON_KEYS;
use super::ui::Page;
use super::view::{Command, SpeedKey, Step};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What a key does to the screen or to the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The run's business.
    Run(Command),
    /// Help on or off.
    Help,
    /// Out of whatever one is in.
    Back,
    /// This page.
    Page(Page),
    /// The next page, or the one before.
    Turn {
        /// The next.
        forward: bool,
    },
    /// Keys go to the firmware from now on.
    Type,
    /// Earlier.
    Left {
        /// Ten columns.
        far: bool,
    },
    /// Later.
    Right {
        /// Ten columns.
        far: bool,
    },
    /// Closer, or up a list.
    Up,
    /// Less close, or down a list.
    Down,
    /// Up a list by half a screen.
    ScreenUp,
    /// Down a list by half a screen.
    ScreenDown,
    /// Less time a column.
    ZoomIn,
    /// More time a column.
    ZoomOut,
    /// As far back as it goes.
    Oldest,
    /// Back to the present.
    Present,
    /// Begin or end to measure.
    Mark,
    /// Another wire.
    Wire {
        /// The next one.
        forward: bool,
    },
}

/// Percent of volume a key press changes.
const VOLUME_STEP: i8 = 5;

/// Keys with what they do, for the help page and the README: what is not here is not there.
pub const HELP: [(&str, &str); 23] = [
    ("1 to 6, Tab", "pages; large screens show several at once"),
    ("space", "pause, go on"),
    (".", "one edge of a wire"),
    ("b", "one byte on the bus"),
    ("n", "one instruction"),
    ("< >", "slower, faster: from 1/1000000 to as fast as possible"),
    ("r  m", "real time, as fast as possible"),
    ("left, right", "back and forth in time; with Shift or Ctrl ten columns"),
    ("Home  End, Esc", "the oldest that is kept, the present"),
    ("up, down", "zoom from 1 ns to 1 s a column; scroll in lists"),
    ("z Z", "zoom in, out on any page"),
    ("w W", "choose a wire"),
    ("[ ]", "its edge before, its next edge"),
    ("x", "mark: measures from there to the cursor"),
    ("PgUp PgDn", "scroll the console, or the list of the page"),
    ("a s d f g h j k", "press a button of the board for 0.2 s"),
    ("A S D F G H J K", "hold it, let go"),
    ("i, Enter", "type to the firmware"),
    ("Esc, Ctrl-]", "while typing: stop typing"),
    ("+ -", "volume"),
    ("?", "this help"),
    ("q, Ctrl-C", "end the run and finish its files"),
    ("", "a run that ends keeps the screen while you look back"),
];

/// Whether `key` is Ctrl-C.
pub fn is_ctrl_c(key: KeyEvent) -> bool {
    key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL)
}

/// What `key` means; while `typing` most keys are for the firmware.
pub fn action(key: KeyEvent, typing: bool) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    if typing {
        return typed(key);
    }
    let far = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::SHIFT);
    match key.code {
        KeyCode::Left => return Some(Action::Left { far }),
        KeyCode::Right => return Some(Action::Right { far }),
        KeyCode::Char('c') if is_ctrl_c(key) => return Some(Action::Run(Command::Quit)),
        // A NUL byte, as a pty without anybody at it may send, arrives as Ctrl+Space.
        _ if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => return None,
        _ => {}
    }
    Some(match key.code {
        KeyCode::Char(c) => return letter(c),
        KeyCode::Esc => Action::Back,
        KeyCode::Tab => Action::Turn { forward: true },
        KeyCode::BackTab => Action::Turn { forward: false },
        KeyCode::Enter => Action::Type,
        KeyCode::Up => Action::Up,
        KeyCode::Down => Action::Down,
        KeyCode::PageUp => Action::ScreenUp,
        KeyCode::PageDown => Action::ScreenDown,
        KeyCode::Home => Action::Oldest,
        KeyCode::End => Action::Present,
        KeyCode::F(1) => Action::Help,
        _ => return None,
    })
}

fn letter(c: char) -> Option<Action> {
    if let Some(button) = BUTTON_KEYS.chars().position(|key| key == c.to_ascii_lowercase()) {
        return Some(Action::Run(Command::Press { button, hold: c.is_ascii_uppercase() }));
    }
    let run = |command| Some(Action::Run(command));
    match c {
        'q' | 'Q' => run(Command::Quit),
        ' ' => run(Command::TogglePause),
        '+' | '=' => run(Command::Volume(VOLUME_STEP)),
        '-' | '_' => run(Command::Volume(-VOLUME_STEP)),
        '<' | ',' => run(Command::Speed(SpeedKey::Slower)),
        '>' => run(Command::Speed(SpeedKey::Faster)),
        'r' => run(Command::Speed(SpeedKey::Real)),
        'm' => run(Command::Speed(SpeedKey::Max)),
        '.' => run(Command::Step(Step::Edge)),
        'b' => run(Command::Step(Step::Byte)),
        'n' => run(Command::Step(Step::Instruction)),
        '[' => run(Command::Seek { forward: false }),
        ']' => run(Command::Seek { forward: true }),
        '?' => Some(Action::Help),
        'i' => Some(Action::Type),
        'z' => Some(Action::ZoomIn),
        'Z' => Some(Action::ZoomOut),
        'x' => Some(Action::Mark),
        'w' => Some(Action::Wire { forward: true }),
        'W' => Some(Action::Wire { forward: false }),
        '1'..='6' => Some(Action::Page(Page::ALL[c as usize - '1' as usize])),
        _ => None,
    }
}

/// What a terminal sends for `key`, as xterm has it.
fn typed(key: KeyEvent) -> Option<Action> {
    let bytes = |bytes: &[u8]| Some(Action::Run(Command::Type(bytes.to_vec())));
    match key.code {
        KeyCode::Esc => Some(Action::Back),
        // Ctrl-] arrives as Ctrl-5 from terminals without an extended protocol.
        KeyCode::Char(']' | '5') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Action::Back),
        KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) => {
            let c = c.to_ascii_uppercase() as u32;
            (0x40..0x60).contains(&c).then(|| Action::Run(Command::Type(vec![c as u8 & 0x1F])))
        }
        KeyCode::Char(c) => bytes(c.encode_utf8(&mut [0; 4]).as_bytes()),
        KeyCode::Enter => bytes(b"\r"),
        KeyCode::Tab => bytes(b"\t"),
        KeyCode::Backspace => bytes(b"\x7F"),
        KeyCode::Delete => bytes(b"\x1B[3~"),
        KeyCode::Up => bytes(b"\x1B[A"),
        KeyCode::Down => bytes(b"\x1B[B"),
        KeyCode::Right => bytes(b"\x1B[C"),
        KeyCode::Left => bytes(b"\x1B[D"),
        KeyCode::Home => bytes(b"\x1B[H"),
        KeyCode::End => bytes(b"\x1B[F"),
        KeyCode::PageUp => Some(Action::ScreenUp),
        KeyCode::PageDown => Some(Action::ScreenDown),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Option<Action> {
        action(KeyEvent::new(code, modifiers), false)
    }

    fn plain(c: char) -> Option<Action> {
        press(KeyCode::Char(c), KeyModifiers::NONE)
    }

    #[test]
    fn keys_mean_what_the_help_says() {
        assert_eq!(plain('q'), Some(Action::Run(Command::Quit)));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Run(Command::Quit)));
        assert_eq!(plain(' '), Some(Action::Run(Command::TogglePause)));
        assert_eq!(press(KeyCode::Char('+'), KeyModifiers::SHIFT), Some(Action::Run(Command::Volume(5))));
        assert_eq!(plain('-'), Some(Action::Run(Command::Volume(-5))));
        assert_eq!(plain('s'), Some(Action::Run(Command::Press { button: 1, hold: false })));
        assert_eq!(plain('K'), Some(Action::Run(Command::Press { button: 7, hold: true })));
        assert_eq!(plain('6'), Some(Action::Page(Page::Findings)));
        assert_eq!(press(KeyCode::Left, KeyModifiers::SHIFT), Some(Action::Left { far: true }));
        for key in [' ', 'q', '+', '-'] {
            assert_eq!(press(KeyCode::Char(key), KeyModifiers::CONTROL), None, "Ctrl+{key}");
            assert_eq!(press(KeyCode::Char(key), KeyModifiers::ALT), None, "Alt+{key}");
        }
    }

    /// Every key of a single character that the help names does something, and every letter that does something is in the help.
    #[test]
    fn the_help_is_complete() {
        let named: Vec<char> =
            HELP.iter().flat_map(|(keys, _)| keys.split([' ', ','])).filter_map(|k| k.parse().ok()).collect();
        for c in ('!'..='~').filter(|c| !"=_,QcC".contains(*c)) {
            let known = named.contains(&c) || ('1'..='6').contains(&c);
            assert_eq!(plain(c).is_some(), known, "{c}");
        }
    }

    #[test]
    fn while_typing_keys_are_the_firmwares() {
        let type_ = |code, modifiers| match action(KeyEvent::new(code, modifiers), true) {
            Some(Action::Run(Command::Type(bytes))) => bytes,
            other => panic!("{other:?}"),
        };
        assert_eq!(type_(KeyCode::Char('q'), KeyModifiers::NONE), b"q");
        assert_eq!(type_(KeyCode::Char('\u{e9}'), KeyModifiers::NONE), "\u{e9}".as_bytes());
        assert_eq!(type_(KeyCode::Char('c'), KeyModifiers::CONTROL), [3]);
        assert_eq!(type_(KeyCode::Enter, KeyModifiers::NONE), b"\r");
        assert_eq!(type_(KeyCode::Up, KeyModifiers::NONE), b"\x1b[A");
        for (code, modifiers) in [(KeyCode::Esc, KeyModifiers::NONE), (KeyCode::Char('5'), KeyModifiers::CONTROL)] {
            assert_eq!(action(KeyEvent::new(code, modifiers), true), Some(Action::Back));
        }
        assert_eq!(action(KeyEvent::new(KeyCode::Char('1'), KeyModifiers::CONTROL), true), None);
    }
}
