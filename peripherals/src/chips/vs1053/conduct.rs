//! What the datasheet asks of a driver and the chip does not enforce, tallied: how often it was done, how often not, and where first.
//! What the chip itself suffers from is a lint; `badgebench conformance` scores both (VS1053b datasheet v1.33, chapters 7 to 10; beside each
//! duty, its line in VS1053.md).
//!
//! 1. A file's end is told by 2052 bytes of endFillByte in a row before SM_CANCEL; with fewer it is a cancelled file. So a file that is cancelled
//!    inside so many zeros of its own counts as ended.
//! 2. Whether firmware looked at DREQ does not show at the pins; what DREQ stood for when an operation began does. An SCI operation while the FIFO
//!    is full is allowed, as long as the one before had its time ("Data Request Pin DREQ").

use super::control::{mode, reg};
use super::{Vs1053, mem};
use crate::kernel::{Cx, Instant};

macro_rules! duties {
    ($($(#[$doc:meta])* $duty:ident,)*) => {
        /// Something that a driver is to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Duty { $($(#[$doc])* $duty,)* }

        impl Duty {
            /// Every one, in the order of the datasheet's chapters.
            pub const ALL: [Self; [$(Self::$duty),*].len()] = [$(Self::$duty),*];
        }
    };
}

duties! {
    /// XRESET is low for at least 2 XTALI (VS1053.md, 1.1).
    ResetPulse,
    /// The first access after a reset comes when DREQ has risen (VS1053.md, 4).
    Boot,
    /// An SCI operation begins when the one before has been executed (VS1053.md, 2.1).
    SciReady,
    /// A block of SDI begins with DREQ high, and when the SCI operation before has been executed (VS1053.md, 3).
    SdiReady,
    /// CLOCKF raises the clock before a stream (VS1053.md, 4).
    Clock,
    /// VOL is set before a stream (VS1053.md, 4).
    Volume,
    /// DECODE_TIME is written twice (VS1053.md, 2.6).
    DecodeTime,
    /// endFillByte is read while the file's format is known (VS1053.md, 5.1).
    FillByte,
    /// A file is followed by 2052 bytes of endFillByte (VS1053.md, 5.1).
    EndFill,
    /// After SM_CANCEL data go on until MODE shows it cleared (VS1053.md, 5.1).
    Cancel,
    /// A cancelled file is followed by 2052 bytes of endFillByte (VS1053.md, 5.1).
    CancelFill,
    /// HDAT0 and HDAT1 are seen to be 0 after a file (VS1053.md, 5.1).
    Idle,
    /// A sine test is stopped by its sequence (VS1053.md, 5.3).
    SineStop,
}

/// How often a duty was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Times it was done.
    pub kept: u64,
    /// Times it was not.
    pub broken: u64,
    /// When it was first done, and the instruction that touched a register then.
    pub first_kept: Option<(Instant, Option<u32>)>,
    /// The first time it was not done.
    pub first_broken: Option<Breach>,
}

/// Where a duty was first not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// When.
    pub at: Instant,
    /// The instruction that touched a register then, if one did.
    pub pc: Option<u32>,
    /// The facts, for people.
    pub detail: String,
}

/// A tally for each duty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies([Tally; Duty::ALL.len()]);

impl Tallies {
    /// The tally of `duty`.
    pub fn of(&self, duty: Duty) -> &Tally {
        &self.0[duty as usize]
    }

    fn note(&mut self, duty: Duty, done: bool, at: Instant, pc: Option<u32>, detail: impl FnOnce() -> String) {
        let tally = &mut self.0[duty as usize];
        if done {
            tally.kept += 1;
            tally.first_kept.get_or_insert((at, pc));
        } else {
            tally.broken += 1;
            tally.first_broken.get_or_insert_with(|| Breach { at, pc, detail: detail() });
        }
    }
}

/// Bytes of endFillByte that end a file (datasheet, "Playing a Whole File"; VS1053.md, 5.1). FLAC's 12,288 are not asked for.
const FILL: u64 = 2052;
/// Bytes within which SM_CANCEL is cleared, and a driver is to have seen it (datasheet, "Cancelling Playback"; VS1053.md, 5.1).
const CANCEL_LIMIT: u64 = 2048;

/// How far the end of a file has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    /// It is not in sight.
    #[default]
    Open,
    /// SM_CANCEL is set; whether 2052 bytes of fill came before it.
    Cancelling { whole: bool },
    /// The chip has cleared it, and nobody has looked since; so many bytes came meanwhile.
    Cleared { whole: bool, bytes: u64 },
    /// A cancelled file: so many bytes of fill came after it.
    Filling { bytes: u64 },
    /// Filled; whether HDAT0 and HDAT1 were seen to be 0.
    Ended { seen: [bool; 2] },
}

