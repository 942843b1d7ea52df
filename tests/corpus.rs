//! Files of every format that the chip decodes, made by the system's encoders from sounds made here, sent through the chip and compared
//! with what the system's decoders make of them: to the sample, and within what `Near` allows.
//!
//! `cargo test --test integration corpus -- --nocapture` prints the table that stands in sim/docs/CORPUS.md.

use crate::support::chip::{Chip, Played};
use crate::support::sound::{layer_1, music, wav};
use std::path::Path;
use std::process::Command;

/// How near both have to be, in LSB of 16 bits.
#[derive(Clone, Copy, Debug)]
enum Near {
    Exact,
    /// Root of the mean squared difference of each side.
    Rms(f64),
}

/// A file of the corpus.
struct Case {
    name: String,
    /// What is encoded.
    wav: Vec<u8>,
    channels: usize,
    /// `IN` and `OUT` stand for files. Empty: the file is what is encoded.
    encoder: String,
    /// The encoded file's ending.
    ending: &'static str,
    /// Goes over the encoded file.
    change: fn(Vec<u8>) -> Vec<u8>,
    /// Goes over what the chip gets of it, and the decoder does not.
    wrap: fn(Vec<u8>) -> Vec<u8>,
    /// Prints samples of 16 bits, or of `decoder_bits`, in as many channels.
    decoder: &'static str,
    decoder_bits: usize,
    near: Near,
    /// Frames that the chip plays more: where a file is cut inside a frame, the end fill completes it, and the decoder leaves it out.
    more: usize,
}

const MPG123: &str = "mpg123 -q --no-gapless --no-infoframe -e s16 -s FILE";
const OGGDEC: &str = "oggdec -Q -R -o - FILE";
const FLAC: &str = "flac -s -d -c -F --force-raw-format --endian=little --sign=signed FILE";
const FFMPEG: &str = "ffmpeg -v error -flags2 +skip_manual -i FILE -f s16le -";

fn case(
    name: String,
    rate_hz: u32,
    channels: usize,
    ms: usize,
    bits: u32,
    ending: &'static str,
    encoder: &str,
) -> Case {
    let seed = name.bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
    let sound = music(rate_hz, channels, rate_hz as usize * ms / 1000, seed);
    let (decoder, near) = match ending {
        "mp3" | "mp2" | "mp1" => (MPG123, Near::Rms(1.0)),
        "ogg" => (OGGDEC, Near::Rms(1.0)),
        "flac" => (FLAC, Near::Exact),
        "wav" => (FFMPEG, Near::Exact),
        _ => (FFMPEG, Near::Rms(1.0)),
    };
    let (decoder_bits, change) = (if ending == "flac" { bits as usize } else { 16 }, same as fn(Vec<u8>) -> Vec<u8>);
    let (encoder, wav) = (encoder.to_owned(), wav(rate_hz, channels, bits, &sound));
    Case { name, wav, channels, encoder, ending, change, decoder, decoder_bits, near, more: 0, wrap: same }
}

fn same(file: Vec<u8>) -> Vec<u8> {
    file
}

fn cut(mut file: Vec<u8>) -> Vec<u8> {
    file.truncate(file.len() * 7 / 10 + 13);
    file
}

/// ADTS without its headers behind one of ADIF: LC, 44.1 kHz, one pair of channels (ISO/IEC 13818-7, 6.1).
fn adif(file: Vec<u8>) -> Vec<u8> {
    // Variable rate of 128 kbit/s; one program; one element in front, which is a pair.
    let fields = [(0, 3), (1, 1), (128_000, 23), (0, 8), (1, 2), (4, 4), (1, 4), (0, 20), (1, 1), (0, 4)];
    let bits: String = fields.iter().map(|&(value, width): &(u32, usize)| format!("{value:0width$b}")).collect();
    let bits = format!("{bits:0<width$}", width = bits.len().next_multiple_of(8));
    let byte = |at: usize| u8::from_str_radix(&bits[at..at + 8], 2).expect("ones and zeros");
    let mut out = [b"ADIF".to_vec(), (0..bits.len()).step_by(8).map(byte).collect(), vec![0]].concat();
    let mut rest = &file[..];
    while let [_, _, _, a, b, c, ..] = rest {
        let bytes = usize::from(a & 3) << 11 | usize::from(*b) << 3 | usize::from(c >> 5);
        out.extend(&rest[7..bytes]);
        rest = &rest[bytes..];
    }
    out
}

