//! The host: it finds the device, asks what it is, and uses its first serial port as the console (USB 2.0, chapters 5, 8, 9 and 11).
//!
//! 1. It waits 100 ms after the pull-up is there, resets the bus for 50 ms, and asks 10 ms later (7.1.7.3 and 7.1.7.5). A device that
//!    cannot be made out is reset and asked again, three times; then the host gives up until the pull-up goes and comes.
//! 2. Requests have 5 s, as under Linux. Strings are asked for and shown nowhere.
//! 3. A transaction takes (bytes + 13) bytes' time of 12 Mbit/s, and none goes over the end of a frame: 19 packets of 64 bytes fit into one
//!    (table 5-9). What the device would answer with NAK takes no time: the host asks at the moment when it has something to say.
//! 4. The serial port is the first CDC function of the abstract control model: 115200 baud, 8N1, DTR and RTS set. Its data is the
//!    console; other serial ports, and what its interrupt endpoint says, go nowhere. An endpoint that is halted stays so until the
//!    firmware makes an end of that.
//! 5. Of the first drive the first 4096 bytes are read, after INQUIRY, TEST UNIT READY and READ CAPACITY of LUN 0, and then it is left alone.
//! 6. HID, MIDI and vendor interfaces are configured and left alone. The bus is never suspended, and there are no hubs.

mod bus;
mod control;
mod enumeration;
mod storage;

use super::descriptors::SerialPort;
use super::lints::{USB_DEVICE, USB_STORAGE};
use super::{Answer, Packet, Port, Token};
use crate::kernel::{ConsolePort, Cx, Instant, Span};
use bus::Bus;
use control::{Outcome, Transfer};
use enumeration::{ADDRESS, Enumeration, Next};
use storage::Storage;

const DEBOUNCE: Span = Span::from_ms(100);
const RESET: Span = Span::from_ms(50);
const RECOVERY: Span = Span::from_ms(10);
/// For its new address (9.2.6.3).
const SETTLE: Span = Span::from_ms(2);
/// Resets that a device gets before the host gives up.
const ATTEMPTS: u8 = 4;
/// Tokens without an answer in a row (8.7.2).
const ERRORS: u8 = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Detached,
    Debounce,
    Reset,
    Recovery,
    /// It is being made out.
    Asking,
    Running,
    GivenUp,
}

/// Whom a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Control,
    SerialOut,
    SerialIn,
    Notification,
    Storage,
}

const TURNS: [Who; 5] = [Who::Control, Who::SerialOut, Who::SerialIn, Who::Notification, Who::Storage];

/// A transaction that is on the bus.
#[derive(Clone, Copy, Debug)]
struct Flight {
    who: Who,
    token: Token,
    ends: Instant,
}

/// The serial port in use.
#[derive(Clone, Debug)]
struct Serial {
    port: SerialPort,
    /// The packet that is to be sent.
    out: Vec<u8>,
}

/// The host.
#[derive(Clone, Debug, Default)]
pub struct Host {
    phase: Phase,
    /// When the phase ends.
    timer: Option<Instant>,
    bus: Bus,
    flight: Option<Flight>,
    address: u8,
    attempts: u8,
    errors: u8,
    control: Option<Transfer>,
    device: Enumeration,
    serial: Option<Serial>,
    storage: Option<Storage>,
    /// Who was served last, as a place in `TURNS`.
    turn: usize,
}

impl Host {
    /// The pull-up of D+ is there at `now`.
    pub fn attach(&mut self, now: Instant) {
        *self = Self { phase: Phase::Debounce, timer: Some(now + DEBOUNCE), ..Self::default() };
    }

    /// It is gone.
    pub fn detach(&mut self, cx: &mut Cx) {
        self.hang_up(cx);
        *self = Self::default();
    }

    /// Whether the host has seen the pull-up.
    pub fn is_attached(&self) -> bool {
        self.phase != Phase::Detached
    }

    /// When the first frame began, while there are any: they come each millisecond.
    pub fn frames_from(&self) -> Option<Instant> {
        self.bus.frames_from
    }

    /// When [`Host::run`] is wanted at the latest.
    pub fn next(&self) -> Option<Instant> {
        let flight = self.flight.map(|flight| flight.ends);
        let control = self.control.as_ref().map(|control| control.deadline);
        let storage = self.storage.as_ref().and_then(|storage| storage.timer);
        [flight, control, storage, self.timer].into_iter().flatten().min()
    }

