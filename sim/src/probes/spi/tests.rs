//! Traffic as real drivers make it, right and wrong.

use super::bench::{Bench, How, MOSI, RIGHT, SCLK, XCS, XDCS, XRESET, nets, wiring};
use super::*;
use peripherals::kernel::Span;
use proptest::prelude::*;

const SONG: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/song.mp3"));
const SONG_OGG: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/song.ogg"));

/// Bytes without a header.
fn noise(length: usize) -> Vec<u8> {
    SONG[..length].iter().map(|byte| byte ^ 0x5A).collect()
}

/// Start-up of adafruit/Adafruit_VS1053_Library: MODE, CLOCKF, VOL, and the version.
fn adafruit(b: &mut Bench) {
    b.write(0x0, 0x0804);
    b.write(0x3, 0x6000);
    b.write(0xB, 0x2828);
    b.read(0x1);
}

/// Its start of playback: MODE, no resync, DECODE_TIME twice.
fn adafruit_play(b: &mut Bench) {
    b.write(0x0, 0x4802);
    b.write(0x7, 0x1E29);
    b.write(0x6, 0);
    b.write(0x4, 0);
    b.write(0x4, 0);
}

fn play(how: How, bytes: &[u8]) -> Bench {
    let mut b = Bench::new(how);
    adafruit(&mut b);
    adafruit_play(&mut b);
    b.sdi(bytes);
    b
}

#[track_caller]
fn expect(b: &Bench, bus: Verdict, xcs: Verdict, xdcs: Verdict) -> Report {
    let report = b.report();
    let selects: Vec<_> = report.selects.iter().map(|s| (s.name.as_str(), s.verdict)).collect();
    assert_eq!((report.verdict, selects), (bus, vec![("XCS", xcs), ("XDCS", xdcs)]), "{}", report.detail);
    report
}

#[test]
fn modes_0_and_3_are_right() {
    for (mode, seen) in [(0, 0), (3, 3)] {
        let report = expect(&play(How { mode, ..RIGHT }, &SONG[..4_000]), Verdict::Ok, Verdict::Ok, Verdict::Ok);
        assert_eq!((report.mode, report.bit_order), (Some(seen), BitOrder::MsbFirst));
        assert_eq!(report.bytes, 9 * 4 + 4_000);
        assert_eq!((report.selects[0].bytes, report.selects[1].bytes), (36, 4_000));
        assert_eq!(report.detail, "XCS: 9 commands; XDCS: an MP3 stream in 4000 bytes");
    }
}

/// Adafruit_CircuitPython_VS1053 keeps XCS low while it sends data: what it means is on XDCS all the same.
#[test]
fn a_stream_on_both_selects_does_not_look_like_selects_that_are_swapped() {
    let mut b = Bench::new(RIGHT);
    adafruit(&mut b);
    for block in SONG[..8_000].chunks(31) {
        b.set(XCS, false);
        b.sdi(block);
        b.set(XCS, true);
    }
    expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Ok);
}

/// In the article's order of writes a clock is a store low, a store of data, a store high.
#[test]
fn the_clock_is_measured_inside_bytes() {
    let mut b = Bench::new(RIGHT);
    b.sdi(&SONG[..64]);
    // A clock of 2 halves of 4 cycles and 3 writes; pauses between chunks do not count.
    let hz = 5_818_182; // 64 MHz / 11
    let clock = b.report().clock_hz.unwrap();
    assert!(clock.min == hz && clock.mean == hz && clock.max.abs_diff(hz) <= 1, "{clock:?}");
    b.how.half = Span::from_cycles(16);
    b.sdi(&SONG[64..96]);
    let clock = b.report().clock_hz.unwrap();
    assert_eq!((clock.min, clock.max), (1_828_571, hz));
}

#[test]
fn bytes_the_wrong_way_round() {
    let report = expect(
        &play(How { lsb_first: true, ..RIGHT }, &SONG[..4_000]),
        Verdict::WrongBitOrder,
        Verdict::WrongBitOrder,
        Verdict::WrongBitOrder,
    );
    assert_eq!((report.mode, report.bit_order), (Some(3), BitOrder::LsbFirst));
    assert_eq!(
        report.detail,
        "XCS: your bytes arrive LSB first: read the other way round 40 00 10 20 is 02 00 08 04, a write of MODE; send bit \
         7 of each byte first; XDCS: your bytes arrive LSB first: read the other way round there is an MP3 stream; send \
         bit 7 of each byte first"
    );
}

