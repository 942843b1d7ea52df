//! Any access to the SoC's registers, any edges at its pins, any waits in between: no panic, time that moves on, and the same
//! answers twice.
#![no_main]

use badgebench_peripherals_fuzz::{Input, Trace, run_to};
use libfuzzer_sys::fuzz_target;
use peripherals::kernel::*;
use peripherals::nrf52840::{Ram, ResetCause, Soc, SocConfig, map};

/// No run is longer, whatever the input asks for.
const LONGEST: Span = Span::from_ms(3_000);

/// Nor has one more alarms: events that PPI feeds back to their tasks, and PWM of single ticks, come at 16 MHz.
const MOST_ALARMS: u32 = 1_000_000;

/// Something outside that holds on to every pin.
#[derive(Clone)]
struct Hand;
impl HearsPins for Hand {
    fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
}
impl Chip for Hand {
    fn pins(&self) -> &'static [PinSpec] {
        &[]
    }
    fn wake(&mut self, _: Alarm, _: &mut Cx) {}
    fn reset(&mut self, _: &mut Cx) {}
}

/// 256 KiB at 0x2000_0000, of which the last two are kept.
struct SomeRam([u8; 2048]);
impl SomeRam {
    fn part(&mut self, addr: u32, len: usize) -> Option<&mut [u8]> {
        let at = addr.checked_sub(0x2003_F800)? as usize;
        self.0.get_mut(at..at.checked_add(len)?)
    }
}
impl Ram for SomeRam {
    fn read(&mut self, addr: u32, into: &mut [u8]) -> bool {
        self.part(addr, into.len()).map(|part| into.copy_from_slice(part)).is_some()
    }
    fn write(&mut self, addr: u32, from: &[u8]) -> bool {
        self.part(addr, from.len()).map(|part| part.copy_from_slice(from)).is_some()
    }
}

struct Bench {
    fabric: Fabric,
    soc: Soc,
    ram: SomeRam,
    hand: ActorId,
    alarms: u32,
    /// What the bench sees; the wires have a trace of their own.
    trace: Trace,
    wires: ProbeId,
}

impl Bench {
    fn new(input: &mut Input) -> Self {
        let flags = input.byte();
        let mut fabric = Fabric::default();
        let hand = fabric.add_chip(Box::new(Hand));
        let wires = fabric.add_probe(Box::new(Trace::default()));
        for n in 0..48 {
            let net = fabric.world.nets.add(format!("{n}"));
            fabric.world.nets.join(net, SOC, PinId(n));
            fabric.world.nets.join(net, hand, PinId(n));
            fabric.world.nets.watch(net, wires);
        }
        let config = SocConfig {
            lfxo: (flags & 1 == 0).then_some(Span::from_ms(250)),
            high_voltage: flags & 2 != 0,
            usb: flags & 8 != 0,
            uicr: if flags & 4 != 0 { vec![(0x20C, input.word())] } else { Vec::new() },
            seed: 0,
            ..SocConfig::default()
        };
        let mut bench = Self {
            fabric,
            soc: Soc::new(config),
            ram: SomeRam([0; 2048]),
            hand,
            alarms: 0,
            trace: Trace::default(),
            wires,
        };
        bench.reset(ResetCause::PowerOn);
        bench.fabric.power_on(&mut bench.soc);
        bench
    }

    fn reset(&mut self, cause: ResetCause) {
        self.soc.reset(cause, &mut self.fabric.world);
        self.fabric.settle(&mut self.soc);
    }

    fn reset_if_asked(&mut self) {
        if let Some(cause) = self.soc.take_reset_request() {
            self.reset(cause);
        }
    }

    fn wait(&mut self, span: Span) {
        let end = (self.fabric.world.now + span).min(Instant::ZERO + LONGEST);
        while self.fabric.world.now < end && self.alarms < MOST_ALARMS {
            self.wait_a_little(end.min(self.fabric.world.now + Span::from_us(100)));
        }
        for (_, byte) in self.fabric.world.console.drain(..) {
            self.trace.note(byte.into());
        }
    }

    fn wait_a_little(&mut self, end: Instant) {
        run_to(
            self,
            end,
            |b| &mut b.fabric.world,
            |b, due| {
                b.alarms += 1;
                if due.actor == SOC {
                    b.soc.wake(due.alarm, &mut b.ram, &mut b.fabric.world);
                    b.fabric.settle(&mut b.soc);
                    b.reset_if_asked();
                }
            },
        );
    }

