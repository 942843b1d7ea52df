//! ACL: access control lists (nRF52840 Product Specification v1.7, ACL), on the page of the NVMC.
//!
//! 1. A region protects against writing and erasing while SIZE is not 0 and PERM.WRITE is set; what is tried all the same is a
//!    bus fault and changes nothing. ERASEALL is not stopped by it (a guess).
//! 2. Each register takes one write until the next reset (its access in the SVD is "writeOnce"); later ones are dropped.
//! 3. Protection against reading (PERM.READ) is a gap.

use super::lint::ACL_READ;
use crate::kernel::{Cx, Refusal, registers};

registers! { pub ACL, "nRF52840 PS v1.7, ACL, Registers";
    0x800 ADDR[8 step 16] RW;
    0x804 SIZE[8 step 16] RW;
    0x808 PERM[8 step 16] RW;
}

/// PERM.WRITE: neither written nor erased.
const WRITE: u32 = 1 << 1;
/// PERM.READ: neither read nor executed.
const READ: u32 = 1 << 2;

#[derive(Clone, Copy, Debug, Default)]
struct Region {
    /// ADDR, SIZE and PERM.
    values: [u32; 3],
    written: [bool; 3],
}

/// The regions.
#[derive(Clone, Debug, Default)]
pub(super) struct Acl([Region; 8]);

impl Acl {
    /// Whether the `bytes` bytes at `first` may be neither written nor erased.
    pub(super) fn protects(&self, first: u32, bytes: u32) -> bool {
        self.0.iter().any(|region| {
            let [addr, size, perm] = region.values;
            perm & WRITE != 0 && first < addr.saturating_add(size) && addr < first.saturating_add(bytes)
        })
    }

    /// The register at byte offset `at` of the page, if it is one of these.
    pub(super) fn read(&self, at: u16) -> Option<u32> {
        let (region, field) = place(at)?;
        Some(self.0[region].values[field])
    }

    /// Writes the register at `at`; `None` when it is none of these.
    pub(super) fn write(&mut self, at: u16, value: u32, cx: &mut Cx) -> Option<Result<(), Refusal>> {
        let (number, field) = place(at)?;
        let region = &mut self.0[number];
        if std::mem::replace(&mut region.written[field], true) {
            return Some(Err(Refusal::ReadOnly));
        }
        region.values[field] = if field == 2 { value & (READ | WRITE) } else { value };
        if field == 2 && value & READ != 0 {
            cx.report(&ACL_READ, number as u64, || format!("ACL[{number}].PERM (write 0x{value:x})"));
        }
        Some(Ok(()))
    }
}

/// Which region, and which of its three registers.
fn place(at: u16) -> Option<(usize, usize)> {
    let (_, _) = ACL.find(at)?;
    Some((usize::from((at - 0x800) / 16), usize::from(at % 16 / 4)))
}
