//! Where the file system of an image is, and of which kind.

use super::known::{self, Banner, Drive, Python};
use super::{DriveError, Given, Kind, Medium, PAGE, Place, take};
use crate::image::{Firmware, Segment};
use std::ops::Range;

/// A place, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The place.
    pub place: Place,
    /// How, for people.
    pub how: String,
}

/// Bytes of the chip's flash.
const FLASH: u32 = 0x10_0000;
/// CircuitPython's sectors (FILESYSTEM_BLOCK_SIZE).
const CIRCUIT: Kind = Kind::Fat { sector: 512 };
/// The block size that the nrf port's flash object tells FatFs (ports/nrf/modules/nrf/flashbdev.c).
const MICRO: Kind = Kind::Fat { sector: PAGE as u16 };

/// Finds the place: by what the command line gives, by symbols, by what the image says of itself.
///
/// # Errors
/// [`DriveError::Unplaced`] when nothing says where it is; others when it is known to be out of reach.
pub fn find(firmware: &Firmware, given: Option<&Given>) -> Result<Found, DriveError> {
    if let Some(place) = given {
        return Ok(Found { place: place.clone(), how: "the command line says so".into() });
    }
    let banner = firmware.segments().find_map(|segment| Banner::find(&segment.data));
    let micro = banner.as_ref().is_some_and(|banner| banner.python == Python::Micro);
    if !micro && let Some(found) = circuit(firmware, banner.as_ref())? {
        return Ok(found);
    }
    if let Some(range) = marks(firmware, "_fs_start", "_fs_end", "_fs_size") {
        let start = range.start.next_multiple_of(PAGE);
        let place = start..(range.end / PAGE * PAGE).max(start);
        return micro_found(firmware, banner.as_ref(), place, "the symbols `_fs_start` and `_fs_end` say so");
    }
    match banner {
        Some(banner) => {
            let range = match banner.python {
                Python::Micro => banner.micro_files(&|word| has_word(firmware, word)),
                Python::Circuit => None,
            };
            let how = format!("{} has it there", banner.name());
            match range {
                Some(range) => micro_found(firmware, Some(&banner), range, &how),
                None => Err(DriveError::Unplaced { why: format!("it is not known where {} has it", banner.name()) }),
            }
        }
        None => Err(DriveError::Unplaced { why: "the image does not say what it is".into() }),
    }
}

/// A Python interpreter, as its image says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// Such as ``CircuitPython 4.0.0-alpha.1 for `PCA10059 nRF52840 Dongle` ``.
    pub name: String,
    /// The script that it runs at its start.
    pub script: &'static str,
}

/// The interpreter in `firmware`, if there is one that says so.
pub fn interpreter(firmware: &Firmware) -> Option<Interpreter> {
    let banner = firmware.segments().find_map(|segment| Banner::find(&segment.data))?;
    Some(Interpreter { name: banner.name(), script: banner.python.script() })
}

/// CircuitPython's drive.
fn circuit(firmware: &Firmware, banner: Option<&Banner>) -> Result<Option<Found>, DriveError> {
    let found = |medium, how: String| Ok(Some(Found { place: Place { medium, kind: CIRCUIT }, how }));
    let known =
        banner.and_then(|banner| Some((banner.circuit_drive(&|word| has_word(firmware, word))?, banner.name())));
    match known {
        Some((Drive::Qspi, name)) => return found(Medium::Qspi, format!("{name} has it there")),
        Some((Drive::Spi, name)) => {
            let why = format!("{name} has it in a flash chip on SPI, which is not modelled");
            return Err(DriveError::Unplaced { why });
        }
        Some((Drive::Flash(_), _)) | None => {}
    }
    // The drivers of an external chip have these functions; releases before 5 have the symbols of the internal drive beside them.
    if known.is_none() && banner.is_some() && firmware.symbol("spi_flash_init").is_some() {
        return found(Medium::Qspi, "the symbol `spi_flash_init` says so".into());
    }
    let marks = |length| marks(firmware, "__fatfs_flash_start_addr", "__fatfs_flash_end_addr", length);
    if let Some(range) = marks("__fatfs_flash_length").filter(in_pages) {
        return found(Medium::Flash(range), "the symbol `__fatfs_flash_start_addr` says so".into());
    }
    match known {
        Some((Drive::Flash(range), name)) => found(Medium::Flash(range), format!("{name} has it there")),
        // A board of somebody's own, with the internal drive's driver (ports/nrf/supervisor/internal_flash.c).
        None if banner.is_some() && firmware.symbol("port_internal_flash_flush").is_some() => {
            found(Medium::Flash(known::CIRCUIT), "the symbol `port_internal_flash_flush` says so".into())
        }
        _ => Ok(None),
    }
}

