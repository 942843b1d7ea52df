//! What TWI and TWIM have in common: when START, address, data, suspension and STOP come.
//!
//! 1. START comes 1.5 us behind STARTRX or STARTTX on a free bus (tTWIM,START, remembered, typical), and then the address at once.
//!    TXSTARTED and RXSTARTED come with START, when PTR and MAXCNT are taken over (the moment is a guess).
//! 2. STARTRX and STARTTX during a transfer make a repeated START, and STOP a STOP, behind the byte on the wires with its acknowledge,
//!    in the order of the tasks; a byte that is being received is not acknowledged then. The address is always sent to its end.
//! 3. A missing acknowledge gives ERROR. SCL is held low until STOP or another START; nothing else follows by itself.
//! 4. SUSPEND waits for the end of the byte; while suspended, tasks wait for RESUME (STOP "must be issued while the TWI master is not
//!    suspended"). SUSPEND on a free bus does nothing (guess); STOP on a free bus gives STOPPED at once (guess).
//! 5. ADDRESS and FREQUENCY count as they are at START.

use super::super::block::Io;
use super::super::dma::Ram;
use super::super::gpio::pin_name;
use super::super::lint::TWI_LINE_LOW;
use super::super::psel;
use super::i2c::{Lines, Motion, Next, Signal, half_period};
use super::{EDGE, FREQUENCY, Face, MILESTONE, PSEL, Serial};
use crate::kernel::{PinId, Span};

const STOPPED: u8 = 1;
const ERROR: u8 = 9;
const SUSPENDED: u8 = 18;
const ERRORSRC: u16 = 0x4C4;
const ADDRESS: u16 = 0x588;
/// Bits of ERRORSRC.
pub(super) const OVERRUN: u32 = 1;
const ANACK: u32 = 1 << 1;
pub(super) const DNACK: u32 = 1 << 2;

/// Note 1.
const TASK_TO_START: Span = Span::from_ns(1_500);

/// What a task has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Read,
    Write,
    Stop,
}

/// What a motion on the wires is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Start,
    Address,
    Send,
    Receive,
    Acknowledge { given: bool },
    Stop,
}

/// What must come before anything else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Due {
    #[default]
    Nothing,
    Address,
    /// The acknowledge of a byte that has been received.
    Acknowledge,
    /// The chip sends another byte: it was told to.
    Byte,
}

/// What the registers do not show.
#[derive(Clone, Debug, Default)]
pub(super) struct Master {
    motion: Option<(Phase, Motion)>,
    /// SCL has risen late, or has not yet: its pin is listened to.
    stretched: bool,
    /// Between START and STOP.
    pub(super) busy: bool,
    reading: bool,
    /// The chip has not acknowledged.
    refused: bool,
    due: Due,
    wishes: Vec<Wish>,
    suspend: bool,
    suspended: bool,
    half: Span,
    address: u16,
}

impl Master {
    /// Nothing moves and nothing is to wait for: what comes next may begin.
    pub(super) fn is_waiting(&self) -> bool {
        self.busy && self.motion.is_none() && !self.suspended
    }

    /// A task or a shortcut wants `wish`, at the next opportunity.
    pub(super) fn want(&mut self, wish: Wish) {
        if !self.wishes.contains(&wish) {
            self.wishes.push(wish);
        }
    }

    /// A shortcut suspends behind this byte.
    pub(super) fn suspend(&mut self) {
        self.suspend = true;
    }
}

impl Serial {
    /// The lines as ENABLE and PSEL have them.
    pub(super) fn wanted_lines(&self) -> Lines {
        match self.face() {
            Face::Twi | Face::Twim => {
                let [scl, sda, _] = PSEL.map(|at| psel::pin(self.word(at)));
                Lines { scl, sda }
            }
            _ => Lines::default(),
        }
    }

    pub(super) fn twi_task(&mut self, at: u16, io: &mut Io) {
        match at {
            0x000 => self.twi_wish(Wish::Read, io),
            0x008 => self.twi_wish(Wish::Write, io),
            0x014 => self.twi_wish(Wish::Stop, io),
            0x01C if self.master.is_waiting() => self.twi_suspended(io),
            0x01C => self.master.suspend = self.master.busy || !self.master.wishes.is_empty(),
            0x020 => {
                self.master.suspend = false;
                if core::mem::take(&mut self.master.suspended) {
                    io.cx.wake_at(self.alarm(MILESTONE), io.cx.now());
                }
            }
            _ => {}
        }
    }

