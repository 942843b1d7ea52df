//! What the engine itself notices about firmware.

use peripherals::kernel::{Kind, Lint, LintLevel as Level};

/// A fault of the core that nothing took.
pub static UNHANDLED_FAULT: Lint = Lint {
    name: "unhandled-fault",
    kind: Kind::Fault,
    level: Level::Deny,
    message: "the core took a fault and the run ended there",
    why: "the instruction did what the architecture forbids (Armv7-M ARM, B1.5.14 \"Fault behavior\"), and no handler of the \
          firmware deals with it",
    help: "look at the instruction and the address above, then up the backtrace for where the value came from",
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

/// A fault in a place where none can be taken.
pub static LOCKUP: Lint = Lint {
    name: "lockup",
    kind: Kind::Fault,
    level: Level::Deny,
    message: "the core locked up: a fault came where no fault can be taken",
    why: "a fault in the handler of HardFault or NMI, or while their vector or stack cannot be used, leaves the core no way on \
          (Armv7-M ARM, B1.5.15 \"Lockup\")",
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

/// SVC, PendSV and interrupts.
pub static EXCEPTIONS: Lint = Lint {
    name: "exceptions",
    kind: Kind::Gap,
    level: Level::Deny,
    message: "the firmware needs an exception to be taken, which is not modelled yet",
    why: "exception entry and return are still missing from the simulator",
    help: "for now, only firmware that polls can be run",
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
    why: "BKPT without a debugger is a HardFault (Armv7-M ARM, C1.7)",
    help: "semihosting is BKPT 0xAB; any other is usually an assertion that failed",
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
pub static ALL: [&Lint; 8] =
    [&UNHANDLED_FAULT, &HALTED_ON_FAULT, &LOCKUP, &FAULT_TAKEN, &EXCEPTIONS, &SEMIHOSTING, &BREAKPOINT, &ENGINE];
