//! Every rule is drawn by what breaks it and not by what comes close. What other files hold to already is not here: the last test
//! sees to it that no rule is forgotten.

use super::super::lints::LINTS;
use super::super::*;
use super::bench::Bench;
use super::fake::{mp3, wav};
use crate::kernel::Kind;

type Act = fn(&mut Bench);

/// `name` is drawn by `wrong` and not by `right`, on a chip that is ready.
#[track_caller]
fn drawn(name: &str, wrong: Act, right: Act) {
    drawn_on(Config::default(), name, wrong, right);
}

#[track_caller]
fn drawn_on(config: Config, name: &str, wrong: Act, right: Act) {
    for (act, expected) in [(wrong, true), (right, false)] {
        let mut b = Bench::ready_with(config.clone());
        act(&mut b);
        assert_eq!(b.findings().contains(&name), expected, "{name}: {:?}", b.findings());
    }
}

/// Fills the FIFO until DREQ falls.
fn brim(b: &mut Bench) {
    let song = mp3(40);
    let mut chunks = song.chunks(32);
    while b.level(DREQ) {
        b.sdi(chunks.next().expect("the song is longer"));
    }
}

#[test]
fn a_block_in_which_dreq_fell_may_not_go_on() {
    let block = |bytes: usize| {
        let mut b = Bench::ready();
        let song = mp3(40);
        let mut sent = 0;
        // Blocks of 30 bytes leave DREQ to fall inside the next one.
        while b.chip().view().fifo_bytes < 2000 {
            b.sdi(&song[sent..sent + 2]);
            sent += 2;
        }
        b.sdi(&vec![0x55; bytes]);
        b.findings()
    };
    assert!(block(64).contains(&"sdi-block-too-long"));
    assert_eq!(block(32), [""; 0]);
}

#[test]
fn data_while_dreq_is_low_is_told_of() {
    drawn(
        "sdi-while-dreq-low",
        |b| {
            brim(b);
            (0..3).for_each(|_| b.sdi(&[0x55; 32]));
        },
        |b| {
            brim(b);
            b.until_dreq(true);
            (0..3).for_each(|_| b.play(&[0x55; 32]));
        },
    );
}

/// O, bearsh/vs1053: single bytes under XDCS pulses may go on after DREQ fell, as long as they are the 32 of one look.
#[test]
fn the_rest_of_32_single_bytes_is_no_data_while_dreq_is_low() {
    fn single_bytes(b: &mut Bench) {
        let song = mp3(40);
        let mut chunks = song.chunks(32);
        while b.level(DREQ) {
            chunks.next().expect("the song is longer").iter().for_each(|&byte| b.sdi(&[byte]));
        }
    }
    drawn(
        "sdi-while-dreq-low",
        |b| {
            single_bytes(b);
            (0..34).for_each(|_| b.sdi(&[0x55]));
        },
        single_bytes,
    );
}

#[test]
fn audio_data_under_xcs_are_told_of() {
    let under_xcs = |bytes: &[u8]| {
        let mut b = Bench::ready();
        b.select_sci();
        bytes.iter().for_each(|&byte| {
            b.sci_bits(byte.into(), 8);
        });
        b.deselect_sci();
        b.findings()
    };
    assert!(under_xcs(&mp3(1)[..32]).contains(&"sdi-under-xcs"));
    assert_eq!(under_xcs(&[0xFF; 4]), ["sci-unknown-opcode"]);
}

/// VLSI's sample code sets SM_SDISHARE by default.
#[test]
fn xdcs_under_sm_sdishare_is_told_of() {
    drawn(
        "sdishare-with-xdcs",
        |b| {
            b.put(reg::MODE, 0x4C00);
            b.sdi(&[0; 32]);
            b.get(reg::STATUS);
            b.set(XDCS, false);
            b.get(reg::STATUS);
        },
        |b| {
            b.put(reg::MODE, 0x4C00);
            b.sdi_bytes(&[0; 32]);
            b.get(reg::STATUS);
        },
    );
}

