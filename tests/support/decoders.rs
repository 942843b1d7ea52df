//! Decoders that are not ours, for comparison: samples in units of one LSB of 16 bits, interleaved stereo.

use super::root;
use lewton::inside_ogg::OggStreamReader;
use lewton::samples::InterleavedSamples;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use symphonia_bundle_mp3::MpaDecoder;
use symphonia_core::codecs::audio::well_known::CODEC_ID_MP3;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

const FULL_SCALE: f32 = 32_768.0;

/// MP3 through Symphonia, which shares nothing with minimp3 and its descendants. `frame_bytes` is the length of each frame.
pub fn mp3(stream: &[u8], frame_bytes: usize) -> Vec<f32> {
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(CODEC_ID_MP3);
    let mut decoder = MpaDecoder::try_new(&parameters, &AudioDecoderOptions::default()).expect("a decoder");
    let (mut samples, mut frame) = (vec![], vec![]);
    for bytes in stream.chunks(frame_bytes) {
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, bytes);
        decoder.decode_ref(&packet).expect("a good frame").copy_to_vec_interleaved::<f32>(&mut frame);
        samples.extend(frame.iter().map(|sample| sample * FULL_SCALE));
    }
    samples
}

/// Ogg Vorbis through lewton, demultiplexer included.
pub fn ogg(stream: &[u8]) -> Vec<f32> {
    let mut reader = OggStreamReader::new(Cursor::new(stream)).expect("an Ogg Vorbis stream");
    let mut samples = vec![];
    while let Some(packet) = reader.read_dec_packet_generic::<InterleavedSamples<f32>>().expect("a good packet") {
        samples.extend(packet.samples.iter().map(|sample| sample * FULL_SCALE));
    }
    samples
}

/// What a program of the system makes of a fixture; see [`program_on`].
pub fn program(words: &str, name: &str) -> Option<Vec<f32>> {
    program_on(words, &root().join("fixtures").join(name))
}

/// What a program of the system makes of the file at `path`, for which `FILE` stands in its words: 16-bit little-endian stereo at
/// 48 kHz on its stdout. `None`, with a word on stderr, where there is no such program.
pub fn program_on(words: &str, path: &Path) -> Option<Vec<f32>> {
    let (program, rest) = words.split_once(' ').expect("a program and its options");
    let args = rest.split(' ').map(|word| if word == "FILE" { path.as_os_str().to_owned() } else { word.into() });
    let output = match Command::new(program).args(args).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: no {program} to compare with: {error}");
            return None;
        }
    };
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout.as_chunks::<2>().0.iter().map(|&bytes| f32::from(i16::from_le_bytes(bytes))).collect())
}
