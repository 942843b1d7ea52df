//! GPIO: ports P0 and P1 (nRF52840 Product Specification v1.7, GPIO).
//!
//! 1. Reading an output set or clear register gives OUT, and of DIRSET or DIRCLR gives DIR.
//! 2. Drive strength (S or H) makes no difference; the D modes release the pin instead of driving that level.
//! 3. IN, SENSE and LATCH see a pin only while its input buffer is connected (SENSE: inferred from the block diagram).
//! 4. A rising edge of a port's DETECT goes to GPIOTE, and wakes the chip from System OFF. With DETECTMODE = LDETECT, writing ones to LATCH
//!    while bits of it stay set gives another one (the manual).
//! 5. A peripheral that has a pin by its PSEL register and ENABLE decides its direction and level instead of DIR and OUT; DRIVE, PULL
//!    and INPUT stay PIN_CNF's. Where two have the same pin, the last one that acts on it wins (the manual forbids it).
//! 6. The reserved value 2 of PULL is taken as no pull (guess).
//! 7. `floating-input` speaks of a pin only when it is certain that firmware looks at it: nothing else is joined to its wire,
//!    or it is the only connected input of its port. IN is read 32 pins at a time, so otherwise nobody can tell.
//! 8. `output-not-enabled` speaks of a pin after eight changes of its OUT bit while DIR says input: a level that is set before
//!    the direction is good practice, eight of them are meant for the wire.

use super::lint::{FLOATING_INPUT, NFC_PINS, OUTPUT_NOT_ENABLED};
use crate::kernel::{Cx, Drive, Edge, Level, Nets, PinId, Refusal, Resolved, SOC, registers};

registers! { pub GPIO, "nRF52840 PS v1.7, GPIO, Registers";
    0x504 OUT RW;
    0x508 OUTSET RW;
    0x50C OUTCLR RW;
    0x510 IN R;
    0x514 DIR RW;
    0x518 DIRSET RW;
    0x51C DIRCLR RW;
    0x520 LATCH RW;
    0x524 DETECTMODE RW;
    0x700 PIN_CNF[32] RW reset 2;
}

/// PIN_CNF.INPUT: 1 disconnects the input buffer.
const INPUT: u32 = 1 << 1;
/// The bits of PIN_CNF that exist: DIR, INPUT, PULL, DRIVE, SENSE.
const PIN_CNF: u32 = 0x0003_070F;

/// Both ports.
#[derive(Clone, Debug)]
pub struct Gpio {
    /// P0 and P1.
    pub(super) ports: [Port; 2],
    /// Who listens to which pins, by peripheral ID.
    listeners: Vec<(u8, u64)>,
    /// All pins that are listened to.
    heard: u64,
    /// Those, and the ones with a SENSE condition.
    watched: u64,
    /// Pins whose wire another pin may drive.
    shared: u64,
}

/// Offset of a register from 0x5000_0000 as port and offset within the port; P1's registers lie 0x300 above P0's.
fn locate(at: u16) -> (usize, u16) {
    if at < 0x800 { (0, at) } else { (1, at - 0x300) }
}

impl Gpio {
    pub(super) fn new() -> Self {
        let ports = [Port::new(0, u32::MAX), Port::new(32, 0xFFFF)];
        Self { ports, listeners: Vec::new(), heard: 0, watched: 0, shared: 0 }
    }

    /// P0.09 and P0.10 belong to the NFC antenna, as UICR.NFCPINS says.
    pub(super) fn give_to_nfc(&mut self, antenna: bool) {
        self.ports[0].antenna = if antenna { 0b11 << 9 } else { 0 };
    }

    /// Whether DETECT of port 0 or 1 is asserted.
    pub fn detect(&self, port: usize) -> bool {
        self.ports.get(port).is_some_and(Port::detect)
    }

    /// A peripheral has pin `pin` (0 to 47): it drives `output`, or has it as an input.
    pub(super) fn take(&mut self, pin: u8, output: Option<Level>, cx: &mut Cx) {
        let (port, n) = self.port_of(pin);
        port.take(n, Some(output), cx);
    }

