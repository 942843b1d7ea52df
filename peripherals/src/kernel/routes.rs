//! Events that blocks of the SoC pass to one another without the core.

use std::collections::VecDeque;

/// Which events somebody listens to, and those of them that have happened; by peripheral ID and by the bit of the event, which is
/// that of its EVENTS register at 0x100 + 4 * bit.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    wanted: [u32; 64],
    happened: VecDeque<(u8, u8)>,
}

impl Default for Routes {
    fn default() -> Self {
        Self { wanted: [0; 64], happened: VecDeque::new() }
    }
}

impl Routes {
    /// Event `bit` of block `id` happens: it is kept if somebody listens.
    #[inline]
    pub(super) fn note(&mut self, id: u8, bit: u8) {
        if self.wanted[usize::from(id & 63)] >> (bit & 31) & 1 != 0 {
            self.happened.push_back((id, bit));
        }
    }

    /// From now on these events are listened to, and no others.
    pub(super) fn listen(&mut self, wanted: [u32; 64]) {
        self.wanted = wanted;
    }

    /// The oldest event that has happened and was not taken yet.
    #[inline]
    pub(super) fn take(&mut self) -> Option<(u8, u8)> {
        self.happened.pop_front()
    }

    /// Whether event `bit` of block `id` is listened to.
    pub(super) fn hears_event(&self, id: u8, bit: u8) -> bool {
        self.wanted[usize::from(id & 63)] >> (bit & 31) & 1 != 0
    }

    /// Whether any event of block `id` is listened to.
    pub(crate) fn hears(&self, id: u8) -> bool {
        self.wanted[usize::from(id & 63)] != 0
    }
}
