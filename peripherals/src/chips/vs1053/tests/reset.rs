//! Reset, boot and identity.

use super::super::*;
use super::bench::Bench;
use super::fake::mp3;

/// Oracles 1 and 2 (D: "Hardware Reset"): DREQ follows XRESET at once and rises 22,000 XTALI after it.
#[test]
fn dreq_is_low_in_reset_and_rises_1_79_ms_after_it() {
    let mut b = Bench::ready();
    b.dreq_edges();
    b.select_sci();
    assert!(!b.floats(SO));
    b.set(XRESET, false);
    let fell = b.now();
    assert_eq!(b.dreq_edges(), [(fell, false)]);
    assert!(b.floats(SO));
    b.set(XCS, true);
    b.wait(Span::from_ns(170));
    b.set(XRESET, true);
    let rose = b.now();
    b.until_dreq(true);
    assert_eq!(b.now().since(rose), crate::kernel::Rate::new(12_288_000).span(22_000));
    assert_eq!(b.now().since(rose).as_ps() / 10_000_000, 179);
    b.expect_no_findings();
}

/// Oracles 3, 4, 5 and 6 (D: "SCI Registers"; O for AUDATA, by which drivers tell MIDI mode).
#[test]
fn registers_have_their_reset_values() {
    let mut b = Bench::off();
    b.set(XRESET, true);
    b.until_dreq(true);
    assert_eq!(b.get(reg::MODE), 0x4800);
    assert_eq!(b.get(reg::STATUS), 0x0048);
    for register in [2, 3, 4, 8, 9, 0xA, 0xB, 0xC, 0xD, 0xE, 0xF] {
        assert_eq!(b.get(register), 0, "{}", REGISTERS[usize::from(register)]);
    }
    assert_ne!(b.get(reg::AUDATA), 0xAC45);
    b.wait(Span::from_ms(100));
    assert_eq!(b.get(reg::STATUS), 0x0040);
    b.expect_no_findings();
}

/// Oracle 7 (D: "Extra Parameters").
#[test]
fn the_parametric_block_has_its_reset_values() {
    let mut b = Bench::ready();
    assert_eq!(b.wram_read(0x1E02), [0x0003]);
    assert_eq!(b.wram_read(0x1E29), [0x7FFF]);
    assert_eq!(b.wram_read::<1>(0x1E06)[0] & 0xFF, 0);
    assert_eq!(b.wram_read(0x1E27), [0xFFFF, 0xFFFF]);
}

/// Oracle 29 (I) and the table of what survives: DREQ falls within 40 CLKI, boot takes as long as after XRESET.
#[test]
fn a_software_reset_keeps_settings_and_clears_the_stream() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0x1234);
    b.put(reg::DECODE_TIME, 77);
    b.put(0xC, 0xABCD);
    b.wram(0x1E04, &[1]);
    b.play(&mp3(4));
    b.dreq_edges();
    b.write(reg::MODE, 0x0804);
    let written = b.now();
    b.until_dreq(false);
    assert!(b.now().since(written) < Span::from_ns(3_300));
    assert_eq!(b.chip().read_register(reg::MODE, written, 0), 0x0804, "SM_RESET shows until it is done");
    b.until_dreq(true);
    assert_eq!(b.now().since(written).as_ps() / 10_000_000, 178, "22,000 XTALI after the last bit");
    assert_eq!(b.get(reg::MODE), 0x0800);
    assert_eq!((b.get(reg::VOL), b.get(reg::CLOCKF), b.get(0xC)), (0x1234, 0x8800, 0xABCD));
    assert_eq!((b.get(reg::DECODE_TIME), b.get(reg::HDAT0), b.get(reg::HDAT1)), (0, 0, 0));
    assert_eq!(b.wram_read(0x1E04), [0]);
    assert_eq!(b.chip().view().clki_hz, 43_008_000);
    assert_eq!((b.chip().view().fifo_bytes, b.chip().view().audio_frames), (0, 0));
    b.expect_no_findings();
}

/// D, "Hardware Reset": XRESET brings everything back.
#[test]
fn a_hardware_reset_keeps_nothing() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0x1234);
    b.wram(0x1800, &[0xBEEF]);
    b.set(XRESET, false);
    b.wait(Span::from_us(1));
    b.set(XRESET, true);
    b.until_dreq(true);
    assert_eq!((b.get(reg::VOL), b.get(reg::CLOCKF)), (0, 0));
    assert_eq!(b.chip().view().clki_hz, 12_288_000);
}

/// Oracles 30 (I) and 31 (D, erratum).
#[test]
fn status_shows_analog_power_and_forgets_its_low_bits_on_a_vol_write() {
    let mut b = Bench::ready();
    b.wait(Span::from_ms(100));
    b.put(reg::VOL, 0xFFFF);
    assert_eq!(b.get(reg::STATUS) & 0x0C, 0x0C);
    b.put(reg::VOL, 0x2828);
    assert_eq!(b.get(reg::STATUS) & 0x0C, 0);
    b.put(reg::STATUS, 0x0041);
    b.put(reg::VOL, 0x2020);
    assert_eq!(b.get(reg::STATUS) & 1, 0);
    assert_eq!(b.get(reg::STATUS) & 0xF0, 0x40);
}

/// I: what is written during boot is kept, but for what the boot code sets; it is worth a warning.
#[test]
fn sci_during_boot_is_kept_and_named() {
    let mut b = Bench::off();
    b.set(XRESET, true);
    b.write(reg::VOL, 0x2020);
    b.write(reg::MODE, 0x0000);
    b.until_dreq(true);
    assert_eq!((b.get(reg::VOL), b.get(reg::MODE)), (0x2020, 0x4800));
    assert_eq!(b.findings(), ["sci-during-boot"]);
}

/// D, "Serial Data Interface": data before boot are lost.
#[test]
fn sdi_during_boot_is_lost_and_named() {
    let mut b = Bench::off();
    b.set(XRESET, true);
    b.sdi(&[1, 2, 3, 4]);
    b.until_dreq(true);
    assert_eq!(b.chip().view().fifo_bytes, 0);
    assert_eq!(b.findings(), ["sdi-during-boot"]);
}

/// Datasheet, "Real-Time MIDI": GPIO1 high at boot. The model names it and shows the AUDATA by which drivers tell.
#[test]
fn midi_boot_is_a_named_gap_that_swallows_data() {
    let mut b = Bench::with(Config::default(), &[PinId(GPIO0.0 + 1)]);
    b.set(XRESET, true);
    b.until_dreq(true);
    assert_eq!(b.get(reg::AUDATA), 0xAC45);
    b.sdi(&[0x55; 4096]);
    assert!(b.level(DREQ));
    assert_eq!(b.findings(), ["vs1053-boot-mode"]);
}

/// D, "Digital Characteristics": XRESET low for at least 2 XTALI.
#[test]
fn a_reset_pulse_of_100_ns_is_too_short() {
    let mut b = Bench::ready();
    b.set(XRESET, false);
    b.wait(Span::from_ns(100));
    b.set(XRESET, true);
    assert_eq!(b.findings(), ["xreset-short"]);
}

#[test]
fn a_chip_that_has_nothing_to_do_is_quiet() {
    let mut b = Bench::off();
    assert!(b.chip().quiet(), "in reset");
    b.set(XRESET, true);
    assert!(!b.chip().quiet(), "booting");
    b.until_dreq(true);
    assert!(b.chip().quiet());
    assert_eq!(b.fabric.world.sched.next(), None);
}
