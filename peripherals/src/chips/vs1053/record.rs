//! How recording starts and ends, and what of it shows in the registers (VS1053b datasheet v1.33, "PCM / ADPCM Recording"; VS1053.md, 5.6).
//!
//! 1. It starts when the chip has booted with SM_ADPCM set, or when VLSI's patches or its IMA ADPCM fix are started then (VS1053.md, 5.6). Without
//!    the fix it works as well (guess: what the fix mends is not documented).
//! 2. It ends with any reset, and when SM_ADPCM is cleared (guess).
//! 3. What comes at SDI meanwhile is dropped (guess).

use super::control::{mode, reg};
use super::recorder::{RATES, Recorder};
use super::{Vs1053, lints};
use crate::kernel::{Cx, Instant, Rate};

impl Vs1053 {
    /// Recording starts at `start` if SM_ADPCM asks for it.
    pub(super) fn record(&mut self, start: Instant, cx: &mut Cx) {
        let value = self.registers[usize::from(reg::MODE)];
        if value & mode::SM_ADPCM == 0 {
            return;
        }
        if self.config.is_vs1003() {
            cx.report(&lints::MODE_BITS, u64::from(mode::SM_ADPCM), || "SM_ADPCM of a VS1003".into());
            return;
        }
        let asked = u32::from(self.registers[usize::from(reg::AICTRL0)]);
        if !RATES.contains(&asked) {
            cx.report(&lints::RECORDING_RATE, 0, || format!("AICTRL0 = {asked} at the start of a recording"));
        }
        let hz = u64::from(asked.clamp(*RATES.start(), *RATES.end()));
        let rate = Rate::new(hz * u64::from(self.clock.xtali_hz()) / u64::from(self.clock.told_hz()));
        let control = self.registers[usize::from(reg::AICTRL3)];
        self.recorder = Some(Box::new(Recorder::new(start, rate, control, value & mode::SM_LINE1 != 0)));
    }

    /// It ends.
    pub(super) fn end_recording(&mut self) {
        if self.recorder.take().is_some() {
            self.registers[usize::from(reg::HDAT0)] = 0;
            self.registers[usize::from(reg::HDAT1)] = 0;
        }
    }

    /// HDAT0 or HDAT1 is going to be read.
    pub(super) fn recording_read(&mut self, cx: &mut Cx) {
        let Some(recorder) = &mut self.recorder else { return };
        let before = recorder.overflows;
        let [gain, most] = [reg::AICTRL1, reg::AICTRL2].map(|r| self.registers[usize::from(r)]);
        recorder.advance(cx.now(), &self.config.line_in, &self.config.mic_in, gain, most);
        if recorder.overflows > before {
            cx.report(&lints::RECORDING_OVERFLOW, 0, || "1024 words and nobody to read them".into());
        }
        self.registers[usize::from(reg::HDAT1)] = recorder.waiting();
        self.registers[usize::from(reg::HDAT0)] = recorder.next();
    }

    /// HDAT0 has been read.
    pub(super) fn recording_was_read(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.taken();
        }
    }

    /// Whether VOL has no effect: while ADPCM is being encoded (datasheet, "Record Monitoring Volume"; VS1053.md, 5.6).
    pub(super) fn encoding(&self) -> bool {
        self.recorder.as_ref().is_some_and(|recorder| !recorder.linear())
    }
}