    /// The peripheral has pin `pin` no more: DIR and OUT decide again.
    pub(super) fn give_back(&mut self, pin: u8, cx: &mut Cx) {
        let (port, n) = self.port_of(pin);
        port.take(n, None, cx);
    }

    /// What a peripheral sees at pin `pin`; low while its input buffer is disconnected.
    pub(super) fn level(&self, pin: u8) -> Level {
        let port = &self.ports[usize::from((pin / 32) & 1)];
        Level::from(port.levels & port.connected & 1 << (pin % 32) != 0)
    }

    /// The level at pin `pin`, whether or not its input buffer is connected.
    pub(super) fn wire(&self, pin: u8) -> Level {
        Level::from(self.ports[usize::from((pin / 32) & 1)].levels >> (pin % 32) & 1 != 0)
    }

    /// Why pin `pin`, which its block has let go of, is low all the same, if that is nobody's doing.
    pub(super) fn why_low(&self, pin: u8, cx: &Cx) -> Option<&'static str> {
        let port = &self.ports[usize::from((pin / 32) & 1)];
        let bit = 1 << (pin % 32);
        if port.pins & bit == 0 {
            return Some("there is no such pin");
        }
        if port.connected & bit == 0 {
            return Some("its input buffer is disconnected (PIN_CNF.INPUT), so that it reads low");
        }
        let floats = port.unjoined & bit != 0 || cx.resolved(PinId(pin)) == Resolved::Floating;
        let released = port.drive(u32::from(pin % 32)) == Drive::Release;
        (floats && released).then_some("nothing pulls it high, on the board or by PIN_CNF.PULL")
    }

    /// The block with peripheral ID `id` is told of each change at the pins of `mask` from now on, bit n for pin n.
    pub(super) fn listen(&mut self, id: u8, mask: u64) {
        self.listeners.retain(|&(other, _)| other != id);
        if mask != 0 {
            self.listeners.push((id, mask));
            self.listeners.sort_unstable();
        }
        self.heard = self.listeners.iter().fold(0, |all, (_, mask)| all | mask);
        for (port, heard) in self.ports.iter_mut().zip([self.heard as u32, (self.heard >> 32) as u32]) {
            port.heard = heard;
        }
        self.watch();
    }

    fn watch(&mut self) {
        let [p0, p1] = self.ports.each_ref().map(|port| u64::from(port.sense[0] | port.sense[1]));
        self.watched = self.heard | p0 | p1 << 32;
    }

    /// Whether a change of pin `pin` may concern a block or DETECT.
    #[inline]
    pub(super) fn is_watched(&self, pin: u8) -> bool {
        self.watched >> (pin & 63) & 1 != 0
    }

    /// Pins that are watched and may change without a store of the firmware's: another pin may drive their wire, or a block of the SoC
    /// drives them.
    #[inline]
    pub(super) fn unruly(&self) -> u64 {
        let [p0, p1] = &self.ports;
        self.watched & (self.shared | u64::from(p0.taken_dir) | u64::from(p1.taken_dir) << 32)
    }

    /// Whether a block other than `id` listens to a pin of `mask`.
    pub(super) fn is_heard_but_by(&self, id: u8, mask: u64) -> bool {
        self.listeners.iter().any(|&(other, pins)| other != id && pins & mask != 0)
    }

    /// Whether [`Gpio::take_change`] or [`Gpio::take_detect`] may have something.
    #[inline]
    pub(super) fn has_news(&self) -> bool {
        self.ports[0].news | self.ports[1].news
    }

    /// A change of a pin that is listened to and joins no wire, so that nobody else tells of it; oldest first.
    pub(super) fn take_change(&mut self) -> Option<(u8, Edge)> {
        self.ports.iter_mut().find(|port| !port.changes.is_empty()).map(|port| port.changes.remove(0))
    }

    /// Whether DETECT of a port has risen since the last call.
    pub(super) fn take_detect(&mut self) -> bool {
        self.ports.iter_mut().fold(false, |risen, port| port.take_detect() | risen)
    }

    /// Whether the wire of pin `pin`, if it has one, joins no other pin: nobody hears it, and only resistors decide its level.
    pub(super) fn is_alone(&self, pin: u8) -> bool {
        self.ports[usize::from((pin / 32) & 1)].alone & 1 << (pin % 32) != 0
    }

    /// The peripheral ID of the block that listens to pin `pin` and is the first with at least `least`.
    pub(super) fn listener(&self, pin: u8, least: u8) -> Option<u8> {
        self.listeners.iter().find(|&&(id, mask)| id >= least && mask >> (pin & 63) & 1 != 0).map(|&(id, _)| id)
    }

    fn port_of(&mut self, pin: u8) -> (&mut Port, u32) {
        (&mut self.ports[usize::from((pin / 32) & 1)], u32::from(pin % 32))
    }

    pub(super) fn read(&mut self, at: u16, cx: &mut Cx) -> Result<u32, Refusal> {
        let (port, at) = locate(at);
        self.ports[port].read(at, cx)
    }

    pub(super) fn write(&mut self, at: u16, value: u32, cx: &mut Cx) -> Result<(), Refusal> {
        let (port, at) = locate(at);
        let written = self.ports[port].write(at, value, cx);
        self.watch();
        written
    }

    #[inline]
    pub(super) fn edge(&mut self, pin: PinId, edge: Edge) {
        if let Some(port) = self.ports.get_mut(usize::from(pin.0 / 32)) {
            port.edge(pin.0 % 32, edge);
        }
    }

    /// Registers back to their reset values; which pins are joined to wires is taken from `nets`.
    pub(super) fn reset(&mut self, nets: &Nets, antenna: bool) {
        for port in &mut self.ports {
            *port = Port::new(port.first, port.pins);
            port.join(nets);
        }
        self.shared = (0..48).filter(|&n| nets.is_shared(SOC, PinId(n))).fold(0, |shared, n| shared | 1 << n);
        self.give_to_nfc(antenna);
        (self.listeners, self.heard, self.watched) = (Vec::new(), 0, 0);
    }

    /// System OFF ends: registers stay, and blocks have no pins any more.
    pub(super) fn outlive_reset(&mut self) {
        (self.listeners, self.heard) = (Vec::new(), 0);
        for port in &mut self.ports {
            (port.taken, port.taken_dir, port.taken_out, port.heard) = (0, 0, 0, 0);
            port.changes.clear();
            port.suspect();
        }
        self.watch();
    }

    /// Whether a pin has a SENSE condition, by which DETECT may rise.
    pub(super) fn senses(&self) -> bool {
        self.ports.iter().any(|port| port.sense != [0; 2])
    }

    /// Lets every pin do what its registers say: after a reset that is to be released.
    pub(super) fn release(&mut self, cx: &mut Cx) {
        for port in &mut self.ports {
            port.apply(port.pins, cx);
        }
    }
}

