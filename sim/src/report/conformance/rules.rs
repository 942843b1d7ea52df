//! The rules for a driver of the VS1053, in the order in which a driver meets them.

use super::{Evidence, Facts, Location, Scored, Verdict};
use crate::probes::spi;
use peripherals::chips::vs1053::lints::{
    APPLICATION_MISSING, BOTH_SELECTS_LOW, CHIP_IN_RESET, CLKI_OVER_RATING, CLOCK_TOO_LOW, CRYSTAL, FLOATING, LAYER12,
    LINTS, MIDI_BOOT, MIDI_FORMAT, MIDI_PREFIX, MIDI_SYSEX, MISSING_PATCH, MODE_BITS_LOST, MP4_ORDER, NO_STREAM,
    REFERENCE_LOST, SCI_CUT_SHORT, SCI_DURING_BOOT, SCI_READ_OVERLONG, SCI_UNKNOWN_OPCODE, SCI_WHILE_BUSY,
    SCLK_PULSE_SHORT, SCLK_TOO_FAST, SDI_BLOCK_TOO_LONG, SDI_DURING_BOOT, SDI_OVERRUN, SDI_UNDER_XCS,
    SDI_WHILE_DREQ_LOW, SDISHARE_XDCS, SELECT_TIMING, SI_HOLD_SHORT, SINE_STOP_TYPO, SPI_BOOT, UNDECODABLE, UNPOWERED,
    VOL_POWER_DOWN, VS1001_MODE, VS1003_FORMAT, XCS_WAIT, XDCS_INSIDE_BYTE, XRESET_SHORT,
};
use peripherals::chips::vs1053::{Codec, Duty, Vs1053Report};
use peripherals::kernel::{Finding, Kind, Lint};
use serde::Serialize;

/// How much a rule matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// The datasheet demands it: without it a chip may fail. A broken one fails the run.
    Must,
    /// The datasheet recommends it, or drivers that leave it out work as a rule.
    Should,
}

impl Strength {
    /// The word in the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
        }
    }
}

