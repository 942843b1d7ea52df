//! Sessions of sigrok and PulseView, `.sr`: a zip archive with `metadata` and samples in `logic-1-1`, `logic-1-2` and so on
//! (sigrok wiki, "File format:Sigrok/v2"). Of each sample, channel n is bit n, the first byte first.

use super::vcd::Samples;
use super::{CaptureError, Change, MOST_CHANNELS, Opened, Reader};
use flate2::read::DeflateDecoder;
use peripherals::kernel::{Instant, Span};
use std::fs::File;
use std::io::{BufReader, Read, Seek as _, SeekFrom};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Bytes of `metadata` that are read.
const LONGEST_METADATA: u64 = 1 << 20;
/// Samples that a recording may have: hours at usual rates. A hostile archive can hold a thousand times its size.
const MOST_SAMPLES: u64 = 1 << 36;
/// Bytes inflated at a time.
const PIECE: usize = 1 << 16;
/// Bytes of a sample.
const WIDEST: usize = MOST_CHANNELS / 8;

/// Where samples lie in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Chunk {
    number: u64,
    start: u64,
    length: u64,
    deflated: bool,
}

struct Sr {
    /// Chunks to come, the next one last.
    chunks: Vec<Chunk>,
    now: Option<Box<dyn Read>>,
    file: File,
    piece: Vec<u8>,
    /// Bytes in `piece`, of which the last are no whole sample.
    length: usize,
    unit: usize,
    channels: usize,
    hz: u64,
    sample: u64,
    last: Vec<u8>,
    samples: Samples,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Metadata {
    capture: String,
    hz: u64,
    unit: usize,
    channels: Vec<String>,
}

fn zip_error(error: ZipError) -> CaptureError {
    match error {
        ZipError::Io(error) => CaptureError::Io(error),
        other => CaptureError::part("the archive", other.to_string()),
    }
}

pub(super) fn open(file: File) -> Result<Opened, CaptureError> {
    let again = file.try_clone().map_err(CaptureError::Io)?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(zip_error)?;
    let mut text = String::new();
    match archive.by_name("metadata") {
        Ok(entry) => entry
            .take(LONGEST_METADATA)
            .read_to_string(&mut text)
            .map_err(|error| CaptureError::part("metadata", error.to_string()))?,
        Err(_) => {
            return Err(CaptureError::part("metadata", "the archive has no such entry, so it is no sigrok session"));
        }
    };
    let Metadata { capture, hz, unit, channels } = metadata(&text)?;
    let mut chunks = chunks(&mut archive, &capture)?;
    chunks.sort_unstable_by(|a, b| b.cmp(a));
    let count = channels.len();
    let reader = Sr {
        chunks,
        now: None,
        file: again,
        piece: vec![0; PIECE],
        length: 0,
        unit,
        channels: count,
        hz,
        sample: 0,
        last: Vec::new(),
        samples: Samples::new(count),
    };
    let sample = Span::from_ps(1_000_000_000_000 / hz);
    Ok(Opened { channels, sample: Some(sample), exact: false, format: "sigrok session", reader: Box::new(reader) })
}

fn chunks(archive: &mut ZipArchive<BufReader<File>>, capture: &str) -> Result<Vec<Chunk>, CaptureError> {
    let prefix = format!("{capture}-");
    let mut chunks = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(zip_error)?;
        let name = entry.name();
        let number = if name == capture { Some(0) } else { name.strip_prefix(&prefix).and_then(|n| n.parse().ok()) };
        let Some(number) = number else { continue };
        let deflated = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            other => return Err(CaptureError::part(name, format!("it is compressed by {other}, not deflated"))),
        };
        let start = entry.data_start();
        chunks.push(Chunk { number, start, length: entry.compressed_size(), deflated });
    }
    Ok(chunks)
}

