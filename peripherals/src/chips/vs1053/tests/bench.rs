//! A bench with one chip on it: a host that moves wires in simulated time and writes down what it sees.

use super::super::*;
use super::fake::Fake;
use crate::kernel::{ActorId, Fabric, NetId, Probe, ProbeId, Resolved, SOC};

struct Deaf;
impl HearsPins for Deaf {
    fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
}

/// Levels of DREQ with their times.
#[derive(Clone, Default)]
struct Watch(Vec<(Instant, bool)>);
impl Probe for Watch {
    fn edge(&mut self, at: Instant, _: NetId, level: Level) {
        self.0.push((at, level.is_high()));
    }
}

/// A piece of output that was collected.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    pub start: Instant,
    pub rate_hz: u32,
    pub frames: u64,
    pub sound: Sound,
    pub samples: Vec<i16>,
}

/// A clone is a snapshot of chip and host.
#[derive(Clone)]
pub struct Bench {
    pub fabric: Fabric,
    chip: ActorId,
    nets: Vec<NetId>,
    dreq: ProbeId,
    pub heard: Vec<Heard>,
    /// SPI mode 3 instead of 0.
    pub mode3: bool,
    /// Half a period of SCLK for SCI and for SDI.
    pub sci_half: Span,
    pub sdi_half: Span,
}

/// DREQ falls at most this long after an SCI operation at 1.0 x (datasheet: 40 CLKI).
pub const NOTICE: Span = Span::from_ns(3_260);

impl Bench {
    /// A breakout with its pull-ups, just switched on, XRESET low.
    pub fn off() -> Self {
        Self::with(Config::default(), &[])
    }

    /// The same with a configuration and pins that are pulled up, but for the selects.
    pub fn with(config: Config, pulled_up: &[PinId]) -> Self {
        let mut fabric = Fabric::default();
        let chip = fabric.add_chip(Box::new(Vs1053::new(config, Box::new(Fake))));
        let nets: Vec<NetId> = PINS.iter().map(|p| fabric.world.nets.add(p.name)).collect();
        for (n, &net) in nets.iter().enumerate() {
            let pin = PinId(n as u8);
            fabric.world.nets.join(net, SOC, pin);
            fabric.world.nets.join(net, chip, pin);
            if [XCS, XDCS, RX].contains(&pin) || pulled_up.contains(&pin) {
                fabric.world.nets.pull(net, Drive::PullUp);
            } else if pin.0 >= GPIO0.0 && pin != TX {
                fabric.world.nets.pull(net, Drive::PullDown);
            }
        }
        let dreq = fabric.add_probe(Box::new(Watch::default()));
        fabric.world.nets.watch(nets[usize::from(DREQ.0)], dreq);
        fabric.power_on(&mut Deaf);
        let half = Span::from_ns(500);
        Self { fabric, chip, nets, dreq, heard: Vec::new(), mode3: false, sci_half: half, sdi_half: half }
    }

    /// Booted, at 3.5 x with a fast SDI.
    pub fn ready() -> Self {
        Self::ready_with(Config::default())
    }

    pub fn ready_with(config: Config) -> Self {
        let mut b = Self::with(config, &[]);
        b.wait(Span::from_us(10));
        b.set(XRESET, true);
        b.until_dreq(true);
        b.write(reg::CLOCKF, 0x8800);
        b.settle_sci();
        b.sdi_half = Span::from_ns(50);
        b
    }

    /// A breakout with another part on some of the chip's wires; both see the same pin numbers.
    pub fn beside(part: Box<dyn Chip>, pins: &[PinId], pulled_up: &[PinId]) -> Self {
        let mut b = Self::with(Config::default(), pulled_up);
        let actor = b.fabric.add_chip(part);
        for &pin in pins {
            b.fabric.world.nets.join(b.nets[usize::from(pin.0)], actor, pin);
        }
        b
    }

    pub fn now(&self) -> Instant {
        self.fabric.world.now
    }