/// What a driver has to do to have a rule at stake.
#[derive(Clone, Copy, Debug)]
enum Seen {
    /// Clock anything at all.
    Bus,
    /// Read registers.
    Reads,
    /// Write registers.
    Writes,
    /// Either.
    Sci,
    /// Send data.
    Sdi,
    /// Send a stream that the chip knows.
    Streams,
    /// Send one of these.
    Formats(&'static [Codec]),
    /// Do, or not do, this.
    Duty(Duty),
}

/// What breaks a rule.
#[derive(Clone, Copy, Debug)]
enum Breaks {
    /// Any of these diagnostics.
    Lints(&'static [&'static Lint]),
    /// That diagnostic with that key.
    Keyed(&'static Lint, u64),
    /// Silence for want of data.
    Underruns,
    /// Faults of the chip's that are in no other rule.
    Others,
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable name for scripts, in kebab case.
    pub name: &'static str,
    /// How much it matters.
    pub strength: Strength,
    /// What is asked of the driver.
    pub asks: &'static str,
    /// The chapter of the VS1053b datasheet v1.33 that asks it.
    pub source: &'static str,
    seen: Seen,
    breaks: Breaks,
}

const fn rule(
    name: &'static str,
    strength: Strength,
    asks: &'static str,
    source: &'static str,
    seen: Seen,
    breaks: Breaks,
) -> Rule {
    Rule { name, strength, asks, source, seen, breaks }
}

use Breaks::{Keyed, Lints, Others, Underruns};
use Strength::{Must, Should};

/// Every rule.
#[rustfmt::skip]
pub static RULES: &[Rule] = &[
    rule("wires", Must, "bits go out in the right order, at the right edge of SCLK, on the right wires, under a select",
        "SPI Buses", Seen::Bus, Lints(spi::lints::ALL)),
    rule("inputs-driven", Must, "XCS, XDCS and SI have a level of their own at every clock",
        "Pin Descriptions", Seen::Bus, Lints(&[&FLOATING])),
    rule("reset-pulse", Must, "XRESET is low for at least 2 XTALI",
        "Switching Characteristics - Boot Initialization", Seen::Duty(Duty::ResetPulse), Lints(&[&XRESET_SHORT])),
    rule("boot-wait", Must, "after a reset nothing is sent until DREQ has risen",
        "Hardware Reset", Seen::Duty(Duty::Boot), Lints(&[&CHIP_IN_RESET, &SCI_DURING_BOOT, &SDI_DURING_BOOT])),
    rule("boot-mode", Must, "GPIO0 and GPIO1 are low at boot, so that the chip plays files",
        "SPI Boot; Real-Time MIDI", Seen::Duty(Duty::Boot), Lints(&[&MIDI_BOOT, &SPI_BOOT])),
    rule("one-select", Must, "XCS and XDCS are not both low while SCLK runs",
        "SPI Buses", Seen::Bus, Lints(&[&BOTH_SELECTS_LOW])),
    rule("select-timing", Must, "selects keep their distance from SCLK and from their own last edge",
        "SCI Timing Diagram", Seen::Bus, Lints(&[&SELECT_TIMING])),
    rule("sclk-pulse", Must, "SCLK is high and low for at least 2 CLKI each",
        "SCI Timing Diagram", Seen::Bus, Lints(&[&SCLK_PULSE_SHORT])),
    rule("si-hold", Must, "SI stays for 2 CLKI after the rising edge of SCLK",
        "SCI Timing Diagram", Seen::Bus, Lints(&[&SI_HOLD_SHORT])),
    rule("sci-read-clock", Must, "SCI reads are clocked with at most CLKI/7",
        "SCI Timing Diagram", Seen::Reads, Keyed(&SCLK_TOO_FAST, 0)),
    rule("sci-write-clock", Must, "SCI writes are clocked with at most CLKI/4",
        "SCI Timing Diagram", Seen::Writes, Keyed(&SCLK_TOO_FAST, 1)),
    rule("sdi-clock", Must, "SDI is clocked with at most CLKI/4",
        "SDI Timing Diagram in VS10xx Native Modes", Seen::Sdi, Keyed(&SCLK_TOO_FAST, 2)),
    rule("sci-frame", Must, "an SCI operation is an opcode, an address and whole words, and nothing else goes out under XCS",
        "SCI Read; SCI Write", Seen::Sci,
        Lints(&[&SCI_UNKNOWN_OPCODE, &SCI_CUT_SHORT, &SCI_READ_OVERLONG, &SDI_UNDER_XCS])),
    rule("sci-ready", Must, "an SCI operation begins when the one before has been executed, as DREQ or enough time tells",
        "Data Request Pin DREQ", Seen::Duty(Duty::SciReady), Lints(&[&SCI_WHILE_BUSY])),
    rule("sci-deselect", Should, "XCS rises after an operation instead of staying low until DREQ is high",
        "Data Request Pin DREQ", Seen::Sci, Lints(&[&XCS_WAIT])),
    rule("mode-native", Must, "SCI_MODE keeps SM_SDINEW, and SM_SDISHARE is clear when XDCS is wired",
        "SCI_MODE", Seen::Writes, Lints(&[&VS1001_MODE, &SDISHARE_XDCS])),
    rule("mode-layers", Must, "SM_LAYER12 is set before a stream of MPEG layer I or II",
        "SCI_MODE", Seen::Formats(&[Codec::Mp1, Codec::Mp2]), Lints(&[&LAYER12])),
    rule("mode-kept", Should, "a write to SCI_MODE keeps the settings that were made before",
        "SCI_MODE", Seen::Writes, Lints(&[&MODE_BITS_LOST])),
    rule("clock-set", Should, "SCI_CLOCKF raises CLKI before a stream, as far as its format needs",
        "SCI_CLOCKF", Seen::Duty(Duty::Clock), Lints(&[&CLOCK_TOO_LOW])),
    rule("clock-rating", Must, "SCI_CLOCKF asks for no more CLKI than the chip is rated for",
        "Characteristics & Specifications", Seen::Writes, Lints(&[&CLKI_OVER_RATING])),
    rule("clock-crystal", Must, "SC_FREQ tells the crystal that is there",
        "SCI_CLOCKF", Seen::Streams, Lints(&[&CRYSTAL])),
    rule("volume-set", Should, "SCI_VOL is set before a stream; a reset leaves it at its loudest",
        "SCI_VOL", Seen::Duty(Duty::Volume), Lints(&[])),
    rule("volume-on", Must, "no stream is played with SCI_VOL = 0xFFFF, which switches the analog part off",
        "SCI_VOL", Seen::Streams, Lints(&[&VOL_POWER_DOWN])),
    rule("status-kept", Should, "bits of SCI_STATUS that a write to SCI_VOL clears are set again",
        "SCI_STATUS", Seen::Writes, Lints(&[&REFERENCE_LOST])),
    rule("decode-time", Should, "SCI_DECODE_TIME is written twice, so that it sticks",
        "SCI_DECODE_TIME", Seen::Duty(Duty::DecodeTime), Lints(&[])),
    rule("code-loaded", Must, "application code and patches are loaded after the last reset, before they are needed",
        "Software Reset; SCI_AIADDR", Seen::Streams, Lints(&[&MISSING_PATCH, &APPLICATION_MISSING])),
    rule("sine-stop", Must, "the sine test is stopped by 45 78 69 74 and zeros",
        "Old Sine Test", Seen::Duty(Duty::SineStop), Lints(&[&SINE_STOP_TYPO])),
    rule("sdi-bytes", Must, "XDCS moves between bytes only",
        "Serial Data Interface", Seen::Sdi, Lints(&[&XDCS_INSIDE_BYTE])),
    rule("sdi-ready", Must, "a block of data begins with DREQ high, and after SCI only when that has been executed",
        "Data Request Pin DREQ", Seen::Duty(Duty::SdiReady), Lints(&[&SDI_WHILE_DREQ_LOW])),
    rule("sdi-block", Must, "no more than 32 bytes go out after DREQ has fallen, and none is lost",
        "Data Request Pin DREQ", Seen::Sdi, Lints(&[&SDI_BLOCK_TOO_LONG, &SDI_OVERRUN])),
    rule("stream-whole", Must, "what arrives is a stream that the chip knows, and every packet of it makes sense",
        "Supported Audio Decoder Formats", Seen::Sdi, Lints(&[&NO_STREAM, &UNDECODABLE, &MP4_ORDER, &VS1003_FORMAT, &MIDI_FORMAT])),
    rule("midi-bytes", Must, "in real-time MIDI a zero goes before each byte at SDI, and no SysEx is sent",
        "Real-Time MIDI", Seen::Formats(&[Codec::LiveMidi]), Lints(&[&MIDI_PREFIX, &MIDI_SYSEX])),
    rule("stream-in-time", Must, "data come in time: no gap is heard",
        "Data Request Pin DREQ", Seen::Streams, Underruns),
    rule("end-fill-byte", Should, "endFillByte is read while the file plays, as it depends on the format",
        "Playing a Whole File", Seen::Duty(Duty::FillByte), Lints(&[])),
    rule("end-fill", Must, "a file is followed by at least 2052 bytes of endFillByte",
        "Playing a Whole File", Seen::Duty(Duty::EndFill), Lints(&[])),
    rule("cancel", Must, "SM_CANCEL is set, and data go on until SCI_MODE shows it cleared",
        "Playing a Whole File; Cancelling Playback", Seen::Duty(Duty::Cancel), Lints(&[])),
    rule("cancel-fill", Must, "a cancelled file is followed by at least 2052 bytes of endFillByte",
        "Cancelling Playback", Seen::Duty(Duty::CancelFill), Lints(&[])),
    rule("end-idle", Should, "SCI_HDAT0 and SCI_HDAT1 are seen to be 0 after a file",
        "Playing a Whole File", Seen::Duty(Duty::Idle), Lints(&[])),
    rule("chip-rest", Must, "nothing else is asked of the chip that it cannot do; the diagnostic says what, and where that is written",
        "SCI Registers", Seen::Sci, Others),
];

impl Rule {
    /// What became of it.
    pub(super) fn score(&'static self, facts: &Facts, locate: &dyn Fn(u32) -> Option<Location>) -> Scored {
        let mut broken = self.found(facts, locate);
        let mut kept = None;
        if let Seen::Duty(duty) = self.seen {
            for tally in facts.vs1053.iter().map(|(_, chip)| chip.conduct.of(duty)) {
                if let Some((at, pc)) = tally.first_kept {
                    kept.get_or_insert_with(|| evidence(tally.kept, Some(at), pc, locate));
                }
                if let Some(breach) = &tally.first_broken {
                    let shown = evidence(tally.broken, Some(breach.at), breach.pc, locate);
                    broken.push(Evidence { detail: breach.detail.clone(), ..shown });
                }
            }
        }
        broken.sort_by_key(|evidence| evidence.at);
        let seen = self.seen.count(facts);
        let verdict = match (broken.is_empty(), seen) {
            (false, _) => Verdict::Fail,
            (true, 0) => Verdict::NotSeen,
            (true, _) => Verdict::Pass,
        };
        Scored { rule: self, verdict, seen, kept, broken }
    }

