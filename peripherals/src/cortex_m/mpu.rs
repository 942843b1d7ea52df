//! Memory Protection Unit (ARMv7-M Architecture Reference Manual, B3.1 and B3.5; Cortex-M4 Devices Generic User Guide, 4.5).
//!
//! Who may do what where, and nothing else: the core asks before it reads, writes or fetches, and takes the MemManage fault
//! itself. Vector fetches always use the default map, so for them there is nothing to ask.
//!
//! 1. An unprivileged access to the private peripheral bus passes here. That it is a BusFault (B3.1.1) is up to the bus.
//! 2. Memory types (TEX, S, C, B) are kept and have no effect: the nRF52840 has no data cache, and accesses are in order here.
//! 3. Left open by the manual (UNPREDICTABLE), and chosen here: a region of less than 32 bytes matches nothing; SRD of a region
//!    of 32, 64 or 128 bytes is ignored; AP = 0b100 allows nothing; HFNMIENA without ENABLE changes nothing; of a region's
//!    number only the low three bits count (guesses).

use crate::kernel::Refusal;

#[cfg(test)]
mod tests;

/// MPU_CTRL.
const ENABLE: u32 = 1;
const HFNMIENA: u32 = 1 << 1;
const PRIVDEFENA: u32 = 1 << 2;
/// MPU_RBAR.
const VALID: u32 = 1 << 4;
const ADDR: u32 = !0x1F;
/// MPU_RASR: XN, AP, TEX, S, C, B, SRD, SIZE, ENABLE.
const ATTRIBUTES: u32 = 0x173F_FF3F;
const XN: u32 = 1 << 28;
/// Regions (MPU_TYPE.DREGION).
const REGIONS: usize = 8;
/// Nothing that the MPU knows is smaller: the smallest region, and an eighth of the smallest one that has subregions.
const GRANULE: u32 = 32;

/// What the core wants to do at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Load.
    Read,
    /// Store.
    Write,
    /// Fetch an instruction.
    Fetch,
}

/// The access is not allowed: a MemManage fault, MMFSR.IACCVIOL for a fetch and MMFSR.DACCVIOL otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied;

/// What is allowed at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Loads.
    pub read: bool,
    /// Stores.
    pub write: bool,
    /// Fetches.
    pub exec: bool,
}

/// What is allowed in a page of 1 KB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The same at every byte of it.
    Uniform(Rights),
    /// It depends on the byte: ask [`Mpu::check`] for each access.
    Mixed,
}

/// MPU_RBAR.ADDR and MPU_RASR of a region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Region {
    base: u32,
    attributes: u32,
}

/// The unit. A default one is as after a reset: off.
#[derive(Clone, Debug, Default)]
pub struct Mpu {
    control: u32,
    /// MPU_RNR.
    number: u8,
    regions: [Region; REGIONS],
    generation: u32,
}

impl Mpu {
    /// Changes whenever any answer of [`Mpu::check`] or [`Mpu::page`] may have changed. What software prepares while the unit is
    /// off, or in a region that is off, changes no answer.
    #[inline]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether anything can differ from the default memory map.
    #[inline]
    pub fn enabled(&self) -> bool {
        self.control & ENABLE != 0
    }

    /// Whether the core may do `access` at `address`. An access of several bytes asks for its first byte when it is aligned;
    /// one that is not asks for each byte, as the manual's MemU does. `negative_priority`: the execution priority is below 0, in
    /// HardFault, NMI, or with FAULTMASK set.
    ///
    /// # Errors
    /// [`Denied`] is a MemManage fault.
    pub fn check(&self, address: u32, access: Access, privileged: bool, negative_priority: bool) -> Result<(), Denied> {
        let rights = self.rights(address, privileged, negative_priority);
        let allowed = match access {
            Access::Read => rights.read,
            Access::Write => rights.write,
            Access::Fetch => rights.exec,
        };
        if allowed { Ok(()) } else { Err(Denied) }
    }

    /// What is allowed in the 1 KB that hold `address`. Equal answers on both sides of a border make it uniform all the same.
    pub fn page(&self, address: u32, privileged: bool, negative_priority: bool) -> Page {
        let first = address & !(PAGE - 1);
        let rights = |at| self.rights(at, privileged, negative_priority);
        let whole = rights(first);
        let cut = self.regions.iter().any(|region| region.cuts(first));
        if cut && (1..PAGE / GRANULE).any(|n| rights(first + n * GRANULE) != whole) {
            return Page::Mixed;
        }
        Page::Uniform(whole)
    }