/// O, baldram/ESP_VS1053_Library, pull request 99: nothing drains the FIFO here, at a rate of a few hertz.
#[test]
fn a_wait_for_dreq_with_xcs_low_is_told_of_when_the_fifo_is_full() {
    fn stuck(b: &mut Bench) {
        b.play(&wav(8000, u32::MAX, &[5; 100]));
        b.put(reg::AUDATA, 0x0010);
        for _ in 0..600 {
            if b.level(DREQ) { b.sdi(&[0x55; 32]) } else { b.wait(Span::from_ms(1)) }
        }
        assert!(!b.level(DREQ));
    }
    drawn(
        "dreq-wait-with-xcs-low",
        |b| {
            stuck(b);
            b.select_sci();
            b.sci_bits(0x020B_1010, 32);
            b.wait(Span::from_ms(200));
        },
        |b| {
            stuck(b);
            b.write(reg::VOL, 0x1010);
            b.wait(Span::from_ms(200));
        },
    );
    drawn_on(
        Config { xcs_wait_ms: 300, ..Config::default() },
        "dreq-wait-with-xcs-low",
        |b| {
            stuck(b);
            b.select_sci();
            b.sci_bits(0x020B_1010, 32);
            b.wait(Span::from_ms(301));
        },
        |b| {
            stuck(b);
            b.select_sci();
            b.sci_bits(0x020B_1010, 32);
            b.wait(Span::from_ms(299));
        },
    );
}

#[test]
fn sc_freq_that_tells_another_crystal_is_told_of_when_something_plays() {
    drawn(
        "clockf-wrong-crystal",
        |b| {
            b.put(reg::CLOCKF, 0x8BE8);
            b.play(&mp3(4));
        },
        |b| {
            b.put(reg::CLOCKF, 0x8C30);
            b.play(&mp3(4));
        },
    );
}

/// And it plays too fast by as much: the chip believes in 12 MHz.
#[test]
fn a_wrong_sc_freq_is_heard() {
    let mut b = Bench::ready();
    b.put(reg::CLOCKF, 0x8BE8);
    b.play(&mp3(4));
    assert_eq!((b.get(reg::AUDATA), b.chip().view().sample_rate_hz), (0xBB81, 49_152));
}

#[test]
fn a_clock_that_is_too_low_is_told_of() {
    drawn(
        "clock-too-low",
        |b| {
            b.put(reg::CLOCKF, 0);
            b.sdi_half = Span::from_ns(200);
            b.play(&mp3(4));
        },
        |b| {
            b.put(reg::CLOCKF, 0x2000);
            b.sdi_half = Span::from_ns(100);
            b.play(&mp3(4));
        },
    );
}

/// The needs are knobs; so is what comes of a shortage.
#[test]
fn a_shortage_of_clock_may_be_heard() {
    let song = mp3(60);
    let play = |config: Config| {
        let mut b = Bench::ready_with(config);
        b.put(reg::CLOCKF, 0);
        b.sdi_half = Span::from_ns(200);
        b.play(&song);
        b.finish();
        b.play_out();
        (b.report().underruns.count > 10, b.findings().contains(&"clock-too-low"))
    };
    assert_eq!(play(Config::default()), (false, true));
    assert_eq!(play(Config { clock_shortage: true, ..Config::default() }), (true, true));
    assert_eq!(play(Config { clock_shortage: true, clock_min_mp3: 10, ..Config::default() }), (false, false));
}

#[test]
fn a_stream_with_the_analog_part_off_is_told_of() {
    drawn(
        "vol-power-down",
        |b| {
            b.put(reg::VOL, 0xFFFF);
            b.play(&mp3(4));
        },
        |b| {
            b.put(reg::VOL, 0xFFFF);
            b.put(reg::VOL, 0xFEFE);
            b.play(&mp3(4));
        },
    );
}

#[test]
fn a_constant_that_forgets_a_setting_is_noted() {
    drawn(
        "mode-bits-lost",
        |b| {
            b.put(reg::MODE, 0x4802);
            b.put(reg::MODE, 0x4808);
        },
        |b| {
            b.put(reg::MODE, 0x4802);
            b.put(reg::MODE, 0x480A);
        },
    );
}

/// O, urish/aramcon-badge.
#[test]
fn a_slip_in_the_stop_sequence_is_told_of() {
    fn tone(b: &mut Bench, stop: u8) {
        b.put(reg::MODE, 0x4820);
        b.sdi(&[0x53, 0xEF, 0x6E, 0x44, 0, 0, 0, 0]);
        b.sdi(&[0x45, 0x78, 0x69, stop, 0, 0, 0, 0]);
    }
    drawn("sine-stop-typo", |b| tone(b, 0x4A), |b| tone(b, 0x74));
}

/// Boots with pins pulled up.
fn booted_with(pins: &[PinId]) -> Bench {
    let mut b = Bench::with(Config::default(), pins);
    b.set(XRESET, true);
    b.until_dreq(true);
    b
}

