//! The edges of one chip's wires become transactions.

use super::transaction::{Byte, Kind, Line, Transaction};
use super::{MOST_WAITING, RUN_BYTES};
use peripherals::chips::vs1053::mode::{SM_DACT, SM_SDINEW, SM_SDIORD, SM_SDISHARE};
use peripherals::kernel::{Instant, Level};
use std::collections::VecDeque;

const WRITE: u8 = 0x02;
const READ: u8 = 0x03;

/// Whether what comes first is known to be the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nothing has been clocked yet: at power-on.
    Fresh,
    /// The wires may be in the middle of anything: a select that is low already is not believed until it falls again.
    Late,
}

/// How SDI is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Format {
    lsb_first: bool,
    falling: bool,
    share: bool,
    native: bool,
}

const AFTER_RESET: Format = Format { lsb_first: false, falling: false, share: false, native: true };

impl Format {
    const fn of(mode: u16) -> Self {
        Self {
            lsb_first: mode & SM_SDIORD != 0,
            falling: mode & SM_DACT != 0,
            share: mode & SM_SDISHARE != 0,
            native: mode & SM_SDINEW != 0,
        }
    }
}

/// Bits since XCS fell, or since the last whole word of a multiple write.
#[derive(Clone, Copy, Debug, Default)]
struct Operation {
    bits: u32,
    head: u32,
    /// The last 16 bits of MOSI, and of MISO.
    word: u16,
    answer: u16,
    first: Instant,
    pc: Option<u32>,
    /// Bits since XCS fell, of the operation as a whole.
    all: u32,
    opcode: u8,
    register: u8,
}

/// Bytes of SDI, or of nobody.
#[derive(Clone, Debug, Default)]
struct Run {
    bytes: Vec<Byte>,
    bits: u8,
    shift: u8,
    first: Instant,
    /// Of the run's first bit, and of the bit under way.
    pc: Option<u32>,
    bit_pc: Option<u32>,
}

impl Run {
    /// A bit; true when the run is full.
    #[inline]
    fn bit(&mut self, at: Instant, bit: bool, lsb_first: bool, pc: Option<u32>) -> bool {
        if self.bits == 0 {
            self.first = at;
            self.bit_pc = pc;
        }
        self.shift = self.shift << 1 | u8::from(bit);
        self.bits += 1;
        if self.bits < 8 {
            return false;
        }
        self.bits = 0;
        if self.bytes.is_empty() {
            self.pc = self.bit_pc;
            self.bytes.reserve_exact(RUN_BYTES);
        }
        let value = if lsb_first { self.shift.reverse_bits() } else { self.shift };
        self.bytes.push(Byte { value, first: self.first, last: at });
        self.bytes.len() >= RUN_BYTES
    }
}

/// Decodes one chip's wires.
#[derive(Clone, Debug)]
pub struct Decoder {
    chip: u8,
    levels: [bool; 7],
    has_miso: bool,
    format: Format,
    /// XCS is low and its fall was seen; the same of SDI's select.
    sci: bool,
    sdi: bool,
    /// No select is low.
    stray: bool,
    /// What no select hears belongs to somebody else.
    deaf_to_strays: bool,
    /// A select that was low from the start.
    unproven: [bool; 2],
    operation: Operation,
    run: Run,
    /// The instruction that moved the select; taken by the first transaction after it.
    select_pc: Option<u32>,
    done: VecDeque<Transaction>,
    lost: u64,
}

impl Decoder {
    /// A decoder that calls its chip `chip`. `level` gives the present level of a wire; a wire that nobody watches is `None`: a select and
    /// XRESET count as high then.
    pub fn new(chip: u8, start: Start, level: impl Fn(Line) -> Option<Level>) -> Self {
        let levels = Line::ALL.map(|line| {
            let pulled_up = matches!(line, Line::Xcs | Line::Xdcs | Line::Xreset);
            level(line).map_or(pulled_up, Level::is_high)
        });
        let late = start == Start::Late;
        let mut decoder = Self {
            chip,
            levels,
            has_miso: level(Line::Miso).is_some(),
            format: AFTER_RESET,
            sci: false,
            sdi: false,
            stray: false,
            deaf_to_strays: false,
            unproven: [Line::Xcs, Line::Xdcs].map(|line| late && !levels[line as usize]),
            operation: Operation::default(),
            run: Run::default(),
            select_pc: None,
            done: VecDeque::new(),
            lost: 0,
        };
        decoder.reselect();
        decoder
    }

    /// `line` has changed to `level`, by the instruction at `pc` if one did it. Levels that are the present ones are passed over.
    #[inline]
    pub fn edge(&mut self, at: Instant, line: Line, level: Level, pc: Option<u32>) {
        let high = level.is_high();
        if self.levels[line as usize] == high {
            return;
        }
        self.levels[line as usize] = high;
        match line {
            Line::Sclk => self.clock(at, high, pc),
            Line::Mosi | Line::Miso => {}
            Line::Xcs | Line::Xdcs | Line::Dreq | Line::Xreset => self.rare(at, line, level, pc),
        }
    }

    /// Apart, so that the edges of a byte are short work.
    #[cold]
    fn rare(&mut self, at: Instant, line: Line, level: Level, pc: Option<u32>) {
        let high = level.is_high();
        if matches!(line, Line::Xcs | Line::Xdcs) {
            return self.select(at, line, high, pc);
        }
        if line == Line::Xreset && !high {
            self.set_format(AFTER_RESET);
        }
        self.push(Transaction { chip: self.chip, start: at, end: at, pc, kind: Kind::Level(line, level) });
    }

