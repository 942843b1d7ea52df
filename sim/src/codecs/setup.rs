//! What a Vorbis set-up header may ask for, checked before the decoder builds anything from it.
//!
//! A header of a few kilobytes can describe gigabytes of tables: an ordered codebook of 2^17 entries takes some twenty bytes.
//! The fields read here are those up to the floors (Vorbis I specification, 4.2.4, 3.2.1 and 7.2.2); what they mean is left to
//! the decoder, and so are residues, mappings and modes, whose size is bounded by their bits.
//!
//! 1. Floor type 0 is refused as on the chip, whose decoder knows floor 1 only (VS1053b datasheet, "Supported Ogg Vorbis
//!    Formats"; peripherals/docs/VS1053.md, 5.5).

use peripherals::chips::vs1053::Undecodable;
use symphonia_core::io::{BitReaderRtl, ReadBitsRtl};

/// The longest set-up header that is read. Encoders write 3 to 8 kB.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Entries in all codebooks together; encoders use up to some 30 000.
const MAX_ENTRIES: u64 = 1 << 17;
/// Vector elements in all codebooks together, of 4 bytes each; encoders use up to some 100 000.
const MAX_ELEMENTS: u64 = 1 << 20;

const PREAMBLE: &[u8] = b"\x05vorbis";
const CODEBOOK_SYNC: u32 = 0x56_4342;
const FLOOR_1: u32 = 1;

/// Reads `header`, the third packet of a Vorbis stream, as far as its floors.
///
/// # Errors
/// What it asks for is too much, not what the chip can do, or ends early.
pub(super) fn check(header: &[u8]) -> Result<(), Undecodable> {
    if header.len() > MAX_HEADER_BYTES {
        return Err(Undecodable::new(format!(
            "a set-up header of {} bytes, more than {MAX_HEADER_BYTES}",
            header.len()
        )));
    }
    let Some(body) = header.strip_prefix(PREAMBLE) else {
        return Err(Undecodable::new("the third header packet is no set-up header"));
    };
    let mut bits = Bits(BitReaderRtl::new(body));
    let (mut entries, mut elements) = (0, 0);
    for _ in 0..=bits.take(8)? {
        let book = codebook(&mut bits)?;
        entries += book.entries;
        elements += book.elements;
        if entries > MAX_ENTRIES || elements > MAX_ELEMENTS {
            return Err(Undecodable::new("codebooks larger than any encoder makes them"));
        }
    }
    for _ in 0..=bits.take(6)? {
        bits.take(16)?; // time-domain transforms: placeholders, the decoder wants 0
    }
    for _ in 0..=bits.take(6)? {
        match bits.take(16)? {
            FLOOR_1 => floor_1(&mut bits)?,
            other => return Err(Undecodable::new(format!("floor type {other}; the chip decodes floor type 1"))),
        }
    }
    Ok(())
}

struct Book {
    entries: u64,
    elements: u64,
}

fn codebook(bits: &mut Bits<'_>) -> Result<Book, Undecodable> {
    if bits.take(24)? != CODEBOOK_SYNC {
        return Err(Undecodable::new("a codebook without its sync pattern"));
    }
    let (dimensions, entries) = (bits.take(16)?, bits.take(24)?);
    if dimensions == 0 {
        // The decoder divides by it where a residue uses the book; libvorbis refuses it there too.
        return Err(Undecodable::new("a codebook of no dimensions"));
    }
    if u64::from(entries) > MAX_ENTRIES {
        return Err(Undecodable::new(format!("a codebook of {entries} entries, more than {MAX_ENTRIES}")));
    }
    if bits.flag()? {
        ordered_lengths(bits, entries)?;
    } else {
        let sparse = bits.flag()?;
        for _ in 0..entries {
            if !sparse || bits.flag()? {
                bits.take(5)?;
            }
        }
    }
    let multiplicands = match bits.take(4)? {
        0 => return Ok(Book { entries: entries.into(), elements: 0 }),
        1 => lookup1_values(entries, dimensions),
        2 => u64::from(entries) * u64::from(dimensions),
        other => return Err(Undecodable::new(format!("codebook lookup type {other}"))),
    };
    bits.take(32)?;
    bits.take(32)?;
    let width = bits.take(4)? + 1;
    bits.flag()?;
    for _ in 0..multiplicands {
        bits.take(width)?;
    }
    Ok(Book { entries: entries.into(), elements: u64::from(entries) * u64::from(dimensions) })
}

fn ordered_lengths(bits: &mut Bits<'_>, entries: u32) -> Result<(), Undecodable> {
    let mut length = bits.take(5)? + 1;
    let mut given = 0;
    while given < entries {
        if length > 32 {
            return Err(Undecodable::new("a code word longer than 32 bits"));
        }
        let left = entries - given;
        let count = bits.take(u32::BITS - left.leading_zeros())?;
        if count > left {
            return Err(Undecodable::new("a codebook with more code words than entries"));
        }
        given += count;
        length += 1;
    }
    Ok(())
}

