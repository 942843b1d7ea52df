//! The board at work: pin changes travel along wires to whoever hears them until nothing changes any more.

use super::cx::{Cx, World};
use super::finding::{Kind, Level as LintLevel, Lint};
use super::net::{ActorId, Edge, Level, NetId, PinId, ProbeId, SOC};
use super::sched::Alarm;
use super::snapshot::copies;
use super::time::Instant;
use std::any::Any;

/// Outputs that work against each other.
pub static CONTENTION: Lint = Lint {
    name: "contention",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "two outputs drive one wire to different levels",
    why: "a short circuit on real hardware, with a level that is chance; here it reads low",
    help: "release one of the pins first, or use an open-drain mode with a pull-up",
};

/// Outputs that chase each other.
pub static OSCILLATION: Lint = Lint {
    name: "oscillation",
    kind: Kind::Fault,
    level: LintLevel::Warn,
    message: "outputs of the board change each other without end, within one moment",
    why: "wires that feed back oscillate on real hardware; here they are left as they are after 10,000 changes",
    help: "look for an output that is wired, through a chip, to its own input",
};

/// Which way a chip's pin works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The chip listens.
    Input,
    /// The chip drives.
    Output,
    /// Either.
    Both,
}

/// A pin of a chip: its index in the list is its [`PinId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinSpec {
    /// The name on the data sheet.
    pub name: &'static str,
    /// Which way it works.
    pub direction: Direction,
}

/// Something that hears edges at its pins.
pub trait HearsPins {
    /// The wire at `pin` has changed; the present is `cx.now()`.
    fn edge(&mut self, pin: PinId, edge: Edge, cx: &mut Cx);
}

/// A part outside the SoC, reached only by pins.
pub trait Chip: HearsPins + CopyChip + Any + Send {
    /// Its pins; a place in the list is the pin's number.
    fn pins(&self) -> &'static [PinSpec];

    /// A moment that it asked for has come.
    fn wake(&mut self, alarm: Alarm, cx: &mut Cx);

    /// Power-on. Levels at its pins are valid: the board's resistors have settled.
    fn reset(&mut self, cx: &mut Cx);
}

/// Sees facts and never changes them.
pub trait Probe: CopyProbe + Any + Send {
    /// `net` has changed to `level`.
    fn edge(&mut self, at: Instant, net: NetId, level: Level);

    /// The same, with the instruction whose access it came of: `None` when a peripheral or a chip did it by itself. A probe that
    /// has no use for that leaves this as it is.
    fn edge_of(&mut self, at: Instant, net: NetId, level: Level, _pc: Option<u32>) {
        self.edge(at, net, level);
    }
}

copies! {
    /// Every [`Chip`] that is `Clone` can be copied without being known.
    CopyChip for Chip
}

copies! {
    /// Every [`Probe`] that is `Clone` can be copied without being known.
    CopyProbe for Probe
}

/// All chips of a board with the wires between them. A clone is a snapshot: it goes on exactly as the original does.
#[derive(Clone, Default)]
pub struct Fabric {
    /// Time, wires, alarms and findings.
    pub world: World,
    chips: Vec<Box<dyn Chip>>,
    probes: Vec<Box<dyn Probe>>,
}

/// Two chips can make each other oscillate within one moment; after this many changes that is cut off.
const MOST_CHANGES_A_MOMENT: u32 = 10_000;

impl Fabric {
    /// Adds a chip; its pins join wires by [`super::Nets::join`] after that.
    pub fn add_chip(&mut self, chip: Box<dyn Chip>) -> ActorId {
        let actor = ActorId(self.chips.len() as u16 + 1);
        let pins = (0..).map(PinId).zip(chip.pins());
        let inputs = pins.filter(|(_, spec)| spec.direction == Direction::Input).map(|(pin, _)| pin);
        self.world.nets.are_inputs(actor, inputs);
        self.chips.push(chip);
        actor
    }

    /// Adds a probe; it sees the wires that [`super::Nets::watch`] names.
    pub fn add_probe(&mut self, probe: Box<dyn Probe>) -> ProbeId {
        self.probes.push(probe);
        ProbeId((self.probes.len() - 1) as u16)
    }

    /// The chip `actor`, if it is a `C`.
    pub fn chip<C: Chip>(&self, actor: ActorId) -> Option<&C> {
        let chip: &dyn Any = &**self.chips.get(usize::from(actor.0).checked_sub(1)?)?;
        chip.downcast_ref()
    }

    /// The chip `actor`, if it is a `C`, to change.
    pub fn chip_mut<C: Chip>(&mut self, actor: ActorId) -> Option<&mut C> {
        let chip: &mut dyn Any = &mut **self.chips.get_mut(usize::from(actor.0).checked_sub(1)?)?;
        chip.downcast_mut()
    }

    /// The probe `id`, if it is a `P`.
    pub fn probe<P: Probe>(&self, id: ProbeId) -> Option<&P> {
        let probe: &dyn Any = &**self.probes.get(usize::from(id.0))?;
        probe.downcast_ref()
    }

    /// The probe `id`, if it is a `P`, to change.
    pub fn probe_mut<P: Probe>(&mut self, id: ProbeId) -> Option<&mut P> {
        let probe: &mut dyn Any = &mut **self.probes.get_mut(usize::from(id.0))?;
        probe.downcast_mut()
    }

