//! 11 to 23: bits on the wires.

use super::super::super::*;
use super::super::bench::{Bench, NOTICE};
use super::super::fake::mp3;

/// (D: "SCI Timing Diagram"): SI counts on the rising edge, so modes 0 and 3 are the same to the chip.
#[test]
fn oracle_11_modes_0_and_3_both_work() {
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

/// (I, knob `sci_fragment`): an operation takes effect with its last bit.
#[test]
fn oracle_12_a_write_of_31_clocks_changes_nothing() {
    for (sci_fragment, vol) in [(false, 0x1111), (true, 0x2222)] {
        let mut b = Bench::ready_with(Config { sci_fragment, ..Config::default() });
        b.put(reg::VOL, 0x1111);
        b.select_sci();
        b.sci_bits(0x020B_2222 >> 1, 31);
        b.deselect_sci();
        b.settle_sci();
        assert_eq!(b.get(reg::VOL), vol);
        assert_eq!(b.findings(), ["sci-cut-short"]);
    }
}

/// (I, knob `sci_unknown_opcode`): after something that is no opcode nothing counts until XCS rises.
#[test]
fn oracle_13_an_unknown_opcode_changes_nothing() {
    let mut b = Bench::ready();
    let before = b.report().registers;
    b.select_sci();
    b.sci_bits(0xFFFF_FFFF, 32);
    b.deselect_sci();
    assert_eq!(b.report().registers, before);
    assert_eq!(b.findings(), ["sci-unknown-opcode"]);
    for (sci_unknown_opcode, vol) in [(false, 0), (true, 0x4321)] {
        let mut b = Bench::ready_with(Config { sci_unknown_opcode, ..Config::default() });
        b.select_sci();
        b.sci_bits(0xFF, 8);
        b.sci_bits(0x020B_4321, 32);
        b.deselect_sci();
        b.settle_sci();
        assert_eq!(b.get(reg::VOL), vol);
    }
}

/// (D: "SCI Read"): SI is ignored after the address; its upper four bits never count.
#[test]
fn oracle_14_a_read_ignores_si_in_its_data_phase() {
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

/// (D: "SCI Read").
#[test]
fn oracle_15_a_read_that_is_broken_off_leaves_the_next_one_clean() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0xFFFE);
    b.select_sci();
    b.sci_bits(0x030B_0000 >> 8, 24);
    b.set(XCS, true);
    assert!(b.floats(SO));
    b.wait(Span::from_us(1));
    assert_eq!(b.get(reg::VOL), 0xFFFE);
    assert!(b.findings().contains(&"sci-cut-short"));
}

/// (D: "SCI Multiple Write").
#[test]
fn oracle_16_a_multiple_write_fills_memory_word_by_word() {
    let mut b = Bench::ready();
    b.put(reg::WRAMADDR, 0x5800);
    b.select_sci();
    b.sci_bits(0x0206_AAAA, 32);
    for word in [0xBBBB, 0xCCCC] {
        b.settle_sci();
        b.sci_bits(word, 16);
    }
    b.settle_sci();
    b.deselect_sci();
    assert_eq!(b.wram_read(0x5800), [0xAAAA, 0xBBBB, 0xCCCC]);
    b.expect_no_findings();
}

/// (O: drivers clock stray bytes at start-up; other chips share the bus).
#[test]
fn oracle_17_clocks_without_a_select_do_nothing() {
    let mut b = Bench::ready();
    let before = b.report();
    b.sci_bits(0xFFFF_FFFF, 32);
    assert_eq!(b.report(), before);
    assert_eq!(b.chip().view().fifo_bytes, 0);
    b.expect_no_findings();
}

/// (O: baldram/ESP_VS1053_Library resets some boards that way).
#[test]
fn oracle_18_selects_without_a_clock_do_nothing() {
    let mut b = Bench::ready();
    b.wait(Span::from_ms(200));
    let before = b.report();
    b.set(XCS, false);
    b.set(XDCS, false);
    b.wait(Span::from_ms(500));
    b.set(XCS, true);
    b.set(XDCS, true);
    assert_eq!(b.report(), before);
    b.expect_no_findings();
}