/// The greatest value whose `dimensions`-th power is at most `entries` (Vorbis I specification, 9.2.3).
fn lookup1_values(entries: u32, dimensions: u32) -> u64 {
    let fits = |value: u64| value.checked_pow(dimensions).is_some_and(|power| power <= entries.into());
    if dimensions == 0 { 0 } else { (0..=u64::from(entries)).take_while(|&value| fits(value)).last().unwrap_or(0) }
}

fn floor_1(bits: &mut Bits<'_>) -> Result<(), Undecodable> {
    let partitions = bits.take(5)?;
    let mut classes = vec![];
    for _ in 0..partitions {
        classes.push(bits.take(4)? as usize);
    }
    let mut dimensions = vec![];
    for _ in 0..classes.iter().max().map_or(0, |max| max + 1) {
        dimensions.push(bits.take(3)? + 1);
        let subclass_bits = bits.take(2)?;
        if subclass_bits > 0 {
            bits.take(8)?;
        }
        for _ in 0..1 << subclass_bits {
            bits.take(8)?;
        }
    }
    bits.take(2)?;
    let range_bits = bits.take(4)?;
    // The curve's ends are points too. Between two of the same place the decoder would divide by 0 (Vorbis I specification, 7.2.2:
    // such a stream is undecodable).
    let mut places = vec![0, 1 << range_bits];
    for class in classes {
        for _ in 0..dimensions[class] {
            places.push(bits.take(range_bits)?);
        }
    }
    places.sort_unstable();
    if places.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Undecodable::new("a floor with two points at one place"));
    }
    Ok(())
}

struct Bits<'a>(BitReaderRtl<'a>);

impl Bits<'_> {
    fn take(&mut self, width: u32) -> Result<u32, Undecodable> {
        self.0.read_bits_leq32(width).map_err(|_| Undecodable::new("the set-up header ends early"))
    }

    fn flag(&mut self) -> Result<bool, Undecodable> {
        Ok(self.take(1)? == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits as the Vorbis bit packer writes them: least significant first (Vorbis I specification, 2.1).
    fn header(fields: &[(u64, usize)]) -> Vec<u8> {
        let bits: Vec<bool> =
            fields.iter().flat_map(|&(value, width)| (0..width).map(move |i| value >> i & 1 == 1)).collect();
        let bytes =
            bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0, |acc, (i, &bit)| acc | u8::from(bit) << i));
        PREAMBLE.iter().copied().chain(bytes).collect()
    }

    fn ordered_book(entries: u64, dimensions: u64) -> Vec<(u64, usize)> {
        let width = 64 - entries.leading_zeros() as usize;
        let lengths = [(1, 1), (16, 5), (entries, width)];
        let lookup = [(1, 4), (0, 32), (0, 32), (0, 4), (0, 1), (0, 1)];
        [(u64::from(CODEBOOK_SYNC), 24), (dimensions, 16), (entries, 24)]
            .into_iter()
            .chain(lengths)
            .chain(lookup)
            .collect()
    }

    fn reason(fields: &[(u64, usize)]) -> String {
        check(&header(fields)).expect_err("it must be refused").reason
    }

    #[test]
    fn many_small_descriptions_of_large_codebooks_are_refused() {
        let mut fields = vec![(255, 8)];
        (0..256).for_each(|_| fields.extend(ordered_book(1 << 16, 32)));
        assert!(header(&fields).len() < 10_000, "small enough for any stream");
        assert!(reason(&fields).contains("codebooks larger"));
        assert!(reason(&[vec![(0, 8)], ordered_book((1 << 24) - 1, 65_535)].concat()).contains("16777215 entries"));
    }

    #[test]
    fn a_codebook_needs_a_dimension() {
        assert!(reason(&[vec![(0, 8)], ordered_book(2, 0)].concat()).contains("no dimensions"));
    }

    #[test]
    fn two_points_of_a_floor_at_one_place_are_refused() {
        let floor = |at: u64| {
            let class = [(0, 3), (0, 2), (0, 8)];
            let floor = [(1, 16), (1, 5), (0, 4)].into_iter().chain(class).chain([(0, 2), (4, 4), (at, 4)]);
            [vec![(0, 8)], ordered_book(2, 2), vec![(0, 6), (0, 16), (0, 6)], floor.collect()].concat()
        };
        assert!(check(&header(&floor(3))).is_ok());
        assert!(reason(&floor(0)).contains("two points"), "{}", reason(&floor(0)));
    }

    #[test]
    fn floor_0_is_refused_as_on_the_chip() {
        let floor = [vec![(0, 8)], ordered_book(2, 2), vec![(0, 6), (0, 16), (0, 6), (0, 16)]].concat();
        assert!(reason(&floor).contains("floor type 0"), "{}", reason(&floor));
    }

    #[test]
    fn a_header_that_ends_anywhere_is_refused() {
        let whole = header(&[vec![(0, 8)], ordered_book(2, 2)].concat());
        for end in 0..whole.len() {
            assert!(check(&whole[..end]).is_err());
        }
    }

    #[test]
    fn lookup_values_are_the_integer_root() {
        for (entries, dimensions, root) in [(125, 3, 5), (124, 3, 4), (6_561, 8, 3), (1, 1, 1), (0, 4, 0), (9, 0, 0)] {
            assert_eq!(lookup1_values(entries, dimensions), root, "{entries} entries of {dimensions}");
        }
    }
}
