//! The memories of the nRF52840 that an image can fill (nRF52840 PS v1.7, Memory).

use super::{Image, ImageError, Remark, Segment};
use std::fmt;

/// A memory that firmware files may put bytes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// 1 MB of flash at 0.
    Flash,
    /// The code-bus alias of RAM.
    CodeRam,
    /// User information configuration registers, a page of flash.
    Uicr,
    /// 256 KB of data RAM.
    Ram,
}

impl Region {
    /// All of them, by rising address.
    pub const ALL: [Self; 4] = [Self::Flash, Self::CodeRam, Self::Uicr, Self::Ram];

    /// First address.
    pub const fn base(self) -> u32 {
        match self {
            Self::Flash => 0,
            Self::CodeRam => 0x0080_0000,
            Self::Uicr => 0x1000_1000,
            Self::Ram => 0x2000_0000,
        }
    }

    /// Bytes.
    pub const fn size(self) -> u32 {
        match self {
            Self::Flash => 0x10_0000,
            Self::CodeRam | Self::Ram => 0x4_0000,
            Self::Uicr => 0x1000,
        }
    }

    /// The region that `addr` lies in.
    pub fn of(addr: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|r| addr >= r.base() && addr - r.base() < r.size())
    }

    /// Whether all of `size` bytes from `addr` lie in the region.
    pub fn holds(self, addr: u64, size: u64) -> bool {
        let (base, end) = (u64::from(self.base()), u64::from(self.base()) + u64::from(self.size()));
        addr >= base && addr < end && size <= end - addr
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flash => "flash",
            Self::CodeRam => "code RAM",
            Self::Uicr => "UICR",
            Self::Ram => "RAM",
        })
    }
}

/// Whether a stack can start at `sp`: one past the end of RAM is the usual place, as a push decrements first.
pub(super) fn is_stack_top(sp: u32) -> bool {
    [Region::Ram, Region::CodeRam].iter().any(|r| sp >= r.base() && sp - r.base() <= r.size())
}

/// An address in data RAM for one in its code-bus alias; others as they are.
pub(super) fn unalias(addr: u32) -> u32 {
    match Region::of(addr) {
        Some(Region::CodeRam) => addr - Region::CodeRam.base() + Region::Ram.base(),
        _ => addr,
    }
}

/// Whether `size` bytes from `addr` lie in one memory.
pub(super) fn fits(addr: u64, size: u64) -> bool {
    Region::ALL.iter().any(|r| r.holds(addr, size))
}

/// Far more than any linker makes; what is done with segments may be quadratic in them.
const MOST_SEGMENTS: usize = 1024;

/// Refuses an image in more pieces than `most`.
pub(super) fn scattered(path: &str, count: usize, most: usize) -> Result<(), ImageError> {
    if count > most { Err(ImageError::Scattered { path: path.to_owned(), count, most }) } else { Ok(()) }
}

/// Checks that the segments of `image` lie in memory and apart, and sorts them by address.
pub(super) fn check(image: &mut Image) -> Result<(), ImageError> {
    image.segments.retain(|s| !s.data.is_empty());
    scattered(&image.path, image.segments.len(), MOST_SEGMENTS)?;
    for s in &image.segments {
        outside(&image.path, u64::from(s.addr), s.data.len() as u64)?;
    }
    image.segments.sort_by_key(|s| s.addr);
    let mut by_place: Vec<&Segment> = image.segments.iter().collect();
    by_place.sort_by_key(|s| unalias(s.addr));
    for pair in by_place.windows(2) {
        if unalias(pair[1].addr) - unalias(pair[0].addr) < pair[0].data.len() as u32 {
            return Err(ImageError::Overlap {
                path: image.path.clone(),
                first: pair[0].addr,
                first_end: pair[0].end(),
                second: pair[1].addr,
                second_end: pair[1].end(),
            });
        }
    }
    if image.segments.is_empty() {
        return Err(ImageError::NothingToLoad { path: image.path.clone() });
    }
    for s in image.segments.iter().filter(|s| matches!(s.region(), Region::Ram | Region::CodeRam)) {
        image.remarks.push(Remark::SegmentInRam { path: image.path.clone(), addr: s.addr, bytes: s.data.len() as u32 });
    }
    Ok(())
}

/// Refuses `size` bytes at `addr` unless they lie in one memory.
pub(super) fn outside(path: &str, addr: u64, size: u64) -> Result<(), ImageError> {
    if fits(addr, size) {
        return Ok(());
    }
    let help = match addr {
        0x1200_0000..0x1a00_0000 => {
            "this is the external flash (QSPI XIP), from which no code runs here; link for the chip's own flash"
        }
        0x0100_0000..0x0110_0000 => "this is the nRF5340's network core; build for the nRF52840",
        0x0800_0000..0x0900_0000 => "this is where STM32 parts have their flash; build for the nRF52840",
        0x6000_0000..0x8000_0000 => "this is external memory of other parts (i.MX RT, for one); build for the nRF52840",
        _ => "build for the nRF52840, and check the MEMORY part of the linker script",
    };
    Err(ImageError::OutsideMemory { path: path.to_owned(), addr, size, help })
}
