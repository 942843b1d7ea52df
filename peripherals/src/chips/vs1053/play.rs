//! The decoder: bytes leave the FIFO, become packets, and packets become samples (VS1053b datasheet v1.33, "Play and Decode"; VS1053.md, 3 and 5.1).
//!
//! 1. It takes a few bytes at a time and is busy for a time with each, so that a frame leaves the FIFO gradually (inferred): a frame takes its
//!    own duration divided by the knob `decode_pace` (observed; VS1053.md, 3), whatever CLKI is; a clock that is too low is told of (knob
//!    `clock_shortage`; VS1053.md, 7).
//! 2. It waits while decoded samples do not fit into the audio FIFO (inferred; VS1053.md, 3).
//! 3. While it hunts for a header it takes a byte every 16 CLKI (guess, knob `hunt_clki`), so that data nobody can decode never blocks DREQ
//!    (VS1053.md, 3).
//! 4. 2048 bytes in which no frame ends end a stream (guess: the fill after a file is as long).
//! 5. Bytes that never become a stream are told of after 2048 of them, not counting leading zeros and an ID3v2 tag, unless they
//!    hardly change: that is fill (ours).
//! 6. With playSpeed every frame is decoded and every n-th is heard (datasheet, "Common Parameters"; VS1053.md, 5.2), one after the other without
//!    a transition. It lasts over songs.

use super::aac::{Adts, Blocks};
use super::audio::Audio;
use super::codec::{Codecs, FrameDecoder};
use super::fifo::{FIFO_BYTES, Fifo};
use super::flac_stream::Flac;
use super::live::Live;
use super::mp3::Header;
use super::mp4::Mp4;
use super::sdi::Stamp;
use super::sniff::{self, Found, Knows};
use super::song::Song;
use super::stream::{Codec, Record, StreamReport};
use super::synth::Synth;
use super::vorbis::Vorbis;
use super::wav;
use crate::kernel::Instant;

/// Bytes taken at a time while decoding and while hunting.
const SIP: usize = 16;
const GULP: usize = 64;
/// Streams that are kept for the report.
const MOST_STREAMS: usize = 256;
/// So many bytes without a header are worth a word, when at least `NO_FILL` of them differ from the one before.
pub(super) const NO_STREAM: u64 = 2048;
const NO_FILL: u64 = 64;
/// Stereo samples of PCM that are taken at a time, as the firmware's own granule is 32 (VLSI's staff; VS1053.md, 3).
pub(super) const PCM_GRANULE: usize = 32;

