//! SCI and SDI as edges.

use super::super::*;
use super::bench::Bench;
use super::fake::mp3;

/// Both receivers run, as Matiasus/VS1053 needs it, and it is named (guess; the datasheet forbids it).
#[test]
fn a_read_with_xdcs_low_works_and_is_named() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0x4321);
    b.set(XDCS, false);
    assert_eq!(b.read_now(reg::VOL), 0x4321);
    b.set(XDCS, true);
    assert_eq!(b.findings(), ["both-selects-low"]);
    assert_eq!(b.report().sdi_bytes, 4);
}

/// Drivers send single bytes under XDCS pulses (O: bearsh/vs1053): pairs survive the select.
#[test]
fn a_stream_may_come_one_byte_per_xdcs_pulse() {
    let mut b = Bench::ready();
    let song = mp3(6);
    for byte in &song {
        b.until_dreq(true);
        b.sdi(&[*byte]);
    }
    b.finish();
    b.play_out();
    assert_eq!(b.report().streams[0].bytes, song.len() as u64);
    b.expect_no_findings();
}

/// D, "SCI_MODE", SM_DACT: data count on the falling edge.
#[test]
fn sm_dact_moves_sdi_to_the_falling_edge() {
    let mut b = Bench::ready();
    b.put(reg::MODE, 0x4900 | mode::SM_TESTS);
    b.set(XDCS, false);
    for byte in [0x53u8, 0xEF, 0x6E, 0x44, 0, 0, 0, 0] {
        for n in (0..8).rev() {
            b.set(SCLK, true);
            b.set(SI, byte >> n & 1 == 1);
            b.wait(Span::from_ns(200));
            b.set(SCLK, false);
            b.wait(Span::from_ns(200));
        }
    }
    b.set(XDCS, true);
    assert!(!b.chip().quiet(), "the tone is on");
}

/// D, "SCI Timing Diagram": SO is valid tV = 2 CLKI + 25 ns after the falling edge, and shows the old bit until then.
#[test]
fn so_changes_only_after_its_delay() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0x8000);
    b.select_sci();
    b.sci_bits(0x030B, 16);
    // The first data bit is due after the 16th falling edge, which has just been.
    assert!(!b.level(SO));
    b.wait(Span::from_ns(71));
    assert!(!b.level(SO));
    b.wait(Span::from_ns(1));
    assert!(b.level(SO));
}

/// D, "SCI Timing Diagram", worked table at 1.0 x: 1.755 MHz for reads, 3.072 MHz for writes.
#[test]
fn sclk_above_a_seventh_of_clki_is_named_for_reads_only() {
    let mut b = Bench::off();
    b.set(XRESET, true);
    b.until_dreq(true);
    b.sci_half = Span::from_ns(250);
    b.put(reg::VOL, 0x2020);
    b.expect_no_findings();
    assert_eq!(b.get(reg::VOL), 0x2020, "too fast is named, not broken");
    assert_eq!(b.findings(), ["sclk-too-fast"]);
}

/// D, "SDI Timing Diagram in VS10xx Native Modes": SDI at CLKI/4 is in order, 3 CLKI are not.
#[test]
fn sdi_at_a_quarter_of_clki_is_in_order() {
    let mut b = Bench::ready();
    b.sdi_half = Span::from_ps(46_875);
    b.sdi(&[0; 32]);
    b.expect_no_findings();
    b.sdi_half = Span::from_ps(31_250);
    b.sdi(&[0; 32]);
    assert_eq!(b.findings(), ["sclk-pulse-short", "sclk-too-fast", "sclk-pulse-short"], "high, then low");
}

