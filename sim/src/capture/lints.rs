//! What is said of a recording.

use peripherals::kernel::{Kind, Lint, LintLevel};

/// DREQ of the real chip and of the model are not the same.
pub static DREQ_DIFFERS: Lint = Lint {
    name: "dreq-differs",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "DREQ in the recording is not what the chip's model makes of the same bytes",
    why: "the real chip asks for data at other moments: another clock, state from before the recording, or a limit of the model",
    help: "compare the board's crystal and CLOCKF with the board file; for a recording that begins late, --preset CLOCKF=0x8800 says what was set before",
};

/// SCI reads that showed something else.
pub static READ_DIFFERS: Lint = Lint {
    name: "sci-read-differs",
    kind: Kind::Fault,
    level: LintLevel::Note,
    message: "a register that was read showed something else than the chip's model does",
    why: "counters such as DECODE_TIME and HDAT may be off by a little; other registers tell of state from before the recording, or of another chip",
    help: "look at the reads in a trace: --trace FILE.jsonl",
};

/// Pulses that were taken out.
pub static GLITCHES: Lint = Lint {
    name: "capture-glitches",
    kind: Kind::Fault,
    level: LintLevel::Note,
    message: "the recording has pulses that are too short to be meant; they were taken out",
    why: "ground leads that are too long, or crosstalk, make an analyser see edges that the chip may not see",
    help: "shorten the ground lead and put the analyser's threshold at half the supply; --glitch TIME says what is too short",
};

/// All of them.
pub static ALL: [&Lint; 3] = [&DREQ_DIFFERS, &READ_DIFFERS, &GLITCHES];
