//! SDI in VS1001 mode, SM_SDINEW = 0: a clock of its own, DCLK, data at SDATA, and byte sync at XDCS, called BSYNC (VS1053b datasheet,
//! "SDI in VS1001 Compatibility Mode", "Passive SDI Mode"; read in v1.22, 7.3.3 and 7.3.4, where both are deprecated).
//!
//! The first sampling edge with BSYNC high takes the first bit of a byte; when BSYNC is high at the last bit, the next byte follows
//! at once. With SM_SDISHARE the mode is passive: bits count only while BSYNC is high, and its rising edge starts a byte. SM_SDIORD and SM_DACT
//! hold here too ("Serial Protocol for Serial Data Interface", 7.3; VS1053.md, 1.2).
//!
//! 1. Outside of passive mode a BSYNC that rises inside a byte does not start it anew (inferred: the figure of a transfer of two bytes has it rise
//!    for the second one before the first is over, while a table of pins says that data are synchronised with its rising edge).

use super::control::{mode, reg};
use super::{SDATA, Vs1053};
use crate::kernel::Cx;

impl Vs1053 {
    /// DCLK has moved.
    pub(super) fn dclk(&mut self, high: bool, cx: &mut Cx) {
        if !self.xreset || high == self.sdi_on_fall {
            return;
        }
        let passive = self.registers[usize::from(reg::MODE)] & mode::SM_SDISHARE != 0;
        let takes = self.bsync || !passive && (self.sdi.inside_byte() || self.byte_follows);
        if !takes {
            return;
        }
        let si = cx.level(SDATA).is_high();
        self.sdi_bit(si, cx);
        // BSYNC counts at the last bit.
        self.byte_follows = !self.sdi.inside_byte() && self.bsync;
    }

    /// BSYNC has moved: in passive mode its rising edge starts a byte.
    pub(super) fn bsync_moved(&mut self, high: bool) {
        let passive = self.registers[usize::from(reg::MODE)] & mode::SM_SDISHARE != 0;
        if high && passive {
            self.sdi.realign();
        }
    }
}
