//! The Cortex-M4's own registers, on its private peripheral bus (0xE000_0000 to 0xE00F_FFFF).
//!
//! 1. Exceptions are not taken yet: one that firmware has enabled and that becomes pending is the gap [`INTERRUPTS`].
//! 2. The trace macrocell (ETM) is not modelled; its page and the ROM table are known and answer 0.

mod dwt;
mod nvic;
mod scb;
mod systick;
mod trace;

pub use dwt::{DWT, Dwt};
pub use nvic::{LINES, NVIC, Nvic};
pub use scb::{SCB, Scb};
pub use systick::{SYSTICK, SysTick};
pub use trace::{FPB, ITM, TPIU, Trace};

use crate::kernel::{Alarm, Cx, Instant, Kind, Lint, LintLevel, Refusal, RegisterMap, Width, registers};

registers! { pub ETM, "ARMv7-M ARM, C1.9"; 0x000 ETMCR RW; 0xFB0 ETMLAR W; }
registers! { pub ROM, "ARMv7-M ARM, B3.2"; 0x000 ENTRY[8] R; 0xFD0 PID4 R; 0xFE0 PID0[4] R; 0xFF0 CID0[4] R; }

/// An exception that ought to be taken now.
pub static INTERRUPTS: Lint = Lint {
    name: "interrupts",
    kind: Kind::Gap,
    level: LintLevel::Warn,
    message: "an interrupt is enabled and pending, and handlers are not run yet",
    why: "exception entry is not modelled: the handler that firmware relies on does not run",
    help: "poll the event register instead of enabling its interrupt",
};

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
    systick: SysTick,
    dwt: Dwt,
    trace: Trace,
}

impl Ppb {
    /// The registers at `addr` and the offset among them; `None` where the bus has nothing.
    pub fn find(addr: u32) -> Option<(&'static RegisterMap, u16)> {
        Unit::at(addr).map(|(unit, at)| (unit.registers(), at))
    }

    /// Whether the register at `addr` takes accesses of less than a word: priorities, fault status (B3.2.2, B3.4.3) and stimulus ports.
    pub fn takes(addr: u32, width: Width) -> bool {
        width == Width::Word
            || matches!(addr, 0xE000_E400..0xE000_E4F0 | 0xE000_ED18..0xE000_ED24 | 0xE000_ED28..0xE000_ED2C)
            || matches!(addr, 0xE000_0000..0xE000_0080)
    }

    /// Whether an exception that firmware has enabled is pending.
    pub fn exception_pending(&self) -> bool {
        self.nvic.wanted() != 0 || self.scb.any_pending()
    }

    /// Whether an interrupt may still come: one is enabled, or SysTick's exception is.
    pub fn interrupt_possible(&self) -> bool {
        self.nvic.enabled() != 0 || self.systick.next_exception().is_some()
    }

    /// DWT.CYCCNT in core clock cycle `now`.
    #[inline]
    pub fn cycle_count(&self, now: u64) -> u32 {
        self.dwt.cycle_count(now)
    }

    /// Reads the word at `addr`; interrupt lines are `lines`.
    ///
    /// # Errors
    /// [`Refusal`] says what was wrong.
    pub fn read(&mut self, addr: u32, lines: u64, cx: &mut Cx) -> Result<u32, Refusal> {
        let now = cx.now().cycles();
        let (unit, at) = Unit::at(addr).ok_or(Refusal::Unmapped)?;
        self.nvic.sample(lines);
        match unit {
            Unit::Itm => self.trace.read_itm(at),
            Unit::Dwt => self.dwt.read(at, now),
            Unit::Fpb => self.trace.read_fpb(at),
            Unit::Tpiu => self.trace.read_tpiu(at),
            Unit::SysTick => self.systick.read(at, now),
            Unit::Nvic => self.nvic.read(at),
            Unit::Scb => self.scb.read(at, (self.nvic.any_pending(), self.nvic.most_urgent())),
            Unit::Etm | Unit::Rom => Err(Refusal::NotModelled(0)),
        }
    }

    /// Writes the word at `addr`; interrupt lines are `lines` and SysTick's alarm is `systick`.
    ///
    /// # Errors
    /// [`Refusal`] says what was wrong.
    pub fn write(&mut self, addr: u32, value: u32, lines: u64, systick: Alarm, cx: &mut Cx) -> Result<(), Refusal> {
        let now = cx.now().cycles();
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
                self.nvic.pend(value & 0x1FF);
                Ok(())
            }
            Unit::Scb => {
                let done = self.scb.write(at, value);
                self.dwt.trace(self.scb.demcr & scb::TRCENA != 0, now);
                done
            }
            Unit::Etm | Unit::Rom => Err(Refusal::NotModelled(0)),
        };
        self.notice(lines, cx);
        done
    }

    /// SysTick has reached 0.
    pub fn wake_systick(&mut self, alarm: Alarm, lines: u64, cx: &mut Cx) {
        self.systick.advance(cx.now().cycles());
        self.scb.pend_systick();
        self.arm(alarm, cx);
        self.notice(lines, cx);
    }

    /// Lets interrupt lines become pending, and says so when a handler ought to run.
    pub fn notice(&mut self, lines: u64, cx: &mut Cx) {
        self.nvic.sample(lines);
        let wanted = self.nvic.wanted();
        if wanted != 0 {
            let irq = wanted.trailing_zeros();
            cx.report(&INTERRUPTS, u64::from(irq) + 16, || format!("IRQ {irq}"));
        }
        if self.scb.any_pending() {
            cx.report(&INTERRUPTS, 0, || "SysTick, PendSV or NMI".to_owned());
        }
    }

    fn arm(&self, alarm: Alarm, cx: &mut Cx) {
        match self.systick.next_exception() {
            Some(cycle) => cx.wake_at(alarm, Instant::from_cycles(cycle)),
            None => cx.cancel(alarm),
        }
    }
}
