//! Undocumented words that start-up and driver code touches because of errata (nrfx: nrf52_erratas.h, system_nrf52.c and
//! drivers). None is in the Product Specification; what they do is known from the workarounds only.

/// What an undocumented word is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quirk {
    /// Reads 0, ignores writes.
    Nothing,
    /// Keeps what was written, in this place of the store.
    Kept(u8),
    /// Reads this value.
    Constant(u32),
}

/// How many words are kept.
pub(super) const KEPT: usize = 10;

/// The quirk at `addr`, if one is known there.
pub(super) fn find(addr: u32) -> Option<Quirk> {
    Some(match addr {
        // 171, 187 (USBD) and 166, 199: a lock, then switches inside USBD.
        0x4006_EC00 | 0x4006_EC14 | 0x4006_ED14 | 0x4002_7800 | 0x4002_7804 | 0x4002_7C1C => Quirk::Nothing,
        // 195 (SPIM3), 122 (QSPI), 246, 132 (LFRC), 98 (NFCT, first silicon), nrfx's POWER workaround.
        0x4002_F004 | 0x4002_9054 | 0x4007_AC84 | 0x4000_0C34 | 0x4000_568C | 0x4000_0638 => Quirk::Nothing,
        // Read by firmware of unknown purpose.
        0x4000_0570 => Quirk::Nothing,
        // 198: which RAM SPIM3 uses.
        0x4000_0E00 => Quirk::Kept(0),
        // 212: SAADC's power and three words that its power cycle loses.
        0x4000_7FFC => Quirk::Kept(1),
        0x4000_7640 => Quirk::Kept(2),
        0x4000_7644 => Quirk::Kept(3),
        0x4000_7648 => Quirk::Kept(4),
        // 108, 182, 191.
        0x4000_0EE4 => Quirk::Kept(5),
        0x4000_173C => Quirk::Kept(6),
        0x4000_1740 => Quirk::Kept(7),
        0x4000_1774 => Quirk::Kept(8),
        0x4000_5010 => Quirk::Kept(9),
        // The vendor's ROM table: old SDKs read part and revision here.
        0xF000_0FE0 => Quirk::Constant(0x08),
        0xF000_0FE4 => Quirk::Constant(0),
        0xF000_0FE8 => Quirk::Constant(0x30),
        0xF000_0000..0xF000_1000 => Quirk::Constant(0),
        _ => return None,
    })
}
