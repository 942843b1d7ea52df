//! Step `cached`: addresses and masks stay in registers from byte to byte, no branch, no call.

use super::SendByte;
use core::arch::asm;
use core::ptr::write_volatile;

const SCLK: u32 = 1 << 22; // P0.22
const MOSI: u32 = 1 << 0; // P1.00

/// The addresses of the four registers.
pub struct Cached {
    p0_outset: *mut u32,
    p0_outclr: *mut u32,
    p1_outset: *mut u32,
    p1_outclr: *mut u32,
}

impl Cached {
    /// OUTSET and OUTCLR of P0 (SCLK) and P1 (MOSI).
    pub fn new() -> Self {
        Self {
            p0_outset: 0x5000_0508 as *mut u32,
            p0_outclr: 0x5000_050C as *mut u32,
            p1_outset: 0x5000_0808 as *mut u32,
            p1_outclr: 0x5000_080C as *mut u32,
        }
    }
}

impl Default for Cached {
    fn default() -> Self {
        Self::new()
    }
}

impl SendByte for Cached {
    #[inline(always)]
    fn send_byte(&mut self, byte: u8) {
        let Self { p0_outset, p0_outclr, p1_outset, p1_outclr } = *self;
        macro_rules! bit {
            ($bit:literal) => {
                let (one, zero): (u32, u32);
                // The next bit, and its opposite. As assembly these two instructions stay here, where SCLK is
                // high: with the store that ends it, that half lasts the 3 cycles the chip asks for.
                // SAFETY: two data-processing instructions on the named registers.
                unsafe {
                    asm!(
                        "ubfx {one}, {byte}, {bit}, #1",
                        "eor {zero}, {one}, #1",
                        byte = in(reg) u32::from(byte), bit = const $bit,
                        one = out(reg) one, zero = out(reg) zero,
                        options(nomem, nostack, preserves_flags),
                    )
                };
                // A 0 written to OUTSET or OUTCLR changes nothing, so one of the two stores decides MOSI without a
                // branch, and the other is the third cycle of SCLK low.
                // SAFETY: the four addresses are GPIO registers of the nRF52840.
                unsafe {
                    write_volatile(p0_outclr, SCLK);
                    write_volatile(p1_outset, one * MOSI);
                    write_volatile(p1_outclr, zero * MOSI);
                    write_volatile(p0_outset, SCLK);
                }
            };
        }
        bit!(7);
        bit!(6);
        bit!(5);
        bit!(4);
        bit!(3);
        bit!(2);
        bit!(1);
        bit!(0);
    }
}
