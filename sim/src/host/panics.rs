//! One panic hook for the program: quiet where a panic is caught on purpose, and tidy where it is not.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, Once};

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

static HOOKED: Once = Once::new();
static FIRST: Mutex<Option<fn()>> = Mutex::new(None);

/// Does `tidy` before the message of a panic that nobody catches is printed: the live view gives the terminal back.
pub fn before_message(tidy: fn()) {
    hook();
    *FIRST.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(tidy);
}

/// Does what [`before_message`] was given, for an exit that runs no destructors.
pub fn tidy() {
    let tidy = *FIRST.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(tidy) = tidy {
        tidy();
    }
}

/// Runs `work`.
///
/// # Errors
/// The message of a panic in `work`, which is not printed. What `work` changed may be half changed: throw it away.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    hook();
    let outer = CATCHING.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(outer);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
    })
}

fn hook() {
    HOOKED.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if CATCHING.get() {
                return;
            }
            tidy();
            print(info);
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caught_panic_comes_back_as_its_message() {
        assert_eq!(caught(|| 5), Ok(5));
        let index = 7;
        assert_eq!(caught(|| panic!("index {index}")), Err::<(), _>("index 7".into()));
        assert_eq!(caught(|| caught(|| panic!("inner"))), Ok(Err::<(), _>("inner".into())));
    }
}
