//! What a host asks a drive when it finds one, and no more: who it is, whether it is ready, how big it is, its first sectors
//! (Bulk-Only Transport 1.0, 5 and 6; SCSI commands as in SPC and SBC).

use super::super::descriptors::{Drive, Pipe};
use super::super::{Packet, Token};
use super::control::Transfer;
use crate::kernel::{Instant, Span};

/// How long a command may take.
const PATIENCE: Span = Span::from_ms(20_000);
/// A drive that is not ready is asked again after this long, and so often.
const PAUSE: Span = Span::from_ms(200);
const TRIES: u8 = 5;
/// A command takes so many stalls.
const STALLS: u8 = 2;
/// Bytes that are read from its beginning.
const FIRST_BYTES: u32 = 4096;
const STATUS_BYTES: usize = 13;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Inquiry,
    TestUnitReady,
    RequestSense,
    ReadCapacity,
    /// So many blocks of so many bytes from block 0 on.
    Read {
        blocks: u16,
        bytes: u32,
    },
}

impl Command {
    const fn name(self) -> &'static str {
        match self {
            Self::Inquiry => "INQUIRY",
            Self::TestUnitReady => "TEST UNIT READY",
            Self::RequestSense => "REQUEST SENSE",
            Self::ReadCapacity => "READ CAPACITY",
            Self::Read { .. } => "READ(10)",
        }
    }

    /// Bytes that it is to answer.
    const fn length(self) -> u32 {
        match self {
            Self::Inquiry => 36,
            Self::TestUnitReady => 0,
            Self::RequestSense => 18,
            Self::ReadCapacity => 8,
            Self::Read { blocks, bytes } => blocks as u32 * bytes,
        }
    }

    const fn block(self) -> [u8; 10] {
        match self {
            Self::Inquiry => [0x12, 0, 0, 0, 36, 0, 0, 0, 0, 0],
            Self::TestUnitReady => [0; 10],
            Self::RequestSense => [0x03, 0, 0, 0, 18, 0, 0, 0, 0, 0],
            Self::ReadCapacity => [0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            Self::Read { blocks, .. } => [0x28, 0, 0, 0, 0, 0, 0, (blocks >> 8) as u8, blocks as u8, 0],
        }
    }

    /// Bytes of its command block.
    const fn size(self) -> u8 {
        if matches!(self, Self::ReadCapacity | Self::Read { .. }) { 10 } else { 6 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The command block is being sent.
    Command,
    Data,
    Status,
    /// An endpoint is halted: a request clears that, then comes the status.
    Halted,
    Waiting,
    Over,
}

/// The drive, until all has been asked.
#[derive(Clone, Debug)]
pub(super) struct Storage {
    drive: Drive,
    command: Command,
    state: State,
    tag: u32,
    /// Bytes of the command block that have been sent.
    sent: usize,
    data: Vec<u8>,
    tries: u8,
    stalls: u8,
    /// When it is asked again, or when the host loses its patience.
    pub(super) timer: Option<Instant>,
    /// What went wrong.
    pub(super) complaint: Option<String>,
}

impl Storage {
    pub(super) fn new(drive: Drive, now: Instant) -> Self {
        let mut storage = Self {
            drive,
            command: Command::Inquiry,
            state: State::Over,
            tag: 0,
            sent: 0,
            data: Vec::new(),
            tries: 0,
            stalls: 0,
            timer: None,
            complaint: None,
        };
        storage.ask(Command::Inquiry, now);
        storage
    }

    fn ask(&mut self, command: Command, now: Instant) {
        (self.command, self.state) = (command, State::Command);
        (self.sent, self.stalls) = (0, 0);
        self.tag += 1;
        self.data.clear();
        self.timer = Some(now + PATIENCE);
    }

    fn end(&mut self, complaint: Option<&str>) {
        self.state = State::Over;
        self.timer = None;
        self.complaint = complaint.map(|why| format!("{} {why}", self.command.name()));
    }

    /// The command block wrapper.
    fn wrapper(&self) -> [u8; 31] {
        let mut wrapper = [0; 31];
        let (length, block) = (self.command.length(), self.command.block());
        wrapper[..4].copy_from_slice(b"USBC");
        wrapper[4..8].copy_from_slice(&self.tag.to_le_bytes());
        wrapper[8..12].copy_from_slice(&length.to_le_bytes());
        wrapper[12] = if length > 0 { 0x80 } else { 0 };
        wrapper[14] = self.command.size();
        wrapper[15..25].copy_from_slice(&block);
        wrapper
    }

    fn input(&self) -> Pipe {
        self.drive.input
    }

    /// The token that comes next.
    pub(super) fn token(&self) -> Option<Token> {
        match self.state {
            State::Command => Some(Token::Out(self.drive.output.endpoint)),
            State::Data | State::Status => Some(Token::In(self.input().endpoint)),
            State::Halted | State::Waiting | State::Over => None,
        }
    }

    /// The packet for an OUT token.
    pub(super) fn packet(&self) -> Packet {
        let wrapper = self.wrapper();
        Packet::new(&wrapper[self.sent..wrapper.len().min(self.sent + self.drive.output.packet)])
    }

    /// The device has taken it.
    pub(super) fn taken(&mut self) {
        self.sent += self.packet().bytes().len();
        if self.sent >= self.wrapper().len() {
            self.state = if self.command.length() > 0 { State::Data } else { State::Status };
        }
    }

    /// The device has sent `packet`.
    pub(super) fn came(&mut self, packet: &Packet, now: Instant) {
        let bytes = packet.bytes();
        if self.state == State::Status {
            return self.status(bytes, now);
        }
        let length = self.command.length() as usize;
        if bytes.len() > self.input().packet || self.data.len() + bytes.len() > length {
            return self.end(Some("was answered with more than was asked for"));
        }
        self.data.extend(bytes);
        if self.data.len() == length || bytes.len() < self.input().packet {
            self.state = State::Status;
        }
    }

    fn status(&mut self, bytes: &[u8], now: Instant) {
        let good = bytes.len() == STATUS_BYTES && bytes[..4] == *b"USBS" && bytes[4..8] == self.tag.to_le_bytes();
        match (good, bytes.last()) {
            (true, Some(0)) => self.succeeded(now),
            (true, Some(1)) => self.failed(now),
            _ => self.end(Some("was not answered with its status")),
        }
    }

    fn succeeded(&mut self, now: Instant) {
        match self.command {
            Command::Inquiry => self.ask(Command::TestUnitReady, now),
            Command::TestUnitReady => self.ask(Command::ReadCapacity, now),
            Command::RequestSense => {
                (self.state, self.timer) = (State::Waiting, Some(now + PAUSE));
            }
            Command::ReadCapacity => {
                let word =
                    |at: usize| self.data.get(at..at + 4).map_or(0, |w| u32::from_be_bytes([w[0], w[1], w[2], w[3]]));
                let (last, bytes) = (word(0), word(4));
                if !(512..=FIRST_BYTES).contains(&bytes) {
                    return self.end(Some("says that blocks have another size than 512 to 4096 bytes"));
                }
                let blocks = (FIRST_BYTES / bytes).min(last.saturating_add(1)) as u16;
                self.ask(Command::Read { blocks, bytes }, now);
            }
            Command::Read { .. } => self.end(None),
        }
    }

    /// A drive may say no: there is no medium, for example.
    fn failed(&mut self, now: Instant) {
        match self.command {
            Command::TestUnitReady if self.tries < TRIES => {
                self.tries += 1;
                self.ask(Command::RequestSense, now);
            }
            _ => self.end(None),
        }
    }

    /// The token was answered with STALL.
    pub(super) fn stalled(&mut self) {
        self.stalls += 1;
        if self.state == State::Command || self.stalls > STALLS {
            return self.end(Some("was answered with STALL"));
        }
        self.state = State::Halted;
    }

    /// CLEAR_FEATURE (ENDPOINT_HALT), when it is needed.
    pub(super) fn request(&self, packet: usize, now: Instant) -> Option<Transfer> {
        let endpoint = u16::from(self.input().endpoint) | 0x80;
        (self.state == State::Halted).then(|| Transfer::write(2, 1, 0, endpoint, &[], packet, now))
    }

    /// That request has ended.
    pub(super) fn answered(&mut self, done: bool) {
        if done {
            self.state = State::Status;
        } else {
            self.end(Some("was answered with STALL, and CLEAR_FEATURE is not obeyed"));
        }
    }

    /// Its timer is over.
    pub(super) fn time_is_up(&mut self, now: Instant) {
        if self.state == State::Waiting {
            self.ask(Command::TestUnitReady, now);
        } else {
            self.end(Some("was not answered within 20 s"));
        }
    }
}
