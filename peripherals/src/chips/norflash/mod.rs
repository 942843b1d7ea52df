//! NOR flash chips on QSPI: MX25R6435F, GD25Q16C, W25Q16JV (their data sheets, remembered, where SFDP does not say).
//!
//! 1. It is heard by the QSPI block only, a byte at a time; see `kernel/quad.rs`. Firmware that moves its pins as GPIO or by SPIM is not
//!    heard, with the gap `flash-chip-wires`.
//! 2. Protection (BP bits, WPSEL, WP# and HOLD#), one-time memory, suspend and resume, burst wrap and continuous reading are not
//!    modelled: status bits keep what is written, instructions for the rest are not answered.
//! 3. An erase or a program changes the bytes at once, when CS rises; WIP tells for its typical time that it goes on. A reset breaks it
//!    off then with everything done.

mod instruction;
mod memory;
mod part;
mod sfdp;
#[cfg(test)]
mod tests;

use crate::kernel::{
    Alarm, Chip, Cx, Direction, Edge, HearsPins, Instant, Kind, Lint, LintLevel, PinId, PinSpec, QuadDevice, Resolved,
};
use instruction::{Frame, Work};
pub use memory::Memory;
pub use part::Part;

/// The chip's pins on the wires.
pub static FLASH_CHIP_WIRES: Lint = Lint {
    name: "flash-chip-wires",
    kind: Kind::Gap,
    level: LintLevel::Warn,
    message: "firmware selects the flash chip by moving its pin, where only the QSPI block is heard",
    why: "between QSPI and a flash chip go whole bytes here, so that software SPI and SPIM do not reach it",
    help: "use the QSPI block with this chip's pins",
};

/// Rules of flash chips.
pub static LINTS: [&Lint; 1] = [&FLASH_CHIP_WIRES];

const fn pin(name: &'static str, direction: Direction) -> PinSpec {
    PinSpec { name, direction }
}

static PINS: [PinSpec; 6] = [
    pin("QSPI_SCK", Direction::Input),
    pin("QSPI_CSN", Direction::Input),
    pin("QSPI_IO0", Direction::Both),
    pin("QSPI_IO1", Direction::Both),
    pin("QSPI_IO2", Direction::Both),
    pin("QSPI_IO3", Direction::Both),
];
const CSN: PinId = PinId(1);

/// The pin with this name.
pub fn pin_named(name: &str) -> Option<PinId> {
    PINS.iter().position(|pin| pin.name == name).map(|n| PinId(n as u8))
}

/// The chip's package: its pins on wires.
#[derive(Clone, Debug)]
pub struct Package;

impl HearsPins for Package {
    fn edge(&mut self, pin: PinId, edge: Edge, cx: &mut Cx) {
        // A wire that is let go of falls too.
        if pin == CSN && !edge.level().is_high() && cx.resolved(CSN) == Resolved::Driven {
            cx.report(&FLASH_CHIP_WIRES, 0, String::new);
        }
    }
}

impl Chip for Package {
    fn pins(&self) -> &'static [PinSpec] {
        &PINS
    }
    fn wake(&mut self, _: Alarm, _: &mut Cx) {}
    fn reset(&mut self, _: &mut Cx) {}
}

/// Status register bits of every chip.
const WIP: u8 = 1;
const WEL: u8 = 1 << 1;

/// The chip's inside.
#[derive(Clone, Debug)]
pub struct NorFlash {
    part: &'static Part,
    memory: Memory,
    /// Status, and the registers behind it, without WIP and WEL.
    status: [u8; 3],
    write_enabled: bool,
    busy_until: Instant,
    asleep: bool,
    /// The instruction before was RSTEN.
    may_reset: bool,
    frame: Option<Frame>,
}

impl NorFlash {
    /// An erased chip.
    pub fn new(part: &'static Part) -> Self {
        Self {
            part,
            memory: Memory::new(part.size),
            status: [0; 3],
            write_enabled: false,
            busy_until: Instant::ZERO,
            asleep: false,
            may_reset: false,
            frame: None,
        }
    }

    /// Which chip it is.
    pub fn part(&self) -> &'static Part {
        self.part
    }

    /// All of its bytes.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The same, for a programmer.
    pub fn memory_mut(&mut self) -> &mut Memory {
        &mut self.memory
    }

    fn is_busy(&self, now: Instant) -> bool {
        now < self.busy_until
    }

    /// Status register `n`.
    fn status(&self, n: usize, now: Instant) -> u8 {
        let own = if n == 0 {
            let busy = self.is_busy(now);
            // WEL falls when what it was for has ended.
            (u8::from(busy) * WIP) | (u8::from(self.write_enabled || busy) * WEL)
        } else {
            0
        };
        self.status[n] | own
    }

    fn is_quad(&self) -> bool {
        let (register, bit) = self.part.quad_enable;
        self.status[register] & bit != 0
    }

    fn carry_out(&mut self, work: Work, now: Instant) {
        let may_reset = core::mem::take(&mut self.may_reset);
        match work {
            Work::None => {}
            Work::WriteEnable(on) => self.write_enabled = on,
            Work::ResetEnable => self.may_reset = true,
            Work::Reset if may_reset => {
                (self.write_enabled, self.busy_until, self.asleep) = (false, now, false);
            }
            Work::Reset => {}
            Work::Sleep => self.asleep = true,
            Work::WakeUp => self.asleep = false,
            // What changes bits needs WEL.
            _ if !self.write_enabled => {}
            Work::Status { first, values, count } => {
                for (n, value) in values.iter().enumerate().take(count) {
                    let register = first + n;
                    if let Some(mask) = self.part.status_mask.get(register) {
                        self.status[register] = value & mask;
                    }
                }
                self.begin(self.part.status_write, now);
            }
            Work::Program { address, page } => {
                self.memory.program(address, &page);
                self.begin(self.part.program, now);
            }
            Work::Erase { address, size } => {
                self.memory.erase(address & !(size - 1), size);
                let [sector, half, block] = self.part.erase;
                self.begin(
                    if size == 0x1000 {
                        sector
                    } else if size == 0x8000 {
                        half
                    } else {
                        block
                    },
                    now,
                );
            }
            Work::EraseAll => {
                self.memory.erase(0, self.part.size);
                self.begin(self.part.chip_erase, now);
            }
        }
    }

    fn begin(&mut self, time: crate::kernel::Span, now: Instant) {
        self.write_enabled = false;
        self.busy_until = now + time;
    }
}

impl QuadDevice for NorFlash {
    fn select(&mut self, _: Instant) {
        self.frame = Some(Frame::default());
    }

    fn exchange(&mut self, out: u8, lines: u8, now: Instant) -> u8 {
        let Some(mut frame) = self.frame.take() else { return 0xFF };
        let answer = self.hear(&mut frame, out, lines, now);
        self.frame = Some(frame);
        answer
    }

    fn deselect(&mut self, now: Instant) {
        if let Some(frame) = self.frame.take() {
            self.carry_out(frame.work(), now);
        }
    }

    fn busy_until(&self) -> Instant {
        self.busy_until
    }
}