    /// Mostly addresses where something is.
    fn address(input: &mut Input) -> u32 {
        let (choice, offset) = (input.byte(), input.half());
        let page = match choice {
            0..6 => return input.word(),
            6..80 => 0x4000_0000 | u32::from(choice % 48) << 12,
            80..120 => map::GPIO,
            120..136 => 0x4000_2000,
            136..144 => 0x4002_8000,
            144..160 => 0x4000_0000,
            160..168 => 0x4002_7000,
            168..200 => 0xE000_E000,
            200..216 => 0xE000_1000,
            216..230 => map::RANGES[usize::from(choice) % map::RANGES.len()].start,
            230..240 => map::UICR,
            _ => 0xE000_0000 | u32::from(choice % 16) << 16,
        };
        let offset = u32::from(offset) & 0xFFF;
        page | if choice & 1 == 0 { offset & !3 } else { offset }
    }

    fn access(&mut self, op: u8, input: &mut Input) {
        let addr = Self::address(input);
        let width = [Width::Word, Width::Word, Width::Half, Width::Byte][usize::from(op >> 6)];
        self.fabric.world.pc = Some(0x1000);
        if op & 8 == 0 {
            let value = self.soc.read(addr, width, &mut self.fabric.world);
            self.trace.note(value.map_or(u64::MAX, u64::from));
        } else {
            // A pointer into RAM is hard to guess.
            let value = if op & 16 == 0 { input.word() } else { 0x2003_F800 | u32::from(input.half()) & 0x7FF };
            let written = self.soc.write(addr, width, value, &mut self.fabric.world);
            self.trace.note(written.is_ok().into());
        }
        self.fabric.settle(&mut self.soc);
        self.fabric.world.pc = None;
        let _ = self.soc.register_name(addr);
        self.reset_if_asked();
    }

    /// PPI leads from any event of any block to any task of any other.
    fn route(&mut self, input: &mut Input) {
        const PPI: u32 = 0x4001_F000;
        let channel = u32::from(input.byte() % 20);
        let end = |first: u32, input: &mut Input| {
            0x4000_0000 | u32::from(input.byte() % 48) << 12 | first | u32::from(input.byte()) << 2 & 0xFC
        };
        let ends =
            [(0x510 + 8 * channel, end(0x100, input)), (0x514 + 8 * channel, end(0, input)), (0x504, 1 << channel)];
        for (at, value) in ends {
            let written = self.soc.write(PPI + at, Width::Word, value, &mut self.fabric.world);
            assert!(written.is_ok(), "PPI is there");
        }
        self.fabric.settle(&mut self.soc);
    }

    fn step(&mut self, input: &mut Input) {
        let op = input.byte();
        match op & 7 {
            0..5 => self.access(op, input),
            5 => {
                let pin = PinId(input.byte() % 48);
                let drive = [Drive::Low, Drive::High, Drive::Release, Drive::PullUp][usize::from(op >> 6)];
                Cx::new(&mut self.fabric.world, self.hand).drive(pin, drive);
                self.fabric.settle(&mut self.soc);
            }
            6 if op >> 7 != 0 => self.route(input),
            6 => self.wait(Span::from_cycles(1 << (op >> 3 & 15))),
            _ => self.wait(Span::from_ms(u64::from(op >> 3))),
        }
    }
}

fn run(data: &[u8]) -> u64 {
    let mut input = Input::new(data);
    let mut bench = Bench::new(&mut input);
    while !input.is_empty() && bench.fabric.world.now < Instant::ZERO + LONGEST && bench.alarms < MOST_ALARMS {
        bench.step(&mut input);
    }
    bench.wait(Span::from_ms(10));
    bench.trace.note(bench.fabric.world.irqs);
    let Bench { fabric, mut trace, wires, .. } = bench;
    fabric.world.findings.all().iter().for_each(|f| trace.note(f.count));
    fabric.probe::<Trace>(wires).iter().for_each(|wires| trace.note(wires.digest()));
    trace.digest()
}

fuzz_target!(|data: &[u8]| {
    assert_eq!(run(data), run(data), "the same accesses, other answers");
});
