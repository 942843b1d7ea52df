//! One WAV file with 16-bit PCM in two channels (Microsoft and IBM, "Multimedia Programming Interface and Data Specifications
//! 1.0", chapter 3, "Waveform Audio File Format").
//!
//! Written here because the usual library, hound, is under Apache-2.0 alone, which does not go with GPL version 2 in a binary that
//! is handed out; tests read the files with it.

use std::io::{ErrorKind, Result, Seek, SeekFrom, Write};

const HEADER_BYTES: u32 = 44;
const FRAME_BYTES: u32 = 4;

/// A file under way: header first, samples behind it.
pub(super) struct Writer<M> {
    pub(super) medium: M,
    rate_hz: u32,
    frames: u32,
}

impl<M: Write + Seek> Writer<M> {
    /// An empty file.
    pub(super) fn new(medium: M, rate_hz: u32) -> Result<Self> {
        let mut writer = Self { medium, rate_hz, frames: 0 };
        writer.write_header()?;
        Ok(writer)
    }

    /// Frames written.
    pub(super) fn frames(&self) -> u32 {
        self.frames
    }

    /// Another rate, for a file that is still empty.
    pub(super) fn set_rate(&mut self, rate_hz: u32) -> Result<()> {
        self.rate_hz = rate_hz;
        self.write_header()
    }

    /// Appends whole frames, left and right in turn. On an error those that still fitted count.
    pub(super) fn append(&mut self, samples: &[i16]) -> Result<()> {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut written = 0;
        let result = loop {
            if written == bytes.len() {
                break Ok(());
            }
            match self.medium.write(&bytes[written..]) {
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Ok(more) => written += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.frames += written as u32 / FRAME_BYTES;
        result
    }

    /// Brings the header up to date; the next samples go behind the last ones.
    pub(super) fn write_header(&mut self) -> Result<()> {
        let data = self.frames * FRAME_BYTES;
        let mut header = Vec::with_capacity(HEADER_BYTES as usize);
        header.extend_from_slice(b"RIFF");
        header.extend_from_slice(&(HEADER_BYTES - 8 + data).to_le_bytes());
        header.extend_from_slice(b"WAVEfmt ");
        header.extend_from_slice(&16u32.to_le_bytes());
        header.extend_from_slice(&1u16.to_le_bytes()); // PCM
        header.extend_from_slice(&2u16.to_le_bytes()); // channels
        header.extend_from_slice(&self.rate_hz.to_le_bytes());
        header.extend_from_slice(&self.rate_hz.saturating_mul(FRAME_BYTES).to_le_bytes());
        header.extend_from_slice(&(FRAME_BYTES as u16).to_le_bytes());
        header.extend_from_slice(&16u16.to_le_bytes()); // bits a sample
        header.extend_from_slice(b"data");
        header.extend_from_slice(&data.to_le_bytes());
        self.medium.seek(SeekFrom::Start(0))?;
        self.medium.write_all(&header)?;
        self.medium.seek(SeekFrom::Start(u64::from(HEADER_BYTES) + u64::from(data)))?;
        self.medium.flush()
    }
}
