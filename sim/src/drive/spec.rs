//! `DIR`, or `DIR@ADDRESS+SIZE:KIND` where the file system's place cannot be found in the image.

use super::{DriveError, Kind, Medium, PAGE, Place};
use std::path::{Path, PathBuf};

/// A place that the command line gives.
pub type Given = Place;

/// The value of `--drive` or `--drive-out`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The directory of the host.
    pub dir: PathBuf,
    /// Where the file system is, if that was said.
    pub given: Option<Given>,
}

/// Bytes of the chip's flash.
const FLASH: u32 = 0x10_0000;

impl Spec {
    /// Takes `text` apart. A directory whose own name has an `@` in it is taken as it is.
    ///
    /// # Errors
    /// [`DriveError::Spec`] when what comes after the last `@` is no place.
    pub fn parse(text: &str) -> Result<Self, DriveError> {
        match text.rsplit_once('@') {
            Some((dir, place)) if !Path::new(text).exists() => {
                let given = given(place).map_err(|why| DriveError::Spec { text: place.to_owned(), why })?;
                Ok(Self { dir: dir.into(), given: Some(given) })
            }
            _ => Ok(Self { dir: text.into(), given: None }),
        }
    }
}

fn given(text: &str) -> Result<Given, &'static str> {
    let (at, kind) = text.rsplit_once(':').ok_or("it does not say which file system, after a `:`")?;
    let kind = match kind {
        "fat" => Kind::Fat { sector: 512 },
        "fat4096" => Kind::Fat { sector: 4096 },
        "littlefs" => Kind::LittleFs,
        _ => return Err("the file systems are fat, fat4096 (FAT with sectors of a flash page) and littlefs"),
    };
    if at == "qspi" {
        return Ok(Given { medium: Medium::Qspi, kind });
    }
    let (start, size) = at.split_once('+').ok_or("it does not say how big the file system is, after a `+`")?;
    let start = number(start).ok_or("the address is no number")?;
    let size = number(size).ok_or("the size is no number")?;
    if start % PAGE != 0 || size % PAGE != 0 || size == 0 {
        return Err("address and size are multiples of a flash page, 4096 bytes");
    }
    let end = start.checked_add(size).filter(|&end| end <= FLASH).ok_or("the chip's flash ends at 0x100000")?;
    Ok(Given { medium: Medium::Flash(start..end), kind })
}

/// Decimal or, after `0x`, hexadecimal; `k` and `m` multiply by 2^10 and 2^20.
fn number(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase().replace('_', "");
    let (digits, unit) = match lower.strip_suffix('k') {
        Some(digits) => (digits, 1 << 10),
        None => lower.strip_suffix('m').map_or((lower.as_str(), 1), |digits| (digits, 1 << 20)),
    };
    let number = match digits.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    number.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_directory_alone_or_with_a_place() {
        assert_eq!(Spec::parse("files").unwrap(), Spec { dir: "files".into(), given: None });
        for (text, start, end, kind) in [
            ("files@0xb4000+256k:fat", 0xB_4000, 0xF_4000, Kind::Fat { sector: 512 }),
            ("files@0xF0000+0x10000:littlefs", 0xF_0000, 0x10_0000, Kind::LittleFs),
            ("files@4096+4096:fat4096", 0x1000, 0x2000, Kind::Fat { sector: 4096 }),
            ("files@0+1M:littlefs", 0, 0x10_0000, Kind::LittleFs),
        ] {
            let given = Some(Given { medium: Medium::Flash(start..end), kind });
            assert_eq!(Spec::parse(text).unwrap(), Spec { dir: "files".into(), given }, "{text}");
        }
        let qspi = Given { medium: Medium::Qspi, kind: Kind::Fat { sector: 512 } };
        assert_eq!(Spec::parse("files@qspi:fat").unwrap().given, Some(qspi));
    }

    #[test]
    fn a_place_that_is_none_says_why() {
        for (text, words) in [
            ("d@0xb4000+256k", "which file system"),
            ("d@0xb4000+256k:ext4", "fat, fat4096"),
            ("d@0xb4000:fat", "how big"),
            ("d@b4000+256k:fat", "address is no number"),
            ("d@0xb4000+big:fat", "size is no number"),
            ("d@0xb4001+256k:fat", "multiples of a flash page"),
            ("d@0xb4000+0:fat", "multiples of a flash page"),
            ("d@0xb4000+1000:fat", "multiples of a flash page"),
            ("d@0xf4000+256k:fat", "ends at 0x100000"),
            ("d@0xfffff000+4k:fat", "ends at 0x100000"),
            ("d@0xffffffffff+4k:fat", "address is no number"),
            ("d@0+4194304k:fat", "size is no number"),
        ] {
            let error = Spec::parse(text).unwrap_err();
            assert_eq!(error.name(), "drive-place");
            assert!(error.to_string().contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn a_directory_with_an_at_in_its_name_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a@b");
        std::fs::create_dir(&path).unwrap();
        assert_eq!(Spec::parse(path.to_str().unwrap()).unwrap(), Spec { dir: path, given: None });
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-z@+:0-9xkKmM]{0,30}") {
            let _ = Spec::parse(&text);
        }
    }
}
