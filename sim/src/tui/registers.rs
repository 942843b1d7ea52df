//! The VS1053's SCI registers in words (VS1053b datasheet v1.33, "SCI Registers").

use peripherals::chips::vs1053::reg;

/// MODE's bits by name, from 0 up.
const MODE: [&str; 16] = [
    "DIFF",
    "LAYER12",
    "RESET",
    "CANCEL",
    "EARSPEAKER_LO",
    "TESTS",
    "STREAM",
    "EARSPEAKER_HI",
    "DACT",
    "SDIORD",
    "SDISHARE",
    "SDINEW",
    "ADPCM",
    "PAUSE",
    "LINE1",
    "CLK_RANGE",
];

/// What register `address` says with `value`; empty when there is nothing to say.
pub fn fields(address: u8, value: u16) -> String {
    let bits = |from: u16, count: u16| value >> from & ((1 << count) - 1);
    match address {
        reg::MODE => {
            let set: Vec<&str> =
                MODE.iter().enumerate().filter(|(bit, _)| value >> bit & 1 == 1).map(|(_, n)| *n).collect();
            set.join(" ")
        }
        reg::STATUS => {
            let version = match bits(4, 4) {
                0 => "VS1001",
                1 => "VS1011",
                2 => "VS1002",
                3 => "VS1003",
                4 => "VS1053",
                5 => "VS1033",
                7 => "VS1103",
                _ => "?",
            };
            let mut text = format!("{version} swing {}", bits(12, 3));
            for (bit, name) in [
                (15, "DO_NOT_JUMP"),
                (11, "VCM_OVERLOAD"),
                (10, "VCM_DISABLE"),
                (3, "APDOWN2"),
                (2, "APDOWN1"),
                (1, "AD_CLOCK"),
                (0, "REFERENCE"),
            ] {
                if value >> bit & 1 == 1 {
                    text.push(' ');
                    text.push_str(name);
                }
            }
            text
        }
        reg::BASS => {
            // Treble is a signed number of 1.5 dB, from 1 kHz on; bass is in dB, up to 10 Hz.
            let treble = (value as i16) >> 12;
            let tone = |on: bool, text: String| if on { text } else { "off".into() };
            let treble_on = bits(8, 4) != 0;
            format!(
                "treble {}, bass {}",
                tone(treble_on, format!("{:+.1} dB from {} kHz", f32::from(treble) * 1.5, bits(8, 4))),
                tone(bits(4, 4) != 0, format!("+{} dB to {} Hz", bits(4, 4), 10 * bits(0, 4)))
            )
        }
        reg::CLOCKF => {
            let multiplier = ["1.0", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5", "5.0"][usize::from(bits(13, 3))];
            let add = ["0", "1.0", "1.5", "2.0"][usize::from(bits(11, 2))];
            let frequency = bits(0, 11);
            let crystal = if frequency == 0 { 12_288 } else { 8_000 + 4 * u32::from(frequency) };
            format!("{multiplier}x (+{add}x), XTALI {}.{:03} MHz", crystal / 1_000, crystal % 1_000)
        }
        reg::DECODE_TIME => format!("{}:{:02}", value / 60, value % 60),
        reg::AUDATA => format!("{} Hz {}", value & !1, if value & 1 == 1 { "stereo" } else { "mono" }),
        reg::HDAT1 => match value {
            0 => String::new(),
            0x7665 => "WAV".into(),
            0x4154 => "AAC ADTS".into(),
            0x4144 => "AAC ADIF".into(),
            0x4D34 => "AAC MP4".into(),
            0x574D => "WMA".into(),
            0x4D54 => "MIDI".into(),
            0x4F67 => "Ogg".into(),
            0x664C => "FLAC".into(),
            _ if value >= 0xFFE0 => {
                let version = ["MPEG 2.5", "?", "MPEG 2", "MPEG 1"][usize::from(bits(3, 2))];
                let layer = ["?", "III", "II", "I"][usize::from(bits(1, 2))];
                format!("{version} layer {layer}")
            }
            _ => String::new(),
        },
        reg::VOL => {
            let level = |half: u16| match half {
                0xFF => "down".to_owned(),
                0xFE => "mute".to_owned(),
                0 => "0 dB".to_owned(),
                half => format!("-{}.{} dB", half / 2, half % 2 * 5),
            };
            format!("left {}, right {}", level(value >> 8), level(value & 0xFF))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from the datasheet's own examples and reset values.
    #[test]
    fn registers_are_read_as_the_datasheet_reads_them() {
        assert_eq!(fields(reg::MODE, 0x4800), "SDINEW LINE1");
        assert_eq!(fields(reg::STATUS, 0x0040), "VS1053 swing 0");
        assert_eq!(fields(reg::BASS, 0), "treble off, bass off");
        assert_eq!(fields(reg::BASS, 0x7A00 | 0xF6), "treble +10.5 dB from 10 kHz, bass +15 dB to 60 Hz");
        assert_eq!(fields(reg::BASS, 0x8100), "treble -12.0 dB from 1 kHz, bass off");
        assert_eq!(fields(reg::CLOCKF, 0x9BE8), "3.5x (+2.0x), XTALI 12.000 MHz");
        assert_eq!(fields(reg::CLOCKF, 0), "1.0x (+0x), XTALI 12.288 MHz");
        assert_eq!(fields(reg::DECODE_TIME, 125), "2:05");
        assert_eq!(fields(reg::AUDATA, 0xAC45), "44100 Hz stereo");
        assert_eq!(fields(reg::HDAT1, 0xFFFB), "MPEG 1 layer III");
        assert_eq!(fields(reg::VOL, 0x2024), "left -16.0 dB, right -18.0 dB");
        assert_eq!(fields(reg::VOL, 0xFFFF), "left down, right down");
        assert_eq!(fields(reg::VOL, 0x0001), "left 0 dB, right -0.5 dB");
    }

    #[test]
    fn every_value_of_every_register_has_words() {
        for address in 0..16 {
            for value in 0..=u16::MAX {
                assert!(fields(address, value).len() < 160);
            }
        }
    }
}