/// A tag of ID3v2 with a text and a picture that is none, and one of ID3v1 (ID3v2.4.0 structure, 3.1).
fn tagged(file: Vec<u8>) -> Vec<u8> {
    let body = [b"TIT2\0\0\0\x06\0\0\0title".as_slice(), &[0x20; 1000]].concat();
    let head = [b"ID3\x04\0\0".as_slice(), &[0, 0, (body.len() >> 7) as u8, (body.len() & 127) as u8]].concat();
    [head, body, file, [b"TAG".as_slice(), &[b' '; 125]].concat()].concat()
}

fn mpeg() -> Vec<Case> {
    let mut all = vec![];
    let lame = |options: &str| format!("lame --quiet {options} IN OUT");
    let mut mp3 = |rate_hz: u32, channels: usize, options: &str| {
        all.push(case(
            format!("mp3 {rate_hz} Hz {channels} ch {options}"),
            rate_hz,
            channels,
            1200,
            16,
            "mp3",
            &lame(options),
        ));
    };
    for (rate_hz, kbps) in [
        (32_000, 64),
        (44_100, 128),
        (48_000, 320),
        (16_000, 32),
        (22_050, 64),
        (24_000, 160),
        (8_000, 16),
        (11_025, 24),
        (12_000, 64),
    ] {
        mp3(rate_hz, 2, &format!("-m j -b {kbps}"));
    }
    for (rate_hz, kbps) in [(44_100, 32), (48_000, 96), (22_050, 8), (8_000, 64)] {
        mp3(rate_hz, 1, &format!("-m m -b {kbps}"));
    }
    for options in [
        "-m s -b 192",
        "-m d -b 160",
        "-m f -b 224",
        "-V 0",
        "-V 5",
        "-V 9 -t",
        "--abr 112",
        "--abr 250 --nores",
        "-b 256 --nores",
        "-b 128 -p",
        "-b 40 --strictly-enforce-ISO",
        "--cbr -b 320 -t",
    ] {
        mp3(44_100, 2, options);
    }
    let mut mp2 = |rate_hz: u32, channels: usize, kbps: u32| {
        let encoder = format!("ffmpeg -v error -y -i IN -c:a mp2 -b:a {kbps}k -f mp2 OUT");
        all.push(case(
            format!("mp2 {rate_hz} Hz {channels} ch {kbps} kbit/s"),
            rate_hz,
            channels,
            1000,
            16,
            "mp2",
            &encoder,
        ));
    };
    for (rate_hz, channels, kbps) in
        [(44_100, 2, 192), (48_000, 2, 384), (32_000, 1, 64), (22_050, 1, 32), (16_000, 2, 160), (24_000, 2, 96)]
    {
        mp2(rate_hz, channels, kbps);
    }
    for (name, change) in [("cut", cut as fn(Vec<u8>) -> Vec<u8>), ("with tags", tagged)] {
        let mut mp3 = case(format!("mp3 44100 Hz 2 ch -b 128, {name}"), 44_100, 2, 1200, 16, "mp3", &lame("-b 128"));
        mp3.change = change;
        mp3.more = if name == "cut" { 1152 } else { 0 };
        all.push(mp3);
        let encoder = "ffmpeg -v error -y -i IN -c:a mp2 -b:a 128k -f mp2 OUT";
        let mut mp2 = case(format!("mp2 44100 Hz 1 ch 128 kbit/s, {name}"), 44_100, 1, 1000, 16, "mp2", encoder);
        mp2.change = change;
        mp2.more = if name == "cut" { 1152 } else { 0 };
        all.push(mp2);
    }
    for channels in [1, 2] {
        let mut mp1 = case(format!("mp1 44100 Hz {channels} ch 384 kbit/s"), 44_100, channels, 0, 16, "mp1", "");
        mp1.wav = layer_1(channels, 60, 3);
        all.push(mp1);
    }
    all
}

fn vorbis() -> Vec<Case> {
    let mut all = vec![];
    let mut ogg = |rate_hz: u32, channels: usize, options: &str| {
        let encoder = format!("oggenc -Q {options} -o OUT IN");
        all.push(case(
            format!("vorbis {rate_hz} Hz {channels} ch {options}"),
            rate_hz,
            channels,
            1200,
            16,
            "ogg",
            &encoder,
        ));
    };
    for (rate_hz, channels, options) in [
        (44_100, 2, "-q -1"),
        (44_100, 2, "-q 2"),
        (44_100, 2, "-q 6"),
        (44_100, 2, "-q 10"),
        (44_100, 1, "-q 3"),
        (48_000, 2, "-q 4"),
        (48_000, 2, "--managed -b 128"),
        (32_000, 2, "-q 3"),
        (22_050, 1, "-q 1"),
        (16_000, 1, "-q 5"),
        (11_025, 2, "-q 2"),
        (8_000, 1, "-q 0"),
    ] {
        ogg(rate_hz, channels, options);
    }
    all
}

