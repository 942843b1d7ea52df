//! POWER and APPROTECT (nRF52840 Product Specification v1.7, POWER and APPROTECT), and the page they share with CLOCK.
//!
//! 1. Supply voltages never sag, so POFWARN never comes; POFCON is stored.
//! 2. With a USB cable, VBUS is there throughout: VBUSDETECT is 1, and USBDETECTED is set after each reset (Zephyr's driver knows that from
//!    the chip). The regulator starts with USBD.ENABLE: OUTPUTRDY and USBPWRRDY come 500 us later (inferred from TinyUSB and the nRF5 SDK,
//!    which rely on that order; the time is a guess). The cable is never pulled, so that USBREMOVED never comes.
//! 3. SYSTEMOFF stops core, clocks and peripherals at once; pins keep what GPIO does to them. DETECT of a port wakes the chip, by a reset; if
//!    it is high already, at once. LPCOMP, NFC and VBUS do not wake it.
//! 4. DC/DC settings are stored and have no effect, RAM power and retention too: switching a section off is the gap `ram-power`.
//! 5. RESETREAS survives every reset but power-on, GPREGRET neither that nor the reset pin and the watchdog, and GPIO's registers survive
//!    System OFF (the manual's table of reset behaviour, remembered).
//! 6. SLEEPENTER and SLEEPEXIT come with the core's sleep in WFI and WFE.

use super::alarms::{CALIBRATION, CALIBRATION_TIMER, HFCLK, LFCLK, USB_REGULATOR};
use super::clock::{self, Clock};
use super::events::Events;
use super::lfclk::Lfclk;
use super::lint::RAM_POWER;
use crate::kernel::{Alarm, Cx, Refusal, Span, registers};

registers! { pub POWER, "nRF52840 PS v1.7, POWER, Registers";
    0x078 TASKS_CONSTLAT W;
    0x07C TASKS_LOWPWR W;
    0x108 EVENTS_POFWARN RW;
    0x114 EVENTS_SLEEPENTER RW;
    0x118 EVENTS_SLEEPEXIT RW;
    0x11C EVENTS_USBDETECTED RW;
    0x120 EVENTS_USBREMOVED RW;
    0x124 EVENTS_USBPWRRDY RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x400 RESETREAS RW;
    0x428 RAMSTATUS R;
    0x438 USBREGSTATUS R;
    0x500 SYSTEMOFF W;
    0x510 POFCON RW;
    0x51C GPREGRET RW;
    0x520 GPREGRET2 RW;
    0x578 DCDCEN RW;
    0x580 DCDCEN0 RW;
    0x640 MAINREGSTATUS R;
    0x900 RAM_POWER[9 step 16] RW reset 0xFFFF;
    0x904 RAM_POWERSET[9 step 16] W;
    0x908 RAM_POWERCLR[9 step 16] W;
}
registers! { pub APPROTECT, "nRF52840 PS v1.7 (build code F and later), APPROTECT, Registers";
    0x550 FORCEPROTECT RW reset 0xFFFF_FFFF;
    0x558 DISABLE RW;
}

const SLEEPENTER: u8 = 5;
const SLEEPEXIT: u8 = 6;
const USBDETECTED: u8 = 7;
const USBPWRRDY: u8 = 9;
/// Bits of USBREGSTATUS.
const VBUSDETECT: u32 = 1 << 0;
const OUTPUTRDY: u32 = 1 << 1;
const USB_REGULATOR_START: Span = Span::from_us(500);
const EVENTS: u32 = 1 << 2 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9;

/// Why the machine starts anew; the discriminant is its bit in RESETREAS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResetCause {
    /// Power-on: nothing survives, and RESETREAS is 0.
    PowerOn,
    /// The reset pin.
    Pin,
    /// The watchdog.
    Watchdog,
    /// AIRCR.SYSRESETREQ.
    Software,
    /// A fault inside the handler of a fault.
    Lockup,
    /// DETECT, in System OFF.
    SystemOff,
}

impl ResetCause {
    /// Its bit in RESETREAS.
    fn bit(self) -> u32 {
        match self {
            Self::PowerOn => 0,
            Self::Pin => 1 << 0,
            Self::Watchdog => 1 << 1,
            Self::Software => 1 << 2,
            Self::Lockup => 1 << 3,
            Self::SystemOff => 1 << 16,
        }
    }

    /// Whether GPREGRET and GPREGRET2 keep their values (note 5).
    fn keeps_gpregret(self) -> bool {
        !matches!(self, Self::PowerOn | Self::Pin | Self::Watchdog)
    }

    /// Whether a watchdog that runs goes on (WDT, note 3).
    pub(super) fn keeps_watchdog(self) -> bool {
        matches!(self, Self::Software | Self::Lockup)
    }
}

/// CLOCK, POWER and APPROTECT: one page, one interrupt, one INTENSET.
#[derive(Clone, Debug)]
pub(super) struct ClockPower {
    events: Events,
    clock: Clock,
    resetreas: u32,
    pofcon: u32,
    gpregret: [u32; 2],
    dcdcen: [u32; 2],
    high_voltage: bool,
    /// There is a USB cable.
    vbus: bool,
    usb_powered: bool,
    constant_latency: bool,
    /// SYSTEMOFF has been written.
    off: bool,
    ram_power: [u32; 9],
    forceprotect: u32,
    disable: u32,
}

