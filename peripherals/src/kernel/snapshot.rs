//! Copies of what the board knows only by a trait: chips, probes, decoders.
//!
//! A machine is a value: a snapshot is a copy of all its parts, and both go on alike, even on two threads. So whatever sits behind one
//! of these traits is `Clone` and `Send`, and its copy shares nothing that either of the two may change.
//!
//! Only `Send` is a matter for the compiler, and it rules out `Rc<RefCell<..>>`. That a `Clone` does not share an `Arc<Mutex<..>>` either is
//! a promise of who writes it.

/// `copies! { CopyChip for Chip }` makes the trait `CopyChip`, which every `Chip` that is `Clone` has by itself, and lets
/// `Box<dyn Chip>` be cloned. `Chip` names it as a supertrait.
macro_rules! copies {
    ($(#[$doc:meta])* $copy:ident for $port:ident) => {
        $(#[$doc])*
        pub trait $copy {
            /// A copy that shares nothing with the original and goes on exactly as it does.
            fn boxed_copy(&self) -> Box<dyn $port>;
        }

        impl<T: $port + Clone + 'static> $copy for T {
            fn boxed_copy(&self) -> Box<dyn $port> {
                Box::new(self.clone())
            }
        }

        impl Clone for Box<dyn $port> {
            fn clone(&self) -> Self {
                (**self).boxed_copy()
            }
        }
    };
}
pub(crate) use copies;
