//! Text and exit by semihosting ("Semihosting for AArch32 and AArch64", Arm). On a board without a debugger the
//! breakpoint is a HardFault instead: this firmware is made to be watched.

use core::fmt::{self, Write};
use cortex_m_semihosting::syscall1;

const SYS_WRITE0: usize = 0x04;
const SYS_EXIT_EXTENDED: usize = 0x20;
const ADP_STOPPED_APPLICATION_EXIT: usize = 0x20026;

/// A line of text being put together; what does not fit is cut off.
pub struct Text {
    bytes: [u8; 160],
    used: usize,
}

impl Write for Text {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        // The last byte stays 0: SYS_WRITE0 ends there.
        for (to, from) in self.bytes[self.used..159].iter_mut().zip(s.bytes()) {
            *to = from;
            self.used += 1;
        }
        Ok(())
    }
}

/// Prints formatted text; use it as `console::print(format_args!("..."))`.
#[inline(never)]
pub fn print(text: fmt::Arguments) {
    let mut line = Text { bytes: [0; 160], used: 0 };
    let _ = line.write_fmt(text);
    // SAFETY: the pointer is to a zero-terminated string that lives until the call returns.
    unsafe { syscall1(SYS_WRITE0, line.bytes.as_ptr() as usize) };
}

/// Ends the program with an exit code.
pub fn exit(code: u32) -> ! {
    let block = [ADP_STOPPED_APPLICATION_EXIT, code as usize];
    loop {
        // SAFETY: the pointer is to the two words that SYS_EXIT_EXTENDED asks for.
        unsafe { syscall1(SYS_EXIT_EXTENDED, block.as_ptr() as usize) };
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    print(format_args!("{info}\n"));
    exit(101)
}
