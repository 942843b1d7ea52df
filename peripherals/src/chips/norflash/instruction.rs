//! One frame from CS to CS: an instruction, its address, dummy clocks, and data.
//!
//! 1. A byte that comes on another number of lines than the instruction has makes the chip deaf until CS rises. So does an instruction
//!    for four lines while the quad enable bit is 0, one that the chip has not, and any but RDSR, RDCR and reset while it is busy or
//!    asleep.
//! 2. Addresses have three bytes; they wrap at the end of the chip.

use super::NorFlash;
use super::memory::PROGRAM;
use crate::kernel::Instant;

/// What is to be done when CS rises.
#[derive(Clone, Debug, Default)]
pub(super) enum Work {
    #[default]
    None,
    WriteEnable(bool),
    ResetEnable,
    Reset,
    Sleep,
    WakeUp,
    Status {
        first: usize,
        values: [u8; 3],
        count: usize,
    },
    Program {
        address: u32,
        page: Box<[u8; PROGRAM]>,
    },
    Erase {
        address: u32,
        size: u32,
    },
    EraseAll,
}

/// What the bytes behind the instruction are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The chip has heard nothing yet.
    Opcode,
    /// It does not listen any more.
    Deaf,
    /// Nothing follows.
    Alone,
    /// So many registers from this one on, over and over.
    Status(usize, u8),
    Identity,
    /// Three dummy bytes, then the signature.
    Signature,
    /// Three bytes of address, then maker and signature.
    Maker,
    Sfdp,
    /// Address lines, dummy bytes on as many, data lines.
    Read(u8, u32, u8),
    WriteStatus(usize),
    /// Address lines, data lines.
    Program(u8, u8),
    Erase(u32),
}

/// A frame as far as it has gone.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    form: Form,
    /// Bytes behind the instruction.
    count: u32,
    address: u32,
    work: Work,
}

impl Default for Frame {
    fn default() -> Self {
        Self { form: Form::Opcode, count: 0, address: 0, work: Work::None }
    }
}

impl Frame {
    /// What CS rising sets off; nothing when less than the address or the first byte of data has come.
    pub(super) fn work(self) -> Work {
        match self.form {
            Form::Deaf | Form::Opcode => Work::None,
            Form::Erase(size) if self.count == 3 => Work::Erase { address: self.address, size },
            _ => self.work,
        }
    }
}

impl NorFlash {
    /// A byte on `lines` lines: the answer.
    pub(super) fn hear(&self, frame: &mut Frame, out: u8, lines: u8, now: Instant) -> u8 {
        if frame.form == Form::Opcode {
            let (form, work) = self.instruction(out);
            let quad = matches!(form, Form::Read(4, ..) | Form::Read(_, _, 4) | Form::Program(_, 4));
            let heard = match form {
                Form::Status(..) => !self.asleep,
                _ if matches!(work, Work::ResetEnable | Work::Reset) => !self.asleep,
                _ if self.asleep => matches!(work, Work::WakeUp),
                _ => !self.is_busy(now),
            };
            let deaf = lines != 1 || !heard || quad && !self.is_quad();
            (frame.form, frame.work) = if deaf { (Form::Deaf, Work::None) } else { (form, work) };
            return 0xFF;
        }
        let n = frame.count;
        frame.count += 1;
        let expected = match frame.form {
            Form::Read(address, dummy, _) if n < 3 + dummy => address,
            Form::Read(.., data) => data,
            Form::Program(address, _) if n < 3 => address,
            Form::Program(_, data) => data,
            _ => 1,
        };
        if lines != expected {
            frame.form = Form::Deaf;
            return 0xFF;
        }
        let addressed =
            matches!(frame.form, Form::Maker | Form::Sfdp | Form::Read(..) | Form::Program(..) | Form::Erase(_));
        if addressed && n < 3 {
            frame.address = frame.address << 8 | u32::from(out);
            return 0xFF;
        }
        match frame.form {
            Form::Status(first, count) => self.status(first + n as usize % usize::from(count), now),
            Form::Identity => self.part.id[n as usize % 3],
            Form::Signature if n >= 3 => self.part.signature,
            Form::Maker => [self.part.id[0], self.part.signature][((n - 3 + frame.address) % 2) as usize],
            Form::Sfdp if n >= 4 => {
                let at = frame.address.wrapping_add(n - 4) as usize;
                self.part.sfdp.get(at / 4).map_or(0xFF, |word| word.to_le_bytes()[at % 4])
            }
            Form::Read(_, dummy, _) if n >= 3 + dummy => self.memory().byte(frame.address.wrapping_add(n - 3 - dummy)),
            Form::WriteStatus(first) => {
                if let Work::Status { values, count, .. } = &mut frame.work {
                    if let Some(value) = values.get_mut(n as usize) {
                        (*value, *count) = (out, n as usize + 1);
                    }
                } else {
                    frame.work = Work::Status { first, values: [out, 0, 0], count: 1 };
                }
                0xFF
            }
            Form::Program(..) => {
                self.load(frame, n - 3, out);
                0xFF
            }
            _ => 0xFF,
        }
    }

    /// A byte for the page, which wraps within itself.
    fn load(&self, frame: &mut Frame, n: u32, out: u8) {
        let at = frame.address.wrapping_add(n) as usize % PROGRAM;
        match &mut frame.work {
            Work::Program { page, .. } => page[at] = out,
            work => {
                let mut page = Box::new([0xFF; PROGRAM]);
                page[at] = out;
                *work = Work::Program { address: frame.address, page };
            }
        }
    }

    fn instruction(&self, opcode: u8) -> (Form, Work) {
        let part = self.part;
        let reads =
            (1..).zip(part.status_reads).find_map(|(n, known)| known.filter(|k| k.0 == opcode).map(|k| (n, k.1)));
        let writes = (1..).zip(part.status_writes).find(|(_, known)| *known == Some(opcode));
        let (quad_program, quad_address) = part.quad_program;
        let form = match opcode {
            0x06 => return (Form::Alone, Work::WriteEnable(true)),
            0x04 => return (Form::Alone, Work::WriteEnable(false)),
            // Of volatile status bits.
            0x50 if part.status_writes[0].is_some() => return (Form::Alone, Work::WriteEnable(true)),
            0x66 => return (Form::Alone, Work::ResetEnable),
            0x99 => return (Form::Alone, Work::Reset),
            0xB9 => return (Form::Alone, Work::Sleep),
            0xAB => return (Form::Signature, Work::WakeUp),
            0xC7 | 0x60 => return (Form::Alone, Work::EraseAll),
            0x05 => Form::Status(0, 1),
            0x01 => Form::WriteStatus(0),
            0x9F => Form::Identity,
            0x90 => Form::Maker,
            0x5A => Form::Sfdp,
            0x03 => Form::Read(1, 0, 1),
            0x0B => Form::Read(1, 1, 1),
            0x3B => Form::Read(1, 1, 2),
            0xBB => Form::Read(2, 1, 2),
            0x6B => Form::Read(1, 1, 4),
            0xEB => Form::Read(4, 3, 4),
            0x02 => Form::Program(1, 1),
            _ if opcode == quad_program => Form::Program(if quad_address { 4 } else { 1 }, 4),
            0x20 => Form::Erase(0x1000),
            0x52 => Form::Erase(0x8000),
            0xD8 => Form::Erase(0x1_0000),
            _ => match (reads, writes) {
                (Some((n, count)), _) => Form::Status(n, count),
                (None, Some((n, _))) => Form::WriteStatus(n),
                (None, None) => Form::Deaf,
            },
        };
        (form, Work::None)
    }
}
