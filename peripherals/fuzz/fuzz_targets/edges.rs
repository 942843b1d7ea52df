//! Any edges at the VS1053's pins, at any times: no panic, time that moves on, a FIFO that keeps its size, and the same
//! trace twice.
#![no_main]

use badgebench_peripherals_fuzz::{Counting, Input, Trace, run_to};
use libfuzzer_sys::fuzz_target;
use peripherals::chips::vs1053::*;
use peripherals::kernel::*;

/// No run is longer, whatever the input asks for.
const LONGEST: Span = Span::from_ms(3_000);

struct Deaf;
impl HearsPins for Deaf {
    fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
}

struct Bench {
    fabric: Fabric,
    chip: ActorId,
    /// What the bench sees; the wires have a trace of their own.
    trace: Trace,
    wires: ProbeId,
    half: Span,
}

impl Bench {
    fn new(input: &mut Input) -> Self {
        let mut config = Config::default();
        let pulls = input.byte();
        if pulls & 0x80 != 0 {
            for option in OPTIONS {
                // Out of range is refused; the default stays.
                let value = input.half();
                let _ = match option.values {
                    Values::Number { .. } => config.set(option.name, i64::from(value)),
                    Values::Words { words, .. } => config.set_word(option.name, words[usize::from(value & 1)]),
                };
            }
        }
        let mut fabric = Fabric::default();
        let chip = fabric.add_chip(Box::new(Vs1053::new(config, Box::new(Counting))));
        let wires = fabric.add_probe(Box::new(Trace::default()));
        for (n, pin) in (0..).zip(&PINS) {
            let net = fabric.world.nets.add(pin.name);
            fabric.world.nets.join(net, SOC, PinId(n));
            fabric.world.nets.join(net, chip, PinId(n));
            fabric.world.nets.watch(net, wires);
            if pulls >> (n % 7) & 1 != 0 {
                fabric.world.nets.pull(net, Drive::PullUp);
            }
        }
        fabric.power_on(&mut Deaf);
        Self { fabric, chip, trace: Trace::default(), wires, half: Span::from_ns(500) }
    }

    fn chip(&mut self) -> &mut Vs1053 {
        self.fabric.chip_mut(self.chip).expect("it is the only chip")
    }

    fn set(&mut self, pin: PinId, drive: Drive) {
        Cx::new(&mut self.fabric.world, SOC).drive(pin, drive);
        self.fabric.settle(&mut Deaf);
    }

    fn wait(&mut self, span: Span) {
        let end = (self.fabric.world.now + span).min(Instant::ZERO + LONGEST);
        run_to(
            self,
            end,
            |b| &mut b.fabric.world,
            |b, due| {
                b.fabric.wake(due.actor, due.alarm, &mut Deaf);
                b.collect();
            },
        );
    }

    fn collect(&mut self) {
        let mut trace = self.trace.clone();
        self.chip().drain_audio(&mut |block| {
            trace.note(block.start.as_ps());
            trace.note(block.frames << 32 | u64::from(block.rate_hz));
            let expected = if block.samples.is_empty() { 0 } else { 2 * block.frames };
            assert_eq!(block.samples.len() as u64, expected, "{:?}", block.sound);
            block.samples.iter().for_each(|&s| trace.note(s as u64));
        });
        self.trace = trace;
    }

    fn clock(&mut self, bytes: &[u8]) {
        for bit in bytes.iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1 == 1)) {
            self.set(SI, Drive::from(Level::from(bit)));
            self.wait(self.half);
            self.set(SCLK, Drive::High);
            self.wait(self.half);
            self.set(SCLK, Drive::Low);
        }
    }

    fn step(&mut self, input: &mut Input) {
        let op = input.byte();
        let argument = op >> 3;
        match op & 7 {
            // One pin: any of the five inputs and GPIO0, with anything a pin can do.
            0 | 1 => {
                let pin = [XRESET, XDCS, XCS, SCLK, SI, SO, DREQ, GPIO0][usize::from(argument & 7)];
                let drive =
                    [Drive::Low, Drive::High, Drive::Release, Drive::PullUp][usize::from(argument >> 3 | op & 1)];
                self.set(pin, drive);
            }
            // From a picosecond to two seconds.
            2 => self.wait(Span::from_ps(1 << argument.min(30))),
            3 => self.half = Span::from_ns(1 << (argument % 14)),
            4 => {
                let bytes = input.bytes(usize::from(argument) + 1).to_vec();
                self.clock(&bytes);
            }
            // An SCI operation as a driver would do it.
            5 => {
                let write = argument & 16 == 0;
                let [high, low] = input.half().to_be_bytes();
                self.set(XCS, Drive::Low);
                self.clock(&[if write { 2 } else { 3 }, argument & 15, high, low]);
                self.set(XCS, Drive::High);
            }
            // A burst of SDI under one select, up to four times over.
            6 => {
                let bytes = input.bytes(32).to_vec();
                self.set(XDCS, Drive::Low);
                for _ in 0..=argument >> 3 {
                    self.clock(&bytes);
                }
                self.set(XDCS, Drive::High);
            }
            _ => self.wait(Span::from_ms(u64::from(argument))),
        }
    }
}

fn run(data: &[u8]) -> u64 {
    let mut input = Input::new(data);
    let mut bench = Bench::new(&mut input);
    while !input.is_empty() && bench.fabric.world.now < Instant::ZERO + LONGEST {
        bench.step(&mut input);
        let view = bench.chip().view();
        assert!(view.fifo_bytes <= view.fifo_size, "{view:?}");
    }
    bench.wait(Span::from_ms(50));
    let now = bench.fabric.world.now;
    let report = bench.chip().report(now);
    assert!(report.fifo.max_bytes <= FIFO_BYTES as u64);
    report.registers.iter().for_each(|&r| bench.trace.note(r.into()));
    let Bench { fabric, mut trace, wires, .. } = bench;
    fabric.world.findings.all().iter().for_each(|f| trace.note(f.count));
    fabric.probe::<Trace>(wires).iter().for_each(|wires| trace.note(wires.digest()));
    trace.digest()
}

fuzz_target!(|data: &[u8]| {
    let trace = run(data);
    if data.len() % 4 == 0 {
        assert_eq!(trace, run(data), "the same edges, another trace");
    }
});
