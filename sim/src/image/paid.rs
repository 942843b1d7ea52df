//! Bytes that are read on a budget: what reads them cannot be made to work for ever.

use gimli::{EndianArcSlice, Error, LittleEndian, Reader, ReaderOffsetId, Result as GimliResult};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How many times over a section may be read in a run.
const TIMES: u64 = 8;

/// A section that is read on a budget.
#[derive(Clone, Debug)]
pub(super) struct Paid {
    inner: EndianArcSlice<LittleEndian>,
    purse: Arc<AtomicU64>,
}

impl Paid {
    /// `data` with enough in the purse to read it a few times over.
    pub(super) fn whole(data: Arc<[u8]>) -> Self {
        let steps = 4096 + TIMES * data.len() as u64;
        Self::with(data, steps)
    }

    /// `data` with `steps` in the purse: a step is a read or a skip, and each byte that is read.
    pub(super) fn with(data: Arc<[u8]>, steps: u64) -> Self {
        Self { inner: EndianArcSlice::new(data, LittleEndian), purse: Arc::new(AtomicU64::new(steps)) }
    }

    /// The purse, to be filled again.
    pub(super) fn purse(&self) -> Purse {
        Purse { left: Arc::clone(&self.purse), most: self.purse.load(Relaxed) }
    }

    fn pay(&self, steps: usize) -> GimliResult<()> {
        let paid = self.purse.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(steps as u64 + 1));
        // gimli has no word for this; the error is not shown.
        paid.map(|_| ()).map_err(|_| Error::Io)
    }
}

/// What is left to pay with for a section.
pub(super) struct Purse {
    left: Arc<AtomicU64>,
    most: u64,
}

impl Purse {
    /// Puts `steps` in, but no more than there was at first.
    pub(super) fn fill(&self, steps: u64) {
        // The closure always gives a value.
        let _ = self.left.fetch_update(Relaxed, Relaxed, |left| Some(left.saturating_add(steps).min(self.most)));
    }
}

impl Reader for Paid {
    type Endian = LittleEndian;
    type Offset = usize;

    fn endian(&self) -> LittleEndian {
        self.inner.endian()
    }
    fn len(&self) -> usize {
        Reader::len(&self.inner)
    }
    fn empty(&mut self) {
        self.inner.empty();
    }
    fn truncate(&mut self, len: usize) -> GimliResult<()> {
        Reader::truncate(&mut self.inner, len)
    }
    fn offset_from(&self, base: &Self) -> usize {
        Reader::offset_from(&self.inner, &base.inner)
    }
    fn offset_id(&self) -> ReaderOffsetId {
        self.inner.offset_id()
    }
    fn lookup_offset_id(&self, id: ReaderOffsetId) -> Option<usize> {
        self.inner.lookup_offset_id(id)
    }
    fn find(&self, byte: u8) -> GimliResult<usize> {
        let at = Reader::find(&self.inner, byte)?;
        self.pay(at)?;
        Ok(at)
    }
    fn skip(&mut self, len: usize) -> GimliResult<()> {
        self.pay(0)?;
        Reader::skip(&mut self.inner, len)
    }
    fn split(&mut self, len: usize) -> GimliResult<Self> {
        self.pay(0)?;
        Ok(Self { inner: Reader::split(&mut self.inner, len)?, purse: Arc::clone(&self.purse) })
    }
    fn to_slice(&self) -> GimliResult<Cow<'_, [u8]>> {
        self.pay(Reader::len(&self.inner))?;
        Reader::to_slice(&self.inner)
    }
    fn to_string(&self) -> GimliResult<Cow<'_, str>> {
        self.pay(Reader::len(&self.inner))?;
        Reader::to_string(&self.inner)
    }
    fn to_string_lossy(&self) -> GimliResult<Cow<'_, str>> {
        self.pay(Reader::len(&self.inner))?;
        Reader::to_string_lossy(&self.inner)
    }
    fn read_slice(&mut self, buf: &mut [u8]) -> GimliResult<()> {
        self.pay(buf.len())?;
        Reader::read_slice(&mut self.inner, buf)
    }
}
