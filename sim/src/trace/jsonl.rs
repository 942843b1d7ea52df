//! The transaction log: a JSON object a line.
//!
//! ```text
//! {"t_ps":1203125,"t_s":0.000001203,"end_ps":1500000,"chip":"vs1053","kind":"sci-write","reg":"VOL","address":11,"value":0,
//!  "pc":1234,"symbol":"play","source":"src/main.rs:12"}
//! ```
//! - `t_ps`, `end_ps`: picoseconds since power-on, of the first and the last bit; `t_s` the first as seconds.
//! - `kind`: `sci-write`, `sci-read`, `sci-broken`, `sdi`, `stray`, `dreq`, `xreset`.
//! - `reg` and `address` of SCI reads and writes, with `value` (absent of a read while nobody watches MISO).
//! - `bits` and `head` (hexadecimal) of an SCI operation that was broken off.
//! - `bytes` (hexadecimal) of `sdi` and `stray`, with `byte_ps`: for each byte the first and the last bit's picoseconds after `t_ps`.
//! - `level`, 0 or 1, of `dreq` and `xreset`.
//! - `pc`, `symbol`, `source`: the instruction that it came of, as far as there is one and the image knows more.

use super::file::LineFile;
use crate::probes::transactions::{Kind, Transaction};
use crate::report::Location;
use serde::{Deserialize, Serialize};
use std::io::{self, Write as _};
use std::path::Path;

/// A line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The first bit, in picoseconds since power-on.
    pub t_ps: u64,
    /// The same in seconds.
    pub t_s: f64,
    /// The last bit.
    pub end_ps: u64,
    /// The chip's name on the board.
    pub chip: String,
    /// What it is.
    pub kind: String,
    /// The register's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reg: Option<String>,
    /// The register's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<u8>,
    /// What was written or read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<u16>,
    /// Bits before XCS rose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u32>,
    /// The first 32 of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// Bytes in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
    /// When each began and ended, after `t_ps`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub byte_ps: Vec<(u64, u64)>,
    /// The wire's level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// The instruction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pc: Option<u32>,
    /// Its function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// Its source line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Line {
    /// Of `transaction`, with what `locate` knows of its instruction.
    pub fn new(transaction: &Transaction, chip: &str, locate: &mut dyn FnMut(u32) -> Option<Location>) -> Self {
        let Transaction { start, end, pc, ref kind, .. } = *transaction;
        let place = pc.and_then(locate);
        let mut line = Self {
            t_ps: start.as_ps(),
            t_s: start.as_secs_f64(),
            end_ps: end.as_ps(),
            chip: chip.to_owned(),
            kind: kind.word().to_owned(),
            reg: kind.register_name().map(str::to_owned),
            address: kind.register(),
            pc,
            symbol: place.as_ref().and_then(|place| place.symbol.clone()),
            source: place.and_then(|place| place.source),
            ..Self::default()
        };
        match kind {
            Kind::Write { value, .. } => line.value = Some(*value),
            Kind::Read { value, .. } => line.value = *value,
            Kind::Broken { bits, head } => {
                line.bits = Some(*bits);
                line.head = Some(format!("{head:08x}"));
            }
            Kind::Data(bytes) | Kind::Stray(bytes) => {
                line.bytes = Some(bytes.iter().map(|byte| format!("{:02x}", byte.value)).collect());
                let after = |at: peripherals::kernel::Instant| at.since(start).as_ps();
                line.byte_ps = bytes.iter().map(|byte| (after(byte.first), after(byte.last))).collect();
            }
            Kind::Level(_, level) => line.level = Some(level.is_high().into()),
        }
        line
    }
}

#[derive(Debug)]
pub(super) struct JsonLines {
    file: LineFile,
    chips: Vec<String>,
}

impl JsonLines {
    pub fn create(path: &Path, chips: &[String]) -> io::Result<Self> {
        Ok(Self { file: LineFile::create(path)?, chips: chips.to_vec() })
    }

    pub fn transaction(
        &mut self,
        transaction: &Transaction,
        locate: &mut dyn FnMut(u32) -> Option<Location>,
    ) -> io::Result<()> {
        let chip = self.chips.get(usize::from(transaction.chip)).map_or("", String::as_str);
        let line = Line::new(transaction, chip, locate);
        let mut out = self.file.pending();
        serde_json::to_writer(&mut out, &line).map_err(io::Error::other)?;
        out.write_all(b"\n")?;
        self.file.line_done()
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.file.write()
    }
}
