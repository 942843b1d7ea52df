//! The VS1003 in place of a VS1053, as on badges whose parts list and schematic do not agree (VS1003 datasheet v1.08; VLSI, "Migrating
//! VS1003 to VS1053"; VS1053.md, 2.3 and 8).
//!
//! 1. It says 3 in SS_VER and 0x0800 in MODE, multiplies its clock by other steps, and knows neither Ogg Vorbis nor AAC, FLAC, layers I
//!    and II, EarSpeaker, parametric block, new sine test nor VLSI's packages for the VS1053. (What its memory holds at the parametric block's
//!    place is a guess: 0.)
//! 2. MP3, WAV, tests and the rest of SCI are modelled as the VS1053's. The part itself boots in 16,600 XTALI and takes other times for a write
//!    (CLOCKF 11,000 XTALI, AUDATA 3200, BASS and VOL 2100 CLKI), has 0x7761 in HDAT0 for WAV and the voices for MIDI, and clears DECODE_TIME
//!    when WAV, WMA or MIDI begins or ends (VS1003 datasheet v1.08, 8.6, 8.6.5, 8.6.9, 9.2).
//! 3. Its recording, whose AICTRL0 is a divider, and its bit SM_PDOWN are not modelled.

use super::clock::Clock;
use super::control::mode;
use super::facts::key_of;
use super::{Config, Vs1053, lints};
use crate::kernel::Cx;

/// The clock of the part on this board, after a reset.
pub(super) fn clock(config: &Config) -> Clock {
    let clock = Clock::new(config.xtali_hz);
    if config.is_vs1003() { clock.of_vs1003() } else { clock }
}

impl Config {
    /// The clock of the part on this board, as it is after a reset.
    pub fn clock(&self) -> Clock {
        clock(self)
    }
}

/// Whether a VS1053, or a patch of it, plays this format and the part does not.
pub(super) fn lacks(format: &str) -> bool {
    ["Ogg", "AAC", "FLAC", "MPEG layer"].iter().any(|family| format.starts_with(family))
}

impl Vs1053 {
    /// MODE after boot.
    pub(super) fn mode_after_boot(&self) -> u16 {
        if self.config.is_vs1003() { mode::SM_SDINEW } else { mode::RESET_VALUE }
    }

    /// A stream came of a format that a VS1053 would play, or a patch of it would.
    #[cold]
    pub(super) fn not_of_this_part(&self, name: &str, cx: &mut Cx) {
        cx.report(&lints::VS1003_FORMAT, key_of(name), || format!("{name} at SDI, STATUS says version 3"));
    }
}
