//! Each wrong verdict is a diagnostic, denied by default.

use super::report::{Report, Verdict};
use peripherals::kernel::{ActorId, Findings, Instant, Kind, Lint, LintLevel};

macro_rules! lints {
    ($($ident:ident = $name:literal: $message:literal, why $why:literal, help $help:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`: ", $message, ".")]
            pub static $ident: Lint = Lint {
                name: $name, kind: Kind::Fault, level: LintLevel::Deny, message: $message, why: $why, help: $help,
            };
        )*
        /// All of them.
        pub static ALL: &[&Lint] = &[$(&$ident),*];
    };
}

lints! {
    WRONG_BIT_ORDER = "wrong-bit-order": "firmware sends the bits of each byte in the wrong order",
        why "SCI is MSB first, and so is SDI unless SM_SDIORD is 1 (VS1053b datasheet, \"SCI_MODE\")",
        help "bit 7 of each byte goes first; for SDI, what is sent and SM_SDIORD must agree";
    WRONG_MODE = "wrong-mode": "firmware's data is not valid at the edge of SCLK at which the chip samples",
        why "the chip samples SI at the rising edge of SCLK; SPI modes 0 and 3 do that (VS1053b datasheet, \"SCI Timing Diagram\")",
        help "set MOSI before SCLK rises and leave it until after: SPI mode 0 or 3";
    SWAPPED_LINES = "swapped-lines": "two wires of the SPI bus have changed places",
        why "what is on one of them only makes sense on the other",
        help "exchange the two pins in the firmware, or the two wires on the board";
    SHIFTED = "shifted": "firmware's bytes do not begin where the select falls",
        why "the first rising edge of SCLK after XCS or XDCS has fallen is bit 7 (VS1053b datasheet, \"Serial Data Interface\")",
        help "bring SCLK to its level of rest before the select falls, and clock eight times a byte";
    NO_SELECT = "no-select": "firmware sends while the chip is not selected",
        why "the chip takes commands while XCS is low and a stream while XDCS is low, and ignores everything else",
        help "drive the select low before the first clock and high after the last, and make its pin an output";
    NO_CLOCK = "no-clock": "firmware moves the other wires of the SPI bus, but not SCLK",
        why "without a rising edge of SCLK no bit reaches the chip",
        help "make SCLK's pin an output and check its number; if these pins are not meant as SPI, choose another board";
    UNRECOGNISED = "unrecognised": "firmware sends data that makes no sense in any bit order, at any clock edge or shift",
        why "commands are 32 clocks with XCS low that begin with 02 or 03 and the address of a register",
        help "compare the first bytes with what the firmware means to send; keep XCS low for the whole command";
}

impl Verdict {
    /// The diagnostic for it; `None` for `ok` and `idle`.
    pub fn lint(self) -> Option<&'static Lint> {
        match self {
            Self::Ok | Self::Idle => None,
            Self::WrongBitOrder => Some(&WRONG_BIT_ORDER),
            Self::WrongMode => Some(&WRONG_MODE),
            Self::SwappedLines => Some(&SWAPPED_LINES),
            Self::Shifted => Some(&SHIFTED),
            Self::NoSelect => Some(&NO_SELECT),
            Self::NoClock => Some(&NO_CLOCK),
            Self::Unrecognised => Some(&UNRECOGNISED),
        }
    }
}

impl Report {
    /// Adds the bus's diagnostic to `findings`, if its verdict is wrong. `actor` is whose wires they are; `bus` tells
    /// several buses of one actor apart. To be called once, at the end of a run.
    pub fn file(&self, findings: &mut Findings, actor: ActorId, bus: u64) {
        if let Some(lint) = self.verdict.lint() {
            let detail = || format!("{}: {}", self.name, self.detail);
            let pc = self.culprits.first().map(|culprit| culprit.pc);
            findings.report(lint, actor, bus, self.first.unwrap_or(Instant::ZERO), pc, detail);
        }
    }
}
