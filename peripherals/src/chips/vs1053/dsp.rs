//! The DSP's peripherals and memory as WRAM shows them (VS1053b datasheet v1.33, "VS1053b Registers": "GPIO Registers", "DAC Registers",
//! "Interrupt Registers", "I2S DAC Interface"; VS1053.md, 5.8).
//!
//! 1. What has no behaviour here reads back as it was written; it reads 0 before. Bits 8 and 9 of GPIO_DDR are such, which on the chip take SO over
//!    and shut SCI and SDI off; so are the DAC's sample words, the ADC and the PLL's bits in FCTLH.
//! 2. Interrupts, timers, the sample rate converter and the side-stream modulator are registers without effect. Writes to
//!    INT_GLOB_DIS and INT_GLOB_ENA count in INT_COUNTER, up to 7 (guess).
//! 3. The rate tune acts from the next rate on, of a stream or of AUDATA: VLSI's recipe, a 0 to WRAMADDR 0x5B1C and then AUDATA again,
//!    is one way to that (VS1053b Patches; VS1053.md, 5.2).
//! 4. I2S keeps its registers and drives no pin.
//! 5. The bit of DREQ at 0xC012 shows the FIFO's state alone, not the pulse of the read that asks (inferred; VS1053.md, 3). The audio FIFO's
//!    pointers are right as to their distance only.

use super::control::reg;
use super::effects::Sides;
use super::gain::{dac_vol, of_dac_vol};
use super::mem::{Target, parametric, target};
use super::{Vs1053, lints, pins};
use crate::kernel::{Cx, Drive, Instant, Level, PinId};

/// Peripherals that have behaviour, by their address (VS1053.md, 5.8).
const SCI_LAST: u16 = 0xC00F;
const SCI_CHANGE: u16 = 0xC010;
const SDI_WORD: u16 = 0xC011;
const SDI_DREQ: u16 = 0xC012;
const DAC_FCTLL: u16 = 0xC013;
const DAC_FCTLH: u16 = 0xC014;
const GPIO_DDR: u16 = 0xC017;
const GPIO_IDATA: u16 = 0xC018;
const GPIO_ODATA: u16 = 0xC019;
const INT_GLOB_DIS: u16 = 0xC01B;
const INT_GLOB_ENA: u16 = 0xC01C;
const INT_COUNTER: u16 = 0xC01D;
const UART_FIRST: u16 = 0xC028;
const UART_LAST: u16 = 0xC02B;
const I2S_CONFIG: u16 = 0xC040;
const I2S_ENABLE: u16 = 1 << 2;
const DAC_VOL: u16 = 0xC045;

const RATE_TUNE_HIGH: u16 = parametric::RATE_TUNE + 1;
/// Range of the rate tune, in steps of 2 ppm (VS1053b Patches; VS1053.md, 5.2).
const RATE_TUNES: core::ops::RangeInclusive<i32> = -187_000..=511_999;
/// Of playMode (VS1053b Patches; VS1053.md, 5.2).
const PLAY_MODE_PAUSE: u16 = 1 << 1;

/// The firmware's pointers in Y memory, in words: stream buffer written and read, audio FIFO written and read (VLSI's staff; VS1053.md, 3).
const POINTERS: core::ops::RangeInclusive<u16> = 0x1A7D..=0x1A81;

impl Vs1053 {
    /// Levels as GPIO_IDATA shows them: GPIO0 to GPIO7, SCLK, XCS, SI, XDCS (VS1053.md, 5.8).
    pub(super) fn pin_levels(&self, cx: &Cx) -> u16 {
        let gpio = (0..8).filter(|&n| cx.level(PinId(pins::GPIO0.0 + n)).is_high()).fold(0, |bits, n| bits | 1 << n);
        let bus = [self.sclk, !self.xcs_low, self.si, !self.xdcs_low];
        (0..4).filter(|&n| bus[n]).fold(gpio, |bits, n| bits | 1 << (8 + n))
    }

    /// The word that WRAM shows.
    pub(super) fn read_memory(&self, now: Instant, pins: u16) -> u16 {
        match target(self.memory.pointer()) {
            Target::Peripheral(a @ 0xC000..=SCI_LAST) => match a as u8 & 0xF {
                // WRAM through WRAM has no bottom.
                reg::WRAM => 0,
                other => self.read_register(other, now, pins),
            },
            Target::Peripheral(SCI_CHANGE) => self.last_access,
            Target::Peripheral(SDI_WORD) => self.last_sdi_word,
            Target::Peripheral(SDI_DREQ) => u16::from(self.dreq.has_room()),
            Target::Peripheral(GPIO_IDATA) => pins,
            Target::Peripheral(a) if self.uart.read(a).is_some() => self.uart.read(a).unwrap_or(0),
            Target::Y(a) if POINTERS.contains(&a) => {
                let written = (self.fifo.written & 0x3FF) as u16;
                match a - POINTERS.start() {
                    0 => written,
                    1 => written.wrapping_sub(self.fifo.len() as u16 / 2) & 0x3FF,
                    3 => (2 * self.player.audio.queued().min(super::audio::AUDIO_FIFO - 1)) as u16,
                    _ => 0,
                }
            }
            _ => self.memory.peek(),
        }
    }

