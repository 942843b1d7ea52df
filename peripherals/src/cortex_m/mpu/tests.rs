//! The unit through its registers. Tests are named after sections of the ARMv7-M Architecture Reference Manual.

use super::*;
use Access::{Fetch, Read, Write};
use proptest::prelude::*;

const TYPE: u16 = 0xD90;
const CTRL: u16 = 0xD94;
const RNR: u16 = 0xD98;
const RBAR: u16 = 0xD9C;
const RASR: u16 = 0xDA0;
const FULL: u32 = 0b011 << 24;
const READ_ONLY: u32 = 0b110 << 24;

/// MPU_RASR of a region of 2^`bits` bytes that is on.
fn rasr(bits: u32, attributes: u32) -> u32 {
    attributes | (bits - 1) << 1 | 1
}

/// A unit with these regions (number, base, MPU_RASR) and this MPU_CTRL.
fn unit(control: u32, regions: &[(u32, u32, u32)]) -> Mpu {
    let mut mpu = Mpu::default();
    for &(number, base, attributes) in regions {
        mpu.write(RNR, number).unwrap();
        mpu.write(RBAR, base).unwrap();
        mpu.write(RASR, attributes).unwrap();
    }
    mpu.write(CTRL, control).unwrap();
    mpu
}

/// What is allowed at `at`, as letters.
fn may(mpu: &Mpu, at: u32, privileged: bool) -> String {
    let asked = [(Read, 'r'), (Write, 'w'), (Fetch, 'x')];
    asked
        .into_iter()
        .map(|(access, c)| if mpu.check(at, access, privileged, false).is_ok() { c } else { '-' })
        .collect()
}

/// Table B3-1.
#[test]
fn b3_1_the_default_map_executes_neither_devices_nor_the_system_space() {
    let mpu = Mpu::default();
    for (at, allowed) in [
        (0x0000_0000, "rwx"),
        (0x1FFF_FFFF, "rwx"),
        (0x2000_0000, "rwx"),
        (0x4000_0000, "rw-"),
        (0x5FFF_FFFF, "rw-"),
        (0x6000_0000, "rwx"),
        (0x9FFF_FFFF, "rwx"),
        (0xA000_0000, "rw-"),
        (0xDFFF_FFFF, "rw-"),
        (0xE000_E000, "rw-"),
        (0xE010_0000, "rw-"),
        (0xFFFF_FFFF, "rw-"),
    ] {
        assert_eq!((may(&mpu, at, true), may(&mpu, at, false)), (allowed.into(), allowed.into()), "0x{at:08x}");
    }
}

#[test]
fn b3_5_1_the_private_peripheral_bus_keeps_the_default_map() {
    let mpu = unit(ENABLE, &[(0, 0, rasr(32, 0))]);
    assert_eq!(may(&mpu, 0xE000_ED94, true), "rw-");
    assert_eq!(may(&mpu, 0xE00F_FFFC, true), "rw-");
    assert_eq!(may(&mpu, 0xE010_0000, true), "---");
    assert_eq!(may(&mpu, 0xDFFF_FFFC, true), "---");
}

#[test]
fn b3_5_1_no_region_makes_the_system_space_executable() {
    let mpu = unit(ENABLE, &[(0, 0xE000_0000, rasr(29, FULL)), (1, 0x4000_0000, rasr(29, FULL))]);
    assert_eq!((may(&mpu, 0xE010_0000, true), may(&mpu, 0x4000_0000, true)), ("rw-".into(), "rwx".into()));
}

#[test]
fn b3_5_2_the_highest_region_number_wins() {
    let regions =
        [(2, 0x2000_0000, rasr(10, READ_ONLY)), (5, 0x2000_0100, rasr(8, FULL)), (1, 0x2000_0000, rasr(12, 0))];
    let mpu = unit(ENABLE, &regions);
    assert_eq!(may(&mpu, 0x2000_00FF, false), "r-x");
    assert_eq!(may(&mpu, 0x2000_0100, false), "rwx");
    assert_eq!(may(&mpu, 0x2000_0200, false), "r-x");
    assert_eq!(may(&mpu, 0x2000_0400, false), "---");
}

