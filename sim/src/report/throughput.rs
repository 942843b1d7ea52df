//! Whether the bytes came fast enough, and what sending them cost.

use peripherals::chips::vs1053::{Codec, StreamReport};
use peripherals::kernel::{Kind, Lint, LintLevel, Rate, Span};
use serde::Serialize;

/// The sound had gaps.
pub static CHOPPY_SOUND: Lint = Lint {
    name: "choppy-sound",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "the sound had gaps, because data came too late",
    why: "the chip decodes at the pace of the audio; when its 2048-byte buffer runs empty there is nothing to play\n\
          VS1053b datasheet, \"Serial Data Interface\"",
    help: "send each byte in less time, or more bytes each time DREQ is high (32 are always safe)",
};

/// How long the decoded sound of `stream` lasts.
pub fn decoded(stream: &StreamReport) -> Span {
    match stream.sample_rate_hz {
        0 => Span::ZERO,
        hz => Rate::new(hz.into()).span(stream.frames),
    }
}

/// The verdict on speed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// No underrun.
    #[serde(rename = "smooth")]
    Smooth,
    /// At least one underrun.
    #[serde(rename = "choppy")]
    Choppy,
    /// Nothing was decoded.
    #[default]
    #[serde(rename = "n/a")]
    NotApplicable,
}

impl Verdict {
    /// The word people and scripts see.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Smooth => "smooth",
            Self::Choppy => "choppy",
            Self::NotApplicable => "n/a",
        }
    }
}

/// `throughput` of the report. Several streams are added up: their bytes, their times, their underruns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Throughput {
    /// Bytes of the streams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_bytes: Option<u64>,
    /// From the first to the last SDI bit of each stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elapsed_s: Option<f64>,
    /// The spans in it with DREQ low and no SDI bit being clocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dreq_stall_s: Option<f64>,
    /// `elapsed_s - dreq_stall_s`: what sending costs the firmware, file reading included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_s: Option<f64>,
    /// `stream_bytes / send_s`; absent when `send_s` is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_s: Option<f64>,
    /// `stream_bytes` by the seconds the decoded sound lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed_bytes_per_s: Option<f64>,
    /// `bytes_per_s / needed_bytes_per_s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// Whether it could be listened to.
    pub verdict: Verdict,
}

