//! 70 to 74: application code. The code is made up, and carries the words by which VLSI's packages are told.

use super::super::super::*;
use super::super::bench::Bench;
use super::super::fake::{mp3, sound};

/// Loads instructions, `words` from `start` on and one more at `end`.
pub fn load(b: &mut Bench, start: u16, words: &[u32], end: u16) {
    b.put(reg::WRAMADDR, 0x8000 + start);
    for word in words {
        b.put(reg::WRAM, (word >> 16) as u16);
        b.put(reg::WRAM, *word as u16);
    }
    b.wram(0x8000 + end, &[0x3605, 0xF024]);
}

pub const PATCHES: [u32; 3] = [0x2A00_C000, 0x3E12_B817, 0x3E14_F812];

/// (D: Patches and FLAC Decoder, "VU Meter"): DREQ is low while the patches start; AICTRL3 shows the level before VOL.
#[test]
fn oracle_70_the_patches_start_and_bring_the_vu_meter() {
    for (patch_restart_xtali, patch_aiaddr) in [(22_000, 0x0050), (1_000, 0)] {
        let mut b = Bench::ready_with(Config { patch_restart_xtali, patch_aiaddr, ..Config::default() });
        b.wait(Span::from_ms(100));
        load(&mut b, 0x50, &PATCHES, 0x888);
        b.dreq_edges();
        b.write(reg::AIADDR, 0x0050);
        let written = b.now();
        b.settle_sci();
        let took = b.now().since(written).as_ps() / 1_000_000;
        assert!(took.abs_diff(u64::from(patch_restart_xtali) * 1000 / 12_288) <= 2, "{took} us");
        assert_eq!(b.get(reg::AIADDR), patch_aiaddr as u16);
        assert_eq!(b.wram_read(0x8050), [0x2A00, 0xC000], "VLSI advises to verify it");
        let status = b.get(reg::STATUS);
        b.put(reg::STATUS, status | 0x0200);
        assert_eq!(b.get(reg::STATUS), status | 0x0200);
        assert_eq!(b.get(reg::AICTRL3), 0, "silence");
        b.put(reg::VOL, 0x8080);
        b.play(&mp3(100)[32 * 384..]);
        // Samples of 3300 to 10,000: 20 to 10 dB below full scale.
        let [left, right] = b.get(reg::AICTRL3).to_be_bytes();
        assert!(left == right && (76..=86).contains(&left), "{left} {right}");
        b.expect_no_findings();
    }
}

/// (D: Patches and FLAC Decoder, list of fixes): with the patches SS_REFERENCE_SEL stays.
#[test]
fn oracle_70_with_the_patches_a_write_to_vol_clears_nothing() {
    let mut b = Bench::ready();
    b.wait(Span::from_ms(100));
    load(&mut b, 0x50, &PATCHES, 0x888);
    b.put(reg::AIADDR, 0x0050);
    b.put(reg::STATUS, 0x0141);
    b.put(reg::VOL, 0x2020);
    assert_eq!(b.get(reg::STATUS), 0x0141);
    b.expect_no_findings();
}

/// (D: Patches and FLAC Decoder, list of fixes): with the patches SM_CANCEL inside a header takes SS_DO_NOT_JUMP with it.
#[test]
fn oracle_70_with_the_patches_sm_cancel_clears_do_not_jump() {
    for patched in [false, true] {
        let mut b = Bench::ready();
        if patched {
            load(&mut b, 0x50, &PATCHES, 0x888);
            b.put(reg::AIADDR, 0x0050);
        }
        b.play(b"RIFF\xFF\xFF\xFF\xFFWAVELIST\xFF\xFF\0\0a chunk that goes on");
        b.wait(Span::from_ms(1));
        assert_eq!(b.get(reg::STATUS) >> 15, 1, "inside a header");
        b.cancel(0);
        assert_eq!(b.get(reg::STATUS) >> 15, u16::from(!patched), "patched: {patched}");
    }
}

/// (D: Patches and FLAC Decoder: to be loaded again after any reset).
#[test]
fn oracle_71_a_software_reset_takes_the_patches_away() {
    let mut b = Bench::ready();
    load(&mut b, 0x50, &PATCHES, 0xF8E);
    b.put(reg::AIADDR, 0x0050);
    b.put(reg::STATUS, 0x0240);
    b.put(reg::MODE, 0x0804);
    b.play(&mp3(10));
    b.put(reg::STATUS, 0x0240);
    assert_eq!(b.get(reg::AICTRL3), 0, "no meter");
    b.put(reg::MODE, 0x0804);
    b.play(&[b"fLaC".as_slice(), &[0x22; 100]].concat());
    assert_eq!(b.findings(), ["missing-patch"]);
    b.put(reg::AIADDR, 0x0050);
    assert_eq!(b.findings(), ["missing-patch", "application-missing"], "the code has to be loaded again");
    b.put(reg::AIADDR, 0);
    b.play(&mp3(4));
    b.finish();
    b.play_out();
    assert!(b.channel(false).ends_with(&sound(0..4)));
}

/// (O: drivers that start MIDI without the pins): the mode changes; middle C sounds, and stops.
#[test]
fn oracle_72_the_midi_start_plays_a_note() {
    for (words, end) in [(&[0x0030_0715, 0xB080_3400], 0x59), (&[0x2800_8080, 0x0006_2016], 0x247)] {
        let mut b = Bench::ready();
        load(&mut b, 0x50, words, end);
        b.put(reg::AIADDR, 0x0050);
        assert_eq!(b.get(reg::AUDATA), 0xAC45);
        b.sdi(&[0, 0x90, 0, 0x3C, 0, 0x7F]);
        b.wait(Span::from_ms(10));
        assert!(b.channel(false).ends_with(&[6000; 300]), "the note is on");
        b.sdi(&[0, 0x80, 0, 0x3C, 0, 0]);
        // With the DAC's way to zero.
        b.wait(Span::from_ms(40));
        let heard = b.channel(false).len();
        b.wait(Span::from_ms(10));
        assert!(b.channel(false).len() == heard && b.chip().quiet(), "the note is off");
        b.expect_no_findings();
    }
}

/// (D: Ogg Vorbis Encoder): the plugin is recognised, and a gap by its name.
#[test]
fn oracle_74_ogg_recording_is_a_gap_by_its_name() {
    let mut b = Bench::ready();
    load(&mut b, 0x34, &[0x2A00_33CE], 0xFEA);
    b.put(reg::MODE, 0x5800);
    b.put(reg::AIADDR, 0x0034);
    assert_eq!(b.findings(), ["vs1053-ogg-recording"]);
    assert_eq!(b.get(reg::HDAT1), 0);
}
