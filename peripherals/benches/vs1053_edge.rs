//! What an edge into the VS1053 costs: the chip alone, called as the fabric calls it. The bench's own part is what the same stream takes
//! with nobody listening.

#![allow(missing_docs)] // what criterion's macros write has none

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use peripherals::chips::vs1053::{self, Codecs, Config, Decoded, FrameDecoder, MidiEvent, Synth, Undecodable, Vs1053};
use peripherals::kernel::{ActorId, Chip, Cx, Edge, HearsPins, PinId, Span, World};
use std::hint::black_box;

/// Decodes to silence at once, so that only the chip is measured.
#[derive(Clone)]
struct Silent;

impl Codecs for Silent {
    fn mp3(&self) -> Box<dyn FrameDecoder> {
        Box::new(Silent)
    }
    fn vorbis(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<Box<dyn FrameDecoder>, Undecodable> {
        Ok(Box::new(Silent))
    }
    fn synth(&self) -> Box<dyn Synth> {
        Box::new(Silent)
    }
}

impl Synth for Silent {
    fn send(&mut self, _: MidiEvent) {}
    fn limit(&mut self, _: usize) {}
    fn render(&mut self, frames: usize, pcm: &mut Vec<i16>) {
        pcm.resize(pcm.len() + 2 * frames, 0);
    }
    fn sounding(&self) -> bool {
        false
    }
}

impl FrameDecoder for Silent {
    fn decode(&mut self, _: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        pcm.resize(2 * 1152, 0);
        Ok(Decoded { frames: 1152, rate_hz: 48_000, channels: 2 })
    }
}

struct Host {
    world: World,
    chip: Vs1053,
    si: bool,
    /// The chip hears nothing.
    deaf: bool,
    /// Edges at all pins.
    edges: u64,
}

const ME: ActorId = ActorId(1);

impl Host {
    fn new() -> Self {
        let mut host = Self {
            world: World::default(),
            chip: Vs1053::new(Config::default(), Box::new(Silent)),
            si: false,
            deaf: false,
            edges: 0,
        };
        for pin in 0..host.chip.pins().len() as u8 {
            let net = host.world.nets.add("wire");
            host.world.nets.join(net, ME, PinId(pin));
        }
        host.chip.reset(&mut Cx::new(&mut host.world, ME));
        host.edge(vs1053::XCS, Edge::Rising);
        host.edge(vs1053::XRESET, Edge::Rising);
        host.pass(Span::from_ms(2));
        host.edge(vs1053::XDCS, Edge::Rising);
        host.edge(vs1053::XDCS, Edge::Falling);
        host
    }

    fn edge(&mut self, pin: PinId, edge: Edge) {
        self.edges += 1;
        if self.deaf {
            black_box((pin, edge));
            return;
        }
        self.chip.edge(black_box(pin), black_box(edge), &mut Cx::new(&mut self.world, ME));
    }

    /// Time passes, and with it alarms.
    fn pass(&mut self, span: Span) {
        self.world.now += span;
        while let Some(due) = self.world.sched.pop(self.world.now) {
            self.chip.wake(due.alarm, &mut Cx::new(&mut self.world, ME));
            self.chip.drain_audio(&mut |block| {
                black_box(block.frames);
            });
        }
    }

    /// A byte at 2 MHz.
    fn byte(&mut self, byte: u8) {
        for n in (0..8).rev() {
            let bit = byte >> n & 1 == 1;
            if bit != self.si {
                self.si = bit;
                self.edge(vs1053::SI, if bit { Edge::Rising } else { Edge::Falling });
            }
            self.pass(Span::from_ns(250));
            self.edge(vs1053::SCLK, Edge::Rising);
            self.pass(Span::from_ns(250));
            self.edge(vs1053::SCLK, Edge::Falling);
        }
    }
}

/// 320 kbit/s at 48 kHz: 960 bytes a frame.
fn frame() -> Vec<u8> {
    let mut frame = vec![0x5A; 960];
    frame[..4].copy_from_slice(&[0xFF, 0xFB, 0xE4, 0x00]);
    frame
}

fn edges(c: &mut Criterion) {
    let mut group = c.benchmark_group("vs1053 edge");
    group.throughput(Throughput::Elements(2));
    let mut host = Host::new();
    host.edge(vs1053::XDCS, Edge::Rising);
    group.bench_function("SCLK pair, nothing selected", |b| {
        b.iter(|| {
            host.edge(vs1053::SCLK, Edge::Rising);
            host.edge(vs1053::SCLK, Edge::Falling);
        });
    });
    group.finish();
}

fn stream(c: &mut Criterion) {
    let mut group = c.benchmark_group("vs1053 stream");
    let frame = frame();
    for (name, deaf) in [
        ("a 320 kbit/s frame by the bit, all of the chip (elements are edges of SCLK and SI)", false),
        ("the same with nobody listening", true),
    ] {
        let mut host = Host::new();
        host.deaf = deaf;
        let play = |host: &mut Host| {
            for &byte in &frame {
                while !host.chip.view().dreq {
                    host.pass(Span::from_us(100));
                }
                host.byte(byte);
            }
        };
        let before = host.edges;
        play(&mut host);
        group.throughput(Throughput::Elements(host.edges - before));
        group.bench_function(name, |b| b.iter(|| play(&mut host)));
    }
    group.finish();
}

criterion_group!(benches, edges, stream);
criterion_main!(benches);
