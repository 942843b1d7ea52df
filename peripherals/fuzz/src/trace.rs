//! A digest over everything that can be seen from outside: equal inputs must give equal ones.

use peripherals::kernel::{Instant, Level, NetId, Probe};
use std::cell::RefCell;
use std::hash::{DefaultHasher, Hasher};
use std::rc::Rc;

/// The digest under way; clones share it.
#[derive(Clone, Default)]
pub struct Trace(Rc<RefCell<DefaultHasher>>);

impl Trace {
    /// Takes in a number that was seen.
    pub fn note(&self, value: u64) {
        self.0.borrow_mut().write_u64(value);
    }

    /// The digest so far.
    pub fn digest(&self) -> u64 {
        self.0.borrow().finish()
    }
}

impl Probe for Trace {
    fn edge(&mut self, at: Instant, net: NetId, level: Level) {
        self.note(at.as_ps());
        self.note(u64::from(net.0) << 1 | u64::from(level.is_high()));
    }
}
