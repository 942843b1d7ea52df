//! Decoding alone, as the chip has it done: frame by frame.

use badgebench::codecs::HostCodecs;
use peripherals::chips::vs1053::Codecs;
use std::process::Command;

/// Frames of this stream have the same length at 48 kHz.
const FRAME_BYTES: usize = 960;
const RATE_HZ: u32 = 48_000;
const SECONDS: u32 = 10;

/// Ten seconds of MP3 at 320 kbit/s.
pub struct Mp3 {
    bytes: Vec<u8>,
}

impl Mp3 {
    /// Noise in stereo, which leaves no bit unused, encoded by `lame`; `None` where there is none.
    pub fn new() -> Option<Self> {
        let directory = tempfile::tempdir().ok()?;
        let (source, file) = (directory.path().join("noise.raw"), directory.path().join("noise.mp3"));
        let mut state = 1u32;
        let noise: Vec<u8> = (0..RATE_HZ * SECONDS * 2)
            .flat_map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((state >> 16) as i16 / 4).to_le_bytes()
            })
            .collect();
        std::fs::write(&source, noise).ok()?;
        let lame = Command::new("lame")
            .args("--quiet -r -s 48 -b 320 -m s -t".split(' '))
            .arg(&source)
            .arg(&file)
            .output()
            .ok()?;
        assert!(lame.status.success(), "{}", String::from_utf8_lossy(&lame.stderr));
        Some(Self { bytes: std::fs::read(&file).ok()? })
    }

    /// Decodes it; the seconds of sound that came out.
    pub fn decode(&self) -> f64 {
        let (mut decoder, mut pcm, mut frames) = (HostCodecs.mp3(), Vec::new(), 0);
        for frame in self.bytes.chunks_exact(FRAME_BYTES) {
            pcm.clear();
            frames += decoder.decode(frame, &mut pcm).map_or(0, |decoded| decoded.frames);
        }
        frames as f64 / f64::from(RATE_HZ)
    }
}
