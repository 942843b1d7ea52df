//! What a board file may say about a VS1053b. Every value that the datasheet leaves open is a knob with its default here; so is
//! every choice of the model that was inferred. `docs/VS1053.md` lists them.

use super::input::Input;
use core::fmt;

macro_rules! options {
    (
        numbers { $($number:ident: $least:literal..=$most:literal = $value:literal, $number_about:literal, $number_source:literal;)* }
        words { $($word:ident: $first:literal | $second:literal, $word_about:literal, $word_source:literal;)* }
    ) => {
        /// Properties of one chip on a board. [`Config::default`] is the usual breakout.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Config {
            /// What comes in at LINE1 (left) and LINE2 (right).
            pub line_in: Input,
            /// What comes in at the microphone.
            pub mic_in: Input,
            $(#[doc = concat!($number_about, " (docs/VS1053.md: ", $number_source, ")")] pub $number: u32,)*
            $(#[doc = concat!($word_about, " (docs/VS1053.md: ", $word_source, ")")] #[doc = concat!("False: `", $first, "`, the default; true: `", $second, "`.")] pub $word: bool,)*
        }

        impl Default for Config {
            fn default() -> Self {
                Self { line_in: Input::default(), mic_in: Input::default(), $($number: $value,)* $($word: false,)* }
            }
        }

        /// Every key, in the order in which people want to read them: numbers, then choices.
        pub static OPTIONS: &[ChipOption] = &[
            $(ChipOption {
                name: stringify!($number),
                about: $number_about,
                source: $number_source,
                values: Values::Number { least: $least, most: $most, default: $value, field: |c| &mut c.$number },
            },)*
            $(ChipOption {
                name: stringify!($word),
                about: $word_about,
                source: $word_source,
                values: Values::Words { words: [$first, $second], field: |c| &mut c.$word },
            },)*
        ];
    };
}

options! {
    numbers {
        xtali_hz: 1_000_000..=26_000_000 = 12_288_000,
            "Crystal in hertz (datasheet: 12 to 13 MHz, or 24 to 26 MHz with SM_CLK_RANGE).", "2.5";
        version: 0..=7 = 4,
            "SS_VER in STATUS: 4 for the VS1053, 3 for a VS1003 that was soldered on instead, with what it lacks (`type = \"vs1003\"` says the same), 6 for a VS1063.", "2.3";
        boot_xtali: 1..=50_000 = 22_000,
            "Boot and software reset in XTALI cycles (datasheet: 22,000 typical, 50,000 at most).", "4";
        dreq_rise_free: 32..=2048 = 640,
            "DREQ, low for lack of room, rises when this many bytes of the FIFO are free. Undocumented; 640 to 680 were seen by peterhinch/micropython-vs1053.", "3";
        dreq_fall_clki: 16..=40 = 24,
            "DREQ falls this many CLKI after an SCI access (datasheet: 16 to 40).", "2.1";
        read_busy_clki: 41..=99 = 50,
            "DREQ rises this many CLKI after the end of an SCI read (datasheet: less than 100; guess).", "2.1";
        status_settle_ms: 0..=10_000 = 100,
            "STATUS shows the analog driver off (0x48) for this many milliseconds after boot (undocumented).", "2.3";
        audata_reset: 0..=0xFFFF = 0,
            "AUDATA after boot in decoder mode. Undocumented; it is not 0xAC45, by which drivers tell real-time MIDI.", "2.6";
        decode_pace: 2..=64 = 4,
            "Decoding goes at this many times the pace of the audio. 4 fits the 3520 bytes that Adafruit saw going in before DREQ fell for the first time (Adafruit_VS1053_Library, issue 34).", "3";
        hunt_clki: 1..=1000 = 16,
            "CLKI that a byte takes while the chip looks for a header, which is why data that nobody can decode never hold DREQ low (guess).", "3";
        cancel_bytes: 2..=2048 = 16,
            "Bytes of SDI after which SM_CANCEL is noticed (datasheet: within 2048; drivers expect 32 to 64).", "5.1";
        end_fill_byte: 0..=255 = 0,
            "endFillByte while something else than MP3 or FLAC is decoded (undocumented; it is 0 for MP3 and 0x55 for FLAC).", "5.1";
        patch_restart_xtali: 0..=200_000 = 22_000,
            "DREQ is low for so many XTALI when VLSI's patches are started (undocumented).", "6.2";
        patch_aiaddr: 0..=0xFFFF = 0x0050,
            "What AIADDR reads after VLSI's patches were started (undocumented; bimac/Teensy_VS1053b takes 0 for not patched).", "6.2";
        midi_clockf: 0..=0xFFFF = 0xA000,
            "CLOCKF after a boot into real-time MIDI; the clock is 4.0 x there (the value shown is undocumented).", "5.7";
        midi_hdat1: 0..=0xFFFF = 0,
            "HDAT1 in real-time MIDI (undocumented; drivers have seen 0).", "5.7";
        midi_voice_khz: 200..=20_000 = 1_382,
            "Kilohertz of CLKI that a voice of MIDI takes; at most 64 sound at once. 1382 gives 31 at 43 MHz, the most that the datasheet promises there, and its 40 at 55.3 MHz.", "5.5";
        midi_latency: 32..=1024 = 128,
            "Samples that real-time MIDI is rendered ahead of the DAC, at 44,100 a second (undocumented).", "5.7";
        mute_from: 1..=255 = 181,
            "Attenuations of this many half decibels and more are silence. Undocumented from 181 on, where DAC_VOL has no more steps.", "2.9";
        vol_timeout_us: 0..=1_000_000 = 10_000,
            "A change of VOL waits at most so many microseconds for the signal to cross zero (undocumented; 0 changes at once).", "2.9";
        fade_samples: 0..=48_000 = 128,
            "When the audio FIFO has run dry, each sample is the last one less this part of it and one more (the datasheet only says that the DAC fades; 0 is zero at once).", "3";
        ear_crossfeed: 0..=60 = 30,
            "Per cent of each side that the EarSpeaker's normal setting puts on the other side below 700 Hz; the minimal one has half of it, the extreme one three halves (guess; VLSI's transfer function is not published).", "7";
        clock_min_wav: 10..=50 = 10,
            "Tenths of XTALI that PCM and IMA ADPCM in WAV need as CLKI (undocumented). Less is told of.", "7";
        clock_min_mp3: 10..=50 = 20,
            "Tenths of XTALI that MP3 needs as CLKI (undocumented).", "7";
        clock_min_vorbis: 10..=50 = 30,
            "Tenths of XTALI that Ogg Vorbis needs as CLKI (undocumented).", "7";
        clock_min_aac: 10..=50 = 25,
            "Tenths of XTALI that AAC-LC needs as CLKI (undocumented).", "7";
        clock_min_flac: 10..=50 = 35,
            "Tenths of XTALI that FLAC needs as CLKI (undocumented).", "7";
        clock_effects: 0..=50 = 5,
            "Tenths of XTALI more that bass and treble control or the EarSpeaker need (undocumented; 12 MIPS for the EarSpeaker).", "7";
        xcs_wait_ms: 1..=10_000 = 100,
            "A wait for DREQ with XCS low and the FIFO full is told of after this many milliseconds.", "3";
    }
    words {
        unpowered: "no" | "yes",
            "Whether the chip lacks its supply: it drives nothing and hears nothing.", "8";
        so_idle: "low" | "float",
            "SO under XCS while nothing is read: the datasheet's figures show it low, its text says high impedance for writes.", "1.3";
        sci_fragment: "drop" | "execute",
            "A write that XCS cuts short: nothing, or the bits that came on top of zeros (inferred).", "1.3";
        sci_overlong: "zeros" | "repeat",
            "What SO shows after the 32 clocks of a read: zeros, or the register again (undocumented).", "1.3";
        sci_unknown_opcode: "ignore" | "retry",
            "After an opcode that is none: nothing until XCS rises, or the next byte may be one (inferred).", "1.3";
        sci_during_boot: "keep" | "drop",
            "A write during boot: kept but for MODE and STATUS, or lost (undocumented).", "4";
        sci_while_busy: "execute" | "drop",
            "A write while the one before is being executed: it works, or is lost (the datasheet promises nothing).", "2.1";
        sci_while_full: "execute" | "drop",
            "A write while DREQ is low for lack of room in the FIFO: it works, or is lost (the datasheet promises nothing).", "2.1";
        sdi_fragment: "drop" | "keep",
            "Bits before an edge of the select of SDI that are no byte: dropped, or the byte goes on after it (inferred).", "1.2";
        both_selects: "both" | "neither",
            "XCS and XDCS low at once: both interfaces take the bits, or none (undocumented).", "1.3";
        overrun: "drop" | "overwrite",
            "Data that find the FIFO full: lost, or written over what is oldest in it (undocumented).", "3";
        wramaddr_reads: "pointer" | "zero",
            "WRAMADDR reads back where WRAM points, or 0 (undocumented).", "2.1";
        soft_reset_clockf: "keeps" | "clears",
            "CLOCKF at a software reset (inferred: drivers set it before one).", "2.1";
        soft_reset_bass: "keeps" | "clears",
            "BASS at a software reset (inferred).", "2.1";
        soft_reset_audata: "clears" | "keeps",
            "AUDATA at a software reset (undocumented).", "2.1";
        soft_reset_gpio: "clears" | "keeps",
            "GPIO_DDR at a software reset (an erratum says that it is cleared; I2S is switched off with it).", "4";
        cancel_cleared: "cancels" | "resumes",
            "SM_CANCEL that is cleared by writing MODE before the chip has seen it: the stream ends all the same, or goes on (undocumented).", "5.1";
        power_down_bits: "show" | "hide",
            "Whether VOL = 0xFFFF shows in STATUS as APDOWN1 and APDOWN2 (inferred).", "2.3";
        vol_ff: "mute" | "attenuate",
            "One byte of VOL at 0xFF: silence as at 0xFE, or -127.5 dB as counted (undocumented).", "2.9";
        underrun: "fade" | "zeros",
            "What an audio FIFO that has run dry sounds like: the DAC fades (datasheet), or zeros are filled in by 32 samples (VLSI's staff on its forum).", "3";
        tone_slope: "gentle" | "steep",
            "Bass and treble control as filters of first or of second order (undocumented).", "2.4";
        midi_prefix: "drop" | "play",
            "A word at SDI in real-time MIDI whose first byte is not 0: lost, or its second byte counts all the same (an early datasheet has 0xFF there).", "5.7";
        midi_sysex: "notes" | "skip",
            "SysEx in real-time MIDI without the plugin: its data are taken for those of the message before (inferred; the parser in ROM cannot skip it), or skipped.", "5.7";
        memory_test_dreq: "high" | "low",
            "DREQ during the memory test (undocumented).", "3";
        clock_shortage: "warn" | "slow",
            "CLKI below what a format needs: only told of, or decoding slows down in proportion (the needs are not documented).", "7";
    }
}

/// SS_VER of a VS1003.
const VS1003: u32 = 3;

/// A key that a board file may set.
#[derive(Clone, Copy)]
pub struct ChipOption {
    /// The key.
    pub name: &'static str,
    /// What it is, and where its default comes from.
    pub about: &'static str,
    /// The line of "Where the claims come from" in docs/VS1053.md that it belongs to.
    pub source: &'static str,
    /// What it may be.
    pub values: Values,
}

/// What a key may be.
#[derive(Clone, Copy)]
pub enum Values {
    /// A whole number.
    Number {
        /// Smallest.
        least: u32,
        /// Largest.
        most: u32,
        /// When the file does not say.
        default: u32,
        #[doc(hidden)]
        field: fn(&mut Config) -> &mut u32,
    },
    /// One of two words, of which the first is the default.
    Words {
        /// The words.
        words: [&'static str; 2],
        #[doc(hidden)]
        field: fn(&mut Config) -> &mut bool,
    },
}

/// Why a key of a board file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// There is no such key.
    Unknown,
    /// The value is outside the range.
    Range {
        /// Smallest value.
        least: u32,
        /// Largest value.
        most: u32,
    },
    /// It takes one of these words.
    Words([&'static str; 2]),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("the VS1053 has no such option"),
            Self::Range { least, most } => write!(f, "must be a whole number, {least} to {most}"),
            Self::Words([first, second]) => write!(f, "must be \"{first}\" or \"{second}\""),
        }
    }
}

impl std::error::Error for ConfigError {}

fn find(name: &str) -> Result<Values, ConfigError> {
    OPTIONS.iter().find(|o| o.name == name).map(|o| o.values).ok_or(ConfigError::Unknown)
}

impl Config {
    /// A VS1003b on the same breakout.
    pub fn vs1003() -> Self {
        Self { version: VS1003, ..Self::default() }
    }

    /// Whether the part is a VS1003.
    pub fn is_vs1003(&self) -> bool {
        self.version == VS1003
    }

    /// Sets the key `name` to a number.
    ///
    /// # Errors
    /// When there is no such key, it takes a word, or the value is outside its range; the configuration is as it was.
    pub fn set(&mut self, name: &str, value: i64) -> Result<(), ConfigError> {
        match find(name)? {
            Values::Number { least, most, field, .. } => {
                let value = u32::try_from(value).ok().filter(|v| (least..=most).contains(v));
                *field(self) = value.ok_or(ConfigError::Range { least, most })?;
                Ok(())
            }
            Values::Words { words, .. } => Err(ConfigError::Words(words)),
        }
    }

    /// Sets the key `name` to a word.
    ///
    /// # Errors
    /// When there is no such key, it takes a number, or the word is none of its two; the configuration is as it was.
    pub fn set_word(&mut self, name: &str, value: &str) -> Result<(), ConfigError> {
        match find(name)? {
            Values::Number { least, most, .. } => Err(ConfigError::Range { least, most }),
            Values::Words { words, field } => {
                let which = words.iter().position(|w| *w == value).ok_or(ConfigError::Words(words))?;
                *field(self) = which == 1;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_outside_its_range_is_refused_and_changes_nothing() {
        let mut config = Config::default();
        assert_eq!(config.set("dreq_rise_free", 4096), Err(ConfigError::Range { least: 32, most: 2048 }));
        assert_eq!(config.set("dreq_rise_fre", 640), Err(ConfigError::Unknown));
        assert_eq!(config.set("overrun", 1), Err(ConfigError::Words(["drop", "overwrite"])));
        assert_eq!(config.set_word("overrun", "lose"), Err(ConfigError::Words(["drop", "overwrite"])));
        assert_eq!(config.set_word("xtali_hz", "drop"), Err(ConfigError::Range { least: 1_000_000, most: 26_000_000 }));
        assert_eq!(config, Config::default());
        assert_eq!((config.set("xtali_hz", 12_000_000), config.set_word("overrun", "overwrite")), (Ok(()), Ok(())));
        assert_eq!((config.xtali_hz, config.overrun), (12_000_000, true));
    }

    #[test]
    fn every_default_lies_in_its_range_and_every_key_sets_its_own_field() {
        for option in OPTIONS {
            let mut config = Config::default();
            match option.values {
                Values::Number { least, most, default, .. } => {
                    assert!((least..=most).contains(&default), "{}", option.name);
                    config.set(option.name, if default == least { most } else { least }.into()).unwrap();
                }
                Values::Words { words, .. } => config.set_word(option.name, words[1]).unwrap(),
            }
            assert_ne!(config, Config::default(), "{}", option.name);
        }
    }
}
