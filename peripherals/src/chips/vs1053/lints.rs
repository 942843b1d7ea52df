//! The rules that a driver of this chip can break, and what of the chip is not modelled.

use crate::kernel::{Kind, Lint, LintLevel};

macro_rules! lints {
    ($($(#[$doc:meta])* $id:ident = $name:literal $kind:ident $level:ident: $message:literal, why $why:literal, help $help:literal;)*) => {
        $($(#[$doc])* pub static $id: Lint = Lint {
            name: $name, kind: Kind::$kind, level: LintLevel::$level, message: $message, why: $why, help: $help,
        };)*
        /// Every rule of this chip, in the order of the datasheet's chapters.
        pub static LINTS: &[&Lint] = &[$(&$id),*];
    };
}

lints! {
    /// SCLK under a select in reset.
    CHIP_IN_RESET = "chip-in-reset" Fault Warn: "firmware sends to the VS1053 while XRESET holds it in reset",
        why "with XRESET low the chip hears nothing (VS1053b datasheet, \"Hardware Reset\"); the model speaks up after 8 clocks",
        help "make XRESET's pin an output and drive it high, then wait for DREQ high";
    /// An input that nothing decides.
    FLOATING = "vs1053-floating-input" Fault Warn: "SCLK runs while nothing drives or pulls an input of the VS1053",
        why "its level is chance on real hardware; here it reads low, so that a select counts as active",
        help "make the pin of the wire an output before the first clock";
    /// More SDI bytes than the FIFO has room for.
    SDI_OVERRUN = "sdi-overrun" Fault Deny: "firmware sent audio data for which the VS1053 had no room",
        why "DREQ high promises room for 32 bytes; beyond that they are lost (VS1053b datasheet, \"Data Request Pin DREQ\")",
        help "wait for DREQ high before each block of at most 32 bytes";
    /// SDI bytes before the chip has booted.
    SDI_DURING_BOOT = "sdi-during-boot" Fault Warn: "firmware sent audio data while the VS1053 was booting",
        why "DREQ is low for 22,000 XTALI after a reset and data are lost until it rises (VS1053b datasheet, \"Hardware Reset\")",
        help "wait for DREQ high after releasing XRESET or setting SM_RESET";
    /// An SCI operation completed while the one before was being executed.
    SCI_WHILE_BUSY = "sci-while-busy" Fault Warn: "firmware finished an SCI operation before the VS1053 had executed the one before",
        why "the chip may miss it: DREQ is low while an operation is executed (VS1053b datasheet, \"SCI Registers\")",
        help "wait for DREQ high before each SCI operation";
    /// An SCI operation before the chip has booted.
    SCI_DURING_BOOT = "sci-during-boot" Fault Warn: "firmware used SCI while the VS1053 was booting",
        why "DREQ is low for 22,000 XTALI after a reset and SCI must not be used until it rises (VS1053b datasheet, \"Hardware Reset\")",
        help "wait for DREQ high after releasing XRESET or setting SM_RESET";
    /// SCLK faster than CLKI allows.
    SCLK_TOO_FAST = "sclk-too-fast" Fault Warn: "SCLK was faster than the VS1053's clock allows",
        why "at most CLKI/7 for SCI reads and CLKI/4 for SCI writes and SDI; CLKI is XTALI until CLOCKF has taken effect (VS1053b datasheet, \"SPI Timing Diagram\")",
        help "slow SCLK down, or set SCI_CLOCKF first and wait for DREQ";
    /// tWL or tWH.
    SCLK_PULSE_SHORT = "sclk-pulse-short" Fault Warn: "SCLK was high or low for too short a time",
        why "tWH and tWL are at least 2 CLKI each (VS1053b datasheet, \"SPI Timing Diagram\")",
        help "spread the edges of SCLK evenly";
    /// tH.
    SI_HOLD_SHORT = "si-hold-short" Fault Warn: "SI changed too soon after the rising edge of SCLK",
        why "the hold time tH is at least 2 CLKI (VS1053b datasheet, \"SPI Timing Diagram\")",
        help "change SI together with or after the falling edge of SCLK";
    /// tXCSS, tXCSH, tXCS.
    SELECT_TIMING = "select-timing" Fault Warn: "a select of the VS1053 moved too close to SCLK or to its own last edge",
        why "1 CLKI from the last edge to deselect, XCS high for 2 CLKI (VS1053b datasheet, \"SPI Timing Diagram\")",
        help "wait a little before and after each select";
    /// XCS and XDCS low at once.
    BOTH_SELECTS_LOW = "both-selects-low" Fault Warn: "SCLK ran with XCS and XDCS both low",
        why "a bit belongs either to SCI or to SDI (VS1053b datasheet, \"SPI Buses\"); the model gives it to both",
        help "raise one select before lowering the other";
    /// XDCS inside a byte.
    XDCS_INSIDE_BYTE = "xdcs-inside-byte" Fault Warn: "the select of SDI changed inside a byte",
        why "every edge of the select starts a new byte, so the bits before it are lost (VS1053b datasheet, \"Serial Data Interface\")",
        help "move XDCS only between bytes";
    /// Neither 0x02 nor 0x03.
    SCI_UNKNOWN_OPCODE = "sci-unknown-opcode" Fault Warn: "an SCI operation began with something that is no opcode",
        why "0x02 writes and 0x03 reads (VS1053b datasheet, \"SCI Read\", \"SCI Write\"); the rest is ignored until XCS rises",
        help "check bit order, clock mode and that data go out under XDCS, not XCS";
    /// XCS rose inside an operation.
    SCI_CUT_SHORT = "sci-cut-short" Fault Warn: "XCS rose in the middle of an SCI operation",
        why "an operation takes 32 clocks (VS1053b datasheet, \"SCI Read\", \"SCI Write\"); a fragment has no effect",
        help "clock all 32 bits before raising XCS";
    /// Too many clocks in a read.
    SCI_READ_OVERLONG = "sci-read-overlong" Fault Warn: "an SCI read went on after its 32 clocks",
        why "a read gives one register (VS1053b datasheet, \"SCI Read\"); the model shifts out zeros",
        help "raise XCS after 32 clocks";
    /// Low pulse of XRESET.
    XRESET_SHORT = "xreset-short" Fault Warn: "XRESET was low for less than 2 XTALI",
        why "a shorter pulse may be missed (VS1053b datasheet, \"Digital Characteristics\")",
        help "hold XRESET low for at least 200 ns";
    /// CLKI above what the chip is rated for.
    CLKI_OVER_RATING = "clki-over-rating" Fault Warn: "CLOCKF asks for a faster clock than the VS1053 is rated for",
        why "CLKI is rated up to 55.3 MHz (VS1053b datasheet, \"Characteristics & Specifications\")",
        help "use a smaller SC_MULT";
    /// Only bytes that belong to no stream.
    NO_STREAM = "no-stream" Fault Warn: "the bytes that arrived at SDI are no stream that the VS1053 knows",
        why "it plays what begins with a header of MP3, Ogg or RIFF WAVE and skips everything else in silence",
        help "compare the first bytes with the file's, and look at bit order, clock mode and wiring";
    /// A frame the decoder could not use.
    UNDECODABLE = "undecodable-packet" Fault Warn: "a packet of the stream made no sense",
        why "bytes of it were lost or changed on the way, or the file is damaged; its place is silent",
        help "compare the stream's sha256 in the report with the file's";
    /// GPIO0 or GPIO1 high at boot.
    BOOT_MODE = "vs1053-boot-mode" Gap Warn: "GPIO0 or GPIO1 was high at boot, which asks for SPI boot or real-time MIDI",
        why "the model knows decoder mode only: SPI boot falls through to it, and in MIDI mode SDI is swallowed (VS1053b datasheet, \"SPI Boot\", \"Real-Time MIDI\")",
        help "pull both pins down";
    /// SM_SDINEW = 0.
    VS1001_MODE = "vs1001-mode" Gap Warn: "SM_SDINEW was cleared, which asks for VS1001 mode",
        why "the model knows native mode only and takes no data in the other (VS1053b datasheet, \"SPI Buses\")",
        help "keep SM_SDINEW set";
    /// A format.
    CODEC = "vs1053-codec" Gap Warn: "the stream is of a format that is not modelled",
        why "MP3, Ogg Vorbis and PCM in WAV are decoded; this data is swallowed in silence",
        help "";
    /// BASS.
    BASS_EFFECT = "vs1053-bass" Gap Warn: "SCI_BASS asks for bass or treble control, which is not heard",
        why "the register is kept, its effect is not modelled (VS1053b datasheet, \"SCI_BASS\")",
        help "";
    /// Bits of MODE.
    MODE_BITS = "vs1053-mode" Gap Warn: "SCI_MODE asks for something that is not modelled",
        why "the bit is kept and has no effect (VS1053b datasheet, \"SCI_MODE\")",
        help "";
    /// playSpeed.
    PLAY_SPEED = "vs1053-play-speed" Gap Warn: "playSpeed asks for faster play, which is not modelled",
        why "the value is kept and has no effect (VS1053b datasheet, \"Extra Parameters\")",
        help "";
    /// AIADDR.
    APPLICATION = "vs1053-application" Gap Warn: "SCI_AIADDR starts application code, which is not run",
        why "there is no DSP core in the model; the code is kept and reads back (VS1053b datasheet, \"SCI_AIADDR\")",
        help "";
    /// SDI tests.
    SDI_TEST = "vs1053-sdi-test" Gap Warn: "a test other than the sine test was asked for",
        why "only the sine test is modelled (VS1053b datasheet, \"SDI Tests\")",
        help "";
    /// SS_SWING.
    SWING = "vs1053-swing" Gap Warn: "SS_SWING asks for more output swing, which is not heard",
        why "the bits are kept and have no effect (VS1053b datasheet, \"SCI_STATUS\")",
        help "";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        let mut names: Vec<_> = LINTS.iter().map(|l| l.name).collect();
        assert!(names.iter().all(|n| n.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), LINTS.len());
    }

    #[test]
    fn only_lost_data_fails_a_run() {
        let denied: Vec<_> = LINTS.iter().filter(|l| l.level == LintLevel::Deny).map(|l| l.name).collect();
        assert_eq!(denied, ["sdi-overrun"]);
    }
}
