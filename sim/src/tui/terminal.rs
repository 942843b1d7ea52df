//! The terminal and its keys: the only place that names crossterm.
//!
//! The terminal is given back on every way out: the end of the run, a panic in any thread (through the one panic hook of
//! [`crate::host::panics`]), the second Ctrl-C. If it goes away first, the view ends and the run goes on without.

use super::draw::{Palette, draw};
use super::view::{Command, View};
use crate::host::{interrupt::Interrupt, panics};
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io::{self, Stdout, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Pictures are drawn 25 times a second; a key is answered at once.
const FRAME: Duration = Duration::from_millis(40);
/// How long the view is waited for at the end.
const PATIENCE: Duration = Duration::from_secs(1);
/// Percent of volume a key press changes.
const VOLUME_STEP: i8 = 5;

/// Whether the terminal is ours at the moment.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The live view, running in a thread of its own until this is dropped.
pub struct Tui {
    shared: Arc<Shared>,
    commands: Receiver<Command>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    view: Mutex<View>,
    stop: AtomicBool,
    alive: AtomicBool,
}

impl Tui {
    /// Takes the terminal at stdout. Ctrl-C, which a terminal in raw mode delivers as a key, presses `interrupt`.
    ///
    /// # Errors
    /// Stdout or stdin is no terminal, or it cannot be set up.
    pub fn start(interrupt: Interrupt) -> io::Result<Self> {
        panics::before_message(restore);
        let terminal = take().inspect_err(|_| restore())?;
        let shared =
            Arc::new(Shared { view: Mutex::default(), stop: AtomicBool::new(false), alive: AtomicBool::new(true) });
        let (sender, commands) = channel();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("tui".into()).spawn(move || {
            // An error here means that the terminal is gone, and nobody is left to be told.
            let _ = show(terminal, &theirs, &sender, &interrupt);
            theirs.alive.store(false, Ordering::Relaxed);
            restore();
        });
        match thread {
            Ok(thread) => Ok(Self { shared, commands, thread: Some(thread) }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Shows `view` from now on.
    pub fn publish(&self, view: View) {
        *self.shared.view.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = view;
    }

    /// The next key that was pressed, if one was.
    pub fn command(&self) -> Option<Command> {
        self.commands.try_recv().ok()
    }

    /// Whether there still is a terminal to show anything on.
    pub fn is_alive(&self) -> bool {
        self.shared.alive.load(Ordering::Relaxed)
    }
}

impl Drop for Tui {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Where the terminal is gone, crossterm may wait for a key for ever: the thread then ends with the process.
            let patience = std::time::Instant::now() + PATIENCE;
            while !thread.is_finished() && std::time::Instant::now() < patience {
                std::thread::sleep(FRAME / 4);
            }
            if thread.is_finished() {
                // A panic over there has been printed already.
                let _ = thread.join();
            }
        }
        restore();
    }
}

type Screen = Terminal<CrosstermBackend<Stdout>>;

fn take() -> io::Result<Screen> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, cursor::Hide)?;
    Terminal::new(CrosstermBackend::new(stdout()))
}

/// Gives the terminal back, once. Errors have nowhere to go.
fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(stdout(), LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}

fn show(mut screen: Screen, shared: &Shared, commands: &Sender<Command>, interrupt: &Interrupt) -> io::Result<()> {
    let palette = Palette::from_env();
    while !shared.stop.load(Ordering::Relaxed) && TAKEN.load(Ordering::SeqCst) {
        let view = shared.view.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        screen.draw(|frame| draw(&view, palette, frame.area(), frame.buffer_mut()))?;
        let until = std::time::Instant::now() + FRAME;
        while event::poll(until.saturating_duration_since(std::time::Instant::now()))? {
            let Event::Key(key) = event::read()? else { continue };
            let Some(command) = command(key) else { continue };
            if is_ctrl_c(key) {
                interrupt.press();
            }
            // The receiver has gone only when the view is about to end.
            let _ = commands.send(command);
        }
    }
    Ok(())
}

fn is_ctrl_c(key: KeyEvent) -> bool {
    key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL)
}

fn command(key: KeyEvent) -> Option<Command> {
    match key.code {
        _ if key.kind == KeyEventKind::Release => None,
        KeyCode::Char('c') if is_ctrl_c(key) => Some(Command::Quit),
        KeyCode::Esc => Some(Command::Quit),
        // A NUL byte, as a pty without anybody at it may send, arrives as Ctrl+Space.
        _ if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => None,
        KeyCode::Char('q' | 'Q') => Some(Command::Quit),
        KeyCode::Char(' ') => Some(Command::TogglePause),
        KeyCode::Char('+' | '=') => Some(Command::Volume(VOLUME_STEP)),
        KeyCode::Char('-' | '_') => Some(Command::Volume(-VOLUME_STEP)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_the_screen_says() {
        let press = |code, modifiers| command(KeyEvent::new(code, modifiers));
        assert_eq!(press(KeyCode::Char('q'), KeyModifiers::NONE), Some(Command::Quit));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Command::Quit));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::NONE), None);
        assert_eq!(press(KeyCode::Char(' '), KeyModifiers::NONE), Some(Command::TogglePause));
        assert_eq!(press(KeyCode::Char('+'), KeyModifiers::SHIFT), Some(Command::Volume(5)));
        assert_eq!(press(KeyCode::Char('-'), KeyModifiers::NONE), Some(Command::Volume(-5)));
        for key in [' ', 'q', '+', '-'] {
            assert_eq!(press(KeyCode::Char(key), KeyModifiers::CONTROL), None, "Ctrl+{key}");
            assert_eq!(press(KeyCode::Char(key), KeyModifiers::ALT), None, "Alt+{key}");
        }
    }
}
