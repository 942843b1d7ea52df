//! A driver's duties are tallied as done by what does them, and as not done by what leaves them out (VS1053b datasheet v1.33,
//! chapters 7 to 10).

use super::super::*;
use super::bench::Bench;
use super::fake::mp3;

fn tally(b: &mut Bench, duty: Duty) -> (u64, u64) {
    let conduct = b.report().conduct;
    let tally = conduct.of(duty);
    assert_eq!(tally.broken > 0, tally.first_broken.is_some());
    assert_eq!(tally.kept > 0, tally.first_kept.is_some());
    (tally.kept, tally.broken)
}

/// A chip that has played a short file with nothing but data so far.
fn fed() -> Bench {
    let mut b = Bench::ready();
    b.play(&mp3(10));
    b
}

#[test]
fn a_driver_that_does_as_the_datasheet_says_has_no_duty_against_it() {
    let mut b = Bench::off();
    b.wait(Span::from_us(10));
    b.set(XRESET, true);
    b.until_dreq(true);
    b.put(reg::CLOCKF, 0x8800);
    b.put(reg::VOL, 0x2020);
    b.put(reg::DECODE_TIME, 0);
    b.put(reg::DECODE_TIME, 0);
    b.sdi_half = Span::from_ns(50);
    b.play(&mp3(10));
    b.finish();
    assert_eq!((b.get(reg::HDAT0), b.get(reg::HDAT1)), (0, 0));
    b.play_out();
    let conduct = b.report().conduct;
    for duty in Duty::ALL {
        let wanted = !matches!(duty, Duty::CancelFill | Duty::SineStop);
        let tally = conduct.of(duty);
        assert_eq!((tally.kept > 0, tally.broken), (wanted, 0), "{duty:?}: {tally:?}");
    }
}

#[test]
fn a_file_without_its_fill_is_told_of_when_the_chip_is_idle() {
    let mut b = fed();
    assert_eq!(tally(&mut b, Duty::EndFill), (0, 0), "it still plays");
    b.play(&[0; 100]);
    b.play_out();
    assert_eq!(tally(&mut b, Duty::EndFill), (0, 1));
    let conduct = b.report().conduct;
    assert!(conduct.of(Duty::EndFill).first_broken.as_ref().unwrap().detail.contains("2052"));
}

/// O: Adafruit_VS1053_Library sends a file and no more, and its sine test begins with a reset.
#[test]
fn a_reset_does_not_end_a_file_that_was_left() {
    let mut b = fed();
    b.play_out();
    b.write(reg::MODE, 0x4804);
    b.settle_sci();
    assert_eq!(tally(&mut b, Duty::EndFill), (0, 1));
    let mut b = fed();
    b.write(reg::MODE, 0x4804);
    b.settle_sci();
    b.play_out();
    assert_eq!(tally(&mut b, Duty::EndFill), (0, 0), "it was still playing: it was given up");
}

#[test]
fn a_file_with_its_fill_wants_sm_cancel_as_well() {
    let mut b = fed();
    b.play(&[0; 2060]);
    b.play_out();
    assert_eq!((tally(&mut b, Duty::EndFill), tally(&mut b, Duty::Cancel)), ((1, 0), (0, 1)));
}

#[test]
fn fill_without_a_look_at_its_byte_is_told_of() {
    let mut b = fed();
    b.play(&[0; 2052]);
    b.cancel(0);
    assert_eq!((tally(&mut b, Duty::EndFill), tally(&mut b, Duty::FillByte)), ((1, 0), (0, 1)));
}

#[test]
fn a_cancelled_file_wants_its_fill_afterwards() {
    for (fill, expected) in [(2052, (1, 0)), (2051, (0, 1))] {
        let mut b = fed();
        b.cancel(0x55);
        b.play(&vec![0; fill]);
        b.play_out();
        assert_eq!(tally(&mut b, Duty::Cancel), (1, 0));
        assert_eq!(tally(&mut b, Duty::CancelFill), expected, "{fill} bytes");
    }
}

/// O: Adafruit's stopPlaying sets SM_CANCEL and overwrites MODE later.
#[test]
fn sm_cancel_that_is_taken_back_is_no_cancel() {
    let mut b = fed();
    b.put(reg::MODE, 0x4808);
    b.put(reg::MODE, 0x4800);
    assert_eq!(tally(&mut b, Duty::Cancel), (0, 1));
}

#[test]
fn sm_cancel_that_nobody_looks_at_again_is_told_of() {
    let mut b = fed();
    b.put(reg::MODE, 0x4808);
    b.play(&[0; 64]);
    b.play_out();
    assert_eq!(tally(&mut b, Duty::Cancel), (0, 1));
    b.play(&[0; 2048]);
    assert_eq!(tally(&mut b, Duty::Cancel), (0, 1), "2048 bytes are the limit");
}

