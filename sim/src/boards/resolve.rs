//! From tables to a checked board: names to meanings first, then `--wire`, then who joins which wire.

use super::chips::{self, BUTTON_PIN, ChipKind, Known, LED_PIN, PartKind};
use super::error::{BoardError, Place, Problem};
use super::file::{BoardFile, CHIP_KEYS, ChipTable, LampTable, SocTable, Source};
use super::fonts::{self, SoundFont};
use super::pins::{SocPin, Target};
use super::wires::WireArg;
use super::wiring::{self, Claims};
use super::{Board, Part, Soc, Supply, inputs, names, uicr};
use peripherals::kernel::Drive;
use peripherals::nrf52840::{ANALOG_INPUTS, Analog, SleepClocks};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use toml::{Spanned, Value};

/// More parts of one kind than any board has.
const MOST: usize = 64;

/// Where the target of each pin of each part was written.
pub(super) type Places = BTreeMap<(usize, usize), Place>;

pub(super) fn board(source: &Source, file: BoardFile, overrides: &[WireArg]) -> Result<Board, BoardError> {
    for (what, count) in [
        ("chips", file.chip.len()),
        ("LEDs", file.led.len()),
        ("buttons", file.button.len()),
        ("pulls", file.pull.len()),
        ("labels", file.names.len()),
        ("--wire options", overrides.len()),
    ] {
        if count > MOST {
            let problem = Problem::TooMany { what, count, most: MOST };
            return Err(BoardError::new(Place::File(source.path.to_owned()), problem));
        }
    }
    let mut reader = Reader {
        source,
        names: BTreeSet::new(),
        parts: Vec::new(),
        places: Places::new(),
        pulls: Vec::new(),
        fonts: BTreeMap::new(),
    };
    let soc = reader.soc(&file.soc)?;
    for (index, chip) in file.chip.iter().enumerate() {
        reader.chip(index, chip)?;
    }
    for led in &file.led {
        reader.lamp(led, LED_PIN, |active_low| PartKind::Led { active_low })?;
    }
    for button in &file.button {
        reader.lamp(button, BUTTON_PIN, |active_low| PartKind::Button { active_low })?;
    }
    let mut claims = Claims::new(&soc);
    let mut labels = BTreeMap::new();
    for (label, pin) in &file.names {
        reader.take_name(label)?;
        let at = reader.pin(pin)?;
        let problem = claims.label(at, label.get_ref());
        problem.map_err(|problem| reader.fail(pin.span(), problem))?;
        labels.insert(at, label.get_ref().clone());
    }
    let mut soc_pulls = Vec::new();
    for pull in &file.pull {
        soc_pulls.push((reader.pin(&pull.pin)?, reader.pull(&pull.to)?));
    }

    let Reader { mut parts, mut places, pulls, fonts, .. } = reader;
    let mut moved = BTreeSet::new();
    for wire in overrides {
        let at = wire.apply(&mut parts)?;
        if !moved.insert(at) {
            let name = parts[at.0].pins[at.1].0.to_owned();
            return Err(BoardError::new(wire.place(), Problem::SignalTwice { name }));
        }
        places.insert(at, wire.place());
    }
    claims.parts(&parts, &places, &moved)?;
    let wires = wiring::wires(&parts, &pulls, &soc_pulls, &labels);
    let name = file.name.unwrap_or_else(|| {
        Path::new(source.path).file_stem().map_or_else(|| "board".into(), |stem| stem.to_string_lossy().into_owned())
    });
    Ok(Board { name: printable(&name), description: printable(&file.description), soc, parts, wires, fonts })
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

struct Reader<'a> {
    source: &'a Source<'a>,
    /// Names that are taken, in capitals.
    names: BTreeSet<String>,
    parts: Vec<Part>,
    places: Places,
    /// Resistors at pins of parts.
    pulls: Vec<((usize, &'static str), Drive)>,
    fonts: BTreeMap<usize, SoundFont>,
}

impl Reader<'_> {
    fn fail(&self, span: Range<usize>, problem: Problem) -> BoardError {
        BoardError::new(self.source.at(span), problem)
    }

    fn bad(&self, key: &str, value: &Spanned<impl ToString>, help: impl Into<String>) -> BoardError {
        let (key, text) = (key.to_owned(), value.get_ref().to_string());
        self.fail(value.span(), Problem::BadValue { key, value: text, help: help.into() })
    }

    /// `vdd`, and inputs such as `analog = { AIN0 = 1.5 }`, in volts.
    fn analog(&self, table: &SocTable, supply: Supply) -> Result<Analog, BoardError> {
        let millivolts = |key: &str, volts: &Spanned<f64>, least: f64, most: f64| {
            if (least..=most).contains(volts.get_ref()) {
                Ok((volts.get_ref() * 1_000.0).round() as u16)
            } else {
                Err(self.bad(key, volts, format!("it is in volts, from {least} to {most}")))
            }
        };
        let mut analog = Analog::default();
        if let Some(vdd) = &table.vdd {
            analog.vdd = millivolts("vdd", vdd, 1.7, 3.6)?;
        }
        // At VDDH is what comes over USB.
        analog.vddh = if supply == Supply::Vddh { 5_000 } else { analog.vdd };
        for (name, volts) in &table.analog {
            let number = name.get_ref().strip_prefix("AIN").and_then(|n| n.parse::<usize>().ok());
            let Some(input) = number.and_then(|n| analog.inputs.get_mut(n)) else {
                let known = (0..ANALOG_INPUTS).map(|n| format!("AIN{n}")).collect();
                let problem = Problem::UnknownKey { key: name.get_ref().clone(), nearest: None, known };
                return Err(self.fail(name.span(), problem));
            };
            *input = Some(millivolts(name.get_ref(), volts, 0.0, 5.0)?);
        }
        Ok(analog)
    }

    fn soc(&self, table: &SocTable) -> Result<Soc, BoardError> {
        let supply = match table.supply.as_ref().map(|s| (s.get_ref().as_str(), s)) {
            None | Some(("vdd", _)) => Supply::Vdd,
            Some(("vddh", _)) => Supply::Vddh,
            Some((_, s)) => return Err(self.bad("supply", s, "it is \"vdd\" or \"vddh\"")),
        };
        let sleep_clocks = match table.sleep_clocks.as_ref().map(|s| (s.get_ref().as_str(), s)) {
            None | Some(("gated", _)) => SleepClocks::Gated,
            Some(("running", _)) => SleepClocks::Running,
            Some((_, s)) => return Err(self.bad("sleep_clocks", s, "it is \"gated\" or \"running\"")),
        };
        let temperature = match &table.temperature {
            None => 4 * 25,
            Some(degrees) if (-40.0..=105.0).contains(degrees.get_ref()) => (degrees.get_ref() * 4.0).round() as i32,
            Some(degrees) => return Err(self.bad("temperature", degrees, "it is in degrees Celsius, from -40 to 105")),
        };
        let analog = self.analog(table, supply)?;
        let reset_pin = table.reset_pin.as_ref().map(|pin| self.pin(pin)).transpose()?;
        let mut words = BTreeMap::new();
        if let Some(pin) = reset_pin {
            words.insert(uicr::PSELRESET, u32::from(pin.number()));
            words.insert(uicr::PSELRESET + 4, u32::from(pin.number()));
        }
        if !table.nfc_pins {
            words.insert(uicr::NFCPINS, 0xFFFF_FFFE);
        }
        for (name, value) in &table.uicr {
            let Some(at) = uicr::offset(name.get_ref()) else {
                let nearest = names::nearest(name.get_ref(), uicr::NAMES);
                let known = uicr::NAMES.iter().map(|&n| n.to_owned()).chain(["an offset such as 0x080".into()]);
                let problem = Problem::UnknownKey { key: name.get_ref().clone(), nearest, known: known.collect() };
                return Err(self.fail(name.span(), problem));
            };
            let word = u32::try_from(*value.get_ref());
            let word = word.map_err(|_| self.bad(name.get_ref(), value, "a UICR word has 32 bits"))?;
            words.insert(at, word);
        }
        Ok(Soc {
            lfxo: table.lfxo,
            supply,
            usb: table.usb,
            sleep_clocks,
            temperature,
            analog,
            reset_pin,
            nfc_pins: table.nfc_pins,
            uicr: words,
        })
    }

    fn chip(&mut self, index: usize, table: &Spanned<ChipTable>) -> Result<(), BoardError> {
        let (span, table) = (table.span(), table.get_ref());
        let kind = self.kind(table)?;
        let name = match &table.name {
            Some(name) => self.take_name(name)?,
            None => self.take_name(&Spanned::new(span.clone(), format!("U{}", index + 1)))?,
        };
        let part = self.parts.len();
        if let Some((_, value)) = table.options.iter().find(|(key, _)| key.get_ref() == fonts::KEY) {
            let name = value.get_ref().as_str().filter(|name| !name.is_empty());
            let name =
                name.ok_or_else(|| self.bad(fonts::KEY, value, "it is the path of a SoundFont 2 file in quotes"))?;
            let font = SoundFont::named(self.source.path, name, self.source.at(value.span()));
            self.fonts.insert(part, font);
        }
        let signals = kind.signals();
        let mut placed: BTreeMap<&str, &Spanned<String>> = BTreeMap::new();
        for (key, value) in &table.pins {
            let signal = self.signal(&kind, &name, key)?;
            if placed.insert(signal.name, value).is_some() {
                return Err(self.fail(key.span(), Problem::SignalTwice { name: signal.name.to_owned() }));
            }
        }
        let (mut pins, mut missing) = (Vec::new(), Vec::new());
        for signal in signals {
            let target = match (placed.get(signal.name), signal.default) {
                (Some(value), _) => {
                    self.places.insert((part, pins.len()), self.source.at(value.span()));
                    let text = value.get_ref();
                    Target::parse(text)
                        .map_err(|why| self.fail(value.span(), Problem::BadPin { text: text.clone(), why }))?
                }
                (None, Some(default)) => default,
                (None, None) => {
                    missing.push(signal.name.to_owned());
                    continue;
                }
            };
            pins.push((signal.name, target));
        }
        if !missing.is_empty() {
            return Err(self.fail(span, Problem::PinMissing { owner: format!("chip `{name}`"), missing }));
        }
        self.chip_pulls(table, &kind, &name, part)?;
        self.parts.push(Part { name, kind: PartKind::Chip(kind), pins });
        Ok(())
    }

    fn kind(&self, table: &ChipTable) -> Result<ChipKind, BoardError> {
        let name = table.kind.get_ref();
        let known = || chips::TYPES.iter().map(|&t| t.to_owned()).collect();
        let mut kind = match chips::known(name) {
            Known::Modelled(kind) => kind,
            Known::Later => {
                return Err(self.fail(table.kind.span(), Problem::ChipLater { name: name.clone(), known: known() }));
            }
            Known::No => {
                let nearest = names::nearest(name, chips::TYPES);
                let problem = Problem::UnknownChip { name: name.clone(), nearest, known: known() };
                return Err(self.fail(table.kind.span(), problem));
            }
        };
        for (key, value) in &table.options {
            let options = kind.options();
            if !options.contains(&key.get_ref().as_str()) {
                let known: Vec<&str> = CHIP_KEYS.into_iter().chain(options).collect();
                let nearest = names::nearest(key.get_ref(), known.iter().copied());
                let known = known.into_iter().map(str::to_owned).collect();
                return Err(self.fail(key.span(), Problem::UnknownKey { key: key.get_ref().clone(), nearest, known }));
            }
            if key.get_ref() == fonts::KEY {
                continue;
            }
            if let (chips::LINE_IN, ChipKind::Vs1053(config)) = (key.get_ref().as_str(), &mut kind) {
                let read = inputs::read(self.source.path, value.get_ref(), config);
                read.map_err(|(key, help)| self.bad(&key, value, help))?;
                continue;
            }
            kind.set(key.get_ref(), value.get_ref()).map_err(|help| self.bad(key.get_ref(), value, help))?;
        }
        Ok(kind)
    }

    fn signal(
        &self,
        kind: &ChipKind,
        owner: &str,
        key: &Spanned<String>,
    ) -> Result<&'static chips::Signal, BoardError> {
        chips::signal_named(kind.signals(), key.get_ref()).ok_or_else(|| {
            let known = || kind.signals().iter().map(|s| s.name);
            let problem = Problem::UnknownSignal {
                owner: format!("chip `{owner}`"),
                name: key.get_ref().clone(),
                nearest: names::nearest(key.get_ref(), known()),
                known: known().map(str::to_owned).collect(),
            };
            self.fail(key.span(), problem)
        })
    }

    /// `pulls = false`, or `pulls = { XCS = "none" }`; what is not named is as on a breakout board.
    fn chip_pulls(&mut self, table: &ChipTable, kind: &ChipKind, name: &str, part: usize) -> Result<(), BoardError> {
        let mut drives: BTreeMap<&'static str, Drive> =
            kind.signals().iter().filter(|s| s.pulled_up).map(|s| (s.name, Drive::PullUp)).collect();
        match table.pulls.as_ref().map(|p| (p.get_ref(), p)) {
            None | Some((Value::Boolean(true), _)) => {}
            Some((Value::Boolean(false), _)) => drives.clear(),
            Some((Value::Table(each), p)) => {
                for (key, value) in each {
                    let signal = self.signal(kind, name, &Spanned::new(p.span(), key.clone()))?;
                    match value.as_str() {
                        Some("none") => drives.remove(signal.name),
                        Some("up") => drives.insert(signal.name, Drive::PullUp),
                        Some("down") => drives.insert(signal.name, Drive::PullDown),
                        _ => {
                            let value = Spanned::new(p.span(), value.to_string());
                            return Err(self.bad(key, &value, "it is \"up\", \"down\" or \"none\""));
                        }
                    };
                }
            }
            Some((_, p)) => {
                return Err(self.bad("pulls", p, "it is false, or a table such as { XCS = \"none\" }"));
            }
        }
        self.pulls.extend(drives.into_iter().map(|(signal, drive)| ((part, signal), drive)));
        Ok(())
    }

    fn lamp(
        &mut self,
        table: &LampTable,
        pin_name: &'static str,
        kind: impl Fn(bool) -> PartKind,
    ) -> Result<(), BoardError> {
        let active_low = match table.active.as_ref().map(|a| (a.get_ref().as_str(), a)) {
            None | Some(("low", _)) => true,
            Some(("high", _)) => false,
            Some((_, a)) => return Err(self.bad("active", a, "it is \"low\" or \"high\"")),
        };
        let name = self.take_name(&table.name)?;
        let pin = self.pin(&table.pin)?;
        self.places.insert((self.parts.len(), 0), self.source.at(table.pin.span()));
        self.parts.push(Part { name, kind: kind(active_low), pins: vec![(pin_name, Target::Pin(pin))] });
        Ok(())
    }

    fn pin(&self, text: &Spanned<String>) -> Result<SocPin, BoardError> {
        let parsed = SocPin::parse(text.get_ref());
        parsed.map_err(|why| self.fail(text.span(), Problem::BadPin { text: text.get_ref().clone(), why }))
    }

    fn pull(&self, to: &Spanned<String>) -> Result<Drive, BoardError> {
        match to.get_ref().as_str() {
            "up" => Ok(Drive::PullUp),
            "down" => Ok(Drive::PullDown),
            "gnd" => Ok(Drive::Low),
            "vcc" => Ok(Drive::High),
            _ => Err(self.bad("to", to, "it is \"up\" or \"down\" for a resistor, \"gnd\" or \"vcc\" without one")),
        }
    }

    /// Names become parts of wire names and of scopes in trace files.
    fn take_name(&mut self, name: &Spanned<String>) -> Result<String, BoardError> {
        let text = name.get_ref();
        let fit = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if text.is_empty() || text.len() > 32 || !text.chars().all(fit) {
            return Err(self.bad("name", name, "a name has 1 to 32 letters, digits, underscores and dashes"));
        }
        if !self.names.insert(text.to_ascii_uppercase()) {
            return Err(self.fail(name.span(), Problem::DuplicateName { name: text.clone() }));
        }
        Ok(text.clone())
    }
}
