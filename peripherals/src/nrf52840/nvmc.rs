//! NVMC: flash controller (nRF52840 Product Specification v1.7, NVMC).
//!
//! 1. The bytes of flash belong to the engine. It asks what a store to flash may do ([`super::Soc::flash_store`]), clears the bits
//!    that the word has as zeros, and erases what [`super::Soc::take_flash_work`] says. Both happen when an operation starts, as
//!    nobody can look until it has ended.
//! 2. A word takes 41 us, a page, partial erases in sum, and UICR 85 ms, all of flash 169 ms. 85 ms was measured on the chip; the
//!    others are typical values of the specification from memory (its sister parts say 42 us, 87.5 ms and 173 ms). They do not
//!    scale with the error of HFINT.
//! 3. While READY is 0, who fetches or reads flash waits: that is the engine's ([`super::Soc::flash_busy`]). Code in RAM goes on.
//!    READYNEXT is 1 when no word waits behind the one that is being written; a store to flash waits for that.
//! 4. A store by less than a word, or not at a multiple of 4, is a bus fault, and with CONFIG.WEN other than Wen as well; the
//!    specification says so of the former, of the latter it is a guess. Nothing is written.
//! 5. An erase with CONFIG.WEN other than Een, or while another operation runs, is dropped (a guess).
//! 6. More than nWRITE (2) writes of a word between two erases are said and done. What the image held before is not counted.
//! 7. ERASEPAGEPARTIAL leaves the page as it is until its time is complete; what is in it before that is not specified.
//! 8. The cache's effect on time is the engine's; it asks [`Nvmc::icache_enabled`], and counts what IHIT and IMISS show by
//!    [`Nvmc::count`]: a hit for each word of code, up to the last branch. Switching the cache off empties it, and so does
//!    CONFIG.WEN other than Ren, which keeps it empty (nRF52840 SVD, CONFIG.WEN).

use super::acl::Acl;
use super::alarms;
use super::lint::{
    ACL_PROTECTED, NVMC_BUSY, NVMC_ERASE_ADDRESS, NVMC_ERASE_DISABLED, NVMC_NARROW_WRITE, NVMC_WORN,
    NVMC_WRITE_DISABLED,
};
use super::map;
use crate::kernel::{Alarm, Cx, Instant, Refusal, Span, registers};
use std::collections::BTreeMap;
use std::ops::Range;

registers! { pub NVMC, "nRF52840 PS v1.7, NVMC, Registers";
    0x400 READY R reset 1;
    0x408 READYNEXT R reset 1;
    0x504 CONFIG RW;
    0x508 ERASEPAGE W;
    0x50C ERASEALL RW;
    0x510 ERASEPCR0 W;
    0x514 ERASEUICR RW;
    0x518 ERASEPAGEPARTIAL W;
    0x51C ERASEPAGEPARTIALCFG RW reset 10;
    0x540 ICACHECNF RW;
    0x548 IHIT RW;
    0x54C IMISS RW;
}

/// CONFIG.WEN.
const WEN: u32 = 1;
const EEN: u32 = 2;
/// How long it takes to write a word, tWRITE.
const WORD: Span = Span::from_us(41);
/// To erase a page or UICR, tERASEPAGE, in ms.
const PAGE_MS: u32 = 85;
/// To erase all of flash, tERASEALL, in ms.
const ALL_MS: u32 = 169;
/// nWRITE: how often a word may be written between two erases.
const WRITES: u8 = 2;
const FLASH: Range<u32> = 0..0x10_0000;
const PAGE: u32 = 0x1000;
const ALARM: Alarm = alarms::of(30, 0);

/// What becomes of a store to flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashStore {
    /// Bits that are 0 in the words become 0 in flash.
    Programs,
    /// Nothing is written, and the bus answers with a fault.
    Faults,
    /// The store waits until then, and asks once more.
    Waits(Instant),
}

/// The block.
#[derive(Clone, Debug)]
pub struct Nvmc {
    config: u32,
    erasepagepartialcfg: u32,
    icachecnf: u32,
    ihit: u32,
    imiss: u32,
    acl: Acl,
    ready: bool,
    ready_next: bool,
    /// When the operation that runs last starts, and when it has ended.
    last: (Instant, Instant),
    /// Bytes of flash that the engine has to erase.
    erase: Option<Range<u32>>,
    /// UICR is to be erased.
    erase_uicr: bool,
    /// The register that was written last answers with a fault.
    fault: bool,
    /// An operation has started of which the engine does not know.
    started: bool,
    /// Milliseconds that pages have been erased for in parts.
    partial: BTreeMap<u32, u32>,
    /// How often each word of a page was written since its last erase.
    wear: BTreeMap<u32, Box<[u8; 1024]>>,
}

