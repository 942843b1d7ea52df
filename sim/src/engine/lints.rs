//! What the engine itself notices about firmware.

use peripherals::kernel::{Kind, Lint, LintLevel as Level};

/// A fault of the core that nothing took.
pub static UNHANDLED_FAULT: Lint = Lint {
    name: "unhandled-fault",
    kind: Kind::Fault,
    level: Level::Deny,
    message: "the core took an exception that the firmware has no handler for, and the run ended there",
    why: "the vector table has no code at its place (Armv7-M ARM, B1.5.3 \"The vector table\")",
    help: "look at the instruction and the address above, then up the backtrace for where the value came from, and give the \
           exception a handler",
};

/// Parked where firmware goes when something went wrong.
pub static HALTED_ON_FAULT: Lint = Lint {
    name: "halted-on-fault",
    kind: Kind::Fault,
    level: Level::Deny,
    message: "the firmware stopped in its panic or fault handler",
    why: "it ended in a loop in a function that is called when something has gone wrong",
    help: "see what it printed before, or set a breakpoint on the function",
};

/// Firmware that resets itself over and over.
pub static RESETS: Lint = Lint {
    name: "reset-loop",
    kind: Kind::Fault,
    level: Level::Deny,
    message: "the firmware resets itself over and over",
    why: "each start ends in AIRCR.SYSRESETREQ; nothing new comes of it",
    help: "look at what it does before the reset: RESETREAS and UICR are kept as on the chip",
};

/// A fault in a place where none can be taken.
pub static LOCKUP: Lint = Lint {
    name: "lockup",
    kind: Kind::Fault,
    level: Level::Deny,
    message: "the core locked up: a fault came where no fault can be taken",
    why: "a fault in the handler of HardFault or NMI, with FAULTMASK set, or while their vector cannot be read, stops the core, \
          and the nRF52840 resets itself (Armv7-M ARM, B1.5.15 \"Unrecoverable exception cases\")",
    help: "look for the first fault, and keep the HardFault handler short, with a stack that it can trust",
};

/// A fault that the firmware deals with.
pub static FAULT_TAKEN: Lint = Lint {
    name: "fault-taken",
    kind: Kind::Fault,
    level: Level::Note,
    message: "the core took a fault, and the firmware's own handler dealt with it",
    why: "an instruction did what the architecture forbids (Armv7-M ARM, B1.5.14 \"Fault behavior\"); some firmware does so on \
          purpose, to find out what is there",
    help: "",
};

/// A call of what lies below an application in flash.
pub static SOFTDEVICE_ABSENT: Lint = Lint {
    name: "softdevice-absent",
    kind: Kind::Fault,
    level: Level::Warn,
    message: "the firmware calls the SoftDevice or the MBR below it, and no image holds them",
    why: "on a board they answer SVC from 0x10 on; here it goes to the firmware's own handler",
    help: "give the SoftDevice as well, of the version that the firmware is linked behind: \
           `badgebench sim softdevice.hex app.uf2`",
};

/// A semihosting operation that is not offered.
pub static SEMIHOSTING: Lint = Lint {
    name: "semihosting-operation",
    kind: Kind::Gap,
    level: Level::Warn,
    message: "the firmware asked the debugger for something that is not offered",
    why: "only SYS_WRITEC, SYS_WRITE0, SYS_EXIT and SYS_EXIT_EXTENDED are; files of the host are out of reach on purpose",
    help: "print with SYS_WRITE0, and put data into the image",
};

/// A BKPT that is no semihosting call.
pub static BREAKPOINT: Lint = Lint {
    name: "breakpoint",
    kind: Kind::Fault,
    level: Level::Deny,
    message: "the firmware ran into a breakpoint, and no debugger is attached",
    why: "BKPT without a debugger is a HardFault, unless the firmware monitors itself (Armv7-M ARM, C1.7)",
    help: "semihosting is BKPT 0xAB; any other is usually an assertion that failed",
};

/// Logs that only their ELF file can make text of.
pub static RTT_DEFMT: Lint = Lint {
    name: "rtt-defmt",
    kind: Kind::Gap,
    level: Level::Warn,
    message: "the firmware logs by defmt, and no image has the text of it",
    why: "defmt sends numbers instead of text, and the text is in the section .defmt of the ELF file, of format version 3 or 4; what it \
          sent over RTT is thrown away",
    help: "give the ELF file that the linker made, with its symbols, instead of a HEX or UF2 file",
};

/// Data that nobody fetches.
pub static RTT_BUFFER: Lint = Lint {
    name: "rtt-buffer",
    kind: Kind::Gap,
    level: Level::Warn,
    message: "there is data in an RTT up-buffer other than 0, and nobody fetches it",
    why: "only up-buffer 0 is the console; others carry what a tool on the host would ask for",
    help: "",
};

/// The simulator's own mistake.
pub static ENGINE: Lint = Lint {
    name: "engine",
    kind: Kind::Bug,
    level: Level::Deny,
    message: "the simulator cannot go on",
    why: "this is a mistake in badgebench, not in the firmware",
    help: "please report it with the image that shows it",
};

/// All of them.
pub static ALL: &[&Lint] = &[
    &UNHANDLED_FAULT,
    &RESETS,
    &LOCKUP,
    &FAULT_TAKEN,
    &HALTED_ON_FAULT,
    &SEMIHOSTING,
    &BREAKPOINT,
    &SOFTDEVICE_ABSENT,
    &RTT_DEFMT,
    &RTT_BUFFER,
    &ENGINE,
];
