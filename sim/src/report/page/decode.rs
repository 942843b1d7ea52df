//! What the edges of a window say to the chip: bytes, and commands of SCI.
//!
//! Only whole bytes count, and of a command only one whose select has fallen inside the window.

use crate::probes::scope::{Interface, Window, Wire};
use peripherals::chips::vs1053::REGISTERS;
use peripherals::kernel::Instant;

/// A byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Byte {
    /// Its first and its last bit.
    pub from: Instant,
    /// See `from`.
    pub to: Instant,
    /// To the chip, bit 7 first.
    pub value: u8,
    /// From the chip, in a read.
    pub answer: Option<u8>,
}

/// Bytes to one interface without a change of selects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bytes {
    /// To SDI, else SCI.
    pub data: bool,
    /// The select has fallen inside the window.
    pub begun: bool,
    /// In order.
    pub list: Vec<Byte>,
}

/// What is written below the bytes.
pub(super) enum Said {
    /// A command of SCI.
    Command(String),
    /// Data for SDI.
    Data(String),
}

impl Bytes {
    /// Whether the chip answers with a byte of its own.
    pub fn has_answer(&self) -> bool {
        self.list.iter().any(|byte| byte.answer.is_some())
    }

    /// What the bytes mean.
    pub fn label(&self) -> Option<Said> {
        if self.data {
            return (!self.list.is_empty()).then(|| Said::Data(format!("SDI, {}", bytes(self.list.len()))));
        }
        let values: Vec<u8> = self.list.iter().map(|byte| byte.value).collect();
        let answer = |index: usize| self.list.get(index).and_then(|byte| byte.answer);
        let said = if self.begun { command(&values, answer(2).zip(answer(3))) } else { None };
        let plain = || (!self.list.is_empty()).then(|| "SCI".to_owned());
        said.or_else(plain).map(Said::Command)
    }

    /// For people who do not see the picture.
    pub fn words(&self) -> String {
        const MOST: usize = 16;
        let list: Vec<String> = self.list.iter().take(MOST).map(|byte| format!("{:02X}", byte.value)).collect();
        let more = if self.list.len() > MOST { " …" } else { "" };
        match self.label() {
            Some(Said::Command(text)) => format!("{text} ({}{more})", list.join(" ")),
            Some(Said::Data(_)) => format!("SDI {}{more}", list.join(" ")),
            None => String::new(),
        }
    }
}

/// What the first bytes of an operation of SCI mean, `answer` being what came back with the third and fourth; none of less than two.
pub(super) fn command(bytes: &[u8], answer: Option<(u8, u8)>) -> Option<String> {
    let (&opcode, &address) = bytes.first().zip(bytes.get(1))?;
    let register = REGISTERS[usize::from(address & 0xF)];
    Some(match (opcode, bytes.get(2).zip(bytes.get(3)), answer) {
        (2, Some((high, low)), _) => format!("SCI write {register} = 0x{high:02X}{low:02X}"),
        (3, _, Some((high, low))) => format!("SCI read {register}: 0x{high:02X}{low:02X}"),
        (2, ..) => format!("SCI write {register}, cut short"),
        (3, ..) => format!("SCI read {register}, cut short"),
        (other, ..) => format!("SCI opcode 0x{other:02X}, which is none"),
    })
}

fn bytes(count: usize) -> String {
    crate::report::render::times(count as u64, "byte")
}

/// All whole bytes of `window`.
pub(super) fn decode(window: &Window) -> Vec<Bytes> {
    let mut all: Vec<Bytes> = Vec::new();
    let mut levels = window.high;
    let mut open: Option<Byte> = None;
    let selects = Wire::Xcs.bit() | Wire::Xdcs.bit();
    let mut fresh = true;
    let mut begun = false;
    let mut hearing = None;
    for edge in &window.edges {
        levels = if edge.high { levels | edge.wires } else { levels & !edge.wires };
        let data = edge.hearing == Some(Interface::Data);
        if edge.wires & selects != 0 || hearing.is_some_and(|before| before != data) {
            (fresh, open) = (true, None);
            begun = edge.wires & selects != 0;
        }
        hearing = Some(data);
        let Some(bit) = edge.bit else { continue };
        let high = |wire: Wire| u8::from(levels & wire.bit() != 0);
        if bit == 0 {
            open = Some(Byte { from: edge.at, to: edge.at, value: 0, answer: None });
        }
        let Some(byte) = &mut open else { continue };
        byte.value = byte.value << 1 | high(Wire::Mosi);
        byte.to = edge.at;
        if edge.hearing == Some(Interface::Read) {
            byte.answer = Some(byte.answer.unwrap_or(0) << 1 | high(Wire::Miso));
        }
        if bit == 7 {
            if fresh {
                all.push(Bytes { data, begun, list: Vec::new() });
                fresh = false;
            }
            // The byte in whose middle the read shows itself is the opcode: the chip has no answer yet.
            if edge.hearing == Some(Interface::Read)
                && all.last().is_some_and(|bytes| bytes.list.is_empty() && bytes.begun)
            {
                byte.answer = None;
            }
            if let Some(bytes) = all.last_mut() {
                bytes.list.push(*byte);
            }
            open = None;
        }
    }
    all
}
