//! Flash and RAM, and which addresses reach them (nRF52840 PS v1.7, "Memory", figure "Memory map").

use super::Access;
use std::cell::{RefCell, UnsafeCell};
use std::rc::Rc;
use unicorn_engine::{Prot, Unicorn, uc_error};

/// Bytes of flash, from address 0.
pub const FLASH_SIZE: u32 = 0x10_0000;
/// Where the data bus sees RAM.
pub const RAM_BASE: u32 = 0x2000_0000;
/// Where the code bus sees the same RAM.
pub const RAM_ALIAS: u32 = 0x0080_0000;
/// Bytes of RAM.
pub const RAM_SIZE: u32 = 0x4_0000;

/// What an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// Flash, at this offset.
    Flash(u32),
    /// RAM, at this offset, by either of its addresses.
    Ram(u32),
    /// The bus, on which peripherals answer, or nothing does.
    Peripheral,
    /// Nothing, and the bus is not asked: Unicorn has something of its own there.
    Nothing,
}

impl Region {
    /// What `address` belongs to.
    #[inline]
    pub const fn of(address: u32) -> Self {
        match address {
            0..FLASH_SIZE => Self::Flash(address),
            RAM_ALIAS..0x0084_0000 => Self::Ram(address - RAM_ALIAS),
            RAM_BASE..0x2004_0000 => Self::Ram(address - RAM_BASE),
            0x8000_0000..0xA000_0000 => Self::Nothing,
            _ => Self::Peripheral,
        }
    }
}

/// Flash and RAM, shared by the core, the image loader and EasyDMA; a clone is another handle on the same bytes.
#[derive(Clone)]
pub struct Memory {
    // Unicorn keeps the addresses of these buffers, so they live in a cell that never moves. Everything happens on
    // the one thread that owns the core.
    flash: Rc<UnsafeCell<Box<[u8]>>>,
    ram: Rc<UnsafeCell<Box<[u8]>>>,
    code: Rc<RefCell<Code>>,
}

/// Code in RAM: Unicorn keeps translations of it and sees only stores of the firmware's own.
#[derive(Default)]
struct Code {
    /// Pages from which code was run.
    pages: Vec<bool>,
    /// Offsets of such pages that were written from outside of Unicorn since the last look.
    written: Vec<u32>,
}

impl Memory {
    /// Erased flash (all ones) and RAM of zeros.
    pub fn new() -> Self {
        let cell = |byte: u8, size: u32| Rc::new(UnsafeCell::new(vec![byte; size as usize].into_boxed_slice()));
        let pages = vec![false; (RAM_SIZE / PAGE) as usize];
        let code = Code { pages, written: Vec::new() };
        Self { flash: cell(0xFF, FLASH_SIZE), ram: cell(0, RAM_SIZE), code: Rc::new(RefCell::new(code)) }
    }

    /// The `bytes` bytes at `address`; `None` when they are not all in flash, or all in RAM.
    pub fn read(&self, address: u32, bytes: u32) -> Option<Vec<u8>> {
        let (buffer, offset) = self.place(address)?;
        // SAFETY: generated code writes to these bytes only inside `emu_start`, which is not running beside us: hooks
        // call this while generated code waits for them. No reference outlives this statement.
        unsafe { (&*buffer.get()).get(offset..offset.checked_add(bytes as usize)?).map(<[u8]>::to_vec) }
    }

    /// Writes `data` at `address`; false, with nothing written, when it does not all fit into flash, or into RAM.
    pub fn write(&self, address: u32, data: &[u8]) -> bool {
        let Some((buffer, offset)) = self.place(address) else { return false };
        // SAFETY: as in `read`.
        let buffer = unsafe { &mut *buffer.get() };
        let Some(place) = offset.checked_add(data.len()).and_then(|end| buffer.get_mut(offset..end)) else {
            return false;
        };
        place.copy_from_slice(data);
        if let Region::Ram(offset) = Region::of(address) {
            self.wrote(offset, data.len() as u32);
        }
        true
    }

    /// A copy of all of RAM.
    pub fn ram(&self) -> Vec<u8> {
        // SAFETY: as in `read`.
        unsafe { (*self.ram.get()).to_vec() }
    }

    /// A copy of all of flash.
    pub fn flash(&self) -> Vec<u8> {
        // SAFETY: as in `read`.
        unsafe { (*self.flash.get()).to_vec() }
    }

    /// Makes RAM what [`Memory::ram`] gave.
    pub fn restore_ram(&self, from: &[u8]) {
        // SAFETY: as in `read`.
        let ram = unsafe { &mut *self.ram.get() };
        for (offset, (page, old)) in
            (0..).step_by(PAGE as usize).zip(ram.chunks_mut(PAGE as usize).zip(from.chunks(PAGE as usize)))
        {
            if page != old {
                page.copy_from_slice(old);
                self.wrote(offset, PAGE);
            }
        }
    }

    /// Makes flash what [`Memory::flash`] gave. Translations of code in it are the caller's to drop.
    pub fn restore_flash(&self, from: &[u8]) {
        // SAFETY: as in `read`.
        unsafe { (*self.flash.get()).copy_from_slice(from) };
    }

    /// Offsets of pages with code that were written from outside of Unicorn since the last call.
    pub(super) fn take_written_code(&self) -> Vec<u32> {
        std::mem::take(&mut self.code.borrow_mut().written)
    }

    fn wrote(&self, offset: u32, bytes: u32) {
        let mut code = self.code.borrow_mut();
        let Code { pages, written } = &mut *code;
        let end = offset.saturating_add(bytes.max(1) - 1);
        for page in offset / PAGE..=end / PAGE {
            if pages.get(page as usize) == Some(&true) {
                written.push(page * PAGE);
            }
        }
    }