    /// Effects of a write through WRAM beyond keeping the value.
    pub(super) fn memory_written(&mut self, address: u16, value: u16, cx: &mut Cx) {
        match address {
            address if self.config.is_vs1003() && parametric::BLOCK.contains(&address) => {}
            parametric::CONFIG1 if value & 0xF > 1 => {
                cx.report(&lints::MIDI_REVERB, 0, || format!("X 0x{address:04X} = 0x{value:04X}"));
            }
            parametric::PLAY_SPEED => self.player.play_speed = u64::from(value.max(1)),
            parametric::PLAY_MODE => {
                self.apply_play_mode();
                self.decode(cx);
            }
            DAC_VOL => {
                self.player.audio.advance(cx.now());
                self.player.audio.stage.volume = value.to_be_bytes().map(of_dac_vol);
            }
            parametric::RESYNC => self.player.honour_lengths = value == 0,
            DAC_FCTLL | DAC_FCTLH => {
                let fctl = u32::from(self.memory.peripheral(DAC_FCTLH) & 0xF) << 16
                    | u32::from(self.memory.peripheral(DAC_FCTLL));
                let hz = self.clock.fctl_hz(fctl);
                if hz > 0 {
                    self.player.audio.set_rate(cx.now(), hz);
                }
            }
            parametric::RATE_TUNE | RATE_TUNE_HIGH if self.features.patches => {
                let words = [self.memory.x(RATE_TUNE_HIGH), self.memory.x(parametric::RATE_TUNE)];
                let tune = (u32::from(words[0]) << 16 | u32::from(words[1])) as i32;
                self.player.audio.tune = tune.clamp(*RATE_TUNES.start(), *RATE_TUNES.end());
            }
            GPIO_DDR | GPIO_ODATA => self.drive_gpio(cx),
            UART_FIRST..=UART_LAST => self.uart_written(address, value, cx),
            INT_GLOB_DIS | INT_GLOB_ENA => {
                let counter = self.memory.peripheral(INT_COUNTER);
                let counter =
                    if address == INT_GLOB_DIS { counter.saturating_add(1) } else { counter.saturating_sub(1) };
                self.memory.set_peripheral(INT_COUNTER, counter.min(7));
            }
            I2S_CONFIG if value & I2S_ENABLE != 0 => {
                cx.report(&lints::I2S, 0, || format!("I2S_CONFIG = 0x{value:04X}"))
            }
            0xC000..=SCI_LAST if !matches!(address as u8 & 0xF, reg::WRAM | reg::WRAMADDR | reg::MODE) => {
                self.registers[usize::from(address & 0xF)] = value;
            }
            _ => {}
        }
    }

    /// Drives GPIO0 to GPIO7 as GPIO_DDR and GPIO_ODATA say.
    pub(super) fn drive_gpio(&mut self, cx: &mut Cx) {
        let (out, data) = (self.memory.peripheral(GPIO_DDR), self.memory.peripheral(GPIO_ODATA));
        for n in 0..8 {
            let level = Drive::from(Level::from(data >> n & 1 == 1));
            let drive = if out >> n & 1 == 1 { level } else { Drive::Release };
            cx.drive(PinId(pins::GPIO0.0 + n), drive);
        }
    }

    /// Whether the chip drives GPIO`n` low.
    pub(super) fn drives_low(&self, n: u8) -> bool {
        (self.memory.peripheral(GPIO_DDR) & !self.memory.peripheral(GPIO_ODATA)) >> n & 1 == 1
    }

    /// A software reset turns the pins back into inputs and I2S off (erratum, knob `soft_reset_gpio`; VS1053.md, 4).
    pub(super) fn release_gpio(&mut self, cx: &mut Cx) {
        self.memory.set_peripheral(GPIO_DDR, 0);
        self.memory.set_peripheral(I2S_CONFIG, 0);
        self.drive_gpio(cx);
    }

    /// The DAC is to run at `hz`.
    pub(super) fn set_rate(&mut self, now: Instant, hz: u32) {
        self.player.audio.set_rate(now, hz);
        self.show_fctl(hz);
    }

    /// Brings the player in line with playMode, rate tune and SM_PAUSE, which VLSI's patches bring (VS1053.md, 5.2 and 2.2).
    pub(super) fn apply_play_mode(&mut self) {
        let patches = self.features.patches;
        let play_mode = if patches { self.memory.x(parametric::PLAY_MODE) } else { 0 };
        let mode = self.registers[usize::from(reg::MODE)];
        let paused = play_mode & PLAY_MODE_PAUSE != 0 || patches && mode & super::mode::SM_PAUSE != 0;
        if paused != self.player.paused {
            self.player.paused = paused;
            self.player.audio.excuse();
        }
        self.player.audio.effects.sides = Sides::of_play_mode(play_mode);
    }

    /// The DAC's divider shows the rate (VS1053.md, 5.8).
    pub(super) fn show_fctl(&mut self, hz: u32) {
        let fctl = self.clock.fctl(hz);
        self.memory.set_peripheral(DAC_FCTLL, fctl as u16);
        let pll = self.memory.peripheral(DAC_FCTLH) & !0xF;
        self.memory.set_peripheral(DAC_FCTLH, pll | (fctl >> 16) as u16);
    }

    /// DAC_VOL follows VOL (VS1053.md, 2.9).
    pub(super) fn show_dac_vol(&mut self, vol: u16) {
        let [left, right] = vol.to_be_bytes().map(|v| u16::from(dac_vol(v)));
        self.memory.set_peripheral(DAC_VOL, left << 8 | right);
    }

    /// CLKI or XTALI is another, or SC_FREQ tells another.
    pub(super) fn clock_changed(&mut self, now: Instant) {
        self.player.hunt_byte_ps = self.clock.clki(u64::from(self.config.hunt_clki)).as_ps();
        let voice_hz = u64::from(self.config.midi_voice_khz) * 1000;
        self.player.voices = ((u64::from(self.clock.clki_hz()) / voice_hz) as usize).clamp(1, super::song::MOST_VOICES);
        self.player.audio.set_clock(now, self.clock.xtali_hz(), self.clock.told_hz());
    }
}
