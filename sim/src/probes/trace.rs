//! `trace_sha256`: a digest over every pin edge with its time.
//!
//! What is digested, so that anybody can compute it from a list of edges:
//! 1. the text `badgebench trace 1\n`; 2. the number of wires as a varint, then for each wire in board order its name
//!    (length in bytes as a varint, then UTF-8) and a byte 0 or 1, its level when the probe was made; 3. for each edge
//!    in order a time and a wire.
//! - The time is what has passed since the edge before (at first: since power-on). A multiple of the CPU's 15 625 ps
//!   is written as the varint `cycles << 1`; any other (a chip's edge, or the first CPU edge after one) as the varint
//!   `ps << 1 | 1`.
//! - The wire is the varint `number << 1 | level`, the number being its place on the board and the level the new one.
//!
//! A varint has 7 bits a byte, lowest first, bit 7 set in all but the last (LEB128). An edge of a bit-banged clock takes
//! two bytes, which is what keeps the digest cheap.

use peripherals::kernel::{Fabric, Instant, Level, NetId, Nets, PS_PER_CYCLE, Probe, ProbeId};
use sha2::{Digest, Sha256};

const VERSION: &[u8] = b"badgebench trace 1\n";
/// Bytes gathered before the digest gets them.
const BLOCK: usize = 4096;
/// Two varints: of 65 bits and of 17.
const LONGEST: usize = 10 + 3;

/// Digests every edge of every wire it watches.
#[derive(Clone)]
pub struct TraceDigest {
    hash: Sha256,
    block: Box<[u8; BLOCK + LONGEST]>,
    used: usize,
    last: Instant,
    edges: u64,
}

impl TraceDigest {
    /// A digest over `nets`, whose names and present levels are part of it.
    pub fn new(nets: &Nets) -> Self {
        let mut digest =
            Self { hash: Sha256::new(), block: Box::new([0; BLOCK + LONGEST]), used: 0, last: Instant::ZERO, edges: 0 };
        digest.hash.update(VERSION);
        digest.varint(nets.ids().count() as u64);
        for net in nets.ids() {
            let name = nets.name(net);
            digest.varint(name.len() as u64);
            digest.flush();
            digest.hash.update(name.as_bytes());
            digest.hash.update([u8::from(nets.level(net).is_high())]);
        }
        digest
    }

    /// Adds a digest over all wires of the board; to be done when all wires exist and before power-on.
    pub fn attach(fabric: &mut Fabric) -> ProbeId {
        let probe = fabric.add_probe(Box::new(Self::new(&fabric.world.nets)));
        for net in fabric.world.nets.ids() {
            fabric.world.nets.watch(net, probe);
        }
        probe
    }

    /// The digest so far, as 64 lowercase hexadecimal digits.
    pub fn hex(&self) -> String {
        let mut hash = self.hash.clone();
        hash.update(&self.block[..self.used]);
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Edges so far.
    pub fn edges(&self) -> u64 {
        self.edges
    }

    #[inline]
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8);
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        self.block[self.used] = byte;
        self.used += 1;
    }

    #[cold]
    fn flush(&mut self) {
        self.hash.update(&self.block[..self.used]);
        self.used = 0;
    }
}

impl Probe for TraceDigest {
    #[inline]
    fn edge(&mut self, at: Instant, net: NetId, level: Level) {
        let ps = at.since(self.last).as_ps();
        self.last = at;
        self.edges += 1;
        let cycles = ps / PS_PER_CYCLE;
        // 213 days of picoseconds are all 64 bits; half of that is the longest pause that is told apart.
        self.varint(if cycles * PS_PER_CYCLE == ps { cycles << 1 } else { ps << 1 | 1 });
        self.varint(u64::from(net.0) << 1 | u64::from(level.is_high()));
        if self.used >= BLOCK {
            self.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nets() -> Nets {
        let mut nets = Nets::default();
        nets.add("SCLK");
        nets.add("DREQ");
        nets
    }

    fn digest(edges: &[(u64, u16, bool)]) -> String {
        let mut digest = TraceDigest::new(&nets());
        for &(ps, net, high) in edges {
            digest.edge(Instant::from_ps(ps), NetId(net), Level::from(high));
        }
        digest.hex()
    }

    /// The encoding by hand, through another implementation of nothing but SHA-256 itself.
    #[test]
    fn the_encoding_is_the_documented_one() {
        let mut bytes = b"badgebench trace 1\n".to_vec();
        bytes.extend([2, 4]);
        bytes.extend(b"SCLK\x00");
        bytes.push(4);
        bytes.extend(b"DREQ\x00");
        // 3 cycles; then 1 ps, not on a cycle; then 64 cycles, which need a second byte.
        bytes.extend([3 << 1, 1]);
        bytes.extend([1 << 1 | 1, 1 << 1 | 1]);
        bytes.extend([0x80, 0x01, 0]);
        let expected: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(digest(&[(46_875, 0, true), (46_876, 1, true), (46_876 + 64 * 15_625, 0, false)]), expected);
    }

    #[test]
    fn reading_the_digest_does_not_change_it() {
        let mut d = TraceDigest::new(&nets());
        for i in 0..10_000 {
            d.edge(Instant::from_cycles(i), NetId(0), Level::from(i % 2 == 0));
            if i % 1_000 == 0 {
                d.hex();
            }
        }
        let mut plain = TraceDigest::new(&nets());
        for i in 0..10_000 {
            plain.edge(Instant::from_cycles(i), NetId(0), Level::from(i % 2 == 0));
        }
        assert_eq!((d.hex(), d.edges()), (plain.hex(), 10_000));
    }

    #[test]
    fn a_board_with_another_wire_has_another_digest() {
        let mut other = nets();
        other.add("XCS");
        assert_ne!(TraceDigest::new(&other).hex(), TraceDigest::new(&nets()).hex());
    }

    #[test]
    fn attached_to_a_board_it_sees_every_wire() {
        use peripherals::kernel::{Cx, Drive, Edge, HearsPins, PinId, SOC};
        struct Deaf;
        impl HearsPins for Deaf {
            fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
        }
        let mut fabric = Fabric::default();
        for pin in 0..3 {
            let net = fabric.world.nets.add(format!("P0.0{pin}"));
            fabric.world.nets.join(net, SOC, PinId(pin));
        }
        let probe = TraceDigest::attach(&mut fabric);
        for pin in 0..3 {
            Cx::new(&mut fabric.world, SOC).drive(PinId(pin), Drive::High);
        }
        fabric.settle(&mut Deaf);
        assert_eq!(fabric.probe::<TraceDigest>(probe).map(TraceDigest::edges), Some(3));
    }

    proptest! {
        /// Any one change of time, wire, level or number of edges shows.
        #[test]
        fn another_trace_has_another_digest(
            steps in prop::collection::vec((0u64..100_000, 0u16..2, any::<bool>()), 1..300),
            pick in any::<prop::sample::Index>(), how in 0..4,
        ) {
            let mut at = 0;
            let edges: Vec<_> = steps.iter().map(|&(dt, net, high)| { at += dt; (at, net, high) }).collect();
            let mut other = edges.clone();
            let i = pick.index(edges.len());
            match how {
                0 => other[i..].iter_mut().for_each(|e| e.0 += 1),
                1 => other[i].1 ^= 1,
                2 => other[i].2 = !other[i].2,
                _ => { other.remove(i); }
            }
            prop_assert_eq!(digest(&edges), digest(&edges));
            prop_assert_ne!(digest(&edges), digest(&other));
        }
    }
}