#[test]
fn modes_1_and_2_with_late_data_are_wrong() {
    let report = expect(
        &play(How { mode: 1, ..RIGHT }, &SONG[..4_000]),
        Verdict::WrongMode,
        Verdict::WrongMode,
        Verdict::WrongMode,
    );
    assert_eq!((report.mode, report.bit_order), (Some(1), BitOrder::MsbFirst));
    assert!(report.detail.contains("valid at the falling edge of SCLK"), "{}", report.detail);
}

/// Data that is set before the falling edge and stays until after the rising one satisfies either edge.
#[test]
fn mode_2_with_data_held_through_the_clock_works() {
    let report = expect(&play(How { mode: 2, ..RIGHT }, &SONG[..4_000]), Verdict::Ok, Verdict::Ok, Verdict::Ok);
    assert_eq!(report.mode, Some(3));
}

#[test]
fn clock_and_data_exchanged() {
    for mode in [0, 3] {
        let report = expect(
            &play(How { swap_clock: true, mode, ..RIGHT }, &SONG[..4_000]),
            Verdict::SwappedLines,
            Verdict::SwappedLines,
            Verdict::SwappedLines,
        );
        assert_eq!((report.mode, report.clock_hz, report.bit_order), (Some(mode), None, BitOrder::MsbFirst));
        assert!(report.detail.contains("SCLK and MOSI"), "{}", report.detail);
    }
}

#[test]
fn selects_exchanged() {
    let report = expect(
        &play(How { swap_selects: true, ..RIGHT }, &SONG[..4_000]),
        Verdict::SwappedLines,
        Verdict::SwappedLines,
        Verdict::SwappedLines,
    );
    assert!(report.detail.contains("an MP3 stream, which belongs to XDCS"), "{}", report.detail);
}

/// A driver that forgets XDCS and leaves XCS low instead (seen in a Zephyr application).
#[test]
fn a_stream_sent_as_commands() {
    let mut b = Bench::new(RIGHT);
    adafruit(&mut b);
    b.how.swap_selects = true;
    b.sdi(&SONG[..4_000]);
    expect(&b, Verdict::SwappedLines, Verdict::SwappedLines, Verdict::Idle);
}

#[test]
fn clocks_too_many_or_too_few_after_the_select() {
    for extra in [1, 2, 5, 7, -1, -2, -3] {
        let report =
            expect(&play(How { extra, ..RIGHT }, &SONG[..4_000]), Verdict::Shifted, Verdict::Shifted, Verdict::Shifted);
        let n = extra.unsigned_abs();
        let words =
            format!("{n} clock{} {}", if n == 1 { "" } else { "s" }, if extra > 0 { "too many" } else { "missing" });
        assert!(report.detail.contains(&words), "{extra}: {}", report.detail);
    }
}

/// A mode 3 driver that leaves SCLK low until the select has fallen: its first rising edge counts as a bit.
#[test]
fn a_clock_that_does_not_rest_before_the_select_falls() {
    let mut b = Bench::new(RIGHT);
    for _ in 0..3 {
        for chunk in SONG[..1_200].chunks(400) {
            b.set(SCLK, false);
            b.set(XDCS, false);
            b.set(SCLK, true);
            for &byte in chunk {
                for bit in b.bits(byte, false) {
                    b.bit(bit);
                }
            }
            b.set(XDCS, true);
        }
    }
    expect(&b, Verdict::Shifted, Verdict::Idle, Verdict::Shifted);
}

#[test]
fn a_stream_outside_its_select() {
    let report = expect(
        &play(How { no_xdcs: true, ..RIGHT }, &SONG[..4_000]),
        Verdict::NoSelect,
        Verdict::Ok,
        Verdict::NoSelect,
    );
    assert_eq!((report.mode, report.bytes, report.selects[1].bytes), (Some(3), 9 * 4 + 4_000, 0));
    assert!(report.detail.starts_with("XDCS: high while it should be low"), "{}", report.detail);
}

