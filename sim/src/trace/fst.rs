//! An FST file: wires and annotations in one, compressed, as GTKWave's viewers read it quickest.
//!
//! 1. The crate fst-writer has no text of variable length, so annotations are numbers here: `SDI_BYTE`, and a register of 16 bits for
//!    each of the chip's, as last seen on the bus.
//! 2. Changes are written in blocks of some megabytes. After each the header says what is there: what has been written stays readable
//!    when the disk fills up or the program is killed.

use super::decoded::{Annotations, Change, HOLD, Signal, Value};
use super::scopes::Scopes;
use crate::probes::edges::EdgeSeen;
use crate::probes::transactions::Transaction;
use fst_writer::{
    FstBodyWriter, FstFileType, FstHeaderWriter, FstInfo, FstScopeType, FstSignalId, FstSignalType, FstVarDirection,
    FstVarType, FstWriteError,
};
use peripherals::kernel::{Instant, Level, NetId, Span};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of changes in a block.
const BLOCK: usize = 4 << 20;
/// Edges that may wait for annotations that began before them.
const MOST_WAITING: usize = 1 << 20;
/// Where the header says how much there is: the time of the end; then scopes, variables, signals and blocks.
const END_TIME: u64 = 17;
const COUNTS: u64 = 41;

#[derive(Debug)]
struct Disk {
    out: BufWriter<File>,
    /// Bytes up to the last whole block.
    good: u64,
}

/// The file, which the writer owns and which is still looked after here.
#[derive(Clone, Debug)]
struct Shared(Arc<Mutex<Disk>>);

impl Shared {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk().out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.disk().out.flush()
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.disk().out.seek(to)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        self.disk().out.stream_position()
    }
}

pub(super) struct FstTrace {
    disk: Shared,
    body: FstBodyWriter<Shared>,
    wires: Vec<Option<FstSignalId>>,
    signals: BTreeMap<(u8, Signal), (FstSignalId, u32)>,
    /// Scopes, variables, signals, blocks.
    counts: [u64; 4],
    annotations: Annotations,
    waiting: VecDeque<EdgeSeen>,
    now: Instant,
}

