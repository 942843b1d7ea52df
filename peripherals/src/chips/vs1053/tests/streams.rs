//! What is said of a stream: its bytes, its digest, its times; and what begins and ends one.

use super::super::*;
use super::bench::Bench;
use super::fake::{FRAME, mp3, wav};
use sha2::{Digest, Sha256};

fn sha(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn played(bytes: &[u8]) -> Vs1053Report {
    let mut b = Bench::ready();
    b.play(bytes);
    b.finish();
    b.play_out();
    b.report()
}

/// The contract: from the first header to the end of the last frame, without end fill.
#[test]
fn the_digest_is_the_file_s() {
    let song = mp3(30);
    let r = played(&song);
    let [s] = &r.streams[..] else { panic!("{:?}", r.streams) };
    assert_eq!((s.codec, s.bytes, s.frames), (Codec::Mp3, song.len() as u64, 30 * 1152));
    assert_eq!((s.bitrate_bps, s.sample_rate_hz, s.channels), (128_000, 48_000, 2));
    assert_eq!(s.sha256, sha(&song));
    assert_eq!(s.needed_bytes_per_s(), Some(16_000));
    let pcm: Vec<u8> = (1..=30).flat_map(|n| (n * 100i16).to_le_bytes().repeat(2 * 1152)).collect();
    assert_eq!(s.pcm_sha256, sha(&pcm));
}

#[test]
fn one_flipped_bit_gives_another_digest() {
    let song = mp3(10);
    for at in [FRAME + 100, 5 * FRAME + 1, song.len() - 1] {
        let mut flipped = song.clone();
        flipped[at] ^= 0x10;
        let r = played(&flipped);
        assert_ne!(r.streams[0].sha256, sha(&song), "byte {at}");
    }
}

/// A tag before the music is no part of the stream, and garbage inside it is.
#[test]
fn a_stream_starts_at_its_first_confirmed_header() {
    let (tag, song) = (b"ID3\x04\0\0\0\0\0\x10\xFF\xFB\x94\x00 not a frame".to_vec(), mp3(10));
    let r = played(&[tag, song.clone()].concat());
    assert_eq!((r.streams.len(), r.streams[0].sha256), (1, sha(&song)));
    let hurt = [&song[..4 * FRAME], b"garbage", &song[4 * FRAME..]].concat();
    let r = played(&hurt);
    assert_eq!((r.streams.len(), r.streams[0].sha256), (1, sha(&hurt)));
    assert_eq!(r.streams[0].frames, 10 * 1152);
}

/// A frame the decoder cannot use keeps its place, so that the firmware is not blamed for a gap.
#[test]
fn a_damaged_frame_is_silent_and_no_underrun() {
    let mut song = mp3(10);
    song[3 * FRAME + 4..4 * FRAME].fill(0xEE);
    let mut b = Bench::ready();
    b.play(&song);
    b.finish();
    b.play_out();
    let heard = b.channel(false);
    assert_eq!(heard.len(), 10 * 1152);
    assert!(heard[3 * 1152..4 * 1152].iter().all(|&s| s == 0));
    let r = b.report();
    assert_eq!((r.underruns.count, r.streams[0].bad_packets), (0, 1));
    assert_eq!(b.findings(), ["undecodable-packet"]);
}

/// The contract, throughput: from the first to the last SDI bit, and the part of it with DREQ low and no bit being clocked.
#[test]
fn times_of_a_stream_are_those_of_its_bits() {
    let mut b = Bench::ready();
    let song = mp3(40);
    b.wait(Span::from_ms(3));
    let (start, mut stalled) = (b.now(), Span::ZERO);
    for chunk in song.chunks(32) {
        stalled += b.until_dreq(true);
        b.sdi(chunk);
    }
    let end = b.now();
    b.finish();
    b.play_out();
    let s = &b.report().streams[0];
    assert_eq!(s.first_bit, start + b.sdi_half, "the first rising edge");
    assert_eq!(s.last_bit + b.sdi_half * 2, end, "the last rising edge");
    // DREQ falls with the last bit of a pair, and may do so within a chunk.
    let more = s.dreq_stall - stalled;
    assert!(s.dreq_stall >= stalled && more < Span::from_us(100), "{} {stalled}", s.dreq_stall);
    assert!(stalled > Span::from_ms(500));
}

/// Of a stream that is not held up nothing is stall.
#[test]
fn a_slow_sender_has_no_stall_and_underruns() {
    let mut b = Bench::ready();
    b.sdi_half = Span::from_us(4);
    let song = mp3(20);
    b.play(&song);
    b.play(&[0; 64]);
    b.play_out();
    let r = b.report();
    assert_eq!(r.streams[0].dreq_stall, Span::ZERO);
    // 8 us a bit are 15,625 bytes a second of 16,000.
    assert!(r.underruns.count >= 10, "{:?}", r.underruns);
    assert_eq!(r.streams[0].sha256, sha(&song));
    b.expect_no_findings();
}

/// The contract, fifo: emptiest in the middle of a stream; that it runs dry at the end does not count.
#[test]
fn the_fifo_report_leaves_the_end_out() {
    let fifo = played(&mp3(60)).fifo;
    assert!(fifo.min_bytes >= Some(1200), "{fifo:?}");
    assert!(fifo.max_bytes > 2016);
}

/// Formats that the model does not decode are named once, and swallowed.
#[test]
fn a_foreign_format_is_a_gap_with_its_name() {
    let mut b = Bench::ready();
    b.play(&[b"\x30\x26\xB2\x75".as_slice(), &[0x22; 5000]].concat());
    assert_eq!(b.findings(), ["vs1053-codec"]);
    assert!(b.fabric.world.findings.named("vs1053-codec").unwrap().detail.contains("WMA"));
    assert_eq!((b.get(reg::HDAT1), b.report().streams.len()), (0, 0));
    assert!(b.level(DREQ));
}

/// 8 kHz mono 16 bit; the file's record ends where its header says.
#[test]
fn a_wav_file_plays_and_ends_by_its_length() {
    let samples: Vec<i16> = (0..4000).map(|n| n * 7 - 14_000).collect();
    let file = wav(8000, 8000, &samples);
    let mut b = Bench::ready();
    b.play(&file);
    assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0), b.get(reg::AUDATA)), (0x7665, 16_000, 0x1F40));
    b.finish();
    b.play_out();
    assert!(b.channel(false).starts_with(&samples), "{}", b.channel(false).len());
    assert!(b.channel(false)[4000..].iter().all(|&s| s == 0), "end fill is silence");
    let r = b.report();
    assert_eq!((r.streams.len(), r.streams[0].codec, r.streams[0].frames), (1, Codec::Wav, 4000));
    assert_eq!((r.streams[0].sha256, r.underruns.count), (sha(&file), 0));
    b.expect_no_findings();
}

