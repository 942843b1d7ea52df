//! Serial flash discoverable parameters (JESD216B), word by word. They tell a driver size, instructions and times.

/// Of the MX25R6435F, as people have read it out of the chip: header, one parameter header (the maker's own are left out), and
/// the basic table at 0x30.
pub(super) static MX25R6435F: [u32; 28] = [
    0x5044_4653, // "SFDP"
    0xFF00_0106, // revision 1.6, one parameter header
    0x1001_0600, // basic table, revision 1.6, 16 words
    0xFF00_0030, // at 0x30
    0xFFFF_FFFF,
    0xFFFF_FFFF,
    0xFFFF_FFFF,
    0xFFFF_FFFF,
    0xFFFF_FFFF,
    0xFFFF_FFFF,
    0xFFFF_FFFF,
    0xFFFF_FFFF,
    0xFFF1_20E5, // 4 KB erase by 0x20; reads on two and four lines
    0x03FF_FFFF, // 64 Mbit
    0x6B08_EB44, // 0xEB with 4 + 2 clocks, 0x6B with 8
    0xBB04_3B08, // 0x3B with 8, 0xBB with 4
    0xFFFF_FFEE,
    0xFF00_FFFF,
    0xFF00_FFFF,
    0x520F_200C, // erases: 4 KB by 0x20, 32 KB by 0x52
    0xFF00_D810, // 64 KB by 0xD8
    0x00F5_7223, // their times
    0xCC04_ED82, // pages of 256 bytes, their time, and that of erasing everything
    0x4448_8344,
    0xB030_B030,
    0x5CD5_C4F7,
    0xFF29_BE00, // the quad enable bit is bit 6 of status
    0xFFFF_D0F0,
];
