//! What one access to a GPIO port costs on the host, as firmware does it: OUTSET and OUTCLR of a pin on a wire, and IN.

use criterion::{Criterion, criterion_group, criterion_main};
use peripherals::kernel::{Fabric, Instant, PinId, SOC, Span, Width};
use peripherals::nrf52840::{ResetCause, Soc, SocConfig};
use std::hint::black_box;

const OUTSET: u32 = 0x5000_0508;
const OUTCLR: u32 = 0x5000_050C;
const IN: u32 = 0x5000_0510;
const DIRSET: u32 = 0x5000_0518;
const PIN_CNF: u32 = 0x5000_0700;

/// SCLK on P0.22 as an output, DREQ on P0.02 as an input; no chip listens.
fn board() -> (Fabric, Soc) {
    let mut fabric = Fabric::default();
    for (name, pin) in [("SCLK", 22), ("DREQ", 2)] {
        let net = fabric.world.nets.add(name);
        fabric.world.nets.join(net, SOC, PinId(pin));
    }
    let mut soc = Soc::new(SocConfig::default());
    soc.reset(ResetCause::PowerOn, &mut fabric.world);
    fabric.power_on(&mut soc);
    for (addr, value) in [(DIRSET, 1 << 22), (PIN_CNF + 4 * 2, 0xC)] {
        soc.write(addr, Width::Word, value, &mut fabric.world).expect("mapped");
        fabric.settle(&mut soc);
    }
    (fabric, soc)
}

fn write(fabric: &mut Fabric, soc: &mut Soc, addr: u32, value: u32) {
    fabric.world.now += Span::from_cycles(1);
    soc.write(black_box(addr), Width::Word, black_box(value), &mut fabric.world).expect("mapped");
    fabric.settle(soc);
}

fn gpio(c: &mut Criterion) {
    let (mut fabric, mut soc) = board();
    c.bench_function("two edges: OUTSET and OUTCLR, settled", |b| {
        b.iter(|| {
            write(&mut fabric, &mut soc, OUTSET, 1 << 22);
            write(&mut fabric, &mut soc, OUTCLR, 1 << 22);
        });
    });
    c.bench_function("OUTSET that changes nothing", |b| {
        b.iter(|| write(&mut fabric, &mut soc, OUTSET, 1 << 22));
    });
    c.bench_function("IN", |b| {
        b.iter(|| soc.read(black_box(IN), Width::Word, &mut fabric.world));
    });
    fabric.world.now = Instant::ZERO;
    c.bench_function("a register off the fast path: CLOCK.HFCLKSTAT", |b| {
        b.iter(|| soc.read(black_box(0x4000_040C), Width::Word, &mut fabric.world));
    });
}

criterion_group!(benches, gpio);
criterion_main!(benches);
