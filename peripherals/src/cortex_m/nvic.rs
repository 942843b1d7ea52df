//! The interrupt controller: which exceptions are pending, active and enabled, with what priority, and which comes next
//! (ARMv7-M Architecture Reference Manual, B1.5.1 to B1.5.5 and B3.4). Pure functions of its state and of the interrupt lines;
//! taking an exception, stacking and the core's registers are the engine's.
//!
//! 1. Exceptions go by their number: 2 NMI, 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault, 11 SVCall, 12 DebugMonitor,
//!    14 PendSV, 15 SysTick, 16 + n IRQ n. With 48 lines that is one bit of a word each.
//! 2. Three bits of priority, as on the nRF52840; reset has no state here.
//! 3. A line pends at its rising edge, also while its handler runs, and by its level whenever that handler is not active
//!    (Cortex-M4 Devices Generic User Guide, 4.2.9 "Level-sensitive and pulse interrupts").

use crate::kernel::{Refusal, registers};

registers! { pub NVIC, "ARMv7-M ARM, B3.4.3";
    0x100 ISER[2] RW;
    0x180 ICER[2] RW;
    0x200 ISPR[2] RW;
    0x280 ICPR[2] RW;
    0x300 IABR[2] R;
    0x400 IPR[12] RW;
}

/// Interrupt lines there are (nRF52840 SVD, `NUM_IRQ`).
pub const LINES: u32 = 48;
/// The exception of IRQ 0.
pub const IRQ0: u8 = 16;
/// Bits of priority that exist.
const PRIORITY: u8 = 0xE0;
const EXCEPTIONS: usize = IRQ0 as usize + LINES as usize;
const IRQS: u64 = u64::MAX << IRQ0;
/// Exceptions that need no enabling; MemManage, BusFault and UsageFault do, by SHCSR.
const ALWAYS: u64 = 1 << NMI | 1 << HARD_FAULT | 1 << SV_CALL | 1 << DEBUG_MONITOR | 1 << PEND_SV | 1 << SYS_TICK;

/// NMI's exception number.
pub const NMI: u8 = 2;
/// HardFault's exception number.
pub const HARD_FAULT: u8 = 3;
/// MemManage's exception number.
pub const MEM_MANAGE: u8 = 4;
/// BusFault's exception number.
pub const BUS_FAULT: u8 = 5;
/// UsageFault's exception number.
pub const USAGE_FAULT: u8 = 6;
/// SVCall's exception number.
pub const SV_CALL: u8 = 11;
/// DebugMonitor's exception number.
pub const DEBUG_MONITOR: u8 = 12;
/// PendSV's exception number.
pub const PEND_SV: u8 = 14;
/// SysTick's exception number.
pub const SYS_TICK: u8 = 15;

/// The core's mask registers (ARMv7-M ARM, B1.4.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    /// PRIMASK: only NMI and HardFault come through.
    pub primask: bool,
    /// FAULTMASK: only NMI comes through.
    pub faultmask: bool,
    /// BASEPRI: nothing of this priority or less urgent comes through; 0 masks nothing.
    pub basepri: u8,
}

/// Every exception's state; bit n is exception n.
#[derive(Clone, Debug)]
pub struct Nvic {
    enabled: u64,
    pending: u64,
    active: u64,
    priority: [u8; EXCEPTIONS],
    /// AIRCR.PRIGROUP.
    prigroup: u8,
    /// The lines as they were last seen.
    lines: u64,
    changed: bool,
    became_pending: bool,
}

impl Default for Nvic {
    fn default() -> Self {
        Self {
            enabled: ALWAYS,
            pending: 0,
            active: 0,
            priority: [0; EXCEPTIONS],
            prigroup: 0,
            lines: 0,
            changed: false,
            became_pending: false,
        }
    }
}

impl Nvic {
    /// Lets levels of interrupt lines become pending; bit n is IRQ n.
    #[inline]
    pub fn sample(&mut self, lines: u64) {
        let lines = lines << IRQ0;
        let rising = lines & !self.lines;
        self.lines = lines;
        self.set_pending(rising | lines & !self.active);
    }

    fn set_pending(&mut self, exceptions: u64) {
        let new = exceptions & !self.pending;
        if new != 0 {
            self.pending |= new;
            self.changed |= new & self.enabled != 0;
            self.became_pending = true;
        }
    }

    /// Pends `exception`; numbers without an exception are ignored.
    pub fn pend(&mut self, exception: u8) {
        if usize::from(exception) < EXCEPTIONS {
            self.set_pending(1 << exception);
        }
    }

    /// Takes back that `exception` is pending; a line that is up pends again at the next look.
    pub fn unpend(&mut self, exception: u8) {
        self.pending &= !(1 << (exception & 63));
    }

