//! SC_ADD at work: WMA and AAC may raise CLKI above SC_MULT, and with it the limits on the bus (VS1053b datasheet v1.33, "SCI_CLOCKF";
//! VS1053.md, 2.5).
//!
//! 1. What a format needs is not documented; for AAC it is a knob, `clock_min_aac`, and 3.0 x XTALI for WMA is a guess on the safe side of what VLSI
//!    recommends, 3.5 x and 1.0 x more (VS1053.md, 7).

use super::{Vs1053, lints};
use crate::kernel::Cx;

/// Tenths of XTALI that WMA needs as CLKI.
const WMA: u32 = 30;

impl Vs1053 {
    /// A stream begins that may have SC_ADD and needs so many tenths of XTALI; 0 for any other, or none. The clock is raised as far as SC_ADD
    /// allows and the stream needs, and goes back otherwise.
    pub(super) fn boost(&mut self, tenths: u32, cx: &mut Cx) {
        if self.clock.boost(tenths) {
            self.clock_changed(cx.now());
            self.judge_clock(cx);
        }
    }

    /// WMA begins, which the model does not decode.
    pub(super) fn boost_for_wma(&mut self, cx: &mut Cx) {
        self.boost(WMA, cx);
        let (have, xtali) = (u64::from(self.clock.clki_hz()), u64::from(self.clock.xtali_hz()));
        if have * 10 < xtali * u64::from(WMA) {
            cx.report(&lints::CLOCK_TOO_LOW, 1, || {
                let (whole, tenth) = (WMA / 10, WMA % 10);
                let (clki, part) = (have / xtali, have * 100 / xtali % 100);
                format!("WMA needs about {whole}.{tenth} x XTALI; with all of SC_ADD, CLKI is {clki}.{part:02} x")
            });
        }
    }
}
