//! VLSI VS1053b, an audio decoder on two serial interfaces (VS1053b datasheet v1.33).
//!
//! The chip hears edges at its pins and nothing else: SCI under XCS and SDI under XDCS share SCLK and SI. Bits become register
//! accesses (`sci`) and bytes (`sdi`); bytes wait in a `fifo` until the decoder (`play`) takes them in simulated time;
//! samples leave through the `audio` stage at the stream's rate, after VOL. Compressed packets are decoded by whatever
//! [`Codecs`] the chip is given, and notes sound through its [`Synth`].
//!
//! `VS1053.md, 2.3` after a claim is line 2.3 of the table at the end of docs/VS1053.md and leads to a document and its section. What no
//! document settles says so: (inferred), (observed) in drivers, or a (guess); with a knob, a board file makes the chip do the other thing.
//!
//! Limits of the whole; those of a part stand in its file.
//! 1. There is no DSP core: application code, patches and plugins are kept and not run.
//! 2. No recording in Ogg Vorbis. Asking for it is a `gap`.
//! 3. An SCI access during boot is kept, but for MODE and STATUS, which the boot code sets (guess, knob `sci_during_boot`; VS1053.md, 4);
//!    of MODE, SM_CLK_RANGE counts at once (VS1053.md, 2.2).
//! 4. SO becomes high-impedance at once when XCS rises (datasheet: within 10 ns; VS1053.md, 1.4), and in reset, where the datasheet leaves it to
//!    XCS (VS1053.md, 1.1).
//! 5. During boot, and beside a test tone, a memory test or a recording, data at SDI are dropped (guess; VS1053.md, 3 and 5.3).

mod aac;
mod adif;
mod application;
mod audio;
mod bits;
mod boost;
mod clock;
mod codec;
mod conduct;
mod config;
mod control;
mod dreq;
mod dsp;
mod ear_speaker;
mod effects;
mod facts;
mod fifo;
mod flac;
mod flac_stream;
mod formats;
mod gain;
mod ima;
mod input;
mod judge;
mod legacy;
pub mod lints;
mod live;
mod mem;
mod midi;
mod mp3;
mod mp4;
mod mp4_boxes;
mod mp4_config;
mod ogg;
mod onepole;
mod pins;
mod play;
mod power;
mod record;
mod recorder;
mod report;
pub mod resample;
mod sci;
mod sdi;
mod selftest;
mod smf;
mod sniff;
mod song;
mod spi_boot;
mod stage;
mod stream;
mod synth;
mod tone;
mod tone_control;
mod uart;
mod variant;
mod vorbis;
mod wav;

#[cfg(test)]
mod tests;

pub use audio::{AudioBlock, Sound, Underruns};
pub use clock::{Clock, Limits};
pub use codec::{Codecs, CopyCodecs, CopyDecoder, Decoded, FrameDecoder, Undecodable};
pub use conduct::{Breach, Duty, Tallies, Tally};
pub use config::{ChipOption, Config, ConfigError, OPTIONS, Values};
pub use control::{mode, reg};
pub use fifo::FIFO_BYTES;
pub use input::Input;
pub use pins::{DCLK, DREQ, GPIO0, PINS, RX, SCLK, SDATA, SI, SO, TX, XCS, XDCS, XRESET, pin_named};
pub use report::{FifoReport, REGISTERS, Vs1053Report, Vs1053View};
pub use stream::{Codec, StreamReport};
pub use synth::{CopySynth, MIDI_RATE_HZ, MidiEvent, Synth};

use crate::kernel::{Alarm, Chip, Cx, Drive, Edge, HearsPins, Instant, Level, PinId, PinSpec, Span};
use dreq::Dreq;
use fifo::Fifo;
use mem::Memory;
use play::Player;
use sci::{Cut, Sci, Step};
use sdi::{Bit, Sdi};

