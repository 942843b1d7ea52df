//! The Cortex-M4's own registers, on its private peripheral bus (0xE000_0000 to 0xE00F_FFFF).
//!
//! 1. Taking exceptions, stacking and sleeping are the engine's: it asks [`Ppb`] what is pending and tells it what it did.
//! 2. What counts while the core sleeps is a choice ([`Ppb::fall_asleep`]): SysTick and DWT.CYCCNT stand still without the core clock. SLEEPCNT
//!    counts either way.
//! 3. The trace macrocell (ETM) is not modelled; its page and the ROM table are known and answer 0.

mod dwt;
mod fault;
mod mpu;
mod nvic;
mod scb;
mod systick;
mod trace;

pub use dwt::{DWT, Dwt};
pub use fault::{Fault, Raised};
pub use mpu::{Access as MpuAccess, Denied, Mpu, Page, Rights};
pub use nvic::{
    BUS_FAULT, DEBUG_MONITOR, HARD_FAULT, IRQ0, LINES, MEM_MANAGE, Masks, NMI, NVIC, Nvic, PEND_SV, SV_CALL, SYS_TICK,
    USAGE_FAULT,
};
pub use scb::{SCB, Scb};
pub use systick::{SYSTICK, SysTick};
pub use trace::{FPB, ITM, TPIU, Trace};

use crate::kernel::{Alarm, Cx, Instant, Refusal, RegisterMap, Width, registers};

registers! { pub ETM, "ARMv7-M ARM, C1.9"; 0x000 ETMCR RW; 0xFB0 ETMLAR W; }
registers! { pub ROM, "ARMv7-M ARM, B3.2"; 0x000 ENTRY[8] R; 0xFD0 PID4 R; 0xFE0 PID0[4] R; 0xFF0 CID0[4] R; }

/// Offsets of the MPU's registers from 0xE000_E000.
const MPU: core::ops::Range<u16> = 0xD90..0xDBC;

/// What is on the bus.
#[derive(Clone, Copy)]
enum Unit {
    Itm,
    Dwt,
    Fpb,
    SysTick,
    Nvic,
    Scb,
    Tpiu,
    Etm,
    Rom,
}

impl Unit {
    /// The unit at `addr` and the offset of the word from its base; SysTick's own base is 0xE000_E010.
    fn at(addr: u32) -> Option<(Self, u16)> {
        let at = (addr & 0xFFC) as u16;
        Some(match (addr & 0xFFFF_F000, at) {
            (0xE000_0000, _) => (Self::Itm, at),
            (0xE000_1000, _) => (Self::Dwt, at),
            (0xE000_2000, _) => (Self::Fpb, at),
            (0xE000_E000, 0x010..0x020) => (Self::SysTick, at - 0x010),
            (0xE000_E000, 0x100..0xD00) => (Self::Nvic, at),
            (0xE000_E000, _) => (Self::Scb, at),
            (0xE004_0000, _) => (Self::Tpiu, at),
            (0xE004_1000, _) => (Self::Etm, at),
            (0xE00F_F000, _) => (Self::Rom, at),
            _ => return None,
        })
    }

    fn registers(self) -> &'static RegisterMap {
        match self {
            Self::Itm => &ITM,
            Self::Dwt => &DWT,
            Self::Fpb => &FPB,
            Self::SysTick => &SYSTICK,
            Self::Nvic => &NVIC,
            Self::Scb => &SCB,
            Self::Tpiu => &TPIU,
            Self::Etm => &ETM,
            Self::Rom => &ROM,
        }
    }
}

/// The private peripheral bus and what is on it.
#[derive(Clone, Debug, Default)]
pub struct Ppb {
    /// System control block, debug and floating-point registers.
    pub scb: Scb,
    /// Interrupt controller.
    pub nvic: Nvic,
    /// Memory protection.
    pub mpu: Mpu,
    systick: SysTick,
    dwt: Dwt,
    trace: Trace,
    asleep: Option<Asleep>,
}

/// The core sleeps.
#[derive(Clone, Copy, Debug)]
struct Asleep {
    /// The first cycle of it.
    since: u64,
    /// The core clock is off.
    gated: bool,
}

impl Ppb {
    /// Everything on the bus: the address of offset 0, and registers.
    pub fn units() -> impl Iterator<Item = (u32, &'static RegisterMap)> {
        [
            (0xE000_0000, &ITM),
            (0xE000_1000, &DWT),
            (0xE000_2000, &FPB),
            (0xE000_E010, &SYSTICK),
            (0xE000_E000, &NVIC),
            (0xE000_E000, &SCB),
            (0xE004_0000, &TPIU),
            (0xE004_1000, &ETM),
            (0xE00F_F000, &ROM),
        ]
        .into_iter()
    }

    /// The registers at `addr` and the offset among them; `None` where the bus has nothing.
    pub fn find(addr: u32) -> Option<(&'static RegisterMap, u16)> {
        Unit::at(addr).map(|(unit, at)| (unit.registers(), at))
    }

    /// Whether the register at `addr` takes accesses of less than a word: priorities, fault status (B3.2.2, B3.4.3) and stimulus ports.
    pub fn takes(addr: u32, width: Width) -> bool {
        width == Width::Word
            || matches!(addr, 0xE000_E400..0xE000_E4F0 | 0xE000_ED18..0xE000_ED24 | 0xE000_ED28..0xE000_ED2C)
            || matches!(addr, 0xE000_0000..0xE000_0080)
            // MPU_RASR and its aliases, by half (Generic User Guide, 4.5.5).
            || width == Width::Half && matches!(addr & !3, 0xE000_EDA0 | 0xE000_EDA8 | 0xE000_EDB0 | 0xE000_EDB8)
    }

