//! UF2: blocks of 512 bytes, each with its own address (Microsoft, "USB Flashing Format (UF2)", "File format").
//!
//! 1. Taken are the blocks of the nRF52840's family, and those by which Adafruit's boot loader for the nRF52 updates itself. Blocks of
//!    other families, and those that are not for flash, are left out and counted, as a boot loader leaves them out.
//! 2. A file in which nothing is left is refused, and so is one without family IDs: boot loaders for this chip drop all of it.
//! 3. MD5 sums and extension tags are not looked at.

use super::{Format, Image, ImageError, Remark, hex, memory};
use std::collections::{BTreeMap, BTreeSet};

/// The family of the nRF52840.
pub const NRF52840: u32 = 0xADA5_2840;
/// Updates of Adafruit's boot loader for the nRF52.
pub const BOOT_LOADER: u32 = 0xD663_823C;

/// What a UF2 file says beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uf2 {
    /// The family of the blocks that were taken.
    pub family: u32,
    /// Blocks that were taken.
    pub blocks: usize,
    /// Blocks that were left out.
    pub others: usize,
}

const BLOCK: usize = 512;
const MAGIC: [u32; 2] = [0x0A32_4655, 0x9E5D_5157];
const MAGIC_END: u32 = 0x0AB1_6F30;
const MOST_PAYLOAD: usize = 476;
const NOT_MAIN_FLASH: u32 = 1;
const FILE_CONTAINER: u32 = 0x1000;
const FAMILY_ID: u32 = 0x2000;

/// Families that are often taken for ours (Microsoft, uf2families.json).
const OTHERS: [(u32, &str); 15] = [
    (0x1B57_745F, "NRF52"),
    (0x621E_937A, "NRF52833"),
    (0x820D_9A5F, "NRF52820"),
    (0x6F75_2678, "NRF52832xxAB"),
    (0xE48B_FF56, "RP2040"),
    (0xE48B_FF59, "RP2350, Arm"),
    (0x68ED_2B88, "SAMD21"),
    (0x5511_4460, "SAMD51"),
    (0xBFDD_4EEE, "ESP32-S2"),
    (0xC47E_5767, "ESP32-S3"),
    (0x1C5F_21B0, "ESP32"),
    (0x5775_5A57, "STM32F4"),
    (0x6D09_22FA, "STM32F407"),
    (0x5EE2_1072, "STM32F1"),
    (0x4FB2_D5BD, "i.MX RT10xx"),
];

/// A family in words.
pub fn family_name(family: u32) -> Option<&'static str> {
    match family {
        NRF52840 => Some("nRF52840"),
        BOOT_LOADER => Some("update of a boot loader for the nRF52"),
        _ => OTHERS.iter().find(|(id, _)| *id == family).map(|&(_, name)| name),
    }
}

/// What is known of the blocks of one family.
struct Numbers {
    total: u32,
    seen: BTreeSet<u32>,
}

/// Takes a UF2 file apart.
pub(super) fn parse(path: &str, bytes: &[u8]) -> Result<Image, ImageError> {
    let wrong = |block: usize, why: String| ImageError::Uf2Block { path: path.to_owned(), block, why };
    let mut chunks = BTreeMap::new();
    let mut families: BTreeMap<Option<u32>, usize> = BTreeMap::new();
    let mut taken: Option<(u32, Numbers)> = None;
    let (mut blocks, mut others) = (0, 0);
    for (index, block) in bytes.chunks(BLOCK).enumerate() {
        if block.len() < BLOCK {
            return Err(wrong(
                index,
                format!("it has {} of {BLOCK} bytes: the file may have been cut off", block.len()),
            ));
        }
        let word = |at: usize| u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
        if [word(0), word(4)] != MAGIC || word(508) != MAGIC_END {
            return Err(wrong(index, "it does not start and end as a block of UF2 does".into()));
        }
        let (flags, addr, size, number, total) = (word(8), word(12), word(16) as usize, word(20), word(24));
        if flags & (NOT_MAIN_FLASH | FILE_CONTAINER) != 0 {
            others += 1;
            continue;
        }
        let family = (flags & FAMILY_ID != 0).then(|| word(28));
        *families.entry(family).or_default() += 1;
        let Some(family) = family.filter(|family| matches!(*family, NRF52840 | BOOT_LOADER)) else {
            others += 1;
            continue;
        };
        let (known, numbers) = taken.get_or_insert_with(|| (family, Numbers { total, seen: BTreeSet::new() }));
        if *known != family {
            return Err(wrong(
                index,
                "it belongs to another family than those before it, which this chip takes as well".into(),
            ));
        }
        if size > MOST_PAYLOAD {
            return Err(wrong(
                index,
                format!("it says {size} bytes of data, and at most {MOST_PAYLOAD} have room in it"),
            ));
        }
        if total != numbers.total || number >= total || !numbers.seen.insert(number) {
            return Err(wrong(index, format!("it says that it is number {number} of {total}, which cannot be")));
        }
        blocks += 1;
        if size > 0 {
            memory::outside(path, addr.into(), size as u64)?;
            hex::append(&mut chunks, addr, &block[32..32 + size])
                .map_err(|()| wrong(index, format!("it puts bytes at 0x{addr:08x}, where an earlier block did")))?;
        }
    }
    let Some((family, numbers)) = taken else {
        let only = families.keys().next().copied();
        return Err(match (only, families.len()) {
            (Some(None), 1) => ImageError::Uf2NoFamily { path: path.to_owned() },
            (None, _) => ImageError::NothingToLoad { path: path.to_owned() },
            _ => ImageError::Uf2Family {
                path: path.to_owned(),
                families: families.keys().take(4).map(|family| describe(*family)).collect::<Vec<_>>().join(", "),
            },
        });
    };
    if (numbers.seen.len() as u64) < u64::from(numbers.total) {
        let missing = (0..numbers.total).find(|number| !numbers.seen.contains(number)).unwrap_or_default();
        let why = format!("block {missing} of {} is missing: the file may have been cut off", numbers.total);
        return Err(wrong(bytes.len() / BLOCK, why));
    }
    let mut image = Image::empty(path, Format::Uf2);
    image.segments = hex::merge(chunks);
    image.uf2 = Some(Uf2 { family, blocks, others });
    if others > 0 {
        image.remarks.push(Remark::BlocksLeftOut { path: path.to_owned(), blocks: others });
    }
    Ok(image)
}

