//! The VS1053 alone at its pins, with the program's decoders. The fuzz target `sdi` uses this file as well.

use badgebench::codecs::HostCodecs;
use peripherals::chips::vs1053::*;
use peripherals::kernel::{ActorId, Cx, Drive, Edge, Fabric, HearsPins, Level, PinId, SOC, Span};

struct Deaf;
impl HearsPins for Deaf {
    fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
}

/// A chip, and what has been heard of it.
pub struct Pins<H> {
    pub fabric: Fabric,
    chip: ActorId,
    pub heard: H,
    hear: fn(&mut H, AudioBlock),
}

impl<H: Default> Pins<H> {
    /// Booted, with both selects high; for real-time MIDI if GPIO1 is high. `hear` is given all that the DAC puts out.
    pub fn new(gpio1: bool, hear: fn(&mut H, AudioBlock)) -> Self {
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
        let mut pins = Self { fabric, chip, heard: H::default(), hear };
        for pin in [XCS, XDCS, RX] {
            pins.set(pin, true);
        }
        for pin in [SCLK, SI] {
            pins.set(pin, false);
        }
        if gpio1 {
            pins.set(PinId(GPIO0.0 + 1), true);
        }
        pins.fabric.power_on(&mut Deaf);
        pins.wait(Span::from_us(10));
        pins.set(XRESET, true);
        pins.wait(Span::from_ms(5));
        pins
    }

    /// The chip itself.
    pub fn chip(&mut self) -> &mut Vs1053 {
        self.fabric.chip_mut(self.chip).expect("it is the only chip")
    }

    /// Drives a pin.
    pub fn set(&mut self, pin: PinId, high: bool) {
        Cx::new(&mut self.fabric.world, SOC).drive(pin, Drive::from(Level::from(high)));
        self.fabric.settle(&mut Deaf);
    }

    /// Lets time pass.
    pub fn wait(&mut self, span: Span) {
        let end = self.fabric.world.now + span;
        while let Some(due) = self.fabric.world.sched.pop(end) {
            self.fabric.world.now = due.at;
            self.fabric.wake(due.actor, due.alarm, &mut Deaf);
            let (mut heard, hear) = (std::mem::take(&mut self.heard), self.hear);
            self.chip().drain_audio(&mut |block| hear(&mut heard, block));
            self.heard = heard;
        }
        self.fabric.world.now = end;
    }

    /// Bits on SI, each with SCLK low and then high for `half`.
    pub fn clock(&mut self, bytes: &[u8], half: Span) {
        for bit in bytes.iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1 == 1)) {
            self.set(SI, bit);
            self.wait(half);
            self.set(SCLK, true);
            self.wait(half);
            self.set(SCLK, false);
        }
    }

    /// Writes a register, at a rate that every clock allows, and waits until that is done.
    pub fn write(&mut self, register: u8, value: u16) {
        let [high, low] = value.to_be_bytes();
        self.set(XCS, false);
        self.wait(Span::from_ns(500));
        self.clock(&[2, register, high, low], Span::from_ns(500));
        self.wait(Span::from_ns(500));
        self.set(XCS, true);
        self.wait(Span::from_us(200));
    }

    /// Bytes to SDI at 10 Mbit/s.
    pub fn send(&mut self, bytes: &[u8]) {
        self.set(XDCS, false);
        self.wait(Span::from_ns(50));
        self.clock(bytes, Span::from_ns(50));
        self.wait(Span::from_ns(100));
        self.set(XDCS, true);
    }

    /// VLSI's patch with the FLAC decoder, or what the model tells it by.
    pub fn load_flac(&mut self) {
        self.write(reg::WRAMADDR, 0x8050);
        for word in [0x2A00, 0xC000, 0x3E12, 0xB817, 0x3E14, 0xF812] {
            self.write(reg::WRAM, word);
        }
        self.write(reg::WRAMADDR, 0x8F8E);
        (0..2).for_each(|_| self.write(reg::WRAM, 0x0001));
        self.write(reg::AIADDR, 0x0050);
        self.wait(Span::from_ms(3));
    }
}