    /// Powers every chip on, in board order.
    pub fn power_on(&mut self, soc: &mut dyn HearsPins) {
        for (index, chip) in self.chips.iter_mut().enumerate() {
            chip.reset(&mut Cx::new(&mut self.world, ActorId(index as u16 + 1)));
        }
        self.settle(soc);
    }

    /// Wakes whoever `due` names among the chips; the SoC's own alarms are the engine's.
    pub fn wake(&mut self, actor: ActorId, alarm: Alarm, soc: &mut dyn HearsPins) {
        if let Some(index) = usize::from(actor.0).checked_sub(1)
            && let Some(chip) = self.chips.get_mut(index)
        {
            chip.wake(alarm, &mut Cx::new(&mut self.world, actor));
        }
        self.settle(soc);
    }

    /// Lets pin changes travel until the wires are quiet. Order is first come, first served, and each wire's pins hear it
    /// in the order in which they joined it.
    #[inline]
    pub fn settle(&mut self, soc: &mut dyn HearsPins) {
        let mut changes = 0;
        while let Some((actor, pin, drive)) = self.world.drives.pop_front() {
            let now = self.world.now;
            let Some((net, edge)) = self.world.nets.drive(actor, pin, drive, now) else { continue };
            changes += 1;
            if changes > MOST_CHANGES_A_MOMENT {
                self.world.drives.clear();
                let wire = self.world.nets.name(net).to_owned();
                Cx::new(&mut self.world, SOC).report(&OSCILLATION, u64::from(net.0), || wire);
                return;
            }
            for index in 0.. {
                let Some(&ProbeId(probe)) = self.world.nets.watchers(net).get(index) else { break };
                self.probes[usize::from(probe)].edge_of(now, net, edge.level(), self.world.pc);
            }
            for index in 0.. {
                let Some(&(listener, pin)) = self.world.nets.listeners(net).get(index) else { break };
                let cx = &mut Cx::new(&mut self.world, listener);
                if listener == SOC {
                    soc.edge(pin, edge, cx);
                } else {
                    self.chips[usize::from(listener.0) - 1].edge(pin, edge, cx);
                }
            }
        }
        if self.world.nets.has_disputes() {
            self.report_contention();
        }
    }

    /// Only what is left when the wires are quiet counts: a bus may change hands within one moment.
    #[cold]
    fn report_contention(&mut self) {
        for net in self.world.nets.take_disputes() {
            let wire = format!("wire `{}`", self.world.nets.name(net));
            Cx::new(&mut self.world, SOC).report(&CONTENTION, u64::from(net.0), || wire);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Drive;

    struct Deaf;
    impl HearsPins for Deaf {
        fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
    }

    /// Pin 1 is the inverse of pin 0.
    #[derive(Clone)]
    struct Inverter;
    static PINS: [PinSpec; 2] =
        [PinSpec { name: "A", direction: Direction::Input }, PinSpec { name: "Y", direction: Direction::Output }];
    impl HearsPins for Inverter {
        fn edge(&mut self, pin: PinId, edge: Edge, cx: &mut Cx) {
            if pin == PinId(0) {
                cx.drive(PinId(1), Drive::from(Level::from(!edge.level().is_high())));
            }
        }
    }
    impl Chip for Inverter {
        fn pins(&self) -> &'static [PinSpec] {
            &PINS
        }
        fn wake(&mut self, _: Alarm, _: &mut Cx) {}
        fn reset(&mut self, cx: &mut Cx) {
            let level = cx.level(PinId(0));
            cx.drive(PinId(1), Drive::from(Level::from(!level.is_high())));
        }
    }

    fn board() -> (Fabric, NetId, NetId) {
        let mut f = Fabric::default();
        let chip = f.add_chip(Box::new(Inverter));
        let (a, y) = (f.world.nets.add("A"), f.world.nets.add("Y"));
        f.world.nets.join(a, SOC, PinId(0));
        f.world.nets.join(a, chip, PinId(0));
        f.world.nets.join(y, chip, PinId(1));
        f.power_on(&mut Deaf);
        (f, a, y)
    }

    #[test]
    fn an_edge_has_settled_when_settle_returns() {
        let (mut f, _, y) = board();
        assert_eq!(f.world.nets.level(y), Level::High);
        Cx::new(&mut f.world, SOC).drive(PinId(0), Drive::High);
        f.settle(&mut Deaf);
        assert_eq!(f.world.nets.level(y), Level::Low);
    }

    #[test]
    fn a_ring_that_oscillates_ends() {
        let mut f = Fabric::default();
        let chip = f.add_chip(Box::new(Inverter));
        let ring = f.world.nets.add("ring");
        f.world.nets.join(ring, chip, PinId(0));
        let out = f.world.nets.add("out");
        f.world.nets.join(out, chip, PinId(1));
        f.world.nets.join(ring, SOC, PinId(0));
        f.world.nets.join(out, SOC, PinId(1));
        struct Bridge;
        impl HearsPins for Bridge {
            fn edge(&mut self, pin: PinId, edge: Edge, cx: &mut Cx) {
                if pin == PinId(1) {
                    cx.drive(PinId(0), Drive::from(edge.level()));
                }
            }
        }
        f.power_on(&mut Bridge);
        assert!(f.world.findings.named("oscillation").is_some());
    }
}