fn describe(family: Option<u32>) -> String {
    match family {
        None => "none".to_owned(),
        Some(id) => match family_name(id) {
            Some(name) => format!("0x{id:08x} ({name})"),
            None => format!("0x{id:08x}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::testing::{Block, program};

    fn parsed(blocks: &[Block]) -> Result<Image, ImageError> {
        let bytes: Vec<u8> = blocks.iter().flat_map(|block| block.bytes()).collect();
        Image::parse("a.uf2", &bytes, None)
    }

    fn refused(blocks: &[Block], words: &str) {
        let error = parsed(blocks).expect_err(words).to_string();
        assert!(error.contains(words), "{words}: {error}");
    }

    #[test]
    fn blocks_go_where_they_say_in_whatever_order_they_come() {
        let b = |number, addr| Block { number, addr, total: 3, ..Block::default() };
        let image = parsed(&[b(2, 0x3_0000), b(0, 0x2_6000), b(1, 0x2_6100)]).unwrap();
        let places: Vec<_> = image.segments.iter().map(|s| (s.addr, s.data.len())).collect();
        assert_eq!(places, [(0x2_6000, 512), (0x3_0000, 256)]);
        assert_eq!((image.byte(0x2_6101), image.byte(0x3_0000)), (Some(2), Some(2)));
        assert_eq!(image.uf2, Some(Uf2 { family: NRF52840, blocks: 3, others: 0 }));
        assert_eq!(image.format.to_string(), "uf2");
    }

    #[test]
    fn a_file_is_the_image_that_it_was_made_of() {
        let data = program(0x2000_8000, 0x2_6101);
        let image = Image::parse("a.uf2", &Block::file(0x2_6000, &data), None).unwrap();
        assert_eq!((image.segments.len(), image.segments[0].data == data), (1, true));
        assert_eq!(image.start().map(|start| start.vtor), Ok(0x2_6000));
    }

    #[test]
    fn a_file_for_another_chip_is_refused_by_its_name() {
        let b = |family| Block { family, ..Block::default() };
        refused(&[b(0xE48B_FF56)], "family 0xe48bff56 (RP2040)");
        refused(&[b(0x621E_937A)], "NRF52833");
        refused(&[b(0x1234_5678)], "family 0x12345678");
        refused(&[Block { flags: 0, ..Block::default() }], "no family ID");
        refused(&[Block { flags: 0x2001, ..Block::default() }], "nothing to load");
    }

    #[test]
    fn what_is_for_others_is_left_out_of_a_file_for_several() {
        let ours = Block::default();
        let image = parsed(&[Block { family: 0xE48B_FF56, ..ours }, ours, Block { flags: 0x2001, ..ours }]).unwrap();
        assert_eq!(image.uf2, Some(Uf2 { family: NRF52840, blocks: 1, others: 2 }));
        assert_eq!(image.remarks, [Remark::BlocksLeftOut { path: "a.uf2".into(), blocks: 2 }]);
        refused(&[ours, Block { family: BOOT_LOADER, ..ours }], "another family");
    }

    #[test]
    fn a_damaged_block_is_named_by_its_place() {
        let ours = Block::default();
        refused(&[Block { size: 477, ..ours }], "at block 0: it says 477 bytes");
        refused(&[Block { total: 2, ..ours }], "block 1 of 2 is missing");
        refused(&[Block { number: 1, ..ours }], "number 1 of 1");
        refused(
            &[Block { total: 2, ..ours }, Block { total: 2, addr: 0x3_0000, ..ours }],
            "at block 1: it says that it is number 0 of 2",
        );
        refused(
            &[Block { total: 2, ..ours }, Block { total: 2, number: 1, addr: 0x2_6080, ..ours }],
            "where an earlier block did",
        );
        refused(&[Block { addr: 0xF_FFFC, ..ours }], "outside the nRF52840's memory");
        refused(&[Block { addr: u32::MAX, ..ours }], "outside the nRF52840's memory");
        let mut bytes = ours.bytes();
        bytes[510] ^= 1;
        assert!(Image::parse("a.uf2", &bytes, None).unwrap_err().to_string().contains("start and end"));
        bytes.truncate(300);
        assert!(Image::parse("a.uf2", &bytes, None).unwrap_err().to_string().contains("300 of 512 bytes"));
        assert!(Image::parse("a.uf2", &ours.bytes(), Some(0)).unwrap_err().to_string().contains("it is uf2"));
    }
}
