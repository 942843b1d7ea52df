//! Ogg Vorbis: from pages to samples (Vorbis I specification, sections 4 and A.2; VS1053.md, 5.5 and 2.8).
//!
//! 1. End trimming follows the granule position of the last page. A first page whose position says that samples at the start are to be
//!    dropped is not obeyed: they have been played before the position could be checked.
//! 2. A comment header that is too long to keep is replaced by an empty one.
//! 3. Up to two channels and 48 kHz; the datasheet's limits of 500 kbit/s and of windows of 64 to 4096 samples are not enforced (VS1053.md, 5.5).
//!    Serial numbers with the top bit set and a page that wraps the FIFO's end, over which the ROM stumbles, are decoded (VS1053.md, 8).

use super::codec::FrameDecoder;
use super::ogg::{Demux, Event, Page};
use super::play::{Fact, Player, State};
use super::sdi::Stamp;
use crate::kernel::Instant;

const EMPTY_COMMENT: &[u8] = b"\x03vorbis\0\0\0\0\0\0\0\0\x01";
/// Between pages nothing is known of the next packet; it is taken as this long.
const USUAL_PACKET: usize = 400;

/// An Ogg stream of which at least the capture pattern has been seen.
#[derive(Clone, Default)]
pub struct Vorbis {
    demux: Demux,
    events: Vec<Event>,
    headers: Vec<Vec<u8>>,
    decoder: Option<Box<dyn FrameDecoder>>,
    rate_hz: u32,
    channels: u8,
    produced: u64,
    /// Granule position before the first sample.
    offset: Option<i64>,
    frames_before: u64,
    packet_bytes: u64,
}

impl Vorbis {
    /// How many of `frames` samples of a packet of `page` belong to the stream.
    fn trimmed(&self, frames: u64, page: &Page) -> u64 {
        let Some(end) = page.granule.filter(|_| page.last) else { return frames };
        let total = i128::from(end) - i128::from(self.offset.unwrap_or(0));
        let left = total - i128::from(self.produced);
        frames.min(u64::try_from(left).unwrap_or(0))
    }
}

/// Sample rate, channels and nominal bit rate of an identification header.
fn identify(packet: &[u8]) -> Option<(u32, u8, u32)> {
    if packet.len() != 30 || &packet[..7] != b"\x01vorbis" {
        return None;
    }
    let word = |at: usize| u32::from_le_bytes([packet[at], packet[at + 1], packet[at + 2], packet[at + 3]]);
    let (channels, rate_hz, nominal) = (packet[11], word(12), word(20));
    ((1..=2).contains(&channels) && (1..=48_000).contains(&rate_hz)).then_some((rate_hz, channels, nominal))
}

/// What else travels in Ogg.
fn foreign(packet: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| packet.starts_with(magic);
    match () {
        () if starts(b"\x01vorbis") => Some("Ogg Vorbis with more than two channels or 48 kHz"),
        () if starts(b"\x7FFLAC") => Some("FLAC in Ogg"),
        () if starts(b"OpusHead") => Some("Opus"),
        () if starts(b"Speex") => Some("Speex"),
        () => None,
    }
}

impl Player {
    pub(super) fn ogg_byte(&mut self, now: Instant, byte: u8, stamp: Stamp) {
        let State::Ogg(ogg) = &mut self.state else { return };
        if let Some(record) = &mut self.record {
            record.take(&[byte]);
        }
        ogg.packet_bytes += 1;
        let mut events = core::mem::take(&mut ogg.events);
        ogg.demux.push(byte, &mut events);
        let lost = ogg.demux.garbage >= super::fifo::FIFO_BYTES;
        if events.is_empty() && lost {
            self.leave_ogg();
            return;
        }
        for event in events.drain(..) {
            match event {
                Event::Packet(packet, page) => self.ogg_packet(now, &packet, &page, stamp),
                Event::TooLong(page) => self.ogg_too_long(now, &page, stamp),
                Event::PageEnd(page, sound) => self.ogg_page_end(&page, sound, stamp),
            }
        }
        if let State::Ogg(ogg) = &mut self.state {
            ogg.events = events;
            if ogg.decoder.is_some() {
                let missing = ogg.demux.missing();
                let whole = if missing > 0 { missing } else { USUAL_PACKET };
                let (frames, rate_hz) = (ogg.frames_before, ogg.rate_hz);
                // A packet's time is shared out among its bytes when its length becomes known.
                if ogg.packet_bytes <= 1 {
                    self.byte_ps = self.byte_time(frames.max(64), rate_hz, whole);
                }
            }
        }
    }

