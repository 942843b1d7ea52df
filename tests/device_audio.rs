//! The way of the samples to a sound card, as far as ALSA's own `file` and `null` devices.

#![cfg(all(target_os = "linux", feature = "device-audio"))]

use crate::support::{Bench, Run, played};

/// Runs `line` with ALSA configured by `config`, and by nothing else of this system.
fn with_alsa(bench: &Bench, config: &str, line: &str) -> Run {
    bench.write("asound.conf", config);
    let mut command = bench.command(&format!("sim {line} --audio device --report r.json"));
    let output = command.env("ALSA_CONFIG_PATH", bench.path("asound.conf")).output();
    bench.collect(output.expect("the program starts"))
}

/// The first 1.5 s of the song, in real time.
#[test]
fn the_song_comes_out_of_the_device_sample_by_sample() {
    let bench = Bench::new();
    let config = format!(
        "pcm.!default {{ type plug slave {{ format S16_LE rate 48000 channels 2 pcm {{ \
         type file format raw file \"{}\" slave.pcm {{ type null }} }} }} }}",
        bench.path("heard.raw").display()
    );
    let run = with_alsa(&bench, &config, "fixtures/player-cached.elf --for 1500ms");
    run.expect_status(0);
    assert!(!run.stderr.contains("no sound"), "{}", run.stderr);
    assert!(run.number("/time/host_s") > 1.3, "at the pace of the sound: {}", run.report["time"]);

    let bytes = std::fs::read(bench.path("heard.raw")).expect("what the device was given");
    let heard: Vec<[i16; 2]> = bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|b| [i16::from_le_bytes([b[0], b[1]]), i16::from_le_bytes([b[2], b[3]])])
        .collect();
    let song = &played("player-cached").wav.as_ref().expect("a WAV file").samples;
    let song = &song.as_chunks::<2>().0[..48_000];
    let from = song.iter().position(|frame| frame[0].unsigned_abs() > 1_000).expect("music");
    let begin = heard.windows(64).position(|window| window == &song[from..from + 64]).expect("the song's beginning");
    // A host that was too slow leaves silent frames in between, and nothing else.
    let mut rest = heard[begin..].iter();
    for (index, frame) in song[from..].iter().enumerate() {
        let next = rest.by_ref().find(|&&heard| heard != [0, 0] || frame == &[0, 0]);
        assert_eq!(next, Some(frame), "frame {} of the song", from + index);
    }
}

#[test]
fn sound_on_a_device_changes_nothing_in_the_simulation() {
    let bench = Bench::new();
    let heard = with_alsa(&bench, "pcm.!default { type null }", "fixtures/player-cached.elf --for 500ms");
    let silent = Bench::new().sim("fixtures/player-cached.elf --for 500ms");
    heard.expect_status(0);
    assert_eq!(heard.report["trace_sha256"], silent.report["trace_sha256"]);
    assert_eq!(heard.report["vs1053"], silent.report["vs1053"]);
}

/// Contract, `--audio`: one warning of ours, none of ALSA's, then `none`.
#[test]
fn no_usable_device_is_one_warning_and_no_failure() {
    for config in ["", "pcm.!default { type hw card 97 }", "pcm.!default { type no_such_type }", "pcm.!default {"] {
        let run = with_alsa(&Bench::new(), config, "fixtures/example-c.elf");
        run.expect_status(0);
        let lines: Vec<_> = run.stderr.lines().collect();
        assert_eq!(lines.len(), 6, "with `{config}`: {}", run.stderr);
        assert!(lines[0].starts_with("note: this run stops after"), "{}", run.stderr);
        assert!(lines[1].starts_with("warning: no sound: "), "{}", run.stderr);
        assert!(lines[2].starts_with("played: "), "{}", run.stderr);
    }
}