/// The addresses from the symbol `start` to the symbol `end`, or as many as the symbol `length` has for an address.
fn marks(firmware: &Firmware, start: &str, end: &str, length: &str) -> Option<Range<u32>> {
    let first = firmware.symbol(start)?.addr;
    let last = match (firmware.symbol(end), firmware.symbol(length)) {
        (Some(end), _) => end.addr,
        (None, Some(length)) => first.checked_add(length.addr)?,
        (None, None) => return None,
    };
    (first <= last && last <= FLASH).then_some(first..last)
}

/// Whether the images have this word, where words lie.
fn has_word(firmware: &Firmware, word: u32) -> bool {
    let has = |segment: &Segment| {
        let first = (segment.addr.wrapping_neg() % 4) as usize;
        segment.data.get(first..).is_some_and(|data| data.chunks_exact(4).any(|bytes| bytes == word.to_le_bytes()))
    };
    firmware.segments().any(has)
}

fn in_pages(range: &Range<u32>) -> bool {
    !range.is_empty() && range.start.is_multiple_of(PAGE) && range.end.is_multiple_of(PAGE)
}

/// The file system of MicroPython's nrf port, or one like it, in `range`.
fn micro_found(
    firmware: &Firmware,
    banner: Option<&Banner>,
    range: Range<u32>,
    how: &str,
) -> Result<Found, DriveError> {
    let name = || banner.map_or_else(|| "the firmware".into(), Banner::name);
    if range.is_empty() {
        return Err(DriveError::Without { firmware: name(), why: "the place for it has no bytes (`_fs_size`)" });
    }
    let says = |text: &'static [u8]| firmware.segments().any(|s| known::places(&s.data, text).next().is_some());
    let has = |symbols: [&str; 2]| symbols.iter().any(|name| firmware.symbol(name).is_some());
    // In the order in which the port's own start-up tries them (ports/nrf/modules/scripts/_boot.py).
    let kind = if has(["mp_type_vfs_lfs2", "lfs2_mount"]) {
        Kind::LittleFs
    } else if has(["mp_type_vfs_lfs1", "lfs1_mount"]) {
        return Err(DriveError::LittleFs1);
    } else if has(["mp_fat_vfs_type", "f_mkfs"]) {
        MICRO
    } else if says(b"littlefs") {
        Kind::LittleFs
    } else if says(b"MSDOS5.0") {
        MICRO
    } else {
        return Err(DriveError::Without { firmware: name(), why: "neither littlefs nor FAT is built in" });
    };
    Ok(Found { place: Place { medium: Medium::Flash(range), kind }, how: how.to_owned() })
}

impl Found {
    /// Checks that the place in flash is free, or holds a file system already; `now` is what is there.
    ///
    /// # Errors
    /// [`DriveError::Occupied`] when an image has other bytes there.
    pub fn check(&self, firmware: &Firmware, now: &[u8]) -> Result<(), DriveError> {
        let Medium::Flash(range) = &self.place.medium else { return Ok(()) };
        let over = firmware.images.iter().find_map(|image| {
            let hit = image.segments.iter().find(|s| s.addr < range.end && s.end() > range.start)?;
            Some((image.path.clone(), hit.addr.max(range.start)))
        });
        let Some((image, at)) = over else { return Ok(()) };
        let erased = now.iter().all(|&byte| byte == 0xFF);
        if erased || take(self.place.kind, now).is_ok() {
            return Ok(());
        }
        let (start, end, kind) = (range.start, range.end - 1, self.place.kind);
        Err(DriveError::Occupied { image, at, start, end, how: self.how.clone(), kind })
    }
}
