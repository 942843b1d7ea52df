//! What firmware expects below it in flash: Nordic's master boot record (MBR) and SoftDevice, which an application calls by SVC.
//!
//! 1. A call is found as SVC followed by `bx lr`: the body that Nordic's headers give each function (nRF5 SDK, nrf_svc.h). Code that
//!    has been inlined by other means is not found, and is told by the run itself when it gets there.
//! 2. Whose number it is: 0x10 to 0x17 and 0x20 upwards are the SoftDevice's, 0x18 is the MBR's (nrf_sdm.h, nrf_mbr.h, nrf_soc.h,
//!    ble_ranges.h). Operating systems with an SVC of their own use numbers below 0x10.
//! 3. Which SoftDevice lies below an address is what its release notes say of its size.

use super::{Image, Region};
use std::collections::BTreeSet;

/// Where a SoftDevice behind an MBR has its information structure: MBR_SIZE + SOFTDEVICE_INFO_STRUCT_OFFSET (nrf_sdm.h).
const INFORMATION: u32 = 0x3000;
/// SOFTDEVICE_MAGIC_NUMBER.
const MAGIC: u32 = 0x51B1_E5DB;
/// sd_mbr_command.
pub(super) const MBR_CALL: u8 = 0x18;
/// The first number that is not an operating system's.
const FIRST_CALL: u8 = 0x10;

/// A SoftDevice that lies in flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftDevice {
    /// What it is called by, such as 140.
    pub id: u32,
    /// Its version as major * 1,000,000 + minor * 1,000 + bugfix.
    pub version: u32,
    /// Where an application follows it.
    pub end: u32,
}

impl SoftDevice {
    /// The one behind an MBR at address 0, by what `word` reads.
    pub fn find(word: impl Fn(u32) -> Option<u32>) -> Option<Self> {
        (word(INFORMATION + 4) == Some(MAGIC)).then_some(())?;
        let field = |at: u32| word(INFORMATION + at).filter(|&value| value != u32::MAX).unwrap_or_default();
        Some(Self { id: field(0x10), version: field(0x14), end: field(0x8) })
    }
}

impl std::fmt::Display for SoftDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.id, self.version) {
            (0, _) => write!(f, "SoftDevice"),
            (id, 0) => write!(f, "SoftDevice S{id}"),
            (id, v) => write!(f, "SoftDevice S{id} {}.{}.{}", v / 1_000_000, v / 1_000 % 1_000, v % 1_000),
        }
    }
}

/// Numbers of MBR and SoftDevice that `image` calls, in order.
pub fn system_calls(image: &Image) -> Vec<u8> {
    let mut calls = BTreeSet::new();
    for segment in image.segments.iter().filter(|s| s.region() == Region::Flash) {
        let first = (segment.addr & 1) as usize;
        let halves = segment.data.get(first..).unwrap_or_default().chunks_exact(2);
        let mut before = 0;
        for half in halves.map(|h| u16::from_le_bytes([h[0], h[1]])) {
            const BX_LR: u16 = 0x4770;
            let number = before as u8;
            if half == BX_LR && before & 0xFF00 == 0xDF00 && number >= FIRST_CALL {
                calls.insert(number);
            }
            before = half;
        }
    }
    calls.into_iter().collect()
}

/// What SVC `number` asks for, when it is the SoftDevice's or the MBR's.
pub fn call_name(number: u8) -> Option<&'static str> {
    Some(match number {
        0..FIRST_CALL => return None,
        0x10 => "sd_softdevice_enable",
        0x11 => "sd_softdevice_disable",
        0x12 => "sd_softdevice_is_enabled",
        0x13 => "sd_softdevice_vector_table_base_set",
        MBR_CALL => "sd_mbr_command",
        0x14..0x20 => "the SoftDevice manager",
        0x20..0x60 => "the SoftDevice's library for the SoC (sd_flash_write and the like)",
        _ => "the SoftDevice's Bluetooth stack",
    })
}

/// The SoftDevice that an application at `start` was linked behind, as far as that tells.
pub const fn guess(start: u32) -> &'static str {
    match start {
        0x1_9000 => "SoftDevice S112 version 7",
        0x1_C000 => "SoftDevice S113 version 7",
        0x2_3000 | 0x2_5000 => "SoftDevice S140 of before version 6.0.0",
        0x2_6000 => "SoftDevice S140 version 6 (6.0.0 to 6.1.1)",
        0x2_7000 => "SoftDevice S140 version 7 (7.0.1 to 7.3.0)",
        _ => "Nordic's SoftDevice",
    }
}
