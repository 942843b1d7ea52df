//! ITM, with TPIU and the flash patch unit as storage (ARMv7-M Architecture Reference Manual, C1.7, C1.10 and C1.11).
//!
//! 1. What is written to stimulus port 0 is text, each byte of it, as an SWO viewer has it. Other ports carry data of tools:
//!    writing to one that is on is a gap by its name.
//! 2. Nobody but firmware sets DEMCR.TRCENA, TCR.ITMENA and TER; the debugger that does it on a desk is not there.
//! 3. A port that is on is always ready, since trace leaves at once, whatever TPIU is set to: no time, no overflow, no packets.
//! 4. TPR is kept and has no effect.
//! 5. Breakpoints and patches have no effect: switching the flash patch unit on is a gap.

use super::{Ppb, scb};
use crate::kernel::{ConsolePort, Cx, Refusal, Width, registers};

registers! { pub ITM, "ARMv7-M ARM, C1.7.2";
    0x000 STIM[32] RW;
    0xE00 TER RW;
    0xE40 TPR RW;
    0xE80 TCR RW;
    0xFB0 LAR W;
    0xFB4 LSR R;
}
registers! { pub FPB, "ARMv7-M ARM, C1.11.2";
    0x00 FP_CTRL RW reset 0x260;
    0x04 FP_REMAP RW reset 0x2000_0000;
    0x08 FP_COMP[8] RW;
}
registers! { pub TPIU, "ARMv7-M ARM, C1.10.2; Cortex-M4 TRM r0p1, 11.3";
    0x000 SSPSR R reset 0xF;
    0x004 CSPSR RW reset 1;
    0x010 ACPR RW;
    0x0F0 SPPR RW reset 1;
    0x300 FFSR R reset 8;
    0x304 FFCR RW reset 0x102;
    0xFC8 TYPE R reset 0xCA1;
}

/// Values of the three blocks.
#[derive(Clone, Debug)]
pub struct Trace {
    ter: u32,
    tpr: u32,
    tcr: u32,
    fp_ctrl: u32,
    fp_comp: [u32; 8],
    cspsr: u32,
    acpr: u32,
    sppr: u32,
    ffcr: u32,
}

impl Default for Trace {
    fn default() -> Self {
        Self { ter: 0, tpr: 0, tcr: 0, fp_ctrl: 0, fp_comp: [0; 8], cspsr: 1, acpr: 0, sppr: 1, ffcr: 0x102 }
    }
}

impl Ppb {
    /// Writes to the stimulus port at `addr` (0xE000_0000 to 0xE000_007F). Unlike in other registers a byte, a half-word and a
    /// word are different things there: what is written is what is sent (C1.7.3).
    ///
    /// # Errors
    /// [`Refusal::NotModelled`] for a port other than 0 that is on.
    pub fn stimulus(&mut self, addr: u32, width: Width, value: u32, cx: &mut Cx) -> Result<(), Refusal> {
        let port = (addr % 0x80 / 4) as u16;
        if self.scb.demcr & scb::TRCENA == 0 || !self.trace.port_is_on(port) {
            return Ok(());
        }
        if port != 0 {
            return Err(Refusal::NotModelled(0));
        }
        let bytes = width.bytes().min(4 - addr % 4);
        value.to_le_bytes().into_iter().take(bytes as usize).for_each(|byte| cx.console(ConsolePort::Itm, byte));
        Ok(())
    }
}

impl Trace {
    fn port_is_on(&self, port: u16) -> bool {
        self.tcr & 1 != 0 && self.ter & 1 << (port & 31) != 0
    }

    pub(super) fn read_itm(&self, at: u16) -> Result<u32, Refusal> {
        Ok(match at {
            0x000..0x080 => u32::from(self.port_is_on(at / 4)),
            0xE00 => self.ter,
            0xE40 => self.tpr,
            0xE80 => self.tcr,
            _ => ITM.find(at).ok_or(Refusal::Unmapped)?.0.reset,
        })
    }

    pub(super) fn write_itm(&mut self, at: u16, value: u32) -> Result<(), Refusal> {
        match at {
            // Writes to stimulus ports take their own way, [`Ppb::stimulus`].
            0x000..0x080 | 0xFB0 => {}
            0xE00 => self.ter = value,
            0xE40 => self.tpr = value & 0xF,
            0xE80 => self.tcr = value & 0x007F_0F1F,
            0xFB4 => return Err(Refusal::ReadOnly),
            _ => return Err(Refusal::Unmapped),
        }
        Ok(())
    }

    pub(super) fn read_fpb(&self, at: u16) -> Result<u32, Refusal> {
        Ok(match at {
            0x00 => 0x260 | self.fp_ctrl,
            0x08..0x28 => self.fp_comp[usize::from(at / 4 - 2)],
            _ => FPB.find(at).ok_or(Refusal::Unmapped)?.0.reset,
        })
    }

    pub(super) fn write_fpb(&mut self, at: u16, value: u32) -> Result<(), Refusal> {
        match at {
            // KEY must be written as 1 for the write to count.
            0x00 if value & 2 != 0 => {
                self.fp_ctrl = value & 1;
                if value & 1 != 0 {
                    return Err(Refusal::NotModelled(0));
                }
            }
            0x00 => {}
            0x08..0x28 => self.fp_comp[usize::from(at / 4 - 2)] = value & 0xDFFF_FFFD,
            0x04 if value == 0x2000_0000 => {}
            0x04 => return Err(Refusal::NotModelled(0)),
            _ => return Err(Refusal::Unmapped),
        }
        Ok(())
    }

    pub(super) fn read_tpiu(&self, at: u16) -> Result<u32, Refusal> {
        Ok(match at {
            0x004 => self.cspsr,
            0x010 => self.acpr,
            0x0F0 => self.sppr,
            0x304 => self.ffcr,
            _ => TPIU.find(at).ok_or(Refusal::Unmapped)?.0.reset,
        })
    }

    pub(super) fn write_tpiu(&mut self, at: u16, value: u32) -> Result<(), Refusal> {
        match at {
            0x004 => self.cspsr = value & 0xF,
            0x010 => self.acpr = value & 0x1FFF,
            0x0F0 => self.sppr = value & 3,
            0x304 => self.ffcr = value & 2 | 0x100,
            _ => return Err(if TPIU.find(at).is_some() { Refusal::ReadOnly } else { Refusal::Unmapped }),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_register_starts_with_its_reset_value() {
        let t = Trace::default();
        for (map, read) in [
            (&ITM, Trace::read_itm as fn(&Trace, u16) -> Result<u32, Refusal>),
            (&FPB, Trace::read_fpb),
            (&TPIU, Trace::read_tpiu),
        ] {
            for register in map.registers {
                assert_eq!(read(&t, register.offset), Ok(register.reset), "{} {}", map.block, register.name);
            }
        }
    }

    #[test]
    fn a_stimulus_port_is_ready_only_when_it_is_on() {
        let mut t = Trace::default();
        assert_eq!(t.read_itm(0), Ok(0));
        t.write_itm(0xE80, 1).unwrap();
        t.write_itm(0xE00, 1).unwrap();
        assert_eq!((t.read_itm(0), t.read_itm(4)), (Ok(1), Ok(0)));
    }
}