    pub fn chip(&mut self) -> &mut Vs1053 {
        self.fabric.chip_mut(self.chip).expect("it is the only chip")
    }

    pub fn report(&mut self) -> Vs1053Report {
        let now = self.now();
        self.chip().report(now)
    }

    /// Lets simulated time pass.
    pub fn wait(&mut self, span: Span) {
        self.run_to(self.now() + span);
    }

    fn run_to(&mut self, end: Instant) {
        while let Some(at) = self.fabric.world.sched.next().filter(|&at| at <= end) {
            self.fabric.world.now = at.max(self.fabric.world.now);
            let due = self.fabric.world.sched.pop(self.fabric.world.now).expect("it is due");
            self.fabric.wake(due.actor, due.alarm, &mut Deaf);
            self.collect();
        }
        self.fabric.world.now = end;
    }

    fn collect(&mut self) {
        let mut heard = std::mem::take(&mut self.heard);
        self.chip().drain_audio(&mut |b| {
            let AudioBlock { start, rate_hz, frames, sound, samples } = b;
            heard.push(Heard { start, rate_hz, frames, sound, samples: samples.to_vec() });
        });
        self.heard = heard;
    }

    /// Everything that was heard since the start, silence written out, left channel or right. What a fade puts into silence
    /// is silence, at the end none.
    pub fn channel(&mut self, right: bool) -> Vec<i16> {
        self.collect();
        let side = usize::from(right);
        let end = self.heard.iter().rposition(|h| h.sound != Sound::Fade).map_or(0, |last| last + 1);
        self.heard[..end]
            .iter()
            .flat_map(|h| match h.sound {
                Sound::Underrun | Sound::Idle | Sound::Fade => vec![0; h.frames as usize],
                _ => h.samples.iter().skip(side).step_by(2).copied().collect(),
            })
            .collect()
    }

    pub fn set(&mut self, pin: PinId, high: bool) {
        Cx::new(&mut self.fabric.world, SOC).drive(pin, Drive::from(Level::from(high)));
        self.fabric.settle(&mut Deaf);
    }

    pub fn level(&self, pin: PinId) -> bool {
        self.fabric.world.nets.level(self.nets[usize::from(pin.0)]).is_high()
    }

    /// Whether nothing drives the wire.
    pub fn floats(&self, pin: PinId) -> bool {
        self.fabric.world.nets.resolved(self.nets[usize::from(pin.0)]) == Resolved::Floating
    }

    /// One bit out; what SO shows at the sampling edge comes back.
    pub fn bit(&mut self, si: bool, half: Span) -> bool {
        if self.mode3 {
            self.set(SCLK, false);
        }
        self.set(SI, si);
        self.wait(half);
        let so = self.level(SO);
        self.set(SCLK, true);
        self.wait(half);
        if !self.mode3 {
            self.set(SCLK, false);
        }
        so
    }

    fn word(&mut self, word: u32, bits: u32, half: Span) -> u32 {
        (0..bits).rev().fold(0, |got, n| got << 1 | u32::from(self.bit(word >> n & 1 == 1, half)))
    }

    pub fn select_sci(&mut self) {
        if self.mode3 {
            self.set(SCLK, true);
        }
        self.set(XCS, false);
        self.wait(self.sci_half);
    }

    pub fn deselect_sci(&mut self) {
        self.wait(self.sci_half);
        self.set(XCS, true);
        self.wait(self.sci_half);
    }

    /// Clocks bits of an SCI operation; the select is the caller's.
    pub fn sci_bits(&mut self, word: u32, bits: u32) -> u32 {
        self.word(word, bits, self.sci_half)
    }

    /// A write as fast as the wire goes, without waiting for DREQ afterwards.
    pub fn write(&mut self, register: u8, value: u16) {
        self.select_sci();
        self.sci_bits(0x0200_0000 | u32::from(register) << 16 | u32::from(value), 32);
        self.deselect_sci();
    }

