//! A run with a debugger: who may connect, and when the machine runs.

use super::connection::Client;
use super::target::Debuggee;
use crate::engine::core::WatchKind;
use crate::engine::debug::Halt;
use crate::engine::machine::Machine;
use crate::engine::session::{Ended, Host, Limits, Progress, Session};
use crate::host::console::say;
use crate::host::pace::Speed;
use crate::image::Firmware;
use crate::report::Reason;
use gdbstub::common::Signal;
use gdbstub::stub::state_machine::GdbStubStateMachine as State;
use gdbstub::stub::{DisconnectReason, GdbStub, SingleThreadStopReason as StopReason};
use gdbstub::target::ext::breakpoints::WatchKind as GdbWatch;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// Bytes of the longest packet: GDB's `load` sends pieces of this size.
const PACKET: usize = 16 * 1024;
/// How often it is looked for a client.
const TICK: Duration = Duration::from_millis(20);

/// The host's side of a machine that may stand still.
pub trait Front: Host {
    /// The machine stands still; asked about fifty times a second. `Some` ends the run.
    fn halted(&mut self, machine: &Machine) -> Option<Reason>;
    /// It goes on after it stood still for `host` time.
    fn resumed(&mut self, host: Duration);
    /// How fast time goes by.
    fn speed(&self) -> Speed;
    /// Makes it go by at `speed` from now on.
    fn set_speed(&mut self, speed: Speed);
}

/// Where clients come in.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    /// Where it listens; with the port that the system chose.
    pub address: SocketAddr,
}

impl Listener {
    /// Listens at `address`, which [`super::address`] has read.
    ///
    /// # Errors
    /// When the port is taken, or there is no such host.
    pub fn open(address: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Self { address: listener.local_addr()?, listener })
    }

    /// Somebody who has come, if so.
    fn client(&self) -> Option<TcpStream> {
        self.listener.accept().ok().map(|(stream, _)| stream)
    }
}

/// Why a client is served no more.
enum Served {
    /// It has said good-bye, or is gone.
    Left,
    /// It wants the run to end.
    Killed,
    /// The run is over.
    Over(Ended),
}

/// Runs `machine` to its end with a debugger.
pub fn run(
    machine: &mut Machine,
    firmware: &Firmware,
    limits: Limits,
    front: &mut dyn Front,
    listener: &Listener,
) -> Ended {
    let mut session = Session::new(limits);
    let mut stands = true;
    loop {
        let client = match wait(machine, firmware, &mut session, front, listener, stands) {
            Ok(client) => client,
            Err(ended) => return session.finish(machine, front, ended),
        };
        machine.debug(true);
        let debuggee = Debuggee::new(&mut *machine, front.speed());
        let served = serve(client, debuggee, firmware, &mut session, front, listener);
        machine.debug(false);
        stands = false;
        match served {
            Served::Left => {}
            Served::Killed => {
                return Ended { reason: Reason::Interrupt, code: None, detail: "killed by the debugger".to_owned() };
            }
            Served::Over(ended) => return session.finish(machine, front, ended),
        }
    }
}

/// Waits for a client while the machine `stands` still, or runs; the run may end before.
fn wait(
    machine: &mut Machine,
    firmware: &Firmware,
    session: &mut Session,
    front: &mut dyn Front,
    listener: &Listener,
    stands: bool,
) -> Result<TcpStream, Ended> {
    let since = Instant::now();
    loop {
        if let Some(stream) = listener.client() {
            if stands {
                front.resumed(since.elapsed());
            }
            return Ok(stream);
        }
        if stands {
            if let Some(reason) = front.halted(machine) {
                return Err(Ended { reason, code: None, detail: String::new() });
            }
            std::thread::sleep(TICK);
        } else if let Progress::Over(ended) = session.advance(machine, firmware, front) {
            return Err(ended);
        }
    }
}

/// Serves one client.
fn serve(
    stream: TcpStream,
    debuggee: Debuggee<'_>,
    firmware: &Firmware,
    session: &mut Session,
    front: &mut dyn Front,
    listener: &Listener,
) -> Served {
    let served = Client::new(stream).map_err(|error| error.to_string()).and_then(|client| {
        let mut talk = Talk { debuggee, firmware, session, front, listener, since: None, last: None };
        match talk.go_on(client) {
            Err(_) if talk.debuggee.killed => Ok(Served::Killed),
            served => served,
        }
    });
    served.unwrap_or_else(|error| {
        say(&format!("note: the debugger's connection is lost ({error}); the run goes on without"));
        Served::Left
    })
}

struct Talk<'a, 'm> {
    debuggee: Debuggee<'m>,
    firmware: &'a Firmware,
    session: &'a mut Session,
    front: &'a mut dyn Front,
    listener: &'a Listener,
    /// Since when the machine stands still.
    since: Option<Instant>,
    /// The run can only end; how.
    last: Option<Ended>,
}