/// What the rest of the chip has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// HDAT1 and HDAT0.
    Hdat(u16, u16),
    /// Sample rate and channels of a new stream.
    Format(u32, u8),
    /// The same where it was changed in the middle of one and is back.
    Rate(u32, u8),
    /// SS_DO_NOT_JUMP.
    DoNotJump(bool),
    /// So many samples at this rate came out of so many bytes.
    Decoded { frames: u64, rate_hz: u32, bytes: u64 },
    /// Position in a Vorbis stream.
    Position { frames: u64, rate_hz: u32 },
    /// The stream is over.
    Ended,
    /// Data of a format that is not decoded.
    Foreign(&'static str),
    /// A stream of this layer of MPEG, which SM_LAYER12 would let be decoded.
    NeedsLayer12(u8),
    /// Of this stream of AAC only the core is decoded; what else it has.
    CoreOnly(&'static str),
    /// An MP4 file whose tables come after its data.
    TablesLast,
    /// Nothing that came is a stream; the first bytes of it.
    NoStream([u8; 8]),
    /// A packet made no sense, in the decoder's words.
    BadPacket(String),
    /// So many bytes are left of a MIDI file's track.
    BytesLeft(u32),
    /// A MIDI file is of this format, which is not 0.
    MidiFormat(u16),
    /// A SysEx came to a parser that cannot skip it.
    SysEx,
}

#[derive(Clone)]
pub(super) enum State {
    Hunt,
    Mp3 {
        header: Header,
        decoder: Box<dyn FrameDecoder>,
        synced: bool,
    },
    Ogg(Box<Vorbis>),
    Flac(Box<Flac>),
    Adts {
        header: Adts,
        blocks: Box<Blocks>,
    },
    Mp4(Box<Mp4>),
    /// `None` before its header has been read.
    Adif(Option<Box<Blocks>>),
    WavHeader(wav::Reader),
    /// `left` bytes of the data by its header; `None` for no end.
    WavData {
        format: wav::Format,
        left: Option<u64>,
    },
    Midi(Box<Song>),
    Live(Box<Live>),
}

/// Bytes that were dropped before the first stream.
#[derive(Clone, Copy, Debug, Default)]
struct Unknown {
    /// Bytes since the first that is not zero.
    bytes: u64,
    /// Those that differ from the one before.
    changes: u64,
    last: u8,
    head: [u8; 8],
    /// Bytes of a tag, which are no stream and need not be.
    tag: u64,
    /// Nothing more is to be said about them.
    told: bool,
}

impl Unknown {
    /// These bytes were dropped; the head of what is worth a word.
    fn add(&mut self, bytes: &[u8]) -> Option<[u8; 8]> {
        for &byte in bytes {
            if self.bytes == 0 && byte == 0 {
                continue;
            }
            if let Some(place) = self.head.get_mut(self.bytes as usize) {
                *place = byte;
            }
            self.bytes += 1;
            self.changes += u64::from(byte != self.last);
            self.last = byte;
            if self.bytes == self.tag {
                // What counts comes after the tag.
                self.changes = 0;
            }
        }
        let due = !self.told && self.changes >= NO_FILL && self.bytes >= self.tag + NO_STREAM;
        self.told |= due;
        due.then_some(self.head)
    }
}

/// Length of the ID3v2 tag that begins here (ID3v2.4.0 structure, 3.1), 0 for none.
fn id3v2(head: &[u8]) -> u64 {
    match *head {
        [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] => {
            10 + [a, b, c, d].iter().fold(0, |size, &n| size << 7 | u64::from(n & 0x7F))
        }
        _ => 0,
    }
}

/// The decoder with its output stage.
#[derive(Clone)]
pub struct Player {
    pub(super) codecs: Box<dyn Codecs>,
    pub(super) pace: u64,
    pub(super) state: State,
    /// Bytes taken from the FIFO that are no packet yet, and when they came.
    pub(super) window: Vec<u8>,
    pub(super) stamps: Vec<Stamp>,
    /// The output stage.
    pub audio: Audio,
    pub(super) record: Option<Record>,
    finished: Vec<StreamReport>,
    /// Streams that are not in the list, it being full.
    pub unlisted: u64,
    pub(super) stream: u32,
    /// Bytes since the last frame's end.
    pub(super) garbage: usize,
    /// Nothing but zeros has come since the last stream.
    fresh: bool,
    unknown: Unknown,
    /// Bytes wanted until something can be made of them.
    pub(super) want: usize,
    pub(super) free_at: Instant,
    pub(super) byte_ps: u64,
    /// Picoseconds a byte takes while hunting.
    pub hunt_byte_ps: u64,
    /// What SM_LAYER12 and patches add.
    pub knows: Knows,
    /// X 0x1E29 is 0: lengths in headers are honoured.
    pub honour_lengths: bool,
    /// playSpeed: every so many frames one is heard. At least 1.
    pub play_speed: u64,
    packets: u64,
    /// The part is a VS1003, which has fewer formats.
    pub vs1003: bool,
    /// Nothing is decoded until it goes on.
    pub paused: bool,
    /// What plays MIDI instead of the codecs' synthesiser, as new.
    pub own_synth: Option<Box<dyn Synth>>,
    /// Voices that CLKI has cycles for, 1 to 64.
    pub voices: usize,
    /// Samples that real-time MIDI is rendered ahead.
    pub live_ahead: usize,
    /// CLKI is so many per cent of what the format needs, at most 100.
    pub clock_percent: u64,
    /// What has happened; the chip takes them away.
    pub facts: Vec<Fact>,
    pub(super) pcm: Vec<i16>,
}

impl Player {
    /// A decoder that decodes at `pace` times real time.
    pub fn new(codecs: Box<dyn Codecs>, pace: u32) -> Self {
        Self {
            codecs,
            pace: u64::from(pace),
            state: State::Hunt,
            window: Vec::new(),
            stamps: Vec::new(),
            audio: Audio::default(),
            record: None,
            finished: Vec::new(),
            unlisted: 0,
            stream: 0,
            garbage: 0,
            fresh: true,
            unknown: Unknown::default(),
            want: 1,
            free_at: Instant::ZERO,
            byte_ps: 1,
            hunt_byte_ps: 1,
            knows: Knows::default(),
            honour_lengths: false,
            play_speed: 1,
            packets: 0,
            vs1003: false,
            paused: false,
            own_synth: None,
            voices: 1,
            live_ahead: PCM_GRANULE,
            clock_percent: 100,
            facts: Vec::new(),
            pcm: Vec::new(),
        }
    }

    /// When the decoder can do something next; `None` when it lacks data.
    pub fn next(&self, now: Instant, fifo: &Fifo) -> Option<Instant> {
        if self.paused {
            return None;
        }
        let song = match &self.state {
            State::Live(_) => return self.live_next(now),
            State::Midi(song) => song.busy(),
            _ => false,
        };
        let backlog = self.audio.backlog();
        let room_at = if backlog > 0 { self.audio.when_gone(backlog) } else { now };
        if let State::Flac(flac) = &self.state {
            return flac.next(now, self.free_at, room_at, fifo, self.window.len());
        }
        if fifo.len() == 0 && !song {
            return None;
        }
        Some(self.free_at.max(room_at).max(now))
    }

    /// Takes some bytes and makes of them what can be made. To be called at the moment that [`Player::next`] gave.
    pub fn step(&mut self, now: Instant, fifo: &mut Fifo) {
        self.audio.advance(now);
        match self.state {
            State::Flac(_) => {}
            _ if self.audio.backlog() > 0 => return,
            State::Live(_) => return self.live_sounds(now),
            State::Midi(_) if self.song_waits() => return self.song_sounds(now),
            _ => {}
        }
        let hunting = matches!(self.state, State::Hunt | State::Mp3 { synced: false, .. });
        let most = match self.state {
            _ if hunting => GULP,
            State::Flac(_) => GULP,
            State::WavData { format, .. } => PCM_GRANULE * format.unit(),
            _ => SIP,
        };
        let before = self.record.as_ref().map_or(0, Record::frames);
        let byte_ps = if hunting { self.hunt_byte_ps } else { self.byte_ps };
        let mut taken = 0;
        while taken < most.min(self.want.max(1)) && self.takes() {
            let Some((byte, stamp)) = self.song_held().or_else(|| fifo.pop()) else { break };
            taken += 1;
            if let State::Midi(_) = self.state {
                self.song_byte(now, byte, stamp);
            } else if let State::Ogg(_) | State::Mp4(_) | State::WavHeader(_) = self.state {
                self.header_or_page_byte(now, byte, stamp);
            } else {
                self.window.push(byte);
                self.stamps.push(stamp);
            }
        }
        self.free_at = now + crate::kernel::Span::from_ps(byte_ps * taken as u64);
        while self.digest(now) {}
        match self.record.as_ref().map_or(0, Record::frames) {
            0 => fifo.stream_ended(),
            after => fifo.note_level(after != before),
        }
    }

    /// Whether a byte more may leave the FIFO.
    fn takes(&self) -> bool {
        match &self.state {
            State::Flac(flac) => flac.reads(self.window.len()),
            _ => self.audio.backlog() == 0 && !self.song_waits(),
        }
    }

    /// Ends the stream, as SM_CANCEL does; what is decoded is still heard (observed; VS1053.md, 5.1).
    pub fn cancel(&mut self) {
        self.end_stream();
        self.window.clear();
        self.stamps.clear();
        self.state = State::Hunt;
        self.fresh = true;
        self.unknown = Unknown::default();
        self.want = 1;
    }

    /// Forgets everything, as a reset does.
    pub fn reset(&mut self, now: Instant) {
        self.cancel();
        self.audio.stop(now);
        self.facts.clear();
        self.free_at = now;
    }

    /// A synthesiser as new.
    pub(super) fn new_synth(&self) -> Box<dyn Synth> {
        self.own_synth.clone().unwrap_or_else(|| self.codecs.synth())
    }

    /// The stream that is being played.
    pub fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    /// Every stream so far, oldest first.
    pub fn streams(&self) -> Vec<StreamReport> {
        let open = self.record.iter().map(Record::report).filter(|r| r.frames > 0);
        self.finished.iter().cloned().chain(open).collect()
    }

    /// Makes something of the window; false when more bytes are needed.
    fn digest(&mut self, now: Instant) -> bool {
        match &mut self.state {
            State::Hunt | State::Mp3 { synced: false, .. } => self.hunt(now),
            State::Mp3 { .. } => self.mp3_frame(now),
            State::Adts { .. } => self.adts_frame(now),
            State::Adif(_) => self.adif(now),
            State::Ogg(_) | State::Mp4(_) | State::WavHeader(_) => {
                self.want = GULP;
                false
            }
            State::WavData { .. } => self.wav_data(now),
            State::Flac(_) => self.flac(now),
            State::Midi(_) => {
                self.want = SIP;
                false
            }
            State::Live(_) => false,
        }
    }

    /// Something begins that is not decoded, as `fact` says.
    pub(super) fn swallow(&mut self, fact: Fact) {
        self.told();
        self.facts.push(fact);
        self.discard(1);
    }

    fn hunt(&mut self, now: Instant) -> bool {
        if self.fresh {
            let zeros = self.window.iter().take_while(|&&b| b == 0).count();
            self.discard(zeros);
        }
        let found = sniff::find(&self.window, self.fresh, self.knows);
        if self.record.is_some() && self.garbage + found.skip >= FIFO_BYTES {
            self.discard(FIFO_BYTES - self.garbage);
            self.end_stream();
            self.state = State::Hunt;
            return true;
        }
        if self.fresh {
            self.unknown.tag = id3v2(&self.window);
        }
        self.discard(found.skip);
        self.fresh &= found.skip == 0;
        match found.what {
            Found::More(want) => {
                self.want = want;
                return false;
            }
            Found::Foreign(name) => self.swallow(Fact::Foreign(name)),
            what if self.vs1003
                && let Some(name) = what.not_of_vs1003() =>
            {
                self.swallow(Fact::Foreign(name));
            }
            Found::NeedsLayer12(layer) => self.swallow(Fact::NeedsLayer12(layer)),
            Found::Mp3(header) => self.mp3_found(now, header),
            Found::Flac => self.flac_found(),
            Found::Adts(header) => self.adts_found(now, header),
            Found::Ogg => {
                self.begin(Codec::Vorbis, 0, 0, 0);
                self.byte_ps = 4 * self.hunt_byte_ps;
                self.state = State::Ogg(Box::default());
                self.refeed(now);
            }
            Found::Adif => self.adif_found(),
            Found::Mp4(zeros) => {
                self.begin(Codec::Aac, 0, 0, 0);
                self.byte_ps = self.hunt_byte_ps;
                self.state = State::Mp4(Box::default());
                let stamp = self.stamps.first().copied().unwrap_or_default();
                (0..zeros).for_each(|_| self.mp4_byte(now, 0, stamp));
                self.refeed(now);
            }
            Found::Midi => self.song_found(),
            Found::Wav => {
                self.begin(Codec::Wav, 0, 0, 0);
                self.byte_ps = self.hunt_byte_ps;
                self.state = State::WavHeader(wav::Reader::default());
                self.refeed(now);
            }
        }
        true
    }

    /// What has come is no start of a file, and that it is no stream has been said.
    pub(super) fn told(&mut self) {
        self.fresh = false;
        self.unknown.told = true;
    }

    /// Gives the bytes that were taken before their format was known to who understands them.
    fn refeed(&mut self, now: Instant) {
        self.facts.push(Fact::DoNotJump(true));
        let (window, stamps) = (core::mem::take(&mut self.window), core::mem::take(&mut self.stamps));
        for (byte, stamp) in window.into_iter().zip(stamps) {
            match self.state {
                State::Ogg(_) | State::Mp4(_) | State::WavHeader(_) => self.header_or_page_byte(now, byte, stamp),
                _ => {
                    self.window.push(byte);
                    self.stamps.push(stamp);
                }
            }
        }
    }

    fn header_or_page_byte(&mut self, now: Instant, byte: u8, stamp: Stamp) {
        match self.state {
            State::Ogg(_) => self.ogg_byte(now, byte, stamp),
            State::Mp4(_) => self.mp4_byte(now, byte, stamp),
            _ => self.wav_header_byte(now, byte),
        }
    }

    /// A new stream starts at the front of the window.
    pub(super) fn begin(&mut self, codec: Codec, rate_hz: u32, channels: u8, bitrate_bps: u32) {
        self.end_stream();
        let first = self.stamps.first().copied().unwrap_or_default();
        self.record = Some(Record::new(codec, rate_hz, channels, bitrate_bps, first));
        self.stream += 1;
        self.garbage = 0;
        self.fresh = false;
    }

    /// The format is known: the DAC takes up its rate.
    pub(super) fn announce(&mut self, now: Instant, rate_hz: u32, channels: u8) {
        self.audio.set_rate(now, rate_hz);
        self.facts.push(Fact::Format(rate_hz, channels));
    }

    pub(super) fn end_stream(&mut self) {
        let Some(record) = self.record.take() else { return };
        self.fresh = true;
        self.facts.push(Fact::Ended);
        if record.frames() == 0 {
            return;
        }
        if self.finished.len() < MOST_STREAMS {
            self.finished.push(record.report());
        } else {
            self.unlisted += 1;
        }
    }

    /// Drops bytes at the front of the window that belong to no frame. They count as part of the stream if another of its
    /// frames follows.
    pub(super) fn discard(&mut self, count: usize) {
        if let Some(record) = &mut self.record {
            record.take(&self.window[..count]);
            self.garbage += count;
        } else if self.stream == 0
            && let Some(head) = self.unknown.add(&self.window[..count])
        {
            self.facts.push(Fact::NoStream(head));
        }
        self.window.drain(..count);
        self.stamps.drain(..count);
    }

    /// Takes `count` bytes at the front of the window that are a packet with its samples in `pcm`.
    pub(super) fn packet_done(&mut self, now: Instant, count: usize) {
        if let Some(record) = &mut self.record {
            record.take(&self.window[..count]);
            record.frame_ends(self.stamps[count - 1]);
        }
        self.window.drain(..count);
        self.stamps.drain(..count);
        self.samples_out(now, count as u64);
    }

    /// Sends the samples in `pcm` on their way.
    pub(super) fn samples_out(&mut self, now: Instant, bytes: u64) {
        let Some(record) = &mut self.record else { return };
        self.garbage = 0;
        let (rate_hz, channels) = record.format();
        record.decoded(&self.pcm);
        // The decoder of Ogg Vorbis sets its rate again and again (VS1053.md, 2.6); that it does so with each packet is a guess.
        if record.codec() == Codec::Vorbis && self.audio.asked_hz() != rate_hz {
            self.audio.set_rate(now, rate_hz);
            self.facts.push(Fact::Rate(rate_hz, channels));
        }
        self.packets += 1;
        if self.packets.is_multiple_of(self.play_speed) {
            self.audio.push(now, &self.pcm, channels, self.stream);
        }
        let frames = (self.pcm.len() / usize::from(channels.max(1))) as u64;
        self.facts.push(Fact::Decoded { frames, rate_hz, bytes });
    }

    /// Time for a byte of a packet of `bytes` bytes that becomes `frames` samples at `rate_hz`.
    pub(super) fn byte_time(&self, frames: u64, rate_hz: u32, bytes: usize) -> u64 {
        const PS: u64 = 1_000_000_000_000;
        // With too few cycles there is no hurrying on.
        let pace = if self.clock_percent < 100 { 1 } else { self.pace };
        let percent = self.clock_percent.max(1) * self.play_speed;
        let frame = u128::from(frames) * u128::from(PS) * 100 / u128::from(rate_hz.max(1)) / u128::from(percent);
        ((frame / u128::from(pace) / bytes.max(1) as u128) as u64).max(1)
    }
}
