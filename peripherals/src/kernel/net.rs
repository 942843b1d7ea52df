//! Wires: who drives them, what pulls them, and the level that results.

use super::time::Instant;

/// An actor on the board: the SoC is [`SOC`], chips are numbered from 1 in board order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(pub u16);

/// The SoC, whose pins 0 to 31 are P0.00 to P0.31 and 32 to 47 are P1.00 to P1.15.
pub const SOC: ActorId = ActorId(0);

/// A pin by its owner's own numbering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PinId(pub u8);

/// A wire of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetId(pub u16);

/// One of the probes that watch wires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeId(pub u16);

/// A logic level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Level {
    /// Below VIL.
    #[default]
    Low,
    /// Above VIH.
    High,
}

impl Level {
    /// High is true.
    #[inline]
    pub const fn is_high(self) -> bool {
        matches!(self, Self::High)
    }
}

impl From<bool> for Level {
    #[inline]
    fn from(high: bool) -> Self {
        if high { Self::High } else { Self::Low }
    }
}

/// A change of a wire's level, named by the level it changes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Low to high.
    Rising,
    /// High to low.
    Falling,
}

impl Edge {
    /// The level after the edge.
    #[inline]
    pub const fn level(self) -> Level {
        match self {
            Self::Rising => Level::High,
            Self::Falling => Level::Low,
        }
    }
}

/// What one pin does to its wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Drive {
    /// High impedance.
    #[default]
    Release,
    /// A resistor to ground.
    PullDown,
    /// A resistor to the supply.
    PullUp,
    /// An output at ground.
    Low,
    /// An output at the supply.
    High,
}

impl From<Level> for Drive {
    #[inline]
    fn from(level: Level) -> Self {
        if level.is_high() { Self::High } else { Self::Low }
    }
}

/// Where a wire's level comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Resolved {
    /// Nothing drives or pulls it: it keeps low, and reading it is worth a warning.
    #[default]
    Floating,
    /// Only resistors decide.
    Pulled,
    /// One output, or several that agree.
    Driven,
    /// Outputs that disagree: the level is taken as low, as an output to ground is usually the stronger one (guess).
    Contention,
}

/// The place among a wire's drivers of a pin that drives nothing.
const NO_DRIVER: u16 = u16::MAX;

#[derive(Clone, Debug, Default)]
struct Net {
    name: String,
    level: Level,
    resolved: Resolved,
    drivers: Vec<Drive>,
    listeners: Vec<(ActorId, PinId)>,
    watchers: Vec<ProbeId>,
    changed: Instant,
}

/// All wires of a board and who is joined to them.
#[derive(Clone, Debug, Default)]
pub struct Nets {
    nets: Vec<Net>,
    /// Per actor and pin: the wire and the pin's place among its drivers.
    joints: Vec<Vec<Option<(NetId, u16)>>>,
    /// Pins that drive nothing.
    inputs: Vec<(ActorId, PinId)>,
    /// Wires whose outputs came to disagree since [`Nets::take_disputes`].
    disputes: Vec<NetId>,
}

impl Nets {
    /// A new wire that nothing drives yet.
    pub fn add(&mut self, name: impl Into<String>) -> NetId {
        let id = NetId(u16::try_from(self.nets.len()).expect("a board has fewer than 65,536 wires"));
        self.nets.push(Net { name: name.into(), ..Net::default() });
        id
    }

    /// Pins of `actor` that are inputs, for those that join wires from now on: they drive nothing.
    pub(super) fn are_inputs(&mut self, actor: ActorId, pins: impl Iterator<Item = PinId>) {
        self.inputs.extend(pins.map(|pin| (actor, pin)));
    }

    /// Joins `pin` of `actor` to `net`: it hears its edges and, unless it is an input of a chip, may drive the wire. A pin joins one
    /// wire only.
    ///
    /// # Panics
    /// When the pin is already joined: board files are checked before this.
    pub fn join(&mut self, net: NetId, actor: ActorId, pin: PinId) {
        let (a, p) = (usize::from(actor.0), usize::from(pin.0));
        if self.joints.len() <= a {
            self.joints.resize_with(a + 1, Vec::new);
        }
        if self.joints[a].len() <= p {
            self.joints[a].resize(p + 1, None);
        }
        assert!(self.joints[a][p].is_none(), "pin {p} of actor {a} joins a second wire");
        let n = &mut self.nets[usize::from(net.0)];
        n.listeners.push((actor, pin));
        let driver = if self.inputs.contains(&(actor, pin)) {
            NO_DRIVER
        } else {
            n.drivers.push(Drive::Release);
            (n.drivers.len() - 1) as u16
        };
        self.joints[a][p] = Some((net, driver));
    }

