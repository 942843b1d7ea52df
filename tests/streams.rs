//! Digests are over what was sent: one bit makes another.

use crate::support::{Bench, fixture, played, sha256};

/// `elf` with bit 0 of one byte of `song`, which is in it, the other way; gives the song as well.
fn flipped(elf: &str, song: &str, byte: usize) -> (Vec<u8>, Vec<u8>) {
    let (mut elf, mut song) = (fixture(elf), fixture(song));
    let at = elf.windows(song.len()).position(|window| window == song).expect("the song lies in the ELF as it is");
    elf[at + byte] ^= 1;
    song[byte] ^= 1;
    (elf, song)
}

#[test]
fn a_flipped_bit_in_an_mp3_frame_gives_other_digests_and_as_many_samples() {
    // Byte 200 of frame 175: main data, far behind the header and side information (ISO/IEC 11172-3, 2.4.1.7).
    let (elf, song) = flipped("player-cached.elf", "song.mp3", 175 * 384 + 200);
    let bench = Bench::new();
    let run = bench.write("flipped.elf", elf).sim("flipped.elf");
    let (stream, good) = (&run.report["vs1053"][0]["streams"][0], &played("player-cached").report);
    run.expect_status(0);
    assert_eq!(stream["sha256"], sha256(&song));
    assert_ne!(stream["sha256"], good["vs1053"][0]["streams"][0]["sha256"]);
    assert_ne!(stream["pcm_sha256"], good["vs1053"][0]["streams"][0]["pcm_sha256"]);
    assert_ne!(run.report["trace_sha256"], good["trace_sha256"]);
    assert_eq!(stream["frames"], 403_200);
}

#[test]
fn a_flipped_bit_in_an_ogg_page_is_a_page_whose_checksum_is_wrong() {
    let (elf, song) = flipped("player-ogg.elf", "song.ogg", 60_000);
    let bench = Bench::new();
    let run = bench.write("flipped.elf", elf).sim("flipped.elf");
    let stream = &run.report["vs1053"][0]["streams"][0];
    assert_eq!(stream["sha256"], sha256(&song));
    assert_eq!(stream["bad_pages"], 1, "{}", run.stderr);
    assert_ne!(stream["pcm_sha256"], played("player-ogg").report["vs1053"][0]["streams"][0]["pcm_sha256"]);
}
