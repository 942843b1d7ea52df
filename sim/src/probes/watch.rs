//! Recorder and transactions behind one door: what the live screen keeps costs each edge one call instead of two.

use super::recorder::Recorder;
use super::transactions::Transactions;
use peripherals::kernel::{Instant, Level, NetId, Probe};

/// Both, which see the same edges.
#[derive(Clone)]
pub struct Watch {
    /// The wires of the last seconds.
    pub recorder: Recorder,
    /// What is said on them.
    pub transactions: Transactions,
}

impl Probe for Watch {
    fn edge(&mut self, at: Instant, net: NetId, level: Level) {
        self.edge_of(at, net, level, None);
    }

    #[inline]
    fn edge_of(&mut self, at: Instant, net: NetId, level: Level, pc: Option<u32>) {
        self.recorder.edge_of(at, net, level, pc);
        self.transactions.edge_of(at, net, level, pc);
    }
}