/// One port. Masks have a bit for each pin and are kept up to date by whoever changes what they are computed from, so that
/// OUTSET, OUTCLR and IN need no look at PIN_CNF.
#[derive(Clone, Debug)]
pub(super) struct Port {
    /// Number of its first pin among the SoC's pins.
    first: u8,
    /// Pins that exist.
    pins: u32,
    out: u32,
    dir: u32,
    /// Pins that peripherals have; of those, the ones they drive, and high.
    taken: u32,
    taken_dir: u32,
    taken_out: u32,
    latch: u32,
    detectmode: u32,
    /// PIN_CNF without its DIR bit, which lives in `dir`.
    config: [u32; 32],
    /// Levels at the pins.
    levels: u32,
    /// Pins whose input buffer is connected.
    connected: u32,
    /// Pins with a D drive mode.
    open: u32,
    /// Pins with SENSE = High, and with SENSE = Low.
    sense: [u32; 2],
    /// Pins that join no wire: their level is their own doing.
    unjoined: u32,
    /// Pins whose wire joins no other pin.
    alone: u32,
    /// Pins to look at when IN is read: see note 7.
    doubtful: u32,
    /// Pins that have been reported as floating.
    known: u32,
    /// Pins of the NFC antenna.
    antenna: u32,
    /// Inputs whose wire joins other parts and of which note 8 may still speak.
    mute: u32,
    /// Changes of their OUT bits.
    unheard: [u8; 32],
    /// Pins that blocks listen to.
    heard: u32,
    /// Changes of such pins that join no wire, oldest first.
    changes: Vec<(u8, Edge)>,
    /// DETECT as it was last seen, and whether it has fallen and risen since.
    detected: bool,
    pulsed: bool,
    /// There is a change, or DETECT is to be looked at.
    news: bool,
}