    fn ogg_packet(&mut self, now: Instant, packet: &[u8], page: &Page, stamp: Stamp) {
        let State::Ogg(ogg) = &mut self.state else { return };
        let Some(decoder) = &mut ogg.decoder else { return self.ogg_header(now, packet, page) };
        self.pcm.clear();
        let channels = ogg.channels;
        match decoder.decode(packet, &mut self.pcm) {
            Ok(d) if d.frames == 0 || d.channels == channels => {
                let frames = (self.pcm.len() / usize::from(channels)) as u64;
                let kept = ogg.trimmed(frames, page);
                self.pcm.truncate(kept as usize * usize::from(channels));
                ogg.produced += kept;
                ogg.frames_before = frames;
            }
            other => {
                self.pcm.clear();
                let why = other.map_or_else(|e| e.reason, |d| format!("{} channels instead of {channels}", d.channels));
                self.facts.push(Fact::BadPacket(why));
                if let Some(record) = &mut self.record {
                    record.bad_packet();
                }
            }
        }
        let (position, rate_hz, bytes) = (ogg.produced, ogg.rate_hz, core::mem::take(&mut ogg.packet_bytes));
        if let Some(record) = &mut self.record {
            record.frame_ends(stamp);
        }
        self.samples_out(now, bytes);
        self.facts.push(Fact::Position { frames: position, rate_hz });
        if let Some(record) = &self.record
            && record.frames() > 0
        {
            let average = record.bytes() * u64::from(record.format().0) / record.frames();
            self.facts.push(Fact::Hdat(0x4F67, average.min(0xFFFF) as u16));
        }
    }

    fn ogg_header(&mut self, now: Instant, packet: &[u8], page: &Page) {
        let State::Ogg(ogg) = &mut self.state else { return };
        if ogg.headers.is_empty() {
            let Some((rate_hz, channels, bitrate_bps)) = identify(packet) else {
                if let Some(name) = foreign(packet) {
                    self.facts.push(Fact::Foreign(name));
                }
                return;
            };
            ogg.demux.choose(page.serial);
            (ogg.rate_hz, ogg.channels) = (rate_hz, channels);
            if let Some(record) = &mut self.record {
                record.set_format(rate_hz, channels, bitrate_bps);
            }
            self.facts.push(Fact::Hdat(0x4F67, (bitrate_bps / 8).min(0xFFFF) as u16));
            self.announce(now, rate_hz, channels);
        }
        let State::Ogg(ogg) = &mut self.state else { return };
        ogg.headers.push(packet.to_vec());
        let [ident, comment, setup] = ogg.headers.as_slice() else { return };
        match self.codecs.vorbis(ident, comment, setup) {
            Ok(decoder) => {
                ogg.decoder = Some(decoder);
                ogg.headers.clear();
                ogg.packet_bytes = 0;
                self.facts.push(Fact::DoNotJump(false));
            }
            Err(why) => {
                self.facts.push(Fact::BadPacket(why.reason));
                self.leave_ogg();
            }
        }
    }

    fn ogg_too_long(&mut self, now: Instant, page: &Page, stamp: Stamp) {
        let State::Ogg(ogg) = &mut self.state else { return };
        match (ogg.decoder.is_some(), ogg.headers.len()) {
            (false, 1) => self.ogg_header(now, EMPTY_COMMENT, page),
            (false, _) => self.leave_ogg(),
            (true, _) => self.ogg_packet(now, &[], page, stamp),
        }
    }

    fn ogg_page_end(&mut self, page: &Page, sound: bool, stamp: Stamp) {
        let State::Ogg(ogg) = &mut self.state else { return };
        let ours = ogg.demux.follows_page();
        if let Some(record) = &mut self.record
            && ours
        {
            record.frame_ends(stamp);
            if !sound {
                record.bad_page();
            }
        }
        if let (true, Some(granule), true) = (ours, page.granule, ogg.produced > 0) {
            ogg.offset.get_or_insert(granule as i64 - ogg.produced as i64);
        }
        if ours && page.last {
            self.leave_ogg();
        }
    }

    fn leave_ogg(&mut self) {
        self.end_stream();
        self.facts.push(Fact::DoNotJump(false));
        self.state = State::Hunt;
        self.want = 1;
    }
}
