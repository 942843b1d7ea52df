//! docs/VS1053.md lists what a board file may say about a VS1053, made from the table that reads it, and where the model's claims come
//! from, kept in vs1053_sources.md beside this file.
//!
//! `BLESS=1 cargo test -p badgebench-peripherals --test vs1053_options` writes it.

use peripherals::chips::vs1053::{OPTIONS, Values};
use std::fmt::Write;
use std::fs;
use std::path::Path;

const SOURCES: &str = include_str!("vs1053_sources.md");

#[test]
fn every_option_is_in_the_document() {
    let mut out = String::from(
        "# What a board file may say about a VS1053\n\n\
        Made from `src/chips/vs1053/config.rs` and `tests/vs1053_sources.md` by `tests/vs1053_options.rs`; don't edit it.\n\n\
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
        The last column is the line of the last table here that says where it comes from.\n\n\
        | key | values, the default in bold | what it is | |\n|---|---|---|---|\n",
    );
    for option in OPTIONS {
        let values = match option.values {
            Values::Number { least, most, default, .. } => format!("{least} to {most}, **{default}**"),
            Values::Words { words: [first, second], .. } => format!("**\"{first}\"**, \"{second}\""),
        };
        _ = writeln!(out, "| `{}` | {values} | {} | {} |", option.name, option.about, option.source);
    }
    out.push_str(SOURCES);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/VS1053.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &out).expect("docs/VS1053.md can be written");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == out,
        "docs/VS1053.md is out of date: BLESS=1 cargo test -p badgebench-peripherals --test vs1053_options"
    );
}

/// The lines of the document that say where claims come from, by their numbers.
fn lines() -> Vec<&'static str> {
    let first = |row: &'static str| row.strip_prefix("| ")?.split(' ').next().filter(|n| is_number(n));
    SOURCES.lines().filter_map(first).collect()
}

fn is_number(word: &str) -> bool {
    word.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The numbers in `VS1053.md, 2.1, 2.3 and 4`, from behind the comma on.
fn cited(text: &str) -> Vec<&str> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | 'a' | 'n' | 'd')));
    let list = text[..end.unwrap_or(text.len())].split([',', ' ']).map(|word| word.trim_end_matches('.'));
    list.filter(|word| !matches!(*word, "" | "and")).take_while(|word| is_number(word)).collect()
}

fn sources(dir: &Path, texts: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(dir).expect("sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, texts);
        } else {
            texts.push((path.display().to_string(), fs::read_to_string(&path).expect("a source file")));
        }
    }
}

#[test]
fn every_citation_of_the_document_leads_to_a_line_of_it() {
    let lines = lines();
    assert!(lines.len() > 25 && lines.contains(&"2.3") && lines.contains(&"11"), "{lines:?}");
    let mut texts = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/chips/vs1053"), &mut texts);
    let mut count = 0;
    for (file, text) in &texts {
        for citation in text.split("VS1053.md,").skip(1) {
            let numbers = cited(citation);
            assert!(!numbers.is_empty(), "{file}: no number in `VS1053.md,{}`", citation.lines().next().unwrap_or(""));
            count += numbers.len();
            for number in numbers {
                assert!(lines.contains(&number), "{file}: VS1053.md has no line {number}");
            }
        }
    }
    assert!(count > 100, "{count} citations");
    for option in OPTIONS {
        assert!(lines.contains(&option.source), "{}: {}", option.name, option.source);
    }
}