/// Note 8.
const MEANT: u8 = 8;

impl Port {
    fn new(first: u8, pins: u32) -> Self {
        Self {
            first,
            pins,
            out: 0,
            dir: 0,
            taken: 0,
            taken_dir: 0,
            taken_out: 0,
            latch: 0,
            detectmode: 0,
            config: [INPUT; 32],
            levels: 0,
            connected: 0,
            open: 0,
            sense: [0; 2],
            unjoined: pins,
            alone: pins,
            doubtful: 0,
            known: 0,
            antenna: 0,
            mute: 0,
            unheard: [0; 32],
            heard: 0,
            changes: Vec::new(),
            detected: false,
            pulsed: false,
            news: false,
        }
    }

    fn join(&mut self, nets: &Nets) {
        for n in bits(self.pins) {
            if let Some(net) = nets.net_of(SOC, self.pin(n)) {
                let bit = 1 << n;
                self.unjoined &= !bit;
                if nets.listeners(net).len() > 1 {
                    self.alone &= !bit;
                    self.mute |= bit;
                }
                if nets.level(net).is_high() {
                    self.levels |= bit;
                }
            }
        }
    }

    #[inline]
    fn pin(&self, n: u32) -> PinId {
        PinId(self.first + n as u8)
    }

    /// The port's name of pin `n`, such as `P0.22`.
    fn name(&self, n: u32) -> String {
        pin_name(self.pin(n))
    }

    /// IN.
    #[inline]
    pub(super) fn input(&mut self, cx: &mut Cx) -> u32 {
        let doubtful = self.doubtful & !self.levels;
        if doubtful != 0 {
            self.look_for_floating(doubtful, cx);
        }
        self.levels & self.connected
    }

    /// OUTSET.
    #[inline]
    pub(super) fn set(&mut self, ones: u32, cx: &mut Cx) {
        self.output(self.out | ones, cx);
    }

    /// OUTCLR.
    #[inline]
    pub(super) fn clear(&mut self, ones: u32, cx: &mut Cx) {
        self.output(self.out & !ones, cx);
    }

    #[inline]
    fn output(&mut self, out: u32, cx: &mut Cx) {
        let out = out & self.pins;
        let changed = out ^ self.out;
        let driven = changed & self.dir & !self.taken;
        self.out = out;
        if changed & !self.dir & self.mute & !self.taken != 0 {
            self.unheard(changed & !self.dir & self.mute & !self.taken, cx);
        }
        if driven & (self.open | self.unjoined) != 0 {
            return self.apply(driven, cx);
        }
        for n in bits(driven) {
            cx.drive(self.pin(n), Drive::from(Level::from(out & 1 << n != 0)));
        }
    }

    /// OUT changes at inputs: note 8.
    #[cold]
    fn unheard(&mut self, mask: u32, cx: &mut Cx) {
        for n in bits(mask) {
            self.unheard[n as usize] += 1;
            if self.unheard[n as usize] == MEANT {
                self.mute &= !(1 << n);
                let wire = cx.net_name(self.pin(n)).unwrap_or_default();
                let detail = format!("{}, wire `{wire}`: OUT has changed {MEANT} times", self.name(n));
                cx.report(&OUTPUT_NOT_ENABLED, u64::from(self.pin(n).0), || detail);
            }
        }
    }

