//! What a board file may say about a VS1053b. Every value that the datasheet leaves open is a knob with its default here.

use core::fmt;

/// Properties of one chip on a board. [`Config::default`] is the usual breakout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Crystal in hertz (datasheet: 12 to 13 MHz, or 24 to 26 MHz with SM_CLK_RANGE).
    pub xtali_hz: u32,
    /// Boot and software reset in XTALI cycles (datasheet: 22,000 typical, 50,000 at most).
    pub boot_xtali: u32,
    /// DREQ, low for lack of room, rises when this many bytes of the FIFO are free. Undocumented; 640 to 680 were seen by
    /// peterhinch/micropython-vs1053.
    pub dreq_rise_free: u32,
    /// DREQ falls this many CLKI after an SCI access (datasheet: 16 to 40).
    pub dreq_fall_clki: u32,
    /// DREQ rises this many CLKI after the end of an SCI read (datasheet: less than 100; guess).
    pub read_busy_clki: u32,
    /// STATUS shows the analog driver off for this many milliseconds after boot (undocumented).
    pub status_settle_ms: u32,
    /// AUDATA after boot in decoder mode. Undocumented; it is not 0xAC45, by which drivers tell MIDI mode.
    pub audata_reset: u32,
    /// Decoding goes at this many times the pace of the audio. 4 fits the 3520 bytes that Adafruit saw going in before DREQ
    /// fell for the first time (Adafruit_VS1053_Library, issue 34).
    pub decode_pace: u32,
    /// Bytes of SDI after which SM_CANCEL is noticed (datasheet: within 2048; drivers expect 32 to 64).
    pub cancel_bytes: u32,
}

impl Default for Config {
    fn default() -> Self {
        let mut config = Self {
            xtali_hz: 0,
            boot_xtali: 0,
            dreq_rise_free: 0,
            dreq_fall_clki: 0,
            read_busy_clki: 0,
            status_settle_ms: 0,
            audata_reset: 0,
            decode_pace: 0,
            cancel_bytes: 0,
        };
        for option in &OPTIONS {
            *(option.field)(&mut config) = option.default;
        }
        config
    }
}

/// A key that a board file may set.
#[derive(Clone, Copy)]
pub struct ChipOption {
    /// The key.
    pub name: &'static str,
    /// Smallest value.
    pub least: u32,
    /// Largest value.
    pub most: u32,
    /// Value when the file does not say.
    pub default: u32,
    field: fn(&mut Config) -> &mut u32,
}

/// Every key, in the order in which people want to read them.
pub static OPTIONS: [ChipOption; 9] = [
    option("xtali_hz", 1_000_000, 26_000_000, 12_288_000, |c| &mut c.xtali_hz),
    option("boot_xtali", 1, 50_000, 22_000, |c| &mut c.boot_xtali),
    option("dreq_rise_free", 32, 2048, 640, |c| &mut c.dreq_rise_free),
    option("dreq_fall_clki", 16, 40, 24, |c| &mut c.dreq_fall_clki),
    option("read_busy_clki", 41, 99, 50, |c| &mut c.read_busy_clki),
    option("status_settle_ms", 0, 10_000, 100, |c| &mut c.status_settle_ms),
    option("audata_reset", 0, 0xFFFF, 0, |c| &mut c.audata_reset),
    option("decode_pace", 2, 64, 4, |c| &mut c.decode_pace),
    option("cancel_bytes", 2, 2048, 16, |c| &mut c.cancel_bytes),
];

const fn option(
    name: &'static str,
    least: u32,
    most: u32,
    default: u32,
    field: fn(&mut Config) -> &mut u32,
) -> ChipOption {
    ChipOption { name, least, most, default, field }
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
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("the VS1053 has no such option"),
            Self::Range { least, most } => write!(f, "must be {least} to {most}"),
        }
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Sets the key `name`.
    ///
    /// # Errors
    /// When there is no such key or the value is outside its range; the configuration is as it was.
    pub fn set(&mut self, name: &str, value: i64) -> Result<(), ConfigError> {
        let option = OPTIONS.iter().find(|o| o.name == name).ok_or(ConfigError::Unknown)?;
        let range = ConfigError::Range { least: option.least, most: option.most };
        let value = u32::try_from(value).ok().filter(|v| (option.least..=option.most).contains(v)).ok_or(range)?;
        *(option.field)(self) = value;
        Ok(())
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
        assert_eq!(config, Config::default());
        assert_eq!(config.set("xtali_hz", 12_000_000), Ok(()));
        assert_eq!(config.xtali_hz, 12_000_000);
    }

    #[test]
    fn every_default_lies_in_its_range() {
        assert!(OPTIONS.iter().all(|o| (o.least..=o.most).contains(&o.default)));
        assert_eq!(Config::default().xtali_hz, 12_288_000);
    }
}