impl Default for Nvmc {
    fn default() -> Self {
        Self {
            config: 0,
            erasepagepartialcfg: 10,
            icachecnf: 0,
            ihit: 0,
            imiss: 0,
            acl: Acl::default(),
            ready: true,
            ready_next: true,
            last: (Instant::ZERO, Instant::ZERO),
            erase: None,
            erase_uicr: false,
            fault: false,
            started: false,
            partial: BTreeMap::new(),
            wear: BTreeMap::new(),
        }
    }
}

impl Nvmc {
    #[inline]
    /// ICACHECNF.CACHEEN, and CONFIG.WEN is Ren: instructions come through the cache.
    pub fn icache_enabled(&self) -> bool {
        self.icachecnf & 1 != 0 && self.config == 0
    }

    #[inline]
    /// ICACHECNF.CACHEPROFEN: hits and misses are counted.
    pub fn icache_counted(&self) -> bool {
        self.icachecnf & 0x100 != 0
    }

    /// The cache had so many hits and misses more; the registers wrap.
    pub fn count(&mut self, hits: u32, misses: u32) {
        self.ihit = self.ihit.wrapping_add(hits);
        self.imiss = self.imiss.wrapping_add(misses);
    }

    /// Everything back to the values after a reset; what has happened to the flash stays.
    pub(super) fn reset(&mut self) {
        let (partial, wear) = (std::mem::take(&mut self.partial), std::mem::take(&mut self.wear));
        *self = Self { partial, wear, ..Self::default() };
    }

    /// When the operation that runs has ended; `None` when READY is 1.
    #[inline]
    pub(super) fn busy(&self) -> Option<Instant> {
        if self.ready { None } else { Some(self.last.1) }
    }

    /// Whether an operation has started of which the engine does not know.
    #[inline]
    pub(super) fn started(&self) -> bool {
        self.started
    }

    /// Bytes of flash to be erased; the engine knows of what has started now.
    pub(super) fn take_work(&mut self) -> Option<Range<u32>> {
        self.started = false;
        self.erase.take()
    }

    pub(super) fn take_uicr_erase(&mut self) -> bool {
        std::mem::take(&mut self.erase_uicr)
    }

    pub(super) fn take_fault(&mut self) -> bool {
        std::mem::take(&mut self.fault)
    }

    pub(super) fn steady_until(&self, at: u16) -> Option<Instant> {
        // IHIT and IMISS count with the code that runs.
        (!matches!(at, 0x548 | 0x54C)).then_some(super::block::FOREVER)
    }

    pub(super) fn read(&self, at: u16) -> Result<u32, Refusal> {
        Ok(match at {
            0x400 => self.ready.into(),
            0x408 => self.ready_next.into(),
            0x504 => self.config,
            0x51C => self.erasepagepartialcfg,
            0x540 => self.icachecnf,
            0x548 => self.ihit,
            0x54C => self.imiss,
            _ => match self.acl.read(at) {
                Some(value) => value,
                None => NVMC.find(at).ok_or(Refusal::Unmapped)?.0.reset,
            },
        })
    }

    pub(super) fn write(&mut self, at: u16, value: u32, cx: &mut Cx) -> Result<(), Refusal> {
        match at {
            0x504 => self.config = value & 3,
            0x508 | 0x510 => self.erase_page("ERASEPAGE", value, PAGE_MS, cx),
            0x50C if value & 1 != 0 => self.erase_all(cx),
            0x514 if value & 1 != 0 => self.erase_user_information(cx),
            0x50C | 0x514 => {}
            0x518 => self.erase_page("ERASEPAGEPARTIAL", value, self.erasepagepartialcfg, cx),
            0x51C => self.erasepagepartialcfg = value & 0x7F,
            0x540 => self.icachecnf = value & 0x101,
            0x548 => self.ihit = value,
            0x54C => self.imiss = value,
            _ => {
                return match self.acl.write(at, value, cx) {
                    Some(written) => written,
                    None if NVMC.find(at).is_some() => Err(Refusal::ReadOnly),
                    None => Err(Refusal::Unmapped),
                };
            }
        }
        Ok(())
    }

