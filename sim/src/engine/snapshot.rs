//! Machines are values: the whole of one at a moment, from which it or another goes on exactly as it did.

use super::bus::{BoardSnapshot, LostStore};
use super::core::CoreSnapshot;
use super::exceptions::Sleep;
use super::fault::FaultRecord;
use super::machine::Machine;
use super::timing::Rules;
use crate::boards::Board;
use crate::image::Start;

/// A machine at one moment: core, memory, peripherals, chips, probes and time. Plain data that can go to another thread.
#[derive(Clone)]
pub struct MachineSnapshot {
    board: Board,
    rules: Rules,
    start: Start,
    core: CoreSnapshot,
    bus: BoardSnapshot,
    resets: u32,
    asleep: Option<Sleep>,
    has_slept: bool,
    caught: Option<FaultRecord>,
    lost_store: Option<LostStore>,
    flash_wanted: Option<u64>,
}

/// A snapshot that does not fit the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// Other chips, or other wires.
    #[error("the snapshot is of a machine with another board")]
    Board,
    /// Another timing.
    #[error("the snapshot is of a machine with other timing rules")]
    Rules,
}

impl Machine {
    /// The machine as it is now; between two calls of [`Machine::run`] that is always possible.
    pub fn snapshot(&self) -> MachineSnapshot {
        MachineSnapshot {
            board: self.board().clone(),
            rules: self.rules,
            start: self.start,
            core: self.core.snapshot(),
            bus: self.core.bus().snapshot(),
            resets: self.resets,
            asleep: self.asleep,
            has_slept: self.has_slept,
            caught: self.caught,
            lost_store: self.lost_store,
            flash_wanted: self.flash_wanted,
        }
    }

    /// Goes on from `snapshot`, firmware and seed included. Whether polling loops are skipped stays as it is.
    ///
    /// # Errors
    /// [`RestoreError`] when the snapshot is of a machine with another board or other rules; nothing has changed then.
    pub fn restore(&mut self, snapshot: &MachineSnapshot) -> Result<(), RestoreError> {
        if self.board() != &snapshot.board {
            return Err(RestoreError::Board);
        }
        if self.rules != snapshot.rules {
            return Err(RestoreError::Rules);
        }
        // The core asks the bus whether its FPU is on.
        self.core.bus_mut().restore(&snapshot.bus);
        self.core.restore(&snapshot.core);
        self.start = snapshot.start;
        self.resets = snapshot.resets;
        (self.asleep, self.has_slept) = (snapshot.asleep, snapshot.has_slept);
        (self.caught, self.lost_store) = (snapshot.caught, snapshot.lost_store);
        self.flash_wanted = snapshot.flash_wanted;
        Ok(())
    }
}
