//! CSV: of Saleae's program (a row for each change, its time in seconds first) and of sigrok (a row for each sample, the rate in
//! a comment).

use super::vcd::Samples;
use super::{CaptureError, Change, MOST_CHANNELS, Opened, Reader};
use peripherals::kernel::{Instant, Span};
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};

/// The longest line, in bytes.
const LONGEST: u64 = 1 << 16;
/// Lines of comments and names before the first row.
const LONGEST_HEAD: u64 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Times {
    /// The first column is the time, and it begins there (it may be negative: before the trigger).
    Column { first_ps: i128, unit: i128 },
    /// A row is so many samples after the first.
    Rate { hz: u64 },
}

struct Csv {
    lines: Lines,
    separator: char,
    times: Times,
    channels: usize,
    /// The first row, which was read to see what it is.
    waiting: Option<String>,
    row: u64,
    now: Instant,
    samples: Samples,
}

struct Lines {
    file: BufReader<File>,
    number: u64,
    bytes: Vec<u8>,
}

impl Lines {
    /// The next line, without its end.
    fn next(&mut self) -> Result<Option<String>, CaptureError> {
        self.bytes.clear();
        let read = (&mut self.file).take(LONGEST).read_until(b'\n', &mut self.bytes).map_err(CaptureError::Io)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if read as u64 == LONGEST && self.bytes.last() != Some(&b'\n') {
            return Err(CaptureError::line(self.number, "it is longer than 64 KiB"));
        }
        let text = String::from_utf8_lossy(&self.bytes);
        Ok(Some(text.trim_start_matches('\u{FEFF}').trim_end().to_owned()))
    }
}

pub(super) fn open(file: File) -> Result<Opened, CaptureError> {
    let mut lines = Lines { file: BufReader::with_capacity(1 << 16, file), number: 0, bytes: Vec::new() };
    let (mut hz, mut names): (Option<u64>, Vec<String>) = (None, Vec::new());
    let first = loop {
        let Some(line) = lines.next()? else { return Err(CaptureError::NoChannels) };
        if lines.number > LONGEST_HEAD {
            return Err(CaptureError::line(lines.number, "there is no row of levels up to here"));
        }
        if let Some(comment) = line.strip_prefix([';', '#']).or_else(|| line.strip_prefix("META ")) {
            let (key, value) = comment.split_once(':').unwrap_or((comment, ""));
            if key.trim().eq_ignore_ascii_case("samplerate") {
                hz = rate(value.trim());
            } else if key.trim().to_ascii_lowercase().starts_with("channels") {
                names = value.split(',').map(|name| name.trim().to_owned()).collect();
            }
            continue;
        }
        let separator = separator(&line);
        let fields: Vec<&str> = line.split(separator).map(field).collect();
        if line.is_empty() {
            continue;
        }
        if fields.iter().all(|field| seconds(field).is_some()) {
            break line;
        }
        // A row of names; sigrok may give kinds, `logic`, instead.
        if !fields.iter().all(|field| matches!(*field, "logic" | "analog" | "")) {
            names = fields.iter().map(|field| (*field).to_owned()).collect();
        }
    };
    let separator = separator(&first);
    let fields: Vec<&str> = first.split(separator).map(field).collect();
    let is_time = |name: &String| name.to_ascii_lowercase().starts_with("time");
    let has_time = names.first().is_some_and(is_time) || names.len() + 1 == fields.len() || fields[0].contains('.');
    let unit = names.first().map_or(1, |name| if is_time(name) { unit_of(name) } else { 1 });
    if names.first().is_some_and(is_time) {
        names.remove(0);
    }
    let times = match (has_time, hz) {
        (true, _) => Times::Column { first_ps: seconds(fields[0]).unwrap_or_default() / unit, unit },
        (false, Some(hz)) => Times::Rate { hz },
        (false, None) => {
            return Err(CaptureError::line(
                lines.number,
                "there is neither a column of times nor a samplerate\n  help: export times, or let sigrok write its comments",
            ));
        }
    };
    let channels = (fields.len() - usize::from(has_time)).min(MOST_CHANNELS);
    names.truncate(channels);
    (names.len()..channels).for_each(|n| names.push(format!("D{n}")));
    let sample = if let Times::Rate { hz } = times { Some(Span::from_ps(1_000_000_000_000 / hz)) } else { None };
    let reader = Csv {
        lines,
        separator,
        times,
        channels,
        waiting: Some(first),
        row: 0,
        now: Instant::ZERO,
        samples: Samples::new(channels),
    };
    Ok(Opened { channels: names, sample, exact: false, format: "CSV", reader: Box::new(reader) })
}