/// D, "SCI Timing Diagram": tH, tXCSH and tXCS.
#[test]
fn hold_and_select_times_are_judged() {
    let mut b = Bench::ready();
    b.set(XDCS, false);
    b.wait(Span::from_us(1));
    b.set(SCLK, true);
    b.wait(Span::from_ns(30));
    b.set(SI, !b.level(SI));
    assert_eq!(b.findings(), ["si-hold-short"]);
    let mut b = Bench::ready();
    b.sdi_half = Span::from_ns(10);
    b.set(XDCS, false);
    b.wait(Span::from_us(1));
    b.set(SCLK, true);
    b.wait(Span::from_us(1));
    b.set(SCLK, false);
    b.wait(Span::from_ns(20));
    b.set(XDCS, true);
    assert_eq!(b.findings(), ["select-timing", "xdcs-inside-byte"]);
    let mut b = Bench::ready();
    b.set(XCS, false);
    b.wait(Span::from_us(1));
    b.set(XCS, true);
    b.wait(Span::from_ns(40));
    b.set(XCS, false);
    assert_eq!(b.findings(), ["select-timing"]);
}

/// Undocumented; the model shifts out zeros and says so.
#[test]
fn a_read_of_40_clocks_is_named() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0xFFFE);
    b.select_sci();
    b.sci_bits(0x030B_0000, 32);
    assert_eq!(b.sci_bits(0xFF, 8), 0);
    b.deselect_sci();
    assert_eq!(b.findings(), ["sci-read-overlong"]);
}

/// (D: "Hardware Reset"): XRESET low, and firmware talks all the same; one edge is no talking.
#[test]
fn clocks_in_reset_are_told_of() {
    for (select, name) in [(XCS, "XCS"), (XDCS, "XDCS")] {
        let mut b = Bench::off();
        b.set(SI, false);
        b.set(select, false);
        b.bit(false, b.sci_half);
        b.expect_no_findings();
        b.sci_bits(0x020B_1234, 32);
        assert_eq!(b.findings(), ["chip-in-reset"], "{name}");
        let all = b.fabric.world.findings.all();
        assert_eq!(all[0].detail, format!("8 clocks with {name} low and XRESET low"));
    }
}

/// (I): nothing has driven SI when the first command is clocked.
#[test]
fn an_input_that_floats_under_a_clock_is_told_of() {
    let mut b = Bench::off();
    b.set(XRESET, true);
    b.until_dreq(true);
    b.select_sci();
    for _ in 0..32 {
        b.set(SCLK, true);
        b.wait(b.sci_half);
        b.set(SCLK, false);
        b.wait(b.sci_half);
    }
    let all = b.fabric.world.findings.all();
    let floating = all.iter().find(|f| f.lint.name == "vs1053-floating-input").expect("SI floats");
    assert_eq!(floating.detail, "SI");
    assert!(all.iter().filter(|f| f.lint.name == "vs1053-floating-input").count() == 1, "the selects are pulled up");
}

/// A byte in VS1001 mode; BSYNC as it is to be for each bit.
fn legacy_byte(b: &mut Bench, byte: u8, bsync: impl Fn(u8) -> bool) {
    for n in 0..8 {
        b.set(XDCS, bsync(n));
        b.set(SDATA, byte >> (7 - n) & 1 == 1);
        b.wait(Span::from_ns(200));
        b.set(DCLK, true);
        b.wait(Span::from_ns(200));
        b.set(DCLK, false);
    }
}

/// D, "SDI in VS1001 Compatibility Mode": BSYNC high marks the first bit; high at the last bit, the next byte follows at once. SCLK and
/// SI are SCI's alone.
#[test]
fn vs1001_mode_has_a_clock_of_its_own() {
    let mut b = Bench::ready();
    b.put(reg::MODE, 0x4000);
    b.set(XDCS, false);
    let before = b.report().sdi_bytes;
    b.sci_bits(0x5555_5555, 32);
    assert_eq!(b.report().sdi_bytes, before);
    legacy_byte(&mut b, 0xA5, |_| false);
    assert_eq!(b.report().sdi_bytes, before, "no BSYNC, no byte");
    legacy_byte(&mut b, 0x53, |n| n == 0);
    legacy_byte(&mut b, 0xFF, |_| false);
    legacy_byte(&mut b, 0xEF, |n| n == 0);
    assert_eq!((b.report().sdi_bytes - before, b.wram_read(0xC011)), (2, [0x53EF]));
    legacy_byte(&mut b, 0x12, |n| n == 0 || n == 7);
    legacy_byte(&mut b, 0x34, |_| false);
    assert_eq!((b.report().sdi_bytes - before, b.wram_read(0xC011)), (4, [0x1234]));
    b.put(reg::VOL, 0x1234);
    assert_eq!(b.get(reg::VOL), 0x1234, "SCI is as ever");
    assert_eq!(b.findings(), ["vs1001-mode"]);
}

