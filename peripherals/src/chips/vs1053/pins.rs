//! Pins of the LQFP-48 package that matter to a board (VS1053b datasheet v1.33, "Packages and Pin Descriptions"; VS1053.md, 1.1).

use crate::kernel::{Direction, PinId, PinSpec};

/// Reset, active low, asynchronous.
pub const XRESET: PinId = PinId(0);
/// Data request.
pub const DREQ: PinId = PinId(1);
/// Selects SDI, active low.
pub const XDCS: PinId = PinId(2);
/// Selects SCI, active low.
pub const XCS: PinId = PinId(3);
/// Clock of both serial interfaces.
pub const SCLK: PinId = PinId(4);
/// Data into the chip.
pub const SI: PinId = PinId(5);
/// Data out of the chip.
pub const SO: PinId = PinId(6);
/// GPIO0; GPIO1 to GPIO7 follow.
pub const GPIO0: PinId = PinId(7);

/// Clock of SDI in VS1001 mode (VS1053.md, 1.2).
pub const DCLK: PinId = PinId(GPIO0.0 + 2);
/// Data of SDI in VS1001 mode.
pub const SDATA: PinId = PinId(GPIO0.0 + 3);
/// Receives at the UART.
pub const RX: PinId = PinId(15);
/// Transmits at the UART.
pub const TX: PinId = PinId(16);

const fn pin(name: &'static str, direction: Direction) -> PinSpec {
    PinSpec { name, direction }
}

/// Every pin of the model; a place in the list is the pin's number.
pub static PINS: [PinSpec; 17] = [
    pin("XRESET", Direction::Input),
    pin("DREQ", Direction::Output),
    pin("XDCS", Direction::Input),
    pin("XCS", Direction::Input),
    pin("SCLK", Direction::Input),
    pin("SI", Direction::Input),
    pin("SO", Direction::Output),
    pin("GPIO0", Direction::Both),
    pin("GPIO1", Direction::Both),
    pin("GPIO2", Direction::Both),
    pin("GPIO3", Direction::Both),
    pin("GPIO4", Direction::Both),
    pin("GPIO5", Direction::Both),
    pin("GPIO6", Direction::Both),
    pin("GPIO7", Direction::Both),
    pin("RX", Direction::Input),
    pin("TX", Direction::Output),
];

/// The pin that boards or the datasheet call `name`; boards say MOSI for SI and MISO for SO.
pub fn pin_named(name: &str) -> Option<PinId> {
    let name = match name {
        "MOSI" => "SI",
        "MISO" => "SO",
        name => name,
    };
    PINS.iter().position(|p| p.name == name).map(|index| PinId(index as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boards_and_the_datasheet_mean_the_same_pins() {
        assert_eq!((pin_named("MOSI"), pin_named("SI")), (Some(SI), Some(SI)));
        assert_eq!((pin_named("MISO"), pin_named("SO")), (Some(SO), Some(SO)));
        for (name, id) in [("XRESET", XRESET), ("DREQ", DREQ), ("XDCS", XDCS), ("XCS", XCS), ("SCLK", SCLK)] {
            assert_eq!(pin_named(name), Some(id));
        }
        assert_eq!(pin_named("GPIO0"), Some(GPIO0));
        assert_eq!(pin_named("CS"), None);
    }
}
