//! The rules that a driver of this chip can break, and what of the chip is not modelled. Beside each, its line in docs/VS1053.md.

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
    /// SCLK under a select in reset (VS1053.md, 4).
    CHIP_IN_RESET = "chip-in-reset" Fault Warn: "firmware sends to the VS1053 while XRESET holds it in reset",
        why "with XRESET low the chip's clocks stand still and it hears nothing (VS1053b datasheet, \"Hardware Reset\"); the model speaks up after 8 clocks",
        help "make XRESET's pin an output and drive it high, then wait for DREQ high";
    /// An input that nothing decides (VS1053.md, 1.1).
    FLOATING = "vs1053-floating-input" Fault Warn: "SCLK runs while nothing drives or pulls an input of the VS1053",
        why "its level is chance on real hardware; here it reads low, so that a select counts as active",
        help "make the pin of the wire an output before the first clock";
    /// More SDI bytes than the FIFO has room for (VS1053.md, 3).
    SDI_OVERRUN = "sdi-overrun" Fault Deny: "firmware sent audio data for which the VS1053 had no room",
        why "DREQ high promises room for 32 bytes (VS1053b datasheet, \"Data Request Pin DREQ\"); what becomes of more is not documented, and the model drops it",
        help "wait for DREQ high before each block of at most 32 bytes";
    /// No supply (VS1053.md, 8).
    UNPOWERED = "vs1053-unpowered" Fault Warn: "firmware sends to a VS1053 that has no supply",
        why "the board file says `unpowered = \"yes\"`: every read gives what MISO is pulled to",
        help "set `unpowered` to \"no\"; on real hardware, look at CVDD, IOVDD and the wiring when reads give only 0x0000 or 0xFFFF";
    /// A block in which DREQ fell went on too long (VS1053.md, 3).
    SDI_BLOCK_TOO_LONG = "sdi-block-too-long" Fault Warn: "firmware sent more than 32 bytes of audio data for one look at DREQ",
        why "DREQ fell inside the block, and from there only 32 bytes have room for certain (VS1053b datasheet, \"Data Request Pin DREQ\")",
        help "look at DREQ before each block of at most 32 bytes";
    /// A block that began with DREQ low (VS1053.md, 3).
    SDI_WHILE_DREQ_LOW = "sdi-while-dreq-low" Fault Warn: "firmware went on sending audio data while DREQ was low",
        why "DREQ low says that the FIFO has no room for 32 bytes more (VS1053b datasheet, \"Data Request Pin DREQ\")",
        help "wait for DREQ high before each block of at most 32 bytes";
    /// SDI bytes before the chip has booted (VS1053.md, 4).
    SDI_DURING_BOOT = "sdi-during-boot" Fault Warn: "firmware sent audio data while the VS1053 was booting",
        why "DREQ is low for 22,000 XTALI after a reset (VS1053b datasheet, \"Hardware Reset\"); until it rises the model drops data",
        help "wait for DREQ high after releasing XRESET or setting SM_RESET";
    /// An SCI operation completed while the one before was being executed (VS1053.md, 2.1).
    SCI_WHILE_BUSY = "sci-while-busy" Fault Warn: "firmware finished an SCI operation before the VS1053 had executed the one before",
        why "the chip may miss it: DREQ is low while an operation is executed (VS1053b datasheet, \"SCI Registers\")",
        help "wait for DREQ high before each SCI operation";
    /// An SCI operation before the chip has booted (VS1053.md, 4).
    SCI_DURING_BOOT = "sci-during-boot" Fault Warn: "firmware used SCI while the VS1053 was booting",
        why "DREQ is low for 22,000 XTALI after a reset, and registers are set when it has risen (VS1053b datasheet, \"Hardware Reset\")",
        help "wait for DREQ high after releasing XRESET or setting SM_RESET";
    /// SCLK faster than CLKI allows (VS1053.md, 1.4).
    SCLK_TOO_FAST = "sclk-too-fast" Fault Warn: "SCLK was faster than the VS1053's clock allows",
        why "at most CLKI/7 for SCI reads and CLKI/4 for SCI writes and SDI; CLKI is XTALI until CLOCKF has taken effect (VS1053b datasheet, \"SCI Timing Diagram\")",
        help "slow SCLK down, or set SCI_CLOCKF first and wait for DREQ";
    /// tWL or tWH (VS1053.md, 1.4).
    SCLK_PULSE_SHORT = "sclk-pulse-short" Fault Warn: "SCLK was high or low for too short a time",
        why "tWH and tWL are at least 2 CLKI each (VS1053b datasheet, \"SCI Timing Diagram\")",
        help "spread the edges of SCLK evenly";
    /// tH (VS1053.md, 1.4).
    SI_HOLD_SHORT = "si-hold-short" Fault Warn: "SI changed too soon after the rising edge of SCLK",
        why "the hold time tH is at least 2 CLKI (VS1053b datasheet, \"SCI Timing Diagram\")",
        help "change SI together with or after the falling edge of SCLK";
    /// tXCSS, tXCSH, tXCS (VS1053.md, 1.4).
    SELECT_TIMING = "select-timing" Fault Warn: "a select of the VS1053 moved too close to SCLK or to its own last edge",
        why "5 ns from select to the first edge, 1 CLKI from the last edge to deselect, XCS high for 2 CLKI (VS1053b datasheet, \"SCI Timing Diagram\")",
        help "wait a little before and after each select";
    /// XCS and XDCS low at once (VS1053.md, 1.3).
    BOTH_SELECTS_LOW = "both-selects-low" Fault Warn: "SCLK ran with XCS and XDCS both low",
        why "a bit belongs either to SCI or to SDI (VS1053b datasheet, \"SPI Buses\"); the model gives it to both",
        help "raise one select before lowering the other";
    /// XDCS inside a byte (VS1053.md, 1.2).
    XDCS_INSIDE_BYTE = "xdcs-inside-byte" Fault Warn: "the select of SDI changed inside a byte",
        why "XDCS must not change inside a byte (VS1053b datasheet, \"Serial Data Interface\"): its edges start a new one, and the bits before are lost in the model",
        help "move XDCS only between bytes";
    /// Neither 0x02 nor 0x03 (VS1053.md, 1.3).
    SCI_UNKNOWN_OPCODE = "sci-unknown-opcode" Fault Warn: "an SCI operation began with something that is no opcode",
        why "0x02 writes and 0x03 reads (VS1053b datasheet, \"SCI Read\", \"SCI Write\"); after anything else the model ignores all until XCS rises",
        help "check bit order, clock mode and that data go out under XDCS, not XCS";
    /// Data on the command interface (VS1053.md, 8).
    SDI_UNDER_XCS = "sdi-under-xcs" Fault Warn: "what looks like audio data arrived with XCS low",
        why "under XCS bytes are SCI operations (VS1053b datasheet, \"SPI Buses\"), and these begin with no opcode: the model ignores them",
        help "send audio data with XDCS low and XCS high";
    /// XDCS moves under SM_SDISHARE (VS1053.md, 1.2).
    SDISHARE_XDCS = "sdishare-with-xdcs" Fault Warn: "XDCS is in use while SM_SDISHARE is set",
        why "with SM_SDISHARE the chip takes every clock as audio data while XCS is high, whatever XDCS does: also what is meant for another chip on the bus (VS1053b datasheet, \"SCI_MODE\")",
        help "write MODE without bit 10, 0x0800 instead of 0x0C00";
    /// A wait that only the decoder can end (VS1053.md, 3).
    XCS_WAIT = "dreq-wait-with-xcs-low" Fault Warn: "firmware keeps XCS low after an SCI operation while the FIFO is full and DREQ low",
        why "DREQ stays low until the decoder has made room; when it cannot, a loop that waits for DREQ here never ends (seen in baldram/ESP_VS1053_Library, pull request 99)",
        help "raise XCS after the 32nd clock and wait for DREQ before the next operation instead";
    /// XCS rose inside an operation (VS1053.md, 1.3).
    SCI_CUT_SHORT = "sci-cut-short" Fault Warn: "XCS rose in the middle of an SCI operation",
        why "an operation takes 32 clocks (VS1053b datasheet, \"SCI Read\", \"SCI Write\"); in the model a fragment has no effect",
        help "clock all 32 bits before raising XCS";
    /// Too many clocks in a read (VS1053.md, 1.3).
    SCI_READ_OVERLONG = "sci-read-overlong" Fault Warn: "an SCI read went on after its 32 clocks",
        why "a read gives one register (VS1053b datasheet, \"SCI Read\"); the model shifts out zeros",
        help "raise XCS after 32 clocks";
    /// Low pulse of XRESET (VS1053.md, 1.1).
    XRESET_SHORT = "xreset-short" Fault Warn: "XRESET was low for less than 2 XTALI",
        why "a shorter pulse may be missed (VS1053b datasheet, \"Switching Characteristics - Boot Initialization\")",
        help "hold XRESET low for at least 200 ns";
    /// CLKI above what the chip is rated for (VS1053.md, 2.5).
    CLKI_OVER_RATING = "clki-over-rating" Fault Warn: "CLOCKF asks for a faster clock than the VS1053 is rated for",
        why "CLKI is rated up to 55.3 MHz (VS1053b datasheet, \"Characteristics & Specifications\")",
        help "use a smaller SC_MULT";
    /// SC_FREQ and the crystal (VS1053.md, 2.5).
    CRYSTAL = "clockf-wrong-crystal" Fault Warn: "SC_FREQ tells another crystal than the VS1053 has, so that everything plays at a wrong pitch",
        why "the chip reckons its sample rate from SC_FREQ, 0 meaning 12.288 MHz (VS1053b datasheet, \"SCI_CLOCKF\")",
        help "set SC_FREQ to (XTALI - 8 MHz) / 4 kHz, or `xtali_hz` in the board file to what the crystal is";
    /// CLKI below what the format needs (VS1053.md, 7).
    CLOCK_TOO_LOW = "clock-too-low" Fault Warn: "the VS1053's clock is too low for this stream",
        why "decoding takes cycles; how many is not documented, and VLSI recommends 3.5 x and 1.0 x more for general use (VS1053b datasheet, \"SCI_CLOCKF\")",
        help "set SCI_CLOCKF to 0x8800 after the reset, and wait for DREQ";
    /// Sound with the analog part off (VS1053.md, 2.9).
    VOL_POWER_DOWN = "vol-power-down" Fault Warn: "a stream is being played with SCI_VOL = 0xFFFF",
        why "0xFFFF switches the analog part off; silence is 0xFEFE and loudest 0x0000, as VOL is an attenuation (VS1053b datasheet, \"SCI_VOL\")",
        help "map volume to attenuations of at most 0xFE a side";
    /// Erratum (VS1053.md, 2.3).
    REFERENCE_LOST = "status-bits-lost" Fault Warn: "a write cleared SS_REFERENCE_SEL or SS_AD_CLOCK",
        why "without VLSI's patches a write to VOL or STATUS clears both bits (VS1053b Patches, list of fixes)",
        help "load the patches and write STATUS with bit 8 set, 0x0141; without them neither bit stays";
    /// SS_SWING of 3 and more (VS1053.md, 2.3).
    SWING = "status-swing" Fault Warn: "SS_SWING overdrives the output",
        why "0, 1 and 2 are +0, +0.5 and +1.0 dB; more clips (VS1053b datasheet, \"SCI_STATUS\")",
        help "write 0 to 2 to bits 14:12 of STATUS";
    /// Nobody reads (VS1053.md, 5.6).
    RECORDING_OVERFLOW = "recording-overflow" Fault Warn: "recorded words were lost because nobody read them in time",
        why "1024 words have room; one more and the buffer starts over empty (VS1053b datasheet, \"Reading PCM / IMA ADPCM Data\")",
        help "read HDAT0 as often as HDAT1 says, before HDAT1 comes to 768";
    /// AICTRL0 (VS1053.md, 5.6).
    RECORDING_RATE = "recording-rate" Fault Warn: "a recording was started at a rate that the VS1053 has not",
        why "AICTRL0 is 8000 to 48000, and counts when recording starts (VS1053b datasheet, \"Activating PCM / ADPCM Recording Mode\"); the nearest of these is taken",
        help "write the rate in hertz to AICTRL0 before SM_ADPCM is set";
    /// MODE bits that a constant forgot (VS1053.md, 2.2 and 8).
    MODE_BITS_LOST = "mode-bits-lost" Fault Note: "a write to MODE cleared a setting that was made before",
        why "MODE holds settings that last, among them SM_LAYER12, SM_STREAM and the EarSpeaker (VS1053b datasheet, \"SCI_MODE\")",
        help "read MODE, change the bits that are meant, and write it back";
    /// The magic word with a slip (VS1053.md, 5.3).
    SINE_STOP_TYPO = "sine-stop-typo" Fault Warn: "what was to stop the sine test is not the sequence that stops it",
        why "the sequence is 45 78 69 74 and zeros (VS1053b datasheet, \"Old Sine Test\"); the tone goes on",
        help "send 45 78 69 74 00 00 00 00";
    /// GPIO1 high at boot (VS1053.md, 4 and 8).
    MIDI_BOOT = "midi-boot" Fault Warn: "GPIO1 was high at boot: the VS1053 takes MIDI and plays no files",
        why "with GPIO0 low and GPIO1 high it boots for real-time MIDI (VS1053b datasheet, \"Real-Time MIDI\"); some breakout boards leave GPIO1 open",
        help "pull GPIO1 down; or write 3 to 0xC017, 0 to 0xC019 through WRAM and then set SM_RESET";
    /// Real-time MIDI over SDI without zeros (VS1053.md, 5.7).
    MIDI_PREFIX = "midi-prefix" Fault Warn: "data at SDI in real-time MIDI mode have no zero before each byte",
        why "the chip takes one byte of MIDI from each 16-bit word, 0x00 first (VS1053b datasheet, \"Real-Time MIDI\"); what it does with other words is not documented, and the model drops them",
        help "send 0x00 before every byte of MIDI; for files and streams the chip must not be in MIDI mode: pull GPIO1 down";
    /// SysEx for a parser that has no notion of it (VS1053.md, 5.7).
    MIDI_SYSEX = "midi-sysex" Fault Warn: "a SysEx was sent in real-time MIDI mode, which the chip's parser cannot skip",
        why "the parser in ROM does not know how to pass over a SysEx (VS1053b datasheet, \"Real-Time MIDI\"); the model takes its data for those of the message before it: wrong notes sound",
        help "leave SysEx out, or load VLSI's plugin rtmidi1053b, which skips them";
    /// A MIDI file that is not of format 0 (VS1053.md, 5.5).
    MIDI_FORMAT = "midi-format" Fault Warn: "the MIDI file is not of format 0, the only one that the VS1053 plays",
        why "files of formats 1 and 2 have to be converted to format 0 (VS1053b datasheet, \"Supported MIDI Formats\"); what the chip does with them is not documented, and the model swallows them in silence",
        help "convert the file: one track that holds the messages of all channels";
    /// GPIO0 high at boot (VS1053.md, 4).
    SPI_BOOT = "spi-boot" Fault Warn: "GPIO0 was high at boot: the VS1053 looked for a boot memory",
        why "it then drives GPIO0, GPIO1 and DREQ as chip select, clock and data out (VS1053b datasheet, \"SPI Boot\")",
        help "pull GPIO0 down";
    /// A format that a patch brings (VS1053.md, 6.2).
    MISSING_PATCH = "missing-patch" Fault Warn: "the stream needs a patch of VLSI's that is not loaded",
        why "without the patch the chip swallows this format in silence (VS1053b Patches and FLAC Decoder)",
        help "load the patch again after each reset, software resets too";
    /// MP4 with its tables at its end (VS1053.md, 5.5).
    MP4_ORDER = "mp4-tables-last" Fault Warn: "the MP4 file has its sound before the tables that lead to it",
        why "the chip plays MP4 as it comes, so that mdat has to be the last box (VS1053b datasheet, \"Supported AAC Formats\"); this file never starts",
        help "put moov first: ffmpeg -i in.m4a -c copy -movflags +faststart out.m4a";
    /// Layers I and II without SM_LAYER12 (VS1053.md, 2.2).
    LAYER12 = "layer-12-off" Fault Warn: "the stream is MPEG layer I or II, which SM_LAYER12 has not switched on",
        why "with bit 1 of MODE at 0 the chip decodes layer III only and swallows the other two in silence (VS1053b datasheet, \"SCI_MODE\")",
        help "set SM_LAYER12: write MODE with 0x0002 added, 0x0802 instead of 0x0800, before the first byte of the stream";
    /// The wrong part (VS1053.md, 5.5).
    VS1003_FORMAT = "vs1003-format" Fault Warn: "the part is a VS1003, which does not play this format",
        why "a VS1003 plays MP3, WMA, WAV and MIDI; Ogg Vorbis, AAC and FLAC need a VS1053 (VLSI, \"Migrating VS1003 to VS1053\")",
        help "solder a VS1053b on, or send MP3; where the board has one, set `type = \"vs1053\"` in the board file";
    /// AIADDR where nothing is (VS1053.md, 4).
    APPLICATION_MISSING = "application-missing" Fault Warn: "SCI_AIADDR starts code that has not been loaded since the last reset",
        why "after any reset application code has to be loaded again (VS1053b Patches)",
        help "load the code after the reset, then write AIADDR";
    /// Only bytes that belong to no stream (VS1053.md, 5.5).
    NO_STREAM = "no-stream" Fault Warn: "the bytes that arrived at SDI are no stream that the VS1053 knows",
        why "it plays what begins with a header of MPEG audio, AAC, Ogg, WMA, RIFF WAVE or MIDI, with a patch FLAC, and skips everything else in silence (VS1053b datasheet, \"Supported Audio Decoder Formats\", \"Play and Decode\")",
        help "compare the first bytes with the file's, and look at bit order, clock mode and wiring";
    /// A frame the decoder could not use (VS1053.md, 5.5).
    UNDECODABLE = "undecodable-packet" Fault Warn: "a packet of the stream made no sense",
        why "bytes of it were lost or changed on the way, or the file is damaged; its place is silent",
        help "compare the stream's sha256 in the report with the file's";
    /// SM_SDINEW = 0 (VS1053.md, 1.2).
    VS1001_MODE = "vs1001-mode" Fault Warn: "SM_SDINEW was cleared, which is VS1001 mode",
        why "SDI then listens to GPIO2 (DCLK), GPIO3 (SDATA) and XDCS (BSYNC), and no more to SCLK and SI; it is deprecated (VS1053b datasheet, \"VS1001 Compatibility Mode\")",
        help "keep SM_SDINEW set";
    /// A room for MIDI (VS1053.md, 5.2).
    MIDI_REVERB = "vs1053-midi-reverb" Gap Warn: "a room was chosen for the reverb of MIDI, which is not modelled",
        why "the setting is kept; the plain voice has no reverb, and a sound font's is its own (VS1053b datasheet, \"Extra Parameters\", config1)",
        help "";
    /// I2S (VS1053.md, 5.8).
    I2S = "vs1053-i2s" Gap Warn: "I2S output was enabled, which does not show at the pins",
        why "the registers are kept, GPIO4 to GPIO7 stay as they are (VS1053b datasheet, \"I2S DAC Interface\")",
        help "";
    /// Ogg recording (VS1053.md, 5.6).
    OGG_RECORDING = "vs1053-ogg-recording" Gap Warn: "the Ogg Vorbis encoder was started, which is not modelled",
        why "there is no DSP core in the model; the plugin is kept and does not run (VS1053b Ogg Vorbis Encoder)",
        help "";
    /// The upper half of HE-AAC (VS1053.md, 5.5).
    HE_AAC = "vs1053-he-aac" Gap Warn: "the stream is HE-AAC, of which only the core is played",
        why "SBR and PS are not modelled: the upper half of the spectrum is missing, and with PS the difference of the sides (VS1053b datasheet, \"Supported AAC Formats\")",
        help "";
    /// A format (VS1053.md, 5.5).
    CODEC = "vs1053-codec" Gap Warn: "the stream is of a format that is not modelled",
        why "MPEG audio, AAC-LC, Ogg Vorbis, FLAC, MIDI, and PCM and IMA ADPCM in WAV are decoded; this data is swallowed in silence",
        help "";
    /// Bits of MODE (VS1053.md, 2.2).
    MODE_BITS = "vs1053-mode" Gap Warn: "SCI_MODE asks for something that is not modelled",
        why "the bit is kept and has no effect (VS1053b datasheet, \"SCI_MODE\")",
        help "";
    /// AIADDR (VS1053.md, 6.2).
    APPLICATION = "vs1053-application" Gap Warn: "SCI_AIADDR starts application code, which is not run",
        why "there is no DSP core in the model; the code is kept and reads back (VS1053b datasheet, \"SCI_AIADDR\")",
        help "";
    /// SDI tests (VS1053.md, 5.3).
    SDI_TEST = "vs1053-sdi-test" Gap Warn: "the pin test was asked for, which is for production",
        why "what it does is not documented (VS1053b datasheet, \"SDI Tests\")",
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
