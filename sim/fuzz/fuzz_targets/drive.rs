//! Any damage to a file system that firmware left: what is taken out ends, stays small, and has no name that leads out of a directory.
//!
//! The input's first byte picks the file system; then come patches: where, as two bytes, how many bytes, and those. Checksums of littlefs's
//! logs are made right again afterwards, so that damage behind them is reached.
#![no_main]

use badgebench::drive::{Kind, Tree, fill, take};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const KINDS: [Kind; 3] = [Kind::Fat { sector: 512 }, Kind::Fat { sector: 4096 }, Kind::LittleFs];
const BLOCK: usize = 4096;

static BASES: LazyLock<[Vec<u8>; 3]> =
    LazyLock::new(|| KINDS.map(|kind| fill(kind, &[0xFF; 16 * BLOCK], &sample()).unwrap()));

fn sample() -> Tree {
    let mut tree = Tree::default();
    tree.directory("lib");
    tree.directory("empty");
    tree.file("main.py", *b"import lib.long");
    tree.file("lib/A Long Name Here.py", [7; 700]);
    tree.file("song", (0..9000u32).map(|n| n as u8).collect::<Vec<_>>());
    tree
}

fuzz_target!(|data: &[u8]| {
    let Some((&which, mut patches)) = data.split_first() else { return };
    let which = usize::from(which) % 3;
    let kind = KINDS[which];
    let mut image = BASES[which].clone();
    while let [low, high, size, rest @ ..] = patches {
        let bytes = &rest[..rest.len().min(usize::from(*size))];
        let at = usize::from(u16::from_le_bytes([*low, *high]));
        image.iter_mut().skip(at).zip(bytes).for_each(|(old, new)| *old = *new);
        patches = &rest[bytes.len()..];
    }
    if kind == Kind::LittleFs {
        image.chunks_mut(BLOCK).for_each(mend);
    }
    if let Ok(taken) = take(kind, &image) {
        assert!(taken.tree.bytes() <= image.len() as u64);
        for (path, _) in taken.tree.iter() {
            assert!(path.split('/').all(|name| !matches!(name, "" | "." | "..")), "{path:?}");
            assert!(!path.contains('\\') && !path.chars().any(char::is_control), "{path:?}");
        }
        assert!(taken.problems.iter().all(|problem| !problem.contains(char::is_control)), "{:?}", taken.problems);
    }
    if let Ok(new) = fill(kind, &image, &sample()) {
        assert_eq!(new.len(), image.len());
    }
});

/// Makes the checksum of every commit of a log right.
fn mend(block: &mut [u8]) {
    let crc32 = |start: u32, bytes: &[u8]| {
        bytes.iter().fold(start, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
        })
    };
    let (mut at, mut before, mut crc) = (4, u32::MAX, crc32(u32::MAX, &block[..4]));
    while at + 4 <= BLOCK {
        let stored: [u8; 4] = block[at..at + 4].try_into().unwrap();
        let tag = u32::from_be_bytes(stored) ^ before;
        let size = if tag & 0x3FF == 0x3FF { 0 } else { (tag & 0x3FF) as usize };
        if tag >> 31 == 1 || at + 4 + size > BLOCK {
            return;
        }
        (crc, before) = (crc32(crc, &stored), tag);
        let data = &mut block[at + 4..at + 4 + size];
        if tag >> 20 & 0x780 == 0x500 {
            if let Some(place) = data.get_mut(..4) {
                place.copy_from_slice(&crc.to_le_bytes());
            }
            before ^= (tag >> 20 & 1) << 31;
            crc = u32::MAX;
        } else {
            crc = crc32(crc, data);
        }
        at += 4 + size;
    }
}