/// O: libdriver cancels before each file.
#[test]
fn sm_cancel_without_a_file_asks_for_nothing() {
    let mut b = Bench::ready();
    b.cancel(0);
    b.play_out();
    assert_eq!((tally(&mut b, Duty::Cancel), tally(&mut b, Duty::Idle)), ((0, 0), (0, 0)));
}

#[test]
fn a_file_wants_a_look_at_hdat_after_it() {
    let mut b = fed();
    b.finish();
    b.get(reg::HDAT0);
    b.play_out();
    assert_eq!(tally(&mut b, Duty::Idle), (0, 1), "HDAT1 was not read");
    b.get(reg::HDAT1);
    assert_eq!(tally(&mut b, Duty::Idle), (1, 0));
}

#[test]
fn a_block_begins_with_dreq_high() {
    let mut b = Bench::ready();
    let song = mp3(40);
    let mut chunks = song.chunks(32);
    while b.level(DREQ) {
        b.sdi(chunks.next().expect("the song is longer"));
    }
    assert_eq!(tally(&mut b, Duty::SdiReady).1, 0);
    b.sdi(&[0x55; 32]);
    assert_eq!(tally(&mut b, Duty::SdiReady).1, 1);
    let conduct = b.report().conduct;
    assert!(conduct.of(Duty::SdiReady).first_broken.as_ref().unwrap().detail.contains("no room"));
}

/// D, "Data Request Pin DREQ": SCI may be used while the FIFO is full, but not before the operation before has been executed.
#[test]
fn an_operation_waits_for_the_one_before_and_for_nothing_else() {
    let mut b = Bench::ready();
    let song = mp3(40);
    let mut chunks = song.chunks(32);
    while b.level(DREQ) {
        b.sdi(chunks.next().expect("the song is longer"));
    }
    b.sci_half = Span::from_ns(100);
    let before = tally(&mut b, Duty::SciReady);
    b.read_now(reg::MODE);
    assert_eq!(tally(&mut b, Duty::SciReady), (before.0 + 1, before.1));
    b.read_now(reg::MODE);
    assert_eq!(tally(&mut b, Duty::SciReady), (before.0 + 1, before.1 + 1), "50 CLKI are 1.2 us");
    b.sdi(&[0x55; 2]);
    let conduct = b.report().conduct;
    assert!(conduct.of(Duty::SdiReady).first_broken.as_ref().unwrap().detail.contains("being executed"));
}

#[test]
fn decode_time_is_written_twice_or_told_of() {
    let mut b = Bench::ready();
    b.put(reg::DECODE_TIME, 0);
    b.put(reg::DECODE_TIME, 0);
    assert_eq!(tally(&mut b, Duty::DecodeTime), (1, 0));
    b.put(reg::DECODE_TIME, 0);
    b.sdi(&[0; 2]);
    assert_eq!(tally(&mut b, Duty::DecodeTime), (1, 1));
}

#[test]
fn clock_and_volume_are_wanted_before_a_stream_and_a_software_reset_keeps_them() {
    let mut b = Bench::off();
    b.wait(Span::from_us(10));
    b.set(XRESET, true);
    b.until_dreq(true);
    b.play(&mp3(4));
    assert_eq!((tally(&mut b, Duty::Clock), tally(&mut b, Duty::Volume)), ((0, 1), (0, 1)));
    b.put(reg::VOL, 0x1010);
    b.put(reg::CLOCKF, 0x8800);
    b.write(reg::MODE, 0x4804);
    b.settle_sci();
    b.play(&mp3(4));
    assert_eq!((tally(&mut b, Duty::Clock), tally(&mut b, Duty::Volume)), ((1, 1), (1, 1)));
}

#[test]
fn a_reset_pulse_and_the_stop_of_a_sine_count() {
    let mut b = Bench::ready();
    b.set(XRESET, false);
    b.wait(Span::from_ns(50));
    b.set(XRESET, true);
    b.until_dreq(true);
    b.set(XRESET, false);
    b.wait(Span::from_us(2));
    b.set(XRESET, true);
    b.until_dreq(true);
    assert_eq!(tally(&mut b, Duty::ResetPulse), (2, 1), "the first was the release after power-on");
    b.sdi_half = Span::from_ns(500);
    b.put(reg::MODE, 0x4820);
    b.sdi(&[0x53, 0xEF, 0x6E, 0x44, 0, 0, 0, 0]);
    b.sdi(&[0x45, 0x78, 0x69, 0x74, 0, 0, 0, 0]);
    assert_eq!(tally(&mut b, Duty::SineStop), (1, 0));
}