/// D, "Serial Data Interface": SM_SDIORD turns bytes round and SM_DACT takes the other edge, in VS1001 mode too.
#[test]
fn vs1001_mode_has_its_bit_order_and_edge_from_mode() {
    let mut b = Bench::ready();
    b.put(reg::MODE, 0x4200);
    b.set(XDCS, false);
    legacy_byte(&mut b, 0xC8, |n| n == 0);
    legacy_byte(&mut b, 0x01, |n| n == 0);
    assert_eq!(b.wram_read(0xC011), [0x1380]);
    let before = b.report().sdi_bytes;
    b.put(reg::MODE, 0x4100);
    b.set(XDCS, true);
    b.set(DCLK, true);
    assert_eq!(b.report().sdi_bytes, before);
    for byte in [0x53u8, 0xEF] {
        for n in 0..8 {
            b.set(DCLK, true);
            b.set(XDCS, n == 0);
            b.set(SDATA, byte >> (7 - n) & 1 == 1);
            b.wait(Span::from_ns(200));
            b.set(DCLK, false);
            b.wait(Span::from_ns(200));
        }
    }
    assert_eq!((b.report().sdi_bytes - before, b.wram_read(0xC011)), (2, [0x53EF]));
}

/// D, "Passive SDI Mode": bits count while BSYNC is high, and its rising edge starts a byte.
#[test]
fn passive_mode_counts_bits_while_bsync_is_high() {
    let mut b = Bench::ready();
    b.put(reg::MODE, 0x4400);
    b.set(XDCS, false);
    let before = b.report().sdi_bytes;
    legacy_byte(&mut b, 0xFF, |n| n < 5);
    assert_eq!(b.report().sdi_bytes, before);
    for byte in [0x12, 0x34] {
        b.set(XDCS, false);
        legacy_byte(&mut b, byte, |_| true);
    }
    assert_eq!((b.report().sdi_bytes - before, b.wram_read(0xC011)), (2, [0x1234]));
}

/// The knobs of what the datasheet leaves open on the bus.
#[test]
fn so_at_rest_and_after_a_read_are_knobs() {
    for so_idle in [false, true] {
        let mut b = Bench::ready_with(Config { so_idle, ..Config::default() });
        b.put(reg::VOL, 0xFFFF);
        b.select_sci();
        assert_eq!(b.floats(SO), so_idle);
        b.sci_bits(0x030B, 16);
        b.wait(Span::from_us(1));
        assert!(b.level(SO), "the first bit of the register");
        b.sci_bits(0, 16);
        b.wait(Span::from_us(1));
        assert_eq!(b.floats(SO), so_idle);
        b.deselect_sci();
        assert!(b.floats(SO));
    }
    for (sci_overlong, after) in [(false, 0x0000), (true, 0x8123)] {
        let mut b = Bench::ready_with(Config { sci_overlong, ..Config::default() });
        b.put(reg::VOL, 0x8123);
        b.select_sci();
        assert_eq!(b.sci_bits(0x030B_0000, 32) as u16, 0x8123);
        assert_eq!(b.sci_bits(0, 16), after);
        b.deselect_sci();
    }
}

#[test]
fn both_selects_low_is_a_knob() {
    let mut b = Bench::ready_with(Config { both_selects: true, ..Config::default() });
    b.put(reg::VOL, 0x4321);
    b.set(XDCS, false);
    b.write(reg::VOL, 0x1111);
    b.set(XDCS, true);
    assert_eq!(b.get(reg::VOL), 0x4321, "neither has taken it");
    assert_eq!(b.report().sdi_bytes, 0);
}
