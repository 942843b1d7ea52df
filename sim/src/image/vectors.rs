//! Vector tables: where a run starts (ARMv7-M ARM, B1.5.3 "The vector table").

use super::{Image, VectorProblem, memory};

/// Where a run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Address of the vector table.
    pub vtor: u32,
    /// Initial main stack pointer; its two low bits are 0.
    pub sp: u32,
    /// First instruction, Thumb bit cleared.
    pub pc: u32,
}

/// Names of the system exceptions by number; empty where there is none.
pub const EXCEPTIONS: [&str; 16] = [
    "initial SP",
    "Reset",
    "NMI",
    "HardFault",
    "MemManage",
    "BusFault",
    "UsageFault",
    "",
    "",
    "",
    "",
    "SVCall",
    "DebugMonitor",
    "",
    "PendSV",
    "SysTick",
];

/// External interrupts of the nRF52840 by number (nRF52840 PS v1.7, Memory, Instantiation); empty where there is none.
const INTERRUPTS: [&str; 48] = [
    "POWER_CLOCK",
    "RADIO",
    "UARTE0_UART0",
    "SPIM0_SPIS0_TWIM0_TWIS0_SPI0_TWI0",
    "SPIM1_SPIS1_TWIM1_TWIS1_SPI1_TWI1",
    "NFCT",
    "GPIOTE",
    "SAADC",
    "TIMER0",
    "TIMER1",
    "TIMER2",
    "RTC0",
    "TEMP",
    "RNG",
    "ECB",
    "CCM_AAR",
    "WDT",
    "RTC1",
    "QDEC",
    "COMP_LPCOMP",
    "SWI0_EGU0",
    "SWI1_EGU1",
    "SWI2_EGU2",
    "SWI3_EGU3",
    "SWI4_EGU4",
    "SWI5_EGU5",
    "TIMER3",
    "TIMER4",
    "PWM0",
    "PDM",
    "",
    "",
    "MWU",
    "PWM1",
    "PWM2",
    "SPIM2_SPIS2_SPI2",
    "RTC2",
    "I2S",
    "FPU",
    "USBD",
    "UARTE1",
    "QSPI",
    "CRYPTOCELL",
    "",
    "",
    "PWM3",
    "",
    "SPIM3",
];

/// The name of vector `number`: an exception, or the interrupt `number - 16`.
pub fn vector_name(number: usize) -> Option<&'static str> {
    let name = match number {
        0..16 => EXCEPTIONS.get(number),
        _ => INTERRUPTS.get(number - 16),
    };
    name.copied().filter(|name| !name.is_empty())
}

/// VTOR has no bits 6 to 0.
const ALIGNMENT: u32 = 0x80;

/// The lowest valid vector table of `image`: at the start of one of its segments, or at address 0. `holds` tells whether
/// some image has a byte at an address.
pub(super) fn find(image: &Image, holds: &dyn Fn(u32) -> bool) -> Result<Start, VectorProblem> {
    let mut closest: Option<(u8, VectorProblem)> = None;
    for at in image.segments.iter().map(|s| s.addr).filter(|at| at % ALIGNMENT == 0) {
        let (Some(sp), Some(reset)) = (image.word(at), at.checked_add(4).and_then(|next| image.word(next))) else {
            continue;
        };
        let stack_ok = memory::is_stack_top(sp);
        let (thumb, inside) = (reset & 1 == 1, holds(reset & !1));
        let (likeness, problem) = match (stack_ok, inside, thumb) {
            (true, true, true) => return Ok(Start { vtor: at, sp: sp & !3, pc: reset & !1 }),
            (false, true, true) => (2, VectorProblem::StackOutsideRam { at, sp }),
            (true, true, false) => (2, VectorProblem::NoThumbBit { at, reset }),
            (true, false, true) => (1, VectorProblem::ResetOutside { at, reset }),
            _ => (0, VectorProblem::Missing { at, sp, reset }),
        };
        if closest.is_none_or(|(best, _)| likeness > best) {
            closest = Some((likeness, problem));
        }
    }
    Err(closest.map_or(VectorProblem::NoPlace, |(_, problem)| problem))
}
