//! Play a song: what the firmware sends is what is heard.

use crate::support::{compare, decoders, fixture, played, sha256};
use serde_json::json;

/// 350 MP3 frames of 1,152, and the Ogg of the same.
const FRAMES: usize = 403_200;

/// What is true of both songs; `decoded` is what another decoder makes of the file.
fn plays(elf: &'static str, song: &str, codec: &str, decoded: &[f32]) {
    let run = played(elf);
    let (bus, chip) = (&run.report["spi"][0], &run.report["vs1053"][0]);
    run.expect_status(0);
    assert_eq!(run.report["exit"]["reason"], "semihosting");
    assert_eq!((&bus["verdict"], &bus["bit_order"]), (&json!("ok"), &json!("msb-first")));
    assert!(bus["mode"] == 0 || bus["mode"] == 3, "mode {}", bus["mode"]);
    assert_eq!(run.report["throughput"]["verdict"], "smooth");
    assert_eq!((&chip["underruns"]["count"], &chip["fifo"]["overrun_bytes"]), (&json!(0), &json!(0)));

    let bytes = fixture(song);
    let stream = &chip["streams"][0];
    assert_eq!(chip["streams"].as_array().map(Vec::len), Some(1));
    assert_eq!((&stream["codec"], &stream["bytes"]), (&json!(codec), &json!(bytes.len())));
    assert_eq!(stream["sha256"], sha256(&bytes), "what the chip took for the stream is the file");
    assert_eq!(
        (&stream["frames"], &stream["sample_rate_hz"], &stream["channels"]),
        (&json!(FRAMES), &json!(48_000), &json!(2))
    );

    let wav = run.wav.as_ref().expect("a WAV file");
    assert_eq!((wav.rate_hz, wav.frames()), (48_000, FRAMES));
    assert_eq!(
        stream["pcm_sha256"],
        sha256(&wav.pcm()),
        "at VOL 0 the DAC gives the decoder's samples, and only these"
    );

    // Not aligned: the file begins with the first decoded sample.
    assert_eq!(decoded.len(), 2 * FRAMES);
    let rms = compare::rms(&wav.samples, decoded, 0, FRAMES).expect("the whole song");
    assert!(rms.iter().all(|&rms| rms <= 1.0), "{rms:?} LSB");
    let loud = wav.samples.iter().map(|sample| sample.unsigned_abs()).max();
    assert!(loud > Some(3_000), "there is something to hear: {loud:?}");
}

/// Programs of the system may begin earlier or later; nearly all of the song has to be in both.
fn agrees_with(elf: &'static str, song: &str, programs: &[&str]) {
    let wav = played(elf).wav.as_ref().expect("a WAV file");
    for words in programs {
        let Some(theirs) = decoders::program(words, song) else { continue };
        let lag = compare::lag(&wav.samples, &theirs);
        let rms = compare::rms(&wav.samples, &theirs, lag, FRAMES - 2_500).expect("the whole song");
        assert!(rms.iter().all(|&rms| rms <= 1.0), "{words}: {rms:?} LSB at a lag of {lag} frames");
    }
}

#[test]
fn the_mp3_plays_as_another_decoder_plays_it() {
    plays("player-cached", "song.mp3", "mp3", &decoders::mp3(&fixture("song.mp3"), 384));
}

#[test]
fn the_ogg_plays_as_another_decoder_plays_it() {
    plays("player-ogg", "song.ogg", "vorbis", &decoders::ogg(&fixture("song.ogg")));
}

#[test]
fn the_mp3_plays_as_the_systems_programs_play_it() {
    let programs = ["mpg123 -q -s -e s16 -r 48000 --stereo FILE", "ffmpeg -v error -i FILE -f s16le -ac 2 -ar 48000 -"];
    agrees_with("player-cached", "song.mp3", &programs);
}

#[test]
fn the_ogg_plays_as_the_systems_programs_play_it() {
    let programs = ["oggdec -Q -R -o - FILE", "ffmpeg -v error -i FILE -f s16le -ac 2 -ar 48000 -"];
    agrees_with("player-ogg", "song.ogg", &programs);
}

/// Contract, "The JSON report": the last byte of the song is sent long before its last sample is heard, and the run goes on.
#[test]
fn the_run_lasts_until_the_last_sample() {
    for elf in ["player-cached", "player-ogg"] {
        let run = played(elf);
        assert_eq!(run.number("/vs1053/0/streams/0/decoded_s"), 8.4);
        let lasted = run.number("/time/simulated_s");
        assert!((8.4..8.6).contains(&lasted), "{elf}: {lasted} s");
        assert!(run.number("/throughput/elapsed_s") < 8.4, "{elf}");
    }
}

/// Contract, "The JSON report": `send_s` is what is left of `elapsed_s` without the stalls, and the rates follow.
#[test]
fn throughput_adds_up() {
    for (elf, song) in [("player-cached", "song.mp3"), ("player-loop", "song.mp3"), ("player-ogg", "song.ogg")] {
        let run = played(elf);
        let t = |key: &str| run.number(&format!("/throughput/{key}"));
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b.abs();
        let bytes = fixture(song).len() as f64;
        assert_eq!(t("stream_bytes"), bytes);
        assert!(near(t("send_s"), t("elapsed_s") - t("dreq_stall_s")), "{elf}");
        assert!(near(t("bytes_per_s"), bytes / t("send_s")), "{elf}");
        assert!(near(t("needed_bytes_per_s"), bytes / 8.4), "{elf}");
        assert!(near(t("ratio"), t("bytes_per_s") / t("needed_bytes_per_s")), "{elf}");
    }
}
