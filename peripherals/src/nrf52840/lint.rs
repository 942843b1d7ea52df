//! Rules that blocks of the SoC notice.

use crate::kernel::{Kind, Lint, LintLevel};

/// A register that the chip has and the model has not.
pub static NOT_MODELLED: Lint = Lint {
    name: "not-modelled",
    kind: Kind::Gap,
    level: LintLevel::Warn,
    message: "firmware used a register that is not modelled yet",
    why: "reads give its value after reset and writes have no effect, so the run may differ from the chip",
    help: "",
};

/// A page of the bus that has nothing at that offset.
pub static NO_SUCH_REGISTER: Lint = Lint {
    name: "no-such-register",
    kind: Kind::Gap,
    level: LintLevel::Warn,
    message: "firmware used an address inside a peripheral that no manual names",
    why: "reads give 0 and writes have no effect; the chip may have something undocumented there",
    help: "",
};

/// A narrow or unaligned access to a register.
pub static ACCESS_WIDTH: Lint = Lint {
    name: "peripheral-access-width",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "a register was accessed by less than a word, or not at a multiple of 4",
    why: "peripheral registers take aligned 32-bit accesses; here only the addressed bytes count, the chip may do something else",
    help: "use a 32-bit volatile access",
};

/// A write to a register that cannot be written.
pub static READ_ONLY: Lint = Lint {
    name: "read-only-register",
    kind: Kind::Fault,
    level: LintLevel::Note,
    message: "firmware wrote a read-only register",
    why: "the chip drops the write",
    help: "",
};

/// An input that nothing decides.
pub static FLOATING_INPUT: Lint = Lint {
    name: "floating-input",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware read an input pin whose wire nothing drives or pulls",
    why: "its level is chance on real hardware; here it reads low",
    help: "set PIN_CNF.PULL, or wire the pin to something that drives it",
};

/// Writes to OUT that reach no wire.
pub static OUTPUT_NOT_ENABLED: Lint = Lint {
    name: "output-not-enabled",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware moves a pin that is no output, so that nothing reaches its wire",
    why: "OUT drives a pin only while DIR is 1 (nRF52840 PS v1.7, GPIO); after a reset all pins are inputs",
    help: "set the pin's bit by DIRSET, or PIN_CNF.DIR",
};

/// P0.09 or P0.10 as an output while they belong to the NFC antenna.
pub static NFC_PINS: Lint = Lint {
    name: "nfc-pins",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "P0.09 or P0.10 is used as a GPIO while UICR.NFCPINS gives it to the NFC antenna",
    why: "after reset both pins are antenna pins unless UICR.NFCPINS bit 0 is 0 (nRF52840 PS, UICR, NFCPINS)",
    help: "write 0xFFFFFFFE to UICR.NFCPINS and reset, or use other pins",
};

/// LFCLKSTART with the crystal as the source on a board without one.
pub static NO_LFXO: Lint = Lint {
    name: "no-lfxo",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware starts the 32.768 kHz crystal, and the board has none",
    why: "EVENTS_LFCLKSTARTED never comes with LFCLKSRC.SRC = Xtal and no crystal at P0.00 and P0.01",
    help: "use LFCLKSRC.SRC = RC or Synth",
};

/// Erasing flash.
pub static NVMC_ERASE: Lint = Lint {
    name: "nvmc-erase",
    kind: Kind::Gap,
    level: LintLevel::Warn,
    message: "firmware erases flash, which is not modelled yet",
    why: "flash keeps its contents",
    help: "",
};

/// Writing flash.
pub static NVMC_WRITE: Lint = Lint {
    name: "nvmc-write",
    kind: Kind::Gap,
    level: LintLevel::Warn,
    message: "firmware writes flash, which is not modelled yet",
    why: "flash keeps its contents",
    help: "",
};

/// Writing flash or UICR without leave.
pub static NVMC_WRITE_DISABLED: Lint = Lint {
    name: "nvmc-write-disabled",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware wrote to flash or UICR while NVMC.CONFIG.WEN was not Wen",
    why: "the write is dropped (inferred; the manual gives no outcome)",
    help: "set NVMC.CONFIG to Wen and wait for READY first",
};

/// EasyDMA outside data RAM.
pub static EASYDMA_NOT_RAM: Lint = Lint {
    name: "easydma-not-ram",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "an EasyDMA pointer is outside data RAM",
    why: "EasyDMA reaches data RAM only (nRF52840 PS, EasyDMA); zeros are moved instead",
    help: "copy constants from flash to RAM first",
};

/// A UART without its pin.
pub static UART_DISCONNECTED: Lint = Lint {
    name: "uart-disconnected",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware starts a UART whose PSEL names no pin",
    why: "without PSEL.TXD nothing leaves the chip, and without PSEL.RXD nothing is received (nRF52840 PS v1.7, UARTE, Pin \
          configuration); here text is shown all the same",
    help: "write the pin's number to PSEL.TXD or PSEL.RXD before ENABLE",
};

/// Bytes that came while nobody took them.
pub static UART_OVERRUN: Lint = Lint {
    name: "uart-overrun",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "a UART has lost a byte that came on RXD",
    why: "firmware had not taken those before it, and the receiver holds six (ERRORSRC.OVERRUN)",
    help: "trigger STARTRX in time or by the short ENDRX_STARTRX, use a larger buffer, or use flow control",
};

/// A timer that is set up anew while it runs.
pub static TIMER_CHANGED_WHILE_RUNNING: Lint = Lint {
    name: "timer-changed-while-running",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware changed MODE, BITMODE or PRESCALER of a timer that runs",
    why: "the outcome is unpredictable (nRF52840 PS v1.7, TIMER); here the count goes on in the new setting",
    help: "trigger TASKS_STOP first",
};

/// A prescaler that stays what it was.
pub static RTC_PRESCALER_WHILE_RUNNING: Lint = Lint {
    name: "rtc-prescaler-while-running",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware wrote PRESCALER of a real-time counter that runs",
    why: "PRESCALER is read-only from START to STOP (nRF52840 PS v1.7, RTC); the write is dropped",
    help: "trigger TASKS_STOP first",
};

/// A PPI channel between places where nothing is.
pub static PPI_ENDPOINT: Lint = Lint {
    name: "ppi-endpoint",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "a PPI channel is enabled that leads from no event or to no task",
    why: "EEP takes the address of an EVENTS register, TEP and FORK.TEP that of a TASKS register (nRF52840 PS v1.7, PPI); others do nothing",
    help: "give the addresses of an EVENTS and a TASKS register",
};

/// PPI channels that feed themselves.
pub static PPI_LOOP: Lint = Lint {
    name: "ppi-loop",
    kind: Kind::Fault,
    level: LintLevel::Note,
    message: "PPI channels keep each other going without end, a task at every edge of the 16 MHz clock",
    why: "their tasks raise the events that trigger them; it is simulated faithfully, and slowly",
    help: "look for a channel whose task raises its own event",
};