impl<'m> Talk<'_, 'm> {
    fn go_on(&mut self, client: Client) -> Result<Served, String> {
        let stub = GdbStub::builder(client).packet_buffer_size(PACKET).build().map_err(|error| error.to_string())?;
        let mut state = stub.run_state_machine(&mut self.debuggee).map_err(|error| error.to_string())?;
        let mut over = None;
        loop {
            let next = match state {
                State::Idle(mut idle) => {
                    self.since.get_or_insert_with(Instant::now);
                    match idle.borrow_conn().next(true).map_err(|error| error.to_string())? {
                        Some(byte) => idle.incoming_data(&mut self.debuggee, byte),
                        None => match self.look_round() {
                            Some(reason) => {
                                return Ok(Served::Over(Ended { reason, code: None, detail: String::new() }));
                            }
                            None => Ok(idle.into()),
                        },
                    }
                }
                State::Running(mut running) => {
                    if let Some(since) = self.since.take() {
                        self.front.resumed(since.elapsed());
                    }
                    match running.borrow_conn().next(false).map_err(|error| error.to_string())? {
                        Some(byte) => running.incoming_data(&mut self.debuggee, byte),
                        None => match self.run(&mut over) {
                            Some(why) => running.report_stop(&mut self.debuggee, why),
                            None => Ok(running.into()),
                        },
                    }
                }
                State::CtrlCInterrupt(interrupt) => {
                    let why = Some(StopReason::Signal(Signal::SIGINT));
                    interrupt.interrupt_handled(&mut self.debuggee, why)
                }
                State::Disconnected(gone) => {
                    return Ok(match (gone.get_reason(), over) {
                        (_, Some(ended)) => Served::Over(ended),
                        (DisconnectReason::Kill, None) => Served::Killed,
                        _ if self.debuggee.killed => Served::Killed,
                        _ => Served::Left,
                    });
                }
            };
            state = next.map_err(|error| error.to_string())?;
            if std::mem::take(&mut self.debuggee.new_speed) {
                self.front.set_speed(self.debuggee.speed);
            }
        }
    }

    /// The machine stands still, and nothing comes from the client.
    fn look_round(&mut self) -> Option<Reason> {
        // Whoever else comes is sent away.
        drop(self.listener.client());
        self.front.halted(self.debuggee.machine)
    }

    /// The machine runs on, for a slice at most. Gives why it stands still; `over` is how the run has ended, when it has.
    fn run(&mut self, over: &mut Option<Ended>) -> Option<StopReason<u32>> {
        drop(self.listener.client());
        if std::mem::take(&mut self.debuggee.stood) {
            return Some(StopReason::DoneStep);
        }
        if let Some(ended) = self.last.take()
            && !self.debuggee.changed
        {
            return Some(report(over.insert(ended)));
        }
        match self.session.advance(self.debuggee.machine, self.firmware, self.front) {
            Progress::Going => None,
            Progress::Halted(halt) => {
                self.debuggee.behind_access = matches!(halt, Halt::Watched(_));
                Some(signal(halt))
            }
            Progress::Over(ended) => match ended.reason {
                Reason::Parked => Some(self.could_only_end(ended, Signal::SIGSTOP)),
                Reason::Fault => Some(self.could_only_end(ended, Signal::SIGSEGV)),
                _ => Some(report(over.insert(ended))),
            },
        }
    }

    fn could_only_end(&mut self, ended: Ended, signal: Signal) -> StopReason<u32> {
        let what =
            if ended.reason == Reason::Parked { "the firmware is parked" } else { "nothing handles this fault:" };
        say(&format!("note: {what} {}; `continue` ends the run", ended.detail));
        self.debuggee.changed = false;
        self.last = Some(ended);
        StopReason::SignalWithThread { tid: (), signal }
    }
}

fn signal(halt: Halt) -> StopReason<u32> {
    match halt {
        Halt::Breakpoint => StopReason::SwBreak(()),
        Halt::Stepped => StopReason::DoneStep,
        Halt::Watched(hit) => StopReason::Watch {
            tid: (),
            kind: match hit.kind {
                WatchKind::Write => GdbWatch::Write,
                WatchKind::Read => GdbWatch::Read,
                WatchKind::Access => GdbWatch::ReadWrite,
            },
            addr: hit.address,
        },
        Halt::Instruction(_) | Halt::Vector(_) => StopReason::SignalWithThread { tid: (), signal: Signal::SIGTRAP },
    }
}

/// How the end of a run is told: the firmware's own code, else what the run comes to.
fn report(ended: &Ended) -> StopReason<u32> {
    match (ended.reason, ended.code) {
        (Reason::Semihosting, code) => StopReason::Exited(code.unwrap_or(0) as u8),
        (Reason::Parked | Reason::For, _) => StopReason::Exited(0),
        (Reason::Interrupt, _) => StopReason::Terminated(Signal::SIGINT),
        (Reason::Denied | Reason::WallLimit, _) => StopReason::Terminated(Signal::SIGKILL),
        _ => StopReason::Terminated(Signal::SIGSEGV),
    }
}
