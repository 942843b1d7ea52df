//! VCD, of ourselves, PulseView, Saleae's program and most others (IEEE 1364-2005, clause 18).
//!
//! Single-bit variables only; a vector of another width is passed over, and so are reals and text.

use super::{CaptureError, Change, MOST_CHANNELS, Opened, Reader};
use peripherals::kernel::{Instant, Level};
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use vcd::{Command, IdCode, Parser, TimescaleUnit, Value};

/// The longest command, in bytes; a comment is one, too.
const LONGEST: usize = 1 << 20;
/// Scopes in one another.
const DEEPEST: usize = 256;

/// Ends a command that is too long.
struct Limited<R> {
    inner: R,
    left: usize,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a word or command is longer than 1 MiB"));
        }
        let most = into.len().min(self.left);
        let count = self.inner.read(&mut into[..most])?;
        self.left -= count;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Limited<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.inner.consume(count);
    }
}

struct Vcd {
    parser: Parser<Limited<BufReader<File>>>,
    /// Channels with the same short name are one wire under several names: the first counts.
    codes: HashMap<IdCode, u16>,
    /// Picoseconds in a unit of the file, as a fraction.
    scale: (u64, u64),
    now: Instant,
}

pub(super) fn open(file: File) -> Result<Opened, CaptureError> {
    let mut parser = Parser::new(Limited { inner: BufReader::with_capacity(1 << 16, file), left: 0 });
    let (mut codes, mut names, mut scale) = (HashMap::new(), Vec::new(), None);
    let mut scopes: Vec<String> = Vec::new();
    let mut exact = false;
    loop {
        match command(&mut parser)? {
            None | Some(Command::Enddefinitions) => break,
            Some(Command::Version(text)) => exact = text.trim().starts_with("badgebench"),
            Some(Command::Timescale(count, unit)) => scale = Some(picoseconds(count, unit)),
            Some(Command::ScopeDef(_, name)) if scopes.len() < DEEPEST => scopes.push(name),
            Some(Command::ScopeDef(..)) => return Err(CaptureError::line(parser.line(), "scopes are too deep")),
            Some(Command::Upscope) => drop(scopes.pop()),
            Some(Command::VarDef(_, 1, code, name, _)) => {
                if names.len() < MOST_CHANNELS && !codes.contains_key(&code) {
                    codes.insert(code, names.len() as u16);
                    names.push((scopes.join("."), name));
                }
            }
            Some(_) => {}
        }
    }
    let scale = scale.ok_or_else(|| CaptureError::line(parser.line(), "the header has no $timescale"))?;
    if scale.0 == 0 {
        return Err(CaptureError::line(parser.line(), "the timescale is 0"));
    }
    let reader = Box::new(Vcd { parser, codes, scale, now: Instant::ZERO });
    Ok(Opened { channels: unique(names), sample: None, exact, format: "VCD", reader })
}

/// Names without their scopes where that leaves them different.
fn unique(names: Vec<(String, String)>) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    names.iter().for_each(|(_, name)| *counts.entry(name.clone()).or_default() += 1);
    let name = |(scope, name): (String, String)| {
        if counts[&name] > 1 && !scope.is_empty() { format!("{scope}.{name}") } else { name }
    };
    names.into_iter().map(name).collect()
}

fn picoseconds(count: u32, unit: TimescaleUnit) -> (u64, u64) {
    let (ps, part) = match unit {
        TimescaleUnit::S => (1_000_000_000_000, 1),
        TimescaleUnit::MS => (1_000_000_000, 1),
        TimescaleUnit::US => (1_000_000, 1),
        TimescaleUnit::NS => (1_000, 1),
        TimescaleUnit::PS => (1, 1),
        TimescaleUnit::FS => (1, 1_000),
    };
    (u64::from(count) * ps, part)
}

fn command(parser: &mut Parser<Limited<BufReader<File>>>) -> Result<Option<Command>, CaptureError> {
    parser.reader().left = LONGEST;
    match parser.next().transpose() {
        Ok(command) => Ok(command),
        // What comes behind the last whole command of a file that was cut short.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            let what = error.get_ref().map_or_else(|| error.to_string(), ToString::to_string);
            Err(CaptureError::line(parser.line(), what))
        }
        Err(error) => Err(CaptureError::Io(error)),
    }
}

impl Reader for Vcd {
    fn next(&mut self) -> Result<Option<Change>, CaptureError> {
        while let Some(command) = command(&mut self.parser)? {
            let (code, value) = match command {
                Command::Timestamp(time) => {
                    let (ps, part) = self.scale;
                    let at = u128::from(time) * u128::from(ps) / u128::from(part);
                    let at = u64::try_from(at)
                        .map_err(|_| CaptureError::line(self.parser.line(), "that time is longer than 213 days"))?;
                    if Instant::from_ps(at) < self.now {
                        return Err(CaptureError::line(self.parser.line(), "time goes back"));
                    }
                    self.now = Instant::from_ps(at);
                    continue;
                }
                Command::ChangeScalar(code, value) => (code, value),
                Command::ChangeVector(code, value) => match value.iter().next() {
                    Some(value) => (code, value),
                    None => continue,
                },
                _ => continue,
            };
            let level = match value {
                Value::V0 => Level::Low,
                Value::V1 => Level::High,
                Value::X | Value::Z => continue,
            };
            if let Some(&channel) = self.codes.get(&code) {
                return Ok(Some(Change { at: self.now, channel, level }));
            }
        }
        Ok(None)
    }

    fn end(&self) -> Instant {
        self.now
    }
}

/// Samples become changes: what the formats that have samples share.
#[derive(Debug, Default)]
pub(super) struct Samples {
    levels: Vec<Option<bool>>,
    pending: VecDeque<Change>,
}

impl Samples {
    pub fn new(channels: usize) -> Self {
        Self { levels: vec![None; channels], pending: VecDeque::new() }
    }

    /// A sample of one channel.
    #[inline]
    pub fn sample(&mut self, at: Instant, channel: usize, high: bool) {
        if self.levels[channel] != Some(high) {
            self.levels[channel] = Some(high);
            self.pending.push_back(Change { at, channel: channel as u16, level: Level::from(high) });
        }
    }

    pub fn take(&mut self) -> Option<Change> {
        self.pending.pop_front()
    }
}
