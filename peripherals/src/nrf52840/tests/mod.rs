//! The SoC through its bus, its pins and simulated time.

mod bus;
mod clock;
mod comparator;
mod core_registers;
mod ecb;
mod egu;
mod gpio;
mod gpiote;
mod link;
mod names;
mod nvmc;
mod power;
mod ppi;
mod pwm;
mod qdec;
mod qspi;
mod random;
mod rng;
mod rtc;
mod saadc;
mod spi;
mod steady;
mod temp;
mod timer;
mod twi;
mod twi_slave;
mod uart;
mod uart_receive;
mod usbd;
mod watchdog;

use super::*;
use crate::kernel::{
    ActorId, Alarm, Chip, Cx, Direction, Drive, Edge, Fabric, HearsPins, InputTo, Instant, Level, NetId, PinId,
    PinSpec, SOC, Span, Width,
};

/// RAM from 0x2000_0000.
pub(super) struct SomeRam(pub(super) Vec<u8>);

impl Ram for SomeRam {
    fn read(&mut self, addr: u32, into: &mut [u8]) -> bool {
        let from = addr.checked_sub(0x2000_0000).map(|at| at as usize);
        let part = from.and_then(|at| self.0.get(at..at.checked_add(into.len())?));
        part.map(|part| into.copy_from_slice(part)).is_some()
    }
    fn write(&mut self, addr: u32, from: &[u8]) -> bool {
        let at = addr.checked_sub(0x2000_0000).map(|at| at as usize);
        let part = at.and_then(|at| self.0.get_mut(at..at.checked_add(from.len())?));
        part.map(|part| part.copy_from_slice(from)).is_some()
    }
}

/// A board with the SoC alone; wires are joined to pins by name.
pub(super) struct Bench {
    pub(super) soc: Soc,
    pub(super) fabric: Fabric,
    pub(super) ram: SomeRam,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(SocConfig::default(), |_| {})
    }

    /// A board on which `wire` has joined wires before power-on.
    pub(super) fn with(config: SocConfig, wire: impl FnOnce(&mut Fabric)) -> Self {
        let mut fabric = Fabric::default();
        wire(&mut fabric);
        let mut bench = Self { soc: Soc::new(config), fabric, ram: SomeRam(vec![0; 256]) };
        bench.soc.reset(ResetCause::PowerOn, &mut bench.fabric.world);
        bench.fabric.power_on(&mut bench.soc);
        bench
    }

    pub(super) fn write(&mut self, addr: u32, value: u32) {
        self.soc.write(addr, Width::Word, value, &mut self.fabric.world).expect("mapped");
        self.fabric.settle(&mut self.soc);
    }

    pub(super) fn read(&mut self, addr: u32) -> u32 {
        let value = self.soc.read(addr, Width::Word, &mut self.fabric.world).expect("mapped");
        self.fabric.settle(&mut self.soc);
        value
    }

    /// Lets `span` pass with every alarm in it.
    pub(super) fn run(&mut self, span: Span) {
        let end = self.fabric.world.now + span;
        while let Some(due) = self.fabric.world.sched.pop(end) {
            self.fabric.world.now = due.at;
            if due.actor == SOC {
                self.soc.wake(due.alarm, &mut self.ram, &mut self.fabric.world);
                self.fabric.settle(&mut self.soc);
            } else {
                self.fabric.wake(due.actor, due.alarm, &mut self.soc);
            }
        }
        self.fabric.world.now = end;
    }

    pub(super) fn at(&mut self, cycle: u64) -> &mut Self {
        self.fabric.world.now = Instant::from_cycles(cycle);
        self
    }

    pub(super) fn console(&mut self) -> String {
        self.fabric.world.console.drain(..).map(|(_, byte)| char::from(byte)).collect()
    }

    /// Types `text`, which arrives at once.
    pub(super) fn send(&mut self, text: &str) {
        self.fabric.world.input.open(InputTo::First);
        let now = self.fabric.world.now;
        self.soc.send_input(text.as_bytes(), now, &mut self.fabric.world);
        self.run(Span::from_ps(0));
    }

    pub(super) fn lints(&self) -> Vec<&'static str> {
        self.fabric.world.findings.all().iter().map(|f| f.lint.name).collect()
    }

    pub(super) fn detail(&self, lint: &str) -> &str {
        &self.fabric.world.findings.named(lint).expect("was reported").detail
    }
}

/// Joins `pin` and an outside part, actor 1, to a wire.
pub(super) fn wire(fabric: &mut Fabric, name: &str, pin: u8) -> NetId {
    let net = fabric.world.nets.add(name);
    fabric.world.nets.join(net, SOC, PinId(pin));
    net
}

/// A part with one pin whose drive the test sets.
#[derive(Clone)]
pub(super) struct Hand;
static HAND: [PinSpec; 1] = [PinSpec { name: "X", direction: Direction::Both }];
impl HearsPins for Hand {
    fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
}
impl Chip for Hand {
    fn pins(&self) -> &'static [PinSpec] {
        &HAND
    }
    fn wake(&mut self, _: Alarm, _: &mut Cx) {}
    fn reset(&mut self, _: &mut Cx) {}
}

/// `pin` and a hand on wire X.
pub(super) fn held(pin: u8) -> (Bench, NetId, impl Fn(&mut Bench, Drive)) {
    let mut ids = None;
    let b = Bench::with(SocConfig::default(), |f| {
        let hand = f.add_chip(Box::new(Hand));
        let net = wire(f, "X", pin);
        f.world.nets.join(net, hand, PinId(0));
        ids = Some((net, hand));
    });
    let (net, hand): (NetId, ActorId) = ids.expect("wired");
    (b, net, move |b, drive| {
        Cx::new(&mut b.fabric.world, hand).drive(PinId(0), drive);
        b.fabric.settle(&mut b.soc);
    })
}