    /// Reads the register at `at` from 0xE000_E000 (0xD90 to 0xDB8).
    ///
    /// # Errors
    /// [`Refusal::Unmapped`] when there is none.
    pub fn read(&self, at: u16) -> Result<u32, Refusal> {
        let region = self.regions[usize::from(self.number)];
        Ok(match at {
            0xD90 => (REGIONS as u32) << 8,
            0xD94 => self.control,
            0xD98 => self.number.into(),
            0xD9C | 0xDA4 | 0xDAC | 0xDB4 => region.base | u32::from(self.number),
            0xDA0 | 0xDA8 | 0xDB0 | 0xDB8 => region.attributes,
            _ => return Err(Refusal::Unmapped),
        })
    }

    /// Writes the register at `at` from 0xE000_E000 (0xD90 to 0xDB8).
    ///
    /// # Errors
    /// [`Refusal`] says what was wrong.
    pub fn write(&mut self, at: u16, value: u32) -> Result<(), Refusal> {
        let before = self.effective();
        match at {
            0xD90 => return Err(Refusal::ReadOnly),
            0xD94 => self.control = value & (ENABLE | HFNMIENA | PRIVDEFENA),
            0xD98 => self.select(value),
            0xD9C | 0xDA4 | 0xDAC | 0xDB4 => {
                if value & VALID != 0 {
                    self.select(value);
                }
                self.regions[usize::from(self.number)].base = value & ADDR;
            }
            0xDA0 | 0xDA8 | 0xDB0 | 0xDB8 => self.regions[usize::from(self.number)].attributes = value & ATTRIBUTES,
            _ => return Err(Refusal::Unmapped),
        }
        if self.effective() != before {
            self.generation = self.generation.wrapping_add(1);
        }
        Ok(())
    }

    fn select(&mut self, number: u32) {
        self.number = (number as usize % REGIONS) as u8;
    }

    /// All that answers depend on.
    fn effective(&self) -> Option<(u32, [Option<Region>; REGIONS])> {
        self.enabled().then(|| (self.control, self.regions.map(|region| region.bits().map(|_| region))))
    }

    /// The manual's ValidateAddress and CheckPermission (B3.5, "MPU pseudocode").
    fn rights(&self, address: u32, privileged: bool, negative_priority: bool) -> Rights {
        let default = default_map(address);
        let off = !self.enabled() || (negative_priority && self.control & HFNMIENA == 0);
        if off || is_private_bus(address) {
            return default;
        }
        let mut rights = match self.regions.iter().rev().find(|region| region.covers(address)) {
            Some(region) => region.rights(privileged),
            None if privileged && self.control & PRIVDEFENA != 0 => default,
            None => NOTHING,
        };
        // No region makes the system space executable.
        rights.exec &= address < SYSTEM;
        rights
    }
}

/// A page of [`Mpu::page`], in bytes.
const PAGE: u32 = 1024;
const NOTHING: Rights = Rights { read: false, write: false, exec: false };
/// The start of the system space, in which nothing is ever executed.
const SYSTEM: u32 = 0xE000_0000;

/// The private peripheral bus, to which no region applies.
const fn is_private_bus(address: u32) -> bool {
    address >> 20 == 0xE00
}

/// The default memory map (B3.1, table B3-1): all may be read and written; devices and the system space are not executable.
const fn default_map(address: u32) -> Rights {
    // Code, SRAM, external RAM twice.
    let exec = matches!(address >> 29, 0b000 | 0b001 | 0b011 | 0b100);
    Rights { read: true, write: true, exec }
}

impl Region {
    /// How many low bits of an address lie inside of it, 5 to 32; `None` when it is off.
    const fn bits(&self) -> Option<u32> {
        let bits = (self.attributes >> 1 & 0x1F) + 1;
        if self.attributes & ENABLE != 0 && bits >= GRANULE.trailing_zeros() { Some(bits) } else { None }
    }

    const fn disabled_subregions(&self) -> u8 {
        (self.attributes >> 8) as u8
    }

    fn covers(&self, address: u32) -> bool {
        let Some(bits) = self.bits() else { return false };
        if u64::from(self.base ^ address) >> bits != 0 {
            return false;
        }
        let eighth = if bits < 8 { 0 } else { address >> (bits - 3) & 7 };
        bits < 8 || self.disabled_subregions() & 1 << eighth == 0
    }

    /// Whether the page at `first` may have a border of this region or of its subregions inside.
    fn cuts(&self, first: u32) -> bool {
        let Some(bits) = self.bits() else { return false };
        let piece = if self.disabled_subregions() == 0 { bits } else { bits - 3 };
        piece < PAGE.trailing_zeros() && (self.base ^ first) >> bits.max(PAGE.trailing_zeros()) == 0
    }

    /// B3.5.9, the table of AP: what it allows.
    const fn rights(&self, privileged: bool) -> Rights {
        let (read, write) = match (self.attributes >> 24 & 7, privileged) {
            (0b001..=0b011, true) | (0b011, false) => (true, true),
            (0b010, false) | (0b101, true) | (0b110 | 0b111, _) => (true, false),
            _ => (false, false),
        };
        Rights { read, write, exec: read && self.attributes & XN == 0 }
    }
}
