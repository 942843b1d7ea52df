//! Ownership of what hooks reach by a raw pointer.

use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// A value on the heap that its owner and Unicorn's hooks use in turn, never at the same time: hooks run only while the
/// owner is inside a call to Unicorn. All go through the one pointer that was made here, so none of them outdates it.
pub(super) struct Shared<T>(NonNull<T>);

impl<T> Shared<T> {
    pub(super) fn new(value: T) -> Self {
        Self(NonNull::from(Box::leak(Box::new(value))))
    }

    /// What hooks are given. Valid as long as `self` lives.
    pub(super) fn pointer(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: made from a box in `new` and freed only in `drop`; see the type for who else uses it when.
        unsafe { self.0.as_ref() }
    }
}

impl<T> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`.
        unsafe { self.0.as_mut() }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        // SAFETY: as in `deref`; the engine, and with it every hook, is gone by now: `Core` drops it first.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}