/// Without any select nothing says where a byte begins, and setting the pins up has made one edge already.
#[test]
fn everything_outside_the_selects() {
    for mode in [0, 3] {
        let how = How { no_xcs: true, no_xdcs: true, mode, ..RIGHT };
        let report = expect(&play(how, &SONG[..4_000]), Verdict::NoSelect, Verdict::NoSelect, Verdict::NoSelect);
        assert!(report.detail.contains("02 00 08 04, a write of MODE"), "{}", report.detail);
    }
    expect(&play(How { no_xcs: true, ..RIGHT }, &SONG[..4_000]), Verdict::NoSelect, Verdict::NoSelect, Verdict::Ok);
}

#[test]
fn a_clock_that_never_moves() {
    let report = expect(
        &play(How { no_clock: true, ..RIGHT }, &SONG[..400]),
        Verdict::NoClock,
        Verdict::NoClock,
        Verdict::NoClock,
    );
    assert_eq!((report.mode, report.clock_hz, report.bytes), (None, None, 0));
    // Nothing but MOSI.
    let mut b = Bench::new(How { no_clock: true, ..RIGHT });
    b.stray(b"blink");
    let report = expect(&b, Verdict::NoClock, Verdict::Idle, Verdict::Idle);
    assert!(report.detail.contains("--board bare"), "{}", report.detail);
}

#[test]
fn two_faults_at_once_are_both_named() {
    let cases = [
        (How { lsb_first: true, mode: 1, ..RIGHT }, Verdict::WrongBitOrder, "valid at the other edge"),
        (How { lsb_first: true, swap_clock: true, ..RIGHT }, Verdict::WrongBitOrder, "SCLK and MOSI"),
        (How { swap_clock: true, swap_selects: true, ..RIGHT }, Verdict::SwappedLines, "besides, XCS and XDCS"),
        (How { mode: 1, swap_clock: true, ..RIGHT }, Verdict::WrongMode, "besides, SCLK and MOSI"),
    ];
    for (how, verdict, words) in cases {
        let report = expect(&play(how, &SONG[..4_000]), verdict, verdict, verdict);
        assert!(report.detail.contains(words), "{how:?}: {}", report.detail);
    }
    let how = How { lsb_first: true, no_xdcs: true, ..RIGHT };
    expect(&play(how, &SONG[..4_000]), Verdict::NoSelect, Verdict::WrongBitOrder, Verdict::NoSelect);
}

#[test]
fn nothing_at_all_is_idle() {
    let spi = SpiAnalyser::new(&wiring(), &nets());
    let report = spi.report();
    assert_eq!((report.verdict, report.edges, report.mode), (Verdict::Idle, 0, None));
    assert_eq!(report.bit_order, BitOrder::Unknown);
}

/// bearsh/vs1053 clocks four 0xFF with XCS low; ALIENTEK's and others send 0xFF or 0x00 with both selects high; baldram's
/// pulls both selects low for half a second without a clock.
#[test]
fn the_habits_of_real_drivers_do_no_harm() {
    let mut b = Bench::new(RIGHT);
    b.sci(&[0xFF; 4]);
    b.stray(&[0xFF, 0x00, 0xFF]);
    b.set(XCS, false);
    b.set(XDCS, false);
    b.wait(Span::from_ms(500));
    b.set(XCS, true);
    b.set(XDCS, true);
    adafruit(&mut b);
    b.stray(&[0xFF]);
    b.sdi(&[0, 0]);
    b.sdi(&SONG[..4_000]);
    expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Ok);
}

/// Matiasus/VS1053 reads SCI with XDCS still low: the command lands in the stream as well.
#[test]
fn commands_inside_a_stream_do_no_harm() {
    let mut b = Bench::new(RIGHT);
    adafruit(&mut b);
    b.set(XDCS, false);
    for chunk in SONG[..6_000].chunks(1_900) {
        for &byte in chunk {
            for bit in b.bits(byte, false) {
                b.bit(bit);
            }
        }
        b.read(0x4);
    }
    let report = expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Ok);
    assert_eq!(report.bytes, 4 * 4 + 6_000 + 4 * 4);
}

/// bimac/Teensy_VS1053b uploads code as one command of many words.
#[test]
fn a_command_of_many_words_is_one() {
    let mut b = Bench::new(RIGHT);
    b.write(0x7, 0x8010);
    let mut words = vec![0x02, 0x06];
    words.extend(SONG[..2_000].iter());
    b.sci(&words);
    expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Idle);
}

