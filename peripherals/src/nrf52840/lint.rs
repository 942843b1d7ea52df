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

/// A START task of USBD while EasyDMA is at work for another endpoint.
pub static USB_DMA_BUSY: Lint = Lint {
    name: "usb-dma-busy",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware started a second EasyDMA transfer of USBD during the first",
    why: "USBD has one EasyDMA for all its endpoints and takes no tasks during a transfer (PS v1.7, USBD, EasyDMA; errata 199)",
    help: "wait for ENDEPIN or ENDEPOUT before the next STARTEPIN or STARTEPOUT",
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

/// Writing flash or UICR without leave.
pub static NVMC_WRITE_DISABLED: Lint = Lint {
    name: "nvmc-write-disabled",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware wrote to flash or UICR while NVMC.CONFIG.WEN was not Wen",
    why: "nothing is written, and the bus answers with a fault (inferred; the manual gives no outcome)",
    help: "set NVMC.CONFIG to Wen and wait for READY first; if no write to flash was meant, look for a bad pointer",
};

/// Writing less than a word of flash.
pub static NVMC_NARROW_WRITE: Lint = Lint {
    name: "nvmc-narrow-write",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware wrote to flash or UICR by less than a word, or not at a multiple of 4",
    why: "only full words at word-aligned addresses can be written; anything else is a hard fault (nRF52840 PS v1.7, NVMC)",
    help: "write whole words, with ones where bits are to stay",
};

/// Writing a word too often.
pub static NVMC_WORN: Lint = Lint {
    name: "nvmc-worn",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware wrote a word of flash more often than it may be between two erases",
    why: "a word may be written twice (nWRITE; nRF52840 PS v1.7, NVMC); after that its bits may not last",
    help: "erase the page first, or put each value into a word of its own",
};

/// Erasing flash without leave.
pub static NVMC_ERASE_DISABLED: Lint = Lint {
    name: "nvmc-erase-disabled",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware started an erase while NVMC.CONFIG.WEN was not Een",
    why: "nothing is erased (inferred; the manual gives no outcome)",
    help: "set NVMC.CONFIG to Een and wait for READY first",
};

/// Erasing flash while it is being written or erased.
pub static NVMC_BUSY: Lint = Lint {
    name: "nvmc-busy",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware started an erase while NVMC.READY was 0",
    why: "nothing is erased (inferred; the manual gives no outcome)",
    help: "wait for READY first",
};

/// Erasing what is no page.
pub static NVMC_ERASE_ADDRESS: Lint = Lint {
    name: "nvmc-erase-address",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware erases a page of flash by an address that is not the first one of a page",
    why: "the wrong page may be erased (nRF52840 PS v1.7, NVMC, ERASEPAGE); here it is the one that holds the address, or none",
    help: "give a multiple of 0x1000 below 0x100000",
};

/// Writing or erasing what ACL protects.
pub static ACL_PROTECTED: Lint = Lint {
    name: "acl-protected",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware writes or erases flash that ACL protects",
    why: "nothing changes, and the bus answers with a fault (nRF52840 PS v1.7, ACL); only a reset lifts the protection",
    help: "a boot loader may have protected itself: leave its pages alone",
};

/// Protection against reading.
pub static ACL_READ: Lint = Lint {
    name: "acl-read",
    kind: Kind::Gap,
    level: LintLevel::Warn,
    message: "firmware protects flash against reading, which is not modelled",
    why: "flash stays readable",
    help: "",
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

/// An I2C bus that is not free before START.
pub static TWI_LINE_LOW: Lint = Lint {
    name: "twi-line-low",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware starts an I2C transfer on a line that nothing makes high",
    why: "SCL and SDA are driven low only and rise by a resistor (nRF52840 PS v1.7, TWIM): while SCL is low the master waits for ever, and \
          a low SDA looks like an acknowledge",
    help: "set PIN_CNF of both pins to S0D1, input connected, with pull-up, or put resistors on the board",
};

/// QSPI without a flash chip.
pub static QSPI_NO_CHIP: Lint = Lint {
    name: "qspi-no-chip",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware uses QSPI, and its pins lead to no flash chip",
    why: "SCK, CSN, IO0 and IO1 must be on the wires of one chip; zeros are read, and what is written is lost",
    help: "write the board's pins to PSEL, or choose a board that has a flash chip there, such as --board dk",
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

/// The watchdog's settings after START.
pub static WATCHDOG_LOCKED: Lint = Lint {
    name: "watchdog-locked",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware wrote CRV, RREN or CONFIG of the watchdog while it runs",
    why: "they are locked from TASKS_START to the next reset that stops the watchdog (nRF52840 PS v1.7, WDT); the write is dropped",
    help: "set the watchdog up before TASKS_START, and look at RUNSTATUS first: it runs on over a soft reset",
};

/// Calibration without the clock that it compares with.
pub static CALIBRATION_WITHOUT_HFXO: Lint = Lint {
    name: "calibration-without-hfxo",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "firmware calibrates the LFRC while the 32 MHz crystal does not run",
    why: "the LFRC is compared with the HFXO, which has to run (nRF52840 PS v1.7, CLOCK); here DONE comes all the same",
    help: "trigger TASKS_HFCLKSTART and wait for EVENTS_HFCLKSTARTED before TASKS_CAL",
};

/// RAM without power.
pub static RAM_POWER: Lint = Lint {
    name: "ram-power",
    kind: Kind::Gap,
    level: LintLevel::Note,
    message: "firmware switches sections of RAM off, which keep their contents here",
    why: "on the chip they lose them, and accesses to them have no meaning",
    help: "",
};
