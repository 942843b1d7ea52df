//! SCI, the control interface, as a shift machine on clock edges (VS1053b datasheet v1.33, "Serial Protocol for Serial Command
//! Interface"; VS1053.md, 1.3).
//!
//! An operation is an opcode byte, an address byte of which the low four bits count, and 16 data bits, most significant bit
//! first. SI is taken on the rising edge and SO changes after the falling edge (VS1053.md, 1.2), so that SPI modes 0 and 3 both work
//! (observed).
//!
//! 1. SO is low while nothing is read; the datasheet's figures show that, its text says high impedance for writes (knob `so_idle`).
//! 2. After the 32nd bit of a read SO stays low (undocumented; knob `sci_overlong`).
//! 3. An operation that XCS cuts short has no effect (inferred: nothing in the datasheet gives a fragment a meaning; knob
//!    `sci_fragment`), and after something that is no opcode nothing has until XCS rises (inferred; knob `sci_unknown_opcode`).

/// What a rising clock edge completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet.
    Shifting,
    /// A read of this register has begun: its value is due by [`Sci::answer`] before the next falling edge.
    ReadBegins(u8),
    /// The last bit of the register has been clocked out.
    ReadEnds(u8),
    /// A word has arrived for this register.
    Write(u8, u16),
    /// This is no opcode.
    UnknownOpcode(u8),
    /// So many bytes have come in after one that is no opcode.
    Ignored(u8),
    /// A bit too many after a read.
    Overlong,
}

/// What XCS has cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Nothing.
    Nothing,
    /// An operation that means nothing yet.
    Fragment,
    /// A word for this register, with the bits that came on top.
    Word(u8, u16),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Opcode,
    Address {
        read: bool,
    },
    Write,
    Read,
    Over,
    Ignored,
}

/// The shift machine.
#[derive(Clone, Debug, Default)]
pub struct Sci {
    phase: Phase,
    /// Bits missing until the phase is over.
    left: u8,
    shift: u16,
    address: u8,
    answer: u16,
    /// Whether a word of a write has come already.
    written: bool,
    ignored: u8,
    /// Clocks after the last bit of a read.
    over: u8,
}

impl Sci {
    /// XCS has fallen.
    pub fn select(&mut self) {
        *self = Self { left: 8, ..Self::default() };
    }

    /// XCS has risen.
    pub fn deselect(&mut self) -> Cut {
        match self.phase {
            Phase::Opcode if self.left == 8 => Cut::Nothing,
            Phase::Write if self.left == 16 && self.written => Cut::Nothing,
            Phase::Write if self.left < 16 => Cut::Word(self.address, self.shift << self.left),
            Phase::Over | Phase::Ignored => Cut::Nothing,
            _ => Cut::Fragment,
        }
    }

    /// Whether an operation is known to be a read.
    #[inline]
    pub fn reading(&self) -> bool {
        matches!(self.phase, Phase::Read | Phase::Address { read: true })
    }

    /// Whether a whole operation has been clocked and nothing after it.
    pub fn complete(&self) -> bool {
        self.phase == Phase::Over || self.phase == Phase::Write && self.left == 16 && self.written
    }

    /// The value that a read shows.
    pub fn answered(&self) -> u16 {
        self.answer
    }

    /// The value of the register that is being read.
    pub fn answer(&mut self, value: u16) {
        self.answer = value;
    }

    /// A rising edge of SCLK with XCS low.
    #[inline]
    pub fn rise(&mut self, si: bool) -> Step {
        self.shift = self.shift << 1 | u16::from(si);
        self.left = self.left.saturating_sub(1);
        if self.left > 0 { Step::Shifting } else { self.phase_over() }
    }

    /// The level of SO after a falling edge of SCLK with XCS low; `None` while no register is shown.
    #[inline]
    pub fn fall(&self, repeat: bool) -> Option<bool> {
        match self.phase {
            Phase::Read => Some(self.answer >> (self.left - 1) & 1 == 1),
            Phase::Over if repeat => Some(self.answer >> (15 - (self.over & 15)) & 1 == 1),
            _ => None,
        }
    }

    /// The byte after one that is no opcode may be one.
    pub fn retry(&mut self) {
        (self.phase, self.left) = (Phase::Opcode, 8);
    }

    fn phase_over(&mut self) -> Step {
        match self.phase {
            Phase::Opcode => {
                let opcode = self.shift as u8;
                self.left = 8;
                match opcode {
                    0x02 => self.phase = Phase::Address { read: false },
                    0x03 => self.phase = Phase::Address { read: true },
                    _ => {
                        self.phase = Phase::Ignored;
                        return Step::UnknownOpcode(opcode);
                    }
                }
                Step::Shifting
            }
            Phase::Address { read } => {
                self.address = self.shift as u8 & 0xF;
                self.left = 16;
                self.phase = if read { Phase::Read } else { Phase::Write };
                if read { Step::ReadBegins(self.address) } else { Step::Shifting }
            }
            Phase::Write => {
                // Multiple write: more words may follow for the same register (VS1053.md, 1.3).
                self.left = 16;
                self.written = true;
                Step::Write(self.address, self.shift)
            }
            Phase::Read => {
                (self.phase, self.left) = (Phase::Over, 0);
                Step::ReadEnds(self.address)
            }
            Phase::Over => {
                self.over = self.over.wrapping_add(1);
                Step::Overlong
            }
            Phase::Ignored => {
                self.left = 8;
                self.ignored = self.ignored.saturating_add(1);
                Step::Ignored(self.ignored)
            }
        }
    }
}
