//! NVMC: flash controller (nRF52840 Product Specification v1.7, NVMC).
//!
//! 1. Flash itself belongs to the engine, which asks [`Nvmc::write_enabled`]; erasing and writing flash are gaps
//!    (`nvmc-erase`, `nvmc-write`). UICR is written for real, at once: READY is always 1.
//! 2. The cache's effect on time is the engine's; it asks [`Nvmc::icache_enabled`], and counts what IHIT and IMISS show by
//!    [`Nvmc::count`]: a hit for each word of code, up to the last branch. Switching the cache off empties it.

use super::lint::NVMC_ERASE;
use crate::kernel::{Cx, Refusal, registers};

registers! { pub NVMC, "nRF52840 PS v1.7, NVMC, Registers";
    0x400 READY R reset 1;
    0x408 READYNEXT R reset 1;
    0x504 CONFIG RW;
    0x508 ERASEPAGE W;
    0x50C ERASEALL RW;
    0x514 ERASEUICR RW;
    0x518 ERASEPAGEPARTIAL W;
    0x51C ERASEPAGEPARTIALCFG RW reset 10;
    0x540 ICACHECNF RW;
    0x548 IHIT RW;
    0x54C IMISS RW;
}
registers! { pub ACL, "nRF52840 PS v1.7, ACL, Registers";
    0x800 ADDR[8 step 16] RW;
    0x804 SIZE[8 step 16] RW;
    0x808 PERM[8 step 16] RW;
}

const WEN: u32 = 1;

/// The block.
#[derive(Clone, Debug)]
pub struct Nvmc {
    config: u32,
    erasepagepartialcfg: u32,
    icachecnf: u32,
    ihit: u32,
    imiss: u32,
}

impl Default for Nvmc {
    fn default() -> Self {
        Self { config: 0, erasepagepartialcfg: 10, icachecnf: 0, ihit: 0, imiss: 0 }
    }
}

impl Nvmc {
    /// CONFIG.WEN is Wen: words may be written.
    pub fn write_enabled(&self) -> bool {
        self.config & 3 == WEN
    }

    /// ICACHECNF.CACHEEN: instructions come through the cache.
    pub fn icache_enabled(&self) -> bool {
        self.icachecnf & 1 != 0
    }

    /// ICACHECNF.CACHEPROFEN: hits and misses are counted.
    pub fn icache_counted(&self) -> bool {
        self.icachecnf & 0x100 != 0
    }

    /// The cache had so many hits and misses more; the registers wrap.
    pub fn count(&mut self, hits: u32, misses: u32) {
        self.ihit = self.ihit.wrapping_add(hits);
        self.imiss = self.imiss.wrapping_add(misses);
    }

    pub(super) fn read(&self, at: u16) -> Result<u32, Refusal> {
        Ok(match at {
            0x504 => self.config,
            0x51C => self.erasepagepartialcfg,
            0x540 => self.icachecnf,
            0x548 => self.ihit,
            0x54C => self.imiss,
            _ if ACL.find(at).is_some() => return Err(Refusal::NotModelled(0)),
            _ => NVMC.find(at).ok_or(Refusal::Unmapped)?.0.reset,
        })
    }

    pub(super) fn write(&mut self, at: u16, value: u32, cx: &mut Cx) -> Result<(), Refusal> {
        match at {
            0x504 => self.config = value & 3,
            0x50C | 0x514 if value & 1 == 0 => {}
            0x508 | 0x50C | 0x514 | 0x518 => {
                let (name, page) = (NVMC.name(at).unwrap_or_default(), value);
                cx.report(&NVMC_ERASE, u64::from(at), || format!("NVMC.{name} (write 0x{page:x})"));
            }
            0x51C => self.erasepagepartialcfg = value & 0x7F,
            0x540 => self.icachecnf = value & 0x101,
            0x548 => self.ihit = value,
            0x54C => self.imiss = value,
            _ if ACL.find(at).is_some() => return Err(Refusal::NotModelled(0)),
            _ => return Err(if NVMC.find(at).is_some() { Refusal::ReadOnly } else { Refusal::Unmapped }),
        }
        Ok(())
    }
}
