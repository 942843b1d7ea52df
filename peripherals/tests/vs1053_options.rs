//! docs/VS1053.md lists what a board file may say about a VS1053, made from the table that reads it.
//!
//! `BLESS=1 cargo test -p badgebench-peripherals --test vs1053_options` writes it.

use peripherals::chips::vs1053::{OPTIONS, Values};
use std::fmt::Write;
use std::fs;
use std::path::Path;

#[test]
fn every_option_is_in_the_document() {
    let mut out = String::from(
        "# What a board file may say about a VS1053\n\n\
        Made from `src/chips/vs1053/config.rs` by `tests/vs1053_options.rs`; don't edit it.\n\n\
        Keys of a `[[chip]]` with `type = \"vs1053\"`. The datasheet leaves much open, and drivers rely on some of it: where a\n\
        behaviour is undocumented or inferred, the model does what fits most of what was seen, and a key makes it do the other\n\
        thing. A driver that works with both is on the safe side.\n\n\
        ```toml\n\
        [[chip]]\n\
        type = \"vs1053\"\n\
        dreq_rise_free = 1000\n\
        overrun = \"overwrite\"\n\
        ```\n\n\
        MIDI is played with a plain voice, or with a SoundFont 2 file of one's own: `soundfont = \"my.sf2\"`, a path from the board\n\
        file's folder.\n\n\
        `type = \"vs1003\"` is the older part on the same wires. `[chip.line_in]` with `file = \"line.wav\"` brings a sound to LINE1 and LINE2,\n\
        with `mic = \"voice.wav\"` one to the microphone, both from power-on: WAV files beside the board file, PCM of 8 or 16 bits up to\n\
        48 kHz and 64 MiB. Without, there is silence.\n\n\
        | key | values, the default in bold | what it is |\n|---|---|---|\n",
    );
    for option in OPTIONS {
        let values = match option.values {
            Values::Number { least, most, default, .. } => format!("{least} to {most}, **{default}**"),
            Values::Words { words: [first, second], .. } => format!("**\"{first}\"**, \"{second}\""),
        };
        _ = writeln!(out, "| `{}` | {values} | {} |", option.name, option.about);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/VS1053.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &out).expect("docs/VS1053.md can be written");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == out,
        "docs/VS1053.md is out of date: BLESS=1 cargo test -p badgebench-peripherals --test vs1053_options"
    );
}
