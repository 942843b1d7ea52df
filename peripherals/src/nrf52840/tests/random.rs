//! Firmware is untrusted: whatever it does to whichever registers, with events routed from any block to any other, the chip survives it,
//! time goes on, and the same again gives the same again.

use super::*;
use crate::kernel::{Access, Findings};
use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Clone, Debug)]
enum Op {
    /// A register of any block, by its place among all of them.
    Read(Index, Width),
    Write(Index, Width, u32),
    /// A task of any block.
    Task(Index),
    /// PPI leads from any event to any task and another.
    Route(u32, Index, Index, Index),
    Drive(u8, Drive),
    Sleep(bool),
    Wait(u64),
}

/// Addresses of registers of the SoC; those of the blocks that a run is about come three times as often as all others together.
struct Registers {
    all: Vec<u32>,
    tasks: Vec<u32>,
    events: Vec<u32>,
    /// What makes it likely that the blocks that a run is about do something.
    setup: Vec<(u32, u32)>,
}

/// Settings for `instance`: its ENABLE, pointers into RAM, short counts and pins that exist; the rest from `values`.
fn setup(instance: &map::Instance, values: &mut impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
    let mut setup = Vec::new();
    for register in instance.registers.registers.iter().filter(|r| r.access == Access::RW && r.offset >= 0x200) {
        for n in 0..u32::from(register.count) {
            let value = values.next().unwrap_or_default();
            let value = match register.name {
                "INTENCLR" | "EVTENCLR" => continue,
                "ENABLE" => instance.enable.max(1),
                "CRV" => value % 20,
                name if name.contains("PTR") => 0x2000_0000 + value % 200,
                name if name.contains("CNT") => value % 10,
                name if name.contains("PSELP") => value % 10,
                name if name.starts_with("PSEL") => value % 48,
                // GPIOTE.CONFIG: event or task at a pin of P0.
                "CONFIG" if instance.name == "GPIOTE" => value & 0x0013_1F00 | (1 + (value & 2)),
                _ => value,
            };
            setup.push((instance.base + u32::from(register.offset) + n * u32::from(register.stride), value));
        }
    }
    // ENABLE comes last: it locks what some drivers must set before.
    setup.sort_by_key(|&(addr, _)| addr & 0xFFF == 0x500);
    setup
}

fn registers(about: &[Index], values: &[u32]) -> Registers {
    let instances: Vec<_> = map::instances().collect();
    let of = |chosen: &[&map::Instance], prefix: &str| {
        let registers = chosen.iter().flat_map(|i| i.registers.registers.iter().map(|r| (i.base, r)));
        let named = registers.filter(|(_, r)| r.name.starts_with(prefix));
        let addresses = named.flat_map(|(base, r)| {
            (0..u32::from(r.count)).map(move |n| base + u32::from(r.offset) + n * u32::from(r.stride))
        });
        addresses.collect::<Vec<u32>>()
    };
    let chosen: Vec<_> = about.iter().map(|index| *index.get(&instances)).collect();
    let [all, tasks, events] = ["", "TASKS_", "EVENTS_"].map(|prefix| {
        let (mut addresses, often) = (of(&instances, prefix), of(&chosen, prefix));
        let times = if often.is_empty() { 0 } else { 3 * addresses.len() / often.len() };
        addresses.extend(often.iter().cycle().take(times * often.len()));
        addresses
    });
    let mut values = values.iter().copied().cycle();
    let setup = chosen.iter().flat_map(|instance| setup(instance, &mut values)).collect();
    Registers { all, tasks, events, setup }
}

fn width() -> impl Strategy<Value = Width> {
    prop_oneof![8 => Just(Width::Word), 1 => Just(Width::Half), 1 => Just(Width::Byte)]
}

