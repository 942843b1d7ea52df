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
    let asks: [(&str, Ask); 5] = [
        ("vs1053-bass", |b| b.put(reg::BASS, 0x0055)),
        ("vs1053-mode", |b| b.put(reg::MODE, 0x4810)),
        ("vs1053-mode", |b| b.put(reg::MODE, 0x5800)),
        ("vs1053-application", |b| {
            b.wram(0x8050, &[1, 2]);
            b.put(reg::AIADDR, 0x0050);
        }),
        ("vs1053-swing", |b| b.put(reg::STATUS, 0x1040)),
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
