//! AAC in ADTS and MP4.

use super::super::mp4_boxes::tests::file;
use super::super::{adif, *};
use super::bench::Bench;
use super::fake::{adts, mp3};

fn blocks(b: &mut Bench) -> Vec<i16> {
    b.channel(false)
        .chunks(1024)
        .map(|block| if block.iter().all(|&s| s == block[0]) { block[0] / 100 } else { -1 })
        .collect()
}

fn played(bytes: &[u8]) -> Bench {
    let mut b = Bench::ready();
    b.play(bytes);
    b.finish();
    b.play_out();
    b
}

#[test]
fn a_file_in_adts_comes_out_to_the_last_block() {
    let song = adts(30);
    let mut b = played(&song);
    assert_eq!(blocks(&mut b), (1..=30).collect::<Vec<i16>>());
    let stream = &b.report().streams[0];
    assert_eq!(
        (stream.codec, stream.bytes, stream.frames, stream.sample_rate_hz),
        (Codec::Aac, 12_000, 30 * 1024, 44_100)
    );
    b.expect_no_findings();
}

#[test]
fn junk_and_blocks_without_sense_keep_their_place() {
    let mut song = adts(10);
    song[4 * 400 + 7..5 * 400].fill(0xEE);
    song.splice(7 * 400..7 * 400, *b"junk\xFF\xF1junk");
    let mut b = played(&song);
    assert_eq!(blocks(&mut b), [1, 2, 3, 4, 0, 6, 7, 8, 9, 10]);
    assert_eq!((b.findings(), b.report().streams[0].bad_packets), (vec!["undecodable-packet"], 1));
}

#[test]
fn two_kilobytes_without_a_frame_end_it() {
    let mut b = Bench::ready();
    b.play(&adts(10));
    b.play(&[0x11; 3000]);
    b.wait(Span::from_ms(500));
    assert_eq!(b.get(reg::HDAT1), 0);
    b.play(&mp3(6));
    assert_eq!(b.get(reg::HDAT1), 0xFFFB);
}

/// Rate index 0 is 96 kHz; profile 0 is Main.
#[test]
fn rates_above_48_khz_play_at_48_and_other_profiles_are_named() {
    let with = |byte: u8| {
        let mut song = adts(8);
        song.chunks_mut(400).for_each(|frame| frame[2] = byte);
        played(&song)
    };
    let mut b = with(0x40);
    assert_eq!((b.get(reg::AUDATA), b.report().streams[0].sample_rate_hz), (0xBB81, 48_000));
    let mut b = with(0x10);
    assert_eq!((b.findings(), b.channel(false).len()), (vec!["vs1053-codec"], 0));
    assert!(b.fabric.world.findings.all()[0].detail.starts_with("AAC Main"));
}

#[test]
fn sbr_is_a_gap_by_its_name() {
    let mut song = adts(9);
    // A fill element of SBR with a count of 2 and the end mark: 110 0010 1101, twelve bits, 111.
    song.chunks_mut(400).for_each(|frame| frame[396..].copy_from_slice(&[0xC4, 0x20, 0x55, 0xC0]));
    let b = played(&song);
    assert_eq!(b.findings(), Vec::<&str>::new(), "another extension");
    song.chunks_mut(400).for_each(|frame| frame[396..].copy_from_slice(&[0xC5, 0xA0, 0x55, 0xC0]));
    assert_eq!(played(&song).findings(), ["vs1053-he-aac"]);
    assert_eq!(played(&song[..7 * 400]).findings(), Vec::<&str>::new(), "too few to be sure");
}

fn mp4(early: bool) -> Vec<u8> {
    let (mut file, _) = file(&[0x12, 0x10], &[300, 500, 400, 350, 450], early);
    for (n, (size, gap)) in [(300, 0), (500, 5), (400, 0), (350, 5), (450, 0)].into_iter().enumerate() {
        file.extend(vec![n as u8 + 1; size]);
        file.extend(vec![0xAA; gap]);
    }
    file
}

/// ISO/IEC 14496-12, 8.7: what lies between chunks is none of its blocks.
#[test]
fn mp4_plays_what_its_tables_lead_to() {
    let file = mp4(true);
    let mut b = played(&file);
    assert_eq!(blocks(&mut b), [1, 2, 3, 4, 5]);
    let stream = &b.report().streams[0];
    assert_eq!((stream.codec, stream.bytes, stream.frames), (Codec::Aac, file.len() as u64, 5 * 1024));
    use sha2::{Digest, Sha256};
    assert_eq!(stream.sha256, <[u8; 32]>::from(Sha256::digest(&file)));
    b.expect_no_findings();
}

#[test]
fn mp4_that_says_sbr_plays_its_core() {
    let (mut song, _) = file(&[0x2B, 0x92, 0x08, 0x00], &[300; 5], true);
    for (value, count) in [(1, 600), (9, 5), (2, 600), (9, 5), (3, 300)] {
        song.extend(vec![value; count]);
    }
    let mut b = played(&song);
    assert_eq!((b.findings(), b.get(reg::AUDATA)), (vec!["vs1053-he-aac"], 0x5623));
    assert_eq!(blocks(&mut b), [1, 1, 2, 2, 3]);
}

/// A place beyond all files, and one that has passed.
#[test]
fn mp4_whose_tables_lead_nowhere_ends_without_harm() {
    let (song, _) = file(&[0x12, 0x10], &[300; 5], true);
    let at = song.windows(4).position(|kind| kind == b"stco").unwrap() + 12;
    for place in [[0xFF; 4], [0; 4]] {
        let mut song = [song.clone(), vec![1; 2000]].concat();
        song[at..at + 4].copy_from_slice(&place);
        let mut b = played(&song);
        assert!(blocks(&mut b).len() <= 3);
    }
}

/// (O, schreibfaul1: such files fail.)
#[test]
fn mp4_with_its_tables_last_never_starts() {
    let mut b = played(&mp4(false));
    assert_eq!((b.findings(), b.channel(false).len()), (vec!["mp4-tables-last"], 0));
}

#[test]
fn adif_plays_as_far_as_there_are_blocks() {
    let mut song = adif::tests::head(1, 4, true);
    (1..=12).for_each(|n| song.extend([n; 300]));
    let mut b = played(&song);
    assert_eq!(blocks(&mut b), (1..=12).collect::<Vec<i16>>());
    let stream = &b.report().streams[0];
    assert_eq!((stream.codec, stream.bytes, stream.channels), (Codec::Aac, song.len() as u64, 2));
    b.expect_no_findings();
}

#[test]
fn adif_of_another_profile_is_named() {
    let mut b = played(&[adif::tests::head(0, 4, true), vec![1; 3000]].concat());
    assert_eq!((b.findings(), b.channel(false).len()), (vec!["vs1053-codec"], 0));
}

#[test]
fn a_copy_in_the_middle_of_a_block_plays_on_the_same() {
    for song in [adts(20), mp4(true)] {
        let mut one = Bench::ready();
        let middle = song.len() * 3 / 4;
        one.play(&song[..middle]);
        let mut two = one.clone();
        for b in [&mut one, &mut two] {
            b.play(&song[middle..]);
            b.play_out();
        }
        assert_eq!(one.heard, two.heard);
        assert_eq!(one.report(), two.report());
    }
}
