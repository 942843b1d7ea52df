//! The UART and the boot memory.

use super::super::*;
use super::bench::Bench;

/// Bits at TX, sampled in their middle, from the falling edge of the start bit.
fn frame(b: &mut Bench, bit: Span) -> Vec<bool> {
    let wait = |b: &mut Bench, span: Span| b.wait(span);
    wait(b, Span::from_ps(bit.as_ps() / 2));
    (0..10)
        .map(|_| {
            let level = b.level(TX);
            wait(b, bit);
            level
        })
        .collect()
}

/// D, "UART": CLKI / ((D1 + 1) x D2); 43.008 MHz / (2 x 224) = 96,000 bit/s.
#[test]
fn the_uart_sends_what_is_written() {
    let mut b = Bench::ready();
    assert!(b.level(TX), "idle is high");
    b.wram(0xC02B, &[0x01E0]);
    b.put(reg::WRAMADDR, 0xC029);
    b.select_sci();
    b.sci_bits(0x0206_0053 >> 1, 31);
    b.sci_half = Span::from_ns(200);
    b.set(SI, true);
    b.wait(Span::from_us(1));
    b.set(SCLK, true);
    let bits = frame(&mut b, crate::kernel::Rate::new(43_008_000).span(448));
    b.set(SCLK, false);
    b.deselect_sci();
    let expected: Vec<bool> = [0, 1, 1, 0, 0, 1, 0, 1, 0, 1].map(|n| n == 1).to_vec();
    assert_eq!(bits, expected, "start, 0x53 from its lowest bit, stop");
    assert_eq!(b.wram_read(0xC028), [0], "it is done");
}

/// D, "UART": received data show in UART_DATA, and reading them makes room.
#[test]
fn the_uart_receives() {
    let mut b = Bench::ready();
    b.wram(0xC02B, &[0x01E0]);
    let bit = crate::kernel::Rate::new(43_008_000).span(448);
    let send = |b: &mut Bench, byte: u8, stop: bool| {
        let bits = u16::from(byte) << 1 | u16::from(stop) << 9;
        for n in 0..10 {
            b.set(RX, bits >> n & 1 == 1);
            b.wait(bit);
        }
        b.set(RX, true);
        b.wait(bit);
    };
    send(&mut b, 0xA7, true);
    assert_eq!((b.wram_read(0xC028), b.wram_read(0xC02A), b.wram_read(0xC028)), ([4], [0xA700], [0]));
    send(&mut b, 0x11, true);
    send(&mut b, 0x22, true);
    assert_eq!((b.wram_read(0xC028), b.wram_read(0xC029)), ([0xC], [0x22]), "an overrun");
    assert_eq!(b.wram_read(0xC028), [8], "reading the byte makes room; that one was lost shows until the next comes");
    send(&mut b, 0x44, true);
    assert_eq!((b.wram_read(0xC028), b.wram_read(0xC029)), ([4], [0x44]));
    send(&mut b, 0x33, false);
    assert_eq!(b.wram_read::<1>(0xC028)[0] & 0x14, 0x14, "no stop bit");
    b.expect_no_findings();
}

/// A serial memory with 16 or 24 address bits, mode 0.
#[derive(Clone)]
struct Eeprom {
    image: Vec<u8>,
    address_bits: usize,
    bits: usize,
    command: u64,
    mosi: bool,
    selected: bool,
}

const SELECT: PinId = GPIO0;
const CLOCK: PinId = PinId(GPIO0.0 + 1);

impl HearsPins for Eeprom {
    fn edge(&mut self, pin: PinId, edge: Edge, cx: &mut Cx) {
        let high = edge == Edge::Rising;
        match pin {
            SELECT => {
                (self.selected, self.bits, self.command) = (!high, 0, 0);
                cx.drive(DCLK, Drive::Release);
            }
            DREQ => self.mosi = high,
            CLOCK if self.selected && high => {
                self.command = self.command << 1 | u64::from(self.mosi);
                self.bits += 1;
            }
            CLOCK if self.selected && self.bits >= 8 + self.address_bits => {
                let at = self.bits - 8 - self.address_bits;
                let read = self.bits > 8 + self.address_bits || self.command == 3 << self.address_bits;
                let byte = self.image.get(at / 8).copied().unwrap_or(0xFF);
                if read {
                    cx.drive(DCLK, Drive::from(Level::from(byte >> (7 - at % 8) & 1 == 1)));
                }
            }
            _ => {}
        }
    }
}

impl Chip for Eeprom {
    fn pins(&self) -> &'static [PinSpec] {
        &PINS
    }
    fn wake(&mut self, _: Alarm, _: &mut Cx) {}
    fn reset(&mut self, _: &mut Cx) {}
}

fn boots_from(image: &[u8], address_bits: usize) -> Bench {
    let part = Eeprom { image: image.to_vec(), address_bits, bits: 0, command: 0, mosi: false, selected: false };
    let mut b = Bench::beside(Box::new(part), &[SELECT, CLOCK, DCLK, DREQ], &[SELECT]);
    b.set(XRESET, true);
    b.wait(Span::from_ms(20));
    assert!(b.level(DREQ));
    b
}

/// D, "SPI Boot"; VLSI's image format: instructions, X and Y memory, and a start address.
#[test]
fn an_image_in_a_boot_memory_is_loaded_and_started() {
    let mut image = vec![0x50, 0x26, 0x48];
    image.extend([0, 0, 8, 0x00, 0x50, 0x2A, 0x00, 0xC0, 0x00, 0x12, 0x34, 0x56, 0x78]);
    image.extend([1, 0, 4, 0x18, 0x00, 0xAB, 0xCD, 0xEF, 0x01]);
    image.extend([2, 0, 2, 0x18, 0x00, 0x55, 0xAA]);
    image.extend([3, 0, 0, 0x00, 0x50]);
    for address_bits in [16, 24] {
        let mut b = boots_from(&image, address_bits);
        assert_eq!(b.findings(), ["spi-boot", "vs1053-application"]);
        assert_eq!(b.wram_read(0x8050), [0x2A00, 0xC000, 0x1234, 0x5678], "{address_bits} address bits");
        assert_eq!((b.wram_read(0x1800), b.wram_read(0x5800)), ([0xABCD, 0xEF01], [0x55AA]));
        assert_eq!(b.get(reg::AIADDR), 0x0050);
    }
}

/// Inferred: without an image it goes on as a decoder; an endless one ends.
#[test]
fn a_memory_without_an_image_is_passed_over() {
    let mut b = boots_from(b"not an image", 16);
    assert_eq!(b.findings(), ["spi-boot"]);
    assert_eq!((b.get(reg::MODE), b.get(reg::AIADDR)), (0x4800, 0));
    assert!(!b.level(PinId(GPIO0.0 + 1)), "the pins are released");
}

/// D, "SPI Boot": 245 kHz at 12.288 MHz.
#[test]
fn the_boot_clock_is_245_kilohertz() {
    let mut b = Bench::with(Config::default(), &[SELECT]);
    b.set(XRESET, true);
    b.wait(Span::from_us(1_795));
    assert!(!b.level(SELECT));
    let mut rises = Vec::new();
    let mut last = b.level(CLOCK);
    for _ in 0..200 {
        b.wait(Span::from_ns(100));
        let level = b.level(CLOCK);
        if level && !last {
            rises.push(b.now());
        }
        last = level;
    }
    let period = rises[2].since(rises[1]).as_ps() / 1000;
    assert!(period.abs_diff(4_069) <= 100, "{period} ns");
}