/// Boot is over.
const BOOT: Alarm = Alarm(0);
/// DREQ falls for an SCI operation.
const FALL: Alarm = Alarm(1);
/// DREQ rises after an SCI operation.
const RISE: Alarm = Alarm(2);
/// A new CLOCKF takes effect.
const CLOCK: Alarm = Alarm(3);
/// The decoder takes its next bytes.
const DECODE: Alarm = Alarm(4);
/// Sound is there to be collected.
const SOUND: Alarm = Alarm(5);
/// SO becomes valid.
const SHIFT_OUT: Alarm = Alarm(6);
/// The memory test is over.
const MEMORY_TEST: Alarm = Alarm(7);
/// XCS may have been low for long since an operation ended.
const XCS_WAIT: Alarm = Alarm(8);
/// The middle of a bit at RX.
const UART_RX: Alarm = Alarm(9);
/// The next bit at TX.
const UART_TX: Alarm = Alarm(10);
/// The next half of a clock for the boot memory.
const SPI_BOOT: Alarm = Alarm(11);

/// While it plays, the chip wakes this often so that its output can be collected.
const COLLECT: Span = Span::from_ms(20);

/// After the start and after each edge of a select so many clocks are looked at for inputs that float.
const PROOF: u8 = 2;

/// The chip. A clone plays on exactly as the original does.
#[derive(Clone)]
pub struct Vs1053 {
    config: Config,
    xreset: bool,
    xcs_low: bool,
    xdcs_low: bool,
    sclk: bool,
    si: bool,
    /// SDI takes bits now.
    sdi_selected: bool,
    /// SM_DACT: SDI takes bits on falling edges (VS1053.md, 1.2).
    sdi_on_fall: bool,
    sclk_rose: Instant,
    sclk_fell: Instant,
    xcs_moved: Instant,
    xdcs_moved: Instant,
    xreset_fell: Option<Instant>,
    /// Clocks under a select in this reset, as far as they matter.
    reset_clocks: u8,
    /// At so many more clocks the inputs are looked at: see [`lints::FLOATING`].
    unproven_clocks: u8,
    /// When boot ended; `None` in reset and during boot.
    booted_at: Option<Instant>,
    /// When the boot code is done, or was.
    boot_ends: Instant,
    /// In real-time MIDI mode: data are messages.
    midi: bool,
    /// The memory test was asked for: nothing is decoded until a reset.
    memory_testing: bool,
    /// It goes on.
    memory_busy: bool,
    /// What loaded code has added.
    features: application::Features,
    clock: Clock,
    clock_halved: bool,
    /// It is reading a boot memory.
    spi_boot: Option<Box<spi_boot::SpiBoot>>,
    uart: uart::Uart,
    /// What is being recorded.
    recorder: Option<Box<recorder::Recorder>>,
    sci: Sci,
    /// When an SCI operation ended last.
    operation_ended: Instant,
    /// SS_REFERENCE_SEL or SS_AD_CLOCK were set, which the next write to VOL undoes (VS1053.md, 2.3).
    reference_set: bool,
    so_next: Drive,
    so: Drive,
    sdi: Sdi,
    /// SDI listens to DCLK, SDATA and BSYNC.
    legacy: bool,
    bsync: bool,
    /// In it, BSYNC was high at the last bit of a byte.
    byte_follows: bool,
    /// Bytes since DREQ fell for want of room, and whether they are of the transfer in which it fell.
    after_full: u32,
    same_transfer: bool,
    last_sdi: [u8; 8],
    last_sdi_word: u16,
    last_access: u16,
    fifo: Fifo,
    dreq: Dreq,
    registers: [u16; 16],
    memory: Memory,
    player: Player,
    cancel_after: u32,
    decode_at: Option<Instant>,
    sound_at: Option<Instant>,
    decoded_frames: u64,
    decoded_bytes: u64,
    sci_reads: u64,
    sci_writes: u64,
    conduct: conduct::Conduct,
}