#[test]
fn firmware_that_only_configures_or_only_tests_is_right() {
    let mut b = Bench::new(RIGHT);
    adafruit(&mut b);
    expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Idle);
    // VS1053b datasheet, "Old Sine Test".
    b.write(0x0, 0x0820);
    b.sdi(&[0x53, 0xEF, 0x6E, 0x44, 0, 0, 0, 0]);
    let report = expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Ok);
    assert!(report.detail.contains("sine test"), "{}", report.detail);
    let mut b = Bench::new(RIGHT);
    b.sdi(&[0x53, 0xEF, 0x6E, 0x44, 0, 0, 0, 0]);
    expect(&b, Verdict::Ok, Verdict::Idle, Verdict::Ok);
}

#[test]
fn a_sine_test_alone_tells_what_is_wrong() {
    let mut b = Bench::new(How { lsb_first: true, ..RIGHT });
    b.sdi(&[0x53, 0xEF, 0x6E, 0x44, 0, 0, 0, 0]);
    expect(&b, Verdict::WrongBitOrder, Verdict::Idle, Verdict::WrongBitOrder);
}

/// Wherever the header comes, and however much fill before it, in the right order and in the wrong one.
#[test]
fn a_stream_may_start_late() {
    for lsb_first in [false, true] {
        let verdict = if lsb_first { Verdict::WrongBitOrder } else { Verdict::Ok };
        let mut b = Bench::new(How { lsb_first, ..RIGHT });
        adafruit(&mut b);
        b.sdi(&vec![0; 200_000]);
        b.sdi(&SONG_OGG[..500]);
        expect(&b, verdict, verdict, verdict);
    }
    let mut b = Bench::new(RIGHT);
    adafruit(&mut b);
    b.sdi(&noise(90_000));
    b.sdi(&SONG[..2_000]);
    expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Ok);
}

/// SM_SDIORD turns SDI round and leaves SCI alone.
#[test]
fn sm_sdiord_is_taken_into_account() {
    let mut b = Bench::new(How { sdi_lsb_first: true, ..RIGHT });
    adafruit(&mut b);
    b.write(0x0, 0x0A00);
    b.sdi(&SONG[..4_000]);
    let report = expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Ok);
    assert_eq!(report.bit_order, BitOrder::Mixed);
    assert!(report.detail.ends_with("LSB first as SM_SDIORD says"), "{}", report.detail);

    let mut b = Bench::new(RIGHT);
    adafruit(&mut b);
    b.write(0x0, 0x0A00);
    b.sdi(&SONG[..4_000]);
    let report = expect(&b, Verdict::WrongBitOrder, Verdict::Ok, Verdict::WrongBitOrder);
    assert!(report.detail.contains("although SM_SDIORD is 1"), "{}", report.detail);
    assert_eq!(report.bit_order, BitOrder::MsbFirst);

    // A hardware reset puts it back.
    let mut b = Bench::new(RIGHT);
    b.write(0x0, 0x0A00);
    b.set(XRESET, false);
    b.set(XRESET, true);
    b.sdi(&SONG[..4_000]);
    expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Ok);
}

/// SM_SDISHARE: the stream is taken while XCS is high.
#[test]
fn sm_sdishare_makes_xcs_both_selects() {
    let mut b = Bench::new(How { no_xdcs: true, ..RIGHT });
    b.write(0x0, 0x0C24);
    b.sdi(&SONG[..4_000]);
    let report = expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Ok);
    assert_eq!(report.selects[1].bytes, 4_000);
}

/// SM_DACT: SDI at the falling edge, SCI as ever.
#[test]
fn sm_dact_moves_the_edge() {
    let mut b = Bench::new(RIGHT);
    b.write(0x0, 0x0900);
    b.how.mode = 1;
    b.set(SCLK, false);
    b.sdi(&SONG[..4_000]);
    expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Ok);
}

#[test]
fn what_makes_no_sense_is_said_to() {
    // XCS toggles between the bytes of a command: eight clocks each.
    let mut b = Bench::new(RIGHT);
    for _ in 0..4 {
        for byte in [0x02, 0x0B, 0x20, 0x20] {
            b.sci(&[byte]);
        }
    }
    let report = expect(&b, Verdict::Unrecognised, Verdict::Unrecognised, Verdict::Idle);
    assert!(report.detail.contains("it sees 8 clocks and 02 where a command has 32"), "{}", report.detail);
    // Of a stream it is no fault, as long as commands show that the wires are right.
    let mut b = Bench::new(RIGHT);
    adafruit(&mut b);
    b.sdi(&noise(49_000));
    let report = expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Ok);
    assert!(report.detail.contains("not judged"), "{}", report.detail);
}

