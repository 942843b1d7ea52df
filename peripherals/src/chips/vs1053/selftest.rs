//! The tests that SDI and AIADDR can ask for (VS1053b datasheet v1.33, "SDI Tests", "New Sine and Sweep Tests"; VS1053.md, 5.3).
//!
//! 1. The memory test finds no fault. It leaves the pattern 0x5555 everywhere, and until a reset nothing is decoded (guess: the datasheet
//!    only says that memory is overwritten). Its clocks are counted as CLKI (guess).
//! 2. AIADDR = 0 ends the new sine test, as a reset does (guess: the datasheet names no way).
//! 3. A tone ends the stream, and AUDATA shows the sine test's rate (guess).

use super::conduct::Duty;
use super::control::reg;
use super::tone::{Request, Tone, request};
use super::{MEMORY_TEST, Vs1053, lints};
use crate::kernel::Cx;

/// Clocks of the memory test (VS1053.md, 5.3).
const MEMORY_TEST_CLKI: u64 = 1_100_000;
/// HDAT0 when everything passed: bit 15 and one bit each for the multiplexer, MAC, RAMs and ROMs (VS1053.md, 5.3).
const MEMORY_GOOD: u16 = 0x83FF;

impl Vs1053 {
    /// A sequence of the SDI tests may be complete.
    pub(super) fn tests_asked(&mut self, cx: &mut Cx) {
        let now = cx.now();
        let Some(request) = request(self.last_sdi) else { return };
        match request {
            Request::Start(tone, rate_hz) => {
                self.registers[usize::from(reg::AUDATA)] = rate_hz as u16 & !1 | 1;
                self.start_tone(tone, rate_hz, cx);
            }
            Request::Stop => {
                if self.player.audio.has_tone() {
                    self.duty(Duty::SineStop, true, cx, String::new);
                }
                self.player.audio.set_tone(now, None);
            }
            Request::NearlyStop(slip) if self.player.audio.has_tone() => {
                cx.report(&lints::SINE_STOP_TYPO, u64::from(slip), || format!("45 78 69 {slip:02X} and zeros"));
            }
            Request::NearlyStop(_) => {}
            Request::Register(n) => {
                let pins = self.pin_levels(cx);
                let to = if n == reg::HDAT0 { reg::HDAT1 } else { reg::HDAT0 };
                self.registers[usize::from(to)] = self.read_register(n, now, pins);
            }
            Request::Memory => {
                let until = now + self.clock.clki(MEMORY_TEST_CLKI);
                (self.memory_testing, self.memory_busy) = (true, true);
                self.fifo.clear();
                cx.wake_at(MEMORY_TEST, until);
                if self.config.memory_test_dreq {
                    self.dreq.pulse(now, now, until);
                }
            }
            Request::Pins => cx.report(&lints::SDI_TEST, 0, String::new),
        }
        self.take_facts(cx);
        self.room_changed(cx);
        self.listen(cx);
    }

    /// The memory test is over; memory is not what it was.
    pub(super) fn memory_tested(&mut self, cx: &mut Cx) {
        self.memory_busy = false;
        self.memory.overwrite(0x5555);
        self.registers[usize::from(reg::HDAT0)] = MEMORY_GOOD;
        self.settle_dreq(cx);
    }

    fn start_tone(&mut self, tone: Tone, rate_hz: u32, cx: &mut Cx) {
        self.player.cancel();
        self.fifo.clear();
        self.player.audio.set_tone(cx.now(), Some((tone, rate_hz)));
    }

    /// AIADDR = 0x4020 or 0x4022: the sine test and the sweep of the ROM, at the rate of AUDATA (VS1053.md, 5.3).
    pub(super) fn new_sine(&mut self, sweep: bool, cx: &mut Cx) {
        let rate_hz = u32::from(self.registers[usize::from(reg::AUDATA)] & !1);
        let tone = if sweep {
            Tone::sweep()
        } else {
            Tone::new(self.registers[usize::from(reg::AICTRL0)], self.registers[usize::from(reg::AICTRL1)])
        };
        self.start_tone(tone, rate_hz, cx);
        self.take_facts(cx);
        self.room_changed(cx);
        self.listen(cx);
    }
}
