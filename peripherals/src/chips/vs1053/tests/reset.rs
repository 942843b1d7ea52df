//! Reset, boot and identity.

use super::super::*;
use super::bench::Bench;

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

/// D, "Switching Characteristics - Boot Initialization": XRESET low for at least 2 XTALI.
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