    /// Hands over what is complete, in the order in which it ended.
    pub fn drain(&mut self, sink: &mut dyn FnMut(Transaction)) {
        self.done.drain(..).for_each(sink);
    }

    /// Ends what is under way, as at the end of a recording: a run of bytes is handed over as far as it got. An SCI operation stays
    /// what it is, as XCS has not risen.
    pub fn flush(&mut self) {
        self.end_run();
    }

    /// Transactions that were dropped because nobody took them.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether a select of this chip is low, as far as wires go.
    pub(super) fn is_selected(&self) -> bool {
        !self.levels[Line::Xcs as usize] || !self.levels[Line::Xdcs as usize]
    }

    #[inline]
    fn clock(&mut self, at: Instant, high: bool, pc: Option<u32>) {
        let mosi = self.levels[Line::Mosi as usize];
        if high && self.sci {
            self.sci_bit(at, mosi, pc);
        }
        if self.sdi {
            if high != self.format.falling && self.run.bit(at, mosi, self.format.lsb_first, pc) {
                self.end_run();
            }
        } else if self.stray && high && self.run.bit(at, mosi, false, pc) {
            self.end_run();
        }
    }

    #[inline(never)]
    fn sci_bit(&mut self, at: Instant, mosi: bool, pc: Option<u32>) {
        let now = &mut self.operation;
        if now.bits == 0 {
            (now.first, now.pc) = (at, pc);
        }
        now.word = now.word << 1 | u16::from(mosi);
        now.answer = now.answer << 1 | u16::from(self.levels[Line::Miso as usize]);
        if now.bits < 32 {
            now.head |= u32::from(mosi) << (31 - now.bits);
        }
        now.bits = now.bits.saturating_add(1);
        now.all = now.all.saturating_add(1);
        match now.all {
            8 => now.opcode = now.word as u8,
            16 => now.register = now.word as u8 & 15,
            all if all >= 32 && all.is_multiple_of(16) => self.sci_word(at),
            _ => {}
        }
    }

    /// Sixteen bits of data have come.
    fn sci_word(&mut self, at: Instant) {
        let now = self.operation;
        let register = now.register;
        let kind = match now.opcode {
            WRITE => Kind::Write { register, value: now.word },
            // What follows a read has no meaning.
            READ if now.all == 32 => Kind::Read { register, value: self.has_miso.then_some(now.answer) },
            READ => return,
            _ => return,
        };
        let pc = self.select_pc.take().or(now.pc);
        self.push(Transaction { chip: self.chip, start: now.first, end: at, pc, kind });
        self.operation.bits = 0;
        self.operation.head = 0;
        if now.opcode == WRITE && register == 0 && self.levels[Line::Xreset as usize] {
            self.set_format(Format::of(now.word));
        }
    }

    fn select(&mut self, at: Instant, line: Line, high: bool, pc: Option<u32>) {
        if line == Line::Xcs && self.sci && high {
            self.end_operation(at);
        }
        self.unproven[usize::from(line == Line::Xdcs)] = false;
        // A select that moves ends a run even where the run is nobody's.
        self.end_run();
        if line == Line::Xcs && !high {
            self.operation = Operation::default();
        }
        let selects = !high || line == Line::Xcs && self.format.share;
        self.select_pc = pc.filter(|_| selects);
        self.reselect();
    }

    fn end_operation(&mut self, at: Instant) {
        let Operation { bits, head, first, pc, opcode, all, .. } = self.operation;
        // Clocks after a read are no operation of their own.
        if bits == 0 || opcode == READ && all > 32 {
            return;
        }
        let pc = self.select_pc.take().or(pc);
        self.push(Transaction { chip: self.chip, start: first, end: at, pc, kind: Kind::Broken { bits, head } });
    }

    fn set_format(&mut self, format: Format) {
        if format != self.format {
            self.end_run();
            self.format = format;
            self.reselect();
        }
    }

    /// Whether bytes that no select of this chip hears are somebody else's from now on.
    pub(super) fn be_deaf_to_strays(&mut self, deaf: bool) {
        if deaf != self.deaf_to_strays {
            if !self.sdi {
                self.end_run();
            }
            self.deaf_to_strays = deaf;
        }
    }

    /// Works out anew who hears SCLK.
    fn reselect(&mut self) {
        let low = |line: Line| !self.levels[line as usize];
        let [xcs_unproven, xdcs_unproven] = self.unproven;
        let selected = if self.format.share { !low(Line::Xcs) } else { low(Line::Xdcs) && !xdcs_unproven };
        self.sci = low(Line::Xcs) && !xcs_unproven;
        self.sdi = selected && self.format.native;
        let nobody = !(low(Line::Xcs) || low(Line::Xdcs) && self.format.native);
        self.stray = nobody && !self.sdi;
        // What is not whole belongs to what was before.
        self.run.bits = 0;
    }

    fn end_run(&mut self) {
        self.run.bits = 0;
        if self.run.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.run.bytes);
        let (start, end) = (bytes[0].first, bytes[bytes.len() - 1].last);
        if !self.sdi && self.deaf_to_strays {
            return;
        }
        let pc = self.select_pc.take().or(self.run.pc);
        let kind = if self.sdi { Kind::Data(bytes) } else { Kind::Stray(bytes) };
        self.push(Transaction { chip: self.chip, start, end, pc, kind });
    }

    fn push(&mut self, transaction: Transaction) {
        if self.done.len() >= MOST_WAITING {
            self.done.pop_front();
            self.lost += 1;
        }
        self.done.push_back(transaction);
    }
}
