//! Which pin is which signal: the `dongle` board. SCLK and MOSI are the article's.

use crate::gpio::Line;

/// SPI clock, P0.22.
pub type Sclk = Line<0, 22>;
/// SPI data to the chip (its SI), P1.00.
pub type Mosi = Line<1, 0>;
/// SPI data from the chip (its SO), P0.24.
pub type Miso = Line<0, 24>;
/// Selects SCI, the registers; active low; P0.29.
pub type Xcs = Line<0, 29>;
/// Selects SDI, the stream; active low; P0.31.
pub type Xdcs = Line<0, 31>;
/// High while the chip takes 32 bytes of SDI or one SCI operation, P0.02.
pub type Dreq = Line<0, 2>;
/// Reset, active low, P1.15.
pub type Xreset = Line<1, 15>;

/// Configures every wire: nothing selected, the chip held in reset, SCLK at rest high (SPI mode 3).
pub fn set_up() {
    Line::<1, 15>.output_low();
    Line::<0, 29>.output_high();
    Line::<0, 31>.output_high();
    Line::<0, 22>.output_high();
    Line::<1, 0>.output_low();
    // The chip lets SO float while XCS is high.
    Line::<0, 24>.input_pull_down();
    Line::<0, 2>.input();
}
