//! AAC in MP4: the blocks that the file's tables lead to (ISO/IEC 14496-12, 8.7).
//!
//! 1. The tables have to come before the media data, as on the chip (VS1053b datasheet, "Supported AAC Formats": mdat last;
//!    VS1053.md, 5.5). Otherwise nothing is heard (observed; VS1053.md, 8).
//! 2. Blocks whose place has passed are left out. Edit lists are not obeyed: what an encoder puts in front is heard (guess).

use super::aac::{self, BLOCK_SAMPLES};
use super::mp4_boxes::{Boxes, Passed, Track};
use super::mp4_config::Sound;
use super::play::{Fact, Player, State};
use super::sdi::Stamp;
use crate::kernel::Instant;
use std::sync::Arc;

/// An MP4 file.
#[derive(Clone, Default)]
pub struct Mp4 {
    boxes: Boxes,
    playing: Option<Playing>,
}

#[derive(Clone)]
struct Playing {
    track: Arc<Track>,
    blocks: aac::Blocks,
    sample: usize,
    chunk: usize,
    /// Samples of the present chunk before this one.
    before: u32,
    /// Where this sample begins in the file.
    place: u64,
    block: Vec<u8>,
}

impl Playing {
    /// Goes to the next sample that lies at `position` or behind; false at the end.
    fn seek(&mut self, position: u64, mut next: bool) -> bool {
        loop {
            let (Some((start, count)), Some(size)) = (self.track.chunk(self.chunk), self.track.size(self.sample))
            else {
                return false;
            };
            if self.before >= count {
                self.chunk += 1;
                self.before = 0;
                continue;
            }
            if self.before == 0 {
                self.place = start;
            }
            if !next && self.place >= position && size > 0 {
                return true;
            }
            next = false;
            self.place = self.place.saturating_add(size.into());
            self.before += 1;
            self.sample += 1;
        }
    }
}

impl Player {
    pub(super) fn mp4_byte(&mut self, now: Instant, byte: u8, stamp: Stamp) {
        let State::Mp4(mp4) = &mut self.state else { return };
        if let Some(record) = &mut self.record {
            record.take(&[byte]);
        }
        match mp4.boxes.push(byte) {
            Passed::Byte => {}
            Passed::Data(track) => return self.mp4_data(now, track),
            Passed::Broken => {
                self.facts.push(Fact::BadPacket("an MP4 box that is shorter than its head".into()));
                return self.mp4_leave();
            }
        }
        let Some(playing) = &mut mp4.playing else { return };
        if mp4.boxes.position <= playing.place {
            return;
        }
        let size = playing.track.size(playing.sample).unwrap_or(0) as usize;
        playing.block.push(byte);
        let (taken, rate_hz) = (playing.block.len(), playing.blocks.rate_hz());
        if taken == 1 {
            self.byte_ps = self.byte_time(BLOCK_SAMPLES.into(), rate_hz, size);
        }
        if taken >= size {
            self.mp4_block(now, stamp);
        }
    }

    /// The media data begin.
    fn mp4_data(&mut self, now: Instant, track: Option<Arc<Track>>) {
        let Some(track) = track else {
            self.facts.push(Fact::TablesLast);
            return self.mp4_leave();
        };
        let (rate_hz, channels, more) = match track.sound {
            Some(Sound::Aac { rate_hz, channels, more }) => (rate_hz, channels, more),
            Some(Sound::Other(name)) => {
                self.facts.push(Fact::Foreign(name));
                return self.mp4_leave();
            }
            None => return self.mp4_leave(),
        };
        let decoder = match self.codecs.aac(rate_hz, channels) {
            Ok(decoder) => decoder,
            Err(why) => {
                self.facts.push(Fact::BadPacket(why.reason));
                return self.mp4_leave();
            }
        };
        let rate_hz = aac::played_hz(rate_hz);
        if let Some(record) = &mut self.record {
            record.set_format(rate_hz, channels, 0);
        }
        self.announce(now, rate_hz, channels);
        self.facts.push(Fact::Hdat(0x4D34, 0));
        self.facts.push(Fact::DoNotJump(false));
        if let Some(name) = more {
            self.facts.push(Fact::CoreOnly(name));
        }
        let State::Mp4(mp4) = &mut self.state else { return };
        let blocks = aac::Blocks::new(decoder, rate_hz, channels);
        let mut playing = Playing { track, blocks, sample: 0, chunk: 0, before: 0, place: 0, block: Vec::new() };
        if playing.seek(mp4.boxes.position, false) {
            mp4.playing = Some(playing);
        } else {
            self.mp4_leave();
        }
    }

    /// A block is whole.
    fn mp4_block(&mut self, now: Instant, stamp: Stamp) {
        let State::Mp4(mp4) = &mut self.state else { return };
        let Some(mut playing) = mp4.playing.take() else { return };
        let position = mp4.boxes.position;
        let mut block = core::mem::take(&mut playing.block);
        self.aac_block(&mut playing.blocks, &block);
        if let Some(record) = &mut self.record {
            record.frame_ends(stamp);
        }
        self.samples_out(now, block.len() as u64);
        self.aac_shows(0x4D34, &mut playing.blocks, block.len());
        self.byte_ps = self.hunt_byte_ps;
        block.clear();
        playing.block = block;
        if !playing.seek(position, true) {
            self.mp4_leave();
        } else if let State::Mp4(mp4) = &mut self.state {
            mp4.playing = Some(playing);
        }
    }

    fn mp4_leave(&mut self) {
        self.end_stream();
        self.facts.push(Fact::DoNotJump(false));
        self.state = State::Hunt;
        self.told();
        self.want = 1;
    }
}
