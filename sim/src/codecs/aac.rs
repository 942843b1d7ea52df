//! AAC-LC, one raw data block at a time, through symphonia's decoder.
//!
//! 1. Low complexity in one or two channels. Of HE-AAC it decodes the core: SBR and PS, which travel in fill elements, are skipped.
//! 2. A copy is made by decoding again what came since the decoder was last made, since symphonia's decoder cannot be copied and its
//!    noise substitution goes on from block to block. So that this stays short, a decoder is made anew after every [`MOST_HISTORY`] blocks, from the
//!    block before: with that one it overlaps, and with no other (ISO/IEC 14496-3, 4.6.11).
//! 3. Tables are computed with the platform's `powf` and `sin`, as those of Vorbis are: see the module.
//! 4. Full scale is 32768, a sample is rounded half away from zero and clamped.

use peripherals::chips::vs1053::{Decoded, FrameDecoder, Undecodable};
use std::sync::Arc;
use symphonia_codec_aac::AacDecoder;
use symphonia_core::audio::{GenericAudioBufferRef, layouts};
use symphonia_core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

/// Blocks after which a decoder is made anew: about a second and a half.
const MOST_HISTORY: usize = 64;
/// Longest block: 6144 bits a channel (ISO/IEC 14496-3, 4.5.3.2).
const MOST_BLOCK: usize = 2 * 6144 / 8;

/// One AAC stream.
pub(super) struct Aac {
    rate_hz: u32,
    channels: u8,
    /// `None` in a copy that has not decoded anything yet.
    decoder: Option<AacDecoder>,
    /// What the decoder was given since it was made.
    history: Vec<Arc<[u8]>>,
    samples: Vec<f32>,
}

impl Aac {
    /// At `rate_hz` with so many channels.
    ///
    /// # Errors
    /// The decoder cannot do that.
    pub(super) fn new(rate_hz: u32, channels: u8) -> Result<Self, Undecodable> {
        let decoder = Some(open(rate_hz, channels)?);
        Ok(Self { rate_hz, channels, decoder, history: vec![], samples: vec![] })
    }

    /// A decoder that has been given the history.
    fn replayed(&self) -> Result<AacDecoder, Undecodable> {
        let mut decoder = open(self.rate_hz, self.channels)?;
        for block in &self.history {
            // One that was refused then is refused again, and leaves the same behind.
            let _ = decoder.decode_ref(&whole(block));
        }
        Ok(decoder)
    }
}

impl Clone for Aac {
    /// Its decoder is made when it is needed: most snapshots are never gone back to (note 2).
    fn clone(&self) -> Self {
        let Self { rate_hz, channels, history, .. } = self;
        Self { rate_hz: *rate_hz, channels: *channels, decoder: None, history: history.clone(), samples: vec![] }
    }
}

fn open(rate_hz: u32, channels: u8) -> Result<AacDecoder, Undecodable> {
    let layout = match channels {
        1 => layouts::CHANNEL_LAYOUT_MONO,
        2 => layouts::CHANNEL_LAYOUT_STEREO,
        _ => return Err(Undecodable::new(format!("AAC of {channels} channels"))),
    };
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(CODEC_ID_AAC).with_sample_rate(rate_hz).with_channels(layout);
    AacDecoder::try_new(&parameters, &AudioDecoderOptions::default()).map_err(undecodable)
}

fn whole(packet: &[u8]) -> PacketRef<'_> {
    PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, packet)
}

fn undecodable(error: symphonia_core::errors::Error) -> Undecodable {
    Undecodable::new(error.to_string())
}

impl FrameDecoder for Aac {
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        if packet.len() > MOST_BLOCK {
            return Err(Undecodable::new(format!("a block of {} bytes, more than {MOST_BLOCK}", packet.len())));
        }
        if self.history.len() > MOST_HISTORY {
            self.history.drain(..MOST_HISTORY);
            self.decoder = None;
        }
        let mut decoder = match self.decoder.take() {
            Some(decoder) => decoder,
            None => self.replayed()?,
        };
        self.history.push(packet.into());
        let audio = decoder.decode_ref(&whole(packet));
        let result = match audio {
            Ok(audio @ GenericAudioBufferRef::F32(_)) => {
                audio.copy_to_vec_interleaved(&mut self.samples);
                pcm.extend(self.samples.iter().map(|&sample| (sample * 32_768.0).round() as i16));
                Ok(Decoded { frames: audio.frames(), rate_hz: self.rate_hz, channels: self.channels })
            }
            Ok(_) => Err(Undecodable::new("samples that are not floating point")),
            Err(error) => Err(undecodable(error)),
        };
        self.decoder = Some(decoder);
        result
    }
}