fn separator(line: &str) -> char {
    [',', ';', '\t'].into_iter().find(|separator| line.contains(*separator)).unwrap_or(',')
}

fn field(text: &str) -> &str {
    text.trim().trim_matches('"').trim()
}

/// `Time [ms]` counts a thousandth of a second: the divisor of seconds.
fn unit_of(name: &str) -> i128 {
    match name.to_ascii_lowercase() {
        name if name.contains("[ms]") => 1_000,
        name if name.contains("[us]") || name.contains("[µs]") => 1_000_000,
        name if name.contains("[ns]") => 1_000_000_000,
        _ => 1,
    }
}

/// A decimal number of seconds in picoseconds; `None` when it is none, or too big.
fn seconds(text: &str) -> Option<i128> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fits = whole.len() + fraction.len() <= 30 && (-30..=18).contains(&exponent);
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !fits || whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let number: i128 = format!("{whole}{fraction}").parse().ok()?;
    let places = 12 + exponent - fraction.len() as i32;
    let factor = 10i128.checked_pow(places.unsigned_abs())?;
    let ps = if places >= 0 { number.checked_mul(factor)? } else { (number + factor / 2) / factor };
    (ps <= i128::from(u64::MAX)).then_some(if negative { -ps } else { ps })
}

fn rate(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let factor = match text[end..].trim() {
        "" | "Hz" => 1.0,
        "kHz" => 1e3,
        "MHz" => 1e6,
        "GHz" => 1e9,
        _ => return None,
    };
    let hz = text[..end].parse::<f64>().ok()? * factor;
    (1.0..=1e12).contains(&hz).then_some(hz.round() as u64)
}

impl Csv {
    fn row(&mut self, line: &str) -> Result<(), CaptureError> {
        let number = self.lines.number;
        let mut fields = line.split(self.separator).map(field);
        self.now = match self.times {
            Times::Rate { hz } => {
                let ps = u128::from(self.row) * 1_000_000_000_000 / u128::from(hz);
                Instant::from_ps(u64::try_from(ps).unwrap_or(u64::MAX))
            }
            Times::Column { first_ps, unit } => {
                let text = fields.next().unwrap_or_default();
                let ps = seconds(text).ok_or_else(|| CaptureError::line(number, "the time is no number of seconds"))?;
                let ps = ps / unit;
                // What is before zero moves everything: times of this program begin at power-on.
                let ps = if first_ps < 0 { ps - first_ps } else { ps };
                let at = u64::try_from(ps).map_err(|_| CaptureError::line(number, "the time is out of range"))?;
                if Instant::from_ps(at) < self.now {
                    return Err(CaptureError::line(number, "time goes back"));
                }
                Instant::from_ps(at)
            }
        };
        self.row += 1;
        for channel in 0..self.channels {
            let high = match fields.next() {
                Some("0") => false,
                Some("1") => true,
                // An analyser's `x`, or nothing.
                Some("" | "x" | "X") => continue,
                Some(_) => return Err(CaptureError::line(number, "a level is neither 0 nor 1")),
                None => return Err(CaptureError::line(number, "there are fewer columns than in the first row")),
            };
            self.samples.sample(self.now, channel, high);
        }
        Ok(())
    }
}

impl Reader for Csv {
    fn next(&mut self) -> Result<Option<Change>, CaptureError> {
        loop {
            if let Some(change) = self.samples.take() {
                return Ok(Some(change));
            }
            let line = match self.waiting.take() {
                Some(line) => line,
                None => match self.lines.next()? {
                    Some(line) => line,
                    None => return Ok(None),
                },
            };
            if !line.is_empty() && !line.starts_with([';', '#']) {
                self.row(&line)?;
            }
        }
    }

    fn end(&self) -> Instant {
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact() {
        for (text, ps) in [
            ("0", 0),
            ("0.000000000", 0),
            ("0.000015625", 15_625_000),
            ("-0.5", -500_000_000_000),
            ("1.5e-6", 1_500_000),
            ("1E-12", 1),
            ("12", 12_000_000_000_000),
            (".000001", 1_000_000),
        ] {
            assert_eq!(seconds(text), Some(ps), "{text}");
        }
        for bad in ["", "-", "x", "1.2.3", "1e", "1e400", "99999999999999999999", "nan", "0x1"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