impl Vs1053 {
    /// A chip that decodes with `codecs`.
    pub fn new(config: Config, codecs: Box<dyn Codecs>) -> Self {
        let clock = variant::clock(&config);
        let mut player = Player::new(codecs, config.decode_pace);
        player.vs1003 = config.is_vs1003();
        player.audio.configure(&config);
        player.live_ahead = config.midi_latency as usize;
        Self {
            xreset: false,
            xcs_low: false,
            xdcs_low: false,
            sclk: false,
            si: false,
            sdi_selected: false,
            sdi_on_fall: false,
            sclk_rose: Instant::ZERO,
            sclk_fell: Instant::ZERO,
            xcs_moved: Instant::ZERO,
            xdcs_moved: Instant::ZERO,
            xreset_fell: None,
            reset_clocks: 0,
            unproven_clocks: PROOF,
            booted_at: None,
            boot_ends: Instant::ZERO,
            midi: false,
            memory_testing: false,
            memory_busy: false,
            features: application::Features::default(),
            clock,
            clock_halved: false,
            spi_boot: None,
            uart: uart::Uart::default(),
            recorder: None,
            sci: Sci::default(),
            operation_ended: Instant::ZERO,
            reference_set: false,
            so_next: Drive::Release,
            so: Drive::Release,
            sdi: Sdi::default(),
            legacy: false,
            bsync: false,
            byte_follows: false,
            after_full: 0,
            same_transfer: false,
            last_sdi: [0; 8],
            last_sdi_word: 0,
            last_access: 0,
            fifo: Fifo::default(),
            dreq: Dreq::default(),
            registers: [0; 16],
            memory: Memory::default(),
            player,
            cancel_after: 0,
            decode_at: None,
            sound_at: None,
            decoded_frames: 0,
            decoded_bytes: 0,
            sci_reads: 0,
            sci_writes: 0,
            conduct: conduct::Conduct::default(),
            config,
        }
    }

    /// Plays MIDI with copies of `synth`, which is as new, instead of what the codecs bring.
    pub fn use_synth(&mut self, synth: Box<dyn Synth>) {
        self.player.own_synth = Some(synth);
    }

    /// Hands over the output since the last time, in order. The first block starts with the first decoded sample; blocks follow
    /// one another without a gap, silence included, except where the rate changes.
    pub fn drain_audio(&mut self, sink: &mut dyn FnMut(AudioBlock)) {
        self.player.audio.drain(sink);
    }

    /// Whether nothing more will happen by itself: nothing left to play, nothing being executed, no boot under way.
    pub fn quiet(&self) -> bool {
        let idle_power = self.booted_at.is_some() || !self.xreset;
        let idle = idle_power && self.decode_at.is_none() && self.sound_at.is_none() && !self.dreq.executing();
        idle && !self.memory_busy && !self.uart.sending()
    }

    /// As [`Vs1053::quiet`], but for a test tone, which would go on for ever.
    pub fn quiet_but_for_tone(&self) -> bool {
        let tone_only = self.player.audio.has_tone() && self.decode_at.is_none() && !self.dreq.executing();
        self.quiet() || (self.booted_at.is_some() && !self.memory_busy && tone_only)
    }

    /// Everything about the run so far.
    pub fn report(&self, now: Instant) -> Vs1053Report {
        Vs1053Report {
            sci_reads: self.sci_reads,
            sci_writes: self.sci_writes,
            sdi_bytes: self.sdi.bytes,
            registers: core::array::from_fn(|address| self.read_register(address as u8, now, 0)),
            fifo: FifoReport {
                min_bytes: self.fifo.least().map(|b| b as u64),
                max_bytes: self.fifo.most as u64,
                overrun_bytes: self.fifo.lost,
            },
            streams: self.player.streams(),
            unlisted_streams: self.player.unlisted,
            underruns: self.player.audio.underruns,
            uncollected_samples: self.player.audio.uncollected,
            conduct: self.conduct_report(),
        }
    }

    /// Bytes that have arrived at the data interface.
    pub fn sdi_bytes(&self) -> u64 {
        self.sdi.bytes
    }

    /// The chip as a screen shows it.
    pub fn view(&self) -> Vs1053View {
        let record = self.player.record();
        Vs1053View {
            booted: self.booted_at.is_some(),
            codec: record.map(|r| r.codec()),
            sample_rate_hz: self.player.audio.rate_hz(),
            channels: record.map_or(0, |r| r.format().1),
            bitrate_bps: record.map_or(0, |r| r.bitrate_bps()),
            stream_bytes: record.map_or(0, |r| r.bytes()),
            stream_frames: record.map_or(0, |r| r.frames()),
            fifo_bytes: self.fifo.len(),
            fifo_size: FIFO_BYTES,
            audio_frames: self.player.audio.queued(),
            dreq: self.dreq.level(),
            peak: self.player.audio.stage.peak(),
            clki_hz: self.clock.clki_hz(),
            volume: self.player.audio.stage.volume,
            underruns: self.player.audio.underruns,
        }
    }

