//! The real way of the samples: rodio, cpal and ALSA, into ALSA's own `null` and `file` devices.
//!
//! ALSA reads its configuration once a process, so each case runs this test again in a process of its own.

use super::Pcm;
use super::audio::Device;
use super::pace::{Pace, Speed};
use peripherals::kernel::{Instant, Rate, Span};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

const CHILD: &str = "BADGEBENCH_TEST_ALSA_CHILD";
const HZ: u32 = 48_000;
const FRAMES: u64 = HZ as u64 * 3 / 10;

/// A saw that a person would not enjoy and of which every piece is different.
fn song() -> Vec<i16> {
    (0..FRAMES as i16).flat_map(|i| [i, -i]).collect()
}

fn scratch(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("badgebench-alsa-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a scratch directory");
    dir
}

fn in_a_process_of_its_own(test: &str, dir: &Path, config: &str) -> Output {
    std::fs::write(dir.join("asound.conf"), config).expect("a configuration");
    let mut child = Command::new(std::env::current_exe().expect("this test"));
    child.args(["--exact", &format!("host::alsa_test::{test}"), "--nocapture", "--quiet"]);
    child.env("ALSA_CONFIG_PATH", dir.join("asound.conf")).env(CHILD, "1").output().expect("this test again")
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// Plays 0.3 s as the run loop would: a slice, its block, the pace.
fn play_the_song() {
    let mut device = Device::open(Speed::Real).expect("the configured device");
    std::thread::sleep(Duration::from_millis(100)); // a device without a clock fills its buffers when it likes
    let begun = std::time::Instant::now();
    let (song, rate, mut pace, mut sent) = (song(), Rate::new(HZ.into()), Pace::new(Speed::Real), 0);
    for slice in 1.. {
        let now = Instant::ZERO + Span::from_ms(5 * slice);
        while !pace.hold(now, device.in_hand()) {}
        let due = rate.ticks(now).min(FRAMES);
        if due == sent {
            break;
        }
        let samples = &song[2 * sent as usize..2 * due as usize];
        device.push(&Pcm { start: rate.instant(sent), rate_hz: HZ, frames: due - sent, samples, fades: false });
        device.advance(now);
        sent = due;
    }
    assert_eq!(device.trouble(), None);
    assert_eq!(device.in_hand().map(|left| left <= Duration::from_millis(200)), Some(true));
    device.finish(Duration::from_secs(5), || false);
    assert!(begun.elapsed() >= Duration::from_millis(250), "no faster than the sound: {:?}", begun.elapsed());
}

#[test]
fn a_song_comes_out_of_alsas_file_device_sample_by_sample() {
    if is_child() {
        return play_the_song();
    }
    let dir = scratch("file");
    let raw = dir.join("out.raw");
    let config = format!(
        "pcm.!default {{ type plug slave {{ format S16_LE rate {HZ} channels 2 pcm {{ \
         type file format raw file \"{}\" slave.pcm {{ type null }} }} }} }}",
        raw.display()
    );
    let output = in_a_process_of_its_own("a_song_comes_out_of_alsas_file_device_sample_by_sample", &dir, &config);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let bytes = std::fs::read(&raw).expect("what the device was given");
    let heard: Vec<i16> = bytes.as_chunks::<2>().0.iter().map(|&b| i16::from_le_bytes(b)).collect();
    let song = song();
    let start = heard.windows(8).position(|window| window == &song[2..10]).expect("the song's beginning");
    // A host that was too slow leaves whole silent frames in between, and nothing else.
    let mut rest = heard[start - 2..].as_chunks::<2>().0.iter();
    for frame in song.as_chunks::<2>().0 {
        assert!(
            rest.by_ref().find(|&&heard| heard != [0, 0] || frame == &[0, 0]) == Some(frame),
            "{frame:?} is missing"
        );
    }
    std::fs::remove_dir_all(dir).expect("tidy");
}

#[test]
fn alsas_null_device_plays_at_the_hosts_pace() {
    if is_child() {
        return play_the_song();
    }
    let dir = scratch("null");
    let output =
        in_a_process_of_its_own("alsas_null_device_plays_at_the_hosts_pace", &dir, "pcm.!default { type null }");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    std::fs::remove_dir_all(dir).expect("tidy");
}

#[test]
fn no_device_is_one_error_of_ours_and_not_a_word_of_alsas() {
    if is_child() {
        let error = Device::open(Speed::Real).err().expect("there is no such card").to_string();
        assert!(error.starts_with("no sound: ") && !error.contains('\n'), "{error}");
        eprintln!("{error}");
        return;
    }
    let dir = scratch("none");
    for config in ["", "pcm.!default { type hw card 97 }", "pcm.!default { type no_such_type }", "pcm.!default {"] {
        let output = in_a_process_of_its_own("no_device_is_one_error_of_ours_and_not_a_word_of_alsas", &dir, config);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.starts_with("no sound: ") && stderr.lines().count() == 1, "with `{config}`: {stderr}");
    }
    std::fs::remove_dir_all(dir).expect("tidy");
}