    /// Whether an interrupt may still come: one is enabled, or SysTick's exception is and its clock runs.
    pub fn interrupt_possible(&self) -> bool {
        let gated = self.asleep.is_some_and(|asleep| asleep.gated);
        self.nvic.irq_enabled() || !gated && self.systick.next_exception().is_some()
    }

    /// The core waits in WFI or WFE from now on. When the core clock is `gated` meanwhile, SysTick, whose alarm is `systick`, and
    /// CYCCNT stand still until [`Ppb::wake_up`].
    pub fn fall_asleep(&mut self, gated: bool, systick: Alarm, cx: &mut Cx) {
        self.asleep = Some(Asleep { since: cx.now().cycles_ceil(), gated });
        if gated {
            cx.cancel(systick);
        }
    }

    /// The core goes on now. Nothing happens when it did not sleep.
    pub fn wake_up(&mut self, systick: Alarm, cx: &mut Cx) {
        let Some(Asleep { since, gated }) = self.asleep.take() else { return };
        let now = cx.now().cycles();
        self.dwt.slept(since, now, gated);
        if gated {
            self.systick.slept(since, now);
            self.arm(systick, cx);
        }
    }

    /// Entering or leaving an exception took `cycles`, for DWT.EXCCNT.
    pub fn exception_took(&mut self, cycles: u32) {
        self.dwt.exception(cycles.into());
    }

    /// An instruction has caused `fault`: leaves its marks and says what is taken.
    pub fn raise(&mut self, fault: Fault, masks: Masks) -> Raised {
        fault::raise(&mut self.scb, &mut self.nvic, fault, masks)
    }

    /// SVC: says what is taken.
    pub fn supervisor_call(&mut self, masks: Masks) -> Raised {
        fault::supervisor_call(&mut self.scb, &mut self.nvic, masks)
    }

    /// Nothing answered a buffered store.
    pub fn imprecise_fault(&mut self) {
        fault::imprecise(&mut self.scb, &mut self.nvic);
    }

    /// DWT.CYCCNT in core clock cycle `now`.
    #[inline]
    pub fn cycle_count(&self, now: u64) -> u32 {
        self.dwt.cycle_count(self.core_clock(now))
    }

    /// Reads the word at `addr`; interrupt lines are `lines`.
    ///
    /// # Errors
    /// [`Refusal`] says what was wrong.
    pub fn read(&mut self, addr: u32, lines: u64, cx: &mut Cx) -> Result<u32, Refusal> {
        let now = self.core_clock(cx.now().cycles());
        let (unit, at) = Unit::at(addr).ok_or(Refusal::Unmapped)?;
        self.nvic.sample(lines);
        match unit {
            Unit::Itm => self.trace.read_itm(at),
            Unit::Dwt => self.dwt.read(at, now),
            Unit::Fpb => self.trace.read_fpb(at),
            Unit::Tpiu => self.trace.read_tpiu(at),
            Unit::SysTick => self.systick.read(at, now),
            Unit::Nvic => self.nvic.read(at),
            Unit::Scb if MPU.contains(&at) => self.mpu.read(at),
            Unit::Scb => self.scb.read(at, &self.nvic),
            Unit::Etm | Unit::Rom => Err(Refusal::NotModelled(0)),
        }
    }

    /// Writes the word at `addr`; interrupt lines are `lines` and SysTick's alarm is `systick`.
    ///
    /// # Errors
    /// [`Refusal`] says what was wrong.
    pub fn write(&mut self, addr: u32, value: u32, lines: u64, systick: Alarm, cx: &mut Cx) -> Result<(), Refusal> {
        let now = self.core_clock(cx.now().cycles());
        let (unit, at) = Unit::at(addr).ok_or(Refusal::Unmapped)?;
        let done = match unit {
            Unit::Itm => self.trace.write_itm(at, value),
            Unit::Dwt => self.dwt.write(at, value, now),
            Unit::Fpb => self.trace.write_fpb(at, value),
            Unit::Tpiu => self.trace.write_tpiu(at, value),
            Unit::SysTick => {
                let done = self.systick.write(at, value, now);
                self.arm(systick, cx);
                done
            }
            Unit::Nvic => self.nvic.write(at, value),
            Unit::Scb if at == 0xF00 => {
                self.nvic.pend((value & 0x1FF).saturating_add(IRQ0.into()).min(u8::MAX.into()) as u8);
                Ok(())
            }
            Unit::Scb if MPU.contains(&at) => self.mpu.write(at, value),
            Unit::Scb => {
                let done = self.scb.write(at, value, &mut self.nvic);
                self.dwt.trace(self.scb.demcr & scb::TRCENA != 0, now);
                done
            }
            Unit::Etm | Unit::Rom => Err(Refusal::NotModelled(0)),
        };
        self.nvic.sample(lines);
        done
    }

    /// SysTick has reached 0.
    pub fn wake_systick(&mut self, alarm: Alarm, lines: u64, cx: &mut Cx) {
        self.systick.advance(cx.now().cycles());
        self.nvic.pend(SYS_TICK);
        self.arm(alarm, cx);
        self.nvic.sample(lines);
    }

    /// The cycle that the core clock has come to in cycle `now`: while it is off, that in which it stopped. A debugger may look then.
    fn core_clock(&self, now: u64) -> u64 {
        match self.asleep {
            Some(Asleep { since, gated: true }) => since.min(now),
            _ => now,
        }
    }

    fn arm(&self, alarm: Alarm, cx: &mut Cx) {
        let gated = self.asleep.is_some_and(|asleep| asleep.gated);
        match self.systick.next_exception().filter(|_| !gated) {
            Some(cycle) => cx.wake_at(alarm, Instant::from_cycles(cycle)),
            None => cx.cancel(alarm),
        }
    }
}