fn wave() -> Vec<Case> {
    let mut all = vec![];
    for (rate_hz, channels, bits) in [(8_000, 1, 8), (11_025, 2, 8), (22_050, 1, 16), (44_100, 2, 16), (48_000, 2, 16)]
    {
        all.push(case(format!("pcm {rate_hz} Hz {channels} ch {bits} bits"), rate_hz, channels, 300, bits, "wav", ""));
    }
    for (rate_hz, channels, block) in
        [(8_000, 1, 256), (22_050, 1, 1024), (44_100, 2, 2048), (48_000, 2, 4096), (16_000, 2, 64), (11_025, 1, 4096)]
    {
        let encoder = format!("ffmpeg -v error -y -i IN -c:a adpcm_ima_wav -block_size {block} OUT");
        all.push(case(
            format!("adpcm {rate_hz} Hz {channels} ch, blocks of {block} bytes"),
            rate_hz,
            channels,
            700,
            16,
            "wav",
            &encoder,
        ));
    }
    all
}

fn flac() -> Vec<Case> {
    let mut all = vec![];
    let mut flac = |rate_hz: u32, channels: usize, bits: u32, options: &str| {
        let encoder = format!("flac -s -f {options} -o OUT IN");
        let name = format!("flac {rate_hz} Hz {channels} ch {bits} bits {options}");
        all.push(case(name, rate_hz, channels, 600, bits, "flac", &encoder));
    };
    for options in
        ["-0", "-3", "-5", "-8", "-8 -e -p", "-5 -b 192", "-0 -b 16384 --lax", "-5 --no-padding --no-seektable"]
    {
        flac(44_100, 2, 16, options);
    }
    for (rate_hz, channels, bits) in
        [(48_000, 2, 24), (44_100, 1, 24), (8_000, 1, 16), (22_050, 2, 16), (32_000, 1, 16), (37_800, 2, 16)]
    {
        flac(rate_hz, channels, bits, "-6");
    }
    let mut cut_short =
        case("flac 44100 Hz 2 ch 16 bits -5, cut".into(), 44_100, 2, 1000, 16, "flac", "flac -s -f -5 -o OUT IN");
    cut_short.change = cut;
    all.push(cut_short);
    all
}

fn aac() -> Vec<Case> {
    let mut all = vec![];
    for (rate_hz, channels, kbps, more) in [
        (44_100, 2, 128, ""),
        (48_000, 2, 256, ""),
        (44_100, 1, 64, ""),
        (32_000, 2, 96, ""),
        (22_050, 1, 32, ""),
        (16_000, 2, 64, ""),
        (8_000, 1, 16, ""),
        (44_100, 2, 160, " -aac_pns 0"),
        (48_000, 1, 96, " -aac_pns 0 -aac_is 0"),
        (24_000, 2, 80, " -aac_pns 0 -aac_tns 0"),
    ] {
        for (ending, muxer) in [("aac", "-f adts"), ("m4a", "-movflags +faststart")] {
            let encoder = format!("ffmpeg -v error -y -i IN -c:a aac -b:a {kbps}k{more} {muxer} OUT");
            all.push(case(
                format!("aac {ending} {rate_hz} Hz {channels} ch {kbps} kbit/s{more}"),
                rate_hz,
                channels,
                1000,
                16,
                ending,
                &encoder,
            ));
        }
    }
    let encoder = "ffmpeg -v error -y -i IN -c:a aac -b:a 32k -f adts OUT";
    let mut long = case("aac with other noise after block 64".into(), 44_100, 1, 3000, 16, "aac", encoder);
    long.near = Near::Rms(400.0);
    all.push(long);
    let encoder = "ffmpeg -v error -y -i IN -c:a aac -b:a 128k -f adts OUT";
    let mut bare = case("aac in ADIF 44100 Hz 2 ch 128 kbit/s".into(), 44_100, 2, 1000, 16, "aac", encoder);
    bare.wrap = adif;
    all.push(bare);
    all
}

/// What a program prints; `None`, with a word on stderr, where there is none. Some complain of a file that is cut and print what they can.
fn run(words: &str, files: &[(&str, &Path)]) -> Option<Vec<u8>> {
    let mut words = words.split(' ');
    let program = words.next().expect("a program");
    let args = words.map(|word| {
        files.iter().find(|(name, _)| *name == word).map_or(word.into(), |(_, path)| path.as_os_str().to_owned())
    });
    match Command::new(program).args(args).output() {
        Ok(output) => Some(output.stdout),
        Err(error) => {
            eprintln!("skipped: no {program}: {error}");
            None
        }
    }
}

