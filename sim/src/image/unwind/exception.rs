//! The frame that exception entry leaves on the stack (Armv7-M ARM, B1.5.6 to B1.5.8).

use super::Registers;

/// Words of the basic frame.
const BASIC: u32 = 8;
/// Words of the frame that has room for S0 to S15, FPSCR and a reserved word as well.
const EXTENDED: u32 = 26;

/// Whether a return to `address` is an exception return (Armv7-M ARM, table B1-8 and B1-9).
pub(super) fn is_exc_return(address: u32) -> bool {
    matches!(address, 0xFFFF_FFE1 | 0xFFFF_FFE9 | 0xFFFF_FFED | 0xFFFF_FFF1 | 0xFFFF_FFF9 | 0xFFFF_FFFD)
}

/// The registers of what the exception interrupted; `handler` are those just before its return by `exc_return`. `None` when
/// the frame is in no memory.
pub(super) fn interrupted(
    handler: &Registers,
    exc_return: u32,
    read: &dyn Fn(u32) -> Option<u32>,
) -> Option<Registers> {
    let mut before = *handler;
    before.on_psp = exc_return & 1 << 2 != 0;
    let at = before.sp();
    let mut frame = [0; BASIC as usize];
    for (index, word) in (0..).zip(&mut frame) {
        *word = read(at.checked_add(4 * index)?)?;
    }
    let [r0, r1, r2, r3, r12, lr, pc, xpsr] = frame;
    before.r[..4].copy_from_slice(&[r0, r1, r2, r3].map(Some));
    before.r[12] = Some(r12);
    before.lr = Some(lr);
    before.pc = pc & !1;
    before.exception = (xpsr & 0x1FF) as u16;
    let words = if exc_return & 1 << 4 == 0 { EXTENDED } else { BASIC };
    // Bit 9 tells that a word was left out to align the frame.
    let aligner = xpsr >> 9 & 1;
    before.set_sp(at.checked_add(4 * (words + aligner))?);
    Some(before)
}
