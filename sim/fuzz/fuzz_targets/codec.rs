//! Any packets into the real decoders, any notes into the voice, and any sound font: no panic that gets out, samples as many as promised, and the same samples twice.
//!
//! The input is a stream, taken apart here without looking too closely: the chip's own demultiplexer is fuzzed by `sdi`.
#![no_main]

use badgebench::codecs::{Font, HostCodecs};
use libfuzzer_sys::fuzz_target;
use peripherals::chips::vs1053::{Codecs, FrameDecoder, MidiEvent, Synth};

/// Steps of [`sound`] for which there is time.
const MOST_STEPS: usize = 512;
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

/// Pieces that begin with the bytes of `mark`, what is before the first left out.
fn pieces<'a>(data: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut starts: Vec<usize> =
        data.windows(mark.len()).enumerate().filter(|(_, w)| *w == mark).map(|(at, _)| at).collect();
    starts.push(data.len());
    starts.windows(2).map(|pair| &data[pair[0]..pair[1]]).collect()
}

/// Two decoders of the same stream, one of them copied after every few packets, as a snapshot does: the same samples.
fn copies(decoder: Box<dyn FrameDecoder>, packets: &[&[u8]]) {
    let (mut one, mut other) = (decoder.clone(), decoder);
    for (n, packet) in packets.iter().enumerate() {
        let (mut a, mut b) = (vec![], vec![]);
        let (first, second) = (one.decode(packet, &mut a), other.decode(packet, &mut b));
        assert!(first == second && a == b, "packet {n} of a copy");
        if n % 3 == 0 {
            other = other.clone();
        }
    }
}

fn decode(mut decoder: Box<dyn FrameDecoder>, packets: &[&[u8]]) -> Vec<i16> {
    let mut pcm = Vec::new();
    for packet in packets {
        let before = pcm.len();
        match decoder.decode(packet, &mut pcm) {
            Ok(decoded) => {
                assert!((1..=8).contains(&decoded.channels) && decoded.rate_hz > 0, "{decoded:?}");
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

/// Four bytes a step: an event, and how long it sounds. Cut into pieces the second time.
fn sound(mut synth: Box<dyn Synth>, steps: &[u8], piece: usize) -> Vec<i16> {
    let mut pcm = Vec::new();
    for &[kind, a, b, time] in steps.as_chunks().0.iter().take(MOST_STEPS) {
        let channel = kind & 15;
        synth.send(match kind >> 4 & 7 {
            0..3 => MidiEvent::NoteOn { channel, key: a & 127, velocity: (b & 127).max(1) },
            3 => MidiEvent::NoteOff { channel, key: a & 127 },
            4 => MidiEvent::Instrument { channel, program: a & 127, drums: b & 1 == 1 },
            5 => MidiEvent::Controller { channel, number: a & 127, value: b & 127 },
            6 => MidiEvent::PitchBend { channel, value: u16::from(a & 127) << 7 | u16::from(b & 127) },
            _ => MidiEvent::MasterVolume(u16::from(a & 127) << 7),
        });
        synth.limit(usize::from(time).clamp(1, 64));
        let frames = usize::from(time);
        (0..frames).step_by(piece).for_each(|n| synth.render(piece.min(frames - n), &mut pcm));
        synth = synth.clone();
    }
    pcm
}

fuzz_target!(|data: &[u8]| {
    if data.starts_with(b"MThd") {
        let (one, other) = (sound(HostCodecs.synth(), data, 4096), sound(HostCodecs.synth(), data, 77));
        assert!(one == other, "other samples");
    } else if data.starts_with(b"RIFF") {
        match Font::parse(data) {
            Ok(font) => {
                let notes: Vec<u8> = (0..48).flat_map(|n| [n % 16, n * 5 % 128, 100, 20]).collect();
                assert!(sound(font.synth(), &notes, 4096) == sound(font.synth(), &notes, 77), "other samples");
            }
            Err(refused) => assert!(!refused.is_empty()),
        }
    } else if data.starts_with(b"OggS") {
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
    } else if data.starts_with(b"fLaC") {
        let Some(info) = data.get(8..42).and_then(|info| info.first_chunk()) else { return };
        let Ok(decoder) = HostCodecs.flac(info) else { return };
        let frames = pieces(&data[42..], &[0xFF, 0xF8]);
        copies(decoder.clone(), &frames);
        decode(decoder, &frames);
    } else if let [0xFF, 0xF1, rate, ..] = data {
        // ADTS without looking too closely.
        let rate_hz = [96_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 8_000][usize::from(rate >> 2 & 7)];
        let Ok(decoder) = HostCodecs.aac(rate_hz, rate % 2 + 1) else { return };
        let blocks: Vec<&[u8]> = pieces(data, &[0xFF, 0xF1]).iter().filter_map(|frame| frame.get(7..)).collect();
        copies(decoder.clone(), &blocks);
        decode(decoder, &blocks);
    } else {
        let frames: Vec<&[u8]> = data.chunks(MP3_FRAME).collect();
        assert!(decode(HostCodecs.mp3(), &frames) == decode(HostCodecs.mp3(), &frames), "other samples");
    }
});
