//! Where everything is: base addresses, interrupt numbers, and which blocks share a page (nRF52840 Product Specification v1.7,
//! Instantiation).

use super::names::{crypto, media, radio, system};
use super::{
    acl, clock, comparator, ecb, egu, gpio, gpiote, information, link, nvmc, power, ppi, pwm, qdec, rng, rtc, saadc,
    serial, temp, timer, uart, usbd, watchdog,
};
use crate::kernel::RegisterMap;
use core::ops::Range;

/// GPIO's page: P0, with P1 at 0x300 above.
pub const GPIO: u32 = 0x5000_0000;
/// FICR's page.
pub const FICR: u32 = 0x1000_0000;
/// UICR's page.
pub const UICR: u32 = 0x1000_1000;
/// Bytes in a page.
pub const PAGE: u32 = 0x1000;

/// Everything on the bus that is no memory, for whoever routes accesses to [`super::Soc`]. Inside these ranges the SoC decides
/// what faults.
pub const RANGES: [Range<u32>; 7] = [
    FICR..UICR + PAGE,
    0x4000_0000..0x4003_0000,
    0x4006_E000..0x4006_F000,
    0x4007_A000..0x4007_B000,
    GPIO..GPIO + PAGE,
    0x5002_A000..0x5002_C000,
    0xE000_0000..0xE010_0000,
];
/// The vendor's ROM table, which lies in the system region above the private peripheral bus.
pub const VENDOR_ROM: Range<u32> = 0xF000_0000..0xF000_1000;

/// A block at its place.
#[derive(Debug)]
pub struct Instance {
    /// The manual's name, such as `TIMER0`.
    pub name: &'static str,
    /// Address of its registers' offset 0.
    pub base: u32,
    /// Its interrupt.
    pub irq: Option<u8>,
    /// Its registers.
    pub registers: &'static RegisterMap,
    /// The value of ENABLE that gives it the page it shares; 0 for a block that shares nothing or has no such value.
    pub enable: u32,
    /// What its absence means for a run; empty when the block is modelled.
    pub without: &'static str,
}

impl Instance {
    const fn at(name: &'static str, id: u32, registers: &'static RegisterMap) -> Self {
        Self { name, base: 0x4000_0000 + id * PAGE, irq: Some(id as u8), registers, enable: 0, without: "" }
    }

    const fn lacking(mut self, without: &'static str) -> Self {
        self.without = without;
        self
    }

    const fn enabled_by(mut self, enable: u32) -> Self {
        self.enable = enable;
        self
    }

    const fn without_irq(mut self) -> Self {
        self.irq = None;
        self
    }

    const fn based(mut self, base: u32) -> Self {
        self.base = base;
        self
    }
}

const SERIAL: &str = "the bus stays silent and its events never come";

