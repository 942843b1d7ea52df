//! Registers and memories.

use super::super::*;
use super::bench::Bench;
use super::fake::mp3;

/// D, "Characteristics & Specifications": rated to 55.3 MHz.
#[test]
fn a_clock_above_the_rating_is_named() {
    let mut b = Bench::ready();
    b.put(reg::CLOCKF, 0xE000);
    assert_eq!(b.findings(), ["clki-over-rating"]);
}

/// The firmware's FIFO pointers (O: bimac/Teensy_VS1053b).
#[test]
fn the_dsp_sees_the_fifo_pointers() {
    let mut b = Bench::ready();
    b.play(&mp3(12));
    let [written, read] = b.wram_read(0x5A7D);
    let words = usize::from(written.wrapping_sub(read) & 0x3FF);
    assert!(words > 500 && words.abs_diff(b.chip().view().fifo_bytes / 2) < 16, "{words}");
}

/// D, "SCI Registers": they are peripherals of the DSP as well.
#[test]
fn registers_show_in_peripheral_space() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0x2468);
    assert_eq!(b.wram_read(0xC00B), [0x2468]);
    assert_eq!(b.wram_read(0xC010), [0x17], "the last access was the write to WRAMADDR");
}

/// What is asked for and not modelled is named.
#[test]
fn effects_that_are_not_modelled_are_gaps_by_name() {
    type Ask = fn(&mut Bench);
    let asks: [(&str, Ask); 2] = [
        ("vs1053-mode", |b| b.put(reg::MODE, 0x4840)),
        ("vs1053-application", |b| {
            b.wram(0x8050, &[1, 2]);
            b.put(reg::AIADDR, 0x0050);
        }),
    ];
    for (name, ask) in asks {
        let mut b = Bench::ready();
        ask(&mut b);
        assert_eq!(b.findings(), [name]);
    }
    let mut b = Bench::ready();
    b.put(reg::BASS, 0x0F0F);
    b.put(reg::AIADDR, 0);
    b.expect_no_findings();
}

#[test]
fn the_report_names_registers_and_counts_accesses() {
    let mut b = Bench::ready();
    let before = b.report();
    b.put(reg::VOL, 0x1234);
    b.get(reg::MODE);
    let r = b.report();
    assert_eq!((r.sci_writes - before.sci_writes, r.sci_reads - before.sci_reads), (1, 1));
    let named: Vec<_> = r.named_registers().filter(|(name, _)| ["MODE", "VOL"].contains(name)).collect();
    assert_eq!(named, [("MODE", 0x4800), ("VOL", 0x1234)]);
}

/// D, "DAC Registers": FCTL is the rate in units of XTALI / 2^27, and writing it sets the rate.
#[test]
fn fctl_shows_and_sets_the_rate() {
    let mut b = Bench::ready();
    b.play(&mp3(4));
    assert_eq!(b.wram_read(0xC013), [0x0000, 0x0008]);
    b.put(reg::AUDATA, 0x1F41);
    assert_eq!(b.wram_read(0xC013), [0x5555, 0x0001]);
    b.wram(0xC013, &[0x5999, 0x0007]);
    assert_eq!(b.chip().view().sample_rate_hz, 44_100);
}

/// D, "Interrupts": INT_GLOB_DIS and INT_GLOB_ENA count; INT_ENABLE is kept.
#[test]
fn interrupt_registers_are_kept_and_counted() {
    let mut b = Bench::ready();
    b.wram(0xC01A, &[0x0002, 0, 0]);
    assert_eq!((b.wram_read(0xC01A), b.wram_read(0xC01D)), ([0x0002], [0]));
    b.wram(0xC01B, &[0]);
    b.wram(0xC01B, &[0]);
    assert_eq!(b.wram_read(0xC01D), [2]);
    b.wram(0xC01C, &[0]);
    assert_eq!(b.wram_read(0xC01D), [1]);
}

/// D, "SCI_MODE", SM_CLK_RANGE: a crystal of 24.576 MHz is halved.
#[test]
fn sm_clk_range_halves_a_fast_crystal() {
    let mut b = Bench::with(Config { xtali_hz: 24_576_000, ..Config::default() }, &[]);
    b.set(XRESET, true);
    b.until_dreq(true);
    b.put(reg::MODE, 0xC800);
    assert_eq!(b.chip().view().clki_hz, 12_288_000);
    b.put(reg::CLOCKF, 0x8800);
    b.sdi_half = Span::from_ns(50);
    b.play(&mp3(4));
    assert_eq!((b.chip().view().clki_hz, b.chip().view().sample_rate_hz), (43_008_000, 48_000));
    b.expect_no_findings();
}

/// D, "SCI_MODE": SM_CLK_RANGE is set without waiting for DREQ; the rest of boot goes at half the clock. Other bits of MODE are still lost.
#[test]
fn sm_clk_range_counts_during_boot() {
    for (value, findings) in [(0xC800, [].as_slice()), (0x8804, &["sci-during-boot"]), (0x4804, &["sci-during-boot"])] {
        let mut b = Bench::with(Config { xtali_hz: 24_576_000, ..Config::default() }, &[]);
        b.set(XRESET, true);
        let released = b.now();
        b.write(reg::MODE, value);
        let written = b.now();
        let halved = value & mode::SM_CLK_RANGE != 0;
        assert_eq!(b.chip().view().clki_hz, if halved { 12_288_000 } else { 24_576_000 });
        b.until_dreq(true);
        let whole = crate::kernel::Rate::new(24_576_000).span(22_000);
        let left = whole.as_ps() - written.since(released).as_ps();
        let booted = b.now().since(released).as_ps();
        let expected = whole.as_ps() + if halved { left } else { 0 };
        assert!(booted.abs_diff(expected) < 5_000_000, "{value:#x}: {booted} ps, not {expected}");
        assert_eq!(b.get(reg::MODE), 0x4800 | value & mode::SM_CLK_RANGE);
        assert_eq!(b.findings(), findings);
    }
}

/// WRAMADDR's read-back is undocumented.
#[test]
fn what_wramaddr_reads_is_a_knob() {
    for (wramaddr_reads, value) in [(false, 0x1800), (true, 0)] {
        let mut b = Bench::ready_with(Config { wramaddr_reads, ..Config::default() });
        b.put(reg::WRAMADDR, 0x1800);
        assert_eq!(b.get(reg::WRAMADDR), value);
    }
}

/// endFillByte of other formats than MP3 is undocumented.
#[test]
fn the_end_fill_byte_of_other_formats_is_a_knob() {
    let mut b = Bench::ready_with(Config { end_fill_byte: 0x55, ..Config::default() });
    b.play(&mp3(4));
    assert_eq!(b.wram_read(0x1E06), [0]);
    b.cancel(0);
    b.play(&super::fake::wav(8000, u32::MAX, &[0; 200]));
    assert_eq!(b.wram_read(0x1E06), [0x55]);
}

/// The sweep test of the ROM (D: "New Sine and Sweep Tests"): it rises, and a software reset ends it.
#[test]
fn the_sweep_rises_until_a_reset() {
    let mut b = Bench::ready();
    b.put(reg::AUDATA, 0xBB80);
    b.put(reg::AIADDR, 0x4022);
    let mut periods = Vec::new();
    for _ in 0..3 {
        b.channel(false);
        b.heard.clear();
        b.wait(Span::from_ms(200));
        let heard = b.channel(false);
        periods.push(heard.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count());
    }
    assert!(periods[0] < periods[1] && periods[1] < periods[2], "{periods:?}");
    b.put(reg::MODE, 0x0804);
    assert!(b.chip().quiet());
}
