//! FICR and UICR: what the factory and what the user has written beside the flash (nRF52840 Product Specification v1.7, FICR
//! and UICR).
//!
//! 1. FICR describes a chip of build code AAD0 with 256 KB RAM and 1 MB flash in the aQFN73 package. The undocumented words
//!    0x130 and 0x134 say nRF52840, revision 2 (nrfx, nrf52_erratas.h).
//! 2. Device ID, address and keys come from the machine's seed.
//! 3. UICR is written and erased as flash is, by the NVMC and with its times. What NFCPINS says takes effect at the next reset;
//!    PSELRESET, APPROTECT, DEBUGCTRL and REGOUT0 are kept and have no effect.

use crate::kernel::registers;

registers! { pub FICR, "nRF52840 PS v1.7, FICR, Registers";
    0x010 CODEPAGESIZE R reset 0x1000;
    0x014 CODESIZE R reset 0x100;
    0x060 DEVICEID[2] R;
    0x080 ER[4] R;
    0x090 IR[4] R;
    0x0A0 DEVICEADDRTYPE R reset 0xFFFF_FFFF;
    0x0A4 DEVICEADDR[2] R;
    0x100 INFO_PART R reset 0x0005_2840;
    0x104 INFO_VARIANT R reset 0x4141_4430;
    0x108 INFO_PACKAGE R reset 0x2004;
    0x10C INFO_RAM R reset 0x100;
    0x110 INFO_FLASH R reset 0x400;
    0x130 UNDOCUMENTED_PART R reset 8;
    0x134 UNDOCUMENTED_REVISION R reset 3;
    0x350 PRODTEST[3] R reset 0xBB42_319F;
    0x404 TEMP_A0 R reset 0x326;
    0x408 TEMP_A1 R reset 0x348;
    0x40C TEMP_A2 R reset 0x3AA;
    0x410 TEMP_A3 R reset 0x40E;
    0x414 TEMP_A4 R reset 0x4BD;
    0x418 TEMP_A5 R reset 0x5A3;
    0x41C TEMP_B0 R reset 0x3FEF;
    0x420 TEMP_B1 R reset 0x3FBE;
    0x424 TEMP_B2 R reset 0x3FBE;
    0x428 TEMP_B3 R reset 0x12;
    0x42C TEMP_B4 R reset 0x124;
    0x430 TEMP_B5 R reset 0x27C;
    0x434 TEMP_T0 R reset 0xE2;
    0x438 TEMP_T1 R;
    0x43C TEMP_T2 R reset 0x19;
    0x440 TEMP_T3 R reset 0x3C;
    0x444 TEMP_T4 R reset 0x50;
    0x450 NFC_TAGHEADER0 R reset 0xFFFF_FF5F;
    0x454 NFC_TAGHEADER1 R reset 0xFFFF_FFFF;
    0x458 NFC_TAGHEADER2 R reset 0xFFFF_FFFF;
    0x45C NFC_TAGHEADER3 R reset 0xFFFF_FFFF;
    0xC00 TRNG90B_BYTES R reset 0xFFFF_FFFF;
    0xC04 TRNG90B_RCCUTOFF R reset 0xFFFF_FFFF;
    0xC08 TRNG90B_APCUTOFF R reset 0xFFFF_FFFF;
    0xC0C TRNG90B_STARTUP R reset 0x210;
    0xC10 TRNG90B_ROSC1 R reset 0xFFFF_FFFF;
    0xC14 TRNG90B_ROSC2 R reset 0xFFFF_FFFF;
    0xC18 TRNG90B_ROSC3 R reset 0xFFFF_FFFF;
    0xC1C TRNG90B_ROSC4 R reset 0xFFFF_FFFF;
}
registers! { pub UICR, "nRF52840 PS v1.7, UICR, Registers";
    0x014 NRFFW[15] RW reset 0xFFFF_FFFF;
    0x050 NRFHW[12] RW reset 0xFFFF_FFFF;
    0x080 CUSTOMER[32] RW reset 0xFFFF_FFFF;
    0x200 PSELRESET[2] RW reset 0xFFFF_FFFF;
    0x208 APPROTECT RW reset 0xFFFF_FFFF;
    0x20C NFCPINS RW reset 0xFFFF_FFFF;
    0x210 DEBUGCTRL RW reset 0xFFFF_FFFF;
    0x304 REGOUT0 RW reset 0xFFFF_FFFF;
}

/// Words that differ from chip to chip.
#[derive(Clone, Debug)]
pub(super) struct Ficr {
    seed: u64,
}

impl Ficr {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The word at `at`; unwritten words are erased.
    pub(super) fn read(&self, at: u16) -> u32 {
        match at {
            0x060..0x068 | 0x080..0x0A0 | 0x0A4 => self.word(at),
            // The address has 48 bits, and two ones on top mark it as random static (Bluetooth Core, Vol 6, Part B, 1.3.2.1).
            0x0A8 => 0xFFFF_C000 | self.word(at),
            _ => FICR.find(at).map_or(u32::MAX, |(register, _)| register.reset),
        }
    }

    /// A word that depends on the seed and on nothing else (splitmix64).
    fn word(&self, at: u16) -> u32 {
        let mut z = self.seed.wrapping_add(u64::from(at + 4).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) as u32
    }
}

/// The page of UICR, which behaves like flash: a write can only clear bits.
#[derive(Clone, Debug)]
pub(super) struct Uicr {
    words: Box<[u32; 1024]>,
}

impl Uicr {
    /// Erased, then `initial`: pairs of byte offset and word.
    pub(super) fn new(initial: &[(u16, u32)]) -> Self {
        let mut uicr = Self { words: Box::new([u32::MAX; 1024]) };
        for &(at, word) in initial {
            uicr.words[usize::from(at / 4) % 1024] = word;
        }
        uicr
    }

    pub(super) fn read(&self, at: u16) -> u32 {
        self.words[usize::from(at / 4) % 1024]
    }

    pub(super) fn write(&mut self, at: u16, value: u32) {
        self.words[usize::from(at / 4) % 1024] &= value;
    }

    /// ERASEUICR, or ERASEALL.
    pub(super) fn erase(&mut self) {
        self.words.fill(u32::MAX);
    }

    pub(super) fn words(&self) -> &[u32; 1024] {
        &self.words
    }

    /// NFCPINS.PROTECT: P0.09 and P0.10 are antenna pins.
    pub(super) fn nfc_pins(&self) -> bool {
        self.read(0x20C) & 1 != 0
    }
}