    /// Whether `exception` is pending.
    pub fn is_pending(&self, exception: u8) -> bool {
        self.pending >> (exception & 63) & 1 != 0
    }

    /// Whether `exception` is active.
    pub fn is_active(&self, exception: u8) -> bool {
        self.active >> (exception & 63) & 1 != 0
    }

    /// Whether `exception` is enabled.
    pub fn is_enabled(&self, exception: u8) -> bool {
        self.enabled >> (exception & 63) & 1 != 0
    }

    /// Enables or disables `exception`, as SHCSR does for MemManage, BusFault and UsageFault.
    pub(super) fn enable(&mut self, exception: u8, on: bool) {
        self.changed = true;
        let bit = 1u64 << (exception & 63);
        self.enabled = if on { self.enabled | bit } else { self.enabled & !bit };
    }

    /// Exceptions that are active, as a number.
    pub fn active_count(&self) -> u32 {
        self.active.count_ones()
    }

    /// Whether an exception is enabled and pending, whatever masks it.
    #[inline]
    pub fn is_waiting(&self) -> bool {
        self.pending & self.enabled != 0
    }

    /// Whether a line's interrupt is enabled.
    pub fn irq_enabled(&self) -> bool {
        self.enabled & IRQS != 0
    }

    /// Whether `irq`'s interrupt is enabled.
    pub fn irq_is_enabled(&self, irq: u8) -> bool {
        self.is_enabled(IRQ0 + irq)
    }

    /// Whether something that decides which exception comes next has changed since [`Nvic::looked`].
    #[inline]
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// The engine has looked which exception comes next.
    pub fn looked(&mut self) {
        self.changed = false;
    }

    /// Whether something has become pending since the last call: with SCR.SEVONPEND that is an event for WFE.
    pub fn take_became_pending(&mut self) -> bool {
        core::mem::take(&mut self.became_pending)
    }

    /// The configured priority of `exception`; less is more urgent (B1.5.4).
    pub fn priority(&self, exception: u8) -> i16 {
        match exception {
            0 | 1 => -3,
            NMI => -2,
            HARD_FAULT => -1,
            _ => self.priority.get(usize::from(exception)).map_or(256, |&byte| i16::from(byte)),
        }
    }

    /// The part of a priority that decides about preemption (B1.5.4 "Priority grouping").
    fn group(&self, priority: i16) -> i16 {
        if priority < 0 { priority } else { priority & !((2 << self.prigroup) - 1) }
    }

    /// The priority at which the core runs (B1.5.4, `ExecutionPriority`); 256 when nothing is active and nothing is masked.
    pub fn execution_priority(&self, masks: Masks) -> i16 {
        let mut most_urgent = 256;
        let mut active = self.active;
        while active != 0 {
            let exception = active.trailing_zeros() as u8;
            active &= active - 1;
            most_urgent = most_urgent.min(self.group(self.priority(exception)));
        }
        if masks.basepri != 0 {
            most_urgent = most_urgent.min(self.group(i16::from(masks.basepri & PRIORITY)));
        }
        if masks.primask {
            most_urgent = most_urgent.min(0);
        }
        if masks.faultmask {
            most_urgent = most_urgent.min(-1);
        }
        most_urgent
    }

    /// The most urgent exception that is pending and enabled, the lower number among equals.
    pub fn most_urgent(&self) -> Option<u8> {
        let mut waiting = self.pending & self.enabled;
        let mut best: Option<(i16, u8)> = None;
        while waiting != 0 {
            let exception = waiting.trailing_zeros() as u8;
            waiting &= waiting - 1;
            let candidate = (self.priority(exception), exception);
            if best.is_none_or(|best| candidate < best) {
                best = Some(candidate);
            }
        }
        best.map(|(_, exception)| exception)
    }

    /// The exception that the core takes now, if it takes one (B1.5.4: preemption compares group priorities).
    pub fn next(&self, masks: Masks) -> Option<u8> {
        let exception = self.most_urgent()?;
        self.preempts(exception, masks).then_some(exception)
    }

    /// Whether `exception` is urgent enough to interrupt what runs.
    pub fn preempts(&self, exception: u8, masks: Masks) -> bool {
        self.group(self.priority(exception)) < self.execution_priority(masks)
    }

    /// Whether an exception is pending that wakes the core from WFI: one that would be taken if PRIMASK were clear
    /// (B1.5.19).
    pub fn wakes(&self, masks: Masks) -> bool {
        self.next(Masks { primask: false, ..masks }).is_some()
    }

