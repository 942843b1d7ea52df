//! FLAC with VLSI's patch: frames that are damaged, large, or come late.

use super::super::*;
use super::bench::Bench;
use super::fake::{flac, mp3, sound};
use super::oracles::application::{PATCHES, load};

/// A chip on which the patches with the FLAC decoder run.
pub fn patched() -> Bench {
    let mut b = Bench::ready();
    load(&mut b, 0x50, &PATCHES, 0xF8E);
    b.put(reg::AIADDR, 0x0050);
    b
}

fn played(file: &[u8]) -> Bench {
    let mut b = patched();
    b.play(file);
    b.play(&[0x55; 12_288]);
    b.finish();
    b.play_out();
    b
}

fn values(b: &mut Bench) -> Vec<i16> {
    b.channel(false)
        .chunks(4096)
        .map(|frame| if frame.iter().all(|&s| s == frame[0]) { frame[0] } else { -1 })
        .collect()
}

const HEAD: usize = 49;

#[test]
fn a_frame_with_a_flipped_bit_is_silent_and_the_next_is_heard() {
    let mut file = flac(8, 3000);
    file[HEAD + 3 * 3000 + 1000] ^= 0x10;
    let mut b = played(&file);
    assert_eq!(values(&mut b), [0, 1, 2, 0, 4, 5, 6, 7]);
    assert_eq!(b.findings(), ["undecodable-packet"]);
    let r = b.report();
    assert_eq!((r.streams[0].bad_packets, r.streams[0].frames, r.underruns.count), (1, 8 * 4096, 0));
}

#[test]
fn bytes_between_frames_are_skipped() {
    let mut file = flac(6, 3000);
    let at = HEAD + 2 * 3000;
    file.splice(at..at, [0xFF, 0xF8, 1, 2, 3, 4, 5, 6, 0xFF]);
    assert_eq!(values(&mut played(&file)), [0, 1, 2, 3, 4, 5]);
}

/// The sum of a frame that is followed by zeros stays 0; where the frame ends the decoder knows.
#[test]
fn a_file_that_ends_in_the_middle_plays_what_is_whole() {
    let mut file = flac(4, 3000);
    file.truncate(HEAD + 3 * 3000 + 2500);
    assert_eq!(values(&mut played(&file)), [0, 1, 2]);
}

/// The patch's buffer is six times as long as the chip's: a pause of 100 ms at 900 kbit/s does no harm.
#[test]
fn a_late_driver_is_forgiven_more_than_without_the_patch() {
    let file = flac(20, 10_000);
    let mut b = patched();
    b.play(&file[..150_000]);
    b.wait(Span::from_ms(110));
    b.play(&file[150_000..]);
    b.play(&[0x55; 12_288]);
    b.play_out();
    assert_eq!(b.report().underruns.count, 0);
    assert_eq!(values(&mut b), (0..20).collect::<Vec<i16>>());
}

#[test]
fn what_the_patch_does_not_decode_is_named() {
    let mut file = flac(4, 3000);
    // STREAMINFO: 96 kHz.
    file[18..20].copy_from_slice(&[0x17, 0x70]);
    let mut b = played(&file);
    assert_eq!((b.findings(), b.channel(false).len()), (vec!["vs1053-codec"], 0));
}

#[test]
fn other_files_play_before_and_after() {
    let mut b = patched();
    b.play(&mp3(6));
    b.finish();
    b.play(&flac(3, 900));
    b.play(&[0x55; 12_288]);
    b.finish();
    b.play(&mp3(4));
    b.finish();
    b.play_out();
    let heard: Vec<i16> = b.channel(false).into_iter().filter(|&s| s != 0).collect();
    assert_eq!(heard, [sound(0..6), [1, 2].iter().flat_map(|&n| vec![n; 4096]).collect(), sound(0..4)].concat());
    b.expect_no_findings();
}

#[test]
fn a_copy_in_the_middle_of_a_frame_plays_on_the_same() {
    let file = flac(8, 5000);
    let mut one = patched();
    one.play(&file[..17_000]);
    let mut two = one.clone();
    for b in [&mut one, &mut two] {
        b.play(&file[17_000..]);
        b.play(&[0x55; 12_288]);
        b.play_out();
    }
    assert_eq!(one.heard, two.heard);
    assert_eq!(one.report(), two.report());
}
