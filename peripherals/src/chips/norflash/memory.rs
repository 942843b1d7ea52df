//! The chip's bytes, a page of 4 KB at a time and only those that are not erased: a copy of a chip of 8 MB costs what is in it, and
//! shares it until one of the two is written.

use std::sync::Arc;

const PAGE: usize = 4096;
/// What one instruction programs at most.
pub(super) const PROGRAM: usize = 256;

/// Bytes of flash; erased they are 0xFF.
#[derive(Clone, Debug)]
pub struct Memory {
    pages: Vec<Option<Arc<[u8; PAGE]>>>,
}

impl Memory {
    /// `size` erased bytes, a multiple of 4096.
    pub(super) fn new(size: u32) -> Self {
        Self { pages: vec![None; size as usize / PAGE] }
    }

    /// How many bytes there are, a power of two.
    pub fn size(&self) -> u32 {
        (self.pages.len() * PAGE) as u32
    }

    /// The byte at `address`, which wraps at the end.
    pub fn byte(&self, address: u32) -> u8 {
        let at = (address % self.size()) as usize;
        self.pages[at / PAGE].as_ref().map_or(0xFF, |page| page[at % PAGE])
    }

    /// A copy of all bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.pages.iter().flat_map(|page| page.as_ref().map_or([0xFF; PAGE], |page| **page)).collect()
    }

    /// Makes the bytes from the first one on these, as a programmer does; false, with nothing written, when there are more than fit.
    pub fn lay(&mut self, bytes: &[u8]) -> bool {
        if bytes.len() > self.size() as usize {
            return false;
        }
        for (page, new) in self.pages.iter_mut().zip(bytes.chunks(PAGE)) {
            let mut whole = page.as_ref().map_or([0xFF; PAGE], |page| **page);
            whole[..new.len()].copy_from_slice(new);
            *page = whole.iter().any(|&byte| byte != 0xFF).then(|| Arc::new(whole));
        }
        true
    }

    /// Clears bits: `page` goes over the 256 bytes around `address`.
    pub(super) fn program(&mut self, address: u32, page: &[u8; PROGRAM]) {
        let at = (address % self.size()) as usize / PROGRAM * PROGRAM;
        let place = self.pages[at / PAGE].get_or_insert_with(|| Arc::new([0xFF; PAGE]));
        let bytes = &mut Arc::make_mut(place)[at % PAGE..at % PAGE + PROGRAM];
        bytes.iter_mut().zip(page).for_each(|(byte, new)| *byte &= new);
    }

    /// Erases `size` bytes from `address`, both multiples of 4096.
    pub(super) fn erase(&mut self, address: u32, size: u32) {
        let first = (address % self.size()) as usize / PAGE;
        self.pages[first..].iter_mut().take(size as usize / PAGE).for_each(|page| *page = None);
    }
}
