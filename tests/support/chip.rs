//! The chip alone, with the program's decoders, and a driver that sends files to it as the datasheet says.

use badgebench::codecs::HostCodecs;
use peripherals::chips::vs1053::*;
use peripherals::kernel::{ActorId, Cx, Drive, Edge, Fabric, HearsPins, Level, PinId, SOC, Span};

struct Deaf;
impl HearsPins for Deaf {
    fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
}

/// A VS1053 that has booted and runs at 4.5 times its crystal.
pub struct Chip {
    fabric: Fabric,
    chip: ActorId,
    /// What was heard of streams, silence between them left out, in stereo.
    pub heard: Vec<i16>,
}

/// What came out of a file.
pub struct Played {
    /// Interleaved stereo, without what follows the stream.
    pub samples: Vec<i16>,
    pub stream: StreamReport,
    /// Names of all that was reported.
    pub findings: Vec<&'static str>,
}

impl Chip {
    /// With SM_LAYER12 set; `patched` says that VLSI's patch with the FLAC decoder runs, or what the model takes for it.
    pub fn new(patched: bool) -> Self {
        let mut fabric = Fabric::default();
        let chip = fabric.add_chip(Box::new(Vs1053::new(Config::default(), Box::new(HostCodecs))));
        for (n, pin) in (0..).zip(&PINS) {
            let net = fabric.world.nets.add(pin.name);
            fabric.world.nets.join(net, SOC, PinId(n));
            fabric.world.nets.join(net, chip, PinId(n));
            if pin.name.starts_with("GPIO") {
                fabric.world.nets.pull(net, Drive::PullDown);
            }
        }
        let mut it = Self { fabric, chip, heard: vec![] };
        for pin in [XCS, XDCS, RX] {
            it.set(pin, true);
        }
        for pin in [SCLK, SI] {
            it.set(pin, false);
        }
        it.fabric.power_on(&mut Deaf);
        it.wait(Span::from_us(10));
        it.set(XRESET, true);
        it.wait(Span::from_ms(5));
        it.write(reg::CLOCKF, 0xC000);
        it.write(reg::MODE, mode::SM_SDINEW | mode::SM_LAYER12);
        if patched {
            it.write(reg::WRAMADDR, 0x8050);
            for word in [0x2A00, 0xC000, 0x3E12, 0xB817, 0x3E14, 0xF812] {
                it.write(reg::WRAM, word);
            }
            it.write(reg::WRAMADDR, 0x8F8E);
            (0..2).for_each(|_| it.write(reg::WRAM, 0x0001));
            it.write(reg::AIADDR, 0x0050);
            it.wait(Span::from_ms(3));
        }
        it
    }

    /// Sends a file, its end fill after it, and waits until everything was heard.
    pub fn play(mut self, file: &[u8]) -> Played {
        self.send(file);
        let flac = self.vs1053().view().codec == Some(Codec::Flac);
        self.send(&if flac { vec![0x55; 12_288] } else { vec![0; 2_052] });
        while !self.vs1053().quiet() {
            self.wait(Span::from_ms(10));
        }
        self.wait(Span::from_ms(50));
        let now = self.fabric.world.now;
        let report = self.vs1053().report(now);
        assert_eq!((report.underruns.count, report.fifo.overrun_bytes), (0, 0), "the driver was quick and polite");
        let [stream] = &report.streams[..] else { panic!("one stream: {:?}", report.streams) };
        let mut samples = self.heard;
        samples.truncate(2 * stream.frames as usize);
        let findings = self.fabric.world.findings.all().iter().map(|finding| finding.lint.name).collect();
        Played { samples, stream: stream.clone(), findings }
    }

    /// 32 bytes a look at DREQ.
    fn send(&mut self, bytes: &[u8]) {
        for burst in bytes.chunks(32) {
            let mut patience = 0;
            while !self.vs1053().view().dreq {
                self.wait(Span::from_us(100));
                patience += 1;
                assert!(patience < 100_000, "DREQ stays low");
            }
            self.set(XDCS, false);
            self.wait(Span::from_ns(50));
            self.clock(burst, Span::from_ns(50));
            self.wait(Span::from_ns(100));
            self.set(XDCS, true);
        }
    }

    fn vs1053(&mut self) -> &mut Vs1053 {
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
            self.vs1053().drain_audio(&mut |block| {
                if !block.sound.is_silence() {
                    heard.extend_from_slice(block.samples);
                }
            });
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

    fn write(&mut self, register: u8, value: u16) {
        let [high, low] = value.to_be_bytes();
        self.set(XCS, false);
        self.wait(Span::from_ns(500));
        self.clock(&[2, register, high, low], Span::from_ns(500));
        self.wait(Span::from_ns(500));
        self.set(XCS, true);
        self.wait(Span::from_us(150));
    }
}
