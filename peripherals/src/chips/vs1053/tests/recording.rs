//! Recording: a sound at the inputs, its words by SCI, and a decoder that shares nothing with the encoder.

use super::super::*;
use super::bench::Bench;
use super::fake::{mp3, wav};
use super::oracles::application::{PATCHES, load};

const HZ: u32 = 16_000;

/// Three seconds of a tone on the left and one of twice its height on the right.
fn sound(peak: f64) -> Input {
    let turn = 2.0 * core::f64::consts::PI / f64::from(HZ);
    let samples: Vec<i16> = (0..6 * HZ)
        .map(|n| ((f64::from(n / 2) * turn * if n % 2 == 0 { 440.0 } else { 880.0 }).sin() * peak) as i16)
        .collect();
    let mut file = wav(HZ, u32::MAX, &samples);
    file[22] = 2;
    Input::from_wav(&file).expect("a good file")
}

fn bench(line_in: Input, mic_in: Input) -> Bench {
    Bench::ready_with(Config { line_in, mic_in, ..Config::default() })
}

/// Sets AICTRL0 to AICTRL3 and starts as the datasheet has it.
fn start(b: &mut Bench, mode: u16, control: [u16; 4]) {
    for (n, value) in control.into_iter().enumerate() {
        b.put(reg::AICTRL0 + n as u8, value);
    }
    b.put(reg::MODE, mode | mode::SM_RESET);
}

/// Reads whenever there are `unit` words, until there are `count`.
fn collect(b: &mut Bench, unit: u16, count: usize) -> Vec<u16> {
    let mut words = Vec::new();
    while words.len() < count {
        if b.get(reg::HDAT1) >= unit {
            words.extend((0..unit).map(|_| b.get(reg::HDAT0)));
        }
        b.wait(Span::from_us(500));
    }
    words
}

/// Blocks of IMA ADPCM to samples by channel. Written for this test from the description of the format, without the encoder's tables.
fn decode(words: &[u16], channels: usize) -> Vec<Vec<i16>> {
    // The steps grow by a tenth each: 7 times 1.1 to the n, as the recommendation has them in whole numbers.
    const LIST: &str = "7 8 9 10 11 12 13 14 16 17 19 21 23 25 28 31 34 37 41 45 50 55 60 66 73 80 88 97 107 118 130 143 157 173 190 209 \
        230 253 279 307 337 371 408 449 494 544 598 658 724 796 876 963 1060 1166 1282 1411 1552 1707 1878 2066 2272 2499 2749 3024 \
        3327 3660 4026 4428 4871 5358 5894 6484 7132 7845 8630 9493 10442 11487 12635 13899 15289 16818 18500 20350 22385 24623 \
        27086 29794 32767";
    let steps: Vec<i32> = LIST.split_whitespace().map(|n| n.parse().expect("a number")).collect();
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_be_bytes()).collect();
    let mut out = vec![Vec::new(); channels];
    for block in bytes.chunks_exact(256 * channels) {
        let mut state = Vec::new();
        for (channel, head) in block.chunks(4).take(channels).enumerate() {
            assert!(head[2] <= 88 && head[3] == 0, "the head of a block: {head:?}");
            state.push((i32::from(i16::from_le_bytes([head[0], head[1]])), i32::from(head[2])));
            out[channel].push(state[channel].0 as i16);
        }
        for (n, group) in block[4 * channels..].chunks(4).enumerate() {
            let channel = n % channels;
            for nibble in group.iter().flat_map(|b| [b & 15, b >> 4]) {
                let (value, index) = &mut state[channel];
                let change = (2 * i32::from(nibble & 7) + 1) * steps[*index as usize] / 8;
                *value = (*value + if nibble > 7 { -change } else { change }).clamp(-32_768, 32_767);
                *index = (*index + if nibble & 4 == 0 { -1 } else { 2 * i32::from(nibble & 3) + 2 }).clamp(0, 88);
                out[channel].push(*value as i16);
            }
        }
    }
    out
}

