//! What an EasyDMA master reaches.

use super::lint::EASYDMA_NOT_RAM;
use crate::kernel::Cx;

/// Data RAM as EasyDMA sees it, lent to [`super::Soc::wake`]. Transfers happen at alarms only, never inside a register
/// access, so the bus needs no re-entrancy: a start task sets an alarm, and the alarm moves the bytes.
pub trait Ram {
    /// Fills `into` from `addr`; false when a byte of it is outside data RAM, and then `into` is unspecified.
    fn read(&mut self, addr: u32, into: &mut [u8]) -> bool;
    /// Stores `from` at `addr`; false when a byte of it is outside data RAM, and then nothing has been stored.
    fn write(&mut self, addr: u32, from: &[u8]) -> bool;
}

/// No RAM at all: for tests of what needs none.
pub struct NoRam;

impl Ram for NoRam {
    fn read(&mut self, _: u32, _: &mut [u8]) -> bool {
        false
    }
    fn write(&mut self, _: u32, _: &[u8]) -> bool {
        false
    }
}

/// Block `id` fills `into` from `addr`, which its register `pointer` leads to; zeros and a report when that is no data RAM.
pub(super) fn load(ram: &mut dyn Ram, addr: u32, into: &mut [u8], pointer: &str, id: u8, cx: &mut Cx) {
    if !ram.read(addr, into) {
        into.fill(0);
        report(addr, pointer, id, cx);
    }
}

/// The same the other way; nothing is stored and a report when that is no data RAM.
pub(super) fn store(ram: &mut dyn Ram, addr: u32, from: &[u8], pointer: &str, id: u8, cx: &mut Cx) {
    if !ram.write(addr, from) {
        report(addr, pointer, id, cx);
    }
}

/// Keys of UARTs are 0 and 1, their numbers; IDs below 2 have no EasyDMA of this kind.
#[cold]
fn report(addr: u32, pointer: &str, id: u8, cx: &mut Cx) {
    cx.report(&EASYDMA_NOT_RAM, id.into(), || format!("{pointer} reaches 0x{addr:08x}"));
}
