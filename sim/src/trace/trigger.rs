//! `--trace-when`: what a trace waits for.

use crate::probes::transactions::{Kind, Transaction};
use crate::report::lints::{self, UnknownLint};
use peripherals::kernel::{Findings, Instant, Lint};
use std::str::FromStr;

/// The longest pattern, in bytes.
const LONGEST: usize = 64;

/// Something that may happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// `diagnostic:NAME`: it comes up for the first time.
    Diagnostic(&'static Lint),
    /// `bytes:HEX`: these bytes go to the chip one after another, in one SCI operation or anywhere in SDI.
    Bytes(Vec<u8>),
    /// `address:WHERE`: the instruction there, by its number or its function's name, is about to be executed.
    Address(String),
}

/// A trigger that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TriggerError {
    /// None of the kinds.
    #[error("a trigger is diagnostic:NAME, bytes:HEX or address:0xADDRESS or address:FUNCTION")]
    Kind,
    /// No such diagnostic.
    #[error(transparent)]
    Diagnostic(#[from] UnknownLint),
    /// A verdict.
    #[error("`{0}` is a verdict on all of a run, known only at its end; a trace cannot wait for it")]
    Verdict(&'static str),
    /// Not whole bytes, none, or too many.
    #[error("a pattern is 1 to {LONGEST} bytes in hexadecimal, such as bytes:fffb90")]
    Bytes,
    /// Nothing behind the colon.
    #[error("where? An address is address:0x1234, or a function's name such as address:main")]
    Address,
}

impl FromStr for Trigger {
    type Err = TriggerError;

    fn from_str(text: &str) -> Result<Self, TriggerError> {
        let (kind, what) = text.split_once(':').ok_or(TriggerError::Kind)?;
        match kind {
            "diagnostic" => {
                let lint = lints::find(what)?;
                let at_the_end = lints::is_verdict(lint);
                if at_the_end { Err(TriggerError::Verdict(lint.name)) } else { Ok(Self::Diagnostic(lint)) }
            }
            "bytes" => pattern(what).map(Self::Bytes).ok_or(TriggerError::Bytes),
            "address" if what.is_empty() => Err(TriggerError::Address),
            "address" => Ok(Self::Address(what.to_owned())),
            _ => Err(TriggerError::Kind),
        }
    }
}

fn pattern(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '_' | ':' | ','))
        .map(|c| c.to_digit(16).map(|digit| digit as u8))
        .collect::<Option<_>>()?;
    let whole = !digits.is_empty() && digits.len().is_multiple_of(2) && digits.len() <= 2 * LONGEST;
    whole.then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Looks out for triggers.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookout {
    triggers: Vec<Trigger>,
    /// Of each chip: the last bytes of SDI, and those of the SCI operation.
    recent: Vec<[Vec<u8>; 2]>,
    longest: usize,
    from: Instant,
    /// The earliest so far.
    found: Option<Instant>,
}

impl Lookout {
    /// Looks out for any of `triggers`, from `from` on.
    pub fn new(triggers: Vec<Trigger>, from: Instant) -> Self {
        let length = |trigger: &Trigger| if let Trigger::Bytes(bytes) = trigger { bytes.len() } else { 0 };
        let longest = triggers.iter().map(length).max().unwrap_or(0);
        Self { triggers, longest, from, ..Self::default() }
    }

    /// The earliest moment at which one was there.
    pub fn found(&self) -> Option<Instant> {
        self.found
    }

    /// One was there at `at`.
    pub fn hit(&mut self, at: Instant) {
        if at >= self.from {
            self.found = Some(self.found.map_or(at, |found| found.min(at)));
        }
    }

    /// What the models have noticed so far.
    pub fn findings(&mut self, findings: &Findings) {
        for trigger in self.triggers.clone() {
            let Trigger::Diagnostic(lint) = trigger else { continue };
            let at = findings.all().iter().filter(|f| std::ptr::eq(f.lint, lint)).map(|f| f.first).min();
            if let Some(at) = at {
                self.hit(at);
            }
        }
    }

