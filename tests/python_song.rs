//! The article's fastest step in our MicroPython: what its Python sends is what is heard.

use crate::support::python::image;
use crate::support::{Bench, compare, decoders, fixture, root, sha256};
use serde_json::json;
use std::fs;

/// 60 of the song's frames of 384 bytes, and what each gives.
const FRAMES: usize = 60;
const BYTES: usize = FRAMES * 384;
const SAMPLES: usize = FRAMES * 1_152;

#[test]
fn a_song_sent_by_viper_code_plays_as_other_decoders_play_it() {
    let Some(image) = image() else { return };
    let bench = Bench::new();
    fs::create_dir(bench.path("files")).expect("a directory");
    let ladder = root().join("firmware/ladder");
    for (from, to) in [
        ("viper_cached.py", "main.py"),
        ("player.py", "player.py"),
        ("softspi.py", "softspi.py"),
        ("vs1053.py", "vs1053.py"),
    ] {
        fs::copy(ladder.join(from), bench.path("files").join(to)).expect("a step of the ladder");
    }
    let song = &fixture("song.mp3")[..BYTES];
    bench.write("files/song.mp3", song);
    let run = bench.sim(&format!("{} --drive files --audio out.wav", image.display()));
    run.expect_status(0);
    assert!(run.stdout.contains(&format!("{BYTES} bytes in ")), "{}", run.stdout);
    assert_eq!(run.report["exit"]["reason"], "semihosting", "badge.exit() at the end of player.py");

    let (bus, chip) = (&run.report["spi"][0], &run.report["vs1053"][0]);
    assert_eq!((&bus["verdict"], &bus["mode"], &bus["bit_order"]), (&json!("ok"), &json!(3), &json!("msb-first")));
    assert_eq!(run.report["throughput"]["verdict"], "smooth");
    let stream = &chip["streams"][0];
    assert_eq!(chip["streams"].as_array().map(Vec::len), Some(1));
    assert_eq!((&stream["codec"], &stream["bytes"]), (&json!("mp3"), &json!(BYTES)));
    assert_eq!(stream["sha256"], sha256(song), "what the chip took for the stream is the file");
    let wav = run.wav.as_ref().expect("a WAV file");
    assert_eq!((wav.rate_hz, wav.frames()), (48_000, SAMPLES));
    assert_eq!(stream["pcm_sha256"], sha256(&wav.pcm()), "at VOL 0 the DAC gives the decoder's samples");

    let theirs = decoders::mp3(song, 384);
    let rms = compare::rms(&wav.samples, &theirs, 0, SAMPLES).expect("all of it");
    assert!(rms.iter().all(|&rms| rms <= 1.0), "{rms:?} LSB");
    let loud = wav.samples.iter().map(|sample| sample.unsigned_abs()).max();
    assert!(loud > Some(1_000), "there is something to hear: {loud:?}");
    let path = bench.path("files/song.mp3");
    let Some(theirs) = decoders::program_on("mpg123 -q -s -e s16 -r 48000 --stereo FILE", &path) else { return };
    let lag = compare::lag(&wav.samples, &theirs);
    let rms = compare::rms(&wav.samples, &theirs, lag, SAMPLES - 2_500).expect("all of it");
    assert!(rms.iter().all(|&rms| rms <= 1.0), "mpg123: {rms:?} LSB at a lag of {lag} frames");
}
