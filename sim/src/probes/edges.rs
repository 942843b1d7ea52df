//! Every edge of every wire, kept until the host takes it.
//!
//! Two to four bytes an edge: what has passed since the edge before, in cycles where that is whole, and the wire with its new
//! level, both as the varints of `super::trace`. The host takes them every 5 ms of simulated time, in which firmware can make some
//! hundred thousand stores to pins: so memory is bounded, at some megabytes.

use peripherals::kernel::{Fabric, Instant, Level, NetId, PS_PER_CYCLE, Probe, ProbeId};

/// An edge as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeSeen {
    /// When.
    pub at: Instant,
    /// Which wire.
    pub net: NetId,
    /// Its level from then on.
    pub level: Level,
}

/// Records edges.
#[derive(Clone, Debug, Default)]
pub struct EdgeLog {
    log: Vec<u8>,
    /// Of the last edge recorded, and of the last one taken.
    last: Instant,
    taken: Instant,
}

impl EdgeLog {
    /// Adds a log of all wires to the board; to be done when all wires exist.
    pub fn attach(fabric: &mut Fabric) -> ProbeId {
        let start = fabric.world.now;
        let probe = fabric.add_probe(Box::new(Self { last: start, taken: start, ..Self::default() }));
        for net in fabric.world.nets.ids() {
            fabric.world.nets.watch(net, probe);
        }
        probe
    }

    /// Hands over the edges since the last time, in order.
    pub fn drain(&mut self, sink: &mut dyn FnMut(EdgeSeen)) {
        let mut rest = self.log.as_slice();
        while !rest.is_empty() {
            let (time, wire) = (varint(&mut rest), varint(&mut rest));
            let passed = if time & 1 == 0 { (time >> 1) * PS_PER_CYCLE } else { time >> 1 };
            self.taken = Instant::from_ps(self.taken.as_ps() + passed);
            sink(EdgeSeen { at: self.taken, net: NetId((wire >> 1) as u16), level: Level::from(wire & 1 == 1) });
        }
        self.log.clear();
        // What one slice needed the next may need again; a burst that needed much more is not kept for ever.
        self.log.shrink_to(1 << 20);
    }

    #[inline]
    fn push(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.log.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.log.push(value as u8);
    }
}

/// Reads what [`EdgeLog::push`] has written.
#[inline]
fn varint(rest: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    while let Some((&byte, more)) = rest.split_first() {
        *rest = more;
        value |= u64::from(byte & 0x7F) << shift;
        shift += 7;
        if byte & 0x80 == 0 || shift > 63 {
            break;
        }
    }
    value
}

impl Probe for EdgeLog {
    #[inline]
    fn edge(&mut self, at: Instant, net: NetId, level: Level) {
        let ps = at.since(self.last).as_ps();
        self.last = at;
        let cycles = ps / PS_PER_CYCLE;
        self.push(if cycles * PS_PER_CYCLE == ps { cycles << 1 } else { ps << 1 | 1 });
        self.push(u64::from(net.0) << 1 | u64::from(level.is_high()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(
            steps in prop::collection::vec((0u64..1 << 40, 0u16..1_000, any::<bool>(), any::<bool>()), 0..200),
            cut in 0usize..200,
        ) {
            let (mut log, mut at, mut out) = (EdgeLog::default(), 0, Vec::new());
            let mut all = Vec::new();
            for (n, &(step, net, high, whole)) in steps.iter().enumerate() {
                at += if whole { step / PS_PER_CYCLE * PS_PER_CYCLE } else { step };
                let edge = EdgeSeen { at: Instant::from_ps(at), net: NetId(net), level: Level::from(high) };
                log.edge(edge.at, edge.net, edge.level);
                all.push(edge);
                if n == cut {
                    log.drain(&mut |edge| out.push(edge));
                }
            }
            log.drain(&mut |edge| out.push(edge));
            prop_assert_eq!(out, all);
        }
    }
}
