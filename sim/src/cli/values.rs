//! Values of options: times, paces, files.

use crate::engine::timing::Rules;
use peripherals::kernel::{ConsolePort, InputTo, Span};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// A value that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// A number alone, or one with something else behind it.
    #[error("a time needs a unit: ns, us, ms, s, min or h, such as `8.4s`")]
    Unit,
    /// No number before the unit.
    #[error("a time is a number and a unit, such as `250ms` or `8.4s`")]
    Time,
    /// More digits than a picosecond has.
    #[error("that is finer than a picosecond")]
    TooFine,
    /// More picoseconds than fit.
    #[error("that is longer than the 213 days a run can last")]
    TooLong,
    /// Another file.
    #[error("sound goes to `device`, to `none`, or to a file whose name ends in .wav")]
    Audio,
    /// A page that would not be known for one.
    #[error("a page's name ends in .html")]
    Page,
    /// Another file.
    #[error("a report's name ends in .json, for machines, or in .html, for people")]
    Report,
}

/// A time such as `250ms`, `8.4s`, `10min`; exact to the picosecond.
///
/// # Errors
/// [`ValueError`] when it has no unit, is no number, or does not fit.
pub fn time(text: &str) -> Result<Span, ValueError> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || fraction.contains('.') || (number.contains('.') && fraction.is_empty()) {
        return Err(ValueError::Time);
    }
    let unit_ps: u128 = match unit.trim_start() {
        "ns" => 1_000,
        "us" | "µs" => 1_000_000,
        "ms" => 1_000_000_000,
        "s" => 1_000_000_000_000,
        "min" => 60_000_000_000_000,
        "h" => 3_600_000_000_000_000,
        _ => return Err(ValueError::Unit),
    };
    let fraction = fraction.trim_end_matches('0');
    // 18 digits and the largest unit fit into 128 bits; no unit but a fraction of a minute or hour has use for more than 15.
    if fraction.len() > 18 {
        return Err(ValueError::TooFine);
    }
    let scale = 10u128.pow(fraction.len() as u32);
    let digits = |text: &str| if text.is_empty() { Ok(0) } else { text.parse::<u64>().map(u128::from) };
    let whole = digits(whole).map_err(|_| ValueError::TooLong)?;
    let fraction = digits(fraction).map_err(|_| ValueError::TooFine)?;
    if !(fraction * unit_ps).is_multiple_of(scale) {
        return Err(ValueError::TooFine);
    }
    let ps = whole * unit_ps + fraction * unit_ps / scale;
    u64::try_from(ps).map(Span::from_ps).map_err(|_| ValueError::TooLong)
}

/// `--wall-limit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WallLimit {
    /// Run for as long as it takes.
    None,
    /// Stop after this much host time.
    After(Duration),
}

impl FromStr for WallLimit {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        match text {
            "none" => Ok(Self::None),
            text => Ok(Self::After(Duration::from_nanos(time(text)?.as_ps() / 1_000))),
        }
    }
}

/// `--audio`: where the sound goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audio {
    /// The host's default device.
    Device,
    /// Nowhere.
    None,
    /// A WAV file.
    File(PathBuf),
}

/// `--audio-rate`: how a WAV file has the sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum AudioRate {
    /// At the stream's own rate; another rate starts another file.
    #[default]
    Stream,
    /// At 48 kHz, as the DAC runs, in one file.
    Dac,
}

/// `device`, `none` or the name of a WAV file.
///
/// # Errors
/// [`ValueError::Audio`] for the name of another file.
pub fn audio(path: PathBuf) -> Result<Audio, ValueError> {
    match path.to_str() {
        Some("device") => Ok(Audio::Device),
        Some("none") => Ok(Audio::None),
        _ if has_extension(&path, "wav") => Ok(Audio::File(path)),
        _ => Err(ValueError::Audio),
    }
}

/// The name of a report.
///
/// # Errors
/// [`ValueError::Report`] when it ends neither in `.json` nor in `.html`.
pub fn report(path: PathBuf) -> Result<PathBuf, ValueError> {
    if has_extension(&path, "json") || is_page(&path) { Ok(path) } else { Err(ValueError::Report) }
}

/// Whether a file's name says that it is for people.
pub fn is_page(path: &Path) -> bool {
    has_extension(path, "html") || has_extension(path, "htm")
}

/// The name of a page.
///
/// # Errors
/// [`ValueError::Page`] when it does not end in `.html`.
pub fn html(path: PathBuf) -> Result<PathBuf, ValueError> {
    if is_page(&path) { Ok(path) } else { Err(ValueError::Page) }
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// `--console`: which of the firmware's text outputs go to stdout, and which of its inputs gets stdin or what comes from `--pty`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Console {
    /// Text from any of them; what is typed goes to the first that reads.
    #[default]
    Auto,
    /// UART0 or UARTE0.
    Uart0,
    /// UARTE1.
    Uart1,
    /// The first serial port of the firmware's USB device.
    Usb,
    /// SEGGER RTT, up-buffer 0.
    Rtt,
    /// ITM, stimulus port 0.
    Itm,
    /// SYS_WRITE0, SYS_WRITEC and SYS_READC.
    Semihosting,
    /// None of them.
    None,
}

