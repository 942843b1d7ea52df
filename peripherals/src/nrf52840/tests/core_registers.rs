use super::*;
use crate::cortex_m::Masks;

#[test]
fn the_core_says_what_it_is() {
    let mut b = Bench::new();
    assert_eq!(b.read(0xE000_ED00), 0x410F_C241);
    assert_eq!((b.read(0xE000_ED14), b.read(0xE000_ED0C), b.read(0xE000_ED90)), (0x200, 0xFA05_0000, 0x800));
    assert_eq!(b.lints(), [""; 0]);
}

#[test]
fn cpacr_opens_the_floating_point_unit() {
    let mut b = Bench::new();
    assert_eq!(b.soc.scb().cpacr(), 0);
    b.write(0xE000_ED88, 0xF << 20);
    assert_eq!(b.soc.scb().cpacr(), 0xF << 20);
}

/// What `cortex_m::peripheral::DWT::enable_cycle_counter` does.
#[test]
fn cyccnt_counts_core_cycles() {
    let mut b = Bench::new();
    let demcr = b.read(0xE000_EDFC);
    b.write(0xE000_EDFC, demcr | 1 << 24);
    b.at(100).write(0xE000_1004, 0);
    let control = b.read(0xE000_1000);
    b.at(200).write(0xE000_1000, control | 1);
    assert_eq!(b.at(1234).read(0xE000_1004), 1034);
}

#[test]
fn an_event_with_its_interrupt_on_pends() {
    let mut b = Bench::new();
    b.write(0x4000_0304, 1);
    b.write(0xE000_E100, 1);
    assert!(!b.soc.ppb.nvic.is_waiting());
    b.write(0x4000_0000, 1);
    b.run(Span::from_ms(1));
    assert_eq!(b.soc.ppb.nvic.next(Masks::default()), Some(16));
    assert_eq!(b.read(0xE000_E200), 1);
    assert_eq!(b.read(0xE000_ED04), 1 << 22 | 16 << 12);
    assert_eq!(b.lints(), [""; 0]);
}

#[test]
fn systick_pends_its_exception_when_it_reaches_zero() {
    let mut b = Bench::new();
    b.write(0xE000_E014, 63_999);
    b.write(0xE000_E010, 7);
    b.run(Span::from_us(999));
    assert!(!b.soc.ppb.nvic.is_waiting());
    b.run(Span::from_us(2));
    assert_eq!(b.soc.ppb.nvic.next(Masks::default()), Some(15));
    assert_ne!(b.read(0xE000_ED04) & 1 << 26, 0);
}

/// ARMv7-M ARM, B3.4.8: STIR takes the number of the interrupt.
#[test]
fn stir_pends_an_interrupt() {
    let mut b = Bench::new();
    b.write(0xE000_E100, 1 << 20);
    b.write(0xE000_EF00, 20);
    assert_eq!(b.soc.ppb.nvic.next(Masks::default()), Some(36));
    b.write(0xE000_EF00, 0x1FF);
    assert_eq!(b.soc.ppb.nvic.next(Masks::default()), Some(36));
}

/// ARMv7-M ARM, B3.4.3: priorities take byte accesses.
#[test]
fn priorities_are_bytes() {
    let mut b = Bench::new();
    let world = &mut b.fabric.world;
    b.soc.write(0xE000_E402, Width::Byte, 0xFF, world).expect("mapped");
    b.soc.write(0xE000_E401, Width::Byte, 0x40, world).expect("mapped");
    assert_eq!(b.soc.read(0xE000_E400, Width::Word, world), Ok(0x00E0_4000));
    assert_eq!(b.soc.read(0xE000_E402, Width::Byte, world), Ok(0xE0));
    assert_eq!(b.lints(), [""; 0]);
}
