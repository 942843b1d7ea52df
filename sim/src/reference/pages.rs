//! Pages about diagnostics, one a file, built into the program.

macro_rules! pages {
    ($($name:literal)*) => {
        /// Names with their pages.
        static PAGES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../report/explain/", $name, ".md"))),)*];
    };
}

pages! {
    "application-missing"
    "both-selects-low"
    "chip-in-reset"
    "clki-over-rating"
    "clock-too-low"
    "clockf-wrong-crystal"
    "dreq-wait-with-xcs-low"
    "layer-12-off"
    "midi-boot"
    "midi-format"
    "midi-prefix"
    "midi-sysex"
    "missing-patch"
    "mode-bits-lost"
    "mp4-tables-last"
    "no-stream"
    "recording-overflow"
    "recording-rate"
    "sci-cut-short"
    "sci-during-boot"
    "sci-read-overlong"
    "sci-unknown-opcode"
    "sci-while-busy"
    "sclk-pulse-short"
    "sclk-too-fast"
    "sdi-block-too-long"
    "sdi-during-boot"
    "sdi-overrun"
    "sdi-under-xcs"
    "sdi-while-dreq-low"
    "sdishare-with-xdcs"
    "select-timing"
    "si-hold-short"
    "sine-stop-typo"
    "spi-boot"
    "status-bits-lost"
    "status-swing"
    "undecodable-packet"
    "vol-power-down"
    "vs1001-mode"
    "vs1003-format"
    "vs1053-floating-input"
    "vs1053-unpowered"
    "xdcs-inside-byte"
    "xreset-short"
}

/// The page about the diagnostic `name`, without its head line.
pub(super) fn page(name: &str) -> Option<&'static str> {
    let (_, text) = PAGES.iter().find(|(known, _)| *known == name)?;
    text.split_once("\n\n").map(|(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_page_there_is_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/explain");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".md").map(str::to_owned))
            .filter(|name| name != "README")
            .collect();
        files.sort();
        let known: Vec<_> = PAGES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(known, files);
        assert!(page("sdi-overrun").is_some_and(|text| text.starts_with("Audio data") && text.contains("## Cure")));
    }
}