    /// Does what is due, and begins what `port` is ready for. To be called whenever answers of `port` may have changed, too.
    pub fn run(&mut self, port: &mut dyn Port, cx: &mut Cx) {
        let now = cx.now();
        if self.timer.is_some_and(|timer| timer <= now) {
            self.timer = None;
            self.phase_ends(port, cx);
        }
        if self.flight.is_some_and(|flight| flight.ends <= now)
            && let Some(flight) = self.flight.take()
        {
            self.land(flight, port, cx);
        }
        if self.control.as_ref().is_some_and(|control| control.deadline <= now) {
            self.control_ends(Outcome::TimedOut, cx);
        }
        if let Some(storage) = &mut self.storage
            && storage.timer.is_some_and(|timer| timer <= now)
        {
            storage.time_is_up(now);
        }
        self.look_after_storage(cx);
        self.take_off(port, cx);
    }

    fn phase_ends(&mut self, port: &mut dyn Port, cx: &mut Cx) {
        let now = cx.now();
        let (next, after) = match self.phase {
            Phase::Debounce => {
                port.reset(cx);
                (Phase::Reset, RESET)
            }
            Phase::Reset => {
                self.bus.set_frames(Some(now));
                (Phase::Recovery, RECOVERY)
            }
            Phase::Recovery | Phase::Asking => {
                self.phase = Phase::Asking;
                self.control = Some(self.device.request(now));
                return;
            }
            Phase::Detached | Phase::Running | Phase::GivenUp => return,
        };
        (self.phase, self.timer) = (next, Some(now + after));
    }

    /// The device is reset once more, or given up.
    fn fail(&mut self, why: String, cx: &mut Cx) {
        self.attempts += 1;
        let attempts = self.attempts;
        if attempts >= ATTEMPTS {
            cx.report(&USB_DEVICE, 0, || why);
            (self.phase, self.control) = (Phase::GivenUp, None);
            return;
        }
        // The next reset ends its frames.
        *self = Self { phase: Phase::Debounce, timer: Some(cx.now() + RECOVERY), attempts, ..Self::default() };
    }

    /// What somebody has typed and has not gone out is typed again.
    fn hang_up(&mut self, cx: &mut Cx) {
        if let Some(serial) = self.serial.take() {
            serial.out.iter().rev().for_each(|&byte| cx.input().give_back(byte));
            cx.input().leave(ConsolePort::Usb);
        }
    }

    fn control_ends(&mut self, outcome: Outcome, cx: &mut Cx) {
        let Some(control) = self.control.take() else { return };
        self.flight = self.flight.filter(|flight| flight.who != Who::Control);
        self.errors = 0;
        if self.phase != Phase::Asking {
            if let Some(storage) = &mut self.storage {
                storage.answered(outcome == Outcome::Done);
            }
            return;
        }
        let now = cx.now();
        match self.device.answered(outcome, control.data()) {
            Next::Ask => self.control = Some(self.device.request(now)),
            Next::Settle => {
                self.address = ADDRESS;
                self.timer = Some(now + SETTLE);
            }
            Next::Ready => {
                self.phase = Phase::Running;
                self.serial = self.device.functions.serial.map(|port| Serial { port, out: Vec::new() });
                self.storage = self.device.functions.drive.map(|drive| Storage::new(drive, now));
            }
            Next::Fail(why) => self.fail(why, cx),
        }
    }

    /// A drive may need a request, or be done with.
    fn look_after_storage(&mut self, cx: &mut Cx) {
        let Some(storage) = &mut self.storage else { return };
        if let Some(why) = storage.complaint.take() {
            cx.report(&USB_STORAGE, 0, || why);
        }
        if self.control.is_none() {
            self.control = storage.request(self.device.packet, cx.now());
        }
    }

    /// The token that `who` wants to send, with the packet that goes with it.
    fn wish(&self, who: Who) -> Option<(Token, Packet)> {
        let nothing = Packet::new(&[]);
        let serial = self.serial.as_ref();
        match who {
            Who::Control => {
                let control = self.control.as_ref()?;
                let packet = match control.token() {
                    Token::Setup => Packet::new(&control.request()),
                    _ => control.packet(),
                };
                Some((control.token(), packet))
            }
            Who::SerialOut => serial.map(|s| (Token::Out(s.port.output.endpoint), Packet::new(&s.out))),
            Who::SerialIn => serial.map(|s| (Token::In(s.port.input.endpoint), nothing)),
            Who::Notification => serial.and_then(|s| s.port.notify).map(|endpoint| (Token::In(endpoint), nothing)),
            Who::Storage => {
                let storage = self.storage.as_ref()?;
                Some((storage.token()?, storage.packet()))
            }
        }
    }