    /// Whether a pin other than `pin` of `actor` may drive the wire that it is joined to.
    pub fn is_shared(&self, actor: ActorId, pin: PinId) -> bool {
        let Some(net) = self.net_of(actor, pin) else { return false };
        let drives = |&(a, p): &(ActorId, PinId)| {
            let joint = self.joints.get(usize::from(a.0)).and_then(|pins| pins.get(usize::from(p.0)));
            matches!(joint, Some(Some((_, driver))) if *driver != NO_DRIVER)
        };
        self.listeners(net).iter().any(|other| *other != (actor, pin) && drives(other))
    }

    /// Adds a resistor of the board to `net` and settles its level at once; meant for the time before power-on.
    pub fn pull(&mut self, net: NetId, drive: Drive) {
        let n = &mut self.nets[usize::from(net.0)];
        n.drivers.push(drive);
        (n.level, n.resolved) = resolve(&n.drivers);
    }

    /// Lets `probe` see every edge of `net`.
    pub fn watch(&mut self, net: NetId, probe: ProbeId) {
        self.nets[usize::from(net.0)].watchers.push(probe);
    }

    /// The wire that `pin` of `actor` is joined to.
    #[inline]
    pub fn net_of(&self, actor: ActorId, pin: PinId) -> Option<NetId> {
        self.joints.get(usize::from(actor.0))?.get(usize::from(pin.0)).copied().flatten().map(|(net, _)| net)
    }

    /// Sets what `pin` of `actor` does to its wire; an input does nothing. Returns the wire and its edge when the level changes.
    #[inline]
    pub fn drive(&mut self, actor: ActorId, pin: PinId, drive: Drive, now: Instant) -> Option<(NetId, Edge)> {
        let (id, driver) = self.joints.get(usize::from(actor.0))?.get(usize::from(pin.0)).copied().flatten()?;
        let net = &mut self.nets[usize::from(id.0)];
        let slot = net.drivers.get_mut(usize::from(driver))?;
        if *slot == drive {
            return None;
        }
        *slot = drive;
        let (level, resolved) = resolve(&net.drivers);
        if resolved == Resolved::Contention && net.resolved != resolved {
            self.disputes.push(id);
        }
        net.resolved = resolved;
        if level == net.level {
            return None;
        }
        net.level = level;
        net.changed = now;
        Some((id, if level.is_high() { Edge::Rising } else { Edge::Falling }))
    }

    /// Whether outputs came to disagree somewhere since [`Nets::take_disputes`].
    #[inline]
    pub(super) fn has_disputes(&self) -> bool {
        !self.disputes.is_empty()
    }

    /// Wires whose outputs came to disagree since the last call, and still do.
    pub(super) fn take_disputes(&mut self) -> Vec<NetId> {
        let mut wires = core::mem::take(&mut self.disputes);
        wires.retain(|&id| self.resolved(id) == Resolved::Contention);
        wires.dedup();
        wires
    }

    /// What `pin` of `actor` does to its wire now.
    pub fn driving(&self, actor: ActorId, pin: PinId) -> Drive {
        match self.joints.get(usize::from(actor.0)).and_then(|p| p.get(usize::from(pin.0)).copied().flatten()) {
            Some((net, driver)) => {
                self.nets[usize::from(net.0)].drivers.get(usize::from(driver)).copied().unwrap_or_default()
            }
            None => Drive::Release,
        }
    }

    /// The level of `net`.
    #[inline]
    pub fn level(&self, net: NetId) -> Level {
        self.nets[usize::from(net.0)].level
    }

    /// Where the level of `net` comes from.
    pub fn resolved(&self, net: NetId) -> Resolved {
        self.nets[usize::from(net.0)].resolved
    }

