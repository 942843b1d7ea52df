//! What an MP4 file says of how its sound is coded: the sample description, the descriptors in it, and in these the configuration of
//! the decoder (ISO/IEC 14496-12, 8.5.2; ISO/IEC 14496-1, 7.2.6; ISO/IEC 14496-3, 1.6).

use super::bits::Bits;

/// How the sound is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// AAC-LC.
    Aac {
        /// Sample rate of the core in hertz.
        rate_hz: u32,
        /// 1 or 2.
        channels: u8,
        /// SBR or PS besides, by its name.
        more: Option<&'static str>,
    },
    /// Anything else, by its name.
    Other(&'static str),
}

/// The first entry of a sample description (ISO/IEC 14496-12, 8.5.2; QuickTime File Format, "Sound Sample Description").
pub fn sound(stsd: &[u8]) -> Option<Sound> {
    let entry = stsd.get(8..)?;
    if entry.get(4..8)? != b"mp4a" {
        return Some(Sound::Other("MP4 without AAC"));
    }
    // QuickTime's second version of the description is longer.
    let rest = entry.get(if entry.get(17)? == &1 { 52 } else { 36 }..)?;
    let at = rest.windows(4).position(|kind| kind == b"esds")?;
    let mut bytes = rest.get(at + 8..)?.iter().copied();
    let mut config: Option<Vec<u8>> = None;
    while let Some(tag) = bytes.next() {
        let mut length = 0usize;
        for _ in 0..4 {
            let byte = bytes.next()?;
            length = length << 7 | usize::from(byte & 0x7F);
            if byte & 0x80 == 0 {
                break;
            }
        }
        match tag {
            3 => {
                let flags = bytes.nth(2)?;
                let more = if flags & 0x80 != 0 { 2 } else { 0 } + if flags & 0x20 != 0 { 2 } else { 0 };
                for _ in 0..more {
                    bytes.next();
                }
            }
            4 => match bytes.next()? {
                // MPEG-4 audio, and AAC-LC of MPEG-2.
                0x40 | 0x67 => drop(bytes.nth(11)),
                _ => return Some(Sound::Other("MP4 without AAC")),
            },
            5 => {
                config = Some(bytes.by_ref().take(length.min(64)).collect());
                break;
            }
            _ => drop(bytes.by_ref().take(length).last()),
        }
    }
    configured(&config?)
}

/// AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).
fn configured(config: &[u8]) -> Option<Sound> {
    let mut bits = Bits::new(config, 0);
    let mut kind = bits.take(5)?;
    let rate = |bits: &mut Bits| match bits.take(4)? {
        15 => bits.take(24),
        index => super::aac::RATES.get(index as usize).copied(),
    };
    let rate_hz = rate(&mut bits)?;
    let channels = bits.take(4)?;
    let mut more = match kind {
        5 => Some("SBR"),
        29 => Some("SBR and PS"),
        _ => None,
    };
    if more.is_some() {
        rate(&mut bits)?;
        kind = bits.take(5)?;
    }
    let short = bits.take(1)? == 1;
    // The rest of GASpecificConfig, and what may be said of SBR behind it.
    if more.is_none()
        && bits.take(2).is_some()
        && bits.take(11) == Some(0x2B7)
        && bits.take(5) == Some(5)
        && bits.take(1) == Some(1)
    {
        more = Some("SBR");
    }
    Some(match (kind, channels) {
        // VS1053.md, 5.5: none of 960 samples.
        (2, _) if short => Sound::Other("AAC with 960 samples a block"),
        (2, 1 | 2) => Sound::Aac { rate_hz, channels: channels as u8, more },
        (2, 0) => Sound::Other("AAC whose channels a program configuration element tells"),
        (2, _) => Sound::Other("AAC of more than two channels"),
        _ => Sound::Other("AAC of other than low complexity"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations() {
        let aac = |rate_hz, channels, more| Some(Sound::Aac { rate_hz, channels, more });
        assert_eq!(configured(&[0x14, 0x08]), aac(16_000, 1, None));
        assert_eq!(configured(&[0x12, 0x10, 0x56, 0xE5, 0x00]), aac(44_100, 2, None), "SBR is said to be absent");
        assert_eq!(configured(&[0x13, 0x90, 0x56, 0xE5, 0x98]), aac(22_050, 2, Some("SBR")));
        assert_eq!(configured(&[0x2B, 0x92, 0x08, 0x00]), aac(22_050, 2, Some("SBR")));
        assert_eq!(configured(&[0xEB, 0x8A, 0x08, 0x00]), aac(22_050, 1, Some("SBR and PS")));
        assert!(matches!(configured(&[0x12, 0x30]), Some(Sound::Other(name)) if name.contains("two channels")));
        assert!(matches!(configured(&[0x0A, 0x10]), Some(Sound::Other(name)) if name.contains("low complexity")));
        assert!(matches!(configured(&[0x12, 0x14]), Some(Sound::Other(name)) if name.contains("960")));
        assert_eq!(configured(&[0x12]), None);
    }
}
