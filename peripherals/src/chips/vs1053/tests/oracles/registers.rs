//! 24 to 38: registers and memories.

use super::super::super::*;
use super::super::bench::Bench;
use super::super::fake::mp3;

/// (O: VLSI's player1053.c 1.03 and urish/aramcon-badge test the bus that way).
#[test]
fn oracle_24_hdat_keeps_what_is_written() {
    let mut b = Bench::ready();
    b.put(reg::HDAT0, 0xABAD);
    b.put(reg::HDAT1, 0x1DEA);
    b.wait(Span::from_ms(100));
    assert_eq!((b.get(reg::HDAT0), b.get(reg::HDAT1)), (0xABAD, 0x1DEA));
}

/// (D: player1053.c 1.10).
#[test]
fn oracle_25_aictrl_keeps_what_is_written() {
    let mut b = Bench::ready();
    b.put(reg::AICTRL1, 0xABAD);
    b.put(reg::AICTRL2, 0x7E57);
    assert_eq!((b.get(reg::AICTRL1), b.get(reg::AICTRL2)), (0xABAD, 0x7E57));
}

/// (O: baldram's testComm).
#[test]
fn oracle_26_vol_reads_back_every_value() {
    let mut b = Bench::ready();
    for value in (0..=0xFFFE).step_by(3) {
        b.put(reg::VOL, value);
        assert_eq!((b.get(reg::VOL), b.get(reg::VOL)), (value, value));
    }
    b.expect_no_findings();
}

