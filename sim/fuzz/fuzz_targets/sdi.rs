//! Any bytes into the VS1053's SDI, with the real decoders behind it: no panic, bounded memory, and the same sound twice.
#![no_main]

use badgebench::codecs::HostCodecs;
use libfuzzer_sys::fuzz_target;
use peripherals::chips::vs1053::*;
use peripherals::kernel::*;
use std::hash::{DefaultHasher, Hash, Hasher};

struct Deaf;
impl HearsPins for Deaf {
    fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
}

struct Bench {
    fabric: Fabric,
    chip: ActorId,
    heard: DefaultHasher,
}

impl Bench {
    /// Booted, at 3.5 x; for real-time MIDI if GPIO1 is high.
    fn new(gpio1: bool) -> Self {
        let mut fabric = Fabric::default();
        let chip = fabric.add_chip(Box::new(Vs1053::new(Config::default(), Box::new(HostCodecs))));
        for (n, pin) in (0..).zip(&PINS) {
            let net = fabric.world.nets.add(pin.name);
            fabric.world.nets.join(net, SOC, PinId(n));
            fabric.world.nets.join(net, chip, PinId(n));
        }
        let mut bench = Self { fabric, chip, heard: DefaultHasher::new() };
        bench.set(XCS, true);
        bench.set(XDCS, true);
        bench.set(PinId(GPIO0.0 + 1), gpio1);
        bench.fabric.power_on(&mut Deaf);
        bench.wait(Span::from_us(10));
        bench.set(XRESET, true);
        bench.wait(Span::from_ms(5));
        bench.sci(reg::CLOCKF, 0x8800);
        bench
    }

    fn chip(&mut self) -> &mut Vs1053 {
        self.fabric.chip_mut(self.chip).expect("it is the only chip")
    }

    fn set(&mut self, pin: PinId, high: bool) {
        Cx::new(&mut self.fabric.world, SOC).drive(pin, Drive::from(Level::from(high)));
        self.fabric.settle(&mut Deaf);
    }

    fn wait(&mut self, span: Span) {
        let end = self.fabric.world.now + span;
        while let Some(due) = self.fabric.world.sched.pop(end) {
            self.fabric.world.now = due.at;
            self.fabric.wake(due.actor, due.alarm, &mut Deaf);
            let mut heard = std::mem::take(&mut self.heard);
            self.chip().drain_audio(&mut |b| (b.start, b.rate_hz, b.frames, b.samples).hash(&mut heard));
            self.heard = heard;
        }
        self.fabric.world.now = end;
    }

    fn clock(&mut self, bytes: &[u8], half: Span) {
        for bit in bytes.iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1 == 1)) {
            self.set(SI, bit);
            self.wait(half);
            self.set(SCLK, true);
            self.wait(half);
            self.set(SCLK, false);
        }
    }

    fn sci(&mut self, register: u8, value: u16) {
        let [high, low] = value.to_be_bytes();
        self.set(XCS, false);
        self.clock(&[2, register, high, low], Span::from_ns(500));
        self.set(XCS, true);
        self.wait(Span::from_us(200));
    }

    fn send(&mut self, bytes: &[u8]) {
        self.set(XDCS, false);
        self.clock(bytes, Span::from_ns(50));
        self.set(XDCS, true);
    }
}

/// The first byte tells how polite the driver is: whether it waits for DREQ, and what it does in the middle; whether FLAC's patch is
/// loaded and SM_LAYER12 set; with its second highest bit the bytes are real-time MIDI, and with its top bit the run is done twice.
fn run(how: u8, stream: &[u8]) -> u64 {
    let live = how & 0x40 != 0;
    let mut bench = Bench::new(live);
    if !live && how & 0x10 != 0 {
        // What the model tells VLSI's patch by.
        bench.sci(reg::WRAMADDR, 0x8050);
        for word in [0x2A00, 0xC000, 0x3E12, 0xB817, 0x3E14, 0xF812] {
            bench.sci(reg::WRAM, word);
        }
        bench.sci(reg::WRAMADDR, 0x8F8E);
        (0..2).for_each(|_| bench.sci(reg::WRAM, 1));
        bench.sci(reg::AIADDR, 0x0050);
        bench.wait(Span::from_ms(3));
    }
    if !live && how & 0x20 != 0 {
        bench.sci(reg::MODE, mode::SM_SDINEW | mode::SM_LAYER12);
    }
    let middle = stream.len() / 64;
    // A note in a MIDI file may last for days.
    let mut budget = 4_000;
    for (n, burst) in stream.chunks(32).enumerate() {
        let mut patience = if how & 1 == 0 { budget.min(200) } else { 0 };
        while patience > 0 && !bench.chip().view().dreq {
            bench.wait(Span::from_ms(1));
            patience -= 1;
            budget -= 1;
        }
        if live {
            burst.iter().for_each(|&byte| bench.send(&[0, byte]));
            bench.wait(Span::from_ms(5));
        } else {
            bench.send(burst);
        }
        if n == middle {
            match how >> 1 & 7 {
                1 => bench.sci(reg::MODE, mode::SM_SDINEW | mode::SM_CANCEL),
                2 => bench.sci(reg::MODE, mode::SM_SDINEW | mode::SM_RESET),
                3 => bench.sci(reg::AUDATA, 0xAC45),
                4 => bench.sci(reg::VOL, 0x1234),
                5 => bench.wait(Span::from_ms(300)),
                6 => bench.sci(reg::DECODE_TIME, 0),
                _ => {}
            }
        }
    }
    bench.wait(Span::from_ms(200));
    let now = bench.fabric.world.now;
    let report = bench.chip().report(now);
    assert!(report.fifo.max_bytes <= FIFO_BYTES as u64);
    assert_eq!(report.uncollected_samples, 0, "everything was collected");
    format!("{report:?}").hash(&mut bench.heard);
    bench.heard.finish()
}

fuzz_target!(|data: &[u8]| {
    let Some((&how, stream)) = data.split_first() else { return };
    let heard = run(how, stream);
    if how & 0x80 != 0 {
        assert_eq!(heard, run(how, stream), "the same bytes, another sound");
    }
});
