//! What a chip's flash and UICR hold between two runs, as a file of `--flash`.
//!
//! 1. The file is Intel HEX: it has the addresses of both in it, says nothing of what is erased, and is read by programmers for the
//!    real chip, by `inspect`, and by `sim` as an image.
//! 2. It is read like any HEX image, bounded and with the line in its errors. It may hold nothing at all: a chip that is erased.

use super::{ImageError, Region, file, hex};
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::Path;

/// Words of UICR.
const UICR_WORDS: usize = 1024;
/// Bytes of a line.
const LINE: usize = 16;

/// All of flash and UICR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFlash {
    flash: Vec<u8>,
    uicr: Vec<u8>,
}

impl StoredFlash {
    /// What a chip holds: `flash` from address 0, and the words of UICR. Longer or shorter than the chip's they are cut, or erased.
    pub fn new(flash: &[u8], uicr: &[u32; UICR_WORDS]) -> Self {
        let mut flash = flash.to_vec();
        flash.resize(Region::Flash.size() as usize, 0xFF);
        Self { flash, uicr: uicr.iter().flat_map(|word| word.to_le_bytes()).collect() }
    }

    /// Reads the file at `path`; `None` when there is none yet.
    ///
    /// # Errors
    /// [`ImageError`] when it cannot be read, is no Intel HEX, or has bytes that belong neither to flash nor to UICR.
    pub fn load(path: &Path) -> Result<Option<Self>, ImageError> {
        if std::fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return Ok(None);
        }
        let name = path.to_string_lossy();
        Self::parse(&name, &file::read(&name)?).map(Some)
    }

    /// Takes `bytes` apart as if they had been read from `path`.
    ///
    /// # Errors
    /// As [`StoredFlash::load`].
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, ImageError> {
        if bytes.is_empty() {
            return Err(ImageError::Empty { path: path.to_owned() });
        }
        let mut stored = Self::new(&[], &[u32::MAX; UICR_WORDS]);
        for segment in hex::parse(path, bytes)?.segments {
            let (memory, base) = match segment.region() {
                Region::Flash => (&mut stored.flash, Region::Flash.base()),
                Region::Uicr => (&mut stored.uicr, Region::Uicr.base()),
                Region::Ram | Region::CodeRam => {
                    return Err(ImageError::NotStored { path: path.to_owned(), addr: segment.addr });
                }
            };
            // A segment is checked to lie in one memory.
            let at = (segment.addr - base) as usize;
            memory[at..at + segment.data.len()].copy_from_slice(&segment.data);
        }
        Ok(stored)
    }

    /// All of flash, from address 0.
    pub fn flash(&self) -> &[u8] {
        &self.flash
    }

    /// Words of UICR that are not erased, with their byte offsets.
    pub fn uicr(&self) -> impl Iterator<Item = (u16, u32)> {
        let words = self.uicr.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        (0..).step_by(4).zip(words).filter(|&(_, word)| word != u32::MAX)
    }

    /// As Intel HEX, without what is erased.
    pub fn to_hex(&self) -> String {
        let mut text = String::new();
        let mut upper = 0;
        for (base, memory) in [(Region::Flash.base(), &self.flash), (Region::Uicr.base(), &self.uicr)] {
            for (addr, line) in (base..).step_by(LINE).zip(memory.chunks(LINE)) {
                if line.iter().all(|&byte| byte == 0xFF) {
                    continue;
                }
                if addr >> 16 != upper {
                    upper = addr >> 16;
                    record(&mut text, 0, 4, &(upper as u16).to_be_bytes());
                }
                record(&mut text, addr as u16, 0, line);
            }
        }
        record(&mut text, 0, 1, &[]);
        text
    }
}

fn record(text: &mut String, offset: u16, kind: u8, data: &[u8]) {
    let [high, low] = offset.to_be_bytes();
    let head = [data.len() as u8, high, low, kind];
    let sum = head.iter().chain(data).fold(0u8, |sum, &byte| sum.wrapping_add(byte));
    text.push(':');
    for byte in head.iter().chain(data).chain([&sum.wrapping_neg()]) {
        let _ = write!(text, "{byte:02X}");
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> StoredFlash {
        let mut flash = vec![0xFF; 0x10_0000];
        flash[0..3].copy_from_slice(&[1, 2, 3]);
        flash[0xF_FFFF] = 0;
        let mut uicr = [u32::MAX; UICR_WORDS];
        (uicr[5], uicr[0x20C / 4], uicr[1023]) = (0xF_4000, 0xFFFF_FFFE, 0);
        StoredFlash::new(&flash, &uicr)
    }

    #[test]
    fn what_is_written_is_read_and_erased_flash_takes_no_room() {
        let text = some().to_hex();
        assert_eq!(text.lines().count(), 8, "{text}");
        let read = StoredFlash::parse("f.hex", text.as_bytes()).unwrap();
        assert_eq!(read, some());
        assert_eq!(read.uicr().collect::<Vec<_>>(), [(0x14, 0xF_4000), (0x20C, 0xFFFF_FFFE), (0xFFC, 0)]);
        let erased = StoredFlash::new(&[], &[u32::MAX; UICR_WORDS]);
        assert_eq!(erased.to_hex(), ":00000001FF\n");
        assert_eq!(StoredFlash::parse("f.hex", b":00000001FF\n").unwrap(), erased);
    }

    #[test]
    fn what_is_no_flash_is_refused_with_its_place() {
        for (bytes, words) in [
            (&b""[..], "is empty"),
            (b"\x7fELF", "f.hex:1: not a valid line of Intel HEX"),
            (b":020000042000DA\n:0100000001FE\n:00000001FF\n", "0x20000000"),
            (b":020000044000BA\n:0100000001FE\n:00000001FF\n", "outside the nRF52840's memory"),
            (b":0100000001FE\n", "may have been cut off"),
        ] {
            let error = StoredFlash::parse("f.hex", bytes).unwrap_err().to_string();
            assert!(error.contains(words), "{words}: {error}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_a_new_chip() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(StoredFlash::load(&dir.path().join("none.hex")).unwrap(), None);
        assert!(StoredFlash::load(dir.path()).is_err());
    }
}