#[test]
fn another_device_on_the_bus_is_no_fault() {
    // An SD card's start: 80 clocks and CMD0, with both selects high.
    let mut b = Bench::new(RIGHT);
    b.stray(&[0xFF; 10]);
    b.stray(&[0x40, 0, 0, 0, 0, 0x95, 0xFF, 0xFF]);
    expect(&b, Verdict::Ok, Verdict::Idle, Verdict::Idle);
    adafruit(&mut b);
    expect(&b, Verdict::Ok, Verdict::Ok, Verdict::Idle);
}

#[test]
fn a_select_that_nobody_uses_is_no_fault_of_another_chip() {
    let mut all = nets();
    let (xcs2, xdcs2) = (all.add("XCS2"), all.add("XDCS2"));
    for net in [xcs2, xdcs2] {
        all.pull(net, peripherals::kernel::Drive::PullUp);
    }
    let mut two = wiring();
    two.chips.push(ChipWires { name: "U2".into(), xcs: Some(xcs2), xdcs: Some(xdcs2), xreset: None });
    let mut b = Bench::new(How { no_xdcs: true, ..RIGHT });
    b.spi = SpiAnalyser::new(&two, &all);
    adafruit(&mut b);
    b.sdi(&SONG[..4_000]);
    let selects: Vec<_> = b.report().selects.into_iter().map(|s| (s.name, s.verdict)).collect();
    let expected = [("vs1053.XCS", Verdict::Ok), ("vs1053.XDCS", Verdict::NoSelect)];
    let expected = expected.into_iter().chain([("U2.XCS", Verdict::Idle), ("U2.XDCS", Verdict::Idle)]);
    assert_eq!(selects, expected.map(|(n, v)| (n.to_owned(), v)).collect::<Vec<_>>());
}

#[test]
fn chips_that_share_a_clock_are_one_bus() {
    let all = nets();
    let wire = |other_clock: bool| {
        move |signal: &str| match signal {
            "SCLK" => Some(if other_clock { MOSI } else { SCLK }),
            "XCS" => Some(XCS),
            _ => None,
        }
    };
    let found = buses(&all, [("a", wire(false)), ("b", wire(true)), ("c", wire(false))]);
    let names: Vec<_> = found.iter().map(|bus| (bus.name.as_str(), bus.chips.len())).collect();
    assert_eq!(names, [("SCLK", 2), ("MOSI", 1)]);
    assert_eq!(found[0].chips[1].name, "c");
    assert!(buses(&all, [("none", |_: &str| None)]).is_empty());
}

#[test]
fn the_report_has_the_published_keys() {
    let value = serde_json::to_value(play(RIGHT, &SONG[..1_200]).report()).unwrap();
    let keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let mut published =
        ["name", "bytes", "mode", "bit_order", "clock_hz", "edges", "verdict", "detail", "selects"].to_vec();
    published.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, published);
    assert_eq!((&value["bit_order"], &value["verdict"]), (&"msb-first".into(), &"ok".into()));
    let verdicts = [
        Verdict::Ok,
        Verdict::Idle,
        Verdict::WrongBitOrder,
        Verdict::WrongMode,
        Verdict::SwappedLines,
        Verdict::Shifted,
        Verdict::NoSelect,
        Verdict::NoClock,
        Verdict::Unrecognised,
    ];
    for verdict in verdicts {
        assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.word());
        assert_eq!(verdict.lint().map(|l| l.name), verdict.is_wrong().then_some(verdict.word()));
    }
}

#[test]
fn a_wrong_verdict_is_a_denied_finding() {
    use peripherals::kernel::{ActorId, Findings, LintLevel};
    let mut findings = Findings::default();
    play(RIGHT, &SONG[..1_200]).report().file(&mut findings, ActorId(1), 0);
    assert!(findings.all().is_empty());
    play(How { mode: 1, ..RIGHT }, &SONG[..1_200]).report().file(&mut findings, ActorId(1), 0);
    let finding = findings.named("wrong-mode").expect("is filed");
    assert_eq!(finding.lint.level, LintLevel::Deny);
    assert!(finding.first > Instant::ZERO && finding.detail.starts_with("SCLK: XCS: the data is valid"));
}

