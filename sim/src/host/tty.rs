//! A terminal that gives every key as it is, Ctrl-C too; put back on every way out.

use super::panics;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};
use std::io;
use std::sync::Mutex;

/// How the terminal was.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// The terminal at stdin is ours to read: a job in the background that reads it would be stopped.
pub(super) fn is_foreground() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// Keys come at once, unseen and as they are. What is printed still gets its carriage returns.
pub(super) fn take() -> io::Result<()> {
    let before = tcgetattr(io::stdin())?;
    panics::before_message(give_back);
    *BEFORE.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(before.clone());
    let mut raw = before;
    raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN);
    raw.input_modes
        .remove(InputModes::ICRNL | InputModes::INLCR | InputModes::IGNCR | InputModes::IXON | InputModes::ISTRIP);
    raw.special_codes[SpecialCodeIndex::VMIN] = 1;
    raw.special_codes[SpecialCodeIndex::VTIME] = 0;
    Ok(tcsetattr(io::stdin(), OptionalActions::Now, &raw)?)
}

/// The terminal is as it was. Errors have nowhere to go.
pub(super) fn give_back() {
    if let Some(before) = BEFORE.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take() {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
    }
}
