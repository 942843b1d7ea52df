use super::*;
use crate::kernel::{Access, World};
use proptest::prelude::*;

#[test]
fn nothing_answers_outside_the_pages_that_exist() {
    let mut b = Bench::new();
    for addr in [0x4002_A000, 0x4003_0000, 0x5000_1000, 0x6000_0000, 0xE000_3000, 0xE00F_E000] {
        assert_eq!(b.soc.read(addr, Width::Word, &mut b.fabric.world), Err(BusFault { addr }));
        assert_eq!(b.soc.write(addr, Width::Word, 1, &mut b.fabric.world), Err(BusFault { addr }));
    }
}

#[test]
fn a_page_is_mapped_when_a_block_lives_in_it() {
    let test_blocks = [0x4006_E000, 0x4007_A000];
    for page in
        (0x1000_0000..0x1000_8000).chain(0x4000_0000..0x4008_0000).chain(0x5000_0000..0x5003_0000).step_by(0x1000)
    {
        let lives = map::page(page).next().is_some() || test_blocks.contains(&page);
        assert_eq!(map::mapped(page), lives, "0x{page:08x}");
    }
}

#[test]
fn a_gap_has_the_manuals_name_and_its_meaning() {
    let mut b = Bench::new();
    b.write(0x4000_1000, 1);
    assert_eq!(b.detail("not-modelled"), "RADIO.TASKS_TXEN at 0x40001000 (write 1): nothing is sent or received");
    assert_eq!(b.soc.register_name(0x4000_8148).as_deref(), Some("TIMER0.EVENTS_COMPARE[2]"));
    assert_eq!(b.soc.register_name(0x5000_080C).as_deref(), Some("P1.OUTCLR"));
    assert_eq!(b.soc.register_name(0xE000_ED88).as_deref(), Some("SCB.CPACR"));
}

#[test]
fn a_shared_page_speaks_by_the_name_that_enable_chose() {
    let mut b = Bench::new();
    assert_eq!(b.soc.register_name(0x4000_3524).as_deref(), Some("SPIM0.FREQUENCY"));
    b.write(0x4000_3500, 6);
    assert_eq!(b.read(0x4000_3500), 6);
    assert_eq!(b.soc.register_name(0x4000_3524).as_deref(), Some("TWIM0.FREQUENCY"));
    b.write(0x4000_2500, 4);
    assert_eq!(b.soc.register_name(0x4000_2524).as_deref(), Some("UART0.BAUDRATE"));
}

#[test]
fn writes_that_change_nothing_are_not_worth_a_word() {
    let mut b = Bench::new();
    b.write(0x4001_C118, 0);
    b.write(0x4001_C308, 0xFFFF_FFFF);
    b.write(0x4001_C508, 0x3FF);
    assert_eq!(b.lints(), [""; 0]);
}

/// Start-up code of nrfx for erratum 171 and 187: EC00 has to read 0.
#[test]
fn undocumented_words_of_the_errata_are_quiet() {
    let mut b = Bench::new();
    for addr in [0x4006_EC00, 0x4006_ED14, 0x4000_0638, 0x4002_F004] {
        b.write(addr, 0x9375);
        assert_eq!(b.read(addr), 0);
    }
    b.write(0x4000_0E00, 0xAA);
    assert_eq!(b.read(0x4000_0E00), 0xAA);
    assert_eq!(b.read(0xF000_0FE0), 8);
    assert_eq!(b.soc.read(0xF000_0FE8, Width::Byte, &mut b.fabric.world), Ok(0x30));
    assert_eq!(b.lints(), [""; 0]);
}

#[test]
fn the_factory_page_describes_the_chip() {
    let mut b = Bench::new();
    assert_eq!((b.read(0x1000_0100), b.read(0x1000_010C), b.read(0x1000_0110)), (0x0005_2840, 256, 1024));
    assert_eq!((b.read(0x1000_0130), b.read(0x1000_0134), b.read(0x1000_0258)), (8, 3, u32::MAX));
    let other = &mut Bench::with(SocConfig { seed: 1, ..SocConfig::default() }, |_| {});
    assert_ne!(b.read(0x1000_0060), other.read(0x1000_0060));
    assert_eq!(b.read(0x1000_0060), Bench::new().read(0x1000_0060));
}

/// PS v1.7, NVMC: IHIT and IMISS count while CACHEPROFEN is set, and can be cleared.
#[test]
fn cache_counters_show_what_was_counted_and_can_be_cleared() {
    let mut b = Bench::new();
    b.write(0x4001_E540, 0x101);
    assert!(b.soc.nvmc.icache_enabled() && b.soc.nvmc.icache_counted());
    b.soc.nvmc.count(7, 2);
    b.soc.nvmc.count(1, 0);
    assert_eq!((b.read(0x4001_E548), b.read(0x4001_E54C)), (8, 2));
    b.write(0x4001_E548, 0);
    assert_eq!((b.read(0x4001_E548), b.read(0x4001_E54C)), (0, 2));
    b.write(0x4001_E540, 1);
    assert!(!b.soc.nvmc.icache_counted());
}