impl ClockPower {
    pub(super) fn new(lfxo: Option<Span>, high_voltage: bool, vbus: bool) -> Self {
        Self {
            events: Events::new(0, EVENTS | clock::EVENTS, false),
            clock: Clock::new(lfxo),
            resetreas: 0,
            pofcon: 0,
            gpregret: [0; 2],
            dcdcen: [0; 2],
            high_voltage,
            vbus,
            usb_powered: false,
            constant_latency: false,
            off: false,
            ram_power: [0xFFFF; 9],
            forceprotect: u32::MAX,
            disable: 0,
        }
    }

    pub(super) fn reset(&mut self, cause: ResetCause) {
        let (resetreas, gpregret, mut clock) = (self.resetreas, self.gpregret, self.clock.clone());
        clock.reset();
        *self = Self { clock, ..Self::new(None, self.high_voltage, self.vbus) };
        if self.vbus {
            self.events.preset(USBDETECTED);
        }
        if cause != ResetCause::PowerOn {
            self.resetreas = resetreas | cause.bit();
        }
        if cause.keeps_gpregret() {
            self.gpregret = gpregret;
        }
    }

    /// Whether SYSTEMOFF has been written.
    #[inline]
    pub(super) fn is_off(&self) -> bool {
        self.off
    }

    /// The core falls asleep, or goes on.
    pub(super) fn sleeps(&mut self, asleep: bool, cx: &mut Cx) {
        self.events.raise(if asleep { SLEEPENTER } else { SLEEPEXIT }, cx);
    }

    /// Whether the core wakes up without waiting for clock and regulator: in constant latency mode, or while the crystal
    /// oscillator is asked for.
    pub(super) fn wakes_fast(&self) -> bool {
        self.constant_latency || self.clock.hfxo_runs()
    }

    /// USBD.ENABLE was written.
    pub(super) fn usbd_is(&mut self, enabled: bool, cx: &mut Cx) {
        if !(enabled && self.vbus) {
            self.usb_powered = false;
            cx.cancel(USB_REGULATOR);
        } else if !self.usb_powered {
            cx.wake_at(USB_REGULATOR, cx.now() + USB_REGULATOR_START);
        }
    }

    /// The low-frequency clock, for those who count it.
    pub(super) fn lfclk(&self) -> Option<Lfclk> {
        self.clock.lfclk()
    }

    pub(super) fn read(&self, at: u16) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        Ok(match at {
            0x400 => self.resetreas,
            0x438 if self.vbus => VBUSDETECT | if self.usb_powered { OUTPUTRDY } else { 0 },
            0x510 => self.pofcon,
            0x51C => self.gpregret[0],
            0x520 => self.gpregret[1],
            0x550 => self.forceprotect,
            0x558 => self.disable,
            0x578 => self.dcdcen[0],
            0x580 => self.dcdcen[1],
            0x640 => u32::from(self.high_voltage),
            0x900..0x990 if at % 16 < 12 => self.ram_power[usize::from((at - 0x900) / 16)],
            _ => match POWER.find(at) {
                Some((register, _)) => register.reset,
                None => return self.clock.read(at),
            },
        })
    }

    pub(super) fn write(&mut self, at: u16, value: u32, cx: &mut Cx) -> Result<(), Refusal> {
        if self.events.write(at, value, cx) {
            return Ok(());
        }
        match at {
            // TASKS_CONSTLAT and TASKS_LOWPWR: what waking up costs is the engine's.
            0x078 | 0x07C => {
                if value & 1 != 0 {
                    self.constant_latency = at == 0x078;
                }
            }
            0x400 => self.resetreas &= !value,
            0x500 => self.off |= value & 1 != 0,
            0x510 => self.pofcon = value & 0xF1F,
            0x51C => self.gpregret[0] = value & 0xFF,
            0x520 => self.gpregret[1] = value & 0xFF,
            0x550 => self.forceprotect = value,
            0x558 => self.disable = value,
            0x578 => self.dcdcen[0] = value & 1,
            0x580 => self.dcdcen[1] = value & 1,
            0x900..0x990 if at % 16 < 12 => {
                let n = usize::from((at - 0x900) / 16);
                let power = &mut self.ram_power[n];
                let before = *power;
                match at % 16 {
                    0 => *power = value,
                    4 => *power |= value,
                    _ => *power &= !value,
                }
                let sections = if n < 8 { 0b11 } else { 0b11_1111 };
                if before & !*power & sections != 0 {
                    cx.report(&RAM_POWER, n as u64, || {
                        format!("sections 0x{:02x} of RAM{n}", before & !*power & sections)
                    });
                }
            }
            _ if POWER.find(at).is_some() => return Err(Refusal::ReadOnly),
            _ => return self.clock.write(at, value, &mut self.events, cx),
        }
        Ok(())
    }

    pub(super) fn wake(&mut self, alarm: Alarm, cx: &mut Cx) {
        if matches!(alarm, HFCLK | LFCLK | CALIBRATION | CALIBRATION_TIMER) {
            self.clock.wake(alarm, &mut self.events, cx);
        }
        if alarm == USB_REGULATOR {
            self.usb_powered = true;
            self.events.raise(USBPWRRDY, cx);
        }
    }
}
