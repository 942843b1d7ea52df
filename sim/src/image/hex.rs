//! Intel HEX (Intel "Hexadecimal Object File Format Specification", rev. A, 1988).

use super::{Format, Image, ImageError, Segment, memory};
use std::collections::BTreeMap;

/// Takes a HEX file apart: data at 16-bit, segmented and linear addresses; the start address becomes the entry.
pub(super) fn parse(path: &str, bytes: &[u8]) -> Result<Image, ImageError> {
    let mut image = Image::empty(path, Format::Hex);
    let wrong = |line: usize, why: String| ImageError::Hex { path: path.to_owned(), line, why };
    let mut chunks: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    let (mut base, mut ended, mut last) = (0u32, false, 0);
    for (index, text) in bytes.split(|&b| b == b'\n').enumerate() {
        let (line, text) = (index + 1, text.trim_ascii());
        if text.is_empty() || ended {
            continue;
        }
        last = line;
        let record = record(text).map_err(|why| wrong(line, why))?;
        match (record.kind, record.data) {
            (0, data) => {
                let addr = base.checked_add(u32::from(record.offset));
                let addr = addr.ok_or_else(|| wrong(line, "its address lies beyond 4 GB".into()))?;
                if !data.is_empty() {
                    // At once, so that what is kept never exceeds the memories.
                    memory::outside(path, u64::from(addr), data.len() as u64)?;
                }
                append(&mut chunks, addr, &data)
                    .map_err(|()| wrong(line, format!("it puts bytes at 0x{addr:08x}, where an earlier line did")))?;
            }
            (1, _) => ended = true,
            (2, data) if data.len() == 2 => base = u32::from(u16::from_be_bytes([data[0], data[1]])) << 4,
            (4, data) if data.len() == 2 => base = u32::from(u16::from_be_bytes([data[0], data[1]])) << 16,
            (3, data) if data.len() == 4 => {}
            (5, data) if data.len() == 4 => {
                image.entry = Some(u32::from_be_bytes([data[0], data[1], data[2], data[3]]));
            }
            (2..=5, data) => return Err(wrong(line, format!("an address record of {} bytes", data.len()))),
            (kind, _) => return Err(wrong(line, format!("the record type {kind:02X} does not exist"))),
        }
    }
    if !ended {
        return Err(wrong(last, "the end-of-file record is missing: the file may have been cut off".into()));
    }
    image.segments = merge(chunks);
    Ok(image)
}

struct Record {
    offset: u16,
    kind: u8,
    data: Vec<u8>,
}

fn record(text: &[u8]) -> Result<Record, String> {
    let Some(digits) = text.strip_prefix(b":") else { return Err("a record starts with a colon".into()) };
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    for pair in digits.chunks(2) {
        let nibble = |at: usize| pair.get(at).and_then(|&b| char::from(b).to_digit(16));
        let (Some(high), Some(low)) = (nibble(0), nibble(1)) else {
            return Err("it is not an even number of hexadecimal digits".into());
        };
        bytes.push((high << 4 | low) as u8);
    }
    let [length, high, low, kind, rest @ ..] = bytes.as_slice() else { return Err("it is too short".into()) };
    if rest.len() != usize::from(*length) + 1 {
        return Err(format!("it says {length} data bytes and has {}", rest.len().saturating_sub(1)));
    }
    let sum = bytes.iter().fold(0u8, |sum, &b| sum.wrapping_add(b));
    if sum != 0 {
        return Err(format!("its checksum is off by 0x{sum:02x}"));
    }
    let data = rest[..rest.len() - 1].to_vec();
    Ok(Record { offset: u16::from_be_bytes([*high, *low]), kind: *kind, data })
}

/// Lengthens the chunk that ends at `addr`, or starts one; refuses to put a byte where there is one.
pub(super) fn append(chunks: &mut BTreeMap<u32, Vec<u8>>, addr: u32, data: &[u8]) -> Result<(), ()> {
    let end = u64::from(addr) + data.len() as u64;
    if chunks.range(addr..).next().is_some_and(|(&next, _)| u64::from(next) < end) {
        return Err(());
    }
    if let Some((&start, chunk)) = chunks.range_mut(..=addr).next_back() {
        let chunk_end = u64::from(start) + chunk.len() as u64;
        if chunk_end > u64::from(addr) {
            return Err(());
        }
        if chunk_end == u64::from(addr) {
            chunk.extend_from_slice(data);
            return Ok(());
        }
    }
    if !data.is_empty() {
        chunks.insert(addr, data.to_vec());
    }
    Ok(())
}

/// Joins chunks that touch, as lines need not come in order of address.
pub(super) fn merge(chunks: BTreeMap<u32, Vec<u8>>) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for (addr, data) in chunks {
        match segments.last_mut() {
            Some(s) if u64::from(s.addr) + s.data.len() as u64 == u64::from(addr) => s.data.extend(data),
            _ => segments.push(Segment { addr, virt: addr, data }),
        }
    }
    segments
}
