//! Application code: what was loaded is told by its first words and its extent, and what it would switch on is switched on
//! (VS1053b Patches and FLAC Decoder 2.9; VS1053b Ogg Vorbis Encoder; plugin notes of VLSI; words and sizes measured on the copies that
//! drivers carry; VS1053.md, 6.2).
//!
//! 1. There is no DSP core: code is kept and reads back, and does not run. Of VLSI's patches the VU meter, pause, mono, the choice of a side, the
//!    rate tune and the mended errata (SS_DO_NOT_JUMP, SS_REFERENCE_SEL) work. Not modelled, and not told of: the pitch shifter, tags in the stream,
//!    the sample counter, the resampler of 15/16, and that ID3v2 is skipped with 0x4944 in HDAT1 (VS1053.md, 6.2, 5.2 and 2.8). Any other
//!    application is told of.
//! 2. Starting the patches ends the stream and holds DREQ low for a time that is a knob (guess, `patch_restart_xtali`); so does the start of the
//!    pitch shifter at 0x51. AIADDR reads as the knob `patch_aiaddr` says then, and as written for any other application (VS1053.md, 6.2).

use super::control::reg;
use super::{FALL, RISE, Vs1053, lints};
use crate::kernel::Cx;

/// What loaded code has added to the chip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// VLSI's patches: errata mended, VU meter.
    pub patches: bool,
    /// FLAC is decoded.
    pub flac: bool,
    /// AAC in LATM is decoded.
    pub latm: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Patches { flac: bool, latm: bool },
    Midi { skips_sysex: bool },
    OggEncoder,
    RecordingFix,
    Other,
}

struct Package {
    name: &'static str,
    /// What starts it.
    aiaddr: &'static [u16],
    /// Words that instruction memory holds, from an address on; none when they are not known.
    words: &'static [(u16, u32)],
    /// The last address that it loads is one of these.
    end: core::ops::RangeInclusive<u16>,
    kind: Kind,
}

const fn package(
    name: &'static str,
    aiaddr: &'static [u16],
    words: &'static [(u16, u32)],
    end: core::ops::RangeInclusive<u16>,
    kind: Kind,
) -> Package {
    Package { name, aiaddr, words, end, kind }
}

const PATCHES: &[(u16, u32)] = &[(0x50, 0x2A00_C000), (0x51, 0x3E12_B817), (0x52, 0x3E14_F812)];
const FLAC_LATM: &[(u16, u32)] = &[(0x50, 0x2A00_C000), (0x51, 0x3E12_3800), (0x52, 0x3E00_B804)];

/// The first that fits is it (VS1053.md, 6.2). Where the words are not known, any code up to there is.
static PACKAGES: [Package; 15] = [
    package("patches", &[0x50], PATCHES, 0x50..=0x9FF, Kind::Patches { flac: false, latm: false }),
    package("patches with LATM", &[0x50], PATCHES, 0xA00..=0xBFF, Kind::Patches { flac: false, latm: true }),
    package("patches with FLAC", &[0x50], PATCHES, 0xC00..=0xFFF, Kind::Patches { flac: true, latm: false }),
    package("patches with FLAC and LATM", &[0x50], FLAC_LATM, 0..=0xFFF, Kind::Patches { flac: true, latm: true }),
    package(
        "patches with pitch shifter",
        &[0x50, 0x51],
        &[(0x50, 0x2A00_C000), (0x51, 0x2A02_75C0)],
        0..=0xFFF,
        Kind::Patches { flac: false, latm: false },
    ),
    package("patches 1.5", &[0x300], &[], 0x300..=0xFFF, Kind::Patches { flac: false, latm: false }),
    package(
        "real-time MIDI start",
        &[0x50],
        &[(0x50, 0x0030_0715), (0x51, 0xB080_3400)],
        0..=0xFFF,
        Kind::Midi { skips_sysex: false },
    ),
    package(
        "rtmidi1053b",
        &[0x50],
        &[(0x50, 0x2800_8080), (0x51, 0x0006_2016)],
        0..=0xFFF,
        Kind::Midi { skips_sysex: true },
    ),
    package("IMA ADPCM fix", &[0x50], &[(0x50, 0x0000_1790), (0x51, 0xF400_5400)], 0..=0xFFF, Kind::RecordingFix),
    package("Ogg Vorbis encoder", &[0x34], &[(0x34, 0x2A00_33CE)], 0..=0xFFF, Kind::OggEncoder),
    package("Ogg Vorbis encoder", &[0x34], &[(0x10, 0x2A00_33CE)], 0..=0xFFF, Kind::OggEncoder),
    package("spectrum analyser", &[0x50], &[(0x50, 0x3613_0024)], 0..=0xFFF, Kind::Other),
    package("PCM mixer", &[0xD00], &[], 0xD00..=0xFFF, Kind::Other),
    package("line-in mixer", &[0xF00, 0xF01], &[], 0xF00..=0xFFF, Kind::Other),
    package("equalizer", &[0xBC0], &[], 0xBC0..=0xFFF, Kind::Other),
];

