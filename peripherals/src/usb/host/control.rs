//! Control transfers: a request, its data, its status (USB 2.0, 8.5.3).

use super::super::{Packet, Token};
use crate::kernel::{Instant, Span};

/// How long a request may take (Linux has the same).
const PATIENCE: Span = Span::from_ms(5_000);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Setup,
    Data,
    Status,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With its status stage.
    Done,
    /// The device refuses it.
    Stalled,
    /// The device does not answer at all.
    Silent,
    /// It has kept the host waiting for too long.
    TimedOut,
    /// It sent more than it may.
    Babble,
}

impl Outcome {
    /// In words, after the name of what was asked for.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Done => "was answered",
            Self::Stalled => "was answered with STALL",
            Self::Silent => "was not answered at all",
            Self::TimedOut => "was answered with NAK for 5 s",
            Self::Babble => "was answered with more than was asked for",
        }
    }
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Transfer {
    request: [u8; 8],
    /// What is sent, or what has come.
    data: Vec<u8>,
    /// Bytes of `data` that have been sent.
    sent: usize,
    stage: Stage,
    /// Bytes of the control endpoint's packets, at most.
    packet: usize,
    /// When the host loses its patience.
    pub(super) deadline: Instant,
}

impl Transfer {
    /// `kind` is bmRequestType, `code` bRequest.
    pub(super) fn read(kind: u8, code: u8, value: u16, index: u16, length: u16, packet: usize, now: Instant) -> Self {
        Self::new(kind | 0x80, code, [value, index, length], Vec::new(), packet, now)
    }

    /// The same with data from the host, or without any.
    pub(super) fn write(kind: u8, code: u8, value: u16, index: u16, data: &[u8], packet: usize, now: Instant) -> Self {
        Self::new(kind, code, [value, index, data.len() as u16], data.to_vec(), packet, now)
    }

    fn new(kind: u8, code: u8, words: [u16; 3], data: Vec<u8>, packet: usize, now: Instant) -> Self {
        let [v, i, l] = words.map(u16::to_le_bytes);
        let request = [kind, code, v[0], v[1], i[0], i[1], l[0], l[1]];
        Self { request, data, sent: 0, stage: Stage::Setup, packet, deadline: now + PATIENCE }
    }

    /// The request's eight bytes.
    pub(super) const fn request(&self) -> [u8; 8] {
        self.request
    }

    /// What the device has sent.
    pub(super) fn data(&self) -> &[u8] {
        &self.data
    }

    const fn reads(&self) -> bool {
        self.request[0] & 0x80 != 0
    }

    fn length(&self) -> usize {
        u16::from_le_bytes([self.request[6], self.request[7]]).into()
    }

    /// The token that comes next.
    pub(super) fn token(&self) -> Token {
        let reads = self.reads() && self.length() > 0;
        match self.stage {
            Stage::Setup => Token::Setup,
            Stage::Data if reads => Token::In(0),
            Stage::Data => Token::Out(0),
            Stage::Status if reads => Token::Out(0),
            Stage::Status => Token::In(0),
        }
    }

    /// The packet for an OUT token.
    pub(super) fn packet(&self) -> Packet {
        match self.stage {
            Stage::Data => Packet::new(&self.data[self.sent..self.data.len().min(self.sent + self.packet)]),
            Stage::Setup | Stage::Status => Packet::new(&[]),
        }
    }

    /// The device has taken what [`Self::token`] sent.
    pub(super) fn taken(&mut self) -> Option<Outcome> {
        match self.stage {
            Stage::Setup => self.stage = if self.length() > 0 { Stage::Data } else { Stage::Status },
            Stage::Data => {
                self.sent += self.packet().bytes().len();
                if self.sent >= self.data.len() {
                    self.stage = Stage::Status;
                }
            }
            Stage::Status => return Some(Outcome::Done),
        }
        None
    }

    /// The device has sent `packet`.
    pub(super) fn came(&mut self, packet: &Packet) -> Option<Outcome> {
        if self.stage != Stage::Data {
            return Some(Outcome::Done);
        }
        let bytes = packet.bytes();
        if bytes.len() > self.packet || self.data.len() + bytes.len() > self.length() {
            return Some(Outcome::Babble);
        }
        self.data.extend(bytes);
        if bytes.len() < self.packet || self.data.len() == self.length() {
            self.stage = Stage::Status;
        }
        None
    }
}