    fn answer(&self, token: Token, port: &dyn Port) -> Answer {
        if port.address() == self.address { port.answer(token) } else { Answer::Silence }
    }

    /// Begins the next transaction, if there is one and the bus is free.
    fn take_off(&mut self, port: &mut dyn Port, cx: &mut Cx) {
        if self.flight.is_some() {
            return;
        }
        for n in 1..=TURNS.len() {
            let turn = (self.turn + n) % TURNS.len();
            let who = TURNS[turn];
            let Some((token, mut packet)) = self.wish(who) else { continue };
            let answer = self.answer(token, port);
            let bytes = match (who, answer) {
                (_, Answer::Nak) => continue,
                (_, Answer::Ready(bytes)) => bytes,
                (Who::Control, _) | (Who::Storage, Answer::Stall) => 0,
                _ => continue,
            };
            if who == Who::SerialOut && packet.bytes().is_empty() {
                packet = self.fill(cx);
                if packet.bytes().is_empty() {
                    continue;
                }
            }
            let bytes = if matches!(token, Token::In(_)) { bytes } else { packet.bytes().len() };
            let ends = self.bus.slot(bytes, cx.now());
            self.turn = turn;
            self.flight = Some(Flight { who, token, ends });
            return;
        }
    }

    /// Takes what has been typed.
    fn fill(&mut self, cx: &mut Cx) -> Packet {
        let Some(serial) = &mut self.serial else { return Packet::new(&[]) };
        while serial.out.len() < serial.port.output.packet
            && let Some(byte) = cx.input().take(ConsolePort::Usb)
        {
            serial.out.push(byte);
        }
        Packet::new(&serial.out)
    }

    /// A transaction is over: the device does what it does now.
    fn land(&mut self, Flight { who, token, .. }: Flight, port: &mut dyn Port, cx: &mut Cx) {
        // The wish is what it was at the start, unless it has gone.
        let Some((_, packet)) = self.wish(who).filter(|(wish, _)| *wish == token) else { return };
        match (self.answer(token, port), who) {
            (Answer::Ready(_), _) => match token {
                Token::Setup => {
                    port.setup(self.control.as_ref().map_or([0; 8], Transfer::request), cx);
                    self.taken(who, cx);
                }
                Token::Out(endpoint) => {
                    port.receive(endpoint, &packet, cx);
                    self.taken(who, cx);
                }
                Token::In(endpoint) => {
                    let packet = port.send(endpoint, cx);
                    self.came(who, &packet, cx);
                }
            },
            (Answer::Stall, Who::Control) => self.control_ends(Outcome::Stalled, cx),
            (Answer::Silence, Who::Control) => {
                self.errors += 1;
                if self.errors >= ERRORS {
                    self.control_ends(Outcome::Silent, cx);
                } else {
                    self.bus.skip_frame(cx.now());
                }
            }
            (Answer::Stall, Who::Storage) => {
                if let Some(storage) = &mut self.storage {
                    storage.stalled();
                }
            }
            _ => {}
        }
    }

    fn taken(&mut self, who: Who, cx: &mut Cx) {
        self.errors = 0;
        match (who, &mut self.control, &mut self.serial, &mut self.storage) {
            (Who::Control, Some(control), ..) => {
                if let Some(outcome) = control.taken() {
                    self.control_ends(outcome, cx);
                }
            }
            (Who::SerialOut, _, Some(serial), _) => serial.out.clear(),
            (Who::Storage, .., Some(storage)) => storage.taken(),
            _ => {}
        }
    }

    fn came(&mut self, who: Who, packet: &Packet, cx: &mut Cx) {
        self.errors = 0;
        match (who, &mut self.control, &mut self.storage) {
            (Who::Control, Some(control), _) => {
                if let Some(outcome) = control.came(packet) {
                    self.control_ends(outcome, cx);
                }
            }
            (Who::SerialIn, ..) => packet.bytes().iter().for_each(|&byte| cx.console(ConsolePort::Usb, byte)),
            (Who::Storage, _, Some(storage)) => storage.came(packet, cx.now()),
            _ => {}
        }
    }
}
