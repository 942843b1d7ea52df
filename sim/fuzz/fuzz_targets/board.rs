//! Any text as a board file, with any `--wire` on top: refused with words, or a board whose parts and wires fit together.
#![no_main]

use badgebench::boards::Board;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    // Lines that start with `--wire ` are the command line.
    let (wires, lines): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("--wire "));
    let wires: Vec<&str> = wires.iter().map(|line| &line["--wire ".len()..]).collect();
    match Board::parse("board.toml", &lines.join("\n"), &wires) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(board) => {
            assert!(board.wires.len() >= 48, "the SoC has 48 pins");
            for wire in &board.wires {
                for &(part, pin) in &wire.members {
                    assert!(board.parts[part].pins.iter().any(|&(name, _)| name == pin), "{pin} is no pin of its part");
                }
            }
        }
    }
});