    /// Code is fetched from the page at `offset`: whether that is new.
    fn fetched(&self, offset: u32) -> bool {
        self.code
            .borrow_mut()
            .pages
            .get_mut((offset / PAGE) as usize)
            .is_some_and(|page| !std::mem::replace(page, true))
    }

    fn is_code(&self, offset: u32) -> bool {
        self.code.borrow().pages.get((offset / PAGE) as usize) == Some(&true)
    }

    /// A word, if there is one at `address`.
    pub fn word(&self, address: u32) -> Option<u32> {
        let (buffer, offset) = self.place(address)?;
        // SAFETY: as in `read`.
        let bytes = unsafe { (&*buffer.get()).get(offset..offset.checked_add(4)?)? };
        Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn place(&self, address: u32) -> Option<(&UnsafeCell<Box<[u8]>>, usize)> {
        match Region::of(address) {
            Region::Flash(offset) => Some((&self.flash, offset as usize)),
            Region::Ram(offset) => Some((&self.ram, offset as usize)),
            _ => None,
        }
    }

    pub(super) fn map(&self, unicorn: &mut Unicorn<'static, ()>) -> Result<(), uc_error> {
        for (buffer, base, size) in [(&self.flash, 0, FLASH_SIZE), (&self.ram, RAM_BASE, RAM_SIZE)] {
            // SAFETY: the buffer is exactly `size` bytes, never moves, and outlives the engine: `Core` holds both.
            let pointer = unsafe { (*buffer.get()).as_mut_ptr() };
            unsafe { unicorn.mem_map_ptr(u64::from(base), u64::from(size), Prot::ALL, pointer.cast())? };
        }
        Ok(())
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// Answers Unicorn's TLB misses.
///
/// RAM pages are executable only from their first fetch on: Unicorn keeps stores to executable pages on a slow path for ever.
/// A page's other mapping has to be forgotten at that moment, or stale code would run.
pub(super) struct Pages {
    memory: Memory,
    /// Peripherals are reached on the short way.
    pub direct: bool,
    /// Flash is busy: nobody reads it or runs code in it.
    pub closed: bool,
    /// Pages of flash that the one instruction which runs may write to.
    pub writable: core::ops::Range<u32>,
}

/// Peripherals that can be reached on the short way, where PC is not known: all that firmware reaches often.
pub(super) const DIRECT: core::ops::Range<u32> = 0x4000_0000..0x6000_0000;
/// Where Unicorn has them a second time, to be reached on the short way.
pub(super) const DIRECT_VIEW: u32 = 0x8000_0000;

/// What a TLB miss at a page is answered with.
pub(super) struct Fill {
    /// Physical page.
    pub physical: u64,
    /// Rights.
    pub rights: Prot,
    /// Whether every other mapping has to be forgotten.
    pub flush: bool,
}

pub(super) const PAGE: u32 = 1024;

impl Pages {
    pub(super) fn new(memory: Memory) -> Self {
        Self { memory, direct: false, closed: false, writable: 0..0 }
    }

    pub(super) fn fill(&mut self, address: u32, access: Access) -> Option<Fill> {
        let plain = |rights| Some(Fill { physical: u64::from(address), rights, flush: false });
        match Region::of(address) {
            Region::Flash(_) if self.writable.contains(&address) => plain(Prot::ALL),
            Region::Flash(_) if access != Access::Write && !self.closed => plain(Prot::READ | Prot::EXEC),
            Region::Peripheral if access != Access::Fetch => {
                let short = self.direct && DIRECT.contains(&address);
                let physical = if short { address - DIRECT.start + DIRECT_VIEW } else { address };
                Some(Fill { physical: physical.into(), rights: Prot::READ | Prot::WRITE, flush: false })
            }
            Region::Ram(offset) => {
                let flush = access == Access::Fetch && self.memory.fetched(offset);
                let rights = match (access, self.memory.is_code(offset)) {
                    (Access::Fetch, _) => Prot::READ | Prot::EXEC,
                    (_, true) => Prot::ALL,
                    (_, false) => Prot::READ | Prot::WRITE,
                };
                Some(Fill { physical: u64::from(RAM_BASE + offset), rights, flush })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_addresses_of_ram_are_the_same_bytes() {
        let m = Memory::new();
        assert!(m.write(RAM_ALIAS + 4, &[1, 2, 3, 4]));
        assert_eq!(m.word(RAM_BASE + 4), Some(0x0403_0201));
    }

    #[test]
    fn nothing_is_written_across_an_end() {
        let m = Memory::new();
        assert!(!m.write(FLASH_SIZE - 2, &[0; 4]));
        assert_eq!(m.read(FLASH_SIZE - 2, 2), Some(vec![0xFF, 0xFF]));
        assert_eq!(m.read(RAM_BASE + RAM_SIZE - 1, 2), None);
    }

    #[test]
    fn a_ram_page_becomes_executable_at_its_first_fetch() {
        let mut p = Pages::new(Memory::new());
        assert_eq!(p.fill(RAM_BASE, Access::Write).map(|f| f.rights), Some(Prot::READ | Prot::WRITE));
        assert!(p.fill(RAM_ALIAS, Access::Fetch).is_some_and(|f| f.flush && f.physical == u64::from(RAM_BASE)));
        assert_eq!(p.fill(RAM_BASE, Access::Write).map(|f| f.rights), Some(Prot::ALL));
        assert!(p.fill(0x100, Access::Write).is_none());
    }
}
