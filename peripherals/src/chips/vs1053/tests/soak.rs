//! Long runs: what is kept stays the same, and time does not drift.

use super::super::*;
use super::bench::Bench;
use super::fake::mp3;
use crate::kernel::Rate;

const HOURS: usize = 10;
const SONGS_AN_HOUR: u64 = 6;

/// A short song every ten minutes, each with its end fill, an SM_CANCEL and an SCI operation that is cut short.
#[test]
fn ten_hours_leave_no_drift_and_keep_no_more_than_one_hour() {
    let mut b = Bench::ready();
    let rate = Rate::new(48_000);
    let (mut first, mut frames) = (None, 0);
    let mut kept = Vec::new();
    for _ in 0..HOURS {
        for _ in 0..SONGS_AN_HOUR {
            b.play(&mp3(4));
            b.finish();
            b.select_sci();
            b.sci_bits(0, 5);
            b.deselect_sci();
            b.wait(Span::from_ms(600_000));
        }
        for block in b.heard.drain(..) {
            let epoch = *first.get_or_insert(block.start);
            assert_eq!((block.start, block.rate_hz), (epoch + rate.span(frames), 48_000), "after {frames} samples");
            frames += block.frames;
        }
        b.dreq_edges();
        kept.push(format!("{:?}", b.fabric.world).len());
    }
    assert!(frames > (HOURS as u64 - 1) * 3600 * 48_000, "{frames} samples");
    assert_eq!(b.report().streams.len() as u64, HOURS as u64 * SONGS_AN_HOUR);
    // Written out, counts and times grow by a digit now and then.
    let growth = kept[HOURS - 1] - kept[0];
    assert!(growth < 100, "wires, alarms and findings written out: {kept:?} characters");
}

/// Firmware that plays for ever without anybody looking: the list of streams ends, and what is over is counted.
#[test]
fn the_list_of_streams_is_bounded() {
    let mut b = Bench::ready_with(Config { decode_pace: 64, ..Config::default() });
    b.wram(0x1E29, &[0]); // lengths in headers count
    let wav = [
        b"RIFF\xFF\xFF\xFF\xFFWAVEfmt \x10\0\0\0\x01\0\x02\0\x80\xBB\0\0\0\0\0\0\x04\0\x10\0data\x08\0\0\0",
        &[1; 8][..],
    ];
    for _ in 0..300 {
        b.play(&wav.concat());
        b.play(&[0; 64]);
    }
    b.play_out();
    let report = b.report();
    assert_eq!(report.streams.len() as u64 + report.unlisted_streams, 300, "each is listed or counted");
    assert_eq!(report.streams.len(), 256);
}
