//! Flash chips on a bus of up to four data lines, byte by byte.
//!
//! 1. Between QSPI and a chip go whole bytes, each with how many lines it took; SCK and the data lines do not move on their wires. A
//!    load from QSPI's window needs its answer at once, so the chips' insides are kept with the world. Which chip answers is decided by
//!    the wires.

use super::net::{ActorId, Nets, PinId, SOC};
use super::snapshot::copies;
use super::time::Instant;
use std::any::Any;
use std::fmt::Debug;

/// What a chip does between its select and its release.
pub trait QuadDevice: CopyQuadDevice + Debug + Any + Send {
    /// CS falls at `now`.
    fn select(&mut self, now: Instant);

    /// A byte has gone over the bus on `lines` lines (1, 2 or 4): what the master drove, and what it sees, which is 0xFF where the chip is
    /// silent. On one line both go at once.
    fn exchange(&mut self, out: u8, lines: u8, now: Instant) -> u8;

    /// CS rises at `now`: what was asked for is done.
    fn deselect(&mut self, now: Instant);

    /// Until when the chip is busy by itself with what it was told; a moment that has passed if it is not.
    fn busy_until(&self) -> Instant;
}

copies! {
    /// Every [`QuadDevice`] that is `Clone` can be copied without being known.
    CopyQuadDevice for QuadDevice
}

/// All such chips of a board, by their actor, whose pins 0 to 5 are SCK, CS and IO0 to IO3.
#[derive(Clone, Debug, Default)]
pub struct QuadDevices(Vec<(ActorId, Box<dyn QuadDevice>)>);

impl QuadDevices {
    /// The inside of the chip `actor`.
    pub fn add(&mut self, actor: ActorId, device: Box<dyn QuadDevice>) {
        self.0.push((actor, device));
    }

    /// The inside of the chip `actor`, if it is a `D`.
    pub fn get<D: QuadDevice>(&self, actor: ActorId) -> Option<&D> {
        let (_, device) = self.0.iter().find(|(of, _)| *of == actor)?;
        let device: &dyn Any = &**device;
        device.downcast_ref()
    }

    /// The same, to change.
    pub fn get_mut<D: QuadDevice>(&mut self, actor: ActorId) -> Option<&mut D> {
        let (_, device) = self.0.iter_mut().find(|(of, _)| *of == actor)?;
        let device: &mut dyn Any = &mut **device;
        device.downcast_mut()
    }

    /// The chip whose SCK, CS, IO0 and IO1 are on the wires of these pins of the SoC, and whether IO2 and IO3 are too.
    pub(super) fn at(&mut self, pins: [Option<PinId>; 6], nets: &Nets) -> Option<(&mut dyn QuadDevice, bool)> {
        let joined = |actor: ActorId, n: usize| {
            let ours = pins[n].and_then(|pin| nets.net_of(SOC, pin));
            ours.is_some() && ours == nets.net_of(actor, PinId(n as u8))
        };
        let (actor, device) = self.0.iter_mut().find(|(actor, _)| (0..4).all(|n| joined(*actor, n)))?;
        let four = joined(*actor, 4) && joined(*actor, 5);
        Some((&mut **device, four))
    }
}