    #[inline]
    fn sclk_rise(&mut self, cx: &mut Cx) {
        let now = cx.now();
        self.sclk = true;
        let period = now.since(self.sclk_rose);
        self.sclk_rose = now;
        if !(self.xcs_low | self.sdi_selected) || !self.xreset {
            if !self.xreset {
                self.clock_in_reset(cx);
            }
            return;
        }
        if self.unproven_clocks != 0 {
            self.judge_inputs(cx);
        }
        let limits = self.clock.limits();
        let least = if self.xcs_low && self.sci.reading() { limits.read_period } else { limits.write_period };
        if period < least || now.since(self.sclk_fell) < limits.two_clki {
            self.judge_rise(period, cx);
        }
        if self.sdi_selected && !self.sdi_on_fall {
            self.sdi_bit(self.si, cx);
        }
        if self.xcs_low {
            self.sci_bit(cx);
        }
    }

    #[inline]
    fn sclk_fall(&mut self, cx: &mut Cx) {
        let now = cx.now();
        self.sclk = false;
        self.sclk_fell = now;
        if !(self.xcs_low | self.sdi_selected) || !self.xreset {
            return;
        }
        if now.since(self.sclk_rose) < self.clock.limits().two_clki {
            self.judge_pulse(now.since(self.sclk_rose), true, cx);
        }
        if self.sdi_selected && self.sdi_on_fall {
            self.sdi_bit(self.si, cx);
        }
        if self.xcs_low {
            let shown = self.sci.fall(self.config.sci_overlong);
            let drive = match shown {
                Some(level) => Drive::from(Level::from(level)),
                None => self.so_at_rest(),
            };
            self.shift_out(drive, cx);
        }
    }

    /// SO under XCS while no register is shown (knob `so_idle`; VS1053.md, 1.3).
    #[inline]
    fn so_at_rest(&self) -> Drive {
        if self.config.so_idle { Drive::Release } else { Drive::Low }
    }

    #[inline]
    fn sdi_bit(&mut self, si: bool, cx: &mut Cx) {
        let now = cx.now();
        if self.xcs_low && self.config.both_selects && !self.legacy {
            return;
        }
        let dreq = &self.dreq;
        match self.sdi.bit(si, now, || dreq.low(now)) {
            Bit::Shifting => {}
            Bit::Byte(byte) => self.sdi_byte(byte, cx),
            Bit::Pair(first, second) => {
                self.sdi_byte(second.0, cx);
                self.last_sdi_word = u16::from_be_bytes([first.0, second.0]);
                self.sdi_pair([first, second], cx);
            }
        }
    }

    fn sci_bit(&mut self, cx: &mut Cx) {
        if self.sdi_selected {
            cx.report(&lints::BOTH_SELECTS_LOW, 0, String::new);
            if self.config.both_selects {
                return;
            }
        }
        match self.sci.rise(self.si) {
            Step::Shifting => {}
            Step::ReadBegins(address) => {
                let pins = self.pin_levels(cx);
                self.recording_read(cx);
                let value = self.read_register(address, cx.now(), pins);
                self.sci.answer(value);
            }
            Step::ReadEnds(address) => self.read_ended(address, cx),
            Step::Write(address, value) => self.write_register(address, value, cx),
            Step::UnknownOpcode(opcode) => {
                // Data on both interfaces have any first byte: one finding is enough.
                let key = if self.sdi_selected { 0x100 } else { u64::from(opcode) };
                cx.report(&lints::SCI_UNKNOWN_OPCODE, key, || format!("opcode 0x{opcode:02X}"));
                if self.config.sci_unknown_opcode {
                    self.sci.retry();
                }
            }
            Step::Ignored(bytes) => self.ignored_under_xcs(bytes, cx),
            Step::Overlong => cx.report(&lints::SCI_READ_OVERLONG, 0, String::new),
        }
    }

