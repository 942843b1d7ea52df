//! Whatever comes in at the pins: no panic, the same twice, bytes that do not depend on their timing, and copies that cannot be told
//! from the original.

use super::super::*;
use super::bench::{Bench, Heard};
use super::fake::{mp3, smf};
use proptest::prelude::*;

/// A step of a hostile host: a pin and its level, after so many nanoseconds.
type Move = (u8, bool, u16);

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let pin = prop_oneof![8 => Just(SCLK.0), 6 => Just(SI.0), 2 => Just(XCS.0), 2 => Just(XDCS.0), 1 => 0u8..17];
    let time = prop_oneof![6 => 0u16..500, 1 => any::<u16>()];
    prop::collection::vec((pin, any::<bool>(), time), 0..800)
}

fn run(moves: &[Move]) -> (Vs1053Report, Vec<Heard>, Vec<(Instant, bool)>) {
    let mut b = Bench::ready();
    for &(pin, high, ns) in moves {
        b.wait(Span::from_ns(ns.into()));
        b.set(PinId(pin), high);
    }
    b.wait(Span::from_ms(20));
    (b.report(), b.heard.clone(), b.dreq_edges())
}

/// All that there is to see of a bench.
#[derive(Debug, PartialEq)]
struct Seen {
    report: Vs1053Report,
    heard: Vec<Heard>,
    dreq: Vec<(Instant, bool)>,
    levels: Vec<bool>,
    world: String,
}

fn seen(mut b: Bench) -> Seen {
    b.wait(Span::from_ms(30));
    Seen {
        report: b.report(),
        heard: b.heard.clone(),
        dreq: b.dreq_edges(),
        levels: (0..PINS.len() as u8).map(|pin| b.level(PinId(pin))).collect(),
        world: format!("{:?}", b.fabric.world),
    }
}

/// Lets a copy go on on another thread, and the original after it has ended.
fn both_ways<T: PartialEq + std::fmt::Debug + Send>(b: Bench, go_on: impl Fn(Bench) -> T + Sync) -> (T, T) {
    let copy = b.clone();
    let of_copy = std::thread::scope(|s| s.spawn(|| go_on(copy)).join().expect("the copy goes on"));
    (of_copy, go_on(b))
}

/// Bytes that look like streams often enough.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..60),
        (1usize..4).prop_map(mp3),
        (1usize..400).prop_map(|n| mp3(2)[..n].to_vec()),
        Just(b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x1E\x01vorbis".to_vec()),
        Just(b"OggS\0\0".to_vec()),
        Just(b"RIFF....WAVEfmt \x10\0\0\0\x01\0\x02\0\x80\xBB\0\0\0\0\0\0\x04\0\x10\0data\x40\0\0\0".to_vec()),
        Just(vec![0x53, 0xEF, 0x6E, 0x44, 0, 0, 0, 0]),
        prop::collection::vec((0u8..90, 1u8..127, 0u8..2), 0..12).prop_map(|notes| {
            let notes = notes.into_iter().flat_map(|(wait, key, on)| [wait, 0x90, key, on]);
            smf(1_000, &notes.chain([0, 0xFF, 0x2F, 0]).collect::<Vec<u8>>())
        }),
        (1usize..3000).prop_map(|n| vec![0; n]),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn any_edges_give_the_same_twice(moves in moves()) {
        prop_assert_eq!(run(&moves), run(&moves));
    }

    /// Registers, too, whatever is written into them.
    #[test]
    fn any_writes_and_data_keep_the_chip_alive(writes in prop::collection::vec((0u8..16, any::<u16>()), 0..20), data in stream()) {
        let mut b = Bench::ready();
        for (n, (register, value)) in writes.iter().enumerate() {
            // SM_RESET and the alternative bus modes have their own tests.
            let value = match *register {
                reg::MODE => value & !0x0404 | 0x0800,
                // A few hertz make the FIFO full for minutes, as they should.
                reg::AUDATA => value | 0x1000,
                _ => *value,
            };
            b.put(*register, value);
            let part = data.len() / (writes.len() + 1) * n;
            b.sdi(&data[part..part + data.len() / (writes.len() + 1)]);
        }
        b.wait(Span::from_ms(50));
        let view = b.chip().view();
        prop_assert!(view.fifo_bytes <= FIFO_BYTES);
        prop_assert!(view.audio_frames < 10_000);
    }

    #[test]
    fn a_copy_at_any_moment_goes_on_as_the_original(moves in moves(), at in any::<prop::sample::Index>()) {
        let mut b = Bench::ready();
        let play = |b: &mut Bench, moves: &[Move]| {
            for &(pin, high, ns) in moves {
                b.wait(Span::from_ns(ns.into()));
                b.set(PinId(pin), high);
            }
        };
        let (before, after) = moves.split_at(at.index(moves.len() + 1));
        play(&mut b, before);
        let (copy, original) = both_ways(b, |mut b| {
            play(&mut b, after);
            seen(b)
        });
        prop_assert_eq!(copy, original);
    }

    /// Headers that are half read, a packet in pieces, sound that is not collected: all of it is in the copy.
    #[test]
    fn a_copy_inside_any_stream_plays_on_as_the_original(data in stream(), at in any::<prop::sample::Index>()) {
        let data = [data, mp3(3)].concat();
        let (before, after) = data.split_at(at.index(data.len()));
        let mut b = Bench::ready();
        before.iter().for_each(|&byte| b.play(&[byte]));
        let (copy, original) = both_ways(b, |mut b| {
            b.play(after);
            seen(b)
        });
        prop_assert_eq!(copy, original);
    }

    /// How the bytes of a stream are cut up in time changes neither its digest nor its samples.
    #[test]
    fn timing_does_not_change_what_is_decoded(data in stream(), pauses in prop::collection::vec(0u64..3_000, 1..20)) {
        let data = [data, mp3(5)].concat();
        let summary = |pauses: &[u64]| {
            let mut b = Bench::ready();
            for (chunk, pause) in data.chunks(32).zip(pauses.iter().cycle()) {
                b.until_dreq(true);
                b.sdi(chunk);
                b.wait(Span::from_us(*pause));
            }
            b.finish();
            b.play_out();
            let streams = b.report().streams;
            streams.into_iter().map(|s| (s.codec, s.bytes, s.sha256, s.frames, s.pcm_sha256)).collect::<Vec<_>>()
        };
        prop_assert_eq!(summary(&[0]), summary(&pauses));
    }
}
