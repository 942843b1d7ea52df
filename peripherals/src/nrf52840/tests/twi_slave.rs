//! A chip on an I2C bus, and a board that has it: SCL on P0.27, SDA on P0.26, both with a resistor to the supply.

use super::*;

/// What a slave has heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Start,
    /// A byte from the master, the address among them, and whether it was acknowledged.
    Byte(u8, bool),
    /// A byte to the master, and whether it acknowledged.
    Sent(u8, bool),
    Stop,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    Address,
    Write,
    Read,
}

/// It hears edges only, as the I2C specification (UM10204, 3.1) has them.
#[derive(Clone, Default)]
pub(super) struct Slave {
    address: u8,
    /// What it sends, over and over.
    sends: Vec<u8>,
    /// It acknowledges so many bytes of data, and no more.
    pub(super) takes: usize,
    /// How long it holds SCL low behind each byte.
    pub(super) stretch: Span,
    pub(super) heard: Vec<Heard>,
    /// Time in ps, whether it is SCL, and the level.
    pub(super) edges: Vec<(u64, bool, bool)>,
    state: State,
    bits: u8,
    byte: u8,
    taken: usize,
    sent: usize,
    acknowledges: bool,
}

const SCL: PinId = PinId(0);
const SDA: PinId = PinId(1);
static PINS: [PinSpec; 2] =
    [PinSpec { name: "SCL", direction: Direction::Both }, PinSpec { name: "SDA", direction: Direction::Both }];

impl Slave {
    pub(super) fn new(address: u8, sends: &[u8], takes: usize) -> Self {
        Self { address, sends: sends.to_vec(), takes, ..Self::default() }
    }

    fn rises(&mut self, cx: &mut Cx) {
        let bit = u8::from(cx.level(SDA).is_high());
        if self.bits < 8 {
            self.byte = self.byte << 1 | bit;
        } else if self.state == State::Read && !self.acknowledges {
            self.heard.push(Heard::Sent(self.byte, bit == 0));
            if bit != 0 {
                self.state = State::Idle;
            }
        }
        self.bits += 1;
    }

    fn falls(&mut self, cx: &mut Cx) {
        match (self.bits, self.state) {
            (8, State::Address) => {
                self.acknowledges = self.byte >> 1 == self.address;
                self.heard.push(Heard::Byte(self.byte, self.acknowledges));
                self.state = match (self.acknowledges, self.byte & 1) {
                    (false, _) => State::Idle,
                    (true, 0) => State::Write,
                    (true, _) => State::Read,
                };
            }
            (8, State::Write) => {
                self.acknowledges = self.taken < self.takes;
                self.taken += 1;
                self.heard.push(Heard::Byte(self.byte, self.acknowledges));
            }
            (8, _) => self.acknowledges = false,
            (9, _) => {
                (self.bits, self.acknowledges) = (0, false);
                if self.stretch != Span::ZERO && self.state != State::Idle {
                    cx.drive(SCL, Drive::Low);
                    cx.wake_at(Alarm(0), cx.now() + self.stretch);
                }
            }
            _ => {}
        }
        let low = match self.state {
            _ if self.bits == 8 => self.acknowledges,
            State::Read => {
                let byte = self.sends[self.sent % self.sends.len()];
                self.sent += usize::from(self.bits == 7);
                byte >> (7 - self.bits) & 1 == 0
            }
            _ => false,
        };
        cx.drive(SDA, if low { Drive::Low } else { Drive::Release });
    }
}

impl HearsPins for Slave {
    fn edge(&mut self, pin: PinId, edge: Edge, cx: &mut Cx) {
        let high = edge.level().is_high();
        self.edges.push((cx.now().as_ps(), pin == SCL, high));
        match (pin, high) {
            (SCL, true) => self.rises(cx),
            (SCL, false) if self.bits > 0 || self.state == State::Read => self.falls(cx),
            (SDA, false) if cx.level(SCL).is_high() => {
                self.heard.push(Heard::Start);
                (self.state, self.bits, self.acknowledges) = (State::Address, 0, false);
            }
            (SDA, true) if cx.level(SCL).is_high() => {
                self.heard.push(Heard::Stop);
                self.state = State::Idle;
            }
            _ => {}
        }
    }
}

impl Chip for Slave {
    fn pins(&self) -> &'static [PinSpec] {
        &PINS
    }
    fn wake(&mut self, _: Alarm, cx: &mut Cx) {
        cx.drive(SCL, Drive::Release);
    }
    fn reset(&mut self, _: &mut Cx) {}
}

pub(super) struct Wired {
    pub(super) b: Bench,
    slave: ActorId,
}

pub(super) const RAM: u32 = 0x2000_0000;
const TWI0: u32 = 0x4000_3000;
const FREQUENCY_400K: u32 = 0x0640_0000;

/// The board with `slave`; `enable` chooses TWI or TWIM, at 400 kbps.
pub(super) fn wired(slave: Slave, enable: u32) -> Wired {
    let mut actor = ActorId(0);
    let mut b = Bench::with(SocConfig::default(), |f| {
        actor = f.add_chip(Box::new(slave));
        for (name, pin, own) in [("SCL", 27, SCL), ("SDA", 26, SDA)] {
            let net = wire(f, name, pin);
            f.world.nets.join(net, actor, own);
            f.world.nets.pull(net, Drive::PullUp);
        }
    });
    for pin in [26, 27] {
        // S0D1, no pull, input connected.
        b.write(0x5000_0700 + pin * 4, 6 << 8);
    }
    let mut w = Wired { b, slave: actor };
    for (at, value) in [(0x508, 27), (0x50C, 26), (0x524, FREQUENCY_400K), (0x500, enable)] {
        w.set(at, value);
    }
    w
}

impl Wired {
    pub(super) fn set(&mut self, at: u32, value: u32) {
        self.b.write(TWI0 + at, value);
    }

    pub(super) fn get(&mut self, at: u32) -> u32 {
        self.b.read(TWI0 + at)
    }

    /// TXD at RAM, RXD 0x80 above.
    pub(super) fn buffers(&mut self, tx: &[u8], rx: u32) {
        self.b.ram.0[..tx.len()].copy_from_slice(tx);
        for (at, value) in [(0x544, RAM), (0x548, tx.len() as u32), (0x534, RAM + 0x80), (0x538, rx)] {
            self.set(at, value);
        }
    }

    pub(super) fn slave(&mut self) -> &mut Slave {
        self.b.fabric.chip_mut::<Slave>(self.slave).expect("the slave")
    }

    pub(super) fn heard(&mut self) -> Vec<Heard> {
        core::mem::take(&mut self.slave().heard)
    }

    /// Runs until the event at `at` is there; how long that took.
    pub(super) fn await_event(&mut self, at: u32) -> Span {
        let began = self.b.fabric.world.now;
        while self.get(at) == 0 {
            assert!(self.b.fabric.world.now.since(began) < Span::from_ms(20), "event 0x{at:03x} does not come");
            self.b.run(Span::from_ns(500));
        }
        self.set(at, 0);
        self.b.fabric.world.now.since(began)
    }
}
