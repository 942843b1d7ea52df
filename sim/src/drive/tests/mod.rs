//! From a directory to an image and back, and everything that can be wrong on the way.

mod host;
mod images;
mod littlefs;
mod places;

use super::*;

/// CircuitPython's, MicroPython's FAT, and MicroPython's littlefs.
const KINDS: [Kind; 3] = [Kind::Fat { sector: 512 }, Kind::Fat { sector: 4096 }, Kind::LittleFs];

fn erased(kb: usize) -> Vec<u8> {
    vec![0xFF; kb << 10]
}

/// Bytes that are no pattern.
fn noise(seed: u32, bytes: usize) -> Vec<u8> {
    let mut x = seed.wrapping_mul(0x9E37_79B9) | 1;
    let mut next = move || {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        x as u8
    };
    (0..bytes).map(|_| next()).collect()
}

/// Sizes about every limit: empty, in the log, one block, a block and a byte, many blocks.
fn sample() -> Tree {
    let mut tree = Tree::default();
    for dir in ["lib", "lib/adafruit_bus_device", "sounds", "empty directory"] {
        tree.directory(dir);
    }
    for (index, (name, bytes)) in [
        ("boot.py", 0),
        ("main.py", 1),
        ("code.py", 128),
        ("lib/a.mpy", 129),
        ("lib/adafruit_bus_device/spi_device.mpy", 512),
        ("lib/adafruit_bus_device/Name With Capitals And Spaces.txt", 513),
        ("lib/4096", 4096),
        ("lib/4097", 4097),
        ("sounds/short", 8184),
        ("sounds/song.mp3", 40_000),
        (".hidden", 33),
    ]
    .into_iter()
    .enumerate()
    {
        tree.file(name, noise(index as u32, bytes));
    }
    tree
}

#[track_caller]
fn taken(kind: Kind, bytes: &[u8]) -> Tree {
    let taken = take(kind, bytes).unwrap();
    assert_eq!(taken.problems, Vec::<String>::new());
    taken.tree
}

/// What an error says, checked to be in the house's form.
#[track_caller]
fn refused<T>(result: Result<T, DriveError>, name: &str, words: &[&str]) {
    let Err(error) = result else { panic!("{name} was expected") };
    let text = error.to_string();
    assert_eq!(error.name(), name, "{text}");
    for line in text.lines().skip(1) {
        assert!(["  why:  ", "  help: "].iter().any(|start| line.starts_with(start)), "{text}");
    }
    for word in words {
        assert!(text.contains(word), "`{word}` is missing: {text}");
    }
}
