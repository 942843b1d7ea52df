//! SC_ADD at work: WMA and AAC may raise CLKI above SC_MULT, and with it the limits on the bus (VS1053b datasheet v1.33, "SCI_CLOCKF").
//!
//! 1. What a format needs is not documented; 2.5 x XTALI for AAC and 3.0 x for WMA are guesses on the safe side of what VLSI recommends, 3.5 x and 1.0 x more.

use super::{Vs1053, lints};
use crate::kernel::Cx;

/// Tenths of XTALI that AAC needs as CLKI, without SBR.
const AAC: u32 = 25;
/// And WMA.
const WMA: u32 = 30;

impl Vs1053 {
    /// A stream of this format begins, whether the model decodes it or not; `""` for none. The clock is raised as far as SC_ADD allows and the
    /// format needs, and goes back otherwise.
    pub(super) fn boost_for(&mut self, format: &str, cx: &mut Cx) {
        let family = format.get(..3).unwrap_or_default();
        let need = match family {
            _ if family.eq_ignore_ascii_case("aac") => AAC,
            _ if family.eq_ignore_ascii_case("wma") => WMA,
            _ => 0,
        };
        if self.clock.boost(need) {
            self.clock_changed(cx.now());
            self.judge_clock(cx);
        }
        let (have, xtali) = (u64::from(self.clock.clki_hz()), u64::from(self.clock.xtali_hz()));
        if have * 10 < xtali * u64::from(need) {
            cx.report(&lints::CLOCK_TOO_LOW, 1, || {
                let (whole, tenth) = (need / 10, need % 10);
                let (clki, part) = (have / xtali, have * 100 / xtali % 100);
                format!("{format} needs about {whole}.{tenth} x XTALI; with all of SC_ADD, CLKI is {clki}.{part:02} x")
            });
        }
    }
}