    /// When the level of `net` last changed.
    pub fn changed(&self, net: NetId) -> Instant {
        self.nets[usize::from(net.0)].changed
    }

    /// The wire's name on the board.
    pub fn name(&self, net: NetId) -> &str {
        &self.nets[usize::from(net.0)].name
    }

    /// Pins that hear `net`, in the order they were joined.
    #[inline]
    pub fn listeners(&self, net: NetId) -> &[(ActorId, PinId)] {
        &self.nets[usize::from(net.0)].listeners
    }

    /// Probes that watch `net`.
    #[inline]
    pub fn watchers(&self, net: NetId) -> &[ProbeId] {
        &self.nets[usize::from(net.0)].watchers
    }

    /// All wires, in the order they were added.
    pub fn ids(&self) -> impl Iterator<Item = NetId> + use<> {
        (0..self.nets.len() as u16).map(NetId)
    }
}

/// Outputs beat resistors; two resistors against each other, and outputs that disagree, give low (guess).
#[inline]
fn resolve(drivers: &[Drive]) -> (Level, Resolved) {
    let mut seen = [false; 5];
    for &drive in drivers {
        seen[drive as usize] = true;
    }
    let has = |drive: Drive| seen[drive as usize];
    match (has(Drive::Low), has(Drive::High)) {
        (true, true) => (Level::Low, Resolved::Contention),
        (true, false) => (Level::Low, Resolved::Driven),
        (false, true) => (Level::High, Resolved::Driven),
        (false, false) => match (has(Drive::PullDown), has(Drive::PullUp)) {
            // A wire with nothing on it keeps low, whatever it was before: a promise of the board files.
            (false, false) => (Level::Low, Resolved::Floating),
            (down, _) => (Level::from(!down), Resolved::Pulled),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Drive; 5] = [Drive::Release, Drive::PullDown, Drive::PullUp, Drive::Low, Drive::High];

    #[test]
    fn an_output_beats_a_pull() {
        assert_eq!(resolve(&[Drive::PullUp, Drive::Low]), (Level::Low, Resolved::Driven));
        assert_eq!(resolve(&[Drive::PullDown, Drive::High]), (Level::High, Resolved::Driven));
    }

    #[test]
    fn an_input_hears_and_does_nothing() {
        let mut nets = Nets::default();
        let (net, chip) = (nets.add("SCLK"), ActorId(1));
        nets.are_inputs(chip, [PinId(0)].into_iter());
        nets.join(net, SOC, PinId(3));
        nets.join(net, chip, PinId(0));
        assert_eq!(nets.listeners(net), [(SOC, PinId(3)), (chip, PinId(0))]);
        assert_eq!(nets.drive(chip, PinId(0), Drive::High, Instant::ZERO), None);
        assert_eq!((nets.driving(chip, PinId(0)), nets.resolved(net)), (Drive::Release, Resolved::Floating));
        assert!(!nets.is_shared(SOC, PinId(3)) && nets.is_shared(chip, PinId(0)) && !nets.is_shared(SOC, PinId(4)));
        nets.join(net, ActorId(2), PinId(0));
        assert!(nets.is_shared(SOC, PinId(3)));
    }

    #[test]
    fn an_open_drain_wire_rises_by_its_pull() {
        let mut nets = Nets::default();
        let net = nets.add("SDA");
        nets.join(net, SOC, PinId(3));
        nets.pull(net, Drive::PullUp);
        assert_eq!(nets.level(net), Level::High);
        let now = Instant::ZERO;
        assert_eq!(nets.drive(SOC, PinId(3), Drive::Low, now), Some((net, Edge::Falling)));
        assert_eq!(nets.drive(SOC, PinId(3), Drive::Release, now), Some((net, Edge::Rising)));
    }

    proptest! {
        #[test]
        fn the_level_ignores_the_order_of_drivers(mut picks in prop::collection::vec(0usize..5, 0..6)) {
            let one = resolve(&picks.iter().map(|&i| ALL[i]).collect::<Vec<_>>());
            picks.reverse();
            prop_assert_eq!(one, resolve(&picks.iter().map(|&i| ALL[i]).collect::<Vec<_>>()));
        }
    }
}
