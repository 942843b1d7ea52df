//! Any bytes as a firmware file: refused or loaded, never a panic; what is loaded lies in memory and can be looked at.
#![no_main]

use badgebench::image::unwind::{MOST_FRAMES, Registers};
use badgebench::image::{Firmware, Image, Region, Unwinder};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&how, bytes)) = data.split_first() else { return };
    let blocks = if how % 5 == 4 { uf2(bytes) } else { Vec::new() };
    let bytes = if how % 5 == 4 { &blocks } else { bytes };
    let (name, address) = match how % 5 {
        0 => ("firmware.elf", None),
        1 => ("firmware.hex", None),
        2 => ("firmware", None),
        4 => ("firmware.uf2", None),
        _ => ("firmware.bin", Some(u32::from(how) << 20 | u32::from(how & 0x3F) << 12)),
    };
    let image = match Image::parse(name, bytes, address) {
        Ok(image) => image,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let mut last = 0;
    for segment in &image.segments {
        assert!(!segment.data.is_empty());
        assert!(Region::of(segment.addr).is_some_and(|r| r.holds(segment.addr.into(), segment.data.len() as u64)));
        assert!(segment.addr >= last, "segments overlap or are out of order");
        last = segment.end();
        assert_eq!(image.byte(segment.addr), Some(segment.data[0]));
    }
    let start = image.start();
    let places = [0, 0x101, image.entry.unwrap_or(0), last.wrapping_sub(4), u32::MAX];
    for pc in places {
        let _ = (image.word(pc), image.symbols.locate(pc), image.symbols.names_at(pc));
    }
    image.remarks.iter().for_each(|remark| drop(remark.to_string()));
    let firmware = Firmware::lay(vec![image]);
    assert!(firmware.is_ok() || start.is_err(), "an image that can start alone cannot be laid");
    let Ok(firmware) = firmware else { return };
    // Memory that the image does not fill is a stack of its own bytes.
    let read = |addr: u32| firmware.images[0].word(addr).or(Some(addr.rotate_left(7) & 0x1FFF));
    for pc in places {
        let registers = Registers::new([0x2000_0000; 13], [0x2000_1000; 2], last | 1, pc, pc, last);
        assert!((1..=MOST_FRAMES).contains(&Unwinder::new(&firmware).frames(&registers, read).len()));
    }
});

/// Blocks of UF2, with the marks that every block needs.
fn uf2(bytes: &[u8]) -> Vec<u8> {
    let mut blocks = bytes.to_vec();
    for block in blocks.chunks_exact_mut(512) {
        block[..8].copy_from_slice(b"UF2\nWQ\x5d\x9e");
        block[508..].copy_from_slice(&0x0AB1_6F30u32.to_le_bytes());
    }
    blocks
}
