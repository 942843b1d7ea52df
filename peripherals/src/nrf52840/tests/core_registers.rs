use super::*;
use crate::cortex_m::Masks;
use crate::kernel::ConsolePort;

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

fn itm(b: &mut Bench) {
    b.write(0xE000_EDFC, 1 << 24);
    b.write(0xE000_0FB0, 0xC5AC_CE55);
    b.write(0xE000_0E80, 1);
    b.write(0xE000_0E00, 1);
}

/// ARMv7-M ARM, C1.7.3: the width of the store says how much is sent. CMSIS `ITM_SendChar` stores bytes.
#[test]
fn stimulus_port_0_is_text_by_byte_half_and_word() {
    let mut b = Bench::new();
    itm(&mut b);
    assert_eq!(b.read(0xE000_0000), 1);
    let world = &mut b.fabric.world;
    for (width, value) in
        [(Width::Byte, 0x21), (Width::Half, 0x6968), (Width::Word, 0x0A6F_4F20), (Width::Byte, 0xFFFF_FF42)]
    {
        b.soc.write(0xE000_0000, width, value, world).expect("mapped");
    }
    assert!(world.console.iter().all(|(port, _)| *port == ConsolePort::Itm));
    assert_eq!((b.console(), b.lints()), ("!hi Oo\nB".to_owned(), vec![]));
}

/// ARMv7-M ARM, C1.6.5, C1.7.4 and C1.7.6: each of the three can keep a port off.
#[test]
fn a_stimulus_port_that_is_off_sends_nothing() {
    for (address, value) in [(0xE000_EDFC, 0), (0xE000_0E80, 0), (0xE000_0E00, !1)] {
        let mut b = Bench::new();
        itm(&mut b);
        b.write(address, value);
        b.write(0xE000_0000, 0x41);
        assert_eq!((b.console(), b.lints()), (String::new(), vec![]), "0x{address:08x}");
    }
}

#[test]
fn other_stimulus_ports_are_a_gap_by_their_number() {
    let mut b = Bench::new();
    itm(&mut b);
    b.write(0xE000_0E00, u32::MAX);
    b.write(0xE000_007C, 7);
    assert_eq!(b.detail("not-modelled"), "ITM.STIM[31] at 0xe000007c (write 7)");
    assert_eq!(b.console(), "");
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
