//! What QSPI is doing: frame after frame, each at its time.

use super::super::block::Io;
use super::super::dma::{self, Ram};
use super::frame::Format;
use super::{ALARM, CINSTRCONF, ID, Qspi, READY};
use crate::kernel::{Cx, Span};

/// READ.SRC, DST, CNT; WRITE.DST, SRC, CNT; ERASE.PTR, LEN.
const READ: [u16; 3] = [0x504, 0x508, 0x50C];
const WRITE: [u16; 3] = [0x510, 0x514, 0x518];
const ERASE: [u16; 2] = [0x51C, 0x520];
const DPMDUR: u16 = 0x614;
const CINSTRDAT: [u16; 2] = [0x638, 0x63C];

const RDSR: u8 = 0x05;
const WREN: u8 = 0x06;
/// ACTIVATE.
const ACTIVATION: Span = Span::from_us(1);

/// Bits of CINSTRCONF.
const WIPWAIT: u32 = 1 << 14;
const WREN_FIRST: u32 = 1 << 15;
const LFEN: u32 = 1 << 16;
const LFSTOP: u32 = 1 << 17;

/// Something that ends with READY, but for the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    Activate,
    Read {
        flash: u32,
        ram: u32,
        count: u32,
    },
    /// `now` bytes of `count` go out with the frame that is on its way.
    Write {
        flash: u32,
        ram: u32,
        count: u32,
        now: u32,
    },
    Erase {
        flash: u32,
        what: u32,
    },
    Instruction {
        conf: u32,
    },
    /// Deep power-down, or out of it.
    Sleep {
        enter: bool,
        sent: bool,
    },
}

impl Qspi {
    pub(super) fn task(&mut self, at: u16, io: &mut Io) {
        let words = |list: [u16; 3]| list.map(|at| self.word(at));
        match at {
            0x000 => self.begin(Job::Activate, io),
            0x004 => {
                let [flash, ram, count] = words(READ);
                self.begin(Job::Read { flash, ram, count }, io);
            }
            0x008 => {
                let [flash, ram, count] = words(WRITE);
                self.begin(Job::Write { flash, ram, count, now: 0 }, io);
            }
            0x00C => {
                let [flash, what] = ERASE.map(|at| self.word(at));
                self.begin(Job::Erase { flash, what }, io);
            }
            0x010 => self.switch_off(io),
            _ => {}
        }
    }

    /// CINSTRCONF was written.
    pub(super) fn begin_instruction(&mut self, io: &mut Io) {
        let conf = self.word(CINSTRCONF);
        if conf >> 8 & 0xF != 0 {
            self.begin(Job::Instruction { conf }, io);
        }
    }

    pub(super) fn begin(&mut self, job: Job, io: &mut Io) {
        // Note 5.
        if self.job.is_some() || !self.active && job != Job::Activate || self.word(super::ENABLE) & 1 == 0 {
            return;
        }
        self.plan(job, io.cx);
    }

    /// Sets the alarm for the end of the next frame of `job`.
    fn plan(&mut self, job: Job, cx: &mut Cx) {
        let format = self.format();
        let (job, frames, waits) = match job {
            Job::Activate => (job, ACTIVATION, false),
            Job::Read { count, .. } => (job, format.shaped(format.read, count), true),
            Job::Write { flash, ram, count, .. } => {
                let now = count.min(format.page - flash % format.page);
                let frames = if now == 0 { Span::ZERO } else { format.plain(0) + format.shaped(format.write, now) };
                (Job::Write { flash, ram, count, now }, frames, true)
            }
            Job::Erase { what, .. } => (job, format.plain(0) + format.plain(if what == 2 { 0 } else { 3 }), true),
            Job::Instruction { conf } => {
                let before = if conf & WREN_FIRST != 0 { format.plain(0) } else { Span::ZERO };
                (job, before + format.plain((conf >> 8 & 0xF).min(9) - 1), conf & WIPWAIT != 0)
            }
            Job::Sleep { sent: false, .. } => (job, format.plain(0), false),
            Job::Sleep { enter, .. } => {
                let ticks = self.word(DPMDUR) >> if enter { 0 } else { 16 } & 0xFFFF;
                (job, Span::from_cycles(4 * 256 * u64::from(ticks)), false)
            }
        };
        let polls = if waits { self.polling(format, cx) } else { Span::ZERO };
        self.job = Some(job);
        cx.wake_at(ALARM, cx.now() + polls + frames);
    }