/// (D: "SCI_CLOCKF"). Until DREQ rises CLKI is 1.0 x.
#[test]
fn oracle_27_clockf_takes_effect_when_dreq_rises() {
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

/// (D: "SCI_CLOCKF"): SC_FREQ for 12 MHz.
#[test]
fn oracle_28_a_12_megahertz_crystal_gives_42_megahertz() {
    let mut b = Bench::ready_with(Config { xtali_hz: 12_000_000, ..Config::default() });
    b.put(reg::CLOCKF, 0x8BE8);
    assert_eq!(b.chip().view().clki_hz, 42_000_000);
    b.play(&mp3(4));
    assert_eq!(b.chip().view().sample_rate_hz, 48_000, "and the right pitch");
    b.expect_no_findings();
}

/// (I, knobs `boot_xtali`, `soft_reset_*`) and the table of what survives.
#[test]
fn oracle_29_a_software_reset_keeps_settings_and_clears_the_stream() {
    let other = Config {
        boot_xtali: 50_000,
        soft_reset_clockf: true,
        soft_reset_bass: true,
        soft_reset_audata: true,
        ..Config::default()
    };
    for (config, clockf, bass, audata, us) in
        [(Config::default(), 0x8800, 0x0F0F, 0, 1790), (other, 0, 0, 0xBB81, 4069)]
    {
        let mut b = Bench::ready_with(config);
        b.put(reg::VOL, 0x1234);
        b.put(reg::BASS, 0x0F0F);
        b.put(reg::DECODE_TIME, 77);
        b.put(reg::AICTRL0, 0xABCD);
        b.wram(0x1E04, &[1]);
        b.play(&mp3(4));
        b.dreq_edges();
        b.write(reg::MODE, 0x0804);
        let written = b.now();
        b.until_dreq(false);
        assert!(b.now().since(written) < Span::from_ns(3_300));
        assert_eq!(b.chip().read_register(reg::MODE, written, 0), 0x0804, "SM_RESET shows until it is done");
        b.until_dreq(true);
        let took = b.now().since(written).as_ps() / 1_000_000;
        assert!(took.abs_diff(us) <= 2, "{took} us");
        assert_eq!(b.get(reg::MODE), 0x0800);
        assert_eq!((b.get(reg::VOL), b.get(reg::AICTRL0)), (0x1234, 0xABCD));
        assert_eq!((b.get(reg::CLOCKF), b.get(reg::BASS), b.get(reg::AUDATA)), (clockf, bass, audata));
        assert_eq!((b.get(reg::DECODE_TIME), b.get(reg::HDAT0), b.get(reg::HDAT1)), (0, 0, 0));
        assert_eq!(b.wram_read(0x1E04), [0]);
        assert_eq!((b.chip().view().fifo_bytes, b.chip().view().audio_frames), (0, 0));
        b.expect_no_findings();
    }
}

/// (I, knob `power_down_bits`).
#[test]
fn oracle_30_vol_0xffff_shows_the_analog_part_off() {
    for (power_down_bits, shown) in [(false, 0x0C), (true, 0)] {
        let mut b = Bench::ready_with(Config { power_down_bits, ..Config::default() });
        b.wait(Span::from_ms(100));
        b.put(reg::VOL, 0xFFFF);
        assert_eq!(b.get(reg::STATUS) & 0x0C, shown);
        b.put(reg::VOL, 0x2828);
        assert_eq!(b.get(reg::STATUS) & 0x0C, 0);
    }
}

/// (D: erratum in VLSI's patches, list of fixes).
#[test]
fn oracle_31_a_write_to_vol_clears_the_reference() {
    let mut b = Bench::ready();
    b.wait(Span::from_ms(100));
    b.put(reg::STATUS, 0x0041);
    b.put(reg::VOL, 0x2020);
    assert_eq!(b.get(reg::STATUS), 0x0040);
    assert_eq!(b.findings(), ["status-bits-lost"]);
}

/// (D: "DAC Registers").
#[test]
fn oracle_32_dac_vol_follows_vol() {
    let mut b = Bench::ready();
    b.put(reg::VOL, 0x2424);
    assert_eq!(b.wram_read(0xC045), [0x0303]);
    b.put(reg::VOL, 0x0101);
    assert_eq!(b.wram_read(0xC045), [0xB1B1]);
}

/// (D: "SCI_WRAMADDR"): two words an instruction, high half first.
#[test]
fn oracle_33_instruction_memory_reads_back() {
    let mut b = Bench::ready();
    b.wram(0x8050, &[0x1111, 0x2222, 0x3333, 0x4444]);
    assert_eq!(b.get(reg::WRAMADDR), 0x8052);
    assert_eq!(b.wram_read(0x8050), [0x1111, 0x2222, 0x3333, 0x4444]);
}

/// (D: "SCI_WRAMADDR").
#[test]
fn oracle_34_high_y_memory_reads_back() {
    let mut b = Bench::ready();
    b.wram(0xFAB3, &[0x5A5A]);
    assert_eq!(b.wram_read(0xFAB3), [0x5A5A]);
}

/// (D: "GPIO").
#[test]
fn oracle_35_gpio_pins_follow_their_registers() {
    let mut b = Bench::ready();
    b.wram(0xC017, &[0x0002]);
    b.wram(0xC019, &[0x0002]);
    assert!(b.level(PinId(GPIO0.0 + 1)));
    assert_eq!(b.wram_read::<1>(0xC018)[0] & 0xFF, 0x02);
}

/// (O: forum; WRAMADDR counts on in peripheral space too).
#[test]
fn oracle_36_three_words_set_ddr_idata_and_odata() {
    let mut b = Bench::ready();
    b.wram(0xC017, &[3, 0, 2]);
    assert_eq!((b.wram_read(0xC017), b.wram_read(0xC019)), ([3], [2]));
}

/// (D: "Registers of the DSP").
#[test]
fn oracle_37_the_dsp_sees_dreq() {
    let mut b = Bench::ready();
    assert_eq!(b.wram_read(0xC012), [1]);
    b.play(&mp3(20)[..6 * 1024]);
    while b.level(DREQ) {
        b.sdi(&[0x55; 32]);
    }
    b.write(reg::WRAMADDR, 0xC012);
    b.wait(Span::from_us(10));
    assert_eq!(b.read_now(reg::WRAM), 0);
}

/// (I, knob `soft_reset_gpio`).
#[test]
fn oracle_38_i2s_registers_read_back_until_a_software_reset() {
    for (soft_reset_gpio, after) in [(false, (0, 0)), (true, (0x00F0, 0x000C))] {
        let mut b = Bench::ready_with(Config { soft_reset_gpio, ..Config::default() });
        b.wram(0xC017, &[0x00F0]);
        b.wram(0xC040, &[0x000C]);
        assert_eq!((b.wram_read(0xC017), b.wram_read(0xC040)), ([0x00F0], [0x000C]));
        assert_eq!(b.findings(), ["vs1053-i2s"]);
        b.put(reg::MODE, 0x0804);
        assert_eq!((b.wram_read(0xC017), b.wram_read(0xC040)), ([after.0], [after.1]));
    }
}