    /// The core enters `exception`.
    pub fn activate(&mut self, exception: u8) {
        let bit = 1u64 << (exception & 63);
        self.pending &= !bit;
        self.active |= bit;
        self.changed = true;
        // A line that stays up does not pend while its handler runs.
    }

    /// The core leaves `exception`: its line is looked at again.
    pub fn deactivate(&mut self, exception: u8) {
        self.active &= !(1u64 << (exception & 63));
        self.changed = true;
        self.set_pending(self.lines & !self.active);
    }

    /// AIRCR.PRIGROUP.
    pub(super) fn set_prigroup(&mut self, prigroup: u8) {
        self.prigroup = prigroup & 7;
        self.changed = true;
    }

    /// Any interrupt line's exception pending, for ICSR.ISRPENDING.
    pub(super) fn irq_pending(&self) -> bool {
        self.pending & IRQS != 0
    }

    /// The bytes of SHPR1 to SHPR3: exceptions `4 * index + 4` and the three behind it.
    pub(super) fn system_priorities(&self, index: u8) -> u32 {
        let first = usize::from(4 * index + 4);
        self.priority.get(first..first + 4).map_or(0, |p| u32::from_le_bytes([p[0], p[1], p[2], p[3]]))
    }

    /// Sets them; those without an exception of configurable priority stay 0.
    pub(super) fn set_system_priorities(&mut self, index: u8, value: u32) {
        const CONFIGURABLE: u32 = 1 << 4 | 1 << 5 | 1 << 6 | 1 << 11 | 1 << 12 | 1 << 14 | 1 << 15;
        let first = 4 * index + 4;
        for (byte, exception) in value.to_le_bytes().into_iter().zip(first..) {
            if CONFIGURABLE >> exception & 1 != 0 {
                self.set_priority(exception, byte);
            }
        }
    }

    fn set_priority(&mut self, exception: u8, byte: u8) {
        if let Some(place) = self.priority.get_mut(usize::from(exception)) {
            *place = byte & PRIORITY;
            self.changed = true;
        }
    }

    /// Sets active bits by hand, as a write to SHCSR does.
    pub(super) fn set_active(&mut self, exception: u8, on: bool) {
        let bit = 1u64 << (exception & 63);
        self.active = if on { self.active | bit } else { self.active & !bit };
        self.changed = true;
    }

    /// Reads the register at `at` from 0xE000_E000.
    pub(super) fn read(&self, at: u16) -> Result<u32, Refusal> {
        let half = |all: u64, index: u16| if index < 2 { (all >> IRQ0 >> (32 * index)) as u32 } else { 0 };
        let index = at % 0x80 / 4;
        Ok(match at {
            0x100..0x120 | 0x180..0x1A0 => half(self.enabled, index),
            0x200..0x220 | 0x280..0x2A0 => half(self.pending, index),
            0x300..0x320 => half(self.active, index),
            0x400..0x430 => {
                let first = usize::from(at - 0x400) + usize::from(IRQ0);
                self.priority.get(first..first + 4).map_or(0, |p| u32::from_le_bytes([p[0], p[1], p[2], p[3]]))
            }
            0x430..0x4F0 => 0,
            _ => return Err(Refusal::Unmapped),
        })
    }

