//! Annotations beside the wires, for viewers: what was written and read as text, registers and SDI bytes as numbers.
//!
//! A chip's transactions are known when they end, and a file goes forward in time: so they wait for [`HOLD`] and are written in
//! order. One that took longer than that begins in the file where the file has got to.

use crate::probes::transactions::{Kind, Transaction};
use peripherals::chips::vs1053::REGISTERS;
use peripherals::kernel::{Instant, Span};
use std::collections::BTreeMap;

/// How long an annotation may wait for one that began before it.
pub(super) const HOLD: Span = Span::from_ms(20);

/// A signal of the annotations of one chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Signal {
    /// What goes on at SCI, in words.
    Sci,
    /// What goes on at SDI, in words.
    Sdi,
    /// The last byte of SDI: 8 bits.
    SdiByte,
    /// A register's value as it was last seen on the bus: 16 bits.
    Register(u8),
}

impl Signal {
    /// Every signal.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Sci, Self::Sdi, Self::SdiByte].into_iter().chain((0..16).map(Self::Register))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sci => "SCI",
            Self::Sdi => "SDI",
            Self::SdiByte => "SDI_BYTE",
            Self::Register(number) => REGISTERS[usize::from(number & 15)],
        }
    }

    /// Its width in bits; text has none.
    pub const fn bits(self) -> Option<u32> {
        match self {
            Self::Sci | Self::Sdi => None,
            Self::SdiByte => Some(8),
            Self::Register(_) => Some(16),
        }
    }
}

/// What a signal changes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Words; none when nothing goes on.
    Text(String),
    /// A number.
    Number(u16),
}

/// A change of a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub at: Instant,
    pub chip: u8,
    pub signal: Signal,
    pub value: Value,
}

/// Brings annotations into the order of time.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    waiting: BTreeMap<(Instant, u64), Change>,
    number: u64,
    /// Where the file has got to.
    reached: Instant,
}

impl Annotations {
    /// Those of a transaction. Runs of data are taken byte by byte.
    pub fn add(&mut self, transaction: &Transaction) {
        let Transaction { chip, start, end, ref kind, .. } = *transaction;
        let signal = match kind {
            Kind::Write { .. } | Kind::Read { .. } | Kind::Broken { .. } => Signal::Sci,
            Kind::Data(_) | Kind::Stray(_) => Signal::Sdi,
            // The wires themselves are in the trace.
            Kind::Level(..) => return,
        };
        self.push(start, chip, signal, Value::Text(kind.to_string()));
        self.push(end, chip, signal, Value::Text(String::new()));
        match *kind {
            Kind::Write { register, value } | Kind::Read { register, value: Some(value) } => {
                self.push(end, chip, Signal::Register(register), Value::Number(value));
            }
            _ => {}
        }
        if let Kind::Data(bytes) = kind {
            for byte in bytes {
                self.push(byte.last, chip, Signal::SdiByte, Value::Number(byte.value.into()));
            }
        }
    }

    fn push(&mut self, at: Instant, chip: u8, signal: Signal, value: Value) {
        let at = at.max(self.reached);
        self.number += 1;
        self.waiting.insert((at, self.number), Change { at, chip, signal, value });
    }

    /// Takes the next change that is before `until`.
    pub fn next_before(&mut self, until: Instant) -> Option<Change> {
        let entry = self.waiting.first_entry().filter(|entry| entry.key().0 < until)?;
        self.reached = entry.key().0;
        Some(entry.remove())
    }
}