    /// How long it takes to read status until WIP is 0.
    fn polling(&self, format: Format, cx: &mut Cx) -> Span {
        let (poll, wait) = (format.plain(1), self.chip_ready(cx).since(cx.now()));
        poll * wait.as_ps().div_ceil(poll.as_ps()).max(1)
    }

    /// The end of a frame: what is in it happens.
    pub(super) fn go_on(&mut self, ram: &mut dyn Ram, io: &mut Io) {
        let Some(job) = self.job.take() else { return };
        match job {
            Job::Activate => self.active = true,
            Job::Read { flash, ram: to, count } => {
                self.poll(io.cx);
                let mut bytes = vec![0; count as usize];
                self.read_frame(flash, &mut bytes, io.cx);
                if count > 0 {
                    dma::store(ram, to, &bytes, "QSPI.READ.DST", ID, io.cx);
                }
            }
            Job::Write { flash, ram: from, count, now } => {
                self.poll(io.cx);
                let mut bytes = vec![0; now as usize];
                if now > 0 {
                    dma::load(ram, from, &mut bytes, "QSPI.WRITE.SRC", ID, io.cx);
                    self.plain_frame(WREN, &mut [], io.cx);
                    self.write_frame(flash, &bytes, io.cx);
                }
                if count > now {
                    let (flash, ram) = (flash.wrapping_add(now), from.wrapping_add(now));
                    return self.plan(Job::Write { flash, ram, count: count - now, now: 0 }, io.cx);
                }
            }
            Job::Erase { flash, what } => {
                self.poll(io.cx);
                self.plain_frame(WREN, &mut [], io.cx);
                let mut address = [(flash >> 16) as u8, (flash >> 8) as u8, flash as u8];
                match what {
                    0 => self.plain_frame(0x20, &mut address, io.cx),
                    2 => self.plain_frame(0xC7, &mut [], io.cx),
                    _ => self.plain_frame(0xD8, &mut address, io.cx),
                }
            }
            Job::Instruction { conf } => self.instruct(conf, io.cx),
            Job::Sleep { enter, sent: false } => {
                self.plain_frame(if enter { 0xB9 } else { 0xAB }, &mut [], io.cx);
                return self.plan(Job::Sleep { enter, sent: true }, io.cx);
            }
            Job::Sleep { enter, .. } => {
                self.dpm = enter;
                return;
            }
        }
        self.events.raise(READY, io.cx);
    }

    /// The last reading of status.
    fn poll(&mut self, cx: &mut Cx) {
        let mut status = [0];
        self.plain_frame(RDSR, &mut status, cx);
        self.sreg = status[0];
    }

    /// A custom instruction.
    fn instruct(&mut self, conf: u32, cx: &mut Cx) {
        if conf & WIPWAIT != 0 {
            self.poll(cx);
        }
        if conf & WREN_FIRST != 0 && !self.long {
            self.plain_frame(WREN, &mut [], cx);
        }
        let count = (conf >> 8 & 0xF).min(9) as usize - 1;
        let opcode = conf as u8;
        let words = CINSTRDAT.map(|at| self.word(at));
        let mut bytes = (u64::from(words[1]) << 32 | u64::from(words[0])).to_le_bytes();
        if conf & LFEN != 0 {
            let stop = conf & LFSTOP != 0;
            let opcode = (!core::mem::replace(&mut self.long, !stop)).then_some(opcode);
            self.long_frame(opcode, &mut bytes[..count], stop, cx);
        } else {
            self.long = false;
            self.plain_frame(opcode, &mut bytes[..count], cx);
            if opcode == RDSR && count > 0 {
                self.sreg = bytes[0];
            }
        }
        let all = u64::from_le_bytes(bytes);
        self.put(CINSTRDAT[0], all as u32);
        self.put(CINSTRDAT[1], (all >> 32) as u32);
    }
}