    /// Writes the register at `at` from 0xE000_E000.
    pub(super) fn write(&mut self, at: u16, value: u32) -> Result<(), Refusal> {
        let index = at % 0x80 / 4;
        let bits = if index < 2 { (u64::from(value) << (32 * index)) << IRQ0 } else { 0 };
        match at {
            0x100..0x120 => self.enabled |= bits,
            0x180..0x1A0 => self.enabled &= !bits,
            0x200..0x220 => self.set_pending(bits),
            0x280..0x2A0 => {
                self.pending &= !bits;
                // What is cleared while its line is up pends again at once.
                self.set_pending(self.lines & !self.active);
            }
            0x300..0x320 => return Err(Refusal::ReadOnly),
            0x400..0x430 => {
                for (byte, irq) in value.to_le_bytes().into_iter().zip((at - 0x400) as u8..) {
                    self.set_priority(IRQ0 + irq, byte);
                }
            }
            0x430..0x4F0 => {}
            _ => return Err(Refusal::Unmapped),
        }
        self.changed = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Masks = Masks { primask: false, faultmask: false, basepri: 0 };

    fn with(enabled: u32, priorities: &[(u8, u8)]) -> Nvic {
        let mut n = Nvic::default();
        n.write(0x100, enabled).unwrap();
        for &(irq, priority) in priorities {
            n.set_priority(IRQ0 + irq, priority);
        }
        n
    }

    #[test]
    fn set_and_clear_registers_show_the_same_state() {
        let mut n = Nvic::default();
        n.write(0x100, 0b1010).unwrap();
        n.write(0x180, 0b0010).unwrap();
        assert_eq!((n.read(0x100), n.read(0x180)), (Ok(0b1000), Ok(0b1000)));
        n.write(0x104, 0xFFFF_FFFF).unwrap();
        assert_eq!(n.read(0x104), Ok(0xFFFF), "there are 48 lines");
    }

    /// B3.4.6: clearing has no effect while the line is up.
    #[test]
    fn a_line_that_stays_up_pends_again() {
        let mut n = with(1 << 8, &[]);
        n.sample(1 << 8);
        n.write(0x280, 1 << 8).unwrap();
        assert!(n.is_waiting());
        n.sample(0);
        n.write(0x280, 1 << 8).unwrap();
        assert!(!n.is_waiting());
    }

    /// Generic User Guide, 4.2.9: a line that went down is remembered until its handler runs.
    #[test]
    fn a_line_that_went_down_again_stays_pending() {
        let mut n = with(1, &[]);
        n.sample(1);
        n.sample(0);
        assert_eq!(n.next(NONE), Some(16));
    }

    #[test]
    fn a_line_that_is_up_when_its_handler_ends_pends_again() {
        let mut n = with(1, &[]);
        n.sample(1);
        n.activate(16);
        n.sample(1);
        assert!(!n.is_waiting(), "not while it is being served");
        n.deactivate(16);
        assert_eq!(n.next(NONE), Some(16));
    }

    #[test]
    fn a_pulse_while_its_handler_runs_pends_it_once_more() {
        let mut n = with(1, &[]);
        n.sample(1);
        n.activate(16);
        n.sample(0);
        n.sample(1);
        n.sample(0);
        assert!(n.is_pending(16) && n.is_active(16));
        n.deactivate(16);
        assert_eq!(n.next(NONE), Some(16));
    }

    #[test]
    fn the_lower_number_wins_among_equals_and_priority_before_that() {
        let mut n = with(u32::MAX, &[]);
        n.write(0x200, 1 << 3 | 1 << 5).unwrap();
        assert_eq!(n.most_urgent(), Some(16 + 3));
        n.write(0x400, 0x6000_0000).unwrap();
        assert_eq!(n.most_urgent(), Some(16 + 5));
    }

    #[test]
    fn priorities_keep_three_bits() {
        let mut n = Nvic::default();
        n.write(0x404, 0xFF_7F_3F_1F).unwrap();
        assert_eq!(n.read(0x404), Ok(0xE0_60_20_00));
        n.set_system_priorities(2, 0xFFFF_FFFF);
        assert_eq!(n.system_priorities(2), 0xE0E0_00E0, "13 is no exception");
    }

    /// B1.5.4: the subpriority orders what is pending, and only the group preempts.
    #[test]
    fn a_subpriority_does_not_preempt() {
        let mut n = with(0b11, &[(0, 0x60), (1, 0x40)]);
        n.set_prigroup(6);
        n.pend(16);
        n.activate(16);
        n.pend(17);
        assert_eq!(n.next(NONE), None, "0x40 and 0x60 are one group when bit 7 alone is the group");
        n.set_prigroup(5);
        assert_eq!(n.next(NONE), None, "bits 7 and 6: 0x40 both");
        n.set_prigroup(4);
        assert_eq!(n.next(NONE), Some(17));
    }

    #[test]
    fn masks_hold_back_what_the_manual_says() {
        let mut n = with(0b11, &[(0, 0x40), (1, 0x80)]);
        n.pend(17);
        assert_eq!(n.next(Masks { basepri: 0x80, ..NONE }), None);
        assert_eq!(n.next(Masks { basepri: 0xA0, ..NONE }), Some(17));
        n.pend(16);
        assert_eq!(n.next(Masks { basepri: 0x80, ..NONE }), Some(16));
        let primask = Masks { primask: true, ..NONE };
        assert_eq!((n.next(primask), n.wakes(primask)), (None, true));
        n.pend(HARD_FAULT);
        assert_eq!(n.next(primask), Some(HARD_FAULT));
        let faultmask = Masks { faultmask: true, ..NONE };
        assert_eq!(n.next(faultmask), None);
        n.pend(NMI);
        assert_eq!(n.next(faultmask), Some(NMI));
    }

    #[test]
    fn a_fault_that_is_not_enabled_is_not_taken_by_itself() {
        let mut n = Nvic::default();
        n.pend(BUS_FAULT);
        assert_eq!(n.next(NONE), None);
        n.enable(BUS_FAULT, true);
        assert_eq!(n.next(NONE), Some(BUS_FAULT));
    }
}
