//! Step `direct`: no pin objects, the registers by their addresses.

use super::SendByte;
use core::ptr::write_volatile;
use cortex_m::asm::nop;

const P0_OUTSET: *mut u32 = 0x5000_0508 as *mut u32;
const P0_OUTCLR: *mut u32 = 0x5000_050C as *mut u32;
const P1_OUTSET: *mut u32 = 0x5000_0808 as *mut u32;
const P1_OUTCLR: *mut u32 = 0x5000_080C as *mut u32;
const SCLK: u32 = 1 << 22; // P0.22
const MOSI: u32 = 1 << 0; // P1.00

/// Nothing to remember: every address is a constant.
pub struct Direct;

impl SendByte for Direct {
    #[inline(never)]
    fn send_byte(&mut self, byte: u8) {
        for bit in (0..8).rev() {
            // SAFETY: the four addresses are GPIO registers of the nRF52840.
            unsafe {
                write_volatile(P0_OUTCLR, SCLK);
                if byte & (1 << bit) != 0 {
                    write_volatile(P1_OUTSET, MOSI);
                } else {
                    write_volatile(P1_OUTCLR, MOSI);
                }
                nop(); // low for 3 cycles, however short the compiler makes the choice above
                write_volatile(P0_OUTSET, SCLK);
                nop(); // high for 3 cycles, even if the compiler unrolls the loop
                nop();
            }
        }
    }
}
