//! Any packets into the real decoders: no panic that gets out, samples as many as promised, and the same samples twice.
//!
//! The input is a stream, taken apart here without looking too closely: the chip's own demultiplexer is fuzzed by `sdi`.
#![no_main]

use badgebench::codecs::HostCodecs;
use libfuzzer_sys::fuzz_target;
use peripherals::chips::vs1053::{Codecs, FrameDecoder};

/// A frame of the song.
const MP3_FRAME: usize = 384;

fn ogg_packets(mut pages: &[u8]) -> Vec<Vec<u8>> {
    let (mut packets, mut packet) = (vec![], vec![]);
    while let Some((header, rest)) = pages.split_at_checked(27) {
        let Some((table, mut body)) = rest.split_at_checked(header[26].into()) else { break };
        for &lacing in table {
            let (part, after) = body.split_at(usize::from(lacing).min(body.len()));
            packet.extend_from_slice(part);
            body = after;
            if lacing < 255 {
                packets.push(std::mem::take(&mut packet));
            }
        }
        pages = body;
    }
    packets
}

fn decode(mut decoder: Box<dyn FrameDecoder>, packets: &[&[u8]]) -> Vec<i16> {
    let mut pcm = Vec::new();
    for packet in packets {
        let before = pcm.len();
        match decoder.decode(packet, &mut pcm) {
            Ok(decoded) => {
                assert!((1..=2).contains(&decoded.channels) && decoded.rate_hz > 0, "{decoded:?}");
                assert_eq!(pcm.len() - before, decoded.frames * usize::from(decoded.channels));
            }
            Err(refused) => {
                assert!(!refused.reason.contains("gave up"), "{refused}");
                assert_eq!(pcm.len(), before);
            }
        }
    }
    pcm
}

fuzz_target!(|data: &[u8]| {
    if data.starts_with(b"OggS") {
        let packets = ogg_packets(data);
        let [ident, comment, setup, audio @ ..] = &packets[..] else { return };
        let audio: Vec<&[u8]> = audio.iter().map(Vec::as_slice).collect();
        let open = || HostCodecs.vorbis(ident, comment, setup);
        match (open(), open()) {
            (Ok(one), Ok(other)) => assert!(decode(one, &audio) == decode(other, &audio), "other samples"),
            (Err(one), Err(other)) => {
                assert!(!one.reason.contains("gave up"), "{one}");
                assert_eq!(one, other);
            }
            _ => panic!("the same headers, once taken and once refused"),
        }
    } else {
        let frames: Vec<&[u8]> = data.chunks(MP3_FRAME).collect();
        assert!(decode(HostCodecs.mp3(), &frames) == decode(HostCodecs.mp3(), &frames), "other samples");
    }
});
