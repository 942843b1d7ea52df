//! UICR words by the names of the manual (nRF52840 PS v1.7, UICR, Registers).

/// Byte offset of NFCPINS.
pub(super) const NFCPINS: u16 = 0x20C;
/// Byte offset of PSELRESET\[0\]; PSELRESET\[1\] follows, and both must be equal.
pub(super) const PSELRESET: u16 = 0x200;

/// Names that a board file may use, for suggestions.
pub(super) const NAMES: [&str; 7] =
    ["NRFFW[n]", "NRFHW[n]", "CUSTOMER[n]", "PSELRESET[n]", "APPROTECT", "DEBUGCTRL", "REGOUT0"];

/// The byte offset that `name` means: a register of the manual, or an offset such as `0x080`.
pub(super) fn offset(name: &str) -> Option<u16> {
    if let Some(hex) = name.strip_prefix("0x") {
        return u16::from_str_radix(hex, 16).ok().filter(|at| *at < 0x1000 && at.is_multiple_of(4));
    }
    let (base, index) = match name.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        Some((base, index)) => (base, Some(index.parse::<u16>().ok()?)),
        None => (name, None),
    };
    let (at, count) = match base {
        "NRFFW" => (0x014, 13),
        "NRFHW" => (0x050, 12),
        "CUSTOMER" => (0x080, 32),
        "PSELRESET" => (PSELRESET, 2),
        "APPROTECT" => (0x208, 0),
        "NFCPINS" => (NFCPINS, 0),
        "DEBUGCTRL" => (0x210, 0),
        "REGOUT0" => (0x304, 0),
        _ => return None,
    };
    match index {
        Some(index) if index < count => Some(at + 4 * index),
        None if count == 0 => Some(at),
        _ => None,
    }
}
