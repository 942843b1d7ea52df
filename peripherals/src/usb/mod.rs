//! USB at full speed, as far as a serial port and a drive need it: what goes over the cable, and the host at its other end.
//!
//! A device model implements [`Port`]; [`Host`] does the rest. Neither knows the other's inside, and nothing here knows which chip
//! the device is in.

mod descriptors;
mod host;
mod lints;
#[cfg(test)]
mod tests;

use crate::kernel::Cx;

pub use host::Host;
pub use lints::{USB_DEVICE, USB_STORAGE};

/// Bytes of a packet on a control or bulk endpoint, at most (USB 2.0, 5.5.3 and 5.8.3).
pub const PACKET: usize = 64;

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    bytes: [u8; PACKET],
    len: u8,
}

impl Packet {
    /// The first [`PACKET`] bytes of `bytes`.
    pub fn new(bytes: &[u8]) -> Self {
        let len = bytes.len().min(PACKET);
        let mut packet = Self { bytes: [0; PACKET], len: len as u8 };
        packet.bytes[..len].copy_from_slice(&bytes[..len]);
        packet
    }

    /// What is in it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// A token that the host sends, with the number of the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// The eight bytes of a control transfer's request.
    Setup,
    /// The device is to send.
    In(u8),
    /// The host sends.
    Out(u8),
}

/// What the device does about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: there is no such endpoint, or nobody is there.
    Silence,
    /// Not now.
    Nak,
    /// The endpoint is halted, or the request is not for this device.
    Stall,
    /// It takes the packet (OUT and SETUP), or sends one of so many bytes (IN).
    Ready(usize),
}

/// A device at the end of the cable. Data toggles are its own affair: packets get neither lost nor doubled here.
pub trait Port {
    /// The address that it answers to.
    fn address(&self) -> u8;

    /// What it would do about `token` at this moment. Nothing happens by asking.
    fn answer(&self, token: Token) -> Answer;

    /// The lines show a reset.
    fn reset(&mut self, cx: &mut Cx);

    /// Takes a request, when the answer to [`Token::Setup`] is [`Answer::Ready`].
    fn setup(&mut self, request: [u8; 8], cx: &mut Cx);

    /// Takes `packet` at an OUT endpoint, when the answer to [`Token::Out`] is [`Answer::Ready`].
    fn receive(&mut self, endpoint: u8, packet: &Packet, cx: &mut Cx);

    /// Gives the packet of an IN endpoint, which the host acknowledges, when the answer to [`Token::In`] is [`Answer::Ready`].
    fn send(&mut self, endpoint: u8, cx: &mut Cx) -> Packet;
}
