//! A text file that grows, and is whole up to its last line whatever happens to the disk.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Bytes gathered before the file gets them.
const PIECE: usize = 64 << 10;

/// Writes lines in big pieces.
#[derive(Debug)]
pub(super) struct LineFile {
    file: File,
    pending: Vec<u8>,
    /// Bytes of whole lines in the file.
    good: u64,
}

impl LineFile {
    /// Makes `path`, or empties it.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::create(path)?, pending: Vec::with_capacity(PIECE + 256), good: 0 })
    }

    /// Where whole lines are put; [`LineFile::line_done`] after each.
    #[inline]
    pub fn pending(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// The lines in [`LineFile::pending`] are whole.
    #[inline]
    pub fn line_done(&mut self) -> io::Result<()> {
        if self.pending.len() >= PIECE { self.write() } else { Ok(()) }
    }

    /// Writes what is pending. When the disk takes only a part, the file is cut behind its last whole line.
    pub fn write(&mut self) -> io::Result<()> {
        let mut done = 0;
        while done < self.pending.len() {
            match self.file.write(&self.pending[done..]) {
                Ok(0) => return self.cut(done, io::ErrorKind::WriteZero.into()),
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return self.cut(done, error),
            }
        }
        self.good += done as u64;
        self.pending.clear();
        Ok(())
    }

    /// Replaces bytes that were written before. What cannot seek, such as a pipe, is left as it is.
    pub fn overwrite(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.write()?;
        if self.file.seek(SeekFrom::Start(at)).is_ok() && self.file.metadata().is_ok_and(|m| m.is_file()) {
            self.file.write_all(bytes)?;
            self.file.seek(SeekFrom::End(0))?;
        }
        Ok(())
    }

    fn cut(&mut self, done: usize, error: io::Error) -> io::Result<()> {
        let whole = self.pending[..done].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        self.good += whole as u64;
        // A device or a pipe has no length; its reader has what it has.
        let _ = self.file.set_len(self.good);
        self.pending.clear();
        Err(error)
    }
}

/// Writes `value` in decimal, quicker than by formatting.
#[inline]
pub(super) fn decimal(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal() {
        for value in [0, 9, 10, 15_625, u64::MAX] {
            let mut out = Vec::new();
            decimal(&mut out, value);
            assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }

    #[test]
    fn what_was_written_can_be_replaced_and_the_rest_goes_on_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t");
        let mut file = LineFile::create(&path).unwrap();
        file.pending().extend_from_slice(b"one\ntwo\n");
        file.overwrite(0, b"ONE").unwrap();
        file.pending().extend_from_slice(b"three\n");
        file.write().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"ONE\ntwo\nthree\n");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_takes_nothing_is_an_error() {
        let mut file = LineFile::create(Path::new("/dev/full")).unwrap();
        file.pending().extend_from_slice(b"one\n");
        assert_eq!(file.write().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