fn rms(samples: &[i16]) -> f64 {
    (samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
}

/// Rising zero crossings a second.
fn pitch(samples: &[i16], rate: f64) -> f64 {
    let crossings = samples.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
    crossings as f64 * rate / samples.len() as f64
}

/// (D: "PCM / ADPCM Recording"): 8000 Hz in mono are some 2028 words a second, in blocks of 128 words.
#[test]
fn oracle_73_ima_adpcm_comes_by_hdat0() {
    let mut b = bench(sound(10_000.0), Input::default());
    start(&mut b, 0x5800, [8_000, 1024, 0, 2]);
    let began = b.now();
    let first = b.get(reg::HDAT1);
    b.wait(Span::from_ms(400));
    let words = b.get(reg::HDAT1) - first;
    let seconds = b.now().since(began).as_secs_f64();
    assert!((f64::from(words) / seconds - 2_028.0).abs() < 30.0, "{words} words in {seconds} s");
    let words = collect(&mut b, 128, 1024 + 512);
    for block in words.chunks_exact(128) {
        let [index, zero] = block[1].to_be_bytes();
        assert!(index <= 88 && zero == 0);
    }
    let heard = &decode(&words, 1)[0];
    assert_eq!(heard.len(), words.len() / 128 * 505);
    assert!((pitch(&heard[505..], 8_000.0) - 440.0).abs() < 2.0);
    assert!((rms(&heard[505..]) - 7_071.0).abs() < 150.0, "{}", rms(&heard[505..]));
    b.expect_no_findings();
}

/// The same sound as PCM and as ADPCM, at the same moments: the difference is the coding's.
#[test]
fn adpcm_is_near_to_pcm_of_the_same_moments() {
    for (control, channels) in [(2, 1), (1, 2)] {
        let run = |pcm: u16, unit, count| {
            let mut b = bench(sound(10_000.0), Input::default());
            start(&mut b, 0x5800, [8_000, 1024, 0, control | pcm]);
            collect(&mut b, unit, count)
        };
        let linear: Vec<i16> = run(4, 16, channels * 2 * 505).into_iter().map(|w| w as i16).collect();
        let coded = decode(&run(0, 128 * channels as u16, channels * 2 * 128), channels);
        for (channel, coded) in coded.iter().enumerate() {
            let exact: Vec<i16> = linear.iter().copied().skip(channel).step_by(channels).take(1010).collect();
            assert_eq!((coded[0], coded[505]), (exact[0], exact[505]), "the heads");
            let apart: Vec<i16> = exact.iter().zip(coded).map(|(a, b)| a.wrapping_sub(*b)).collect();
            // The first samples are the coder finding its step.
            assert!(rms(&apart[50..]) < 0.08 * rms(&exact), "channel {channel}: {}", rms(&apart[50..]));
        }
    }
}

/// (D: SCI_AICTRL3, SM_LINE1): which inputs are recorded.
#[test]
fn the_mode_chooses_the_inputs() {
    let (line, mic) = (sound(10_000.0), sound(3_000.0));
    for (mode, control, expected) in [
        (0x5800, 6, &[(440.0, 7_071.0)][..]),
        (0x5800, 7, &[(880.0, 7_071.0)]),
        (0x1800, 6, &[(440.0, 2_121.0)]),
        (0x1800, 7, &[(880.0, 7_071.0)]),
        (0x5800, 4, &[(440.0, 7_071.0), (880.0, 7_071.0)]),
        (0x1800, 5, &[(440.0, 2_121.0), (880.0, 7_071.0)]),
    ] {
        let mut b = bench(line.clone(), mic.clone());
        start(&mut b, mode, [8_000, 1024, 0, control]);
        let words = collect(&mut b, 32, 4_000);
        for (channel, &(hz, level)) in expected.iter().enumerate() {
            let heard: Vec<i16> = words.iter().skip(channel).step_by(expected.len()).map(|&w| w as i16).collect();
            let (pitch, level_heard) = (pitch(&heard, 8_000.0), rms(&heard));
            assert!(
                (pitch - hz).abs() < 6.0 && (level_heard / level - 1.0).abs() < 0.03,
                "{control}: {pitch} {level_heard}"
            );
        }
    }
}

/// (D: SCI_AICTRL1, SCI_AICTRL2): a gain of its own, or an automatic one up to a limit.
#[test]
fn gain_is_set_or_automatic() {
    let level = |gain, most, peak| {
        let mut b = bench(sound(peak), Input::default());
        start(&mut b, 0x5800, [16_000, gain, most, 6]);
        b.wait(Span::from_ms(1_500));
        collect(&mut b, 1024, 1024);
        rms(&collect(&mut b, 32, 2_000).iter().map(|&w| w as i16).collect::<Vec<_>>())
    };
    assert!((level(512, 0, 10_000.0) - 3_535.0).abs() < 60.0);
    assert!((level(2048, 0, 10_000.0) - 14_142.0).abs() < 200.0);
    assert!(level(0, 0, 1_000.0) > 3_000.0, "a soft sound is made louder");
    let limited = level(0, 2_048, 1_000.0);
    assert!((limited - 1_414.0).abs() < 40.0, "at most 2 x: {limited}");
    assert!(level(0, 0, 32_000.0) < 23_000.0, "a loud one is not");
}

/// (D: "Reading PCM / IMA ADPCM Data"): 1024 words, then it starts over empty, and blocks stay whole.
#[test]
fn a_buffer_that_nobody_reads_starts_over() {
    let mut b = bench(sound(10_000.0), Input::default());
    start(&mut b, 0x5800, [8_000, 1024, 0, 2]);
    b.wait(Span::from_ms(700));
    let waiting = b.get(reg::HDAT1);
    assert!((300..=500).contains(&waiting), "{waiting}");
    assert_eq!(b.findings(), ["recording-overflow"]);
    decode(&collect(&mut b, 128, 512), 1);
    b.wait(Span::from_ms(60_000));
    assert!(b.get(reg::HDAT1) <= 1024);
    decode(&collect(&mut b, 128, 512), 1);
}

/// (O: drivers; VS1053b Patches): recording by the fix or the patches, without a reset, and its end.
#[test]
fn the_fix_and_the_patches_start_it_too() {
    for code in [&[0x0000_1790, 0xF400_5400][..], &PATCHES] {
        let mut b = bench(sound(10_000.0), Input::default());
        for (register, value) in [(reg::AICTRL0, 8_000), (reg::AICTRL1, 1024), (reg::AICTRL3, 2), (reg::MODE, 0x5800)] {
            b.put(register, value);
        }
        b.wait(Span::from_ms(50));
        assert_eq!(b.get(reg::HDAT1), 0, "not yet");
        load(&mut b, 0x50, code, if code.len() == 2 { 0x70 } else { 0x888 });
        b.put(reg::AIADDR, 0x0050);
        b.wait(Span::from_ms(50));
        assert!(b.get(reg::HDAT1) > 50);
        b.play(&mp3(4));
        assert_eq!(b.chip().view().codec, None, "nothing is decoded meanwhile");
        b.put(reg::MODE, 0x4800);
        assert_eq!((b.get(reg::HDAT1), b.get(reg::HDAT0)), (0, 0));
        b.play(&mp3(4));
        assert_eq!(b.chip().view().codec, Some(Codec::Mp3));
        b.expect_no_findings();
    }
}

/// (D: "Record Monitoring Volume"): VOL does nothing while ADPCM is encoded, DAC_VOL does; with PCM VOL does.
#[test]
fn vol_has_no_effect_while_adpcm_is_encoded() {
    for (control, dac_vol) in [(2, 0x0101), (6, 0x0202)] {
        let mut b = bench(Input::default(), Input::default());
        b.put(reg::VOL, 0x0C0C);
        start(&mut b, 0x5800, [8_000, 1024, 0, control]);
        b.put(reg::VOL, 0x1818);
        assert_eq!((b.get(reg::VOL), b.wram_read(0xC045)), (0x1818, [dac_vol]));
        b.wram(0xC045, &[0x0303]);
        assert_eq!(b.chip().view().volume, [36, 36]);
    }
}

/// (D: SCI_AICTRL0).
#[test]
fn a_rate_out_of_range_is_told() {
    let mut b = bench(Input::default(), Input::default());
    start(&mut b, 0x5800, [0, 1024, 0, 6]);
    b.wait(Span::from_ms(100));
    let words = b.get(reg::HDAT1);
    assert!(words.abs_diff(815) < 30, "8000 Hz: {words}");
    assert_eq!(b.findings(), ["recording-rate"]);
}

/// A silent input is silence, and equal runs are equal.
#[test]
fn silence_is_recorded_as_silence_and_runs_are_equal() {
    let run = |line: Input| {
        let mut b = bench(line, Input::default());
        start(&mut b, 0x5800, [11_025, 1024, 0, 0]);
        collect(&mut b, 256, 1_024)
    };
    assert!(decode(&run(Input::default()), 2).iter().flatten().all(|s| s.abs() < 16));
    assert_eq!(run(sound(9_000.0)), run(sound(9_000.0)));
}
