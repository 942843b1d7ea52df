//! What is typed: stdin or a pseudo-terminal, and time while firmware waits for it.
//!
//! While firmware only waits for somebody who may still type, simulated time goes no faster than the host's: a prompt that waits
//! for an hour has waited for an hour, and costs the host nothing. So it does while it sleeps until somebody presses a button. While firmware works, `--speed` decides as ever.

use crate::cli::options::SimOptions;
use crate::cli::sim::Stop;
use crate::engine::machine::Machine;
use crate::engine::session::Typed;
use crate::host::interrupt::Interrupt;
use crate::host::pace::{Pace, Speed};
#[cfg(unix)]
use crate::host::pty::Pty;
use crate::host::stdin::Stdin;
use crate::host::typed;
use peripherals::kernel::{ConsolePort, InputTo, Instant};
use std::time::Duration;

#[cfg(unix)]
use crate::{host::console::say, report::OutputError};

/// Firmware only waits when it does so for this part of the time, in percent.
const WAITING: u64 = 75;
/// The longest wait at a time, so that Ctrl-C is answered soon.
const NAP: Duration = Duration::from_millis(20);

/// Who types.
pub(super) struct Keys {
    source: Source,
    pace: Pace,
    /// Cycles that firmware had waited, and when, at the last look.
    waited: (u64, Instant),
    /// Text for the other side.
    text: Vec<u8>,
}

enum Source {
    Nobody,
    /// Whoever sits at the live view, which has the bytes.
    Screen,
    Stdin(Stdin),
    #[cfg(unix)]
    Pty(Pty),
}

impl Source {
    /// Stdin, if any of the firmware's ports reads it.
    fn stdin(options: &SimOptions, interrupt: Interrupt) -> Self {
        match options.console.input() {
            InputTo::Nobody => Self::Nobody,
            InputTo::First | InputTo::Only(_) => Self::Stdin(Stdin::new(interrupt)),
        }
    }
}

impl Keys {
    /// As `options` say. Under the live view stdin belongs to the view.
    pub(super) fn open(options: &SimOptions, live: bool, interrupt: Interrupt) -> Result<Self, Stop> {
        let source = match options {
            #[cfg(unix)]
            SimOptions { pty: true, .. } => {
                let pty = Pty::open().map_err(|source| OutputError { path: "a pseudo-terminal".into(), source })?;
                say(&format!("note: the firmware's serial port is {}", pty.path()));
                Source::Pty(pty)
            }
            _ if live && options.console.input() == InputTo::Nobody => Source::Nobody,
            _ if live => Source::Screen,
            _ => Source::stdin(options, interrupt),
        };
        let pace = Pace::new(Speed::Real);
        Ok(Self { source, pace, waited: (0, Instant::ZERO), text: Vec::new() })
    }

    /// There is no live view after all.
    pub(super) fn without_live(&mut self, options: &SimOptions, interrupt: Interrupt) {
        if matches!(self.source, Source::Nobody | Source::Screen) {
            self.source = Source::stdin(options, interrupt);
        }
    }

    /// The path of the serial port, if there is one.
    pub(super) fn port(&self) -> Option<&str> {
        match &self.source {
            Source::Nobody | Source::Screen | Source::Stdin(_) => None,
            #[cfg(unix)]
            Source::Pty(pty) => Some(pty.path()),
        }
    }

    /// Whether the live view has what is typed.
    pub(super) fn is_screen(&self) -> bool {
        matches!(self.source, Source::Screen)
    }

    /// Whether nobody types.
    pub(super) fn is_nobody(&self) -> bool {
        matches!(self.source, Source::Nobody)
    }

    /// Takes a byte from a serial port of the firmware's; false when it is not for the other side.
    pub(super) fn show(&mut self, port: ConsolePort, byte: u8) -> bool {
        let serial = !matches!(port, ConsolePort::Semihosting | ConsolePort::Itm | ConsolePort::Rtt);
        let mine = serial && !matches!(self.source, Source::Nobody | Source::Screen | Source::Stdin(_));
        if mine {
            self.text.push(byte);
        }
        mine
    }

    /// Sends the text.
    pub(super) fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        match &mut self.source {
            Source::Nobody | Source::Screen | Source::Stdin(_) => {}
            #[cfg(unix)]
            Source::Pty(pty) => pty.write(&text),
        }
    }

    /// Whether the run is to wait for the other side to read.
    pub(super) fn is_held_up(&mut self) -> bool {
        match &mut self.source {
            Source::Nobody | Source::Screen | Source::Stdin(_) => false,
            #[cfg(unix)]
            Source::Pty(pty) => pty.flush(),
        }
    }

    /// What has been typed.
    pub(super) fn typed(&mut self, room: usize) -> Typed {
        match &mut self.source {
            Source::Nobody => Typed { over: true, ..Typed::default() },
            Source::Screen => Typed::default(),
            Source::Stdin(stdin) => {
                let bytes = stdin.take(room);
                Typed { bytes, over: stdin.is_over() }
            }
            #[cfg(unix)]
            Source::Pty(pty) => Typed { bytes: pty.typed().take(room), over: false },
        }
    }

    /// Between two slices: while firmware only waits for somebody who types, the host waits too, as long as simulated time is ahead.
    pub(super) fn wait(&mut self, machine: &Machine) {
        let (now, waited) = (machine.now(), machine.waited());
        let passed = now.cycles().saturating_sub(self.waited.1.cycles());
        let idle = waited.saturating_sub(self.waited.0) * 100 >= passed * WAITING;
        self.waited = (waited, now);
        let input = &machine.world().input;
        let starving = input.is_awaited() && input.is_starving() || machine.waits_for_finger();
        let stdin = matches!(self.source, Source::Stdin(_));
        let typed: Option<&mut typed::Typed> = match &mut self.source {
            Source::Nobody | Source::Screen => None,
            Source::Stdin(stdin) => stdin.live(),
            #[cfg(unix)]
            Source::Pty(pty) => Some(pty.typed()),
        };
        match typed {
            // In few long waits, not in one a slice: what costs something is to wake up.
            Some(typed) if idle && starving => {
                if self.pace.ahead(now) >= NAP {
                    typed.wait(NAP);
                }
            }
            None if idle && starving && !stdin => {
                if self.pace.ahead(now) >= NAP {
                    std::thread::sleep(NAP);
                }
            }
            _ => self.pace.rebase(),
        }
    }

    /// The run is over.
    pub(super) fn close(&mut self) {
        match &mut self.source {
            Source::Nobody | Source::Screen | Source::Stdin(_) => {}
            #[cfg(unix)]
            Source::Pty(pty) => pty.finish(),
        }
        self.source = Source::Nobody;
    }
}
