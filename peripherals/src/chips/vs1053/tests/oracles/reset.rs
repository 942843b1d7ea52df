//! 1 to 10: reset, identity, and how it boots.

use super::super::super::*;
use super::super::bench::Bench;
use super::super::fake::mp3;

const GPIO1: PinId = PinId(GPIO0.0 + 1);

/// Fresh from reset, at 1.0 x.
fn booted() -> Bench {
    let mut b = Bench::off();
    b.set(XRESET, true);
    b.until_dreq(true);
    b
}

/// (D: "Hardware Reset", "Switching Characteristics - Boot Initialization"): DREQ and SO follow XRESET at once.
#[test]
fn oracle_01_xreset_low_takes_dreq_and_so_at_once() {
    let mut b = Bench::ready();
    b.dreq_edges();
    b.select_sci();
    assert!(!b.floats(SO));
    b.set(XRESET, false);
    let fell = b.now();
    assert_eq!(b.dreq_edges(), [(fell, false)]);
    assert!(b.floats(SO));
    b.wait(Span::from_ns(170));
    b.set(XRESET, true);
    b.set(XCS, true);
    b.until_dreq(true);
    assert_eq!(b.get(reg::CLOCKF), 0, "170 ns have been enough");
    b.expect_no_findings();
}

/// (D: "Hardware Reset"): 22,000 XTALI.
#[test]
fn oracle_02_dreq_rises_1_79_ms_after_the_release() {
    let mut b = Bench::off();
    b.set(XRESET, true);
    let released = b.now();
    b.until_dreq(true);
    assert_eq!(b.now().since(released), crate::kernel::Rate::new(12_288_000).span(22_000));
    assert_eq!(b.now().since(released).as_ps() / 10_000_000, 179);
    b.expect_no_findings();
}

/// (D: "SCI_MODE").
#[test]
fn oracle_03_mode_is_0x4800() {
    assert_eq!(booted().get(reg::MODE), 0x4800);
}

/// (D: "SCI_STATUS"). The delay from 0x48 to 0x40 is a knob.
#[test]
fn oracle_04_status_shows_version_4_and_the_driver_coming_up() {
    for ms in [100, 7] {
        let mut b = Bench::with(Config { status_settle_ms: ms, ..Config::default() }, &[]);
        b.set(XRESET, true);
        assert_eq!(b.chip().read_register(reg::STATUS, Instant::ZERO, 0), 0x000C, "before boot");
        b.until_dreq(true);
        assert_eq!(b.get(reg::STATUS), 0x0048);
        b.wait(Span::from_ms(u64::from(ms) - 1));
        assert_eq!(b.get(reg::STATUS), 0x0048);
        b.wait(Span::from_ms(2));
        assert_eq!(b.get(reg::STATUS), 0x0040);
    }
}

/// (D: "SCI Registers").
#[test]
fn oracle_05_the_other_registers_are_0() {
    let mut b = booted();
    for register in [2, 3, 4, 8, 9, 0xA, 0xB, 0xC, 0xD, 0xE, 0xF] {
        assert_eq!(b.get(register), 0, "{}", REGISTERS[usize::from(register)]);
    }
    b.expect_no_findings();
}

/// (O: karawin/Ka-Radio32 and pschatzmann/arduino-vs1053 tell MIDI mode by it). Its value is a knob.
#[test]
fn oracle_06_audata_is_not_that_of_midi() {
    assert_ne!(booted().get(reg::AUDATA), 0xAC45);
    let mut b = Bench::with(Config { audata_reset: 0x1F40, ..Config::default() }, &[]);
    b.set(XRESET, true);
    b.until_dreq(true);
    assert_eq!(b.get(reg::AUDATA), 0x1F40);
}

/// (D: "Extra Parameters").
#[test]
fn oracle_07_the_parametric_block_has_its_reset_values() {
    let mut b = booted();
    assert_eq!(b.wram_read(0x1E02), [0x0003]);
    assert_eq!(b.wram_read(0x1E29), [0x7FFF]);
    assert_eq!(b.wram_read::<1>(0x1E06)[0] & 0xFF, 0);
    assert_eq!(b.wram_read(0x1E27), [0xFFFF, 0xFFFF]);
}

/// (O: boards that leave GPIO1 open; D: "Real-Time MIDI"). What CLOCKF and HDAT1 show is a knob.
#[test]
fn oracle_08_gpio1_high_boots_for_midi() {
    let config = Config { midi_clockf: 0x1234 | 0xA000, midi_hdat1: 0x5A5A, ..Config::default() };
    for (config, clockf, hdat1) in [(Config::default(), 0xA000, 0), (config, 0xB234, 0x5A5A)] {
        let mut b = Bench::with(config, &[GPIO1]);
        b.set(XRESET, true);
        b.until_dreq(true);
        assert_eq!(b.get(reg::AUDATA), 0xAC45);
        assert_eq!((b.get(reg::CLOCKF), b.get(reg::HDAT1), b.get(reg::HDAT0)), (clockf, hdat1, 0));
        assert_eq!(b.chip().view().clki_hz, 49_152_000, "4.0 x");
        b.dreq_edges();
        b.sdi(&[0x55; 4096]);
        assert_eq!(b.dreq_edges(), [], "DREQ stays high");
        assert_eq!(b.findings(), ["midi-boot", "midi-prefix"]);
    }
}

/// What drivers write to leave MIDI mode (baldram's switchToMp3Mode).
fn leave_midi(b: &mut Bench) {
    b.wram(0xC017, &[3]);
    b.wram(0xC019, &[0]);
    b.put(reg::MODE, 0x0804);
}

/// (O: baldram/ESP_VS1053_Library): the boot code sees the level that the chip itself drives.
#[test]
fn oracle_09_pulled_up_pins_are_overruled_by_the_chip_itself() {
    let mut b = Bench::with(Config::default(), &[GPIO1]);
    b.set(XRESET, true);
    b.until_dreq(true);
    leave_midi(&mut b);
    assert_ne!(b.get(reg::AUDATA), 0xAC45);
    assert_eq!(b.wram_read(0xC017), [0]);
    assert!(b.level(GPIO1), "the pull-up has it again");
    b.put(reg::CLOCKF, 0x8800);
    b.sdi_half = Span::from_ns(50);
    b.play(&mp3(4));
    assert_eq!(b.get(reg::HDAT1), 0xFFFB);
}

/// (O): against a hard tie the chip loses, and it is still MIDI.
#[test]
fn oracle_10_a_hard_tie_wins() {
    let mut b = Bench::off();
    b.set(GPIO1, true);
    b.set(XRESET, true);
    b.until_dreq(true);
    leave_midi(&mut b);
    assert_eq!(b.get(reg::AUDATA), 0xAC45);
}
