//! Ctrl-C, and the signals that ask a program to end (SIGTERM, SIGHUP).

use super::panics;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Exit status of a run that was interrupted.
pub const STATUS: i32 = 130;

/// Whether somebody asked the run to end. Clones ask the same question.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// One that no signal reaches, only [`Self::press`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Listens to the signals from now on.
    ///
    /// # Errors
    /// The system refuses, or somebody in this process listens already.
    pub fn install() -> Result<Self, ctrlc::Error> {
        let interrupt = Self::new();
        let pressed = interrupt.clone();
        ctrlc::set_handler(move || pressed.press())?;
        Ok(interrupt)
    }

    /// What a signal does: the first asks the run to end, so that its files are finished; the second ends the process at once
    /// with status 130, the terminal restored. A terminal that is closed sends more than one, and none of them means that.
    pub fn press(&self) {
        if self.0.swap(true, Ordering::Relaxed) && !terminal_is_gone() {
            panics::tidy();
            std::process::exit(STATUS);
        }
    }

    /// Whether the run is to end.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether a terminal that this program was started at has been closed.
#[cfg(unix)]
fn terminal_is_gone() -> bool {
    use rustix::io::Errno;
    use rustix::termios::tcgetattr;
    let gone = |result: Result<_, Errno>| result.is_err_and(|error: Errno| error == Errno::IO);
    gone(tcgetattr(std::io::stdin()).map(drop)) || gone(tcgetattr(std::io::stdout()).map(drop))
}

#[cfg(not(unix))]
fn terminal_is_gone() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_press_asks_everyone_to_end() {
        let interrupt = Interrupt::new();
        let clone = interrupt.clone();
        assert!(!clone.is_set());
        interrupt.press();
        assert!(clone.is_set());
    }
}
