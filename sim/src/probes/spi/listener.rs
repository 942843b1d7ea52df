//! What is heard while one select is active: decoded as the chip would, counted, and recorded.

use super::capture::{Capture, SdiFormat};
use super::sci::{Frame, Frames};
use super::stream::Hunter;
use peripherals::kernel::Instant;

/// What is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// SCI: XCS.
    Commands,
    /// SDI: XDCS.
    Stream,
    /// No chip listens.
    Anything,
}

/// Entries of the record: of commands, about 2,000; of the rest, 10 KiB (SCLK and MOSI exchanged) to 30 KiB of a stream.
const COMMAND_RECORD: usize = 64 << 10;
const STREAM_RECORD: usize = 256 << 10;

/// The instructions of which edges came first; `None` for a peripheral's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Makers {
    /// The sampling edge of the first whole byte.
    pub sclk: Option<u32>,
    /// The first change of MOSI while this listened.
    pub mosi: Option<u32>,
    /// The first fall of the select.
    pub select: Option<u32>,
}

/// One select, or what is outside any.
#[derive(Clone, Debug)]
pub(super) struct Listener {
    pub name: String,
    pub language: Language,
    /// The chip's place on the bus.
    pub chip: u8,
    pub capture: Capture,
    /// Whole bytes before the present stretch.
    bytes: u64,
    /// Bits of the present stretch.
    bits: u64,
    shift: u8,
    head: u32,
    word: u16,
    sample_high: bool,
    begun: (bool, SdiFormat),
    /// The format in which the stream was recognised.
    pub found_as: SdiFormat,
    pub falls: u64,
    /// When the select first fell; when the first whole byte came.
    pub first_fall: Option<Instant>,
    pub first_byte: Option<Instant>,
    /// Which instructions made the edges that this is judged by.
    pub by: Makers,
    /// Stretches with a whole byte that began with SCLK low, and with SCLK high.
    pub rest: [u64; 2],
    frames: Frames,
    pub hunter: Hunter,
}

impl Listener {
    pub fn new(name: String, language: Language, chip: u8) -> Self {
        let record = if language == Language::Commands { COMMAND_RECORD } else { STREAM_RECORD };
        Self {
            name,
            language,
            chip,
            capture: Capture::new(record),
            bytes: 0,
            bits: 0,
            shift: 0,
            head: 0,
            word: 0,
            sample_high: true,
            begun: (false, SdiFormat::default()),
            found_as: SdiFormat::default(),
            falls: 0,
            first_fall: None,
            first_byte: None,
            by: Makers::default(),
            rest: [0; 2],
            frames: Frames::default(),
            hunter: Hunter::default(),
        }
    }

    /// Whole bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes + self.bits / 8
    }

    /// The commands so far. One that is under way counts once it is whole.
    pub fn frames(&self) -> Frames {
        let mut frames = self.frames;
        if self.frame().is_valid() {
            frames.add(self.frame());
        }
        frames
    }

    pub fn fell(&mut self, at: Instant, pc: Option<u32>) {
        self.falls += 1;
        if self.first_fall.is_none() {
            (self.first_fall, self.by.select) = (Some(at), pc);
        }
    }

    /// Starts to listen.
    pub fn begin(&mut self, sclk: bool, mosi: bool, format: SdiFormat) {
        self.capture.begin(sclk, mosi, format);
        self.begun = (sclk, format);
        self.sample_high = !format.falling;
        self.head = 0;
    }

    /// Stops; what is not a whole byte is lost.
    pub fn end(&mut self) {
        if self.language == Language::Commands && self.bits > 0 {
            self.frames.add(self.frame());
        }
        self.bytes += self.bits / 8;
        self.bits = 0;
    }

    fn frame(&self) -> Frame {
        Frame { head: self.head.to_be_bytes(), clocks: self.bits }
    }

    /// SCLK has changed. Returns a value for MODE when one has been written.
    #[inline]
    pub fn sclk(&mut self, at: Instant, high: bool, mosi: bool, pc: Option<u32>) -> Option<u16> {
        self.capture.sclk();
        if high != self.sample_high {
            return None;
        }
        self.shift = self.shift << 1 | u8::from(mosi);
        self.bits += 1;
        if self.bits & 7 == 0 { self.byte(at, pc) } else { None }
    }

    #[inline]
    pub fn mosi(&mut self, pc: Option<u32>) {
        self.capture.mosi();
        if self.by.mosi.is_none() {
            self.by.mosi = pc;
        }
    }

    #[inline]
    fn byte(&mut self, at: Instant, pc: Option<u32>) -> Option<u16> {
        if self.bits == 8 {
            if self.first_byte.is_none() {
                (self.first_byte, self.by.sclk) = (Some(at), pc);
            }
            self.rest[usize::from(self.begun.0)] += 1;
        }
        match self.language {
            Language::Commands => self.command_byte(),
            Language::Stream => {
                self.stream_byte();
                None
            }
            Language::Anything => None,
        }
    }

    fn stream_byte(&mut self) {
        if self.hunter.found().is_none() {
            let format = self.begun.1;
            self.hunter.push(if format.lsb_first { self.shift.reverse_bits() } else { self.shift });
            self.found_as = format;
        }
    }

    fn command_byte(&mut self) -> Option<u16> {
        let byte = (self.bits / 8) as u32;
        if byte <= 4 {
            self.head |= u32::from(self.shift) << (32 - 8 * byte);
        }
        self.word = self.word << 8 | u16::from(self.shift);
        // Opcode "write" and address 0; further words of a multiple write go to the same register.
        (byte >= 4 && byte.is_multiple_of(2) && self.head >> 16 & 0xFF0F == 0x0200).then_some(self.word)
    }
}
