//! `inspect`: what is in an image, and what is missing.

use crate::support::elf::{Elf, Load};
use crate::support::{Bench, fixture, sha256};

#[test]
fn it_says_what_is_in_a_player() {
    let run = Bench::new().run("inspect fixtures/player-cached.elf");
    run.expect_status(0);
    assert!(run.stderr.is_empty(), "{}", run.stderr);
    let line = |label: &str| {
        let line = run.stdout.lines().find_map(|line| line.trim().strip_prefix(label));
        line.unwrap_or_else(|| panic!("no `{label}` in {}", run.stdout)).trim()
    };
    let elf = fixture("player-cached.elf");
    let parsed = goblin::elf::Elf::parse(&elf).expect("an ELF");
    assert!(line("format").starts_with("ELF32, ARM, little-endian"));
    assert_eq!(line("sha256"), sha256(&elf));
    assert_eq!(line("vectors"), "at 0x00000000");
    assert_eq!(line("initial SP"), "0x20040000");
    assert!(line("entry").starts_with(&format!("0x{:08x} Reset", parsed.entry)), "{}", line("entry"));
    assert!(line("symbols").ends_with("source lines"), "{}", line("symbols"));
    assert!(line("semihosting").starts_with("used"), "{}", line("semihosting"));
    assert!(line("missing").starts_with("nothing"), "{}", line("missing"));
    let loaded = parsed.program_headers.iter().filter(|header| header.p_type == 1 && header.p_filesz > 0).count();
    assert_eq!(line("segments"), loaded.to_string());
}

#[test]
fn what_cannot_start_is_described_all_the_same() {
    let elf = Elf::new(vec![Load::new(0, vec![0; 512])]).bytes();
    let run = Bench::new().write("none.elf", elf).run("inspect none.elf");
    run.expect_status(0);
    for words in ["no vector table was found", "missing      a vector table", "a run cannot start from this: "] {
        assert!(run.stdout.contains(words), "`{words}` is missing: {}", run.stdout);
    }
}

#[test]
fn what_is_no_image_is_refused() {
    let run = Bench::new().run("inspect fixtures/song.ogg");
    run.expect_status(2).expect_said(&["error[image-format]", "neither ELF nor Intel HEX"]);
    assert!(run.stdout.is_empty());
    Bench::new().run("inspect nothing.elf").expect_status(2).expect_said(&["help: try `fixtures/player-cached.elf`"]);
}
