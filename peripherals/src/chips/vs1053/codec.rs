//! The codec port: who turns compressed packets into samples is given to the chip from outside.
//!
//! The chip decides *when* a packet is decoded and *which* bytes it gets: exactly one packet, complete, and never a byte that has
//! not come in through SDI. A decoder keeps state from packet to packet (bit reservoir, overlap) and nothing else.

use super::synth::Synth;
use crate::kernel::copies;
use core::fmt;

/// What one packet turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Sample frames that were appended, i.e. samples per channel. 0 is no error: the first audio packet of a Vorbis stream only
    /// primes the overlap, and an MP3 frame whose bit reservoir is missing has nothing to say.
    pub frames: usize,
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// 1 or 2; of FLAC 1 to 8.
    pub channels: u8,
}

/// A packet, or a stream's set-up, that the decoder can make nothing of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// What was wrong, in the decoder's words: one clause, lowercase.
    pub reason: String,
}

impl Undecodable {
    /// With the reason in words.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Undecodable {}

/// Decodes the packets of one stream, in order. From equal packets a copy decodes the same samples as the original.
pub trait FrameDecoder: CopyDecoder + Send {
    /// Decodes one complete packet and appends its samples to `pcm`: signed 16 bit, channels interleaved. MP3: one frame from
    /// its header to its last byte. Vorbis: one audio packet. FLAC: one frame with both of its sums; samples of more than 16
    /// bits lose the lowest. AAC: one raw data block.
    ///
    /// Equal packets give equal samples on any machine.
    ///
    /// # Errors
    /// [`Undecodable`] when the packet makes no sense; the decoder is ready for the next one, and `pcm` is as it was.
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable>;

    /// Bytes of the packet at the front of `bytes`, where only the decoder can tell: blocks of AAC. `None` when there is no whole one.
    fn length(&mut self, bytes: &[u8]) -> Option<usize> {
        let _ = bytes;
        None
    }
}

copies! {
    /// Every [`FrameDecoder`] that is `Clone` can be copied without being known.
    CopyDecoder for FrameDecoder
}

/// Makes a decoder for each stream that the chip recognises.
pub trait Codecs: CopyCodecs + Send {
    /// MPEG 1 and 2 of all layers, and MPEG 2.5 of layer III. The layer is that of the first frame.
    fn mp3(&self) -> Box<dyn FrameDecoder>;

    /// AAC of low complexity, at `rate_hz` with 1 or 2 channels.
    ///
    /// # Errors
    /// [`Undecodable`] when there is no decoder for that.
    fn aac(&self, rate_hz: u32, channels: u8) -> Result<Box<dyn FrameDecoder>, Undecodable> {
        Err(Undecodable::new(format!("there is no decoder for AAC at {rate_hz} Hz with {channels} channels")))
    }

    /// FLAC, from its STREAMINFO.
    ///
    /// # Errors
    /// [`Undecodable`] when it describes no stream that can be decoded, or there is no such decoder.
    fn flac(&self, info: &[u8; 34]) -> Result<Box<dyn FrameDecoder>, Undecodable> {
        let _ = info;
        Err(Undecodable::new("there is no decoder for FLAC"))
    }

    /// Vorbis I, from its three header packets, each whole and in order (identification, comment, set-up).
    ///
    /// # Errors
    /// [`Undecodable`] when the headers do not describe a stream that can be decoded.
    fn vorbis(&self, ident: &[u8], comment: &[u8], setup: &[u8]) -> Result<Box<dyn FrameDecoder>, Undecodable>;

    /// A synthesiser as new, for a MIDI file or for real-time MIDI.
    fn synth(&self) -> Box<dyn Synth>;
}

copies! {
    /// All [`Codecs`] that are `Clone` can be copied without being known.
    CopyCodecs for Codecs
}
