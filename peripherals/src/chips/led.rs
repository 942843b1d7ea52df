//! A light-emitting diode between a wire and a supply rail.
//!
//! 1. It lights fully or not at all, by the level of its wire; current and colour are not modelled.
//! 2. It loads its wire with nothing: a wire that only an LED is joined to floats when nobody drives it.

use crate::kernel::{Alarm, Chip, Cx, Direction, Edge, HearsPins, Instant, Level, PinId, PinSpec, Span};

static PINS: [PinSpec; 1] = [PinSpec { name: "LED", direction: Direction::Input }];
const LED: PinId = PinId(0);

/// One LED.
#[derive(Clone, Debug)]
pub struct Led {
    lights_at: Level,
    lit: bool,
    /// When `lit` last changed.
    since: Instant,
    /// How long it was lit before `since`.
    lit_before: Span,
    flashes: u64,
    powered: Instant,
}

impl Led {
    /// An LED that lights while its wire is high, or low if it is `active_low`.
    pub fn new(active_low: bool) -> Self {
        Self {
            lights_at: Level::from(!active_low),
            lit: false,
            since: Instant::ZERO,
            lit_before: Span::ZERO,
            flashes: 0,
            powered: Instant::ZERO,
        }
    }

    /// Whether it is lit.
    pub fn is_lit(&self) -> bool {
        self.lit
    }

    /// How often it has been switched on since power-on.
    pub fn flashes(&self) -> u64 {
        self.flashes
    }

    /// How long it has been lit from power-on to `now`.
    pub fn lit_for(&self, now: Instant) -> Span {
        self.lit_before + if self.lit { now.since(self.since) } else { Span::ZERO }
    }

    /// The share of the time from power-on to `now` in which it was lit, in thousandths; 0 when no time has passed.
    pub fn duty_permille(&self, now: Instant) -> u32 {
        let (lit, all) = (u128::from(self.lit_for(now).as_ps()), u128::from(now.since(self.powered).as_ps()));
        (lit * 1_000).checked_div(all).unwrap_or(0) as u32
    }

    fn show(&mut self, level: Level, now: Instant) {
        let lit = level == self.lights_at;
        if lit != self.lit {
            self.lit_before = self.lit_for(now);
            (self.lit, self.since) = (lit, now);
            self.flashes += u64::from(lit);
        }
    }
}

impl HearsPins for Led {
    fn edge(&mut self, _: PinId, edge: Edge, cx: &mut Cx) {
        self.show(edge.level(), cx.now());
    }
}

impl Chip for Led {
    fn pins(&self) -> &'static [PinSpec] {
        &PINS
    }

    fn wake(&mut self, _: Alarm, _: &mut Cx) {}

    fn reset(&mut self, cx: &mut Cx) {
        *self = Self { powered: cx.now(), ..Self::new(!self.lights_at.is_high()) };
        self.show(cx.level(LED), cx.now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{ActorId, Drive, Fabric, SOC};

    struct Deaf;
    impl HearsPins for Deaf {
        fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
    }

    fn board(active_low: bool) -> (Fabric, ActorId) {
        let mut f = Fabric::default();
        let led = f.add_chip(Box::new(Led::new(active_low)));
        let net = f.world.nets.add("LED1");
        f.world.nets.join(net, led, LED);
        f.world.nets.join(net, SOC, PinId(6));
        Cx::new(&mut f.world, SOC).drive(PinId(6), if active_low { Drive::High } else { Drive::Low });
        f.settle(&mut Deaf);
        f.power_on(&mut Deaf);
        (f, led)
    }

    fn drive(f: &mut Fabric, level: Level, at: Instant) {
        f.world.now = at;
        Cx::new(&mut f.world, SOC).drive(PinId(6), Drive::from(level));
        f.settle(&mut Deaf);
    }

    #[test]
    fn it_lights_at_its_active_level() {
        for active_low in [false, true] {
            let (mut f, id) = board(active_low);
            assert!(!f.chip::<Led>(id).expect("a LED").is_lit());
            drive(&mut f, Level::from(!active_low), Instant::from_ps(10));
            assert!(f.chip::<Led>(id).expect("a LED").is_lit());
        }
    }

    #[test]
    fn it_remembers_how_long_and_how_often_it_was_lit() {
        let (mut f, id) = board(true);
        for start in [100, 300] {
            drive(&mut f, Level::Low, Instant::from_ps(start));
            drive(&mut f, Level::High, Instant::from_ps(start + 50));
        }
        let led = f.chip::<Led>(id).expect("a LED");
        assert_eq!((led.flashes(), led.lit_for(Instant::from_ps(400))), (2, Span::from_ps(100)));
        assert_eq!(led.duty_permille(Instant::from_ps(400)), 250);
        assert_eq!(led.duty_permille(Instant::ZERO), 0);
    }
}
