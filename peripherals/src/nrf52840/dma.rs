//! What an EasyDMA master reaches.

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