/// However long the run, what is kept stays within 1 MiB and the verdict within 50 ms (ten times that here, as tests share
/// their machine).
#[test]
fn memory_and_work_are_bounded() {
    for how in [How { mode: 2, lsb_first: true, ..RIGHT }, How { extra: 3, no_xdcs: true, lsb_first: true, ..RIGHT }] {
        let mut b = Bench::new(how);
        for _ in 0..3 {
            b.sci(&noise(60_000));
            b.sdi(&noise(110_000));
        }
        let kept: usize = b.spi.listeners.iter().map(|l| l.capture.len()).sum();
        assert!(kept <= 1 << 20, "{kept}");
        let start = std::time::Instant::now();
        b.report();
        assert!(start.elapsed() < std::time::Duration::from_millis(500), "{:?}", start.elapsed());
    }
}

fn any_how() -> impl Strategy<Value = How> {
    (0u8..4, any::<[bool; 6]>(), -3i8..4).prop_map(|(mode, flags, extra)| {
        let [lsb_first, sdi_lsb_first, swap_clock, swap_selects, no_xcs, no_xdcs] = flags;
        How { mode, lsb_first, sdi_lsb_first, swap_clock, swap_selects, no_xcs, no_xdcs, extra, ..RIGHT }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any edges, also such as cannot be (no change of level, time going back): no panic, bounded memory.
    #[test]
    fn any_edges_are_survived(
        edges in prop::collection::vec((0u64..1_000_000_000, 0u16..7, any::<bool>(), 0usize..40), 0..400),
    ) {
        let mut spi = SpiAnalyser::new(&wiring(), &nets());
        for (at, net, high, repeat) in edges {
            for i in 0..=repeat {
                spi.edge(Instant::from_ps(at), NetId(net), Level::from(high != (i % 2 == 1)));
            }
            spi.glance();
        }
        let report = spi.report();
        prop_assert!(report.verdict.is_wrong() || report.first.is_none());
        prop_assert!(spi.listeners.iter().map(|l| l.capture.len()).sum::<usize>() <= 1 << 20);
    }

    /// Looking on the way, often or never, changes nothing in the end.
    #[test]
    fn the_verdict_does_not_depend_on_when_it_is_asked_for(how in any_how(), asks in prop::collection::vec(0usize..1_200, 0..4)) {
        let mut looked_at = Bench::new(how);
        let mut left_alone = Bench::new(how);
        adafruit(&mut looked_at);
        adafruit(&mut left_alone);
        for n in 0..38 {
            if asks.iter().any(|&ask| ask / 32 == n) {
                looked_at.spi.glance();
                looked_at.report();
            }
            looked_at.sdi(&SONG[n * 32..][..32]);
            left_alone.sdi(&SONG[n * 32..][..32]);
        }
        prop_assert_eq!(looked_at.report(), left_alone.report());
    }

    /// Whatever the speed and the gaps, the right driver is right.
    #[test]
    fn the_right_driver_is_right_at_any_speed(
        mode in prop::sample::select(vec![0u8, 3]), half in 1u64..10_000,
        gaps in prop::collection::vec((0usize..40, 0u64..5_000), 0..6), from in 0usize..100_000,
    ) {
        let mut b = Bench::new(How { mode, half: Span::from_cycles(half), ..RIGHT });
        adafruit(&mut b);
        for (n, chunk) in SONG[from..from + 1_600].chunks(32).enumerate() {
            for (_, us) in gaps.iter().filter(|(at, _)| *at == n) {
                b.wait(Span::from_us(*us));
            }
            b.sdi(chunk);
        }
        let report = b.report();
        prop_assert_eq!((report.verdict, report.mode), (Verdict::Ok, Some(mode)), "{}", report.detail);
    }
}

#[test]
fn an_edge_without_a_change_is_none() {
    let mut spi = SpiAnalyser::new(&wiring(), &nets());
    for net in [SCLK, MOSI] {
        spi.edge(Instant::from_ps(1), net, Level::Low);
    }
    spi.edge(Instant::from_ps(2), XCS, Level::High);
    assert_eq!(spi.report().edges, 0);
}
