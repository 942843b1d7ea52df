//! The smallest firmware that shows a diagnostic, for those that have no page of their own.
//!
//! C with register names as in Nordic's headers, or wires and bytes; `fixtures/` holds firmware that can be run.

/// What shows a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Example {
    /// A piece of C.
    C(&'static str),
    /// What is sent to the chip, or how the board is wired.
    Wire(&'static str),
    /// A file in `fixtures/`, to be run by `sim`, and what to look at.
    Fixture(&'static str, &'static str),
    /// Nothing of a firmware's can show it.
    Nothing(&'static str),
}
use Example::{C, Fixture, Nothing, Wire};

/// The example for the diagnostic `name`.
pub(super) fn example(name: &str) -> Option<Example> {
    EXAMPLES.iter().find(|(known, _)| *known == name).map(|&(_, example)| example)
}

/// By name.
pub(super) static EXAMPLES: &[(&str, Example)] = &[
    (
        "acl-protected",
        C(
            "NRF_ACL->ACL[0].ADDR = 0x1000;\nNRF_ACL->ACL[0].SIZE = 0x1000;\nNRF_ACL->ACL[0].PERM = 2;  /* no writes */\n\
           NRF_NVMC->CONFIG = 1;\n*(volatile uint32_t *)0x1000 = 0;",
        ),
    ),
    (
        "acl-read",
        C("NRF_ACL->ACL[0].ADDR = 0x1000;\nNRF_ACL->ACL[0].SIZE = 0x1000;\nNRF_ACL->ACL[0].PERM = 4;  /* no reads */"),
    ),
    ("breakpoint", C("__asm volatile(\"bkpt 1\");  /* and no --gdb */")),
    (
        "calibration-without-hfxo",
        C(
            "NRF_CLOCK->TASKS_LFCLKSTART = 1;  /* LFRC */\nNRF_CLOCK->TASKS_CAL = 1;  /* TASKS_HFCLKSTART was forgotten */",
        ),
    ),
    ("choppy-sound", Fixture("player-too-slow.elf", "throughput.verdict is `choppy`")),
    (
        "capture-glitches",
        Wire(
            "a recording in which a wire changes for one sample and back, and nothing else: `badgebench decode` takes the pulse out",
        ),
    ),
    ("contention", Wire("MOSI of the board wired to MISO of the chip, both outputs: one drives high, the other low")),
    (
        "easydma-not-ram",
        C("static const uint8_t text[] = \"hello\";  /* in flash */\nNRF_UARTE0->TXD.PTR = (uint32_t)text;\n\
           NRF_UARTE0->TXD.MAXCNT = 5;\nNRF_UARTE0->TASKS_STARTTX = 1;"),
    ),
    ("engine", Nothing("it is a bug of the simulator's, which no firmware should be able to bring about")),
    ("fault-taken", C("__asm volatile(\"udf 0\");  /* and a HardFault handler that returns behind it */")),
    (
        "flash-chip-wires",
        Wire("QSPI_CSN and QSPI_SCK of a flash chip on the board, and PSEL.IO3 names another pin than its wire"),
    ),
    (
        "floating-input",
        C(
            "NRF_P0->PIN_CNF[2] = 0;  /* input, no pull; nothing on the board drives P0.02 */\nif (NRF_P0->IN & 1 << 2)\n    play();",
        ),
    ),
    (
        "halted-on-fault",
        C("void HardFault_Handler(void) { for (;;) {} }\n\n*(volatile uint32_t *)0x30000000;  /* nothing is there */"),
    ),
    ("lockup", Fixture("conformance-lockup-hardfault.elf", "the handler of HardFault faults itself")),
    ("nfc-pins", C("NRF_P0->DIRSET = 1 << 9;  /* UICR.NFCPINS is erased: the pin belongs to the antenna */")),
    (
        "dreq-differs",
        Wire(
            "a recording with DREQ of a chip that runs at 3.0 times its crystal, where CLOCKF on its wires says 4.5 times",
        ),
    ),
    (
        "sci-read-differs",
        Wire("a recording in which a driver reads STATUS, and MISO answers with the version of a VS1003"),
    ),
    ("no-clock", Wire("MOSI moves, SCLK does not: its pin was never made an output")),
    (
        "no-lfxo",
        C(
            "NRF_CLOCK->LFCLKSRC = 1;  /* Xtal, on a board with none: --board aramcon */\nNRF_CLOCK->TASKS_LFCLKSTART = 1;",
        ),
    ),
    ("no-select", Fixture("player-no-xdcs.elf", "spi[0].verdict is `no-select`")),
    ("no-such-register", C("*(volatile uint32_t *)0x40008800;  /* TIMER0 has nothing there */")),
    ("not-modelled", C("NRF_RADIO->TASKS_TXEN = 1;")),
    (
        "nvmc-busy",
        C(
            "NRF_NVMC->CONFIG = 2;\nNRF_NVMC->ERASEPAGE = 0x7F000;\nNRF_NVMC->ERASEPAGE = 0x7E000;  /* from RAM, READY still 0 */",
        ),
    ),
    ("nvmc-erase-address", C("NRF_NVMC->CONFIG = 2;\nNRF_NVMC->ERASEPAGE = 0x7F004;")),
    ("nvmc-erase-disabled", C("NRF_NVMC->ERASEPAGE = 0x7F000;  /* CONFIG is still 0 */")),
    ("nvmc-narrow-write", C("NRF_NVMC->CONFIG = 1;\n*(volatile uint8_t *)0x7F000 = 0x55;")),
    (
        "nvmc-worn",
        C("NRF_NVMC->CONFIG = 1;\nfor (int i = 0; i < 3; i++)\n    *(volatile uint32_t *)0x7F000 = ~(1u << i);"),
    ),
    ("nvmc-write-disabled", C("*(volatile uint32_t *)0x7F000 = 0;  /* CONFIG is still 0 */")),
    ("oscillation", Wire("a PPI channel toggles a pin by GPIOTE at each of its own edges")),
    ("output-not-enabled", C("NRF_P0->OUTSET = 1 << 22;  /* DIRSET was forgotten */")),
    ("peripheral-access-width", C("*(volatile uint8_t *)&NRF_P0->OUTSET = 1;")),
    (
        "ppi-endpoint",
        C("NRF_PPI->CH[0].EEP = (uint32_t)&NRF_TIMER0->EVENTS_COMPARE[0];\nNRF_PPI->CHENSET = 1;  /* TEP is 0 */"),
    ),
    (
        "ppi-loop",
        C("NRF_PPI->CH[0].EEP = (uint32_t)&NRF_EGU0->EVENTS_TRIGGERED[0];\n\
           NRF_PPI->CH[0].TEP = (uint32_t)&NRF_EGU0->TASKS_TRIGGER[0];\nNRF_PPI->CHENSET = 1;\nNRF_EGU0->TASKS_TRIGGER[0] = 1;"),
    ),
    ("qspi-no-chip", C("NRF_QSPI->ENABLE = 1;\nNRF_QSPI->TASKS_ACTIVATE = 1;  /* on a board without a flash chip */")),
    ("ram-power", C("NRF_POWER->RAM[0].POWERCLR = 3;")),
    ("read-only-register", C("NRF_P0->IN = 0;")),
    ("reset-loop", C("NVIC_SystemReset();  /* first thing in main */")),
    ("rtc-prescaler-while-running", C("NRF_RTC1->TASKS_START = 1;\nNRF_RTC1->PRESCALER = 31;")),
    ("rtt-buffer", C("SEGGER_RTT_Write(1, data, size);  /* up-buffer 1 */")),
    ("rtt-defmt", C("defmt::info!(\"hello\");  /* Rust, with defmt-rtt */")),
    ("semihosting-operation", C("/* R0 = SYS_OPEN */\n__asm volatile(\"movs r0, #1\\n bkpt 0xAB\");")),
    (
        "shifted",
        Wire("SCLK rests high when XCS falls, and the first edge goes down and up again before bit 7 is there"),
    ),
    (
        "softdevice-absent",
        C("sd_softdevice_enable(&clock, handler);  /* the application alone, without the SoftDevice's .hex */"),
    ),
    ("swapped-lines", Fixture("player-swapped-lines.elf", "spi[0].verdict is `swapped-lines`")),
    ("timer-changed-while-running", C("NRF_TIMER0->TASKS_START = 1;\nNRF_TIMER0->BITMODE = 3;")),
    (
        "twi-line-low",
        C("NRF_TWIM0->PSEL.SCL = 27;  /* no resistor on the board, none in PIN_CNF */\nNRF_TWIM0->TASKS_STARTTX = 1;"),
    ),
    (
        "uart-disconnected",
        C("NRF_UARTE0->ENABLE = 8;\nNRF_UARTE0->TASKS_STARTTX = 1;  /* PSEL.TXD is still disconnected */"),
    ),
    ("uart-overrun", C("NRF_UART0->TASKS_STARTRX = 1;\nfor (;;) {}  /* RXD is never read */")),
    ("unhandled-fault", C("/* a vector table with 0 for HardFault */\n__asm volatile(\"udf 0\");")),
    ("unrecognised", Wire("random bytes with XCS low: no command begins with 02 or 03")),
    ("usb-device", C("/* a device descriptor of 18 bytes whose bLength is 0 */")),
    (
        "usb-dma-busy",
        C("NRF_USBD->TASKS_STARTEPIN[0] = 1;\nNRF_USBD->TASKS_STARTEPIN[1] = 1;  /* before EVENTS_ENDEPIN[0] */"),
    ),
    ("usb-storage", C("/* a mass storage device that stalls READ CAPACITY each time */")),
    ("vs1053-application", Wire("SCI write: AIADDR = 0x0050, with no patch loaded that is known")),
    ("vs1053-codec", Wire("SDI: a WMA file, from its first byte 30 26 B2 75 8E 66 CF 11")),
    ("vs1053-he-aac", Wire("SDI: HE-AAC in ADTS or MP4; SBR is not played")),
    ("vs1053-i2s", Wire("SCI writes: WRAMADDR = 0xC040, WRAM = 0x000C (I2S_CONFIG)")),
    ("vs1053-midi-reverb", Wire("SDI, in a MIDI file: control change 80 (B0 50 03)")),
    ("vs1053-mode", Wire("SCI write: MODE = 0x4840 (SM_STREAM)")),
    ("vs1053-ogg-recording", Wire("the encoder's plugin is loaded, then SCI write: AIADDR = 0x0034")),
    ("vs1053-sdi-test", Wire("SM_TESTS set, then SDI: 50 ED 6E 54 00 00 00 00")),
    ("watchdog-locked", C("NRF_WDT->TASKS_START = 1;\nNRF_WDT->CRV = 32767;")),
    ("wrong-bit-order", Fixture("player-lsb-first.elf", "spi[0].verdict is `wrong-bit-order`")),
    ("wrong-mode", Fixture("player-mode1.elf", "spi[0].verdict is `wrong-mode`")),
    // These have pages too; here is firmware to run.
    ("sdi-overrun", Fixture("player-no-dreq.elf", "vs1053[0].fifo.overrun_bytes is more than 0")),
];

impl Example {
    /// For people, as Markdown.
    pub(super) fn markdown(self) -> String {
        match self {
            C(code) => format!("```c\n{code}\n```"),
            Wire(text) => text.to_owned(),
            Fixture(file, what) => format!("`badgebench sim fixtures/{file}`: {what}"),
            Nothing(why) => format!("None: {why}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::pages;
    use crate::report::all_lints;
    use std::path::Path;

    #[test]
    fn every_diagnostic_has_a_page_or_an_example() {
        for lint in all_lints() {
            assert!(pages::page(lint.name).is_some() || example(lint.name).is_some(), "`{}` has neither", lint.name);
        }
        for (name, _) in EXAMPLES {
            assert!(all_lints().iter().any(|lint| lint.name == *name), "there is no `{name}`");
        }
    }

    #[test]
    fn fixtures_that_are_named_exist() {
        for (name, example) in EXAMPLES {
            if let Fixture(file, _) = example {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(file);
                assert!(path.exists(), "{name}: {}", path.display());
            }
        }
    }
}
