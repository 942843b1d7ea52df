//! Registers as data: one table feeds decoding, names in messages, and the tests of reset values.

/// What software may do to a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    R,
    /// Write only; reads give 0.
    W,
    /// Both.
    RW,
}

/// A register, or an array of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    /// Byte offset from the block's base.
    pub offset: u16,
    /// The manual's name.
    pub name: &'static str,
    /// What software may do.
    pub access: Access,
    /// Value after reset.
    pub reset: u32,
    /// How many of them there are; 1 for a register that is no array.
    pub count: u16,
    /// Bytes from one to the next.
    pub stride: u16,
}

/// The registers of one kind of block.
#[derive(Debug, PartialEq, Eq)]
pub struct RegisterMap {
    /// The manual's name of the block.
    pub block: &'static str,
    /// Document and chapter.
    pub source: &'static str,
    /// Sorted by offset.
    pub registers: &'static [Register],
}

impl RegisterMap {
    /// The register at byte offset `at` and its place in an array.
    pub fn find(&self, at: u16) -> Option<(&'static Register, u16)> {
        self.registers.iter().find_map(|r| {
            let past = at.checked_sub(r.offset)?;
            let index = past / r.stride;
            (index < r.count && past % r.stride < 4).then_some((r, index))
        })
    }

    /// The manual's name of the register at byte offset `at`, such as `EVENTS_COMPARE[2]`.
    pub fn name(&self, at: u16) -> Option<String> {
        let (register, index) = self.find(at)?;
        Some(if register.count > 1 { format!("{}[{index}]", register.name) } else { register.name.to_owned() })
    }
}

/// Writes a [`RegisterMap`] the way the manual prints it.
///
/// ```
/// use peripherals::kernel::{registers, Access};
/// registers! { pub TIMER, "nRF52840 PS v1.7, TIMER";
///     0x000 TASKS_START W;
///     0x140 EVENTS_COMPARE[6] RW;
///     0x508 BITMODE RW reset 0;
/// }
/// assert_eq!(TIMER.name(0x148).as_deref(), Some("EVENTS_COMPARE[2]"));
/// assert_eq!(TIMER.find(0x000).map(|(r, _)| r.access), Some(Access::W));
/// ```
#[macro_export]
macro_rules! registers {
    ($vis:vis $block:ident, $source:literal; $($offset:literal $name:ident $([$count:literal $(step $stride:literal)?])? $access:ident $(reset $reset:literal)?;)*) => {
        #[doc = concat!("Registers of ", stringify!($block), " (", $source, ").")]
        $vis static $block: $crate::kernel::RegisterMap = $crate::kernel::RegisterMap {
            block: stringify!($block),
            source: $source,
            registers: &[$($crate::kernel::Register {
                offset: $offset,
                name: stringify!($name),
                access: $crate::kernel::Access::$access,
                reset: 0 $(+ $reset)?,
                count: $crate::registers!(@count $($count)?),
                stride: $crate::registers!(@stride $($($stride)?)?),
            },)*],
        };
    };
    (@count) => { 1 };
    (@count $count:literal) => { $count };
    (@stride) => { 4 };
    (@stride $stride:literal) => { $stride };
}
pub use registers;

#[cfg(test)]
mod tests {
    registers! { PPI, "PS v1.7, PPI"; 0x510 CH_EEP[20 step 8] RW; 0x514 CH_TEP[20 step 8] RW; 0x800 CHG[6] RW reset 7; }

    #[test]
    fn interleaved_arrays_find_their_own() {
        assert_eq!(PPI.name(0x518).as_deref(), Some("CH_EEP[1]"));
        assert_eq!(PPI.name(0x51C).as_deref(), Some("CH_TEP[1]"));
        assert_eq!(PPI.find(0x800).map(|(r, _)| r.reset), Some(7));
        assert_eq!(PPI.find(0x700), None);
    }
}