    fn twi_wish(&mut self, wish: Wish, io: &mut Io) {
        let free = !self.master.busy && self.master.motion.is_none() && self.master.wishes.is_empty();
        if free && wish == Wish::Stop {
            return self.events.raise(STOPPED, io.cx);
        }
        self.master.want(wish);
        if free {
            io.cx.wake_at(self.alarm(MILESTONE), io.cx.now() + TASK_TO_START);
        } else {
            self.twi_nudge(io);
        }
    }

    /// There may be something for it to do that it has waited for.
    pub(super) fn twi_nudge(&mut self, io: &mut Io) {
        if self.master.is_waiting() {
            io.cx.wake_at(self.alarm(MILESTONE), io.cx.now());
        }
    }

    fn twi_suspended(&mut self, io: &mut Io) {
        (self.master.suspend, self.master.suspended) = (false, true);
        self.events.raise(SUSPENDED, io.cx);
    }

    pub(super) fn twi_error(&mut self, source: u32, io: &mut Io) {
        self.words[usize::from(ERRORSRC / 4)] |= source;
        if source != OVERRUN {
            self.master.refused = true;
            self.twi.forget();
        }
        self.events.raise(ERROR, io.cx);
    }

    /// An edge that is not the last of a motion.
    pub(super) fn twi_edge(&mut self, io: &mut Io) {
        let (milestone, edge) = (self.alarm(MILESTONE), self.alarm(EDGE));
        let (id, lines) = (self.id, self.lines);
        let Some((_, motion)) = &mut self.master.motion else { return };
        let rest = motion.rest();
        match motion.step(lines, io) {
            Next::After(wait) => {
                if core::mem::take(&mut self.master.stretched) {
                    io.gpio.listen(id, 0);
                    io.cx.wake_at(milestone, io.cx.now() + rest);
                }
                // The last one comes with the milestone.
                if !motion.ends_next() {
                    io.cx.wake_at(edge, io.cx.now() + wait);
                }
            }
            Next::Stretched if !self.master.stretched => {
                self.master.stretched = true;
                io.cx.cancel(milestone);
                io.gpio.listen(id, lines.scl.map_or(0, |pin| 1 << (pin & 63)));
            }
            Next::Stretched | Next::Ended => {}
        }
    }

    /// SCL has changed while it is stretched.
    pub(super) fn twi_hear(&mut self, io: &mut Io) {
        if self.master.stretched {
            self.twi_edge(io);
        }
    }

    /// A motion ends, or something is to begin.
    pub(super) fn twi_milestone(&mut self, ram: &mut dyn Ram, io: &mut Io) {
        if let Some((phase, mut motion)) = self.master.motion.take() {
            motion.step(self.lines, io);
            self.twi_ended(phase, motion.received(), ram, io);
            if !self.master.busy {
                if !self.master.wishes.is_empty() {
                    io.cx.wake_at(self.alarm(MILESTONE), io.cx.now() + TASK_TO_START);
                }
                return;
            }
        }
        if !self.master.suspended {
            self.twi_go_on(ram, io);
        }
    }

    fn twi_ended(&mut self, phase: Phase, received: u16, ram: &mut dyn Ram, io: &mut Io) {
        let acknowledged = received & 1 == 0;
        match phase {
            Phase::Start => self.master.due = Due::Address,
            Phase::Address if !acknowledged => self.twi_error(ANACK, io),
            Phase::Address => {
                let more = self.master.reading && (self.face() == Face::Twi || !self.twim_is_full());
                self.master.due = if more { Due::Byte } else { Due::Nothing };
            }
            Phase::Send if self.face() == Face::Twi => self.twi_sent(acknowledged, io),
            Phase::Send => self.twim_sent(acknowledged, io),
            Phase::Receive => {
                self.master.due = Due::Acknowledge;
                if self.face() == Face::Twi {
                    self.twi_received(received as u8, io)
                } else {
                    self.twim_received(received as u8, ram, io)
                }
            }
            Phase::Acknowledge { given } => self.master.due = if given { Due::Byte } else { Due::Nothing },
            Phase::Stop => {
                (self.master.busy, self.master.refused) = (false, false);
                self.events.raise(STOPPED, io.cx);
            }
        }
    }

