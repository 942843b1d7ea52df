//! Frames of MPEG audio and WAV data: the parts of the decoder that know a format, and what of them shows in HDAT1 and HDAT0 (VS1053.md, 2.8, 5.4
//! and 5.5).

use super::mp3::Header;
use super::play::{Fact, PCM_GRANULE, Player, State};
use super::stream::Codec;
use super::wav::{Coding, Outcome};
use crate::kernel::Instant;

impl Player {
    /// A confirmed header is at the front of the window.
    pub(super) fn mp3_found(&mut self, now: Instant, found: Header) {
        if let State::Mp3 { header, synced, .. } = &mut self.state
            && self.record.is_some()
            && header.continues(&found)
        {
            *synced = true;
            return;
        }
        let codec = match found.layer {
            1 => Codec::Mp1,
            2 => Codec::Mp2,
            _ => Codec::Mp3,
        };
        self.begin(codec, found.rate_hz, found.channels, found.bitrate_bps);
        self.announce(now, found.rate_hz, found.channels);
        self.state = State::Mp3 { header: found, decoder: self.codecs.mp3(), synced: true };
    }

    /// The next frame of a stream of MPEG audio, once it is whole.
    pub(super) fn mp3_frame(&mut self, now: Instant) -> bool {
        let State::Mp3 { header: reference, decoder, synced } = &mut self.state else { return false };
        if self.window.len() < 4 {
            self.want = 4 - self.window.len();
            return false;
        }
        let Some(header) = Header::at(&self.window).filter(|h| h.continues(reference)) else {
            *synced = false;
            return true;
        };
        if self.window.len() < header.bytes {
            self.want = header.bytes - self.window.len();
            self.byte_ps = self.byte_time(u64::from(header.samples), header.rate_hz, header.bytes);
            return false;
        }
        self.pcm.clear();
        let bad = match decoder.decode(&self.window[..header.bytes], &mut self.pcm) {
            Ok(d) if d.frames == 0 || (d.rate_hz == header.rate_hz && d.channels == header.channels) => None,
            Ok(d) => Some(format!("header says {} Hz, decoder {} Hz", header.rate_hz, d.rate_hz)),
            Err(why) => Some(why.reason),
        };
        let failed = bad.is_some();
        if failed {
            self.pcm.clear();
        }
        if let (Some(why), Some(record)) = (bad, &mut self.record) {
            record.bad_packet();
            self.facts.push(Fact::BadPacket(why));
        }
        // A frame that is lost in the middle keeps its place in time: the firmware was not late.
        if self.pcm.is_empty() && self.record.as_ref().is_some_and(|r| r.frames() > 0) {
            self.pcm.resize(header.samples as usize * usize::from(header.channels), 0);
        }
        self.facts.push(Fact::Hdat((header.word >> 16) as u16, header.word as u16));
        self.packet_done(now, header.bytes);
        true
    }

    pub(super) fn wav_header_byte(&mut self, now: Instant, byte: u8) {
        if let Some(record) = &mut self.record {
            record.take(&[byte]);
        }
        let State::WavHeader(reader) = &mut self.state else { return };
        match reader.push(byte) {
            Outcome::More => return,
            Outcome::Data(format, length) => {
                self.announce(now, format.rate_hz, format.channels);
                let bytes_per_s = format.bytes_per_s();
                if let Some(record) = &mut self.record {
                    if let Coding::Ima(_) = format.coding {
                        record.set_codec(Codec::Adpcm);
                    }
                    record.set_format(format.rate_hz, format.channels, bytes_per_s * 8);
                }
                self.facts.push(Fact::Hdat(0x7665, bytes_per_s as u16));
                let (bytes, samples) = format.size();
                self.byte_ps = self.byte_time(samples.into(), format.rate_hz, bytes);
                self.want = format.unit();
                let left = (1..u32::MAX).contains(&length).then_some(u64::from(length));
                self.state = State::WavData { format, left };
            }
            // MP3 in a WAV file (VS1053.md, 5.4): its frames find themselves.
            Outcome::Foreign(0x55) => self.leave_wav(),
            Outcome::Foreign(code) => {
                let known = if code == 0x11 { "IMA ADPCM in blocks of this size" } else { "this kind of WAV" };
                self.facts.push(Fact::Foreign(known));
                self.leave_wav();
            }
            Outcome::Broken => self.leave_wav(),
        }
        self.facts.push(Fact::DoNotJump(false));
    }

    fn leave_wav(&mut self) {
        self.end_stream();
        self.state = State::Hunt;
    }

    pub(super) fn wav_data(&mut self, now: Instant) -> bool {
        let State::WavData { format, left } = &mut self.state else { return false };
        let unit = format.unit();
        let room = left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
        let mut ready = self.window.len().min(room) / unit * unit;
        if let Coding::Ima(_) = format.coding {
            ready = ready.min(unit);
        }
        if ready == 0 && room < unit {
            // By default the length in the header is not the end (resync; VS1053.md, 5.2): what follows is
            // played as well, but it is no part of the file.
            let (format, honoured) = (*format, self.honour_lengths);
            *left = None;
            self.end_stream();
            self.stream += 1;
            if honoured {
                self.state = State::Hunt;
            } else {
                self.facts.push(Fact::Hdat(0x7665, format.bytes_per_s() as u16));
            }
            return true;
        }
        if ready == 0 {
            self.want = match format.coding {
                Coding::Pcm { .. } => PCM_GRANULE * unit,
                Coding::Ima(_) => unit,
            } - self.window.len();
            return false;
        }
        if let Some(left) = left {
            *left -= ready as u64;
        }
        self.pcm.clear();
        format.samples(&self.window[..ready], &mut self.pcm);
        if self.record.is_some() {
            self.packet_done(now, ready);
        } else {
            let channels = format.channels;
            self.window.drain(..ready);
            self.stamps.drain(..ready);
            self.audio.push(now, &self.pcm, channels, self.stream);
        }
        true
    }
}
