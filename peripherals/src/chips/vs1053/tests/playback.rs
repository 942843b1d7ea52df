//! Streams from SDI to the DAC.

use super::super::*;
use super::bench::Bench;
use super::fake::{FRAME, SAMPLES, mp3};
use sha2::{Digest, Sha256};

/// Oracles 58 and 63 (datasheet, "Playing a Whole File"): every sample of the file comes out and nothing is broken.
#[test]
fn a_whole_file_comes_out_to_the_last_sample() {
    let mut b = Bench::ready();
    let song = mp3(50);
    b.play(&song);
    let sent = b.finish();
    assert!(sent <= 64, "SM_CANCEL took {sent} bytes");
    assert_eq!((b.get(reg::HDAT0), b.get(reg::HDAT1)), (0, 0));
    b.play_out();
    let expected: Vec<i16> = (0..50).flat_map(|n| vec![(n + 1) * 100; SAMPLES]).collect();
    assert!(b.channel(false) == expected && b.channel(true) == expected);
    let r = b.report();
    let [s] = &r.streams[..] else { panic!("{:?}", r.streams) };
    assert_eq!((s.codec, s.bytes, s.frames), (Codec::Mp3, song.len() as u64, 50 * SAMPLES as u64));
    assert_eq!((s.bitrate_bps, s.sample_rate_hz, s.channels), (128_000, 48_000, 2));
    assert_eq!(s.sha256, <[u8; 32]>::from(Sha256::digest(&song)));
    assert_eq!((r.underruns, r.fifo.overrun_bytes), (Underruns::default(), 0));
    b.expect_no_findings();
    let _ = FRAME;
}
