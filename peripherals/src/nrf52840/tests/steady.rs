//! What `Soc::steady_until` promises: loops that only poll are skipped because of it.

use super::*;
use crate::kernel::{Access, Register};
use proptest::prelude::*;

/// One of each kind.
const NAMES: [&str; 21] = [
    "CLOCK", "TIMER0", "TIMER4", "RTC0", "RTC1", "EGU2", "GPIOTE", "PPI", "SAADC", "TEMP", "RNG", "ECB", "CCM", "AAR",
    "WDT", "QDEC", "COMP", "PWM3", "TWIM0", "QSPI", "USBD",
];

/// Every register of theirs.
fn registers() -> impl Iterator<Item = (u32, &'static Register)> {
    let blocks = map::instances().filter(|i| NAMES.contains(&i.name));
    blocks.flat_map(|i| {
        i.registers.registers.iter().flat_map(move |r| {
            (0..r.count).map(move |n| (i.base + u32::from(r.offset) + u32::from(n) * u32::from(r.stride), r))
        })
    })
}

proptest! {
    /// Whatever firmware has set up: a load from a steady register gives the same until just before the moment that is named or
    /// the next alarm, and loads change nothing.
    #[test]
    fn a_steady_register_reads_the_same_until_its_moment(
        stores in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![Just(1u32), 0u32..40, any::<u32>()]), 1..60),
        waits in prop::collection::vec(prop_oneof![0u64..10_000_000, 0u64..1_000_000_000], 1..8),
    ) {
        let (mut b, all) = (Bench::with(SocConfig { usb: true, ..SocConfig::default() }, |_| {}), registers().collect::<Vec<_>>());
        for (store, wait) in stores.chunks(8).zip(waits) {
            for (index, value) in store {
                b.write(all[index.index(all.len())].0, *value);
            }
            b.run(Span::from_ps(wait));
            let mut next = b.fabric.world.sched.next().unwrap_or(b.fabric.world.now + Span::from_ms(3));
            let mut before = Vec::new();
            for &(addr, register) in all.iter().filter(|(_, r)| r.access != Access::W) {
                let until = b.soc.steady_until(addr, b.fabric.world.now);
                prop_assert!(until.is_some() && (b.soc.is_steady(addr) || ["COUNTER", "EVENTS_SOF", "FRAMECNTR"].contains(&register.name)), "0x{addr:08x}");
                next = next.min(until.unwrap_or_default());
                before.push((addr, b.read(addr)));
            }
            let just_before = Span::from_ps(next.since(b.fabric.world.now).as_ps().saturating_sub(1));
            b.run(just_before);
            for (addr, value) in before {
                prop_assert_eq!(b.read(addr), value, "0x{:08x}", addr);
            }
        }
    }
}
