//! Drivers of the VS1053 that others wrote, unmodified, as firmware: `firmware/drivers`. What they draw is theirs, and stands here.

use crate::support::python::image;
use crate::support::{Bench, Run, decoders, fixture, root, sha256};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

const FRAME: usize = 384;

/// The whole piece is what the chip took for a stream, and what is heard is what another decoder makes of it.
#[track_caller]
fn played_to_the_end(run: &Run, song: &[u8]) {
    let stream = &run.report["vs1053"][0]["streams"][0];
    assert_eq!((&stream["codec"], &stream["sha256"]), (&json!("mp3"), &json!(sha256(song))), "{}", run.stderr);
    assert_eq!(stream["frames"], song.len() / FRAME * 1_152);
    assert_eq!(run.report["throughput"]["verdict"], "smooth");
    let registers = &run.report["vs1053"][0]["registers"];
    assert_eq!((&registers["HDAT0"], &registers["HDAT1"]), (&json!(0), &json!(0)), "the song was ended");
    let wav = run.wav.as_ref().expect("a WAV file");
    assert_eq!(stream["pcm_sha256"], sha256(&wav.pcm()), "at VOL 0 the DAC gives the decoder's samples");
    let theirs = decoders::mp3(song, FRAME);
    let rms = crate::support::compare::rms(&wav.samples, &theirs, 0, song.len() / FRAME * 1_152).expect("all of it");
    assert!(rms.iter().all(|&rms| rms <= 1.0), "{rms:?} LSB");
}

fn failed(line: &str, bench: &Bench) -> Vec<String> {
    let run = bench.run(&format!("conformance {line} --json"));
    let value: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr));
    let rules = value["rules"].as_array().expect("rules").iter();
    rules
        .filter(|rule| rule["verdict"] == "fail")
        .map(|rule| rule["name"].as_str().expect("a name").to_owned())
        .collect()
}

/// It raises XCS when DREQ is high, looks for that at once, and so goes on from CLOCKF to MODE before DREQ has fallen.
#[test]
fn the_vs1053_crate_of_crates_io_plays_a_song_to_its_end() {
    let bench = Bench::new();
    let run = bench.sim("fixtures/driver-vs1053.elf --audio out.wav");
    run.expect_status(0);
    assert_eq!(run.stdout, "driver: 23040 bytes\ndriver: done\n");
    played_to_the_end(&run, &fixture("song.mp3")[..60 * FRAME]);
    assert_eq!(run.diagnostics(), ["sci-while-busy"]);
    assert_eq!(failed("fixtures/driver-vs1053.elf", &bench), ["sci-ready", "end-fill-byte"]);
}

/// VLSI's patch images are VLSI's; the crate has them, and the linker leaves them out.
#[test]
fn no_patch_image_is_in_the_fixture() {
    let elf = fixture("driver-vs1053.elf");
    // How VLSI's loader arrays begin: register 7, one word, 0x8050 or 0x8010; register 6, so many words.
    for start in [[7u16, 1, 0x8050, 6], [7, 1, 0x8010, 6]] {
        let bytes: Vec<u8> = start.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert!(!elf.windows(bytes.len()).any(|window| window == bytes), "{start:04x?}");
    }
}

/// The directory in which `setup.sh --tests` puts Python's packages.
fn packages() -> PathBuf {
    let lib = root().join("target/tools/lib");
    let pythons =
        fs::read_dir(&lib).into_iter().flatten().map(|entry| entry.expect("an entry").path().join("site-packages"));
    let found = pythons.filter(|dir| dir.join("adafruit_vs1053.py").is_file()).max();
    found.expect("Adafruit's driver is not there; ./setup.sh --tests installs it")
}

/// Blocks of 31 bytes, of which none in this piece begins with 02 (see firmware/drivers/python/main.py).
const FRAMES: usize = 36;

/// A drive with the driver, the one file between it and our MicroPython, and the song.
fn adafruit(bench: &Bench) {
    let files = bench.path("files");
    fs::create_dir_all(files.join("adafruit_bus_device")).expect("a directory");
    let ours = root().join("firmware/drivers/python");
    let theirs = packages();
    for (from, name) in [
        (&ours, "main.py"),
        (&ours, "busio.py"),
        (&theirs, "adafruit_vs1053.py"),
        (&theirs, "adafruit_bus_device/__init__.py"),
        (&theirs, "adafruit_bus_device/spi_device.py"),
    ] {
        fs::copy(from.join(name), files.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    bench.write("files/song.mp3", &fixture("song.mp3")[..FRAMES * FRAME]);
}

#[test]
fn adafruits_circuitpython_driver_plays_a_song_to_its_end() {
    let Some(image) = image() else { return };
    let bench = Bench::new();
    adafruit(&bench);
    let run = bench.sim(&format!("{} --drive files --audio out.wav", image.display()));
    run.expect_status(0);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert!(lines.starts_with(&["version 4"]) && lines.ends_with(&["done"]), "{}", run.stdout);
    played_to_the_end(&run, &fixture("song.mp3")[..FRAMES * FRAME]);
    assert_eq!(run.report["spi"][0]["verdict"], "ok", "both selects low is no swapped pair");
    let drawn: BTreeSet<_> = run.diagnostics().into_iter().collect();
    let expected = ["both-selects-low", "sci-read-overlong", "sci-unknown-opcode", "sclk-too-fast", "sdi-under-xcs"];
    assert_eq!(drawn, expected.into());
    let failed = failed(&format!("{} --drive files", image.display()), &bench);
    for rule in ["one-select", "sci-frame", "decode-time"] {
        assert!(failed.iter().any(|name| name == rule), "{rule}: {failed:?}");
    }
}