    /// A store of `bytes` bytes to flash or UICR at `addr`.
    pub(super) fn store(&mut self, addr: u32, bytes: u32, cx: &mut Cx) -> FlashStore {
        let at = || format!("first at 0x{addr:08x}");
        if bytes == 0 || !bytes.is_multiple_of(4) || !addr.is_multiple_of(4) {
            cx.report(&NVMC_NARROW_WRITE, 0, at);
            return FlashStore::Faults;
        }
        if self.config != WEN {
            cx.report(&NVMC_WRITE_DISABLED, 0, at);
            return FlashStore::Faults;
        }
        if self.acl.protects(addr, bytes) {
            cx.report(&ACL_PROTECTED, 0, at);
            return FlashStore::Faults;
        }
        if !self.ready_next {
            return FlashStore::Waits(self.last.0);
        }
        for word in (addr..addr.saturating_add(bytes)).step_by(4) {
            self.start(WORD, cx);
            let page = self.wear.entry(word / PAGE).or_insert_with(|| Box::new([0; 1024]));
            let writes = &mut page[(word % PAGE / 4) as usize];
            *writes = writes.saturating_add(1);
            if *writes > WRITES {
                cx.report(&NVMC_WORN, (word / PAGE).into(), || format!("the word at 0x{word:08x}"));
            }
        }
        FlashStore::Programs
    }

    /// Its alarm has come.
    pub(super) fn wake(&mut self, cx: &mut Cx) {
        self.ready_next = true;
        self.ready = cx.now() >= self.last.1;
        if !self.ready {
            cx.wake_at(ALARM, self.last.1);
        }
    }

    /// An operation that takes `span` starts, behind the one that runs.
    fn start(&mut self, span: Span, cx: &mut Cx) {
        let begins = if self.ready { cx.now() } else { self.last.1.max(cx.now()) };
        self.last = (begins, begins + span);
        (self.ready, self.ready_next, self.started) = (false, begins <= cx.now(), true);
        cx.wake_at(ALARM, if self.ready_next { self.last.1 } else { begins });
    }

    /// Whether an erase may start: it has, then, for `ms`.
    fn start_erase(&mut self, ms: u32, cx: &mut Cx, name: &str) -> bool {
        if self.config != EEN {
            cx.report(&NVMC_ERASE_DISABLED, 0, || format!("first by NVMC.{name}"));
            return false;
        }
        if !self.ready {
            cx.report(&NVMC_BUSY, 0, || format!("first by NVMC.{name}"));
            return false;
        }
        if ms > 0 {
            self.start(Span::from_us(1000 * u64::from(ms)), cx);
            // No word can wait behind it.
            self.ready_next = false;
            self.last.0 = self.last.1;
        }
        true
    }

    /// The page that `value` lies in is erased for `ms`, and is erased when that is long enough in sum.
    fn erase_page(&mut self, name: &str, value: u32, ms: u32, cx: &mut Cx) {
        if !value.is_multiple_of(PAGE) || !FLASH.contains(&value) {
            cx.report(&NVMC_ERASE_ADDRESS, value.into(), || format!("0x{value:08x}"));
        }
        if !FLASH.contains(&value) {
            return;
        }
        let first = value & !(PAGE - 1);
        if self.config == EEN && self.acl.protects(first, PAGE) {
            cx.report(&ACL_PROTECTED, 0, || format!("the page at 0x{first:08x} was to be erased"));
            self.fault = true;
            return;
        }
        if !self.start_erase(ms, cx, name) {
            return;
        }
        let spent = self.partial.entry(first / PAGE).or_default();
        *spent = spent.saturating_add(ms);
        if *spent >= PAGE_MS {
            self.partial.remove(&(first / PAGE));
            self.wear.remove(&(first / PAGE));
            self.erase = Some(first..first + PAGE);
        }
    }

    fn erase_user_information(&mut self, cx: &mut Cx) {
        if self.start_erase(PAGE_MS, cx, "ERASEUICR") {
            self.wear.remove(&(map::UICR / PAGE));
            self.erase_uicr = true;
        }
    }

    /// UICR as well (PS v1.7, NVMC, "Erase all").
    fn erase_all(&mut self, cx: &mut Cx) {
        if self.start_erase(ALL_MS, cx, "ERASEALL") {
            self.partial.clear();
            self.wear.clear();
            self.erase = Some(FLASH);
            self.erase_uicr = true;
        }
    }
}