fn noise(bytes: usize) -> Vec<u8> {
    (0..bytes as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 & 0x7F | 1).collect()
}

/// (I): silence has a reason, and the chip does not say it.
#[test]
fn bytes_without_any_header_are_told_of() {
    let mut b = Bench::ready();
    b.play(&noise(2_000));
    b.wait(Span::from_ms(20));
    b.expect_no_findings();
    b.play(&noise(200));
    b.wait(Span::from_ms(20));
    assert_eq!(b.findings(), ["no-stream"]);
    assert!(b.fabric.world.findings.all()[0].detail.ends_with("begins 01 1F 3D 5B 79 17 35 53"));
}

/// (I): fill before, junk after a stream, and a large ID3v2 tag in front of one are all as they should be.
#[test]
fn fill_a_tag_and_what_follows_a_stream_are_no_missing_stream() {
    let mut tag = b"ID3\x04\0\0\0\0\x20\0".to_vec();
    tag.extend(noise(0x20 << 7));
    let song = [vec![0; 3_000], tag, mp3(20), noise(5_000)].concat();
    for bytes in [song, vec![0xFF; 5_000], vec![0; 5_000]] {
        let mut b = Bench::ready();
        b.play(&bytes);
        b.wait(Span::from_ms(500));
        assert!(!b.findings().contains(&"no-stream"));
    }
}
