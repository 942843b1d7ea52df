//! Endpoints: one packet each, and whether the host gets at it.

use super::super::super::usb::{PACKET, Packet};

/// Endpoints of each direction, beside the isochronous one.
pub(super) const ENDPOINTS: usize = 8;

/// PTR, MAXCNT and AMOUNT.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EasyDma {
    pub(super) ptr: u32,
    pub(super) maxcnt: u32,
    pub(super) amount: u32,
}

/// An endpoint that sends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct In {
    pub(super) dma: EasyDma,
    /// What the next IN token gets.
    pub(super) packet: Option<Packet>,
    pub(super) halted: bool,
    /// The next packet is DATA1.
    pub(super) toggle: bool,
}

/// An endpoint that receives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Out {
    pub(super) dma: EasyDma,
    /// The packet that came last; behind it is what was there before.
    pub(super) buffer: [u8; PACKET],
    /// SIZE.EPOUT[n].
    pub(super) size: u32,
    /// The next packet is taken.
    pub(super) open: bool,
    pub(super) halted: bool,
    /// The next packet is DATA1.
    pub(super) toggle: bool,
}

impl Default for Out {
    fn default() -> Self {
        Self { dma: EasyDma::default(), buffer: [0; PACKET], size: 0, open: false, halted: false, toggle: false }
    }
}

impl In {
    /// After a reset of the bus.
    pub(super) fn reset(&mut self) {
        *self = Self { dma: self.dma, ..Self::default() };
    }
}

impl Out {
    /// After a reset of the bus.
    pub(super) fn reset(&mut self) {
        *self = Self { dma: self.dma, size: self.size, buffer: self.buffer, ..Self::default() };
    }

    /// A packet has come.
    pub(super) fn fill(&mut self, packet: &Packet) {
        let bytes = packet.bytes();
        self.buffer[..bytes.len()].copy_from_slice(bytes);
        self.size = bytes.len() as u32;
        self.open = false;
        self.toggle = !self.toggle;
    }
}