#[test]
fn b3_5_3_a_subregion_that_is_off_shows_what_lies_below() {
    let regions = [(0, 0x2000_0000, rasr(16, READ_ONLY)), (1, 0x2000_0000, rasr(8, FULL | 0b1000_0010 << 8))];
    let mpu = unit(ENABLE, &regions);
    for (at, allowed) in [(0x00, "rwx"), (0x1F, "rwx"), (0x20, "r-x"), (0x3F, "r-x"), (0x40, "rwx"), (0xE0, "r-x")] {
        assert_eq!(may(&mpu, 0x2000_0000 + at, true), allowed, "0x{at:x}");
    }
}

#[test]
fn b3_5_5_there_are_eight_regions() {
    let mut mpu = Mpu::default();
    assert_eq!((mpu.read(TYPE), mpu.write(TYPE, 0)), (Ok(0x800), Err(Refusal::ReadOnly)));
}

#[test]
fn b3_5_6_enable_applies_the_regions() {
    let mut mpu = unit(0, &[(0, 0x2000_0000, rasr(10, READ_ONLY))]);
    assert_eq!((may(&mpu, 0x2000_0000, true), may(&mpu, 0, false)), ("rwx".into(), "rwx".into()));
    mpu.write(CTRL, ENABLE).unwrap();
    assert_eq!((may(&mpu, 0x2000_0000, true), may(&mpu, 0, true)), ("r-x".into(), "---".into()));
}

#[test]
fn b3_5_6_privdefena_gives_the_default_map_to_privileged_accesses_outside_of_regions() {
    let mpu = unit(ENABLE | PRIVDEFENA, &[(0, 0x2000_0000, rasr(10, READ_ONLY))]);
    assert_eq!((may(&mpu, 0, true), may(&mpu, 0, false)), ("rwx".into(), "---".into()));
    assert_eq!((may(&mpu, 0x4000_0000, true), may(&mpu, 0x2000_0000, true)), ("rw-".into(), "r-x".into()));
}

#[test]
fn b3_5_6_hfnmiena_keeps_the_unit_on_below_priority_0() {
    for (control, allowed) in [(ENABLE, true), (ENABLE | HFNMIENA, false)] {
        let mpu = unit(control, &[(0, 0x2000_0000, rasr(10, READ_ONLY))]);
        assert_eq!(mpu.check(0x2000_0000, Write, true, true).is_ok(), allowed);
        assert_eq!(mpu.check(0x2000_0000, Write, true, false), Err(Denied));
    }
}

#[test]
fn b3_5_7_the_number_selects_whose_registers_are_seen() {
    let mut mpu = unit(0, &[(3, 0x2000_0400, rasr(10, FULL)), (7, 0x0001_0000, rasr(16, READ_ONLY))]);
    mpu.write(RNR, 3).unwrap();
    assert_eq!((mpu.read(RNR), mpu.read(RBAR), mpu.read(RASR)), (Ok(3), Ok(0x2000_0403), Ok(0x0300_0013)));
    mpu.write(RNR, 7).unwrap();
    assert_eq!((mpu.read(RNR), mpu.read(RBAR), mpu.read(RASR)), (Ok(7), Ok(0x0001_0007), Ok(0x0600_001F)));
}

#[test]
fn b3_5_8_valid_selects_the_region_and_reads_as_0() {
    let mut mpu = Mpu::default();
    mpu.write(RBAR, 0x2000_0000 | VALID | 6).unwrap();
    assert_eq!((mpu.read(RNR), mpu.read(RBAR)), (Ok(6), Ok(0x2000_0006)));
    mpu.write(RBAR, 0x2000_8000 | 1).unwrap();
    assert_eq!((mpu.read(RNR), mpu.read(RBAR)), (Ok(6), Ok(0x2000_8006)));
}

