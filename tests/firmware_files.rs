//! What lies in `fixtures/` is what the sources make, and nothing else.

use crate::support::{fixture, root, sha256};
use std::collections::BTreeSet;
use std::process::Command;

fn listed() -> Vec<toml::Table> {
    let text = std::fs::read_to_string(root().join("fixtures/MANIFEST.toml")).expect("the manifest");
    let manifest: toml::Table = text.parse().expect("TOML");
    manifest["file"].as_array().expect("files").iter().map(|file| file.as_table().expect("a table").clone()).collect()
}

fn text<'a>(file: &'a toml::Table, key: &str) -> &'a str {
    file.get(key).and_then(toml::Value::as_str).unwrap_or_else(|| panic!("{key} is missing in {file}"))
}

#[test]
fn the_manifest_is_true() {
    for file in listed() {
        let bytes = fixture(text(&file, "path"));
        assert_eq!(text(&file, "sha256"), sha256(&bytes), "{}", text(&file, "path"));
        assert_eq!(file["size"].as_integer(), Some(bytes.len() as i64), "{}", text(&file, "path"));
        for key in ["command", "tool", "origin", "licence"] {
            assert!(!text(&file, key).is_empty(), "{key} of {}", text(&file, "path"));
        }
    }
}

#[test]
fn the_manifest_names_every_binary_file() {
    let listed: BTreeSet<_> = listed().iter().map(|file| text(file, "path").to_owned()).collect();
    let entries = std::fs::read_dir(root().join("fixtures")).expect("fixtures");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let binary = |name: &String| [".elf", ".mp3", ".ogg", ".hex", ".bin"].iter().any(|ending| name.ends_with(ending));
    assert_eq!(names.filter(binary).collect::<BTreeSet<_>>(), listed);
}

#[test]
fn the_contracts_fixtures_are_there() {
    for variant in "loop unrolled direct cached ogg lsb-first mode1 swapped-lines no-xdcs no-dreq too-slow".split(' ') {
        assert!(!fixture(&format!("player-{variant}.elf")).is_empty());
    }
    assert_eq!(fixture("song.mp3").len(), 134_400, "350 frames of 384 bytes");
    assert!(fixture("song.ogg").starts_with(b"OggS"));
}

#[test]
fn everything_together_is_below_10_megabytes() {
    let total: i64 = listed().iter().filter_map(|file| file["size"].as_integer()).sum();
    assert!(total < 10_000_000, "{total} bytes");
}

#[test]
fn no_file_names_the_machine_it_was_built_on() {
    for file in listed() {
        let bytes = fixture(text(&file, "path"));
        for path in ["/home/", "/root/", "/Users/", "/tmp/", "/work/", ".cargo/registry", ".rustup/"] {
            let at = bytes.windows(path.len()).position(|window| window == path.as_bytes());
            assert_eq!(at, None, "{path} in {}", text(&file, "path"));
        }
    }
}

/// firmware/build.sh says what its exit status means.
#[test]
fn the_sources_make_the_same_bytes_again() {
    const TARGET: &str = "lib/rustlib/thumbv7em-none-eabihf";
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    let there = sysroot
        .is_ok_and(|output| std::path::Path::new(String::from_utf8_lossy(&output.stdout).trim()).join(TARGET).is_dir());
    if !there {
        eprintln!("skipped: no rustc with the target thumbv7em-none-eabihf here");
        return;
    }
    let output = Command::new(root().join("firmware/build.sh")).arg("--check").output().expect("build.sh starts");
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => {}
        Some(3) => eprintln!("skipped in part: the compiler is another one:\n{said}"),
        Some(2) if said.contains("could not be fetched") => eprintln!("skipped: {said}"),
        _ => panic!("{}:\n{said}", output.status),
    }
}
