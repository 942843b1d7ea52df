use super::*;

/// PS v1.7, EGU: "Triggers specific events".
#[test]
fn each_trigger_raises_its_event_and_the_line_of_its_instance() {
    for n in 0..6u32 {
        let (mut b, egu) = (Bench::new(), 0x4001_4000 + n * 0x1000);
        for trigger in 0..16 {
            b.write(egu + 0x304, 1 << trigger);
            b.write(egu + 4 * trigger, 1);
            let raised: Vec<u32> = (0..16).filter(|&t| b.read(egu + 0x100 + 4 * t) != 0).collect();
            assert_eq!((raised, b.fabric.world.irqs), (vec![trigger], 1 << (20 + n)), "EGU{n}");
            b.write(egu + 0x100 + 4 * trigger, 0);
            assert_eq!(b.fabric.world.irqs, 0);
        }
        assert_eq!((b.read(egu + 0x300), b.lints()), (0xFFFF, vec![""; 0]));
    }
}

#[test]
fn a_trigger_that_is_not_enabled_pends_nothing_until_it_is() {
    let mut b = Bench::new();
    b.write(0x4001_4000 + 4 * 3, 1);
    b.write(0x4001_4000 + 4 * 4, 0);
    assert_eq!((b.read(0x4001_410C), b.read(0x4001_4110), b.fabric.world.irqs), (1, 0, 0));
    b.write(0x4001_4300, 1 << 3);
    assert_eq!(b.fabric.world.irqs, 1 << 20);
    b.soc.reset(ResetCause::Software, &mut b.fabric.world);
    assert_eq!((b.read(0x4001_410C), b.read(0x4001_4304), b.fabric.world.irqs), (0, 0, 0));
}