    /// The diagnostics that break it.
    fn found(&self, facts: &Facts, locate: &dyn Fn(u32) -> Option<Location>) -> Vec<Evidence> {
        let of = |wanted: &dyn Fn(&Finding) -> bool| {
            let found = facts.findings.all().iter().filter(|finding| wanted(finding));
            let show = |f: &Finding| Evidence {
                diagnostic: Some(f.lint.name),
                detail: f.detail.clone(),
                ..evidence(f.count, Some(f.first), f.pc, locate)
            };
            found.map(show).collect()
        };
        match self.breaks {
            Lints(lints) => of(&|f| lints.contains(&f.lint)),
            Keyed(lint, key) => of(&|f| f.lint == lint && f.key == key),
            Others => of(&|f| f.lint.kind == Kind::Fault && LINTS.contains(&f.lint) && !is_elsewhere(f.lint)),
            Underruns => facts.vs1053.iter().filter_map(|(_, chip)| silence(chip)).collect(),
        }
    }
}

/// Whether a rule of its own has that diagnostic. That a chip has no supply is no fault of its driver's.
fn is_elsewhere(lint: &'static Lint) -> bool {
    let has = |rule: &Rule| match rule.breaks {
        Lints(lints) => lints.contains(&lint),
        Keyed(keyed, _) => keyed == lint,
        Underruns | Others => false,
    };
    *lint == UNPOWERED || RULES.iter().any(has)
}

/// Gaps in the sound.
fn silence(chip: &Vs1053Report) -> Option<Evidence> {
    let gaps = chip.underruns;
    let detail = format!("{} of silence together", gaps.total);
    (gaps.count > 0).then(|| Evidence { count: gaps.count, at: gaps.first, detail, ..Evidence::default() })
}

fn evidence(
    count: u64,
    at: Option<peripherals::kernel::Instant>,
    pc: Option<u32>,
    locate: &dyn Fn(u32) -> Option<Location>,
) -> Evidence {
    let location = pc.and_then(locate).unwrap_or_default();
    Evidence { diagnostic: None, count, at, pc, location, detail: String::new() }
}

impl Seen {
    fn count(self, facts: &Facts) -> u64 {
        let chips = |of: &dyn Fn(&Vs1053Report) -> u64| facts.vs1053.iter().map(|(_, chip)| of(chip)).sum();
        match self {
            Self::Bus => facts.spi.iter().map(|bus| bus.bytes).sum(),
            Self::Reads => chips(&|chip| chip.sci_reads),
            Self::Writes => chips(&|chip| chip.sci_writes),
            Self::Sci => chips(&|chip| chip.sci_reads + chip.sci_writes),
            Self::Sdi => chips(&|chip| chip.sdi_bytes),
            Self::Streams => chips(&|chip| chip.streams.len() as u64 + chip.unlisted_streams),
            Self::Formats(formats) => {
                chips(&|chip| chip.streams.iter().filter(|stream| formats.contains(&stream.codec)).count() as u64)
            }
            Self::Duty(duty) => chips(&|chip| chip.conduct.of(duty).kept + chip.conduct.of(duty).broken),
        }
    }

    /// What is counted, in words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Bus => "byte",
            Self::Reads => "read",
            Self::Writes => "write",
            Self::Sci => "operation",
            Self::Sdi => "byte",
            Self::Streams | Self::Formats(_) => "stream",
            Self::Duty(_) => "time",
        }
    }
}

impl Rule {
    /// What [`Scored::seen`] counts, such as `byte`.
    pub const fn counts(&self) -> &'static str {
        self.seen.words()
    }
}
