//! Frames: how long they are, and their bytes to the chip that the wires lead to.

use super::Qspi;
use crate::kernel::{Cx, QuadDevice, Span};
use crate::nrf52840::lint::QSPI_NO_CHIP;

/// Instruction, lines of the address, dummy bytes on as many, lines of data.
type Shape = (u8, u8, u8, u8);

/// FASTREAD, READ2O, READ2IO, READ4O, READ4IO (the manual, IFCONFIG0.READOC); the reserved values are taken as the first.
const READS: [Shape; 5] = [(0x0B, 1, 1, 1), (0x3B, 1, 1, 2), (0xBB, 2, 1, 2), (0x6B, 1, 1, 4), (0xEB, 4, 3, 4)];
/// PP, PP2O, PP4O, PP4IO (IFCONFIG0.WRITEOC).
const WRITES: [Shape; 4] = [(0x02, 1, 0, 1), (0xA2, 1, 0, 2), (0x32, 1, 0, 4), (0x38, 4, 0, 4)];

/// IFCONFIG0 and IFCONFIG1 in what they mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub read: Shape,
    pub write: Shape,
    pub page: u32,
    clock: Span,
    /// CSN is high for so long between two frames.
    gap: Span,
}

impl Format {
    pub fn new(ifconfig0: u32, ifconfig1: u32) -> Self {
        Self {
            read: READS.get((ifconfig0 & 7) as usize).copied().unwrap_or(READS[0]),
            write: WRITES.get((ifconfig0 >> 3 & 7) as usize).copied().unwrap_or(WRITES[0]),
            page: if ifconfig0 & 1 << 12 != 0 { 512 } else { 256 },
            // 32 MHz is 2 cycles of 64 MHz, and a tick of 16 MHz 4.
            clock: Span::from_cycles(2 * (u64::from(ifconfig1 >> 28) + 1)),
            gap: Span::from_cycles(4 * u64::from(ifconfig1 & 0xFF)),
        }
    }

    /// A frame of an instruction and `bytes` bytes on one line.
    pub fn plain(&self, bytes: u32) -> Span {
        self.clock * u64::from(8 * (1 + bytes)) + self.gap
    }

    /// A frame of this shape with `bytes` bytes of data.
    pub fn shaped(&self, (_, address, dummy, data): Shape, bytes: u32) -> Span {
        let clocks = 8 + (24 + 8 * u32::from(dummy)) / u32::from(address) + 8 * bytes / u32::from(data);
        self.clock * u64::from(clocks) + self.gap
    }
}

/// On a bus without a chip nothing pulls the lines: wires that nobody drives are low.
const NOBODY: u8 = 0;

/// A chip, as far as its lines are joined.
struct Link<'a> {
    device: &'a mut dyn QuadDevice,
    four: bool,
}

impl Link<'_> {
    fn byte(&mut self, out: u8, lines: u8, now: crate::kernel::Instant) -> u8 {
        // Half of the bits of a byte on four lines get lost on two; the chip hears something else.
        if lines == 4 && !self.four {
            return self.device.exchange(out & 0x33, 4, now) & 0x33;
        }
        self.device.exchange(out, lines, now)
    }
}

impl Qspi {
    /// The chip that the pins lead to; without one a report.
    fn link<'a>(&self, cx: &'a mut Cx<'_>) -> Option<Link<'a>> {
        let pins = self.on_wires();
        if cx.quad(pins).is_none() {
            let names = ["SCK", "CSN", "IO0", "IO1", "IO2", "IO3"].iter().zip(self.pins);
            cx.report(&QSPI_NO_CHIP, 0, || {
                let place = |pin: u8| crate::nrf52840::pin_name(crate::kernel::PinId(pin));
                let each = names.map(|(name, pin)| format!("{name} {}", pin.map_or("nowhere".into(), place)));
                each.collect::<Vec<_>>().join(", ")
            });
        }
        cx.quad(pins).map(|(device, four)| Link { device, four })
    }

    /// When the chip will be ready for another instruction; at once without one.
    pub(super) fn chip_ready(&self, cx: &mut Cx) -> crate::kernel::Instant {
        let now = cx.now();
        cx.quad(self.on_wires()).map_or(now, |(device, _)| device.busy_until()).max(now)
    }

    /// A frame on one line; `bytes` become what was received meanwhile.
    pub(super) fn plain_frame(&self, opcode: u8, bytes: &mut [u8], cx: &mut Cx) {
        let now = cx.now();
        let Some(mut link) = self.link(cx) else { return bytes.fill(NOBODY) };
        link.device.select(now);
        link.byte(opcode, 1, now);
        bytes.iter_mut().for_each(|byte| *byte = link.byte(*byte, 1, now));
        link.device.deselect(now);
    }

    /// Reads from `address` as READOC says.
    pub(super) fn read_frame(&self, address: u32, into: &mut [u8], cx: &mut Cx) {
        let (now, shape) = (cx.now(), self.format().read);
        let Some(mut link) = self.link(cx) else { return into.fill(NOBODY) };
        begin(&mut link, shape, address, now);
        into.iter_mut().for_each(|byte| *byte = link.byte(0, shape.3, now));
        link.device.deselect(now);
    }

    /// Programs `from` at `address` as WRITEOC says.
    pub(super) fn write_frame(&self, address: u32, from: &[u8], cx: &mut Cx) {
        let (now, shape) = (cx.now(), self.format().write);
        let Some(mut link) = self.link(cx) else { return };
        begin(&mut link, shape, address, now);
        for &byte in from {
            link.byte(byte, shape.3, now);
        }
        link.device.deselect(now);
    }

    /// A part of a frame that stays open: with its instruction first, unless that has gone out, and with its end if `stop`.
    pub(super) fn long_frame(&self, opcode: Option<u8>, bytes: &mut [u8], stop: bool, cx: &mut Cx) {
        let now = cx.now();
        let Some(mut link) = self.link(cx) else { return bytes.fill(NOBODY) };
        if let Some(opcode) = opcode {
            link.device.select(now);
            link.byte(opcode, 1, now);
        }
        bytes.iter_mut().for_each(|byte| *byte = link.byte(*byte, 1, now));
        if stop {
            link.device.deselect(now);
        }
    }

    pub(super) fn end_long_frame(&self, cx: &mut Cx) {
        let now = cx.now();
        if let Some((device, _)) = cx.quad(self.on_wires()) {
            device.deselect(now);
        }
    }
}

fn begin(link: &mut Link, (opcode, lines, dummy, _): Shape, address: u32, now: crate::kernel::Instant) {
    link.device.select(now);
    link.byte(opcode, 1, now);
    for byte in &address.to_be_bytes()[1..] {
        link.byte(*byte, lines, now);
    }
    for _ in 0..dummy {
        link.byte(0, lines, now);
    }
}