/// What is kept for the tallies.
#[derive(Clone, Debug, Default)]
pub(super) struct Conduct {
    tallies: Tallies,
    /// No access since the chip has booted.
    fresh: bool,
    volume_set: bool,
    /// DECODE_TIME was written once.
    time_written: Option<u16>,
    streaming: bool,
    /// endFillByte as it was read last, and whether that was in this stream.
    fill: u8,
    fill_read: bool,
    /// Bytes in a row that equal it.
    run: u64,
    end: End,
}

impl Vs1053 {
    /// A duty was done, or was not.
    pub(super) fn duty(&mut self, duty: Duty, done: bool, cx: &Cx, detail: impl FnOnce() -> String) {
        self.conduct.tallies.note(duty, done, cx.now(), cx.pc(), detail);
    }

    /// Both kinds of reset, before anything of them is carried out: what goes on is over without a judgement.
    pub(super) fn conduct_reset(&mut self, hard: bool, cx: &Cx) {
        if let Some((duty, why)) = self.conduct_left() {
            self.duty(duty, false, cx, || format!("{why}; a reset came instead"));
        }
        let conduct = &mut self.conduct;
        (conduct.fresh, conduct.time_written, conduct.streaming, conduct.fill_read) = (true, None, false, false);
        (conduct.fill, conduct.run, conduct.end) = (0, 0, End::Open);
        conduct.volume_set &= !hard;
    }

    /// The first clock under a select.
    pub(super) fn conduct_begins(&mut self, cx: &Cx) {
        if self.booted_at.is_none() {
            return;
        }
        if core::mem::take(&mut self.conduct.fresh) {
            self.duty(Duty::Boot, true, cx, String::new);
        }
        let executed = !self.dreq.busy(cx.now());
        let why = if executed { "the FIFO has no room" } else { "the SCI operation before it is being executed" };
        if self.sdi_selected {
            self.duty(Duty::SdiReady, executed && self.dreq.level(), cx, || format!("at the first clock {why}"));
        } else {
            self.duty(Duty::SciReady, executed, cx, || why.into());
        }
    }

    /// A byte has come in by SDI.
    #[inline]
    pub(super) fn conduct_byte(&mut self, byte: u8, cx: &Cx) {
        let conduct = &mut self.conduct;
        let fills = byte == conduct.fill;
        conduct.run = if fills { conduct.run + 1 } else { 0 };
        if conduct.end != End::Open || conduct.time_written.is_some() {
            self.conduct_ending(fills, cx);
        }
    }

    #[cold]
    fn conduct_ending(&mut self, fills: bool, cx: &Cx) {
        self.conduct_time(None, cx);
        let conduct = &mut self.conduct;
        match &mut conduct.end {
            End::Cleared { bytes, .. } => {
                *bytes += 1;
                if *bytes > CANCEL_LIMIT {
                    conduct.end = End::Open;
                    let detail =
                        || format!("{CANCEL_LIMIT} bytes after the chip cleared SM_CANCEL, MODE has not been read");
                    self.duty(Duty::Cancel, false, cx, detail);
                }
            }
            End::Filling { bytes } => {
                if !fills {
                    let sent = *bytes;
                    conduct.end = End::Open;
                    let detail = || {
                        format!("{sent} bytes of fill after a cancelled file, then other data; {FILL} are asked for")
                    };
                    self.duty(Duty::CancelFill, false, cx, detail);
                    return;
                }
                *bytes += 1;
                if *bytes == FILL {
                    conduct.end = End::Ended { seen: [false; 2] };
                    self.duty(Duty::CancelFill, true, cx, String::new);
                }
            }
            End::Open | End::Cancelling { .. } | End::Ended { .. } => {}
        }
    }

    /// DECODE_TIME is written with this value; or something else happens.
    fn conduct_time(&mut self, written: Option<u16>, cx: &Cx) {
        match (self.conduct.time_written.take(), written) {
            (Some(first), Some(second)) if first == second => self.duty(Duty::DecodeTime, true, cx, String::new),
            (None, written) => self.conduct.time_written = written,
            (Some(_), written) => {
                self.conduct.time_written = written;
                self.duty(Duty::DecodeTime, false, cx, || "DECODE_TIME was written once".into());
            }
        }
    }

    /// A register has been read.
    pub(super) fn conduct_read(&mut self, address: u8, value: u16, cx: &Cx) {
        self.conduct_time(None, cx);
        if address == reg::WRAM && self.memory.pointer() == mem::parametric::END_FILL_BYTE {
            self.conduct.fill = value as u8;
            self.conduct.fill_read = self.conduct.streaming;
        }
        match (self.conduct.end, address) {
            (End::Cleared { whole, .. }, reg::MODE) if value & mode::SM_CANCEL == 0 => {
                self.conduct.end = if whole { End::Ended { seen: [false; 2] } } else { End::Filling { bytes: 0 } };
                self.duty(Duty::Cancel, true, cx, String::new);
            }
            (End::Ended { mut seen }, reg::HDAT0 | reg::HDAT1) if value == 0 => {
                seen[usize::from(address - reg::HDAT0)] = true;
                self.conduct.end = if seen == [true; 2] { End::Open } else { End::Ended { seen } };
                if seen == [true; 2] {
                    self.duty(Duty::Idle, true, cx, String::new);
                }
            }
            _ => {}
        }
    }

