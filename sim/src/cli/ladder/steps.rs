//! The steps of the ladder and the song, as they come with the program: files of `firmware/ladder`.

/// A step that the program has.
#[derive(Debug, PartialEq)]
pub(super) struct Known {
    /// Its name, that of its file.
    pub name: &'static str,
    /// The script.
    pub source: &'static str,
    /// The seconds that were measured for it on silicon: "Embedded Python: Cranking Performance Knob up to Eleven" (Uri Shaked, 2018).
    pub article_s: Option<f64>,
}

macro_rules! step {
    ($name:literal, $article_s:expr) => {
        Known {
            name: $name,
            source: include_str!(concat!("../../../../firmware/ladder/", $name, ".py")),
            article_s: $article_s,
        }
    };
}

/// In the article's order of telling, then what goes beyond it.
pub(super) static STEPS: [Known; 11] = [
    step!("loop", Some(128.0)),
    step!("unrolled", Some(101.0)),
    step!("native", Some(49.5)),
    step!("native_cached", Some(34.0)),
    step!("viper_switch", Some(45.0)),
    step!("viper_ptr32", Some(11.7)),
    step!("viper_cached", Some(6.52)),
    step!("viper_loop", Some(7.08)),
    step!("asm_thumb", None),
    step!("port_wide", None),
    step!("hardware_spi", None),
];

macro_rules! shared {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../firmware/ladder/", $name)))
    };
}

/// What all steps need beside them.
pub(super) static SHARED: [(&str, &str); 3] = [shared!("player.py"), shared!("softspi.py"), shared!("vs1053.py")];

/// 8.4 s of MP3.
pub(super) static SONG: &[u8] = include_bytes!("../../../../fixtures/song.mp3");

/// Where [`SONG`] is on the drive; `player.py` asks for it by this name.
pub(super) const SONG_FILE: &str = "song.mp3";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_of_the_ladder_is_a_step_or_shared() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../firmware/ladder");
        let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let scripts: BTreeSet<_> = names.filter(|name| name.ends_with(".py")).collect();
        let steps = STEPS.iter().map(|step| format!("{}.py", step.name));
        let known: BTreeSet<_> = steps.chain(SHARED.iter().map(|(name, _)| (*name).to_owned())).collect();
        assert_eq!(scripts, known);
    }

    #[test]
    fn the_seconds_are_those_that_the_scripts_say() {
        for Known { name, source, article_s } in &STEPS {
            let said = source.split_once("The article: ").and_then(|(_, rest)| rest.split_once(" s"));
            let said = said.map(|(seconds, _)| seconds.parse::<f64>().unwrap());
            assert_eq!(said, *article_s, "{name}");
        }
    }
}
