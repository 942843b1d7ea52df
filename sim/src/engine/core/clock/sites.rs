//! Instructions that need hooks of their own: which of them run often.
//!
//! Unicorn goes through the list of all such hooks each time one of them is hit, 2 to 3.5 ns for each in the list. An interpreter has
//! hundreds of them, and runs a dozen over and over. So those that hardly run lose their hooks, and get them back when their block
//! is met again.

use super::*;

/// Runs of such instructions before the first look at which they are. Each look waits for twice as many as the one before.
pub(super) const FIRST_REVIEW: u32 = 1 << 15;
const LAST_REVIEW: u32 = 1 << 24;
/// One that does not make up this part of all runs is rare.
const RARE: u32 = 128;
/// So few are not worth forgetting what is known of all blocks.
const FEW: usize = 16;

impl<B: Bus> State<B> {
    /// One of them runs.
    #[inline]
    pub(in super::super) fn count_site(&mut self) {
        self.site_runs.0 += 1;
        if self.sites_are_due() {
            self.look_closer();
        }
    }

    /// Whether a look at them is due.
    #[inline]
    pub(super) fn sites_are_due(&self) -> bool {
        self.site_runs.0 >= self.site_runs.1
    }

    /// Those that are to lose their hooks; what is known of blocks is forgotten then. Nothing runs.
    pub(in super::super) fn take_rare_sites(&mut self) -> Vec<u32> {
        if !self.sites_are_due() {
            return Vec::new();
        }
        let (runs, review) = self.site_runs;
        self.site_runs = (0, (review * 2).min(LAST_REVIEW));
        let rare = |site: &Shared<Site<B>>| site.runs < (runs / RARE).max(2);
        let is_rare = |pc: &u32| self.sites.get(pc).is_some_and(rare);
        let mut rare: Vec<u32> = self.hooked.iter().copied().filter(is_rare).collect();
        if rare.len() < FEW {
            rare.clear();
        } else {
            rare.iter().for_each(|pc| _ = self.hooked.remove(pc));
            // Met again, a block asks for its hooks.
            self.forget_blocks();
        }
        self.sites.values_mut().for_each(|site| site.runs = 0);
        rare
    }
}

#[cfg(test)]
impl<B: Bus> State<B> {
    /// The next look is taken after `runs` runs.
    pub(in super::super) fn review_sites_after(&mut self, runs: u32) {
        self.site_runs.1 = runs;
    }
}
