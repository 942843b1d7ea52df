//! DREQ and the FIFO.

use super::super::*;
use super::bench::{Bench, NOTICE};
use super::fake::mp3;

/// Fresh from reset, at 1.0 x.
fn slow() -> Bench {
    let mut b = Bench::off();
    b.set(XRESET, true);
    b.until_dreq(true);
    b.dreq_edges();
    b
}

/// D, "SCI Multiple Write": every word has its pulse (bimac/Teensy_VS1053b waits for both edges after each).
#[test]
fn every_word_of_a_multiple_write_has_its_pulse() {
    let mut b = Bench::ready();
    b.put(reg::WRAMADDR, 0x1800);
    b.dreq_edges();
    b.select_sci();
    b.sci_bits(0x0206_0001, 32);
    for word in 2..5 {
        b.settle_sci();
        b.sci_bits(word, 16);
    }
    b.settle_sci();
    b.deselect_sci();
    let levels: Vec<bool> = b.dreq_edges().into_iter().map(|(_, level)| level).collect();
    assert_eq!(levels, [false, true, false, true, false, true, false, true]);
}

/// D, "SCI Registers": an operation that ends before the one before was executed may be lost.
#[test]
fn sci_without_waiting_is_named_and_works() {
    let mut b = slow();
    b.sci_half = Span::from_ns(200);
    b.write(reg::CLOCKF, 0x8800);
    b.write(reg::VOL, 0x3030);
    b.settle_sci();
    assert_eq!(b.get(reg::VOL), 0x3030);
    assert!(b.findings().contains(&"sci-while-busy"), "{:?}", b.findings());
}

/// peterhinch/micropython-vs1053: DREQ comes back with about a third of the FIFO free; a knob.
#[test]
fn dreq_rises_when_a_third_of_the_fifo_is_free() {
    for rise in [640, 1000] {
        let mut b = Bench::ready_with(Config { dreq_rise_free: rise, ..Config::default() });
        let song = mp3(30);
        let mut chunks = song.chunks(32);
        while b.level(DREQ) {
            b.sdi(chunks.next().expect("the song is longer"));
        }
        b.until_dreq(true);
        let free = 2048 - b.chip().view().fifo_bytes as u32;
        assert!((rise..rise + 16).contains(&free), "{free} of {rise}");
    }
}

/// O, Adafruit_VS1053_Library issue 34: about 3520 bytes go in before DREQ falls for the first time, from a card at some 100 kB/s.
#[test]
fn more_than_the_fifo_goes_in_before_dreq_falls() {
    let mut b = Bench::ready();
    let song = mp3(20);
    let mut sent = 0;
    while b.level(DREQ) {
        b.sdi(&song[sent..sent + 32]);
        b.wait(Span::from_us(300));
        sent += 32;
    }
    assert!((2_600..=4_200).contains(&sent), "{sent}");
}

/// 33 bytes at every look: less than the margin is left over, and at some point it is gone.
#[test]
fn an_overrun_is_denied_and_counted() {
    let mut b = Bench::ready();
    b.sdi(&mp3(20));
    let r = b.report();
    assert!(r.fifo.overrun_bytes > 0 && r.fifo.max_bytes == 2048, "{:?}", r.fifo);
    let finding = b.fabric.world.findings.named("sdi-overrun").expect("it is told");
    assert_eq!((finding.lint.level, finding.count * 2), (crate::kernel::LintLevel::Deny, r.fifo.overrun_bytes));
}

/// O, baldram/ESP_VS1053_Library PR 99: XCS low until DREQ rises; with the FIFO full that is when the decoder has drained it.
#[test]
fn with_a_full_fifo_an_sci_operation_leaves_dreq_low() {
    let mut b = Bench::ready();
    b.play(&mp3(20)[..6 * 1024]);
    while b.level(DREQ) {
        b.sdi(&[0x55; 32]);
    }
    b.dreq_edges();
    b.write(reg::VOL, 0x1010);
    b.wait(NOTICE + Span::from_us(10));
    assert_eq!(b.dreq_edges(), []);
    b.until_dreq(true);
    assert_eq!(b.get(reg::VOL), 0x1010);
}

/// Undocumented: SCI that comes too early, during boot or with the FIFO full, works or is lost.
#[test]
fn sci_at_a_bad_time_is_a_knob() {
    for lost in [false, true] {
        let vol = if lost { 0 } else { 0x3030 };
        let mut b = Bench::with(Config { sci_while_busy: lost, ..Config::default() }, &[]);
        b.set(XRESET, true);
        b.until_dreq(true);
        b.sci_half = Span::from_ns(200);
        b.write(reg::CLOCKF, 0x8800);
        b.write(reg::VOL, 0x3030);
        b.settle_sci();
        assert_eq!(b.get(reg::VOL), vol);

        let mut b = Bench::with(Config { sci_during_boot: lost, ..Config::default() }, &[]);
        b.set(XRESET, true);
        b.write(reg::VOL, 0x3030);
        b.until_dreq(true);
        assert_eq!(b.get(reg::VOL), vol);

        let mut b = Bench::ready_with(Config { sci_while_full: lost, ..Config::default() });
        b.play(&mp3(20)[..6 * 1024]);
        while b.level(DREQ) {
            b.sdi(&[0x55; 32]);
        }
        b.write(reg::VOL, 0x3030);
        b.until_dreq(true);
        assert_eq!(b.get(reg::VOL), vol);
    }
}

/// Undocumented: what is lost in an overrun, the newest or the oldest.
#[test]
fn what_an_overrun_loses_is_a_knob() {
    for (overrun, newest) in [(false, false), (true, true)] {
        let mut b = Bench::ready_with(Config { overrun, ..Config::default() });
        b.put(reg::AUDATA, 0x0010);
        b.sdi(&[&mp3(30)[..], &[0xAB, 0xCD]].concat());
        let r = b.report();
        assert!(r.fifo.overrun_bytes > 0 && r.fifo.max_bytes == 2048, "{:?}", r.fifo);
        assert_eq!(b.chip().fifo.newest() == Some([0xAB, 0xCD]), newest);
    }
}