/// The pulse after `operation`, as delays from its last bit, in nanoseconds.
fn pulse(b: &mut Bench, operation: u32) -> (u64, u64) {
    b.dreq_edges();
    b.select_sci();
    b.sci_bits(operation, 32);
    // The last rising edge was half a period ago.
    let last_bit = Instant::from_ps(b.now().as_ps() - b.sci_half.as_ps());
    b.deselect_sci();
    b.settle_sci();
    let edges = b.dreq_edges();
    let [(fell, false), (rose, true)] = edges[..] else { panic!("{edges:?}") };
    (fell.since(last_bit).as_ps() / 1000, rose.since(last_bit).as_ps() / 1000)
}

fn slow(config: Config) -> Bench {
    let mut b = Bench::with(config, &[]);
    b.set(XRESET, true);
    b.until_dreq(true);
    b
}

/// (D: "SCI Registers", worst-case times, at 1.0 x): 80 CLKI, 100 CLKI, 450 CLKI, 210 CLKI, 1200 XTALI. When DREQ falls is a knob.
#[test]
fn oracle_19_a_write_pulls_dreq_low_for_its_execution_time() {
    let mut b = slow(Config::default());
    for (register, longest) in
        [(reg::VOL, 6_511), (reg::WRAM, 8_139), (reg::AUDATA, 36_622), (reg::AIADDR, 17_090), (reg::CLOCKF, 97_657)]
    {
        let (fell, rose) = pulse(&mut b, 0x0200_0000 | u32::from(register) << 16);
        assert!((1_300..=3_260).contains(&fell), "{}: falls after {fell} ns", REGISTERS[usize::from(register)]);
        assert!(rose <= longest && rose > longest / 2, "{}: rises after {rose} ns", REGISTERS[usize::from(register)]);
    }
    for (dreq_fall_clki, ns) in [(16, 1_302), (40, 3_255)] {
        let mut b = slow(Config { dreq_fall_clki, ..Config::default() });
        assert_eq!(pulse(&mut b, 0x020B_0000).0, ns);
    }
}

/// (D: "SCI Registers"): reads take less than 100 CLKI; how long is a knob.
#[test]
fn oracle_20_a_read_pulls_dreq_low_too() {
    for read_busy_clki in [41, 50, 99] {
        let mut b = slow(Config { read_busy_clki, ..Config::default() });
        let (fell, rose) = pulse(&mut b, 0x030B_0000);
        assert!((1_300..=3_260).contains(&fell) && rose < 8_200, "{fell} {rose}");
        assert_eq!(rose, u64::from(read_busy_clki) * 1_000_000_000 / 12_288_000);
    }
}

/// (I, knob `sdi_fragment`): every edge of the select starts a new byte.
#[test]
fn oracle_21_a_fragment_of_a_byte_is_dropped() {
    for (sdi_fragment, kept_bits) in [(false, 0), (true, 5)] {
        let mut b = Bench::ready_with(Config { sdi_fragment, ..Config::default() });
        b.set(XDCS, false);
        b.sci_bits(0b10110, 5);
        b.wait(Span::from_us(1));
        b.set(XDCS, true);
        b.sdi(&[0x52, 0x52]);
        assert_eq!(b.report().sdi_bytes, 2);
        let expected = (0b10110 << 16 | 0x5252u32) >> kept_bits;
        assert_eq!(b.wram_read(0xC011), [expected as u16]);
        assert_eq!(b.findings()[0], "xdcs-inside-byte");
    }
}

/// (D: "SCI_MODE", SM_SDIORD).
#[test]
fn oracle_22_sm_sdiord_turns_bits_of_sdi_and_leaves_sci_alone() {
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

/// (D: "SCI_MODE", SM_SDISHARE): SDI is selected by XCS high.
#[test]
fn oracle_23_sm_sdishare_takes_data_whenever_xcs_is_high() {
    let mut b = Bench::ready();
    b.put(reg::MODE, 0x4C00);
    let before = b.report().sdi_bytes;
    b.sdi_bytes(&mp3(2));
    assert_eq!(b.report().sdi_bytes - before, 2 * 384);
    assert_eq!(b.get(reg::VOL), 0, "SCI works between");
    b.wait(NOTICE);
    b.expect_no_findings();
}