    fn direct(&mut self, dir: u32, cx: &mut Cx) {
        let dir = dir & self.pins;
        let changed = dir ^ self.dir;
        self.dir = dir;
        for n in bits(changed & dir) {
            self.unheard[n as usize] = 0;
        }
        self.apply(changed, cx);
        self.suspect();
        if changed & dir & self.antenna != 0 {
            cx.report(&NFC_PINS, 0, || "set as an output".to_owned());
        }
    }

    fn configure(&mut self, n: u32, value: u32, cx: &mut Cx) {
        let bit = 1 << n;
        let assign = |mask: &mut u32, on: bool| if on { *mask |= bit } else { *mask &= !bit };
        self.config[n as usize] = value & PIN_CNF & !1;
        assign(&mut self.connected, value & INPUT == 0);
        assign(&mut self.open, value >> 8 & 7 >= 4);
        assign(&mut self.sense[0], value >> 16 & 3 == 2);
        assign(&mut self.sense[1], value >> 16 & 3 == 3);
        self.direct(if value & 1 != 0 { self.dir | bit } else { self.dir & !bit }, cx);
        self.apply(bit, cx);
        self.suspect();
        self.update_latch();
    }

    /// What pin `n` does to its wire.
    fn drive(&self, n: u32) -> Drive {
        let config = self.config[n as usize];
        let taken = self.taken & 1 << n != 0;
        let (dir, out) = if taken { (self.taken_dir, self.taken_out) } else { (self.dir, self.out) };
        let out = out & 1 << n != 0;
        let pull = match config >> 2 & 3 {
            1 => Drive::PullDown,
            3 => Drive::PullUp,
            _ => Drive::Release,
        };
        if dir & 1 << n == 0 {
            return pull;
        }
        match (config >> 8 & 7, out) {
            // D0S1 and D0H1 do not drive a 0, S0D1 and H0D1 do not drive a 1.
            (4 | 5, false) | (6 | 7, true) => pull,
            _ => Drive::from(Level::from(out)),
        }
    }

    /// Note 5: a peripheral drives or hears pin `n`, or lets it go.
    fn take(&mut self, n: u32, taken: Option<Option<Level>>, cx: &mut Cx) {
        let bit = 1 << n;
        if self.pins & bit == 0 {
            return;
        }
        let before = (self.taken & bit, self.drive(n));
        let assign = |mask: &mut u32, on: bool| if on { *mask |= bit } else { *mask &= !bit };
        assign(&mut self.taken, taken.is_some());
        assign(&mut self.taken_dir, matches!(taken, Some(Some(_))));
        assign(&mut self.taken_out, matches!(taken, Some(Some(level)) if level.is_high()));
        if before.1 != self.drive(n) {
            self.apply(bit, cx);
        }
        if before.0 != self.taken & bit {
            self.suspect();
        }
    }

    /// Lets the pins of `mask` do what their registers say.
    #[cold]
    fn apply(&mut self, mask: u32, cx: &mut Cx) {
        for n in bits(mask) {
            let drive = self.drive(n);
            if self.unjoined & 1 << n == 0 {
                cx.drive(self.pin(n), drive);
            } else {
                let edge = if matches!(drive, Drive::High | Drive::PullUp) { Edge::Rising } else { Edge::Falling };
                if self.heard & 1 << n != 0 && (self.levels & 1 << n != 0) != edge.level().is_high() {
                    self.changes.push((self.first + n as u8, edge));
                    self.news = true;
                }
                self.edge(n as u8, edge);
            }
        }
    }