fn error(error: FstWriteError) -> io::Error {
    match error {
        FstWriteError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

impl FstTrace {
    /// Makes the file, with every wire's level as of `at`.
    pub fn create(path: &Path, scopes: &Scopes, at: Instant, level: &dyn Fn(NetId) -> Level) -> io::Result<Self> {
        let file = File::create(path)?;
        if !file.metadata()?.is_file() {
            let why =
                "an FST file is written in several places, and this is no plain file; VCD and JSON lines can go there";
            return Err(io::Error::new(io::ErrorKind::NotSeekable, why));
        }
        let disk = Shared(Arc::new(Mutex::new(Disk { out: BufWriter::new(file), good: 0 })));
        let info = FstInfo {
            start_time: 0,
            timescale_exponent: -12,
            version: concat!("badgebench ", env!("CARGO_PKG_VERSION")).into(),
            date: String::new(),
            file_type: FstFileType::Verilog,
        };
        let mut header = FstHeaderWriter::new(disk.clone(), &info).map_err(error)?;
        let mut wires = vec![None; scopes.nets];
        let mut signals = BTreeMap::new();
        let mut counts = [0; 4];
        let bits = |count| FstSignalType::bit_vec(count);
        let implicit = FstVarDirection::Implicit;
        for scope in &scopes.scopes {
            header.scope(&scope.name, "", FstScopeType::Module).map_err(error)?;
            counts[0] += 1;
            for entry in &scope.entries {
                let slot = &mut wires[usize::from(entry.net.0)];
                let id = header.var(&entry.name, bits(1), FstVarType::Wire, implicit, *slot).map_err(error)?;
                counts[1] += 1;
                counts[2] += u64::from(slot.is_none());
                slot.get_or_insert(id);
            }
            let chip =
                scopes.chips.iter().position(|chip| *chip == scope.name).and_then(|chip| u8::try_from(chip).ok());
            for (signal, width) in Signal::all().filter_map(|signal| Some((signal, signal.bits()?))) {
                let Some(chip) = chip else { break };
                let id = header.var(signal.name(), bits(width), FstVarType::Reg, implicit, None).map_err(error)?;
                signals.insert((chip, signal), (id, width));
                counts[1] += 1;
                counts[2] += 1;
            }
            header.up_scope().map_err(error)?;
        }
        let body = header.finish().map_err(error)?;
        let (annotations, waiting) = (Annotations::default(), VecDeque::new());
        let mut trace = Self { disk, body, wires, signals, counts, annotations, waiting, now: Instant::ZERO };
        trace.flush_disk()?;
        trace.stamp(at)?;
        for net in scopes.wires() {
            trace.wire(net, level(net))?;
        }
        Ok(trace)
    }

    pub fn edge(&mut self, edge: EdgeSeen) -> io::Result<()> {
        self.waiting.push_back(edge);
        if self.waiting.len() > MOST_WAITING {
            let until = self.waiting.front().map_or(self.now, |edge| edge.at + Span::from_ps(1));
            self.write_before(until)?;
        }
        Ok(())
    }

    pub fn transaction(&mut self, transaction: &Transaction) -> io::Result<()> {
        self.annotations.add(transaction);
        Ok(())
    }

    /// Everything up to `now` has come in.
    pub fn reached(&mut self, now: Instant) -> io::Result<()> {
        self.write_before(Instant::from_ps(now.as_ps().saturating_sub(HOLD.as_ps())))
    }

    /// Writes edges and annotations before `until`, in the order of time.
    fn write_before(&mut self, until: Instant) -> io::Result<()> {
        while let Some(edge) = self.waiting.front().copied().filter(|edge| edge.at < until) {
            self.annotate_before(edge.at)?;
            self.waiting.pop_front();
            self.stamp(edge.at)?;
            self.wire(edge.net, edge.level)?;
        }
        self.annotate_before(until)
    }

    fn annotate_before(&mut self, until: Instant) -> io::Result<()> {
        while let Some(Change { at, chip, signal, value }) = self.annotations.next_before(until) {
            let (Some(&(id, width)), Value::Number(number)) = (self.signals.get(&(chip, signal)), value) else {
                continue;
            };
            self.stamp(at)?;
            let mut digits = [b'0'; 16];
            let digits = &mut digits[..width as usize];
            for (place, digit) in digits.iter_mut().rev().enumerate() {
                *digit += (number >> place & 1) as u8;
            }
            self.body.signal_change(id, digits).map_err(error)?;
        }
        Ok(())
    }

    fn wire(&mut self, net: NetId, level: Level) -> io::Result<()> {
        let Some(id) = self.wires.get(usize::from(net.0)).copied().flatten() else { return Ok(()) };
        self.body.signal_change(id, if level.is_high() { b"1" } else { b"0" }).map_err(error)
    }

    /// The next changes are those of `at`; time never goes back. Blocks end between two moments.
    #[inline]
    fn stamp(&mut self, at: Instant) -> io::Result<()> {
        if at <= self.now {
            return Ok(());
        }
        if self.body.size() > BLOCK {
            self.body.flush().map_err(error)?;
            self.counts[3] += 1;
            self.flush_disk()?;
        }
        self.now = at;
        self.body.time_change(at.as_ps()).map_err(error)
    }

    /// A block is whole: the header is told.
    fn flush_disk(&mut self) -> io::Result<()> {
        let mut disk = self.disk.disk();
        disk.out.flush()?;
        let end = disk.out.stream_position()?;
        disk.good = end;
        drop(disk);
        self.tell_header()
    }

    fn tell_header(&self) -> io::Result<()> {
        let out = &mut self.disk.disk().out;
        let end = out.stream_position()?;
        out.seek(SeekFrom::Start(END_TIME))?;
        out.write_all(&self.now.as_ps().to_be_bytes())?;
        out.seek(SeekFrom::Start(COUNTS))?;
        self.counts.iter().try_for_each(|count| out.write_all(&count.to_be_bytes()))?;
        out.seek(SeekFrom::Start(end))?;
        out.flush()
    }

    /// Ends the file at `end`.
    pub fn finish(mut self, end: Instant) -> io::Result<()> {
        self.write_before(end + Span::from_ps(1))?;
        self.stamp(end)?;
        let disk = self.disk;
        let result = self.body.finish().map_err(error).and_then(|_| disk.disk().out.flush());
        if result.is_err() {
            Self::cut(&disk);
        }
        result
    }

    /// After an error: what is behind the last whole block goes.
    pub fn give_up(self) {
        let disk = self.disk.clone();
        // Its destructor writes nothing: what it holds is lost.
        drop(self.body);
        Self::cut(&disk);
    }

    fn cut(disk: &Shared) {
        let mut disk = disk.disk();
        let Ok(file) = disk.out.get_ref().try_clone() else { return };
        // Taken apart, a buffer writes nothing any more.
        let (old, _) = std::mem::replace(&mut disk.out, BufWriter::new(file)).into_parts();
        let _ = old.set_len(disk.good);
    }
}