    /// SCL is held low, or the bus is free: what comes next?
    fn twi_go_on(&mut self, ram: &mut dyn Ram, io: &mut Io) {
        let due = core::mem::take(&mut self.master.due);
        if due == Due::Address {
            let address = self.master.address << 1 | u16::from(self.master.reading);
            return self.twi_move(Phase::Address, Signal::Bits { out: address << 1 | 1, count: 9 }, io);
        }
        let before_acknowledge = due == Due::Acknowledge && self.face() == Face::Twi;
        if self.master.suspend && self.master.busy && (due != Due::Acknowledge || before_acknowledge) {
            self.master.due = due;
            return self.twi_suspended(io);
        }
        match due {
            Due::Acknowledge => {
                let given = self.master.wishes.is_empty() && (self.face() == Face::Twi || !self.twim_is_full());
                self.twi_move(Phase::Acknowledge { given }, Signal::Bits { out: (!given).into(), count: 1 }, io);
            }
            Due::Byte => {
                if self.face() == Face::Twim {
                    self.twim_receives(io);
                }
                self.twi_move(Phase::Receive, Signal::Bits { out: 0xFF, count: 8 }, io);
            }
            Due::Nothing | Due::Address => match self.master.wishes.first().copied() {
                Some(wish) => {
                    self.master.wishes.remove(0);
                    self.twi_grant(wish, io);
                }
                None if self.master.busy && !self.master.reading && !self.master.refused => {
                    let byte = if self.face() == Face::Twi { self.twi_sends(io) } else { self.twim_sends(ram, io) };
                    if let Some(byte) = byte {
                        self.twi_move(Phase::Send, Signal::Bits { out: u16::from(byte) << 1 | 1, count: 9 }, io);
                    }
                }
                None => {}
            },
        }
    }

    fn twi_grant(&mut self, wish: Wish, io: &mut Io) {
        let again = self.master.busy;
        match wish {
            Wish::Stop if again => return self.twi_move(Phase::Stop, Signal::Stop, io),
            Wish::Stop => return,
            Wish::Read | Wish::Write => {}
        }
        (self.master.reading, self.master.refused, self.master.busy) = (wish == Wish::Read, false, true);
        self.master.half = half_period(self.word(FREQUENCY));
        self.master.address = (self.word(ADDRESS) & 0x7F) as u16;
        if !again {
            self.look_at_lines(io);
        }
        if self.face() == Face::Twim {
            self.twim_starts(wish == Wish::Read, io);
        }
        self.twi_move(Phase::Start, Signal::Start { again }, io);
    }

    fn twi_move(&mut self, phase: Phase, signal: Signal, io: &mut Io) {
        let motion = Motion::new(signal, self.master.half);
        io.cx.wake_at(self.alarm(EDGE), io.cx.now() + motion.lead());
        io.cx.wake_at(self.alarm(MILESTONE), io.cx.now() + motion.duration());
        self.master.motion = Some((phase, motion));
    }

    /// The bus ought to be free: SCL and SDA high.
    fn look_at_lines(&self, io: &mut Io) {
        for (name, pin) in [("SCL", self.lines.scl), ("SDA", self.lines.sda)] {
            let Some((pin, why)) = pin.and_then(|pin| Some((pin, io.gpio.why_low(pin, io.cx)?))) else { continue };
            let block = self.twi_name();
            io.cx.report(&TWI_LINE_LOW, pin.into(), || format!("{name} of {block} at {}: {why}", pin_name(PinId(pin))));
        }
    }

    /// The block's name in messages.
    pub(super) fn twi_name(&self) -> &'static str {
        match (self.face(), self.id) {
            (Face::Twi, 3) => "TWI0",
            (Face::Twi, _) => "TWI1",
            (_, 3) => "TWIM0",
            _ => "TWIM1",
        }
    }
}
