//! SCI and SDI as edges.

use super::super::*;
use super::bench::Bench;
use super::fake::mp3;

/// Oracle 11 (D: "SPI Timing Diagram"): SI counts on the rising edge, so modes 0 and 3 are the same to the chip.
#[test]
fn modes_0_and_3_both_work() {
    for mode3 in [false, true] {
        let mut b = Bench::ready();
        b.mode3 = mode3;
        b.put(reg::VOL, 0x1234);
        assert_eq!(b.get(reg::VOL), 0x1234, "mode 3: {mode3}");
        b.play(&mp3(3));
        assert_eq!(b.report().sdi_bytes, 3 * 384, "mode 3: {mode3}");
        b.expect_no_findings();
    }
}

/// Oracle 12 (I): an operation takes effect with its last bit.
#[test]
fn a_write_of_31_clocks_changes_nothing() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0x1111);
    b.select_sci();
    b.sci_bits(0x020B_2222 >> 1, 31);
    b.deselect_sci();
    b.settle_sci();
    assert_eq!(b.get(reg::VOL), 0x1111);
    assert_eq!(b.findings(), ["sci-cut-short"]);
}

/// Oracle 13 (I).
#[test]
fn an_unknown_opcode_changes_nothing() {
    let mut b = Bench::ready();
    let before = b.report().registers;
    b.select_sci();
    b.sci_bits(0xFFFF_FFFF, 32);
    b.deselect_sci();
    assert_eq!(b.report().registers, before);
    assert_eq!(b.findings(), ["sci-unknown-opcode"]);
}

/// Oracle 14 (D: "SCI Read"): SI is ignored after the address; its upper four bits never count.
#[test]
fn a_read_ignores_si_in_its_data_phase() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0xA5C3);
    for word in [0x030B_FFFF, 0x030B_0000, 0x03FB_5A5A] {
        b.select_sci();
        assert_eq!(b.sci_bits(word, 32) as u16, 0xA5C3);
        b.deselect_sci();
        b.settle_sci();
    }
    b.expect_no_findings();
}

/// Oracle 15 (D: "SCI Read").
#[test]
fn a_read_that_is_broken_off_leaves_the_next_one_clean() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0xFFFE);
    b.select_sci();
    b.sci_bits(0x030B_0000 >> 8, 24);
    b.set(XCS, true);
    assert!(b.floats(SO));
    b.wait(Span::from_us(1));
    assert_eq!(b.get(reg::VOL), 0xFFFE);
}

/// Oracle 16 (D: "SCI Multiple Write").
#[test]
fn a_multiple_write_fills_memory_word_by_word() {
    let mut b = Bench::ready();
    b.put(reg::WRAMADDR, 0x5800);
    b.select_sci();
    b.sci_bits(0x0206_AAAA, 32);
    for word in [0xBBBB, 0xCCCC] {
        b.settle_sci();
        b.sci_bits(word, 16);
    }
    b.deselect_sci();
    b.settle_sci();
    assert_eq!(b.wram_read(0x5800), [0xAAAA, 0xBBBB, 0xCCCC]);
    b.expect_no_findings();
}

/// Oracles 17 and 18 (O).
#[test]
fn clocks_without_a_select_and_selects_without_a_clock_do_nothing() {
    let mut b = Bench::ready();
    let before = b.report();
    b.sci_bits(0xFFFF_FFFF, 32);
    b.set(XCS, false);
    b.set(XDCS, false);
    b.wait(Span::from_ms(500));
    b.set(XCS, true);
    b.set(XDCS, true);
    let mut after = b.report();
    after.registers[1] = before.registers[1]; // STATUS goes its own way after boot
    assert_eq!(before, after);
    b.expect_no_findings();
}

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

/// Oracle 21 (I): every edge of the select starts a new byte.
#[test]
fn a_fragment_of_a_byte_is_dropped() {
    let mut b = Bench::ready();
    b.set(XDCS, false);
    b.sci_bits(0b10110, 5);
    b.wait(Span::from_us(1));
    b.set(XDCS, true);
    b.sdi(&[0x52]);
    assert_eq!(b.report().sdi_bytes, 1);
    assert_eq!(b.findings(), ["xdcs-inside-byte"]);
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

/// Oracle 22 (D: "SCI_MODE", SM_SDIORD).
#[test]
fn sm_sdiord_turns_bits_of_sdi_and_leaves_sci_alone() {
    let mut b = Bench::ready();
    b.put(reg::MODE, 0x4A00);
    assert_eq!(b.get(reg::MODE), 0x4A00);
    let song = mp3(6);
    let turned: Vec<u8> = song.iter().map(|b| b.reverse_bits()).collect();
    b.play(&turned);
    b.finish();
    b.play_out();
    assert_eq!(b.report().streams[0].frames, 6 * 1152);
    b.expect_no_findings();
}

/// Oracle 23 (D: "SCI_MODE", SM_SDISHARE): SDI is selected by XCS high.
#[test]
fn sm_sdishare_takes_data_whenever_xcs_is_high() {
    let mut b = Bench::ready();
    b.put(reg::MODE, 0x4C00);
    let before = b.report().sdi_bytes;
    b.sdi_bytes(&mp3(2));
    assert_eq!(b.report().sdi_bytes - before, 2 * 384);
    assert_eq!(b.get(reg::VOL), 0, "SCI works between");
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

/// D, "SCI_MODE": the other mode of the bus is not modelled and says so.
#[test]
fn vs1001_mode_is_a_named_gap() {
    let mut b = Bench::ready();
    b.put(reg::MODE, 0x4000);
    b.sdi(&[1, 2, 3, 4]);
    assert_eq!(b.report().sdi_bytes, 0);
    assert_eq!(b.findings(), ["vs1001-mode"]);
}

/// D, "SPI Timing Diagram": SO is valid tV = 2 CLKI + 25 ns after the falling edge, and shows the old bit until then.
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

/// D, "SPI Timing Diagram", worked table at 1.0 x: 1.755 MHz for reads, 3.072 MHz for writes.
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

/// D, "SPI Timing Diagram": SDI at CLKI/4 is in order, 3 CLKI are not.
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

/// D, "SPI Timing Diagram": tH, tXCSH and tXCS.
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
