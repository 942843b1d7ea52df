//! Standard MIDI files of format 0, read as their bytes arrive (Standard MIDI Files 1.0; VS1053b datasheet v1.33, "Supported MIDI
//! Formats"; VS1053.md, 5.5).
//!
//! 1. Formats 1 and 2 have to be converted (VS1053.md, 5.5). What the chip does with them is not documented: here it lets them be (guess).
//! 2. The track ends with its end-of-track event or with its length, whichever comes first; notes that sound then are cut off (guess).
//! 3. Time by SMPTE frames is counted as written, 29 standing for 30,000/1001 a second.

use super::midi::{self, Instruments, SYSEX_KEPT};
use super::synth::{MIDI_RATE_HZ, MidiEvent};

/// Microseconds of a quarter note until the file says otherwise: 120 a minute.
const USUAL_TEMPO: u32 = 500_000;
const META_END: u8 = 0x2F;
const META_TEMPO: u8 = 0x51;

/// What a byte of a file completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing yet.
    More,
    /// The track begins.
    Track,
    /// So many frames pass before what follows.
    Wait(u64),
    /// A message.
    Event(MidiEvent),
    /// The track is over.
    End,
    /// The file is of this format, which is not 0.
    Format(u16),
    /// No sense can be made of it, in one clause.
    Broken(&'static str),
}

/// Ticks to frames, without losing any.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// A tick is `numerator / denominator` frames.
    numerator: u64,
    denominator: u64,
    rest: u64,
    /// Ticks are parts of a quarter note, so that tempo counts.
    metrical: bool,
}

impl Pace {
    /// From the header's word; `None` when it divides by nothing.
    fn new(division: u16) -> Option<Self> {
        let rate = u64::from(MIDI_RATE_HZ);
        let [high, low] = division.to_be_bytes();
        let (numerator, denominator, metrical) = match high {
            0..0x80 => (rate * u64::from(USUAL_TEMPO), u64::from(division) * 1_000_000, true),
            _ => match high.wrapping_neg() {
                29 => (rate * 1001, 30_000 * u64::from(low), false),
                frames => (rate, u64::from(frames) * u64::from(low), false),
            },
        };
        (denominator > 0).then_some(Self { numerator, denominator, rest: 0, metrical })
    }

    fn tempo(&mut self, microseconds: u32) {
        if self.metrical {
            self.numerator = u64::from(MIDI_RATE_HZ) * u64::from(microseconds);
        }
    }

    fn frames(&mut self, ticks: u32) -> u64 {
        let all = u128::from(ticks) * u128::from(self.numerator) + u128::from(self.rest);
        self.rest = (all % u128::from(self.denominator)) as u64;
        (all / u128::from(self.denominator)) as u64
    }
}

#[derive(Clone, Copy, Debug)]
enum Part {
    /// Name and length of a chunk.
    Chunk,
    Header,
    /// Bytes of a chunk that is skipped.
    Skip,
    Delta,
    /// A status, or data under the one before.
    Status,
    Data,
    MetaKind,
    /// Length of a meta event (by its kind), or of a SysEx.
    Length(Option<u8>),
    Body(Option<u8>),
    Over,
}

/// Reads a file from its first byte to the end of its track.
#[derive(Clone, Debug)]
pub struct Reader {
    part: Part,
    buffer: Vec<u8>,
    /// Bytes of the chunk, and of the event's body, that are still to come.
    chunk_left: u32,
    body_left: u32,
    number: u32,
    digits: u8,
    status: u8,
    pace: Option<Pace>,
    in_track: bool,
    instruments: Instruments,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            part: Part::Chunk,
            buffer: Vec::new(),
            chunk_left: 0,
            body_left: 0,
            number: 0,
            digits: 0,
            status: 0,
            pace: None,
            in_track: false,
            instruments: Instruments::default(),
        }
    }
}

impl Reader {
    /// Bytes of the track that are still to come; 0 before it.
    pub fn track_left(&self) -> u32 {
        if self.in_track { self.chunk_left } else { 0 }
    }

    /// The next byte. After [`Outcome::End`], [`Outcome::Format`] and [`Outcome::Broken`] nothing comes any more.
    pub fn push(&mut self, byte: u8) -> Outcome {
        if !matches!(self.part, Part::Chunk | Part::Over) {
            self.chunk_left = self.chunk_left.saturating_sub(1);
        }
        let outcome = self.take(byte);
        if matches!(outcome, Outcome::End | Outcome::Format(_) | Outcome::Broken(_)) {
            self.part = Part::Over;
        }
        outcome
    }

    /// Whether nothing comes any more: after the end, or by the track's length.
    pub fn ended(&self) -> bool {
        matches!(self.part, Part::Over) || self.in_track && self.chunk_left == 0
    }

