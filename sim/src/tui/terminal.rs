//! The terminal and its keys: with `keys.rs` the only place that names crossterm.
//!
//! The terminal is given back on every way out: the end of the run, a panic in any thread (through the one panic hook of
//! [`crate::host::panics`]), the second Ctrl-C. If it goes away first, the view ends and the run goes on without. A terminal that is
//! slow misses pictures, one that stands still misses all of them: nobody waits for it but the thread in here.

use super::keys::is_ctrl_c;
use super::screen::Screen;
use super::sixteen::Sixteen;
use super::theme::Palette;
use super::view::View;
use crate::host::{interrupt::Interrupt, panics};
use crossterm::event::{self, Event, KeyEvent};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::backend::CrosstermBackend;
use std::io::{self, Stdout, stdout};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Pictures are drawn 30 times a second at most.
pub const FRAME: Duration = Duration::from_millis(33);
/// How long the view is waited for at the end.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether the terminal is ours at the moment.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The live view, running in a thread of its own until this is dropped.
pub struct Tui {
    shared: Arc<Shared>,
    keys: Receiver<KeyEvent>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    view: Mutex<Arc<View>>,
    /// Ctrl-C is the firmware's.
    typing: AtomicBool,
    /// Columns, and rows in the upper half.
    size: AtomicU32,
    stop: AtomicBool,
    alive: AtomicBool,
}

impl Tui {
    /// Takes the terminal at stdout. Ctrl-C, which a terminal in raw mode delivers as a key, presses `interrupt`.
    ///
    /// # Errors
    /// Stdout or stdin is no terminal, or it cannot be set up.
    pub fn start(interrupt: Interrupt) -> io::Result<Self> {
        if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
            return Err(io::Error::other("the terminal is called dumb"));
        }
        panics::before_message(restore);
        let terminal = take().inspect_err(|_| restore())?;
        let shared = Arc::new(Shared {
            view: Mutex::default(),
            typing: AtomicBool::new(false),
            size: AtomicU32::new(packed(crossterm::terminal::size().unwrap_or((80, 24)))),
            stop: AtomicBool::new(false),
            alive: AtomicBool::new(true),
        });
        let (sender, keys) = channel();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("tui".into()).spawn(move || {
            // An error here means that the terminal is gone, and nobody is left to be told.
            let _ = show(terminal, &theirs, &sender, &interrupt);
            theirs.alive.store(false, Ordering::Relaxed);
            restore();
        });
        match thread {
            Ok(thread) => Ok(Self { shared, keys, thread: Some(thread) }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Shows `view` from now on.
    pub fn publish(&self, view: View) {
        self.shared.typing.store(view.ui.typing, Ordering::Relaxed);
        *self.shared.view.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(view);
    }

    /// The next key that was pressed, if one was.
    pub fn key(&self) -> Option<KeyEvent> {
        self.keys.try_recv().ok()
    }

    /// Columns and rows of the terminal.
    pub fn size(&self) -> (u16, u16) {
        let size = self.shared.size.load(Ordering::Relaxed);
        (size as u16, (size >> 16) as u16)
    }

    /// Whether there still is a terminal to show anything on.
    pub fn is_alive(&self) -> bool {
        self.shared.alive.load(Ordering::Relaxed)
    }
}

impl Tui {
    /// Ends the view and gives the terminal back; false when it takes no more text, so that nobody else should try.
    pub fn close(mut self) -> bool {
        self.end()
    }

    fn end(&mut self) -> bool {
        self.shared.stop.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.take() else { return true };
        // Where the terminal is gone, crossterm may wait for a key for ever, and where it stands still, a picture waits for it: the
        // thread then ends with the process.
        let patience = std::time::Instant::now() + PATIENCE;
        while !thread.is_finished() && std::time::Instant::now() < patience {
            std::thread::sleep(FRAME / 4);
        }
        if !thread.is_finished() {
            let _ = disable_raw_mode();
            return false;
        }
        // A panic over there has been printed already.
        let _ = thread.join();
        restore();
        true
    }
}

impl Drop for Tui {
    fn drop(&mut self) {
        self.end();
    }
}

fn packed((columns, rows): (u16, u16)) -> u32 {
    u32::from(rows) << 16 | u32::from(columns)
}

type Ours = Screen<CrosstermBackend<Sixteen<Stdout>>>;

fn take() -> io::Result<Ours> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, cursor::Hide)?;
    Ok(Screen::new(CrosstermBackend::new(Sixteen::new(stdout())), Palette::from_env()))
}

/// Gives the terminal back, once. Errors have nowhere to go.
fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(stdout(), LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}

fn show(mut screen: Ours, shared: &Shared, keys: &Sender<KeyEvent>, interrupt: &Interrupt) -> io::Result<()> {
    while !shared.stop.load(Ordering::Relaxed) && TAKEN.load(Ordering::SeqCst) {
        let view = Arc::clone(&shared.view.lock().unwrap_or_else(|poisoned| poisoned.into_inner()));
        if !screen.shows(&view) {
            screen.show(view)?;
        }
        let until = std::time::Instant::now() + FRAME;
        while event::poll(until.saturating_duration_since(std::time::Instant::now()))? {
            match event::read()? {
                Event::Key(key) => {
                    if is_ctrl_c(key) && !shared.typing.load(Ordering::Relaxed) {
                        interrupt.press();
                    }
                    // The receiver has gone only when the view is about to end.
                    let _ = keys.send(key);
                }
                Event::Resize(columns, rows) => {
                    shared.size.store(packed((columns, rows)), Ordering::Relaxed);
                    screen.forget();
                }
                _ => {}
            }
        }
    }
    Ok(())
}
