//! Equal runs are equal, at any speed and whatever becomes of the sound.

use crate::support::{Bench, Run, played};

/// What two equal runs have in common: everything but the host's time.
fn same(a: &Run, b: &Run) {
    assert_eq!(a.report["trace_sha256"], b.report["trace_sha256"]);
    assert_eq!(a.report["trace_sha256"].as_str().map(str::len), Some(64));
    for key in ["spi", "vs1053", "throughput", "diagnostics"] {
        assert_eq!(a.report[key], b.report[key], "{key}");
    }
    for key in ["simulated_s", "cycles", "instructions"] {
        assert_eq!(a.report["time"][key], b.report["time"][key], "{key}");
    }
    assert_eq!(a.stdout, b.stdout);
}

#[test]
fn the_song_is_the_same_at_another_speed_without_a_wav_file() {
    let run = Bench::new().sim("fixtures/player-cached.elf --speed 20 --audio none --seed 0");
    same(&run, played("player-cached"));
    assert!(run.report["vs1053"][0]["streams"][0]["pcm_sha256"].is_string());
}

/// Two real paces, so that the run is cut up by the clock on the wall each time in another way.
#[test]
fn a_run_that_is_held_back_is_the_same_as_one_that_is_not() {
    let run = |speed| Bench::new().sim(&format!("fixtures/player-direct.elf --for 600ms --speed {speed} --seed 7"));
    let (max, real, half) = (run("max"), run("real"), run("0.5"));
    same(&max, &real);
    same(&max, &half);
    assert!(real.number("/time/host_s") >= 0.55 && half.number("/time/host_s") >= 1.1, "the pace was kept");
}

#[test]
fn wrong_firmware_is_as_repeatable() {
    let run = Bench::new().sim("fixtures/player-swapped-lines.elf");
    same(&run, played("player-swapped-lines"));
}

/// The sound of a player that is too slow: every sample, gap and edge of DREQ (which are in the digest of all edges).
#[test]
fn gaps_are_the_same_at_another_speed() {
    let line = "fixtures/player-too-slow.elf --for 2s --audio out.wav --speed";
    let [max, paced] = ["max", "9"].map(|speed| Bench::new().sim(&format!("{line} {speed}")));
    same(&max, &paced);
    assert!(max.number("/vs1053/0/underruns/count") > 3.0);
    let [max, paced] = [&max, &paced].map(|run| run.wav.as_ref().expect("a WAV file"));
    assert!(max.samples == paced.samples && max.frames() > 48_000);
}

/// `--audio-rate dac`: at 48 kHz the song's own samples, in one file.
#[test]
fn the_dac_rate_leaves_a_song_of_48_khz_as_it_is() {
    let run = Bench::new().sim("fixtures/player-cached.elf --for 1s --audio out.wav --audio-rate dac");
    let (part, whole) =
        (run.wav.as_ref().expect("a WAV file"), played("player-cached").wav.as_ref().expect("a WAV file"));
    assert!((40_000..48_000).contains(&part.frames()), "{} frames", part.frames());
    assert_eq!((part.rate_hz, &part.samples[..]), (48_000, &whole.samples[..part.samples.len()]));
}

/// A run that was stopped and one that went on agree on the time they have in common.
#[test]
fn a_wav_file_that_was_stopped_early_is_the_beginning_of_the_whole() {
    let whole = played("player-cached").wav.as_ref().expect("a WAV file");
    let run = Bench::new().sim("fixtures/player-cached.elf --for 1s --audio out.wav");
    let part = run.wav.as_ref().expect("a WAV file");
    assert!((40_000..48_000).contains(&part.frames()), "{} frames", part.frames());
    assert_eq!(part.samples, whole.samples[..part.samples.len()]);
}