#[test]
fn narrow_accesses_reach_their_bytes_only() {
    let mut b = Bench::new();
    let world = &mut b.fabric.world;
    b.soc.write(0x5000_0504, Width::Word, 0x1234_5678, world).expect("mapped");
    assert_eq!(b.soc.read(0x5000_0505, Width::Byte, world), Ok(0x56));
    b.soc.write(0x5000_0506, Width::Half, 0xABCD, world).expect("mapped");
    b.soc.write(0x5000_0508, Width::Byte, 0xFF, world).expect("mapped");
    assert_eq!(b.soc.read(0x5000_0504, Width::Word, world), Ok(0xABCD_56FF));
    assert!(b.lints().iter().all(|&l| l == "peripheral-access-width"));
}

/// The tables and the blocks that are modelled agree about reset values; nothing else than a gap speaks up.
#[test]
fn every_register_reads_its_reset_value() {
    let mut b = Bench::new();
    for instance in map::instances() {
        // FICR differs from chip to chip, and GPIO has a test of its own.
        if instance.name == "FICR" || instance.name == "GPIO" {
            continue;
        }
        if instance.enable != 0 {
            b.write(instance.base + 0x500, instance.enable);
        }
        for register in instance.registers.registers.iter().filter(|r| r.access != Access::W && r.name != "ENABLE") {
            for index in 0..u32::from(register.count) {
                let addr = instance.base + u32::from(register.offset) + index * u32::from(register.stride);
                assert_eq!(b.read(addr), register.reset, "{}.{} at 0x{addr:08x}", instance.name, register.name);
            }
        }
    }
    assert!(b.lints().iter().all(|&lint| lint == "not-modelled"), "{:?}", b.lints());
}

/// Any address of interest, and some of none.
fn address() -> impl Strategy<Value = u32> {
    prop_oneof![
        (0u32..0x30_000).prop_map(|at| 0x4000_0000 + at),
        (0u32..0x1000).prop_map(|at| 0x5000_0000 + at),
        (0u32..0x3000).prop_map(|at| 0xE000_0000 + at),
        (0u32..0x1000).prop_map(|at| 0xE000_E000 + at),
        (0u32..0x1000).prop_map(|at| 0x4000_0000 + at),
        (0u32..0x1000).prop_map(|at| 0x4000_2000 + at),
        (0u32..0x2000).prop_map(|at| 0x1000_0000 + at),
        any::<u32>(),
    ]
}

fn width() -> impl Strategy<Value = Width> {
    prop_oneof![Just(Width::Byte), Just(Width::Half), Just(Width::Word)]
}

/// What a run of accesses with time between them gives.
fn play(accesses: &[(u32, Width, Option<u32>, u64)]) -> (Vec<Result<u32, BusFault>>, String, u64) {
    let mut b = Bench::with(SocConfig::default(), |f| {
        for n in 0..20 {
            wire(f, "W", n);
        }
    });
    let mut seen = Vec::new();
    for &(addr, width, value, wait) in accesses {
        let world: &mut World = &mut b.fabric.world;
        seen.push(match value {
            Some(value) => b.soc.write(addr, width, value, world).map(|()| 0),
            None => b.soc.read(addr, width, world),
        });
        b.fabric.settle(&mut b.soc);
        b.run(Span::from_ps(wait));
    }
    (seen, format!("{:?}", b.fabric.world.findings), b.fabric.world.irqs)
}

proptest! {
    /// Firmware is untrusted: whatever it does to the bus, nothing panics, and the same again gives the same again.
    #[test]
    fn any_access_is_survived_and_repeats(
        accesses in prop::collection::vec((address(), width(), any::<Option<u32>>(), 0u64..2_000_000_000), 1..60)
    ) {
        prop_assert_eq!(play(&accesses), play(&accesses));
    }

    #[test]
    fn read_only_registers_survive_any_write(value: u32) {
        let mut b = Bench::new();
        for instance in map::instances() {
            if instance.enable != 0 {
                b.write(instance.base + 0x500, instance.enable);
            }
            for register in instance.registers.registers.iter().filter(|r| r.access == Access::R) {
                let addr = instance.base + u32::from(register.offset);
                let before = b.read(addr);
                b.write(addr, value);
                prop_assert_eq!(b.read(addr), before, "{}.{}", instance.name, register.name);
            }
        }
    }
}
