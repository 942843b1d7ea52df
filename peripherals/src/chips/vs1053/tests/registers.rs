//! Registers and memories.

use super::super::*;
use super::bench::Bench;
use super::fake::mp3;

/// Oracles 24 and 25 (O and D: "SCI_HDAT0 and SCI_HDAT1"): both ways in which drivers test the bus.
#[test]
fn registers_of_the_bus_test_keep_what_is_written() {
    let mut b = Bench::ready();
    b.put(reg::HDAT0, 0xABAD);
    b.put(reg::HDAT1, 0x1DEA);
    b.put(0xD, 0xABAD);
    b.put(0xE, 0x7E57);
    b.wait(Span::from_ms(100));
    assert_eq!((b.get(reg::HDAT0), b.get(reg::HDAT1), b.get(0xD), b.get(0xE)), (0xABAD, 0x1DEA, 0xABAD, 0x7E57));
}

/// Oracle 26 (O: baldram's testComm).
#[test]
fn vol_reads_back_every_value() {
    let mut b = Bench::ready();
    for value in (0..=0xFFFE).step_by(3) {
        b.put(reg::VOL, value);
        assert_eq!((b.get(reg::VOL), b.get(reg::VOL)), (value, value));
    }
    b.expect_no_findings();
}

/// Oracle 27 (D: "SCI_CLOCKF"). Until DREQ rises CLKI is 1.0 x.
#[test]
fn clockf_takes_effect_when_dreq_rises() {
    let mut b = Bench::ready();
    b.put(reg::CLOCKF, 0x0000);
    b.write(reg::CLOCKF, 0x8800);
    b.wait(Span::from_us(50));
    assert_eq!(b.chip().view().clki_hz, 12_288_000);
    b.settle_sci();
    assert_eq!(b.chip().view().clki_hz, 43_008_000);
    assert_eq!(b.get(reg::CLOCKF), 0x8800);
    b.expect_no_findings();
}

/// D, "Characteristics & Specifications": rated to 55.3 MHz.
#[test]
fn a_clock_above_the_rating_is_named() {
    let mut b = Bench::ready();
    b.put(reg::CLOCKF, 0xE000);
    assert_eq!(b.findings(), ["clki-over-rating"]);
}

/// Oracle 32 (D).
#[test]
fn dac_vol_follows_vol() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0x2424);
    assert_eq!(b.wram_read(0xC045), [0x0303]);
    b.put(reg::VOL, 0x0101);
    assert_eq!(b.wram_read(0xC045), [0xB1B1]);
}

/// Oracles 33 and 34 (D: "SCI_WRAMADDR").
#[test]
fn instruction_memory_and_high_y_memory_read_back() {
    let mut b = Bench::ready();
    b.wram(0x8050, &[0x1111, 0x2222, 0x3333, 0x4444]);
    assert_eq!(b.wram_read(0x8050), [0x1111, 0x2222, 0x3333, 0x4444]);
    b.wram(0xFAB3, &[0x5A5A]);
    assert_eq!(b.wram_read(0xFAB3), [0x5A5A]);
}

/// Oracles 35, 36 (O) and 38 (I).
#[test]
fn gpio_pins_follow_their_registers() {
    let mut b = Bench::ready();
    let gpio1 = PinId(GPIO0.0 + 1);
    b.wram(0xC017, &[0x0002]);
    b.wram(0xC019, &[0x0002]);
    assert!(b.level(gpio1));
    assert_eq!(b.wram_read::<1>(0xC018)[0] & 0xFF, 0x02);
    b.wram(0xC017, &[3, 0, 2]);
    assert_eq!((b.wram_read(0xC017), b.wram_read(0xC019)), ([3], [2]));
    b.put(reg::MODE, 0x0804);
    assert_eq!(b.wram_read(0xC017), [0]);
    assert!(!b.level(gpio1));
}

/// Oracle 37 (D) and the firmware's FIFO pointers (O: bimac/Teensy_VS1053b).
#[test]
fn the_dsp_sees_dreq_and_the_fifo_pointers() {
    let mut b = Bench::ready();
    assert_eq!(b.wram_read(0xC012), [1]);
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
    let asks: [(&str, Ask); 6] = [
        ("vs1053-bass", |b| b.put(reg::BASS, 0x0055)),
        ("vs1053-mode", |b| b.put(reg::MODE, 0x4810)),
        ("vs1053-mode", |b| b.put(reg::MODE, 0x5800)),
        ("vs1053-application", |b| b.put(reg::AIADDR, 0x0050)),
        ("vs1053-play-speed", |b| b.wram(0x1E04, &[2])),
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
    b.wram(0x1E04, &[1]);
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