fn value() -> impl Strategy<Value = u32> {
    prop_oneof![
        3 => Just(1u32),
        3 => 0u32..48,
        2 => (0u32..260).prop_map(|at| 0x2000_0000 + at),
        1 => (0u32..32).prop_map(|bit| 1 << bit),
        1 => Just(u32::MAX),
        1 => any::<u32>(),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    const DRIVES: [Drive; 5] = [Drive::Low, Drive::High, Drive::Release, Drive::PullUp, Drive::PullDown];
    prop_oneof![
        10 => (any::<Index>(), width(), value()).prop_map(|(at, width, value)| Op::Write(at, width, value)),
        3 => (any::<Index>(), width()).prop_map(|(at, width)| Op::Read(at, width)),
        5 => any::<Index>().prop_map(Op::Task),
        4 => (0u32..20, any::<Index>(), any::<Index>(), any::<Index>()).prop_map(|(n, a, b, c)| Op::Route(n, a, b, c)),
        3 => (0u8..48, prop::sample::select(&DRIVES[..])).prop_map(|(pin, drive)| Op::Drive(pin, drive)),
        1 => any::<bool>().prop_map(Op::Sleep),
        4 => prop_oneof![0u64..100_000, 0u64..300_000_000].prop_map(Op::Wait),
    ]
}

/// The blocks that a run is about, and their settings.
fn about() -> impl Strategy<Value = (Vec<Index>, Vec<u32>)> {
    (prop::collection::vec(any::<Index>(), 1..5), prop::collection::vec(value(), 30..60))
}

/// A chip with a hand at every pin of P0.
struct Subject {
    bench: Bench,
    hand: ActorId,
    alarms: u64,
}

impl Subject {
    fn new(registers: &Registers) -> Self {
        let mut hand = ActorId(0);
        let bench = Bench::with(SocConfig { usb: true, ..SocConfig::default() }, |f| {
            hand = f.add_chip(Box::new(Hand));
            for pin in 0..32 {
                let net = wire(f, "X", pin);
                f.world.nets.join(net, hand, PinId(pin));
            }
        });
        let mut subject = Self { bench, hand, alarms: 0 };
        // UICR takes words only as flash does.
        for &(addr, value) in registers.setup.iter().filter(|(addr, _)| addr & !0xFFF != map::UICR) {
            subject.bench.write(addr, value);
        }
        subject
    }

    fn settle(&mut self) {
        let Bench { soc, fabric, .. } = &mut self.bench;
        fabric.settle(soc);
        if let Some(cause) = soc.take_reset_request() {
            soc.reset(cause, &mut fabric.world);
            fabric.settle(soc);
        }
    }

    /// What a read gives; 0 for anything else.
    fn act(&mut self, op: &Op, registers: &Registers) -> u32 {
        let mut seen = 0;
        let Bench { soc, fabric, .. } = &mut self.bench;
        let world = &mut fabric.world;
        match op {
            Op::Read(at, width) => seen = soc.read(*at.get(&registers.all), *width, world).expect("it exists"),
            Op::Write(at, width, value) => {
                let at = *at.get(&registers.all);
                // What may not be programmed or erased is a fault.
                let is_flash = matches!(at & !0xFFF, map::UICR | 0x4001_E000);
                assert!(soc.write(at, *width, *value, world).is_ok() || is_flash, "0x{at:08x} exists");
            }
            Op::Task(at) => soc.write(*at.get(&registers.tasks), Width::Word, 1, world).expect("it exists"),
            Op::Route(n, event, task, fork) => {
                let ends = [(0x510 + 8 * n, event.get(&registers.events)), (0x514 + 8 * n, task.get(&registers.tasks))];
                for (at, end) in ends.into_iter().chain([(0x910 + 4 * n, fork.get(&registers.tasks))]) {
                    soc.write(0x4001_F000 + at, Width::Word, *end, world).expect("it exists");
                }
                soc.write(0x4001_F504, Width::Word, 1 << n, world).expect("it exists");
            }
            Op::Drive(pin, drive) => Cx::new(world, self.hand).drive(PinId(pin % 32), *drive),
            Op::Sleep(true) => soc.fall_asleep(world),
            Op::Sleep(false) => soc.wake_up(world),
            Op::Wait(ps) => return self.wait(Span::from_ps(*ps)),
        }
        self.settle();
        seen
    }

    /// Time goes on: blocks have so many alarms, at most one for each edge of the 16 MHz clock.
    fn wait(&mut self, span: Span) -> u32 {
        let end = self.bench.fabric.world.now + span;
        let (edges, mut alarms) = (span.as_ps() / 62_500 + 2, 0);
        while let Some(due) = self.bench.fabric.world.sched.pop(end) {
            alarms += 1;
            assert!(alarms <= edges * alarms::all().count() as u64, "alarm {:?} does not let time go on", due.alarm);
            let Bench { soc, fabric, ram } = &mut self.bench;
            assert!(due.at >= fabric.world.now, "time goes back");
            fabric.world.now = due.at;
            if due.actor == SOC {
                soc.wake(due.alarm, ram, &mut fabric.world);
            }
            self.settle();
        }
        self.bench.fabric.world.now = end;
        self.alarms += alarms;
        0
    }
}

/// All that there is to see of a run.
fn play(ops: &[Op], registers: &Registers) -> (Vec<u32>, String, u64, u64, Vec<u8>) {
    let mut subject = Subject::new(registers);
    let seen = ops.iter().map(|op| subject.act(op, registers)).collect();
    subject.wait(Span::from_us(300));
    let Subject { bench: Bench { fabric, ram, .. }, alarms, .. } = subject;
    let findings: &Findings = &fabric.world.findings;
    (seen, format!("{findings:?}"), fabric.world.irqs, alarms, ram.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_use_of_any_block_is_survived_and_repeats(about in about(), ops in prop::collection::vec(op(), 1..120)) {
        let registers = registers(&about.0, &about.1);
        prop_assert_eq!(play(&ops, &registers), play(&ops, &registers));
    }

    /// A copy in the middle goes on as the original does.
    #[test]
    fn a_copy_goes_on_as_the_original(about in about(), ops in prop::collection::vec(op(), 2..80), at in any::<Index>()) {
        let registers = registers(&about.0, &about.1);
        let (before, after) = ops.split_at(at.index(ops.len()));
        let mut subject = Subject::new(&registers);
        for op in before {
            subject.act(op, &registers);
        }
        let Bench { soc, fabric, ram } = &subject.bench;
        let bench = Bench { soc: soc.clone(), fabric: fabric.clone(), ram: SomeRam(ram.0.clone()) };
        let mut copy = Subject { bench, hand: subject.hand, alarms: subject.alarms };
        for op in after {
            prop_assert_eq!(subject.act(op, &registers), copy.act(op, &registers), "{:?}", op);
        }
        prop_assert_eq!(subject.bench.ram.0, copy.bench.ram.0);
        prop_assert_eq!(subject.bench.fabric.world.irqs, copy.bench.fabric.world.irqs);
    }
}
