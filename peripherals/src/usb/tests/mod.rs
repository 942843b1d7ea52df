//! The host against devices that are scripts.

mod descriptors;
mod enumeration;
mod hostile;
mod serial;
mod storage;

use super::{Answer, Host, Packet, Port, Token};
use crate::kernel::{ConsolePort, Cx, Instant, SOC, Span, World};
use std::collections::VecDeque;

/// What the device does about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// Sends this, or takes what comes.
    Data(Vec<u8>),
    Stall,
    /// NAK for ever.
    Nothing,
}

/// A device: what it answers to requests is the test's, endpoints have queues.
pub(super) struct Device {
    pub(super) reply: Box<dyn FnMut([u8; 8]) -> Reply>,
    /// Bytes of endpoint 0's packets.
    pub(super) packet0: usize,
    /// Nobody answers.
    pub(super) silent: bool,
    pub(super) resets: u32,
    pub(super) requests: Vec<[u8; 8]>,
    /// Data of requests that write.
    pub(super) written: Vec<u8>,
    /// Packets that IN endpoints send next.
    pub(super) inputs: [VecDeque<Vec<u8>>; 8],
    /// What OUT endpoints have taken.
    pub(super) outputs: [Vec<Packet>; 8],
    /// Packets that OUT endpoints still take.
    pub(super) room: [usize; 8],
    /// IN endpoints that are halted.
    pub(super) halted: [bool; 8],
    address: u8,
    request: Option<[u8; 8]>,
    answer: Option<Reply>,
    sent: usize,
    status: bool,
}

impl Device {
    pub(super) fn new(reply: impl FnMut([u8; 8]) -> Reply + 'static) -> Self {
        Self {
            reply: Box::new(reply),
            packet0: 64,
            silent: false,
            resets: 0,
            requests: Vec::new(),
            written: Vec::new(),
            inputs: Default::default(),
            outputs: Default::default(),
            room: [usize::MAX; 8],
            halted: [false; 8],
            address: 0,
            request: None,
            answer: None,
            sent: 0,
            status: false,
        }
    }

    /// The next packet of the data stage, of which there is always one, be it empty.
    fn piece(&self) -> Option<Vec<u8>> {
        let Some(Reply::Data(data)) = &self.answer else { return None };
        let request = self.request?;
        let most = usize::from(u16::from_le_bytes([request[6], request[7]])).min(data.len());
        Some(data[self.sent.min(most)..most.min(self.sent + self.packet0)].to_vec())
    }

    fn reads(&self) -> bool {
        self.request.is_some_and(|r| r[0] & 0x80 != 0 && r[6..] != [0, 0])
    }
}

impl Port for Device {
    fn address(&self) -> u8 {
        self.address
    }

    fn answer(&self, token: Token) -> Answer {
        if self.silent {
            return Answer::Silence;
        }
        match token {
            Token::Setup => Answer::Ready(0),
            Token::In(0) | Token::Out(0) => match &self.answer {
                _ if self.request.is_none() => Answer::Nak,
                Some(Reply::Stall) => Answer::Stall,
                Some(Reply::Nothing) | None => Answer::Nak,
                Some(Reply::Data(_)) => Answer::Ready(self.piece().map_or(0, |piece| piece.len())),
            },
            Token::In(n) if n < 8 && self.halted[usize::from(n)] => Answer::Stall,
            Token::In(n) if n < 8 => {
                self.inputs[usize::from(n)].front().map_or(Answer::Nak, |packet| Answer::Ready(packet.len()))
            }
            Token::Out(n) if n < 8 && self.room[usize::from(n)] > 0 => Answer::Ready(0),
            Token::Out(n) if n < 8 => Answer::Nak,
            _ => Answer::Silence,
        }
    }

    fn reset(&mut self, _: &mut Cx) {
        self.resets += 1;
        self.address = 0;
        self.request = None;
    }

    fn setup(&mut self, request: [u8; 8], _: &mut Cx) {
        self.requests.push(request);
        self.request = Some(request);
        self.answer = Some((self.reply)(request));
        (self.sent, self.status) = (0, false);
    }

    fn receive(&mut self, endpoint: u8, packet: &Packet, _: &mut Cx) {
        if endpoint > 0 {
            self.room[usize::from(endpoint)] -= 1;
            return self.outputs[usize::from(endpoint)].push(*packet);
        }
        if self.reads() {
            self.status = true;
        } else {
            self.written.extend(packet.bytes());
        }
    }

