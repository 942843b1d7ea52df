//! A MIDI file in place of the player's song: firmware sends it, the chip plays it, with the plain voice or a font of one's own.

use crate::support::font::small_font;
use crate::support::{Bench, Run, fixture, sha256};
use serde_json::json;

/// Keys of the tune, half a second each.
const KEYS: [u8; 4] = [60, 64, 67, 72];
const BEAT: usize = 22_050;

/// Format 0, 96 ticks a quarter, 120 quarters a minute; an organ.
fn tune() -> Vec<u8> {
    let notes = KEYS.iter().flat_map(|&key| [0, 0x90, key, 100, 96, 0x80, key, 0]);
    let track: Vec<u8> = [0, 0xC0, 16].into_iter().chain(notes).chain([0, 0xFF, 0x2F, 0]).collect();
    [&b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0"[..], &[track.len() as u8], &track].concat()
}

/// `player-cached` with another song where its own was, zeros behind it.
fn player_with(song: &[u8]) -> Vec<u8> {
    let (mut elf, own) = (fixture("player-cached.elf"), fixture("song.mp3"));
    let at = elf.windows(64).position(|w| w == &own[..64]).expect("the song is in the player");
    assert_eq!(&elf[at..at + own.len()], own);
    elf[at..at + own.len()].fill(0);
    elf[at..at + song.len()].copy_from_slice(song);
    elf
}

fn play(bench: &Bench, song: &[u8], options: &str) -> Run {
    bench.write("player.elf", player_with(song)).sim(&format!("player.elf --audio out.wav {options}"))
}

/// Strength of one frequency at 44.1 kHz (Goertzel), in parts of a full-scale sine.
fn strength(samples: &[i16], hz: f64) -> f64 {
    let coefficient = 2.0 * (std::f64::consts::TAU * hz / 44_100.0).cos();
    let (mut one, mut two) = (0.0, 0.0);
    for &sample in samples {
        (one, two) = (f64::from(sample) + coefficient * one - two, one);
    }
    (one * one + two * two - coefficient * one * two).max(0.0).sqrt() * 2.0 / samples.len() as f64 / 32_768.0
}

/// Each half second of the left channel has its key in it and not the keys beside it.
fn has_the_tune(run: &Run) {
    let wav = run.wav.as_ref().expect("a WAV file");
    assert_eq!((wav.rate_hz, wav.frames()), (44_100, KEYS.len() * BEAT), "as long as the tempo says, to the frame");
    let left: Vec<i16> = wav.samples.iter().step_by(2).copied().collect();
    for (note, key) in left.chunks(BEAT).zip(KEYS) {
        let of = |beside: f64| strength(note, key_hz(f64::from(key) + beside));
        assert!(of(0.0) > 0.01, "key {key}: {}", of(0.0));
        assert!([-1.0, -0.5, 0.5, 1.0].iter().all(|&beside| of(0.0) > 3.0 * of(beside)), "key {key} is out of tune");
    }
}

fn key_hz(key: f64) -> f64 {
    440.0 * 2f64.powf((key - 69.0) / 12.0)
}

#[test]
fn a_midi_file_is_heard_as_its_notes() {
    let run = play(&Bench::new(), &tune(), "");
    run.expect_status(0).expect_said(&["played: MIDI, ", "44.1 kHz stereo, 2.000 s", "smooth"]);
    let chip = &run.report["vs1053"][0];
    let stream = &chip["streams"][0];
    assert_eq!((&stream["codec"], &stream["bytes"]), (&json!("midi"), &json!(tune().len())));
    assert_eq!(stream["sha256"], sha256(&tune()));
    assert_eq!(
        stream["pcm_sha256"],
        sha256(&run.wav.as_ref().expect("a WAV file").pcm()),
        "the voice and nothing else"
    );
    assert_eq!((run.diagnostics(), &chip["underruns"]["count"]), (vec![], &json!(0)));
    has_the_tune(&run);
}

/// The board file's `soundfont` counts from the board file's folder.
#[test]
fn a_sound_font_of_one_s_own_is_heard() {
    let bench = Bench::new();
    let shown = bench.run("boards --show dongle");
    std::fs::create_dir_all(bench.path("boards/fonts")).expect("a folder");
    let board = shown.stdout.replacen("type = \"vs1053\"", "type = \"vs1053\"\nsoundfont = \"fonts/sine.sf2\"", 1);
    bench.write("boards/my.toml", board).write("boards/fonts/sine.sf2", small_font());
    let run = play(&bench, &tune(), "--board boards/my.toml");
    run.expect_status(0);
    has_the_tune(&run);
    let digest = |run: &Run| run.report["vs1053"][0]["streams"][0]["pcm_sha256"].clone();
    assert_ne!(digest(&run), digest(&play(&bench, &tune(), "")), "it is not the plain voice");
}

#[test]
fn a_font_that_cannot_be_used_is_said_with_its_place() {
    let bench = Bench::new();
    let shown = bench.run("boards --show dongle").stdout;
    bench.write("song.sf2", fixture("song.ogg"));
    std::fs::create_dir(bench.path("fonts")).expect("a folder");
    for (value, name, words) in [
        ("\"none.sf2\"", "board-soundfont", "cannot use the sound font none.sf2: No such file"),
        ("\"song.sf2\"", "board-soundfont", "cannot use the sound font song.sf2: it is no SoundFont 2 file"),
        ("\"fonts\"", "board-soundfont", "cannot use the sound font fonts: it is not a regular file"),
        ("\"../song.sf2\"", "board-soundfont", "cannot use the sound font ../song.sf2: the path has to be relative"),
        ("5", "board-value", "it is the path of a SoundFont 2 file in quotes"),
    ] {
        let board = shown.replacen("type = \"vs1053\"", &format!("type = \"vs1053\"\nsoundfont = {value}"), 1);
        let run = bench.write("my.toml", board).sim("fixtures/example-c.elf --board my.toml");
        run.expect_status(2).expect_said(&[&format!("error[{name}]: my.toml:"), words]);
        assert_eq!(run.diagnostics(), [name]);
    }
}

/// VS1053b datasheet, "Supported MIDI Formats".
#[test]
fn a_file_of_format_1_says_what_to_do() {
    let mut song = tune();
    song[9] = 1;
    let run = play(&Bench::new(), &song, "");
    run.expect_said(&["fault[midi-format]", "format 1", "help: convert the file"]);
    assert_eq!(run.report["vs1053"][0]["streams"], json!([]));
}
