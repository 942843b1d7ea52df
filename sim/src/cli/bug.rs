//! A panic is a bug of ours: it says so, and the process ends with status 70.

use crate::report::status::BUG;
use std::cell::Cell;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};

static SEEN: AtomicBool = AtomicBool::new(false);

thread_local! {
    static HERE: Cell<bool> = const { Cell::new(false) };
}

/// Installs the message. To be called once, first of all: what else wants a hook
/// ([`crate::host::panics::before_message`]) wraps this one.
pub fn install() {
    panic::set_hook(Box::new(|info| {
        SEEN.store(true, Ordering::SeqCst);
        if HERE.replace(true) {
            // A panic during a panic, such as one that reaches a callback from C: Rust would abort the process now.
            std::process::exit(BUG.into());
        }
        crate::host::console::say(&message(info).to_string());
    }));
}

/// Whether a panic was reported, in whatever thread.
pub fn seen() -> bool {
    SEEN.load(Ordering::SeqCst)
}

fn message(info: &PanicHookInfo) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
    let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
    format!(
        "bug[panic]: badgebench {} failed{place}: {text}\n  \
         why:  this is a bug of ours, not of your firmware\n  \
         help: please report it with these lines, the command and the firmware",
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// Set in a copy of the test program that is to fail in this way.
    const WAY: &str = "BADGEBENCH_TEST_PANIC";

    extern "C" fn called_from_c() {
        panic!("in a callback");
    }

    /// The body of the copies; in the test run itself there is nothing to do, and the tests below look at the copies.
    #[test]
    fn copy() {
        match std::env::var(WAY).as_deref() {
            Ok("main") => {
                install();
                assert!(panic::catch_unwind(|| panic!("in the main thread")).is_err());
            }
            Ok("thread") => {
                install();
                assert!(std::thread::spawn(|| panic!("in a thread")).join().is_err());
            }
            Ok("callback") => {
                install();
                called_from_c();
            }
            _ => return,
        }
        std::process::exit(if seen() { BUG.into() } else { 0 });
    }

    #[test]
    fn a_panic_anywhere_ends_with_70_and_says_that_it_is_a_bug() {
        for (way, text) in [("main", "in the main thread"), ("thread", "in a thread"), ("callback", "in a callback")] {
            let copy = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "cli::bug::tests::copy", "--nocapture", "--test-threads=1"])
                .env(WAY, way)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&copy.stderr);
            assert_eq!(copy.status.code(), Some(70), "{way}: {said}");
            assert!(said.contains(&format!(": {text}\n  why:  this is a bug of ours")), "{way}: {said}");
        }
    }
}
