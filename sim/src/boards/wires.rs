//! `--wire SIGNAL=P0.22`: rewiring a board from the command line.

use super::chips::{self, PartKind};
use super::error::{BoardError, Place, Problem};
use super::pins::Target;
use super::{Part, names};

/// One `--wire` option, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireArg {
    /// The option's value as typed.
    text: String,
    /// The chip, if it is named.
    part: Option<String>,
    /// The chip's pin, or the name of an LED or button.
    signal: String,
    target: Target,
}

impl WireArg {
    /// Reads `SIGNAL=PIN` or `CHIP.SIGNAL=PIN`; the pin may also be `gnd`, `vcc`, `down`, `up` or `nc`.
    ///
    /// # Errors
    /// [`BoardError`] when it has another form or names no pin.
    pub fn parse(text: &str) -> Result<Self, BoardError> {
        let fail = |problem| BoardError::new(Place::Wire(text.to_owned()), problem);
        let (name, target) = text.split_once('=').ok_or_else(|| fail(Problem::BadWire))?;
        let (name, target) = (name.trim(), target.trim());
        if name.is_empty() || target.is_empty() {
            return Err(fail(Problem::BadWire));
        }
        let parsed = Target::parse(target).map_err(|why| fail(Problem::BadPin { text: target.to_owned(), why }))?;
        let (part, signal) = match name.rsplit_once('.') {
            Some((part, signal)) => (Some(part.to_owned()), signal.to_owned()),
            None => (None, name.to_owned()),
        };
        Ok(Self { text: text.to_owned(), part, signal, target: parsed })
    }

    pub(super) fn place(&self) -> Place {
        Place::Wire(self.text.clone())
    }

    /// Moves the pin that this names; gives the part and the place of the pin in it.
    pub(super) fn apply(&self, parts: &mut [Part]) -> Result<(usize, usize), BoardError> {
        let fail = |problem| BoardError::new(self.place(), problem);
        let mut found = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            if self.part.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&part.name)) {
                continue;
            }
            found.extend(self.pin_of(part).map(|pin| (index, pin)));
        }
        match found[..] {
            [(part, pin)] => {
                parts[part].pins[pin].1 = self.target;
                Ok((part, pin))
            }
            [] => {
                let known = known_names(parts);
                let wanted = self.text.split('=').next().unwrap_or_default().trim().to_owned();
                let nearest = names::nearest(&wanted, known.iter().map(String::as_str));
                Err(fail(Problem::UnknownSignal { owner: "the board".into(), name: wanted, nearest, known }))
            }
            _ => {
                let choices = found.iter().map(|&(part, _)| format!("{}.{}", parts[part].name, self.signal)).collect();
                Err(fail(Problem::Ambiguous { name: self.signal.clone(), choices }))
            }
        }
    }

    fn pin_of(&self, part: &Part) -> Option<usize> {
        match &part.kind {
            PartKind::Chip(kind) => {
                let signal = chips::signal_named(kind.signals(), &self.signal)?;
                part.pins.iter().position(|(name, _)| *name == signal.name)
            }
            PartKind::Led { .. } | PartKind::Button { .. } => {
                let named = self.part.is_none() && self.signal.eq_ignore_ascii_case(&part.name);
                let its_pin = self.part.is_some() && self.signal.eq_ignore_ascii_case(part.pins[0].0);
                (named || its_pin).then_some(0)
            }
        }
    }
}

/// What `--wire` can move: the pins that the board places, with chip names where several chips have them, LEDs and buttons.
fn known_names(parts: &[Part]) -> Vec<String> {
    let several = parts.iter().filter(|p| matches!(p.kind, PartKind::Chip(_))).count() > 1;
    let mut known = Vec::new();
    for part in parts {
        match &part.kind {
            PartKind::Chip(_) => known.extend(part.pins.iter().map(|(pin, _)| match several {
                true => format!("{}.{pin}", part.name),
                false => (*pin).to_owned(),
            })),
            _ => known.push(part.name.clone()),
        }
    }
    known
}