    fn take(&mut self, byte: u8) -> Outcome {
        match self.part {
            Part::Chunk => self.chunk(byte),
            Part::Header => self.header(byte),
            Part::Skip => {
                if self.chunk_left == 0 {
                    self.go(Part::Chunk);
                }
                Outcome::More
            }
            Part::Delta => match self.variable(byte) {
                Ok(None) => Outcome::More,
                Ok(Some(ticks)) => {
                    self.go(Part::Status);
                    let frames = self.pace.as_mut().map_or(0, |pace| pace.frames(ticks));
                    if frames > 0 { Outcome::Wait(frames) } else { Outcome::More }
                }
                Err(why) => Outcome::Broken(why),
            },
            Part::Status => self.status(byte),
            Part::Data => self.data(byte),
            Part::MetaKind => {
                self.go(Part::Length(Some(byte)));
                Outcome::More
            }
            Part::Length(meta) => match self.variable(byte) {
                Ok(None) => Outcome::More,
                Ok(Some(0)) => {
                    self.go(Part::Delta);
                    self.body_over(meta, &[])
                }
                Ok(Some(length)) => {
                    self.go(Part::Body(meta));
                    self.body_left = length;
                    Outcome::More
                }
                Err(why) => Outcome::Broken(why),
            },
            Part::Body(meta) => {
                if self.buffer.len() <= SYSEX_KEPT {
                    self.buffer.push(byte);
                }
                self.body_left -= 1;
                if self.body_left > 0 {
                    return Outcome::More;
                }
                let body = core::mem::take(&mut self.buffer);
                self.go(Part::Delta);
                self.body_over(meta, &body)
            }
            Part::Over => Outcome::More,
        }
    }

    fn go(&mut self, part: Part) {
        self.part = part;
        self.buffer.clear();
        (self.number, self.digits) = (0, 0);
    }