impl Throughput {
    /// Measures `streams`, whose bits came from [`StreamReport::first_bit`] to [`StreamReport::last_bit`]; `underruns` is how
    /// many gaps they had together. Streams of which nothing was decoded do not count.
    pub fn measure<'a>(streams: impl IntoIterator<Item = &'a StreamReport>, underruns: u64) -> Self {
        let mut bytes = 0u64;
        let (mut elapsed, mut stall, mut sound) = (Span::ZERO, Span::ZERO, Span::ZERO);
        let (mut rate, mut frames) = (None, 0u64);
        // Real-time MIDI comes when it is played.
        let streams = streams.into_iter().filter(|s| s.codec != Codec::LiveMidi);
        for stream in streams.filter(|s| s.bytes > 0 && decoded(s) > Span::ZERO) {
            let length = stream.last_bit.since(stream.first_bit);
            bytes = bytes.saturating_add(stream.bytes);
            elapsed += length;
            stall += stream.dreq_stall.min(length);
            sound += decoded(stream);
            frames = frames.saturating_add(stream.frames);
            rate = match rate {
                None => Some(Some(stream.sample_rate_hz)),
                Some(same) => Some(same.filter(|&hz| hz == stream.sample_rate_hz)),
            };
        }
        if bytes == 0 {
            return Self::default();
        }
        let send = elapsed - stall;
        let bytes_per_s = (send > Span::ZERO).then(|| bytes as f64 / send.as_secs_f64());
        // A span of whole picoseconds would make 16,000 bytes/s a little more or less.
        let needed = match rate.flatten() {
            Some(hz) => (bytes as f64 * f64::from(hz)) / frames as f64,
            None => bytes as f64 / sound.as_secs_f64(),
        };
        Self {
            stream_bytes: Some(bytes),
            elapsed_s: Some(elapsed.as_secs_f64()),
            dreq_stall_s: Some(stall.as_secs_f64()),
            send_s: Some(send.as_secs_f64()),
            bytes_per_s,
            needed_bytes_per_s: Some(needed),
            ratio: bytes_per_s.map(|b| b / needed),
            verdict: if underruns == 0 { Verdict::Smooth } else { Verdict::Choppy },
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use peripherals::kernel::Instant;

    /// The song of the fixtures, 350 frames of 48 kHz at 128 kbit/s, sent in 8.3 s of which 6.3 s were waiting.
    pub fn song() -> StreamReport {
        let first_bit = Instant::ZERO + Span::from_ms(20);
        StreamReport {
            codec: Codec::Mp3,
            bytes: 134_400,
            sha256: [0xAB; 32],
            bitrate_bps: 128_000,
            sample_rate_hz: 48_000,
            channels: 2,
            frames: 350 * 1_152,
            pcm_sha256: [0xCD; 32],
            bad_packets: 0,
            bad_pages: 0,
            first_bit,
            last_bit: first_bit + Span::from_ms(8_300),
            dreq_stall: Span::from_ms(6_300),
        }
    }

    #[test]
    fn the_song_needs_sixteen_thousand_bytes_a_second() {
        let t = Throughput::measure([&song()], 0);
        assert_eq!(t.stream_bytes, Some(134_400));
        assert_eq!((t.elapsed_s, t.dreq_stall_s, t.send_s), (Some(8.3), Some(6.3), Some(2.0)));
        assert_eq!((t.bytes_per_s, t.needed_bytes_per_s), (Some(67_200.0), Some(16_000.0)));
        assert_eq!((t.ratio, t.verdict), (Some(4.2), Verdict::Smooth));
    }

    #[test]
    fn one_underrun_is_choppy_however_fast_the_mean() {
        assert_eq!(Throughput::measure([&song()], 1).verdict, Verdict::Choppy);
    }

    #[test]
    fn nothing_decoded_is_neither_smooth_nor_choppy() {
        assert_eq!(Throughput::measure([], 0), Throughput::default());
        for nothing in [StreamReport { frames: 0, ..song() }, StreamReport { sample_rate_hz: 0, ..song() }] {
            assert_eq!(Throughput::measure([&nothing], 3), Throughput::default());
        }
    }

    #[test]
    fn streams_add_up_without_the_pause_between_them() {
        let pause = Span::from_ms(60_000);
        let later = StreamReport { first_bit: song().first_bit + pause, last_bit: song().last_bit + pause, ..song() };
        let t = Throughput::measure([&song(), &later], 2);
        assert_eq!((t.stream_bytes, t.elapsed_s, t.send_s), (Some(268_800), Some(16.6), Some(4.0)));
        assert_eq!((t.needed_bytes_per_s, t.verdict), (Some(16_000.0), Verdict::Choppy));
    }

    /// Most numbers of samples at 44.1 kHz last no whole number of picoseconds.
    #[test]
    fn what_is_needed_is_exact_when_it_can_be() {
        let needed = |streams: &[StreamReport]| Throughput::measure(streams, 0).needed_bytes_per_s;
        let cd = StreamReport { sample_rate_hz: 44_100, bytes: 160_000, frames: 441_000, ..song() };
        assert_eq!(needed(&[StreamReport { bytes: 48_000, frames: 132_300, ..cd.clone() }]), Some(16_000.0));
        for n in 1..200 {
            let odd = StreamReport { bytes: 160 * n, frames: 441 * n, ..cd.clone() };
            assert_eq!(needed(&[odd]), Some(16_000.0), "{n}");
        }
        let mixed = needed(&[cd, song()]).expect("both have sound");
        assert!((mixed - 16_000.0).abs() < 1e-6);
    }

    #[test]
    fn a_stall_as_long_as_the_stream_gives_no_rate() {
        let t = Throughput::measure([&StreamReport { dreq_stall: Span::from_ms(9_999), ..song() }], 0);
        assert_eq!((t.send_s, t.bytes_per_s, t.ratio), (Some(0.0), None, None));
    }
}