    /// Bytes that have gone to a chip.
    pub fn transaction(&mut self, transaction: &Transaction) {
        if self.longest == 0 {
            return;
        }
        let chip = usize::from(transaction.chip);
        if self.recent.len() <= chip {
            self.recent.resize(chip + 1, Default::default());
        }
        let operation = |opcode: u8, register: u8, value: u16| {
            let [high, low] = value.to_be_bytes();
            [opcode, register, high, low]
        };
        match &transaction.kind {
            Kind::Data(bytes) | Kind::Stray(bytes) => {
                bytes.iter().for_each(|byte| self.byte(chip, 0, byte.value, byte.last));
            }
            Kind::Write { register, value } => self.sci(chip, &operation(2, *register, *value), transaction.end),
            // What the driver sends while it reads is not looked at.
            Kind::Read { register, .. } => self.sci(chip, &[3, *register], transaction.end),
            Kind::Broken { bits, head } => {
                let bytes = head.to_be_bytes();
                self.sci(chip, &bytes[..(bits / 8).min(4) as usize], transaction.end);
            }
            Kind::Level(..) => {}
        }
    }

    fn sci(&mut self, chip: usize, bytes: &[u8], at: Instant) {
        self.recent[chip][1].clear();
        bytes.iter().for_each(|&byte| self.byte(chip, 1, byte, at));
    }

    fn byte(&mut self, chip: usize, bus: usize, byte: u8, at: Instant) {
        let recent = &mut self.recent[chip][bus];
        if recent.len() == self.longest {
            recent.remove(0);
        }
        recent.push(byte);
        let seen = |trigger: &Trigger| matches!(trigger, Trigger::Bytes(pattern) if recent.ends_with(pattern));
        if self.triggers.iter().any(seen) {
            self.hit(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::transactions::Byte;

    #[test]
    fn triggers_are_read_and_refused_with_a_reason() {
        assert_eq!("bytes:ff fb_90".parse(), Ok(Trigger::Bytes(vec![0xFF, 0xFB, 0x90])));
        assert!(
            matches!("diagnostic:sdi-overrun".parse(), Ok(Trigger::Diagnostic(lint)) if lint.name == "sdi-overrun")
        );
        assert_eq!("diagnostic:wrong-mode".parse::<Trigger>(), Err(TriggerError::Verdict("wrong-mode")));
        for bad in ["", "main", "bytes:", "bytes:f", "bytes:xy", "diagnostic:sdi", "pin:3"] {
            assert!(bad.parse::<Trigger>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pattern_is_found_across_runs_of_data_but_not_across_operations() {
        let data = |ps: u64, bytes: &[u8]| {
            let byte = |&value: &u8| Byte { value, first: Instant::from_ps(ps), last: Instant::from_ps(ps) };
            let (start, end) = (Instant::from_ps(ps), Instant::from_ps(ps));
            Transaction { chip: 0, start, end, pc: None, kind: Kind::Data(bytes.iter().map(byte).collect()) }
        };
        let write = |ps: u64, register, value| Transaction { kind: Kind::Write { register, value }, ..data(ps, &[]) };
        let look = |pattern: &str, from, all: &[Transaction]| {
            let mut lookout = Lookout::new(vec![pattern.parse().unwrap()], Instant::from_ps(from));
            all.iter().for_each(|t| lookout.transaction(t));
            lookout.found().map(Instant::as_ps)
        };
        let all = [data(1, &[1, 2]), write(2, 0xB, 0x1234), data(3, &[3, 4]), write(4, 0xB, 0x1234), data(5, &[2, 3])];
        assert_eq!(look("bytes:0203", 0, &all), Some(3));
        assert_eq!(look("bytes:0203", 4, &all), Some(5));
        assert_eq!(look("bytes:1234", 0, &all), Some(2));
        assert_eq!(look("bytes:34020b", 0, &all), None);
    }
}
