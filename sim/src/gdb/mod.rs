//! `--gdb`: the machine behind GDB's remote protocol.
//!
//! `gdbstub` speaks the protocol; here are the target that it asks (`target`), the registers and what describes them to GDB
//! (`registers`, `describe`), the `monitor` commands, and the loop that lets the machine run or stand still (`serve`).
//! What halting, stepping and looking mean is the engine's ([`crate::engine::debug`]).
//!
//! 1. The machine stands at its reset vector until GDB lets it go. While it stands still, simulated time does, for chips and sound too.
//! 2. One client at a time; whoever else comes is sent away. After `detach`, or when the connection is lost, the run goes on to its end
//!    without breakpoints, and a client may come again, which halts it. `kill` ends the run as Ctrl-C does.
//! 3. A run that can only end (parked, or a fault that nobody handles) halts first, so that one can look. Going on from there ends
//!    it, unless something was changed meanwhile.
//! 4. `run` and `monitor reset` reset the chip as AIRCR.SYSRESETREQ does; time and RAM go on.

mod connection;
mod describe;
mod monitor;
mod registers;
mod serve;
mod target;

pub use serve::{Front, Listener, run};

/// Where `--gdb` listens when only a port is given.
pub const DEFAULT_HOST: &str = "127.0.0.1";

/// Reads `--gdb`'s value: `:3333`, `3333`, `127.0.0.1:3333`, `[::1]:3333`, `localhost:3333`; port 0 lets the system choose.
///
/// # Errors
/// Says what it should look like.
pub fn address(text: &str) -> Result<String, String> {
    let wanted =
        || format!("`{text}` is no address: `:3333`, `127.0.0.1:3333` or `[::1]:3333`; port 0 takes a free one");
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    port.parse::<u16>().map_err(|_| wanted())?;
    let bracketed = host.starts_with('[') && host.ends_with(']');
    if host.contains(':') && !bracketed || host.chars().any(char::is_whitespace) {
        return Err(wanted());
    }
    Ok(format!("{}:{port}", if host.is_empty() { DEFAULT_HOST } else { host }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_no_more_than_a_port() {
        for (text, is) in [
            (":3333", "127.0.0.1:3333"),
            ("3333", "127.0.0.1:3333"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("[::1]:3333", "[::1]:3333"),
            ("localhost:1", "localhost:1"),
        ] {
            assert_eq!(address(text).as_deref(), Ok(is));
        }
        for bad in ["", ":", ":x", "::1:3333", ":70000", "a b:1"] {
            assert!(address(bad).is_err_and(|error| error.contains("[::1]:3333")), "{bad}");
        }
    }
}