#[test]
fn b3_5_8_base_bits_below_the_size_do_not_count() {
    let mpu = unit(ENABLE, &[(0, 0x2000_07E0, rasr(10, FULL))]);
    assert_eq!((may(&mpu, 0x2000_0400, true), may(&mpu, 0x2000_07FF, true)), ("rwx".into(), "rwx".into()));
    assert_eq!((may(&mpu, 0x2000_0800, true), may(&mpu, 0x2000_03FF, true)), ("---".into(), "---".into()));
}

/// The table of access permissions: AP, then privileged, then unprivileged.
#[test]
fn b3_5_9_ap_and_xn_say_who_may_do_what() {
    for (ap, privileged, unprivileged) in [
        (0b000, "---", "---"),
        (0b001, "rwx", "---"),
        (0b010, "rwx", "r-x"),
        (0b011, "rwx", "rwx"),
        (0b101, "r-x", "---"),
        (0b110, "r-x", "r-x"),
        (0b111, "r-x", "r-x"),
    ] {
        let mut mpu = unit(ENABLE, &[(0, 0, rasr(20, ap << 24))]);
        assert_eq!(
            (may(&mpu, 64, true), may(&mpu, 64, false)),
            (privileged.into(), unprivileged.into()),
            "AP {ap:03b}"
        );
        mpu.write(RASR, rasr(20, ap << 24 | XN)).unwrap();
        let without = |text: &str| text.replace('x', "-");
        assert_eq!((may(&mpu, 64, true), may(&mpu, 64, false)), (without(privileged), without(unprivileged)));
    }
}

#[test]
fn b3_5_9_sizes_go_from_32_bytes_to_4_gigabytes() {
    let mpu = unit(ENABLE, &[(0, 0x2000_0020, rasr(5, FULL))]);
    assert_eq!((may(&mpu, 0x2000_001F, true), may(&mpu, 0x2000_0020, true)), ("---".into(), "rwx".into()));
    assert_eq!((may(&mpu, 0x2000_003F, true), may(&mpu, 0x2000_0040, true)), ("rwx".into(), "---".into()));
    let mpu = unit(ENABLE, &[(0, 0x1234_5660, rasr(32, FULL))]);
    assert_eq!((may(&mpu, 0, true), may(&mpu, 0xDFFF_FFFF, false)), ("rwx".into(), "rwx".into()));
}

#[test]
fn b3_5_9_reserved_attributes_read_as_0() {
    let mut mpu = Mpu::default();
    mpu.write(RASR, u32::MAX).unwrap();
    mpu.write(CTRL, u32::MAX).unwrap();
    assert_eq!((mpu.read(RASR), mpu.read(CTRL)), (Ok(0x173F_FF3F), Ok(7)));
}

/// Four regions by one STM, as the manual suggests: each base brings its own number.
#[test]
fn b3_5_10_four_regions_are_set_by_eight_stores_in_a_row() {
    let mut mpu = Mpu::default();
    for n in 0..4u16 {
        let number = u32::from(n) + 4;
        mpu.write(RBAR + 8 * n, number << 16 | VALID | number).unwrap();
        mpu.write(RASR + 8 * n, rasr(16, number << 16)).unwrap();
    }
    for number in 4..8 {
        mpu.write(RNR, number).unwrap();
        for alias in 0..4 {
            assert_eq!(mpu.read(RBAR + 8 * alias), Ok(number << 16 | number));
            assert_eq!(mpu.read(RASR + 8 * alias), Ok(rasr(16, number << 16)));
        }
    }
}

#[test]
fn the_generation_changes_with_what_matters_and_only_then() {
    let mut mpu = unit(0, &[(0, 0x2000_0000, rasr(10, FULL))]);
    let mut last = mpu.generation();
    assert_eq!(last, 0, "the unit was off all the time");
    let mut step = |at, value, changes| {
        mpu.write(at, value).unwrap();
        assert_eq!(mpu.generation() != last, changes, "0x{at:x} = 0x{value:x}");
        last = mpu.generation();
    };
    step(CTRL, ENABLE, true);
    step(CTRL, ENABLE, false);
    step(RASR, rasr(10, FULL), false);
    step(RASR, rasr(10, READ_ONLY), true);
    step(RNR, 4, false);
    step(RBAR, 0x2000_4000, false);
    step(RASR, rasr(12, FULL), true);
    step(RBAR, 0x2000_5000, true);
    step(CTRL, ENABLE | PRIVDEFENA, true);
    step(RASR, 0, true);
    step(RBAR, 0x2000_6000, false);
    step(CTRL, 0, true);
    step(RASR, rasr(12, FULL), false);
}