fn metadata(text: &str) -> Result<Metadata, CaptureError> {
    let bad = |what: &str| CaptureError::part("metadata", what);
    let (mut device, mut found) = (0, Metadata::default());
    let mut names: Vec<(usize, String)> = Vec::new();
    let mut total = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            device += u32::from(line.starts_with("[device"));
            continue;
        }
        // Of several devices the first.
        let Some((key, value)) = line.split_once('=').filter(|_| device == 1) else { continue };
        let (key, value) = (key.trim(), value.trim());
        match key {
            "capturefile" => value.clone_into(&mut found.capture),
            "samplerate" => found.hz = rate(value).ok_or_else(|| bad("the samplerate is no frequency"))?,
            "unitsize" => found.unit = value.parse().map_err(|_| bad("the unitsize is no number"))?,
            "total probes" => total = value.parse::<usize>().ok(),
            _ => {
                if let Some(number) = key.strip_prefix("probe").and_then(|number| number.parse::<usize>().ok())
                    && (1..=MOST_CHANNELS).contains(&number)
                {
                    names.push((number, value.to_owned()));
                }
            }
        }
    }
    if found.capture.is_empty() {
        return Err(bad("it names no logic samples (capturefile)"));
    }
    if found.hz == 0 {
        return Err(bad("it has no samplerate"));
    }
    if !(1..=WIDEST).contains(&found.unit) {
        return Err(bad("the unitsize is not between 1 and 32 bytes"));
    }
    let highest = names.iter().map(|(number, _)| *number).max().unwrap_or(0);
    let count = total.unwrap_or(0).max(highest).min(8 * found.unit);
    found.channels = (0..count).map(|n| format!("D{n}")).collect();
    for (number, name) in names.into_iter().filter(|(number, _)| *number <= count) {
        found.channels[number - 1] = name;
    }
    Ok(found)
}

/// `24 MHz`, `24000000`.
fn rate(text: &str) -> Option<u64> {
    let (number, unit) = text.split_once(' ').unwrap_or((text, "Hz"));
    let factor: f64 = match unit.trim() {
        "Hz" => 1.0,
        "kHz" => 1e3,
        "MHz" => 1e6,
        "GHz" => 1e9,
        _ => return None,
    };
    let hz = number.trim().parse::<f64>().ok()? * factor;
    (1.0..=1e12).contains(&hz).then_some(hz.round() as u64)
}

impl Sr {
    /// Inflates the next piece; false at the end.
    fn fill(&mut self) -> Result<bool, CaptureError> {
        loop {
            if self.now.is_none() {
                let Some(chunk) = self.chunks.pop() else { return Ok(false) };
                let mut file = self.file.try_clone().map_err(CaptureError::Io)?;
                file.seek(SeekFrom::Start(chunk.start)).map_err(CaptureError::Io)?;
                let raw = BufReader::new(file).take(chunk.length);
                self.now = Some(if chunk.deflated { Box::new(DeflateDecoder::new(raw)) } else { Box::new(raw) });
            }
            let Some(now) = &mut self.now else { return Ok(false) };
            match now.read(&mut self.piece[self.length..]) {
                Ok(0) => self.now = None,
                Ok(count) => {
                    self.length += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(CaptureError::part("logic samples", error.to_string())),
            }
        }
    }

    fn take_samples(&mut self) -> Result<(), CaptureError> {
        let whole = self.length / self.unit * self.unit;
        let piece = std::mem::take(&mut self.piece);
        for sample in piece[..whole].chunks_exact(self.unit) {
            if self.last != sample {
                let at = self.time(self.sample);
                for channel in 0..self.channels {
                    self.samples.sample(at, channel, sample[channel / 8] >> (channel % 8) & 1 != 0);
                }
                self.last.clear();
                self.last.extend_from_slice(sample);
            }
            self.sample += 1;
        }
        self.piece = piece;
        self.piece.copy_within(whole..self.length, 0);
        self.length -= whole;
        if self.sample > MOST_SAMPLES {
            return Err(CaptureError::part("logic samples", "there are more of them than any recording has"));
        }
        Ok(())
    }

    fn time(&self, sample: u64) -> Instant {
        let ps = u128::from(sample) * 1_000_000_000_000 / u128::from(self.hz);
        Instant::from_ps(u64::try_from(ps).unwrap_or(u64::MAX))
    }
}

impl Reader for Sr {
    fn next(&mut self) -> Result<Option<Change>, CaptureError> {
        loop {
            if let Some(change) = self.samples.take() {
                return Ok(Some(change));
            }
            if !self.fill()? {
                return Ok(None);
            }
            self.take_samples()?;
        }
    }

    fn end(&self) -> Instant {
        self.time(self.sample)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_says_rate_and_names() {
        let text = "[global]\nsigrok version=0.5.2\n\n[device 1]\ncapturefile=logic-1\ntotal probes=3\nsamplerate=24 MHz\n\
                    total analog=0\nprobe1=D0\nprobe3=CS\nunitsize=1\n[device 2]\nsamplerate=1 Hz\n";
        let channels = ["D0", "D1", "CS"].map(str::to_owned).to_vec();
        assert_eq!(metadata(text).unwrap(), Metadata { capture: "logic-1".into(), hz: 24_000_000, unit: 1, channels });
        for (from, to) in [("24 MHz", "0 Hz"), ("24 MHz", "fast"), ("unitsize=1", "unitsize=0"), ("logic-1", "")] {
            assert!(metadata(&text.replace(from, to)).is_err(), "{to}");
        }
    }
}
