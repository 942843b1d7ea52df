//! The smallest program of one's own: blinks LED1 of the nRF52840 Dongle, prints a line, ends.
#![no_std]
#![no_main]

use core::ptr::write_volatile;
use cortex_m::asm::delay;
use cortex_m_rt::entry;
use cortex_m_semihosting::syscall1;

const P0_OUTSET: *mut u32 = 0x5000_0508 as *mut u32;
const P0_OUTCLR: *mut u32 = 0x5000_050C as *mut u32;
const P0_DIRSET: *mut u32 = 0x5000_0518 as *mut u32;
const LED1: u32 = 1 << 6; // P0.06, lit when low

const SYS_WRITE0: usize = 0x04;
const SYS_EXIT_EXTENDED: usize = 0x20;
const ADP_STOPPED_APPLICATION_EXIT: usize = 0x20026;

#[entry]
fn main() -> ! {
    // SAFETY: the three addresses are GPIO registers of the nRF52840.
    unsafe {
        write_volatile(P0_OUTSET, LED1);
        write_volatile(P0_DIRSET, LED1);
        for _ in 0..3 {
            write_volatile(P0_OUTCLR, LED1);
            delay(6_400_000 / 3); // 0.1 s at 64 MHz: a round of the loop in it takes 3 cycles
            write_volatile(P0_OUTSET, LED1);
            delay(6_400_000 / 3);
        }
    }
    print(c"hello from Rust\n");
    exit(0)
}

fn print(text: &core::ffi::CStr) {
    // SAFETY: the text ends with a zero and outlives the call.
    unsafe { syscall1(SYS_WRITE0, text.as_ptr() as usize) };
}

fn exit(code: usize) -> ! {
    let block = [ADP_STOPPED_APPLICATION_EXIT, code];
    loop {
        // SAFETY: the block is the two words the call wants.
        unsafe { syscall1(SYS_EXIT_EXTENDED, block.as_ptr() as usize) };
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    print(c"panic\n");
    exit(101)
}
