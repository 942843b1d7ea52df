//! A push button from a wire to a supply rail, with an optional resistor to the other.
//!
//! 1. Contacts do not bounce.
//! 2. Whoever plays the finger calls [`Button::hold`] and then wakes the chip with [`Button::MOVED`].

use crate::kernel::{Alarm, Chip, Cx, Direction, Drive, Edge, HearsPins, Level, PinId, PinSpec};

static PINS: [PinSpec; 1] = [PinSpec { name: "SW", direction: Direction::Output }];
const SW: PinId = PinId(0);

/// One button.
#[derive(Clone, Debug)]
pub struct Button {
    /// The level of the rail that pressing joins the wire to.
    active: Level,
    has_resistor: bool,
    pressed: bool,
}

impl Button {
    /// The alarm that makes a change of the finger reach the wire.
    pub const MOVED: Alarm = Alarm(0);

    /// A button that joins its wire to ground if it is `active_low`, else to the supply; with a resistor of its own to the other
    /// rail if it `has_resistor` (many boards leave that to the port's pull).
    pub fn new(active_low: bool, has_resistor: bool) -> Self {
        Self { active: Level::from(!active_low), has_resistor, pressed: false }
    }

    /// Presses or lets go; it reaches the wire with the alarm [`Button::MOVED`].
    pub fn hold(&mut self, pressed: bool) {
        self.pressed = pressed;
    }

    /// Whether it is pressed.
    pub fn is_pressed(&self) -> bool {
        self.pressed
    }

    fn show(&self, cx: &mut Cx) {
        let drive = match (self.pressed, self.has_resistor, self.active) {
            (true, _, active) => Drive::from(active),
            (false, false, _) => Drive::Release,
            (false, true, Level::Low) => Drive::PullUp,
            (false, true, Level::High) => Drive::PullDown,
        };
        cx.drive(SW, drive);
    }
}

impl HearsPins for Button {
    fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
}

impl Chip for Button {
    fn pins(&self) -> &'static [PinSpec] {
        &PINS
    }

    fn wake(&mut self, _: Alarm, cx: &mut Cx) {
        self.show(cx);
    }

    fn reset(&mut self, cx: &mut Cx) {
        self.show(cx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{ActorId, Fabric, NetId, Resolved};

    struct Deaf;
    impl HearsPins for Deaf {
        fn edge(&mut self, _: PinId, _: Edge, _: &mut Cx) {}
    }

    fn board(button: Button) -> (Fabric, ActorId, NetId) {
        let mut f = Fabric::default();
        let id = f.add_chip(Box::new(button));
        let net = f.world.nets.add("SW1");
        f.world.nets.join(net, id, SW);
        f.power_on(&mut Deaf);
        (f, id, net)
    }

    fn hold(f: &mut Fabric, id: ActorId, pressed: bool) {
        f.chip_mut::<Button>(id).expect("a button").hold(pressed);
        f.wake(id, Button::MOVED, &mut Deaf);
    }

    #[test]
    fn pressing_joins_the_wire_to_its_rail() {
        for active_low in [true, false] {
            let (mut f, id, net) = board(Button::new(active_low, true));
            assert_eq!(f.world.nets.level(net), Level::from(active_low));
            hold(&mut f, id, true);
            assert_eq!(f.world.nets.level(net), Level::from(!active_low));
            hold(&mut f, id, false);
            assert_eq!(f.world.nets.level(net), Level::from(active_low));
        }
    }

    #[test]
    fn without_a_resistor_an_open_button_leaves_the_wire_floating() {
        let (mut f, id, net) = board(Button::new(true, false));
        assert_eq!(f.world.nets.resolved(net), Resolved::Floating);
        hold(&mut f, id, true);
        assert_eq!(f.world.nets.resolved(net), Resolved::Driven);
    }
}
