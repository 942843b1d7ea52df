//! A FLAC stream on its way through the chip, once VLSI's patch decodes it (VS1053b Patches and FLAC Decoder; RFC 9639; VS1053.md, 5.5
//! and 2.8).
//!
//! A frame's length stands nowhere. It ends where its sum comes out and the decoder can make sense of what is before.
//! 1. A frame whose sum never comes out is silent. It is given up when the header of the next one has come, or when it is longer than any.
//! 2. While the patch decodes, its stream buffer holds 12 KiB (VS1053b Patches and FLAC Decoder: 12,288 bytes of end fill; VS1053.md, 3). Here
//!    10 KiB of these are read ahead of the sound, out of the FIFO as it always is.
//! 3. Samples of 24 bits lose their lower 8 (guess).

use super::codec::FrameDecoder;
use super::fifo::{FIFO_BYTES, Fifo};
use super::flac::{self, Front, Head, INFO, Info};
use super::play::{Fact, Player, State};
use super::stream::Codec;
use crate::kernel::{Instant, Span};

/// Bytes that are read ahead of the sound.
const AHEAD: usize = 12 * 1024 - FIFO_BYTES;
/// "fLaC", the head of a block, and STREAMINFO.
const START: usize = 8 + INFO;
/// A sum comes out by chance once in 65,536 bytes; a frame in which it does so more often is none.
const MOST_CHANCES: u32 = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Start,
    /// The head of a metadata block.
    Block,
    /// So many bytes of a metadata block, the last one or not.
    Skip(usize, bool),
    Frames,
}

/// A frame that is coming in.
#[derive(Clone, Copy, Debug)]
struct Coming {
    head: Head,
    /// Bytes that are in the sum.
    summed: usize,
    sum: u16,
    chances: u32,
    /// No later frame begins before this byte.
    searched: usize,
}

/// A FLAC stream.
#[derive(Clone)]
pub struct Flac {
    at: At,
    info: Info,
    decoder: Option<Box<dyn FrameDecoder>>,
    coming: Option<Coming>,
    /// Bytes of the frame whose samples wait for room.
    whole: Option<usize>,
    samples: Vec<i16>,
    /// No frame is given out before.
    busy_until: Instant,
}

impl Default for Flac {
    fn default() -> Self {
        Self {
            at: At::Start,
            info: Info { most_samples: 0, rate_hz: 0, channels: 0, bits: 0 },
            decoder: None,
            coming: None,
            whole: None,
            samples: Vec::new(),
            busy_until: Instant::ZERO,
        }
    }
}

impl Flac {
    /// When it can go on: with bytes of `fifo`, or by giving out a frame, for which there is room at `room_at`.
    pub fn next(
        &self,
        now: Instant,
        free_at: Instant,
        room_at: Instant,
        fifo: &Fifo,
        window: usize,
    ) -> Option<Instant> {
        let reads = self.reads(window) && fifo.len() > 0;
        let read_at = reads.then_some(free_at.max(now));
        let give_at = self.whole.map(|_| room_at.max(self.busy_until).max(now));
        read_at.into_iter().chain(give_at).min()
    }

    /// Whether it takes bytes in, with so many of them in the window.
    pub fn reads(&self, window: usize) -> bool {
        self.whole.is_none() || window < AHEAD
    }
}

impl Player {
    /// "fLaC" is at the front of the window.
    pub(super) fn flac_found(&mut self) {
        self.begin(Codec::Flac, 0, 0, 0);
        self.byte_ps = self.hunt_byte_ps;
        self.facts.push(Fact::DoNotJump(true));
        self.state = State::Flac(Box::default());
    }

    /// Makes something of the window; false when more bytes, room or time are needed.
    pub(super) fn flac(&mut self, now: Instant) -> bool {
        let State::Flac(flac) = &mut self.state else { return false };
        match flac.at {
            At::Start => self.flac_start(now),
            At::Block => self.flac_block(),
            At::Skip(left, last) => {
                let count = left.min(self.window.len());
                flac.at = At::Skip(left - count, last);
                self.flac_taken(count);
                if count == left {
                    self.flac_skipped(last);
                }
                self.want = 64;
                count > 0
            }
            At::Frames if flac.whole.is_some() => self.flac_give(now),
            At::Frames => self.flac_frame(),
        }
    }

    fn flac_start(&mut self, now: Instant) -> bool {
        if self.window.len() < START {
            self.want = START - self.window.len();
            return false;
        }
        let length = usize::from(self.window[6]) << 8 | usize::from(self.window[7]);
        let first = self.window[4];
        let Some(block) = self.window[8..START].first_chunk::<INFO>().filter(|_| first & 0x7F == 0 && length == INFO)
        else {
            self.facts.push(Fact::BadPacket("FLAC that does not begin with STREAMINFO".into()));
            self.flac_leave();
            return true;
        };
        let info = Info::parse(block);
        let decoder = match self.codecs.flac(block) {
            _ if !info.playable() => {
                self.facts.push(Fact::Foreign("FLAC of other than 16 or 24 bits, or above 48 kHz,"));
                self.flac_leave();
                return true;
            }
            Ok(decoder) => decoder,
            Err(why) => {
                self.facts.push(Fact::BadPacket(why.reason));
                self.flac_leave();
                return true;
            }
        };
        let channels = info.channels.min(2);
        if let Some(record) = &mut self.record {
            record.set_format(info.rate_hz, channels, 0);
        }
        self.announce(now, info.rate_hz, channels);
        self.facts.push(Fact::Hdat(0x664C, 0));
        if let State::Flac(flac) = &mut self.state {
            (flac.info, flac.decoder) = (info, Some(decoder));
        }
        self.flac_taken(START);
        self.flac_skipped(first & 0x80 != 0);
        true
    }