impl Vs1053 {
    /// AIADDR was written: 0 is nothing, 0x4020 and 0x4022 are in ROM (VS1053.md, 2.9).
    pub(super) fn start_application(&mut self, address: u16, cx: &mut Cx) {
        match address {
            0 => self.player.audio.set_tone(cx.now(), None),
            0x4020 | 0x4022 if !self.config.is_vs1003() => self.new_sine(address == 0x4022, cx),
            _ if !self.memory.has_code(address) => {
                cx.report(&lints::APPLICATION_MISSING, u64::from(address), || format!("AIADDR = 0x{address:04X}"));
            }
            _ => self.start_loaded(address, cx),
        }
    }

    fn start_loaded(&mut self, address: u16, cx: &mut Cx) {
        let end = self.memory.code_end();
        let package = PACKAGES.iter().find(|p| {
            !self.config.is_vs1003()
                && p.aiaddr.contains(&address)
                && p.end.contains(&end)
                && p.words.iter().all(|&(at, word)| self.memory.instruction(at) == word)
        });
        match package.map(|p| p.kind) {
            Some(Kind::Patches { flac, latm }) => self.start_patches(flac, latm, cx),
            Some(Kind::RecordingFix) => self.record(cx.now(), cx),
            Some(Kind::Midi { skips_sysex }) => self.enter_midi(skips_sysex, cx),
            Some(Kind::OggEncoder) => {
                cx.report(&lints::OGG_RECORDING, 0, || format!("AIADDR = 0x{address:04X}"));
            }
            Some(Kind::Other) | None => cx.report(&lints::APPLICATION, u64::from(address), || {
                let name = package.map_or("code that the model does not know", |p| p.name);
                format!("AIADDR = 0x{address:04X}: {name}, up to instruction 0x{end:03X}")
            }),
        }
    }

    /// The patches start: like a software reset that keeps them (VS1053.md, 4).
    fn start_patches(&mut self, flac: bool, latm: bool, cx: &mut Cx) {
        let now = cx.now();
        self.features = Features { patches: true, flac, latm };
        self.player.knows.flac = flac;
        self.player.reset(now);
        self.fifo.clear();
        self.memory.reset_parameters();
        self.player.honour_lengths = false;
        self.player.play_speed = 1;
        for register in [reg::DECODE_TIME, reg::HDAT0, reg::HDAT1] {
            self.registers[usize::from(register)] = 0;
        }
        self.player.audio.tune = 0;
        self.apply_play_mode();
        self.do_not_jump(false);
        self.registers[usize::from(reg::AIADDR)] = self.config.patch_aiaddr as u16;
        let from = now + self.clock.clki(u64::from(self.config.dreq_fall_clki));
        let until = now + self.clock.xtali(u64::from(self.config.patch_restart_xtali));
        let (from, until) = self.dreq.pulse(now, from, until);
        cx.wake_at(FALL, from);
        cx.wake_at(RISE, until);
        self.end_recording();
        self.record(until, cx);
        self.room_changed(cx);
    }
}