impl Case {
    /// The file, and what the decoder makes of it.
    fn made(&self, directory: &Path) -> Option<(Vec<u8>, Vec<i16>)> {
        let (source, file) = (directory.join("in.wav"), directory.join(format!("out.{}", self.ending)));
        std::fs::write(&source, &self.wav).expect("room on the disk");
        if self.encoder.is_empty() {
            std::fs::write(&file, &self.wav).expect("room on the disk");
        } else {
            run(&self.encoder, &[("IN", &source), ("OUT", &file)])?;
        }
        let bytes = (self.change)(std::fs::read(&file).expect("the encoder wrote it"));
        std::fs::write(&file, &bytes).expect("room on the disk");
        let raw = run(self.decoder, &[("FILE", &file)])?;
        // The upper 16 bits.
        let width = self.decoder_bits / 8;
        let theirs = raw.chunks_exact(width).map(|sample| i16::from_le_bytes([sample[width - 2], sample[width - 1]]));
        std::fs::remove_file(&file).expect("it is ours");
        Some(((self.wrap)(bytes), theirs.collect()))
    }

    /// How far the two are apart: the length of both in frames, the root of the mean squared difference of each side, and the largest one.
    fn differences(&self, played: &Played, theirs: &[i16]) -> (usize, usize, [f64; 2], u32) {
        let ours: Vec<[i16; 2]> = played.samples.as_chunks::<2>().0.to_vec();
        let theirs: Vec<[i16; 2]> =
            theirs.chunks_exact(self.channels).map(|frame| [frame[0], frame[self.channels - 1]]).collect();
        let (mut sums, mut most) = ([0.0; 2], 0);
        for (a, b) in ours.iter().zip(&theirs) {
            for side in 0..2 {
                sums[side] += (f64::from(a[side]) - f64::from(b[side])).powi(2);
                most = most.max((i32::from(a[side]) - i32::from(b[side])).unsigned_abs());
            }
        }
        let both = ours.len().min(theirs.len()).max(1) as f64;
        (ours.len(), theirs.len(), sums.map(|sum| (sum / both).sqrt()), most)
    }
}

/// Plays `cases`; says of each what came out.
fn agree(cases: &[Case]) {
    let directory = tempfile::tempdir().expect("room on the disk");
    let mut wrong = vec![];
    println!("| file | bytes | frames | RMS left, right | largest |");
    println!("|---|---|---|---|---|");
    for case in cases {
        let Some((file, theirs)) = case.made(directory.path()) else { continue };
        if theirs.is_empty() {
            wrong.push(format!("{}: the decoder made nothing of {} bytes", case.name, file.len()));
            continue;
        }
        let played = Chip::new(case.ending == "flac").play(&file);
        let (ours, theirs, rms, most) = case.differences(&played, &theirs);
        let name = &case.name;
        println!("| {name} | {} | {ours} | {:.3}, {:.3} | {most} |", file.len(), rms[0], rms[1]);
        let near = match case.near {
            Near::Exact => most == 0,
            Near::Rms(most) => rms.iter().all(|&rms| rms <= most),
        };
        let codec = name.split(' ').next().map(|first| if first == "pcm" { "wav" } else { first });
        if codec != Some(played.stream.codec.name()) {
            wrong.push(format!("{name}: played as {}", played.stream.codec.name()));
        }
        if ours != theirs + case.more || ours == 0 || !near || !played.findings.is_empty() {
            wrong.push(format!(
                "{name}: {ours} frames, theirs {theirs}; {rms:?}, {:?} asked; {:?}",
                case.near, played.findings
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn mpeg_audio_sounds_as_mpg123_plays_it() {
    agree(&mpeg());
}

#[test]
fn vorbis_sounds_as_oggdec_plays_it() {
    agree(&vorbis());
}

#[test]
fn pcm_and_adpcm_are_exactly_what_ffmpeg_makes_of_them() {
    agree(&wave());
}

#[test]
fn flac_is_exactly_what_flac_makes_of_it() {
    agree(&flac());
}

#[test]
fn aac_sounds_as_ffmpeg_plays_it() {
    agree(&aac());
}

#[test]
fn there_are_enough_of_them() {
    let mut names: Vec<String> =
        [mpeg(), vorbis(), wave(), flac(), aac()].into_iter().flatten().map(|case| case.name).collect();
    let all = names.len();
    assert!(all >= 60, "{all}");
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all, "each has its own name");
}