    fn flac_block(&mut self) -> bool {
        let [kind, a, b, c, ..] = self.window[..] else {
            self.want = 4 - self.window.len();
            return false;
        };
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        self.flac_taken(4);
        if let State::Flac(flac) = &mut self.state {
            flac.at = At::Skip(length, kind & 0x80 != 0);
        }
        if length == 0 {
            self.flac_skipped(kind & 0x80 != 0);
        }
        true
    }

    /// A metadata block is over.
    fn flac_skipped(&mut self, last: bool) {
        if let State::Flac(flac) = &mut self.state {
            flac.at = if last { At::Frames } else { At::Block };
        }
        if last {
            self.facts.push(Fact::DoNotJump(false));
        }
    }

    /// Drops bytes that belong to the stream.
    fn flac_taken(&mut self, count: usize) {
        if let Some(record) = &mut self.record {
            record.take(&self.window[..count]);
        }
        self.window.drain(..count);
        self.stamps.drain(..count);
    }

    /// Looks for the end of the frame at the front of the window.
    fn flac_frame(&mut self) -> bool {
        let State::Flac(flac) = &mut self.state else { return false };
        let Some(coming) = &mut flac.coming else {
            match flac::front(&self.window, &flac.info) {
                Front::More(want) => {
                    self.want = want;
                    return false;
                }
                Front::Frame(head) => {
                    let (summed, sum, searched) = (0, 0, head.bytes);
                    flac.coming = Some(Coming { head, summed, sum, chances: 0, searched });
                }
                Front::Nothing => self.flac_no_frame(),
            }
            return true;
        };
        let least = coming.head.bytes + 2;
        while coming.summed < self.window.len() {
            coming.sum = flac::crc16(coming.sum, self.window[coming.summed]);
            coming.summed += 1;
            if coming.sum != 0 || coming.summed <= least || coming.chances == MOST_CHANCES {
                continue;
            }
            coming.chances += 1;
            let Some(decoder) = &mut flac.decoder else { return false };
            flac.samples.clear();
            let decoded = decoder.decode(&self.window[..coming.summed], &mut flac.samples);
            if decoded.is_ok_and(|d| d.frames == coming.head.samples as usize && d.channels == flac.info.channels) {
                flac.whole = Some(coming.summed);
                return true;
            }
        }
        let broken = loop {
            match self.window.get(coming.searched..).map(|rest| flac::front(rest, &flac.info)) {
                None | Some(Front::More(_)) if self.window.len() >= flac.info.most_bytes(coming.head.samples) => {
                    break Some(self.window.len());
                }
                None | Some(Front::More(_)) => break None,
                Some(Front::Frame(head)) if head.follows(&coming.head) => break Some(coming.searched),
                Some(_) => coming.searched += 1,
            }
        };
        if let Some(bytes) = broken {
            flac.samples.clear();
            flac.samples.resize(coming.head.samples as usize * usize::from(flac.info.channels), 0);
            flac.whole = Some(bytes);
            self.facts.push(Fact::BadPacket("a frame of FLAC whose sum is wrong".into()));
            if let Some(record) = &mut self.record {
                record.bad_packet();
            }
            return true;
        }
        self.want = 64;
        false
    }

    /// There is no frame at the front of the window.
    fn flac_no_frame(&mut self) {
        let junk = self.window.iter().skip(1).take_while(|&&byte| byte != 0xFF).count() + 1;
        let junk = junk.min(FIFO_BYTES - self.garbage);
        self.discard(junk);
        if self.garbage >= FIFO_BYTES {
            self.flac_leave();
        }
    }

    /// Gives out the samples that wait, when there is room for them.
    fn flac_give(&mut self, now: Instant) -> bool {
        let room = self.audio.backlog() == 0;
        let State::Flac(flac) = &mut self.state else { return false };
        self.want = 64;
        let Some(bytes) = flac.whole.filter(|_| room && flac.busy_until <= now) else { return false };
        flac.whole = None;
        flac.coming = None;
        let info = flac.info;
        let frames = flac.samples.len() / usize::from(info.channels);
        core::mem::swap(&mut self.pcm, &mut flac.samples);
        flac::mix_down(&mut self.pcm, info.channels.into());
        let took = self.byte_time(frames as u64, info.rate_hz, 1);
        if let State::Flac(flac) = &mut self.state {
            flac.busy_until = now + Span::from_ps(took);
        }
        if let Some(record) = &mut self.record {
            record.take(&self.window[..bytes]);
            record.frame_ends(self.stamps[bytes - 1]);
        }
        self.window.drain(..bytes);
        self.stamps.drain(..bytes);
        // The rates that the patch shows are a quarter (VS1053.md, 2.8 and 5.2).
        self.samples_out(now, bytes as u64 / 4);
        if let Some(record) = &self.record {
            self.facts.push(Fact::Hdat(0x664C, (record.bitrate_bps() / 32).min(0xFFFF) as u16));
        }
        true
    }

    fn flac_leave(&mut self) {
        self.end_stream();
        self.facts.push(Fact::DoNotJump(false));
        self.state = State::Hunt;
        self.want = 1;
        if !self.window.is_empty() {
            // "fLaC" again would be found for ever.
            self.discard(1);
        }
    }
}
