//! Codecs that count frames, and streams for them.

use super::super::flac;
use super::super::{Codecs, Decoded, FrameDecoder, MidiEvent, Synth, Undecodable};

/// Frames of an MP3 stream at 48 kHz and 128 kbit/s: 384 bytes and 1152 samples each.
pub const FRAME: usize = 384;
pub const SAMPLES: usize = 1152;

/// `count` frames; frame n is full of the byte n % 100 + 1, and every one of its samples is a hundred times that.
pub fn mp3(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|n| {
            let mut frame = vec![(n % 100 + 1) as u8; FRAME];
            frame[..4].copy_from_slice(&[0xFF, 0xFB, 0x94, 0x00]);
            frame
        })
        .collect()
}

/// What `frames` of the fake stream sound like.
pub fn sound(frames: core::ops::Range<usize>) -> Vec<i16> {
    frames.flat_map(|n| vec![(n as i16 % 100 + 1) * 100; SAMPLES]).collect()
}

/// A WAV file in mono with 16 bits.
pub fn wav(rate: u32, length: u32, samples: &[i16]) -> Vec<u8> {
    let mut w = b"RIFF\xFF\xFF\xFF\xFFWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    w.extend(rate.to_le_bytes());
    w.extend((2 * rate).to_le_bytes());
    w.extend([2, 0, 16, 0]);
    w.extend(*b"data");
    w.extend(length.to_le_bytes());
    w.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
    w
}

#[derive(Clone)]
pub struct Fake;

#[derive(Clone)]
struct Mp3;
#[derive(Clone)]
struct Vorbis;

impl Codecs for Fake {
    fn mp3(&self) -> Box<dyn FrameDecoder> {
        Box::new(Mp3)
    }

    fn flac(&self, _: &[u8; 34]) -> Result<Box<dyn FrameDecoder>, Undecodable> {
        Ok(Box::new(Flac))
    }

    fn aac(&self, rate_hz: u32, channels: u8) -> Result<Box<dyn FrameDecoder>, Undecodable> {
        Ok(Box::new(Aac(rate_hz, channels)))
    }

    fn vorbis(&self, ident: &[u8], comment: &[u8], setup: &[u8]) -> Result<Box<dyn FrameDecoder>, Undecodable> {
        let whole =
            ident.starts_with(b"\x01vorbis") && comment.starts_with(b"\x03vorbis") && setup.starts_with(b"\x05vorbis");
        if whole { Ok(Box::new(Vorbis)) } else { Err(Undecodable::new("headers out of order")) }
    }

    fn synth(&self) -> Box<dyn Synth> {
        Box::new(Organ::default())
    }
}

/// Left is a hundred times the sum of the keys that are down, right their number; no more of them than there may be voices.
#[derive(Clone, Default)]
struct Organ {
    down: Vec<(u8, u8)>,
}

impl Synth for Organ {
    fn send(&mut self, event: MidiEvent) {
        match event {
            MidiEvent::NoteOn { channel, key, .. } => self.down.push((channel, key)),
            MidiEvent::NoteOff { channel, key } => self.down.retain(|&note| note != (channel, key)),
            MidiEvent::NotesOff { channel } | MidiEvent::SoundOff { channel } => self.down.retain(|n| n.0 != channel),
            _ => {}
        }
    }

    fn limit(&mut self, voices: usize) {
        let more = self.down.len().saturating_sub(voices);
        self.down.drain(..more);
    }

    fn render(&mut self, frames: usize, pcm: &mut Vec<i16>) {
        let left = self.down.iter().map(|&(_, key)| 100 * i16::from(key)).fold(0, i16::saturating_add);
        pcm.extend([left, self.down.len() as i16].repeat(frames));
    }

    fn sounding(&self) -> bool {
        !self.down.is_empty()
    }
}

/// A MIDI file of format 0 with `division` ticks a quarter.
pub fn smf(division: u16, track: &[u8]) -> Vec<u8> {
    let mut f = b"MThd\0\0\0\x06\0\0\0\x01".to_vec();
    f.extend(division.to_be_bytes());
    f.extend(*b"MTrk");
    f.extend((track.len() as u32).to_be_bytes());
    f.extend(track);
    f
}

/// A FLAC file in stereo with `count` frames of 4096 samples; frame n is of `bytes` bytes and all its samples are n.
pub fn flac(count: u8, bytes: usize) -> Vec<u8> {
    let info = flac::tests::info(flac::tests::STEREO);
    let mut file = [b"fLaC\0\0\0\x22".as_slice(), &info, b"\x84\0\0\x03abc"].concat();
    for n in 0..count {
        let mut body = vec![n; bytes - 8];
        body[1..3].copy_from_slice(&(bytes as u16).to_be_bytes());
        file.extend(flac::tests::frame(n, 0x18, &body));
    }
    file
}

/// AAC in ADTS, 44.1 kHz stereo: `count` frames of 400 bytes, block n full of n % 100 + 1, every sample of it a hundred times that.
pub fn adts(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|n| {
            let mut frame = vec![(n % 100 + 1) as u8; 400];
            frame[..7].copy_from_slice(&[0xFF, 0xF1, 0x50, 0x80, 0x32, 0x1F, 0xFC]);
            frame
        })
        .collect()
}

/// Refuses a packet that is not as long as it says.
#[derive(Clone)]
struct Flac;

impl FrameDecoder for Flac {
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        if packet.get(7..9) != Some((packet.len() as u16).to_be_bytes().as_slice()) {
            return Err(Undecodable::new("another length"));
        }
        pcm.extend(std::iter::repeat_n(i16::from(packet[6]), 2 * 4096));
        Ok(Decoded { frames: 4096, rate_hz: 44_100, channels: 2 })
    }
}

#[derive(Clone)]
struct Aac(u32, u8);

impl FrameDecoder for Aac {
    /// Blocks of 300 bytes that begin with something.
    fn length(&mut self, bytes: &[u8]) -> Option<usize> {
        (bytes.len() >= 300 && bytes[0] != 0).then_some(300)
    }

    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        if packet[0] == 0xEE {
            return Err(Undecodable::new("0xEE"));
        }
        pcm.extend(std::iter::repeat_n(i16::from(packet[0]) * 100, 1024 * usize::from(self.1)));
        Ok(Decoded { frames: 1024, rate_hz: self.0, channels: self.1 })
    }
}

impl FrameDecoder for Mp3 {
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        let mpeg1 = packet[1] & 8 != 0;
        let rate = [44_100, 48_000, 32_000, 0][usize::from(packet[2] >> 2 & 3)] / if mpeg1 { 1 } else { 2 };
        let channels = if packet[3] >> 6 == 3 { 1 } else { 2 };
        let frames = match packet[1] >> 1 & 3 {
            3 => 384,
            1 if !mpeg1 => SAMPLES / 2,
            _ => SAMPLES,
        };
        let value = i16::from(packet[10]) * 100;
        if packet[10] == 0xEE {
            return Err(Undecodable::new("0xEE"));
        }
        pcm.extend(std::iter::repeat_n(value, frames * channels));
        Ok(Decoded { frames, rate_hz: rate, channels: channels as u8 })
    }
}

impl FrameDecoder for Vorbis {
    /// 512 samples a packet, but for the first.
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        let frames = if packet.first() == Some(&0) { 0 } else { 512 };
        pcm.extend(std::iter::repeat_n(i16::from(packet.get(1).copied().unwrap_or(0)), 2 * frames));
        Ok(Decoded { frames, rate_hz: 44_100, channels: 2 })
    }
}
