//! `--trace` and what belongs to it.

use super::values::time;
use crate::trace::{Format, Request, Trigger, decoded_beside};
use clap::builder::{PathBufValueParser, TypedValueParser};
use peripherals::kernel::Span;
use std::path::PathBuf;

/// Which traces are written, and of which time.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct TraceArgs {
    /// Write every wire (VCD, with annotations in FILE.decoded.vcd; FST) or every transaction (JSON lines) (may be repeated)
    #[arg(long = "trace", value_name = "FILE.vcd|FILE.fst|FILE.jsonl", value_parser = PathBufValueParser::new().try_map(trace))]
    pub paths: Vec<PathBuf>,

    /// Begin traces at this simulated time, or look for triggers from then on
    #[arg(long = "trace-from", value_name = "TIME", value_parser = time, requires = "paths")]
    pub from: Option<Span>,

    /// End traces so long after they began, or after their trigger
    #[arg(long = "trace-for", value_name = "TIME", value_parser = time, requires = "paths")]
    pub length: Option<Span>,

    /// Begin traces 2 ms before this happens: diagnostic:NAME, bytes:HEX on SPI, or address:WHERE, an address or a function that is executed (may be repeated; the first that happens)
    #[arg(long = "trace-when", value_name = "TRIGGER", requires = "paths")]
    pub when: Vec<Trigger>,
}

impl TraceArgs {
    /// What they ask for.
    pub fn request(self) -> Request {
        let Self { paths, from, length, when } = self;
        Request { paths, from, length, when }
    }
}

impl Request {
    /// Files that come with those that were named.
    pub fn beside(&self) -> Vec<PathBuf> {
        self.paths
            .iter()
            .filter(|path| Format::of(path) == Some(Format::Vcd))
            .map(|path| decoded_beside(path))
            .collect()
    }
}

/// A file whose name does not say what it is to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a trace's name ends in .vcd, .fst or .jsonl")]
pub struct UnknownFormat;

fn trace(path: PathBuf) -> Result<PathBuf, UnknownFormat> {
    if Format::of(&path).is_some() { Ok(path) } else { Err(UnknownFormat) }
}