    /// A read without waiting for DREQ.
    pub fn read_now(&mut self, register: u8) -> u16 {
        self.select_sci();
        let got = self.sci_bits(0x0300_0000 | u32::from(register) << 16, 32);
        self.deselect_sci();
        got as u16
    }

    /// Waits until the chip has executed an SCI operation.
    pub fn settle_sci(&mut self) {
        self.wait(NOTICE);
        self.until_dreq(true);
    }

    /// A write that is executed when it returns.
    pub fn put(&mut self, register: u8, value: u16) {
        self.write(register, value);
        self.settle_sci();
    }

    /// A read that is executed when it returns.
    pub fn get(&mut self, register: u8) -> u16 {
        let value = self.read_now(register);
        self.settle_sci();
        value
    }

    pub fn wram(&mut self, address: u16, words: &[u16]) {
        self.put(reg::WRAMADDR, address);
        words.iter().for_each(|&w| self.put(reg::WRAM, w));
    }

    pub fn wram_read<const N: usize>(&mut self, address: u16) -> [u16; N] {
        self.put(reg::WRAMADDR, address);
        std::array::from_fn(|_| self.get(reg::WRAM))
    }

    /// Bytes under one XDCS pulse, whatever DREQ says.
    pub fn sdi(&mut self, bytes: &[u8]) {
        self.set(XDCS, false);
        self.sdi_bytes(bytes);
        self.wait(self.sdi_half);
        self.set(XDCS, true);
    }

    pub fn sdi_bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.word(u32::from(byte), 8, self.sdi_half);
        }
    }

    /// A stream as a good driver sends it: 32 bytes a look at DREQ.
    pub fn play(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(32) {
            self.until_dreq(true);
            self.sdi(chunk);
        }
    }

    /// The datasheet's "Playing a Whole File" after the file itself. The number of bytes that SM_CANCEL took.
    pub fn finish(&mut self) -> usize {
        let [fill] = self.wram_read(0x1E06);
        self.play(&[fill as u8; 2052]);
        self.cancel(fill as u8)
    }

    /// Sets SM_CANCEL and sends `fill` until the chip has seen it.
    pub fn cancel(&mut self, fill: u8) -> usize {
        let value = self.get(reg::MODE);
        self.put(reg::MODE, value | mode::SM_CANCEL);
        let mut sent = 0;
        while self.get(reg::MODE) & mode::SM_CANCEL != 0 {
            assert!(sent < 2048, "SM_CANCEL is never seen");
            self.play(&[fill; 32]);
            sent += 32;
        }
        sent
    }

    /// Waits until nothing is left to play.
    pub fn play_out(&mut self) {
        while !self.chip().quiet() {
            self.wait(Span::from_ms(1));
        }
    }

    /// Waits for DREQ.
    ///
    /// # Panics
    /// After 2 s of simulated time.
    pub fn until_dreq(&mut self, high: bool) -> Span {
        let start = self.now();
        while self.level(DREQ) != high {
            let next = self.fabric.world.sched.next().expect("DREQ will move or something goes on");
            assert!(next.since(start) < Span::from_ms(2_000), "DREQ does not become {high}");
            self.run_to(next);
        }
        self.now().since(start)
    }

    /// Edges of DREQ since the last call.
    pub fn dreq_edges(&mut self) -> Vec<(Instant, bool)> {
        std::mem::take(&mut self.fabric.probe_mut::<Watch>(self.dreq).expect("it watches DREQ").0)
    }

    /// Names of the rules that were broken.
    pub fn findings(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.fabric.world.findings.all().iter().map(|f| f.lint.name).collect();
        names.dedup();
        names
    }

    #[track_caller]
    pub fn expect_no_findings(&self) {
        let all: Vec<String> =
            self.fabric.world.findings.all().iter().map(|f| format!("{}: {}", f.lint.name, f.detail)).collect();
        assert!(all.is_empty(), "{all:#?}");
    }
}