    /// A register is being written; `old` is what it held.
    pub(super) fn conduct_write(&mut self, address: u8, old: u16, value: u16, cx: &Cx) {
        self.conduct_time((address == reg::DECODE_TIME).then_some(value), cx);
        match address {
            reg::VOL => self.conduct.volume_set = true,
            reg::MODE if value & mode::SM_RESET == 0 => self.conduct_mode(old, value, cx),
            _ => {}
        }
    }

    fn conduct_mode(&mut self, old: u16, value: u16, cx: &Cx) {
        let (was, is) = (old & mode::SM_CANCEL != 0, value & mode::SM_CANCEL != 0);
        match self.conduct.end {
            End::Open if is && !was && self.conduct.streaming => {
                let whole = self.conduct.run >= FILL;
                self.conduct.end = End::Cancelling { whole };
                if whole {
                    self.conduct_filled(cx);
                }
            }
            End::Cancelling { .. } if was && !is => {
                (self.conduct.end, self.conduct.streaming) = (End::Open, false);
                self.duty(Duty::Cancel, false, cx, || {
                    format!("MODE = 0x{value:04X} takes SM_CANCEL back before the chip has cleared it")
                });
            }
            _ => {}
        }
    }

    fn conduct_filled(&mut self, cx: &Cx) {
        let (read, fill) = (self.conduct.fill_read, self.conduct.fill);
        self.duty(Duty::EndFill, true, cx, String::new);
        self.duty(Duty::FillByte, read, cx, || {
            format!("the file was followed by 0x{fill:02X}, and endFillByte was not read since it began")
        });
    }

    /// The chip has cleared SM_CANCEL.
    pub(super) fn conduct_cancelled(&mut self) {
        let conduct = &mut self.conduct;
        conduct.streaming = false;
        if let End::Cancelling { whole } = conduct.end {
            conduct.end = End::Cleared { whole, bytes: 0 };
        }
    }

    /// A header was found, or another rate in the same stream.
    pub(super) fn conduct_stream(&mut self, cx: &Cx) {
        if core::mem::replace(&mut self.conduct.streaming, true) {
            return;
        }
        self.conduct.fill_read = false;
        let clockf = self.registers[usize::from(reg::CLOCKF)];
        self.duty(Duty::Clock, clockf >> 13 != 0, cx, || {
            format!("a stream begins with CLOCKF = 0x{clockf:04X}, 1.0 x XTALI")
        });
        let set = self.conduct.volume_set;
        self.duty(Duty::Volume, set, cx, || "a stream begins with VOL as the reset left it, at its loudest".into());
        match core::mem::take(&mut self.conduct.end) {
            End::Cleared { .. } => self.duty(Duty::Cancel, false, cx, || {
                "the next stream begins, and MODE was not read after the chip had cleared SM_CANCEL".into()
            }),
            End::Ended { .. } => {
                self.duty(Duty::Idle, false, cx, || "the next stream begins without a look at HDAT0 and HDAT1".into());
            }
            End::Open | End::Cancelling { .. } | End::Filling { .. } => {}
        }
    }

    /// What was begun and left when the chip has gone idle: a duty that was not done, and why. Before that, it may still come.
    fn conduct_left(&self) -> Option<(Duty, String)> {
        if self.decode_at.is_some() || self.sound_at.is_some() {
            return None;
        }
        let run = self.conduct.run;
        let (duty, why) = match self.conduct.end {
            End::Open if !self.conduct.streaming => return None,
            End::Open if run >= FILL => (Duty::Cancel, "SM_CANCEL was not set after the file and its fill".into()),
            End::Open => (Duty::EndFill, format!("{run} bytes of fill after the last file; {FILL} are asked for")),
            End::Cancelling { .. } => {
                (Duty::Cancel, "no more data after SM_CANCEL: the chip never got to see it".into())
            }
            End::Cleared { .. } => (Duty::Cancel, "MODE was not read after the chip had cleared SM_CANCEL".into()),
            End::Filling { bytes } => {
                (Duty::CancelFill, format!("{bytes} bytes of fill after a cancelled file; {FILL} are asked for"))
            }
            End::Ended { .. } => (Duty::Idle, "HDAT0 and HDAT1 were not both read as 0 after the last file".into()),
        };
        Some((duty, why))
    }

    /// The tallies of a run that ends here.
    pub(super) fn conduct_report(&self) -> Tallies {
        let mut tallies = self.conduct.tallies.clone();
        let Some((duty, why)) = self.conduct_left() else { return tallies };
        tallies.note(duty, false, self.sclk_rose, None, || why);
        if duty == Duty::Cancel && self.conduct.end == End::Open {
            tallies.note(Duty::EndFill, true, self.sclk_rose, None, String::new);
        }
        tallies
    }
}
