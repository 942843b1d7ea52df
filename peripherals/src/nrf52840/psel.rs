//! PSEL registers: which pin a block has (nRF52840 PS v1.7, Pin assignments; the same bits in every block).

/// The bits that are kept. The manual has PIN, PORT and CONNECT; but nrfx and CircuitPython write 0xFFFF_FFFF for "no pin" and compare what they
/// read later with just that, so the others must keep ones too.
pub(super) const PSEL: u32 = u32::MAX;

/// The pin, 0 to 63 of which GPIO has 48, unless CONNECT says that there is none.
pub(super) const fn pin(psel: u32) -> Option<u8> {
    if psel >> 31 == 0 { Some((psel & 0x3F) as u8) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_port_and_number_and_bit_31_means_none() {
        assert_eq!([0, 24, 0x20 | 9, u32::MAX, 1 << 31].map(pin), [Some(0), Some(24), Some(41), None, None]);
    }
}
