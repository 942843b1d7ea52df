//! Fields of the VS1053's registers (VS1053b datasheet v1.33, 9.6 "SCI Registers").

/// Some bits of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The highest bit and the lowest.
    pub bits: (u8, u8),
    /// The manual's name.
    pub name: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

const fn field(high: u8, low: u8, name: &'static str, meaning: &'static str) -> Field {
    Field { bits: (high, low), name, meaning }
}

static MODE: [Field; 15] = [
    field(0, 0, "SM_DIFF", "left channel inverted"),
    field(1, 1, "SM_LAYER12", "MPEG layers I and II are decoded"),
    field(2, 2, "SM_RESET", "soft reset; clears itself"),
    field(3, 3, "SM_CANCEL", "ends the stream that is decoded; clears itself"),
    field(4, 4, "SM_EARSPEAKER_LO", "EarSpeaker, low bit"),
    field(5, 5, "SM_TESTS", "tests over SDI are allowed"),
    field(6, 6, "SM_STREAM", "stream mode"),
    field(7, 7, "SM_EARSPEAKER_HI", "EarSpeaker, high bit"),
    field(8, 8, "SM_DACT", "SDI samples at the falling edge of SCLK"),
    field(9, 9, "SM_SDIORD", "SDI takes bit 0 of each byte first"),
    field(10, 10, "SM_SDISHARE", "XCS, inverted, selects SDI"),
    field(11, 11, "SM_SDINEW", "VS1002 modes of SPI; 0 is VS1001 mode"),
    field(12, 12, "SM_ADPCM", "recording"),
    field(14, 14, "SM_LINE1", "recording from LINE1 instead of the microphone"),
    field(15, 15, "SM_CLK_RANGE", "XTALI is divided by 2"),
];
static STATUS: [Field; 9] = [
    field(0, 0, "SS_REFERENCE_SEL", "reference voltage of 1.65 V instead of 1.23 V"),
    field(1, 1, "SS_AD_CLOCK", "AD modulator at half its clock"),
    field(2, 2, "SS_APDOWN1", "analog internals are switched off"),
    field(3, 3, "SS_APDOWN2", "analog drivers are switched off"),
    field(7, 4, "SS_VER", "4 is VS1053, 3 is VS1003"),
    field(10, 10, "SS_VCM_DISABLE", "detection of an overload of GBUF is off"),
    field(11, 11, "SS_VCM_OVERLOAD", "GBUF is overloaded"),
    field(14, 12, "SS_SWING", "gain of the analog output in steps of 0.5 dB"),
    field(15, 15, "SS_DO_NOT_JUMP", "a header is being decoded; no jumps in the file"),
];
static BASS: [Field; 4] = [
    field(3, 0, "SB_FREQLIMIT", "lower limit of the bass enhancer in 10 Hz"),
    field(7, 4, "SB_AMPLITUDE", "bass enhancement in dB; 0 is off"),
    field(11, 8, "ST_FREQLIMIT", "lower limit of the treble control in kHz"),
    field(15, 12, "ST_AMPLITUDE", "treble control in 1.5 dB, signed; 0 is off"),
];
static CLOCKF: [Field; 3] = [
    field(10, 0, "SC_FREQ", "XTALI as 4 kHz steps above 8 MHz; 0 is 12.288 MHz"),
    field(12, 11, "SC_ADD", "what may be added to SC_MULT for WMA and AAC: none, 1.0, 1.5, 2.0"),
    field(15, 13, "SC_MULT", "CLKI as a multiple of XTALI: 1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0"),
];
static AUDATA: [Field; 2] =
    [field(0, 0, "stereo", "two channels"), field(15, 1, "rate", "sample rate divided by 2, in Hz")];
static VOL: [Field; 2] = [
    field(7, 0, "right", "attenuation in steps of 0.5 dB; 254 is silence"),
    field(15, 8, "left", "the same; 0xFFFF in the whole register is power-down"),
];

/// The fields of SCI register `name`; none where it is one number.
pub(super) fn of_sci(name: &str) -> &'static [Field] {
    match name {
        "MODE" => &MODE,
        "STATUS" => &STATUS,
        "BASS" => &BASS,
        "CLOCKF" => &CLOCKF,
        "AUDATA" => &AUDATA,
        "VOL" => &VOL,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lie_one_above_the_other() {
        for name in ["MODE", "STATUS", "BASS", "CLOCKF", "AUDATA", "VOL"] {
            let fields = of_sci(name);
            assert!(fields.iter().all(|f| f.bits.1 <= f.bits.0 && f.bits.0 < 16), "{name}");
            assert!(fields.windows(2).all(|two| two[0].bits.0 < two[1].bits.1), "{name}");
        }
    }
}