    /// A number of up to four bytes of seven bits.
    fn variable(&mut self, byte: u8) -> Result<Option<u32>, &'static str> {
        self.number = self.number << 7 | u32::from(byte & 0x7F);
        self.digits += 1;
        match (byte & 0x80, self.digits) {
            (0, _) => Ok(Some(self.number)),
            (_, 4) => Err("a number in it is longer than four bytes"),
            _ => Ok(None),
        }
    }

    fn chunk(&mut self, byte: u8) -> Outcome {
        self.buffer.push(byte);
        let Some(&[a, b, c, d]) = self.buffer.get(4..8).and_then(|s| s.first_chunk()) else { return Outcome::More };
        self.chunk_left = u32::from_be_bytes([a, b, c, d]);
        match (&self.buffer[..4], self.pace) {
            (b"MThd", None) if self.chunk_left >= 6 => self.go(Part::Header),
            (b"MTrk", Some(_)) => {
                self.in_track = true;
                self.go(Part::Delta);
                return Outcome::Track;
            }
            (_, None) => return Outcome::Broken("its header is none"),
            _ if self.chunk_left == 0 => self.go(Part::Chunk),
            _ => self.go(Part::Skip),
        }
        Outcome::More
    }

    fn header(&mut self, byte: u8) -> Outcome {
        self.buffer.push(byte);
        let Some(&[format_high, format_low, _, _, high, low]) = self.buffer.first_chunk() else { return Outcome::More };
        let format = u16::from_be_bytes([format_high, format_low]);
        if format != 0 {
            return Outcome::Format(format);
        }
        self.pace = Pace::new(u16::from_be_bytes([high, low]));
        let next = if self.chunk_left > 0 { Part::Skip } else { Part::Chunk };
        self.go(next);
        if self.pace.is_some() { Outcome::More } else { Outcome::Broken("its header divides time by 0") }
    }

    fn status(&mut self, byte: u8) -> Outcome {
        match byte {
            0xFF => self.go(Part::MetaKind),
            0xF0 | 0xF7 => {
                self.go(Part::Length(None));
                self.status = 0;
            }
            0xF1.. => return Outcome::Broken("a message in it does not belong into a file"),
            0x80.. => {
                self.status = byte;
                self.go(Part::Data);
            }
            _ if self.status == 0 => return Outcome::Broken("a message in it has no status"),
            data => {
                self.go(Part::Data);
                return self.data(data);
            }
        }
        Outcome::More
    }

    fn data(&mut self, byte: u8) -> Outcome {
        if byte >= 0x80 {
            return Outcome::Broken("a message in it is cut short");
        }
        self.buffer.push(byte);
        if self.buffer.len() < midi::data_bytes(self.status) {
            return Outcome::More;
        }
        let message = [self.buffer[0], self.buffer.get(1).copied().unwrap_or(0)];
        self.go(Part::Delta);
        self.instruments.event(self.status, message).map_or(Outcome::More, Outcome::Event)
    }

    /// A meta event, or a SysEx, is whole; of a longer one the beginning.
    fn body_over(&mut self, meta: Option<u8>, body: &[u8]) -> Outcome {
        match (meta, body) {
            (Some(META_END), _) => return Outcome::End,
            (Some(META_TEMPO), &[a, b, c]) => {
                if let Some(pace) = &mut self.pace {
                    pace.tempo(u32::from_be_bytes([0, a, b, c]));
                }
            }
            (None, [data @ .., 0xF7]) => {
                return midi::system_exclusive(data).map_or(Outcome::More, Outcome::Event);
            }
            _ => {}
        }
        Outcome::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A file with this division and track, its end left to the track.
    fn file(division: u16, track: &[u8]) -> Vec<u8> {
        let mut f = b"MThd\0\0\0\x06\0\0\0\x01".to_vec();
        f.extend(division.to_be_bytes());
        f.extend(*b"MTrk");
        f.extend((track.len() as u32).to_be_bytes());
        f.extend(track);
        f
    }

    fn read(bytes: &[u8]) -> Vec<Outcome> {
        let mut reader = Reader::default();
        bytes.iter().map(|&b| reader.push(b)).filter(|&o| o != Outcome::More).collect()
    }

    const END: [u8; 3] = [0xFF, 0x2F, 0];
    const ON: Outcome = Outcome::Event(MidiEvent::NoteOn { channel: 0, key: 60, velocity: 100 });

    /// Standard MIDI Files 1.0, "Delta times", "Set Tempo": 96 ticks a quarter, half a second and then a whole one.
    #[test]
    fn ticks_become_frames_by_the_tempo() {
        let track =
            [&[0, 0x90, 60, 100, 96, 60, 100, 0, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40, 0x81, 0x40][..], &END].concat();
        let expected = [Outcome::Track, ON, Outcome::Wait(22_050), ON, Outcome::Wait(88_200), Outcome::End];
        assert_eq!(read(&file(96, &track)), expected);
    }

    /// 480 ticks a quarter at 120 a minute: 45.9375 frames a tick; 16 of them are 735.
    #[test]
    fn no_part_of_a_frame_is_lost() {
        let track = [[1, 0xC0, 0]; 16].concat();
        let waits = read(&file(480, &track)).into_iter().filter_map(|o| match o {
            Outcome::Wait(frames) => Some(frames),
            _ => None,
        });
        assert_eq!(waits.sum::<u64>(), 735);
    }

    /// Standard MIDI Files 1.0, "Header Chunks": 25 frames of 40 ticks, a millisecond each, whatever the tempo.
    #[test]
    fn time_by_frames_knows_no_tempo() {
        let track = [&[0, 0xFF, 0x51, 3, 1, 0, 0, 100][..], &END].concat();
        assert_eq!(read(&file(0xE728, &track)), [Outcome::Track, Outcome::Wait(4410), Outcome::End]);
        let track = [&[0x9E, 0x58][..], &END].concat();
        assert_eq!(
            read(&file(0xE364, &track)),
            [Outcome::Track, Outcome::Wait(57_799), Outcome::End],
            "3928 of 2997 a second"
        );
    }

    /// Standard MIDI Files 1.0: what is not understood has a length by which it is skipped.
    #[test]
    fn names_other_chunks_and_sysex_are_skipped() {
        let name = [&[0, 0xFF, 3, 4][..], b"song", &[0, 0xF0, 3, 1, 2, 0xF7, 0, 0xFF, 0x58, 0]].concat();
        let volume = [0, 0xF0, 7, 0x7F, 0x7F, 4, 1, 0, 0x40, 0xF7];
        let track = [&name[..], &volume, &[0], &END].concat();
        let mut f = file(96, &track);
        f.splice(14..14, *b"XYZW\0\0\0\x02MT");
        let expected = [Outcome::Track, Outcome::Event(MidiEvent::MasterVolume(8192)), Outcome::End];
        assert_eq!(read(&f), expected);
    }

    #[test]
    fn a_track_without_end_ends_with_its_length() {
        let mut reader = Reader::default();
        let f = file(96, &[0, 0x90, 60, 100, 10]);
        let last = f.iter().map(|&b| reader.push(b)).last();
        assert_eq!((last, reader.ended(), reader.track_left()), (Some(Outcome::Wait(2296)), true, 0));
    }

    #[test]
    fn what_the_chip_does_not_take_is_said() {
        let mut two = file(96, &END);
        two[9] = 1;
        assert_eq!(read(&two), [Outcome::Format(1)]);
        let broken = |division, track: &[u8]| matches!(read(&file(division, track))[..], [.., Outcome::Broken(_)]);
        assert!(broken(0, &END) && broken(0xE700, &END));
        for track in [&[0, 60, 100][..], &[0, 0x90, 60, 0x90], &[0x80, 0x80, 0x80, 0x80], &[0, 0xF8]] {
            assert!(broken(96, track), "{track:X?}");
        }
    }

    proptest! {
        /// Files are untrusted: any bytes after the header end, break or go on, and little is kept of them.
        #[test]
        fn any_track_is_read(division: u16, track in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut reader = Reader::default();
            for byte in file(division, &track) {
                reader.push(byte);
                prop_assert!(reader.buffer.len() <= 8);
            }
            prop_assert!(reader.ended());
        }
    }
}