const fn serial(id: u32, names: [&'static str; 6]) -> [Instance; 6] {
    [
        Instance::at(names[0], id, &serial::SPIM).enabled_by(7),
        Instance::at(names[1], id, &serial::SPIS).lacking(SERIAL).enabled_by(2),
        Instance::at(names[2], id, &serial::TWIM).enabled_by(6),
        Instance::at(names[3], id, &serial::TWIS).lacking(SERIAL).enabled_by(9),
        Instance::at(names[4], id, &serial::SPI).enabled_by(1),
        Instance::at(names[5], id, &serial::TWI).enabled_by(5),
    ]
}

static SERIAL0: [Instance; 6] = serial(3, ["SPIM0", "SPIS0", "TWIM0", "TWIS0", "SPI0", "TWI0"]);
static SERIAL1: [Instance; 6] = serial(4, ["SPIM1", "SPIS1", "TWIM1", "TWIS1", "SPI1", "TWI1"]);

static OTHERS: [Instance; 55] = [
    Instance::at("CLOCK", 0, &clock::CLOCK),
    Instance::at("POWER", 0, &power::POWER),
    Instance::at("APPROTECT", 0, &power::APPROTECT).without_irq(),
    Instance::at("RADIO", 1, &radio::RADIO).lacking("nothing is sent or received"),
    Instance::at("UARTE0", 2, &uart::UARTE).enabled_by(8),
    Instance::at("UART0", 2, &uart::UART).enabled_by(4),
    Instance::at("NFCT", 5, &radio::NFCT).lacking("no field is ever seen"),
    Instance::at("GPIOTE", 6, &gpiote::GPIOTE),
    Instance::at("SAADC", 7, &saadc::SAADC),
    Instance::at("TIMER0", 8, &timer::TIMER),
    Instance::at("TIMER1", 9, &timer::TIMER),
    Instance::at("TIMER2", 10, &timer::TIMER),
    Instance::at("RTC0", 11, &rtc::RTC3CC),
    Instance::at("TEMP", 12, &temp::TEMP),
    Instance::at("RNG", 13, &rng::RNG),
    Instance::at("ECB", 14, &ecb::ECB),
    Instance::at("CCM", 15, &link::CCM).enabled_by(2),
    Instance::at("AAR", 15, &link::AAR).enabled_by(3),
    Instance::at("WDT", 16, &watchdog::WDT),
    Instance::at("RTC1", 17, &rtc::RTC),
    Instance::at("QDEC", 18, &qdec::QDEC),
    Instance::at("COMP", 19, &comparator::COMP).enabled_by(2),
    Instance::at("LPCOMP", 19, &comparator::LPCOMP).enabled_by(1),
    Instance::at("EGU0", 20, &egu::EGU),
    Instance::at("EGU1", 21, &egu::EGU),
    Instance::at("EGU2", 22, &egu::EGU),
    Instance::at("EGU3", 23, &egu::EGU),
    Instance::at("EGU4", 24, &egu::EGU),
    Instance::at("EGU5", 25, &egu::EGU),
    Instance::at("TIMER3", 26, &timer::TIMER6CC),
    Instance::at("TIMER4", 27, &timer::TIMER6CC),
    Instance::at("PWM0", 28, &pwm::PWM),
    Instance::at("PDM", 29, &media::PDM).lacking("nothing is recorded"),
    Instance::at("NVMC", 30, &nvmc::NVMC).without_irq(),
    Instance::at("ACL", 30, &acl::ACL).without_irq(),
    Instance::at("PPI", 31, &ppi::PPI).without_irq(),
    Instance::at("MWU", 32, &system::MWU).lacking("memory is not watched"),
    Instance::at("PWM1", 33, &pwm::PWM),
    Instance::at("PWM2", 34, &pwm::PWM),
    Instance::at("SPIM2", 35, &serial::SPIM).enabled_by(7),
    Instance::at("SPIS2", 35, &serial::SPIS).lacking(SERIAL).enabled_by(2),
    Instance::at("SPI2", 35, &serial::SPI).enabled_by(1),
    Instance::at("RTC2", 36, &rtc::RTC),
    Instance::at("I2S", 37, &media::I2S).lacking("no samples move"),
    Instance::at("FPU", 38, &system::FPU).lacking("floating-point exceptions raise no interrupt"),
    Instance::at("USBD", 39, &usbd::USBD),
    Instance::at("UARTE1", 40, &uart::UARTE).enabled_by(8),
    Instance::at("QSPI", 41, &media::QSPI),
    Instance::at("PWM3", 45, &pwm::PWM),
    Instance::at("SPIM3", 47, &serial::SPIM).enabled_by(7),
    Instance::at("CRYPTOCELL", 42, &crypto::CRYPTOCELL).based(0x5002_A000).lacking("nothing is encrypted"),
    Instance::at("CC_HOST_RGF", 42, &crypto::CC_HOST_RGF).based(0x5002_B000).lacking("nothing is encrypted"),
    Instance::at("GPIO", 0, &gpio::GPIO).based(GPIO).without_irq(),
    Instance::at("FICR", 0, &information::FICR).based(FICR).without_irq(),
    Instance::at("UICR", 0, &information::UICR).based(UICR).without_irq(),
];

/// Every block there is.
pub fn instances() -> impl Iterator<Item = &'static Instance> {
    OTHERS.iter().chain(&SERIAL0).chain(&SERIAL1)
}

/// Peripheral IDs whose page on the APB holds a block.
const APB: u64 = 0xA3FF_FFFF_FFFF;

/// Whether a peripheral lives in the page of `addr`, on the APB, the AHB or in a test block.
pub fn mapped(addr: u32) -> bool {
    match addr {
        0x4000_0000..0x4003_0000 => APB >> ((addr >> 12) & 0x3F) & 1 != 0,
        0x4006_E000..0x4006_F000 | 0x4007_A000..0x4007_B000 | 0x5002_A000..0x5002_C000 => true,
        _ => matches!(addr & !(PAGE - 1), GPIO | FICR | UICR),
    }
}

/// The blocks in the page of `addr`.
pub fn page(addr: u32) -> impl Iterator<Item = &'static Instance> {
    instances().filter(move |i| i.base == addr & !(PAGE - 1))
}

/// The block that a register at `addr` belongs to while ENABLE of its page is `enable`: the block which that selects, or else
/// the first of the page that has such a register.
pub fn find(addr: u32, enable: u32) -> Option<(&'static Instance, u16)> {
    let at = (addr & (PAGE - 1)) as u16;
    let has = |i: &&Instance| i.registers.find(at).is_some();
    page(addr)
        .filter(has)
        .find(|i| i.enable != 0 && i.enable == enable)
        .or_else(|| page(addr).find(has))
        .map(|i| (i, at))
}

/// The full name of the register at `addr` of the SoC, such as `TIMER0.EVENTS_COMPARE[2]` or `P1.OUTSET`.
pub fn register_name(addr: u32, enable: u32) -> Option<String> {
    if addr & !(PAGE - 1) == GPIO {
        let at = (addr & (PAGE - 1)) as u16;
        let (port, at) = if at < 0x800 { ("P0", at) } else { ("P1", at - 0x300) };
        return gpio::GPIO.name(at).map(|register| format!("{port}.{register}"));
    }
    let (instance, at) = find(addr, enable)?;
    Some(format!("{}.{}", instance.name, instance.registers.name(at)?))
}