    /// SO is to show `drive` once the output delay tV has passed (VS1053.md, 1.4).
    #[inline]
    fn shift_out(&mut self, drive: Drive, cx: &mut Cx) {
        if drive == self.so_next {
            return;
        }
        self.so_next = drive;
        if self.so == drive {
            cx.cancel(SHIFT_OUT);
        } else {
            let valid = cx.now() + self.clock.limits().so_valid;
            cx.wake_at(SHIFT_OUT, valid);
        }
    }

    fn drive_so(&mut self, drive: Drive, cx: &mut Cx) {
        cx.cancel(SHIFT_OUT);
        self.so_next = drive;
        self.so = drive;
        cx.drive(SO, drive);
    }

    fn xcs(&mut self, low: bool, cx: &mut Cx) {
        let now = cx.now();
        self.xcs_low = low;
        self.unproven_clocks = PROOF;
        if self.xreset {
            self.judge_select(low, self.xcs_moved, true, cx);
            if low {
                self.sci.select();
                self.drive_so(self.so_at_rest(), cx);
            } else {
                cx.cancel(XCS_WAIT);
                let cut = self.sci.deselect();
                if cut != Cut::Nothing {
                    cx.report(&lints::SCI_CUT_SHORT, 0, String::new);
                }
                if let (Cut::Word(address, value), true) = (cut, self.config.sci_fragment) {
                    self.write_register(address, value, cx);
                }
                self.drive_so(Drive::Release, cx);
            }
            self.realign_sdi(cx);
        }
        self.xcs_moved = now;
    }

    fn xdcs(&mut self, low: bool, cx: &mut Cx) {
        self.xdcs_low = low;
        self.bsync = !low;
        self.unproven_clocks = PROOF;
        if self.legacy {
            self.bsync_moved(!low);
        } else if self.xreset {
            self.judge_select(low, self.xdcs_moved, false, cx);
            self.realign_sdi(cx);
        }
        self.xdcs_moved = cx.now();
    }

    /// Works out anew whether SDI is selected; a change starts a new byte and a new transfer (VS1053.md, 1.2).
    fn realign_sdi(&mut self, cx: &mut Cx) {
        let before = self.sdi_selected;
        self.select_sdi();
        if before == self.sdi_selected {
            return;
        }
        self.same_transfer = false;
        if self.sdi.inside_byte() {
            cx.report(&lints::XDCS_INSIDE_BYTE, 0, String::new);
            if !self.config.sdi_fragment {
                self.sdi.realign();
            }
        }
        if !before && self.sharing() && self.xdcs_low && self.booted_at.is_some() {
            cx.report(&lints::SDISHARE_XDCS, 0, String::new);
        }
    }

    /// SM_SDISHARE in native mode.
    fn sharing(&self) -> bool {
        let value = self.registers[usize::from(reg::MODE)];
        value & mode::SM_SDISHARE != 0 && value & mode::SM_SDINEW != 0
    }

    /// SDI is selected by XDCS, or by XCS high under SM_SDISHARE; in VS1001 mode it has a clock of its own (VS1053.md, 1.2).
    fn select_sdi(&mut self) {
        let value = self.registers[usize::from(reg::MODE)];
        let selected = if value & mode::SM_SDISHARE != 0 { !self.xcs_low } else { self.xdcs_low };
        self.legacy = value & mode::SM_SDINEW == 0 && self.booted_at.is_some();
        self.sdi_selected = selected && !self.legacy;
    }

    /// A byte has come in by SDI, though its pair may not have. Sequences for tests count byte by byte (guess; VS1053.md, 5.3).
    #[inline]
    fn sdi_byte(&mut self, byte: u8, cx: &mut Cx) {
        self.conduct_byte(byte, cx);
        if self.registers[usize::from(reg::MODE)] & mode::SM_TESTS != 0 {
            self.last_sdi.rotate_left(1);
            self.last_sdi[7] = byte;
            self.tests_asked(cx);
        }
    }