    fn send(&mut self, endpoint: u8, _: &mut Cx) -> Packet {
        if endpoint > 0 {
            let packet = self.inputs[usize::from(endpoint)].pop_front().unwrap_or_default();
            return Packet::new(&packet);
        }
        if !self.reads() {
            if let Some([0, 5, address, ..]) = self.request {
                self.address = address;
            }
            return Packet::new(&[]);
        }
        let piece = self.piece().unwrap_or_default();
        self.sent += piece.len();
        Packet::new(&piece)
    }
}

/// A cable with a host and a device.
pub(super) struct Bench {
    pub(super) world: World,
    pub(super) host: Host,
    pub(super) device: Device,
    /// How often the host was woken.
    pub(super) wakes: u64,
}

impl Bench {
    pub(super) fn new(device: Device) -> Self {
        let mut bench = Self { world: World::default(), host: Host::default(), device, wakes: 0 };
        bench.host.attach(Instant::ZERO);
        bench
    }

    /// Answers of the device may have changed.
    pub(super) fn poke(&mut self) {
        self.host.run(&mut self.device, &mut Cx::new(&mut self.world, SOC));
    }

    pub(super) fn run(&mut self, span: Span) {
        let end = self.world.now + span;
        while let Some(at) = self.host.next().filter(|&at| at <= end) {
            assert!(at >= self.world.now, "time goes back");
            self.world.now = at;
            self.wakes += 1;
            assert!(self.wakes < 1_000_000, "time does not go on");
            self.poke();
        }
        self.world.now = end;
    }

    pub(super) fn text(&mut self) -> Vec<u8> {
        let text: Vec<_> = self.world.console.drain(..).collect();
        assert!(text.iter().all(|(port, _)| *port == ConsolePort::Usb));
        text.into_iter().map(|(_, byte)| byte).collect()
    }

    pub(super) fn findings(&self) -> Vec<(&'static str, String)> {
        self.world.findings.all().iter().map(|f| (f.lint.name, f.detail.clone())).collect()
    }
}

/// 18 bytes.
pub(super) fn device_descriptor(packet0: u8, texts: [u8; 3]) -> Vec<u8> {
    let [manufacturer, product, serial] = texts;
    let ids = [0x39, 0x12, 0x01, 0x00, 0, 1];
    [&[18, 1, 0, 2, 0xEF, 2, 1, packet0][..], &ids, &[manufacturer, product, serial, 1]].concat()
}

/// A configuration of these descriptors.
pub(super) fn configuration(parts: &[&[u8]]) -> Vec<u8> {
    let rest = parts.concat();
    let total = (9 + rest.len() as u16).to_le_bytes();
    [&[9, 2, total[0], total[1], 1, 7, 0, 0x80, 50][..], &rest].concat()
}

pub(super) const fn interface(number: u8, class: [u8; 3]) -> [u8; 9] {
    [9, 4, number, 0, 2, class[0], class[1], class[2], 0]
}

pub(super) const fn endpoint(address: u8, kind: u8, packet: u16) -> [u8; 7] {
    let [low, high] = packet.to_le_bytes();
    [7, 5, address, kind, low, high, 1]
}

/// A serial port on interfaces 0 and 1: endpoints 0x81, 0x82 and 2.
pub(super) fn serial_port() -> Vec<u8> {
    [
        &[8, 11, 0, 2, 2, 2, 0, 0][..],
        &interface(0, [2, 2, 0]),
        &[5, 0x24, 0, 0x20, 1],
        &[5, 0x24, 6, 0, 1],
        &endpoint(0x81, 3, 8),
        &interface(1, [10, 0, 0]),
        &endpoint(0x02, 2, 64),
        &endpoint(0x82, 2, 64),
    ]
    .concat()
}

/// A drive on interface 2: endpoints 0x83 and 3.
pub(super) fn drive() -> Vec<u8> {
    [&interface(2, [8, 6, 0x50])[..], &endpoint(0x03, 2, 64), &endpoint(0x83, 2, 64)].concat()
}

/// Answers what descriptors are asked for, takes everything else, and has one LUN.
pub(super) fn well_behaved(configuration: Vec<u8>) -> impl FnMut([u8; 8]) -> Reply {
    move |request| {
        Reply::Data(match request {
            [0x80, 6, _, 1, ..] => device_descriptor(64, [0, 0, 0]),
            [0x80, 6, _, 2, ..] => configuration.clone(),
            [0xA1, 0xFE, ..] => vec![0],
            _ => Vec::new(),
        })
    }
}