impl Console {
    /// Which port gets what is typed.
    pub const fn input(self) -> InputTo {
        match self {
            Self::Auto => InputTo::First,
            Self::Uart0 => InputTo::Only(ConsolePort::Uart0),
            Self::Uart1 => InputTo::Only(ConsolePort::Uart1),
            Self::Usb => InputTo::Only(ConsolePort::Usb),
            Self::Semihosting => InputTo::Only(ConsolePort::Semihosting),
            Self::Rtt | Self::Itm | Self::None => InputTo::Nobody,
        }
    }

    /// Whether text from `port` is wanted.
    pub fn wants(self, port: ConsolePort) -> bool {
        match self {
            Self::Auto => true,
            Self::Uart0 => port == ConsolePort::Uart0,
            Self::Uart1 => port == ConsolePort::Uart1,
            Self::Usb => port == ConsolePort::Usb,
            Self::Rtt => port == ConsolePort::Rtt,
            Self::Itm => port == ConsolePort::Itm,
            Self::Semihosting => port == ConsolePort::Semihosting,
            Self::None => false,
        }
    }
}

/// `--timing`: what instructions cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Timing {
    /// The Cortex-M4's documented rules.
    #[default]
    Silicon,
    /// The same core on memory that never waits.
    ZeroWait,
    /// One cycle an instruction.
    Flat,
}

impl Timing {
    /// As it is typed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Silicon => "silicon",
            Self::ZeroWait => "zero-wait",
            Self::Flat => "flat",
        }
    }

    /// The rules it stands for.
    pub const fn rules(self) -> Rules {
        match self {
            Self::Silicon => Rules::SILICON,
            Self::ZeroWait => Rules::ZERO_WAIT,
            Self::Flat => Rules::FLAT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_exact() {
        for (text, ps) in [
            ("250ms", 250_000_000_000),
            ("8.4s", 8_400_000_000_000),
            ("8.400s", 8_400_000_000_000),
            ("10min", 600_000_000_000_000),
            ("0.5 h", 1_800_000_000_000_000),
            ("15.625ns", 15_625),
            ("1us", 1_000_000),
            ("1µs", 1_000_000),
            ("0s", 0),
            ("0.000000000001s", 1),
            ("18446744073709551.615ns", u64::MAX),
        ] {
            assert_eq!(time(text), Ok(Span::from_ps(ps)), "{text}");
        }
    }

    #[test]
    fn times_that_are_none_say_why() {
        for (text, error) in [
            ("8.4", ValueError::Unit),
            ("8.4 parsecs", ValueError::Unit),
            ("-1s", ValueError::Time),
            ("1e3s", ValueError::Unit),
            ("s", ValueError::Time),
            ("", ValueError::Time),
            (".5s", ValueError::Time),
            ("5.s", ValueError::Time),
            ("1.2.3s", ValueError::Time),
            ("0.0001ns", ValueError::TooFine),
            ("1.0000000000000000001h", ValueError::TooFine),
            ("18446744073709551.616ns", ValueError::TooLong),
            ("6000h", ValueError::TooLong),
            ("99999999999999999999999s", ValueError::TooLong),
        ] {
            assert_eq!(time(text), Err(error), "{text}");
        }
    }

    #[test]
    fn limits_and_sounds() {
        assert_eq!("none".parse(), Ok(WallLimit::None));
        assert_eq!("10min".parse(), Ok(WallLimit::After(Duration::from_secs(600))));
        assert_eq!("10".parse::<WallLimit>(), Err(ValueError::Unit));
        assert_eq!(audio("device".into()), Ok(Audio::Device));
        assert_eq!(audio("none".into()), Ok(Audio::None));
        assert_eq!(audio("a/out.WAV".into()), Ok(Audio::File("a/out.WAV".into())));
        for text in ["devise", "out.mp3", "", "wav", ".wav"] {
            assert_eq!(audio(text.into()), Err(ValueError::Audio), "{text}");
        }
    }

    #[test]
    fn a_report_is_for_machines_or_for_people() {
        for name in ["r.json", "r.html", "dir/R.HTM"] {
            assert_eq!(report(name.into()), Ok(name.into()));
        }
        for name in ["firmware.elf", "html", "r.xhtml"] {
            assert_eq!(report(name.into()), Err(ValueError::Report));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_time_panic(text in "[0-9.]{0,40}(ns|us|ms|s|min|h|\\PC{0,3})") {
            let _ = time(&text);
        }

        #[test]
        fn whole_picoseconds_come_back(ps in any::<u64>()) {
            prop_assert_eq!(time(&format!("{}.{:03}ns", ps / 1_000, ps % 1_000)), Ok(Span::from_ps(ps)));
        }
    }
}