/// D, "SPI Boot", "Real-Time MIDI": GPIO0 counts before GPIO1.
#[test]
fn the_pins_say_how_it_boots() {
    let gpio1 = PinId(GPIO0.0 + 1);
    assert_eq!(booted_with(&[]).findings(), [""; 0]);
    assert_eq!(booted_with(&[gpio1]).findings(), ["midi-boot"]);
    for pins in [&[GPIO0][..], &[GPIO0, gpio1]] {
        let mut b = Bench::with(Config::default(), pins);
        b.set(XRESET, true);
        b.wait(Span::from_ms(5));
        assert_eq!(b.findings(), ["spi-boot"]);
        assert_ne!(b.get(reg::AUDATA), 0xAC45, "without a memory it goes on as a decoder");
    }
}

/// D, "Real-Time MIDI": GPIO2 and GPIO3 set the EarSpeaker.
#[test]
fn midi_boot_takes_the_ear_speaker_from_the_pins() {
    let mut b = booted_with(&[PinId(GPIO0.0 + 1), DCLK, SDATA]);
    assert_eq!(b.get(reg::MODE), 0x4890);
}

#[test]
fn code_that_was_not_loaded_cannot_start() {
    drawn(
        "application-missing",
        |b| b.put(reg::AIADDR, 0x0050),
        |b| {
            b.wram(0x8050, &[1, 2]);
            b.put(reg::AIADDR, 0x0050);
        },
    );
}

#[test]
fn latm_without_its_patch_is_told_of() {
    drawn(
        "missing-patch",
        |b| b.play(&[&[0x56, 0xE1][..], &[0x22; 100]].concat()),
        |b| b.play(&[&[0xFF, 0xF1][..], &[0x22; 100]].concat()),
    );
}

/// Gotcha of reading 0x0000 or 0xFFFF for everything: no supply.
#[test]
fn a_chip_without_supply_gives_what_miso_is_pulled_to() {
    for (pulls, read) in [(&[][..], 0x0000), (&[SO], 0xFFFF)] {
        let mut b = Bench::with(Config { unpowered: true, ..Config::default() }, pulls);
        b.set(XRESET, true);
        b.wait(Span::from_ms(10));
        assert!(!b.level(DREQ));
        assert_eq!(b.read_now(reg::STATUS), read);
        assert!(b.chip().quiet());
        assert_eq!(b.findings(), ["vs1053-unpowered"]);
    }
    assert!(!Bench::ready().findings().contains(&"vs1053-unpowered"));
}

/// The wrong part: a VS1003 says 3.
#[test]
fn the_version_is_a_knob() {
    let mut b = Bench::ready_with(Config { version: 3, ..Config::default() });
    assert_eq!(b.get(reg::STATUS) & 0xF0, 0x30);
}

#[test]
fn i2s_and_the_pin_test_are_gaps() {
    drawn("vs1053-i2s", |b| b.wram(0xC040, &[0x000C]), |b| b.wram(0xC040, &[0x0008]));
    drawn(
        "vs1053-sdi-test",
        |b| {
            b.put(reg::MODE, 0x4820);
            b.sdi(&[0x50, 0xED, 0x6E, 0x54, 0, 0, 0, 0]);
        },
        |b| {
            b.put(reg::MODE, 0x4820);
            b.sdi(&[0x50, 0xED, 0x6E, 0x54, 0, 0, 0, 1]);
        },
    );
}

/// (D: "SCI Timing Diagram"): tXCSS is 5 ns.
#[test]
fn the_first_clock_may_not_come_with_the_select() {
    let clock_after = |ns: u64| {
        let mut b = Bench::ready();
        b.wait(Span::from_us(1));
        b.set(SI, false);
        b.set(XDCS, false);
        b.wait(Span::from_ns(ns));
        b.set(SCLK, true);
        b.findings()
    };
    assert_eq!(clock_after(4), ["select-timing"]);
    assert_eq!(clock_after(5), [""; 0]);
}

#[test]
fn no_rule_is_without_a_test() {
    let tests = [
        include_str!("aac.rs"),
        include_str!("bus.rs"),
        include_str!("dreq.rs"),
        include_str!("lints.rs"),
        include_str!("midi.rs"),
        include_str!("ogg.rs"),
        include_str!("registers.rs"),
        include_str!("reset.rs"),
        include_str!("sound.rs"),
        include_str!("recording.rs"),
        include_str!("streams.rs"),
        include_str!("variant.rs"),
        include_str!("oracles/application.rs"),
        include_str!("oracles/bus.rs"),
        include_str!("oracles/playback.rs"),
        include_str!("oracles/registers.rs"),
        include_str!("oracles/reset.rs"),
    ];
    for lint in LINTS {
        let quoted = format!("\"{}\"", lint.name);
        assert!(tests.iter().any(|t| t.contains(&quoted)), "{quoted} is drawn by no test");
        assert!(lint.kind == Kind::Gap || !lint.help.is_empty(), "{quoted} says how to mend it");
    }
}