    /// The level at pin `n` has changed.
    #[inline]
    fn edge(&mut self, n: u8, edge: Edge) {
        let bit = 1u32 << (n & 31) & self.pins;
        if edge.level().is_high() {
            self.levels |= bit
        } else {
            self.levels &= !bit
        }
        if (self.sense[0] | self.sense[1]) & bit != 0 {
            self.update_latch();
        }
    }

    /// Pins whose SENSE condition holds.
    fn sensed(&self) -> u32 {
        (self.levels & self.sense[0] | !self.levels & self.sense[1]) & self.connected
    }

    fn update_latch(&mut self) {
        self.latch |= self.sensed();
        self.news = true;
    }

    /// Whether DETECT has risen since the last call.
    fn take_detect(&mut self) -> bool {
        self.news = !self.changes.is_empty();
        let risen = self.detect() && (!self.detected || self.pulsed);
        (self.detected, self.pulsed) = (self.detect(), false);
        risen
    }

    fn detect(&self) -> bool {
        if self.detectmode & 1 != 0 { self.latch != 0 } else { self.sensed() != 0 }
    }

    /// Note 7.
    fn suspect(&mut self) {
        let inputs = self.connected & !self.dir & !self.taken;
        let only = if inputs.is_power_of_two() { inputs } else { 0 };
        self.doubtful = inputs & (self.alone | only) & !self.known;
    }

    #[cold]
    fn look_for_floating(&mut self, mask: u32, cx: &mut Cx) {
        for n in bits(mask) {
            if self.drive(n) != Drive::Release || cx.resolved(self.pin(n)) != Resolved::Floating {
                continue;
            }
            self.known |= 1 << n;
            let wire = match cx.net_name(self.pin(n)) {
                Some(wire) => format!("{}, wire `{wire}`", self.name(n)),
                None => format!("{}, which the board leaves open", self.name(n)),
            };
            cx.report(&FLOATING_INPUT, u64::from(self.pin(n).0), || wire);
        }
        self.suspect();
    }

    fn read(&mut self, at: u16, cx: &mut Cx) -> Result<u32, Refusal> {
        Ok(match at {
            0x504..0x510 => self.out,
            0x510 => self.input(cx),
            0x514..0x520 => self.dir,
            0x520 => self.latch,
            0x524 => self.detectmode,
            _ => {
                let n = self.place(at)?;
                self.config[n as usize] | self.dir >> n & 1
            }
        })
    }

    fn write(&mut self, at: u16, value: u32, cx: &mut Cx) -> Result<(), Refusal> {
        match at {
            0x504 => self.output(value, cx),
            0x508 => self.set(value, cx),
            0x50C => self.clear(value, cx),
            0x510 => return Err(Refusal::ReadOnly),
            0x514 => self.direct(value, cx),
            0x518 => self.direct(self.dir | value, cx),
            0x51C => self.direct(self.dir & !value, cx),
            0x520 => {
                self.latch &= !value;
                // A pin whose condition still holds latches again at once.
                self.update_latch();
                self.pulsed |= value != 0 && self.detectmode != 0;
            }
            0x524 => {
                self.detectmode = value & 1;
                self.news = true;
            }
            _ => self.configure(self.place(at)?, value, cx),
        }
        Ok(())
    }

    /// Which PIN_CNF is at `at`.
    fn place(&self, at: u16) -> Result<u32, Refusal> {
        let n = u32::from(at.checked_sub(0x700).ok_or(Refusal::Unmapped)? / 4);
        if n < 32 && self.pins & 1 << n != 0 { Ok(n) } else { Err(Refusal::Unmapped) }
    }
}

/// The manual's name of a pin of the SoC, such as `P0.22`.
pub fn pin_name(pin: PinId) -> String {
    format!("P{}.{:02}", pin.0 / 32, pin.0 % 32)
}

/// The numbers of the bits that are set, lowest first.
#[inline]
fn bits(mut mask: u32) -> impl Iterator<Item = u32> {
    core::iter::from_fn(move || {
        (mask != 0).then(|| {
            let n = mask.trailing_zeros();
            mask &= mask - 1;
            n
        })
    })
}