/// A region by its fields.
#[derive(Clone, Debug)]
struct Given {
    base: u32,
    bits: u32,
    ap: u32,
    xn: bool,
    srd: u32,
    on: bool,
}

/// The page that is looked at.
const AT: u32 = 0x2000_1400;

fn given() -> impl Strategy<Value = Given> {
    let srd = prop_oneof![Just(0), 0u32..256];
    (0u32..64, 5u32..=14, prop_oneof![0u32..4, 5u32..8], any::<bool>(), srd, any::<bool>())
        .prop_map(|(place, bits, ap, xn, srd, on)| Given { base: AT - 512 + 32 * place, bits, ap, xn, srd, on })
}

/// The same rules told the other way round: regions painted over one another in the order of their numbers.
fn painted(regions: &[Given], at: u32, privileged: bool, background: bool) -> [bool; 3] {
    let mut answer = [privileged && background; 3];
    for region in regions.iter().filter(|region| region.on) {
        let size = 1u64 << region.bits;
        let start = u64::from(region.base) / size * size;
        let Some(inside) = u64::from(at).checked_sub(start).filter(|&inside| inside < size) else { continue };
        if size >= 256 && region.srd >> (inside / (size / 8)) & 1 != 0 {
            continue;
        }
        let may_read = match region.ap {
            1 | 5 => privileged,
            ap => ap != 0,
        };
        let may_write = if privileged { matches!(region.ap, 1..=3) } else { region.ap == 3 };
        answer = [may_read, may_write, may_read && !region.xn];
    }
    answer
}

proptest! {
    #[test]
    fn b3_5_3_check_and_page_agree_with_painted_regions_on_every_byte(
        regions in prop::collection::vec(given(), 0..=8), privileged: bool, background: bool,
    ) {
        let set: Vec<_> = regions.iter().zip(0..).map(|(r, number)| {
            let attributes = r.ap << 24 | u32::from(r.xn) << 28 | r.srd << 8;
            (number, r.base, rasr(r.bits, attributes) & !u32::from(!r.on))
        }).collect();
        let mpu = unit(ENABLE | if background { PRIVDEFENA } else { 0 }, &set);
        let check = |at| [Read, Write, Fetch].map(|access| mpu.check(at, access, privileged, false).is_ok());
        let first = check(AT);
        let mut same = true;
        for at in AT..AT + PAGE {
            prop_assert_eq!(check(at), painted(&regions, at, privileged, background), "0x{:08x}", at);
            same &= check(at) == first;
        }
        let [read, write, exec] = first;
        let expected = if same { Page::Uniform(Rights { read, write, exec }) } else { Page::Mixed };
        prop_assert_eq!(mpu.page(AT, privileged, false), expected);
        prop_assert_eq!(mpu.page(AT + 1023, privileged, false), expected);
    }

    /// Any registers, any page: nothing panics, and what a page says holds at each byte.
    #[test]
    fn a_uniform_page_says_what_check_says(
        writes in prop::collection::vec((0xD90u16..0xDC0, any::<u32>()), 0..40), page: u32, privileged: bool, negative: bool,
    ) {
        let mut mpu = Mpu::default();
        for (at, value) in writes {
            let _ = mpu.write(at & !3, value);
        }
        let answers: Vec<_> = (0..PAGE).map(|n| {
            [Read, Write, Fetch].map(|access| mpu.check(page & !(PAGE - 1) | n, access, privileged, negative).is_ok())
        }).collect();
        let same = answers.iter().all(|answer| *answer == answers[0]);
        let [read, write, exec] = answers[0];
        let expected = if same { Page::Uniform(Rights { read, write, exec }) } else { Page::Mixed };
        prop_assert_eq!(mpu.page(page, privileged, negative), expected);
    }
}