    fn sdi_pair(&mut self, pair: [sdi::Stamped; 2], cx: &mut Cx) {
        if self.booted_at.is_none() {
            cx.report(&lints::SDI_DURING_BOOT, 0, || "DREQ is low since the reset".into());
            return;
        }
        if self.midi {
            self.midi_word(pair, cx);
            return;
        }
        if self.memory_testing || self.player.audio.has_tone() || self.recorder.is_some() {
            return;
        }
        self.judge_promise(cx);
        if !self.fifo.push(pair, self.config.overrun) {
            let lost = self.fifo.lost;
            cx.report(&lints::SDI_OVERRUN, 0, || {
                format!("all {FIFO_BYTES} bytes of the FIFO are in use; {lost} bytes lost")
            });
        }
        if self.registers[usize::from(reg::MODE)] & mode::SM_CANCEL != 0 {
            self.cancel_after = self.cancel_after.saturating_sub(2);
            if self.cancel_after == 0 {
                self.cancel(cx);
            }
        }
        self.room_changed(cx);
        if self.decode_at.is_none() {
            self.decode(cx);
        }
    }

    /// Lets the decoder do what it can do now and sets its alarm for the rest.
    fn decode(&mut self, cx: &mut Cx) {
        let now = cx.now();
        self.decode_at = None;
        if self.player.song_waits() && self.registers[usize::from(reg::MODE)] & mode::SM_CANCEL != 0 {
            self.cancel(cx);
        }
        while let Some(at) = self.player.next(now, &self.fifo) {
            if at > now {
                self.decode_at = Some(at);
                cx.wake_at(DECODE, at);
                break;
            }
            self.player.step(now, &mut self.fifo);
            self.take_facts(cx);
        }
        self.room_changed(cx);
        self.listen(cx);
    }

    /// Sees to it that output is collected as long as there is some.
    fn listen(&mut self, cx: &mut Cx) {
        let audio = &self.player.audio;
        if self.sound_at.is_some() || !(audio.queued() > 0 || audio.has_tone() || audio.fading()) {
            return;
        }
        let mut at = cx.now() + COLLECT;
        if !audio.has_tone() && audio.queued() > 0 {
            at = at.min(audio.when_gone(audio.queued())).max(cx.now());
        }
        self.sound_at = Some(at);
        cx.wake_at(SOUND, at);
    }

    #[inline]
    fn room_changed(&mut self, cx: &mut Cx) {
        self.dreq.room(self.fifo.free(), self.config.dreq_rise_free as usize);
        self.settle_dreq(cx);
    }

    #[inline]
    fn settle_dreq(&mut self, cx: &mut Cx) {
        if let Some(level) = self.dreq.settle(cx.now()) {
            cx.drive(DREQ, Drive::from(Level::from(level)));
        }
    }
}

impl HearsPins for Vs1053 {
    #[inline]
    fn edge(&mut self, pin: PinId, edge: Edge, cx: &mut Cx) {
        let high = edge == Edge::Rising;
        match pin {
            SCLK if high => self.sclk_rise(cx),
            SCLK => self.sclk_fall(cx),
            SI => {
                self.si = high;
                if self.sclk && (self.xcs_low | self.sdi_selected) {
                    self.judge_hold(cx);
                }
            }
            XCS => self.xcs(!high, cx),
            XDCS => self.xdcs(!high, cx),
            XRESET => self.xreset(high, cx),
            DCLK if self.legacy => self.dclk(high, cx),
            RX if !high && self.booted_at.is_some() => self.rx_fell(cx),
            _ => {}
        }
    }
}

impl Chip for Vs1053 {
    fn pins(&self) -> &'static [PinSpec] {
        &PINS
    }

    fn wake(&mut self, alarm: Alarm, cx: &mut Cx) {
        match alarm {
            BOOT => self.booted(cx),
            FALL | RISE => {
                self.settle_dreq(cx);
            }
            CLOCK => {
                self.clock.settled();
                self.clock_changed(cx.now());
                self.judge_clock(cx);
            }
            DECODE => self.decode(cx),
            SOUND => {
                self.player.audio.advance(cx.now());
                self.sound_at = None;
                self.listen(cx);
            }
            SHIFT_OUT => {
                self.so = self.so_next;
                cx.drive(SO, self.so);
            }
            MEMORY_TEST => self.memory_tested(cx),
            XCS_WAIT => self.wait_goes_on(cx),
            UART_RX => self.next_bit_in(cx),
            UART_TX => self.next_bit_out(cx),
            SPI_BOOT => self.spi_boot_goes_on(cx),
            _ => {}
        }
    }

    fn reset(&mut self, cx: &mut Cx) {
        self.power_on(cx);
    }
}
